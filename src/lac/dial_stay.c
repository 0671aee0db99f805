/*
 * dial_stay: a connection that stays: the interface, its routes and name servers are made
 * once; calls come and go behind them. Called by dial_command().
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "dial.h"

#define TUN_NAME  "sekisho%d"
#define BACKOFF_S 60 /* the longest pause between two tries */
#define HALF      0x80000000u
#define NEVER_MS  UINT64_MAX
#define NO_CHILD  0

enum after { AFTER_LEAVE, AFTER_RETRY, AFTER_REDIAL };

struct stay {
	const struct dial_options *opt;
	struct dial_signals *signals;
	struct dial_call call;
	struct dial_netns ns;
	struct dial_tun tun;
	struct dial_dns dns;
	struct dial_route to_server; /* past the tunnel; oif 0: none */
	bool to_server_ours;
	bool routed;  /* the routes are there */
	bool was_up;  /* once at least */
	pid_t child;  /* NO_CHILD: none */
	int status;   /* to exit with */
	unsigned try; /* since it was last up */
};

static bool complain(const char *err)
{
	fprintf(stderr, "sekisho-lac: %s\n", err);
	return false;
}

/* ---- the interface ---- */

static void take_packet(void *ctx, struct bytes packet)
{
	struct stay *st = ctx;

	dial_packets_in(st->tun.packets, st->tun.fd, packet);
}

static void flush_packets(void *ctx)
{
	struct stay *st = ctx;

	dial_packets_flush(st->tun.packets, st->tun.fd);
}

static bool open_interface(struct stay *st)
{
	const struct dial_options *o = st->opt;
	char err[DIAL_ERROR] = "";
	bool ok;

	if (!dial_netns_open(&st->ns, o->netns, o->exec && !o->tun, err))
		return complain(err);
	if (!dial_netns_enter(&st->ns))
		return complain("the namespace cannot be entered");
	ok = (st->ns.there < 0 || dial_loopback_up(err)) &&
	     dial_tun_open(&st->tun, o->tun ? o->tun : TUN_NAME, err);
	dial_netns_leave(&st->ns);
	return ok || complain(err);
}

static bool add_route(struct stay *st, uint32_t net, uint8_t len, char *err)
{
	const struct dial_route r = {.to = {net, len}, .oif = st->tun.index};
	bool was_there, ok = dial_route_add(&r, &was_there, err);

	if (was_there)
		complain(err); /* somebody else's, which stays */
	return ok;
}

/* The name servers, where they are not the peer, which has its route. */
static bool add_dns_routes(struct stay *st, char *err)
{
	const struct ppp_up *up = &st->call.up;

	for (int i = 0; i < 2; i++) {
		if (up->dns[i] && up->dns[i] != up->peer_ip &&
		    (i == 0 || up->dns[1] != up->dns[0]) && !add_route(st, up->dns[i], 32, err))
			return false;
	}
	return true;
}

/* In the namespace of the interface. Two halves instead of a default route leave the one that
 * is there alone: when the interface goes, it is as it was. */
static bool add_routes(struct stay *st, char *err)
{
	const struct dial_options *o = st->opt;

	for (unsigned i = 0; i < o->n_routes; i++) {
		if (!add_route(st, o->route[i].net, o->route[i].len, err))
			return false;
	}
	if (st->ns.there >= 0)
		return add_route(st, 0, 0, err);
	if (o->default_route)
		return add_route(st, 0, 1, err) && add_route(st, HALF, 1, err);
	return !o->dns || add_dns_routes(st, err);
}

static uint16_t mtu_of(const struct stay *st)
{
	uint16_t peer = st->call.up.peer_mru, own = st->opt->mtu;

	return peer && peer < own ? peer : own;
}

static bool set_interface(struct stay *st)
{
	const struct ppp_up *up = &st->call.up;
	char err[DIAL_ERROR] = "";
	bool ok;

	if (!dial_netns_enter(&st->ns))
		return complain("the namespace cannot be entered");
	st->routed &= st->tun.ip == up->local_ip && st->tun.peer == up->peer_ip;
	ok = dial_tun_address(&st->tun, up->local_ip, up->peer_ip, mtu_of(st), err) &&
	     (st->routed || add_routes(st, err));
	st->routed |= ok;
	dial_netns_leave(&st->ns);
	if (ok && st->opt->dns && !dial_dns_set(&st->dns, &st->ns, &st->tun, up->dns, err))
		complain(err); /* packets pass all the same */
	return ok || complain(err);
}

static bool would_lead_into_itself(const struct stay *st)
{
	const struct dial_options *o = st->opt;
	bool covered = o->default_route;

	for (unsigned i = 0; i < o->n_routes; i++)
		covered |= dial_prefix_covers(&o->route[i], st->call.server);
	return covered && st->ns.there < 0;
}

/* The way to the server must not lead into the tunnel. It may be another one than at the last
 * dial. */
static void keep_way_to_server(struct stay *st)
{
	struct dial_route r = {0};
	char err[DIAL_ERROR];
	bool was_there;

	if (!would_lead_into_itself(st))
		return;
	if (st->to_server.oif && st->to_server_ours)
		dial_route_del(&st->to_server);
	st->to_server = (struct dial_route){0};
	if (!dial_route_find(st->call.server, st->tun.index, &r))
		return; /* the sockets will say so */
	r.to = (struct dial_prefix){st->call.server, 32};
	if (!dial_route_add(&r, &was_there, err)) {
		complain(err);
		return;
	}
	st->to_server = r;
	st->to_server_ours = !was_there;
}

