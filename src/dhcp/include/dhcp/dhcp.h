/*
 * dhcp: the Dynamic Host Configuration Protocol, version 4 (RFC 2131, RFC 2132).
 *
 * What stands here: the message format (codec.c) and the answer to DHCPINFORM
 * (inform.c), by which a client that has its address from IPCP asks for the rest: mask,
 * name servers, domain, routes. Pure: bytes in, bytes out; no socket, clock or random
 * source, no memory between two calls. Beside it: options.h (the catalogue of options),
 * packet.h (whole packets and frames), client.h, server.h, guard.h.
 *
 * Clauses: RFC 2131 2, 3.4, 4.1 and 4.3.5; RFC 2132; RFC 3396 (long options); RFC 3442
 * (option 121) and [MS-DHCPE] 2.2.8 and 2.2.9 (option 249, the same encoding; option
 * 250, Microsoft's long options); RFC 6842 (the client identifier is sent back).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68

/* RFC 2131 section 2. */
#define DHCP_BOOTREQUEST 1
#define DHCP_BOOTREPLY   2
#define DHCP_HTYPE_ETH   1
#define DHCP_FLAG_BCAST  0x8000 /* of flags: answer by broadcast */
#define DHCP_CHADDR      16
#define DHCP_HEADER      236 /* octets before the magic cookie */
#define DHCP_MIN         300 /* shortest message that is sent (RFC 1542 2.1) */

/* RFC 2132 section 9.6. */
enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

/* Option codes that this room reads or writes. */
enum dhcp_option {
	DHCP_OPT_PAD = 0,
	DHCP_OPT_MASK = 1,
	DHCP_OPT_ROUTER = 3,
	DHCP_OPT_DNS = 6,
	DHCP_OPT_HOST_NAME = 12,
	DHCP_OPT_DOMAIN = 15,
	DHCP_OPT_BROADCAST = 28,
	DHCP_OPT_NETBIOS = 44,
	DHCP_OPT_REQUESTED_IP = 50,
	DHCP_OPT_LEASE_TIME = 51,
	DHCP_OPT_OVERLOAD = 52,
	DHCP_OPT_TYPE = 53,
	DHCP_OPT_SERVER_ID = 54,
	DHCP_OPT_ASKED = 55,
	DHCP_OPT_MESSAGE = 56,
	DHCP_OPT_MAX_SIZE = 57,
	DHCP_OPT_T1 = 58,
	DHCP_OPT_T2 = 59,
	DHCP_OPT_VENDOR_CLASS = 60,
	DHCP_OPT_CLIENT_ID = 61,
	DHCP_OPT_USER_CLASS = 77,
	DHCP_OPT_RELAY_INFO = 82,
	DHCP_OPT_ROUTES = 121,
	DHCP_OPT_MS_ROUTES = 249,
	DHCP_OPT_MS_MORE = 250,
	DHCP_OPT_END = 255,
};

/* The fixed fields (RFC 2131 figure 1). Addresses in host order. */
struct dhcp_header {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[DHCP_CHADDR];
};

/* One message whose lengths were all checked. The bytes are the caller's. */
struct dhcp_message {
	struct dhcp_header head;
	struct bytes options;     /* behind the cookie */
	struct bytes file, sname; /* hold options too when option 52 says so, else empty */
};

/* Why a packet is not answered. */
enum dhcp_drop {
	DHCP_DROP_NONE,     /* it is */
	DHCP_DROP_IP,       /* no whole IPv4 packet with a right header checksum */
	DHCP_DROP_FRAGMENT, /* part of one */
	DHCP_DROP_UDP,      /* not UDP to port 67, or its length lies */
	DHCP_DROP_CHECKSUM, /* UDP checksum */
	DHCP_DROP_SOURCE,   /* not from the session's own address */
	DHCP_DROP_TARGET,   /* neither for 255.255.255.255 nor for us */
	DHCP_DROP_SHORT,    /* the message is cut, or has no cookie */
	DHCP_DROP_HEADER,   /* not a request, or a hardware address beyond 16 octets */
	DHCP_DROP_OPTION,   /* an option that runs out of its field */
	DHCP_DROP_TYPE,     /* no DHCPINFORM */
	DHCP_DROP_RELAYED,  /* giaddr is set: no relay stands on a PPP link */
	DHCP_DROP_CIADDR,   /* asks for another address than the session's */
	DHCP_DROP_ROOM,     /* the caller's buffer does not take the reply */
	DHCP_N_DROPS, /* of dhcp_inform(); the others are the client's, server's and guard's */

