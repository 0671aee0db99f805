/* test_rig: see test_rig.h. */
#include "test_rig.h"

#include <stdio.h>

#include "crypto/mschap.h"
#include "crypto/prim.h"

static void rig_random(void *ctx, void *buf, size_t len)
{
	struct end *e = ctx;
	uint8_t *b = buf;

	for (size_t i = 0; i < len; i++) {
		e->seed = e->seed * 6364136223846793005u + 1442695040888963407u;
		b[i] = (uint8_t)(e->seed >> 56);
	}
}

void rig_init(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	r->now_ms = 1000000;
	r->lose = r->twice = -1;
	r->server.seed = 11;
	r->client.seed = 22;
	r->server.password = "clientPass";
	r->server.network = (struct ppp_network){
		.local_ip = 0x0a000001,
		.peer_ip = 0x0a000042,
		.dns = {0x08080808, 0x08080404},
		.wins = {0x0a000003, 0},
	};
}

struct ppp_config rig_config(struct rig *r, struct end *e, enum ppp_role role, unsigned auth)
{
	return (struct ppp_config){
		.role = role,
		.auth = auth,
		.mru = 1400,
		.name = role == PPP_SERVER ? "sekisho" : "User",
		.password = {(const uint8_t *)"clientPass", role == PPP_SERVER ? 0 : 10},
		.random = rig_random,
		.random_ctx = e,
		.timers = &r->timers,
	};
}

void rig_end(struct rig *r, struct end *e, const struct ppp_config *cfg)
{
	(void)r;
	e->p = ppp_new(cfg);
	assert_non_null(e->p);
}

void rig_free(struct rig *r)
{
	ppp_free(r->server.p);
	ppp_free(r->client.p);
	assert_int_equal(timerq_next_ms(&r->timers), TIMER_NEVER);
}

static bool check_pap(const struct end *e)
{
	size_t n = strlen(e->password);

	return e->auth.response.len == n && memcmp(e->response, e->password, n) == 0;
}

static bool check_chap(const struct end *e)
{
	uint8_t digest[PRIM_HASH_MAX];
	struct bytes parts[] = {{&e->auth.id, 1},
				{(const uint8_t *)e->password, strlen(e->password)},
				{e->auth.challenge, 16}};

	prim_hash(PRIM_MD5, parts, 3, digest);
	return memcmp(digest, e->response, 16) == 0;
}

static bool check_mschap(struct end *e, struct ppp_verdict *v)
{
	struct bytes password = {(const uint8_t *)e->password, strlen(e->password)};
	struct bytes name = mschap_bare_name(e->auth.name);
	uint8_t hash[NT_HASH_LEN], want[MSCHAP_NT_RESPONSE];

	assert_int_equal(e->auth.response.len, MSCHAP_NT_RESPONSE);
	assert_true(mschap_nt_hash(password, hash));
	if (e->auth.method == PPP_AUTH_MSCHAP1)
		mschap_challenge_response(e->auth.challenge, hash, want);
	else
		mschap2_nt_response(e->auth.challenge, e->auth.peer_challenge, name, hash, want);
	mschap2_auth_response(hash, want, e->auth.peer_challenge, e->auth.challenge, name,
			      v->auth_response);
	return memcmp(want, e->response, sizeof(want)) == 0;
}

void rig_answer_auth(struct rig *r, struct end *e)
{
	struct ppp_verdict v = {.mschap_error = 691};

	if (e->auth.method == PPP_AUTH_PAP)
		v.ok = check_pap(e);
	else if (e->auth.method == PPP_AUTH_CHAP)
		v.ok = check_chap(e);
	else
		v.ok = check_mschap(e, &v);
	ppp_verdict(e->p, r->now_ms, &v);
}

static void keep_frame(struct end *e, struct bytes frame)
{
	assert_true(e->n_out < RIG_FRAMES);
	assert_true(frame.len >= 6 && frame.len <= PPP_FRAME_MAX);
	e->out[e->n_out].len = (uint16_t)frame.len;
	memcpy(e->out[e->n_out].b, frame.p, frame.len);
	e->n_out++;
	e->frames_sent++;
}

