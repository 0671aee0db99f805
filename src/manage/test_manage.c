/* Unit tests of command and text: every row of the table on a core with the fake
 * operating system, wrong words, and the texts made from JSON written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "command.h"
#include "core/api.h"
#include "os/fake.h"
#include "text.h"

static const char config_text[] = "hub DEFAULT\n"
				  " secure-nat host 10.4.5.1 255.255.255.0\n"
				  " secure-nat enable\n"
				  "ip local pool OFFICE 10.4.5.10-10.4.5.200 mask 255.255.255.0\n"
				  "ip local pool B\xfcro 10.9.0.1-10.9.0.2\n"
				  "tunnel-group DefaultRAGroup ipsec-attributes\n"
				  " ikev1 pre-shared-key S3cr3tKey\n"
				  "username alice password s3cr3tWord mschap\n"
				  "crypto ikev1 enable outside\n";

struct world {
	struct fake *fake;
	struct manage_config m;
	unsigned reloads;
	bool reload_fails;
};

static void no_pool(void *ctx, struct ike_dh_job *job)
{
	(void)ctx;
	(void)job;
}

static void salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

static bool reload(void *ctx, char *error, size_t cap)
{
	struct world *w = ctx;

	w->reloads++;
	if (w->reload_fails)
		snprintf(error, cap, "pool OFFICE is in use by 3 sessions");
	return !w->reload_fails;
}

static void world(struct world *w)
{
	struct core_config cc = {.workers = 1, .sessions_max = 4, .submit = no_pool};
	struct cfg_errors errs = {0};
	char error[256];

	*w = (struct world){.fake = fake_new(1)};
	assert_non_null(w->fake);
	cc.os = fake_os(w->fake);
	cc.priv = fake_priv(w->fake);
	w->m.core = core_new(&cc);
	w->m.reload = reload;
	w->m.reload_ctx = w;
	assert_true(core_apply(w->m.core,
			       config_parse(config_text, strlen(config_text), &errs, salt, NULL),
			       error, sizeof(error)));
	core_run(w->m.core);
}

static void world_end(struct world *w)
{
	core_free(w->m.core);
	assert_int_equal(fake_open_count(w->fake), 0);
	fake_free(w->fake);
}

/* An answer in pieces, put together: as control's reader sees it. */
static struct answer whole(struct listing *l)
{
	struct answer a = {0};
	char *text = NULL;
	bool last = false;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *o;

	while (!last) {
		char *piece = listing_piece(l, &last);

		assert_non_null(piece);
		fputs(piece, f);
		free(piece);
	}
	listing_free(l);
	fclose(f);
	o = json_loadb(text, len, 0, NULL);
	free(text);
	assert_non_null(o);
	a.ok = json_is_true(json_object_get(o, "ok"));
	a.data = json_incref(json_object_get(o, "data"));
	if (json_object_get(o, "text"))
		a.text = strdup(json_string_value(json_object_get(o, "text")));
	json_decref(o);
	return a;
}

static struct answer ask_for(struct world *w, const char *line, bool json)
{
	char buf[2048], *save = NULL;
	const char *words[64];
	struct answer a;
	unsigned n = 0;

	snprintf(buf, sizeof(buf), "%s", line);
	for (char *t = strtok_r(buf, " ", &save); t; t = strtok_r(NULL, " ", &save))
		words[n++] = t;
	a = command_run(&w->m, words, n, json);
	return a.listing ? whole(a.listing) : a;
}

static struct answer ask(struct world *w, const char *line)
{
	return ask_for(w, line, false);
}

/* ---- commands ---- */

