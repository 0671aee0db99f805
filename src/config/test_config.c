/* Unit tests of the configuration: the two samples, every command with good and
 * bad values, errors with their places, modes, printing, inheritance, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/burst.h"
#include "crypto/mschap.h"
#include "crypto/prim.h"
#include "parse.h"
#include "password.h"

static struct cfg_errors errs;

static void count_up(void *ctx, void *buf, size_t len)
{
	static uint8_t next;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = next++;
}

static struct config *parse_len(const char *text, size_t len)
{
	return config_parse_cost(text, len, &errs, count_up, NULL, PASSWORD_ITERATIONS_MIN);
}

static struct config *parse(const char *text)
{
	return parse_len(text, strlen(text));
}

/* Parses, with no error or warning. */
static struct config *good(const char *text)
{
	struct config *c = parse(text);

	if (!c || errs.n)
		fail_msg("%u:%u %s\nin:\n%s", errs.e[0].line, errs.e[0].column, errs.e[0].text,
			 text);
	return c;
}

static void expect(const char *text, unsigned line, unsigned column, bool warning, const char *why)
{
	struct config *c = parse(text);

	if (!errs.n || errs.e[0].line != line || errs.e[0].column != column ||
	    errs.e[0].warning != warning || !strstr(errs.e[0].text, why))
		fail_msg("got %u:%u %s \"%s\"\nnot %u:%u \"%s\"\nfor:\n%s", errs.e[0].line,
			 errs.e[0].column, errs.e[0].warning ? "warning" : "error", errs.e[0].text,
			 line, column, why, text);
	assert_int_equal(c != NULL, warning);
	config_free(c);
}

static const char issue_sample[] = "hostname cw\n"
				   "hub DEFAULT\n"
				   " secure-nat host 10.4.5.1 255.255.255.0\n"
				   " secure-nat nat enable\n"
				   " secure-nat enable\n"
				   "ip local pool OFFICE 10.4.5.10-10.4.5.200 mask 255.255.255.0\n"
				   "group-policy DfltGrpPolicy attributes\n"
				   " vpn-tunnel-protocol l2tp-ipsec\n"
				   " dns-server value 10.4.5.1\n"
				   "tunnel-group DefaultRAGroup general-attributes\n"
				   " address-pool OFFICE\n"
				   " virtual-hub DEFAULT\n"
				   "tunnel-group DefaultRAGroup ipsec-attributes\n"
				   " ikev1 pre-shared-key testpsk\n"
				   "tunnel-group DefaultRAGroup ppp-attributes\n"
				   " no authentication chap\n"
				   " authentication ms-chap-v2\n"
				   "username alice password secret1 mschap\n"
				   "crypto ikev1 enable outside\n";

static void the_issues_sample_loads(void **state)
{
	struct config *c = good(issue_sample);
	const struct cfg_tunnel_group *g = config_group(c, "DefaultRAGroup");
	const struct cfg_user *u = config_user(c, "ALICE", 5);
	struct cfg_policy_values v;
	uint8_t hash[16];

	(void)state;
	assert_string_equal(c->hostname, "cw");
	assert_int_equal(c->n_hubs, 1);
	assert_true(c->hubs[0].online && c->hubs[0].securenat && c->hubs[0].nat);
	assert_int_equal(c->hubs[0].host_ip, 0x0a040501);
	assert_int_equal(c->hubs[0].prefix, 24);
	assert_int_equal(config_pool(c, "OFFICE")->first, 0x0a04050a);
	assert_int_equal(config_pool(c, "OFFICE")->last, 0x0a0405c8);
	assert_int_equal(config_pool(c, "OFFICE")->prefix, 24);
	assert_null(config_pool(c, "office"));
	assert_true(g->psk_set);
	assert_int_equal(g->psk.len, 7);
	assert_memory_equal(g->psk.b, "testpsk", 7);
	assert_int_equal(g->ppp_auth, CFG_PPP_MSCHAP1 | CFG_PPP_MSCHAP2);
	assert_ptr_equal(config_group_hub(c, g), &c->hubs[0]);
	assert_true(mschap_nt_hash((struct bytes){(const uint8_t *)"secret1", 7}, hash));
	assert_int_equal(u->kind, CFG_PW_NT_HASH);
	assert_memory_equal(u->nt_hash, hash, 16);
	assert_true(config_ike_enabled(c));
	assert_string_equal(c->interfaces[0].nameif, "outside");
	assert_string_equal(c->interfaces[0].name, "");
	config_policy(c, g, u, &v);
	assert_int_equal(v.protocols, CFG_PROTO_L2TP_IPSEC);
	assert_int_equal(v.dns[0], 0x0a040501);
	assert_int_equal(v.idle_s, 1800);
	config_free(c);
}

/* As the chapter of the ASA guide prints it, blank lines and all. */
static const char seed_sample[] = "ip local pool sales_addresses 209.165.202.129-209.165.202.158\n"
				  "group-policy sales_policy internal\n"
				  "group-policy sales_policy attributes\n"
				  "wins-server value 209.165.201.3 209.165.201.4\n"
				  "dns-server value 209.165.201.1 209.165.201.2\n"
				  "vpn-tunnel-protocol l2tp-ipsec\n"
				  "tunnel-group DefaultRAGroup general-attributes\n"
				  "default-group-policy sales_policy\n"
				  "address-pool sales_addresses\n"
				  "tunnel-group DefaultRAGroup ipsec-attributes\n"
				  "pre-shared-key *\n"
				  "tunnel-group DefaultRAGroup ppp-attributes\n"
				  "no authentication pap\n"
				  "authentication chap\n"
				  "authentication ms-chap-v1\n"
				  "authentication ms-chap-v2\n"
				  " crypto ipsec ikev1 transform-set trans esp-aes esp-sha-hmac\n"
				  "crypto ipsec ikev1 transform-set trans mode transport\n"
				  "crypto dynamic-map dyno 10 set ikev1 transform-set trans\n"
				  "crypto map vpn 20 ipsec-isakmp dynamic dyno\n"
				  "crypto map vpn interface outside\n"
				  "crypto ikev1 enable outside\n"
				  "crypto ikev1 policy 10\n"
				  "authentication pre-share\n"
				  "\n"
				  "encryption aes\n"
				  "hash sha\n"
				  "\n"
				  "group 14\n"
				  "lifetime 86400\n";

