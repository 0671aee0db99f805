/* Tests of a hub's way into a segment: packet sockets on an interface, a port of a Linux bridge,
 * and what goes through them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>

#include "base/wr.h"
#include "os/os.h"
#include "priv_act.h"
#include "priv_link.h"
#include "test_net.h"

#define VNET    10
#define TYPE    0x88b5 /* local experimental (IEEE 802) */
#define SEGMENT 1200
#define PIECES  20

static const struct priv_bridge nic = {.interface = "ka", .tap = "sk-t", .queues = 2};
static const struct priv_bridge port = {.interface = "kbr", .tap = "sk-t", .queues = 2};
static const uint8_t us[6] = {2, 0, 0, 0, 0, 1}, them[6] = {2, 0, 0, 0, 0, 2};

static const struct os *os;
static struct priv_result way, peer; /* ours on ka or kbr, and a socket on kb */
static uint8_t out[65600], in[65600];

static void ip_tool(const char *args)
{
	char line[256];

	snprintf(line, sizeof(line), "/usr/sbin/ip %s", args);
	if (system(line) != 0)
		fail_msg("%s", line);
}

static void one_end(const char *name)
{
	priv_link_knob("ipv6", name, "disable_ipv6", "1");
	assert_true(link_set(name, SIOCSIFFLAGS, IFF_UP));
}

static bool can(void)
{
	return own_net() && access("/usr/sbin/ip", X_OK) == 0;
}

/* A wire from ka to kb, with a socket on kb. */
static int setup(void **state)
{
	struct priv_link link;

	(void)state;
	if (!can())
		return 0;
	os = os_linux();
	memset(&way, 0, sizeof(way));
	memset(&peer, 0, sizeof(peer));
	ip_tool("link add ka address 02:00:00:00:00:0a type veth peer name kb");
	one_end("ka");
	one_end("kb");
	assert_true(priv_link_look("kb", &link, peer.error));
	assert_true(priv_packet_open("kb", link.index, 1, &peer));
	return 0;
}

static void close_all(struct priv_result *r)
{
	while (r->n_fds)
		os->close(os->ctx, r->fds[--r->n_fds]);
}

static int teardown(void **state)
{
	(void)state;
	if (!can())
		return 0;
	close_all(&way);
	close_all(&peer);
	if (if_nametoindex("ka"))
		ip_tool("link del ka");
	if (if_nametoindex("kbr"))
		ip_tool("link del kbr");
	return 0;
}

static void open_way(const struct priv_bridge *req)
{
	bool is_port;

	if (!priv_bridge_open(req, &is_port, &way))
		fail_msg("%s", way.error);
	assert_int_equal(way.n_fds, req->queues);
	assert_int_equal(way.index, if_nametoindex(req->interface));
	assert_int_equal(is_port, req == &port);
}

/* ---- frames ---- */

static struct virtio_net_hdr header_of(const uint8_t *buf)
{
	struct virtio_net_hdr h;

	memcpy(&h, buf, VNET);
	return h;
}

/* Addresses and tags; what follows begins with the type. */
static struct wr frame_begin(const uint8_t *to, const uint8_t *from, const uint32_t *tags,
			     unsigned n_tags)
{
	struct wr w = wr_of(out, sizeof(out));

	wr_zero(&w, VNET);
	wr_copy(&w, to, 6);
	wr_copy(&w, from, 6);
	for (unsigned i = 0; i < n_tags; i++)
		wr_u32(&w, tags[i]);
	return w;
}

static size_t plain_frame(const uint8_t *to, const uint8_t *from, uint8_t what)
{
	struct wr w = frame_begin(to, from, NULL, 0);

	wr_u16(&w, TYPE);
	wr_u8(&w, what);
	wr_zero(&w, 60);
	assert_true(wr_ok(&w));
	return w.len;
}

