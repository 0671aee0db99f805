/*
 * fuzz_l2tp_session: a sequence of datagrams and steps of time into an LNS, after
 * which nothing may be left: no memory, no armed timer, counters that balance.
 *
 * Input: records of one octet kind, one octet length, octets. Kinds: 0 a raw
 * datagram; 1 AVPs of a control message to the last tunnel, with the right
 * numbers; 2 the same to the last session; 3 time passes (length in 100 ms); 4
 * a frame out and a data message in; 5 close the last call; 6 the owner goes
 * (bit 6: with StopCCN); 7 dial (bit 6: the owner moves); bit 7 of kind: over
 * another path; bit 6 of 1 and 2: the first two octets are added to Ns and Nr.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_steps.h"
#include "l2tp/l2tp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct l2tp *l;
	uint64_t now, random;
	uint16_t tunnel, session, ns, nr;
	uint32_t call;
	int calls, tunnels; /* told up, less told down: never above 0 in the end */
};

/* One engine with a secret and one without, for all inputs: each input leaves its
 * engine empty, and making one costs more than using it. */
static struct l2tp *engines[2];
static struct timerq timers;
static struct fuzz f;

static void fuzz_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	fuzz_fill(&f.random, buf, len);
}

/* What a peer learns from our messages: ids and numbers. */
static void learn(const struct l2tp_act *a)
{
	f.tunnel = a->tunnel_id ? a->tunnel_id : f.tunnel;
	if (a->bytes.len < 12)
		abort();
	f.ns = (uint16_t)((unsigned)a->bytes.p[10] << 8 | a->bytes.p[11]);
	f.nr = (uint16_t)((unsigned)a->bytes.p[8] << 8 | a->bytes.p[9]);
	if (a->bytes.len == 12)
		return;
	f.nr++;
	/* ICRQ and ICRP: Message Type, then Assigned Session ID */
	if (a->bytes.len >= 28 && (a->bytes.p[19] == 10 || a->bytes.p[19] == 11))
		f.session = (uint16_t)((unsigned)a->bytes.p[26] << 8 | a->bytes.p[27]);
}

static void drain(void)
{
	const struct l2tp_act *a;

	while ((a = l2tp_next(f.l))) {
		if (a->kind == L2TP_ACT_SEND)
			learn(a);
		if (a->kind == L2TP_ACT_CALL_UP) {
			f.call = a->call;
			f.session = a->session_id;
		}
		f.calls += a->kind == L2TP_ACT_CALL_UP;
		f.tunnels += a->kind == L2TP_ACT_TUNNEL_UP;
		f.calls -= a->kind == L2TP_ACT_CALL_DOWN;
		f.tunnels -= a->kind == L2TP_ACT_TUNNEL_DOWN;
	}
}

static void control(const struct l2tp_path *path, const uint8_t *p, size_t len, uint16_t session,
		    int own_numbers)
{
	uint16_t ns = f.ns, nr = f.nr;
	uint8_t *msg;

	if (own_numbers && len >= 2) {
		ns = (uint16_t)(ns + (int8_t)p[0]);
		nr = (uint16_t)(nr + (int8_t)p[1]);
		p += 2;
		len -= 2;
	}
	msg = malloc(12 + len);
	if (!msg)
		abort();
	memcpy(msg, "\xc8\x02", 2);
	msg[2] = (uint8_t)((12 + len) >> 8);
	msg[3] = (uint8_t)(12 + len);
	msg[4] = (uint8_t)(f.tunnel >> 8);
	msg[5] = (uint8_t)f.tunnel;
	msg[6] = (uint8_t)(session >> 8);
	msg[7] = (uint8_t)session;
	msg[8] = (uint8_t)(ns >> 8);
	msg[9] = (uint8_t)ns;
	msg[10] = (uint8_t)(nr >> 8);
	msg[11] = (uint8_t)nr;
	memcpy(msg + 12, p, len);
	l2tp_input(f.l, f.now, path, (struct bytes){msg, 12 + len});
	free(msg);
}

static void raw(const struct l2tp_path *path, const uint8_t *p, size_t len)
{
	uint8_t *msg = malloc(len ? len : 1);

	if (!msg)
		abort();
	memcpy(msg, p, len);
	l2tp_input(f.l, f.now, path, (struct bytes){msg, len});
	free(msg);
}

/* A data message of the last session; the first octet chooses S and O. */
static void data_in(const struct l2tp_path *path, const uint8_t *p, size_t len)
{
	uint8_t msg[6 + 255] = {0x00,
				0x02,
				(uint8_t)(f.tunnel >> 8),
				(uint8_t)f.tunnel,
				(uint8_t)(f.session >> 8),
				(uint8_t)f.session};

	if (len == 0)
		return;
	msg[0] = p[0] & 0x0a;
	memcpy(msg + 6, p + 1, len - 1);
	raw(path, msg, 6 + len - 1);
}

static void step(uint8_t kind, const uint8_t *p, size_t len)
{
	struct l2tp_path path = {.owner = 3, .local_port = 1701, .remote_port = 1701, .shard = 1};
	struct l2tp_result why = {6, 0, "admin"};

	path.owner += kind >> 7;
	switch (kind & 7) {
	case 0:
		raw(&path, p, len);
		break;
	case 1:
		control(&path, p, len, 0, kind & 0x40);
		break;
	case 2:
		control(&path, p, len, f.session, kind & 0x40);
		break;
	case 3:
		for (f.now += len * 100; timerq_next_ms(&timers) <= f.now; drain())
			timerq_run(&timers, f.now, 16);
		break;
	case 4:
		l2tp_call_send(f.l, f.now, f.call, (struct bytes){p, len});
		data_in(&path, p, len);
		break;
	case 5:
		l2tp_call_close(f.l, f.now, f.call, why);
		break;
	case 6:
		l2tp_owner_close(f.l, f.now, path.owner, why, kind & 0x40);
		break;
	default:
		l2tp_dial(f.l, f.now, &path);
		break;
	}
	drain();
}

static void open_lns(unsigned with_secret)
{
	struct l2tp_config cfg = {
		.host_name = "fuzz",
		.vendor_name = "Sekisho",
		.hello_s = 60,
		.rx_window = 8,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.tunnels_max = 16,
		.tunnels_per_owner_max = 4,
		.calls_per_tunnel_max = 4,
		.shard_bits = 2,
		.random = fuzz_random,
		.timers = &timers,
	};

	f = (struct fuzz){.now = 1000, .random = 9};
	if (with_secret)
		secret_set(&cfg.secret, "l2tpsecret", 10);
	if (!engines[with_secret])
		engines[with_secret] = l2tp_new(&cfg);
	f.l = engines[with_secret];
	if (!f.l)
		abort();
}

/* All owners vanish: everything must be told and gone. */
static void end(void)
{
	struct l2tp_stats stats;

	l2tp_owner_close(f.l, f.now, 3, (struct l2tp_result){0}, false);
	l2tp_owner_close(f.l, f.now, 4, (struct l2tp_result){0}, false);
	drain();
	l2tp_get_stats(f.l, &stats);
	if (f.calls > 0 || f.tunnels > 0)
		abort();
	if (stats.tunnels || stats.calls || timerq_next_ms(&timers) != TIMER_NEVER)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 8192)
		return 0;
	open_lns(data[0] & 1);
	fuzz_steps(data, size, step);
	end();
	return 0;
}