static void the_seeds_sample_loads_as_printed(void **state)
{
	struct config *c = parse(seed_sample);
	struct cfg_policy_values v;

	(void)state;
	assert_non_null(c);
	assert_int_equal(errs.n, 2);
	assert_true(errs.e[0].warning && errs.e[1].warning);
	assert_int_equal(errs.e[0].line, 11);
	assert_int_equal(errs.e[0].column, 16);
	assert_non_null(strstr(errs.e[0].text, "masked"));
	assert_int_equal(errs.e[1].line, 22);
	assert_non_null(strstr(errs.e[1].text, "no pre-shared key"));
	assert_false(c->groups[0].psk_set);
	assert_int_equal(c->groups[0].ppp_auth, CFG_PPP_CHAP | CFG_PPP_MSCHAP1 | CFG_PPP_MSCHAP2);
	assert_int_equal(c->sets[0].key_bits, 128);
	assert_int_equal(c->sets[0].auth, BURST_HMAC_SHA1_96);
	assert_true(c->sets[0].transport);
	assert_string_equal(c->dynmaps[0].sets[0], "trans");
	assert_int_equal(c->maps[0].seq, 20);
	assert_string_equal(c->interfaces[0].crypto_map, "vpn");
	assert_int_equal(c->n_ike, 1);
	assert_int_equal(c->ike[0].priority, 10);
	assert_int_equal(c->ike[0].hash, PRIM_SHA1);
	assert_int_equal(c->ike[0].group, 14);
	assert_int_equal(c->ike[0].life_s, 86400);
	config_policy(c, &c->groups[0], NULL, &v);
	assert_int_equal(v.wins[1], 0xd1a5c904);
	assert_null(config_group_hub(c, &c->groups[0]));
	config_free(c);
}

