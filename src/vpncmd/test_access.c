/*
 * Unit tests of the vpncmd room: access lists, local bridges, extended options and the list of
 * policies, as SoftEther's own program asks and prints.
 */
#include "test_world.h"

#define HOST6    "IAENuAAAAAAAAAAAAAAAAQ=="
#define NET6     "IAENuAAAAAAAAAAAAAAAAA=="
#define MASK6    "/////wAAAAAAAAAAAAAAAA=="
#define ALL_ONES "/////////////////////w=="

static const struct answer server[] = {
	{"GetHub", "{\"result\": {\"HubName_str\": \"Office\"}}"},
	{"AddAccess", "{\"result\": {}}"},
	{"DeleteAccess", "{\"error\": {\"code\": 29, \"message\": \"\"}}"},
	{"EnableAccess", "{\"result\": {}}"},
	{"EnumAccess",
	 "{\"result\": {\"AccessList\": ["
	 "{\"Id_u32\": 1, \"Discard_bool\": true, \"Active_bool\": true, \"Priority_u32\": 100, "
	 "\"Note_utf\": \"m\", \"IsIPv6_bool\": false, \"SrcIpAddress_ip\": \"10.0.0.0\", "
	 "\"SrcSubnetMask_ip\": \"255.0.0.0\", \"DestIpAddress_ip\": \"0.0.0.0\", "
	 "\"DestSubnetMask_ip\": \"0.0.0.0\", \"Protocol_u32\": 6, \"DestPortStart_u32\": 80, "
	 "\"DestPortEnd_u32\": 90}, "
	 "{\"Id_u32\": 2, \"Discard_bool\": false, \"Active_bool\": false, \"Priority_u32\": "
	 "4000000000, \"Note_utf\": \"\", \"IsIPv6_bool\": true, \"SrcIpAddress6_bin\": \"" NET6
	 "\", \"SrcSubnetMask6_bin\": \"" MASK6 "\", \"DestIpAddress6_bin\": \"" HOST6
	 "\", \"DestSubnetMask6_bin\": \"" ALL_ONES
	 "\", \"Protocol_u32\": 132, \"SrcPortStart_u32\": 1, \"SrcPortEnd_u32\": 1, "
	 "\"SrcUsername_str\": \"a\", \"DestUsername_str\": \"b\", \"CheckSrcMac_bool\": true, "
	 "\"SrcMacAddress_bin\": \"XgAAAAAB\", \"SrcMacMask_bin\": \"//8AAAAA\", "
	 "\"CheckDstMac_bool\": true, \"DstMacAddress_bin\": \"XgAAAAAB\", \"DstMacMask_bin\": "
	 "\"////////\", \"CheckTcpState_bool\": true, \"Established_bool\": false, "
	 "\"Delay_u32\": 5, \"Jitter_u32\": 6, \"Loss_u32\": 7}, "
	 "{\"Id_u32\": 3, \"Family_str\": \"any\", \"Active_bool\": true}]}}"},
	{"EnumLocalBridge",
	 "{\"result\": {\"LocalBridgeList\": ["
	 "{\"HubNameLB_str\": \"Office\", \"DeviceName_str\": \"eth1\", \"Online_bool\": true, "
	 "\"Active_bool\": true}, "
	 "{\"HubNameLB_str\": \"B\", \"DeviceName_str\": \"eth2\", \"Online_bool\": true, "
	 "\"Active_bool\": false}, "
	 "{\"HubNameLB_str\": \"C\", \"DeviceName_str\": \"eth3\", \"Online_bool\": false, "
	 "\"Active_bool\": false}]}}"},
	{"AddLocalBridge", "{\"result\": {}}"},
	{"DeleteLocalBridge", "{\"result\": {}}"},
	{"SetHubExtOptions", "{\"result\": {}}"},
	{"GetHubExtOptions",
	 "{\"result\": {\"AdminOptionList\": [{\"Name_str\": \"NoIpTable\", \"Value_u32\": 0, "
	 "\"Descrption_utf\": \"no table\"}]}}"},
	{.method = NULL},
};

