/*
 * Unit tests of the vpncmd room: lines, shortened names, prompts, what is called and what is
 * printed, against a server that the test plays.
 */
#include <time.h>

#include "test_world.h"

static const struct answer fine[] = {
	{"SetIPsecServices", "{\"result\": {}}"},
	{"GetIPsecServices",
	 "{\"result\": {\"L2TP_IPsec_bool\": true, \"L2TP_Raw_bool\": false, "
	 "\"EtherIP_IPsec_bool\": "
	 "false, \"IPsec_Secret_str\": \"a,b\", \"L2TP_DefaultHub_str\": \"DEFAULT\"}}"},
	{"GetHub", "{\"result\": {\"HubName_str\": \"Office\", \"MaxSession_u32\": 0, "
		   "\"NoEnum_bool\": true, \"Online_bool\": true}}"},
	{"SetHub", "{\"result\": {}}"},
	{"SetHubOnline", "{\"result\": {}}"},
	{"CreateHub", "{\"error\": {\"code\": 57, \"message\": \"\"}}"},
	{"DeleteHub", "{\"error\": {\"code\": 8, \"message\": \"there is no hub \\\"x\\\"\"}}"},
	{"EnumHub",
	 "{\"result\": {\"HubList\": [{\"HubName_str\": \"A\", \"Online_bool\": true, "
	 "\"NumUsers_u32\": "
	 "1234, \"Ex.Recv.UnicastBytes_u64\": 1000000, \"Ex.Send.UnicastBytes_u64\": 1}, "
	 "{\"HubName_str\": \"\xc3\x9c\", \"LastLoginTime_dt\": \"2026-11-22T14:35:28Z\"}]}}"},
	{"EnumEtherIpId", "{\"result\": {\"Settings\": [{\"Id_str\": \"router1\", \"HubName_str\": "
			  "\"A\", \"UserName_str\": \"u\"}]}}"},
	{"EnumEthernet", "{\"result\": {\"EthList\": [{\"DeviceName_str\": \"eth0\"}]}}"},
	{"CreateUser", "{\"result\": {}}"},
	{"SetUser", "{\"result\": {}}"},
	{"GetUser",
	 "{\"result\": {\"HubName_str\": \"Office\", \"Name_str\": \"bob\", "
	 "\"GroupName_str\": \"staff\", \"policy:Access_bool\": true, "
	 "\"policy:MaxUpload_u32\": 0, \"policy:MaxMac_u32\": 0, \"policy:CheckMac_bool\": "
	 "false}}"},
	{"SetSecureNATOption", "{\"result\": {}}"},
	{"GetSecureNATOption", "{\"result\": {\"HubName_str\": \"Office\", \"UseNat_bool\": true, "
			       "\"Mtu_u32\": 1500}}"},
	{"GetGroup", "{\"result\": {\"Name_str\": \"staff\", \"UsePolicy_bool\": true, "
		     "\"policy:Access_bool\": true, \"policy:MaxMac_u32\": 3}}"},
	{"EnumUser", "{\"result\": {\"UserList\": [{\"Name_str\": \"bob\", \"GroupName_str\": "
		     "\"STAFF\"}, {\"Name_str\": \"eve\", \"GroupName_str\": \"\"}]}}"},
	{"EnumPolicy",
	 "{\"result\": {\"PolicyList\": [{\"Name_str\": \"Access\", \"Descrption_utf\": \"may log "
	 "in\", \"Key_str\": \"policy:Access_bool\", \"Unit_str\": \"\"}, {\"Name_str\": "
	 "\"MaxMac\", \"Descrption_utf\": \"MACs\", \"Key_str\": \"policy:MaxMac_u32\", "
	 "\"Unit_str\": \"addresses\"}]}}"},
	{"SetHubRadius", "{\"result\": {}}"},
	{.method = NULL},
};

