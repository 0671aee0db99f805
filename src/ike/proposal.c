/*
 * proposal: the SA payload of both phases (RFC 2408 3.4 to 3.6; attributes
 * RFC 2409 appendix A and RFC 2407 4.5). Called by main, quick and the fuzzers.
 * Never chooses: policy.c and esp.c do.
 */
#include "proposal.h"

#include "attribute.h"

/* False when the attribute came before or is 0. What is too large for the field is no
 * value that anybody knows: 65535. */
static bool set_once(uint16_t *field, const struct attribute *a)
{
	uint16_t v = a->fits && a->value <= UINT16_MAX ? (uint16_t)a->value : UINT16_MAX;

	if (*field != 0 || v == 0)
		return false;
	*field = v;
	return true;
}

static bool oakley_attribute(struct offer *o, const struct attribute *a)
{
	switch (a->type) {
	case OAKLEY_ENCRYPTION:
		return set_once(&o->cipher, a);
	case OAKLEY_HASH:
		return set_once(&o->hash, a);
	case OAKLEY_AUTH:
		return set_once(&o->auth, a);
	case OAKLEY_GROUP:
		return set_once(&o->group, a);
	case OAKLEY_GROUP_TYPE:
		return set_once(&o->group_type, a);
	case OAKLEY_KEY_LENGTH:
		return set_once(&o->key_bits, a);
	default:
		return false;
	}
}

static bool doi_attribute(struct offer *o, const struct attribute *a)
{
	switch (a->type) {
	case DOI_GROUP:
		return set_once(&o->group, a);
	case DOI_ENCAPSULATION:
		return set_once(&o->encap, a);
	case DOI_AUTH:
		return set_once(&o->hash, a);
	case DOI_KEY_LENGTH:
		return set_once(&o->key_bits, a);
	default:
		return false;
	}
}

/* Life type and duration come in pairs (RFC 2409 appendix A), both units in any order; of
 * several durations of a unit the smallest counts, and 0 says nothing. A duration above
 * 2^32-1 is as good as the largest number: the smaller of both sides wins. */
static bool life_attribute(struct offer *o, uint16_t *life_type, bool is_type,
			   const struct attribute *a)
{
	uint32_t *field;

	if (is_type) {
		*life_type = a->fits && a->value <= UINT16_MAX ? (uint16_t)a->value : 0;
		return *life_type == LIFE_SECONDS || *life_type == LIFE_KILOBYTES;
	}
	if (*life_type == 0)
		return false;
	field = *life_type == LIFE_SECONDS ? &o->life_s : &o->life_kb;
	*life_type = 0;
	if (a->value != 0 && (*field == 0 || a->value < *field))
		*field = a->value;
	return true;
}

/* RFC 2409 section 6: a named group may be said to be of its own type. */
static bool group_type_fits(const struct offer *o)
{
	bool ecp = o->group >= 19 && o->group <= 21;

	return o->group_type == 0 || o->group_type == (ecp ? GROUP_TYPE_ECP : GROUP_TYPE_MODP);
}

static enum ike_drop transform_attributes(struct rd *r, enum phase phase, struct offer *o)
{
	uint16_t type_class = phase == PHASE_1 ? OAKLEY_LIFE_TYPE : DOI_LIFE_TYPE;
	uint16_t duration_class = phase == PHASE_1 ? OAKLEY_LIFE_DURATION : DOI_LIFE_DURATION;
	uint16_t life_type = 0;
	struct attribute a;
	bool ok = true;

	while (attribute_next(r, &a)) {
		if (a.type == type_class || a.type == duration_class)
			ok &= life_attribute(o, &life_type, a.type == type_class, &a);
		else if (phase == PHASE_1)
			ok &= oakley_attribute(o, &a);
		else
			ok &= doi_attribute(o, &a);
	}
	o->strange = !ok || !group_type_fits(o);
	return rd_done(r) ? DROP_NONE : DROP_SA_BODY;
}

/* RFC 2408 3.6 */
static enum ike_drop transform_parse(struct rd *r, uint8_t *next, enum phase phase, struct offer *o)
{
	const uint8_t *at = r->p;
	uint8_t reserved;
	uint16_t len;
	struct rd body;