static void every_row_answers(void **state)
{
	static const struct {
		const char *line;
		bool ok, data;
		const char *text;
	} rows[] = {
		{"show vpn-sessiondb", true, false, "There are presently no active sessions"},
		{"show vpn-sessiondb detail", true, false,
		 "There are presently no active sessions"},
		{"show crypto ikev1 sa", true, true, "There are no IKEv1 SAs"},
		{"show crypto ipsec sa", true, true, "There are no ipsec sas"},
		{"show running-config", true, true, "ip local pool OFFICE"},
		{"show ip local pool", true, true, "10.4.5.200"},
		{"show ip local pool OFFICE", true, true, "255.255.255.0"},
		{"show ip local pool NOSUCH", false, false, "no pool of this name"},
		{"show counters", true, true, "dataplane:"},
		{"show version", true, true, "Sekisho " SEKISHO_VERSION},
		{"vpn-sessiondb logoff index 7", false, false, "no such session"},
		{"vpn-sessiondb logoff name alice", false, false, "no such session"},
		{"vpn-sessiondb logoff ipaddress 10.4.5.10", false, false, "no such session"},
		{"vpn-sessiondb logoff all", false, false, "no such session"},
		{"explain", true, true, "Nobody tried to connect"},
		{"explain 198.51.100.7", true, true, "Nobody tried to connect"},
		{"debug crypto ikev1 keys", true, true, "DANGEROUS"},
		{"no debug crypto ikev1 keys", true, true, "No keys go to the log any more"},
		{"show debug", true, true, "nothing is being debugged"},
		{"show hub", true, true, "Hub DEFAULT (default)"},
		{"show hub default", true, true, "host 10.4.5.1/24, NAT off"},
		{"show hub NOSUCH", false, false, "no hub of this name"},
		{"show ipsec-service", true, true, "switched on by `crypto ikev1 enable outside`"},
		{"show etherip", true, true, "There are no EtherIP ports"},
		{"configure lines hub\tNEW \toffline", true, true, "the lines are in force"},
		{"show hub new", true, true, "offline"},
		{"configure lines hub\tX hup\tY", false, true,
		 "line 2, column 1: unknown command \"hup\""},
		{"configure lines hub\tX \tuser\tu", true, true, "line 2, column 7: warning: "},
		{"write memory", true, false, "the configuration is saved"},
		{"configure memory", true, false, "read and applied"},
		{"help", true, false, "show vpn-sessiondb"},
		{"sh vpn", true, false, "Active: 0"},
	};
	struct world w;

	(void)state;
	world(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer a = ask(&w, rows[i].line);

		if (a.ok != rows[i].ok || !a.text || !strstr(a.text, rows[i].text))
			print_error("%s: %s\n", rows[i].line, a.text ? a.text : "(none)");
		assert_int_equal(a.ok, rows[i].ok);
		assert_int_equal(a.data != NULL, rows[i].data);
		assert_non_null(a.text);
		assert_non_null(strstr(a.text, rows[i].text));
		answer_wipe(&a);
		assert_null(a.text);
	}
	assert_int_equal(w.reloads, 1);
	world_end(&w);
}

/* A row that was added without a test of its own shows here. */
static void help_lists_what_is_tested(void **state)
{
	struct world w;
	struct answer a;
	unsigned lines = 0;

	(void)state;
	world(&w);
	a = ask(&w, "help");
	for (const char *p = a.text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 23);
	answer_wipe(&a);
	world_end(&w);
}

static void wrong_words_are_refused_with_their_column(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{"", "a command is expected"},
		{"shwo version", "column 1"},
		{"show verison", "column 6"},
		{"show", "column"},
		{"show version now", "column 14"},
		{"vpn-sessiondb logoff index 0", "column 28"},
		{"vpn-sessiondb logoff index x", "column 28"},
		{"vpn-sessiondb logoff ipaddress 10.4.5", "column 32"},
		{"explain a b", "column 11"},
	};
	struct world w;
	struct answer a;
	char many[256] = "show version";

	(void)state;
	world(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		a = ask(&w, rows[i].line);
		if (!strstr(a.text, rows[i].text))
			print_error("%s: %s\n", rows[i].line, a.text);
		assert_false(a.ok);
		assert_non_null(strstr(a.text, rows[i].text));
		answer_wipe(&a);
	}
	for (unsigned i = 0; i < 60; i++)
		strncat(many, " x", sizeof(many) - strlen(many) - 1);
	a = ask(&w, many);
	assert_false(a.ok);
	answer_wipe(&a);
	world_end(&w);
}

static void strange_words_do_no_harm(void **state)
{
	static char longest[6000];
	const char *const rows[][3] = {
		{"", "", ""},
		{"show", "", "version"},
		{"explain", longest, NULL},
		{longest, NULL, NULL},
		{"\xff\xfe", NULL, NULL},
		{"explain", "\xff", NULL},
		{"show", "\x1b[2J", NULL},
		{"%n%s", "%s%n", NULL},
		{"explain", "", NULL},
		{"vpn-sessiondb", "logoff", "99999999999999999999"},
	};
	struct world w;

	(void)state;
	world(&w);
	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned n = rows[i][1] ? rows[i][2] ? 3 : 2 : 1;
		struct answer a = command_run(&w.m, rows[i], n, false);

		assert_non_null(a.text);
		answer_wipe(&a);
	}
	world_end(&w);
}

