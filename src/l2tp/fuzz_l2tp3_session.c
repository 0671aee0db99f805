/*
 * fuzz_l2tp3_session: a sequence of datagrams and steps of time into an LCCE, after
 * which nothing may be left: no memory, no armed timer, counters that balance.
 *
 * Input: an octet of choices (1 a secret, 2 protocol 115, 4 Cisco calls), then records of
 * one octet kind, one octet length, octets. Kinds: 0 a raw datagram; 1 AVPs of a control
 * message to the last connection, with the right numbers; 2 the same behind Message Type
 * and both session ids, of the type of the first octet; 3 time passes (length in 100 ms); 4
 * the circuit changes (bit 6: up) and a frame comes; 5 close the last session; 6 the owner
 * goes (bit 6: with StopCCN); 7 a call (bit 6: a probe). Bit 7 of kind: over another
 * path; bit 6 of 1 and 2: the first two octets are added to Ns and Nr.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_steps.h"
#include "l2tp/l2tp3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER 12

static struct {
	struct l2tp3 *l;
	uint64_t now, random;
	uint32_t connection, session;
	uint16_t ns, nr;
	bool ip, secret;
	int sessions, connections; /* told up, less told down: never above 0 in the end */
} f;

/* One engine for each choice, for all inputs: each input leaves its engine empty. */
static struct l2tp3 *engines[4];
static struct timerq timers;

static void fuzz_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	fuzz_fill(&f.random, buf, len);
}

/* What a peer learns from our messages. */
static void learn(const struct l2tp3_act *a)
{
	const uint8_t *p = a->bytes.p + (f.ip ? 4 : 0);
	size_t len = a->bytes.len - (f.ip ? 4 : 0);

	if (a->bytes.len < HEADER + (f.ip ? 4u : 0u))
		abort();
	f.connection = a->connection_id ? a->connection_id : f.connection;
	f.ns = (uint16_t)(p[10] << 8 | p[11]);
	f.nr = (uint16_t)(p[8] << 8 | p[9]);
	f.nr = (uint16_t)(f.nr + (len > HEADER && p[19] != 20));
	for (size_t at = HEADER; at + 10 <= len; at += (size_t)(p[at] & 3) << 8 | p[at + 1]) {
		if (p[at + 4] == 0 && p[at + 5] == 63)
			f.session = (uint32_t)p[at + 6] << 24 | (uint32_t)p[at + 7] << 16 |
				    (uint32_t)p[at + 8] << 8 | p[at + 9];
	}
}

static void drain(void)
{
	const struct l2tp3_act *a;

	while ((a = l2tp3_next(f.l))) {
		if (a->kind == L2TP3_ACT_SEND)
			learn(a);
		if (a->kind == L2TP3_ACT_SESSION_UP)
			f.session = a->session_id;
		f.sessions += a->kind == L2TP3_ACT_SESSION_UP;
		f.connections += a->kind == L2TP3_ACT_CONNECTION_UP;
		f.sessions -= a->kind == L2TP3_ACT_SESSION_DOWN;
		f.connections -= a->kind == L2TP3_ACT_CONNECTION_DOWN;
	}
}

static void raw(const struct l2tp_path *path, const uint8_t *p, size_t len)
{
	uint8_t *msg = malloc(len ? len : 1);

	if (!msg)
		abort();
	memcpy(msg, p, len);
	l2tp3_input(f.l, f.now, path, (struct bytes){msg, len});
	free(msg);
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
	return p + 4;
}

/* Header, and for a message of a session its first three AVPs; returns where AVPs go on. */
static uint8_t *head(uint8_t *p, bool in_session, uint8_t type)
{
	p = put32(p, 0xc8030000);
	p = put32(p, f.connection);
	p = put32(p, (uint32_t)f.ns << 16 | f.nr);
	if (!in_session)
		return p;
	p = put32(put32(p, 0x80080000), type);
	memcpy(p, "\x80\x0a\0\0\0\x3f\x31\x32\x33\x34\x80\x0a\0\0\0\x40", 16);
	return put32(p + 16, type == 10 ? 0 : f.session);
}

