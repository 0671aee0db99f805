/*
 * Unit tests of rpc: what makes a hub a switch: access list, extended options, local bridges,
 * policies: what the calls answer, what they make of the configuration, every error number.
 */
#include "test_rpc.h"

#define HUB        "'HubName_str': 'default'"
#define ADD(of)    "{" HUB ", 'AccessListSingle': [{" of "}]}"
#define OPTION(of) "{" HUB ", 'AdminOptionList': [{" of "}]}"

static json_t *access_row(json_t *answer, size_t i)
{
	return json_array_get(field(answer, "AccessList"), i);
}

static const char *text(const json_t *o, const char *name)
{
	const char *value = json_string_value(json_object_get(o, name));

	return value ? value : "";
}

static json_int_t number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* Every field there and back: of IPv4, of IPv6, and a rule with nothing but its family. */
static void rules_keep_every_field(void **state)
{
	static const char *const rules[] = {
		"'Priority_u32': 20, 'Discard_bool': true, 'Active_bool': true, 'IsIPv6_bool': "
		"false, 'Note_utf': 'no \\\"web\\\"', 'SrcIpAddress_ip': '10.0.0.0', "
		"'SrcSubnetMask_ip': '255.0.0.0', 'DestIpAddress_ip': '192.0.2.1', "
		"'DestSubnetMask_ip': '255.255.255.255', 'Protocol_u32': 6, 'SrcPortStart_u32': "
		"1024, 'SrcPortEnd_u32': 65535, 'DestPortStart_u32': 80, 'DestPortEnd_u32': 80, "
		"'SrcUsername_str': 'alice', 'DestUsername_str': 'staff', 'CheckSrcMac_bool': "
		"true, 'SrcMacAddress_bin': 'XgAAAAAB', 'SrcMacMask_bin': '////////', "
		"'CheckDstMac_bool': true, 'DstMacAddress_bin': 'XgAAAAAA', 'DstMacMask_bin': "
		"'/wAAAAAA', 'CheckTcpState_bool': true, 'Established_bool': false, 'Delay_u32': "
		"0, 'Jitter_u32': 0, 'Loss_u32': 0",
		"'Priority_u32': 10, 'Discard_bool': false, 'Active_bool': false, 'IsIPv6_bool': "
		"true, 'Note_utf': '', 'SrcIpAddress6_bin': 'IAENuAAAAAAAAAAAAAAAAA==', "
		"'SrcSubnetMask6_bin': '/////wAAAAAAAAAAAAAAAA==', 'DestIpAddress6_bin': "
		"'IAENuAAAAAAAAAAAAAAAAQ==', 'DestSubnetMask6_bin': '/////////////////////w==', "
		"'Protocol_u32': 17, 'CheckTcpState_bool': false, 'Established_bool': false, "
		"'Delay_u32': 100, 'Jitter_u32': 50, 'Loss_u32': 1",
		"'Priority_u32': 20, 'Discard_bool': true, 'IsIPv6_bool': false",
	};
	static const unsigned order[] = {1, 0, 2};
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	for (size_t i = 0; i < 3; i++) {
		char params[1500];

		snprintf(params, sizeof(params), ADD("%s"), rules[i]);
		a = call(&w, "AddAccess", params);
		assert_int_equal(code_of(a), 0);
		assert_int_equal(number(json_array_get(field(a, "AccessListSingle"), 0), "Id_u32"),
				 i + 1);
		json_decref(a);
	}
	assert_config(&w, "access 1 discard priority 20 source 10.0.0.0/8 destination 192.0.2.1",
		      true);
	a = call(&w, "EnumAccess", "{" HUB "}");
	assert_int_equal(json_array_size(field(a, "AccessList")), 3);
	for (size_t i = 0; i < 3; i++) { /* by priority, then by id */
		json_t *got = access_row(a, i), *value, *asked;
		char given[1400] = "{";
		const char *key;

		assert_int_equal(number(got, "Id_u32"), order[i] + 1);
		snprintf(given, sizeof(given), "{%s}", rules[order[i]]);
		for (char *at = given; *at; at++)
			*at = *at == '\'' ? '"' : *at;
		asked = json_loads(given, 0, NULL);
		assert_non_null(asked);
		json_object_foreach(asked, key, value)
		{
			if (!json_equal(value, json_object_get(got, key)))
				fail_msg("rule %u: %s is %s", order[i] + 1, key,
					 json_dumps(got, JSON_SORT_KEYS));
		}
		json_decref(asked);
	}
	assert_string_equal(text(access_row(a, 2), "SrcSubnetMask_ip"), "0.0.0.0");
	assert_true(json_is_true(json_object_get(access_row(a, 2), "Active_bool")));
	json_decref(a);
	end(&w);
}

