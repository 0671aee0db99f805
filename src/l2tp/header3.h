/* header3: the control header of L2TP version 3 (RFC 3931 section 3.2.1). */
#pragma once

#include "header.h"

struct l2tp3_header {
	bool control; /* T; the rest means nothing without it */
	uint16_t length;
	uint32_t connection_id;
	uint16_t ns, nr;
	struct bytes payload; /* the AVPs */
};

/* Reads a control header; over IP behind the zero session id. HEADER_OK with control
 * false: a data message (over UDP). Reserved bits are ignored. */
enum header_verdict header3_parse(struct bytes msg, struct l2tp3_header *out);

/* Writes a control header; header_end() fills Length, header_set_seq() Ns and Nr. */
size_t header3_begin(struct wr *w, uint32_t connection_id);
