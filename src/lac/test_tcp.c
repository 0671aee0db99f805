/*
 * tcp: unit tests of the load client's TCP: two ends over a link in virtual time that loses,
 * delays and reorders, and what a peer may do that our own end never does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_i.h"
#include "wire/be.h"
#include "wire/ipv4.h"

#define MTU     1400
#define MSS     (MTU - 40)
#define STEP_US 50
#define ON_WAY  20000 /* packets */
#define HOST_A  0x0a000001
#define HOST_B  0x0a000002

/* ---- the link ---- */

struct flying {
	uint64_t at_us;
	uint64_t order;
	uint16_t len;
	uint8_t p[MTU];
};

/* One direction: a queue in order of arrival. */
struct pipe {
	struct flying *q;
	unsigned n;
	uint64_t free_us; /* when the wire is free again */
	/* what it does */
	unsigned loss_permille, late_permille;
	uint32_t delay_us, us_per_kpacket;
	unsigned queue_max; /* packets */
	uint64_t sent, lost;
};

struct world {
	struct tcb a, b;
	struct pipe ab, ba;
	uint64_t now_us, order;
	uint32_t seed;
};

static uint32_t dice(struct world *w)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return w->seed >> 8;
}

static void fly(struct world *w, struct pipe *p, const uint8_t *packet, size_t len)
{
	struct flying *f;
	uint64_t at;

	p->sent++;
	if (dice(w) % 1000 < p->loss_permille || p->n >= p->queue_max) {
		p->lost++;
		return;
	}
	if (p->free_us < w->now_us)
		p->free_us = w->now_us;
	p->free_us += p->us_per_kpacket / 1000;
	at = p->free_us + p->delay_us;
	if (dice(w) % 1000 < p->late_permille)
		at += p->delay_us;
	f = &p->q[p->n++];
	*f = (struct flying){.at_us = at, .order = w->order++, .len = (uint16_t)len};
	memcpy(f->p, packet, len);
}

/* The packet that arrives next, when it is there. */
static bool land(struct world *w, struct pipe *p, uint8_t *packet, size_t *len)
{
	unsigned first = 0;

	for (unsigned i = 1; i < p->n; i++) {
		if (p->q[i].at_us < p->q[first].at_us ||
		    (p->q[i].at_us == p->q[first].at_us && p->q[i].order < p->q[first].order))
			first = i;
	}
	if (!p->n || p->q[first].at_us > w->now_us)
		return false;
	*len = p->q[first].len;
	memcpy(packet, p->q[first].p, *len);
	p->q[first] = p->q[--p->n];
	return true;
}

static void let_out(struct world *w, struct tcb *t, struct pipe *p)
{
	uint8_t packet[TCB_PACKET_MAX];
	size_t len;

	while ((len = tcb_output(t, w->now_us, packet)))
		fly(w, p, packet, len);
}

static void step(struct world *w)
{
	uint8_t packet[MTU];
	size_t len;

	w->now_us += STEP_US;
	while (land(w, &w->ab, packet, &len))
		tcb_input(&w->b, w->now_us, (struct bytes){packet, len});
	while (land(w, &w->ba, packet, &len))
		tcb_input(&w->a, w->now_us, (struct bytes){packet, len});
	if (tcb_next_us(&w->a) <= w->now_us)
		tcb_run(&w->a, w->now_us);
	if (tcb_next_us(&w->b) <= w->now_us)
		tcb_run(&w->b, w->now_us);
	let_out(w, &w->a, &w->ab);
	let_out(w, &w->b, &w->ba);
}

static void run_ms(struct world *w, unsigned ms)
{
	for (uint64_t end = w->now_us + ms * 1000ull; w->now_us < end;)
		step(w);
}

/* Both open at once (RFC 9293 3.5, figure 7); a sends, and b when both is set. */
static struct world *world_new(uint32_t seed, bool both)
{
	struct world *w = calloc(1, sizeof(*w));
	struct tcb_config c = {
		.local_ip = HOST_A,
		.remote_ip = HOST_B,
		.local_port = 4000,
		.remote_port = 9,
		.mtu = MTU,
		.isn = 0xffff0000u + seed, /* wraps soon */
		.window = 4 << 20,
		.sends = true,
	};

