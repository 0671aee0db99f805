/*
 * Unit tests of rpc: SoftEther's calls on a core with the fake operating system: what they answer,
 * what they make of the configuration, every error number.
 */
#include "test_rpc.h"

static void services_are_switched_at_once(void **state)
{
	const struct secret *psk;
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	a = call(&w, "GetIPsecServices", "{}");
	assert_true(json_is_true(field(a, "L2TP_IPsec_bool")));
	assert_string_equal(json_string_value(field(a, "IPsec_Secret_str")), "*****");
	assert_string_equal(json_string_value(field(a, "L2TP_DefaultHub_str")), "DEFAULT");
	json_decref(a);
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'Second', 'Online_bool': true}");
	assert_code(&w, 0, "SetIPsecServices",
		    "{'L2TP_IPsec_bool': true, 'EtherIP_IPsec_bool': false, 'IPsec_Secret_str': "
		    "'other\\\\key \\\"1', 'L2TP_DefaultHub_str': 'SECOND'}");
	assert_config(&w, "ipsec-service default-hub SECOND", true);
	psk = &api_config(w.core)->groups[0].psk;
	assert_int_equal(psk->len, 12);
	assert_memory_equal(psk->b, "other\\key \"1", 12);
	assert_code(&w, 0, "SetIPsecServices", "{'L2TP_IPsec_bool': false}");
	assert_config(&w, "ipsec-service l2tp\n", false);
	end(&w);
}

/* SoftEther takes the first hub instead and says nothing. */
static void a_default_hub_must_exist(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_code(&w, RPC_HUB_NOT_FOUND, "SetIPsecServices",
		    "{'L2TP_IPsec_bool': false, 'L2TP_DefaultHub_str': 'nope'}");
	assert_config(&w, "ipsec-service l2tp\n", true); /* nothing was changed */
	end(&w);
}

static void hubs_come_and_go(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'a b', 'Online_bool': true}");
	assert_code(&w, RPC_HUB_EXISTS, "CreateHub", "{'HubName_str': 'A B'}");
	assert_code(&w, RPC_INVALID_PARAMETER, "CreateHub", "{'HubName_str': 'bad*name'}");
	assert_code(&w, RPC_INVALID_PARAMETER, "CreateHub",
		    "{'HubName_str': 'x\\nno hub DEFAULT'}");
	assert_code(&w, RPC_NOT_SUPPORTED, "CreateHub",
		    "{'HubName_str': 'c', 'AdminPasswordPlainText_str': 'x'}");
	assert_code(&w, 0, "SetHub",
		    "{'HubName_str': 'a b', 'MaxSession_u32': 5, 'NoEnum_bool': true}");
	assert_config(&w, "hub \"a b\"\n max-session 5\n no-enum", true);
	assert_code(&w, 0, "SetHubOnline", "{'HubName_str': 'a b', 'Online_bool': true}");
	assert_code(&w, 0, "SetHubOnline", "{'HubName_str': 'a b', 'Online_bool': false}");
	assert_code(&w, 0, "SetHubOnline", "{'HubName_str': 'a b', 'Online_bool': false}");
	a = call(&w, "EnumHub", "{}");
	assert_int_equal(json_array_size(field(a, "HubList")), 2);
	assert_true(json_is_false(
		json_object_get(json_array_get(field(a, "HubList"), 1), "Online_bool")));
	json_decref(a);
	assert_code(&w, 0, "DeleteHub", "{'HubName_str': 'a b'}");
	assert_code(&w, RPC_HUB_NOT_FOUND, "DeleteHub", "{'HubName_str': 'a b'}");
	assert_code(&w, RPC_HUB_NOT_FOUND, "GetHubStatus", "{}");
	end(&w);
}

