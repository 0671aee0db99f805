/*
 * Unit tests of a hub's switch in the configuration: the bridge to a LAN, extended options, the
 * access list, and every security policy.
 */
#include "test_kit.h"

#define HUB  "hub H\n"
#define HUB2 "hub G\n"

static const char whole[] =
	"hostname sekisho\n"
	"hub H\n"
	" bridge br-lan.100\n"
	" option FilterIPv6 1\n"
	" option VlanTypeId 34984\n"
	" option DhcpDiscoverTimeoutMs 1000\n"
	" access 1 discard\n"
	" access 2 pass priority 900 ipv4\n"
	" access 3 discard ipv6 protocol icmpv6\n"
	" access 10 discard source 10.1.0.0/16 destination 0.0.0.0/0\n"
	" access 11 pass destination 192.168.7.9\n"
	" access 12 pass source 2001:db8::/33 destination fe80::1\n"
	" access 13 discard protocol tcp source-port 1024-65535 destination-port 25\n"
	" access 14 pass protocol 200\n"
	" access 20 discard source-user \"two words\" destination-user staff\n"
	" access 21 discard source-mac 02:00:5e:10:00:01 destination-mac "
	"01:00:00:00:00:00/01:00:00:00:00:00\n"
	" access 30 pass tcp established\n"
	" access 31 discard tcp unestablished note \"say \\\"no\\\" twice\"\n"
	" access 4294967295 pass delay 10000 jitter 100 loss 1 inactive\n"
	" group staff\n"
	"  policy PrivacyFilter yes\n"
	"  policy MaxUpload 4294967295\n"
	" user \"two words\"\n"
	"  group staff\n"
	"  auth anonymous\n"
	"  policy NoServer yes\n"
	"  policy MaxUpload 0\n"
	"  policy VLanId 4095\n";

static void a_switch_prints_as_it_was_read(void **state)
{
	struct config *c = good(whole);
	char *text = config_print(c, false), *masked = config_print(c, true);

	(void)state;
	assert_string_equal(text, whole);
	assert_string_equal(masked, whole);
	free(text);
	free(masked);
	config_free(c);
}

static void rules_are_what_they_say(void **state)
{
	struct config *c = good(whole);
	const struct cfg_hub *h = &c->hubs[0];
	const struct access_rule *r = &config_access(h, 10)->rule;
	const struct cfg_access *a;

	(void)state;
	assert_string_equal(h->bridge, "br-lan.100");
	assert_int_equal(h->n_access, 13);
	assert_null(config_access(h, 9));
	assert_true(r->discard && r->active && r->family == ACCESS_IPV4 && r->priority == 10);
	assert_int_equal(r->src.len, 96 + 16);
	assert_true(r->src.addr.iid == UINT64_C(0xffff0a010000) && !r->src.addr.prefix);
	assert_int_equal(r->dst.len, 96);
	assert_int_equal(r->proto, ACCESS_NO_PROTO);
	assert_int_equal(config_access(h, 11)->rule.dst.len, 128);
	assert_int_equal(config_access(h, 2)->rule.priority, 900);
	r = &config_access(h, 12)->rule;
	assert_true(r->family == ACCESS_IPV6 && r->src.len == 33 && r->dst.len == 128);
	assert_true(r->src.addr.prefix == UINT64_C(0x20010db800000000) && r->dst.addr.iid == 1);
	r = &config_access(h, 13)->rule;
	assert_true(r->proto == 6 && r->src_port.first == 1024 && r->src_port.last == 65535);
	assert_true(r->dst_port.first == 25 && r->dst_port.last == 25);
	a = config_access(h, 20);
	assert_string_equal(a->src_user, "two words");
	assert_string_equal(a->dst_user, "staff");
	assert_int_equal(a->rule.src_name, ACCESS_ANYONE);
	r = &config_access(h, 21)->rule;
	assert_true(r->src_mac.mac == UINT64_C(0x02005e100001));
	assert_true(r->src_mac.mask == UINT64_C(0xffffffffffff));
	assert_true(r->dst_mac.mac == UINT64_C(1) << 40 && r->dst_mac.mask == UINT64_C(1) << 40);
	assert_int_equal(config_access(h, 30)->rule.tcp, ACCESS_TCP_ESTABLISHED);
	assert_string_equal(config_access(h, 31)->note, "say \"no\" twice");
	r = &config_access(h, UINT32_MAX)->rule;
	assert_true(!r->active && !r->discard && r->delay_ms == 10000 && r->loss_percent == 1);
	for (unsigned i = 0; i < h->n_access; i++)
		assert_null(access_rule_fault(&h->access[i].rule));
	config_free(c);
}

