/*
 * command: the exec commands. One row says the words, the help and what runs.
 * Called by control. Reaches the server only through core/api.h.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/grammar.h"
#include "core/api.h"
#include "text.h"

enum id {
	SHOW_SESSIONS,
	SHOW_SESSIONS_DETAIL,
	SHOW_IKE,
	SHOW_IPSEC,
	SHOW_CONFIG,
	SHOW_POOLS,
	SHOW_COUNTERS,
	SHOW_VERSION,
	LOGOFF_INDEX,
	LOGOFF_NAME,
	LOGOFF_IP,
	LOGOFF_ALL,
	EXPLAIN,
	DEBUG_KEYS,
	NO_DEBUG_KEYS,
	SHOW_DEBUG,
	RELOAD,
	HELP,
};

static const struct grammar_row rows[] = {
	{"show vpn-sessiondb", "the sessions and their counters", SHOW_SESSIONS, NULL},
	{"show vpn-sessiondb detail",
	 "the same with the client system, what is special about it, NAT", SHOW_SESSIONS_DETAIL,
	 NULL},
	{"show crypto ikev1 sa", "ISAKMP security associations", SHOW_IKE, NULL},
	{"show crypto ipsec sa", "ESP security associations", SHOW_IPSEC, NULL},
	{"show running-config", "the configuration in force, secrets masked", SHOW_CONFIG, NULL},
	{"show ip local pool [POOL]", "address pools and their use", SHOW_POOLS, NULL},
	{"show counters", "dropped packets by reason, and what the workers did", SHOW_COUNTERS,
	 NULL},
	{"show version", "version, up time", SHOW_VERSION, NULL},
	{"vpn-sessiondb logoff index NUMBER<1-4294967294>", "end one session", LOGOFF_INDEX, NULL},
	{"vpn-sessiondb logoff name USER", "end a user's sessions", LOGOFF_NAME, NULL},
	{"vpn-sessiondb logoff ipaddress IP", "end the session of an assigned address", LOGOFF_IP,
	 NULL},
	{"vpn-sessiondb logoff all", "end every session", LOGOFF_ALL, NULL},
	{"explain [WHO]",
	 "what happened to connection attempts, of everybody or of an address or "
	 "user, and what to do",
	 EXPLAIN, NULL},
	{"debug crypto ikev1 keys",
	 "DANGEROUS: write the keys of new SAs to the log, for Wireshark; until the engine ends",
	 DEBUG_KEYS, NULL},
	{"no debug crypto ikev1 keys", "stop writing keys to the log", NO_DEBUG_KEYS, NULL},
	{"show debug", "what `debug` has switched on", SHOW_DEBUG, NULL},
	{"configure memory", "read the configuration file again and apply it", RELOAD, NULL},
	{"help", "this list", HELP, NULL},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

void answer_wipe(struct answer *a)
{
	free(a->text);
	json_decref(a->data);
	*a = (struct answer){0};
}

static struct answer said(bool ok, const char *text)
{
	return (struct answer){.ok = ok, .text = strdup(text)};
}

static struct answer with(json_t *data, char *text)
{
	return (struct answer){.ok = true, .text = text, .data = data};
}

static struct answer show_sessions(struct core *c, bool detail)
{
	json_t *sessions = api_sessions(c), *summary = api_summary(c);
	struct answer a = with(sessions, text_sessions(sessions, summary, detail));

	json_decref(summary);
	return a;
}

static struct answer show_config(struct core *c)
{
	json_t *data = api_running_config(c);
	const char *text = json_string_value(data);

	return with(data, text ? strdup(text) : NULL);
}

static struct answer help(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return said(false, "memory is short");
	for (size_t i = 0; i < N_ROWS; i++)
		fprintf(f, "  %-50s %s\n", rows[i].grammar, rows[i].help);
	fclose(f);
	return (struct answer){.ok = true, .text = text};
}

static struct answer logoff(struct core *c, enum api_logoff_by by, const char *value)
{
	unsigned n = api_logoff(c, by, value);
	char text[80];
	struct answer a;

	if (!n) {
		snprintf(text, sizeof(text), "no such session");
		return said(false, text);
	}
	snprintf(text, sizeof(text), "INFO: Number of sessions logged off : %u", n);
	a = said(true, text);
	a.data = json_pack("{s:i}", "logged_off", (int)n);
	return a;
}

static struct answer reload(const struct manage_config *m)
{
	char error[512];

	if (!m->reload)
		return said(false, "this server cannot read its file again");
	if (!m->reload(m->reload_ctx, error, sizeof(error)))
		return said(false, error);
	return said(true, "the configuration was read and applied");
}

/* Word of the first capture, or NULL. */
static const char *value_of(const struct grammar_match *m)
{
	return m->cap[0].set ? m->cap[0].word.text : NULL;
}

