/*
 * reply: the options of a server's OFFER or ACK, for inform.c and server_reply.c.
 */
#pragma once

#include "dhcp/options.h"

/* The parameter request list as a set. */
struct wishes {
	bool all; /* there is no list */
	bool code[256];
};

struct reply {
	uint8_t type;       /* DHCP_OFFER, DHCP_ACK or DHCP_NAK */
	uint32_t yiaddr;    /* 0 to an INFORM */
	bool has_lease;     /* 51, 58 and 59 are sent */
	uint32_t lease_s;   /* UINT32_MAX: for ever */
	const char *reason; /* DHCP_NAK: option 56 */
};

/* What a client asked, for put_reply() and for the story. */
void read_asked(const struct dhcp_message *m, struct dhcp_asked *a, struct wishes *w);

/* How long the reply may be as an IPv4 packet: what the client says (option 57, with IP and
 * UDP headers as RFC 2132 9.10 is read), else mtu; 576 to DHCP_REPLY_MAX. */
size_t reply_max(const struct dhcp_message *m, uint16_t mtu);

/* The whole message that answers m, up to the end option and its padding. asked is told of the
 * routes. A NAK takes nothing from v but server_ip. */
void put_reply(struct wr *w, const struct dhcp_message *m, const struct reply *r,
	       const struct dhcp_values *v, const struct wishes *wish, struct dhcp_asked *asked);