	assert_non_null(w);
	w->seed = seed;
	w->ab = (struct pipe){.delay_us = 500, .us_per_kpacket = 10000, .queue_max = ON_WAY};
	w->ba = w->ab;
	w->ab.q = calloc(ON_WAY, sizeof(struct flying));
	w->ba.q = calloc(ON_WAY, sizeof(struct flying));
	assert_true(w->ab.q && w->ba.q);
	tcb_open(&w->a, &c, 0);
	c = (struct tcb_config){.local_ip = HOST_B,
				.remote_ip = HOST_A,
				.local_port = 9,
				.remote_port = 4000,
				.mtu = MTU,
				.isn = 77,
				.window = 4 << 20,
				.sends = both};
	tcb_open(&w->b, &c, 0);
	return w;
}

static void world_free(struct world *w)
{
	free(w->ab.q);
	free(w->ba.q);
	free(w);
}

/* What arrived was sent, and what is acknowledged arrived. */
static void sums_agree(const struct world *w)
{
	assert_true(w->b.counts.received >= w->a.counts.acked);
	assert_true(w->b.counts.received - w->a.counts.acked <= w->a.snd_nxt - w->a.snd_una);
	assert_true(w->a.counts.received >= w->b.counts.acked);
	assert_int_equal(w->a.counts.dropped + w->b.counts.dropped, 0);
}

/* ---- the table and the ranges ---- */

static void table_is_complete(void **state)
{
	char where[100] = "";

	(void)state;
	if (!fsm_check(&tcb_fsm, where, sizeof(where)))
		fail_msg("%s", where);
}

static void ranges_join_and_split(void **state)
{
	struct tcp_ranges s = {0};
	uint32_t base = 0xfffffff0u; /* over the end of the numbers */

	(void)state;
	assert_true(tcp_ranges_add(&s, base + 40, base + 50));
	assert_true(tcp_ranges_add(&s, base + 10, base + 20));
	assert_true(tcp_ranges_add(&s, base + 60, base + 70));
	assert_int_equal(s.n, 3);
	assert_int_equal(tcp_ranges_within(&s, base, base + 100), 30);
	assert_int_equal(tcp_ranges_within(&s, base + 15, base + 45), 10);
	assert_int_equal(tcp_ranges_hole(&s, base + 12), base + 20);
	assert_int_equal(tcp_ranges_hole(&s, base + 30), base + 30);
	assert_int_equal(tcp_ranges_next(&s, base + 20, base + 35), base + 35);
	assert_int_equal(tcp_ranges_next(&s, base + 20, base + 90), base + 40);
	assert_true(tcp_ranges_add(&s, base + 20, base + 60)); /* touches all three */
	assert_int_equal(s.n, 1);
	assert_int_equal(s.r[0].from, base + 10);
	assert_int_equal(tcp_ranges_top(&s, base), base + 70);
	tcp_ranges_trim(&s, base + 30);
	assert_int_equal(s.r[0].from, base + 30);
	tcp_ranges_trim(&s, base + 70);
	assert_int_equal(s.n, 0);
	for (uint32_t i = 0; i < TCP_RANGES_MAX; i++)
		assert_true(tcp_ranges_add(&s, i * 10, i * 10 + 5));
	assert_false(tcp_ranges_add(&s, 5000, 5001));
	assert_true(tcp_ranges_add(&s, 5, 10)); /* joins two of them */
	assert_int_equal(s.n, TCP_RANGES_MAX - 1);
}

static void same_segment(const struct tcp_segment *a, const struct tcp_segment *b)
{
	assert_true(a->src_ip == b->src_ip && a->dst_ip == b->dst_ip);
	assert_true(a->src_port == b->src_port && a->dst_port == b->dst_port);
	assert_true(a->seq == b->seq && a->ack == b->ack && a->flags == b->flags);
	assert_true(a->window == b->window && a->mss == b->mss && a->data == b->data);
	assert_true(a->scale_known == b->scale_known && a->scale == b->scale);
	assert_true(a->sack_permitted == b->sack_permitted && a->n_sacks == b->n_sacks);
	assert_memory_equal(a->sacks, b->sacks, a->n_sacks * sizeof(a->sacks[0]));
}

