/*
 * every_loss: a whole connection (dial, ping, hang up) once for each datagram of it and
 * each thing that may happen to one: lost, doubled, behind the next one, late by 50 ms,
 * 1 s, 5 s and 20 s, a bit wrong (several times, another bit each), the NAT's ports
 * changed behind it; and for every two lost. It must come up, carry pings and, at the
 * end, leave the server empty; also when the administrator ends it. And once for each
 * datagram from which on nothing passes: the server must be empty by itself. All this
 * again with a new ISAKMP SA and a new pair of ESP SAs in the middle: the same session
 * must live on.
 * `test_every_loss KIND to-server|to-client K SEED [plain] [renew] [PROFILE]` plays one case
 * and tells its story; `test_every_loss profiles` plays a part of it as every client system.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define UP_MS    90000
#define PINGS    8
#define DOWN_MS  60000
#define RENEW_MS 40000  /* every try of a Main Mode */
#define EMPTY_MS 200000 /* Hello 60 s, its retransmissions, the SA's linger */

static const char config[] = FIXTURE_OFFICE;

/* What every client system has one of. */
#define POLICY(n, cipher, group)                                                                   \
	"crypto ikev1 policy " #n "\n authentication pre-share\n encryption " cipher               \
	"\n hash sha\n group " #group "\n"
static const char policies[] = POLICY(10, "aes-256", 14) POLICY(20, "aes", 14)
	POLICY(30, "aes-256", 2) POLICY(40, "aes", 2) POLICY(
		50, "3des", 2) "crypto ipsec ikev1 transform-set A esp-aes-256 esp-sha-hmac\n"
			       "crypto ipsec ikev1 transform-set A mode transport\n"
			       "crypto ipsec ikev1 transform-set B esp-aes esp-sha-hmac\n"
			       "crypto ipsec ikev1 transform-set B mode transport\n"
			       "crypto ipsec ikev1 transform-set C esp-3des esp-sha-hmac\n"
			       "crypto ipsec ikev1 transform-set C mode transport\n"
			       "crypto dynamic-map D 10 set ikev1 transform-set A B C\n"
			       "crypto map M 10 ipsec-isakmp dynamic D\n"
			       "crypto map M interface outside\n";

static const struct ike_policy modp2048 = {1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800};

/* clang-format off */
static const struct kind {
	const char *name;
	struct fate fate;
	unsigned times;
	bool for_good; /* this datagram and every later one, both ways */
	bool rebind;   /* the NAT gives other ports just behind it */
	bool logoff;   /* the administrator ends the session, not the client */
} kinds[] = {
	{"undisturbed",    {FATE_DELIVER, 0},   1, false, false, false},
	{"lost",           {FATE_LOSE, 0},      1, false, false, false},
	{"twice",          {FATE_TWICE, 0},     1, false, false, false},
	{"swapped",        {FATE_DELAY, 1},     1, false, false, false},
	{"late-50ms",      {FATE_DELAY, 50},    1, false, false, false},
	{"late-1s",        {FATE_DELAY, 1000},  1, false, false, false},
	{"late-5s",        {FATE_DELAY, 5000},  1, false, false, false},
	{"late-20s",       {FATE_DELAY, 20000}, 1, false, false, false},
	{"corrupt",        {FATE_CORRUPT, 0},   6, false, false, false},
	{"cut",            {FATE_LOSE, 0},      1, true,  false, false},
	{"rebind",         {FATE_LOSE, 0},      1, false, true,  false},
	{"logoff-lost",    {FATE_LOSE, 0},      1, false, false, true},
	{"logoff-late-1s", {FATE_DELAY, 1000},  1, false, false, true},
	{"logoff-cut",     {FATE_LOSE, 0},      1, true,  false, true},
};
/* clang-format on */
#define LOST    1
#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

