/*
 * probe_systems: would this client system connect? Without a key its own first message is
 * put to the server; with one a whole connection is made as that system makes it (lac/profile.h).
 * And what is told to the administrator besides. Called by the command probe.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define TRIES      2
#define WAIT_MS    1000
#define SUSPECT_MS 4000

void probe_system_ask(struct probe *p, struct probe_system *s, const struct probe_asker *asker)
{
	struct ike_probe q = {.profile = ike_profile_by_name(s->profile->ike)};
	struct ike_probe_answer answer;

	(void)p;
	s->heard = asker->ask(asker->ctx, 500, &q, TRIES, WAIT_MS, &answer, &s->ike_us);
	s->chosen = answer.chosen;
	s->notify = answer.notify;
	s->ok = s->heard == HEARD_CHOSE;
	/* some servers refuse by silence; whether they talk at all is known by now */
	if (!s->ok)
		s->trouble = p->reach.ike == HEARD_NOTHING || p->reach.ike == HEARD_CLOSED
				     ? TROUBLE_SILENT
				     : TROUBLE_PROPOSAL;
}

static void take_nat(struct probe *p, const struct probe_result *r)
{
	if (p->nat_known || !r->nat_known)
		return;
	p->nat_known = true;
	p->server_behind_nat = r->info.server_behind_nat;
	p->we_behind_nat = r->info.we_behind_nat;
}

/* A client without a key comes as far as message 4, where NAT is looked for. As Windows first:
 * it is the one to whom the answer matters, and some servers tell it another. */
void probe_nat_step(struct probe *p)
{
	struct probe_call call = probe_own_call(p, STOP_ESP);
	const struct ike_policy *own;
	struct probe_result r;

	call.lac.psk = (struct bytes){NULL, 0};
	own = call.lac.policies;
	call.lac.policies = NULL;
	call.lac.profile = lac_profile_by_name("windows10");
	probe_call(&call, &r);
	take_nat(p, &r);
	if (p->nat_known)
		return;
	call.lac.policies = own;
	call.lac.profile = NULL;
	probe_call(&call, &r);
	take_nat(p, &r);
}

void probe_system_call(struct probe *p, struct probe_system *s)
{
	struct probe_call call = probe_own_call(p, p->opt.has_password ? STOP_UP : STOP_AUTH);

	/* the key was the first one's trouble and will be everybody's */
	for (const struct probe_system *before = p->systems; before < s; before++)
		if (before->trouble == TROUBLE_MAYBE_KEY)
			call.patience_ms = SUSPECT_MS;
	call.lac.profile = s->profile;
	call.lac.policies = NULL;
	call.lac.esps = NULL;
	call.lac.ppp_auth = probe_system_auth(s->profile);
	probe_call(&call, &s->result);
	s->called = true;
	s->ok = s->result.ok;
	s->trouble = probe_trouble(&s->result, p->reach.natt);
	take_nat(p, &s->result);
}

int probe_status(const struct probe *p)
{
	if (p->opt.raw)
		return p->raw.ok ? 0 : 1;
	for (unsigned i = 0; i < p->n_systems; i++)
		if (!p->systems[i].ok)
			return 1;
	return 0;
}

/* ---- warnings ---- */

static bool any_encap(const struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++)
		if (p->systems[i].result.reached >= LAC_TUNNEL &&
		    p->systems[i].result.info.udp_encap)
			return true;
	return false;
}

static bool warn_raw(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap,
		 "the server answers L2TP without IPsec (UDP 1701): whoever connects so is not "
		 "encrypted, and anybody can try passwords");
	return p->raw_answers && !p->opt.raw;
}

static bool warn_aggressive(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap,
		 "the server answers Aggressive Mode%s: switch it off, or have a random key of 20 "
		 "characters or more",
		 p->reach.aggressive_hash == KNOWN_YES
			 ? " and sends anybody a hash of the pre-shared key to guess at offline"
			 : "");
	return p->reach.aggressive == KNOWN_YES;
}

