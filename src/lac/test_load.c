/*
 * load: unit tests of the load generator's own parts: its table, its histogram, its pace, whose
 * address is whose, what its clients send and what they make of the answers. The whole of
 * it against a server is tests/e2e/14-load.
 */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fsm.h"
#include "lac/echo.h"
#include "load.h"
#include "load_state.h"
#include "load_tcp.h"
#include "tcp_segment.h"
#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define CLIENT_IP 0xac100002
#define PEER_IP   0xac100001
#define SECOND    1000000ull

/* ---- the table ---- */

static void table_is_complete(void **state)
{
	char where[100] = "";

	(void)state;
	if (!fsm_check(&load_fsm, where, sizeof(where)))
		fail_msg("%s", where);
}

/* ---- the histogram ---- */

/* Every value is in a bucket that is at most 1/32 wide, and none is out of order. */
static void quantiles_are_near(void **state)
{
	struct load_hist *h = calloc(1, sizeof(*h));

	(void)state;
	assert_non_null(h);
	for (uint64_t us = 1; us < 4 * 3600 * SECOND; us += us / 3 + 1) {
		uint64_t got;

		memset(h, 0, sizeof(*h));
		load_hist_add(h, us);
		load_hist_add(h, 1ull << 60); /* so that the most does not cut it */
		got = load_hist_quantile_us(h, 500);
		assert_true(got >= us || us > 3600 * SECOND);
		assert_true(got <= us + us / 32);
	}
	free(h);
}

static void quantiles_count(void **state)
{
	struct load_hist *h = calloc(1, sizeof(*h)), *sum = calloc(1, sizeof(*sum));

	(void)state;
	assert_true(h && sum);
	assert_int_equal(load_hist_quantile_us(h, 500), 0);
	for (unsigned i = 1; i <= 1000; i++)
		load_hist_add(h, i * 10);
	assert_in_range(load_hist_quantile_us(h, 500), 5000, 5160);
	assert_in_range(load_hist_quantile_us(h, 990), 9900, 10000);
	assert_int_equal(load_hist_quantile_us(h, 1000), 10000);
	assert_int_equal(h->max_us, 10000);
	load_hist_merge(sum, h);
	load_hist_merge(sum, h);
	assert_int_equal(sum->count, 2000);
	load_hist_subtract(sum, h);
	assert_int_equal(sum->count, 1000);
	assert_int_equal(load_hist_quantile_us(sum, 500), load_hist_quantile_us(h, 500));
	free(h);
	free(sum);
}

/* ---- the sums ---- */

static void stats_are_summed(void **state)
{
	struct load_stats *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b)),
			  *sum = calloc(1, sizeof(*sum));
	const struct note refused = {.kind = NOTE_REFUSED, .text = "E=691"};

	(void)state;
	assert_true(a && b && sum);
	load_count_add(a, COUNT_UPS, 3);
	load_count_add(b, COUNT_UPS, 4);
	load_count_sub(b, COUNT_UPS, 1);
	load_count_set(a, COUNT_LAST_UP_US, 100);
	load_count_set(b, COUNT_LAST_UP_US, 70);
	load_reason_add(a, "auth-failed", LAC_PPP, NULL);
	load_reason_add(b, "auth-failed", LAC_PPP, &refused);
	load_reason_add(b, "auth-failed", LAC_UP, NULL);
	load_stats_sum(sum, a);
	load_stats_sum(sum, b);
	load_stats_sum_reasons(sum, a);
	load_stats_sum_reasons(sum, b);
	assert_int_equal(sum->n[COUNT_UPS], 6);
	assert_int_equal(sum->n[COUNT_LAST_UP_US], 100);
	assert_int_equal(sum->reasons[0].count, 2);
	assert_string_equal(sum->reasons[0].refusal.text, "E=691");
	assert_int_equal(sum->reasons[1].reached, LAC_UP);
	assert_null(sum->reasons[2].reason);
	free(a);
	free(b);
	free(sum);
}

/* More kinds of reasons than there is room for: the last one takes them. */
static void reasons_are_bounded(void **state)
{
	static char names[LOAD_REASONS_MAX + 10][8];
	struct load_stats *s = calloc(1, sizeof(*s));
	uint64_t sum = 0;

	(void)state;
	assert_non_null(s);
	for (unsigned i = 0; i < LOAD_REASONS_MAX + 10; i++) {
		names[i][0] = (char)('a' + i / 26);
		names[i][1] = (char)('a' + i % 26);
		load_reason_add(s, names[i], LAC_PPP, NULL);
	}
	for (unsigned i = 0; i < LOAD_REASONS_MAX; i++)
		sum += s->reasons[i].count;
	assert_int_equal(sum, LOAD_REASONS_MAX + 10);
	assert_int_equal(s->reasons[LOAD_REASONS_MAX - 1].count, 11);
	free(s);
}

