/* Unit tests of grammar.h: words, matching, abbreviations, hints; and that every
 * row of the schema is well formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"
#include "walk.h"

static const struct grammar_row table[] = {
	{"show version", "The version", 1, NULL},
	{"show vpn-sessiondb [{detail|summary}] [filter NAME]", "Sessions", 2, "NAME=a user"},
	{"vpn-sessiondb logoff index N<1-65535>", "End a session", 3, NULL},
	{"vpn-sessiondb logoff name NAME", "End a user's sessions", 4, NULL},
	{"clear WORD...", "Clear things", 5, NULL},
	{"key KEY [{hex|text}]", "A secret", 6, NULL},
	{"route IP MASK [RANGE]", "Values", 7, NULL},
	{"limit N<0-4294967294|none>", "A number or none", 8, NULL},
	{"rule NAME (from IP|to IP|{tcp|udp}|port N<1-9>|{off}) [end NAME]", "In any order", 9,
	 "IP=an address;from=who sent it"},
};
#define N_TABLE (sizeof(table) / sizeof(table[0]))

static struct grammar_line line;
static struct grammar_match match;
static struct grammar_error err;

static unsigned id_of(const char *text)
{
	assert_true(grammar_split(text, strlen(text), &line, &err));
	if (!grammar_match(table, N_TABLE, line.w, line.n, &match, &err))
		return 0;
	return match.row->id;
}

static void refused(const char *text, enum grammar_fault fault, unsigned column, const char *why)
{
	assert_int_equal(id_of(text), 0);
	assert_int_equal(err.fault, fault);
	assert_int_equal(err.column, column);
	if (!strstr(err.text, why))
		fail_msg("\"%s\": \"%s\" is not in \"%s\"", text, why, err.text);
}

static void words_have_columns(void **state)
{
	const char *text = "  ab\t\"c \\\"d\\\\\" e\"f";

	(void)state;
	assert_true(grammar_split(text, strlen(text), &line, &err));
	assert_int_equal(line.n, 3);
	assert_string_equal(line.w[0].text, "ab");
	assert_int_equal(line.w[0].column, 3);
	assert_string_equal(line.w[1].text, "c \"d\\");
	assert_int_equal(line.w[1].column, 6);
	assert_true(line.w[1].quoted);
	assert_string_equal(line.w[2].text, "e\"f");
	assert_int_equal(line.w[2].column, 16);
	assert_true(grammar_split(" ! not a word \001", 15, &line, &err));
	assert_int_equal(line.n, 0);
	assert_true(grammar_split("", 0, &line, &err));
	assert_int_equal(line.n, 0);
}

static void bad_lines_are_refused(void **state)
{
	char text[GRAMMAR_LINE_MAX + 8];

	(void)state;
	assert_false(grammar_split("a\0b", 3, &line, &err));
	assert_int_equal(err.column, 2);
	assert_false(grammar_split("a \"b", 4, &line, &err));
	assert_non_null(strstr(err.text, "closing quote"));
	assert_false(grammar_split("\"b\"c", 4, &line, &err));
	assert_false(grammar_split("\"b\\", 3, &line, &err));
	memset(text, 'x', sizeof(text));
	assert_true(grammar_split(text, GRAMMAR_LINE_MAX - 1, &line, &err));
	assert_false(grammar_split(text, GRAMMAR_LINE_MAX, &line, &err));
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	assert_true(grammar_split(text, 2 * GRAMMAR_WORDS_MAX, &line, &err));
	assert_false(grammar_split(text, 2 * GRAMMAR_WORDS_MAX + 1, &line, &err));
	assert_non_null(strstr(err.text, "too many words"));
}

static void quoting_is_undone_by_the_lexer(void **state)
{
	static const char *const words[] = {"plain",  "two words", "",      "\"",   "a\"b",
					    "\\",     "a \\",      "****",  "0",    "8",
					    "\tx\"y", "\xc3\xa9",  "!bang", "a\\ b"};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[80] = "k ";

		strcat(text, grammar_quote(words[i], buf, sizeof(buf)));
		if (strchr(words[i], '\t'))
			continue; /* no word of ours has a tab */
		assert_true(grammar_split(text, strlen(text), &line, &err));
		assert_int_equal(line.n, 2);
		assert_string_equal(line.w[1].text, words[i]);
	}
}