static void segment_is_read_as_written(void **state)
{
	uint8_t p[TCB_PACKET_MAX];
	struct tcp_segment in = {.src_ip = HOST_A,
				 .dst_ip = HOST_B,
				 .src_port = 1,
				 .dst_port = 2,
				 .seq = 3,
				 .ack = 4,
				 .flags = TCP_SYN | TCP_ACK,
				 .window = 5,
				 .mss = 1360,
				 .scale_known = true,
				 .scale = 7,
				 .sack_permitted = true},
			   out;
	size_t len = tcp_segment_put(p, &in);

	(void)state;
	assert_int_equal(tcp_segment_parse((struct bytes){p, len}, &out), SEGMENT_OK);
	same_segment(&in, &out);
	in = (struct tcp_segment){.flags = TCP_ACK,
				  .n_sacks = TCP_SACKS_MAX,
				  .sacks = {{1, 2}, {3, 4}, {5, 6}, {7, 8}},
				  .data = 11};
	len = tcp_segment_put(p, &in);
	assert_int_equal(tcp_segment_parse((struct bytes){p, len}, &out), SEGMENT_OK);
	same_segment(&in, &out);
	p[len - 1] ^= 1;
	assert_int_equal(tcp_segment_parse((struct bytes){p, len}, &out), SEGMENT_CHECKSUM);
	assert_int_equal(tcp_segment_parse((struct bytes){p, len - 1}, &out), SEGMENT_NOT_TCP);
}

/* ---- both ends ---- */

static void opens_and_fills_the_path(void **state)
{
	struct world *w = world_new(1, false);

	(void)state;
	run_ms(w, 400);
	assert_int_equal(w->a.state, TCB_ESTABLISHED);
	assert_int_equal(w->b.state, TCB_ESTABLISHED);
	assert_int_equal(w->a.mss, MSS);
	assert_true(w->a.sack && w->a.snd_scale > 0);
	/* 100 000 packets a second: 40 000 in this time, less the way up */
	assert_true(w->b.counts.received > 30000ull * MSS);
	assert_int_equal(w->a.counts.sent_again, 0);
	/* one acknowledgement for what came at once, not one for each second segment */
	assert_true(w->ba.sent < w->ab.sent / 4);
	sums_agree(w);
	world_free(w);
}

static void both_directions(void **state)
{
	struct world *w = world_new(2, true);

	(void)state;
	run_ms(w, 200);
	assert_true(w->a.counts.received > 10000ull * MSS);
	assert_true(w->b.counts.received > 10000ull * MSS);
	sums_agree(w);
	world_free(w);
}

/* Losses, and packets that come late: it goes on, and nothing is counted that was not sent. */
static void survives_losses(void **state)
{
	static const unsigned permille[] = {1, 10, 50};

	(void)state;
	for (unsigned i = 0; i < sizeof(permille) / sizeof(*permille); i++) {
		struct world *w = world_new(10 + i, i & 1);
		uint64_t before;

		w->ab.loss_permille = w->ba.loss_permille = permille[i];
		w->ab.late_permille = w->ba.late_permille = 5;
		run_ms(w, 4000);
		assert_true(w->a.counts.acked > 500ull * MSS);
		assert_true(w->a.counts.sent_again > 0);
		assert_true(w->b.counts.early > 0);
		/* a loss alone is repaired without the timer, but for the last of a window */
		if (permille[i] == 1)
			assert_true(w->a.counts.timeouts <= 1);
		before = w->a.counts.acked;
		run_ms(w, 4000);
		assert_true(w->a.counts.acked > before);
		w->ab.loss_permille = w->ba.loss_permille = 0;
		before = w->a.counts.acked;
		run_ms(w, 2000);
		assert_true(w->a.counts.acked > before + 5000ull * MSS);
		sums_agree(w);
		world_free(w);
	}
}

