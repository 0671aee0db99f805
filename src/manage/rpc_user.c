/*
 * rpc_user: calls about users and groups of a virtual hub (softether.md 2.2, 4.2); their policies
 * are rpc_policy.c's. Called by rpc.c.
 */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "rpc.h"

/* ---- users ---- */

/* Years of the server's clock as a moment; config keeps YYYYMMDDhhmmss. */
static json_t *expires_json(uint64_t local)
{
	struct tm tm = {
		.tm_year = (int)(local / 10000000000) - 1900,
		.tm_mon = (int)(local / 100000000 % 100) - 1,
		.tm_mday = (int)(local / 1000000 % 100),
		.tm_hour = (int)(local / 10000 % 100),
		.tm_min = (int)(local / 100 % 100),
		.tm_sec = (int)(local % 100),
		.tm_isdst = -1,
	};

	return local ? rpc_time(mktime(&tm)) : json_string("");
}

static unsigned auth_number(enum cfg_auth auth)
{
	static const unsigned numbers[] = {
		[CFG_AUTH_ANONYMOUS] = 0, [CFG_AUTH_PASSWORD] = 1, [CFG_AUTH_CERTIFICATE] = 2,
		[CFG_AUTH_SIGNED] = 3,    [CFG_AUTH_RADIUS] = 4,   [CFG_AUTH_NT_DOMAIN] = 5,
	};

	return numbers[auth];
}

static json_t *user_json(const struct cfg_hub_user *u)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "Name_str", u->login.name, "GroupName_str",
			 u->group, "Realname_utf", u->realname, "Note_utf", u->note, "AuthType_u32",
			 (int)auth_number(u->auth));
}

static void enum_user(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	json_t *list = json_array();

	json_object_set_new(r->result, "UserList", list);
	for (unsigned i = 0; h && i < h->n_users; i++) {
		json_t *o = user_json(&h->users[i]);

		json_object_set_new(o, "Expires_dt", expires_json(h->users[i].expires));
		json_array_append_new(list, o);
	}
}

static const struct cfg_hub_user *find_user(struct rpc *r, const struct cfg_hub *h)
{
	const char *name = rpc_text(r, "Name_str");
	const struct cfg_hub_user *u = h ? config_hub_user(h, name, strlen(name)) : NULL;

	if (h && !u)
		rpc_fail(r, RPC_OBJECT_NOT_FOUND, "The virtual hub \"%s\" has no user \"%s\".",
			 h->name, name);
	return u;
}

/* The policies of a user's group, "" for none. */
static const struct cfg_hub_policy *over(const struct cfg_hub *h, const char *group)
{
	const struct cfg_hub_group *g = config_hub_group(h, group);

	return g ? &g->policy : NULL;
}

static void get_user(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_user *u = find_user(r, h);

	if (!u)
		return;
	json_object_update_new(r->result, user_json(u));
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	json_object_set_new(r->result, "ExpireTime_dt", expires_json(u->expires));
	rpc_put_policies(r, &u->policy, over(h, u->group));
}

static void put_text(struct rpc *r, const char *field, const char *command)
{
	const char *text = rpc_text(r, field);

	if (*text)
		rpc_command(r, "%s %q", command, text);
	else if (rpc_has(r, field))
		rpc_command(r, "no %s", command);
}

/* A moment as the server's clock shows it; "" is never. */
static void put_expires(struct rpc *r)
{
	const char *text = rpc_text(r, "ExpireTime_dt");
	struct tm tm = {0}, local;
	char date[32], hour[32];
	time_t t;

	if (!rpc_has(r, "ExpireTime_dt"))
		return;
	if (!*text) {
		rpc_command(r, "no expires");
		return;
	}
	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		rpc_fail(r, RPC_INVALID_PARAMETER,
			 "\"%s\" is no date such as 2030-01-31T18:00:00Z.", text);
		return;
	}
	t = timegm(&tm);
	localtime_r(&t, &local);
	strftime(date, sizeof(date), "%Y/%m/%d", &local);
	strftime(hour, sizeof(hour), "%H:%M:%S", &local);
	rpc_command(r, "expires %q %q", date, hour);
}

/* A password that is not given stays as it is. */
static void put_auth(struct rpc *r, const struct cfg_hub_user *u)
{
	const char *password = rpc_text(r, "Auth_Password_str");
	uint64_t type = rpc_number(r, "AuthType_u32");

	if (!rpc_has(r, "AuthType_u32") ||
	    (u && auth_number(u->auth) == type && !*password && !rpc_has(r, "RadiusUsername_utf") &&
	     !rpc_has(r, "NtUsername_utf")))
		return;
	if (type == 0)
		rpc_command(r, "auth anonymous");
	else if (type == 1 && *password)
		rpc_command(r, "auth password %q", password);
	else if (type == 1)
		rpc_command(r, "auth password");
	else if (type == 3 && *rpc_text(r, "CommonName_utf"))
		rpc_command(r, "auth signed cn %q", rpc_text(r, "CommonName_utf"));
	else if (type == 3)
		rpc_command(r, "auth signed");
	else if (type == 4 && *rpc_text(r, "RadiusUsername_utf"))
		rpc_command(r, "auth radius %q", rpc_text(r, "RadiusUsername_utf"));
	else if (type == 4)
		rpc_command(r, "auth radius");
	else if (type == 5 && *rpc_text(r, "NtUsername_utf"))
		rpc_command(r, "auth nt-domain %q", rpc_text(r, "NtUsername_utf"));
	else if (type == 5)
		rpc_command(r, "auth nt-domain");
	else
		rpc_fail(r, RPC_INVALID_PARAMETER, "There is no such way to authenticate.");
}

