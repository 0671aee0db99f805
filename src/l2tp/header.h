/* header: the L2TP version 2 header (RFC 2661 section 3.1), parsed and built. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"

#define HEADER_CONTROL_LEN 12

struct l2tp_header {
	bool control;    /* T */
	bool has_length; /* L */
	bool has_seq;    /* S */
	bool priority;   /* P, data messages only */
	bool has_offset; /* O, data messages only */
	uint16_t length; /* as received; 0 without L */
	size_t datagram_len;
	uint16_t tunnel_id, session_id;
	uint16_t ns, nr; /* 0 without S */
	struct bytes payload;
};

enum header_verdict {
	HEADER_OK,
	HEADER_SHORT,   /* ends inside the header */
	HEADER_VERSION, /* not version 2 */
	HEADER_FLAGS,   /* a control message without L or S, or with O or P */
	HEADER_LENGTH,  /* Length or Offset Size beyond the datagram, or Length below the header */
};

/* Reads the header of a UDP payload. What follows Length is not part of the
 * message; payload is the AVPs of a control message or the PPP frame. */
enum header_verdict header_parse(struct bytes datagram, struct l2tp_header *out);

/* Writes a control header with T, L and S; returns the offset for
 * header_end(), which fills Length when the AVPs are written. */
size_t header_begin_control(struct wr *w, uint16_t tunnel_id, uint16_t session_id);
void header_end(struct wr *w, size_t start);

/* Sets Ns and Nr of a control message that header_begin_control() made; msg has
 * at least HEADER_CONTROL_LEN octets. */
void header_set_seq(uint8_t *msg, uint16_t ns, uint16_t nr);

/* Writes a data message: header with L, with S and Ns when has_seq, and the frame. */
void header_write_data(struct wr *w, const struct l2tp_header *h, struct bytes frame);