static void users_are_made_changed_and_deleted(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	setenv("TZ", "UTC", 1);
	begin(&w);
	assert_code(&w, RPC_USER_EXISTS, "CreateUser",
		    "{'HubName_str': 'default', 'Name_str': 'ALICE'}");
	assert_code(&w, RPC_GROUP_NOT_FOUND, "CreateUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'GroupName_str': 'nope'}");
	assert_code(&w, 0, "CreateUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'GroupName_str': 'staff', "
		    "'Realname_utf': 'Bob \\\"B\\\" B\xc3\xb6', 'Note_utf': 'IPv4: 10.4.5.9', "
		    "'AuthType_u32': 1, 'Auth_Password_str': 'secret1', 'ExpireTime_dt': "
		    "'2030-01-02T03:04:05Z'}");
	a = call(&w, "GetUser", "{'HubName_str': 'default', 'Name_str': 'Bob'}");
	assert_string_equal(json_string_value(field(a, "GroupName_str")), "staff");
	assert_string_equal(json_string_value(field(a, "Realname_utf")), "Bob \"B\" B\xc3\xb6");
	assert_string_equal(json_string_value(field(a, "ExpireTime_dt")), "2030-01-02T03:04:05Z");
	assert_int_equal(json_integer_value(field(a, "AuthType_u32")), 1);
	assert_true(json_is_true(field(a, "policy:Access_bool")));
	assert_true(json_is_false(field(a, "UsePolicy_bool")));
	json_decref(a);
	/* the password stays when a call does not say one */
	assert_code(
		&w, 0, "SetUser",
		"{'HubName_str': 'default', 'Name_str': 'bob', 'Note_utf': '', 'AuthType_u32': 1, "
		"'ExpireTime_dt': ''}");
	assert_int_equal(api_config(w.core)->hubs[0].users[1].login.kind, CFG_PW_NT_HASH);
	assert_int_equal(api_config(w.core)->hubs[0].users[1].expires, 0);
	assert_string_equal(api_config(w.core)->hubs[0].users[1].note, "");
	assert_code(&w, 0, "SetUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'AuthType_u32': 4, "
		    "'RadiusUsername_utf': 'robert'}");
	assert_config(&w, "auth radius robert", true);
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'AuthType_u32': 9}");
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'ExpireTime_dt': 'soon'}");
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob', 'Note_utf': 'two\\nlines'}");
	a = call(&w, "EnumUser", "{'HubName_str': 'default'}");
	assert_int_equal(json_array_size(field(a, "UserList")), 2);
	json_decref(a);
	assert_code(&w, 0, "DeleteUser", "{'HubName_str': 'default', 'Name_str': 'bob'}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob'}");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "GetUser",
		    "{'HubName_str': 'default', 'Name_str': 'bob'}");
	end(&w);
}

/* SoftEther: `*` with a password is error 38. */
static void the_other_users_have_no_password_here(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_code(&w, 0, "CreateUser",
		    "{'HubName_str': 'default', 'Name_str': '*', 'AuthType_u32': 1}");
	assert_config(&w, "auth radius", true);
	assert_code(&w, RPC_INVALID_PARAMETER, "SetUser",
		    "{'HubName_str': 'default', 'Name_str': '*', 'AuthType_u32': 1, "
		    "'Auth_Password_str': 'abc'}");
	end(&w);
}

static void groups_take_their_policies_along(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	a = call(&w, "GetGroup", "{'HubName_str': 'default', 'Name_str': 'staff'}");
	assert_true(json_is_true(field(a, "UsePolicy_bool")));
	assert_int_equal(json_integer_value(field(a, "policy:MultiLogins_u32")), 2);
	json_decref(a);
	assert_code(&w, RPC_GROUP_EXISTS, "CreateGroup",
		    "{'HubName_str': 'default', 'Name_str': 'Staff'}");
	assert_code(&w, 0, "SetGroup",
		    "{'HubName_str': 'default', 'Name_str': 'staff', 'UsePolicy_bool': true, "
		    "'policy:Access_bool': false, 'policy:MultiLogins_u32': 2, "
		    "'policy:AutoDisconnect_u32': 60}");
	assert_config(&w, "policy Access no", true);
	assert_config(&w, "policy AutoDisconnect 60", true);
	/* one that this server cannot carry out is refused by name, and nothing is changed */
	assert_code(&w, RPC_INVALID_PARAMETER, "SetGroup",
		    "{'HubName_str': 'default', 'Name_str': 'staff', 'UsePolicy_bool': true, "
		    "'policy:Access_bool': true, 'policy:MonitorPort_bool': true}");
	assert_config(&w, "policy Access no", true);
	assert_code(&w, 0, "SetGroup",
		    "{'HubName_str': 'default', 'Name_str': 'staff', 'UsePolicy_bool': false}");
	assert_config(&w, "policy ", false);
	assert_code(&w, 0, "DeleteGroup", "{'HubName_str': 'default', 'Name_str': 'staff'}");
	assert_string_equal(api_config(w.core)->hubs[0].users[0].group, "");
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteGroup",
		    "{'HubName_str': 'default', 'Name_str': 'staff'}");
	end(&w);
}

static void policies_are_listed_with_their_ranges(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	a = call(&w, "EnumPolicy", "{}");
	assert_int_equal(json_array_size(field(a, "PolicyList")), 38);
	json_decref(a);
	a = call(&w, "EnumPolicy", "{'Name_str': 'timeout'}");
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(field(a, "PolicyList"), 0), "Values_str")),
			    "5 to 60 s");
	json_decref(a);
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "EnumPolicy", "{'Name_str': 'nope'}");
	end(&w);
}