static void a_reload_that_fails_says_why(void **state)
{
	struct world w;
	struct answer a;

	(void)state;
	world(&w);
	w.reload_fails = true;
	a = ask(&w, "configure memory");
	assert_false(a.ok);
	assert_string_equal(a.text, "pool OFFICE is in use by 3 sessions");
	answer_wipe(&a);
	w.m.reload = NULL;
	a = ask(&w, "configure memory");
	assert_false(a.ok);
	answer_wipe(&a);
	world_end(&w);
}

/* Off at first, and never in the configuration. */
static void debugging_keys_is_switched(void **state)
{
	static const char *const lines[] = {
		"show debug",          "debug crypto ikev1 keys",    "show debug",
		"show running-config", "no debug crypto ikev1 keys", "show debug"};
	static const char *const texts[] = {
		"nothing", "no debug crypto ikev1 keys", "DANGEROUS", "pool", "No keys", "nothing"};
	struct world w;

	(void)state;
	world(&w);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct answer a = ask(&w, lines[i]);

		assert_true(a.ok);
		assert_non_null(strstr(a.text, texts[i]));
		if (strcmp(lines[i], "show running-config") == 0)
			assert_null(strstr(a.text, "debug"));
		answer_wipe(&a);
	}
	world_end(&w);
}

static void no_answer_holds_a_secret(void **state)
{
	struct world w;
	struct answer a;
	char *json;

	(void)state;
	world(&w);
	a = ask(&w, "show running-config");
	json = json_dumps(a.data, JSON_ENCODE_ANY);
	assert_null(strstr(a.text, "S3cr3tKey"));
	assert_null(strstr(a.text, "s3cr3tWord"));
	assert_null(strstr(json, "S3cr3tKey"));
	assert_non_null(strstr(a.text, "*****"));
	free(json);
	answer_wipe(&a);
	world_end(&w);
}

static void sessions_are_listed_in_pieces(void **state)
{
	struct answer a;
	struct world w;

	(void)state;
	world(&w);
	a = ask_for(&w, "show vpn-sessiondb", true);
	assert_true(a.ok && json_is_array(a.data) && !a.text);
	answer_wipe(&a);
	a = ask_for(&w, "vpn-sessiondb logoff all", true);
	assert_true(!a.ok && !a.data);
	answer_wipe(&a);
	a = ask_for(&w, "show version", true);
	assert_true(a.ok && a.data && a.text && !a.listing);
	answer_wipe(&a);
	world_end(&w);
}

/* ---- texts ---- */

static json_t *json(const char *text)
{
	json_error_t e;
	json_t *o = json_loads(text, 0, &e);

	if (!o)
		print_error("%s at %d\n", e.text, e.position);
	assert_non_null(o);
	return o;
}

static void has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		print_error("%s\n", text);
	assert_non_null(strstr(text, part));
}

static void a_session_is_printed_as_on_asa(void **state)
{
	json_t *s = json("[{\"index\":3,\"user\":\"alice\",\"state\":\"up\","
			 "\"assigned_ip\":\"10.4.5.10\",\"public_ip\":\"198.51.100.7\","
			 "\"assigned_ipv6\":\"2001:db8:1:1::/64\",\"address_from\":\"segment\","
			 "\"lease\":{\"state\":\"bound\",\"server\":\"10.4.5.1\","
			 "\"ends_in_s\":3600},"
			 "\"protocol\":\"IKEv1 IPsecOverNatT L2TPOverIPsecOverNatT\","
			 "\"encryption\":\"AES256\",\"hashing\":\"SHA1\",\"auth\":\"MS-CHAPv2\","
			 "\"bytes_tx\":12345678901,\"bytes_rx\":7,\"packets_tx\":2,"
			 "\"packets_rx\":1,\"group_policy\":\"DfltGrpPolicy\","
			 "\"tunnel_group\":\"DefaultRAGroup\",\"hub\":\"DEFAULT\","
			 "\"host_name\":\"WIN1\",\"client\":\"Windows\","
			 "\"login_time\":1700000000,\"duration_s\":93784,\"inactivity_s\":61}]");
	json_t *sum = json("{\"active\":1,\"cumulative\":5,\"peak\":2}");
	char *head = text_sessions_head(sum), *t = text_sessions(s, false);

	(void)state;
	has(head, "Active: 1   Cumulative: 5   Peak Concurrent: 2\n");
	free(head);
	has(t, "Username     : alice                  Index        : 3\n");
	has(t, "Assigned IP  : 10.4.5.10              Public IP    : 198.51.100.7\n");
	has(t, "Assigned IPv6: 2001:db8:1:1::/64\n");
	has(t, "Address from : segment, DHCP server 10.4.5.1 (bound, ends in 0d "
	       "01h:00m:00s)\n");
	has(t, "Bytes Tx     : 12345678901            Bytes Rx     : 7\n");
	has(t, "Login Time   : 2023-11-14 22:13:20 UTC\n");
	has(t, "Duration     : 1d 02h:03m:04s         Inactivity   : 0d 00h:01m:01s\n");
	assert_null(strstr(t, "no active sessions"));
	free(t);
	json_decref(s);
	json_decref(sum);
}

