/*
 * dial: `sekisho-lac dial`, a whole L2TP/IPsec client. This file: one call from its first
 * packet to its last, each step as a line on standard output. dial_ping.c and dial_stay.c
 * are the two things that are done with it.
 */
#include "dial.h"

#include <stdio.h>
#include <string.h>

#include "command.h"

#define HANG_UP_MS 10000
#define ECHO_S     5 /* a server that vanished is noticed in 20 s */

static const char *ip_text(uint32_t ip, char *buf)
{
	struct ip_addr a = ip4_addr(ip);

	return ip_addr_text(&a, buf, IP_ADDR_TEXT);
}

/* ---- what the call tells ---- */

static void say_phase1(const struct dial_call *d)
{
	struct lac_info info;

	lac_get_info(call_lac(d->call), &info);
	printf("phase 1 up: %s\n", info.phase1);
}

static void say_esp(const struct dial_call *d)
{
	struct lac_info info;

	lac_get_info(call_lac(d->call), &info);
	printf("ESP up: %s, %s\n", info.udp_encap ? "in UDP" : "IP protocol 50", info.phase2);
}

static void on_step(void *ctx, enum lac_state reached, uint64_t at_us)
{
	struct dial_call *d = ctx;

	(void)at_us;
	d->reached = reached;
	if (reached == LAC_PHASE2)
		say_phase1(d);
	else if (reached == LAC_TUNNEL && !d->opt->raw)
		say_esp(d);
	else if (reached == LAC_PPP)
		printf("L2TP up%s\n", d->opt->raw ? ": without IPsec, everybody can read it" : "");
	fflush(stdout);
}

static void on_note(void *ctx, const struct note *n, uint64_t at_us)
{
	struct dial_call *d = ctx;

	(void)at_us;
	if (n->kind == NOTE_REFUSED || strcmp(n->reason, "l2tp-peer-cdn") == 0 ||
	    strcmp(n->reason, "l2tp-peer-stopccn") == 0)
		d->refusal = *n;
}

static void on_up(void *ctx, const struct ppp_up *up)
{
	struct dial_call *d = ctx;
	char ip[IP_ADDR_TEXT], peer[IP_ADDR_TEXT];

	d->up = *up;
	d->is_up = true;
	printf("PPP up: address %s, peer %s\n", ip_text(up->local_ip, ip),
	       ip_text(up->peer_ip, peer));
	for (int i = 0; i < 2; i++) {
		if (up->dns[i])
			printf("DNS: %s\n", ip_text(up->dns[i], ip));
	}
	fflush(stdout);
}

static void on_packet(void *ctx, struct bytes packet)
{
	struct dial_call *d = ctx;

	d->packet(d->ctx, packet);
}

static void on_flush(void *ctx)
{
	struct dial_call *d = ctx;

	if (d->flush)
		d->flush(d->ctx);
}

static void on_down(void *ctx, const char *reason)
{
	struct dial_call *d = ctx;

	d->is_down = true;
	d->reason = reason;
}

/* ---- one call ---- */

bool dial_look_up(struct dial_call *d)
{
	struct ip_addr server;

	/* the name servers may be behind the tunnel that is away */
	if (d->server && (d->opt->default_route || d->opt->dns))
		return true;
	if (!arg_server(d->opt->server, &server))
		return false;
	d->server = ip4_of(&server);
	return true;
}

bool dial_begin(struct dial_call *d)
{
	const struct dial_options *o = d->opt;
	struct call_config cfg = {
		.lac = {.server = ip4_addr(d->server),
			.psk = secret_bytes(&o->psk),
			.user = o->user,
			.password = secret_bytes(&o->password),
			.ppp_auth = PPP_AUTH_PAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2,
			.mru = o->mtu,
			.echo_s = ECHO_S,
			.natt = o->natt,
			.raw = o->raw},
		.port_any = o->port_any,
		.handlers = {d, on_step, on_note, on_up, on_packet, on_down, on_flush},
	};
	char err[DIAL_ERROR], server[IP_ADDR_TEXT];

	d->is_up = d->is_down = false;
	d->reached = LAC_IDLE;
	d->reason = NULL;
	d->refusal = (struct note){0};
	dial_cert_use(o, &cfg.lac);
	if (o->aggressive)
		cfg.lac.aggressive_id = lac_identity(o->aggressive);
	d->call = call_make(&cfg, err, sizeof(err));
	if (!d->call) {
		fprintf(stderr, "sekisho-lac: %s\n", err);
		return false;
	}
	printf("dialling %s\n", ip_text(d->server, server));
	fflush(stdout);
	lac_dial(call_lac(d->call), call_now_ms());
	return true;
}

