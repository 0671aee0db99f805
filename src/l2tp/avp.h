/* avp: the AVP chain of a control message and hidden AVPs (RFC 2661 section 4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"

#define AVP_HEADER_LEN 6
#define AVP_VALUE_MAX  1017 /* Length has 10 bits and counts the header */

struct avp {
	bool mandatory; /* M */
	bool hidden;    /* H */
	bool reserved;  /* a reserved bit is set: to be treated as unrecognised (4.1) */
	uint16_t vendor;
	uint16_t type;
	struct bytes value; /* still hidden when hidden is set */
};

enum avp_step { AVP_NEXT, AVP_END, AVP_BROKEN };

/* Takes the next AVP off r. AVP_BROKEN: Length below 6 or beyond the message. */
enum avp_step avp_next(struct rd *r, struct avp *out);

/* Is body a whole chain of AVPs that opens with a Message Type AVP? */
bool avp_chain_ok(struct bytes body);

/* Starts an IETF AVP; returns the offset for avp_end(). */
size_t avp_begin(struct wr *w, bool mandatory, uint16_t type);
/* Ends it: fills Length; an AVP longer than AVP_VALUE_MAX sets the writer's error. */
void avp_end(struct wr *w, size_t start);

/* RFC 2661 4.3. Takes the value of a hidden AVP apart into out (AVP_VALUE_MAX
 * octets); *value is the original value inside out, never longer than the hidden
 * one less 2. False: no secret or random vector, or lengths that do not agree. */
bool avp_unhide(uint16_t type, struct bytes secret, struct bytes random_vector, struct bytes hidden,
		uint8_t out[AVP_VALUE_MAX], struct bytes *value);

/* RFC 2661 4.3. Writes the AVP hidden, with pad as its padding; false and the writer in error on
 * failure. */
bool avp_write_hidden(struct wr *w, bool mandatory, uint16_t type, struct bytes secret,
		      struct bytes random_vector, struct bytes value, struct bytes pad);

/* Challenge Response (RFC 2661 4.4.3 and 5.1.1): MD5(id | secret | challenge), id the
 * Message Type that carries the response. False when libcrypto fails. */
bool avp_challenge_response(uint8_t message_type, struct bytes secret, struct bytes challenge,
			    uint8_t out[16]);
