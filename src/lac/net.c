/*
 * net: opens the sockets of one client, sends by the one that a flow names, and takes
 * apart what the kernel coalesced (UDP_GRO). RFC 2408 2.5.1 and RFC 3948 2 (ports 500 and
 * 4500), RFC 4303 2.1 (protocol 50), RFC 2661 8.1 (1701). Called by call.c. It knows
 * nothing about what it carries.
 */
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER        65536
#define SOCKET_BUFFER (4 * 1024 * 1024) /* a bulk download's bursts wait here */

static const uint16_t way_port[NET_WAYS] = {
	[NET_ISAKMP] = 500, [NET_NATT] = 4500, [NET_ESP] = 0, [NET_L2TP] = 1701};

static struct sockaddr_in sockaddr_of(const struct ip_addr *a, uint16_t port)
{
	struct sockaddr_in s = {.sin_family = AF_INET, .sin_port = htons(port)};

	memcpy(&s.sin_addr, a->ip, 4);
	return s;
}

/* The address that the kernel would send from. */
static bool find_local(struct net *n, char *err, size_t err_size)
{
	struct sockaddr_in s = sockaddr_of(&n->server, 500);
	socklen_t len = sizeof(s);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&s, sizeof(s)) == 0 &&
		  getsockname(fd, (struct sockaddr *)&s, &len) == 0;

	if (!ok)
		snprintf(err, err_size, "no way to the server: %s", strerror(errno));
	else
		n->local.addr = ip4_addr(ntohl(s.sin_addr.s_addr));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* More than the system's limit takes a right that not everybody has. */
void net_set_buffers(int fd, int octets)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof(octets)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets));
}

/* What makes bulk traffic cheap; a kernel without it serves all the same. */
static void make_fast(int fd, bool udp)
{
	const int on = 1;

	net_set_buffers(fd, SOCKET_BUFFER);
	if (udp)
		(void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
}

static bool open_udp(struct net *n, enum net_way way, bool port_any, char *err, size_t err_size)
{
	struct sockaddr_in s = sockaddr_of(&n->local.addr, port_any ? 0 : way_port[way]);
	socklen_t len = sizeof(s);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	n->fd[way] = fd;
	/* os.recv() tells a UDP socket from a raw one by its packet info */
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&s, sizeof(s)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&s, &len) != 0) {
		snprintf(err, err_size, "UDP port %u: %s%s", way_port[way], strerror(errno),
			 port_any ? "" : " (--port-any takes a free port)");
		return false;
	}
	make_fast(fd, true);
	if (!n->local.port)
		n->local.port = ntohs(s.sin_port);
	return true;
}

static bool open_esp(struct net *n, char *err, size_t err_size)
{
	struct sockaddr_in s = sockaddr_of(&n->local.addr, 0);
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ESP);

	n->fd[NET_ESP] = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&s, sizeof(s)) != 0) {
		snprintf(err, err_size, "IP protocol 50 (ESP without UDP): %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		n->fd[NET_ESP] = -1;
		return false;
	}
	make_fast(fd, false);
	return true;
}

static bool open_all(struct net *n, const struct net_config *cfg, char *err, size_t err_size)
{
	if (cfg->local.family)
		n->local.addr = cfg->local;
	else if (!find_local(n, err, err_size))
		return false;
	if (cfg->raw)
		return open_udp(n, NET_L2TP, cfg->port_any, err, err_size);
	if (!open_udp(n, NET_ISAKMP, cfg->port_any, err, err_size))
		return false;
	if (!cfg->natt)
		return open_esp(n, err, err_size);
	/* where no NAT is between (RFC 3947 section 4) and this is not root, it is missed later */
	(void)open_esp(n, err, err_size);
	return open_udp(n, NET_NATT, cfg->port_any, err, err_size);
}

bool net_open(struct net *n, const struct net_config *cfg, char *err, size_t err_size)
{
	*n = (struct net){.fd = {-1, -1, -1, -1}, .server = cfg->server};
	n->buffers = malloc((size_t)NET_BATCH * BUFFER);
	if (!n->buffers)
		snprintf(err, err_size, "no memory");
	for (size_t i = 0; n->buffers && i < NET_BATCH; i++)
		n->rx[i] = (struct os_rx){.buf = n->buffers + i * BUFFER, .cap = BUFFER};
	if (n->buffers && open_all(n, cfg, err, err_size))
		return true;
	net_close(n);
	return false;
}