/* Which weak algorithms are in a list of suites, each once. */
static void gather(char *list, size_t cap, const char *weak)
{
	char words[48], *save = NULL;

	snprintf(words, sizeof(words), "%s", weak);
	for (char *w = strtok_r(words, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		size_t len = strlen(list);
		const char *at = strstr(list, w);

		/* "DES" is a part of "3DES" */
		while (at && at != list && at[-1] != ' ')
			at = strstr(at + 1, w);
		if (!at)
			snprintf(list + len, cap - len, "%s%s", len ? ", " : "", w);
	}
}

static bool warn_weak_ike(const struct probe *p, char *buf, size_t cap)
{
	char list[64] = "", weak[48];
	unsigned n = 0;

	for (unsigned i = 0; i < p->offers.n; i++) {
		if (!probe_weak_policy(&p->offers.accepted[i], weak, sizeof(weak))[0])
			continue;
		gather(list, sizeof(list), weak);
		n++;
	}
	snprintf(buf, cap, "%u of the %u IKE suites that it takes are weak: %s", n, p->offers.n,
		 list);
	return n != 0;
}

static bool warn_weak_esp(const struct probe *p, char *buf, size_t cap)
{
	char list[64] = "", weak[48];
	unsigned n = 0;

	for (unsigned i = 0; i < p->suites.n; i++) {
		if (!probe_weak_esp(&p->suites.accepted[i], weak, sizeof(weak))[0])
			continue;
		gather(list, sizeof(list), weak);
		n++;
	}
	snprintf(buf, cap, "%u of the %u ESP suites that it takes are weak: %s", n, p->suites.n,
		 list);
	return n != 0;
}

static bool warn_auth(const struct probe *p, char *buf, size_t cap)
{
	if (p->auth.none == KNOWN_YES)
		snprintf(buf, cap, "the server lets PPP up without any authentication");
	else
		snprintf(buf, cap,
			 "the server takes PAP: the password itself is sent, which only IPsec "
			 "protects from whoever is in between");
	return p->auth.none == KNOWN_YES || (p->auth.methods & PPP_AUTH_PAP);
}

static bool warn_mschap1(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap, "the server takes MS-CHAPv1, which is broken");
	return p->auth.methods & PPP_AUTH_MSCHAP1;
}

/* Some servers hide their NAT from Windows. */
static bool windows_connects(const struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++)
		if (p->systems[i].called && p->systems[i].ok &&
		    strncmp(p->systems[i].profile->name, "windows", 7) == 0)
			return true;
	return false;
}

static bool warn_nat(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap,
		 "the server is behind NAT, as its own NAT-D shows: Windows connects only with "
		 "AssumeUDPEncapsulationContextOnSendRule = 2");
	return p->nat_known && p->server_behind_nat && !windows_connects(p);
}

static bool warn_4500(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap,
		 "UDP port 4500 %s: clients behind NAT, which is most of them, would not come "
		 "through",
		 p->reach.natt == HEARD_CLOSED ? "is closed" : "does not answer a first message");
	return (p->reach.ike == HEARD_CHOSE || p->reach.ike == HEARD_REFUSED) &&
	       (p->reach.natt == HEARD_NOTHING || p->reach.natt == HEARD_CLOSED) && !any_encap(p);
}

static bool warn_natt(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap, "the server announces no NAT traversal");
	return p->reach.ike == HEARD_CHOSE && !p->reach.natt_versions;
}

static bool warn_stopped(const struct probe *p, char *buf, size_t cap)
{
	snprintf(buf, cap,
		 "the server stopped answering after %u questions: a rate limit; what is said of "
		 "its IKE suites is not complete",
		 p->offers.stopped_after);
	return p->offers.stopped_after;
}

bool probe_warning(const struct probe *p, unsigned n, char *buf, size_t cap)
{
	static bool (*const all[])(const struct probe *, char *, size_t) = {
		warn_raw,     warn_aggressive, warn_weak_ike, warn_weak_esp, warn_auth,
		warn_mschap1, warn_nat,        warn_4500,     warn_natt,     warn_stopped};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i](p, buf, cap) && n-- == 0)
			return true;
	return false;
}