/* A short queue: slow start overruns it by hundreds of segments; then it is filled. */
static void short_queue(void **state)
{
	struct world *w = world_new(20, false);
	uint64_t before;

	(void)state;
	w->ab.queue_max = 200;
	run_ms(w, 2000);
	assert_true(w->ab.lost > 0);
	before = w->a.counts.acked;
	run_ms(w, 2000);
	assert_true(w->a.counts.acked - before > 100000ull * MSS);
	sums_agree(w);
	world_free(w);
}

/* A peer without options (some userland NATs): small windows, three duplicates, and no blocks. */
static void without_options(void **state)
{
	struct world *w = world_new(30, false);

	(void)state;
	w->ab.loss_permille = 5;
	run_ms(w, 10);
	assert_int_equal(w->a.state, TCB_ESTABLISHED);
	for (struct tcb *t = &w->a; t; t = t == &w->a ? &w->b : NULL) {
		t->sack = false;
		t->snd_scale = t->rcv_scale = 0;
		t->sacked.n = 0;
	}
	run_ms(w, 5000);
	assert_true(w->a.counts.acked > 1000ull * MSS);
	assert_true(w->a.counts.sent_again > 0);
	/* the duplicates repair most of it */
	assert_true(w->a.counts.timeouts * 4 < w->ab.lost);
	sums_agree(w);
	world_free(w);
}

/* All is lost for a second: the timer brings it back. */
static void dark_second(void **state)
{
	struct world *w = world_new(40, false);
	uint64_t before;

	(void)state;
	run_ms(w, 100);
	before = w->a.counts.acked;
	w->ab.loss_permille = 1000;
	run_ms(w, 1000);
	assert_true(w->a.counts.timeouts >= 2);
	w->ab.loss_permille = 0;
	run_ms(w, 2000);
	assert_true(w->a.counts.acked > before + 5000ull * MSS);
	sums_agree(w);
	world_free(w);
}

static void nobody_there(void **state)
{
	struct world *w = world_new(50, false);

	(void)state;
	w->ab.loss_permille = w->ba.loss_permille = 1000;
	run_ms(w, 130000);
	assert_int_equal(w->a.state, TCB_CLOSED);
	assert_string_equal(w->a.reason, "timeout");
	assert_int_equal(w->ab.sent, 7); /* the SYN and six more */
	assert_true(tcb_next_us(&w->a) == TCB_NEVER);
	world_free(w);
}

static void abort_is_told(void **state)
{
	struct world *w = world_new(60, false);

	(void)state;
	run_ms(w, 50);
	tcb_abort(&w->a, w->now_us);
	run_ms(w, 50);
	assert_string_equal(w->a.reason, "aborted");
	assert_int_equal(w->b.state, TCB_CLOSED);
	assert_string_equal(w->b.reason, "reset");
	assert_int_equal(tcb_output(&w->a, w->now_us, (uint8_t[TCB_PACKET_MAX]){0}), 0);
	world_free(w);
}

/* ---- one end, by hand ---- */

struct hand {
	struct tcb t;
	uint8_t p[TCB_PACKET_MAX];
	struct tcp_segment out;
};

static void input(struct hand *h, uint64_t now_us, struct tcp_segment s)
{
	uint8_t p[TCB_PACKET_MAX];

	s.src_ip = HOST_B;
	s.dst_ip = HOST_A;
	s.src_port = 9;
	s.dst_port = 4000;
	tcb_input(&h->t, now_us, (struct bytes){p, tcp_segment_put(p, &s)});
}

/* What leaves next, into h->out; false: nothing. */
static bool output(struct hand *h, uint64_t now_us)
{
	size_t len = tcb_output(&h->t, now_us, h->p);

	if (len)
		assert_int_equal(tcp_segment_parse((struct bytes){h->p, len}, &h->out), SEGMENT_OK);
	return len > 0;
}

