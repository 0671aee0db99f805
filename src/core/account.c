/*
 * account: from the name that a client typed to profile, hub and user, by the table in DESIGN.md
 * section 4; and what a hub's user may do (softether.md 2.1, 2.2). Called by session_ppp. Checks
 * no password.
 */
#include "core_i.h"

#include <time.h>

#define DEFAULT_PROFILE "DefaultRAGroup"

/* RFC 2759 section 6, RFC 2433 section 9 */
enum { ERROR_ACCT_DISABLED = 647, ERROR_NO_DIALIN_PERMISSION = 649 };

/* ---- names ---- */

/* Two parts of a name, and their texts terminated. */
struct parts {
	struct bytes user;
	char place[CFG_NAME_MAX + 1];
};

static bool copy_name(char out[CFG_NAME_MAX + 1], struct bytes b)
{
	if (b.len == 0 || b.len > CFG_NAME_MAX || memchr(b.p, '\0', b.len))
		return false;
	memcpy(out, b.p, b.len);
	out[b.len] = '\0';
	return true;
}

/* PLACE\USER at the first backslash, else USER@PLACE at the last @. */
static bool split(struct bytes typed, struct parts *out)
{
	const uint8_t *slash = typed.len ? memchr(typed.p, '\\', typed.len) : NULL;
	const uint8_t *at = typed.len && !slash ? memrchr(typed.p, '@', typed.len) : NULL;
	const uint8_t *cut = slash ? slash : at;
	struct bytes left, right;

	if (!cut)
		return false;
	left = (struct bytes){typed.p, (size_t)(cut - typed.p)};
	right = (struct bytes){cut + 1, typed.len - left.len - 1};
	out->user = slash ? right : left;
	return out->user.len > 0 && copy_name(out->place, slash ? left : right);
}

/* ---- users ---- */

static void take_hub_user(struct account *a, struct bytes name)
{
	if (a->user || !a->hub)
		return;
	a->hub_user = config_hub_user(a->hub, (const char *)name.p, name.len);
	if (!a->hub_user)
		return;
	a->user = &a->hub_user->login;
	a->bare = name;
}

static void take_local_user(const struct config *cfg, struct account *a, struct bytes name)
{
	if (a->user)
		return;
	a->user = config_user(cfg, (const char *)name.p, name.len);
	if (a->user)
		a->bare = name;
}

/* The hub's users first, `*` stands for those that it does not have, then LOCAL. second is
 * tried when first is nobody's name; it may be empty. */
static void take_user(const struct config *cfg, struct account *a, struct bytes first,
		      struct bytes second, bool local)
{
	take_hub_user(a, first);
	take_hub_user(a, second);
	if (!a->user) {
		take_hub_user(a, (struct bytes){(const uint8_t *)"*", 1});
		a->bare = second.len ? second : first;
	}
	if (local) {
		take_local_user(cfg, a, first);
		take_local_user(cfg, a, second);
	}
}

static void nobody(struct account *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void nobody(struct account *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!a->user)
		vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
}

static const char *hub_text(const struct account *a)
{
	return a->hub ? a->hub->name : "none";
}

/* A group as x in user@x: its profile; strip-group says whether AAA sees the name whole. */
static void by_group(const struct config *cfg, struct bytes typed, const struct parts *p,
		     const struct cfg_tunnel_group *g, struct account *a)
{
	struct bytes none = {NULL, 0};

	a->group = g;
	a->hub = config_group_hub(cfg, g);
	take_user(cfg, a, g->strip_group ? p->user : typed, g->strip_group ? none : p->user, true);
	nobody(a, "tunnel group %s: neither its hub (%s) nor LOCAL has such a user", g->name,
	       hub_text(a));
}

/* A hub as x: its users; LOCAL's are only in the hub of their profile. */
static void by_hub(const struct config *cfg, const struct parts *p, const struct cfg_hub *h,
		   struct account *a)
{
	const struct cfg_hub *own = config_group_hub(cfg, a->group);

	a->hub = h;
	take_user(cfg, a, p->user, (struct bytes){NULL, 0}, own == h);
	nobody(a, "the hub %s has no such user%s", h->name,
	       own == h ? ", and LOCAL has none" : "; LOCAL's users have another hub");
}

static void by_whole(const struct config *cfg, struct bytes typed, const struct parts *p,
		     struct account *a)
{
	struct bytes name = p && a->group->strip_realm ? p->user : typed;

	a->hub = config_group_hub(cfg, a->group);
	take_user(cfg, a, name, (struct bytes){NULL, 0}, true);
	if (p)
		nobody(a,
		       "\"%s\" is no tunnel group and no hub, so the name was taken whole: neither "
		       "the hub %s nor LOCAL has it",
		       p->place, hub_text(a));
	else
		nobody(a, "neither the hub %s nor LOCAL has such a user", hub_text(a));
}

void account_find(const struct config *cfg, struct bytes typed, struct account *out)
{
	const struct cfg_tunnel_group *g;
	const struct cfg_hub *h;
	struct parts p;
	bool two = split(typed, &p);

	*out = (struct account){.group = config_group(cfg, DEFAULT_PROFILE), .bare = typed};
	g = two ? config_group(cfg, p.place) : NULL;
	h = two ? config_hub(cfg, p.place) : NULL;
	if (g && !g->l2l)
		by_group(cfg, typed, &p, g, out);
	else if (h)
		by_hub(cfg, &p, h, out);
	else
		by_whole(cfg, typed, two ? &p : NULL, out);
}

/* ---- sessions ---- */