/* ---- pace ---- */

static void pace_is_kept(void **state)
{
	struct load_pace p;
	unsigned did = 0;

	(void)state;
	load_pace_begin(&p, 1000, 300);
	assert_int_equal(load_pace_due(&p, 999, 10), 0);
	for (uint64_t us = 1000; us < 1000 + 10 * SECOND; us += 1777) {
		unsigned n = load_pace_due(&p, us, 10);

		assert_true(n <= 1);
		load_pace_did(&p, n);
		did += n;
	}
	assert_in_range(did, 2999, 3000);
	assert_int_equal(load_pace_due(&p, 60 * SECOND, 32), 32); /* late: made up for */
	load_pace_forgive(&p, 60 * SECOND, SECOND / 100);
	assert_int_equal(load_pace_due(&p, 60 * SECOND, 32), 4);
	load_pace_begin(&p, 0, 0); /* no limit */
	assert_int_equal(load_pace_due(&p, 0, 7), 7);
}

/* ---- addresses ---- */

static void each_has_its_address(void **state)
{
	static const struct {
		unsigned bits, clients;
		uint32_t first, second;
	} cases[] = {
		{10, 100000, 0x0a400001, 0x0a400101},
		{24, 600, 0x0a400001, 0x0a400002},
		{29, 20, 0x0a400001, 0x0a400002},
		{16, 1000, 0x0a400001, 0x0a400101},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct load_net n;
		unsigned round;
		uint32_t back;

		assert_true(load_net_open(&n, 0x0a400000, cases[i].bits, 0, cases[i].clients));
		assert_int_equal(load_net_address(&n, 0, &round), cases[i].first);
		assert_int_equal(load_net_address(&n, 1, &round), cases[i].second);
		for (uint32_t c = 0; c < cases[i].clients; c++) {
			uint32_t a = load_net_address(&n, c, &round);

			assert_true(round < n.n_sockets);
			assert_int_equal(a >> (32 - cases[i].bits),
					 0x0a400000 >> (32 - cases[i].bits));
			assert_true(load_net_number(&n, round, a, &back));
			assert_int_equal(back, c);
		}
		assert_false(load_net_number(&n, 0, 0x0a3fffff, &back));
		assert_false(load_net_number(&n, 0, 0x0a400000, &back));
		assert_false(load_net_number(&n, 0, 0x0b000001, &back));
		load_net_close(&n);
	}
}

/* ---- traffic ---- */

struct sender {
	struct load_traffic f;
	struct load_traffic_options o;
	struct load_stats *s;
	uint8_t p[LOAD_PACKET_MAX];
	size_t len;
};

static void begin(struct sender *x, struct load_traffic_options o)
{
	const struct ppp_up up = {.local_ip = CLIENT_IP, .peer_ip = PEER_IP, .peer_mru = 1400};

	*x = (struct sender){.o = o, .s = calloc(1, sizeof(struct load_stats))};
	assert_non_null(x->s);
	load_traffic_begin(&x->f, &x->o, &up, 0, SECOND);
}

static void end(struct sender *x)
{
	load_traffic_free(&x->f);
	free(x->s);
}

static bool out(struct sender *x, uint64_t now_us)
{
	x->len = load_traffic_out(&x->f, &x->o, x->s, now_us, x->p);
	return x->len > 0;
}

static void in(struct sender *x, uint64_t now_us)
{
	load_traffic_in(&x->f, &x->o, x->s, now_us, (struct bytes){x->p, x->len});
}

/* The packet of x comes back as an echo server sends it. */
static void turn_round(struct sender *x)
{
	struct ipv4 ip;
	uint8_t *udp = x->p + IPV4_HDR;
	uint16_t src = be16(udp);

	assert_int_equal(ipv4_parse(x->p, x->len, true, &ip), IPV4_OK);
	assert_int_equal(checksum_fold(checksum_add(checksum_pseudo4(x->p, IPV4_UDP, be16(udp + 4)),
						    udp, be16(udp + 4))),
			 0xffff);
	ipv4_put(x->p, ip.total_len, 60, ip.proto, ip.dst, ip.src);
	put_be16(udp, be16(udp + 2));
	put_be16(udp + 2, src);
}

