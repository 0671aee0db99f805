/* Tests of the real operating system: datagrams, steering, TAP, readiness, random octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/wr.h"
#include "os/os.h"
#include "priv_act.h"
#include "test_net.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

static uint8_t rx_mem[OS_BATCH][65536];
static uint8_t tx_mem[65536];

static unsigned rx_from(int fd, struct os_rx *rx)
{
	const struct os *os = os_linux();

	for (unsigned i = 0; i < OS_BATCH; i++)
		rx[i] = (struct os_rx){.buf = rx_mem[i], .cap = sizeof(rx_mem[i])};
	return os->recv(os->ctx, fd, rx, OS_BATCH);
}

/* Sockets of a group on a free port. */
static uint16_t open_group(struct priv_result *r, uint16_t n, bool steer)
{
	struct priv_udp req = {.n = n, .steer_by_spi = steer};

	for (req.port = 41000; req.port < 42000; req.port++) {
		memset(r, 0, sizeof(*r));
		if (priv_net_open_udp(&req, r))
			return req.port;
	}
	fail_msg("no free port: %s", r->error);
	return 0;
}

static struct os_tx tx_to(const char *to, uint16_t port, size_t len, uint16_t gso_size)
{
	struct os_tx tx = {.buf = tx_mem, .len = len, .gso_size = gso_size};

	tx.flow.remote = (struct endpoint){ip_of(to), port};
	return tx;
}

static void fill_tx(void)
{
	for (size_t i = 0; i < sizeof(tx_mem); i++)
		tx_mem[i] = (uint8_t)(i * 7 + (i >> 8));
}

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
	wr_u32(&w, 0x77665501);
	assert_int_equal(os->send(os->ctx, out.fds[0], &tx, 1), 1);
	assert_int_equal(rx_from(r.fds[0], rx), 0);
	assert_int_equal(rx_from(r.fds[1], rx), 1);
	assert_int_equal(rx[0].offset, 28);
	assert_int_equal(rx[0].len, 60);
	assert_memory_equal(rx[0].buf + 28, tx_mem, 60);
	priv_close_fds(&r);
	priv_close_fds(&out);
}

/* ---- TAP ---- */

static const struct priv_tap tap_req = {
	.name = "sk-t",
	.host_ip = 0x0a090801,
	.prefix = 24,
	.queues = 2,
	.mtu = 1400,
	.mac = {2, 0, 0, 0, 0, 9},
};
static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 7};

/* The next frame of an Ethernet type, of either queue; its length with the header of
 * virtio, or 0. */
static size_t tap_frame(const struct priv_result *tap, uint16_t type, uint8_t *buf, size_t cap)
{
	const struct os *os = os_linux();

	for (int tries = 0; tries < 100; tries++) {
		for (unsigned q = 0; q < tap->n_fds; q++) {
			size_t n = os->tap_read(os->ctx, tap->fds[q], buf, cap);
			struct rd r = rd_of(buf, n);

			rd_skip(&r, 10 + 12);
			if (n && rd_u16(&r) == type)
				return n;
		}
		usleep(2000);
	}
	return 0;
}

static void answer_arp(const struct priv_result *tap, uint32_t ip)
{
	const struct os *os = os_linux();
	uint8_t vnet[10] = {0}, frame[42];
	struct wr w = wr_of(frame, sizeof(frame));
	struct iovec iov[2] = {{vnet, sizeof(vnet)}, {frame, sizeof(frame)}};

	wr_copy(&w, tap_req.mac, 6);
	wr_copy(&w, peer_mac, 6);
	wr_u16(&w, ETH_P_ARP);
	wr_u16(&w, 1);
	wr_u16(&w, 0x0800);
	wr_u16(&w, 0x0604);
	wr_u16(&w, 2);
	wr_copy(&w, peer_mac, 6);
	wr_u32(&w, ip);
	wr_copy(&w, tap_req.mac, 6);
	wr_u32(&w, tap_req.host_ip);
	assert_true(wr_ok(&w));
	assert_true(os->tap_write(os->ctx, tap->fds[1], iov, 2));
}

static void check_link(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {.ifr_name = "sk-t"};

	assert_int_equal(ioctl(s, SIOCGIFHWADDR, &ifr), 0);
	assert_memory_equal(ifr.ifr_hwaddr.sa_data, tap_req.mac, 6);
	assert_int_equal(ioctl(s, SIOCGIFMTU, &ifr), 0);
	assert_int_equal(ifr.ifr_mtu, 1400);
	assert_int_equal(ioctl(s, SIOCGIFTXQLEN, &ifr), 0);
	assert_int_equal(ifr.ifr_qlen, 4096);
	assert_int_equal(ioctl(s, SIOCGIFADDR, &ifr), 0);
	assert_int_equal(ntohl(((struct sockaddr_in *)(void *)&ifr.ifr_addr)->sin_addr.s_addr),
			 tap_req.host_ip);
	assert_int_equal(ioctl(s, SIOCGIFNETMASK, &ifr), 0);
	assert_int_equal(ntohl(((struct sockaddr_in *)(void *)&ifr.ifr_netmask)->sin_addr.s_addr),
			 0xffffff00);
	assert_int_equal(ioctl(s, SIOCGIFFLAGS, &ifr), 0);
	assert_true(ifr.ifr_flags & IFF_UP);
	close(s);
}