/* One's complement sum. */
static uint16_t sum_of(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

static void ipv4(struct wr *w, uint8_t proto, uint32_t from, size_t len)
{
	size_t at = w->len + 2;

	wr_u16(w, ETH_P_IP);
	wr_u16(w, 0x4500);
	wr_u16(w, (uint16_t)(20 + len));
	wr_u32(w, 0);
	wr_u8(w, 64);
	wr_u8(w, proto);
	wr_u16(w, 0);
	wr_u32(w, from);
	wr_u32(w, 0x0a000002);
	assert_true(wr_ok(w));
	wr_put16(w, at + 10, (uint16_t)~sum_of(w->buf + at, 20, 0));
}

/* Of a TCP segment with its pseudo header, or of the latter alone. */
static uint16_t tcp_sum(const uint8_t *ip, size_t ip_len, size_t sum_len)
{
	return sum_of(ip + 12, sum_len - 12, IPPROTO_TCP + (uint32_t)(ip_len - 20));
}

/* TCP whose checksum the kernel is to complete, cut into segments when it has more than one. */
static size_t tcp_frame(const uint32_t *tags, unsigned n_tags, size_t payload)
{
	struct wr w = frame_begin(us, them, tags, n_tags);
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)(34 + 4 * n_tags),
		.csum_offset = 16,
	};

	if (payload > SEGMENT) {
		h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		h.gso_size = SEGMENT;
		h.hdr_len = (uint16_t)(54 + 4 * n_tags);
	}
	ipv4(&w, IPPROTO_TCP, 0x0a000001, 20 + payload);
	wr_u32(&w, 1000 << 16 | 2000);
	wr_u32(&w, 1);
	wr_u32(&w, 1);
	wr_u32(&w, 0x50100000 | 0xffff);
	wr_u32(&w, 0);
	for (size_t i = 0; i < payload; i++)
		wr_u8(&w, (uint8_t)(i * 7 + (i >> 8)));
	assert_true(wr_ok(&w));
	wr_put16(&w, VNET + h.csum_start + 16u,
		 tcp_sum(out + VNET + h.csum_start - 20, 40 + payload, 20));
	memcpy(out, &h, VNET);
	return w.len;
}

static bool write_to(int fd, size_t len)
{
	struct iovec iov[2] = {{out, VNET}, {out + VNET, len - VNET}};

	return os->tap_write(os->ctx, fd, iov, 2);
}

/* The next frame of a type, with its header of virtio; 0: none comes. What hosts tell a group is
 * passed over. */
static size_t next(const struct priv_result *from, uint16_t type, unsigned wait_ms, unsigned *queue)
{
	for (unsigned ms = 0; ms <= wait_ms; ms++) {
		for (unsigned q = 0; q < from->n_fds; q++) {
			size_t n = os->tap_read(os->ctx, from->fds[q], in, sizeof(in));

			if (queue)
				*queue = q;
			if (n && !(in[VNET] & 1) && (in[VNET + 12] << 8 | in[VNET + 13]) == type)
				return n;
		}
		usleep(1000);
	}
	return 0;
}

/* What was written as out is what comes, once. */
static void comes_whole(const struct priv_result *to, uint16_t type, size_t len)
{
	struct virtio_net_hdr want = header_of(out), got;

	assert_int_equal(next(to, type, 500, NULL), len);
	got = header_of(in);
	assert_int_equal(got.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, want.flags);
	assert_int_equal(got.gso_type, want.gso_type);
	assert_int_equal(got.gso_size, want.gso_size);
	if (want.flags) {
		assert_int_equal(got.csum_start, want.csum_start);
		assert_int_equal(got.csum_offset, want.csum_offset);
	}
	if (want.gso_type)
		assert_in_range(got.hdr_len, want.hdr_len, len);
	assert_memory_equal(in + VNET, out + VNET, len - VNET);
	assert_int_equal(next(to, type, 5, NULL), 0);
}

static void goes_both_ways(uint16_t type, size_t len)
{
	assert_true(write_to(peer.fds[0], len));
	comes_whole(&way, type, len);
	assert_true(write_to(way.fds[1], len));
	comes_whole(&peer, type, len);
}

