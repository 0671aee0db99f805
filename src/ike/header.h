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

/* What is behind a second non-ESP marker (clients.md 1.2: some iOS put eight zero octets in
 * front of a message on port 4500, of which the data plane takes four); msg, when there is
 * none. A cookie may begin with four zero octets too: the length field decides. */
struct bytes isakmp_behind_marker(struct bytes msg);

bool cookie_zero(const uint8_t cookie[ISAKMP_COOKIE_LEN]);
