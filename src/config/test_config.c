/* Unit tests of the configuration: the two samples, every command's value, modes,
 * printing, inheritance, passwords, limits. */
#include "aaa/aaa.h"
#include "test_kit.h"

#include "crypto/burst.h"
#include "crypto/mschap.h"
#include "crypto/prim.h"

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
	assert_int_equal(c->hubs[0].prefix6, 40);
	assert_true(c->hubs[0].net6 == UINT64_C(0x20010db845000000));
	assert_int_equal(c->hubs[0].n_dns6, 2);
	assert_int_equal(c->hubs[0].dns6[1].ip[15], 0x53);
	assert_int_equal(c->hubs[1].prefix6, 0);
	assert_int_equal(c->sets[1].key_bits, 192);
	assert_int_equal(c->sets[2].auth, BURST_HMAC_SHA256_128);
	assert_int_equal(c->sets[3].cipher, BURST_AES_GCM16);
	assert_int_equal(c->sets[3].key_bits, 256);
	assert_int_equal(c->sets[3].auth, BURST_AUTH_NONE);
	assert_int_equal(c->sets[4].auth, BURST_HMAC_SHA384_192);
	assert_int_equal(c->sets[5].auth, BURST_HMAC_SHA512_256);
	assert_int_equal(c->ike[2].group, 21);
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
	assert_int_equal(c->fragment_mtu, 1400);
	assert_false(c->aggressive);
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
	assert_non_null(strstr(text, "\nl2tp tunnel secret *****\n"));
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
	assert_int_equal(c->l2tp_secret.len, 0);
	config_free(c);
	free(all);
	free(text);
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

/* What is stored is what aaa's LOCAL back end takes. */
static bool password_ok(const struct cfg_user *u, struct bytes password)
{
	static const enum aaa_stored stored[] = {
		[CFG_PW_NONE] = AAA_STORED_NONE,
		[CFG_PW_NT_HASH] = AAA_STORED_NT_HASH,
		[CFG_PW_PBKDF2] = AAA_STORED_PBKDF2,
	};
	struct aaa_request req = {.method = AAA_PAP, .password = password};
	struct aaa_local_user user = {.stored = stored[u->kind],
				      .nt_hash = u->nt_hash,
				      .salt = u->salt,
				      .hash = u->hash,
				      .hash_len = u->hash_len,
				      .iterations = u->iterations};
	struct aaa_verdict v;

	aaa_local(&req, &user, &v);
	return v.result == AAA_OK;
}

static void passwords_are_checked(void **state)
{
	/* the last one: PBKDF2-HMAC-SHA-512, first 16 octets as an ASA stores them */
	struct config *c = good("username n password \xc3\xa9t\xc3\xa9 mschap\n"
				"username p password pencil\n" RA("ppp") "authentication pap\n");
	struct cfg_user asa = c->users[1];
	char text[PASSWORD_TEXT];

	(void)state;
	assert_true(password_ok(&c->users[0], text_bytes("\xc3\xa9t\xc3\xa9")));
	assert_false(password_ok(&c->users[0], text_bytes("ete")));
	assert_true(password_ok(&c->users[1], text_bytes("pencil")));
	assert_false(password_ok(&c->users[1], text_bytes("pencil ")));
	assert_false(password_ok(&c->users[1], text_bytes("")));
	asa.hash_len = 16;
	memset(asa.hash + 16, 0, 16);
	password_text(&asa, text);
	assert_true(password_load_pbkdf2(&asa, text));
	assert_int_equal(asa.hash_len, 16);
	assert_true(password_ok(&asa, text_bytes("pencil")));
	assert_false(password_ok(&asa, text_bytes("pencils")));
	asa.kind = CFG_PW_NONE;
	assert_false(password_ok(&asa, text_bytes("")));
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
	assert_int_equal(c->fragment_mtu, 1280);
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
