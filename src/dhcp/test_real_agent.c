/*
 * test_real_agent: our client or our server on a real interface, for test_real.py.
 *
 *   test_real_agent client IFNAME MAC SCALE [any|leased|inform IP]
 *   test_real_agent server IFNAME MAC NET(a.b.c) LEASE_S
 *
 * Raw Ethernet by AF_PACKET from a MAC and an address that the kernel does not have; answers
 * ARP for them. What happens is told on stdout, one line each; a line on stdin ends it ("stop").
 * SCALE: so many seconds of the client's pass in one real second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "dhcp/client.h"
#include "dhcp/packet.h"
#include "dhcp/server.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/eth.h"

static struct {
	int fd;
	uint64_t scale;
	uint8_t mac[6];
	uint32_t ip; /* ours, for ARP; 0: none yet */
	struct timerq timers;
	struct dhcp_client *c;
	struct dhcp_server *s;
} a;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void random_octets(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	if (getrandom(buf, len, 0) != (ssize_t)len)
		die("getrandom");
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000) * a.scale;
}

static const char *text(uint32_t ip)
{
	static char buf[8][IP_ADDR_TEXT];
	static unsigned i;
	struct ip_addr addr = ip4_addr(ip);

	return ip_addr_text(&addr, buf[i++ % 8], IP_ADDR_TEXT);
}

static uint32_t ip_of(const char *s)
{
	struct ip_addr addr;

	if (!ip_addr_parse(s, &addr))
		die(s);
	return ip4_of(&addr);
}

/* An uplink whose checksums the kernel leaves to the hardware shows unfinished ones here. */
static ssize_t receive(uint8_t *b, size_t cap, bool *unfinished)
{
	_Alignas(struct cmsghdr) uint8_t control[256];
	struct iovec iov = {b, cap};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(a.fd, &m, 0);

	*unfinished = false;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		struct tpacket_auxdata aux;

		if (h->cmsg_level != SOL_PACKET || h->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(h), sizeof(aux));
		*unfinished = aux.tp_status & TP_STATUS_CSUMNOTREADY;
	}
	return n;
}

static void transmit(struct bytes frame)
{
	if (write(a.fd, frame.p, frame.len) != (ssize_t)frame.len)
		die("write");
}

static void answer_arp(const uint8_t *p, size_t len)
{
	struct rd r = rd_of(p + ETH_HDR, len - ETH_HDR);
	uint8_t b[ETH_HDR + ARP_LEN];
	struct wr w = wr_of(b + ETH_HDR, ARP_LEN);
	struct arp q, reply = {.op = ARP_REPLY, .sender_ip = a.ip};

	if (!arp_parse(&r, &q) || q.op != ARP_REQUEST || a.ip == 0 || q.target_ip != a.ip)
		return;
	memcpy(reply.sender_mac, a.mac, 6);
	memcpy(reply.target_mac, q.sender_mac, 6);
	reply.target_ip = q.sender_ip;
	arp_build(&w, &reply);
	eth_put(b, q.sender_mac, a.mac, ETH_TYPE_ARP);
	transmit((struct bytes){b, sizeof(b)});
}

static void tell_result(const char *what, const struct dhcp_result *r)
{
	printf("%s ip=%s prefix=%u router=%s dns=%s,%s domain=%s server=%s lease=%u t1=%u t2=%u",
	       what, text(r->ip), r->prefix, text(r->router), text(r->dns[0]), text(r->dns[1]),
	       r->domain, text(r->server), r->lease_s, r->t1_s, r->t2_s);
	for (size_t i = 0; i < r->n_routes; i++)
		printf(" route=%s/%u,%s", text(r->routes[i].net), r->routes[i].prefix,
		       text(r->routes[i].router));
	printf("\n");
}

static void drain_client(void)
{
	uint8_t frame[DHCP_CLIENT_FRAME_MAX];
	struct dhcp_client_act act;

	while (dhcp_client_next(a.c, &act, frame)) {
		if (act.kind == DHCP_CLIENT_SEND) {
			printf("send type=%u\n", frame[DHCP_FRAME_HDRS + DHCP_HEADER + 6]);
			transmit(act.frame);
		} else if (act.kind == DHCP_CLIENT_LEASE) {
			a.ip = act.result->ip;
			tell_result("lease", act.result);
		} else if (act.kind == DHCP_CLIENT_RENEWED) {
			tell_result("renewed", act.result);
		} else if (act.kind == DHCP_CLIENT_PROBE) {
			dhcp_client_probed(a.c, now_ms(), false);
		} else if (act.kind == DHCP_CLIENT_LOST) {
			a.ip = 0;
			printf("lost reason=%s\n", act.reason);
		} else if (act.kind == DHCP_CLIENT_NOTE) {
			printf("note %s: %s\n", act.note.reason, act.note.text);
		}
	}
}

