/* Tests of the fake operating system: it must behave as os_linux does where tests rely on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rd.h"
#include "os/fake.h"
#include "test_net.h"

static struct fake *f;
static const struct os *os;
static uint8_t mem[65536];

static int setup(void **state)
{
	(void)state;
	f = fake_new(7);
	os = fake_os(f);
	return f ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	fake_free(f);
	return 0;
}

static unsigned recv1(int fd, struct os_rx *rx, size_t cap)
{
	*rx = (struct os_rx){.buf = mem, .cap = cap};
	return os->recv(os->ctx, fd, rx, 1);
}

static void time_moves_only_when_told(void **state)
{
	uint64_t now = os->now_ms(os->ctx), wall = os->wall_s(os->ctx);

	(void)state;
	assert_int_equal(os->now_ms(os->ctx), now);
	fake_advance(f, 2500);
	assert_int_equal(os->now_ms(os->ctx), now + 2500);
	assert_int_equal(os->wall_s(os->ctx), wall + 2);
}

static void same_seed_same_octets(void **state)
{
	struct fake *g = fake_new(7), *h = fake_new(8);
	uint8_t a[64], b[64], c[64];

	(void)state;
	os->random(os->ctx, a, 64);
	fake_os(g)->random(g, b, 64);
	fake_os(h)->random(h, c, 64);
	assert_memory_equal(a, b, 64);
	assert_memory_not_equal(a, c, 64);
	os->random(os->ctx, b, 64);
	assert_memory_not_equal(a, b, 64);
	fake_free(g);
	fake_free(h);
}

static void datagrams_arrive_and_wake_the_poll(void **state)
{
	struct flow flow = flow_of("10.0.0.1", 500, "192.0.2.5", 1234);
	int fd = fake_udp(f, flow.local), poll = os->poll_new(os->ctx), tag;
	struct os_ready ready[2];
	struct os_rx rx;

	(void)state;
	assert_true(os->poll_add(os->ctx, poll, fd, &tag));
	assert_false(os->poll_add(os->ctx, poll, fd, &tag));
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 2, -1), 0);
	assert_true(fake_push(f, fd, &flow, "hello", 5));
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 2, -1), 1);
	assert_ptr_equal(ready[0].tag, &tag);
	assert_int_equal(recv1(fd, &rx, 2), 1);
	assert_int_equal(rx.len, 0); /* longer than cap */
	assert_true(fake_push(f, fd, &flow, "hello", 5));
	assert_int_equal(recv1(fd, &rx, 100), 1);
	assert_int_equal(rx.len, 5);
	assert_memory_equal(rx.buf + rx.offset, "hello", 5);
	assert_true(endpoint_eq(&rx.flow.remote, &flow.remote));
	assert_true(endpoint_eq(&rx.flow.local, &flow.local));
	assert_int_equal(recv1(fd, &rx, 100), 0);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 2, -1), 0);
}

static void gro_joins_equal_sizes_of_one_flow(void **state)
{
	struct flow one = flow_of("10.0.0.1", 4500, "192.0.2.5", 1), two = one;
	int fd = fake_udp(f, one.local);
	static const size_t sizes[] = {100, 100, 100, 40, 100};
	struct os_rx rx;

	(void)state;
	two.remote.port = 2;
	fake_set_gro(f, fd, true);
	for (unsigned i = 0; i < 5; i++)
		assert_true(fake_push(f, fd, &one, mem, sizes[i]));
	assert_true(fake_push(f, fd, &two, mem, 100));
	assert_int_equal(recv1(fd, &rx, sizeof(mem)), 1);
	assert_int_equal(rx.len, 340); /* a short one ends the run */
	assert_int_equal(rx.gro_size, 100);
	assert_int_equal(recv1(fd, &rx, sizeof(mem)), 1);
	assert_int_equal(rx.len, 100);
	assert_int_equal(rx.gro_size, 0);
	assert_int_equal(recv1(fd, &rx, sizeof(mem)), 1);
	assert_int_equal(rx.flow.remote.port, 2);
	fake_set_gro(f, fd, false);
	assert_true(fake_push(f, fd, &one, mem, 100));
	assert_true(fake_push(f, fd, &one, mem, 100));
	assert_int_equal(recv1(fd, &rx, sizeof(mem)), 1);
	assert_int_equal(rx.len, 100);
}