struct run {
	const struct kind *kind;
	enum world_dir dir;
	unsigned k, also[2]; /* also: one more of each direction, 0: none */
	bool plain, renew, tell;
	uint64_t seed;
	const struct ike_policy *policy;
	const struct lac_profile *profile; /* NULL: itself */
	bool is_cut;                       /* for good, from now on */
	/* out */
	unsigned sent[2];
	char fault[256];
};

static struct fate fate_of(void *ctx, const struct client *c, enum world_dir dir, unsigned k)
{
	struct run *r = ctx;
	struct fate f = {FATE_DELIVER, 0};

	if (r->is_cut)
		return r->kind->fate;
	if ((dir != r->dir || k != r->k) && k != r->also[dir])
		return f;
	f = r->kind->fate;
	r->is_cut = r->kind->for_good;
	if (r->kind->rebind) {
		network_rebind(client_by_name(c->world, c->name));
		return (struct fate){FATE_DELIVER, 0};
	}
	if (f.kind == FATE_CORRUPT)
		f.arg = (uint32_t)world_random(c->world);
	return f;
}

static bool settled(void *ctx)
{
	const struct client *c = ctx;

	return client_is(c, LAC_UP) || client_is(c, LAC_DOWN);
}

static bool is_down(void *ctx)
{
	return client_is(ctx, LAC_DOWN);
}

static bool fail(struct run *r, const char *what, const char *more)
{
	snprintf(r->fault, sizeof(r->fault), "%s%s%s", what, more ? ": " : "", more ? more : "");
	return false;
}

/* Messages 1 to 4 of Main Mode have no protection: when a bit of one is wrong the keys
 * differ. And a client whose port changed while it waits for an answer says nothing that
 * could tell the server: a repeated message proves no address (security.md H-16). Then a
 * person tries again; everything else must mend itself. */
static bool come_up(struct run *r, struct client *c)
{
	bool helpless = r->kind->rebind || (r->kind->fate.kind == FATE_CORRUPT && r->k <= 2);
	unsigned tries = helpless ? 2 : 1;

	for (; tries; tries--) {
		client_dial(c);
		world_until(c->world, UP_MS, settled, c);
		if (client_is(c, LAC_UP))
			return true;
	}
	return fail(r, "did not come up", lac_down_reason(c->lac));
}

static unsigned answers(const struct client *c)
{
	unsigned answered = 0;

	for (unsigned i = 0; i < WORLD_PINGS; i++)
		answered += c->pings[i].answered;
	return answered;
}

struct waiting {
	const struct client *c;
	unsigned answers;
};

static bool pinged(void *ctx)
{
	const struct waiting *wait = ctx;

	return answers(wait->c) >= wait->answers;
}

/* Two answers of at most PINGS, a second between them. */
static bool ping(struct run *r, struct client *c)
{
	struct waiting wait = {c, answers(c) + 2};

	for (unsigned i = 0; i < PINGS; i++) {
		client_ping(c, 0x0a040501, 56);
		if (world_until(c->world, 1000, pinged, &wait))
			return true;
	}
	return fail(r, "no answer to pings", NULL);
}

/* The call from before must live on, and be the only one. */
static bool renew(struct run *r, struct world *w, struct client *c)
{
	uint16_t before[2] = {0}, after[2] = {0};

	check_ids(w, &before[0], &before[1]);
	lac_renew(c->lac, world_now(w));
	if (!ping(r, c))
		return false;
	world_run(w, RENEW_MS);
	lac_rekey(c->lac, world_now(w));
	if (!ping(r, c))
		return false;
	world_run(w, RENEW_MS);
	if (!ping(r, c))
		return false;
	check_ids(w, &after[0], &after[1]);
	if (memcmp(before, after, sizeof(before)) == 0 && check_sessions(w) == 1)
		return true;
	return fail(r, "the session did not outlive the new SAs", NULL);
}

static void hang_up(const struct run *r, struct client *c)
{
	if (r->kind->logoff)
		api_logoff(c->world->core, API_LOGOFF_ALL, NULL);
	else
		client_hang_up(c);
}

