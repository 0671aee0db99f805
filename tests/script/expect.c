/*
 * expect: the lines of a script that judge. Called by commands.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define WITHIN_MS 40000 /* where a line says nothing */

/* Cuts "within 20s" off the end of the line. */
static bool within(struct script *s, uint64_t *ms)
{
	if (s->n_words < 3 || strcmp(s->words[s->n_words - 2], "within") != 0)
		return true;
	if (!script_time(s, s->words[s->n_words - 1], ms))
		return false;
	s->n_words -= 2;
	return true;
}

/* The word behind a counter's name: 3 is exactly 3, 3+ is 3 or more. */
static bool counter_is(struct script *s, uint64_t value)
{
	char *word = s->words[4];
	bool more = *word && word[strlen(word) - 1] == '+';
	unsigned want;

	if (more)
		word[strlen(word) - 1] = '\0';
	return script_number(s, word, &want) && (more ? value >= want : value == want);
}

/* ---- clients ---- */

struct state_wait {
	const struct client *c;
	enum lac_state state;
};

static bool in_state(void *ctx)
{
	const struct state_wait *w = ctx;

	return client_is(w->c, w->state);
}

static void expect_state(struct script *s, const struct client *c, enum lac_state state,
			 uint64_t ms)
{
	struct state_wait w = {c, state};
	const char *reason;

	if (world_until(s->world, ms, in_state, &w))
		return;
	reason = lac_down_reason(c->lac);
	script_fail(s, "%s is not %s but %s%s%s", c->name, lac_state_name(state),
		    lac_state_name(lac_get_state(c->lac)), reason ? ": " : "",
		    reason ? reason : "");
}

static void expect_down(struct script *s, const struct client *c, uint64_t ms)
{
	expect_state(s, c, LAC_DOWN, ms);
	if (s->failed || s->n_words == 3)
		return;
	if (s->n_words != 5 || strcmp(s->words[3], "reason") != 0)
		script_fail(s, "expect %s down [reason REASON] [within TIME]", c->name);
	else if (strcmp(s->words[4], lac_down_reason(c->lac)) != 0)
		script_fail(s, "%s went down for \"%s\", not for \"%s\"", c->name,
			    lac_down_reason(c->lac), s->words[4]);
}

/* expect A noted TEXT; expect A address 10.4.5.10; expect A dns 10.4.5.1 */
static void expect_value(struct script *s, const struct client *c)
{
	const char *what = s->words[2], *want = s->words[3];
	struct ip_addr ip;

	if (strcmp(what, "noted") == 0) {
		if (!client_noted(c, want))
			script_fail(s, "%s was not told \"%s\"", c->name, want);
		return;
	}
	if (!script_ip(s, want, &ip))
		return;
	if (strcmp(what, "address") == 0 && c->up.local_ip == ip4_of(&ip))
		return;
	if (strcmp(what, "peer") == 0 && c->up.peer_ip == ip4_of(&ip))
		return;
	if (strcmp(what, "dns") == 0 && c->up.dns[0] == ip4_of(&ip))
		return;
	script_fail(s, "the %s of %s is another one", what, c->name);
}

/* expect A told ike-renewed 8+ */
static void expect_told(struct script *s, const struct client *c)
{
	unsigned n = client_told(c, s->words[3]);

	if (!counter_is(s, n))
		script_fail(s, "%s was told %s %u times", c->name, s->words[3], n);
}

static void expect_client(struct script *s, const struct client *c, uint64_t ms)
{
	if (s->n_words == 3 && strcmp(s->words[2], "up") == 0)
		expect_state(s, c, LAC_UP, ms);
	else if (s->n_words >= 3 && strcmp(s->words[2], "down") == 0)
		expect_down(s, c, ms);
	else if (s->n_words > 3 && script_expect_packets(s, c))
		return;
	else if (s->n_words == 5 && strcmp(s->words[2], "told") == 0)
		expect_told(s, c);
	else if (s->n_words == 4)
		expect_value(s, c);
	else
		script_fail(s, "expect %s up|down|noted|address|peer|dns ...", c->name);
}

/* ---- the server ---- */

struct empty_wait {
	struct world *w;
	char what[128];
};

static bool is_empty(void *ctx)
{
	struct empty_wait *e = ctx;

	return check_empty(e->w, e->what, sizeof(e->what));
}