static const struct answer one_policy[] = {
	{"EnumPolicy",
	 "{\"result\": {\"PolicyList\": [{\"Name_str\": \"TimeOut\", \"Descrption_utf\": \"ends "
	 "what is silent\", \"Values_str\": \"5 to 60 s\", \"Default\": 20, \"Unit_str\": "
	 "\"s\"}]}}"},
	{.method = NULL},
};
static const struct answer refused_policy[] = {
	{"EnumPolicy",
	 "{\"result\": {\"PolicyList\": [{\"Name_str\": \"NoQoS\", \"Descrption_utf\": \"no QoS\", "
	 "\"Values_str\": \"yes, no\", \"Default\": false, \"Unit_str\": \"\", \"Refused_utf\": "
	 "\"there is none\"}]}}"},
	{.method = NULL},
};
static const struct answer policies[] = {
	{"EnumPolicy",
	 "{\"result\": {\"PolicyList\": [{\"Name_str\": \"MaxIP\", \"Descrption_utf\": \"IPv4\"}, "
	 "{\"Name_str\": \"MaxIPv6\", \"Descrption_utf\": \"IPv6\"}]}}"},
	{.method = NULL},
};

static void at_office(struct world *w)
{
	begin(w, (struct vpncmd_options){.hub = "office"});
	w->answers = server;
	assert_true(vpncmd_begin(w->v));
}

/* The line that SoftEther's own vpncmd was seen to take. */
static void a_rule_is_added(void **state)
{
	struct world w;

	(void)state;
	at_office(&w);
	assert_int_equal(vpncmd_line(w.v, "AccessAdd discard /MEMO:m /PRIORITY:100 /SRCUSERNAME: "
					  "/DESTUSERNAME: /SRCMAC: /DESTMAC: /SRCIP:10.1.0.0/8 "
					  "/DESTIP:0.0.0.0/0 /PROTOCOL:tcp /SRCPORT: "
					  "/DESTPORT:80-90 /TCPSTATE:"),
			 0);
	assert_called(
		&w, 1, "AddAccess",
		"{\"HubName_str\": \"Office\", \"AccessListSingle\": [{\"Discard_bool\": true, "
		"\"Note_utf\": \"m\", \"Priority_u32\": 100, \"Active_bool\": true, "
		"\"SrcUsername_str\": \"\", \"DestUsername_str\": \"\", \"CheckSrcMac_bool\": "
		"false, \"SrcMacAddress_bin\": \"AAAAAAAA\", \"SrcMacMask_bin\": \"AAAAAAAA\", "
		"\"CheckDstMac_bool\": false, \"DstMacAddress_bin\": \"AAAAAAAA\", "
		"\"DstMacMask_bin\": \"AAAAAAAA\", \"IsIPv6_bool\": false, \"SrcIpAddress_ip\": "
		"\"10.0.0.0\", \"SrcSubnetMask_ip\": \"255.0.0.0\", \"DestIpAddress_ip\": "
		"\"0.0.0.0\", \"DestSubnetMask_ip\": \"0.0.0.0\", \"Protocol_u32\": 6, "
		"\"SrcPortStart_u32\": 0, \"SrcPortEnd_u32\": 0, \"DestPortStart_u32\": 80, "
		"\"DestPortEnd_u32\": 90, \"CheckTcpState_bool\": false, \"Established_bool\": "
		"false}]}");
	end(&w);
}

