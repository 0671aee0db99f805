/*
 * The floor of the sockets: what a UDP datagram costs a process that does nothing else,
 * sent and received, one a message or many (UDP_SEGMENT, UDP_GRO). bench/run runs one in
 * each of two namespaces joined by the wires that the servers under test use.
 *
 *	bench_socket send ADDRESS PORT OCTETS SEGMENTS FLOWS RATE SECONDS
 *	bench_socket receive PORT GRO FLOWS
 *
 * FLOWS: sockets, ports from PORT on; the sender serves them in turn. SEGMENTS: datagrams a
 * message, 1 without UDP_SEGMENT. RATE: datagrams a second, in millisecond portions; 0: as many
 * as go. The receiver ends a second after the last datagram. Each prints one JSON object:
 * datagrams, and nanoseconds of CPU time of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH        64
#define DATAGRAM_MAX 65000
#define FLOWS_MAX    64
#define SOCKET_BUF   (8 << 20)
#define FIRST_MS     5000 /* for the first datagram */
#define LAST_MS      1000 /* after the last one */

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CMSG_SPACE(sizeof(int))];
	uint8_t data[BATCH][DATAGRAM_MAX];
};

static struct batch batch;

static void fail(const char *what)
{
	fprintf(stderr, "bench_socket: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static unsigned long number(const char *text, unsigned long least, unsigned long most)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (n < least || n > most) {
		fprintf(stderr, "bench_socket: %s: from %lu to %lu\n", text, least, most);
		exit(2);
	}
	return n;
}

static void report(uint64_t datagrams, uint64_t cpu_ns)
{
	printf("{\"datagrams\": %llu, \"cpu_ns\": %llu}\n", (unsigned long long)datagrams,
	       (unsigned long long)cpu_ns);
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = SOCKET_BUF;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

/* ---- send ---- */

struct sending {
	int fds[FLOWS_MAX];
	unsigned flows;
	unsigned octets, segments;
};

static void begin_sending(struct sending *s, const char *address, unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int segment = (int)s->octets;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		fail(address);
	for (unsigned i = 0; i < s->flows; i++) {
		s->fds[i] = new_socket();
		to.sin_port = htons((uint16_t)(port + i));
		if (connect(s->fds[i], (struct sockaddr *)&to, sizeof(to)))
			fail("connect");
		if (s->segments > 1 &&
		    setsockopt(s->fds[i], IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
			fail("UDP_SEGMENT");
	}
	for (unsigned i = 0; i < BATCH; i++) {
		batch.iov[i] = (struct iovec){batch.data[i], (size_t)s->octets * s->segments};
		batch.msg[i].msg_hdr = (struct msghdr){.msg_iov = &batch.iov[i], .msg_iovlen = 1};
	}
}

/* A batch for the next flow; datagrams that were taken. */
static uint64_t send_batch(const struct sending *s, uint64_t wanted, unsigned turn)
{
	uint64_t messages = wanted / s->segments + 1;
	int n = sendmmsg(s->fds[turn % s->flows], batch.msg,
			 messages < BATCH ? (unsigned)messages : BATCH, 0);

	if (n < 0 && errno != ECONNREFUSED && errno != EAGAIN && errno != ENOBUFS)
		fail("sendmmsg");
	return n > 0 ? (uint64_t)n * s->segments : 0;
}

static void wait_until(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int do_send(char **arg)
{
	struct sending s = {.octets = (unsigned)number(arg[2], 1, DATAGRAM_MAX),
			    .segments = (unsigned)number(arg[3], 1, 64),
			    .flows = (unsigned)number(arg[4], 1, FLOWS_MAX)};
	uint64_t rate = number(arg[5], 0, 100000000), seconds = number(arg[6], 1, 3600);
	uint64_t start, end, cpu, sent = 0;

	begin_sending(&s, arg[0], (unsigned)number(arg[1], 1, 65535 - FLOWS_MAX));
	start = clock_ns(CLOCK_MONOTONIC);
	end = start + seconds * 1000000000u;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned turn = 0;; turn++) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		uint64_t due = rate ? rate * (now - start) / 1000000000u : INT64_MAX;

		if (now >= end)
			break;
		if (sent < due)
			sent += send_batch(&s, due - sent, turn);
		else
			wait_until(now + 1000000u);
	}
	report(sent, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}

/* ---- receive ---- */

static uint64_t datagrams_of(const struct mmsghdr *m)
{
	struct msghdr hdr = m->msg_hdr;
	struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
	int size = 0;

	if (c && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
		memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (m->msg_len + (unsigned)size - 1) / (unsigned)size : 1;
}

static uint64_t receive_batch(int fd)
{
	uint64_t got = 0;
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		batch.iov[i] = (struct iovec){batch.data[i], DATAGRAM_MAX};
		batch.msg[i].msg_hdr = (struct msghdr){.msg_iov = &batch.iov[i],
						       .msg_iovlen = 1,
						       .msg_control = batch.control[i],
						       .msg_controllen = sizeof(batch.control[i])};
	}
	n = recvmmsg(fd, batch.msg, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		got += datagrams_of(&batch.msg[i]);
	return got;
}

static void bind_all(struct pollfd *polled, unsigned port, int gro, unsigned flows)
{
	for (unsigned i = 0; i < flows; i++) {
		struct sockaddr_in here = {.sin_family = AF_INET,
					   .sin_port = htons((uint16_t)(port + i))};

		polled[i] = (struct pollfd){.fd = new_socket(), .events = POLLIN};
		if (bind(polled[i].fd, (struct sockaddr *)&here, sizeof(here)))
			fail("bind");
		if (gro && setsockopt(polled[i].fd, IPPROTO_UDP, UDP_GRO, &gro, sizeof(gro)))
			fail("UDP_GRO");
	}
}

static int do_receive(char **arg)
{
	struct pollfd polled[FLOWS_MAX];
	unsigned flows = (unsigned)number(arg[2], 1, FLOWS_MAX);
	uint64_t got = 0, cpu = 0, last = 0;

	bind_all(polled, (unsigned)number(arg[0], 1, 65535 - FLOWS_MAX), (int)number(arg[1], 0, 1),
		 flows);
	while (poll(polled, flows, got ? LAST_MS : FIRST_MS) > 0) {
		if (!got)
			cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		for (unsigned i = 0; i < flows; i++)
			if (polled[i].revents)
				got += receive_batch(polled[i].fd);
		last = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	}
	report(got, last - cpu);
	return got ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 9 && strcmp(argv[1], "send") == 0)
		return do_send(argv + 2);
	if (argc == 5 && strcmp(argv[1], "receive") == 0)
		return do_receive(argv + 2);
	fprintf(stderr, "usage: bench_socket send ADDRESS PORT OCTETS SEGMENTS FLOWS RATE SECONDS\n"
			"       bench_socket receive PORT GRO FLOWS\n");
	return 2;
}