void net_close(struct net *n)
{
	for (int i = 0; i < NET_WAYS; i++) {
		if (n->fd[i] >= 0)
			close(n->fd[i]);
		n->fd[i] = -1;
	}
	free(n->buffers);
	n->buffers = NULL;
}

/* ---- out ---- */

static enum net_way way_of(const struct net *n, const struct flow *flow, bool raw_esp)
{
	if (raw_esp)
		return NET_ESP;
	if (n->fd[NET_L2TP] >= 0)
		return NET_L2TP;
	return flow->remote.port == 4500 ? NET_NATT : NET_ISAKMP;
}

void net_send(struct net *n, const struct flow *flow, bool raw_esp, struct bytes datagram,
	      uint16_t gso_size)
{
	const struct os *os = os_linux();
	enum net_way way = way_of(n, flow, raw_esp);
	struct os_tx tx = {.buf = datagram.p,
			   .len = datagram.len,
			   .gso_size = gso_size,
			   .flow = {.local = n->local, .remote = flow->remote}};

	if (n->fd[way] >= 0)
		os->send(os->ctx, n->fd[way], &tx, 1);
	else
		n->lacks_esp |= way == NET_ESP;
}

void net_send_esp(struct net *n, const struct flow *flow, const struct bytes *datagram,
		  unsigned count)
{
	const struct os *os = os_linux();
	struct os_tx tx[OS_BATCH];
	unsigned batch;

	n->lacks_esp |= count && n->fd[NET_ESP] < 0;
	for (unsigned i = 0; i < count && n->fd[NET_ESP] >= 0; i += batch) {
		batch = count - i < OS_BATCH ? count - i : OS_BATCH;
		for (unsigned k = 0; k < batch; k++)
			tx[k] = (struct os_tx){.buf = datagram[i + k].p,
					       .len = datagram[i + k].len,
					       .flow = {n->local, flow->remote}};
		os->send(os->ctx, n->fd[NET_ESP], tx, batch);
	}
}

/* ---- in ---- */

unsigned net_pollfds(const struct net *n, struct pollfd *p)
{
	unsigned count = 0;

	for (int i = 0; i < NET_WAYS; i++) {
		if (n->fd[i] >= 0)
			p[count++] = (struct pollfd){.fd = n->fd[i], .events = POLLIN};
	}
	return count;
}

/* A server's L2TP may answer from another port (RFC 2661 8.1); its ISAKMP may not. */
static bool from_server(const struct net *n, enum net_way way, const struct flow *flow)
{
	if (!ip_addr_eq(&flow->remote.addr, &n->server))
		return false;
	return way == NET_ESP || way == NET_L2TP || flow->remote.port == way_port[way];
}

static void take_run(const struct net *n, enum net_way way, const struct os_rx *rx,
		     net_take_fn *take, void *ctx)
{
	struct flow flow = {.local = n->local, .remote = rx->flow.remote};
	size_t size = rx->gro_size ? rx->gro_size : rx->len;
	uint8_t *p = rx->buf + rx->offset;

	for (size_t at = 0; at < rx->len; at += size)
		take(ctx, &flow, way == NET_ESP, p + at, rx->len - at < size ? rx->len - at : size);
}

static void receive_way(struct net *n, enum net_way way, net_take_fn *take, net_batch_fn *batch,
			void *ctx)
{
	const struct os *os = os_linux();
	unsigned got;

	do {
		got = os->recv(os->ctx, n->fd[way], n->rx, NET_BATCH);
		for (unsigned i = 0; i < got; i++) {
			if (n->rx[i].len && from_server(n, way, &n->rx[i].flow))
				take_run(n, way, &n->rx[i], take, ctx);
		}
		batch(ctx);
	} while (got == NET_BATCH);
}

void net_receive(struct net *n, const struct pollfd *p, net_take_fn *take, net_batch_fn *batch,
		 void *ctx)
{
	for (int i = 0; i < NET_WAYS; i++) {
		if (n->fd[i] >= 0 && (p++)->revents)
			receive_way(n, (enum net_way)i, take, batch, ctx);
	}
}