static void drain_server(void)
{
	struct dhcp_server_act act;

	while (dhcp_server_next(a.s, &act)) {
		if (act.kind == DHCP_SERVER_SEND) {
			printf("send type=%u\n", act.type);
			transmit(act.frame);
		} else if (act.kind == DHCP_SERVER_NOTE) {
			printf("note %s: %s\n", act.note.reason, act.note.text);
		} else {
			printf("%s ip=%s host=%s renewed=%d\n",
			       act.kind == DHCP_SERVER_LEASE_SAVE ? "save" : "drop",
			       text(act.lease.ip), act.lease.host_name, act.renewed);
		}
	}
}

static void take_frame(uint8_t *p, size_t len, bool unfinished)
{
	struct dhcp_from from = {.port = 1, .leases_max = 10};
	enum dhcp_drop why;

	if (len < ETH_HDR + 28)
		return;
	if (be16(p + 12) == ETH_TYPE_ARP) {
		answer_arp(p, len);
		return;
	}
	if (be16(p + 12) != ETH_TYPE_IPV4 || p[23] != 17 || memcmp(p + 6, a.mac, 6) == 0)
		return;
	if (unfinished)
		put_be16(p + 40, 0);
	why = a.c ? dhcp_client_input(a.c, now_ms(), (struct bytes){p, len})
		  : dhcp_server_input(a.s, now_ms(), &from, (struct bytes){p, len});
	if (why != DHCP_DROP_NONE && why != DHCP_DROP_UDP)
		printf("drop %s\n", dhcp_drop_name(why));
}

static void open_socket(const char *ifname)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(ifname)};
	struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
	int on = 1;

	a.fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (a.fd < 0 || bind(a.fd, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(a.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) ||
	    setsockopt(a.fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)))
		die(ifname);
}

static void run(void)
{
	struct pollfd fds[2] = {{.fd = a.fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	uint8_t b[2000];
	bool unfinished;

	for (;;) {
		if (a.c)
			drain_client();
		else
			drain_server();
		fflush(stdout);
		poll(fds, 2, 5);
		if (fds[1].revents)
			break;
		if (fds[0].revents) {
			ssize_t n = receive(b, sizeof(b), &unfinished);

			if (n > 0)
				take_frame(b, (size_t)n, unfinished);
		}
		timerq_run(&a.timers, now_ms(), 100);
	}
	if (a.c) {
		dhcp_client_stop(a.c, now_ms());
		drain_client();
	}
}

static void open_client(int argc, char **argv)
{
	struct dhcp_client_config cfg = {.host_name = "agent",
					 .vendor_class = "Sekisho",
					 .probe = true,
					 .random = random_octets,
					 .timers = &a.timers};

	a.scale = (uint64_t)atoi(argv[4]);
	cfg.setup_ms = 20000 * (uint32_t)a.scale;
	cfg.resend_ms = 2000 * (uint32_t)a.scale;
	memcpy(cfg.mac, a.mac, 6);
	if (argc > 6) {
		cfg.wanted_ip = ip_of(argv[6]);
		cfg.want = strcmp(argv[5], "leased") == 0   ? DHCP_WANT_LEASED
			   : strcmp(argv[5], "inform") == 0 ? DHCP_WANT_INFORM
							    : DHCP_WANT_ANY;
	}
	if (cfg.want == DHCP_WANT_INFORM)
		a.ip = cfg.wanted_ip;
	a.c = dhcp_client_new(&cfg);
	if (!a.c)
		die("client");
	dhcp_client_start(a.c, now_ms());
}

static void open_server(char **argv)
{
	char ip[32];
	snprintf(ip, sizeof(ip), "%s.1", argv[4]);
	uint32_t self = ip_of(ip);
	const struct dhcp_route routes[] = {{0x0a090000, 16, self}, {0, 0, self}};
	struct dhcp_server_config cfg = {
		.ip = self,
		.first = self + 9,
		.last = self + 19,
		.mask = 0xffffff00,
		.lease_s = (uint32_t)atoi(argv[5]),
		.gateway = self,
		.dns = {self, 0x08080808},
		.domain = "vpn.example",
		.routes = routes,
		.n_routes = 2,
		.random = random_octets,
		.timers = &a.timers,
	};

	memcpy(cfg.mac, a.mac, 6);
	a.scale = 1;
	a.ip = self;
	a.s = dhcp_server_new(&cfg);
	if (!a.s)
		die(dhcp_server_check(&cfg));
}

int main(int argc, char **argv)
{
	if (argc < 5 || sscanf(argv[3], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &a.mac[0], &a.mac[1],
			       &a.mac[2], &a.mac[3], &a.mac[4], &a.mac[5]) != 6) {
		fprintf(stderr, "see the top of test_real_agent.c\n");
		return 2;
	}
	open_socket(argv[2]);
	if (strcmp(argv[1], "client") == 0)
		open_client(argc, argv);
	else
		open_server(argv);
	run();
	dhcp_client_free(a.c);
	dhcp_server_free(a.s);
	close(a.fd);
	return 0;
}
