/*
 * session_terms: what each side of a session asks of the other's frames: cookie,
 * L2-specific sublayer, sequence numbers, circuit status (RFC 3931 section 5.4.4 and
 * 5.4.5), and the pseudowire type (RFC 4719 section 2.2).
 *
 * Called by session.c. Each direction has its own terms: ours for what comes in,
 * the peer's for what we send.
 */
#include "state3.h"

#include <string.h>

/* Octets of the cookie that we ask for. peer: the length of the peer's. */
static uint8_t cookie_len(const struct session *s)
{
	const struct connection *c = s->connection;
	uint8_t configured = c->settings->cfg.cookie_len;

	if (c->style->cookie == L2TP3_COOKIE_NEVER)
		return 0;
	if (c->style->cookie == L2TP3_COOKIE_AS_PEER && !s->caller)
		return s->peer_cookie_len;
	return configured;
}

void terms_fill(struct session *s, struct l2tp3_message *m)
{
	const struct connection *c = s->connection;
	const struct l2tp3_config *cfg = &c->settings->cfg;

	s->cookie_len = cookie_len(s);
	s->sublayer = c->style->no_sublayer ? L2TP3_SUBLAYER_NONE : cfg->sublayer;
	s->sequencing = s->sublayer ? cfg->sequencing : L2TP3_SEQUENCE_NONE;
	m->present |= AVP3_BIT(AVP3_CIRCUIT_STATUS);
	m->circuit_status = c->style->circuit_status;
	s->told_active = s->active;
	if (!s->active)
		m->circuit_status &= (uint16_t)~CIRCUIT_ACTIVE;
	if (s->cookie_len) {
		cfg->random(cfg->random_ctx, s->cookie, s->cookie_len);
		m->cookie = (struct bytes){s->cookie, s->cookie_len};
		m->present |= AVP3_BIT(AVP3_COOKIE);
	}
	if (s->sublayer) {
		m->sublayer = s->sublayer;
		m->present |= AVP3_BIT(AVP3_SUBLAYER);
	}
	if (s->sequencing) {
		m->sequencing = s->sequencing;
		m->present |= AVP3_BIT(AVP3_DATA_SEQUENCING);
	}
}

/* The caller chooses the type, a reply can only repeat it; SoftEther's towards a Cisco has
 * 0 there. */
static bool take_pw_type(struct session *s, const struct l2tp3_message *m)
{
	if (s->caller)
		return !has3(m, AVP3_PW_TYPE) || !m->pw_type || m->pw_type == s->pw_type;
	s->pw_type = has3(m, AVP3_PW_TYPE) ? m->pw_type : L2TP3_PW_ETHERNET;
	return s->pw_type == L2TP3_PW_ETHERNET || s->pw_type == L2TP3_PW_ETHERNET_VLAN;
}

struct l2tp_result terms_take(struct session *s)
{
	const struct l2tp3_message *m = &s->connection->l->parse.m;

	if (m->type != MSG_ICCN && !take_pw_type(s, m))
		return (struct l2tp_result){14, 0, "pseudowire-type"};
	if (m->type != MSG_ICCN && has3(m, AVP3_COOKIE)) {
		s->peer_cookie_len = (uint8_t)m->cookie.len;
		if (m->cookie.len)
			memcpy(s->peer_cookie, m->cookie.p, m->cookie.len);
	}
	if (has3(m, AVP3_SUBLAYER))
		s->peer_sublayer = (uint8_t)m->sublayer;
	if (has3(m, AVP3_DATA_SEQUENCING))
		s->peer_sequencing = (uint8_t)m->sequencing;
	if (has3(m, AVP3_CIRCUIT_STATUS))
		s->peer_active = m->circuit_status & CIRCUIT_ACTIVE;
	else if (m->type != MSG_ICCN)
		s->peer_active = true;
	if (s->peer_sequencing && !s->peer_sublayer)
		return (struct l2tp_result){15, 0, "sequencing-without-sublayer"};
	return (struct l2tp_result){0};
}
