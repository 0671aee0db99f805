/* Tests of the real operating system: datagrams, steering, readiness, random octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/wait.h>

#include "base/wr.h"
#include "os/os.h"
#include "priv_act.h"
#include "test_sockets.h"

static void runs_go_and_come_as_one(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_a = open_group(&a, 1, false), port_b = open_group(&b, 1, false);
	struct os_tx tx = tx_to("127.0.0.1", port_b, 20 * 1400 + 700, 1400);
	struct os_rx rx[OS_BATCH];

	(void)state;
	fill_tx();
	assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(b.fds[0], rx), 1);
	assert_int_equal(rx[0].len, tx.len);
	assert_int_equal(rx[0].gro_size, 1400);
	assert_int_equal(rx[0].offset, 0);
	assert_memory_equal(rx[0].buf, tx_mem, tx.len);
	assert_int_equal(rx[0].flow.remote.port, port_a);
	assert_int_equal(rx[0].flow.local.port, port_b);
	assert_int_equal(rx_from(b.fds[0], rx), 0);
	priv_close_fds(&a);
	priv_close_fds(&b);
}

static void many_datagrams_keep_order_and_bytes(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_b;
	struct os_tx tx[100];
	struct os_rx rx[OS_BATCH];
	size_t next = 0;

	(void)state;
	fill_tx();
	open_group(&a, 1, false);
	port_b = open_group(&b, 1, false);
	for (unsigned i = 0; i < 100; i++) {
		tx[i] = tx_to("127.0.0.1", port_b, 100 + i, 0);
		tx[i].buf = tx_mem + i;
	}
	assert_int_equal(os->send(os->ctx, a.fds[0], tx, 100), 100);
	for (unsigned got; (got = rx_from(b.fds[0], rx));) {
		for (unsigned i = 0; i < got; i++, next++) {
			assert_int_equal(rx[i].len, 100 + next);
			assert_int_equal(rx[i].gro_size, 0);
			assert_memory_equal(rx[i].buf, tx_mem + next, rx[i].len);
		}
	}
	assert_int_equal(next, 100);
	priv_close_fds(&a);
	priv_close_fds(&b);
}

static void reply_leaves_from_the_address_that_was_asked(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_a = open_group(&a, 1, false), port_b = open_group(&b, 1, false);
	struct os_tx tx = tx_to("127.0.0.9", port_b, 10, 0);
	struct flow want = flow_of("127.0.0.3", port_a, "127.0.0.9", port_b);
	struct os_rx rx[OS_BATCH];

	(void)state;
	tx.flow.local.addr = ip_of("127.0.0.3");
	assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(b.fds[0], rx), 1);
	tx.flow = rx[0].flow;
	assert_int_equal(os->send(os->ctx, b.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(a.fds[0], rx), 1);
	assert_true(endpoint_eq(&rx[0].flow.local, &want.local));
	assert_true(endpoint_eq(&rx[0].flow.remote, &want.remote));
	priv_close_fds(&a);
	priv_close_fds(&b);
}

static void unusable_datagrams_have_no_length(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_b;
	struct os_tx tx[3];
	struct os_rx rx[3];

	(void)state;
	open_group(&a, 1, false);
	port_b = open_group(&b, 1, false);
	tx[0] = tx_to("127.0.0.1", port_b, 0, 0);
	tx[1] = tx_to("127.0.0.1", port_b, 3000, 0);
	tx[2] = tx_to("127.0.0.1", port_b, 50, 0);
	assert_int_equal(os->send(os->ctx, a.fds[0], tx, 3), 3);
	for (unsigned i = 0; i < 3; i++)
		rx[i] = (struct os_rx){.buf = rx_mem[i], .cap = 2000};
	assert_int_equal(os->recv(os->ctx, b.fds[0], rx, 3), 3);
	assert_int_equal(rx[0].len, 0);
	assert_int_equal(rx[1].len, 0);
	assert_int_equal(rx[2].len, 50);
	priv_close_fds(&a);
	priv_close_fds(&b);
}

static void ipv6_works_the_same(void **state)
{
	const struct os *os = os_linux();
	struct priv_udp req = {.addr = ip_of("::1"), .port = 43210, .n = 1};
	struct priv_result r = {0};
	struct os_tx tx = tx_to("::1", 43210, 5 * 1200, 1200);
	struct os_rx rx[OS_BATCH];

	(void)state;
	if (!priv_net_open_udp(&req, &r))
		skip();
	tx.flow.local.addr = req.addr;
	assert_int_equal(os->send(os->ctx, r.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(r.fds[0], rx), 1);
	assert_int_equal(rx[0].len, 6000);
	assert_int_equal(rx[0].gro_size, 1200);
	assert_true(ip_addr_eq(&rx[0].flow.local.addr, &req.addr));
	assert_int_equal(rx[0].flow.local.port, 43210);
	priv_close_fds(&r);
}

/* Which socket of the group has something, and nothing else has. */
static unsigned landed(const struct priv_result *r)
{
	struct os_rx rx[OS_BATCH];
	unsigned where = PRIV_FDS_MAX;

	for (unsigned i = 0; i < r->n_fds; i++) {
		if (rx_from(r->fds[i], rx) == 0)
			continue;
		assert_int_equal(where, PRIV_FDS_MAX);
		where = i;
	}
	return where;
}