static void hand_open(struct hand *h, bool sends)
{
	const struct tcb_config c = {.local_ip = HOST_A,
				     .remote_ip = HOST_B,
				     .local_port = 4000,
				     .remote_port = 9,
				     .mtu = MTU,
				     .isn = 1000,
				     .window = 1 << 20,
				     .sends = sends};

	tcb_open(&h->t, &c, 0);
	assert_true(output(h, 0));
	assert_int_equal(h->out.flags, TCP_SYN);
	assert_int_equal(h->out.seq, 1000);
	assert_int_equal(h->out.mss, MSS);
	assert_true(h->out.scale_known && h->out.sack_permitted);
	assert_false(output(h, 0));
	input(h, 1000,
	      (struct tcp_segment){.seq = 5000,
				   .ack = 1001,
				   .flags = TCP_SYN | TCP_ACK,
				   .window = 60000,
				   .mss = 1200,
				   .scale_known = true,
				   .scale = 3,
				   .sack_permitted = true});
	assert_int_equal(h->t.state, TCB_ESTABLISHED);
}

static void window_and_mss_of_the_peer(void **state)
{
	struct hand h;
	unsigned n = 0;

	(void)state;
	hand_open(&h, true);
	while (output(&h, 1000)) {
		assert_int_equal(h.out.data, 1200);
		assert_int_equal(h.out.ack, 5001);
		n++;
	}
	assert_int_equal(n, 10); /* RFC 6928 */
	input(&h, 2000,
	      (struct tcp_segment){
		      .seq = 5001, .ack = 1001 + 12000, .flags = TCP_ACK, .window = 300});
	for (n = 0; output(&h, 2000);)
		n++;
	assert_int_equal(n, 2); /* 300 << 3 octets: two segments, though cwnd is twenty */
	assert_true(h.t.srtt_us >= 900 && h.t.srtt_us <= 1100);
}

static void closed_window_is_asked(void **state)
{
	struct hand h;

	(void)state;
	hand_open(&h, true);
	while (output(&h, 1000))
		;
	input(&h, 2000,
	      (struct tcp_segment){.seq = 5001, .ack = 13001, .flags = TCP_ACK, .window = 0});
	assert_false(output(&h, 2000));
	assert_true(tcb_next_us(&h.t) != TCB_NEVER);
	tcb_run(&h.t, tcb_next_us(&h.t));
	assert_true(output(&h, 500000));
	assert_int_equal(h.out.data, 1);
	assert_int_equal(h.out.seq, 13001);
	assert_false(output(&h, 500000));
	input(&h, 600000,
	      (struct tcp_segment){.seq = 5001, .ack = 13002, .flags = TCP_ACK, .window = 60000});
	assert_true(output(&h, 600000));
	assert_int_equal(h.out.data, 1200);
}

/* Three segments' worth of blocks: the missing one goes again at once, and only that. */
static void blocks_name_the_missing(void **state)
{
	struct hand h;
	struct tcp_segment s = {.seq = 5001, .ack = 1001, .flags = TCP_ACK, .window = 60000};

	(void)state;
	hand_open(&h, true);
	while (output(&h, 1000))
		;
	s.n_sacks = 1;
	s.sacks[0] = (struct tcp_range){1001 + 1200, 1001 + 2 * 1200};
	input(&h, 2000, s);
	assert_true(output(&h, 2000)); /* what arrived makes room (RFC 3042) */
	assert_int_equal(h.out.seq, 13001);
	assert_false(output(&h, 2000));
	s.sacks[0].to = 1001 + 4 * 1200;
	input(&h, 2100, s);
	assert_true(output(&h, 2100));
	assert_int_equal(h.out.seq, 1001);
	assert_int_equal(h.out.data, 1200);
	assert_int_equal(h.t.congestion, TCB_RECOVERY);
	assert_int_equal(h.t.counts.sent_again, 1);
	while (output(&h, 2100))
		assert_true(h.out.seq >= 13001);
	assert_true(h.t.cwnd <= 6 * 1200);
	/* blocks of what was never sent change nothing */
	s.sacks[0] = (struct tcp_range){1001 + 900000, 1001 + 990000};
	input(&h, 2200, s);
	assert_int_equal(tcp_ranges_top(&h.t.sacked, 0), 1001 + 4 * 1200);
}