static void rules_are_switched_and_deleted(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 3; i++)
		assert_code(&w, 0, "AddAccess", ADD("'Priority_u32': 1, 'Protocol_u32': 6"));
	assert_code(&w, 0, "EnableAccess", "{" HUB ", 'Id_u32': 2, 'Active_bool': false}");
	assert_config(&w, "access 2 pass priority 1 ipv4 protocol tcp inactive", true);
	assert_code(&w, 0, "EnableAccess", "{" HUB ", 'Id_u32': 2, 'Active_bool': true}");
	assert_config(&w, "inactive", false);
	assert_code(&w, 0, "DeleteAccess", "{" HUB ", 'Id_u32': 2}");
	a = call(&w, "GetHubStatus", "{" HUB "}");
	assert_int_equal(json_integer_value(field(a, "NumAccessLists_u32")), 2);
	json_decref(a);
	/* a free id is taken again, the others stay what they are */
	a = call(&w, "AddAccess", ADD("'Priority_u32': 1"));
	assert_int_equal(number(json_array_get(field(a, "AccessListSingle"), 0), "Id_u32"), 2);
	json_decref(a);
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteAccess", "{" HUB ", 'Id_u32': 99}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteAccess", "{" HUB ", 'Id_u32': 4294967297}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "EnableAccess", "{" HUB "}");
	assert_code(&w, RPC_HUB_NOT_FOUND, "DeleteAccess", "{'HubName_str': 'x', 'Id_u32': 1}");
	assert_code(&w, RPC_HUB_NOT_FOUND, "EnumAccess", "{'HubName_str': 'x'}");
	end(&w);
}

/* What a rule made by hand has beyond SoftEther's fields is not lost when it is switched. */
static void switching_a_rule_keeps_what_softether_has_no_field_for(void **state)
{
	static const char lines[] = "hub DEFAULT\naccess 7 pass priority 3 protocol 0 note zero\n";
	struct cfg_errors errs = {0};
	struct world w;
	char error[200];
	json_t *a;

	(void)state;
	begin(&w);
	assert_int_equal(
		api_configure(w.core, lines, strlen(lines), false, &errs, error, sizeof(error)),
		API_CONFIGURED);
	a = call(&w, "EnumAccess", "{" HUB "}");
	assert_string_equal(text(access_row(a, 0), "Family_str"), "any");
	json_decref(a);
	assert_code(&w, 0, "EnableAccess", "{" HUB ", 'Id_u32': 7, 'Active_bool': false}");
	assert_int_equal(api_config(w.core)->hubs[0].access[0].rule.family, ACCESS_ANY);
	assert_int_equal(api_config(w.core)->hubs[0].access[0].rule.proto, 0);
	assert_false(api_config(w.core)->hubs[0].access[0].rule.active);
	assert_string_equal(api_config(w.core)->hubs[0].access[0].note, "zero");
	end(&w);
}

