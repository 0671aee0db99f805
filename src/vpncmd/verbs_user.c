/*
 * Rows: users and groups of a virtual hub (softether.md 2.1, 2.2, 3.2; field names 4.2). Data for
 * shell.c and run.c; GroupGet makes two calls. Policies are in verbs_policy.c.
 */
#include <string.h>
#include <strings.h>

#include "verb.h"

#define NO_ALIAS "what the server of the users calls this one; none: the same name"
#define USER                                                                                       \
	{                                                                                          \
		"", "User name: ", "The user.", "Name_str", .kind = ARG_NAME                       \
	}
#define GROUP                                                                                      \
	{                                                                                          \
		"", "Group name: ", "The group.", "Name_str", .kind = ARG_NAME                     \
	}

static const struct verb_arg user_name[] = {USER, {.name = NULL}};
static const struct verb_arg group_name[] = {GROUP, {.name = NULL}};

static const struct verb_arg user_create[] = {
	{"", "User name: ",
	 "The name; * stands for every other name of a RADIUS server or an NT domain.", "Name_str",
	 .kind = ARG_NAME},
	{"GROUP", "Group (none: no group): ", "The group that it is in; none.", "GroupName_str",
	 .kind = ARG_OR_NONE},
	{"REALNAME", "Full name: ", "A person's name.", "Realname_utf", .kind = ARG_OR_NONE},
	{"NOTE", "Note: ",
	 "Any text. \"IPv4:\" with an address in it gives the user that address, \"MAC:\" that MAC "
	 "address.",
	 "Note_utf", .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_arg user_password[] = {
	USER,
	{"PASSWORD", "Password: ", "The new password.", "Auth_Password_str", .kind = ARG_SECRET},
	{.name = NULL},
};

static const struct verb_arg user_radius[] = {
	USER,
	{"ALIAS", "Name at the RADIUS server (none: the same): ", NO_ALIAS, "RadiusUsername_utf",
	 .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_arg user_ntlm[] = {
	USER,
	{"ALIAS", "Name in the NT domain (none: the same): ", NO_ALIAS, "NtUsername_utf",
	 .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_arg user_signed[] = {
	USER,
	{"CN", "Common name (none: any): ", "What the certificate's common name must be; none.",
	 "CommonName_utf", .kind = ARG_OR_NONE},
	{"SERIAL", "Serial number (none: any): ",
	 "What the certificate's serial number must be, in hexadecimal; none.", "Serial_bin",
	 .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_arg user_expires[] = {
	USER,
	{"EXPIRES", "End (\"YYYY/MM/DD hh:mm:ss\", none: never): ",
	 "When the user can connect no more, in local time; none: never.", "ExpireTime_dt",
	 .kind = ARG_DATE},
	{.name = NULL},
};

static const struct verb_arg group_create[] = {
	GROUP,
	{"REALNAME", "Full name: ", "What the group is called in full.", "Realname_utf",
	 .kind = ARG_OR_NONE},
	{"NOTE", "Note: ", "Any text.", "Note_utf", .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_arg group_join[] = {
	{"", "Group name: ", "The group.", "GroupName_str", .kind = ARG_NAME},
	{"USERNAME", "User name: ", "Who is in it from now on.", "Name_str", .kind = ARG_NAME},
	{.name = NULL},
};

#define AUTH_TYPES                                                                                 \
	"0=Anonymous_Authentication 1=Password_Authentication "                                    \
	"2=Individual_Certificate_Authentication 3=Signed_Certificate_Authentication "             \
	"4=RADIUS_Authentication 5=NT_Domain_Authentication"

static const struct verb_column user_list[] = {
	{"User Name", "Name_str", SHOW_TEXT, NULL},
	{"Full Name", "Realname_utf", SHOW_TEXT, NULL},
	{"Group Name", "GroupName_str", SHOW_DASH, NULL},
	{"Description", "Note_utf", SHOW_TEXT, NULL},
	{"Auth Method", "AuthType_u32", SHOW_CHOICE, AUTH_TYPES},
	{"Num Logins", "NumLogin_u32", SHOW_NUMBER, NULL},
	{"Last Login", "LastLoginTime_dt", SHOW_DATE, NULL},
	{"Expiration Date", "Expires_dt", SHOW_DATE, NULL},
	{"Transfer Bytes", "Ex.Recv.UnicastBytes_u64 Ex.Send.UnicastBytes_u64", SHOW_NUMBER, NULL},
	{"Transfer Packets", "Ex.Recv.UnicastCount_u64 Ex.Send.UnicastCount_u64", SHOW_NUMBER,
	 NULL},
	{.label = NULL},
};

static const struct verb_column user_get[] = {
	{"User Name", "Name_str", SHOW_TEXT, NULL},
	{"Full Name", "Realname_utf", SHOW_TEXT, NULL},
	{"Description", "Note_utf", SHOW_TEXT, NULL},
	{"Group Name", "GroupName_str", SHOW_DASH, NULL},
	{"Expiration Date", "ExpireTime_dt", SHOW_DATE, NULL},
	{"Auth Type", "AuthType_u32", SHOW_CHOICE, AUTH_TYPES},
	{"Created on", "CreatedTime_dt", SHOW_DATE, NULL},
	{"Updated on", "UpdatedTime_dt", SHOW_DATE, NULL},
	{"Outgoing Unicast Packets", "Send.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Outgoing Unicast Total Size", "Send.UnicastBytes_u64", SHOW_BYTES, NULL},
	{"Incoming Unicast Packets", "Recv.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Incoming Unicast Total Size", "Recv.UnicastBytes_u64", SHOW_BYTES, NULL},
	{"Number of Logins", "NumLogin_u32", SHOW_NUMBER, NULL},
	{.label = NULL},
};

static const struct verb_column group_list[] = {
	{"Group Name", "Name_str", SHOW_TEXT, NULL},
	{"Full Name", "Realname_utf", SHOW_TEXT, NULL},
	{"Description", "Note_utf", SHOW_TEXT, NULL},
	{"Num Users", "NumUsers_u32", SHOW_NUMBER, NULL},
	{.label = NULL},
};

static const struct verb_column group_get[] = {
	{"Group Name", "Name_str", SHOW_TEXT, NULL},
	{"Full Name", "Realname_utf", SHOW_TEXT, NULL},
	{"Description", "Note_utf", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_column user_line[] = {{"User Name", "Name_str", SHOW_TEXT, NULL},
					       {.label = NULL}};

static const struct verb print_user = {
	.output = PRINT_ITEMS, .columns = user_get, .method = "GetUser"};
static const struct verb print_group = {
	.output = PRINT_ITEMS, .columns = group_get, .method = "GetGroup"};
static const struct verb print_members = {
	.output = PRINT_LINES, .columns = user_line, .list = "UserList"};

static unsigned get_user(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	unsigned error;
	json_t *user = run_call(v, "GetUser", json_incref(args), &error);

	(void)verb;
	if (!user)
		return error;
	print_answer(v, &print_user, user);
	policy_print(v, "User", user);
	json_decref(user);
	return 0;
}

/* Its users are those of the hub that name it. */
static void print_users_of(struct vpncmd *v, const char *group, json_t *users)
{
	json_t *list = json_object_get(users, "UserList");

	for (size_t i = json_array_size(list); i-- > 0;) {
		const char *of = json_string_value(
			json_object_get(json_array_get(list, i), "GroupName_str"));

		if (!of || strcasecmp(of, group) != 0)
			json_array_remove(list, i);
	}
	fprintf(v->io.out, "Users of the group: %zu\n", json_array_size(list));
	print_answer(v, &print_members, users);
}

static unsigned get_group(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	unsigned error;
	json_t *group = run_call(v, "GetGroup", json_incref(args), &error), *users;

	(void)verb;
	if (!group)
		return error;
	print_answer(v, &print_group, group);
	policy_print(v, "Group", group);
	users = run_call(v, "EnumUser",
			 json_pack("{s:O}", "HubName_str", json_object_get(args, "HubName_str")),
			 &error);
	if (users && !v->o.csv)
		print_users_of(v, json_string_value(json_object_get(group, "Name_str")), users);
	json_decref(users);
	json_decref(group);
	return error;
}

#define CHANGES_USER                                                                               \
	.scope = VERB_HUB, .method = "SetUser", .before = "GetUser", .keys = "HubName_str Name_str"
#define CHANGES_GROUP                                                                              \
	.scope = VERB_HUB, .method = "SetGroup", .before = "GetGroup",                             \
	.keys = "HubName_str Name_str"

const struct verb verbs_user[] = {
	{.name = "UserList",
	 .purpose = "list the virtual hub's users",
	 .scope = VERB_HUB,
	 .method = "EnumUser",
	 .output = PRINT_BLOCKS,
	 .list = "UserList",
	 .columns = user_list},
	{.name = "UserCreate",
	 .purpose = "make a user",
	 .help = "It cannot log in until it has a password or another way to authenticate.",
	 .scope = VERB_HUB,
	 .args = user_create,
	 .method = "CreateUser",
	 .constants = "{\"AuthType_u32\": 1, \"Auth_Password_str\": \"\"}"},
	{.name = "UserSet", .purpose = "change a user", .args = user_create, CHANGES_USER},
	{.name = "UserDelete",
	 .purpose = "delete a user",
	 .scope = VERB_HUB,
	 .args = user_name,
	 .method = "DeleteUser"},
	{.name = "UserGet",
	 .purpose = "show a user with its policies",
	 .scope = VERB_HUB,
	 .args = user_name,
	 .run = get_user},
	{.name = "UserAnonymousSet",
	 .purpose = "let a user in without a password",
	 .args = user_name,
	 .constants = "{\"AuthType_u32\": 0}",
	 CHANGES_USER},
	{.name = "UserPasswordSet",
	 .purpose = "give a user a password",
	 .args = user_password,
	 .constants = "{\"AuthType_u32\": 1}",
	 CHANGES_USER},
	{.name = "UserRadiusSet",
	 .purpose = "have a RADIUS server authenticate a user",
	 .args = user_radius,
	 .constants = "{\"AuthType_u32\": 4}",
	 CHANGES_USER},
	{.name = "UserNTLMSet",
	 .purpose = "have an NT domain authenticate a user",
	 .args = user_ntlm,
	 .constants = "{\"AuthType_u32\": 5}",
	 CHANGES_USER},
	{.name = "UserSignedSet",
	 .purpose = "have a user authenticate by a certificate of one of the hub's CAs",
	 .args = user_signed,
	 .constants = "{\"AuthType_u32\": 3}",
	 CHANGES_USER},
	{.name = "UserExpiresSet",
	 .purpose = "say when a user can connect no more",
	 .args = user_expires,
	 CHANGES_USER},
	{.name = "GroupList",
	 .purpose = "list the virtual hub's groups",
	 .scope = VERB_HUB,
	 .method = "EnumGroup",
	 .output = PRINT_BLOCKS,
	 .list = "GroupList",
	 .columns = group_list},
	{.name = "GroupCreate",
	 .purpose = "make a group",
	 .scope = VERB_HUB,
	 .args = group_create,
	 .method = "CreateGroup"},
	{.name = "GroupSet", .purpose = "change a group", .args = group_create, CHANGES_GROUP},
	{.name = "GroupDelete",
	 .purpose = "delete a group; its users are in none then",
	 .scope = VERB_HUB,
	 .args = group_name,
	 .method = "DeleteGroup"},
	{.name = "GroupGet",
	 .purpose = "show a group with its policies and users",
	 .scope = VERB_HUB,
	 .args = group_name,
	 .run = get_group},
	{.name = "GroupJoin",
	 .purpose = "put a user into a group",
	 .args = group_join,
	 CHANGES_USER},
	{.name = "GroupUnjoin",
	 .purpose = "take a user out of its group",
	 .args = user_name,
	 .constants = "{\"GroupName_str\": \"\"}",
	 CHANGES_USER},
	{.name = NULL},
};
