/*
 * target: what load generators talk to behind a server: TCP port 19 sends without end (RFC
 * 864) and port 9 throws away (RFC 863), both on one connection when both are wanted;
 * UDP port 7 echoes (RFC 862), port 9 throws away.
 *
 *	target [--base PORT]	PORT is added to each port: for users who may not have 9
 *
 * Says "ready" on stdout, at SIGTERM or SIGINT one JSON object with what it counted. One
 * thread, epoll; UDP through the same path as the server's (src/os), so that a fast
 * generator is not stopped by its target.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/os.h"

#define PORT_ECHO     7
#define PORT_DISCARD  9
#define PORT_CHARGEN  19
#define BLOCK         (256 * 1024)
#define UDP_BUFFER    65536
#define SOCKET_BUFFER (16 * 1024 * 1024)
#define EVENTS        256
#define TURNS         16   /* system calls for one connection before the others' turn */
#define SILENCE_MS    5000 /* a peer that acknowledges nothing for so long is gone */
#define BACKLOG       4096
#define ENDS_MAX      65536

enum kind { LISTEN_DISCARD, LISTEN_CHARGEN, ECHO, DISCARD, CONNECTION };

/* One descriptor. */
struct end {
	enum kind kind;
	int fd;
	bool sends;
};

struct counts {
	uint64_t tcp_connections, tcp_sent, tcp_received;
	uint64_t udp_echoed, udp_discarded, udp_refused;
};

static struct counts counts;
static struct end ends[ENDS_MAX]; /* by descriptor */
static uint8_t block[BLOCK];
static struct os_rx rx[OS_BATCH];
static int poll_fd;
static volatile sig_atomic_t quit;

static void on_signal(int sig)
{
	(void)sig;
	quit = 1;
}

static bool complain(const char *what)
{
	fprintf(stderr, "target: %s: %s\n", what, strerror(errno));
	return false;
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) != 0)
		complain("an option of a socket");
}

static bool watch(int fd, enum kind kind, bool sends)
{
	struct epoll_event ev = {.events = EPOLLIN | (sends ? EPOLLOUT : 0u), .data.fd = fd};

	if (fd >= ENDS_MAX)
		return false;
	ends[fd] = (struct end){kind, fd, sends};
	return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 || complain("epoll");
}

static bool open_one(int type, uint16_t port, enum kind kind)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char what[32];

	snprintf(what, sizeof(what), "port %u", port);
	if (fd < 0)
		return complain(what);
	if (type == SOCK_STREAM) {
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	} else {
		set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		set(fd, IPPROTO_UDP, UDP_GRO, 1);
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
		set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER);
	}
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) != 0))
		return complain(what);
	return watch(fd, kind, false);
}

/* ---- TCP ---- */

static void take_connections(const struct end *e)
{
	int fd;

	while ((fd = accept4(e->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_MS);
		counts.tcp_connections++;
		if (!watch(fd, CONNECTION, e->kind == LISTEN_CHARGEN))
			close(fd);
	}
}

/* False: the connection is over. */
static bool send_some(const struct end *e)
{
	ssize_t n = 1;

	for (unsigned i = 0; i < TURNS && n > 0; i++) {
		n = send(e->fd, block, sizeof(block), MSG_NOSIGNAL);
		if (n > 0)
			counts.tcp_sent += (uint64_t)n;
	}
	return n > 0 || errno == EAGAIN || errno == EINTR;
}

static bool receive_some(const struct end *e)
{
	ssize_t n = 1;

	for (unsigned i = 0; i < TURNS && n > 0; i++) {
		/* MSG_TRUNC: the kernel throws the octets away without copying (tcp(7)) */
		n = recv(e->fd, block, sizeof(block), MSG_TRUNC);
		if (n > 0)
			counts.tcp_received += (uint64_t)n;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void serve_connection(struct end *e, uint32_t events)
{
	bool alive = true;

	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		alive = receive_some(e);
	if (alive && events & EPOLLOUT && e->sends)
		alive = send_some(e);
	if (!alive)
		close(e->fd);
}

/* ---- UDP ---- */

static uint64_t datagrams(size_t len, size_t each)
{
	return each ? (len + each - 1) / each : 1;
}

static void serve_udp(const struct end *e)
{
	struct os_tx tx[OS_BATCH];
	unsigned got = os_linux()->recv(NULL, e->fd, rx, OS_BATCH), n = 0, sent;

	for (unsigned i = 0; i < got; i++) {
		if (!rx[i].len)
			continue;
		tx[n++] = (struct os_tx){.buf = rx[i].buf + rx[i].offset,
					 .len = rx[i].len,
					 .gso_size = rx[i].gro_size,
					 .flow = rx[i].flow};
	}
	sent = e->kind == ECHO && n ? os_linux()->send(NULL, e->fd, tx, n) : 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t many = datagrams(tx[i].len, tx[i].gso_size);

		if (e->kind == DISCARD)
			counts.udp_discarded += many;
		else if (i < sent)
			counts.udp_echoed += many;
		else
			counts.udp_refused += many;
	}
}

/* ---- all ---- */

static void serve(struct end *e, uint32_t events)
{
	switch (e->kind) {
	case LISTEN_DISCARD:
	case LISTEN_CHARGEN:
		take_connections(e);
		break;
	case ECHO:
	case DISCARD:
		serve_udp(e);
		break;
	case CONNECTION:
		serve_connection(e, events);
		break;
	}
}

static bool open_all(unsigned base)
{
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < OS_BATCH; i++)
		rx[i] = (struct os_rx){.buf = malloc(UDP_BUFFER), .cap = UDP_BUFFER};
	return poll_fd >= 0 && rx[OS_BATCH - 1].buf &&
	       open_one(SOCK_STREAM, (uint16_t)(base + PORT_DISCARD), LISTEN_DISCARD) &&
	       open_one(SOCK_STREAM, (uint16_t)(base + PORT_CHARGEN), LISTEN_CHARGEN) &&
	       open_one(SOCK_DGRAM, (uint16_t)(base + PORT_ECHO), ECHO) &&
	       open_one(SOCK_DGRAM, (uint16_t)(base + PORT_DISCARD), DISCARD);
}

static void run(void)
{
	struct epoll_event ev[EVENTS];

	while (!quit) {
		int n = epoll_wait(poll_fd, ev, EVENTS, -1);

		for (int i = 0; i < n; i++)
			serve(&ends[ev[i].data.fd], ev[i].events);
	}
	printf("{\"tcp_connections\": %llu, \"tcp_sent\": %llu, \"tcp_received\": %llu, "
	       "\"udp_echoed\": %llu, \"udp_discarded\": %llu, \"udp_refused\": %llu}\n",
	       (unsigned long long)counts.tcp_connections, (unsigned long long)counts.tcp_sent,
	       (unsigned long long)counts.tcp_received, (unsigned long long)counts.udp_echoed,
	       (unsigned long long)counts.udp_discarded, (unsigned long long)counts.udp_refused);
}

int main(int argc, char **argv)
{
	const struct sigaction end = {.sa_handler = on_signal};
	unsigned base = 0;

	if (argc == 3 && strcmp(argv[1], "--base") == 0) {
		base = (unsigned)atoi(argv[2]);
	} else if (argc != 1) {
		fprintf(stderr, "usage: target [--base PORT]\n");
		return 2;
	}
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	if (!open_all(base))
		return 1;
	printf("ready\n");
	fflush(stdout);
	run();
	return 0;
}