static void abbreviations_are_accepted(void **state)
{
	(void)state;
	assert_int_equal(id_of("show version"), 1);
	assert_int_equal(id_of("sh ver"), 1);
	assert_int_equal(id_of("SHOW Version"), 1);
	assert_int_equal(id_of("sh vpn"), 2);
	assert_int_equal(id_of("vpn log ind 7"), 3);
	assert_int_equal(match.cap[0].number, 7);
	assert_int_equal(id_of("vpn log name bob"), 4);
	assert_string_equal(match.cap[0].word.text, "bob");
	refused("sh v", GRAMMAR_AMBIGUOUS, 4, "version or vpn-sessiondb");
	refused("\"show\" version", GRAMMAR_UNKNOWN, 1, "unknown command");
	refused("show versions", GRAMMAR_UNKNOWN, 6, "nearest is \"version\"");
}

static void captures_are_numbered_by_place(void **state)
{
	(void)state;
	assert_int_equal(id_of("show vpn-sessiondb"), 2);
	assert_int_equal(match.n, 0);
	assert_int_equal(id_of("show vpn-sessiondb filter x"), 2);
	assert_false(match.cap[0].set);
	assert_true(match.cap[1].set);
	assert_int_equal(match.n, 2);
	assert_int_equal(id_of("show vpn-sessiondb sum filter x"), 2);
	assert_int_equal(match.cap[0].number, 1);
	assert_int_equal(id_of("clear a b c"), 5);
	assert_int_equal(match.n, 3);
	assert_string_equal(match.cap[2].word.text, "c");
	assert_int_equal(id_of("clear 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"), 5);
	assert_int_equal(match.n, GRAMMAR_CAPTURES_MAX);
	refused("clear 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", GRAMMAR_UNKNOWN, 58,
		"too much");
}

static void parts_of_a_set_come_in_any_order_and_once(void **state)
{
	(void)state;
	assert_int_equal(id_of("rule a"), 9);
	assert_int_equal(match.n, 1);
	assert_int_equal(id_of("rule a off port 7 udp to 10.0.0.2 from 10.0.0.1 end b"), 9);
	assert_int_equal(match.n, 7);
	assert_int_equal(match.cap[1].number, 0x0a000001);
	assert_int_equal(match.cap[2].number, 0x0a000002);
	assert_int_equal(match.cap[3].number, 1);
	assert_int_equal(match.cap[4].number, 7);
	assert_true(match.cap[5].set);
	assert_string_equal(match.cap[6].word.text, "b");
	assert_int_equal(id_of("rule a p 3 tc"), 9);
	assert_false(match.cap[1].set || match.cap[5].set || match.cap[6].set);
	assert_int_equal(match.cap[3].number, 0);
	refused("rule a port 3 port 4", GRAMMAR_UNKNOWN, 15,
		"expected from, to, tcp, udp, off or end");
	refused("rule a tcp udp", GRAMMAR_UNKNOWN, 12, "expected from, to, port, off or end");
	refused("rule a t", GRAMMAR_AMBIGUOUS, 8, "to or tcp");
	refused("rule a port", GRAMMAR_INCOMPLETE, 12, "N is missing");
	refused("rule a end b off", GRAMMAR_UNKNOWN, 14, "too much");
}

