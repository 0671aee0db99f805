/*
 * The words of the command probe: for every reason that the client's rooms give, for every
 * trouble and system, and what is warned of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct ike_policy suites[] = {
	{10, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 3600},
	{20, 7, 256, PRIM_SHA512, 14, IKE_AUTH_PSK, 3600},
	{30, 1, 0, PRIM_SHA1, 1, IKE_AUTH_PSK, 3600},
};

/* The ends of the client's side only; a server's reasons are no client's. */
static const char *const sources[] = {
	"ike/main_initiator.c",
	"ike/aggressive_initiator.c",
	"ike/quick_initiator.c",
	"ike/exchange.c",
	"ike/informational.c",
	"ike/notify_recv.c",
	"ike/quick.c",
	"ike/dpd.c",
	"ike/child.c",
	"l2tp/tunnel.c",
	"l2tp/call.c",
	"l2tp/result.c",
	"l2tp/tunnel_accept.c",
	"l2tp/l2tp.c",
	"ppp/auth_client.c",
	"ppp/echo.c",
	"ppp/ipcp.c",
	"ppp/lcp.c",
	"ppp/lcp_auth.c",
	"ppp/link.c",
	"ppp/reject.c",
	"lac/state.c",
	"lac/glue.c",
};
static const char *const calls[] = {
	"main_give_up(",   "sa_end(",
	"child_end(",      "fail(q",
	"link_terminate(", "return \"peer-",
	"hint = \"",       "{2, ",
	"EV_IKE_DOWN, \"", "EV_TUNNEL_DOWN, \"",
	"EV_PPP_DOWN, \"", "EV_TIMEOUT, \"",
	"EV_HANG_UP, \"",  ".reason = \"",
	"l2tp_result){",   "end.reason = ",
};

/* A string constant that looks like a reason, of those in a line: the next one from *at. */
static bool next_reason(const char **at, char *out, size_t cap)
{
	const char *open, *close;

	while ((open = strchr(*at, '"')) && (close = strchr(open + 1, '"'))) {
		size_t len = (size_t)(close - open - 1);

		*at = close + 1;
		if (len == 0 || len >= cap ||
		    strspn(open + 1, "abcdefghijklmnopqrstuvwxyz-") != len)
			continue;
		memcpy(out, open + 1, len);
		out[len] = 0;
		return true;
	}
	return false;
}

static unsigned unknown;

static unsigned check_line(const char *line, const char *path)
{
	char reason[64];
	unsigned n = 0;

	while (next_reason(&line, reason, sizeof(reason))) {
		n++;
		if (probe_knows(reason))
			continue;
		print_message("%s: no words for \"%s\"\n", path, reason);
		unknown++;
	}
	return n;
}

static unsigned check_source(const char *name)
{
	char path[512], line[512];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/src/%s", SOURCE_ROOT, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s cannot be read", path);
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < N(calls); i++)
			if (strstr(line, calls[i])) {
				n += check_line(line, name);
				break;
			}
	fclose(f);
	return n;
}

static void every_reason_has_words(void **state)
{
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < N(sources); i++)
		n += check_source(sources[i]);
	assert_true(n > 50);
	assert_int_equal(unknown, 0);
	assert_false(probe_knows("no-such-reason"));
}

static void every_trouble_has_words(void **state)
{
	const struct lac_profile *row;
	char fix[PROBE_WORDS];

	(void)state;
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++) {
		enum probe_trouble t = (enum probe_trouble)i;

		assert_non_null(probe_trouble_name(t));
		assert_true(strlen(probe_layer(t)) > 2 && strlen(probe_cause(t)) > 10);
		assert_true(strlen(probe_fix(t, NULL, fix, sizeof(fix))) > 10);
		for (unsigned n = 0; (row = lac_profile(n)); n++)
			assert_true(strlen(probe_fix(t, row, fix, sizeof(fix))) > 10);
		for (int j = TROUBLE_NONE + 1; j < i; j++)
			assert_string_not_equal(probe_trouble_name(t),
						probe_trouble_name((enum probe_trouble)j));
	}
}

static enum probe_trouble of(const char *reason, enum lac_state reached)
{
	struct probe_result r = {.reached = reached};

	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	return probe_trouble(&r, HEARD_CHOSE);
}

static void reasons_and_layers(void **state)
{
	(void)state;
	assert_int_equal(of("peer-no-proposal", LAC_PHASE1), TROUBLE_PROPOSAL);
	assert_int_equal(of("peer-no-proposal", LAC_PHASE2), TROUBLE_PHASE2);
	assert_int_equal(of("peer-auth-failed", LAC_PHASE1), TROUBLE_KEY);
	assert_int_equal(of("silent", LAC_PHASE1), TROUBLE_SILENT);
	assert_int_equal(of("timeout", LAC_PHASE1), TROUBLE_PHASE1);
	assert_int_equal(of("timeout", LAC_TUNNEL), TROUBLE_L2TP_SILENT);
	assert_int_equal(of("auth-failed", LAC_PPP), TROUBLE_LOGIN);
	assert_int_equal(of("auth-refused", LAC_PPP), TROUBLE_METHOD);
	assert_int_equal(of("no-such-reason", LAC_PPP), TROUBLE_PPP);
	assert_int_equal(of("no-such-reason", LAC_UP), TROUBLE_CLOSED);
}

