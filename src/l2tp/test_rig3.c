/*
 * test_rig3: the two ends, their wire and their virtual clock. Called by the tests of
 * this room only. Reads messages with its own few lines, not with the code under test.
 */
#include "test_rig3.h"

#define HEADER 12

struct rig3 rig;

static void rig3_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	rig_fill(&rig.random, buf, len);
}

struct l2tp3_config rig3_config(void)
{
	return (struct l2tp3_config){
		.host_name = "rig",
		.vendor_name = "Sekisho",
		.router_id = 0xc0000201,
		.hello_s = 60,
		.rx_window = 16,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.connections_max = 100,
		.connections_per_owner_max = 4,
		.sessions_per_connection_max = 4,
		.shard_bits = 3,
		.cookie_len = 8,
		.random = rig3_random,
		.timers = &rig.timers,
	};
}

void rig3_open(const struct l2tp3_config *answer, const struct l2tp3_config *call)
{
	memset(&rig, 0, sizeof(rig));
	rig.now = 1000000;
	rig.random = 42;
	rig.path =
		(struct l2tp_path){.owner = 7, .local_port = 1701, .remote_port = 1701, .shard = 5};
	rig.answer.l = l2tp3_new(answer);
	rig.call.l = call ? l2tp3_new(call) : NULL;
	rig.wire = call != NULL;
	assert_non_null(rig.answer.l);
}

void rig3_over_ip(void)
{
	rig.path.local_port = rig.path.remote_port = 0;
}

void rig3_close(void)
{
	l2tp3_free(rig.answer.l);
	l2tp3_free(rig.call.l);
	assert_int_equal(timerq_next_ms(&rig.timers), TIMER_NEVER);
	if (rig.pcap)
		fclose(rig.pcap);
}

static void put32(FILE *f, uint32_t v)
{
	fwrite(&v, sizeof(v), 1, f);
}

/* A record of link type RAW: an IPv4 header, and a UDP header but over protocol 115. */
void rig3_record(const void *p, size_t n, bool from_caller)
{
	bool ip = l2tp3_over_ip(&rig.path);
	size_t len = (ip ? 20u : 28u) + n;
	uint8_t h[28] = {0x45, 0, (uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0, 0, 64, ip ? 115 : 17};

	memcpy(h + 12,
	       from_caller ? "\xc0\x00\x02\x02\xc0\x00\x02\x01"
			   : "\xc0\x00\x02\x01\xc0\x00\x02\x02",
	       8);
	h[from_caller ? 15 : 19] = (uint8_t)(2 + rig.pcap_host);
	memcpy(h + 20, "\x06\xa5\x06\xa5", 4);
	h[24] = (uint8_t)((8 + n) >> 8);
	h[25] = (uint8_t)(8 + n);
	put32(rig.pcap, (uint32_t)(rig.now / 1000));
	put32(rig.pcap, (uint32_t)(rig.now % 1000 * 1000));
	put32(rig.pcap, (uint32_t)len);
	put32(rig.pcap, (uint32_t)len);
	fwrite(h, ip ? 20 : 28, 1, rig.pcap);
	fwrite(p, n, 1, rig.pcap);
}

static struct rig3_act *record(struct rig3_end *e, const struct l2tp3_act *a)
{
	struct rig3_act *to;

	if (e->n_acts == RIG3_ACTS) {
		memmove(e->acts, e->acts + RIG3_ACTS / 2, sizeof(e->acts) / 2);
		e->n_acts = RIG3_ACTS / 2;
	}
	to = &e->acts[e->n_acts++];
	*to = (struct rig3_act){
		.kind = a->kind,
		.path = a->path,
		.connection_id = a->connection_id,
		.session_id = a->session_id,
		.active = a->active,
		.result = a->result,
		.info = a->info,
		.note = a->note,
		.len = a->bytes.len,
		.at_ms = rig.now,
	};
	assert_true(a->bytes.len <= sizeof(to->bytes));
	if (a->bytes.len)
		memcpy(to->bytes, a->bytes.p, a->bytes.len);
	return to;
}

static void hand_over(struct l2tp3 *to, const struct rig3_act *a)
{
	uint8_t *copy = malloc(a->len ? a->len : 1);

	assert_non_null(copy);
	memcpy(copy, a->bytes, a->len);
	l2tp3_input(to, rig.now, &rig.path, (struct bytes){copy, a->len});
	free(copy);
}

static void hand_over_late(void)
{
	struct rig3_act late = rig.late;

	rig.late.len = 0;
	if (late.len)
		hand_over(rig.late_for, &late);
}

static void deliver(struct l2tp3 *to, const struct rig3_act *a)
{
	enum rig3_fate fate = rig.fate ? rig.fate(&rig, rig.n_sent) : RIG3_DELIVER;

	if (rig.pcap)
		rig3_record(a->bytes, a->len, to == rig.answer.l);
	rig.n_sent++;
	if (fate == RIG3_LATE && !rig.late.len) {
		rig.late = *a;
		rig.late_for = to;
		return;
	}
	if (fate != RIG3_LOSE)
		hand_over(to, a);
	if (fate == RIG3_TWICE)
		hand_over(to, a);
	if (to == rig.late_for)
		hand_over_late();
}

static bool drain_end(struct rig3_end *e, struct rig3_end *other)
{
	const struct l2tp3_act *a = e->l ? l2tp3_next(e->l) : NULL;
	struct rig3_act copy;

	if (!a)
		return false;
	copy = *record(e, a);
	if (rig.wire && other->l && copy.kind == L2TP3_ACT_SEND)
		deliver(other->l, &copy);
	return true;
}

void rig3_drain(void)
{
	while (drain_end(&rig.call, &rig.answer) || drain_end(&rig.answer, &rig.call))
		;
}

void rig3_pass(uint64_t ms)
{
	uint64_t end = rig.now + ms;

	rig3_drain();
	while (timerq_next_ms(&rig.timers) <= end) {
		if (timerq_next_ms(&rig.timers) > rig.now)
			rig.now = timerq_next_ms(&rig.timers);
		timerq_run(&rig.timers, rig.now, 100);
		rig3_drain();
		hand_over_late();
		rig3_drain();
	}
	rig.now = end;
}

unsigned rig3_count(const struct rig3_end *e, enum l2tp3_act_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_acts; i++)
		n += e->acts[i].kind == kind;
	return n;
}