/* ---- an interface ---- */

static void frames_go_both_ways_and_not_back(void **state)
{
	size_t len;
	int s;

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	assert_int_equal(if_nametoindex("sk-t"), 0);
	len = plain_frame(them, us, 1);
	goes_both_ways(TYPE, len);
	assert_int_equal(next(&way, TYPE, 20, NULL), 0);
	/* Nor does what another program of this host sends there. */
	s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_int_equal(sendto(s, out + VNET, len - VNET, 0,
				(struct sockaddr *)&(struct sockaddr_ll){
					.sll_family = AF_PACKET, .sll_ifindex = (int)way.index},
				sizeof(struct sockaddr_ll)),
			 len - VNET);
	close(s);
	comes_whole(&peer, TYPE, len);
	assert_int_equal(next(&way, TYPE, 20, NULL), 0);
	ip_tool("-d link show ka | grep -q 'promiscuity 2'");
}

/* The tunnels' own packets come by the same interface, maybe. */
static void what_is_for_the_host_is_not_copied(void **state)
{
	struct ifreq ifr = {.ifr_name = "ka"};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len;

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	assert_int_equal(ioctl(s, SIOCGIFHWADDR, &ifr), 0);
	close(s);
	assert_true(write_to(peer.fds[0],
			     plain_frame((const uint8_t *)ifr.ifr_hwaddr.sa_data, them, 1)));
	len = plain_frame(us, them, 2);
	assert_true(write_to(peer.fds[0], len));
	comes_whole(&way, TYPE, len);
	assert_int_equal(next(&way, TYPE, 20, NULL), 0);
}

/* Each frame once, those of a flow on one queue, and both queues have some. */
static void flows_are_spread(void **state)
{
	unsigned of_queue[2] = {0}, first, second;

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	for (uint32_t i = 0; i < 64; i++) {
		struct wr w = frame_begin(us, them, NULL, 0);

		ipv4(&w, IPPROTO_UDP, 0x0a000100 + i, 8);
		wr_u32(&w, 1000 << 16 | 2000);
		wr_u32(&w, 8 << 16);
		assert_true(write_to(peer.fds[0], w.len));
		assert_int_equal(next(&way, ETH_P_IP, 500, &first), w.len);
		assert_int_equal(next(&way, ETH_P_IP, 0, NULL), 0);
		assert_true(write_to(peer.fds[0], w.len));
		assert_int_equal(next(&way, ETH_P_IP, 500, &second), w.len);
		assert_int_equal(first, second);
		of_queue[first]++;
	}
	assert_in_range(of_queue[0], 8, 56);
}

static void tags_are_kept(void **state)
{
	static const uint32_t one[] = {0x81006005}, two[] = {0x88a80007, 0x81000009};

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	goes_both_ways(ETH_P_8021Q, tcp_frame(one, 1, 1000));
	goes_both_ways(ETH_P_8021AD, tcp_frame(two, 2, 1000));
	goes_both_ways(ETH_P_IP, tcp_frame(NULL, 0, 1000));
}

static void super_packets_are_kept(void **state)
{
	static const uint32_t tag[] = {0x81000005};

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	goes_both_ways(ETH_P_IP, tcp_frame(NULL, 0, PIECES * SEGMENT));
	goes_both_ways(ETH_P_8021Q, tcp_frame(tag, 1, PIECES * SEGMENT));
}

static void switch_off(const char *name, uint32_t what)
{
	struct ethtool_value off = {.cmd = what};
	struct ifreq ifr = {0};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = (void *)&off;
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), 0);
	close(s);
}