static void a_rule_for_ipv6_delays(void **state)
{
	struct world w;

	(void)state;
	at_office(&w);
	assert_int_equal(
		vpncmd_line(w.v, "AccessAddEx6 p /MEMO:none /PRIORITY:1 /SRCUSERNAME:alice "
				 "/DESTUSERNAME:none /SRCMAC:5e-00-00-00-00-01/ff:ff:00:00:00:00 "
				 "/DESTMAC:5E0000000001 /SRCIP:2001:db8::5/32 "
				 "/DESTIP:2001:db8::1 /PROTOCOL:17 /SRCPORT:53 /DESTPORT:none "
				 "/TCPSTATE:est /DELAY:10000 /JITTER:100 /LOSS:1"),
		0);
	assert_called(
		&w, 1, "AddAccess",
		"{\"HubName_str\": \"Office\", \"AccessListSingle\": [{\"Discard_bool\": false, "
		"\"Note_utf\": \"\", \"Priority_u32\": 1, \"Active_bool\": true, "
		"\"SrcUsername_str\": \"alice\", \"DestUsername_str\": \"\", "
		"\"CheckSrcMac_bool\": true, \"SrcMacAddress_bin\": \"XgAAAAAB\", "
		"\"SrcMacMask_bin\": \"//8AAAAA\", \"CheckDstMac_bool\": true, "
		"\"DstMacAddress_bin\": \"XgAAAAAB\", \"DstMacMask_bin\": \"////////\", "
		"\"IsIPv6_bool\": true, \"SrcIpAddress6_bin\": \"" NET6
		"\", \"SrcSubnetMask6_bin\": \"" MASK6 "\", \"DestIpAddress6_bin\": \"" HOST6
		"\", \"DestSubnetMask6_bin\": \"" ALL_ONES "\", \"Protocol_u32\": 17, "
		"\"SrcPortStart_u32\": 53, \"SrcPortEnd_u32\": 53, \"DestPortStart_u32\": 0, "
		"\"DestPortEnd_u32\": 0, \"CheckTcpState_bool\": true, \"Established_bool\": "
		"true, \"Delay_u32\": 10000, \"Jitter_u32\": 100, \"Loss_u32\": 1}]}");
	end(&w);
}

/* SoftEther takes `permit` for pass and 300.1.2.3 for nothing at all. */
static void what_is_no_rule_is_not_added(void **state)
{
	static const char *const right[] = {
		"pass",      "/MEMO:",     "/PRIORITY:1", "/SRCUSERNAME:", "/DESTUSERNAME:",
		"/SRCMAC:",  "/DESTMAC:",  "/SRCIP:none", "/DESTIP:none",  "/PROTOCOL:ip",
		"/SRCPORT:", "/DESTPORT:", "/TCPSTATE:"};
	static const struct {
		unsigned which;
		const char *wrong;
	} bad[] = {
		{0, "permit"},
		{2, "/PRIORITY:0"},
		{2, "/PRIORITY:4294967296"},
		{2, "/PRIORITY:x"},
		{5, "/SRCMAC:5E-00-00-00-00"},
		{5, "/SRCMAC:5E-00-00-00-00-01-02"},
		{5, "/SRCMAC:5E-00-00-00-00-0x"},
		{6, "/DESTMAC:5E-00-00-00-00-01/"},
		{6, "/DESTMAC:5E-00-00-00-00-01/16"},
		{7, "/SRCIP:300.1.2.3"},
		{7, "/SRCIP:10.0.0.0/33"},
		{7, "/SRCIP:10.0.0.0/255.0.255.0"},
		{7, "/SRCIP:10.0.0.0/"},
		{7, "/SRCIP:2001:db8::/32"},
		{9, "/PROTOCOL:256"},
		{9, "/PROTOCOL:sctp"},
		{10, "/SRCPORT:0"},
		{10, "/SRCPORT:65536"},
		{10, "/SRCPORT:90-80"},
		{11, "/DESTPORT:80-"},
		{11, "/DESTPORT:-80"},
		{11, "/DESTPORT:123456789-1"},
		{12, "/TCPSTATE:syn"},
	};
	struct world w;

	(void)state;
	at_office(&w);
	for (size_t i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		bool is_bad = i < sizeof(bad) / sizeof(bad[0]);
		char line[512] = "AccessAdd";

		for (unsigned j = 0; j < sizeof(right) / sizeof(right[0]); j++) {
			strcat(line, " ");
			strcat(line, is_bad && bad[i].which == j ? bad[i].wrong : right[j]);
		}
		if (vpncmd_line(w.v, line) != (is_bad ? 38 : 0))
			fail_msg("%s: %s", line, printed(&w));
		assert_int_equal(json_array_size(w.calls), is_bad ? 1 : 2);
	}
	end(&w);
}