void dial_turn(struct dial_call *d, struct dial_signals *s, uint64_t end_ms, struct pollfd *more,
	       unsigned n)
{
	struct pollfd p[CALL_MORE_MAX] = {{.fd = s->fd, .events = POLLIN}};
	uint64_t now = call_now_ms(), left = end_ms > now ? end_ms - now : 0;

	for (unsigned i = 0; i < n; i++)
		p[1 + i] = more[i];
	call_turn(d->call, left > INT32_MAX ? -1 : (int)left, p, 1 + n);
	for (unsigned i = 0; i < n; i++)
		more[i].revents = p[1 + i].revents;
	if (p[0].revents)
		dial_signals_read(s);
}

bool dial_connect(struct dial_call *d, struct dial_signals *s)
{
	uint64_t end = call_now_ms() + d->opt->timeout_ms;

	while (!d->is_up && !d->is_down && !s->stop && !s->redial && call_now_ms() < end)
		dial_turn(d, s, end, NULL, 0);
	if (d->is_up && !d->is_down)
		return true;
	if (!d->reason)
		d->reason = s->stop || s->redial ? "hang-up" : "timeout";
	return false;
}

void dial_end(struct dial_call *d, struct dial_signals *s)
{
	uint64_t end = call_now_ms() + HANG_UP_MS;
	bool stop = s->stop;

	if (!d->call)
		return;
	/* where nobody was heard, nobody is told */
	d->is_down |= lac_get_state(call_lac(d->call)) == LAC_DOWN || !call_heard(d->call);
	s->stop = false; /* another one does not wait */
	if (!d->is_down)
		lac_hang_up(call_lac(d->call), call_now_ms());
	while (!d->is_down && !s->stop && call_now_ms() < end)
		dial_turn(d, s, end, NULL, 0);
	s->stop |= stop;
	call_free(d->call);
	d->call = NULL;
}

/* ---- failures ---- */

/* "timeout" says less than that nothing came at all. */
static const char *reason_of(const struct dial_call *d)
{
	bool silence = strcmp(d->reason, "timeout") == 0 ||
		       strcmp(d->reason, "half-open-timeout") == 0 ||
		       strcmp(d->reason, "retransmit-timeout") == 0;

	if (!silence || !d->call)
		return d->reason;
	if (!call_heard(d->call))
		return "silent";
	return call_lacks_esp(d->call) ? "esp-not-permitted" : d->reason;
}

int dial_say_failure(const struct dial_call *d)
{
	const char *reason = reason_of(d);
	char words[512];

	if (strcmp(reason, "hang-up") == 0) {
		fprintf(stderr, "interrupted\n");
		return EXIT_FAILED;
	}
	call_in_words(reason, d->reached, &d->refusal, words, sizeof(words));
	fprintf(stderr, "%s in %s\n", d->reached == LAC_UP ? "ended" : "failed", words);
	return (int)call_layer(reason, d->reached);
}

bool dial_is_final(const struct dial_call *d)
{
	return call_is_final(reason_of(d), d->reached);
}

int dial_command(int argc, char **argv)
{
	struct dial_options o;
	struct dial_signals s;
	int rc = dial_options(&o, argc, argv);

	if (rc == 0 && !dial_cert_load(&o))
		rc = EXIT_USAGE;
	if (rc == 0 && !dial_signals_open(&s))
		rc = EXIT_FAILED;
	else if (rc == 0) {
		rc = o.stay ? dial_stay(&o, &s) : dial_ping(&o, &s);
		dial_signals_close(&s);
	}
	secret_wipe(&o.psk);
	secret_wipe(&o.password);
	dial_cert_free(&o);
	return rc == DIAL_HELP ? 0 : rc;
}