static void a_line_is_cut_into_words(void **state)
{
	struct line l;

	(void)state;
	assert_true(
		line_parse("  Cmd a \"b \"\"c\"\"\" /X:\"d e\" -Y=f \"/no\" -5 /Z /P:a:b ", &l));
	assert_string_equal(l.command, "Cmd");
	assert_int_equal(l.n, 8);
	assert_string_equal(l.values[0].text, "a");
	assert_string_equal(l.values[1].text, "b \"c\"");
	assert_string_equal(l.values[2].name, "X");
	assert_string_equal(l.values[2].text, "d e");
	assert_string_equal(l.values[3].name, "Y");
	assert_string_equal(l.values[3].text, "f");
	assert_string_equal(l.values[4].name, "");
	assert_string_equal(l.values[4].text, "/no");
	assert_string_equal(l.values[5].text, "-5");
	assert_string_equal(l.values[6].name, "Z");
	assert_string_equal(l.values[6].text, "");
	assert_string_equal(l.values[7].text, "a:b");
	line_free(&l);
	assert_true(line_parse("", &l));
	assert_string_equal(l.command, "");
	line_free(&l);
}

static void more_values_than_there_is_room_for_are_an_error(void **state)
{
	char text[512] = "IPsecGet";
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	for (unsigned i = 0; i < LINE_VALUES_MAX + 1; i++)
		strcat(text, " a");
	assert_int_equal(vpncmd_line(w.v, text), 38);
	assert_int_equal(json_array_size(w.calls), 0);
	end(&w);
}

static void names_may_be_shortened(void **state)
{
	unsigned n;

	(void)state;
	assert_string_equal(shell_find("hublist", &n)->name, "HubList");
	assert_string_equal(shell_find("hl", &n)->name, "HubList");
	assert_string_equal(shell_find("SSG", &n)->name, "ServerStatusGet");
	assert_string_equal(shell_find("IPsecG", &n)->name, "IPsecGet");
	assert_string_equal(shell_find("hub", &n)->name,
			    "Hub"); /* exact before all that begin so */
	assert_null(shell_find("User", &n));
	assert_in_range(n, 5, 30);
	assert_null(shell_find("nope", &n));
	assert_int_equal(n, 0);
	assert_null(shell_find("", &n));
}

static void unknown_and_ambiguous_names_are_117(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	assert_int_equal(vpncmd_line(w.v, "Nope"), 117);
	assert_int_equal(vpncmd_line(w.v, "User"), 117);
	assert_non_null(strstr(printed(&w), " UserCreate"));
	assert_int_equal(vpncmd_line(w.v, "HELP nope"), 117);
	assert_int_equal(vpncmd_line(w.v, ""), 0);
	assert_int_equal(json_array_size(w.calls), 0);
	end(&w);
}

static void every_form_of_help_is_help(void **state)
{
	static const char *const forms[] = {"IPsecEnable ?",    "IPsecEnable /?", "ipsecen /HELP",
					    "HELP IPsecEnable", "?IPsecEnable",   "? IPsecEnable",
					    "IPsecEnable -help"};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		begin(&w, (struct vpncmd_options){0});
		assert_int_equal(vpncmd_line(w.v, forms[i]), 38);
		assert_non_null(strstr(printed(&w), "[/L2TPRAW:yes|no]"));
		assert_non_null(strstr(printed(&w), "/DEFAULTHUB - "));
		assert_int_equal(json_array_size(w.calls), 0);
		end(&w);
	}
}

static void the_seeds_command_sets_five_values(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	assert_int_equal(vpncmd_line(w.v, "IPsecEnable /L2TP:yes /L2TPR:no /ETHER:NO /PSK:\"a b\" "
					  "/DEFAULTHUB:DEFAULT"),
			 0);
	assert_called(
		&w, 0, "SetIPsecServices",
		"{\"L2TP_IPsec_bool\": true, \"L2TP_Raw_bool\": false, \"EtherIP_IPsec_bool\": "
		"false, \"IPsec_Secret_str\": \"a b\", \"L2TP_DefaultHub_str\": \"DEFAULT\"}");
	end(&w);
}

static void a_boolean_is_yes_or_no(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	assert_int_equal(vpncmd_line(w.v, "IPsecEnable /L2TP:on /L2TPRAW:no /ETHERIP:no /PSK:x "
					  "/DEFAULTHUB:A"),
			 38);
	assert_non_null(strstr(printed(&w), "/L2TP: \"on\" is neither yes nor no."));
	assert_int_equal(json_array_size(w.calls), 0);
	end(&w);
}