	*next = rd_u8(r);
	reserved = rd_u8(r);
	len = rd_u16(r);
	body = rd_sub(r, len < 8 ? SIZE_MAX : (size_t)len - 4);
	if (!rd_ok(r) || reserved != 0 || (*next != PAYLOAD_NONE && *next != PAYLOAD_TRANSFORM))
		return DROP_SA_BODY;
	o->transform = rd_u8(&body);
	o->id = rd_u8(&body);
	rd_skip(&body, 2);
	o->raw = (struct bytes){at, len};
	if (phase == PHASE_2)
		o->cipher = o->id;
	return transform_attributes(&body, phase, o);
}

/* RFC 2408 3.5 */
static enum ike_drop proposal_parse(struct rd *r, uint8_t *next, enum phase phase,
				    struct offers *out)
{
	struct offer base = {0};
	uint8_t reserved, spi_len, transforms, more = PAYLOAD_TRANSFORM;
	unsigned got = 0;
	uint16_t len;
	struct rd body;

	*next = rd_u8(r);
	reserved = rd_u8(r);
	len = rd_u16(r);
	body = rd_sub(r, len < 8 ? SIZE_MAX : (size_t)len - 4);
	if (!rd_ok(r) || reserved != 0 || (*next != PAYLOAD_NONE && *next != PAYLOAD_PROPOSAL))
		return DROP_SA_BODY;
	base.proposal = rd_u8(&body);
	base.protocol = rd_u8(&body);
	spi_len = rd_u8(&body);
	transforms = rd_u8(&body);
	base.spi = rd_bytes(&body, spi_len);
	while (more == PAYLOAD_TRANSFORM) {
		struct offer *o = &out->of[out->n];
		enum ike_drop bad;

		if (out->n == OFFERS_MAX)
			return DROP_SA_COUNT;
		*o = base;
		bad = transform_parse(&body, &more, phase, o);
		if (bad)
			return bad;
		out->n++;
		got++;
	}
	return rd_done(&body) && got == transforms ? DROP_NONE : DROP_SA_BODY;
}

/* Proposals with one number are one choice of several protocols together. */
static void mark_bundles(struct offers *out, unsigned first, unsigned proposal_start)
{
	uint8_t number = out->of[proposal_start].proposal;

	for (unsigned i = first; i < proposal_start; i++) {
		if (out->of[i].proposal != number)
			continue;
		out->of[i].bundled = true;
		for (unsigned j = proposal_start; j < out->n; j++)
			out->of[j].bundled = true;
	}
}

enum ike_drop offers_parse(struct bytes sa_body, enum phase phase, struct offers *out)
{
	struct rd r = rd_of_bytes(sa_body);
	uint32_t doi = rd_u32(&r), situation = rd_u32(&r);
	uint8_t next = PAYLOAD_PROPOSAL;

	out->n = 0;
	if (!rd_ok(&r) || doi != DOI_IPSEC || situation != SIT_IDENTITY_ONLY)
		return DROP_SA_BODY;
	while (next == PAYLOAD_PROPOSAL) {
		unsigned start = out->n;
		enum ike_drop bad = proposal_parse(&r, &next, phase, out);

		if (bad)
			return bad;
		mark_bundles(out, 0, start);
	}
	return rd_done(&r) ? DROP_NONE : DROP_SA_BODY;
}

void offer_echo(struct wr *w, uint8_t proposal, uint8_t protocol, struct bytes spi,
		struct bytes raw)
{
	size_t start, at;

	wr_u32(w, DOI_IPSEC);
	wr_u32(w, SIT_IDENTITY_ONLY);
	start = w->len;
	wr_u8(w, PAYLOAD_NONE);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, proposal);
	wr_u8(w, protocol);
	wr_u8(w, (uint8_t)spi.len);
	wr_u8(w, 1);
	wr_bytes(w, spi);
	wr_u8(w, PAYLOAD_NONE);
	wr_copy(w, raw.p + 1, raw.len - 1);
	wr_end16(w, at, start);
}
