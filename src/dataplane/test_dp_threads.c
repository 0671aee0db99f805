/*
 * Two workers in their threads on the real os: loopback sockets for the clients, a
 * socket pair in the place of each TAP queue. For a second traffic goes every way at
 * once, also by handoff, while control commands and reads counters; then a clean
 * stop. Meant for ThreadSanitizer; without it a test of sleeping and waking.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "test_kit.h"
#include "wire/eth.h"

#define FAR_HOST UINT32_C(0x08080808)

struct end {
	struct client c;
	int sock; /* the client's, connected to its worker's */
	int tap;  /* the host's end of its worker's TAP queue */
	unsigned to_tap, to_client;
};

static int udp_socket(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1, size = 1 << 20;

	*addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static void send_one(struct kit *k, struct end *e, uint32_t dst)
{
	uint8_t ip[800], udp[900], esp[1000];
	size_t len = kit_ip(ip, e->c.ip, dst, 47, 600);

	len = kit_l2tp(&e->c, udp, ip, len);
	len = kit_seal(k, &e->c, esp, udp, len, ++e->c.seq, IPV4_UDP, false);
	(void)!send(e->sock, esp, len, 0);
}

static void tap_one(struct end *e, const struct end *to)
{
	uint8_t frame[VNET_HDR + ETH_HDR + 700] = {0}, mac[6];
	size_t len = kit_ip(frame + VNET_HDR + ETH_HDR, FAR_HOST, to->c.ip, 47, 500);

	dp_session_mac(KIT_MACHINE, to->c.worker, to->c.slot, mac);
	eth_put(frame + VNET_HDR, mac, kit_tap_mac, ETH_TYPE_IPV4);
	(void)!write(e->tap, frame, VNET_HDR + ETH_HDR + len);
}

static void drain(struct end *e)
{
	uint8_t buf[70000];

	while (recv(e->sock, buf, sizeof(buf), 0) > 0)
		e->to_client++;
	while (recv(e->tap, buf, sizeof(buf), 0) > 0)
		e->to_tap++;
}

static uint64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void traffic(struct kit *k, struct end *e, uint64_t ms)
{
	uint64_t until = wall_ms() + ms;

	while (wall_ms() < until) {
		struct dp_cmd c = {.kind = DP_CMD_STATS};
		uint64_t cpu_us;

		for (unsigned i = 0; i < 40; i++) {
			send_one(k, &e[i % 2], i % 4 < 2 ? FAR_HOST : e[1 - i % 2].c.ip);
			tap_one(&e[i % 2], &e[(i / 2) % 2]);
		}
		c.u.session_del.slot = e[0].c.slot;
		assert_true(kit_cmd(k, 0, &c, NULL));
		assert_true(kit_counter(k, "commands") > 0);
		dp_worker_cpu(k->dp, 1, &cpu_us);
		drain(&e[0]);
		drain(&e[1]);
	}
}

static void a_second_of_traffic_and_a_clean_stop(void **state)
{
	struct sockaddr_in addr[2], own;
	struct end e[2] = {0};
	int udp4500[2], tap[2];
	struct kit *k;
	uint64_t cpu_us;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		int pair[2];

		udp4500[i] = udp_socket(&addr[i]);
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
		tap[i] = pair[0];
		e[i].tap = pair[1];
	}
	k = kit_start(os_linux(), udp4500, tap);
	for (unsigned i = 0; i < 2; i++) {
		kit_client(k, &e[i].c, i, i + 1);
		e[i].sock = udp_socket(&own);
		assert_int_equal(connect(e[i].sock, (struct sockaddr *)&addr[i], sizeof(own)), 0);
	}
	traffic(k, e, 1000);
	assert_int_equal(k->punts[DP_PUNT_PATH], 2); /* from the kit's addresses to the real ones */
	assert_true(e[0].to_tap > 50 && e[1].to_tap > 50);
	assert_true(e[0].to_client > 50 && e[1].to_client > 50);
	assert_true(kit_counter(k, "handoffs") > 50);
	assert_int_equal(kit_counter(k, "esp-icv"), 0);
	dp_stop(k->dp);
	dp_worker_cpu(k->dp, 0, &cpu_us);
	assert_true(cpu_us > 0);
	assert_true(dp_start(k->dp)); /* and again */
	traffic(k, e, 100);
	for (unsigned i = 0; i < 2; i++) {
		kit_client_free(&e[i].c);
		close(e[i].sock);
		close(e[i].tap);
	}
	kit_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_of_traffic_and_a_clean_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