static void keep_note(struct end *e, const struct note *n)
{
	size_t used = strlen(e->notes);

	snprintf(e->notes + used, sizeof(e->notes) - used, "%s: %s\n", n->reason, n->text);
}

static void keep_auth(struct end *e, const struct ppp_auth_request *a)
{
	e->auths++;
	e->auth = *a;
	memcpy(e->name, a->name.p, a->name.len);
	memcpy(e->response, a->response.p, a->response.len);
	e->auth.name.p = e->name;
	e->auth.response.p = e->response;
}

static void keep_up(struct end *e, const struct ppp_up *up)
{
	e->ups++;
	e->is_up = true;
	e->up = *up;
}

static void keep_rest(struct end *e, const struct ppp_act *a)
{
	if (a->kind == PPP_ACT_SUSPEND) {
		assert_true(e->is_up);
		e->suspends++;
		e->is_up = false;
	} else if (a->kind == PPP_ACT_UP6) {
		assert_false(e->is_up6);
		e->up6s++;
		e->is_up6 = true;
		e->up6 = a->up6;
	} else if (a->kind == PPP_ACT_DOWN6) {
		assert_true(e->is_up6);
		e->down6s++;
		e->is_up6 = false;
	} else {
		assert_int_equal(a->kind, PPP_ACT_DOWN);
		assert_false(e->is_up6);
		e->downs++;
		e->reason = a->reason;
	}
}

void rig_drain(struct rig *r, struct end *e)
{
	const struct ppp_act *a;

	while ((a = ppp_next(e->p))) {
		assert_int_equal(e->downs, 0); /* DOWN is the last action */
		if (a->kind == PPP_ACT_SEND) {
			keep_frame(e, a->frame);
		} else if (a->kind == PPP_ACT_NOTE) {
			keep_note(e, &a->note);
		} else if (a->kind == PPP_ACT_AUTH) {
			keep_auth(e, &a->auth);
			if (!e->by_hand)
				rig_answer_auth(r, e);
		} else if (a->kind == PPP_ACT_NETWORK) {
			e->networks++;
			if (!e->by_hand)
				ppp_set_network(e->p, r->now_ms, &e->network);
		} else if (a->kind == PPP_ACT_UP) {
			keep_up(e, &a->up);
		} else {
			keep_rest(e, a);
		}
	}
}

static void drain_both(struct rig *r)
{
	if (r->server.p)
		rig_drain(r, &r->server);
	if (r->client.p)
		rig_drain(r, &r->client);
}

static bool carry_one(struct rig *r, struct end *from, struct end *to)
{
	struct rig_frame f;
	int k = (int)r->carried;

	if (from->n_out == 0)
		return false;
	f = rig_take(from);
	r->carried++;
	if (k == r->lose)
		return true;
	ppp_input(to->p, r->now_ms, (struct bytes){f.b, f.len});
	rig_drain(r, to);
	if (k != r->twice)
		return true;
	ppp_input(to->p, r->now_ms, (struct bytes){f.b, f.len});
	rig_drain(r, to);
	return true;
}

void rig_run(struct rig *r, uint64_t ms)
{
	uint64_t end_ms = r->now_ms + ms;

	for (unsigned guard = 0; guard < 20000; guard++) {
		drain_both(r);
		r->now_ms++;
		unsigned moved = carry_one(r, &r->client, &r->server);
		moved += carry_one(r, &r->server, &r->client);
		if (moved)
			continue;
		if (timerq_next_ms(&r->timers) > end_ms)
			break;
		if (timerq_next_ms(&r->timers) > r->now_ms)
			r->now_ms = timerq_next_ms(&r->timers);
		timerq_run(&r->timers, r->now_ms, 1);
	}
	if (r->now_ms < end_ms)
		r->now_ms = end_ms;
	drain_both(r);
}

