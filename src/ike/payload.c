/*
 * payload: the payload gate (RFC 2408 3.2, 5.3) and the fixed parts of the small
 * payloads (RFC 2407 4.6.2, RFC 2408 3.14 and 3.15, RFC 3947 5.2). Called with
 * every message, in clear or decrypted, before a handler sees it. Never copies
 * a body but an identity, never changes state.
 */
#include "payload.h"

#include <stdio.h>

#include "base/log.h"

#define KIND_NONE 255

static uint8_t kind_of(uint8_t type)
{
	switch (type) {
	case PAYLOAD_SA:
		return KIND_SA;
	case PAYLOAD_KE:
		return KIND_KE;
	case PAYLOAD_ID:
		return KIND_ID;
	case PAYLOAD_CERT:
		return KIND_CERT;
	case PAYLOAD_CERT_REQUEST:
		return KIND_CERT_REQUEST;
	case PAYLOAD_HASH:
		return KIND_HASH;
	case PAYLOAD_SIGNATURE:
		return KIND_SIGNATURE;
	case PAYLOAD_NONCE:
		return KIND_NONCE;
	case PAYLOAD_NOTIFY:
		return KIND_NOTIFY;
	case PAYLOAD_DELETE:
		return KIND_DELETE;
	case PAYLOAD_VENDOR_ID:
		return KIND_VENDOR_ID;
	case PAYLOAD_NAT_D:
	case PAYLOAD_NAT_D_DRAFT:
	case PAYLOAD_NAT_D_DRAFT4:
		return KIND_NAT_D;
	case PAYLOAD_NAT_OA:
	case PAYLOAD_NAT_OA_DRAFT:
	case PAYLOAD_NAT_OA_DRAFT4:
		return KIND_NAT_OA;
	default:
		return KIND_NONE;
	}
}

/* Numbers that mean nothing to us are skipped when nobody has assigned them a meaning: private
 * use. The drafts of NAT traversal took numbers that others may use as well: such a payload
 * that cannot be theirs is skipped too. */
static bool skipped(uint8_t type)
{
	return type >= PAYLOAD_PRIVATE || type == PAYLOAD_NAT_D_DRAFT4 ||
	       type == PAYLOAD_NAT_OA_DRAFT4;
}

/* Shortest and longest body that can mean anything, by kind. */
static bool body_len_ok(uint8_t kind, size_t len)
{
	static const struct {
		uint16_t min, max;
	} range[KIND_COUNT] = {
		[KIND_SA] = {16, 9000},          [KIND_KE] = {1, 1024},
		[KIND_ID] = {4, 4 + 1024},       [KIND_CERT] = {1, 9000},
		[KIND_CERT_REQUEST] = {1, 9000}, [KIND_HASH] = {1, PRIM_HASH_MAX},
		[KIND_SIGNATURE] = {1, 1024},    [KIND_NONCE] = {IKE_NONCE_MIN, IKE_NONCE_MAX},
		[KIND_NOTIFY] = {8, 9000},       [KIND_DELETE] = {8, 9000},
		[KIND_VENDOR_ID] = {0, 1024},    [KIND_NAT_D] = {16, PRIM_HASH_MAX},
		[KIND_NAT_OA] = {8, 20},
	};

	/* an empty CERT-REQUEST is 4 octets on the wire and harmless (CVE-2004-0220) */
	if (kind == KIND_CERT_REQUEST || kind == KIND_CERT)
		return true;
	return len >= range[kind].min && len <= range[kind].max;
}

static void bucket(struct payloads *p, struct payload *x)
{
	uint8_t index = (uint8_t)(x - p->all + 1);

	if (p->last[x->kind])
		p->all[p->last[x->kind] - 1].next_same = index;
	else
		p->first[x->kind] = index;
	p->last[x->kind] = index;
	p->count[x->kind]++;
}

enum ike_drop payloads_parse(uint8_t next, struct bytes area, bool tail, struct payloads *out)
{
	struct rd r = rd_of_bytes(area);
	unsigned seen = 0;

	*out = (struct payloads){0};
	while (next != PAYLOAD_NONE) {
		const uint8_t *at = r.p;
		uint8_t type = next, kind = kind_of(type);
		uint8_t reserved;
		uint16_t len;
		struct bytes body;

		if (++seen > PAYLOADS_MAX)
			return DROP_PAYLOAD_COUNT;
		next = rd_u8(&r);
		reserved = rd_u8(&r);
		len = rd_u16(&r);
		body = rd_bytes(&r, len < 4 ? SIZE_MAX : (size_t)len - 4);
		if (!rd_ok(&r))
			return DROP_PAYLOAD_LENGTH;
		if (reserved != 0)
			return DROP_PAYLOAD_RESERVED;
		if (kind == KIND_NONE) {
			if (!skipped(type))
				return DROP_PAYLOAD_TYPE;
			continue;
		}
		if (!body_len_ok(kind, body.len) && skipped(type))
			continue;
		if (!body_len_ok(kind, body.len))
			return DROP_PAYLOAD_BODY;
		out->all[out->n] = (struct payload){kind, type, 0, body, {at, len}};
		bucket(out, &out->all[out->n++]);
	}
	out->chain = (struct bytes){area.p, area.len - rd_left(&r)};
	return tail || rd_done(&r) ? DROP_NONE : DROP_PAYLOAD_LENGTH;
}