static void nets_of_ipv6_are_checked(void **state)
{
	static const char *const bad[] = {"10.0.0.0/8", "2001:db8::/129", "2001:db8::/ffff::1",
					  "2001:db8::/", "x"};
	struct world w;

	(void)state;
	at_office(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 "AccessAdd6 pass /MEMO: /PRIORITY:1 /SRCUSERNAME: /DESTUSERNAME: "
			 "/SRCMAC: /DESTMAC: /SRCIP:%s /DESTIP:::/0 /PROTOCOL:ip /SRCPORT: "
			 "/DESTPORT: /TCPSTATE:",
			 bad[i]);
		assert_int_equal(vpncmd_line(w.v, line), 38);
	}
	assert_int_equal(json_array_size(w.calls), 1);
	end(&w);
}

static void a_rule_is_asked_for(void **state)
{
	static const char *const typed[] = {"d", "", "5", "", "", "", "",
					    "",  "", "",  "", "", "", NULL};
	struct world w;

	(void)state;
	at_office(&w);
	w.typed = typed;
	assert_int_equal(vpncmd_line(w.v, "AccessAdd"), 0);
	assert_string_equal(
		w.prompts,
		"What becomes of the frames (pass / discard): |Memo: |"
		"Priority (the lowest is looked at first): |From user or group (none: anybody): |"
		"To user or group (none: anybody): |From MAC address (none: any): |"
		"To MAC address (none: any): |From addresses (0.0.0.0/0: any): |"
		"To addresses (0.0.0.0/0: any): |"
		"Protocol (tcp / udp / icmpv4 / icmpv6 / ip / number): |From ports (none: any): |"
		"To ports (none: any): |State of TCP (established / unestablished / none: any): |");
	assert_int_equal(json_array_size(w.calls), 2);
	end(&w);
}

static void rules_are_listed_as_softether_lists_them(void **state)
{
	struct world w;

	(void)state;
	at_office(&w);
	assert_int_equal(vpncmd_line(w.v, "AccessList"), 0);
	assert_non_null(strstr(printed(&w), "ID       |1\n"
					    "Action   |Discard\n"
					    "Status   |Enable\n"
					    "Priority |100\n"
					    "Unique ID|1\n"
					    "Contents |(ipv4) SrcIPv4=10.0.0.0/8, Protocol=TCP, "
					    "DstPort=80-90\n"
					    "Memo     |m\n"));
	assert_non_null(strstr(
		printed(&w),
		"Status   |Disable\n"
		"Priority |4000000000\n"
		"Unique ID|2\n"
		"Contents |(ipv6) SrcIPv6=2001:db8::/32, DstIPv6=2001:db8::1, Protocol=132, "
		"SrcPort=1, SrcUser=a, DstUser=b, SrcMac=5E-00-00-00-00-01/FF-FF-00-00-00-00, "
		"DstMac=5E-00-00-00-00-01, Unestablished, Delay=5, Jitter=6, Loss=7\n"
		"Memo     |\n"));
	assert_non_null(strstr(printed(&w), "Contents |(any) *\n"));
	end(&w);
}

static void a_rule_is_switched_and_deleted(void **state)
{
	struct world w;

	(void)state;
	at_office(&w);
	assert_int_equal(vpncmd_line(w.v, "AccessDisable 7"), 0);
	assert_called(&w, 1, "EnableAccess",
		      "{\"HubName_str\": \"Office\", \"Id_u32\": 7, \"Active_bool\": false}");
	assert_int_equal(vpncmd_line(w.v, "AccessEnable 4294967295"), 0);
	assert_called(
		&w, 2, "EnableAccess",
		"{\"HubName_str\": \"Office\", \"Id_u32\": 4294967295, \"Active_bool\": true}");
	assert_int_equal(vpncmd_line(w.v, "AccessDelete 99"), 29);
	assert_int_equal(vpncmd_line(w.v, "AccessDelete 0"), 38);
	assert_int_equal(json_array_size(w.calls), 4);
	end(&w);
}

