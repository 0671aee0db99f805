/*
 * message: the control messages of RFC 2661 section 6 as one struct, parsed and
 * built through the AVP catalogue (section 4.4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "avp.h"
#include "avp_field.h"
#include "base/rd.h"
#include "base/wr.h"

enum message_type {
	MSG_SCCRQ = 1,
	MSG_SCCRP = 2,
	MSG_SCCCN = 3,
	MSG_STOPCCN = 4,
	MSG_HELLO = 6,
	MSG_OCRQ = 7,
	MSG_OCRP = 8,
	MSG_OCCN = 9,
	MSG_ICRQ = 10,
	MSG_ICRP = 11,
	MSG_ICCN = 12,
	MSG_CDN = 14,
	MSG_WEN = 15,
	MSG_SLI = 16,
	MSG_TYPES = 17,
};

/* AVP numbers (section 4.4). */
enum avp_type {
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL_ID = 9,
	AVP_RECEIVE_WINDOW_SIZE = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE_CODE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION_ID = 14,
	AVP_CALL_SERIAL_NUMBER = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_CONNECT_SPEED = 24,
	AVP_PHYSICAL_CHANNEL_ID = 25,
	AVP_INITIAL_RECEIVED_CONFREQ = 26,
	AVP_LAST_SENT_CONFREQ = 27,
	AVP_LAST_RECEIVED_CONFREQ = 28,
	AVP_PROXY_AUTHEN_TYPE = 29,
	AVP_PROXY_AUTHEN_NAME = 30,
	AVP_PROXY_AUTHEN_CHALLENGE = 31,
	AVP_PROXY_AUTHEN_ID = 32,
	AVP_PROXY_AUTHEN_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP_ID = 37,
	AVP_RX_CONNECT_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_TYPES = 40,
};

#define AVP_BIT(n) (UINT64_C(1) << (n))
#define MSG_BIT(n) (1u << (n))

#define PROTOCOL_VERSION_1 0x0100 /* version 1, revision 0 (4.4.3) */

/* Values by AVP; a field means something only when has(m, AVP_...). Runs of bytes
 * point into the message or, when they came hidden, into the caller's scratch. */
struct l2tp_message {
	uint16_t type;
	bool mandatory;   /* M of the Message Type AVP; parsed only */
	uint64_t present; /* AVP_BIT of every AVP that was read or is to be written */

	uint16_t result, error; /* Result Code; error 0 when absent */
	struct bytes error_message;
	uint16_t protocol_version, firmware_revision, assigned_tunnel_id, receive_window_size;
	uint16_t assigned_session_id, proxy_authen_type, proxy_authen_id;
	uint32_t framing_capabilities, bearer_capabilities, call_serial_number;
	uint32_t minimum_bps, maximum_bps, bearer_type, framing_type;
	uint32_t tx_connect_speed, rx_connect_speed, physical_channel_id;
	struct bytes tie_breaker, host_name, vendor_name, challenge, challenge_response;
	struct bytes q931_cause_code, called_number, calling_number, sub_address;
	struct bytes initial_received_confreq, last_sent_confreq, last_received_confreq;
	struct bytes proxy_authen_name, proxy_authen_challenge, proxy_authen_response;
	struct bytes call_errors, accm, private_group_id;

	/* writing only */
	const uint8_t *order; /* AVPs to write first, 0 at the end; NULL: all by number */
	struct bytes tail;    /* whole AVPs to write last */
	bool swapped_result;  /* the Result Code as Apple writes it (clients.md 2.2) */
};

static inline bool has(const struct l2tp_message *m, enum avp_type avp)
{
	return m->present & AVP_BIT(avp);
}

/* One row of the catalogue (section 4.4). */
struct avp_row {
	const char *name; /* NULL: RFC 2661 does not assign the number */
	enum avp_kind kind;
	bool mandatory; /* M as the RFC wants it sent */
	bool may_hide;
	uint16_t min_len, max_len; /* octets of the value */
	uint32_t messages;         /* MSG_BIT of the messages that may carry it */
	size_t field;              /* offset in struct l2tp_message */
};

/* The row of an IETF AVP, or NULL when RFC 2661 does not define it. */
const struct avp_row *avp_row(unsigned type);

/* "ICRQ"; NULL when RFC 2661 has no such message. */
const char *message_name(unsigned type);
/* AVPs that a message of the type must have (section 6). */
uint64_t message_required(unsigned type);
/* Is it about one call (its refusal is a CDN) rather than the tunnel (StopCCN)? */
bool message_is_session(unsigned type);

enum message_verdict {
	MESSAGE_OK,
	MESSAGE_BROKEN,       /* not a chain of AVPs with a Message Type first: drop */
	MESSAGE_IGNORED,      /* unknown message, M clear: acknowledged, nothing done */
	MESSAGE_UNKNOWN_TYPE, /* unknown message, M set */
	MESSAGE_UNKNOWN_AVP,  /* an AVP that we cannot read, M set */
	MESSAGE_BAD_LENGTH,   /* an AVP that RFC 2661 defines with another length, M set */
	MESSAGE_BAD_VALUE,    /* a value out of range */
	MESSAGE_MISSING,      /* without an AVP that section 6 requires */
};

#define MESSAGE_ORDER 16

struct message_parse {
	struct l2tp_message m; /* what could be read, even of a message that is refused */
	enum message_verdict verdict;
	uint16_t culprit_vendor; /* the AVP that the verdict is about */
	uint16_t culprit;
	/* IETF AVPs behind the Message Type as they came: client systems differ in it */
	uint8_t order[MESSAGE_ORDER];
	uint8_t n_order;
};

#define MESSAGE_SCRATCH AVP_SCRATCH

/* Parses the AVPs of a control message. secret: for hidden AVPs, may be empty.
 * scratch: MESSAGE_SCRATCH octets that hold unhidden values as long as out lives. */
void message_parse(struct bytes body, struct bytes secret, uint8_t *scratch,
		   struct message_parse *out);

/* Writes the AVPs of m->present, Message Type first, then m->order, then by number. */
void message_write(struct wr *w, const struct l2tp_message *m);
