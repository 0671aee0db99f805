/* The ISAKMP header (RFC 2408 3.1). Private to src/ike. */
#pragma once

#include "base/rd.h"
#include "drop.h"
#include "isakmp.h"

struct isakmp_header {
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	uint8_t next, version, exchange, flags;
	uint32_t mid;
	uint32_t length;
};

/* Reads and checks the header of a whole datagram. *rest is what follows the
 * header, as far as the header's length goes. Changes nothing else. */
enum ike_drop isakmp_header_parse(struct bytes msg, struct isakmp_header *h, struct bytes *rest);

bool cookie_zero(const uint8_t cookie[ISAKMP_COOKIE_LEN]);