static bool play_through(struct run *r, struct world *w, struct client *c)
{
	if (!come_up(r, c) || !ping(r, c) || (r->renew && !renew(r, w, c)))
		return false;
	hang_up(r, c);
	if (!world_until(w, DOWN_MS, is_down, c))
		return fail(r, "did not go down", lac_state_name(lac_get_state(c->lac)));
	memcpy(r->sent, c->sent, sizeof(r->sent));
	/* what was delayed arrives before the end is judged */
	world_run(w, 6000);
	return true;
}

/* The client goes as far as it gets, and is gone. */
static void play_until_cut(const struct run *r, struct world *w, struct client *c)
{
	struct run nobody = {.kind = &kinds[0]};

	if (come_up(&nobody, c) && ping(&nobody, c) && (!r->renew || renew(&nobody, w, c)))
		hang_up(r, c);
	world_settle(w);
	c->vanished = true;
}

static bool play(struct run *r, struct world *w, struct client *c)
{
	char what[128];

	if (r->kind->for_good)
		play_until_cut(r, w, c);
	else if (!play_through(r, w, c))
		return false;
	if (world_until(w, EMPTY_MS, fixture_is_empty, w))
		return true;
	check_empty(w, what, sizeof(what));
	return fail(r, "the server still has", what);
}

static void tell(struct world *w, struct client *c)
{
	json_t *stories = api_explain(w->core, NULL);
	char *dump = json_dumps(stories, JSON_INDENT(1));

	for (unsigned i = 0; i < c->n_notes; i++)
		fprintf(stderr, "client: %s: %s\n", c->notes[i].reason, c->notes[i].text);
	fprintf(stderr, "%s\n", dump ? dump : "");
	free(dump);
	json_decref(stories);
}

static bool run(struct run *r)
{
	char error[256], text[sizeof(config) + sizeof(policies)];
	struct world *w;
	struct client_options o = {.name = "A",
				   .user = "alice",
				   .password = "secret1",
				   .psk = "testpsk",
				   .inner = ip4_addr(0x0a000002),
				   .plain = r->plain,
				   .profile = r->profile,
				   .policies = r->policy,
				   .n_policies = r->profile ? 0 : 1};
	struct client *c;
	bool ok;

	snprintf(text, sizeof(text), "%s%s", config, r->profile ? policies : "");
	w = world_new(text, 1, 16, r->seed + 1, error);
	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", error);
		exit(2);
	}
	if (!r->plain)
		o.outer = ip4_addr(0xc6336409);
	w->fate = fate_of;
	w->fate_ctx = r;
	c = client_new(w, &o);
	ok = play(r, w, c);
	if (r->tell)
		tell(w, c);
	world_free(w);
	if (!ok)
		fprintf(stderr, "%s %s%s%s, %s number %u, also %u/%u, seed %u: %s\n",
			r->profile ? r->profile->name : "", r->plain ? "plain ESP, " : "",
			r->renew ? "renewing, " : "", r->kind->name,
			r->dir == TO_SERVER ? "to-server" : "to-client", r->k, r->also[TO_SERVER],
			r->also[TO_CLIENT], (unsigned)r->seed, r->fault);
	return ok;
}

/* One kind on every datagram of a connection; counts runs and failures. */
static void sweep(const struct kind *kind, const struct run *calm, unsigned *runs, unsigned *failed)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		for (unsigned k = 1; k <= calm->sent[dir] + kind->logoff * 2u; k++) {
			for (unsigned n = 0; n < kind->times; n++) {
				struct run r = {.kind = kind,
						.dir = (enum world_dir)dir,
						.k = k,
						.seed = k + 1000 * n,
						.plain = calm->plain,
						.renew = calm->renew,
						.profile = calm->profile,
						.policy = &fixture_ecp256};

				++*runs;
				*failed += !run(&r);
			}
		}
	}
}