static void check_knob(const char *path, char want)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return; /* a kernel without IPv6 */
	assert_int_equal(read(fd, &c, 1), 1);
	assert_int_equal(c, want);
	close(fd);
}

/* UDP segmentation on TAP came with Linux 6.2. */
static bool kernel_has_uso(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	return uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 2));
}

static void tap_carries_super_packets(void **state)
{
	const struct os *os = os_linux();
	struct priv_result tap = {0}, a;
	struct os_tx tx;
	static uint8_t frame[65600];
	size_t n;

	(void)state;
	if (!own_net() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	if (!priv_tap_open(&tap_req, &tap))
		fail_msg("%s", tap.error);
	assert_int_equal(tap.n_fds, 2);
	check_link();
	check_knob("/proc/sys/net/ipv4/conf/sk-t/send_redirects", '0');
	check_knob("/proc/sys/net/ipv6/conf/sk-t/autoconf", '0');
	check_knob("/proc/sys/net/ipv6/conf/sk-t/addr_gen_mode", '1');
	check_knob("/proc/sys/net/ipv6/conf/sk-t/accept_ra", '0');
	open_group(&a, 1, false);
	tx = tx_to("10.9.8.2", 9, 20 * 1200, 1200);
	assert_int_equal(os->send(os->ctx, a.fds[0], &tx, 1), 1);
	assert_int_equal(tap_frame(&tap, ETH_P_ARP, frame, sizeof(frame)), 10 + 42);
	assert_memory_equal(frame + 10 + 6, tap_req.mac, 6);
	answer_arp(&tap, 0x0a090802);
	n = tap_frame(&tap, ETH_P_IP, frame, sizeof(frame));
	assert_memory_equal(frame + 10, peer_mac, 6);
	if (kernel_has_uso()) {
		assert_int_equal(n, 10 + 14 + 28 + 20 * 1200);
		assert_int_equal(frame[1], VIRTIO_NET_HDR_GSO_UDP_L4);
		assert_int_equal(frame[4] | frame[5] << 8, 1200); /* gso_size, little endian */
	} else {
		assert_int_equal(n, 10 + 14 + 28 + 1200);
	}
	priv_close_fds(&a);
	priv_close_fds(&tap);
	assert_int_equal(if_nametoindex("sk-t"), 0);
}

static void full_queue_makes_send_short(void **state)
{
	const struct os *os = os_linux();
	struct priv_result tap = {0}, a;
	struct os_tx tx[OS_BATCH];
	int small = 1;

	(void)state;
	if (!own_net() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	assert_true(priv_tap_open(&tap_req, &tap));
	open_group(&a, 1, false);
	assert_int_equal(setsockopt(a.fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	/* Nobody answers ARP: what is sent waits and fills the socket's buffer. */
	for (unsigned i = 0; i < OS_BATCH; i++)
		tx[i] = tx_to("10.9.8.50", 9, 1200, 0);
	assert_in_range(os->send(os->ctx, a.fds[0], tx, OS_BATCH), 1, OS_BATCH - 1);
	assert_int_equal(os->send(os->ctx, a.fds[0], tx, OS_BATCH), 0);
	priv_close_fds(&a);
	priv_close_fds(&tap);
}

static void tap_of_the_same_name_is_replaced(void **state)
{
	struct priv_result old = {0}, now = {0}, broken = {0};
	struct priv_tap lo = tap_req;
	char error[PRIV_ERROR];

	(void)state;
	if (!own_net() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	assert_true(priv_tap_open(&tap_req, &old));
	assert_true(priv_tap_open(&tap_req, &now));
	priv_close_fds(&old);
	assert_int_not_equal(if_nametoindex("sk-t"), 0);
	assert_true(priv_tap_delete("sk-t", error));
	assert_int_equal(if_nametoindex("sk-t"), 0);
	assert_true(priv_tap_delete("sk-t", error));
	priv_close_fds(&now);
	/* What is not a TAP is left alone. */
	strcpy(lo.name, "lo");
	assert_false(priv_tap_open(&lo, &broken));
	assert_string_equal(broken.error, "there is an interface lo that is not a TAP");
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
		print_message("not root: on the host's loopback, without TAP and ESP\n");
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
		cmocka_unit_test(tap_carries_super_packets),
		cmocka_unit_test(full_queue_makes_send_short),
		cmocka_unit_test(tap_of_the_same_name_is_replaced),
		cmocka_unit_test(poll_reports_what_is_ready),
		cmocka_unit_test(clocks_go_forward),
		cmocka_unit_test(random_octets_do_not_repeat),
	};

	return cmocka_run_group_tests_name("os_linux", tests, setup, NULL);
}