static void steer_group(uint16_t n, uint32_t mask)
{
	const struct os *os = os_linux();
	struct priv_result a, group;
	uint16_t port;

	open_group(&a, 1, false);
	port = open_group(&group, n, true);
	assert_int_equal(group.n_fds, n);
	for (uint32_t spi = 0x1000; spi < 0x1000 + 4 * (mask + 1); spi++) {
		struct wr w = wr_of(tx_mem, 20);
		struct os_tx tx = tx_to("127.0.0.1", port, 20, 0);

		wr_u32(&w, spi);
		assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
		assert_int_equal(landed(&group), (spi & mask) < n ? spi & mask : 0);
	}
	priv_close_fds(&a);
	priv_close_fds(&group);
}

static void spis_land_on_their_worker(void **state)
{
	(void)state;
	steer_group(1, 0);
	steer_group(3, 3);
	steer_group(4, 3);
	steer_group(6, 7);
}

static void markers_and_short_datagrams_land_on_the_first(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, group;
	uint16_t port;

	(void)state;
	open_group(&a, 1, false);
	port = open_group(&group, 4, true);
	memset(tx_mem, 0, 8);
	for (size_t len = 0; len <= 8; len++) {
		struct os_tx tx = tx_to("127.0.0.1", port, len, 0);

		tx_mem[0] = len < 4 ? 0xff : 0; /* keepalive; non-ESP marker */
		assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
		assert_int_equal(landed(&group), 0);
	}
	priv_close_fds(&a);
	priv_close_fds(&group);
}

static void unreachable_datagrams_are_passed_over(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_b;
	struct os_tx tx[3];
	struct os_rx rx[OS_BATCH];

	(void)state;
	if (!own_net())
		skip();
	open_group(&a, 1, false);
	port_b = open_group(&b, 1, false);
	tx[0] = tx_to("192.0.2.77", port_b, 100, 0);        /* no route */
	tx[1] = tx_to("127.0.0.1", port_b, 65001 + 534, 0); /* longer than UDP can be */
	tx[2] = tx_to("127.0.0.1", port_b, 100, 0);
	assert_int_equal(os->send(os->ctx, a.fds[0], tx, 3), 3);
	assert_int_equal(rx_from(b.fds[0], rx), 1);
	assert_int_equal(rx[0].len, 100);
	priv_close_fds(&a);
	priv_close_fds(&b);
}

static void run_that_the_kernel_refuses_is_cut(void **state)
{
	const struct os *os = os_linux();
	struct priv_result a, b;
	uint16_t port_b;
	struct os_tx tx;
	struct os_rx rx[OS_BATCH];
	unsigned got;

	(void)state;
	if (!own_net())
		skip();
	fill_tx();
	open_group(&a, 1, false);
	port_b = open_group(&b, 1, false);
	assert_true(link_set("lo", SIOCSIFMTU, 1280));
	tx = tx_to("127.0.0.1", port_b, 10 * 1400 + 3, 1400);
	assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
	got = rx_from(b.fds[0], rx);
	assert_true(link_set("lo", SIOCSIFMTU, 65536));
	assert_int_equal(got, 11);
	for (unsigned i = 0; i < got; i++) {
		assert_int_equal(rx[i].len, i < 10 ? 1400 : 3);
		assert_memory_equal(rx[i].buf, tx_mem + i * 1400, rx[i].len);
	}
	priv_close_fds(&a);
	priv_close_fds(&b);
}