/* Every two datagrams lost of one connection. */
static void sweep_pairs(const struct run *calm, unsigned *runs, unsigned *failed)
{
	unsigned to_server = calm->sent[TO_SERVER], n = to_server + calm->sent[TO_CLIENT];

	for (unsigned a = 0; a < n; a++) {
		for (unsigned b = a + 1; b < n; b++) {
			struct run r = {.kind = &kinds[LOST],
					.dir = a < to_server ? TO_SERVER : TO_CLIENT,
					.k = a < to_server ? a + 1 : a - to_server + 1,
					.policy = &fixture_ecp256};

			if (b < to_server)
				r.also[TO_SERVER] = b + 1;
			else
				r.also[TO_CLIENT] = b - to_server + 1;
			++*runs;
			*failed += !run(&r);
		}
	}
}

static bool calm_run(struct run *r, bool plain, bool renew, const struct ike_policy *policy)
{
	*r = (struct run){.kind = &kinds[0], .plain = plain, .renew = renew, .policy = policy};
	return run(r);
}

static int one_case(int argc, char **argv)
{
	struct run r = {.policy = &fixture_ecp256, .tell = true};

	for (unsigned i = 0; i < N_KINDS; i++) {
		if (strcmp(kinds[i].name, argv[1]) == 0)
			r.kind = &kinds[i];
	}
	if (!r.kind || argc < 5)
		return 2;
	r.dir = strcmp(argv[2], "to-server") == 0 ? TO_SERVER : TO_CLIENT;
	r.k = (unsigned)strtoul(argv[3], NULL, 10);
	r.seed = strtoull(argv[4], NULL, 10);
	for (int i = 5; i < argc; i++) {
		r.plain = r.plain || strcmp(argv[i], "plain") == 0;
		r.renew = r.renew || strcmp(argv[i], "renew") == 0;
		r.profile = r.profile ? r.profile : lac_profile_by_name(argv[i]);
	}
	return run(&r) ? 0 : 1;
}

/* As every client system: one datagram lost, doubled, late. */
static int as_every_system(void)
{
	static const char *const some[] = {"lost", "twice", "late-1s", "late-5s"};
	unsigned runs = 0, failed = 0;
	const struct lac_profile *p;

	for (unsigned n = 0; (p = lac_profile(n)); n++) {
		struct run calm = {.kind = &kinds[0], .profile = p, .renew = n % 2};

		if (!run(&calm))
			return 1;
		for (unsigned i = 0; i < N_KINDS; i++) {
			for (unsigned k = 0; k < sizeof(some) / sizeof(*some); k++) {
				if (strcmp(kinds[i].name, some[k]) == 0)
					sweep(&kinds[i], &calm, &runs, &failed);
			}
		}
	}
	printf("%u runs, %u failed\n", runs, failed);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned runs = 5, failed = 0;
	struct run calm, plain, slow, renewing, renewing_plain;

	if (argc == 2 && strcmp(argv[1], "profiles") == 0) {
		fixture_no_log();
		return as_every_system();
	}
	if (argc > 1)
		return one_case(argc, argv);
	fixture_no_log();
	if (!calm_run(&calm, false, false, &fixture_ecp256) ||
	    !calm_run(&plain, true, false, &fixture_ecp256) ||
	    !calm_run(&slow, false, false, &modp2048) ||
	    !calm_run(&renewing, false, true, &fixture_ecp256) ||
	    !calm_run(&renewing_plain, true, true, &fixture_ecp256))
		return 1;
	for (unsigned i = 1; i < N_KINDS; i++)
		sweep(&kinds[i], &calm, &runs, &failed);
	for (unsigned i = 1; i < N_KINDS; i++)
		sweep(&kinds[i], &renewing, &runs, &failed);
	sweep(&kinds[LOST], &plain, &runs, &failed);
	sweep(&kinds[LOST], &renewing_plain, &runs, &failed);
	sweep_pairs(&calm, &runs, &failed);
	printf("%u runs: %u datagrams to the server and %u to the client, %u failed\n", runs,
	       calm.sent[TO_SERVER], calm.sent[TO_CLIENT], failed);
	return failed ? 1 : 0;
}