const struct rig3_act *rig3_last(const struct rig3_end *e, enum l2tp3_act_kind kind)
{
	for (unsigned i = e->n_acts; i > 0; i--)
		if (e->acts[i - 1].kind == kind)
			return &e->acts[i - 1];
	return NULL;
}

bool rig3_noted(const struct rig3_end *e, const char *reason)
{
	for (unsigned i = 0; i < e->n_acts; i++)
		if (e->acts[i].kind == L2TP3_ACT_NOTE && !strcmp(e->acts[i].note.reason, reason))
			return true;
	return false;
}

void rig3_forget(struct rig3_end *e)
{
	e->n_acts = 0;
}

struct l2tp3_stats rig3_stats(const struct rig3_end *e)
{
	struct l2tp3_stats s;

	l2tp3_get_stats(e->l, &s);
	return s;
}

void rig3_raw(const struct l2tp_path *path, const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, p, len);
	l2tp3_input(rig.answer.l, rig.now, path, (struct bytes){copy, len});
	free(copy);
	rig3_drain();
}

static void set16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void rig3_say(uint32_t connection, uint16_t ns, uint16_t nr, const char *avps)
{
	uint8_t buf[3000] = {0}, *h = buf + (l2tp3_over_ip(&rig.path) ? 4 : 0);
	size_t len = HEADER + rig_hex(avps, h + HEADER, 2000);

	set16(h, 0xc803);
	set16(h + 2, len);
	set16(h + 4, connection >> 16);
	set16(h + 6, connection);
	set16(h + 8, ns);
	set16(h + 10, nr);
	rig3_raw(&rig.path, buf, len + (size_t)(h - buf));
}

struct bytes rig3_message(const struct rig3_act *a)
{
	size_t skip = l2tp3_over_ip(&a->path) ? 4 : 0;

	assert_true(a->len >= HEADER + skip);
	if (skip)
		assert_memory_equal(a->bytes, "\0\0\0\0", 4);
	assert_memory_equal(a->bytes + skip, "\xc8\x03", 2);
	assert_int_equal(a->bytes[skip + 2] << 8 | a->bytes[skip + 3], a->len - skip);
	return (struct bytes){a->bytes + skip, a->len - skip};
}

unsigned rig3_type(const struct rig3_act *a)
{
	struct bytes m = rig3_message(a);

	return m.len > HEADER ? (unsigned)m.p[18] << 8 | m.p[19] : 0;
}

const uint8_t *rig3_avp(const struct rig3_act *a, uint16_t vendor, uint16_t type, size_t *len)
{
	struct bytes m = rig3_message(a);

	for (size_t at = HEADER; at + 6 <= m.len;) {
		const uint8_t *p = m.p + at;
		size_t n = (size_t)(p[0] & 3) << 8 | p[1];

		assert_true(n >= 6 && at + n <= m.len);
		if ((p[2] << 8 | p[3]) == vendor && (p[4] << 8 | p[5]) == type) {
			*len = n - 6;
			return p + 6;
		}
		at += n;
	}
	*len = 0;
	return NULL;
}

uint32_t rig3_avp32(const struct rig3_act *a, uint16_t vendor, uint16_t type)
{
	size_t len;
	const uint8_t *p = rig3_avp(a, vendor, type, &len);

	assert_non_null(p);
	assert_int_equal(len, 4);
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint16_t rig3_avp16(const struct rig3_act *a, uint16_t vendor, uint16_t type)
{
	size_t len;
	const uint8_t *p = rig3_avp(a, vendor, type, &len);

	assert_non_null(p);
	assert_true(len >= 2);
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool rig3_has(const struct rig3_act *a, uint16_t vendor, uint16_t type)
{
	size_t len;

	return rig3_avp(a, vendor, type, &len) != NULL;
}

const struct rig3_act *rig3_sent(unsigned type)
{
	const struct rig3_act *a = rig3_last(&rig.answer, L2TP3_ACT_SEND);

	assert_non_null(a);
	assert_int_equal(rig3_type(a), type);
	return a;
}

void rig3_is(const struct rig3_act *a, const char *avps)
{
	struct bytes m = rig3_message(a);
	uint8_t want[1500];
	size_t n = rig_hex(avps, want, sizeof(want));

	assert_int_equal(m.len - HEADER, n);
	assert_memory_equal(m.p + HEADER, want, n);
}