static void close_all(struct stay *st)
{
	int status = st->child ? dial_exec_end(st->child) : 0;

	if (st->child && st->signals->stop)
		st->status = status;
	dial_dns_unset(&st->dns);
	if (st->to_server.oif && st->to_server_ours)
		dial_route_del(&st->to_server);
	dial_tun_close(&st->tun);
	dial_netns_close(&st->ns);
}

/* ---- while it is up ---- */

static void say_up(const struct stay *st)
{
	struct ip_addr ip = ip4_addr(st->tun.ip), peer = ip4_addr(st->tun.peer);
	char text[IP_ADDR_TEXT], peer_text[IP_ADDR_TEXT];

	printf("up: interface %s%s%s, address %s, peer %s, mtu %u\n", st->tun.name,
	       st->ns.name[0] ? ", namespace " : "", st->ns.name,
	       ip_addr_text(&ip, text, sizeof(text)),
	       ip_addr_text(&peer, peer_text, sizeof(peer_text)), st->tun.mtu);
	fflush(stdout);
}

static bool begin_command(struct stay *st)
{
	char err[DIAL_ERROR];

	if (!st->opt->exec || st->was_up)
		return true;
	st->child = dial_exec(st->opt, &st->ns, &st->tun, &st->dns, &st->call.up, err);
	if (st->child > 0)
		return true;
	st->child = NO_CHILD;
	return complain(err);
}

/* True: the command has ended and with it the connection. */
static bool command_ended(struct stay *st)
{
	if (!st->signals->child || !st->child)
		return false;
	st->signals->child = false;
	if (!dial_exec_ended(st->child, &st->status))
		return false;
	st->child = NO_CHILD;
	return true;
}

/* Packets pass until the call is down, a signal came or the command ended. */
static enum after pass_packets(struct stay *st)
{
	struct dial_signals *s = st->signals;
	struct pollfd tun = {.fd = st->tun.fd, .events = POLLIN};

	while (!st->call.is_down && !s->stop && !s->redial) {
		dial_turn(&st->call, s, NEVER_MS, &tun, 1);
		if (tun.revents)
			dial_packets_out(st->tun.packets, st->tun.fd, st->call.call, st->tun.mtu);
		if (st->call.up.local_ip != st->tun.ip && !st->call.is_down && !set_interface(st))
			return AFTER_LEAVE;
		if (command_ended(st))
			return AFTER_LEAVE;
	}
	return s->stop ? AFTER_LEAVE : s->redial ? AFTER_REDIAL : AFTER_RETRY;
}

static enum after stay_up(struct stay *st)
{
	enum after after;

	st->status = EXIT_FAILED;
	/* what waited while it was away is old */
	dial_packets_out(st->tun.packets, st->tun.fd, NULL, 0);
	if (!set_interface(st))
		return AFTER_LEAVE;
	say_up(st);
	if (!begin_command(st))
		return AFTER_LEAVE;
	st->was_up = true;
	st->try = 0;
	st->status = 0;
	after = pass_packets(st);
	if (after != AFTER_RETRY)
		return after;
	st->status = dial_say_failure(&st->call);
	return st->opt->once ? AFTER_LEAVE : AFTER_RETRY;
}

/* ---- calls that come and go ---- */

static enum after one_call(struct stay *st)
{
	const struct dial_options *o = st->opt;
	struct dial_signals *s = st->signals;
	bool local_ok = dial_look_up(&st->call);

	s->redial = false;
	st->status = EXIT_FAILED;
	if (local_ok) {
		keep_way_to_server(st);
		local_ok = dial_begin(&st->call);
	}
	if (!local_ok)
		return o->once || !(st->was_up || o->keep_trying) ? AFTER_LEAVE : AFTER_RETRY;
	if (dial_connect(&st->call, s))
		return stay_up(st);
	if (s->redial)
		return AFTER_REDIAL;
	st->status = dial_say_failure(&st->call);
	if (s->stop || o->once || (dial_is_final(&st->call) && !o->keep_trying))
		return AFTER_LEAVE;
	return AFTER_RETRY;
}

/* False: it is to end. */
static bool pause_before_retry(struct stay *st)
{
	struct dial_signals *s = st->signals;
	unsigned seconds = st->try < 6 ? 1u << st->
	try : BACKOFF_S
		;
	uint64_t end = call_now_ms() + seconds * 1000u, now;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	st->try++;
	printf("away: dialling again in %u s\n", seconds);
	fflush(stdout);
	while (!s->stop && !s->redial && (now = call_now_ms()) < end) {
		if (poll(&p, 1, (int)(end - now)) > 0)
			dial_signals_read(s);
		if (command_ended(st))
			return false;
	}
	return !s->stop;
}

int dial_stay(const struct dial_options *o, struct dial_signals *s)
{
	struct stay st = {.opt = o,
			  .signals = s,
			  .call = {.opt = o, .packet = take_packet, .flush = flush_packets},
			  .ns = {.home = -1, .there = -1},
			  .tun = {.fd = -1},
			  .dns = {.lock = -1},
			  .status = EXIT_FAILED};
	enum after after = AFTER_LEAVE;

	st.call.ctx = &st;
	dial_dns_recover();
	if (!open_interface(&st)) {
		if (geteuid() != 0)
			complain("network interfaces and namespaces need root");
	} else {
		do {
			after = one_call(&st);
			dial_end(&st.call, s);
		} while (after == AFTER_REDIAL ||
			 (after == AFTER_RETRY && pause_before_retry(&st)));
		if (st.was_up && s->stop && !o->exec)
			st.status = 0;
	}
	close_all(&st);
	if (st.was_up) {
		printf("hung up\n");
		fflush(stdout);
	}
	return st.status;
}