static void sessions_in_detail(void **state)
{
	json_t *s = json("[{\"index\":3,\"client\":\"Windows\",\"client_version\":\"7\","
			 "\"quirks\":[\"no-dpd\",\"hides-our-nat\"],\"l2tp_client\":\"Windows 7\","
			 "\"nat\":\"client\",\"public_port\":40001},"
			 "{\"index\":4,\"client\":\"unknown\",\"client_version\":\"\"}]");
	char *t = text_sessions(s, true);

	(void)state;
	has(t, "Client System: Windows (7)\n");
	has(t, "  by L2TP    : Windows 7              by PPP       : -\n");
	has(t, "  quirks     : no-dpd hides-our-nat\n");
	has(t, "NAT          : client                 Public Port  : 40001\n");
	has(t, "Client System: unknown\n");
	has(t, "  quirks     : none\n");
	free(t);
	t = text_sessions(s, false);
	assert_null(strstr(t, "Client System"));
	free(t);
	json_decref(s);
}

static void a_hubs_way_out_is_told(void **state)
{
	json_t *h = json("[{\"name\":\"LAN\",\"state\":\"online\",\"access_rules\":3,"
			 "\"options_set\":1,\"way_out\":{\"kind\":\"bridge\",\"interface\":"
			 "\"eth1\",\"state\":\"up\",\"why\":null}},"
			 "{\"name\":\"B\",\"way_out\":{\"kind\":\"bridge\",\"interface\":"
			 "\"eth7\",\"state\":\"absent\",\"why\":\"there is no interface eth7\"}},"
			 "{\"name\":\"C\",\"way_out\":null}]");
	char *t = text_hubs(h);

	(void)state;
	has(t, "  Access     : 3                  Options  : 1 set\n");
	has(t, "  Way out    : bridge eth1, up\n");
	has(t, "  Way out    : bridge eth7, absent: there is no interface eth7\n");
	has(t, "  Way out    : none\n");
	free(t);
	json_decref(h);
}

static void an_etherip_port_is_printed(void **state)
{
	json_t *p = json("[{\"index\":7,\"protocol\":\"EtherIPOverIPsec\",\"state\":\"up\","
			 "\"id\":\"r1.example\",\"hub\":\"LAN\",\"user\":\"site\","
			 "\"public\":\"198.51.100.7:4500\",\"frames_in\":3,\"octets_in\":180}]");
	char *t = text_etherip(p);

	(void)state;
	has(t, "Index   : 7, up\n");
	has(t, "  Protocol  : EtherIPOverIPsec\n");
	has(t, "  ID        : r1.example\n");
	has(t, "  Hub       : LAN, user site\n");
	has(t, "  Since     : -\n");
	has(t, "  In        : 3 frames, 180 octets\n");
	free(t);
	json_decref(p);
}

static void what_is_missing_is_a_dash(void **state)
{
	json_t *s = json("[{\"index\":3,\"user\":\"\",\"assigned_ip\":null}]");
	char *t = text_sessions(s, false);

	(void)state;
	has(t, "Username     : -                      Index        : 3\n");
	has(t, "Assigned IP  : -                      Public IP    : -\n");
	has(t, "Address from : -\n");
	has(t, "Login Time   : -\n");
	free(t);
	json_decref(s);
}