static char *file_text(const char *name)
{
	char path[512];
	char *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/testdata/%s", TEST_DIR, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

static void every_command_sets_its_value(void **state)
{
	char *text = file_text("all.conf");
	struct config *c = good(text);
	const struct cfg_tunnel_group *g = &c->groups[0];

	(void)state;
	assert_string_equal(c->interfaces[0].name, "eth0");
	assert_int_equal(c->interfaces[0].ip, 0xcb007105);
	assert_true(c->interfaces[0].ike_enable && c->interfaces[2].ike_enable);
	assert_string_equal(c->interfaces[2].nameif, "inside");
	assert_false(config_hub(c, "TWO WORDS")->online);
	assert_int_equal(c->sets[1].key_bits, 192);
	assert_int_equal(c->sets[2].auth, BURST_HMAC_SHA256_128);
	assert_int_equal(c->esp_life_s, 3600);
	assert_int_equal(c->esp_life_kb, 100000);
	assert_int_equal(c->replay_window, 4096);
	assert_int_equal(c->dynmaps[0].seq, 5);
	assert_int_equal(c->dynmaps[0].life_s, 300);
	assert_int_equal(c->dynmaps[0].life_kb, 1000);
	assert_int_equal(c->dynmaps[1].n_sets, 3);
	assert_true(c->dynmaps[1].pfs);
	assert_int_equal(c->dynmaps[1].pfs_group, 19);
	assert_int_equal(c->ike[0].priority, 10);
	assert_int_equal(c->ike[0].key_bits, 256);
	assert_int_equal(c->ike[0].hash, PRIM_SHA256);
	assert_int_equal(c->ike[1].hash, PRIM_SHA384);
	assert_int_equal(c->ike[1].group, 20);
	assert_int_equal(c->ike[1].life_s, 0);
	assert_true(c->natt && !c->natt_force);
	assert_int_equal(c->natt_keepalive_s, 1500);
	assert_int_equal(c->l2tp_hello_s, 100);
	assert_int_equal(c->n_users, 4);
	assert_int_equal(c->users[1].privilege, 15);
	assert_int_equal(c->users[2].kind, CFG_PW_PBKDF2);
	assert_int_equal(c->users[3].framed_ip, 0x0a0405fa);
	assert_string_equal(c->users[3].group_policy, "Sales");
	assert_int_equal(g->n_pools, 3);
	assert_true(g->strip_realm && !g->strip_group);
	assert_int_equal(g->psk.len, 14);
	assert_memory_equal(g->psk.b, "a key \"quoted\"", 14);
	assert_int_equal(g->keepalive_s, 3600);
	assert_int_equal(g->keepalive_retry_s, 5);
	assert_int_equal(g->ppp_auth,
			 CFG_PPP_PAP | CFG_PPP_MSCHAP1 | CFG_PPP_MSCHAP2 | CFG_PPP_EAP);
	assert_true(c->groups[1].l2l && !c->groups[1].keepalive);
	assert_true(c->groups[2].strip_group);
	config_free(c);
	free(text);
}

static void prints_what_parses_to_the_same(const char *text)
{
	struct config *c = parse(text), *again;
	char *once, *twice;

	assert_non_null(c);
	once = config_print(c, false);
	again = parse(once);
	if (!again)
		fail_msg("%u:%u %s\nin:\n%s", errs.e[0].line, errs.e[0].column, errs.e[0].text,
			 once);
	twice = config_print(again, false);
	assert_string_equal(once, twice);
	assert_int_equal(again->n_users, c->n_users);
	for (unsigned i = 0; i < c->n_users; i++)
		assert_memory_equal(&again->users[i], &c->users[i], sizeof(c->users[i]));
	assert_int_equal(again->n_groups, c->n_groups);
	for (unsigned i = 0; i < c->n_groups; i++)
		assert_memory_equal(&again->groups[i], &c->groups[i], sizeof(c->groups[i]));
	assert_int_equal(again->n_dynmaps, c->n_dynmaps);
	for (unsigned i = 0; i < c->n_dynmaps; i++)
		assert_memory_equal(&again->dynmaps[i], &c->dynmaps[i], sizeof(c->dynmaps[i]));
	for (unsigned i = 0; i < c->n_policies; i++) {
		struct cfg_policy_values a, b;

		config_policy(c, &c->groups[0], NULL, &a);
		config_policy(again, &again->groups[0], NULL, &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	config_free(c);
	config_free(again);
	free(once);
	free(twice);
}

static void print_round_trips(void **state)
{
	static const char *const texts[] = {
		"",
		issue_sample,
		seed_sample,
		"no crypto isakmp nat-traversal\ncrypto ikev1 enable b\ninterface x\n nameif a\n"
		"crypto map m 1 ipsec-isakmp dynamic d\ncrypto dynamic-map d 1 set pfs\n"
		"crypto map m interface b\ncrypto map m interface a\n",
		"tunnel-group DefaultRAGroup ipsec-attributes\n pre-shared-key \"*\"\n"
		"username \"a b\" password abc mschap\nusername *** password \"***\" mschap\n",
		"tunnel-group DefaultRAGroup ppp-attributes\n no authentication ms-chap-v1\n"
		" no authentication chap\n",
	};
	char *all = file_text("all.conf");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		prints_what_parses_to_the_same(texts[i]);
	prints_what_parses_to_the_same(all);
	free(all);
}

static void masked_print_has_no_secret(void **state)
{
	char *all = file_text("all.conf"), *text;
	struct config *c = good(all);

	(void)state;
	text = config_print(c, true);
	assert_non_null(strstr(text, " ikev1 pre-shared-key *****\n"));
	assert_non_null(strstr(text, "username alice password ***** nt-encrypted\n"));
	assert_non_null(strstr(text, "username dave password ***** pbkdf2\n"));
	assert_null(strstr(text, "quoted"));
	assert_null(strstr(text, "=="));
	assert_null(strstr(text, "$sha512"));
	config_free(c);
	c = parse(text);
	assert_non_null(c); /* warnings only */
	assert_int_equal(c->users[0].kind, CFG_PW_NONE);
	assert_false(c->groups[0].psk_set);
	config_free(c);
	free(all);
	free(text);
}

#define RA(sub) "tunnel-group DefaultRAGroup " sub "-attributes\n"
#define GP      "group-policy DfltGrpPolicy attributes\n"
#define DYN     "crypto dynamic-map d 1 set "

static const struct {
	const char *text;
	unsigned line, column;
	bool warning;
	const char *why;
} wrong[] = {
	{"tunel-group X type remote-access", 1, 1, false,
	 "unknown command \"tunel-group\"; nearest is \"tunnel-group\""},
	{"\n!\nfoo", 3, 1, false, "unknown command \"foo\""},
	{"h x", 1, 1, false, "ambiguous: hostname or hub"},
	{"no", 1, 1, false, "`no` stands alone"},
	{"no no", 1, 4, false, "unknown command"},
	{"exit", 1, 1, false, "unknown command"},
	{"hostname -a", 1, 10, false, "host name"},
	{"hostname a.b", 1, 10, false, "host name"},
	{"hostname", 1, 9, false, "NAME is missing"},
	{"l2tp tunnel hello 9", 1, 19, false, "from 10 to 300"},
	{"l2tp tunnel hello 301", 1, 19, false, "from 10 to 300"},
	{"interface a\n shutdown", 2, 1, false, "leave out `shutdown`"},
	{"interface a\n ip address 1.2.3.4 0.0.0.0", 2, 13, false, "not the address"},
	{"interface a\n nameif x\ninterface b\n nameif x", 4, 9, false, "already"},
	{"no interface a", 1, 14, false, "no interface \"a\""},
	{"no hub a", 1, 8, false, "no hub \"a\""},
	{"hub a\n secure-nat engine user", 2, 20, false, "later version"},
	{"hub a\n secure-nat e", 2, 13, false, "enable"},
	{"hub a\n secure-nat host 10.0.0.0 255.255.255.0", 2, 18, false, "first or last"},
	{"hub a\n secure-nat host 10.0.0.255 255.255.255.0", 2, 18, false, "first or last"},
	{"hub a\n secure-nat host 10.0.0.1 255.255.255.255", 2, 27, false, "/8 to a /30"},
	{"online", 1, 1, false, "\"online\" belongs under \"hub NAME\""},
	{"ip local pool p 10.0.0.5-10.0.0.1", 1, 17, false, "range FIRST-LAST"},
	{"ip local pool p 10.0.0.5-10.0.1.1 mask 255.255.255.0", 1, 17, false, "one subnet"},
	{"ip local pool p 10.0.0.0-10.1.0.0", 1, 17, false, "at most 65536"},
	{"ip local pool p 127.0.0.1", 1, 17, false, "not addresses of hosts"},
	{"ip local pool p 239.255.255.250-240.0.0.1", 1, 17, false, "not addresses of hosts"},
	{"ip local pool p 10.0.0.1 mask 255.0.1.0", 1, 31, false, "subnet mask"},
	{"no ip local pool p", 1, 18, false, "no pool \"p\""},
	{"ip local pool a 10.0.0.1-10.0.0.9\nip local pool b 10.0.0.9", 2, 15, false,
	 "\"b\" overlaps the pool \"a\""},
	{"hub h\n secure-nat host 10.0.0.1 255.0.0.0\nip local pool a 10.0.0.1", 3, 15, false,
	 "address of the hub \"h\""},
	{"group-policy p attributes", 1, 14, false, "`group-policy p internal`"},
	{"group-policy p internal from q", 1, 30, false, "no group policy \"q\""},
	{"group-policy p external server-group g password x", 1, 14, false, "later version"},
	{"no group-policy DfltGrpPolicy", 1, 17, false, "built in"},
	{"no group-policy p", 1, 17, false, "no group policy \"p\""},
	{GP "vpn-tunnel-protocol", 2, 20, false, "is missing"},
	{GP "vpn-tunnel-protocol pptp", 2, 21, false, "unknown word \"pptp\""},
	{GP "dns-server value 1.2.3", 2, 18, false, "not an IPv4 address"},
	{GP "dns-server value 0.0.0.0", 2, 18, false, "write `none`"},
	{GP "dns value 1.1.1.1 2.2.2.2 3.3.3.3", 2, 27, false, "too much"},
	{GP "wins-server 1.2.3.4", 2, 13, false, "expected value or none"},
	{GP "default-domain value", 2, 21, false, "DOMAIN is missing"},
	{GP "vpn-simultaneous-logins 2147483648", 2, 25, false, "from 0 to 2147483647"},
	{GP "vpn-idle-timeout 0", 2, 18, false, "from 1 to 35791394 or none"},
	{GP "vpn-session-timeout 35791395", 2, 21, false, "from 1 to 35791394 or none"},
	{GP "address-pools value a b c d e f g", 2, 33, false, "at most 6"},
	{GP "address-pools value a", 2, 21, false, "no pool \"a\""},
	{"tunnel-group t general-attributes\n address-pool x", 1, 14, false,
	 "`tunnel-group t type remote-access`"},
	{"tunnel-group DefaultRAGroup type ipsec-l2l", 1, 34, false, "type remote-access"},
	{"no tunnel-group DefaultRAGroup", 1, 17, false, "built in"},
	{"no tunnel-group t", 1, 17, false, "no tunnel group"},
	{RA("general") "address-pool a", 2, 14, false, "`ip local pool a ...`"},
	{RA("general") "address-pool a b c d e f g", 2, 26, false, "at most 6"},
	{RA("general") "no address-pool a", 2, 17, false, "not in this list"},
	{RA("general") "default-group-policy p", 2, 22, false, "`group-policy p internal`"},
	{RA("general") "virtual-hub h", 2, 13, false, "make it with `hub h`"},
	{RA("general") "authentication-server-group R LOCAL", 2, 29, false,
	 "no aaa-server \"R\"; only LOCAL"},
	{RA("general") "authentication-server-group LOCAL x", 2, 35, false, "nothing may follow"},
	{RA("ipsec") "ikev1 pre-shared-key", 2, 21, false, "KEY is missing"},
	{RA("ipsec") "ikev1 pre-shared-key 8 abc", 2, 22, false, "type 8"},
	{RA("ipsec") "ikev1 pre-shared-key *****", 2, 22, true, "masked"},
	{RA("ipsec") "pre-shared-key ****", 2, 16, true, "masked"},
	{RA("ipsec") "isakmp keepalive threshold 9", 2, 28, false, "from 10 to 3600"},
	{RA("ipsec") "isakmp keepalive threshold 10 retry 11", 2, 37, false, "from 2 to 10"},
	{RA("ppp") "authentication ms", 2, 16, false, "ms-chap-v1 or ms-chap-v2"},
	{"username a password ab", 1, 21, false, "3 to 127"},
	{"username a password abc encrypted", 1, 25, false, "old hash of ASA"},
	{"username a password abc nt-encrypted", 1, 21, false, "32 hex digits"},
	{"username a password 8846f7eaee8fb117ad06bdd830b7586g nt-encrypted", 1, 21, false,
	 "NT hash"},
	{"username a password $sha512$999$a$b pbkdf2", 1, 21, false, "1000 to 1000000"},
	{"username a password \"\xff\xff\xff\" mschap", 1, 21, false, "UTF-8"},
	{"username a password abc privilege 16", 1, 35, false, "from 0 to 15"},
	{"username a password ***** mschap", 1, 21, true, "masked"},
	{"username a", 1, 11, false, "password or attributes is missing"},
	{"username a attributes", 1, 10, false, "no user \"a\""},
	{"no username a", 1, 13, false, "no user \"a\""},
	{"username a password abc mschap\nusername a attributes\n vpn-group-policy p", 3, 19, false,
	 "no group policy \"p\""},
	{"username a password abc mschap\nusername a attributes\n vpn-framed-ip-address 0.0.0.0", 3,
	 24, false, "not the address"},
	{"username a password abc", 1, 10, true, "takes no PAP; add `mschap`"},
	{"username a password abc mschap\n" RA("ppp") "no authentication ms-chap-v1", 2, 14, true,
	 "table 1"},
	{"crypto ikev1 enable outside", 1, 21, true, "no pre-shared key"},
	{"crypto ikev1 enable", 1, 20, false, "IF is missing"},
	{"no crypto ikev1 enable x", 1, 24, false, "not enabled on \"x\""},
	{"crypto ikev1 policy 0", 1, 21, false, "from 1 to 65535"},
	{"no crypto ikev1 policy 7", 1, 24, false, "no IKE policy 7"},
	{"crypto ikev1 policy 1\nauthentication rsa-sig", 2, 16, false, "later version"},
	{"crypto ikev1 policy 1\nencryption 3des", 2, 12, false, "by name in a later version"},
	{"crypto ikev1 policy 1\nencryption des", 2, 12, false, "by name in a later version"},
	{"crypto ikev1 policy 1\nhash md5", 2, 6, false, "by name in a later version"},
	{"crypto ikev1 policy 1\ngroup 2", 2, 7, false, "by name in a later version"},
	{"crypto ikev1 policy 1\ngroup5", 2, 1, false, "use 14, 19 or 20"},
	{"crypto ikev1 policy 1\ngroup 15", 2, 7, false, "expected 14, 19, 20"},
	{"crypto ikev1 policy 1\nlifetime 119", 2, 10, false, "from 120 to 2147483647 or none"},
	{"crypto isakmp nat-traversal 9", 1, 29, false, "from 10 to 3600"},
	{"crypto ipsec ikev1 transform-set t esp-3des esp-sha-hmac", 1, 36, false, "later version"},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-md5-hmac", 1, 44, false, "later version"},
	{"crypto ipsec ikev1 transform-set t esp-aes", 1, 43, false, "authentication is missing"},
	{"crypto ipsec ikev1 transform-set t esp-sha-hmac esp-aes", 1, 36, false,
	 "encryption comes"},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-aes", 1, 44, false, "authenticates"},
	{"crypto ipsec ikev1 transform-set t mode transport", 1, 34, false,
	 "no transform set \"t\""},
	{"crypto ipsec security-association lifetime", 1, 1, false,
	 "seconds or kilobytes is missing"},
	{"crypto ipsec security-association lifetime seconds 119", 1, 52, false, "from 120"},
	{"crypto ipsec security-association replay window-size 64", 1, 54, true, "1024 is used"},
	{"crypto ipsec security-association replay window-size 63", 1, 54, false, "from 64"},
	{DYN "ikev1 transform-set t", 1, 48, false, "no transform set \"t\""},
	{DYN "pfs group2", 1, 32, false, "not secure"},
	{DYN "security-association lifetime", 1, 1, false, "is missing"},
	{"no " DYN "pfs", 1, 23, false, "no dynamic map \"d\" 1"},
	{DYN "pfs\nno " DYN "ikev1 transform-set q", 2, 51, false, "not in this list"},
	{"crypto map m 1 ipsec-isakmp dynamic d", 1, 37, false, "no dynamic map \"d\""},
	{"crypto map m interface o", 1, 12, false, "no crypto map \"m\""},
	{"no crypto map m interface o", 1, 15, false, "not on the interface"},
	{"no crypto map m 1", 1, 15, false, "no crypto map \"m\" 1"},
};

static void every_mistake_has_its_place_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect(wrong[i].text, wrong[i].line, wrong[i].column, wrong[i].warning,
		       wrong[i].why);
}

static void secrets_never_stand_in_errors(void **state)
{
	static const char *const texts[] = {
		RA("ipsec") "ikev1 pre-shared-key my t0psecret key",
		RA("ipsec") "ikev1 pre-shard-key t0psecret",
		RA("ipsec") "ikev1 t0psecret",
		RA("ipsec") "pre-shared-key 8 t0psecret",
		RA("ipsec") "pre-shared-key x t0psecret",
		"pre-shared-key t0psecret",
		"username a t0psecret mschap",
		"username a password t0psecret mschp",
		"username a password abc t0psecret",
		"username a password t0psecret nt-encrypted",
		"username a password $sha512$t0psecret pbkdf2",
		"username a password t0psecret encrypted",
		"username a password t0psecret privilege x",
		"username a password \"t0psecret",
		"username a password abc mschap t0psecret",
		"usrname a password t0psecret",
		"no username a password t0psecret mschap x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_null(parse(texts[i]));
		assert_true(errs.n > 0);
		for (unsigned k = 0; k < errs.n; k++)
			if (strstr(errs.e[k].text, "t0psecret"))
				fail_msg("%s", errs.e[k].text);
	}
}

/* Each pair of texts makes the same configuration. */
static const char *const same[][2] = {
	{"ho x", "hostname x"},
	{"HOSTNAME x", "hostname x"},
	{"hostname x\nno hostname", ""},
	{"\xef\xbb\xbfhostname x\r\n", "hostname x"},
	{"hub a\nsecure-nat enable\nhub b\n online",
	 "  hub a\n\t secure-nat  enable\nhub b\nhub B"},
	{"hub a\n exit\nhub b", "hub a\nhub b"},
	{"hub a\nhub b\nno hub a", "hub b"},
	{"hub a\n offline\n no offline", "hub a"},
	{"hub a\n no online", "hub a\n offline"},
	{"hub a\n secure-nat nat enable\n no secure-nat nat\n secure-nat enable\n no secure-nat",
	 "hub a"},
	{"hub a\n secure-nat host 10.0.0.1 255.0.0.0\n no secure-nat host", "hub a"},
	{"hub a\n secure-nat nat enable\n secure-nat nat disable\n no secure-nat engine", "hub a"},
	{"ip local pool a 1.1.1.1\nip local pool a 1.1.1.2", "ip local pool a 1.1.1.2"},
	{"ip local pool a 1.1.1.1\nno ip local pool a", ""},
	{"interface e\n nameif o\ncrypto ikev1 enable o\n" RA("ipsec") "pre a",
	 "crypto ikev1 enable o\ninterface e\n nameif o\n" RA("ipsec") "pre a"},
	{"crypto isakmp enable o\nno crypto ikev1 enable o", ""},
	{"interface e\n nameif o\n ip address 1.1.1.1 255.0.0.0\ncrypto ikev1 enable o\ninterface "
	 "e\n"
	 " no nameif\n no ip address",
	 "interface e"},
	{"interface e\nno interface e", ""},
	{GP "dns value 1.1.1.1", GP "dns-server value 1.1.1.1"},
	{GP "dns value 1.1.1.1\nno dns", ""},
	{GP "dns value 1.1.1.1\nno dns-server value 1.1.1.1", ""},
	{GP "vpn-tunnel-protocol ikev1 l2tp-ipsec\nvpn-tunnel-protocol ikev2",
	 GP "vpn-tunnel-protocol ikev2"},
	{GP "vpn-tunnel-protocol ikev1 l2tp-ipsec\nno vpn-tunnel-protocol ikev1",
	 GP "vpn-tunnel-protocol l2tp-ipsec"},
	{GP "vpn-tunnel-protocol ikev1\nno vpn-tunnel-protocol ikev1", ""},
	{GP "vpn-tunnel-protocol ikev1\nno vpn-tunnel-protocol", ""},
	{GP "vpn-idle-timeout 5\nno vpn-idle-timeout\nvpn-session-timeout none\nno "
	    "vpn-session-timeout",
	 ""},
	{GP "wins-server none\nno wins-server\nno default-domain\nno address-pools", ""},
	{GP "default-domain value x\nvpn-simultaneous-logins 1\nno group-policy DfltGrpPolicy "
	    "attributes",
	 ""},
	{"group-policy p internal\nno group-policy p", ""},
	{"tunnel-group t type ipsec-ra", "tunnel-group t type remote-access"},
	{"tunnel-group t type remote-access\nno tunnel-group t type remote-access", ""},
	{"ip local pool a 1.1.1.1\nip local pool b 1.1.1.2\n" RA(
		 "general") "address-pool a b a\nno address-pool a",
	 "ip local pool a 1.1.1.1\nip local pool b 1.1.1.2\n" RA("general") "address-pool b"},
	{RA("general") "strip-realm\nstrip-group\nno strip-realm\nauthentication-server-group "
		       "local",
	 RA("general") "strip-group"},
	{"hub h\n" RA(
		 "general") "virtual-hub H\nno virtual-hub\ndefault-group-policy DfltGrpPolicy\n"
			    "no default-group-policy",
	 "hub h"},
	{RA("ipsec") "ikev1 pre-shared-key a\npre-shared-key b",
	 RA("ipsec") "ikev1 pre-shared-key 0 b"},
	{RA("ipsec") "ikev1 pre-shared-key a\nno ikev1 pre-shared-key", ""},
	{RA("ipsec") "isakmp keepalive threshold 10\nno isakmp keepalive disable", ""},
	{RA("ipsec") "isakmp keepalive disable\nisakmp keepalive threshold 300 retry 2", ""},
	{RA("ppp") "no authentication chap\nauthentication chap\nauthentication pap\n"
		   "no authentication pap",
	 ""},
	{"username a password abc mschap\nno username A", ""},
	{"username a password abc\nusername A password abc mschap privilege 3",
	 "username a password e0fba38268d0ec66ef1cb452d5885e53 nt-encrypted privilege 3"},
	{"username a password abc mschap\nusername a attributes\n vpn-framed-ip-address 1.1.1.1\n"
	 "no username a attributes",
	 "username a password 4Po4JoLQ7GbvHLRS1YheUw== nt-encrypted"},
	{"crypto ikev1 policy 5\nno crypto ikev1 policy 5", ""},
	{"crypto ikev1 policy 5\ngroup14\nno group\nno hash\nno encryption\nno lifetime\n"
	 "no authentication",
	 "crypto ikev1 policy 5"},
	{"no crypto isakmp nat-traversal\ncrypto isakmp nat-traversal", ""},
	{"crypto isakmp nat-traversal encapsulate detected\nno crypto isakmp nat-traversal "
	 "encapsulate",
	 ""},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-sha-hmac\nno crypto ipsec ikev1 "
	 "transform-set t",
	 ""},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-sha-hmac\n"
	 "crypto ipsec ikev1 transform-set t mode transport\n"
	 "crypto ipsec ikev1 transform-set t esp-aes-256 esp-sha256-hmac\n"
	 "no crypto ipsec ikev1 transform-set t mode transport",
	 "crypto ipsec ikev1 transform-set t esp-aes-256 esp-sha256-hmac"},
	{"crypto ipsec security-association lifetime seconds 300 kilobytes 20\n"
	 "no crypto ipsec security-association lifetime seconds\n"
	 "no crypto ipsec security-association lifetime kilobytes 20",
	 ""},
	{"crypto ipsec security-association replay window-size 2048\n"
	 "no crypto ipsec security-association replay window-size",
	 ""},
	{DYN "pfs group20\nno " DYN "pfs\nno crypto dynamic-map d 1", ""},
	{DYN "pfs", DYN "pfs group14"},
	{DYN "pfs\n" DYN "security-association lifetime seconds 300\nno " DYN
	     "security-association lifetime seconds",
	 DYN "pfs group14"},
	{DYN "pfs\ncrypto map m 1 ipsec-isakmp dynamic d\ncrypto map m interface o\n"
	     "no crypto map m interface o\nno crypto map m 1",
	 DYN "pfs"},
	{"l2tp tunnel hello 100\nno l2tp tunnel hello 100", ""},
};

