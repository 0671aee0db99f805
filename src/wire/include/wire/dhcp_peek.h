/*
 * dhcp_peek: what a switch wants to know of a DHCP message that passes (RFC 2131 section 2,
 * options 51, 53 and 54 of RFC 2132). The whole codec is the dhcp room's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_PORT_SERVER  67
#define DHCP_PORT_CLIENT  68
#define DHCP6_PORT_CLIENT 546
#define DHCP6_PORT_SERVER 547

/* The dhcp room's header says the same. */
#define DHCP_BOOTREQUEST 1
#define DHCP_BOOTREPLY   2

/* Option 53. 0: not a DHCP message but BOOTP, or the option is not within reach. */
enum dhcp_peek_message {
	DHCP_MSG_DISCOVER = 1,
	DHCP_MSG_OFFER,
	DHCP_MSG_REQUEST,
	DHCP_MSG_DECLINE,
	DHCP_MSG_ACK,
	DHCP_MSG_NAK,
	DHCP_MSG_RELEASE,
	DHCP_MSG_INFORM,
};

struct dhcp_peek {
	uint8_t op, message;
	uint8_t chaddr[6];
	uint32_t ciaddr, yiaddr, giaddr; /* host order */
	uint32_t lease_s, server_id;     /* 0: not said */
};

/* Looks at a UDP payload. At most 256 options and octets of padding are walked and "overload"
 * (option 52) is not followed: a message whose type hides there has message 0. False: shorter than
 * the fixed part, not for Ethernet, no magic cookie, or an option that runs out of the message. */
bool dhcp_peek(const uint8_t *p, size_t len, struct dhcp_peek *out);
