/*
 * message3: the control messages of RFC 3931 section 6 as one struct, parsed and
 * built through the AVP catalogue of version 3.
 */
#pragma once

#include "avp_field.h"
#include "l2tp/l2tp3.h"
#include "message.h"

#define MSG_ACK 20

/* AVPs in the order in which they are written. */
enum avp3 {
	AVP3_MESSAGE_TYPE,
	AVP3_MESSAGE_DIGEST, /* directly behind the Message Type (5.4.1) */
	AVP3_RANDOM_VECTOR,
	AVP3_RESULT_CODE,
	AVP3_NONCE,
	AVP3_HOST_NAME,
	AVP3_VENDOR_NAME,
	AVP3_ROUTER_ID,
	AVP3_CONNECTION_ID,
	AVP3_PW_CAPABILITIES,
	AVP3_RECEIVE_WINDOW_SIZE,
	AVP3_TIE_BREAKER,
	AVP3_LOCAL_SESSION_ID,
	AVP3_REMOTE_SESSION_ID,
	AVP3_SERIAL_NUMBER,
	AVP3_PW_TYPE,
	AVP3_REMOTE_END_ID,
	AVP3_COOKIE,
	AVP3_SUBLAYER,
	AVP3_DATA_SEQUENCING,
	AVP3_CIRCUIT_STATUS,
	AVP3_CIRCUIT_ERRORS,
	AVP3_TX_CONNECT_SPEED,
	AVP3_RX_CONNECT_SPEED,
	AVP3_PHYSICAL_CHANNEL_ID,
	AVP3_PREFERRED_LANGUAGE,
	AVP3_EXTENDED_VENDOR_ID,
	AVP3_INTERFACE_MTU,
	AVP3_COUNT,
};

#define CISCO               9
#define CISCO_DRAFT_VERSION 10
#define CISCO_NONE          (-1) /* Cisco has no AVP of its own for it */

#define PEER_NONCE_MAX 64
#define CIRCUIT_ACTIVE 1u /* A */
#define CIRCUIT_NEW    2u /* N */

/* Values by AVP; a field means something only when has3(m, AVP3_...). Runs of bytes
 * point into the message or into the caller's scratch. */
struct l2tp3_message {
	uint16_t type;
	bool mandatory;   /* M of the Message Type; parsed only */
	bool cisco;       /* Cisco's AVPs came; or are to be written beside the standard ones */
	uint32_t present; /* AVP3_BIT of every AVP that was read or is to be written */

	uint16_t result, error;
	uint16_t receive_window_size, pw_type, sublayer, sequencing, circuit_status, interface_mtu;
	uint16_t cisco_version; /* Draft AVP Version; 0: none came */
	uint32_t router_id, connection_id, local_session_id, remote_session_id, serial_number;
	uint32_t physical_channel_id;
	struct bytes error_message, message_digest, nonce, host_name, vendor_name;
	struct bytes pw_capabilities, tie_breaker, remote_end_id, cookie, circuit_errors;
	struct bytes tx_connect_speed, rx_connect_speed, preferred_language;
};

#define AVP3_BIT(a) (UINT32_C(1) << (a))

static inline bool has3(const struct l2tp3_message *m, enum avp3 avp)
{
	return m->present & AVP3_BIT(avp);
}

/* One row of the catalogue (section 5.4). */
struct avp3_row {
	const char *name;
	uint16_t type; /* IETF number */
	int8_t cisco;  /* Cisco's number for the same, or CISCO_NONE */
	bool mirrored; /* written as Cisco's too towards a Cisco peer */
	enum avp_kind kind;
	bool mandatory; /* M as we send it */
	bool may_hide;
	uint16_t min_len, max_len; /* octets of the value */
	size_t field;              /* offset in struct l2tp3_message */
};

const struct avp3_row *avp3_row(enum avp3 avp);
/* The AVP of a vendor's number; AVP3_COUNT: none. */
enum avp3 avp3_find(uint16_t vendor, uint16_t type);
/* An AVP that says nothing in version 3 and is passed over whatever its M: RFC 2661's
 * (RFC 3931 section 4.7.3), and Cisco's that we have no use for. */
bool avp3_passed_over(uint16_t vendor, uint16_t type);
/* "ICRQ"; NULL when RFC 3931 has no such message. */
const char *message3_name(unsigned type);
/* AVPs without which a message of the type cannot be used. */
uint32_t message3_required(unsigned type);
/* Is it about a session (its refusal is a CDN)? */
bool message3_is_session(unsigned type);

struct message3_parse {
	struct l2tp3_message m; /* what could be read, even of a message that is refused */
	enum message_verdict verdict;
	uint16_t culprit_vendor, culprit; /* the AVP that the verdict is about */
};

/* Parses the AVPs of a control message. hide_key: for hidden AVPs, may be empty.
 * scratch: AVP_SCRATCH octets that hold unhidden values as long as out lives. */
void message3_parse(struct bytes body, struct bytes hide_key, uint8_t *scratch,
		    struct message3_parse *out);

/* Writes the AVPs of m->present in the order of enum avp3, Message Type first. */
void message3_write(struct wr *w, const struct l2tp3_message *m);

/* Is the pseudowire type in a list of capabilities? */
bool pw_capable(struct bytes capabilities, uint16_t pw_type);

/* "ICRQ: unknown AVP with the M bit 5 (...), vendor 9" into out. */
void refusal3_text(const struct message3_parse *p, char *out, size_t cap);
/* What would help at the router, for a note: "; ..." or "". */
const char *refusal3_fix(const char *reason);
