/*
 * lifetime: what both ends agree on, and RESPONDER-LIFETIME for what we shorten (RFC
 * 2407 4.5.4, 4.6.3.1). Called by policy, main and quick. The transform itself always
 * goes back as it was offered: the notify is where a shorter life is told.
 */
#include "lifetime.h"

#include "attribute.h"
#include "exchange.h"
#include "profile.h"

/* RFC 2407 4.5: what an IPsec SA has when nothing is said. Phase 1 has no such default. */
#define UNSAID_ESP_S 28800

uint32_t lifetime_smaller(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

struct lifetime lifetime_of_esp(const struct ike_config *cfg, const struct esp_choice *c)
{
	uint32_t s = c->esp->life_s ? c->esp->life_s : cfg->esp_life_s;
	uint32_t kb = c->esp->life_kb ? c->esp->life_kb : cfg->esp_life_kb;

	return (struct lifetime){lifetime_smaller(s, c->offer->life_s),
				 lifetime_smaller(kb, c->offer->life_kb)};
}

uint64_t lifetime_renewal_ms(struct ike *k, enum phase phase, enum ike_role role, bool peer_takes,
			     uint64_t life_ms)
{
	uint64_t soft_ms = life_ms * 85 / 100 + random_u32(k) % (life_ms / 20 + 1);

	soft_ms = profile_soft_ms(k->cfg.profile, phase == PHASE_2, soft_ms);
	if (role == IKE_INITIATOR && soft_ms && soft_ms < life_ms)
		return soft_ms;
	return k->cfg.rekey && peer_takes ? life_ms * 95 / 100 : 0;
}

static void put(struct wr *w, enum phase phase, uint16_t unit, uint32_t value)
{
	attribute_put(w, phase == PHASE_1 ? OAKLEY_LIFE_TYPE : DOI_LIFE_TYPE, unit);
	attribute_put32(w, phase == PHASE_1 ? OAKLEY_LIFE_DURATION : DOI_LIFE_DURATION, value);
}

void lifetime_attributes(struct wr *w, enum phase phase, struct lifetime offered,
			 struct lifetime agreed)
{
	if (phase == PHASE_2 && offered.s == 0)
		offered.s = UNSAID_ESP_S;
	if (agreed.s && agreed.s < offered.s)
		put(w, phase, LIFE_SECONDS, agreed.s);
	/* who named no octets does not count them */
	if (phase == PHASE_2 && agreed.kb && agreed.kb < offered.kb)
		put(w, phase, LIFE_KILOBYTES, agreed.kb);
}

void lifetime_tell(struct isakmp_sa *sa, uint32_t offered_s)
{
	uint8_t data[16], spi[2 * ISAKMP_COOKIE_LEN];
	struct wr w = wr_of(data, sizeof(data));

	lifetime_attributes(&w, PHASE_1, (struct lifetime){.s = offered_s},
			    (struct lifetime){.s = sa->policy.life_s});
	if (w.len == 0)
		return;
	memcpy(spi, sa->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(spi + ISAKMP_COOKIE_LEN, sa->cky_r, ISAKMP_COOKIE_LEN);
	notify_send(sa, PROTO_ISAKMP, (struct bytes){spi, sizeof(spi)}, NOTIFY_RESPONDER_LIFETIME,
		    wr_done(&w));
}

void lifetime_write(const struct quick *q, struct msg *m)
{
	uint8_t data[32], spi[4];
	struct wr w = wr_of(data, sizeof(data)), ws = wr_of(spi, sizeof(spi));

	lifetime_attributes(&w, PHASE_2, q->offered,
			    (struct lifetime){q->keys.life_s, q->keys.life_kb});
	if (w.len == 0)
		return;
	wr_u32(&ws, q->keys.spi_in);
	notify_body(msg_open(m, PAYLOAD_NOTIFY), PROTO_ESP, wr_done(&ws), NOTIFY_RESPONDER_LIFETIME,
		    wr_done(&w));
	msg_close(m);
}
