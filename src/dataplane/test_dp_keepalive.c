/* Tests of NAT keepalives (keepalive.c): when they leave, when not, how many at once, and
 * that a worker's thread wakes for them and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timerq.h"
#include "test_kit.h"
#include "wire/esp.h"

static struct kit *k;
static struct client a;

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_free(k);
	return 0;
}

static void set_keepalive(uint32_t slot, uint16_t keepalive_s)
{
	struct dp_cmd c = {.kind = DP_CMD_PEER_PATH};

	c.u.peer.slot = slot;
	c.u.peer.flow = a.flow;
	c.u.peer.udp_encap = true;
	c.u.peer.handle = 7001;
	c.u.peer.keepalive_s = keepalive_s;
	assert_true(kit_cmd(k, 0, &c, NULL));
}

static void wait_ms(uint64_t ms)
{
	fake_advance(k->fake, ms);
	kit_run(k);
}

/* The next datagram to a is one octet FF, by a's path. */
static void expect_keepalive(void)
{
	const struct fake_packet *p = fake_take(k->fake, k->udp4500[0]);

	assert_non_null(p);
	assert_int_equal(p->len, 1);
	assert_int_equal(p->p[0], NATT_KEEPALIVE);
	assert_true(endpoint_eq(&p->flow.remote, &a.flow.remote));
	assert_true(ip_addr_eq(&p->flow.local.addr, &a.flow.local.addr));
	assert_null(fake_take(k->fake, FAKE_ANY));
}

static void silence_is_ended(void **state)
{
	uint64_t now_ms = k->os.now_ms(k->os.ctx);

	(void)state;
	assert_true(dp_next_ms(k->dp) == TIMER_NEVER);
	set_keepalive(a.slot, 20);
	assert_int_equal(dp_next_ms(k->dp), now_ms + 20000);
	wait_ms(19999);
	assert_null(fake_take(k->fake, FAKE_ANY));
	wait_ms(1);
	expect_keepalive();
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(dp_next_ms(k->dp), k->os.now_ms(k->os.ctx) + 20000);
		wait_ms(20000);
		expect_keepalive();
	}
	assert_int_equal(kit_counter(k, "tx-keepalive"), 6);
}

static void whoever_is_sent_to_needs_none(void **state)
{
	uint8_t ip[200];

	(void)state;
	set_keepalive(a.slot, 20);
	for (unsigned i = 0; i < 10; i++) {
		wait_ms(15000);
		kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, 0x08080808, a.ip, 47, 50));
		kit_run(k);
		assert_int_equal(kit_take_ip(k, &a, ip), 70);
		assert_null(fake_take(k->fake, FAKE_ANY));
	}
	wait_ms(19900);
	assert_null(fake_take(k->fake, FAKE_ANY));
	wait_ms(100);
	expect_keepalive();
	assert_int_equal(kit_counter(k, "tx-keepalive"), 1);
}

/* What the peer sends keeps its own NAT's mapping, but says nothing about ours. */
static void what_comes_in_does_not_count(void **state)
{
	uint8_t ip[200];

	(void)state;
	set_keepalive(a.slot, 20);
	for (unsigned i = 0; i < 2; i++) {
		wait_ms(10000);
		kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, 0x08080808, 47, 50));
		kit_run(k);
	}
	expect_keepalive();
}

static void control_may_change_its_mind(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PEER_DEL};

	(void)state;
	set_keepalive(a.slot, 20);
	wait_ms(8000);
	set_keepalive(a.slot, 10); /* of the same silence */
	wait_ms(2000);
	expect_keepalive();
	set_keepalive(a.slot, 0);
	wait_ms(100000);
	assert_null(fake_take(k->fake, FAKE_ANY));
	assert_true(dp_next_ms(k->dp) == TIMER_NEVER);
	set_keepalive(a.slot, 20);
	c.u.peer.slot = a.slot;
	assert_true(kit_cmd(k, 0, &c, NULL));
	wait_ms(100000);
	assert_null(fake_take(k->fake, FAKE_ANY));
	assert_true(dp_next_ms(k->dp) == TIMER_NEVER);
}