static void values_are_checked(void **state)
{
	(void)state;
	assert_int_equal(id_of("route 10.0.0.1 255.255.240.0 10.0.0.1-10.0.0.9"), 7);
	assert_int_equal(match.cap[0].number, 0x0a000001);
	assert_int_equal(match.cap[1].number, 20);
	assert_int_equal(match.cap[2].number2, 0x0a000009);
	assert_int_equal(id_of("route 10.0.0.1 0.0.0.0 10.0.0.1"), 7);
	assert_int_equal(match.cap[1].number, 0);
	assert_int_equal(match.cap[2].number2, 0x0a000001);
	refused("route 10.0.0 255.0.0.0", GRAMMAR_BAD_VALUE, 7, "IP: the word \"10.0.0\"");
	refused("route 10.0.0.1 255.0.255.0", GRAMMAR_BAD_VALUE, 16, "is not a subnet mask");
	refused("route 1.1.1.1 255.0.0.0 2.2.2.2-1.1.1.1", GRAMMAR_BAD_VALUE, 25, "range");
	refused("route 1.1.1.1 255.0.0.0 2.2.2.2-", GRAMMAR_BAD_VALUE, 25, "range");
	refused("vpn log index 0", GRAMMAR_BAD_VALUE, 15, "from 1 to 65535");
	refused("vpn log index 65536", GRAMMAR_BAD_VALUE, 15, "from 1 to 65535");
	refused("vpn log index 99999999999999999999", GRAMMAR_BAD_VALUE, 15, "from 1");
	refused("vpn log index 1x", GRAMMAR_BAD_VALUE, 15, "from 1");
	refused("vpn log index -1", GRAMMAR_BAD_VALUE, 15, "from 1");
	refused("vpn log name \"\"", GRAMMAR_BAD_VALUE, 14, "is empty");
	assert_int_equal(id_of("limit none"), 8);
	assert_true(match.cap[0].number == UINT32_MAX);
	assert_int_equal(id_of("limit 4294967294"), 8);
	refused("limit 4294967295", GRAMMAR_BAD_VALUE, 7, "or none");
}

static void errors_name_what_was_expected(void **state)
{
	(void)state;
	refused("vpn-sesiondb logoff", GRAMMAR_UNKNOWN, 1, "nearest is \"vpn-sessiondb\"");
	refused("shwo version", GRAMMAR_UNKNOWN, 1, "nearest is \"show\"");
	refused("xyzzy", GRAMMAR_UNKNOWN, 1, "unknown command \"xyzzy\"");
	assert_int_equal(err.distance, GRAMMAR_FAR);
	refused("vpn logoff", GRAMMAR_INCOMPLETE, 11, "index or name is missing");
	refused("vpn logoff everybody", GRAMMAR_UNKNOWN, 12, "expected index or name");
	refused("show version now", GRAMMAR_UNKNOWN, 14, "too much");
}

static void secrets_are_not_told(void **state)
{
	(void)state;
	assert_int_equal(id_of("key s3cret hex"), 6);
	refused("key a s3cret", GRAMMAR_UNKNOWN, 7, "unknown word");
	assert_null(strstr(err.text, "s3cret"));
	refused("key a hex s3cret", GRAMMAR_UNKNOWN, 11, "too much");
	assert_null(strstr(err.text, "s3cret"));
}

static void hints_list_what_may_follow(void **state)
{
	struct grammar_hint hint[8];

	(void)state;
	assert_true(grammar_split("show", 4, &line, &err));
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 1, "", hint, 8), 2);
	assert_string_equal(hint[0].token, "version");
	assert_string_equal(hint[1].token, "vpn-sessiondb");
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 1, "vp", hint, 8), 1);
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 1, "", hint, 1), 1);
	assert_true(grammar_split("show vpn-sessiondb", 18, &line, &err));
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 2, "", hint, 8), 4);
	assert_string_equal(hint[0].token, "detail");
	assert_string_equal(hint[3].token, "<cr>");
	assert_true(grammar_split("show vpn filter", 15, &line, &err));
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 3, "", hint, 8), 1);
	assert_string_equal(hint[0].token, "NAME");
	assert_memory_equal(hint[0].help, "a user", hint[0].help_len);
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 3, "zz", hint, 8), 1);
	assert_true(grammar_split("rule a port 1", 13, &line, &err));
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 4, "", hint, 8), 7);
	assert_string_equal(hint[0].token, "from");
	assert_memory_equal(hint[0].help, "who sent it", hint[0].help_len);
	assert_string_equal(hint[4].token, "off");
	assert_string_equal(hint[6].token, "<cr>");
	assert_int_equal(grammar_next(table, N_TABLE, line.w, 3, "", hint, 8), 1);
	assert_string_equal(hint[0].token, "N");
}