/* Segment n, from 1, of 1200 octets each. */
static struct tcp_range numbers(unsigned first, unsigned last)
{
	return (struct tcp_range){1001 + (first - 1) * 1200, 1001 + last * 1200};
}

/* Two are missing: both go again, and nothing of what the peer has. */
static void only_the_missing_go_again(void **state)
{
	struct hand h;
	struct tcp_segment s = {.seq = 5001, .ack = 1001, .flags = TCP_ACK, .window = 60000};
	unsigned again = 0;

	(void)state;
	hand_open(&h, true);
	while (output(&h, 1000))
		;
	s.n_sacks = 2;
	s.sacks[0] = numbers(2, 2);
	s.sacks[1] = numbers(4, 7);
	input(&h, 2000, s);
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.seq, numbers(1, 1).from);
	s.sacks[1] = numbers(4, 10);
	input(&h, 2100, s);
	while (output(&h, 2100)) {
		assert_true(h.out.seq == numbers(3, 3).from || h.out.seq >= 13001);
		again += h.out.seq < 13001;
	}
	assert_int_equal(again, 1);
}

/* What left behind the retransmission has arrived, and it has not: once more, without the
 * timer. */
static void a_retransmission_is_lost(void **state)
{
	struct hand h;
	struct tcp_segment s = {.seq = 5001, .ack = 1001, .flags = TCP_ACK, .window = 60000};

	(void)state;
	hand_open(&h, true);
	while (output(&h, 1000))
		;
	s.n_sacks = 1;
	s.sacks[0] = numbers(2, 10);
	input(&h, 2000, s);
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.seq, 1001);
	for (unsigned i = 11; i <= 13; i++) {
		assert_true(output(&h, 2000 + i) || h.t.congestion == TCB_RECOVERY);
		s.sacks[0] = numbers(2, i);
		input(&h, 2000 + i, s);
	}
	assert_true(output(&h, 3000));
	assert_int_equal(h.out.seq, 1001);
	assert_int_equal(h.t.counts.sent_again, 2);
	assert_int_equal(h.t.counts.timeouts, 0);
}

/* Without blocks: three duplicates, then each acknowledgement that is not of all names the
 * next one that is missing (RFC 6582). */
static void duplicates_name_the_missing(void **state)
{
	struct hand h;
	struct tcp_segment s = {.seq = 5001, .ack = 1001, .flags = TCP_ACK, .window = 60000};

	(void)state;
	hand_open(&h, true);
	h.t.sack = false;
	input(&h, 1000, s); /* so that the window is known: it was not scaled in the SYN */
	while (output(&h, 1000))
		;
	for (unsigned i = 0; i < 3; i++)
		input(&h, 2000, s);
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.seq, 1001);
	while (output(&h, 2000))
		assert_true(h.out.seq >= 13001);
	s.ack = numbers(4, 4).from;
	input(&h, 2100, s);
	assert_true(output(&h, 2100));
	assert_int_equal(h.out.seq, numbers(4, 4).from);
	assert_int_equal(h.t.counts.timeouts, 0);
}

/* Data carry no blocks: the peer hears of early data before them. */
static void blocks_go_before_data(void **state)
{
	struct hand h;

	(void)state;
	hand_open(&h, true);
	input(&h, 2000,
	      (struct tcp_segment){
		      .seq = 5101, .ack = 1001, .flags = TCP_ACK, .window = 60000, .data = 100});
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.n_sacks, 1);
	assert_int_equal(h.out.data, 0);
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.data, 1200);
}

