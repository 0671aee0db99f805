/*
 * Unit tests of hubs in the configuration: users, groups and their policies, the services and
 * the default hub, and lines carried out on top of a configuration.
 */
#include "test_kit.h"

#define HUB "hub HUB1\n"

static const char whole[] =
	"hostname sekisho\n"
	"hub HUB1\n"
	" max-session 10\n"
	" no-enum\n"
	" group staff\n"
	"  realname \"The staff\"\n"
	"  note night\n"
	"  policy Access no\n"
	"  policy MultiLogins 2\n"
	" user jiro\n"
	"  realname \"Jiro \\\"J\\\"\"\n"
	"  note \"boss, IPv4: 10.1.1.9\"\n"
	"  group staff\n"
	"  expires \"2030/12/31 23:59:59\"\n"
	"  auth password 4PujgmjQ7GbvHLRS1YheUw== nt-encrypted\n"
	"  policy Access yes\n"
	"  policy TimeOut 20\n"
	" user any\n"
	"  auth anonymous\n"
	"hub DEFAULT\n"
	"ipsec-service l2tp\n"
	"ipsec-service etherip\n"
	"ipsec-service default-hub HUB1\n"
	"etherip client router1.example hub HUB1 user jiro password \"s e\\\"c\"\n"
	"etherip client \"*\" hub hub1 user any password x\n"
	"tunnel-group DefaultRAGroup ipsec-attributes\n"
	" ikev1 pre-shared-key a-key\n";

static void a_hub_with_users_prints_as_it_was_read(void **state)
{
	struct config *c = good(whole);
	const struct cfg_hub *h = config_hub(c, "hub1");
	const struct cfg_hub_user *u = config_hub_user(h, "JIRO", 4);
	char *text = config_print(c, false);
	uint32_t value = 7;

	(void)state;
	assert_string_equal(text, whole);
	assert_string_equal(u->realname, "Jiro \"J\"");
	assert_int_equal(u->login.framed_ip, 0x0a010109);
	assert_int_equal(u->login.kind, CFG_PW_NT_HASH);
	assert_true(u->expires == UINT64_C(20301231235959));
	assert_true(config_hub_policy(h, u, CFG_POLICY_ACCESS, &value) && value == 1);
	assert_true(config_hub_policy(h, u, CFG_POLICY_MULTI_LOGINS, &value) && value == 2);
	assert_true(config_hub_policy(h, u, CFG_POLICY_TIMEOUT, &value) && value == 20);
	assert_false(config_hub_policy(h, u, CFG_POLICY_AUTO_DISCONNECT, &value));
	u = config_hub_user(h, "any", 3);
	assert_int_equal(u->auth, CFG_AUTH_ANONYMOUS);
	assert_false(config_hub_policy(h, u, CFG_POLICY_ACCESS, &value));
	assert_null(config_hub_user(h, "jir", 3));
	assert_null(config_hub_user(h, "jiro2", 5));
	assert_ptr_equal(config_default_hub(c), h);
	assert_true(config_ike_enabled(c));
	free(text);
	config_free(c);
}

static void secrets_are_masked_and_clear_ones_are_hashed(void **state)
{
	struct config *c = parse(HUB " user a\n  auth password abc\n user b\n"
				     "  auth password abc pbkdf2\n");
	char *masked = config_print(c, true), *full = config_print(c, false);

	(void)state;
	assert_non_null(strstr(masked, "  auth password ***** nt-encrypted\n"));
	assert_non_null(strstr(masked, "  auth password ***** pbkdf2\n"));
	assert_non_null(strstr(full, "  auth password 4PujgmjQ7GbvHLRS1YheUw== nt-encrypted\n"));
	assert_non_null(strstr(full, "  auth password $sha512$"));
	assert_null(strstr(full, "abc"));
	free(masked);
	free(full);
	config_free(c);
}

static void an_etherip_client_by_its_identity(void **state)
{
	struct config *c = good(whole), *other;
	const struct cfg_etherip *e = config_etherip(c, "ROUTER1.example");
	char *masked = config_print(c, true), *text;

	(void)state;
	assert_string_equal(e->user, "jiro");
	assert_int_equal(e->password.len, 5);
	assert_string_equal(config_etherip(c, "router1")->id, "*");
	assert_non_null(strstr(masked, "user jiro password *****\n"));
	assert_null(strstr(masked, "s e"));
	/* the same ID again; a masked password leaves the former one */
	text = strdup("etherip client Router1.example hub HUB1 user any password *****\n"
		      "no etherip client *\nno ipsec-service etherip\n");
	other = config_amend(c, text, strlen(text), &errs, count_up, NULL);
	assert_non_null(other);
	assert_int_equal(errs.n, 1);
	assert_non_null(strstr(errs.e[0].text, "masked"));
	e = config_etherip(other, "router1.example");
	assert_string_equal(e->user, "any");
	assert_int_equal(e->password.len, 5);
	assert_null(config_etherip(other, "router1"));
	assert_false(other->services.etherip);
	assert_true(config_l2tp_enabled(other));
	config_free(other);
	config_free(c);
	c = good("tunnel-group DefaultRAGroup ipsec-attributes\n ikev1 pre-shared-key k\n"
		 "ipsec-service etherip\n");
	assert_true(config_ike_enabled(c));
	assert_false(config_l2tp_enabled(c));
	config_free(c);
	free(text);
	free(masked);
}