/* A card that cannot cut and cannot sum: the kernel does it before. */
static void super_packets_are_cut_for_a_plain_card(void **state)
{
	size_t len;

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	switch_off("ka", ETHTOOL_STSO);
	switch_off("ka", ETHTOOL_STXCSUM);
	len = tcp_frame(NULL, 0, PIECES * SEGMENT);
	assert_true(write_to(way.fds[0], len));
	for (unsigned i = 0; i < PIECES; i++) {
		assert_int_equal(next(&peer, ETH_P_IP, 500, NULL), VNET + 54 + SEGMENT);
		assert_int_equal(header_of(in).gso_type, VIRTIO_NET_HDR_GSO_NONE);
		assert_int_equal(header_of(in).flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
		assert_int_equal(tcp_sum(in + VNET + 14, 40 + SEGMENT, 40 + SEGMENT), 0xffff);
		assert_memory_equal(in + VNET + 54, out + VNET + 54 + i * SEGMENT, SEGMENT);
	}
	assert_int_equal(next(&peer, ETH_P_IP, 5, NULL), 0);
}

/* A frame that does not fit the reader is passed over, not cut. */
static void what_does_not_fit_is_lost_whole(void **state)
{
	size_t len;

	(void)state;
	if (!can())
		skip();
	open_way(&(struct priv_bridge){.interface = "ka", .tap = "sk-t", .queues = 1});
	assert_true(write_to(peer.fds[0], tcp_frame(NULL, 0, 1400)));
	len = plain_frame(us, them, 3);
	assert_true(write_to(peer.fds[0], len));
	usleep(20000);
	assert_int_equal(os->tap_read(os->ctx, way.fds[0], in, 1000), len);
	assert_int_equal(in[VNET + 14], 3);
}

/* ---- down, up and away ---- */

static unsigned ready(int poll)
{
	struct os_ready r[8];

	return os->poll_wait(os->ctx, poll, r, 8, 0);
}

/* Reads until nothing is ready: a few times, not for ever. */
static void settles(int poll)
{
	unsigned rounds = 0;

	usleep(20000);
	for (; ready(poll) && rounds < 10; rounds++)
		for (unsigned q = 0; q < way.n_fds; q++)
			os->tap_read(os->ctx, way.fds[q], in, sizeof(in));
	assert_in_range(rounds, 0, 9);
}

static int watched(void)
{
	int poll = os->poll_new(os->ctx);

	for (unsigned q = 0; q < way.n_fds; q++)
		assert_true(os->poll_add(os->ctx, poll, way.fds[q], &way.fds[q]));
	return poll;
}

/* The kernel takes a moment until a link that came up carries frames. */
static void carries_again(const struct priv_result *from, const struct priv_result *to, size_t len)
{
	unsigned tries = 0;

	do
		assert_true(++tries < 100 && write_to(from->fds[0], len));
	while (!next(to, TYPE, 20, NULL));
	while (next(to, TYPE, 20, NULL))
		;
}

static void down_up_and_away(void **state)
{
	size_t len;
	int poll;

	(void)state;
	if (!can())
		skip();
	open_way(&nic);
	poll = watched();
	assert_true(link_set("ka", SIOCSIFFLAGS, 0));
	assert_int_not_equal(ready(poll), 0);
	settles(poll);
	len = plain_frame(us, them, 1);
	assert_false(write_to(way.fds[0], len));
	assert_true(link_set("ka", SIOCSIFFLAGS, IFF_UP));
	carries_again(&peer, &way, len);
	carries_again(&way, &peer, len);
	goes_both_ways(TYPE, len);
	ip_tool("link del ka");
	settles(poll);
	assert_false(write_to(way.fds[0], len));
	assert_int_equal(ready(poll), 0);
	os->close(os->ctx, poll);
}

static void a_removed_tap_is_silent(void **state)
{
	char error[PRIV_ERROR];
	int poll;

	(void)state;
	if (!can() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	assert_true(priv_tap_queues("sk-t", 2, &way));
	poll = watched();
	assert_true(priv_tap_delete("sk-t", error));
	assert_int_not_equal(ready(poll), 0);
	settles(poll);
	assert_false(write_to(way.fds[0], plain_frame(us, them, 1)));
	os->close(os->ctx, poll);
}

static void send_udp(in_addr_t to)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {to}};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)), 1);
	close(s);
}

