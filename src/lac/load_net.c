/*
 * load_net: opens sockets for the clients of the load generator and knows which address is
 * whose. Called by load_thread.c and load_client.c. Knows nothing of what is sent.
 */
#include "load_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "os/os.h"

#define BUFFER_ONE  (4 * 1024 * 1024) /* a client with a megabyte under way */
#define BUFFER_MANY (64 * 1024 * 1024)
#define NET_HOSTS   254

static bool complain(const char *what)
{
	fprintf(stderr, "sekisho-lac: %s: %s\n", what, strerror(errno));
	return false;
}

static bool complain_once(struct load_net *n, const char *what)
{
	if (!n->complained)
		complain(what);
	n->complained = true;
	return false;
}

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* What os_linux() relies on: our address with each datagram; no don't-fragment bit. */
static bool open_socket(struct load_net *n, struct load_socket *s, int buffer)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return complain_once(n, "no socket");
	set(s->fd, IPPROTO_UDP, UDP_GRO, 1);
	net_set_buffers(s->fd, buffer);
	if (set(s->fd, IPPROTO_IP, IP_PKTINFO, 1) &&
	    set(s->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) &&
	    bind(s->fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
	    os_linux()->poll_add(NULL, n->poll, s->fd, s))
		return true;
	complain_once(n, "no UDP port (--sources gives the clients addresses of their own)");
	close(s->fd);
	s->fd = -1;
	return false;
}

/* Whole /24s as far as the prefix has them: servers limit strangers by that. */
static void plan(struct load_net *n, uint32_t prefix, unsigned bits)
{
	n->bits = bits;
	n->prefix = prefix & (uint32_t)(UINT64_MAX << (32 - bits));
	n->nets = bits < 24 ? 1u << (24 - bits) : 1;
	n->addresses = n->nets * (bits <= 24 ? NET_HOSTS : (1u << (32 - bits)) - 2);
}

bool load_net_open(struct load_net *n, uint32_t prefix, unsigned bits, unsigned clients,
		   unsigned total)
{
	*n = (struct load_net){.poll = os_linux()->poll_new(NULL)};
	if (n->poll < 0)
		return complain("epoll");
	if (bits) {
		plan(n, prefix, bits);
		clients = (total + n->addresses - 1) / n->addresses;
	}
	n->sockets = calloc(clients, sizeof(*n->sockets));
	if (!n->sockets)
		return complain("no memory");
	n->n_sockets = clients;
	for (unsigned i = 0; i < clients; i++)
		n->sockets[i] = (struct load_socket){.fd = -1, .round = i};
	for (unsigned i = 0; bits && i < clients; i++) {
		if (!open_socket(n, &n->sockets[i], BUFFER_MANY))
			return false;
	}
	return true;
}

void load_net_close(struct load_net *n)
{
	for (unsigned i = 0; i < n->n_sockets; i++) {
		if (n->sockets[i].fd >= 0)
			close(n->sockets[i].fd);
	}
	free(n->sockets);
	if (n->poll >= 0)
		close(n->poll);
	*n = (struct load_net){.poll = -1};
}

bool load_net_open_one(struct load_net *n, struct load_socket *s, struct load_client *c)
{
	s->client = c;
	return s->fd >= 0 || open_socket(n, s, BUFFER_ONE);
}

uint32_t load_net_address(const struct load_net *n, uint32_t number, unsigned *round)
{
	uint32_t at;

	*round = 0;
	if (!n->bits)
		return 0;
	*round = number / n->addresses;
	at = number % n->addresses;
	return n->prefix + (at % n->nets << 8) + 1 + at / n->nets;
}

bool load_net_number(const struct load_net *n, unsigned round, uint32_t address, uint32_t *number)
{
	uint32_t at = address - n->prefix, net = at >> 8, host = at & 0xff;

	if (address < n->prefix || net >= n->nets || host == 0)
		return false;
	at = (host - 1) * n->nets + net;
	if (at >= n->addresses)
		return false;
	*number = round * n->addresses + at;
	return true;
}