static const struct mistake wrong[] = {
	{"hub a/b", 1, 5, false, "the name of a hub has letters"},
	{HUB " rename HUB2", 2, 9, false, "cannot be renamed"},
	{HUB " user a\\b", 2, 7, false, "the name of a user has letters"},
	{HUB " group ***", 2, 8, false, "the name of a group has letters"},
	{HUB " no user x", 2, 10, false, "the hub \"HUB1\" has no user \"x\""},
	{HUB " no group x", 2, 11, false, "the hub \"HUB1\" has no group \"x\""},
	{HUB " user *\n  auth password abc", 2, 7, false, "the user `*` stands for every other"},
	{HUB " user *\n  auth anonymous", 2, 7, false, "the user `*` stands for every other"},
	{HUB " user *", 2, 7, false, "the user `*` stands for every other"},
	{HUB " user *\n  auth radius", 2, 7, true, "no AAA server yet"},
	{HUB " user u\n  auth nt-domain U", 2, 7, true, "no AAA server yet"},
	{HUB " user u", 2, 7, true, "has no password"},
	{HUB " user u\n  auth password ***", 2, 7, true, "has no password"},
	{HUB " user u\n  auth signed cn U serial 0a", 2, 7, true, "no place for a certificate"},
	{HUB " user u\n  auth signed serial 0ag", 3, 22, false, "hex digits"},
	{HUB " user u\n  auth certificate 0123", 3, 20, false, "40 (SHA-1) or 64"},
	{HUB " user u\n  auth password ab", 3, 17, false, "3 to 127"},
	{HUB " user u\n  auth password abc nt-encrypted", 3, 17, false, "32 hex digits"},
	{HUB " user u\n  auth anonymous\n  group staff", 2, 7, false, "no such group"},
	{HUB " user u\n  expires 2030/02", 3, 11, false, "2026/12/31 23:59:59"},
	{HUB " user u\n  expires \"2030/13/01 00:00:00\"", 3, 11, false, "2026/12/31"},
	{HUB " user u\n  expires \"2030/12/01 00:00:00x\"", 3, 11, false, "2026/12/31"},
	{HUB " user u\n  note \"IPv4: x\"", 3, 8, false, "stands no IPv4 address"},
	{HUB " user u\n  note \"IPv4:224.0.0.1\"", 3, 8, false, "address of a host"},
	{HUB " user u\n  note \"MAC: 02-00-00-00-00-01\"", 3, 8, false, "not acted on yet"},
	{HUB " user u\n  policy Acces yes", 3, 10, false, "there is no policy \"Acces\""},
	{HUB " user u\n  policy access on", 3, 17, false, "Access is yes or no"},
	{HUB " user u\n  policy TimeOut 4", 3, 18, false, "a number from 5 to 60"},
	{HUB " user u\n  policy TimeOut 0", 3, 18, false, "a number from 5 to 60"},
	{HUB " user u\n  policy AutoDisconnect 4294967295", 3, 25, false, "0 for no limit"},
	{HUB " user u\n  policy MultiLogins 99999999999", 3, 22, false, "0 for no limit"},
	{HUB " group g\n  policy MonitorPort yes", 3, 10, false, "monitoring session"},
	{HUB " group g\n  auth anonymous", 3, 3, false, "belongs under \"user NAME\""},
	{HUB " realname x", 2, 2, false, "belongs under \"group NAME\""},
	{HUB " secure-nat host 10.1.1.1 255.255.255.0\n secure-nat enable\nhub B\n"
	     " secure-nat host 10.1.0.1 255.255.0.0\n secure-nat enable",
	 4, 5, false, "overlaps that of the hub \"HUB1\""},
	{"ipsec-service default-hub NONE", 1, 27, false, "there is no hub \"NONE\""},
	{"ipsec-service l2tp-raw", 1, 15, false, "later version"},
	{"ipsec-service etherip", 1, 15, true, "EtherIP over IPsec is on, but"},
	{"etherip client r1 hub NONE user u password secret", 1, 23, false,
	 "there is no hub \"NONE\""},
	{HUB "exit\netherip client r1 hub HUB1 user u password secret", 3, 23, true,
	 "the hub \"HUB1\" has no user \"u\""},
	{"no etherip client r1", 1, 19, false, "no EtherIP client"},
	{"ipsec-service l2tp", 1, 15, true, "no pre-shared key"},
};