static const struct mistake wrong[] = {
	{HUB " bridge sk-0a1b", 2, 9, false, "the hubs' own"},
	{HUB " bridge lo", 2, 9, false, "leads nowhere"},
	{HUB " bridge abcdefghijklmnop", 2, 9, false, "at most 15 octets"},
	{HUB " bridge a/b", 2, 9, false, "name of a network interface"},
	{HUB " bridge ..", 2, 9, false, "name of a network interface"},
	{HUB " bridge eth0:1", 2, 9, false, "name of a network interface"},
	{HUB " bridge \"a b\"", 2, 9, false, "name of a network interface"},
	{HUB " bridge", 2, 8, false, "INTERFACE is missing"},
	{HUB " bridge a\n no bridge b", 3, 12, false, "is not bridged to \"b\""},
	{HUB " bridge eth1\n secure-nat enable", 1, 5, false,
	 "cannot have both `bridge eth1` and `secure-nat enable`"},
	{HUB " bridge eth1\n" HUB2 " bridge eth1", 3, 5, false,
	 "the hubs \"H\" and \"G\" are both bridged to \"eth1\""},
	{HUB " bridge eth1\n ipv6 prefix 2001:db8:1::/48", 1, 5, false, "SecureNAT only"},
	{"ip local pool P 10.0.0.1\n" HUB " bridge eth1\ntunnel-group H type remote-access\n"
	 "tunnel-group H general-attributes\n address-pool P",
	 5, 14, true, "outside of the range of its DHCP server"},
	{"ip local pool P 10.0.0.1\nhub DEFAULT\n bridge eth1\n" GP " address-pools value P", 2, 5,
	 true, "\"DefaultRAGroup\" has address pools and its hub \"DEFAULT\" is bridged"},
	{HUB " option FilterIPv5 1", 2, 9, false, "nearest is \"FilterIPv4\""},
	{HUB " option Colour 1", 2, 9, false, "COMMANDS.md lists"},
	{HUB " no option Colour", 2, 12, false, "COMMANDS.md lists"},
	{HUB " option filteripv4 2", 2, 20, false, "FilterIPv4 is a number from 0 to 1: drops"},
	{HUB " option filteripv4 yes", 2, 20, false, "FilterIPv4 is a number from 0 to 1: drops"},
	{HUB " option filteripv4 4294967297", 2, 20, false, "a number from 0 to 1"},
	{HUB " option VlanTypeId 33025", 2, 20, false, "33024, 34984 or 37120"},
	{HUB " option DhcpDiscoverTimeoutMs 0", 2, 31, false, "from 1 to 60000"},
	{HUB " option NoMacAddressLog 0", 2, 9, false, "can only be 1: new MACs are never"},
	{HUB " option AdjustTcpMssValue 1200", 2, 9, false, "not acted on yet: it can only be 0"},
	{HUB " access 0 pass", 2, 9, false, "from 1 to 4294967295"},
	{HUB " access 4294967296 pass", 2, 9, false, "from 1 to 4294967295"},
	{HUB " access 1", 2, 10, false, "pass or discard is missing"},
	{HUB " access 1 drop", 2, 11, false, "expected pass or discard"},
	{HUB " access 1 pass priority 0", 2, 25, false, "from 1 to 4294967295"},
	{HUB " access 1 pass priority 1 priority 2", 2, 27, false, "unknown word \"priority\""},
	{HUB " access 1 pass ipv4 ipv6", 2, 21, false, "unknown word \"ipv6\""},
	{HUB " access 1 pass source", 2, 22, false, "PREFIX is missing"},
	{HUB " access 1 pass source ten", 2, 23, false, "10.0.0.0/8 or 2001:db8::/32"},
	{HUB " access 1 pass source 10.0.0.0/33", 2, 23, false, "IPv4 prefix is 0 to 32"},
	{HUB " access 1 pass source 10.0.0.0/", 2, 23, false, "IPv4 prefix is 0 to 32"},
	{HUB " access 1 pass source 10.0.0.0/-1", 2, 23, false, "IPv4 prefix is 0 to 32"},
	{HUB " access 1 pass source ::/129", 2, 23, false, "IPv6 prefix is 0 to 128"},
	{HUB " access 1 pass source 10.1.2.3/8", 2, 23, true, "taken as 10.0.0.0/8"},
	{HUB " access 1 pass source 2001:db8:8001::/33", 2, 23, true,
	 "taken as 2001:db8:8000::/33"},
	{HUB " access 1 pass destination ::1 source 10.0.0.1", 2, 28, false,
	 "this is IPv6, but the rule is about IPv4"},
	{HUB " access 1 pass source ::1 ipv4", 2, 23, false, "the rule is about IPv4"},
	{HUB " access 1 pass protocol tpc", 2, 25, false, "a number from 0 to 255 or tcp"},
	{HUB " access 1 pass protocol 256", 2, 25, false, "a number from 0 to 255"},
	{HUB " access 1 pass source-port 0", 2, 28, false, "1 to 65535"},
	{HUB " access 1 pass source-port 65536", 2, 28, false, "1 to 65535"},
	{HUB " access 1 pass source-port 1-", 2, 28, false, "1 to 65535"},
	{HUB " access 1 pass source-port 1-2x", 2, 28, false, "1 to 65535"},
	{HUB " access 1 pass source-port 9-8", 2, 28, false, "begins with the lower one"},
	{HUB " access 1 pass destination-port 80 protocol icmp", 2, 33, false,
	 "only TCP and UDP have ports"},
	{HUB " access 1 pass tcp established protocol udp", 2, 20, false, "only TCP has a state"},
	{HUB " access 1 pass source-mac 02:00:00:00:00", 2, 27, false, "want a MAC"},
	{HUB " access 1 pass source-mac 02::00:00:00:00:00", 2, 27, false, "want a MAC"},
	{HUB " access 1 pass source-mac 02:00:00:00:00:00:", 2, 27, false, "want a MAC"},
	{HUB " access 1 pass source-mac 02:00:00:00:00:00/24", 2, 27, false, "want a MAC"},
	{HUB " access 1 discard delay 10", 2, 25, false, "for rules that pass"},
	{HUB " access 1 pass delay 10001", 2, 22, false, "from 0 to 10000"},
	{HUB " access 1 pass loss 101", 2, 21, false, "from 0 to 100"},
	{HUB " access 1 pass colour red", 2, 16, false, "unknown word \"colour\""},
	{HUB " no access 7", 2, 12, false, "the hub \"H\" has no access rule 7"},
	{HUB " access 1 pass source-user u", 2, 28, true, "no user and no group \"u\""},
	{HUB " access 1 pass\n access 1 pass destination-user u\n access 2 pass", 3, 33, true,
	 "the rule matches nobody"},
	{HUB " user u\n  policy Acces yes", 3, 10, false, "nearest is \"Access\""},
	{HUB " user u\n  policy Colour yes", 3, 10, false, "COMMANDS.md lists"},
	{HUB " user u\n  policy VLanId 4096", 3, 17, false, "from 1 to 4095, or 0 for none"},
	{HUB " user u\n  policy NoQoS yes", 3, 10, false, "never reordered"},
	{HUB " group g\n  policy MaxConnection 8", 3, 10, false, "no TCP connections"},
};