const struct cfg_user *account_of_session(const struct session *s, const struct config *cfg)
{
	const char *name = name_text(s->user);
	const struct cfg_hub *h = config_hub(cfg, name_text(s->hub_name));
	const struct cfg_hub_user *u;

	if (!s->hub_user)
		return config_user(cfg, name, strlen(name));
	u = h ? config_hub_user(h, name, strlen(name)) : NULL;
	return u ? &u->login : NULL;
}

/* Whom access rules may name: on a hub a name is its own user's, else LOCAL's. Who came as `*` has
 * the name that was typed. Groups are the hub's. */
static bool take_access_names(struct session *s, const struct account *a)
{
	const char *of = a->hub_user ? a->hub_user->group : "";
	struct name *user, *group = of[0] ? name_numbered(s->core, of) : NULL;
	char typed[CFG_NAME_MAX + 1];

	user = name_numbered(s->core, copy_name(typed, a->bare) ? typed : a->user->name);
	name_put(s->core, s->access_user);
	name_put(s->core, s->access_group);
	s->access_user = user;
	s->access_group = group;
	return user && (group || !of[0]);
}

void account_judged_by(const struct session *s, struct dp_judged *out)
{
	const struct cfg_hub *h = config_hub(s->core->config, name_text(s->hub_name));
	const char *name = name_text(s->user);
	const struct cfg_hub_user *u =
		h && s->hub_user ? config_hub_user(h, name, strlen(name)) : NULL;

	out->user = s->access_user ? s->access_user->number : ACCESS_ANYONE;
	out->group = s->access_group ? s->access_group->number : ACCESS_ANYONE;
	if (u)
		config_hub_policies(h, u, &out->policy);
	else
		hub_policy_standard(&out->policy);
}

bool account_become(struct session *s, const struct account *a)
{
	/* no name has a control character: it cannot be LOCAL's */
	char key[2 * CFG_NAME_MAX + 2];
	const char *hub = a->hub ? a->hub->name : "";

	snprintf(key, sizeof(key), "%s%s%s", a->hub_user ? hub : "", a->hub_user ? "\n" : "",
		 a->user->name);
	if (strcmp(name_text(s->account), key) != 0 || strcmp(name_text(s->hub_name), hub) != 0) {
		address_release(s); /* renegotiated as another user */
		session_log_out(s);
	}
	s->hub_user = a->hub_user != NULL;
	return name_set(s->core, &s->account, key) && name_set(s->core, &s->hub_name, hub) &&
	       name_set(s->core, &s->user, a->user->name) &&
	       name_set(s->core, &s->tunnel_group, a->group->name) && take_access_names(s, a);
}

/* ---- admission ---- */

/* The clock of this server as the number YYYYMMDDhhmmss. */
static uint64_t clock_now(const struct core *c)
{
	time_t wall = (time_t)c->os->wall_s(c->os->ctx);
	struct tm t;

	if (!localtime_r(&wall, &t))
		return 0;
	return (uint64_t)(t.tm_year + 1900) * UINT64_C(10000000000) +
	       (uint64_t)(t.tm_mon + 1) * 100000000 + (uint64_t)t.tm_mday * 1000000 +
	       (uint64_t)t.tm_hour * 10000 + (uint64_t)t.tm_min * 100 + (uint64_t)t.tm_sec;
}

bool account_is_current(const struct peer *p, const struct cfg_hub *h, const struct cfg_hub_user *u)
{
	return !u->expires || clock_now(p->core) <= u->expires ||
	       story_refuse(p, "account-expired", "the user %s of the hub %s has expired",
			    u->login.name, h->name);
}

bool account_has_room(const struct peer *p, const struct cfg_user *u, uint32_t others,
		      uint32_t most)
{
	return !most || others < most ||
	       story_refuse(p, "policy-multi-logins",
			    "%s has %u sessions already, and the policy MultiLogins is %u", u->name,
			    others, most);
}

/* Those of the account beside this session and those that it takes the place of. */
static uint32_t other_logins(const struct session *s)
{
	uint32_t n = s->account->n_ports;

	list_each (&s->account->logins, it)
		n += !session_replaces(s, list_entry(it, struct session, login_node));
	return n;
}

static bool policies_admit(struct session *s, const struct account *a)
{
	const struct cfg_hub_user *u = a->hub_user;
	uint32_t v;

	if (config_hub_policy(a->hub, u, CFG_POLICY_ACCESS, &v) && !v)
		return story_refuse(s->peer, "policy-access", "the policy Access of %s is no",
				    u->login.name);
	if (config_hub_policy(a->hub, u, CFG_POLICY_MULTI_LOGINS, &v) &&
	    !account_has_room(s->peer, &u->login, other_logins(s), v))
		return false;
	s->silence_s = config_hub_policy(a->hub, u, CFG_POLICY_TIMEOUT, &v) ? (uint8_t)v : 0;
	s->auto_disconnect = config_hub_policy(a->hub, u, CFG_POLICY_AUTO_DISCONNECT, &v) && v &&
			     v < s->session_s;
	if (s->auto_disconnect)
		s->session_s = v;
	return true;
}

bool account_admits(struct session *s, const struct account *a, uint16_t *error)
{
	const struct cfg_hub_user *u = a->hub_user;

	*error = ERROR_NO_DIALIN_PERMISSION;
	s->silence_s = 0;
	s->auto_disconnect = false;
	if (!hub_admits(s, a))
		return false;
	if (!u)
		return true;
	if (!account_is_current(s->peer, a->hub, u)) {
		*error = ERROR_ACCT_DISABLED;
		return false;
	}
	return policies_admit(s, a);
}
