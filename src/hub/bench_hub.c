/*
 * bench_hub: what a frame costs a hub, in nanoseconds and as a ratio to the same frame in an
 * empty hub: tables with 65 536 MACs, 4096 hubs, access lists up to 32 768 rules of several
 * shapes, all of hub_forward(). Run by hand: bench_hub [--quick]. A median of rounds; the ratio
 * is what to look at.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "hub/forward.h"
#include "test_frames.h"

#define ROUNDS 7
#define NOW_MS UINT64_C(10000000)
#define NOW_S  ((uint32_t)(NOW_MS / 1000))

static unsigned steps = 1000000;
static volatile uint32_t sink;
static uint64_t rng = 42;

static uint32_t dice(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 32) * n >> 32);
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_hub: %s\n", what);
	exit(1);
}

static double now_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return ((double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec) * 1e9 +
	       ((double)u.ru_utime.tv_usec + (double)u.ru_stime.tv_usec) * 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Nanoseconds a step, the median of rounds. */
static double measure(void (*run)(void *arg, unsigned n), void *arg)
{
	double ns[ROUNDS];

	run(arg, steps / 10);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double begin = now_ns();

		run(arg, steps);
		ns[i] = (now_ns() - begin) / steps;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

static void tell(const char *what, double ns, double empty)
{
	printf("%-58s %8.1f ns  %7.2f M/s  x %.2f\n", what, ns, 1000 / ns, ns / empty);
}

/* MAC tables: hubs x n addresses, found in random order. */
struct macs {
	struct mac_table m;
	uint32_t hubs, n;
};

static uint64_t mac_of(uint32_t i)
{
	return MAC(0) + i * UINT64_C(2654435761) % 0xffffffff;
}

static void fill_macs(struct macs *x, uint32_t hubs, uint32_t n)
{
	x->hubs = hubs;
	x->n = n;
	if (!mac_table_init(&x->m, hubs * n, hubs, 0x1234567890abcdef))
		fail("no memory");
	for (uint32_t h = 0; h < hubs; h++) {
		for (uint32_t i = 0; i < n; i++) {
			struct mac_claim c = {.hub = (uint16_t)h, .mac = mac_of(i), .port = i};

			while (mac_table_learn(&x->m, &c, NOW_S) == MAC_NO_ROOM)
				mac_table_tend(&x->m, NOW_S, 256);
		}
	}
	while (x->m.t.old_heads)
		mac_table_tend(&x->m, NOW_S, 256);
}

static void find_macs(void *arg, unsigned n)
{
	struct macs *x = arg;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += mac_table_find(&x->m, (uint16_t)dice(x->hubs), 0, mac_of(dice(x->n)), NOW_S);
	sink = sum;
}

static void learn_macs(void *arg, unsigned n)
{
	struct macs *x = arg;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t k = dice(x->n);
		struct mac_claim c = {.hub = (uint16_t)dice(x->hubs), .mac = mac_of(k), .port = k};

		sum += mac_table_learn(&x->m, &c, NOW_S);
	}
	sink = sum;
}

static double bench_macs(const char *what, uint32_t hubs, uint32_t n, double empty)
{
	struct macs x;
	char line[80];
	double ns;

	fill_macs(&x, hubs, n);
	ns = measure(find_macs, &x);
	if (empty == 0)
		empty = ns;
	snprintf(line, sizeof(line), "find, %s", what);
	tell(line, ns, empty);
	snprintf(line, sizeof(line), "learn (known), %s", what);
	tell(line, measure(learn_macs, &x), empty);
	mac_table_free(&x.m);
	return empty;
}

/* Access lists. */
struct lists {
	struct access_list *l;
	struct hub_headers h[64];
};

static void judge_list(void *arg, unsigned n)
{
	static const struct access_names who = {1, 2, 0, 0};
	const struct lists *x = arg;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += access_list_judge(x->l, &x->h[i % 64], &who, false).id;
	sink = sum;
}

enum shape { HOSTS, MACS, NETS, PORTS, PAIRS, MIXED, WIDE };

