/* The sockets of a call over the loopback: whose datagrams are taken, and runs that the kernel
 * cuts and coalesces. Skipped where somebody has the ports. */
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"

#define SERVER 0x7f090909 /* 127.9.9.9 */
#define OTHER  0x7f090908
#define TAKEN  200

static struct {
	size_t len;
	uint8_t first, last;
	uint16_t port;
	unsigned batch;
} taken[TAKEN];
static unsigned n_taken, n_batches;

static void take(void *ctx, const struct flow *flow, bool raw_esp, uint8_t *datagram, size_t len)
{
	(void)ctx;
	assert_false(raw_esp);
	assert_true(n_taken < TAKEN);
	taken[n_taken].len = len;
	taken[n_taken].first = datagram[0];
	taken[n_taken].last = datagram[len - 1];
	taken[n_taken].port = flow->remote.port;
	taken[n_taken++].batch = n_batches;
}

static void batch(void *ctx)
{
	(void)ctx;
	n_batches++;
}

static struct sockaddr_in name_of(uint32_t ip, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
}

/* -1: somebody has it. */
static int server_socket(uint32_t ip, uint16_t port)
{
	struct sockaddr_in s = name_of(ip, port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&s, sizeof(s)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool open_net(struct net *n, bool raw, bool port_any)
{
	const struct net_config cfg = {
		.server = ip4_addr(SERVER), .natt = true, .raw = raw, .port_any = port_any};
	char err[256] = "";
	bool ok = net_open(n, &cfg, err, sizeof(err));

	return ok;
}

/* The port of a socket of n. */
static uint16_t port_of(const struct net *n, enum net_way way)
{
	struct sockaddr_in s;
	socklen_t len = sizeof(s);

	assert_int_equal(getsockname(n->fd[way], (struct sockaddr *)&s, &len), 0);
	return ntohs(s.sin_port);
}

static void receive(struct net *n)
{
	struct pollfd p[NET_WAYS];
	unsigned ways = net_pollfds(n, p);

	n_taken = n_batches = 0;
	while (poll(p, ways, 100) > 0)
		net_receive(n, p, take, batch, NULL);
}

static void say(int fd, uint16_t port, size_t len, uint8_t what)
{
	struct sockaddr_in to = name_of(0x7f000001, port);
	uint8_t buf[2000];

	memset(buf, what, sizeof(buf));
	assert_int_equal(sendto(fd, buf, len, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)len);
}

static void test_whose_datagrams(void **state)
{
	int natt = server_socket(SERVER, 4500), beside = server_socket(SERVER, 4501),
	    other = server_socket(OTHER, 4500);
	struct net n;

	(void)state;
	if (natt < 0 || beside < 0 || other < 0)
		skip();
	assert_true(open_net(&n, false, true));
	assert_true(n.local.port != 0 && n.local.port != 500);
	say(beside, port_of(&n, NET_NATT), 10, 'b');
	say(other, port_of(&n, NET_NATT), 10, 'o');
	say(natt, port_of(&n, NET_ISAKMP), 10, 'i'); /* from 4500 to where 500 belongs */
	say(natt, port_of(&n, NET_NATT), 10, 'n');
	receive(&n);
	assert_int_equal(n_taken, 1);
	assert_int_equal(taken[0].first, 'n');
	assert_int_equal(taken[0].port, 4500);
	net_close(&n);
	close(natt);
	close(beside);
	close(other);
}

static void test_plain_l2tp_from_any_port(void **state)
{
	int l2tp = server_socket(SERVER, 1701), chosen = server_socket(SERVER, 17011),
	    other = server_socket(OTHER, 1701);
	struct net n;

	(void)state;
	if (l2tp < 0 || chosen < 0 || other < 0)
		skip();
	assert_true(open_net(&n, true, true));
	say(other, port_of(&n, NET_L2TP), 10, 'o');
	say(l2tp, port_of(&n, NET_L2TP), 10, 'l');
	say(chosen, port_of(&n, NET_L2TP), 10, 'c');
	receive(&n);
	assert_int_equal(n_taken, 2);
	assert_int_equal(taken[0].port, 1701);
	assert_int_equal(taken[1].port, 17011);
	net_close(&n);
	close(l2tp);
	close(chosen);
	close(other);
}

static void test_runs_out(void **state)
{
	const struct flow to = {.remote = {ip4_addr(SERVER), 4500}};
	int natt = server_socket(SERVER, 4500);
	uint8_t run[10 * 1000 + 300], got[2000];
	struct net n;

	(void)state;
	if (natt < 0)
		skip();
	assert_true(open_net(&n, false, true));
	for (size_t i = 0; i < sizeof(run); i++)
		run[i] = (uint8_t)(i / 1000);
	net_send(&n, &to, false, (struct bytes){run, sizeof(run)}, 1000);
	for (unsigned i = 0; i <= 10; i++) {
		ssize_t len = recv(natt, got, sizeof(got), 0);

		assert_int_equal(len, i < 10 ? 1000 : 300);
		assert_int_equal(got[0], i);
		assert_int_equal(got[len - 1], i);
	}
	/* by protocol 50: noticed where there is no such socket */
	close(n.fd[NET_ESP]);
	n.fd[NET_ESP] = -1;
	net_send(&n, &to, true, (struct bytes){run, 100}, 0);
	assert_true(n.lacks_esp);
	n.lacks_esp = false;
	net_send_esp(&n, &to, &(struct bytes){run, 100}, 0);
	assert_false(n.lacks_esp);
	net_send_esp(&n, &to, &(struct bytes){run, 100}, 1);
	assert_true(n.lacks_esp);
	net_close(&n);
	close(natt);
}

static void test_runs_in(void **state)
{
	int natt = server_socket(SERVER, 4500), size = 1000;
	uint8_t run[40 * 1000 + 1];
	struct sockaddr_in to;
	struct net n;

	(void)state;
	if (natt < 0)
		skip();
	assert_true(open_net(&n, false, true));
	if (setsockopt(natt, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)) != 0)
		skip();
	for (size_t i = 0; i < sizeof(run); i++)
		run[i] = (uint8_t)(i / 1000);
	to = name_of(0x7f000001, port_of(&n, NET_NATT));
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			sendto(natt, run, sizeof(run), 0, (struct sockaddr *)&to, sizeof(to)),
			sizeof(run));
	receive(&n);
	assert_int_equal(n_taken, 82);
	for (unsigned i = 0; i < n_taken; i++) {
		assert_int_equal(taken[i].len, i % 41 < 40 ? 1000 : 1);
		assert_int_equal(taken[i].first, i % 41);
		assert_int_equal(taken[i].last, i % 41);
	}
	assert_true(n_batches >= 1);
	net_close(&n);
	close(natt);
}

static void test_taken_port(void **state)
{
	const struct net_config cfg = {.server = ip4_addr(SERVER), .raw = true};
	struct net one, two;
	char err[256] = "";

	(void)state;
	if (!open_net(&one, true, false))
		skip();
	assert_int_equal(one.local.port, 1701);
	assert_false(net_open(&two, &cfg, err, sizeof(err)));
	assert_non_null(strstr(err, "UDP port 1701"));
	assert_non_null(strstr(err, "--port-any"));
	assert_int_equal(two.fd[NET_L2TP], -1);
	net_close(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_datagrams),
		cmocka_unit_test(test_plain_l2tp_from_any_port),
		cmocka_unit_test(test_runs_out),
		cmocka_unit_test(test_runs_in),
		cmocka_unit_test(test_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
