/*
 * l2tp_data: the header of an L2TP version 2 message (RFC 2661 section 3.1) as
 * the data path needs it.
 */
#pragma once

#include <stdbool.h>

#include "base/rd.h"

#define L2TP_T       0x8000 /* control message */
#define L2TP_L       0x4000 /* length present */
#define L2TP_S       0x0800 /* Ns and Nr present */
#define L2TP_O       0x0200 /* offset size present */
#define L2TP_P       0x0100 /* priority */
#define L2TP_VERSION 0x000f

#define L2TP_DATA_HDR_MAX 10 /* of those that l2tp_data_put() writes */

struct l2tp_data {
	bool control; /* T: the rest is not read */
	bool sequenced;
	uint16_t tunnel_id, session_id, ns, nr;
	struct bytes payload; /* the PPP frame */
};

enum l2tp_data_fault {
	L2TP_DATA_OK,
	L2TP_DATA_SHORT,   /* cut */
	L2TP_DATA_VERSION, /* not version 2 */
	L2TP_DATA_LENGTH,  /* length field below the header or above what is there */
};

/* Parses a message (the UDP payload). Octets behind the length field's end are
 * not part of the frame. */
enum l2tp_data_fault l2tp_data_parse(struct bytes message, struct l2tp_data *out);

/* Writes a data header without length and offset: 6 octets, 10 with ns. Returns its length. */
size_t l2tp_data_put(uint8_t *p, uint16_t tunnel_id, uint16_t session_id, bool sequenced,
		     uint16_t ns);
