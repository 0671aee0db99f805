/*
 * header: the ISAKMP header (RFC 2408 3.1, 5.2). Called by ike.c for every
 * datagram before anything is looked up. Never trusts the length field for
 * more than a comparison with what really arrived.
 */
#include "header.h"

#include "ike/ike.h"

/* Some Cisco clients append up to one block of zero octets to the datagram. */
#define TRAILING_ZEROS_MAX 16
#define MARKER_LEN         4 /* RFC 3948 2.2 */
#define LENGTH_AT          24

bool cookie_zero(const uint8_t cookie[ISAKMP_COOKIE_LEN])
{
	static const uint8_t zero[ISAKMP_COOKIE_LEN];

	return memcmp(cookie, zero, sizeof(zero)) == 0;
}

struct bytes isakmp_behind_marker(struct bytes msg)
{
	static const uint8_t marker[MARKER_LEN];
	struct rd r = rd_of_bytes(msg);

	rd_skip(&r, MARKER_LEN + LENGTH_AT);
	if (rd_u32(&r) + MARKER_LEN != msg.len || !rd_ok(&r) ||
	    memcmp(msg.p, marker, MARKER_LEN) != 0)
		return msg;
	return (struct bytes){msg.p + MARKER_LEN, msg.len - MARKER_LEN};
}

static bool trailing_zeros(struct rd r)
{
	if (rd_left(&r) > TRAILING_ZEROS_MAX)
		return false;
	while (rd_left(&r))
		if (rd_u8(&r) != 0)
			return false;
	return true;
}

enum ike_drop isakmp_header_parse(struct bytes msg, struct isakmp_header *h, struct bytes *rest)
{
	struct rd r = rd_of_bytes(msg);

	*rest = (struct bytes){NULL, 0};
	rd_copy(&r, h->cky_i, sizeof(h->cky_i));
	rd_copy(&r, h->cky_r, sizeof(h->cky_r));
	h->next = rd_u8(&r);
	h->version = rd_u8(&r);
	h->exchange = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->mid = rd_u32(&r);
	h->length = rd_u32(&r);
	if (!rd_ok(&r))
		return DROP_SHORT;
	if (msg.len > IKE_MESSAGE_MAX)
		return DROP_LONG;
	if (h->version >> 4 != ISAKMP_VERSION_1_0 >> 4)
		return DROP_VERSION;
	if (cookie_zero(h->cky_i))
		return DROP_COOKIE_ZERO;
	if (h->length <= ISAKMP_HEADER_LEN || h->length > msg.len)
		return DROP_LENGTH;
	*rest = rd_bytes(&r, h->length - ISAKMP_HEADER_LEN);
	return trailing_zeros(r) ? DROP_NONE : DROP_LENGTH;
}