struct count_wait {
	struct world *w;
	unsigned n;
};

static bool has_sessions(void *ctx)
{
	const struct count_wait *c = ctx;

	return check_sessions(c->w) == c->n;
}

/* expect server empty; expect server sessions 1; expect server counter NAME 3 */
static void expect_server(struct script *s, uint64_t ms)
{
	struct empty_wait e = {.w = s->world};
	struct count_wait c = {.w = s->world};
	uint64_t value;

	if (s->n_words == 3 && strcmp(s->words[2], "empty") == 0) {
		if (!world_until(s->world, ms, is_empty, &e))
			script_fail(s, "the server still has %s", e.what);
	} else if (s->n_words == 4 && strcmp(s->words[2], "sessions") == 0) {
		if (script_number(s, s->words[3], &c.n) &&
		    !world_until(s->world, ms, has_sessions, &c))
			script_fail(s, "the server has %u sessions", check_sessions(s->world));
	} else if (s->n_words == 5 && strcmp(s->words[2], "counter") == 0) {
		value = check_counter(s->world, s->words[3]);
		if (value == UINT64_MAX)
			script_fail(s, "there is no counter \"%s\"", s->words[3]);
		else if (!counter_is(s, value))
			script_fail(s, "%s is %llu", s->words[3], (unsigned long long)value);
	} else {
		script_fail(s, "expect server empty|sessions N|counter NAME N [within TIME]");
	}
}

static void expect_attempts(struct script *s, const char *who)
{
	json_t *stories = api_explain(s->world->core, who);
	unsigned n = (unsigned)json_array_size(stories), wanted;

	json_decref(stories);
	if (script_number(s, s->words[4], &wanted) && n != wanted)
		script_fail(s, "explain tells of %u attempts", n);
}

/* expect explain WHO contains TEXT|attempts N; WHO: a user, an address, or anybody */
static void expect_explain(struct script *s)
{
	const char *who = s->n_words > 2 && strcmp(s->words[2], "anybody") ? s->words[2] : NULL;

	if (s->n_words == 5 && strcmp(s->words[3], "attempts") == 0) {
		expect_attempts(s, who);
		return;
	}
	if (s->n_words != 5 || strcmp(s->words[3], "contains") != 0) {
		script_fail(s, "expect explain WHO contains TEXT|attempts N");
		return;
	}
	if (!check_explained(s->world, who, s->words[4]))
		script_fail(s, "the story of %s has no \"%s\"", s->words[2], s->words[4]);
}

/* expect session USER FIELD TEXT: what show vpn-sessiondb has of the user's session. */
static void expect_session(struct script *s)
{
	json_t *sessions = api_sessions(s->world->core), *session;
	const char *found = NULL;
	size_t i;

	if (s->n_words != 5) {
		script_fail(s, "expect session USER FIELD TEXT");
		json_decref(sessions);
		return;
	}
	json_array_foreach(sessions, i, session)
	{
		const char *user = json_string_value(json_object_get(session, "user"));

		if (user && strcmp(user, s->words[2]) == 0)
			found = json_string_value(json_object_get(session, s->words[3]));
	}
	if (!found || !strstr(found, s->words[4]))
		script_fail(s, "the session of %s has %s \"%s\"", s->words[2], s->words[3],
			    found ? found : "-");
	json_decref(sessions);
}

void script_expect(struct script *s)
{
	uint64_t ms = WITHIN_MS;
	struct client *c;

	if (!within(s, &ms))
		return;
	if (s->n_words < 3) {
		script_fail(s, "expect CLIENT|server|explain ...");
		return;
	}
	world_settle(s->world);
	if (!s->world->core &&
	    (strcmp(s->words[1], "server") == 0 || strcmp(s->words[1], "session") == 0)) {
		script_fail(s, "the server was stopped");
	} else if (strcmp(s->words[1], "server") == 0) {
		expect_server(s, ms);
	} else if (strcmp(s->words[1], "explain") == 0) {
		expect_explain(s);
	} else if (strcmp(s->words[1], "session") == 0) {
		expect_session(s);
	} else {
		c = script_client(s, s->words[1]);
		if (c)
			expect_client(s, c, ms);
	}
}