static void every_mistake_has_its_place_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_mistake(&wrong[i]);
}

/* Both mean the same. */
static const char *const same[][2] = {
	/* any order, abbreviations, any case */
	{HUB
	 " acc 5 disc inactive note x destination-p 53 proto UDP destination 10.0.0.0/8 pri 2 IPv4",
	 HUB " access 5 discard priority 2 destination 10.0.0.0/8 protocol 17 destination-port 53 "
	     "note x inactive"},
	/* a default, or what the rule means anyway */
	{HUB " access 5 pass priority 5 ipv4 source 10.0.0.1/32 delay 0 jitter 0 loss 0",
	 HUB " access 5 pass source 10.0.0.1"},
	{HUB " access 5 pass ipv6 source ::/0", HUB " access 5 pass ipv6"},
	{HUB " access 5 pass source-mac 02-00-5E-00-00-01/ff-ff-ff-ff-ff-ff",
	 HUB " access 5 pass source-mac 0200.5e00.0001"},
	{HUB " access 5 pass source-mac 02:00:5e:00:00:01/ff:00:00:00:00:00",
	 HUB " access 5 pass source-mac 020000000000/ff0000000000"},
	{HUB " access 5 pass source-mac 02:00:5e:00:00:01/00:00:00:00:00:00", HUB " access 5 pass"},
	{HUB " access 5 pass source-port 80-80", HUB " access 5 pass source-port 80"},
	/* the list is by id; the last of one id stands */
	{HUB " access 9 pass\n access 3 discard\n access 5 pass\n access 3 pass note x\n"
	     " access 7 discard",
	 HUB " access 3 pass note x\n access 5 pass\n access 7 discard\n access 9 pass"},
	{HUB " access 1 pass\n access 2 pass\n access 3 pass\n no access 2",
	 HUB " access 1 pass\n access 3 pass"},
	{HUB " access 1 pass\n access 2 pass\n no access\n access 3 pass", HUB " access 3 pass"},
	{HUB " access 1 pass\nno hub H\nhub H", HUB},
	/* a name may be made behind the rule; `*` is every name */
	{HUB " access 1 pass source-user G\n group g",
	 HUB " group g\n access 1 pass source-user G"},
	{HUB " access 1 pass source-user u\n access 1 pass", HUB " access 1 pass"},
	/* in a user's block */
	{HUB " user u\n  auth anonymous\n access 1 pass\n option FilterIPv4 1\n bridge e",
	 HUB " bridge e\n option filteripv4 1\n access 1 pass\n user u\n  auth anonymous"},
	{HUB " option filterIPV4 1\n no option FilterIPv4\n bridge a\n bridge b\n no bridge b",
	 HUB},
	{HUB " bridge a\n no bridge\n" HUB2 " bridge a\n secure-nat disable",
	 HUB "\n" HUB2 " bridge a"},
	{HUB " bridge a\n secure-nat host 10.0.0.1 255.255.255.0\n" HUB2 " bridge A",
	 HUB " secure-nat host 10.0.0.1 255.255.255.0\n bridge a\n" HUB2 " bridge A"},
	/* what nothing acts on may be said when it is the default */
	{HUB " option NoMacAddressLog 1\n no option NoMacAddressLog\n option AdjustTcpMssValue 0\n"
	     " no option AdjustTcpMssValue 0",
	 HUB},
	{HUB " group g\n  policy NoQoS no\n  no policy noqos", HUB " group g"},
};