void rig_wait(struct rig *r, struct end *e, uint64_t ms)
{
	uint64_t end_ms = r->now_ms + ms;

	while (timerq_next_ms(&r->timers) <= end_ms) {
		if (timerq_next_ms(&r->timers) > r->now_ms)
			r->now_ms = timerq_next_ms(&r->timers);
		timerq_run(&r->timers, r->now_ms, 1);
		rig_drain(r, e);
	}
	r->now_ms = end_ms;
}

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned v;

	for (const char *s = hex; *s;) {
		if (*s == ' ') {
			s++;
			continue;
		}
		assert_true(n < cap && sscanf(s, "%2x", &v) == 1 && s[1]);
		out[n++] = (uint8_t)v;
		s += 2;
	}
	return n;
}

/* An exact-size copy, so that the sanitizer sees one octet too many. */
void rig_bytes(struct rig *r, struct end *e, const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, p, len);
	ppp_input(e->p, r->now_ms, (struct bytes){copy, len});
	free(copy);
	rig_drain(r, e);
}

void rig_hex(struct rig *r, struct end *e, const char *hex)
{
	uint8_t b[PPP_FRAME_MAX];

	rig_bytes(r, e, b, from_hex(hex, b, sizeof(b)));
}

void rig_packet(struct rig *r, struct end *e, unsigned protocol, unsigned code, unsigned id,
		const char *body_hex)
{
	uint8_t b[PPP_FRAME_MAX], body[1500];
	struct wr w = wr_of(b, sizeof(b));
	size_t n = from_hex(body_hex, body, sizeof(body));

	wr_u16(&w, (uint16_t)protocol);
	wr_u8(&w, (uint8_t)code);
	wr_u8(&w, (uint8_t)id);
	wr_u16(&w, (uint16_t)(n + 4));
	wr_copy(&w, body, n);
	rig_bytes(r, e, b, wr_done(&w).len);
}

struct rig_frame rig_take(struct end *e)
{
	struct rig_frame f;

	assert_true(e->n_out > 0);
	f = e->out[0];
	e->n_out--;
	memmove(e->out, e->out + 1, e->n_out * sizeof(e->out[0]));
	return f;
}

static bool frame_is(const struct rig_frame *f, unsigned protocol, unsigned code)
{
	return (unsigned)(f->b[0] << 8 | f->b[1]) == protocol && f->b[2] == code;
}

bool rig_sent(const struct end *e, unsigned protocol, unsigned code)
{
	for (unsigned i = 0; i < e->n_out; i++)
		if (frame_is(&e->out[i], protocol, code))
			return true;
	return false;
}

struct rig_frame rig_find(struct end *e, unsigned protocol, unsigned code)
{
	struct rig_frame f;

	do
		f = rig_take(e);
	while (!frame_is(&f, protocol, code));
	return f;
}

void rig_forget(struct end *e)
{
	e->n_out = 0;
}

bool rig_noted(const struct end *e, const char *text)
{
	return strstr(e->notes, text) != NULL;
}

void rig_assert_hex(const struct rig_frame *f, const char *hex)
{
	uint8_t want[PPP_FRAME_MAX];
	size_t n = from_hex(hex, want, sizeof(want));

	assert_int_equal(f->len, n);
	assert_memory_equal(f->b, want, n);
}

void rig_ack(struct rig *r, struct end *e, unsigned protocol)
{
	struct rig_frame f = rig_find(e, protocol, 1);

	f.b[2] = 2;
	rig_bytes(r, e, f.b, f.len);
}

void rig_open_lcp(struct rig *r, struct end *e)
{
	struct ppp_status s;

	ppp_open(e->p, r->now_ms);
	rig_drain(r, e);
	rig_ack(r, e, 0xc021);
	rig_packet(r, e, 0xc021, 1, 1, "0506 11223344");
	assert_true(rig_sent(e, 0xc021, 2));
	ppp_get_status(e->p, &s);
	assert_string_equal(s.lcp_state, "Opened");
}