/* A number that was a TAP queue's and is a packet socket's now, and the other way round. */
static void a_number_is_learned_anew(void **state)
{
	static const uint32_t tag[] = {0x81000005};
	int was;

	(void)state;
	if (!can() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	assert_true(priv_tap_queues("sk-t", 1, &way));
	was = way.fds[0];
	assert_int_equal(os->tap_read(os->ctx, was, in, sizeof(in)), 0);
	close_all(&way);
	open_way(&nic);
	assert_int_equal(way.fds[0], was);
	goes_both_ways(ETH_P_8021Q, tcp_frame(tag, 1, 100));
	close_all(&way);
	assert_true(priv_tap_queues("sk-t", 1, &way));
	assert_int_equal(way.fds[0], was);
	priv_link_knob("ipv6", "sk-t", "disable_ipv6", "1");
	assert_true(link_set("sk-t", SIOCSIFFLAGS, IFF_UP));
	ip_tool("addr add 10.99.0.1/24 dev sk-t");
	ip_tool("neigh add 10.99.0.2 lladdr 02:00:00:00:00:09 dev sk-t");
	send_udp(htonl(0x0a630002));
	assert_int_not_equal(next(&way, ETH_P_IP, 100, NULL), 0);
}

/* ---- a Linux bridge ---- */

static void bridge_mac(uint8_t mac[6])
{
	struct ifreq ifr = {.ifr_name = "kbr"};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(s, SIOCGIFHWADDR, &ifr), 0);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(s);
}

