/*
 * server: the real struct core on the fake operating system: its configuration,
 * its sums, its rounds. Called by sim.c and life.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define CONFIG_MAX (4 * 1024 * 1024)
#define QUEUE      (1 << 20) /* no datagram is lost in a socket's queue: lines lose them */

struct sum {
	struct list link;
	struct ike_dh_job *job;
};

static struct sim *the_sim; /* the monitor's verbs get the fake's context */

static const char head[] = "hostname simulated\n"
			   "hub DEFAULT\n"
			   " secure-nat host 10.64.0.1 255.255.0.0\n"
			   " secure-nat enable\n"
			   "ip local pool OFFICE 10.64.1.0-10.64.127.255 mask 255.255.0.0\n"
			   "group-policy DfltGrpPolicy attributes\n"
			   " vpn-tunnel-protocol l2tp-ipsec\n"
			   " vpn-simultaneous-logins 3\n"
			   " vpn-idle-timeout none\n"
			   "group-policy Idlers internal\n"
			   "group-policy Idlers attributes\n"
			   " vpn-idle-timeout 30\n"
			   "tunnel-group DefaultRAGroup general-attributes\n"
			   " address-pool OFFICE\n"
			   "tunnel-group DefaultRAGroup ipsec-attributes\n"
			   " ikev1 pre-shared-key simkey\n"
			   "tunnel-group DefaultRAGroup ppp-attributes\n"
			   " no authentication chap\n"
			   " authentication ms-chap-v2\n"
			   "crypto isakmp nat-traversal 20\n";

/* Each person has a user; every tenth is in the policy with an idle limit. */
static char *config_text(const struct sim *s, unsigned round)
{
	char *text = malloc(CONFIG_MAX);
	size_t n;

	if (!text)
		abort();
	n = (size_t)snprintf(text, CONFIG_MAX, "%sl2tp tunnel hello %u\n", head,
			     SIM_HELLO_S - round % 2);
	for (unsigned i = 0; i < round % 4; i++)
		n += (size_t)snprintf(text + n, CONFIG_MAX - n,
				      "ip local pool SPARE%u 10.65.%u.1-10.65.%u.200\n", i, i, i);
	for (unsigned i = 0; i < s->o.persons; i++) {
		n += (size_t)snprintf(text + n, CONFIG_MAX - n,
				      "username p%u password secret%u mschap\n", i, i);
		if (i % 10 == 3)
			n += (size_t)snprintf(text + n, CONFIG_MAX - n,
					      "username p%u attributes\n vpn-group-policy Idlers\n",
					      i);
	}
	snprintf(text + n, CONFIG_MAX - n, "crypto ikev1 enable outside\n");
	return text;
}

static bool apply(struct sim *s)
{
	const struct os *os = fake_os(s->fake);
	struct cfg_errors *errs = calloc(1, sizeof(*errs));
	char *text = config_text(s, s->config_round), error[256] = "memory is short";
	struct config *cfg =
		errs ? config_parse(text, strlen(text), errs, os->random, os->ctx) : NULL;
	bool ok = cfg && core_apply(s->core, cfg, error, sizeof(error));

	if (!cfg && errs && errs->n)
		snprintf(error, sizeof(error), "line %u: %.200s", errs->e[0].line, errs->e[0].text);
	if (!ok) {
		config_free(cfg);
		judge_fail(s, NULL, "configuration", "not taken: %s", error);
	}
	free(errs);
	free(text);
	return ok;
}

/* ---- sums ---- */

static void submit(void *ctx, struct ike_dh_job *job)
{
	struct sim *s = ctx;
	struct sum *sum = calloc(1, sizeof(*sum));

	if (!sum)
		abort();
	sum->job = job;
	list_push(&s->sums, &sum->link);
}

static bool run_sums(struct sim *s)
{
	bool any = false;

	list_each (&s->sums, it) {
		struct sum *sum = list_entry(it, struct sum, link);

		list_del(it);
		ike_dh_run(sum->job);
		core_dh_done(s->core, sum->job);
		free(sum);
		any = true;
	}
	return any;
}

/* ---- start ---- */

static void watched_open_tap(void *ctx, const struct priv_tap *req, struct priv_result *out)
{
	struct sim *s = the_sim;

	fake_priv(s->fake)->open_tap(ctx, req, out);
	memcpy(s->host_mac, req->mac, sizeof(s->host_mac));
	for (unsigned i = 0; out->ok && i < out->n_fds && s->n_taps < SIM_TAPS; i++) {
		s->taps[s->n_taps++] = out->fds[i];
		fake_queue_max(s->fake, out->fds[i], QUEUE);
	}
}

static void keep_sockets(struct sim *s, const struct priv_result *out)
{
	for (unsigned i = 0; out->ok && i < out->n_fds && s->n_sockets < SIM_SOCKETS; i++) {
		s->sockets[s->n_sockets++] = out->fds[i];
		fake_queue_max(s->fake, out->fds[i], QUEUE);
	}
}

static void watched_open_udp(void *ctx, const struct priv_udp *req, struct priv_result *out)
{
	fake_priv(the_sim->fake)->open_udp(ctx, req, out);
	keep_sockets(the_sim, out);
}

static void watched_open_esp(void *ctx, const struct ip_addr *addr, uint16_t n,
			     struct priv_result *out)
{
	fake_priv(the_sim->fake)->open_esp(ctx, addr, n, out);
	keep_sockets(the_sim, out);
}

bool server_start(struct sim *s)
{
	struct core_config cc = {
		.os = &s->os,
		.priv = &s->priv,
		.workers = s->o.workers,
		.sessions_max = (s->o.persons * 2 + 64) / s->o.workers,
		.submit = submit,
		.submit_ctx = s,
	};

	the_sim = s;
	s->os = *fake_os(s->fake);
	s->priv = *fake_priv(s->fake);
	s->priv.open_tap = watched_open_tap;
	s->priv.open_udp = watched_open_udp;
	s->priv.open_esp = watched_open_esp;
	s->core = core_new(&cc);
	if (!s->core)
		abort();
	return apply(s);
}

bool server_apply(struct sim *s)
{
	s->config_round++;
	s->n.changes++;
	return apply(s);
}

/* ---- a round ---- */

bool server_round(struct sim *s)
{
	bool busy = run_sums(s);

	s->core_next_ms = core_run(s->core);
	busy |= network_from_server(s);
	return busy | host_round(s);
}

void server_stop(struct sim *s)
{
	core_free(s->core);
	s->core = NULL;
	list_each (&s->sums, it) {
		list_del(it);
		free(list_entry(it, struct sum, link));
	}
	if (fake_open_count(s->fake))
		judge_fail(s, NULL, "descriptors", "%u are open after the server's end",
			   fake_open_count(s->fake));
}