static void what_means_the_same_prints_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_same(same[i][0], same[i][1]);
}

/* The longest rule that there is stands in one line and comes back. */
static void the_longest_rule_comes_back(void **state)
{
	char name[CFG_NAME_MAX + 1], note[CFG_TEXT_MAX + 1], text[1200];
	char quoted_name[2 * CFG_NAME_MAX + 3], quoted_note[2 * CFG_TEXT_MAX + 3];
	struct config *c, *again;
	char *once, *twice;

	(void)state;
	memset(name, '"', sizeof(name) - 1);
	name[1] = ' ';
	name[sizeof(name) - 1] = '\0';
	memset(note, '\\', sizeof(note) - 1);
	note[0] = ' ';
	note[sizeof(note) - 1] = '\0';
	grammar_quote(name, quoted_name, sizeof(quoted_name));
	grammar_quote(note, quoted_note, sizeof(quoted_note));
	snprintf(text, sizeof(text),
		 HUB " access 4294967295 pass priority 4294967294 ipv6 "
		     "source fdff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127 "
		     "destination fdff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127 "
		     "protocol tcp source-port 10000-65535 destination-port 10000-65535 "
		     "source-user %s destination-user %s source-mac "
		     "ff:ff:ff:ff:ff:fe/ff:ff:ff:ff:ff:fe destination-mac "
		     "ff:ff:ff:ff:ff:fe/ff:ff:ff:ff:ff:fe tcp unestablished delay 10000 "
		     "jitter 100 loss 100 note %s inactive\n user *\n  auth radius\n",
		 quoted_name, quoted_name, quoted_note);
	c = parse(text);
	assert_non_null(c);
	assert_string_equal(c->hubs[0].access[0].src_user, name);
	assert_string_equal(c->hubs[0].access[0].note, note);
	once = config_print(c, false);
	assert_non_null(once);
	again = parse(once);
	if (!again)
		fail_msg("%u:%u %s\nin:\n%s", errs.e[0].line, errs.e[0].column, errs.e[0].text,
			 once);
	twice = config_print(again, false);
	assert_string_equal(once, twice);
	assert_string_equal(again->hubs[0].access[0].dst_user, name);
	free(once);
	free(twice);
	config_free(c);
	config_free(again);
}

