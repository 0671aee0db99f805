/*
 * cp: what the control protocols of PPP have in common on the wire (RFC 1661
 * sections 5 and 6): the packet of code, identifier and length, the list of
 * options of type and length, and the numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

/* Protocol numbers (RFC 1661 section 2, RFC 1334, 1994, 1332, 5072, 1962). */
enum {
	PROTO_IPV4 = 0x0021,
	PROTO_IPV6 = 0x0057,
	PROTO_IPCP = 0x8021,
	PROTO_IPV6CP = 0x8057,
	PROTO_CCP = 0x80fd,
	PROTO_ACSP = 0x0235, /* Apple Client Server Protocol, and its control protocol */
	PROTO_ACSCP = 0x8235,
	PROTO_LCP = 0xc021,
	PROTO_PAP = 0xc023,
	PROTO_CHAP = 0xc223,
	PROTO_EAP = 0xc227,
};

/* Codes (RFC 1661 section 5, RFC 1570). */
enum {
	CODE_CONFIGURE_REQUEST = 1,
	CODE_CONFIGURE_ACK = 2,
	CODE_CONFIGURE_NAK = 3,
	CODE_CONFIGURE_REJECT = 4,
	CODE_TERMINATE_REQUEST = 5,
	CODE_TERMINATE_ACK = 6,
	CODE_CODE_REJECT = 7,
	CODE_PROTOCOL_REJECT = 8,
	CODE_ECHO_REQUEST = 9,
	CODE_ECHO_REPLY = 10,
	CODE_DISCARD_REQUEST = 11,
	CODE_IDENTIFICATION = 12,
	CODE_TIME_REMAINING = 13,
};

#define CP_HEADER   4
#define CP_BODY_MAX 1496 /* a packet of the default MRU without its header */

struct cp_packet {
	uint8_t code;
	uint8_t id;
	struct bytes body;  /* behind the header, padding left out */
	struct bytes whole; /* header and body */
};

struct cp_option_in {
	uint8_t type;
	struct bytes data;  /* behind type and length */
	struct bytes whole; /* as the peer sent it */
};

/* One frame's protocol number and contents, with or without FF 03 and with a
 * protocol field of one or two octets (RFC 1661 2, RFC 1662 3.1). False when short
 * or when the number is not well formed. */
bool frame_parse(struct bytes frame, uint16_t *protocol, struct bytes *payload);

/* One packet of a control or authentication protocol; octets behind its length are
 * padding. False when the length is below 4 or beyond the payload. */
bool cp_parse(struct bytes payload, struct cp_packet *out);

/* Takes the next option off r. False at the end and on an error (r tells which). */
bool cp_option_next(struct rd *r, struct cp_option_in *out);

/* Is the whole list well formed? */
bool cp_options_ok(struct bytes options);