	DHCP_DROP_FRAME = DHCP_N_DROPS, /* no Ethernet frame with IPv4, or not for us */
	DHCP_DROP_CHADDR,               /* hardware address: not the sender's, or not ours */
	DHCP_DROP_XID,                  /* answers nothing that we asked */
	DHCP_DROP_SERVER_ID,            /* none, or another server than the one we ask */
	DHCP_DROP_ADDRESS,              /* an address that no host can have */
	DHCP_DROP_OTHER_ADDRESS,        /* offered, but another one is wanted */
	DHCP_DROP_MASK,                 /* none where one is needed, or not contiguous */
	DHCP_DROP_LEASE_TIME,           /* none, or too short to keep */
	DHCP_DROP_STATE,                /* right, but not expected now */
	DHCP_DROP_RATE,                 /* the port sends too many */
	DHCP_DROP_PORT_FULL,            /* the port has as many addresses as it may have */
	DHCP_DROP_POOL_EMPTY,           /* no free address */
	DHCP_DROP_OTHER_SERVER,         /* the client chose another server */
	DHCP_DROP_NO_LEASE,             /* of an address that this client does not have */
	DHCP_DROP_FROM_USER,            /* a server's message from a port that may send none */
	DHCP_N_ALL_DROPS,
};
const char *dhcp_drop_name(enum dhcp_drop why); /* "fragment" and so on */

/* Parses the UDP payload: DHCP_DROP_NONE, SHORT, HEADER or OPTION. Any op. */
enum dhcp_drop dhcp_parse(struct bytes payload, struct dhcp_message *out);

/* All instances of an option one behind the other (RFC 3396 section 7) into buf; what does
 * not fit is left out. Returns the octets written; *found tells an empty option from none
 * and may be NULL. */
size_t dhcp_option(const struct dhcp_message *m, uint8_t code, uint8_t *buf, size_t cap,
		   bool *found);

/* The same of an option that may go on in option 250 ([MS-DHCPE] 2.2.9). */
size_t dhcp_option_ms(const struct dhcp_message *m, uint8_t code, uint8_t *buf, size_t cap,
		      bool *found);

/* The message type (option 53), or 0. */
uint8_t dhcp_type(const struct dhcp_message *m);

/* Header, empty sname and file, cookie. */
void dhcp_put_header(struct wr *w, const struct dhcp_header *h);

/* One option; what is beyond 255 octets in further ones: of the same code (RFC 3396 section
 * 5), or, for a client of Microsoft's (ms), of DHCP_OPT_MS_MORE. */
void dhcp_put_option(struct wr *w, uint8_t code, struct bytes data, bool ms);

/* The end option, and zeros up to DHCP_MIN octets from offset start of w. */
void dhcp_put_end(struct wr *w, size_t start);

/* One classless route. */
struct dhcp_route {
	uint32_t net;    /* host order; bits behind the prefix are not looked at */
	uint8_t prefix;  /* 0 to 32 */
	uint32_t router; /* host order; 0: on the link (RFC 3442) */
};

/* Octets that a route takes in option 121 or 249: 5 to 9. */
size_t dhcp_route_len(const struct dhcp_route *r);
void dhcp_put_route(struct wr *w, const struct dhcp_route *r);

/* ---- DHCPINFORM (RFC 2131 section 4.3.5) ---- */

#define DHCP_ROUTES_MAX 512  /* of a list; more are not looked at */
#define DHCP_REPLY_MAX  1500 /* longest IP packet that answers */
#define DHCP_ASKED_MAX  64   /* of the parameter request list, as it is told */

/* What a PPP session has to say. Addresses in host order, 0: none. */
struct dhcp_values {
	uint32_t client_ip; /* the session's */
	uint32_t server_ip; /* ours, the PPP peer: source and server identifier */
	uint32_t mask;      /* subnet mask that the client is told, e.g. 0xffffff00 */
	uint32_t router;    /* option 3; 0 to a PPP session, whose default route is the link */
	uint32_t dns[2];
	uint32_t wins[2];
	const char *domain; /* at most 255 octets are sent; NULL or "": none */
	const struct dhcp_route *routes;
	size_t n_routes; /* 0: options 121 and 249 are left out, so default routes stay */
	uint16_t mtu;    /* longest IP packet that the client takes (its MRU); 576 to 1500 */
};

/* What the client asked, for the story, and what it got. */
struct dhcp_asked {
	uint32_t xid;
	uint8_t n_codes; /* 0: no list, everything is sent */
	uint8_t codes[DHCP_ASKED_MAX];
	char vendor_class[33]; /* printable ASCII ('?' for others), cut; "" when none */
	uint16_t routes_sent, routes_left_out;
};

/* Is this IPv4 packet (header gate passed by the caller or not) one for dhcp_inform()?
 * Only looks: first fragment or whole, UDP, destination port 67. */
bool dhcp_is_for_server(struct bytes ip_packet);

/*
 * The answer to one IPv4 packet of a session: DHCPACK, from server_ip:67 to client_ip:68, as
 * a whole IPv4 packet behind what w holds. Option 53 stands first (Apple reads it there), no
 * yiaddr and no lease time; then 54, 61 as it came, 1, and of 6, 15, 44 what there is and
 * was asked (all without a list); routes in 249 and 121 when either was asked: both when both
 * fit, else the one that was asked, and as many routes as fit.
 * asked may be NULL; it is filled from DHCP_DROP_NONE on only. On a drop w is unchanged.
 */
enum dhcp_drop dhcp_inform(struct bytes ip_packet, const struct dhcp_values *v, struct wr *w,
			   struct dhcp_asked *asked);