static struct access_prefix net(uint32_t ip, unsigned bits)
{
	return (struct access_prefix){hub_ip4(ip & UINT32_MAX << (32 - bits)),
				      (uint8_t)(96 + bits)};
}

static struct access_rule rule(enum shape shape, uint32_t i)
{
	struct access_rule r = access_rule_any();

	r.id = r.priority = i + 1;
	r.discard = true;
	r.family = ACCESS_IPV4;
	switch (shape == MIXED ? i % 5 : shape) {
	case WIDE: /* nothing to file them under */
		r.proto = 17;
		r.dst_port = (struct access_ports){(uint16_t)(i % 1000 + 1), 65000};
		break;
	case HOSTS:
		r.dst = net(0x0a000000 + i, 32);
		break;
	case MACS:
		r.src_mac = (struct access_mac){MAC(5000) + i, HUB_MAC_BROADCAST};
		break;
	case NETS:
		r.src = net(0x0b000000 + i * 977, 9 + i % 24);
		break;
	case PORTS:
		r.proto = 6;
		r.dst_port = (struct access_ports){(uint16_t)(i + 10000), (uint16_t)(i + 10003)};
		break;
	default:
		r.src = net(0x0a100000 + i % 181, 32);
		r.dst = net(0x0a200000 + i / 181, 32);
	}
	return r;
}

static struct access_list *build(enum shape shape, size_t n)
{
	static struct access_rule rules[ACCESS_RULES_MAX];
	struct access_list *l;

	for (uint32_t i = 0; i < n; i++)
		rules[i] = rule(shape, i);
	l = access_list_build(rules, n);
	if (!l)
		fail("no memory");
	return l;
}

/* Half of the frames are for hosts that rules are about. */
static void fill_headers(struct lists *x)
{
	for (unsigned i = 0; i < 64; i++) {
		struct frame f;
		uint32_t dst = i % 2 ? 0x0a000000 + dice(32768) : 0x0a200000 + dice(181);

		put_tcp4(&f, MAC(i), MAC(i + 1), 0x0a100000 + dice(181), dst, 40000, 443, TCP_ACK);
		hub_headers_parse(f.p, f.len, &x->h[i]);
	}
}

static void judge_cached(void *arg, unsigned n)
{
	static const struct access_names who = {1, 2, 0, 0};
	static struct access_cache cache;
	const struct lists *x = arg;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += access_cache_judge(&cache, x->l, &x->h[i % 64], &who, false).id;
	sink = sum;
}

static void bench_list(const char *what, enum shape shape, size_t n, double empty)
{
	struct lists x = {.l = build(shape, n)};
	char line[80];

	fill_headers(&x);
	snprintf(line, sizeof(line), "access list, %zu %s (%zu probes)", n, what,
		 access_list_probes(x.l));
	tell(line, measure(judge_list, &x), empty);
	if (shape == MIXED || shape == WIDE)
		tell("    the same, 64 flows in the cache", measure(judge_cached, &x), empty);
	access_list_free(x.l);
}

/* All of hub_forward(): unicast between two hosts of a hub with others in it. */
struct whole {
	struct hub_switch sw;
	struct hub *hubs;
	struct hub_port in;
	uint32_t n_hubs, n_macs;
	struct frame f[64];
	bool prefetch;
};

#define BURST 32

static void forward(void *arg, unsigned n)
{
	struct whole *x = arg;
	uint8_t answer[FRAME_ANSWER_MAX];
	struct hub *hubs[BURST];
	uint64_t dst[BURST];
	struct hub_headers h;
	struct hub_decision d;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = i % BURST;
		struct frame *f = &x->f[i % 64];

		for (unsigned j = 0; k == 0 && j < BURST; j++) {
			hubs[j] = &x->hubs[dice(x->n_hubs)];
			dst[j] = mac_of(100 + dice(x->n_macs - 100));
		}
		for (unsigned stage = 0; x->prefetch && k == 0 && stage < 2; stage++)
			for (unsigned j = 0; j < BURST; j++)
				mac_table_prefetch(&x->sw.macs, hubs[j]->number, 0, dst[j], stage);
		hub_mac_octets(f->p, dst[k]);
		hub_forward(&x->sw, hubs[k], &x->in, f->p, FRAME_MAX, NOW_MS, &h, answer, &d);
		sum += d.port;
	}
	sink = sum;
}

