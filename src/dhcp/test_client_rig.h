/*
 * test_client_rig: a client, scripted answers to it, and what came out of it.
 */
#pragma once

#include "test_kit.h"
#include "wire/be.h"

#define LAN_SERVER 0x0a000002 /* 10.0.0.2 */
#define LAN_IP     0x0a000037 /* 10.0.0.55 */
#define OTHER      0x0a000003

extern const uint8_t lan_mac[6];
extern const uint8_t router_mac[6];

/* dnsmasq 2.90: 54, 51, 58, 59, 1, 28, 3, 6, 15. */
#define DNSMASQ                                                                                    \
	"3604 0a000002 3304 00000e10 3a04 00000708 3b04 00000c4e 0104 ffffff00 1c04 0a0000ff"      \
	"0304 0a000001 0608 0a000001 08080808 0f0b 6c616e2e6578616d706c65 ff"

/* ISC dhcpd 4.4: no T1 and T2, classless routes first. */
#define ISC                                                                                        \
	"3604 0a000002 3304 00000258 0104 ffffff00 790d 18c0a80a 0a000009 00 0a000001"             \
	"0304 0a0000fe 2c08 0a000005 0a000006 ff"

struct client_rig {
	uint64_t now_ms, seed;
	struct timerq timers;
	struct dhcp_client_config cfg;
	struct dhcp_client *c;
	unsigned ready;
	/* what came out since the last look */
	uint8_t frame[DHCP_CLIENT_FRAME_MAX];
	struct bytes sent; /* the last */
	unsigned n_sent, n_probe, n_lease, n_renewed, n_lost, n_note;
	bool changed;
	const char *reason, *note_reason;
	char note[NOTE_TEXT];
	struct dhcp_result got;
	uint32_t probe_ip;
};

extern struct client_rig t;

void open_client(void);

int fresh(void **state);

int done(void **state);

void look(void);

/* Time passes; every timer on the way fires. */
unsigned pass(uint64_t ms);

void start(void);

uint32_t xid(void);

/* An option of the last message. */
uint32_t sent_number(uint8_t code);

/* An answer as a server of the LAN sends it, to be spoilt by the tests. */
struct kit_head answer_head(uint8_t type, const char *options);

/* Through an exact-size copy, so that the sanitizer sees one octet too many. */
enum dhcp_drop feed(const struct kit_frame *f);

enum dhcp_drop give(const struct kit_head *h);

enum dhcp_drop answer(uint8_t type, const char *options);

void bind_by(const char *options);

#define T(f) cmocka_unit_test_setup_teardown(f, fresh, done)
