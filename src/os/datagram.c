/*
 * Datagrams of UDP sockets and of raw sockets for IP protocol 50 (ESP): many a
 * system call, with the kernel's segmentation (UDP_SEGMENT) and coalescing
 * (UDP_GRO), and with packet info so that a reply leaves from the address that
 * the packet came to. Called by the workers; the sockets are made by priv_net.c.
 *
 * A socket that reports packet info delivers the payload itself (UDP; raw
 * IPv6). A raw IPv4 socket is made without it and delivers the IPv4 header
 * (RFC 791), from which the addresses are taken; that is how the two are told
 * apart without asking the kernel for each batch.
 */
#include "linux.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rd.h"

#define CONTROL_IN  128 /* packet info, original destination, GRO size */
#define CONTROL_OUT 64  /* packet info, segment size */
#define PROTO_ESP   50

union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct incoming {
	union name from;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_IN];
	struct iovec iov;
};

struct outgoing {
	union name to;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_OUT];
	struct iovec iov;
};

static struct endpoint endpoint_of(const union name *n)
{
	struct endpoint e = {0};

	if (n->any.sa_family == AF_INET) {
		e.addr.family = 4;
		memcpy(e.addr.ip, &n->v4.sin_addr, 4);
		e.port = ntohs(n->v4.sin_port);
	} else if (n->any.sa_family == AF_INET6) {
		e.addr.family = 6;
		memcpy(e.addr.ip, &n->v6.sin6_addr, 16);
		e.port = ntohs(n->v6.sin6_port);
	}
	return e;
}

static void local_addr(struct os_rx *rx, uint8_t family, const void *ip, size_t len)
{
	rx->flow.local.addr = (struct ip_addr){.family = family};
	memcpy(rx->flow.local.addr.ip, ip, len);
}

static void read_cmsg(struct os_rx *rx, const struct cmsghdr *c, bool *has_info)
{
	const uint8_t *data = CMSG_DATA(c);
	int gro;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, data, sizeof(info));
		local_addr(rx, 4, &info.ipi_spec_dst, 4);
		*has_info = true;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, data, sizeof(info));
		local_addr(rx, 6, &info.ipi6_addr, 16);
		*has_info = true;
	} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
		   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR)) {
		union name to = {0};

		if (c->cmsg_len <= CMSG_LEN(sizeof(to)))
			memcpy(&to, data, c->cmsg_len - CMSG_LEN(0));
		rx->flow.local.port = endpoint_of(&to).port;
	} else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
		memcpy(&gro, data, sizeof(gro));
		rx->gro_size = (uint16_t)gro;
	}
}

/* The IPv4 header of a raw socket: where the payload begins and both addresses. */
static bool read_ipv4(struct os_rx *rx, size_t len)
{
	struct rd r = rd_of(rx->buf, len);
	uint8_t version_ihl = rd_u8(&r), protocol;
	size_t header = (size_t)(version_ihl & 15) * 4;

	rd_skip(&r, 8);
	protocol = rd_u8(&r);
	rd_skip(&r, 2);
	rx->flow.remote = (struct endpoint){.addr.family = 4};
	rd_copy(&r, rx->flow.remote.addr.ip, 4);
	rx->flow.local = (struct endpoint){.addr.family = 4};
	rd_copy(&r, rx->flow.local.addr.ip, 4);
	if (!rd_ok(&r) || version_ihl >> 4 != 4 || header < 20 || header > len ||
	    protocol != PROTO_ESP)
		return false;
	rx->offset = header;
	rx->len = len - header;
	return true;
}