static double bench_whole(const char *what, uint32_t hubs, uint32_t n, struct access_list *access,
			  double empty)
{
	struct whole *x = calloc(1, sizeof(*x));
	struct hub_options o;
	struct macs macs;
	double ns;

	if (!x || !hub_switch_init(&x->sw, 1000, hubs, 77))
		fail("no memory");
	hub_options_standard(&o);
	fill_macs(&macs, hubs, n);
	mac_table_free(&x->sw.macs);
	x->sw.macs = macs.m;
	x->hubs = calloc(hubs, sizeof(*x->hubs));
	x->n_hubs = hubs;
	x->n_macs = n;
	x->in = (struct hub_port){.number = 7, .kind = HUB_WAY_OUT};
	for (uint32_t i = 0; x->hubs && i < hubs; i++) {
		x->hubs[i] = (struct hub){.number = (uint16_t)i, .online = true, .access = access};
		hub_configure(&x->hubs[i], &o);
	}
	for (unsigned i = 0; i < 64; i++) {
		put_tcp4(&x->f[i], mac_of(7), MAC(2), IP(1), 0x0a300000 + i, 40000, 443, TCP_ACK);
		put_be16(x->f[i].p + ETH_HDR + IPV4_TOTAL_LEN, 500);
	}
	ns = measure(forward, x);
	tell(what, ns, empty == 0 ? ns : empty);
	x->prefetch = true;
	tell("    the same, prefetched in bursts of 32", measure(forward, x),
	     empty == 0 ? ns : empty);
	hub_switch_free(&x->sw);
	free(x->hubs);
	free(x);
	return empty == 0 ? ns : empty;
}

static void parse(void *arg, unsigned n)
{
	struct frame *f = arg;
	struct hub_headers h;
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		f->p[ETH_HDR + 8] = (uint8_t)i;
		hub_headers_parse(f->p, f->len, &h);
		sum += h.flags;
	}
	sink = sum;
}

int main(int argc, char **argv)
{
	struct frame f;
	struct access_list *l;
	double empty;

	if (argc > 1 && strcmp(argv[1], "--quick") == 0)
		steps = 100000;
	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 40000, 443, TCP_ACK);
	empty = measure(parse, &f);
	tell("headers of a TCP segment", empty, empty);
	printf("\n");
	empty = bench_macs("1 hub, 128 MACs", 1, 128, 0);
	bench_macs("1 hub, 65536 MACs", 1, 65536, empty);
	bench_macs("4096 hubs, 16 MACs each", 4096, 16, empty);
	bench_macs("4096 hubs, 256 MACs each (a million)", 4096, 256, empty);
	printf("\n");
	struct lists none = {.l = build(HOSTS, 1)};

	fill_headers(&none);
	empty = measure(judge_list, &none);
	tell("access list, 1 rule", empty, empty);
	access_list_free(none.l);
	bench_list("hosts", HOSTS, 32768, empty);
	bench_list("MACs", MACS, 32768, empty);
	bench_list("nets of 24 lengths", NETS, 32768, empty);
	bench_list("port ranges", PORTS, 32768, empty);
	bench_list("pairs of 181 x 181 hosts", PAIRS, 32768, empty);
	bench_list("of all these", MIXED, 32768, empty);
	bench_list("wide port ranges alone", WIDE, 100, empty);
	bench_list("wide port ranges alone", WIDE, 1000, empty);
	printf("\n");
	empty = bench_whole("hub_forward, 1 hub, 128 MACs", 1, 128, NULL, 0);
	bench_whole("hub_forward, 1 hub, 65536 MACs", 1, 65536, NULL, empty);
	bench_whole("hub_forward, 4096 hubs, 128 MACs each", 4096, 128, NULL, empty);
	l = build(MIXED, 32768);
	bench_whole("hub_forward, 4096 hubs, 128 MACs each, 32768 rules", 4096, 128, l, empty);
	access_list_free(l);
	return 0;
}
