/* test_lan: the segment of a bridged hub, behind the fake descriptors of its interface: what the
 * server sent there, and scripted answers of a DHCP server and of hosts. One worker, and no
 * other way out. */
#pragma once

#include "test_kit.h"

#include "dhcp/options.h"
#include "wire/arp.h"

#define LAN_SERVER UINT32_C(0xc0a84d01) /* 192.168.77.1, the router too */
#define LAN_DNS    UINT32_C(0xc0a84d02)
#define LAN_IP     UINT32_C(0xc0a84d64) /* 192.168.77.100 */

#define LAN_HUB                                                                                    \
	"hub LAN\n"                                                                                \
	" bridge eth1\n"                                                                           \
	" user carol\n"                                                                            \
	"  auth password secret3\n"                                                                \
	" user dora\n"                                                                             \
	"  auth password secret4\n"                                                                \
	"  note \"IPv4: 192.168.77.50\"\n"
#define LAN_PROFILE                                                                                \
	"tunnel-group DefaultRAGroup general-attributes\n"                                         \
	" virtual-hub LAN\n"                                                                       \
	"tunnel-group DefaultRAGroup ipsec-attributes\n"                                           \
	" ikev1 pre-shared-key testpsk\n"                                                          \
	"tunnel-group DefaultRAGroup ppp-attributes\n"                                             \
	" no authentication chap\n"                                                                \
	" authentication ms-chap-v2\n"
#define LAN_CONFIG LAN_HUB LAN_PROFILE KIT_USERS KIT_IKE

/* A frame that the server sent into the segment. */
struct lan_frame {
	uint8_t src[6], dst[6];
	uint8_t dhcp; /* message type; 0: none */
	struct dhcp_header head;
	uint32_t asked_ip, server_id;
	char host_name[64], user_class[64];
	bool is_arp;
	struct arp arp;
};

/* The descriptor of the interface, or -1: there is none open. */
int lan_fd(const struct world *w);

/* The oldest frame. False: none. */
bool lan_take(struct world *w, struct lan_frame *out);

/* The next DHCP message is of this type. */
struct lan_frame lan_expect(struct world *w, enum dhcp_type type);

/* Throws away what was sent; returns how many DHCP messages there were among it. */
unsigned lan_ignore(struct world *w);

/* What the server of the segment answers. */
struct lan_answer {
	enum dhcp_type type;
	uint32_t ip;      /* of ACK to an INFORM: 0 */
	uint32_t lease_s; /* 0: none said */
};
void lan_answer(struct world *w, const struct lan_frame *to, struct lan_answer a);

/* A host says that it has ip. */
void lan_has(struct world *w, const struct lan_frame *probe);
/* The server of the segment asks by ARP for ip. */
void lan_asks(struct world *w, uint32_t ip);

/* DISCOVER to ACK for a session that has begun; the probes are not over. */
void lan_lease(struct world *w, uint32_t ip, uint32_t lease_s);

/* Time passes in steps of 50 ms. */
void lan_wait(struct world *w, unsigned ms);

/* A session of the user whose DHCP client has begun. */
struct session *lan_login(struct world *w, struct peer *p, const char *user);
/* The same up, with an address by lease for an hour. */
struct session *lan_up(struct world *w, struct peer *p, const char *user, uint32_t ip);

/* cause and its text of the newest story. Static. */
const char *lan_cause(struct world *w);
const char *lan_story_text(struct world *w, const char *reason);