/* However many are due, a round sends some of them and comes again at once. */
static void a_round_sends_a_bounded_number(void **state)
{
	enum { N = 600 };
	struct fake *fake = fake_new(3);
	const struct os *os = fake_os(fake);
	struct dp_config cfg = {.os = os, .workers = 1, .peers_max = N, .sessions_max = 1};
	struct dp_cmd c = {.kind = DP_CMD_PEER_ADD};
	unsigned sent = 0;
	struct dp *dp;

	(void)state;
	c.u.peer.flow = (struct flow){.local = {ip4_addr(0xc6336401), 4500},
				      .remote = {ip4_addr(0xcb007101), 4500}};
	cfg.udp500 = cfg.esp[0] = -1;
	cfg.udp4500[0] = fake_udp(fake, c.u.peer.flow.local);
	dp = dp_new(&cfg);
	assert_non_null(dp);
	c.u.peer.keepalive_s = 20;
	for (c.u.peer.slot = 0; c.u.peer.slot < N; c.u.peer.slot++) {
		assert_true(dp_command(dp, 0, &c, NULL));
		dp_run_once(dp);
	}
	fake_advance(fake, 20000);
	while (sent < N) {
		unsigned before = sent;

		dp_run_once(dp);
		while (fake_take(fake, cfg.udp4500[0]))
			sent++;
		assert_in_range(sent - before, 1, 256);
		assert_int_equal(dp_worker(dp, 0)->more, sent < N);
	}
	assert_int_equal(sent, N);
	assert_int_equal(dp_next_ms(dp), os->now_ms(os->ctx) + 20000);
	dp_free(dp);
	fake_free(fake);
}

/* ---- on threads ---- */

static int udp_socket(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;

	*addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)), 0);
	return fd;
}

static struct endpoint endpoint_of(const struct sockaddr_in *a4)
{
	return (struct endpoint){.addr = ip4_addr(ntohl(a4->sin_addr.s_addr)),
				 .port = ntohs(a4->sin_port)};
}

static void a_sleeping_worker_wakes_for_them(void **state)
{
	struct sockaddr_in addr[2], own;
	struct pollfd wait = {.events = POLLIN};
	int udp4500[2], tap[2], far[2];
	uint64_t cpu_us[2];
	uint8_t got[10];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		int pair[2];

		udp4500[i] = udp_socket(&addr[i]);
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
		tap[i] = pair[0];
		far[i] = pair[1];
	}
	wait.fd = udp_socket(&own);
	k = kit_start(os_linux(), udp4500, tap);
	kit_client(k, &a, 0, 1);
	a.flow = (struct flow){.local = endpoint_of(&addr[0]), .remote = endpoint_of(&own)};
	dp_worker_cpu(k->dp, 0, &cpu_us[0]);
	assert_int_equal(poll(&wait, 1, 300), 0);
	dp_worker_cpu(k->dp, 0, &cpu_us[1]);
	assert_in_range(cpu_us[1] - cpu_us[0], 0, 2000); /* nothing to do: it sleeps */
	set_keepalive(a.slot, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(poll(&wait, 1, 5000), 1);
		assert_int_equal(recv(wait.fd, got, sizeof(got), 0), 1);
		assert_int_equal(got[0], NATT_KEEPALIVE);
	}
	close(wait.fd);
	close(far[0]);
	close(far[1]);
	kit_client_free(&a);
	kit_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(silence_is_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(whoever_is_sent_to_needs_none, setup, teardown),
		cmocka_unit_test_setup_teardown(what_comes_in_does_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(control_may_change_its_mind, setup, teardown),
		cmocka_unit_test_setup_teardown(a_round_sends_a_bounded_number, setup, teardown),
		cmocka_unit_test(a_sleeping_worker_wakes_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
