/* Unit tests of the commands, row by row: mistakes with their places and reasons,
 * `no` forms, repeated commands. */
#include "test_kit.h"

#define DYN "crypto dynamic-map d 1 set "

static const struct mistake wrong[] = {
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
	{"hub a\n ipv6 prefix 2001:db8::", 2, 14, false, "want an IPv6 prefix"},
	{"hub a\n ipv6 prefix 10.0.0.0/40", 2, 14, false, "want an IPv6 prefix"},
	{"hub a\n ipv6 prefix 2001:db8::/", 2, 14, false, "want an IPv6 prefix"},
	{"hub a\n ipv6 prefix 2001:db8::/4x", 2, 14, false, "want an IPv6 prefix"},
	{"hub a\n ipv6 prefix 2001:db8:1::/64", 2, 14, false, "a /56 is enough"},
	{"hub a\n ipv6 prefix 2001:db8::/31", 2, 14, false, "a /32 to a /63"},
	{"hub a\n ipv6 prefix 2001:db8:0:1::/56", 2, 14, false, "bits behind"},
	{"hub a\n ipv6 prefix 2001:db8::1/56", 2, 14, false, "bits behind"},
	{"hub a\n ipv6 prefix fe80::/56", 2, 14, false, "global (2000::/3) or"},
	{"hub a\n ipv6 prefix ff00::/56", 2, 14, false, "global (2000::/3) or"},
	{"hub a\n ipv6 prefix ::/56", 2, 14, false, "global (2000::/3) or"},
	{"hub a\n ipv6 dns-server 10.0.0.1", 2, 18, false, "not an IPv6 address"},
	{"hub a\n ipv6 dns-server fd00::1 ff02::1", 2, 26, false, "not an IPv6 address"},
	{"hub a\n secure-nat host 10.0.0.1 255.255.255.0\n secure-nat enable\n"
	 " ipv6 prefix 2001:db8::/56\nhub b\n secure-nat host 10.1.0.1 255.255.255.0\n"
	 " secure-nat enable\n ipv6 prefix 2001:db8::/48",
	 5, 5, false, "overlaps that of"},
	{"hub a\n ipv6 prefix 2001:db8::/56", 1, 5, true, "no way out"},
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
	{"l2tp tunnel secret", 1, 19, false, "KEY is missing"},
	{"l2tp tunnel secret *****", 1, 20, true, "masked"},
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
	{"crypto ikev1 policy 1\nencryption 3des", 2, 12, true, "3des is weak: its 64-bit blocks"},
	{"crypto ikev1 policy 1\nencryption des", 2, 12, true, "des is weak: 56-bit keys"},
	{"crypto ikev1 policy 1\nencryption rc4", 2, 12, false, "expected aes, aes-192"},
	{"crypto ikev1 policy 1\nhash md5", 2, 6, true, "md5 is weak: the hash is broken"},
	{"crypto ikev1 policy 1\ngroup 1", 2, 7, true, "group 1 is weak: 768 bits"},
	{"crypto ikev1 policy 1\ngroup 2", 2, 7, true, "group 2 is weak: 1024 bits"},
	{"crypto ikev1 policy 1\ngroup5", 2, 1, true, "group 5 is weak: 1536 bits"},
	{"crypto ikev1 policy 1\ngroup 22", 2, 7, false, "expected 14, 15, 16"},
	{"crypto ikev1 policy 1\nlifetime 119", 2, 10, false, "from 120 to 2147483647 or none"},
	{"crypto isakmp nat-traversal 9", 1, 29, false, "from 10 to 3600"},
	{"no crypto ikev1 am-disable", 1, 1, true, "guess the pre-shared key offline"},
	{"crypto ikev1 fragmentation mtu 575", 1, 32, false, "from 576"},
	{"crypto ikev1 fragmentation mtu 1501", 1, 32, false, "from 576 to 1500"},
	{"crypto ikev1 fragmentation mtu", 1, 31, false, "missing"},
	{"crypto ipsec ikev1 transform-set t esp-3des esp-sha-hmac", 1, 36, true, "Sweet32"},
	{"crypto ipsec ikev1 transform-set t esp-des esp-sha-hmac", 1, 36, true, "56-bit"},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-md5-hmac", 1, 44, true,
	 "esp-md5-hmac is weak"},
	{"crypto ipsec ikev1 transform-set t esp-null esp-sha-hmac", 1, 36, false,
	 "does not encrypt"},
	{"crypto ipsec ikev1 transform-set t esp-aes esp-none", 1, 44, false,
	 "without authentication"},
	{"crypto ipsec ikev1 transform-set t esp-aes-gcm-256 esp-sha-hmac", 1, 52, false,
	 "authenticates by itself"},
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
	{DYN "pfs group2\ncrypto dynamic-map d 2 set security-association lifetime seconds 300", 1,
	 32, true, "1024 bits are in reach"},
	{DYN "pfs group22", 1, 32, false, "group22"},
	{DYN "pfs group14", 1, 20, true, "\"d\" demands PFS: Windows"},
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
		assert_mistake(&wrong[i]);
}