static bool count_keyword(void *ctx, unsigned index, const char *text, size_t len)
{
	(void)index;
	(void)text;
	*(unsigned *)ctx += len > 0;
	return true;
}

/* Walks every token of one grammar. */
static void walk_all(const char *grammar)
{
	unsigned slots = 0;

	for (const char *at = grammar; *at;) {
		struct token t = walk_token(at);
		unsigned keywords = 0;

		assert_true(t.next > at);
		assert_true(t.len > 0);
		walk_keywords(&t, count_keyword, &keywords);
		assert_true(keywords > 0);
		slots += t.kind != TOKEN_KEYWORD;
		assert_true(!t.repeat || strspn(t.next, "]") == strlen(t.next));
		at = t.next + strspn(t.next, " []()|");
	}
	assert_true(slots <= GRAMMAR_CAPTURES_MAX);
}

/* "WORD=help;WORD=help": no ';' in a help. */
static void words_have_help(const char *words)
{
	for (const char *at = words; at && *at;) {
		size_t run = strcspn(at, ";"), name = strcspn(at, "=");

		if (name == 0 || name + 1 >= run || memchr(at, ' ', name))
			fail_msg("\"%.*s\" is not WORD=help", (int)run, at);
		at += run + (at[run] == ';');
	}
}

static void every_row_is_well_formed(void **state)
{
	struct grammar_row rows[GRAMMAR_ROWS_MAX];
	const struct row *r;

	(void)state;
	for (unsigned i = 0; (r = schema_row(i)); i++) {
		walk_all(r->grammar);
		if (r->no)
			walk_all(r->no);
		assert_true(r->set || r->unset);
		assert_true(!r->no == !r->unset);
		assert_non_null(r->help);
		words_have_help(r->words);
		assert_true(r->help[strlen(r->help) - 1] != '.');
	}
	for (enum mode m = MODE_GLOBAL; m < MODE_N; m++) {
		assert_true(schema_grammars(m, false, rows) < GRAMMAR_ROWS_MAX);
		assert_true(schema_grammars(m, false, rows) > 0);
		assert_true(schema_grammars(m, true, rows) > 0);
	}
}

/* A mode opens by exactly one row, which says so. */
static void every_mode_has_its_row(void **state)
{
	(void)state;
	for (enum mode m = MODE_GLOBAL + 1; m < MODE_N; m++) {
		const struct row *r;
		unsigned found = 0;

		for (unsigned i = 0; (r = schema_row(i)); i++)
			if (r->enters && strcmp(r->grammar, schema_mode(m)->header) == 0)
				found++;
		assert_int_equal(found, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_have_columns),
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(quoting_is_undone_by_the_lexer),
		cmocka_unit_test(abbreviations_are_accepted),
		cmocka_unit_test(captures_are_numbered_by_place),
		cmocka_unit_test(parts_of_a_set_come_in_any_order_and_once),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(errors_name_what_was_expected),
		cmocka_unit_test(secrets_are_not_told),
		cmocka_unit_test(hints_list_what_may_follow),
		cmocka_unit_test(every_row_is_well_formed),
		cmocka_unit_test(every_mode_has_its_row),
	};

	return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