static void every_mistake_has_its_place_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_mistake(&wrong[i]);
}

/* Both mean the same. */
static const char *const same[][2] = {
	{HUB " user a\n  auth anonymous\n max-session 3", HUB " max-session 3\n user a\n"
							      "  auth anonymous"},
	{HUB " user a\n  auth anonymous\n exit\n group a\n  note x",
	 HUB " group a\n  note x\n user a\n  auth anonymous"},
	{HUB " user a\n  auth anonymous\n user A\n  realname x", HUB " user a\n  realname x\n"
								     "  auth anonymous"},
	{HUB " user a\n  auth anonymous\n no user A\n max-session 3\n no max-session", HUB},
	{HUB " group g\n no group G\n no-enum\n no no-enum", HUB},
	{HUB " user a\n  auth anonymous\n  note \"IPv4: 10.0.0.1\"\n  no note\n  realname x\n"
	     "  no realname\n  expires 2030/01/01 00:00:00\n  no expires\n  policy TimeOut 5\n"
	     "  no policy timeout\n  group g\n  no group",
	 HUB " user a\n  auth anonymous"},
	{HUB " user a\n  auth radius x\n  auth anonymous\nhub B\n online",
	 HUB " user a\n  auth anonymous\nhub B"},
	{HUB " user a\n  auth anonymous\nhostname x\nno hub HUB1", "hostname x"},
	/* one of two hubs with the same net is offline */
	{HUB " secure-nat host 10.1.1.1 255.255.255.0\n secure-nat enable\n offline\nhub B\n"
	     " secure-nat host 10.1.1.1 255.255.255.0\n secure-nat enable",
	 HUB " offline\n secure-nat host 10.1.1.1 255.255.255.0\n secure-nat enable\nhub B\n"
	     " secure-nat host 10.1.1.1 255.255.255.0\n secure-nat enable"},
};

static void blocks_open_and_close_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_same(same[i][0], same[i][1]);
}

static void lines_are_carried_out_on_top_of_a_configuration(void **state)
{
	static const char more[] = "hub HUB1\n user jiro\n  no expires\nhub NEW\n";
	struct config *c = good(whole), *d;
	char *before = config_print(c, false), *after;

	(void)state;
	d = config_amend(c, more, strlen(more), &errs, count_up, NULL);
	assert_non_null(d);
	assert_int_equal(errs.n, 0);
	assert_non_null(config_hub(d, "NEW"));
	assert_true(config_hub_user(config_hub(d, "HUB1"), "jiro", 4)->expires == 0);
	after = config_print(c, false);
	assert_string_equal(before, after);
	config_free(d);
	free(before);
	free(after);
	config_free(c);
}

static void what_is_wrong_with_them_has_their_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *why;
	} bad[] = {
		{"hub HUB1\n colour red", 2, "unknown command"},
		{"auth anonymous", 1, "belongs under"}, /* no block is open at the start */
		{"hub HUB1\n no group staff", 0, "no such group"},
		{"\nno hub HUB1", 0, "there is no hub \"HUB1\""},
	};
	struct config *c = good(whole);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(
			config_amend(c, bad[i].text, strlen(bad[i].text), &errs, count_up, NULL));
		assert_int_equal(errs.e[0].line, bad[i].line);
		if (!strstr(errs.e[0].text, bad[i].why))
			fail_msg("got \"%s\" for:\n%s", errs.e[0].text, bad[i].text);
	}
	config_free(c);
}

/* A warning about a line that was there before was told then. */
static void old_warnings_are_not_told_again(void **state)
{
	struct config *c = parse("hub A\n user u"), *d;

	(void)state;
	assert_int_equal(errs.n, 1);
	d = config_amend(c, "hub B", 5, &errs, count_up, NULL);
	assert_int_equal(errs.n, 0);
	config_free(d);
	d = config_amend(c, "hub B\n user v", 13, &errs, count_up, NULL);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.e[0].line, 2);
	config_free(d);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hub_with_users_prints_as_it_was_read),
		cmocka_unit_test(secrets_are_masked_and_clear_ones_are_hashed),
		cmocka_unit_test(an_etherip_client_by_its_identity),
		cmocka_unit_test(every_mistake_has_its_place_and_reason),
		cmocka_unit_test(blocks_open_and_close_as_they_should),
		cmocka_unit_test(lines_are_carried_out_on_top_of_a_configuration),
		cmocka_unit_test(what_is_wrong_with_them_has_their_lines),
		cmocka_unit_test(old_warnings_are_not_told_again),
	};

	return cmocka_run_group_tests_name("hubs", tests, NULL, NULL);
}
