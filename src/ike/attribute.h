/* Data attributes (RFC 2408 3.3), TV and TLV. Private to src/ike. */
#pragma once

#include "base/rd.h"
#include "base/wr.h"

struct attribute {
	uint16_t type;
	bool fits;      /* the value is a number below 2^32 */
	uint32_t value; /* UINT32_MAX when it does not fit */
};

/* The next attribute of r, either form; false at the end or when cut (r in error). */
bool attribute_next(struct rd *r, struct attribute *out);

/* Short form. */
void attribute_put(struct wr *w, uint16_t type, uint16_t value);
/* The short form where the value fits, else a 4-octet long form. */
void attribute_put32(struct wr *w, uint16_t type, uint32_t value);