/* ---- raw ESP ---- */

static void esp_lands_on_its_worker(void **state)
{
	const struct os *os = os_linux();
	struct ip_addr any = {0}, lo = ip_of("127.0.0.1");
	struct priv_result r = {0}, out = {0};
	struct os_rx rx[OS_BATCH];

	(void)state;
	if (!own_net())
		skip();
	assert_true(priv_net_open_esp(&any, 3, &r));
	assert_true(priv_net_open_esp(&lo, 1, &out));
	fill_tx();
	for (uint32_t spi = 256; spi < 264; spi++) {
		struct wr w = wr_of(tx_mem, 100);
		struct os_tx tx = tx_to("127.0.0.5", 0, 100, 0);
		unsigned want = (spi & 3) < 3 ? spi & 3 : 0;

		tx.flow.local.addr = lo;
		wr_u32(&w, spi);
		assert_int_equal(os->send(os->ctx, out.fds[0], &tx, 1), 1);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(rx_from(r.fds[i], rx), i == want ? 1 : 0);
			if (i != want)
				continue;
			assert_int_equal(rx[0].offset, 20);
			assert_int_equal(rx[0].len, 100);
			assert_memory_equal(rx[0].buf + 20, tx_mem, 100);
			assert_true(ip_addr_eq(&rx[0].flow.remote.addr, &lo));
			assert_true(ip_addr_eq(&rx[0].flow.local.addr, &tx.flow.remote.addr));
		}
	}
	priv_close_fds(&r);
	priv_close_fds(&out);
}

static void esp_behind_ip_options_is_found(void **state)
{
	static const uint8_t nops[8] = {1, 1, 1, 1, 1, 1, 1, 1};
	const struct os *os = os_linux();
	struct ip_addr any = {0};
	struct priv_result r = {0}, out = {0};
	struct os_rx rx[OS_BATCH];
	struct os_tx tx = tx_to("127.0.0.1", 0, 60, 0);
	struct wr w = wr_of(tx_mem, 60);

	(void)state;
	if (!own_net())
		skip();
	assert_true(priv_net_open_esp(&any, 2, &r));
	assert_true(priv_net_open_esp(&any, 1, &out));
	assert_int_equal(setsockopt(out.fds[0], IPPROTO_IP, IP_OPTIONS, nops, sizeof(nops)), 0);
	wr_u32(&w, 0x77665500); /* the options would name the other socket */
	assert_int_equal(os->send(os->ctx, out.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(r.fds[1], rx), 0);
	assert_int_equal(rx_from(r.fds[0], rx), 1);
	assert_int_equal(rx[0].offset, 28);
	assert_int_equal(rx[0].len, 60);
	assert_memory_equal(rx[0].buf + 28, tx_mem, 60);
	priv_close_fds(&r);
	priv_close_fds(&out);
}

/* Shorter than an SPI: the first worker gets to count them. */
static void esp_without_an_spi_is_heard(void **state)
{
	const struct os *os = os_linux();
	struct ip_addr any = {0};
	struct priv_result r = {0}, out = {0};
	struct os_rx rx[OS_BATCH];

	(void)state;
	if (!own_net())
		skip();
	assert_true(priv_net_open_esp(&any, 2, &r));
	assert_true(priv_net_open_esp(&any, 1, &out));
	memset(tx_mem, 0x55, 4); /* would name the other socket */
	for (size_t len = 1; len <= 4; len++) {
		struct os_tx tx = tx_to("127.0.0.1", 0, len, 0);

		assert_int_equal(os->send(os->ctx, out.fds[0], &tx, 1), 1);
		assert_int_equal(rx_from(r.fds[1], rx), len == 4);
		assert_int_equal(rx_from(r.fds[0], rx), len < 4);
		assert_int_equal(rx[0].len, len < 4 ? len : 0);
	}
	priv_close_fds(&r);
	priv_close_fds(&out);
}

/* ---- readiness, clocks, random octets ---- */

static void *wake_later(void *fd)
{
	usleep(20000);
	os_linux()->wake(NULL, *(int *)fd);
	return NULL;
}

static void poll_reports_what_is_ready(void **state)
{
	const struct os *os = os_linux();
	int poll = os->poll_new(os->ctx), a = os->wake_new(os->ctx), b = os->wake_new(os->ctx);
	struct os_ready ready[4];
	pthread_t t;

	(void)state;
	assert_true(os->poll_add(os->ctx, poll, a, &a));
	assert_true(os->poll_add(os->ctx, poll, b, &b));
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 4, 0), 0);
	assert_int_equal(pthread_create(&t, NULL, wake_later, &b), 0);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 4, 10000), 1);
	assert_ptr_equal(ready[0].tag, &b);
	pthread_join(t, NULL);
	os->wake(os->ctx, b);
	os->wake_clear(os->ctx, b);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 4, 0), 0);
	os->poll_del(os->ctx, poll, a);
	os->wake(os->ctx, a);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 4, 0), 0);
	os->close(os->ctx, a);
	os->close(os->ctx, b);
	os->close(os->ctx, poll);
	assert_int_equal(fcntl(poll, F_GETFD), -1);
}