static void no_forms_and_repeats_mean_what_they_do_on_asa(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct config *a = parse(same[i][0]), *b;
		char *text_a, *text_b;

		if (!a)
			fail_msg("%u:%u %s in\n%s", errs.e[0].line, errs.e[0].column,
				 errs.e[0].text, same[i][0]);
		b = parse(same[i][1]);
		assert_non_null(b);
		text_a = config_print(a, false);
		text_b = config_print(b, false);
		assert_string_equal(text_a, text_b);
		free(text_a);
		free(text_b);
		config_free(a);
		config_free(b);
	}
}

static void all_or_nothing(void **state)
{
	char text[sizeof(issue_sample) + 16];

	(void)state;
	snprintf(text, sizeof(text), "%snonsense\n", issue_sample);
	assert_null(parse(text));
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.e[0].line, 20);
}

/* The lines below a header that failed are looked at, and blamed for their own
 * mistakes only. */
static void a_failed_header_does_not_cascade(void **state)
{
	(void)state;
	assert_null(parse("tunnel-group t ipsec-attributes\n ikev1 pre-shared-key x\n"
			  " isakmp keepalive threshold 1\nhostname a\n"));
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.e[0].line, 1);
	assert_int_equal(errs.e[1].line, 3);
}

static void errors_are_in_order_and_counted(void **state)
{
	char text[8192] = "";
	struct config *c;

	(void)state;
	/* found at the end, but told in the order of lines */
	c = parse(RA("general") "authentication-server-group LOCAL\n"
				"username a password abc\n" RA("ipsec") "pre *\n");
	assert_non_null(c);
	config_free(c);
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.e[0].line, 3);
	assert_int_equal(errs.e[1].line, 5);
	for (unsigned i = 0; i < 100; i++)
		strcat(text, RA("ipsec") "pre *\n");
	strcat(text, "nonsense\n");
	assert_null(parse(text));
	assert_int_equal(errs.n, 101);
	assert_int_equal(errs.e[63].line, 201);
	assert_false(errs.e[63].warning);
}