static void what_does_not_belong_is_an_error(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"IPsecGet /FOO:1", "no parameter \"/FOO\""},
		{"IPsecGet extra", "no parameter \"extra\""},
		{"IPsecEnable /L2:yes", "several parameters that begin with \"/L2\""},
		{"HubDelete a b", "a second value for \"b\""},
		{"UserList", "choose it with"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct world w;

		begin(&w, (struct vpncmd_options){0});
		w.answers = fine;
		assert_int_equal(vpncmd_line(w.v, bad[i].line), 38);
		if (!strstr(printed(&w), bad[i].says))
			fail_msg("%s said: %s", bad[i].line, printed(&w));
		assert_int_equal(json_array_size(w.calls), 0);
		end(&w);
	}
}

static void items_are_printed_in_two_columns(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	assert_int_equal(vpncmd_line(w.v, "IPsecGet"), 0);
	assert_non_null(strstr(printed(&w),
			       "Item                                               |Value\n"
			       "---------------------------------------------------+-------\n"
			       "L2TP over IPsec Server Function Enabled            |Yes\n"
			       "Raw L2TP Server Function Enabled                   |No\n"
			       "EtherIP / L2TPv3 over IPsec Server Function Enabled|No\n"
			       "IPsec Pre-Shared Key String                        |a,b\n"
			       "Name of Default Virtual Hub                        |DEFAULT\n"));
	end(&w);
}

static void csv_has_values_and_nothing_else(void **state)
{
	struct world w;

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	begin(&w, (struct vpncmd_options){.csv = true});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "IPsecGet"), 0);
	assert_int_equal(vpncmd_line(w.v, "HubList"), 0);
	assert_string_equal(
		printed(&w),
		"Item,Value\n"
		"L2TP over IPsec Server Function Enabled,Yes\n"
		"Raw L2TP Server Function Enabled,No\n"
		"EtherIP / L2TPv3 over IPsec Server Function Enabled,No\n"
		"IPsec Pre-Shared Key String,\"a,b\"\n"
		"Name of Default Virtual Hub,DEFAULT\n"
		"Virtual Hub Name,Status,Type,Users,Groups,Sessions,MAC Tables,IP "
		"Tables,Num Logins,Last Login,Last Communication,Transfer Bytes,Transfer "
		"Packets\n"
		"A,Online,Standalone,1234,0,0,0,0,0,(None),(None),1000001,0\n"
		"\xc3\x9c,Offline,Standalone,0,0,0,0,0,0,2026-11-22 "
		"14:35:28,(None),0,0\n");
	end(&w);
}

static void a_list_is_a_block_for_each_row(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	assert_int_equal(vpncmd_line(w.v, "hl"), 0);
	assert_non_null(strstr(printed(&w), "Item              |Value\n"
					    "------------------+-------------------\n"
					    "Virtual Hub Name  |A\n"
					    "Status            |Online\n"));
	assert_non_null(strstr(printed(&w), "Users             |1,234\n"));
	assert_non_null(strstr(printed(&w), "Transfer Bytes    |1,000,001\n"));
	assert_int_equal(vpncmd_line(w.v, "EtherIpClientList"), 0);
	assert_non_null(strstr(printed(&w), "ISAKMP Phase 1 ID|Virtual Hub Name|User Name\n"
					    "-----------------+----------------+---------\n"
					    "router1          |A               |u\n"));
	assert_int_equal(vpncmd_line(w.v, "BridgeDeviceList"), 0);
	assert_non_null(strstr(printed(&w), "\neth0\n"));
	end(&w);
}

static void the_servers_error_is_the_exit_code(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	assert_int_equal(vpncmd_line(w.v, "HubCreate a /PASSWORD:x"), 57);
	assert_non_null(
		strstr(printed(&w), "(Error code: 57)\nThere is a virtual hub of that name"));
	assert_int_equal(vpncmd_line(w.v, "HubDelete x"), 8);
	assert_non_null(strstr(printed(&w), "(Error code: 8)\nthere is no hub \"x\"\n"));
	assert_int_equal(vpncmd_line(w.v, "Flush"), 3); /* it is gone */
	assert_true(w.v->leave);
	end(&w);
}

static void what_has_no_meaning_here_says_why(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	assert_int_equal(vpncmd_line(w.v, "CascadeList"), 33);
	assert_non_null(strstr(printed(&w), "EtherIP or L2TPv3"));
	assert_int_equal(vpncmd_line(w.v, "VpnAzureGetStatus"), 33);
	end(&w);
}