static void wrong_rules_are_told(void **state)
{
	static const struct {
		unsigned code;
		const char *rule;
	} bad[] = {
		{RPC_INVALID_PARAMETER, ADD("'Discard_bool': true")}, /* no priority */
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 4294967296")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': '1'")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Protocol_u32': 256")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'SrcIpAddress_ip': 'x', "
					    "'SrcSubnetMask_ip': '255.0.0.0'")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'SrcIpAddress_ip': '10.0.0.0', "
					    "'SrcSubnetMask_ip': '255.0.255.0'")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'IsIPv6_bool': true, "
					    "'SrcIpAddress6_bin': 'AAAA'")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'IsIPv6_bool': true, "
					    "'SrcSubnetMask6_bin': '/wD/AAAAAAAAAAAAAAAAAA=='")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'CheckSrcMac_bool': true, "
					    "'SrcMacAddress_bin': '5E-00-00-00-00-01'")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'SrcPortStart_u32': 65536")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Protocol_u32': 6, "
					    "'DestPortStart_u32': 90, 'DestPortEnd_u32': 80")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Protocol_u32': 1, "
					    "'DestPortStart_u32': 80, 'DestPortEnd_u32': 80")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Delay_u32': 10001")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Loss_u32': 101")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Discard_bool': true, "
					    "'Delay_u32': 1")},
		{RPC_INVALID_PARAMETER, ADD("'Priority_u32': 1, 'Note_utf': 'a\\nno hub DEFAULT'")},
		{RPC_INVALID_PARAMETER, "{" HUB "}"},
		{RPC_INVALID_PARAMETER, "{" HUB ", 'AccessListSingle': [{}, {}]}"},
		{RPC_NOT_SUPPORTED,
		 ADD("'Priority_u32': 1, 'SrcUsername_str': 'include:/etc/passwd'")},
		{RPC_NOT_SUPPORTED, ADD("'Priority_u32': 1, 'RedirectUrl_str': 'http://x/'")},
		{RPC_HUB_NOT_FOUND,
		 "{'HubName_str': 'x', 'AccessListSingle': [{'Priority_u32': 1}]}"},
	};
	struct world w;

	(void)state;
	begin(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_code(&w, bad[i].code, "AddAccess", bad[i].rule);
	assert_config(&w, " access ", false);
	end(&w);
}

static json_t *option_of(json_t *answer, const char *name)
{
	json_t *list = field(answer, "AdminOptionList"), *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		if (strcmp(text(o, "Name_str"), name) == 0)
			return o;
	}
	return NULL;
}

static void options_are_listed_and_set(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	assert_code(&w, 0, "SetHubExtOptions", OPTION("'Name_str': 'noiptable', 'Value_u32': 1"));
	assert_config(&w, " option NoIpTable 1\n", true);
	a = call(&w, "GetHubExtOptions", "{" HUB "}");
	assert_int_equal(json_array_size(field(a, "AdminOptionList")), OPTION_N);
	assert_int_equal(number(option_of(a, "NoIpTable"), "Value_u32"), 1);
	assert_int_equal(number(option_of(a, "ManageOnlyPrivateIP"), "Value_u32"), 1);
	assert_non_null(strstr(text(option_of(a, "DisableIPParsing"), "Descrption_utf"),
			       "always 0: policies and access lists need the IP headers"));
	json_decref(a);
	/* back to the default: the line goes */
	assert_code(&w, 0, "SetHubExtOptions", OPTION("'Name_str': 'NoIpTable', 'Value_u32': 0"));
	assert_config(&w, " option ", false);
	assert_code(&w, 0, "SetHubExtOptions",
		    OPTION("'Name_str': 'DisableIPParsing', 'Value_u32': 0"));
	assert_code(&w, RPC_NOT_SUPPORTED, "SetHubExtOptions",
		    OPTION("'Name_str': 'DisableIPParsing', 'Value_u32': 1"));
	assert_code(&w, RPC_NOT_SUPPORTED, "SetHubExtOptions",
		    OPTION("'Name_str': 'UseHubNameAsRadiusNasId', 'Value_u32': 1"));
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "SetHubExtOptions",
		    OPTION("'Name_str': 'NoArpPolling', 'Value_u32': 1"));
	assert_code(&w, RPC_INVALID_PARAMETER, "SetHubExtOptions",
		    OPTION("'Name_str': 'NoIpTable', 'Value_u32': 7"));
	assert_code(&w, RPC_INVALID_PARAMETER, "SetHubExtOptions",
		    OPTION("'Name_str': 'VlanTypeId', 'Value_u32': 33025"));
	assert_code(&w, RPC_INVALID_PARAMETER, "SetHubExtOptions",
		    OPTION("'Name_str': 'NoIpTable', 'Value_u32': -1"));
	assert_code(&w, RPC_HUB_NOT_FOUND, "GetHubExtOptions", "{'HubName_str': 'x'}");
	assert_config(&w, " option ", false);
	end(&w);
}

