/*
 * lab: a wire, a clock and two hosts for the tests of this room. Called by
 * test_*.c and fuzz_*.c. Randomness is a seeded sequence; Diffie-Hellman is real.
 */
#include "lab.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const struct ike_policy lab_policy = {.priority = 10,
				      .cipher = 7,
				      .key_bits = 256,
				      .hash = PRIM_SHA256,
				      .group = 19,
				      .auth = IKE_AUTH_PSK,
				      .life_s = 28800};
const struct ike_esp lab_esp = {
	.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true, .name = "AES256-SHA"};

static struct lab *lab_of_rng; /* host callbacks of random have no side */

static void lab_random(void *ctx, void *buf, size_t len)
{
	uint8_t *b = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		lab_of_rng->rng =
			lab_of_rng->rng * UINT64_C(6364136223846793005) + 1442695040888963407;
		b[i] = (uint8_t)(lab_of_rng->rng >> 56);
	}
}

static bool lab_psk(void *ctx, const struct flow *flow, const struct ike_id *id, struct secret *out)
{
	struct lab_side *s = ctx;

	(void)flow;
	s->asked_with_id = id != NULL;
	if (id) {
		s->asked_id = *id;
		if (s->group[0] && id->len == strlen(s->group) &&
		    memcmp(id->data, s->group, id->len) == 0)
			return secret_set(out, s->group_psk, strlen(s->group_psk));
	}
	return !s->no_psk && secret_set(out, s->psk, strlen(s->psk));
}

static uint32_t lab_spi(void *ctx, ike_sa_id sa)
{
	struct lab_side *s = ctx;

	(void)sa;
	return s->no_spi ? 0 : ++s->next_spi;
}

static int64_t lab_wall_s(void *ctx)
{
	struct lab_side *s = ctx;

	return s->wall_s;
}

static bool lab_may_move(void *ctx, ike_peer_id from, ike_peer_id to)
{
	const struct lab_side *s = ctx;

	(void)from;
	(void)to;
	return !s->no_move;
}

void lab_init(struct lab *l)
{
	memset(l, 0, offsetof(struct lab, queue));
	l->rng = 4711;
	l->now_ms = 1000000;
	lab_of_rng = l;
	for (int i = 0; i < 2; i++) {
		snprintf(l->s[i].psk, sizeof(l->s[i].psk), "correct horse");
		l->s[i].next_spi = i == CLIENT ? 0xc0000000 : 0x50000000;
	}
}

struct ike_config lab_config(struct lab *l, int side)
{
	return (struct ike_config){
		.host = {.ctx = &l->s[side],
			 .random = lab_random,
			 .psk = lab_psk,
			 .spi = lab_spi,
			 .may_move = lab_may_move,
			 .wall_s = lab_wall_s},
		.timers = &l->s[side].timers,
		.policies = &lab_policy,
		.n_policies = 1,
		.esps = &lab_esp,
		.n_esps = 1,
		.natt = true,
		.keepalive_s = 20,
		.esp_life_s = 3600,
		.esp_life_kb = 0,
		.half_open_max = 64,
		.half_open_per_source_max = 8,
		.sa_max = 64,
		.dh_jobs_max = 16,
		.half_open_ms = 30000,
		.retransmit_ms = 1000,
		.fragment_mtu = 1280,
	};
}

void lab_start(struct lab *l, int side, const struct ike_config *cfg)
{
	l->s[side].k = ike_new(cfg);
	if (!l->s[side].k)
		abort();
}

void lab_default(struct lab *l)
{
	lab_init(l);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(l, i);

		lab_start(l, i, &cfg);
	}
}

void lab_free(struct lab *l)
{
	for (int i = 0; i < 2; i++) {
		if (l->s[i].k)
			lab_actions(l, i);
		ike_free(l->s[i].k);
		if (l->s[i].held_dh) {
			ike_dh_run(l->s[i].held_dh);
			ike_dh_done(NULL, 0, l->s[i].held_dh); /* orphaned by ike_free() */
		}
	}
}

struct flow lab_client_flow(void)
{
	return (struct flow){.local = {ip4_addr(0xc0a80002), 500},   /* 192.168.0.2 */
			     .remote = {ip4_addr(0xcb007101), 500}}; /* 203.0.113.1 */
}