static void a_hub_is_chosen_as_the_server_spells_it(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_string_equal(w.v->hub, "Office");
	assert_int_equal(vpncmd_line(w.v, "Offline"), 0);
	assert_called(&w, 1, "SetHubOnline",
		      "{\"HubName_str\": \"Office\", \"Online_bool\": false}");
	assert_int_equal(vpncmd_line(w.v, "Hub"), 0);
	assert_string_equal(w.v->hub, "");
	end(&w);
	begin(&w, (struct vpncmd_options){.hub = "office", .hub_admin = true});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "Hub other"), 52);
	assert_string_equal(w.v->hub, "Office");
	end(&w);
}

static void a_part_is_changed_and_the_rest_stays(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "SetMaxSession 5"), 0);
	assert_called(&w, 2, "SetHub",
		      "{\"HubName_str\": \"Office\", \"MaxSession_u32\": 5, \"NoEnum_bool\": true, "
		      "\"Online_bool\": true}");
	assert_int_equal(vpncmd_line(w.v, "NatDisable"), 0);
	assert_called(&w, 4, "SetSecureNATOption",
		      "{\"HubName_str\": \"Office\", \"UseNat_bool\": false, \"Mtu_u32\": 1500}");
	assert_int_equal(vpncmd_line(w.v, "GroupUnjoin bob"), 0);
	assert_called(&w, 5, "GetUser", "{\"HubName_str\": \"Office\", \"Name_str\": \"bob\"}");
	assert_int_equal(vpncmd_line(w.v, "RadiusServerSet 10.0.0.1 /SECRET:s /RETRY_INTERVAL:500"),
			 0);
	assert_called(&w, 7, "SetHubRadius",
		      "{\"HubName_str\": \"Office\", \"RadiusServerName_str\": \"10.0.0.1\", "
		      "\"RadiusPort_u32\": 1812, \"RadiusSecret_str\": \"s\", "
		      "\"RadiusRetryInterval_u32\": 500}");
	end(&w);
}

static void values_are_checked_before_the_server_is_asked(void **state)
{
	static const char *const bad[] = {
		"SetMaxSession abc",
		"SetMaxSession -1",
		"SetMaxSession 100001",
		"NatSet /MTU:10 /TCPTIMEOUT:60 /UDPTIMEOUT:60 /LOG:yes",
		"SecureNatHostSet /MAC:none /IP:192.168.30.1 /MASK:255.0.255.0",
		"SecureNatHostSet /MAC:none /IP:192.168.30.256 /MASK:24",
		"SecureNatHostSet /MAC:none /IP:none /MASK:24",
		"SecureNatHostSet /MAC:5E-00-00-00-00 /IP:192.168.30.1 /MASK:24",
		"UserExpiresSet bob /EXPIRES:2030/13/01",
		"UserExpiresSet bob /EXPIRES:\"2030/02/30 10:00:00\"",
		"UserExpiresSet bob /EXPIRES:\"2030/02/10 25:00:00\"",
		"UserExpiresSet bob /EXPIRES:\"2030/02/10 10:00:00 x\"",
		"RadiusServerSet 10.0.0.1:0 /SECRET:s /RETRY_INTERVAL:500",
		"RadiusServerSet :1812 /SECRET:s /RETRY_INTERVAL:500",
	};
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (vpncmd_line(w.v, bad[i]) != 38)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(json_array_size(w.calls), 1);
	}
	end(&w);
}

static void values_are_sent_in_one_form(void **state)
{
	struct world w;

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "SecureNatHostSet /MAC:5e:00.00-000001 /IP:10.0.0.1 "
					  "/MASK:24"),
			 0);
	assert_called(&w, 2, "SetSecureNATOption",
		      "{\"HubName_str\": \"Office\", \"UseNat_bool\": true, \"Mtu_u32\": 1500, "
		      "\"MacAddress_bin\": \"5E-00-00-00-00-01\", \"Ip_ip\": \"10.0.0.1\", "
		      "\"Mask_ip\": \"255.255.255.0\"}");
	assert_int_equal(vpncmd_line(w.v, "UserExpiresSet bob /EXPIRES:\"2030/01/02 03:04:05\""),
			 0);
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_array_get(w.calls, 4), "params"), "ExpireTime_dt")),
		"2030-01-01T18:04:05Z");
	setenv("TZ", "UTC", 1);
	tzset();
	end(&w);
}

