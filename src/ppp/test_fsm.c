/* The automaton against RFC 1661 section 4.1: the table is typed here again, in the
 * RFC's own notation, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth.h"
#include "fsm.h"

/* "-": cannot happen or is ignored without a change; otherwise actions/next state. */
static const char *const rfc[CP_N_EVENTS][CP_N_STATES] = {
	[CP_UP] = {"2", "irc,scr/6", "-", "-", "-", "-", "-", "-", "-", "-"},
	[CP_DOWN] = {"-", "-", "0", "tls/1", "0", "1", "1", "1", "1", "tld/1"},
	[CP_OPEN] = {"tls/1", "1", "irc,scr/6", "3", "5", "5", "6", "7", "8", "9"},
	[CP_CLOSE] = {"0", "tlf/0", "2", "2", "4", "4", "irc,str/4", "irc,str/4", "irc,str/4",
		      "tld,irc,str/4"},
	[CP_TO_PLUS] = {"-", "-", "-", "-", "str/4", "str/5", "scr/6", "scr/6", "scr/8", "-"},
	[CP_TO_MINUS] = {"-", "-", "-", "-", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3", "-"},
	[CP_RCR_PLUS] = {"-", "-", "sta/2", "irc,scr,sca/8", "4", "5", "sca/8", "sca,tlu/9",
			 "sca/8", "tld,scr,sca/8"},
	[CP_RCR_MINUS] = {"-", "-", "sta/2", "irc,scr,scn/6", "4", "5", "scn/6", "scn/7", "scn/6",
			  "tld,scr,scn/6"},
	[CP_RCA] = {"-", "-", "sta/2", "sta/3", "4", "5", "irc/7", "scr/6", "irc,tlu/9",
		    "tld,scr/6"},
	[CP_RCN] = {"-", "-", "sta/2", "sta/3", "4", "5", "irc,scr/6", "scr/6", "irc,scr/8",
		    "tld,scr/6"},
	[CP_RTR] = {"-", "-", "sta/2", "sta/3", "sta/4", "sta/5", "sta/6", "sta/6", "sta/6",
		    "tld,zrc,sta/5"},
	[CP_RTA] = {"-", "-", "2", "3", "tlf/2", "tlf/3", "6", "6", "8", "tld,scr/6"},
	[CP_RUC] = {"-", "-", "scj/2", "scj/3", "scj/4", "scj/5", "scj/6", "scj/7", "scj/8",
		    "scj/9"},
	[CP_RXJ_PLUS] = {"-", "-", "2", "3", "4", "5", "6", "6", "8", "9"},
	[CP_RXJ_MINUS] = {"-", "-", "tlf/2", "tlf/3", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3",
			  "tld,irc,str/5"},
	[CP_RXR] = {"-", "-", "2", "3", "4", "5", "6", "7", "8", "ser/9"},
};

static const struct {
	const char *name;
	unsigned bit;
} names[] = {
	{"tld", DO_TLD}, {"irc", DO_IRC}, {"zrc", DO_ZRC}, {"scr", DO_SCR}, {"sca", DO_SCA},
	{"scn", DO_SCN}, {"str", DO_STR}, {"sta", DO_STA}, {"scj", DO_SCJ}, {"ser", DO_SER},
	{"tlu", DO_TLU}, {"tls", DO_TLS}, {"tlf", DO_TLF},
};

static void parse_cell(const char *text, unsigned state, unsigned *actions, unsigned *next)
{
	const char *slash = strchr(text, '/');
	const char *number = slash ? slash + 1 : text;

	*actions = 0;
	*next = state;
	if (strcmp(text, "-") == 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slash && strstr(text, names[i].name))
			*actions |= names[i].bit;
	*next = (unsigned)(number[0] - '0');
}

static void every_cell_is_the_rfcs(void **state)
{
	unsigned cells = 0;

	(void)state;
	for (unsigned e = 0; e < CP_N_EVENTS; e++) {
		for (unsigned s = 0; s < CP_N_STATES; s++) {
			const struct fsm_cell *c = fsm_cell(&cp_fsm, s, e);
			unsigned actions, next;

			assert_non_null(c);
			assert_non_null(rfc[e][s]);
			parse_cell(rfc[e][s], s, &actions, &next);
			if (cp_actions(c) != actions || c->next != next)
				fail_msg("%s/%s is not %s", cp_fsm.state_names[s],
					 cp_fsm.event_names[e], rfc[e][s]);
			/* what changes nothing says why */
			assert_true((actions == 0 && next == s) == (c->ignored_because != NULL));
			cells++;
		}
	}
	assert_int_equal(cells, 160);
}

static void tables_are_complete(void **state)
{
	char why[128] = "";

	(void)state;
	if (!fsm_check(&cp_fsm, why, sizeof(why)) ||
	    !fsm_check(&auth_server_fsm, why, sizeof(why)) ||
	    !fsm_check(&auth_client_fsm, why, sizeof(why)))
		fail_msg("%s", why);
}

static unsigned named(const char *const *list, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return i;
	fail_msg("%s is no name of this table", name);
	return 0;
}

static unsigned event_named(const struct fsm *f, const char *name)
{
	return named(f->event_names, f->n_events, name);
}

/* What must hold of the authenticator whatever comes: nobody passes but by aaa's word about
 * credentials that it was asked for, a new LCP forgets what was, and every state can be
 * reached and left. */
static void nobody_passes_without_a_verdict(void **state)
{
	const struct fsm *f = &auth_server_fsm;
	unsigned start = event_named(f, "start"), accept = event_named(f, "accept");
	bool reached[AUTH_N_STATES] = {[AUTH_IDLE] = true};

	(void)state;
	for (unsigned round = 0; round < f->n_states; round++)
		for (unsigned s = 0; s < f->n_states; s++)
			for (unsigned e = 0; reached[s] && e < f->n_events; e++)
				reached[fsm_cell(f, s, e)->next] = true;
	for (unsigned s = 0; s < f->n_states; s++) {
		assert_true(reached[s]);
		assert_int_equal(fsm_cell(f, s, start)->next, AUTH_WAIT);
		for (unsigned e = 0; e < f->n_events; e++) {
			const struct fsm_cell *c = fsm_cell(f, s, e);

			if (c->next == AUTH_PASSED && s != AUTH_PASSED)
				assert_true(s == AUTH_BUSY && e == accept);
			if (c->next == AUTH_BUSY && s != AUTH_BUSY)
				assert_int_equal(e, event_named(f, "credentials"));
			if (c->next == AUTH_RETRY && s != AUTH_RETRY)
				assert_true(s == AUTH_BUSY && e == event_named(f, "refuse-once"));
			if (c->ignored_because)
				assert_true(c->next == s && c->action == 0);
		}
	}
	/* a second try is no more than a first one */
	for (unsigned e = 0; e < f->n_events; e++) {
		const struct fsm_cell *wait = fsm_cell(f, AUTH_WAIT, e);
		const struct fsm_cell *retry = fsm_cell(f, AUTH_RETRY, e);

		if (retry->next == AUTH_BUSY || retry->next == AUTH_PASSED)
			assert_true(wait->next == retry->next && wait->action == retry->action);
	}
}

static void options_are_walked_to_the_octet(void **state)
{
	static const uint8_t good[] = {1, 4, 5, 120, 7, 2, 19, 3, 9};
	static const uint8_t zero[] = {7, 2, 1, 0, 5};
	static const uint8_t one[] = {1, 1};
	static const uint8_t longer[] = {1, 4, 5};
	static const uint8_t half[] = {7, 2, 8};
	struct rd r = rd_of(good, sizeof(good));
	struct cp_option_in o;

	(void)state;
	assert_true(cp_option_next(&r, &o));
	assert_int_equal(o.type, 1);
	assert_int_equal(o.data.len, 2);
	assert_int_equal(o.whole.len, 4);
	assert_true(cp_option_next(&r, &o) && o.type == 7 && o.data.len == 0);
	assert_true(cp_option_next(&r, &o) && o.type == 19 && o.data.p[0] == 9);
	assert_false(cp_option_next(&r, &o));
	assert_true(rd_ok(&r));
	assert_true(cp_options_ok((struct bytes){NULL, 0}));
	assert_false(cp_options_ok((struct bytes){zero, sizeof(zero)}));
	assert_false(cp_options_ok((struct bytes){one, sizeof(one)}));
	assert_false(cp_options_ok((struct bytes){longer, sizeof(longer)}));
	assert_false(cp_options_ok((struct bytes){half, sizeof(half)}));
}

static bool framed(const char *octets, size_t len, uint16_t *protocol, struct bytes *payload)
{
	return frame_parse((struct bytes){(const uint8_t *)octets, len}, protocol, payload);
}

static void frames_come_in_four_shapes(void **state)
{
	uint16_t protocol;
	struct bytes payload;

	(void)state;
	assert_true(framed("\xff\x03\xc0\x21\x01", 5, &protocol, &payload));
	assert_int_equal(protocol, 0xc021);
	assert_int_equal(payload.len, 1);
	assert_true(framed("\xc0\x21\x01\x02", 4, &protocol, &payload));
	assert_int_equal(payload.len, 2);
	assert_true(framed("\x21\x45", 2, &protocol, &payload));
	assert_int_equal(protocol, 0x21);
	assert_true(framed("\xff\x03\x21\x45\x00", 5, &protocol, &payload));
	assert_int_equal(protocol, 0x21);
	assert_int_equal(payload.len, 2);
	assert_false(framed("", 0, &protocol, &payload));
	assert_false(framed("\xff", 1, &protocol, &payload));
	assert_false(framed("\xff\x03", 2, &protocol, &payload));
	assert_false(framed("\xff\x04\xc0\x21", 4, &protocol, &payload));
	assert_false(framed("\xc0", 1, &protocol, &payload));
	assert_false(framed("\xc0\x22", 2, &protocol, &payload)); /* even: no protocol */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_the_rfcs),
		cmocka_unit_test(tables_are_complete),
		cmocka_unit_test(nobody_passes_without_a_verdict),
		cmocka_unit_test(options_are_walked_to_the_octet),
		cmocka_unit_test(frames_come_in_four_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