static void a_bridge_gets_a_port(void **state)
{
	struct priv_link link, tap;
	uint8_t before[6], after[6];
	char error[PRIV_ERROR];

	(void)state;
	if (!can() || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	ip_tool("link set ka mtu 1400");
	ip_tool("link add kbr type bridge");
	ip_tool("link set ka master kbr");
	one_end("kbr");
	bridge_mac(before);
	open_way(&port);
	bridge_mac(after);
	assert_memory_equal(before, after, 6);
	assert_true(priv_link_look("kbr", &link, error) && link.bridge);
	assert_true(priv_link_look("sk-t", &tap, error));
	assert_int_equal(link.mtu, 1400);
	assert_int_equal(tap.mtu, 1400);
	assert_true(tap.flags & IFF_UP);
	ip_tool("link show sk-t | grep -q 'master kbr'");
	ip_tool("addr show sk-t | grep -q inet && exit 1 || exit 0");
	goes_both_ways(TYPE, plain_frame(us, them, 1));
	goes_both_ways(ETH_P_IP, tcp_frame(NULL, 0, PIECES * SEGMENT));
	/* The bridge knows who is where: what stays on the wire does not come. */
	assert_true(write_to(peer.fds[0], plain_frame(us, them, 2)));
	comes_whole(&way, TYPE, VNET + 14 + 61);
	assert_true(write_to(peer.fds[0], plain_frame(them, us, 3)));
	assert_int_equal(next(&way, TYPE, 20, NULL), 0);
	/* Closed, it is no port any more. */
	close_all(&way);
	assert_int_equal(if_nametoindex("sk-t"), 0);
	ip_tool("link del kbr");
}

/* ---- looks and refusals ---- */

static const char *refused(const char *interface)
{
	struct priv_bridge req = {.tap = "sk-t", .queues = 1};
	static struct priv_result r;
	bool is_port;

	memset(&r, 0, sizeof(r));
	snprintf(req.interface, sizeof(req.interface), "%s", interface);
	assert_false(priv_bridge_open(&req, &is_port, &r));
	assert_false(r.ok);
	assert_int_equal(r.n_fds, 0);
	assert_int_equal(r.index, 0);
	return r.error;
}

static void what_is_no_segment_is_refused(void **state)
{
	(void)state;
	if (!can())
		skip();
	assert_string_equal(refused("k9"), "there is no interface k9: `ip link` shows those of "
					   "this host");
	assert_string_equal(refused("lo"), "lo is no Ethernet interface: a hub is bridged to a "
					   "network card or to a Linux bridge");
	assert_true(link_set("ka", SIOCSIFFLAGS, 0));
	assert_string_equal(refused("ka"),
			    "interface ka is down: `ip link set ka up` switches it on");
	if (access("/dev/net/tun", R_OK | W_OK) != 0)
		return;
	ip_tool("tuntap add mode tun name ktun");
	ip_tool("link set ktun up");
	assert_string_equal(refused("ktun"), "ktun is no Ethernet interface: a hub is bridged to a "
					     "network card or to a Linux bridge");
	ip_tool("link del ktun");
}

/* "" when it is ready, else why not. */
static const char *looked(const char *interface)
{
	static struct priv_result r;

	memset(&r, 0, sizeof(r));
	priv_bridge_look(interface, &r);
	assert_int_equal(r.index, if_nametoindex(interface));
	assert_int_equal(r.ok, r.error[0] == '\0');
	return r.error;
}

static bool runs(const char *name)
{
	struct priv_link link;
	char error[PRIV_ERROR];

	return priv_link_look(name, &link, error) && (link.flags & IFF_RUNNING);
}

static void looks_tell_what_is_missing(void **state)
{
	(void)state;
	if (!can())
		skip();
	assert_string_equal(looked("ka"), "");
	assert_true(link_set("kb", SIOCSIFFLAGS, 0));
	assert_string_equal(looked("ka"), "interface ka has no link: is its cable plugged in, and "
					  "the other end on?");
	assert_true(link_set("kb", SIOCSIFFLAGS, IFF_UP));
	assert_string_equal(looked("ka"), "");
	assert_true(link_set("ka", SIOCSIFFLAGS, 0));
	assert_non_null(strstr(looked("ka"), "is down"));
	assert_non_null(strstr(looked("k9"), "there is no interface k9"));
	ip_tool("link add kbr type bridge");
	assert_non_null(strstr(looked("kbr"), "is down"));
	assert_true(link_set("kbr", SIOCSIFFLAGS, IFF_UP));
	assert_string_equal(looked("kbr"), "");
	/* Its only port has no link, so it has none, and is ready none the less. */
	assert_true(link_set("kb", SIOCSIFFLAGS, 0));
	ip_tool("link set ka master kbr up");
	for (unsigned ms = 0; ms < 5000 && runs("kbr"); ms++)
		usleep(1000);
	assert_false(runs("kbr"));
	assert_string_equal(looked("kbr"), "");
	ip_tool("link del kbr");
}

/* Ethernet, up or not; not the loopback, our own TAPs or a tunnel. */
static void the_interfaces_are_listed(void **state)
{
	struct priv_result list = {0};
	char text[200] = "";

	(void)state;
	if (!can())
		skip();
	ip_tool("link add kbr type bridge");
	ip_tool("tuntap add sk-k mode tap");
	ip_tool("tuntap add k-tun mode tun");
	if (!priv_bridge_list(&list))
		fail_msg("%s", list.error);
	assert_int_equal(list.n_fds, 1);
	assert_true(pread(list.fds[0], text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "ka\n"));
	assert_non_null(strstr(text, "kb\n"));
	assert_non_null(strstr(text, "kbr\n"));
	assert_null(strstr(text, "sk-k"));
	assert_null(strstr(text, "k-tun"));
	assert_null(strstr(text, "lo\n"));
	close_all(&list);
	ip_tool("link del sk-k");
	ip_tool("link del k-tun");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(frames_go_both_ways_and_not_back),
		T(what_is_for_the_host_is_not_copied),
		T(flows_are_spread),
		T(tags_are_kept),
		T(super_packets_are_kept),
		T(super_packets_are_cut_for_a_plain_card),
		T(what_does_not_fit_is_lost_whole),
		T(down_up_and_away),
		T(a_removed_tap_is_silent),
		T(a_number_is_learned_anew),
		T(a_bridge_gets_a_port),
		T(what_is_no_segment_is_refused),
		T(looks_tell_what_is_missing),
		T(the_interfaces_are_listed),
	};

	return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