static void what_is_missing_is_asked_for(void **state)
{
	static const char *const typed[] = {"zed", "none", "", "a note", NULL};
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	w.typed = typed;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "UserCreate"), 0);
	assert_string_equal(w.prompts, "User name: |Group (none: no group): |Full name: |Note: |");
	assert_called(
		&w, 1, "CreateUser",
		"{\"HubName_str\": \"Office\", \"Name_str\": \"zed\", \"GroupName_str\": \"\", "
		"\"Realname_utf\": \"\", \"Note_utf\": \"a note\", \"AuthType_u32\": 1, "
		"\"Auth_Password_str\": \"\"}");
	assert_int_equal(vpncmd_line(w.v, "UserCreate"), 38); /* nobody types any more */
	end(&w);
}

static void a_wrong_answer_is_asked_for_again(void **state)
{
	static const char *const typed[] = {"many", "7", NULL}, *const none[] = {"many", "7", NULL};
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	w.typed = typed;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "SetMaxSession"), 0);
	end(&w);
	begin(&w, (struct vpncmd_options){.hub = "office", .programming = true});
	w.answers = fine;
	w.typed = none;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "SetMaxSession"), 38);
	assert_non_null(strstr(printed(&w), "[PROMPT:0:Most sessions (0: no limit): ]"));
	end(&w);
}

static void a_password_is_typed_twice_and_not_shown(void **state)
{
	static const char *const typed[] = {"one", "other", "pw2", "pw2", NULL};
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	w.typed = typed;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "UserPasswordSet bob"), 0);
	assert_string_equal(w.prompts, "Password: *|Confirm: *|Password: *|Confirm: *|");
	assert_null(strstr(printed(&w), "pw2"));
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(json_array_get(w.calls, 2), "params"),
				    "Auth_Password_str")),
			    "pw2");
	end(&w);
}

static void policies_are_those_that_the_server_names(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "UserPolicySet bob /NAME:maxup /VALUE:100000"), 0);
	assert_called(&w, 2, "SetUser",
		      "{\"HubName_str\": \"Office\", \"Name_str\": \"bob\", \"GroupName_str\": "
		      "\"staff\", \"policy:Access_bool\": true, \"policy:MaxUpload_u32\": 100000, "
		      "\"policy:MaxMac_u32\": 0, \"policy:CheckMac_bool\": false, "
		      "\"UsePolicy_bool\": true}");
	assert_int_equal(vpncmd_line(w.v, "UserPolicySet bob /NAME:Max /VALUE:1"), 38);
	assert_non_null(strstr(printed(&w), "the beginning of several policies"));
	assert_int_equal(vpncmd_line(w.v, "UserPolicySet bob /NAME:Nope /VALUE:1"), 38);
	assert_int_equal(vpncmd_line(w.v, "UserPolicySet bob /NAME:Access /VALUE:maybe"), 38);
	assert_int_equal(vpncmd_line(w.v, "UserPolicySet bob /NAME:MaxUpload /VALUE:abc"), 38);
	assert_int_equal(json_array_size(w.calls), 7);
	assert_int_equal(vpncmd_line(w.v, "UserPolicyRemove bob"), 0);
	assert_true(json_is_false(json_object_get(
		json_object_get(json_array_get(w.calls, 8), "params"), "UsePolicy_bool")));
	end(&w);
}

static void a_group_is_shown_with_its_policies_and_users(void **state)
{
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){.hub = "office"});
	w.answers = fine;
	assert_true(vpncmd_begin(w.v));
	assert_int_equal(vpncmd_line(w.v, "GroupGet staff"), 0);
	assert_non_null(strstr(printed(&w),
			       "\nSecurity Policy Set for this Group\n"
			       "Policy name|Simple description of policy|Setting value\n"
			       "-----------+----------------------------+-------------\n"
			       "Access     |may log in                  |Yes\n"
			       "MaxMac     |MACs                        |3 addresses\n"
			       "Users of the group: 1\nbob\n"));
	end(&w);
}