static void routers_are_let_in_by_their_ids(void **state)
{
	static const char *const router = "{'Id_str': 'Branch.example', 'HubName_str': 'default', "
					  "'UserName_str': 'alice', 'Password_str': '%s'}";
	char params[200];
	struct world w;
	json_t *a, *row;

	(void)state;
	begin(&w);
	a = call(&w, "GetIPsecServices", "{}");
	assert_true(json_is_false(field(a, "EtherIP_IPsec_bool")));
	json_decref(a);
	assert_code(&w, 0, "SetIPsecServices", "{'EtherIP_IPsec_bool': true}");
	assert_config(&w, "ipsec-service etherip\n", true);
	a = call(&w, "GetIPsecServices", "{}");
	assert_true(json_is_true(field(a, "EtherIP_IPsec_bool")));
	assert_true(json_is_true(field(a, "L2TP_IPsec_bool")));
	json_decref(a);
	snprintf(params, sizeof(params), router, "s3cr3tWord");
	assert_code(&w, 0, "AddEtherIpId", params);
	assert_config(&w, "etherip client Branch.example hub DEFAULT user alice password *****",
		      true);
	snprintf(params, sizeof(params), router, "an other");
	assert_code(&w, 0, "AddEtherIpId", params); /* replaced */
	assert_code(&w, RPC_HUB_NOT_FOUND, "AddEtherIpId",
		    "{'Id_str': 'x', 'HubName_str': 'nope', 'UserName_str': 'alice'}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "AddEtherIpId",
		    "{'Id_str': 'x', 'HubName_str': 'default', 'UserName_str': 'bob'}");
	assert_code(&w, RPC_INVALID_PARAMETER, "AddEtherIpId",
		    "{'Id_str': '', 'HubName_str': 'default', 'UserName_str': 'alice', "
		    "'Password_str': 'x'}");
	a = call(&w, "EnumEtherIpId", "{}");
	assert_int_equal(json_array_size(field(a, "Settings")), 1);
	row = json_array_get(field(a, "Settings"), 0);
	assert_string_equal(text(row, "Id_str"), "Branch.example");
	assert_string_equal(text(row, "HubName_str"), "DEFAULT");
	assert_string_equal(text(row, "UserName_str"), "alice");
	assert_string_equal(text(row, "Password_str"), "*****");
	json_decref(a);
	a = call(&w, "GetEtherIpId", "{'Id_str': 'branch.EXAMPLE'}");
	assert_string_equal(json_string_value(field(a, "UserName_str")), "alice");
	json_decref(a);
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteEtherIpId", "{'Id_str': '*'}");
	assert_code(&w, 0, "DeleteEtherIpId", "{'Id_str': 'branch.example'}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "GetEtherIpId", "{'Id_str': 'branch.example'}");
	assert_config(&w, "etherip client", false);
	end(&w);
}

static void a_hub_has_one_bridge(void **state)
{
	struct world w;
	json_t *a, *row;

	(void)state;
	begin(&w);
	assert_true(fake_interface(w.fake, "eth9", 0, false)); /* it is not there */
	/* a hub's way out is SecureNAT or a bridge */
	assert_code(&w, RPC_INVALID_PARAMETER, "AddLocalBridge",
		    "{'HubNameLB_str': 'default', 'DeviceName_str': 'eth9'}");
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'b', 'Online_bool': true}");
	assert_code(&w, 0, "AddLocalBridge", "{'HubNameLB_str': 'B', 'DeviceName_str': 'eth9'}");
	assert_code(&w, 0, "AddLocalBridge", "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth9'}");
	assert_config(&w, "hub b\n bridge eth9\n", true);
	assert_code(&w, RPC_BRIDGE_UNSUPPORTED, "AddLocalBridge",
		    "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth8'}");
	assert_code(&w, RPC_BRIDGE_UNSUPPORTED, "AddLocalBridge",
		    "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth8', 'TapMode_bool': true}");
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'c', 'Online_bool': true}");
	assert_code(&w, RPC_INVALID_PARAMETER, "AddLocalBridge",
		    "{'HubNameLB_str': 'c', 'DeviceName_str': 'eth9'}"); /* of b already */
	assert_code(&w, RPC_INVALID_PARAMETER, "AddLocalBridge",
		    "{'HubNameLB_str': 'c', 'DeviceName_str': 'lo'}");
	assert_code(&w, RPC_INVALID_PARAMETER, "AddLocalBridge",
		    "{'HubNameLB_str': 'c', 'DeviceName_str': ''}");
	assert_code(&w, RPC_HUB_NOT_FOUND, "AddLocalBridge",
		    "{'HubNameLB_str': 'x', 'DeviceName_str': 'eth9'}");
	a = call(&w, "EnumLocalBridge", "{}");
	assert_int_equal(json_array_size(field(a, "LocalBridgeList")), 1);
	row = json_array_get(field(a, "LocalBridgeList"), 0);
	assert_string_equal(text(row, "HubNameLB_str"), "b");
	assert_string_equal(text(row, "DeviceName_str"), "eth9");
	assert_true(json_is_true(json_object_get(row, "Online_bool")));
	assert_true(json_is_false(json_object_get(row, "Active_bool")));
	json_decref(a);
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteLocalBridge",
		    "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth8'}");
	assert_code(&w, 0, "DeleteLocalBridge", "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth9'}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteLocalBridge",
		    "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth9'}");
	assert_config(&w, "bridge", false);
	assert_code(&w, 0, "AddLocalBridge", "{'HubNameLB_str': 'b', 'DeviceName_str': 'eth7'}");
	a = call(&w, "EnumLocalBridge", "{}");
	row = json_array_get(field(a, "LocalBridgeList"), 0);
	assert_true(json_is_true(json_object_get(row, "Active_bool")));
	json_decref(a);
	end(&w);
}