/* Early data are told in blocks, the last first; then one number for all. */
static void early_data_are_told(void **state)
{
	struct hand h;

	(void)state;
	hand_open(&h, false);
	assert_true(output(&h, 1000));
	assert_int_equal(h.out.flags, TCP_ACK);
	assert_int_equal(h.out.data, 0);
	assert_int_equal(h.out.window, 32768); /* a mebioctet, scaled by 5 */
	input(&h, 2000,
	      (struct tcp_segment){.seq = 5101, .ack = 1001, .flags = TCP_ACK, .data = 100});
	input(&h, 2000,
	      (struct tcp_segment){.seq = 5301, .ack = 1001, .flags = TCP_ACK, .data = 100});
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.ack, 5001);
	assert_int_equal(h.out.n_sacks, 2);
	assert_int_equal(h.out.sacks[0].from, 5301);
	assert_int_equal(h.out.sacks[1].from, 5101);
	assert_false(output(&h, 2000));
	input(&h, 3000,
	      (struct tcp_segment){.seq = 5001, .ack = 1001, .flags = TCP_ACK, .data = 100});
	assert_true(output(&h, 3000));
	assert_int_equal(h.out.ack, 5201);
	assert_int_equal(h.t.counts.received, 200);
	input(&h, 3000,
	      (struct tcp_segment){.seq = 5201, .ack = 1001, .flags = TCP_ACK, .data = 100});
	assert_int_equal(h.t.counts.received, 400);
	/* outside of the window: only told where we are */
	input(&h, 3000,
	      (struct tcp_segment){
		      .seq = 5401 + (2 << 20), .ack = 1001, .flags = TCP_ACK, .data = 100});
	assert_int_equal(h.t.early.n, 0);
}

/* A single segment is acknowledged by the clock. */
static void delayed_acknowledgement(void **state)
{
	struct hand h;

	(void)state;
	hand_open(&h, false);
	assert_true(output(&h, 1000));
	input(&h, 2000,
	      (struct tcp_segment){.seq = 5001, .ack = 1001, .flags = TCP_ACK, .data = 100});
	assert_false(output(&h, 2000));
	assert_int_equal(tcb_next_us(&h.t), 12000);
	tcb_run(&h.t, 12000);
	assert_true(output(&h, 12000));
	assert_int_equal(h.out.ack, 5101);
	assert_true(tcb_next_us(&h.t) == TCB_NEVER);
}

static void ends_by_the_peer(void **state)
{
	struct hand h;

	(void)state;
	hand_open(&h, false);
	while (output(&h, 1000))
		;
	input(&h, 2000, (struct tcp_segment){.seq = 5002, .flags = TCP_RST}); /* not exact */
	assert_int_equal(h.t.state, TCB_ESTABLISHED);
	input(&h, 2000, (struct tcp_segment){.seq = 5001, .ack = 1001, .flags = TCP_FIN | TCP_ACK});
	assert_string_equal(h.t.reason, "peer-closed");
	assert_true(output(&h, 2000));
	assert_int_equal(h.out.flags, TCP_RST | TCP_ACK);

	tcb_open(&h.t, &h.t.cfg, 0);
	assert_true(output(&h, 0));
	input(&h, 10, (struct tcp_segment){.ack = 1000, .flags = TCP_RST | TCP_ACK});
	assert_int_equal(h.t.state, TCB_SYN_SENT); /* not of our SYN */
	input(&h, 10, (struct tcp_segment){.ack = 1001, .flags = TCP_RST | TCP_ACK});
	assert_string_equal(h.t.reason, "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete),
		cmocka_unit_test(ranges_join_and_split),
		cmocka_unit_test(segment_is_read_as_written),
		cmocka_unit_test(opens_and_fills_the_path),
		cmocka_unit_test(both_directions),
		cmocka_unit_test(survives_losses),
		cmocka_unit_test(short_queue),
		cmocka_unit_test(without_options),
		cmocka_unit_test(dark_second),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(abort_is_told),
		cmocka_unit_test(window_and_mss_of_the_peer),
		cmocka_unit_test(closed_window_is_asked),
		cmocka_unit_test(blocks_name_the_missing),
		cmocka_unit_test(only_the_missing_go_again),
		cmocka_unit_test(a_retransmission_is_lost),
		cmocka_unit_test(duplicates_name_the_missing),
		cmocka_unit_test(blocks_go_before_data),
		cmocka_unit_test(early_data_are_told),
		cmocka_unit_test(delayed_acknowledgement),
		cmocka_unit_test(ends_by_the_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