/* n lines made of a format with the number of the line. */
static char *many(unsigned n, const char *format)
{
	size_t cap = n * 96 + 1, o = 0;
	char *text = malloc(cap);

	for (unsigned i = 0; i < n; i++) {
		const char *at = strchr(format, '#');

		o += (size_t)snprintf(text + o, cap - o, "%.*s%u%s\n", (int)(at - format), format,
				      i + 1, at + 1);
	}
	return text;
}

static void limits_are_told(void **state)
{
	static const struct {
		const char *format, *why;
		unsigned max;
	} limits[] = {
		{"hub h#", "too many hubs: 64", 64},
		{"interface e#", "too many interfaces: 64", 64},
		{"crypto ikev1 policy #", "too many IKE policies: 128", 128},
		{"group-policy p# internal", "too many group policies: 256", 255},
		{"tunnel-group t# type remote-access", "too many tunnel groups: 256", 255},
		{"crypto ipsec ikev1 transform-set s# esp-aes esp-sha-hmac", "transform sets: 256",
		 256},
		{"crypto dynamic-map d # set pfs", "too many dynamic maps: 256", 256},
		{"username u# password abc mschap", "too many users: 10000", 10000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char *text = many(limits[i].max + 1, limits[i].format);

		assert_null(parse(text));
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.e[0].line, limits[i].max + 1);
		if (!strstr(errs.e[0].text, limits[i].why))
			fail_msg("%s", errs.e[0].text);
		free(text);
	}
}