static bool group_is_there(struct rpc *r, const struct cfg_hub *h)
{
	const char *group = rpc_text(r, "GroupName_str");

	if (!*group || config_hub_group(h, group))
		return true;
	rpc_fail(r, RPC_GROUP_NOT_FOUND, "The virtual hub \"%s\" has no group \"%s\".", h->name,
		 group);
	return false;
}

static void write_user(struct rpc *r, const struct cfg_hub *h, const struct cfg_hub_user *u)
{
	static const struct cfg_hub_policy none;

	if (!group_is_there(r, h))
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "user %q", u ? u->login.name : rpc_text(r, "Name_str"));
	put_text(r, "Realname_utf", "realname");
	put_text(r, "Note_utf", "note");
	put_text(r, "GroupName_str", "group");
	put_expires(r);
	put_auth(r, u);
	rpc_set_policies(r, u ? &u->policy : &none,
			 over(h, u ? u->group : rpc_text(r, "GroupName_str")));
}

static void create_user(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const char *name = rpc_text(r, "Name_str");

	if (!h)
		return;
	if (config_hub_user(h, name, strlen(name))) {
		rpc_fail(r, RPC_USER_EXISTS, "The virtual hub \"%s\" has a user \"%s\" already.",
			 h->name, name);
		return;
	}
	write_user(r, h, NULL);
	/* `*` can be made in one step only: by itself it has no password that could be checked */
	if (strcmp(name, "*") == 0 && rpc_number(r, "AuthType_u32") == 1)
		rpc_command(r, "auth radius");
}

static void set_user(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_user *u = find_user(r, h);

	if (u)
		write_user(r, h, u);
}

static void delete_user(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_user *u = find_user(r, h);

	if (!u)
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "no user %q", u->login.name);
}

/* ---- groups ---- */

static json_t *group_json(const struct cfg_hub_group *g)
{
	return json_pack("{s:s, s:s, s:s}", "Name_str", g->name, "Realname_utf", g->realname,
			 "Note_utf", g->note);
}

static unsigned members(const struct cfg_hub *h, const struct cfg_hub_group *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n_users; i++)
		n += strcasecmp(h->users[i].group, g->name) == 0;
	return n;
}

static void enum_group(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	json_t *list = json_array();

	json_object_set_new(r->result, "GroupList", list);
	for (unsigned i = 0; h && i < h->n_groups; i++) {
		json_t *o = group_json(&h->groups[i]);

		json_object_set_new(o, "NumUsers_u32", json_integer(members(h, &h->groups[i])));
		json_array_append_new(list, o);
	}
}

static const struct cfg_hub_group *find_group(struct rpc *r, const struct cfg_hub *h)
{
	const char *name = rpc_text(r, "Name_str");
	const struct cfg_hub_group *g = h ? config_hub_group(h, name) : NULL;

	if (h && !g)
		rpc_fail(r, RPC_OBJECT_NOT_FOUND, "The virtual hub \"%s\" has no group \"%s\".",
			 h->name, name);
	return g;
}

static void get_group(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_group *g = find_group(r, h);

	if (!g)
		return;
	json_object_update_new(r->result, group_json(g));
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	rpc_put_policies(r, &g->policy, NULL);
}

static void write_group(struct rpc *r, const struct cfg_hub *h, const struct cfg_hub_group *g)
{
	static const struct cfg_hub_policy none;

	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "group %q", g ? g->name : rpc_text(r, "Name_str"));
	put_text(r, "Realname_utf", "realname");
	put_text(r, "Note_utf", "note");
	rpc_set_policies(r, g ? &g->policy : &none, NULL);
}

static void create_group(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const char *name = rpc_text(r, "Name_str");

	if (!h)
		return;
	if (config_hub_group(h, name)) {
		rpc_fail(r, RPC_GROUP_EXISTS, "The virtual hub \"%s\" has a group \"%s\" already.",
			 h->name, name);
		return;
	}
	write_group(r, h, NULL);
}

static void set_group(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_group *g = find_group(r, h);

	if (g)
		write_group(r, h, g);
}

/* Its users are in no group then. */
static void delete_group(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_hub_group *g = find_group(r, h);

	if (!g)
		return;
	for (unsigned i = 0; i < h->n_users; i++) {
		if (strcasecmp(h->users[i].group, g->name) != 0)
			continue;
		rpc_command(r, "hub %q", h->name);
		rpc_command(r, "user %q", h->users[i].login.name);
		rpc_command(r, "no group");
	}
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "no group %q", g->name);
}

const struct rpc_row rpc_user_rows[] = {
	{"EnumUser", enum_user, false},
	{"GetUser", get_user, false},
	{"CreateUser", create_user, false},
	{"SetUser", set_user, false},
	{"DeleteUser", delete_user, false},
	{"EnumGroup", enum_group, false},
	{"GetGroup", get_group, false},
	{"CreateGroup", create_group, false},
	{"SetGroup", set_group, false},
	{"DeleteGroup", delete_group, false},
	{NULL, NULL, false},
};
