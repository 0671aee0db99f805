/* avp_field: the values of AVPs by their kind, for the messages of both versions. */
#pragma once

#include "avp.h"

enum avp_kind {
	AVP_KIND_TYPE,   /* Message Type */
	AVP_KIND_RESULT, /* Result Code: result, error, message */
	AVP_KIND_U16,
	AVP_KIND_U32,
	AVP_KIND_BYTES,
	AVP_KIND_ID8,    /* two octets of which the second counts (Proxy Authen ID) */
	AVP_KIND_FLAG,   /* no value: presence says it */
	AVP_KIND_VECTOR, /* Random Vector */
};

/* The most that hidden values of one message may come to. */
#define AVP_SCRATCH 2048

/* What hidden values of one message are opened with, and where they go. */
struct avp_reveal {
	struct bytes secret;        /* version 3: the key made of it */
	struct bytes random_vector; /* the last one that came */
	uint8_t *scratch;           /* AVP_SCRATCH octets */
	size_t used;
};

/* Replaces the value of a hidden AVP by the original, which is in scratch. False: it
 * cannot be opened, or scratch is full. */
bool avp_reveal(struct avp_reveal *r, struct avp *a);

/* Reads a value into field: uint16_t (TYPE, U16, ID8), uint32_t (U32) or struct bytes
 * (BYTES); does nothing for the other kinds. Too short a value reads as 0. */
void avp_field_read(enum avp_kind kind, struct bytes value, void *field);
void avp_field_write(struct wr *w, enum avp_kind kind, const void *field);

/* The value of a Result Code; error and message only when there is one. */
void avp_result_write(struct wr *w, uint16_t result, uint16_t error, struct bytes message);