static void associations_are_printed(void **state)
{
	json_t *ike = json("[{\"peer\":\"198.51.100.7\",\"role\":\"responder\","
			   "\"state\":\"MM_ACTIVE\",\"encrypt\":\"AES256\",\"hash\":\"SHA1\","
			   "\"auth\":\"preshared\",\"group\":14,\"lifetime_s\":28800,"
			   "\"remaining_s\":100,\"nat_traversal\":true,\"client\":\"iOS\"},"
			   "{\"peer\":\"198.51.100.8\",\"state\":\"MM_WAIT_MSG3\"}]");
	json_t *esp = json("[{\"peer\":\"198.51.100.7\",\"peer_port\":4500,\"user\":\"alice\","
			   "\"local\":\"192.0.2.1\",\"inbound_spi\":\"0x00000100\","
			   "\"outbound_spi\":\"0xDEADBEEF\",\"encryption\":\"AES256\","
			   "\"hashing\":\"SHA1\",\"mode\":\"transport\","
			   "\"udp_encapsulation\":true,\"lifetime_kb\":250000,"
			   "\"remaining_s\":3000,\"replay_window\":1024}]");
	char *t = text_ikev1_sas(ike);

	(void)state;
	has(t, "   Active SA: 1\n   Half-open: 1\nTotal IKE SA: 2\n");
	has(t, "1   IKE Peer: 198.51.100.7\n");
	has(t, "    Auth    : preshared       Group   : 14\n");
	has(t, "State   : MM_WAIT_MSG3");
	free(t);
	t = text_ipsec_sas(esp);
	has(t, "current_peer: 198.51.100.7, username: alice\n");
	has(t, "inbound esp sas:\n      spi: 0x00000100\n");
	has(t, "outbound esp sas:\n      spi: 0xDEADBEEF\n");
	has(t, "in use settings ={RA, Transport, NAT-T-Encaps, IKEv1, }\n");
	has(t, "remaining key lifetime (kB/sec): (250000/3000)\n");
	free(t);
	json_decref(ike);
	json_decref(esp);
}

static void a_story_names_cause_and_fix(void **state)
{
	json_t *s = json("[{\"attempt\":9,\"from\":\"198.51.100.7:500\",\"user\":\"bob\","
			 "\"client\":\"Windows\",\"began\":1700000000,\"outcome\":\"refused\","
			 "\"cause\":\"wrong-password\",\"cause_text\":\"the password is wrong\","
			 "\"fix\":\"type it again\",\"windows_shows\":\"691\","
			 "\"notes\":[{\"at_ms\":1500,\"kind\":\"info\",\"text\":\"hello\"}]}]");
	char *t = text_explain(s);

	(void)state;
	has(t, "Attempt 9 from 198.51.100.7:500, user bob, client Windows, 2023-11-14 22:13:20");
	has(t, "    +1.500 s  info     hello\n");
	has(t, "  Cause: the password is wrong (wrong-password)\n");
	has(t, "  Fix:   type it again\n");
	has(t, "error 691");
	assert_null(strstr(t, "Nobody tried"));
	free(t);
	json_decref(s);
}

static void pools_and_counters_are_printed(void **state)
{
	json_t *p = json("[{\"name\":\"OFFICE\",\"begin\":\"10.4.5.10\",\"end\":\"10.4.5.12\","
			 "\"mask\":\"255.255.255.0\",\"size\":3,\"in_use\":1,"
			 "\"addresses\":[{\"ip\":\"10.4.5.10\",\"user\":\"alice\"}]}]");
	json_t *c = json("{\"dataplane\":{\"replay\":5,\"icv\":0},\"l2tp\":{}}");
	char *t = text_pools(p);

	(void)state;
	has(t, "10.4.5.10       10.4.5.12       255.255.255.0          2        0        1\n");
	has(t, "  10.4.5.10       alice\n");
	free(t);
	t = text_counters(c);
	has(t, "dataplane:\n  replay                           5\nl2tp:\n");
	assert_null(strstr(t, "icv"));
	free(t);
	json_decref(p);
	json_decref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_answers),
		cmocka_unit_test(help_lists_what_is_tested),
		cmocka_unit_test(wrong_words_are_refused_with_their_column),
		cmocka_unit_test(strange_words_do_no_harm),
		cmocka_unit_test(a_reload_that_fails_says_why),
		cmocka_unit_test(debugging_keys_is_switched),
		cmocka_unit_test(no_answer_holds_a_secret),
		cmocka_unit_test(sessions_are_listed_in_pieces),
		cmocka_unit_test(a_session_is_printed_as_on_asa),
		cmocka_unit_test(sessions_in_detail),
		cmocka_unit_test(a_hubs_way_out_is_told),
		cmocka_unit_test(an_etherip_port_is_printed),
		cmocka_unit_test(what_is_missing_is_a_dash),
		cmocka_unit_test(associations_are_printed),
		cmocka_unit_test(a_story_names_cause_and_fix),
		cmocka_unit_test(pools_and_counters_are_printed),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