static void runs_are_cut_and_full_queues_make_send_short(void **state)
{
	struct flow flow = flow_of("10.0.0.1", 4500, "192.0.2.5", 1);
	int fd = fake_udp(f, flow.local);
	struct os_tx tx = {.buf = mem, .len = 250, .gso_size = 100, .flow = flow};
	struct os_tx three[3] = {tx, tx, tx};
	const struct fake_packet *p;

	(void)state;
	for (unsigned i = 0; i < 250; i++)
		mem[i] = (uint8_t)i;
	assert_int_equal(os->send(os->ctx, fd, &tx, 1), 1);
	for (size_t i = 0; i < 3; i++) {
		p = fake_take(f, FAKE_ANY);
		assert_non_null(p);
		assert_int_equal(p->len, i < 2 ? 100 : 50);
		assert_memory_equal(p->p, mem + 100 * i, p->len);
		assert_int_equal(p->local_port, 4500);
		assert_true(endpoint_eq(&p->flow.remote, &flow.remote));
	}
	assert_null(fake_take(f, FAKE_ANY));
	fake_queue_max(f, fd, 7);
	assert_int_equal(os->send(os->ctx, fd, three, 3), 2);
	assert_non_null(fake_take(f, fd));
	assert_non_null(fake_take(f, fd));
	assert_int_equal(os->send(os->ctx, fd, three, 3), 1);
	fake_queue_max(f, fd, 0);
	assert_false(fake_push(f, fd, &flow, mem, 1));
}

static void sent_packets_come_out_in_order(void **state)
{
	struct flow flow = flow_of("10.0.0.1", 500, "192.0.2.5", 1);
	int a = fake_udp(f, flow.local), b = fake_esp(f);
	struct os_tx tx = {.buf = mem, .len = 1, .flow = flow};

	(void)state;
	assert_int_equal(os->send(os->ctx, b, &tx, 1), 1);
	assert_int_equal(os->send(os->ctx, a, &tx, 1), 1);
	assert_int_equal(os->send(os->ctx, b, &tx, 1), 1);
	assert_int_equal(fake_take(f, FAKE_ANY)->fd, b);
	assert_int_equal(fake_take(f, FAKE_ANY)->fd, a);
	assert_int_equal(fake_take(f, FAKE_ANY)->fd, b);
}

static void arrivals_are_steered_like_the_kernel_does(void **state)
{
	const struct priv_ops *priv = fake_priv(f);
	struct priv_udp req = {.port = 4500, .n = 3, .steer_by_spi = true};
	struct flow flow = flow_of("10.0.0.1", 4500, "192.0.2.5", 7);
	struct flow esp = flow_of("10.0.0.1", 0, "192.0.2.5", 0);
	uint8_t spi[8] = {9, 8, 7, 0};
	struct priv_result udp, raw;
	struct os_rx rx;

	(void)state;
	priv->open_udp(priv->ctx, &req, &udp);
	priv->open_esp(priv->ctx, &(struct ip_addr){0}, 2, &raw);
	assert_int_equal(udp.n_fds, 3);
	assert_int_equal(raw.n_fds, 2);
	for (uint8_t i = 0; i < 8; i++) {
		spi[3] = i;
		assert_int_equal(fake_arrive(f, &flow, spi, 8), udp.fds[(i & 3) < 3 ? i & 3 : 0]);
		assert_int_equal(fake_arrive(f, &esp, spi, 8), raw.fds[i & 1]);
	}
	assert_int_equal(fake_arrive(f, &flow, "\xff", 1), udp.fds[0]);
	flow.local.port = 1701;
	assert_int_equal(fake_arrive(f, &flow, spi, 8), -1);
	assert_int_equal(recv1(raw.fds[1], &rx, 100), 1);
	assert_int_equal(rx.offset, 20); /* behind the IPv4 header, as from the kernel */
	assert_int_equal(rx.len, 8);
	assert_int_equal(rx.buf[23], 1);
	assert_int_equal(rx.buf[9], 50);
	assert_true(ip_addr_eq(&rx.flow.remote.addr, &esp.remote.addr));
}