ike_peer_id lab_dial(struct lab *l)
{
	struct ike_dial d = {
		.flow = lab_client_flow(), .protocol = 17, .local_port = 1701, .remote_port = 1701};

	d.aggressive = l->aggressive;
	d.clear_msg3 = l->clear_msg3;
	d.id = l->id;
	return ike_initiate(l->s[CLIENT].k, l->now_ms, &d);
}

static void fill(struct lab_packet *p, int to, const struct flow *flow, bool natt, struct bytes b)
{
	p->to = to;
	p->flow = *flow;
	p->natt = natt;
	p->len = b.len;
	memcpy(p->b, b.p, b.len);
}

static void transmit(struct lab *l, int from, const struct ike_act *a)
{
	struct flow seen = {.local = a->flow.remote, .remote = a->flow.local};
	unsigned n = ++l->sent;
	struct lab_packet *sent;

	if (l->trace)
		fprintf(l->trace, "  %s -> %zu octets exchange %u flags %u\n",
			from == CLIENT ? "client" : "server", a->bytes.len, a->bytes.p[18],
			a->bytes.p[19]);
	if (l->nat && from == CLIENT) {
		seen.remote.addr = ip4_addr(0xc6336407); /* 198.51.100.7 */
		seen.remote.port = (uint16_t)((a->natt ? 40001 : 40000) + l->nat_shift);
	} else if (l->nat) {
		seen.local = lab_client_flow().local;
	}
	if (l->server_nat && from == CLIENT)
		seen.local.addr = ip4_addr(0x0a000001); /* 10.0.0.1 */
	else if (l->server_nat)
		seen.remote.addr = lab_client_flow().remote.addr;
	sent = &l->log[(n - 1) % 64];
	fill(sent, !from, &seen, a->natt, a->bytes);
	if (l->fault == LAB_CORRUPT && n == l->fault_at)
		sent->b[l->corrupt_offset % sent->len] ^= 0x40;
	if (l->cut || (l->fault == LAB_LOSE && n == l->fault_at))
		return;
	l->queue[l->tail++ % 64] = *sent;
	if (l->fault == LAB_DOUBLE && n == l->fault_at)
		l->queue[l->tail++ % 64] = *sent;
}

static void on_child_add(struct lab *l, int side, const struct ike_act *a)
{
	struct lab_side *s = &l->s[side];

	s->n_add++;
	s->child = a->child;
	s->keys = a->keys;
	if (s->hold_install)
		s->held_child = a->child;
	else
		ike_child_added(s->k, l->now_ms, a->child, !s->refuse_install);
}

static void on_dh(struct lab *l, int side, struct ike_dh_job *job)
{
	struct lab_side *s = &l->s[side];

	if (s->hold_dh && !s->held_dh) {
		s->held_dh = job;
		return;
	}
	ike_dh_run(job);
	ike_dh_done(s->k, l->now_ms, job);
}

static void on_sign(struct lab *l, int side, const struct ike_act *a)
{
	struct lab_side *s = &l->s[side];
	const struct sign_key *key = s->sign_keys[a->chain];
	uint8_t signature[SIGN_MAX];
	size_t len = key && !s->no_sign ? sign_bare(key, a->bytes, signature) : 0;

	s->n_sign++;
	s->signed_by = a->chain;
	if (s->hold_sign)
		s->held_sign = a->sa;
	else
		ike_signed(s->k, l->now_ms, a->sa, (struct bytes){signature, len});
}

static void on_note(struct lab *l, int side, const struct ike_act *a)
{
	struct lab_side *s = &l->s[side];
	unsigned i = s->n_notes++ % 64;

	s->reasons[i] = a->note.reason;
	memcpy(s->texts[i], a->note.text, NOTE_TEXT);
	if (l->trace)
		fprintf(l->trace, "  %s: [%s] %s\n", side == CLIENT ? "client" : "server",
			a->note.reason, a->note.text);
}

static void on_end(struct lab_side *s, const struct ike_act *a)
{
	if (a->kind == IKE_ACT_DOWN) {
		s->n_down++;
		s->down = a->sa;
		s->down_reason = a->reason;
	} else {
		s->n_child_down++;
		s->child_down_reason = a->reason;
	}
}

