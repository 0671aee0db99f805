/*
 * The floor of the TAP: what a packet of a super-packet costs a process that reads them from a
 * TAP, or writes them to one, and does nothing else. bench/run runs it in the namespace of the
 * servers under test.
 *
 *	bench_tap read OCTETS SEGMENTS SECONDS CPU
 *	bench_tap write OCTETS SEGMENTS SECONDS
 *
 * OCTETS: IP length of each packet; SEGMENTS: packets in a super-packet. read: a second process on
 * processor CPU has the kernel route UDP super-packets to the TAP as fast as it can. write: TCP
 * super-packets to an address that the kernel has no way to, so that it drops them when it has
 * looked for one. Prints one JSON object: packets, and nanoseconds of CPU time of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef TUN_F_USO4 /* in Debian 12's headers not yet */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define DEVICE    "floor0"
#define HERE      "10.254.0.1"
#define NEIGHBOUR "10.254.0.2"
#define NOWHERE   "240.0.0.1" /* class E: no route, martian */
#define ETH_LEN   14
#define BUF       (sizeof(struct virtio_net_hdr) + ETH_LEN + 65536)

static uint8_t buf[BUF];

static void fail(const char *what)
{
	fprintf(stderr, "bench_tap: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static unsigned number(const char *text, unsigned long most)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (n > most) {
		fprintf(stderr, "bench_tap: %s: at most %lu\n", text, most);
		exit(2);
	}
	return (unsigned)n;
}

static struct sockaddr_in address(const char *text, unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

/* An address, up, and a neighbour that needs no ARP; mac: the device's own. */
static void configure(uint8_t mac[6])
{
	static const uint8_t theirs[6] = {2, 0, 0, 0, 0, 2};
	struct ifreq ifr = {.ifr_name = DEVICE};
	struct sockaddr_in here = address(HERE, 0), there = address(NEIGHBOUR, 0),
			   mask = address("255.255.255.0", 0);
	struct arpreq arp = {.arp_flags = ATF_PERM | ATF_COM, .arp_dev = DEVICE};
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	memcpy(&ifr.ifr_addr, &here, sizeof(here));
	if (ioctl(s, SIOCSIFADDR, &ifr))
		fail("address");
	memcpy(&ifr.ifr_netmask, &mask, sizeof(mask));
	if (ioctl(s, SIOCSIFNETMASK, &ifr))
		fail("mask");
	ifr.ifr_flags = IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &ifr))
		fail("up");
	memcpy(&arp.arp_pa, &there, sizeof(there));
	memcpy(arp.arp_ha.sa_data, theirs, sizeof(theirs));
	arp.arp_ha.sa_family = ARPHRD_ETHER;
	if (ioctl(s, SIOCSARP, &arp))
		fail("neighbour");
	if (ioctl(s, SIOCGIFHWADDR, &ifr))
		fail("MAC");
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(s);
}

static int open_tap(uint8_t mac[6])
{
	struct ifreq ifr = {.ifr_name = DEVICE, .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		fail("TAP");
	if (ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_USO4 | TUN_F_USO6))
		fail("offload");
	configure(mac);
	return fd;
}

static void on_cpu(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void report(uint64_t packets, uint64_t cpu_ns)
{
	printf("{\"datagrams\": %llu, \"cpu_ns\": %llu}\n", (unsigned long long)packets,
	       (unsigned long long)cpu_ns);
}

/* What the kernel routes to the TAP; ends with its parent's signal. */
static void feed(unsigned octets, unsigned segments)
{
	struct sockaddr_in to = address(NEIGHBOUR, 9);
	int s = socket(AF_INET, SOCK_DGRAM, 0), size = (int)(octets - 28);

	if (connect(s, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(s, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		fail("UDP_SEGMENT");
	for (;;) {
		if (send(s, buf, (size_t)size * segments, 0) < 0 && errno != ENOBUFS)
			fail("send");
	}
}

static void do_read(int fd, unsigned octets, unsigned seconds)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + seconds * 1000000000ull;
	uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), packets = 0;

	while (clock_ns(CLOCK_MONOTONIC) < end) {
		for (unsigned i = 0; i < 64; i++) {
			ssize_t n = read(fd, buf, BUF);

			if (n <= 0)
				break;
			packets += ((size_t)n - 52 + octets - 29) / (octets - 28);
		}
	}
	report(packets, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

/* A TCP super-packet behind its virtio header; its length. */
static size_t compose(const uint8_t mac[6], unsigned octets, unsigned segments)
{
	size_t payload = (size_t)(octets - 40) * segments;
	struct sockaddr_in src = address(NEIGHBOUR, 0), dst = address(NOWHERE, 0);
	struct virtio_net_hdr v = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				   .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
				   .hdr_len = ETH_LEN + 40,
				   .gso_size = (uint16_t)(octets - 40),
				   .csum_start = ETH_LEN + 20,
				   .csum_offset = 16};
	struct iphdr ip = {.version = 4,
			   .ihl = 5,
			   .ttl = 64,
			   .protocol = IPPROTO_TCP,
			   .tot_len = htons((uint16_t)(40 + payload)),
			   .saddr = src.sin_addr.s_addr,
			   .daddr = dst.sin_addr.s_addr};
	struct tcphdr tcp = {.doff = 5, .ack = 1};
	uint32_t sum = 0;
	uint16_t words[10];
	uint8_t *p = buf;

	memcpy(words, &ip, sizeof(words));
	for (unsigned i = 0; i < 10; i++)
		sum += words[i];
	ip.check = (uint16_t) ~((sum & 0xffff) + (sum >> 16));
	memcpy(p, &v, sizeof(v));
	p += sizeof(v);
	memcpy(p, mac, 6);
	p[12] = 8;
	memcpy(p + ETH_LEN, &ip, sizeof(ip));
	memcpy(p + ETH_LEN + 20, &tcp, sizeof(tcp));
	return sizeof(v) + ETH_LEN + 40 + payload;
}

static void do_write(int fd, size_t len, unsigned segments, unsigned seconds)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + seconds * 1000000000ull;
	uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), packets = 0;

	while (clock_ns(CLOCK_MONOTONIC) < end) {
		for (unsigned i = 0; i < 64; i++) {
			if (write(fd, buf, len) < 0)
				fail("write");
			packets += segments;
		}
	}
	report(packets, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

int main(int argc, char **argv)
{
	unsigned octets, segments, seconds;
	uint8_t mac[6];
	pid_t feeder;
	int fd;

	if ((argc != 6 || strcmp(argv[1], "read")) && (argc != 5 || strcmp(argv[1], "write"))) {
		fprintf(stderr, "usage: bench_tap read OCTETS SEGMENTS SECONDS CPU\n"
				"       bench_tap write OCTETS SEGMENTS SECONDS\n");
		return 2;
	}
	octets = number(argv[2], 1500);
	segments = number(argv[3], 64);
	seconds = number(argv[4], 3600);
	if (octets < 64 || octets * segments > 65000)
		return 2;
	fd = open_tap(mac);
	if (argc == 5) {
		do_write(fd, compose(mac, octets, segments), segments, seconds);
		return 0;
	}
	feeder = fork();
	if (feeder == 0) {
		on_cpu(number(argv[5], 1023));
		feed(octets, segments);
	}
	do_read(fd, octets, seconds);
	kill(feeder, SIGKILL);
	waitpid(feeder, NULL, 0);
	return 0;
}