static void frames_keep_their_virtio_header(void **state)
{
	int fd = fake_tap(f);
	uint8_t vnet[FAKE_VNET] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, frame[60] = {0xaa};
	struct iovec iov[2] = {{vnet, sizeof(vnet)}, {frame, sizeof(frame)}};
	const struct fake_packet *p;

	(void)state;
	assert_int_equal(os->tap_read(os->ctx, fd, mem, sizeof(mem)), 0);
	assert_true(fake_tap_push(f, fd, vnet, frame, sizeof(frame)));
	assert_true(fake_tap_push(f, fd, NULL, frame, sizeof(frame)));
	assert_int_equal(os->tap_read(os->ctx, fd, mem, sizeof(mem)), 70);
	assert_memory_equal(mem, vnet, 10);
	assert_int_equal(mem[10], 0xaa);
	assert_int_equal(os->tap_read(os->ctx, fd, mem, sizeof(mem)), 70);
	assert_int_equal(mem[0], 0);
	assert_true(os->tap_write(os->ctx, fd, iov, 2));
	p = fake_take(f, fd);
	assert_non_null(p);
	assert_int_equal(p->len, 70);
	assert_memory_equal(p->p, vnet, 10);
	assert_memory_equal(p->p + 10, frame, 60);
	fake_queue_max(f, fd, 0);
	assert_false(os->tap_write(os->ctx, fd, iov, 2));
}

static void wakes_are_levels(void **state)
{
	int fd = os->wake_new(os->ctx), poll = os->poll_new(os->ctx), tag;
	struct os_ready ready[1];

	(void)state;
	assert_true(os->poll_add(os->ctx, poll, fd, &tag));
	os->wake(os->ctx, fd);
	os->wake(os->ctx, fd);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 1, -1), 1);
	os->wake_clear(os->ctx, fd);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 1, -1), 0);
	os->wake(os->ctx, fd);
	os->poll_del(os->ctx, poll, fd);
	assert_int_equal(os->poll_wait(os->ctx, poll, ready, 1, -1), 0);
	assert_int_equal(fake_open_count(f), 2);
	os->close(os->ctx, fd);
	os->close(os->ctx, poll);
	os->close(os->ctx, -1);
	assert_int_equal(fake_open_count(f), 0);
}

static void verbs_are_recorded_and_can_fail(void **state)
{
	const struct priv_ops *priv = fake_priv(f);
	struct priv_tap tap = {.name = "sk-a", .queues = 2, .mtu = 1400};
	struct priv_nat nat = {.tap = "sk-a", .net = 0x0a000000, .prefix = 24};
	struct priv_result r;
	char text[8] = "";

	(void)state;
	fake_fail(f, FAKE_OPEN_TAP, "no such luck");
	priv->open_tap(priv->ctx, &tap, &r);
	assert_false(r.ok);
	assert_string_equal(r.error, "no such luck");
	assert_int_equal(fake_open_count(f), 0);
	priv->open_tap(priv->ctx, &tap, &r);
	assert_true(r.ok);
	assert_int_equal(r.n_fds, 2);
	priv->nat_on(priv->ctx, &nat, &r);
	priv->nat_off(priv->ctx, "sk-a", &r);
	assert_int_equal(fake_call(f, 0)->verb, FAKE_OPEN_TAP);
	assert_false(fake_call(f, 0)->ok);
	assert_int_equal(fake_call(f, 1)->tap.queues, 2);
	assert_int_equal(fake_call(f, 2)->nat.prefix, 24);
	assert_string_equal(fake_call(f, 3)->nat.tap, "sk-a");
	assert_null(fake_call(f, 4));
	assert_true(fake_set_config(f, "hub x"));
	priv->read_config(priv->ctx, &r);
	assert_int_equal(r.n_fds, 1);
	assert_int_equal(read(r.fds[0], text, sizeof(text)), 5);
	assert_memory_equal(text, "hub x", 5);
	close(r.fds[0]);
	priv->save_config(priv->ctx, "hub yz", 5, &r);
	assert_string_equal(fake_saved_config(f), "hub y");
}