void lab_actions(struct lab *l, int side)
{
	struct lab_side *s = &l->s[side];
	const struct ike_act *a;

	while ((a = ike_next(s->k))) {
		switch (a->kind) {
		case IKE_ACT_SEND:
			if (a->bytes.len == 1)
				s->n_keepalive++;
			else
				transmit(l, side, a);
			break;
		case IKE_ACT_NOTE:
			on_note(l, side, a);
			break;
		case IKE_ACT_DH:
			on_dh(l, side, a->job);
			break;
		case IKE_ACT_SIGN:
			on_sign(l, side, a);
			break;
		case IKE_ACT_UP:
			s->n_up++;
			s->twin = a->twin;
			s->up = a->sa;
			s->peer = a->peer;
			s->up_flow = a->flow;
			break;
		case IKE_ACT_RENEWED:
			s->n_renewed++;
			s->up = a->sa;
			s->up_flow = a->flow;
			break;
		case IKE_ACT_ORPHAN:
			s->n_orphan++;
			if (s->renew_orphans)
				ike_renew(s->k, l->now_ms, a->peer);
			break;
		case IKE_ACT_RESTARTED:
			s->n_restarted++;
			break;
		case IKE_ACT_SILENT:
			s->n_silent++;
			break;
		case IKE_ACT_PATH:
			s->n_path++;
			s->up_flow = a->flow;
			break;
		case IKE_ACT_CHILD_ADD:
			on_child_add(l, side, a);
			break;
		case IKE_ACT_CHILD_UP:
			s->n_child_up++;
			break;
		case IKE_ACT_CHILD_MOVED:
			s->n_child_moved++;
			s->peer = a->peer;
			break;
		case IKE_ACT_DOWN:
		case IKE_ACT_CHILD_DOWN:
			on_end(s, a);
			break;
		}
	}
}

void lab_settle(struct lab *l)
{
	lab_actions(l, CLIENT);
	lab_actions(l, SERVER);
	while (l->head != l->tail) {
		struct lab_packet p = l->queue[l->head++ % 64];

		if (!l->s[p.to].k)
			continue;
		ike_input(l->s[p.to].k, l->now_ms, &p.flow, p.natt, (struct bytes){p.b, p.len});
		lab_actions(l, p.to);
	}
}

void lab_run(struct lab *l, uint64_t ms)
{
	uint64_t end = l->now_ms + ms;

	lab_settle(l);
	for (;;) {
		uint64_t a = timerq_next_ms(&l->s[CLIENT].timers);
		uint64_t b = timerq_next_ms(&l->s[SERVER].timers);
		uint64_t next = a < b ? a : b;

		if (next > end)
			break;
		if (next > l->now_ms)
			l->now_ms = next;
		/* L2TP's Hellos, as the server's caller hears them */
		if (l->s[SERVER].k && l->s[SERVER].hellos)
			ike_alive(l->s[SERVER].k, l->now_ms, l->s[SERVER].peer);
		timerq_run(&l->s[CLIENT].timers, l->now_ms, 100);
		timerq_run(&l->s[SERVER].timers, l->now_ms, 100);
		lab_settle(l);
	}
	l->now_ms = end;
}

void lab_inject(struct lab *l, int to, const struct flow *flow, bool natt, const uint8_t *b,
		size_t len)
{
	uint8_t *copy = malloc(len ? len : 1); /* exact, for the sanitizer */

	memcpy(copy, b, len);
	ike_input(l->s[to].k, l->now_ms, flow, natt, (struct bytes){copy, len});
	free(copy);
	lab_settle(l);
}

struct ike_id lab_key_id(const char *text)
{
	struct ike_id id = {.type = 11, .len = (uint8_t)strlen(text)};

	memcpy(id.data, text, id.len);
	return id;
}

void lab_aggressive(struct lab *l, const char *key_id)
{
	lab_init(l);
	l->trace = getenv("IKE_TRACE") ? stderr : NULL;
	l->aggressive = true;
	l->id = lab_key_id(key_id);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(l, i);

		cfg.aggressive = i == SERVER;
		lab_start(l, i, &cfg);
	}
}

const char *lab_note(const struct lab_side *s, const char *reason)
{
	for (unsigned i = 0; i < s->n_notes && i < 64; i++)
		if (strcmp(s->reasons[i], reason) == 0)
			return s->texts[i];
	return "";
}

bool lab_noted(const struct lab_side *s, const char *reason)
{
	for (unsigned i = 0; i < s->n_notes && i < 64; i++)
		if (strcmp(s->reasons[i], reason) == 0)
			return true;
	return false;
}

uint64_t lab_drops(const struct lab_side *s, const char *name)
{
	const char *n;
	uint64_t count;

	for (unsigned i = 0; ike_drop_counter(s->k, i, &n, &count); i++)
		if (strcmp(n, name) == 0)
			return count;
	return UINT64_MAX;
}
