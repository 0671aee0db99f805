/*
 * probe_offers: which phase 1 suites a server takes (RFC 2409 4, appendix A; RFC 3526, RFC
 * 5903). Called by the command probe.
 *
 * Each group's 25 suites are offered at once; the one that is chosen is taken out and the
 * rest is offered again, until the rest is refused. So every suite is known for itself with
 * few refusals, which servers limit. Silence means a refusal as long as a suite that was
 * taken before still is; else the server has stopped talking to us.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define TRIES        2
#define WAIT_MS      1000
#define WAIT_LEAST   250 /* when silence is known to mean no */
#define SUITES_GROUP 25

/* MODP first: some servers take offers of elliptic curves alone badly. */
static const uint8_t groups[] = {14, 15, 16, 17, 18, 5, 2, 1, 20, 19, 21};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

bool probe_suite(uint8_t group, unsigned n, struct ike_policy *out)
{
	static const struct {
		uint8_t cipher;
		uint16_t bits;
	} ciphers[] = {{7, 256}, {7, 192}, {7, 128}, {5, 0}, {1, 0}};
	static const enum prim_hash hashes[] = {PRIM_SHA512, PRIM_SHA384, PRIM_SHA256, PRIM_SHA1,
						PRIM_MD5};

	if (n >= SUITES_GROUP)
		return false;
	*out = (struct ike_policy){.priority = 1,
				   .cipher = ciphers[n / 5].cipher,
				   .key_bits = ciphers[n / 5].bits,
				   .hash = hashes[n % 5],
				   .group = group,
				   .auth = IKE_AUTH_PSK,
				   .life_s = PROBE_LIFE_S};
	return true;
}

/* ---- the scan ---- */

struct scan {
	const struct probe_asker *asker;
	struct probe_offers *out;
	uint32_t wait_ms;
	unsigned tries;
	struct ike_policy sample; /* a suite that was taken; cipher 0: none yet */
};

static enum probe_heard offer(struct scan *s, const struct ike_policy *of, size_t n,
			      struct ike_probe_answer *answer)
{
	struct ike_probe q = {.policies = of, .n_policies = n, .natt = 1u << IKE_NATT_RFC3947};
	uint32_t us;

	s->out->questions++;
	return s->asker->ask(s->asker->ctx, 500, &q, s->tries, s->wait_ms, answer, &us);
}

/* Nothing came: does the server still take what it took before? */
static bool still_talks(struct scan *s)
{
	struct ike_probe_answer answer;
	unsigned asked = s->out->questions;

	if (!s->sample.cipher)
		return true; /* nobody knows: the next groups may tell */
	s->tries = TRIES;
	s->wait_ms = WAIT_MS;
	if (offer(s, &s->sample, 1, &answer) == HEARD_CHOSE) {
		s->out->refuses_by_silence = true;
		return true;
	}
	s->out->stopped_after = asked;
	return false;
}

static bool same_suite(const struct ike_policy *a, const struct ike_policy *b)
{
	return a->cipher == b->cipher && a->key_bits == b->key_bits && a->hash == b->hash &&
	       a->group == b->group;
}

static void take_out(struct ike_policy *of, size_t *n, const struct ike_policy *chosen)
{
	size_t left = 0;

	for (size_t i = 0; i < *n; i++)
		if (!same_suite(&of[i], chosen))
			of[left++] = of[i];
	*n = left;
}

static void accept(struct scan *s, const struct ike_policy *chosen)
{
	struct probe_offers *out = s->out;

	if (out->n < PROBE_SUITES)
		out->accepted[out->n++] = *chosen;
	if (!out->life_s || chosen->life_s < out->life_s)
		out->life_s = chosen->life_s;
	s->sample = *chosen;
	s->sample.life_s = PROBE_LIFE_S;
}

/* False: it is no use to go on. */
static bool scan_group(struct scan *s, uint8_t group)
{
	struct ike_policy of[SUITES_GROUP];
	struct ike_probe_answer answer;
	size_t n = 0;

	while (probe_suite(group, (unsigned)n, &of[n]) && ++n < SUITES_GROUP)
		;
	while (n) {
		switch (offer(s, of, n, &answer)) {
		case HEARD_CHOSE:
			accept(s, &answer.chosen);
			take_out(of, &n, &answer.chosen);
			break;
		case HEARD_REFUSED:
			s->out->refuses_by_notify = true;
			return true;
		case HEARD_STRANGE:
			s->out->strange++;
			return true;
		case HEARD_NOTHING:
		case HEARD_CLOSED:
			return still_talks(s);
		}
	}
	return true;
}

/* By group, then by our order inside it. */
static unsigned rank(const struct ike_policy *p)
{
	struct ike_policy at;
	unsigned n = 0, g = 0;

	while (g < N_GROUPS && groups[g] != p->group)
		g++;
	while (probe_suite(p->group, n, &at) && !same_suite(&at, p))
		n++;
	return g * SUITES_GROUP + n;
}

static void sort(struct probe_offers *o)
{
	for (unsigned i = 1; i < o->n; i++) {
		struct ike_policy p = o->accepted[i];
		unsigned j = i;

		for (; j && rank(&o->accepted[j - 1]) > rank(&p); j--)
			o->accepted[j] = o->accepted[j - 1];
		o->accepted[j] = p;
	}
}

void probe_offers_scan(const struct probe_asker *asker, const struct probe_reach *reach,
		       struct probe_offers *out)
{
	struct scan s = {asker, out, WAIT_MS, TRIES, reach->taken};
	uint32_t quick_ms = reach->ike_us / 1000 * 4;

	if (quick_ms < WAIT_LEAST)
		quick_ms = WAIT_LEAST;
	*out = (struct probe_offers){.done = true};
	for (size_t i = 0; i < N_GROUPS && scan_group(&s, groups[i]); i++) {
		if (out->refuses_by_silence && quick_ms < WAIT_MS) {
			s.wait_ms = quick_ms;
			s.tries = 1;
		}
	}
	sort(out);
}

/* ---- what is weak ---- */

static void add_word(char *buf, size_t cap, const char *word)
{
	size_t len = strlen(buf);

	snprintf(buf + len, cap - len, "%s%s", len ? ", " : "", word);
}

const char *probe_weak_policy(const struct ike_policy *p, char *buf, size_t cap)
{
	buf[0] = 0;
	if (p->cipher == 1)
		add_word(buf, cap, "DES");
	if (p->cipher == 5)
		add_word(buf, cap, "3DES");
	if (p->hash == PRIM_MD5)
		add_word(buf, cap, "MD5");
	if (p->group == 1)
		add_word(buf, cap, "MODP768");
	if (p->group == 2)
		add_word(buf, cap, "MODP1024");
	return buf;
}

const char *probe_weak_esp(const struct burst_alg *a, char *buf, size_t cap)
{
	buf[0] = 0;
	if (a->cipher == BURST_DES_CBC)
		add_word(buf, cap, "DES");
	if (a->cipher == BURST_3DES_CBC)
		add_word(buf, cap, "3DES");
	if (a->auth == BURST_HMAC_MD5_96)
		add_word(buf, cap, "MD5");
	return buf;
}