static void long_lines_and_texts_are_refused(void **state)
{
	size_t len = (8U << 20) + 1;
	char *text = malloc(len);

	(void)state;
	memset(text, '\n', len);
	assert_null(parse_len(text, len));
	assert_non_null(strstr(errs.e[0].text, "too long"));
	memset(text, 'x', 2000);
	assert_null(parse_len(text, 1200));
	assert_non_null(strstr(errs.e[0].text, "line is too long"));
	text[0] = '!';
	config_free(parse_len(text, 1200));
	assert_int_equal(errs.n, 0);
	assert_null(parse_len("hub a\0b", 7));
	assert_non_null(strstr(errs.e[0].text, "control character"));
	free(text);
}

/* asa-and-peers.md 1.4: user's policy > profile's > DfltGrpPolicy > built in;
 * `none` is a value and ends the search. */
static void policies_inherit(void **state)
{
	struct config *c =
		good("ip local pool a 1.1.1.1\n"
		     "group-policy U internal\ngroup-policy G internal\n"
		     "group-policy U attributes\n dns-server none\n vpn-idle-timeout 1\n"
		     "group-policy G attributes\n dns-server value 2.2.2.2\n"
		     " vpn-idle-timeout 2\n wins-server value 3.3.3.3\n address-pools none\n" GP
		     " wins-server none\n vpn-session-timeout 9\n address-pools value a\n"
		     " default-domain value d.example\n"
		     "username u password abc mschap\nusername u attributes\n"
		     " vpn-group-policy U\n" RA("general") "default-group-policy G\n");
	struct cfg_policy_values v;

	(void)state;
	config_policy(c, &c->groups[0], &c->users[0], &v);
	assert_true(v.dns_set && v.wins_set && v.pools_set && v.domain_set && v.logins_set);
	assert_true(v.idle_set && v.session_set && v.protocols_set);
	assert_int_equal(v.dns[0], 0);
	assert_int_equal(v.idle_s, 60);
	assert_int_equal(v.wins[0], 0x03030303);
	assert_int_equal(v.n_pools, 0);
	assert_int_equal(v.session_s, 540);
	assert_string_equal(v.domain, "d.example");
	assert_int_equal(v.logins, 3);
	assert_int_equal(v.protocols, CFG_PROTO_IKEV1 | CFG_PROTO_L2TP_IPSEC);
	config_policy(c, &c->groups[0], NULL, &v);
	assert_int_equal(v.dns[0], 0x02020202);
	assert_int_equal(v.idle_s, 120);
	config_policy(c, NULL, NULL, &v);
	assert_int_equal(v.idle_s, 1800);
	assert_int_equal(v.wins[0], 0);
	assert_int_equal(v.n_pools, 1);
	assert_string_equal(v.pools[0], "a");
	config_free(c);
}