static void secure_nat_is_set_as_far_as_it_goes(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'n', 'Online_bool': true}");
	assert_code(&w, 0, "EnableSecureNAT", "{'HubName_str': 'n'}");
	a = call(&w, "GetSecureNATOption", "{'HubName_str': 'n'}");
	assert_string_equal(json_string_value(field(a, "Ip_ip")), "192.168.30.1");
	assert_string_equal(json_string_value(field(a, "Mask_ip")), "255.255.255.0");
	assert_true(json_is_true(field(a, "UseNat_bool")));
	json_decref(a);
	/* two hubs with one net would be one way to two places */
	assert_code(&w, 0, "CreateHub", "{'HubName_str': 'm', 'Online_bool': true}");
	assert_code(&w, 0, "EnableSecureNAT", "{'HubName_str': 'm'}");
	assert_config(&w, "secure-nat host 192.168.31.1 255.255.255.0", true);
	assert_code(&w, RPC_INVALID_PARAMETER, "SetSecureNATOption",
		    "{'HubName_str': 'm', 'Ip_ip': '192.168.30.2', 'Mask_ip': '255.255.255.0'}");
	assert_code(&w, 0, "DisableSecureNAT", "{'HubName_str': 'n'}");
	assert_code(&w, 0, "SetSecureNATOption",
		    "{'HubName_str': 'n', 'Ip_ip': '10.9.0.1', 'Mask_ip': '255.255.0.0', "
		    "'UseNat_bool': false}");
	assert_config(&w, "secure-nat host 10.9.0.1 255.255.0.0", true);
	assert_code(&w, RPC_INVALID_PARAMETER, "SetSecureNATOption",
		    "{'HubName_str': 'n', 'Ip_ip': '10.9.0.1 255.0.0.0', 'Mask_ip': 'x'}");
	assert_code(&w, RPC_NOT_SUPPORTED, "SetSecureNATOption",
		    "{'HubName_str': 'n', 'Mtu_u32': 1400}");
	end(&w);
}

static void the_server_tells_of_itself(void **state)
{
	struct world w;
	json_t *a;

	(void)state;
	begin(&w);
	a = call(&w, "GetServerInfo", "{}");
	assert_string_equal(json_string_value(field(a, "ServerProductName_str")), "Sekisho");
	json_decref(a);
	a = call(&w, "GetServerStatus", "{}");
	assert_int_equal(json_integer_value(field(a, "NumUsers_u32")), 1);
	assert_int_equal(json_integer_value(field(a, "NumHubTotal_u32")), 1);
	json_decref(a);
	a = call(&w, "GetConfig", "{}");
	assert_null(strstr(json_string_value(field(a, "FileData_utf")), "S3cr3tKey"));
	json_decref(a);
	assert_code(&w, 0, "Flush", "{}");
	a = call(&w, "EnumSession", "{'HubName_str': 'default'}");
	assert_int_equal(json_array_size(field(a, "SessionList")), 0);
	json_decref(a);
	assert_code(&w, RPC_OBJECT_NOT_FOUND, "DeleteSession",
		    "{'HubName_str': 'default', 'Name_str': 'SID-X-1'}");
	end(&w);
}

static void what_is_not_there_is_33(void **state)
{
	struct world w;
	json_t *request, *answer;

	(void)state;
	begin(&w);
	assert_code(&w, RPC_NOT_SUPPORTED, "EnumLink", "{}");
	request = json_pack("{s:s, s:{}, s:s, s:s}", "method", "EnumHub", "params", "hub",
			    "DEFAULT", "password", "x");
	answer = rpc_run(w.core, request);
	assert_int_equal(code_of(answer), RPC_ACCESS_DENIED);
	json_decref(answer);
	json_decref(request);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_switched_at_once),
		cmocka_unit_test(a_default_hub_must_exist),
		cmocka_unit_test(hubs_come_and_go),
		cmocka_unit_test(users_are_made_changed_and_deleted),
		cmocka_unit_test(the_other_users_have_no_password_here),
		cmocka_unit_test(groups_take_their_policies_along),
		cmocka_unit_test(policies_are_listed_with_their_ranges),
		cmocka_unit_test(secure_nat_is_set_as_far_as_it_goes),
		cmocka_unit_test(the_server_tells_of_itself),
		cmocka_unit_test(what_is_not_there_is_33),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
