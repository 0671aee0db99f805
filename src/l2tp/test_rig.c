/*
 * test_rig: the two ends, their wire and their virtual clock. Called by the
 * tests of this room only. Reads messages with its own few lines, not with the
 * code under test.
 */
#include "test_rig.h"

static void rig_random(void *ctx, void *buf, size_t len)
{
	struct rig *r = ctx;

	rig_fill(&r->random, buf, len);
}

struct l2tp_config rig_config(struct rig *r)
{
	return (struct l2tp_config){
		.host_name = "rig",
		.vendor_name = "Sekisho",
		.hello_s = 60,
		.rx_window = 16,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.tunnels_max = 100,
		.tunnels_per_owner_max = 4,
		.calls_per_tunnel_max = 4,
		.shard_bits = 3,
		.random = rig_random,
		.random_ctx = r,
		.timers = &r->timers,
	};
}

void rig_open(struct rig *r, const struct l2tp_config *lns, const struct l2tp_config *lac)
{
	r->now = 1000000;
	r->random = 42;
	r->path =
		(struct l2tp_path){.owner = 7, .local_port = 1701, .remote_port = 1701, .shard = 5};
	r->lns.l = l2tp_new(lns);
	r->lac.l = lac ? l2tp_new(lac) : NULL;
	r->wire = lac != NULL;
	assert_non_null(r->lns.l);
}

void rig_close(struct rig *r)
{
	l2tp_free(r->lns.l);
	l2tp_free(r->lac.l);
	assert_int_equal(timerq_next_ms(&r->timers), TIMER_NEVER);
}

static struct rig_act *record(struct rig *r, struct rig_end *e, const struct l2tp_act *a)
{
	struct rig_act *to;

	if (e->n_acts == RIG_ACTS) {
		memmove(e->acts, e->acts + RIG_ACTS / 2, sizeof(e->acts) / 2);
		e->n_acts = RIG_ACTS / 2;
	}
	to = &e->acts[e->n_acts++];
	*to = (struct rig_act){
		.kind = a->kind,
		.path = a->path,
		.tunnel_id = a->tunnel_id,
		.session_id = a->session_id,
		.call = a->call,
		.result = a->result,
		.info = a->info,
		.note = a->note,
		.len = a->bytes.len,
		.at_ms = r->now,
	};
	assert_true(a->bytes.len <= sizeof(to->bytes));
	if (a->bytes.len)
		memcpy(to->bytes, a->bytes.p, a->bytes.len);
	return to;
}

static void deliver(struct rig *r, struct l2tp *to, const struct rig_act *a)
{
	int fate = r->fate ? r->fate(r, r->n_sent) : 0;
	uint8_t *copy;

	r->n_sent++;
	for (int times = fate == 1 ? 0 : fate == 2 ? 2 : 1; times > 0; times--) {
		copy = malloc(a->len ? a->len : 1);
		assert_non_null(copy);
		memcpy(copy, a->bytes, a->len);
		l2tp_input(to, r->now, &r->path, (struct bytes){copy, a->len});
		free(copy);
	}
}

static bool drain_end(struct rig *r, struct rig_end *e, struct rig_end *other)
{
	const struct l2tp_act *a = e->l ? l2tp_next(e->l) : NULL;
	struct rig_act copy;

	if (!a)
		return false;
	copy = *record(r, e, a);
	if (r->wire && other->l && (copy.kind == L2TP_ACT_SEND || copy.kind == L2TP_ACT_SEND_DATA))
		deliver(r, other->l, &copy);
	return true;
}

void rig_drain(struct rig *r)
{
	while (drain_end(r, &r->lac, &r->lns) || drain_end(r, &r->lns, &r->lac))
		;
}

void rig_pass(struct rig *r, uint64_t ms)
{
	uint64_t end = r->now + ms;

	rig_drain(r);
	while (timerq_next_ms(&r->timers) <= end) {
		r->now = timerq_next_ms(&r->timers);
		timerq_run(&r->timers, r->now, 100);
		rig_drain(r);
	}
	r->now = end;
}

unsigned rig_count(const struct rig_end *e, enum l2tp_act_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_acts; i++)
		n += e->acts[i].kind == kind;
	return n;
}

const struct rig_act *rig_last(const struct rig_end *e, enum l2tp_act_kind kind)
{
	for (unsigned i = e->n_acts; i > 0; i--)
		if (e->acts[i - 1].kind == kind)
			return &e->acts[i - 1];
	return NULL;
}

bool rig_noted(const struct rig_end *e, const char *reason)
{
	for (unsigned i = 0; i < e->n_acts; i++)
		if (e->acts[i].kind == L2TP_ACT_NOTE && !strcmp(e->acts[i].note.reason, reason))
			return true;
	return false;
}

void rig_forget(struct rig_end *e)
{
	e->n_acts = 0;
}

void rig_script(struct rig *r, const struct l2tp_path *path, uint16_t tunnel, uint16_t session,
		uint16_t ns, uint16_t nr, const char *avps)
{
	uint8_t buf[3000];
	size_t len = 12 + rig_hex(avps, buf + 12, sizeof(buf) - 12);
	uint16_t head[6] = {0xc802, (uint16_t)len, tunnel, session, ns, nr};
	uint8_t *copy = malloc(len);

	assert_non_null(copy);
	for (unsigned i = 0; i < 6; i++) {
		buf[2 * i] = (uint8_t)(head[i] >> 8);
		buf[2 * i + 1] = (uint8_t)head[i];
	}
	memcpy(copy, buf, len);
	l2tp_input(r->lns.l, r->now, path, (struct bytes){copy, len});
	free(copy);
	rig_drain(r);
}

const uint8_t *rig_avp(const struct rig_act *a, uint16_t type, size_t *len)
{
	for (size_t at = 12; at + 6 <= a->len;) {
		size_t n = rig_u16(a->bytes + at) & 0x3ff;

		assert_true(n >= 6 && at + n <= a->len);
		if (rig_u16(a->bytes + at + 2) == 0 && rig_u16(a->bytes + at + 4) == type) {
			*len = n - 6;
			return a->bytes + at + 6;
		}
		at += n;
	}
	*len = 0;
	return NULL;
}