/* Fills one slot from what came; a slot with nothing usable keeps length 0. */
static void read_one(struct os_rx *rx, struct msghdr *m, size_t len)
{
	bool has_info = false;

	rx->len = 0;
	rx->offset = 0;
	rx->gro_size = 0;
	memset(&rx->flow, 0, sizeof(rx->flow));
	if (m->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return;
	rx->flow.remote = endpoint_of(m->msg_name);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		read_cmsg(rx, c, &has_info);
	if (has_info) {
		rx->len = len;
		if (rx->gro_size >= len)
			rx->gro_size = 0;
	} else if (!read_ipv4(rx, len)) {
		rx->len = 0;
	}
}

unsigned linux_recv(void *ctx, int fd, struct os_rx *rx, unsigned n)
{
	struct incoming in[OS_BATCH];
	struct mmsghdr m[OS_BATCH];
	int got;

	(void)ctx;
	if (n > OS_BATCH)
		n = OS_BATCH;
	for (unsigned i = 0; i < n; i++) {
		in[i].iov = (struct iovec){rx[i].buf, rx[i].cap};
		in[i].from.any.sa_family = AF_UNSPEC;
		m[i].msg_hdr = (struct msghdr){
			.msg_name = &in[i].from,
			.msg_namelen = sizeof(in[i].from),
			.msg_iov = &in[i].iov,
			.msg_iovlen = 1,
			.msg_control = in[i].control,
			.msg_controllen = sizeof(in[i].control),
		};
	}
	do
		got = recvmmsg(fd, m, n, MSG_DONTWAIT, NULL);
	while (got < 0 && errno == EINTR);
	for (int i = 0; i < got; i++)
		read_one(&rx[i], &m[i].msg_hdr, m[i].msg_len);
	return got > 0 ? (unsigned)got : 0;
}

static void *add_cmsg(struct msghdr *m, int level, int type, size_t len)
{
	struct cmsghdr *c = (void *)((uint8_t *)m->msg_control + m->msg_controllen);

	memset(c, 0, CMSG_SPACE(len));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	m->msg_controllen += CMSG_SPACE(len);
	return CMSG_DATA(c);
}

static void write_source(struct msghdr *m, const struct ip_addr *local)
{
	if (local->family == 4) {
		struct in_pktinfo info = {0};

		memcpy(&info.ipi_spec_dst, local->ip, 4);
		memcpy(add_cmsg(m, IPPROTO_IP, IP_PKTINFO, sizeof(info)), &info, sizeof(info));
	} else if (local->family == 6) {
		struct in6_pktinfo info = {0};

		memcpy(&info.ipi6_addr, local->ip, 16);
		memcpy(add_cmsg(m, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(info)), &info, sizeof(info));
	}
}

static socklen_t write_name(union name *n, const struct endpoint *to)
{
	memset(n, 0, sizeof(*n));
	if (to->addr.family == 6) {
		n->v6.sin6_family = AF_INET6;
		n->v6.sin6_port = htons(to->port);
		memcpy(&n->v6.sin6_addr, to->addr.ip, 16);
		return sizeof(n->v6);
	}
	n->v4.sin_family = AF_INET;
	n->v4.sin_port = htons(to->port);
	memcpy(&n->v4.sin_addr, to->addr.ip, 4);
	return sizeof(n->v4);
}

static bool is_run(const struct os_tx *tx)
{
	return tx->gso_size && tx->len > tx->gso_size;
}

static void write_one(struct msghdr *m, struct outgoing *o, const struct os_tx *tx)
{
	o->iov = (struct iovec){(void *)(uintptr_t)tx->buf, tx->len};
	*m = (struct msghdr){
		.msg_name = &o->to,
		.msg_namelen = write_name(&o->to, &tx->flow.remote),
		.msg_iov = &o->iov,
		.msg_iovlen = 1,
		.msg_control = o->control,
	};
	write_source(m, &tx->flow.local.addr);
	if (is_run(tx))
		memcpy(add_cmsg(m, IPPROTO_UDP, UDP_SEGMENT, 2), &tx->gso_size, 2);
	if (m->msg_controllen == 0)
		m->msg_control = NULL;
}

static int send_batch(int fd, const struct os_tx *tx, unsigned n)
{
	struct outgoing out[OS_BATCH];
	struct mmsghdr m[OS_BATCH];
	int sent;

	for (unsigned i = 0; i < n; i++)
		write_one(&m[i].msg_hdr, &out[i], &tx[i]);
	do
		sent = sendmmsg(fd, m, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

static bool queue_full(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == ENOBUFS || err == ENOMEM;
}

/* The kernel will not cut this run: the device has no checksum offload (EIO), or a
 * segment is longer than the path MTU (EINVAL, EMSGSIZE), where IP fragments it. */
static bool refuses_run(int err)
{
	return err == EIO || err == EINVAL || err == EMSGSIZE || err == EOPNOTSUPP;
}

/* Sends the datagrams of a run one by one; false when the queue filled before the first. */
static bool send_cut(int fd, const struct os_tx *run, bool *full)
{
	*full = false;
	if (run->len > (size_t)run->gso_size * OS_RUN_SEGMENTS)
		return true;
	for (size_t at = 0; at < run->len; at += run->gso_size) {
		struct os_tx one = *run;

		one.buf = run->buf + at;
		one.len = run->len - at < run->gso_size ? run->len - at : run->gso_size;
		one.gso_size = 0;
		if (send_batch(fd, &one, 1) < 0 && queue_full(errno)) {
			*full = true;
			return at > 0;
		}
	}
	return true;
}

unsigned linux_send(void *ctx, int fd, const struct os_tx *tx, unsigned n)
{
	unsigned done = 0;
	bool full = false;

	(void)ctx;
	while (done < n && !full) {
		unsigned batch = n - done < OS_BATCH ? n - done : OS_BATCH;
		int sent = send_batch(fd, tx + done, batch);

		if (sent > 0) {
			done += (unsigned)sent;
			continue;
		}
		if (queue_full(errno))
			break;
		/* The error is of the first datagram: cut it ourselves, or pass it over. */
		if (is_run(&tx[done]) && refuses_run(errno) && !send_cut(fd, &tx[done], &full))
			break;
		done++;
	}
	return done;
}