static void udp_is_echoed(void **state)
{
	struct sender x, late;

	(void)state;
	begin(&x, (struct load_traffic_options){
			  .kind = LOAD_UDP, .direction = LOAD_ECHO, .size = 64, .pps = 100});
	assert_true(out(&x, SECOND));
	assert_int_equal(x.len, 64);
	assert_int_equal(be16(x.p + IPV4_HDR + 2), 7);
	turn_round(&x);
	late = x;
	assert_false(out(&x, SECOND + 5000));
	assert_int_equal(load_traffic_next_us(&x.f, &x.o), SECOND + 10000);
	assert_true(out(&x, SECOND + 10000));
	turn_round(&x);
	in(&x, SECOND + 10700);
	assert_int_equal(x.s->n[COUNT_UDP_RECEIVED], 1);
	assert_in_range(load_hist_quantile_us(&x.s->rtt, 1000), 700, 722);
	memcpy(x.p, late.p, late.len);
	in(&x, SECOND + 10800);
	assert_int_equal(x.s->n[COUNT_UDP_RECEIVED], 2);
	assert_int_equal(x.s->n[COUNT_UDP_LATE], 1);
	assert_int_equal(x.s->n[COUNT_UDP_SENT], 2);
	x.p[IPV4_HDR + UDP_HDR + 9] ^= 1; /* its checksum is wrong */
	in(&x, SECOND + 10900);
	assert_int_equal(x.s->n[COUNT_UDP_RECEIVED], 2);
	assert_int_equal(x.s->n[COUNT_OTHERS], 1);
	load_traffic_end(&x.f, SECOND + 11000);
	assert_false(out(&x, 9 * SECOND));
	assert_true(load_traffic_next_us(&x.f, &x.o) == UINT64_MAX);
	end(&x);
}

/* Nothing that the network makes up is taken for an answer. */
static void false_answers(void **state)
{
	struct sender x;

	(void)state;
	begin(&x, (struct load_traffic_options){
			  .kind = LOAD_UDP, .direction = LOAD_ECHO, .size = 200, .pps = 1});
	assert_true(out(&x, SECOND));
	turn_round(&x);
	put_be16(x.p + IPV4_HDR + UDP_CHECKSUM, 0);
	put_be32(x.p + IPV4_HDR + UDP_HDR + 4, 2); /* a number that was not sent */
	in(&x, SECOND + 100);
	put_be32(x.p + IPV4_HDR + UDP_HDR + 4, 1);
	in(&x, SECOND - 100);             /* before it was sent */
	put_be16(x.p + IPV4_HDR + 4, 20); /* cut */
	in(&x, SECOND + 100);
	assert_int_equal(x.s->n[COUNT_UDP_RECEIVED], 0);
	for (size_t len = 0; len < x.len; len++)
		load_traffic_in(&x.f, &x.o, x.s, SECOND + 100, (struct bytes){x.p, len});
	assert_int_equal(x.s->n[COUNT_UDP_RECEIVED], 0);
	end(&x);
}

static void pings_are_answered(void **state)
{
	struct sender x;
	struct echo e;

	(void)state;
	begin(&x, (struct load_traffic_options){.kind = LOAD_NONE, .ping_s = 2, .size = 1400});
	assert_true(out(&x, SECOND));
	assert_true(echo_parse((struct bytes){x.p, x.len}, &e));
	assert_int_equal(e.dst, PEER_IP);
	e = (struct echo){
		.type = ECHO_REPLY, .seq = e.seq, .src = PEER_IP, .dst = CLIENT_IP, .size = e.size};
	x.len = echo_build(x.p, &e);
	in(&x, SECOND + 300);
	in(&x, SECOND + 400); /* twice */
	assert_int_equal(x.s->n[COUNT_PINGS_SENT], 1);
	assert_int_equal(x.s->n[COUNT_PINGS_ANSWERED], 1);
	assert_int_equal(load_traffic_next_us(&x.f, &x.o), 3 * SECOND);
	assert_true(out(&x, 3 * SECOND));
	end(&x);
}