static void a_profile_finds_its_hub(void **state)
{
	struct config *c =
		good("hub DEFAULT\nhub sales\nhub other\n"
		     "tunnel-group SALES type remote-access\n"
		     "tunnel-group x type remote-access\ntunnel-group x general-attributes\n"
		     " virtual-hub OTHER\n");

	(void)state;
	assert_string_equal(config_group_hub(c, config_group(c, "DefaultRAGroup"))->name,
			    "DEFAULT");
	assert_string_equal(config_group_hub(c, config_group(c, "SALES"))->name, "sales");
	assert_string_equal(config_group_hub(c, config_group(c, "x"))->name, "other");
	assert_null(config_group(c, "X"));
	config_free(c);
}

static struct bytes text_bytes(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void passwords_are_checked(void **state)
{
	/* the last one: PBKDF2-HMAC-SHA-512, first 16 octets as an ASA stores them */
	struct config *c = good("username n password \xc3\xa9t\xc3\xa9 mschap\n"
				"username p password pencil\n" RA("ppp") "authentication pap\n");
	struct cfg_user asa = c->users[1];
	char text[PASSWORD_TEXT];

	(void)state;
	assert_true(config_password_ok(&c->users[0], text_bytes("\xc3\xa9t\xc3\xa9")));
	assert_false(config_password_ok(&c->users[0], text_bytes("ete")));
	assert_true(config_password_ok(&c->users[1], text_bytes("pencil")));
	assert_false(config_password_ok(&c->users[1], text_bytes("pencil ")));
	assert_false(config_password_ok(&c->users[1], text_bytes("")));
	asa.hash_len = 16;
	memset(asa.hash + 16, 0, 16);
	password_text(&asa, text);
	assert_true(password_load_pbkdf2(&asa, text));
	assert_int_equal(asa.hash_len, 16);
	assert_true(config_password_ok(&asa, text_bytes("pencil")));
	assert_false(config_password_ok(&asa, text_bytes("pencils")));
	asa.kind = CFG_PW_NONE;
	assert_false(config_password_ok(&asa, text_bytes("")));
	config_free(c);
}

static void equal_passwords_have_different_salts(void **state)
{
	struct config *c = good("username a password pencil\nusername b password pencil\n" RA(
		"ppp") "authentication pap\n");

	(void)state;
	assert_memory_not_equal(c->users[0].salt, c->users[1].salt, 16);
	assert_memory_not_equal(c->users[0].hash, c->users[1].hash, 32);
	config_free(c);
}

static void stored_hashes_are_read_strictly(void **state)
{
	static const char *const bad[] = {
		"$sha512$5000$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA=",
		"$sha512$5000$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAB==",
		"$sha512$5000$AAAAAAAAAAAAAAAAAAAAAA==",
		"$sha512$5000$AAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA==",
		"$sha512$1000001$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA==",
		"$sha512$$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA==",
		"$sha512$5000$AAAAAAAAAAAAAAAAAAAA!A==$AAAAAAAAAAAAAAAAAAAAAA==",
	};
	struct cfg_user u = {0};

	(void)state;
	assert_true(password_load_pbkdf2(
		&u, "$sha512$5000$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA=="));
	assert_int_equal(u.iterations, 5000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(password_load_pbkdf2(&u, bad[i]));
	assert_false(password_load_nt(&u, "AAAAAAAAAAAAAAAAAAAAAA="));
	assert_false(password_load_nt(&u, "AAAAAAAAAAAAAAAAAAAAAB=="));
	assert_true(password_load_nt(&u, "AAAAAAAAAAAAAAAAAAAAAA=="));
}

static void nothing_is_enabled_by_default(void **state)
{
	struct config *c = config_new(), *empty = good("");
	char *a = config_print(c, false), *b = config_print(empty, false);

	(void)state;
	assert_false(config_ike_enabled(c));
	assert_int_equal(c->n_hubs + c->n_users + c->n_pools + c->n_ike + c->n_interfaces, 0);
	assert_string_equal(c->policies[0].name, "DfltGrpPolicy");
	assert_string_equal(c->groups[0].name, "DefaultRAGroup");
	assert_int_equal(c->groups[0].ppp_auth, CFG_PPP_CHAP | CFG_PPP_MSCHAP1);
	assert_int_equal(c->l2tp_hello_s, 60);
	assert_true(c->natt && c->natt_force);
	assert_int_equal(c->natt_keepalive_s, 20);
	assert_int_equal(c->esp_life_s, 28800);
	assert_int_equal(c->esp_life_kb, 4608000);
	assert_int_equal(c->replay_window, 1024);
	assert_string_equal(a, b);
	config_free(c);
	config_free(empty);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_enabled_by_default),
		cmocka_unit_test(the_issues_sample_loads),
		cmocka_unit_test(the_seeds_sample_loads_as_printed),
		cmocka_unit_test(every_command_sets_its_value),
		cmocka_unit_test(print_round_trips),
		cmocka_unit_test(masked_print_has_no_secret),
		cmocka_unit_test(every_mistake_has_its_place_and_reason),
		cmocka_unit_test(secrets_never_stand_in_errors),
		cmocka_unit_test(no_forms_and_repeats_mean_what_they_do_on_asa),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(a_failed_header_does_not_cascade),
		cmocka_unit_test(errors_are_in_order_and_counted),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(long_lines_and_texts_are_refused),
		cmocka_unit_test(policies_inherit),
		cmocka_unit_test(a_profile_finds_its_hub),
		cmocka_unit_test(passwords_are_checked),
		cmocka_unit_test(equal_passwords_have_different_salts),
		cmocka_unit_test(stored_hashes_are_read_strictly),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
