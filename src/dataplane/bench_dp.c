/*
 * What a bulk packet costs in a worker, without the kernel: TCP of 1400-octet
 * packets into the TAP and out of it, against the burst alone on the same packets,
 * in turn in one run (DESIGN.md section 6: at most twice the floor, all included).
 *
 *	bench_dp [ROUNDS [in|out]]
 *
 * One JSON object a line: nanoseconds of CPU time a packet, medians. With a direction
 * only that one is run, for bench/instructions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test_kit.h"
#include "wire/esp.h"
#include "wire/eth.h"

#define BATCH      4  /* receives with GRO in a round */
#define PIECES     44 /* datagrams in each */
#define PACKETS    (BATCH * PIECES)
#define SUPERS     4 /* TAP super-packets in a round */
#define PAYLOAD    (KIT_MTU - 40)
#define ROUNDS_MAX 10000
#define FAR_HOST   UINT32_C(0x08080808)

static uint8_t sealed[PACKETS][1600], super[VNET_HDR + 65600];
static size_t esp_len, super_len;
static unsigned rx_left, tap_left;
static struct client c;
static int udp4500;
static double stub_ns; /* spent in the stand-ins for the kernel */

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static unsigned stub_recv(void *ctx, int fd, struct os_rx *rx, unsigned n)
{
	double start = cpu_ns();
	unsigned got = 0;

	(void)ctx;
	for (; fd == udp4500 && got < n && rx_left; got++, rx_left--) {
		for (unsigned i = 0; i < PIECES; i++)
			memcpy(rx[got].buf + i * esp_len, sealed[(BATCH - rx_left) * PIECES + i],
			       esp_len);
		rx[got].len = PIECES * esp_len;
		rx[got].gro_size = (uint16_t)esp_len;
		rx[got].flow = c.flow;
	}
	stub_ns += cpu_ns() - start;
	return got;
}

static unsigned stub_send(void *ctx, int fd, const struct os_tx *tx, unsigned n)
{
	(void)ctx;
	(void)fd;
	(void)tx;
	return n;
}

static size_t stub_tap_read(void *ctx, int fd, uint8_t *buf, size_t cap)
{
	double start = cpu_ns();

	(void)ctx;
	(void)fd;
	(void)cap;
	if (!tap_left)
		return 0;
	tap_left--;
	memcpy(buf, super, super_len);
	stub_ns += cpu_ns() - start;
	return super_len;
}

static bool stub_tap_write(void *ctx, int fd, const struct iovec *iov, unsigned n)
{
	(void)ctx;
	(void)fd;
	(void)iov;
	(void)n;
	return true;
}

static void prepare(struct kit *k)
{
	const struct vnet v = {VNET_F_NEEDS_CSUM, VNET_GSO_TCPV4, 54, PAYLOAD, 34, 16};
	uint8_t ip[KIT_MTU], udp[1600], mac[6];

	for (uint32_t i = 0; i < PACKETS; i++) {
		size_t len = kit_tcp(ip, c.ip, FAR_HOST, i * PAYLOAD, TCP_ACK, PAYLOAD);

		len = kit_l2tp(&c, udp, ip, len);
		esp_len = kit_seal(k, &c, sealed[i], udp, len, i + 1, IPV4_UDP, false);
	}
	vnet_put(super, &v);
	dp_session_mac(KIT_MACHINE, 0, c.slot, mac);
	eth_put(super + VNET_HDR, mac, kit_tap_mac, ETH_TYPE_IPV4);
	super_len =
		VNET_HDR + ETH_HDR +
		kit_tcp(super + VNET_HDR + ETH_HDR, FAR_HOST, c.ip, 1, TCP_ACK, PIECES * PAYLOAD);
}

static double burst_ns(struct kit *k, bool open)
{
	static uint8_t work[PACKETS][1600];
	const struct burst_sa *keys = open ? kit_worker(k, 0)->sas[0].esp.keys
					   : kit_worker(k, 0)->peers[c.slot].out.esp.keys;
	struct burst_job jobs[BURST_MAX];
	double start;

	memcpy(work, sealed, sizeof(work));
	start = cpu_ns();
	for (unsigned at = 0; at < PACKETS; at += BURST_MAX) {
		unsigned n = PACKETS - at < BURST_MAX ? PACKETS - at : BURST_MAX;

		for (unsigned i = 0; i < n; i++)
			jobs[i] = (struct burst_job){
				.sa = keys, .esp = work[at + i], .len = (uint32_t)esp_len - 12};
		if (open)
			burst_open(k->burst, jobs, n);
		else
			burst_seal(k->burst, jobs, n);
	}
	return (cpu_ns() - start) / PACKETS;
}

static double worker_ns(struct kit *k, bool in)
{
	double start;

	if (in)
		replay_init(&kit_worker(k, 0)->sas[0].replay, 1024);
	rx_left = in ? BATCH : 0;
	tap_left = in ? 0 : SUPERS;
	stub_ns = 0;
	start = cpu_ns();
	dp_run_once(k->dp);
	return (cpu_ns() - start - stub_ns) / PACKETS;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* False: packets were lost. */
static bool measure(struct kit *k, unsigned rounds, bool in, const char *way)
{
	static double floor_ns[ROUNDS_MAX], all_ns[ROUNDS_MAX];
	double f, a;

	for (unsigned r = 0; r < rounds; r++) {
		floor_ns[r] = burst_ns(k, in);
		all_ns[r] = worker_ns(k, in);
	}
	f = median(floor_ns, rounds);
	a = median(all_ns, rounds);
	printf("{\"bench\":\"dp\",\"way\":\"%s\",\"packets\":%u,\"burst\":\"%s\","
	       "\"burst_ns\":%.0f,\"worker_ns\":%.0f,\"ratio\":%.2f}\n",
	       way, rounds * PACKETS, burst_impl_name(k->burst), f, a, a / f);
	return kit_counter(k, in ? "user-in" : "user-out") == (uint64_t)rounds * PACKETS;
}

int main(int argc, char **argv)
{
	static const char *const ways[] = {"out", "in"};
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 400;
	bool ok = true;
	struct kit *k = kit_new(1);

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	kit_client(k, &c, 0, 1);
	prepare(k);
	kit_run(k);
	udp4500 = k->udp4500[0];
	k->os.recv = stub_recv;
	k->os.send = stub_send;
	k->os.tap_read = stub_tap_read;
	k->os.tap_write = stub_tap_write;
	for (unsigned in = 0; in < 2; in++) {
		if (argc < 3 || strcmp(argv[2], ways[in]) == 0)
			ok &= measure(k, rounds, in, ways[in]);
	}
	kit_client_free(&c);
	kit_free(k);
	return ok ? 0 : 1;
}