static void interfaces_are_those_of_the_host(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	assert_true(fake_interface(w.fake, "eth1", 3, true));
	assert_true(fake_interface(w.fake, "eth2", 4, false));
	assert_true(fake_interface(w.fake, "eth3", 0, false));
	a = call(&w, "EnumEthernet", "{}");
	assert_int_equal(json_array_size(field(a, "EthList")), 2);
	assert_string_equal(text(json_array_get(field(a, "EthList"), 1), "DeviceName_str"), "eth2");
	json_decref(a);
	fake_fail(w.fake, FAKE_LIST_BRIDGES, "the monitor is tired");
	assert_code(&w, RPC_INTERNAL, "EnumEthernet", "{}");
	end(&w);
}

/* What a user has from its group is shown with its own, and stays the group's when another of
 * its own changes. */
static void a_users_policies_count_before_its_groups(void **state)
{
	const struct cfg_hub_policy *own;
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	assert_code(&w, 0, "SetGroup",
		    "{" HUB ", 'Name_str': 'staff', 'UsePolicy_bool': true, "
		    "'policy:FilterIPv6_bool': true, 'policy:MultiLogins_u32': 2, "
		    "'policy:MaxDownload_u32': 1000000}");
	assert_config(&w, "policy FilterIPv6 yes", true);
	a = call(&w, "GetUser", "{" HUB ", 'Name_str': 'alice'}");
	assert_true(json_is_false(field(a, "UsePolicy_bool")));
	assert_true(json_is_true(field(a, "policy:FilterIPv6_bool")));
	json_decref(a);
	assert_code(&w, 0, "SetUser",
		    "{" HUB ", 'Name_str': 'alice', 'UsePolicy_bool': true, "
		    "'policy:FilterIPv6_bool': true, 'policy:MultiLogins_u32': 0, "
		    "'policy:PrivacyFilter_bool': true, 'policy:MaxDownload_u32': 1000000}");
	own = &api_config(w.core)->hubs[0].users[0].policy;
	assert_int_equal(own->set,
			 UINT64_C(1) << POLICY_MULTI_LOGINS | UINT64_C(1) << POLICY_PRIVACY_FILTER);
	assert_int_equal(own->value[POLICY_MULTI_LOGINS], 0);
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{" HUB ", 'Name_str': 'alice', 'UsePolicy_bool': true, "
		    "'policy:MaxMac_u32': 65536}");
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{" HUB ", 'Name_str': 'alice', 'UsePolicy_bool': true, "
		    "'policy:MaxUpload_u32': 4294967297}");
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{" HUB ", 'Name_str': 'alice', 'UsePolicy_bool': true, "
		    "'policy:NoQoS_bool': true}");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_keep_every_field),
		cmocka_unit_test(rules_are_switched_and_deleted),
		cmocka_unit_test(switching_a_rule_keeps_what_softether_has_no_field_for),
		cmocka_unit_test(wrong_rules_are_told),
		cmocka_unit_test(options_are_listed_and_set),
		cmocka_unit_test(routers_are_let_in_by_their_ids),
		cmocka_unit_test(a_hub_has_one_bridge),
		cmocka_unit_test(interfaces_are_those_of_the_host),
		cmocka_unit_test(a_users_policies_count_before_its_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