static void a_note_is_bounded(void **state)
{
	char text[64 + CFG_TEXT_MAX + 2] = HUB " access 1 pass note ";

	(void)state;
	memset(text + strlen(text), 'x', CFG_TEXT_MAX);
	config_free(good(text));
	strcat(text, "x");
	assert_null(parse(text));
	assert_int_equal(errs.e[0].column, 21);
	assert_non_null(strstr(errs.e[0].text, "at most 127 octets"));
}

/* n rules from the last id to the first or the other way, 20 octets each. */
static char *many_rules(unsigned n, bool backwards)
{
	char *text = malloc(32 + (size_t)n * 24);
	size_t len = (size_t)sprintf(text, HUB);

	for (unsigned i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, " access %u discard\n",
				       backwards ? n - i : i + 1);
	return text;
}

static void a_list_has_a_limit_and_any_order(void **state)
{
	char *text = many_rules(ACCESS_RULES_MAX + 1, false);
	struct config *c;

	(void)state;
	assert_null(parse(text));
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.e[0].line, 1 + ACCESS_RULES_MAX + 1);
	assert_int_equal(errs.e[0].column, 9);
	assert_non_null(strstr(errs.e[0].text, "too many access rules of one hub: 32768"));
	free(text);
	text = many_rules(3000, true);
	c = good(text);
	for (unsigned i = 0; i < 3000; i++) {
		assert_int_equal(c->hubs[0].access[i].rule.id, i + 1);
		assert_ptr_equal(config_access(&c->hubs[0], i + 1), &c->hubs[0].access[i]);
	}
	free(text);
	config_free(c);
}

static unsigned warnings_of(struct config **c, const char *more)
{
	struct config *d = config_amend(*c, more, strlen(more), &errs, count_up, NULL);

	assert_non_null(d);
	config_free(*c);
	*c = d;
	return errs.n;
}

/* A warning about a line that was there before was told then. */
static void old_warnings_are_not_told_again(void **state)
{
	struct config *c = parse("ip local pool P 10.0.0.1\n" HUB
				 " bridge e\n access 1 pass source-user x\n" GP
				 " address-pools value P\nipsec-service default-hub H");

	(void)state;
	assert_int_equal(errs.n, 2);
	assert_int_equal(warnings_of(&c, HUB2 " access 1 pass"), 0);
	assert_int_equal(warnings_of(&c, HUB2 " access 1 pass source-user x"), 1);
	assert_int_equal(errs.e[0].line, 2);
	assert_non_null(strstr(errs.e[0].text, "the hub \"G\" has no user"));
	assert_int_equal(warnings_of(&c, RA("general") " virtual-hub h"), 1);
	assert_int_equal(errs.e[0].line, 1);
	assert_non_null(strstr(errs.e[0].text, "address pools"));
	assert_int_equal(c->hubs[0].n_access, 1);
	config_free(c);
}

static void a_rule_made_twice_is_told_of_once(void **state)
{
	struct config *c = parse(HUB " access 1 pass source-user x destination-user z\n"
				     " access 1 pass source-user y\n access 2 pass");

	(void)state;
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.e[0].line, 3);
	assert_non_null(strstr(errs.e[0].text, "\"y\""));
	config_free(c);
}

static void a_hub_with_users_of_any_name_knows_every_name(void **state)
{
	struct config *c =
		parse(HUB " access 1 pass source-user x\n user *\n  auth radius\n  group g\n"
			  " exit\n group g");

	(void)state;
	assert_int_equal(errs.n, 1);
	assert_non_null(strstr(errs.e[0].text, "no AAA server yet"));
	config_free(c);
}