static void interfaces_are_as_the_test_says(void **state)
{
	const struct priv_ops *priv = fake_priv(f);
	struct priv_bridge to = {.interface = "eth1", .tap = "sk-a", .queues = 2};
	uint8_t frame[60] = {1};
	struct priv_result r;

	(void)state;
	priv->look_bridge(priv->ctx, "eth1", &r);
	assert_true(r.ok);
	assert_int_equal(r.index, FAKE_INTERFACE_INDEX);
	priv->open_bridge(priv->ctx, &to, &r);
	assert_true(r.ok);
	assert_int_equal(r.index, FAKE_INTERFACE_INDEX);
	assert_int_equal(r.n_fds, 2);
	assert_true(fake_tap_push(f, r.fds[1], NULL, frame, sizeof(frame)));
	assert_int_equal(os->tap_read(os->ctx, r.fds[1], mem, sizeof(mem)), FAKE_VNET + 60);
	assert_true(fake_interface(f, "eth1", 0, true));
	priv->look_bridge(priv->ctx, "eth1", &r);
	assert_string_equal(r.error, "there is no interface eth1: `ip link` shows those of this "
				     "host");
	assert_int_equal(r.index, 0);
	assert_true(fake_interface(f, "eth1", 7, false));
	priv->look_bridge(priv->ctx, "eth1", &r);
	assert_false(r.ok);
	assert_int_equal(r.index, 7);
	priv->open_bridge(priv->ctx, &to, &r);
	assert_false(r.ok);
	assert_int_equal(r.n_fds + r.index, 0);
	assert_non_null(strstr(r.error, "interface eth1 is down"));
	assert_true(fake_interface(f, "eth1", 7, true));
	priv->look_bridge(priv->ctx, "eth1", &r);
	assert_true(r.ok);
	assert_int_equal(r.index, 7);
	priv->list_bridges(priv->ctx, &r);
	assert_true(r.ok);
	assert_int_equal(read(r.fds[0], mem, sizeof(mem)), 5);
	assert_memory_equal(mem, "eth1\n", 5);
	close(r.fds[0]);
	fake_fail(f, FAKE_LOOK_BRIDGE, "no such luck");
	priv->look_bridge(priv->ctx, "eth1", &r);
	assert_string_equal(r.error, "no such luck");
	assert_true(fake_call(f, 0)->ok);
	assert_string_equal(fake_call(f, 0)->bridge.interface, "eth1");
	assert_int_equal(fake_call(f, 1)->verb, FAKE_OPEN_BRIDGE);
	assert_false(fake_call(f, 1)->ok);
	assert_int_equal(fake_call(f, 2)->verb, FAKE_LIST_BRIDGES);
	assert_null(fake_call(f, 3));
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(time_moves_only_when_told),
		T(same_seed_same_octets),
		T(datagrams_arrive_and_wake_the_poll),
		T(gro_joins_equal_sizes_of_one_flow),
		T(runs_are_cut_and_full_queues_make_send_short),
		T(sent_packets_come_out_in_order),
		T(arrivals_are_steered_like_the_kernel_does),
		T(frames_keep_their_virtio_header),
		T(wakes_are_levels),
		T(verbs_are_recorded_and_can_fail),
		T(interfaces_are_as_the_test_says),
	};

	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}