/* A connection that is refused is tried again, from another port; ours ends by a reset. */
static void tcp_connects_again(void **state)
{
	struct sender x;
	struct tcp_segment s;
	uint16_t port;

	(void)state;
	begin(&x,
	      (struct load_traffic_options){.kind = LOAD_TCP, .direction = LOAD_UP, .size = 1400});
	assert_true(out(&x, SECOND));
	assert_int_equal(tcp_segment_parse((struct bytes){x.p, x.len}, &s), SEGMENT_OK);
	assert_int_equal(s.dst_port, 9);
	port = s.src_port;
	s = (struct tcp_segment){.src_ip = PEER_IP,
				 .dst_ip = CLIENT_IP,
				 .src_port = 9,
				 .dst_port = port,
				 .ack = s.seq + 1,
				 .flags = TCP_RST | TCP_ACK};
	x.len = tcp_segment_put(x.p, &s);
	in(&x, SECOND + 100);
	assert_false(out(&x, SECOND + 100));
	assert_int_equal(x.s->n[COUNT_TCP_ENDED], 1);
	assert_true(out(&x, load_traffic_next_us(&x.f, &x.o)));
	assert_int_equal(tcp_segment_parse((struct bytes){x.p, x.len}, &s), SEGMENT_OK);
	assert_int_equal(s.flags, TCP_SYN);
	assert_int_not_equal(s.src_port, port);
	s = (struct tcp_segment){.src_ip = PEER_IP,
				 .dst_ip = CLIENT_IP,
				 .src_port = 9,
				 .dst_port = s.src_port,
				 .seq = 77,
				 .ack = s.seq + 1,
				 .flags = TCP_SYN | TCP_ACK,
				 .window = 1000,
				 .mss = 1000};
	x.len = tcp_segment_put(x.p, &s);
	in(&x, 3 * SECOND);
	assert_true(out(&x, 3 * SECOND));
	assert_int_equal(x.s->n[COUNT_TCP_OPENED], 1);
	load_traffic_end(&x.f, 3 * SECOND);
	assert_true(out(&x, 3 * SECOND));
	assert_int_equal(tcp_segment_parse((struct bytes){x.p, x.len}, &s), SEGMENT_OK);
	assert_true(s.flags & TCP_RST);
	assert_false(out(&x, 30 * SECOND));
	end(&x);
}

/* ---- the command line ---- */

static enum load_asked parse(struct load_options *o, const char *more)
{
	static char words[400];
	char *argv[40], *at, *save = NULL;
	int argc = 0;

	snprintf(words, sizeof(words), "load 192.0.2.1 --psk k --user u%%d --password p %s", more);
	for (at = strtok_r(words, " ", &save); at; at = strtok_r(NULL, " ", &save))
		argv[argc++] = at;
	argv[argc] = NULL;
	optind = 0;
	return load_options_read(o, argc, argv);
}

static void command_line(void **state)
{
	static const char *const wrong[] = {
		"--clients 0",
		"--clients x",
		"--traffic udp --direction down",
		"--traffic tcp-like --direction echo",
		"--traffic tcp-like --size 100",
		"--size 40",
		"--size 1501",
		"--sources 10.0.0.0",
		"--sources 10.0.0.0/31",
		"--target 10.0.0.1:0",
		"--target fe80::1",
		"--user %s",
		"--user %d%d",
		"--profile none",
		"--storm 10 --seconds 10",
		"--what",
		"another",
	};
	struct load_options o;

	(void)state;
	assert_int_equal(parse(&o, ""), LOAD_GO);
	assert_int_equal(parse(&o, "--help"), LOAD_HELP);
	assert_int_equal(parse(&o, ""), LOAD_GO);
	assert_int_equal(ip4_of(&o.server), 0xc0000201);
	assert_int_equal(o.clients, 1);
	assert_int_equal(o.threads, 1);
	assert_int_equal(parse(&o, "--clients 100 --threads 3 --traffic udp --sources 10.64.0.0/10 "
				   "--target 192.0.2.7:77 --storm 3 --profile windows10"),
			 LOAD_GO);
	assert_int_equal(o.threads, 3);
	assert_int_equal(o.traffic.direction, LOAD_ECHO);
	assert_int_equal(o.traffic.target_ip, 0xc0000207);
	assert_int_equal(o.traffic.target_port, 77);
	assert_int_equal(o.sources_bits, 10);
	assert_string_equal(o.profile->name, "windows10");
	assert_int_equal(parse(&o, "--clients 2 --threads 3"), LOAD_GO);
	assert_int_equal(o.threads, 2);
	assert_int_equal(parse(&o, "--clients 9 --threads 8 --rate 3"), LOAD_GO);
	assert_int_equal(o.threads, 3);
	assert_int_equal(parse(&o, "--traffic tcp-like"), LOAD_GO);
	assert_int_equal(o.traffic.direction, LOAD_DOWN);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (parse(&o, wrong[i]) != LOAD_REFUSED)
			fail_msg("taken: %s", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete),    cmocka_unit_test(quantiles_are_near),
		cmocka_unit_test(quantiles_count),      cmocka_unit_test(stats_are_summed),
		cmocka_unit_test(reasons_are_bounded),  cmocka_unit_test(pace_is_kept),
		cmocka_unit_test(each_has_its_address), cmocka_unit_test(udp_is_echoed),
		cmocka_unit_test(false_answers),        cmocka_unit_test(pings_are_answered),
		cmocka_unit_test(tcp_connects_again),   cmocka_unit_test(command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