static void every_option_that_acts_is_taken(void **state)
{
	const struct hub_option_row *r;
	struct hub_options o;
	char text[100];

	(void)state;
	for (unsigned id = 0; (r = hub_option_row(id)); id++) {
		uint32_t other = r->standard == r->max ? r->min : r->max;
		struct config *c;

		snprintf(text, sizeof(text), HUB " option %s %u\n", r->name, r->standard);
		c = good(text);
		assert_true(c->hubs[0].options_set == UINT64_C(1) << id);
		config_free(c);
		snprintf(text, sizeof(text), HUB " option %s %u\n", r->name,
			 r->refused ? r->standard + 1 : other);
		c = parse(text);
		if (r->refused || !config_option_acts(id)) {
			assert_null(c);
			assert_int_equal(errs.e[0].column, 9);
			assert_non_null(strstr(errs.e[0].text,
					       r->refused ? r->refused : "not acted on yet"));
			continue;
		}
		assert_int_equal(errs.n, 0);
		config_hub_options(&c->hubs[0], &o);
		for (unsigned k = 0; k < OPTION_N; k++)
			assert_int_equal(o.value[k], k == id ? other : hub_option_row(k)->standard);
		config_free(c);
	}
}

static void every_policy_that_acts_is_taken(void **state)
{
	const struct hub_policy_row *r;
	char text[160];

	(void)state;
	for (unsigned id = 0; (r = hub_policy_row(id)); id++) {
		uint32_t other = r->standard == r->max ? r->min : r->max;
		struct config *c;
		char value[16];
		char *printed;

		snprintf(value, sizeof(value), "%u", other);
		if (r->kind == POLICY_BOOL)
			snprintf(value, sizeof(value), "%s", other ? "yes" : "no");
		snprintf(text, sizeof(text), "hostname sekisho\nhub H\n group g\n  policy %s %s\n",
			 r->name, value);
		c = parse(text);
		if (r->refused) {
			assert_null(c);
			assert_int_equal(errs.e[0].column, 10);
			assert_non_null(strstr(errs.e[0].text, r->refused));
			continue;
		}
		assert_non_null(c);
		assert_int_equal(c->hubs[0].groups[0].policy.value[id], other);
		printed = config_print(c, false);
		assert_string_equal(printed, text);
		free(printed);
		config_free(c);
	}
}

static void a_user_has_own_values_then_the_groups_then_the_defaults(void **state)
{
	struct config *c = good(whole);
	const struct cfg_hub *h = &c->hubs[0];
	struct hub_policy p, standard;

	(void)state;
	hub_policy_standard(&standard);
	config_hub_policies(h, NULL, &p);
	assert_memory_equal(&p, &standard, sizeof(p));
	config_hub_policies(h, config_hub_user(h, "two words", 9), &p);
	standard.value[POLICY_PRIVACY_FILTER] = 1;
	standard.value[POLICY_NO_SERVER] = 1;
	standard.value[POLICY_MAX_UPLOAD] = 0; /* the group's is another */
	standard.value[POLICY_VLAN_ID] = 4095;
	assert_memory_equal(&p, &standard, sizeof(p));
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_prints_as_it_was_read),
		cmocka_unit_test(rules_are_what_they_say),
		cmocka_unit_test(every_mistake_has_its_place_and_reason),
		cmocka_unit_test(what_means_the_same_prints_the_same),
		cmocka_unit_test(the_longest_rule_comes_back),
		cmocka_unit_test(a_note_is_bounded),
		cmocka_unit_test(a_list_has_a_limit_and_any_order),
		cmocka_unit_test(old_warnings_are_not_told_again),
		cmocka_unit_test(a_rule_made_twice_is_told_of_once),
		cmocka_unit_test(a_hub_with_users_of_any_name_knows_every_name),
		cmocka_unit_test(every_option_that_acts_is_taken),
		cmocka_unit_test(every_policy_that_acts_is_taken),
		cmocka_unit_test(a_user_has_own_values_then_the_groups_then_the_defaults),
	};

	return cmocka_run_group_tests_name("hub switch", tests, NULL, NULL);
}