static struct answer show_pools(struct core *c, const char *name)
{
	json_t *pools = api_pools(c);

	for (size_t i = json_array_size(pools); name && i-- > 0;) {
		const json_t *p = json_array_get(pools, i);
		const char *has = json_string_value(json_object_get(p, "name"));

		if (!has || strcmp(has, name) != 0)
			json_array_remove(pools, i);
	}
	if (name && json_array_size(pools) == 0) {
		json_decref(pools);
		return said(false, "there is no pool of this name");
	}
	return with(pools, text_pools(pools));
}

static struct answer explain(struct core *c, const char *who)
{
	json_t *stories = api_explain(c, who);

	return with(stories, text_explain(stories));
}

static struct answer debug_keys(struct core *c, bool on)
{
	api_debug_keys(c, on);
	return with(
		api_debug(c),
		strdup(on ? "DANGEROUS: the log has the keys of new SAs from now on. Whoever reads "
			    "it can read\nwhat they protect. End it with: no debug crypto ikev1 "
			    "keys\n"
			  : "No keys go to the log any more. Those in it stay valid until their "
			    "SAs end.\n"));
}

static struct answer show_debug(struct core *c)
{
	json_t *data = api_debug(c);
	bool any = json_array_size(json_object_get(data, "debug")) > 0;

	return with(data, strdup(any ? "debug crypto ikev1 keys (DANGEROUS: keys go to the log)\n"
				     : "nothing is being debugged\n"));
}

#define SHOW(api, text)                                                                            \
	do {                                                                                       \
		data = api(c);                                                                     \
		return with(data, text(data));                                                     \
	} while (0)

static struct answer run(const struct manage_config *m, const struct grammar_match *match)
{
	struct core *c = m->core;
	json_t *data;

	switch ((enum id)match->row->id) {
	case SHOW_SESSIONS:
		return show_sessions(c, false);
	case SHOW_SESSIONS_DETAIL:
		return show_sessions(c, true);
	case SHOW_IKE:
		SHOW(api_ikev1_sas, text_ikev1_sas);
	case SHOW_IPSEC:
		SHOW(api_ipsec_sas, text_ipsec_sas);
	case SHOW_CONFIG:
		return show_config(c);
	case SHOW_POOLS:
		return show_pools(c, value_of(match));
	case SHOW_COUNTERS:
		SHOW(api_counters, text_counters);
	case SHOW_VERSION:
		SHOW(api_version, text_version);
	case LOGOFF_INDEX:
		return logoff(c, API_LOGOFF_INDEX, value_of(match));
	case LOGOFF_NAME:
		return logoff(c, API_LOGOFF_NAME, value_of(match));
	case LOGOFF_IP:
		return logoff(c, API_LOGOFF_IP, value_of(match));
	case LOGOFF_ALL:
		return logoff(c, API_LOGOFF_ALL, NULL);
	case EXPLAIN:
		return explain(c, value_of(match));
	case DEBUG_KEYS:
		return debug_keys(c, true);
	case NO_DEBUG_KEYS:
		return debug_keys(c, false);
	case SHOW_DEBUG:
		return show_debug(c);
	case RELOAD:
		return reload(m);
	case HELP:
		return help();
	}
	return said(false, "no such command");
}

static unsigned to_grammar(const char *const *words, unsigned n, struct grammar_word *out)
{
	unsigned column = 1;

	if (n > GRAMMAR_WORDS_MAX)
		n = GRAMMAR_WORDS_MAX;
	for (unsigned i = 0; i < n; i++) {
		out[i] = (struct grammar_word){words[i], strlen(words[i]), column, false};
		column += (unsigned)strlen(words[i]) + 1;
	}
	return n;
}

static bool match(const char *const *words, unsigned n, struct grammar_match *out,
		  struct grammar_error *err)
{
	struct grammar_word w[GRAMMAR_WORDS_MAX];

	n = to_grammar(words, n, w);
	return n && grammar_match(rows, N_ROWS, w, n, out, err);
}

bool command_wants_refresh(const char *const *words, unsigned n)
{
	struct grammar_match m;
	struct grammar_error err;

	return match(words, n, &m, &err) &&
	       (m.row->id == SHOW_SESSIONS || m.row->id == SHOW_SESSIONS_DETAIL);
}

struct answer command_run(const struct manage_config *m, const char *const *words, unsigned n)
{
	struct grammar_match found;
	struct grammar_error err = {.text = "a command is expected"};
	char text[300];

	if (match(words, n, &found, &err))
		return run(m, &found);
	snprintf(text, sizeof(text), "column %u: %s", err.column, err.text);
	return said(false, text);
}