enum ike_drop payloads_require(const struct payloads *p, unsigned required, unsigned once)
{
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		if ((required & KIND_BIT(k)) && p->count[k] == 0)
			return DROP_PAYLOAD_MISSING;
		if ((once & KIND_BIT(k)) && p->count[k] > 1)
			return DROP_PAYLOAD_COUNT;
	}
	return DROP_NONE;
}

const struct payload *payload_first(const struct payloads *p, enum payload_kind kind)
{
	return p->first[kind] ? &p->all[p->first[kind] - 1] : NULL;
}

const struct payload *payload_next(const struct payloads *p, const struct payload *of)
{
	return of->next_same ? &p->all[of->next_same - 1] : NULL;
}

static bool id_len_ok(uint8_t type, size_t len)
{
	switch (type) {
	case ID_IPV4_ADDR:
		return len == 4;
	case ID_IPV4_SUBNET:
	case 7: /* ID_IPV4_ADDR_RANGE */
		return len == 8;
	case ID_IPV6_ADDR:
		return len == 16;
	case 6: /* ID_IPV6_ADDR_SUBNET */
	case 8: /* ID_IPV6_ADDR_RANGE */
		return len == 32;
	default:
		return len > 0;
	}
}

bool id_parse(struct bytes body, struct ike_id *out)
{
	struct rd r = rd_of_bytes(body);

	*out = (struct ike_id){0};
	out->type = rd_u8(&r);
	out->protocol = rd_u8(&r);
	out->port = rd_u16(&r);
	if (!rd_ok(&r) || rd_left(&r) > sizeof(out->data) || !id_len_ok(out->type, rd_left(&r)))
		return false;
	out->len = (uint8_t)rd_left(&r);
	rd_copy(&r, out->data, out->len);
	return rd_done(&r);
}

void id_write(struct wr *w, const struct ike_id *id)
{
	wr_u8(w, id->type);
	wr_u8(w, id->protocol);
	wr_u16(w, id->port);
	wr_copy(w, id->data, id->len);
}

bool id_address(const struct ike_id *id, struct ip_addr *out)
{
	static const uint8_t host_mask[4] = {255, 255, 255, 255};

	*out = (struct ip_addr){0};
	if (id->type == ID_IPV4_SUBNET && memcmp(id->data + 4, host_mask, 4) != 0)
		return false;
	if (id->type == ID_IPV4_ADDR || id->type == ID_IPV4_SUBNET)
		out->family = 4;
	else if (id->type == ID_IPV6_ADDR)
		out->family = 6;
	else
		return false;
	memcpy(out->ip, id->data, ip_addr_len(out));
	return true;
}

const char *id_words(const struct ike_id *id, char *buf, size_t cap)
{
	struct ip_addr a;

	if (id_address(id, &a))
		return ip_addr_text(&a, buf, cap);
	switch (id->type) {
	case ID_FQDN:
	case ID_USER_FQDN:
	case ID_KEY_ID:
		return log_quote(id->data, id->len, buf, cap);
	case ID_DER_ASN1_DN:
		return cert_dn_words((struct bytes){id->data, id->len}, buf, cap);
	case 0:
		snprintf(buf, cap, "none");
		return buf;
	default:
		snprintf(buf, cap, "id of type %u", id->type);
		return buf;
	}
}

bool nat_oa_parse(struct bytes body, struct ip_addr *out)
{
	struct ike_id id;

	return id_parse(body, &id) && (id.type == ID_IPV4_ADDR || id.type == ID_IPV6_ADDR) &&
	       id_address(&id, out);
}

bool notify_parse(struct bytes body, struct notify *out)
{
	struct rd r = rd_of_bytes(body);
	uint8_t spi_len;

	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	spi_len = rd_u8(&r);
	out->type = rd_u16(&r);
	out->spi = rd_bytes(&r, spi_len);
	out->data = rd_rest(&r);
	return rd_ok(&r);
}

bool delete_parse(struct bytes body, struct delete_body *out)
{
	struct rd r = rd_of_bytes(body);

	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	out->spi_len = rd_u8(&r);
	out->n = rd_u16(&r);
	out->spis = rd_bytes(&r, (size_t)out->n * out->spi_len);
	return rd_done(&r) && out->n > 0 && out->spi_len > 0;
}
