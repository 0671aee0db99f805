/*
 * UDP sockets of a SO_REUSEPORT group, steered to the worker that owns the SPI,
 * and raw sockets for ESP (IP protocol 50), each with a filter for its own SPIs
 * (RFC 4303 section 2.1, RFC 3948 section 2). Called by priv_server.c as root;
 * the engine gets the descriptors.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv_act.h"
#include "priv_socket.h"

#define PROTO_ESP 50

union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t name_of(const struct ip_addr *addr, uint16_t port, union name *n)
{
	memset(n, 0, sizeof(*n));
	if (addr->family == 6) {
		n->v6.sin6_family = AF_INET6;
		n->v6.sin6_port = htons(port);
		memcpy(&n->v6.sin6_addr, addr->ip, 16);
		return sizeof(n->v6);
	}
	n->v4.sin_family = AF_INET;
	n->v4.sin_port = htons(port);
	memcpy(&n->v4.sin_addr, addr->ip, 4);
	return sizeof(n->v4);
}

/* What datagram.c relies on: local address and port with each datagram, no
 * don't-fragment bit; over IPv6 the zero checksum that RFC 3948 section 2.1 allows.
 * UDP_GRO is not in every kernel and is not needed to work. */
static bool set_udp(int fd, bool v6)
{
	set_option(fd, IPPROTO_UDP, UDP_GRO, 1);
	set_buffers(fd);
	if (v6)
		return set_option(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1) &&
		       set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
		       set_option(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1) &&
		       set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	return set_option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
	       set_option(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, 1) &&
	       set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
}

/* A socket that is bound; -1 with errno. */
static int bound(const union name *n, socklen_t len, bool reuse)
{
	bool v6 = n->any.sa_family == AF_INET6;
	int fd = socket(n->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int keep;

	if (fd < 0)
		return -1;
	if ((!v6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
	    (!reuse || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) && set_udp(fd, v6) &&
	    bind(fd, &n->any, len) == 0)
		return fd;
	keep = errno;
	close(fd);
	errno = keep;
	return -1;
}

static bool udp_refused(const struct priv_udp *req, struct priv_result *out)
{
	int err = errno;
	char who[128], addr[IP_ADDR_TEXT];

	if (err == EADDRINUSE && udp_holder(&req->addr, req->port, who, sizeof(who)))
		return priv_error(out->error, "UDP port %u is held by %s", req->port, who);
	if (err == EADDRNOTAVAIL)
		return priv_error(out->error, "%s is not an address of this host",
				  ip_addr_text(&req->addr, addr, sizeof(addr)));
	return priv_error(out->error, "UDP port %u cannot be opened: %s", req->port, strerror(err));
}

static uint32_t mask_of(unsigned n)
{
	uint32_t mask = 1;

	while (mask < n)
		mask <<= 1;
	return mask - 1;
}

/* The number of the group's socket for a datagram: the low bits of the first word of
 * its payload. A datagram shorter than a word ends the program with 0. */
static bool steer(int fd, unsigned n)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask_of(n)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, n, 1, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)) == 0;
}

bool priv_net_open_udp(const struct priv_udp *req, struct priv_result *out)
{
	union name n;
	socklen_t len = name_of(&req->addr, req->port, &n);
	int probe = bound(&n, len, false);

	/* Without SO_REUSEPORT first: with it we could join the group of another
	 * process of root's and take half of its datagrams. */
	if (probe < 0)
		return udp_refused(req, out);
	close(probe);
	for (out->n_fds = 0; out->n_fds < req->n; out->n_fds++) {
		int fd = bound(&n, len, true);

		if (fd < 0)
			goto failed;
		out->fds[out->n_fds] = fd;
		/* On the first, so that no datagram is placed by hash while the group grows. */
		if (out->n_fds == 0 && req->steer_by_spi && !steer(fd, req->n)) {
			out->n_fds = 1;
			goto failed;
		}
	}
	out->ok = true;
	return true;
failed:
	udp_refused(req, out);
	priv_close_fds(out);
	return false;
}

/* Lets through the packets whose SPI is of worker own; those that end inside it are worker
 * 0's, who counts them. A raw IPv4 socket sees the IP header first, a raw IPv6 socket the
 * payload. */
static bool filter_spi(int fd, bool v6, unsigned own, unsigned n)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, sizeof(uint32_t), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask_of(n)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, n, 0, 1),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	if (v6)
		code[0] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0);
	return attach_filter(fd, code, sizeof(code) / sizeof(code[0]));
}

/* No packet info on IPv4: datagram.c tells a raw socket by its absence. */
static bool set_esp(int fd, bool v6)
{
	set_buffers(fd);
	if (v6)
		return set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
		       set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	return set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
}

bool priv_net_open_esp(const struct ip_addr *addr, uint16_t n, struct priv_result *out)
{
	bool v6 = addr->family == 6;
	union name at;
	socklen_t len = name_of(addr, 0, &at);

	for (out->n_fds = 0; out->n_fds < n;) {
		int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				PROTO_ESP);

		if (fd < 0)
			goto failed;
		out->fds[out->n_fds++] = fd;
		if (!filter_spi(fd, v6, out->n_fds - 1, n) || !set_esp(fd, v6) ||
		    (addr->family && bind(fd, &at.any, len) != 0))
			goto failed;
	}
	out->ok = true;
	return true;
failed:
	priv_error(out->error, "a raw socket for ESP cannot be opened: %s", strerror(errno));
	priv_close_fds(out);
	return false;
}