static void bridges_are_made_and_listed(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = server;
	assert_int_equal(vpncmd_line(w.v, "BridgeCreate office /DEVICE:eth1"), 0);
	assert_called(&w, 0, "AddLocalBridge",
		      "{\"HubNameLB_str\": \"office\", \"DeviceName_str\": \"eth1\"}");
	assert_int_equal(vpncmd_line(w.v, "BridgeList"), 0);
	assert_non_null(
		strstr(printed(&w),
		       "Number|Virtual Hub Name|Network Adapter or Tap Device Name|Status\n"
		       "------+----------------+----------------------------------+---------\n"
		       "1     |Office          |eth1                              |Operating\n"
		       "2     |B               |eth2                              |Error\n"
		       "3     |C               |eth3                              |Offline\n"));
	assert_int_equal(vpncmd_line(w.v, "BridgeDelete office /DEVICE:eth1"), 0);
	assert_called(&w, 2, "DeleteLocalBridge",
		      "{\"HubNameLB_str\": \"office\", \"DeviceName_str\": \"eth1\"}");
	end(&w);
}

static void options_are_set_one_at_a_time(void **state)
{
	struct world w;

	(void)state;
	at_office(&w);
	assert_int_equal(vpncmd_line(w.v, "ExtOptionSet NoIpTable /VALUE:1"), 0);
	assert_called(&w, 1, "SetHubExtOptions",
		      "{\"HubName_str\": \"Office\", \"AdminOptionList\": [{\"Name_str\": "
		      "\"NoIpTable\", \"Value_u32\": 1}]}");
	assert_int_equal(vpncmd_line(w.v, "ExtOptionSet NoIpTable /VALUE:x"), 38);
	assert_int_equal(vpncmd_line(w.v, "ExtOptionList"), 0);
	assert_non_null(strstr(printed(&w), "Item       |NoIpTable\n"
					    "Value      |0\n"
					    "Description|no table\n"));
	end(&w);
}

static void one_policy_is_shown_whole(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = one_policy;
	assert_int_equal(vpncmd_line(w.v, "PolicyList timeout"), 0);
	assert_called(&w, 0, "EnumPolicy", "{\"Name_str\": \"timeout\"}");
	assert_non_null(strstr(printed(&w), "[Policy Name]\n TimeOut\n\n"
					    "[Simple Description of Policy]\n ends what is "
					    "silent\n\n"
					    "[Range of Settable Values]\n 5 to 60 s\n\n"
					    "[Default Value]\n 20 s\n\n"));
	w.answers = refused_policy;
	assert_int_equal(vpncmd_line(w.v, "PolicyList noqos"), 0);
	assert_non_null(strstr(printed(&w), "[Range of Settable Values]\n the default only\n\n"
					    "[Default Value]\n No\n\n"
					    "[Why Nothing Else Can Be Set]\n there is none\n\n"));
	w.answers = policies;
	assert_int_equal(vpncmd_line(w.v, "PolicyList"), 0);
	assert_called(&w, 2, "EnumPolicy", "{\"Name_str\": \"\"}");
	assert_non_null(strstr(printed(&w), "Policy name|Simple description of policy\n"
					    "-----------+----------------------------\n"
					    "MaxIP      |IPv4\n"
					    "MaxIPv6    |IPv6\n"));
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_added),
		cmocka_unit_test(a_rule_for_ipv6_delays),
		cmocka_unit_test(what_is_no_rule_is_not_added),
		cmocka_unit_test(nets_of_ipv6_are_checked),
		cmocka_unit_test(a_rule_is_asked_for),
		cmocka_unit_test(rules_are_listed_as_softether_lists_them),
		cmocka_unit_test(a_rule_is_switched_and_deleted),
		cmocka_unit_test(bridges_are_made_and_listed),
		cmocka_unit_test(options_are_set_one_at_a_time),
		cmocka_unit_test(one_policy_is_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