static void control(const struct l2tp_path *path, const uint8_t *p, size_t len, bool in_session,
		    bool own_numbers)
{
	uint8_t buf[4 + HEADER + 40 + 255 + 16] = {0}, *start = buf + (f.ip ? 4 : 0), *at;
	uint16_t ns = f.ns, nr = f.nr;
	uint8_t type = in_session && len ? p[0] : 0;
	size_t skip = in_session && len ? 1 : 0;

	if (own_numbers && len >= skip + 2) {
		f.ns = (uint16_t)(ns + (int8_t)p[skip]);
		f.nr = (uint16_t)(nr + (int8_t)p[skip + 1]);
		skip += 2;
	}
	at = head(start, in_session, type);
	f.ns = ns;
	f.nr = nr;
	memcpy(at, p + skip, len - skip);
	at += len - skip;
	start[2] = (uint8_t)((at - start) >> 8);
	start[3] = (uint8_t)(at - start);
	raw(path, buf, (size_t)(at - buf));
}

static void circuit(const struct l2tp_path *path, const uint8_t *p, size_t len, bool up)
{
	uint8_t buf[8 + 255], *at = buf;

	l2tp3_session_status(f.l, f.now, f.session, up);
	if (!f.ip)
		at = put32(at, 0x00030000);
	at = put32(at, f.session);
	memcpy(at, p, len);
	raw(path, buf, (size_t)(at - buf) + len);
}

static void step(uint8_t kind, const uint8_t *p, size_t len)
{
	struct l2tp_path path = {.owner = 3, .shard = 1};
	struct l2tp_result why = {6, 0, "admin"};

	path.local_port = path.remote_port = f.ip ? 0 : 1701;
	path.owner += kind >> 7;
	switch (kind & 7) {
	case 0:
		raw(&path, p, len);
		break;
	case 1:
	case 2:
		control(&path, p, len, (kind & 7) == 2, kind & 0x40);
		break;
	case 3:
		for (f.now += len * 100; timerq_next_ms(&timers) <= f.now; drain())
			timerq_run(&timers, f.now, 16);
		break;
	case 4:
		circuit(&path, p, len, kind & 0x40);
		break;
	case 5:
		l2tp3_session_close(f.l, f.now, f.session, why);
		break;
	case 6:
		l2tp3_owner_close(f.l, f.now, path.owner, why, kind & 0x40);
		break;
	default:
		if (kind & 0x40)
			l2tp3_owner_probe(f.l, f.now, path.owner);
		else
			l2tp3_call(f.l, f.now, &path);
		break;
	}
	drain();
}

static void open_lcce(uint8_t choices)
{
	unsigned which = (choices & 1u) | (choices >> 1 & 2u);
	struct l2tp3_config cfg = {
		.host_name = "fuzz",
		.vendor_name = "Sekisho",
		.hello_s = 60,
		.rx_window = 8,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.connections_max = 16,
		.connections_per_owner_max = 4,
		.sessions_per_connection_max = 4,
		.shard_bits = 2,
		.cookie_len = 4,
		.sublayer = L2TP3_SUBLAYER_DEFAULT,
		.tie_breaker = true,
		.style = l2tp3_style(choices >> 2 & 1),
		.random = fuzz_random,
		.timers = &timers,
	};

	memset(&f, 0, sizeof(f));
	f.now = 1000;
	f.random = 9;
	f.secret = choices & 1;
	f.ip = choices & 2;
	if (f.secret)
		secret_set(&cfg.secret, "k", 1);
	if (!engines[which])
		engines[which] = l2tp3_new(&cfg);
	f.l = engines[which];
	if (!f.l)
		abort();
}

/* All owners vanish: everything must be told and gone. */
static void end(void)
{
	struct l2tp3_stats stats;

	l2tp3_owner_close(f.l, f.now, 3, (struct l2tp_result){0}, false);
	l2tp3_owner_close(f.l, f.now, 4, (struct l2tp_result){0}, false);
	drain();
	l2tp3_get_stats(f.l, &stats);
	if (f.sessions > 0 || f.connections > 0)
		abort();
	if (stats.connections || stats.sessions || timerq_next_ms(&timers) != TIMER_NEVER)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 8192)
		return 0;
	open_lcce(data[0]);
	fuzz_steps(data, size, step);
	end();
	return 0;
}