static void no_method_left(void **state)
{
	struct probe_result r = {.reached = LAC_PPP, .reason = "peer-terminated", .lcp_open = true};

	(void)state;
	assert_int_equal(probe_trouble(&r, HEARD_CHOSE), TROUBLE_METHOD);
	r.auth = PPP_AUTH_MSCHAP2;
	assert_int_equal(probe_trouble(&r, HEARD_CHOSE), TROUBLE_PPP);
	r.auth = 0;
	r.lcp_open = false;
	assert_int_equal(probe_trouble(&r, HEARD_CHOSE), TROUBLE_PPP);
}

/* Silence behind message 5: the key, unless it went to a port 4500 that is silent too. */
static void silence_behind_message_5(void **state)
{
	struct probe_result r = {.reached = LAC_PHASE1, .reason = "timeout", .nat_known = true};

	(void)state;
	assert_int_equal(probe_trouble(&r, HEARD_NOTHING), TROUBLE_MAYBE_KEY);
	r.info.we_behind_nat = true;
	assert_int_equal(probe_trouble(&r, HEARD_NOTHING), TROUBLE_PORT_4500);
	assert_int_equal(probe_trouble(&r, HEARD_CLOSED), TROUBLE_PORT_4500);
	assert_int_equal(probe_trouble(&r, HEARD_CHOSE), TROUBLE_MAYBE_KEY);
	r.ok = true;
	assert_int_equal(probe_trouble(&r, HEARD_CHOSE), TROUBLE_NONE);
}

static void as_the_user_sees_it(void **state)
{
	const struct lac_profile *win = lac_profile_by_name("windows10");
	const struct lac_profile *xp = lac_profile_by_name("windows-xp");
	const struct lac_profile *apple = lac_profile_by_name("apple-2016+");
	char fix[PROBE_WORDS];

	(void)state;
	assert_memory_equal(probe_seen(win, TROUBLE_KEY), "error 789", 9);
	assert_memory_equal(probe_seen(win, TROUBLE_LOGIN), "error 691", 9);
	assert_memory_equal(probe_seen(win, TROUBLE_SILENT), "error 809", 9);
	assert_memory_equal(probe_seen(xp, TROUBLE_LOGIN), "error 691", 9);
	assert_null(probe_seen(xp, TROUBLE_SILENT));
	assert_non_null(strstr(probe_seen(apple, TROUBLE_KEY), "did not respond"));
	assert_non_null(strstr(probe_fix(TROUBLE_NATTED, win, fix, sizeof(fix)), "PolicyAgent"));
	assert_non_null(strstr(probe_fix(TROUBLE_NATTED, xp, fix, sizeof(fix)), "\\IPSec"));
	assert_string_equal(probe_fix(TROUBLE_PROPOSAL, win, fix, sizeof(fix)),
			    "allow AES256-SHA1-ECP384 on the server");
	assert_non_null(strstr(probe_fix(TROUBLE_PROPOSAL, xp, fix, sizeof(fix)), "3DES"));
	assert_false(probe_system_auth(win) & (PPP_AUTH_PAP | PPP_AUTH_MSCHAP1));
	assert_true(probe_system_auth(apple) & PPP_AUTH_PAP);
}

static bool warned(const struct probe *p, const char *words)
{
	char buf[PROBE_WORDS];

	for (unsigned n = 0; probe_warning(p, n, buf, sizeof(buf)); n++)
		if (strstr(buf, words))
			return true;
	return false;
}

static void warnings(void **state)
{
	struct probe *p = calloc(1, sizeof(*p));

	(void)state;
	assert_non_null(p);
	p->reach.ike = p->reach.natt = HEARD_CHOSE;
	p->reach.natt_versions = 1;
	assert_false(warned(p, ""));
	p->offers.accepted[0] = suites[0];
	p->offers.accepted[1] = suites[1];
	p->offers.accepted[2] = suites[2];
	p->offers.n = 3;
	assert_true(warned(p, "2 of the 3 IKE suites that it takes are weak: 3DES, MD5, MODP1024, "
			      "DES, MODP768"));
	p->raw_answers = true;
	assert_true(warned(p, "answers L2TP without IPsec"));
	p->opt.raw = true;
	assert_false(warned(p, "answers L2TP without IPsec"));
	p->reach.natt = HEARD_NOTHING;
	assert_true(warned(p, "UDP port 4500"));
	p->auth.methods = PPP_AUTH_PAP | PPP_AUTH_MSCHAP1;
	assert_true(warned(p, "PAP") && warned(p, "MS-CHAPv1"));
	p->nat_known = p->server_behind_nat = true;
	assert_true(warned(p, "AssumeUDPEncapsulationContextOnSendRule"));
	p->systems[0] =
		(struct probe_system){lac_profile_by_name("windows10"), .ok = true, .called = true};
	p->n_systems = 1;
	assert_false(warned(p, "AssumeUDPEncapsulationContextOnSendRule"));
	p->reach.aggressive = KNOWN_YES;
	assert_true(warned(p, "Aggressive Mode"));
	p->offers.stopped_after = 7;
	assert_true(warned(p, "after 7 questions"));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_words),
		cmocka_unit_test(every_trouble_has_words),
		cmocka_unit_test(reasons_and_layers),
		cmocka_unit_test(no_method_left),
		cmocka_unit_test(silence_behind_message_5),
		cmocka_unit_test(as_the_user_sees_it),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