static void clocks_go_forward(void **state)
{
	const struct os *os = os_linux();
	uint64_t before = os->now_ms(os->ctx);

	(void)state;
	usleep(15000);
	assert_in_range(os->now_ms(os->ctx) - before, 10, 5000);
	assert_true(os->wall_s(os->ctx) > 1700000000);
}

static void random_octets_do_not_repeat(void **state)
{
	static uint8_t a[8192];
	uint8_t child[16], parent[16];
	unsigned seen[256] = {0};
	int p[2];
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(a); i += 16)
		os_linux()->random(NULL, a + i, 16);
	for (size_t i = 16; i < sizeof(a); i += 16)
		assert_memory_not_equal(a, a + i, 16);
	for (size_t i = 0; i < sizeof(a); i++)
		seen[a[i]]++;
	for (unsigned i = 0; i < 256; i++)
		assert_in_range(seen[i], 1, 100); /* 32 expected */
	os_linux()->random(NULL, a, sizeof(a));
	os_linux()->random(NULL, a, 16); /* there is something in the buffer */
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		os_linux()->random(NULL, child, 16);
		_exit(write(p[1], child, 16) == 16 ? 0 : 1);
	}
	os_linux()->random(NULL, parent, 16);
	assert_int_equal(read(p[0], child, 16), 16);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_memory_not_equal(child, parent, 16);
	close(p[0]);
	close(p[1]);
}

static int setup(void **state)
{
	(void)state;
	if (!own_net())
		print_message("not root: on the host's loopback, without ESP\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_go_and_come_as_one),
		cmocka_unit_test(many_datagrams_keep_order_and_bytes),
		cmocka_unit_test(reply_leaves_from_the_address_that_was_asked),
		cmocka_unit_test(unusable_datagrams_have_no_length),
		cmocka_unit_test(ipv6_works_the_same),
		cmocka_unit_test(spis_land_on_their_worker),
		cmocka_unit_test(markers_and_short_datagrams_land_on_the_first),
		cmocka_unit_test(unreachable_datagrams_are_passed_over),
		cmocka_unit_test(run_that_the_kernel_refuses_is_cut),
		cmocka_unit_test(esp_lands_on_its_worker),
		cmocka_unit_test(esp_behind_ip_options_is_found),
		cmocka_unit_test(esp_without_an_spi_is_heard),
		cmocka_unit_test(poll_reports_what_is_ready),
		cmocka_unit_test(clocks_go_forward),
		cmocka_unit_test(random_octets_do_not_repeat),
	};

	return cmocka_run_group_tests_name("os_linux", tests, setup, NULL);
}