static void the_shell_reads_until_it_is_told_to_stop(void **state)
{
	static const char *const typed[] = {"Hub office", "Nope", "", "exit", "IPsecGet", NULL},
				 *const last[] = {"IPsecGet", "Nope", NULL};
	struct world w;

	(void)state;
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	w.typed = typed;
	assert_int_equal(vpncmd_shell(w.v), 0);
	assert_string_equal(w.prompts, "VPN Server>|VPN Server/Office>|VPN Server/Office>|"
				       "VPN Server/Office>|");
	end(&w);
	begin(&w, (struct vpncmd_options){0});
	w.answers = fine;
	w.typed = last;
	assert_int_equal(vpncmd_shell(w.v), 117);
	end(&w);
}

static bool makes_two_fields(enum arg_kind kind)
{
	return kind == ARG_HOSTPORT || kind == ARG_NET || kind == ARG_NET6 || kind == ARG_MACS ||
	       kind == ARG_PORTS;
}

/* What run.c does not check at run time; and no kind of value is without a row. */
static void every_row_is_whole(void **state)
{
	unsigned long kinds = 0, shown = 0;
	unsigned n;

	(void)state;
	for (const struct verb *const *table = verb_tables; *table; table++) {
		for (const struct verb *verb = *table; verb->name; verb++) {
			bool unnamed = false;

			assert_ptr_equal(shell_find(verb->name, &n), verb); /* no name twice */
			assert_true((verb->method != NULL) + (verb->run != NULL) +
					    (verb->why_not != NULL) ==
				    1);
			assert_true(verb->purpose && *verb->purpose);
			assert_true(verb->output == PRINT_NOTHING || verb->columns);
			assert_true(!verb->before == !verb->keys);
			if (verb->constants) {
				json_t *constants = json_loads(verb->constants, 0, NULL);

				assert_true(json_is_object(constants));
				json_decref(constants);
			}
			for (const struct verb_arg *a = verb->args; a && a->name; a++) {
				assert_non_null(a->field);
				assert_true(a->help && *a->help);
				assert_false(unnamed && !*a->name);
				unnamed |= !*a->name;
				assert_true(a - verb->args < VERB_ARGS_MAX);
				assert_true(a->kind != ARG_CHOICE || a->choices);
				assert_true(makes_two_fields(a->kind) == (a->field2 != NULL));
				assert_true(a->kind != ARG_NUMBER || a->most > a->least);
				kinds |= 1UL << a->kind;
			}
			for (const struct verb_column *c = verb->columns; c && c->label; c++) {
				assert_true(c - verb->columns < VERB_COLUMNS_MAX);
				shown |= 1UL << c->kind;
			}
		}
	}
	assert_int_equal(kinds, (1UL << (ARG_HOSTPORT + 1)) - 1);
	assert_int_equal(shown, (1UL << (SHOW_LIMIT + 1)) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_cut_into_words),
		cmocka_unit_test(more_values_than_there_is_room_for_are_an_error),
		cmocka_unit_test(names_may_be_shortened),
		cmocka_unit_test(unknown_and_ambiguous_names_are_117),
		cmocka_unit_test(every_form_of_help_is_help),
		cmocka_unit_test(the_seeds_command_sets_five_values),
		cmocka_unit_test(a_boolean_is_yes_or_no),
		cmocka_unit_test(what_does_not_belong_is_an_error),
		cmocka_unit_test(items_are_printed_in_two_columns),
		cmocka_unit_test(csv_has_values_and_nothing_else),
		cmocka_unit_test(a_list_is_a_block_for_each_row),
		cmocka_unit_test(the_servers_error_is_the_exit_code),
		cmocka_unit_test(what_has_no_meaning_here_says_why),
		cmocka_unit_test(a_hub_is_chosen_as_the_server_spells_it),
		cmocka_unit_test(a_part_is_changed_and_the_rest_stays),
		cmocka_unit_test(values_are_checked_before_the_server_is_asked),
		cmocka_unit_test(values_are_sent_in_one_form),
		cmocka_unit_test(what_is_missing_is_asked_for),
		cmocka_unit_test(a_wrong_answer_is_asked_for_again),
		cmocka_unit_test(a_password_is_typed_twice_and_not_shown),
		cmocka_unit_test(policies_are_those_that_the_server_names),
		cmocka_unit_test(a_group_is_shown_with_its_policies_and_users),
		cmocka_unit_test(the_shell_reads_until_it_is_told_to_stop),
		cmocka_unit_test(every_row_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
