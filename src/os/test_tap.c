/* Tests of the TAP: what the monitor makes, and what goes through it. */
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
#include <sys/utsname.h>

#include "base/wr.h"
#include "os/os.h"
#include "priv_act.h"
#include "test_sockets.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

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

/* ---- IPv6 of a hub ---- */

static const uint8_t hub_mac[6] = {0x5e, 0, 0, 0, 0, 1};
static const uint8_t hub_link[16] = {0xfe, 0x80, [15] = 2};

/* The neighbour advertisement that says fe80::2 is at hub_mac. */
static void answer_nd(const struct priv_result *tap, const uint8_t to[16])
{
	const struct os *os = os_linux();
	uint8_t vnet[10] = {0}, frame[14 + 40 + 32];
	struct wr w = wr_of(frame, sizeof(frame));
	struct iovec iov[2] = {{vnet, sizeof(vnet)}, {frame, sizeof(frame)}};
	uint32_t sum = 32 + 58;

	wr_copy(&w, tap_req.mac, 6);
	wr_copy(&w, hub_mac, 6);
	wr_u16(&w, ETH_P_IPV6);
	wr_u32(&w, 0x60000000);
	wr_u16(&w, 32);
	wr_u16(&w, 58 << 8 | 255);
	wr_copy(&w, hub_link, 16);
	wr_copy(&w, to, 16);
	wr_u32(&w, 0x88000000);
	wr_u32(&w, 0xe0000000);
	wr_copy(&w, hub_link, 16);
	wr_u16(&w, 0x0201);
	wr_copy(&w, hub_mac, 6);
	assert_true(wr_ok(&w));
	for (size_t i = 14 + 8; i < sizeof(frame); i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~((sum >> 16) + sum);
	frame[14 + 40 + 2] = (uint8_t)(sum >> 8);
	frame[14 + 40 + 3] = (uint8_t)sum;
	assert_true(os->tap_write(os->ctx, tap->fds[0], iov, 2));
}

/* Does the host ask for fe80::2, and from which of its addresses? */
static bool asks_for_the_hub(const struct priv_result *tap, uint8_t *frame, size_t cap,
			     uint8_t from[16])
{
	size_t n;

	while ((n = tap_frame(tap, ETH_P_IPV6, frame, cap)))
		if (n == 10 + 14 + 40 + 32 && frame[10 + 14 + 40] == 135) {
			memcpy(from, frame + 10 + 14 + 8, 16);
			return memcmp(frame + 10 + 14 + 48, hub_link, 16) == 0;
		}
	return false;
}

/* The next UDP packet; its length with all headers. The kernel puts the routes of a new
 * address up a moment later, so an answer to it may be lost: once more then. */
static size_t udp6_frame(const struct priv_result *tap, uint8_t *frame, size_t cap,
			 const uint8_t host[16])
{
	size_t n = 0;

	for (unsigned tries = 0; tries < 10 && !n; tries++) {
		answer_nd(tap, host);
		do
			n = tap_frame(tap, ETH_P_IPV6, frame, cap);
		while (n && frame[10 + 14 + 6] != 17);
	}
	return n;
}

static void send_udp6(const char *to)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	int s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET6, to, &at.sin6_addr), 1);
	assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)), 1);
	close(s);
}

/* Everything of the prefix but the host's own /64 goes to fe80::2, whatever is asked for. */
static void ipv6_goes_by_one_next_hop(void **state)
{
	struct priv_tap req = tap_req;
	struct priv_result tap = {0};
	static uint8_t frame[65600];
	uint8_t host[16];

	(void)state;
	req.net6 = UINT64_C(0x20010db800010000);
	req.prefix6 = 48;
	if (!own_net() || access("/dev/net/tun", R_OK | W_OK) != 0 ||
	    access("/proc/sys/net/ipv6", F_OK) != 0)
		skip();
	if (!priv_tap_open(&req, &tap))
		fail_msg("%s", tap.error);
	send_udp6("2001:db8:1:7::99");
	assert_true(asks_for_the_hub(&tap, frame, sizeof(frame), host));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(udp6_frame(&tap, frame, sizeof(frame), host), 10 + 14 + 40 + 9);
		assert_memory_equal(frame + 10, hub_mac, 6);
		send_udp6("2001:db8:1:ffff::1"); /* known already */
	}
	priv_close_fds(&tap);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap_carries_super_packets),
		cmocka_unit_test(ipv6_goes_by_one_next_hop),
		cmocka_unit_test(full_queue_makes_send_short),
		cmocka_unit_test(tap_of_the_same_name_is_replaced),
	};

	return cmocka_run_group_tests_name("tap", tests, NULL, NULL);
}
