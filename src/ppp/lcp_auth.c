/*
 * lcp_auth: the Authentication-Protocol option: which method, and that it is never
 * one that the administrator did not allow.
 *
 * RFC 1661 section 6.2, RFC 2433 section 3, RFC 2759 section 3. Called through the
 * table of lcp.c.
 */
#include "link.h"

static const struct {
	enum ppp_auth method; /* 0: known by name only */
	uint16_t protocol;
	uint8_t algorithm; /* CHAP */
	const char *name;
} methods[] = {
	{PPP_AUTH_MSCHAP2, PROTO_CHAP, 0x81, "MS-CHAPv2"},
	{PPP_AUTH_MSCHAP1, PROTO_CHAP, 0x80, "MS-CHAPv1"},
	{PPP_AUTH_CHAP, PROTO_CHAP, 0x05, "CHAP"},
	{PPP_AUTH_PAP, PROTO_PAP, 0, "PAP"},
	{0, PROTO_EAP, 0, "EAP"},
	{0, 0xc027, 0, "SPAP"},
	{0, 0xc123, 0, "SPAP"},
};

#define N_METHODS (sizeof(methods) / sizeof(methods[0]))

const char *ppp_auth_name(enum ppp_auth a)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (methods[i].method == a && a)
			return methods[i].name;
	return "none";
}

static int find_method(struct bytes data)
{
	struct rd r = rd_of_bytes(data);
	uint16_t protocol = rd_u16(&r);
	uint8_t algorithm = protocol == PROTO_CHAP ? rd_u8(&r) : 0;

	if (!rd_ok(&r))
		return -1;
	for (size_t i = 0; i < N_METHODS; i++)
		if (methods[i].protocol == protocol && methods[i].algorithm == algorithm)
			return (int)i;
	return -1;
}

static unsigned parse_method(struct bytes data)
{
	int i = find_method(data);

	return i < 0 ? 0 : methods[i].method;
}

const char *lcp_auth_words(struct bytes data)
{
	int i = find_method(data);

	return i < 0 ? "an unknown authentication protocol" : methods[i].name;
}

enum ppp_auth lcp_strongest_auth(unsigned set)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (methods[i].method & set)
			return methods[i].method;
	return (enum ppp_auth)0;
}

static void write_method(struct wr *w, enum ppp_auth method)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		if (methods[i].method != method)
			continue;
		wr_u8(w, 3);
		wr_u8(w, methods[i].algorithm ? 5 : 4);
		wr_u16(w, methods[i].protocol);
		if (methods[i].algorithm)
			wr_u8(w, methods[i].algorithm);
		return;
	}
}

/* A client that wants us to prove ourselves by a method of our own is refused. */
enum cp_answer lcp_judge_auth(struct ppp *p, struct bytes data, struct wr *nak)
{
	unsigned method = parse_method(data);
	enum ppp_auth best = lcp_strongest_auth(p->cfg.auth);

	if (p->cfg.role == PPP_SERVER || !best)
		return CP_ANSWER_REJECT;
	if (method & p->cfg.auth) {
		p->lcp.scratch.auth = (uint8_t)method;
		return CP_ANSWER_ACK;
	}
	write_method(nak, best);
	return CP_ANSWER_NAK;
}

void lcp_request_auth(const struct ppp *p, struct wr *w)
{
	if (p->lcp.ours.auth)
		write_method(w, (enum ppp_auth)p->lcp.ours.auth);
}

/* H-22: what was not allowed, or was refused by the peer itself, ends the link. */
bool lcp_naked_auth(struct ppp *p, uint64_t now_ms, struct bytes data)
{
	struct lcp_ours *o = &p->lcp.ours;
	unsigned method = parse_method(data);

	if (!o->auth || method == o->auth)
		return true;
	if (method & o->auth_left & o->auth_floor) {
		link_note(p, NOTE_CHOICE, "auth-method", "peer wants %s instead of %s: allowed",
			  lcp_auth_words(data), ppp_auth_name((enum ppp_auth)o->auth));
		o->auth_left &= (uint8_t)~o->auth;
		o->auth = (uint8_t)method;
		return true;
	}
	link_note(p, NOTE_REFUSED, "auth-refused",
		  "peer wants %s instead of %s, and that is not allowed here", lcp_auth_words(data),
		  ppp_auth_name((enum ppp_auth)o->auth));
	link_terminate(p, now_ms, "auth-refused");
	return false;
}

bool lcp_rejected_auth(struct ppp *p, uint64_t now_ms)
{
	if (!p->lcp.ours.auth)
		return true;
	link_note(p, NOTE_REFUSED, "auth-refused", "peer refuses to authenticate, %s was asked",
		  ppp_auth_name((enum ppp_auth)p->lcp.ours.auth));
	link_terminate(p, now_ms, "auth-refused");
	return false;
}
