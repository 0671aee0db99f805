/*
 * dial_net: the sockets of sekisho-dial: UDP 500 and 4500, or raw ESP. The
 * client itself (lac) sees flows only.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dial.h"
#include "wire/ipv4.h"

enum { NET_500, NET_4500, NET_ESP };

static const uint16_t server_port[DIAL_SOCKETS] = {500, 4500, 0};

uint64_t dial_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static struct sockaddr_in sockaddr_of(const struct ip_addr *a, uint16_t port)
{
	struct sockaddr_in s = {.sin_family = AF_INET, .sin_port = htons(port)};

	memcpy(&s.sin_addr, a->ip, 4);
	return s;
}

static bool complain(const char *what)
{
	fprintf(stderr, "sekisho-dial: %s: %s\n", what, strerror(errno));
	return false;
}

/* The address that the kernel would send from. */
static bool find_local(struct dial_net *n)
{
	struct sockaddr_in s = sockaddr_of(&n->server, 500);
	socklen_t len = sizeof(s);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&s, sizeof(s)) == 0 &&
		  getsockname(fd, (struct sockaddr *)&s, &len) == 0;

	if (!ok)
		complain("no way to the server");
	else
		n->local.addr = ip4_addr(ntohl(s.sin_addr.s_addr));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool open_udp(struct dial_net *n, int which, bool port_any)
{
	struct sockaddr_in s = sockaddr_of(&n->local.addr, port_any ? 0 : server_port[which]);
	socklen_t len = sizeof(s);
	char what[64];

	n->fd[which] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(what, sizeof(what), "UDP port %u%s", server_port[which],
		 port_any ? "" : " (--port-any takes a free one)");
	if (n->fd[which] < 0 || bind(n->fd[which], (struct sockaddr *)&s, sizeof(s)) != 0 ||
	    getsockname(n->fd[which], (struct sockaddr *)&s, &len) != 0)
		return complain(what);
	if (which == NET_500)
		n->local.port = ntohs(s.sin_port);
	return true;
}

static bool open_esp(struct dial_net *n)
{
	n->fd[NET_ESP] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ESP);
	return n->fd[NET_ESP] >= 0 || complain("raw socket for ESP");
}

bool dial_net_open(struct dial_net *n, const struct dial_options *o)
{
	*n = (struct dial_net){.fd = {-1, -1, -1}, .server = o->server};
	if (find_local(n) && open_udp(n, NET_500, o->port_any) &&
	    (o->natt ? open_udp(n, NET_4500, o->port_any) : open_esp(n)))
		return true;
	dial_net_close(n);
	return false;
}

void dial_net_close(struct dial_net *n)
{
	for (int i = 0; i < DIAL_SOCKETS; i++) {
		if (n->fd[i] >= 0)
			close(n->fd[i]);
		n->fd[i] = -1;
	}
}

void dial_net_send(struct dial_net *n, const struct lac_act *a)
{
	int which = a->raw_esp ? NET_ESP : a->flow.remote.port == 4500 ? NET_4500 : NET_500;
	struct sockaddr_in to = sockaddr_of(&a->flow.remote.addr, a->flow.remote.port);

	/* what the kernel does not take is a lost datagram: every layer repeats */
	if (n->fd[which] >= 0)
		(void)!sendto(n->fd[which], a->bytes.p, a->bytes.len, 0, (struct sockaddr *)&to,
			      sizeof(to));
}

static void take(struct dial_net *n, struct lac *l, int which, struct bytes p,
		 const struct sockaddr_in *from)
{
	struct flow flow = {
		.local = n->local,
		.remote = {ip4_addr(ntohl(from->sin_addr.s_addr)), ntohs(from->sin_port)}};
	struct ipv4 ip;

	if (!ip_addr_eq(&flow.remote.addr, &n->server))
		return;
	if (which == NET_ESP) {
		/* a raw socket hands out the IP header, too */
		if (ipv4_parse(p.p, p.len, false, &ip) != IPV4_OK)
			return;
		p = (struct bytes){p.p + ip.hdr_len, (size_t)ip.total_len - ip.hdr_len};
		flow.remote.port = 0;
	} else if (flow.remote.port != server_port[which]) {
		return;
	}
	lac_input(l, dial_now_us() / 1000, &flow, which == NET_ESP, p);
}

static void receive_all(struct dial_net *n, struct lac *l, int which)
{
	uint8_t buf[65536];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t got;

	while ((got = recvfrom(n->fd[which], buf, sizeof(buf), 0, (struct sockaddr *)&from,
			       &len)) >= 0) {
		take(n, l, which, (struct bytes){buf, (size_t)got}, &from);
		len = sizeof(from);
	}
}

void dial_net_receive(struct dial_net *n, struct lac *l, int timeout_ms)
{
	struct pollfd p[DIAL_SOCKETS];

	for (int i = 0; i < DIAL_SOCKETS; i++)
		p[i] = (struct pollfd){.fd = n->fd[i], .events = POLLIN};
	if (poll(p, DIAL_SOCKETS, timeout_ms) <= 0)
		return;
	for (int i = 0; i < DIAL_SOCKETS; i++) {
		if (p[i].revents)
			receive_all(n, l, i);
	}
}