/* H-01: served only after a warning, and a short key gets one more. */
static void aggressive_mode_is_warned_of(void **state)
{
	struct config *c = parse(RA("ipsec") "ikev1 pre-shared-key short\n"
					     "no crypto ikev1 am-disable");
	char *text;

	(void)state;
	assert_non_null(c);
	assert_true(c->aggressive);
	assert_int_equal(errs.n, 2);
	assert_true(errs.e[0].warning && errs.e[1].warning);
	assert_non_null(strstr(errs.e[1].text, "fewer than 20"));
	text = config_print(c, false);
	assert_non_null(strstr(text, "\nno crypto ikev1 am-disable\n"));
	config_free(c);
	free(text);
	c = parse(RA("ipsec") "ikev1 pre-shared-key a-key-of-twenty-chars\n"
			      "no crypto ikev1 am-disable");
	assert_int_equal(errs.n, 1);
	config_free(c);
	c = parse("no crypto ikev1 am-disable\ncrypto ikev1 am-disable");
	assert_false(c->aggressive);
	text = config_print(c, false);
	assert_null(strstr(text, "am-disable"));
	config_free(c);
	free(text);
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
		"l2tp tunnel secret x t0psecret",
		"l2tp tunnel secrt t0psecret",
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
	{"hub a\n ipv6 prefix 2001:DB8:0::/48\n ipv6 prefix fd00:1::/63",
	 "hub a\n ipv6 prefix fd00:1::/63"},
	{"hub a\n ipv6 prefix 2001:db8::/48\n no ipv6 prefix", "hub a"},
	{"hub a\n ipv6 prefix 2001:db8::/48\n no ipv6 prefix fd00::/48", "hub a"},
	{"hub a\n ipv6 dns-server fd00::1\n ipv6 dns-server fd00::2 fd00:0::3",
	 "hub a\n ipv6 dns-server fd00::2 fd00::3"},
	{"hub a\n ipv6 dns-server fd00::2 fd00:0::3\n no ipv6 dns-server", "hub a"},
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
	{"crypto ikev1 fragmentation mtu 1300\nno crypto ikev1 fragmentation",
	 "no crypto ikev1 fragmentation"},
	{"no crypto ikev1 fragmentation\ncrypto ikev1 fragmentation", ""},
	{"crypto ikev1 am-disable", ""},
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
	 "username a password 4PujgmjQ7GbvHLRS1YheUw== nt-encrypted"},
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
	{"crypto ipsec ikev1 transform-set t esp-aes-gcm-128 esp-none",
	 "crypto ipsec ikev1 transform-set t esp-aes-gcm"},
	{"crypto ipsec ikev1 transform-set t esp-aes-gcm-256",
	 "crypto ipsec ikev1 transform-set t esp-aes-gcm-256"},
	{"crypto ipsec ikev1 transform-set t esp-des esp-md5-hmac\n"
	 "crypto ipsec ikev1 transform-set t esp-3des esp-sha512-hmac",
	 "crypto ipsec ikev1 transform-set t esp-3des esp-sha512-hmac"},
	{"crypto ikev1 policy 5\nencryption 3des\nhash md5\ngroup 2\nno encryption\nno hash\n"
	 "no group",
	 "crypto ikev1 policy 5"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mistake_has_its_place_and_reason),
		cmocka_unit_test(aggressive_mode_is_warned_of),
		cmocka_unit_test(secrets_never_stand_in_errors),
		cmocka_unit_test(no_forms_and_repeats_mean_what_they_do_on_asa),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
