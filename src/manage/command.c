/*
 * command: the exec commands. One row says the words, the help and what runs.
 * Called by control. Reaches the server only through core/api.h.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "config/grammar.h"
#include "core/api.h"
#include "core/plain.h"
#include "text.h"

enum id {
	SHOW_SESSIONS,
	SHOW_SESSIONS_DETAIL,
	SHOW_IKE,
	SHOW_IPSEC,
	SHOW_CONFIG,
	SHOW_POOLS,
	SHOW_HUBS,
	SHOW_SERVICES,
	SHOW_ETHERIP,
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
	CONFIGURE,
	WRITE_MEMORY,
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
	{"show hub [HUB]", "virtual hubs, their sessions, users and ways out", SHOW_HUBS, NULL},
	{"show ipsec-service", "which services are on, and which wait for a port", SHOW_SERVICES,
	 NULL},
	{"show etherip", "routers that come by EtherIP, their hubs and counters", SHOW_ETHERIP,
	 NULL},
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
	{"configure lines LINES...",
	 "carry out lines of the configuration on top of the running one, all or none of them",
	 CONFIGURE, NULL},
	{"write memory", "save the running configuration into the file", WRITE_MEMORY, NULL},
	{"help", "this list", HELP, NULL},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

void answer_wipe(struct answer *a)
{
	listing_free(a->listing);
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

static struct answer listed(struct listing *l)
{
	return l ? (struct answer){.ok = true, .listing = l} : said(false, "memory is short");
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
	return listed(listing_logoff(c, &(struct api_whom){by, value}));
}

static struct answer reload(const struct manage_config *m)
{
	char error[512] = "", text[600];

	if (!m->reload)
		return said(false, "this server cannot read its file again");
	if (!m->reload(m->reload_ctx, error, sizeof(error)))
		return said(false, error);
	snprintf(text, sizeof(text), "the configuration was read and applied%s%s",
		 error[0] ? "; it waits: " : "", error);
	return said(true, text);
}

static json_t *errors_json(const struct cfg_errors *errs)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < errs->n && i < sizeof(errs->e) / sizeof(*errs->e); i++) {
		const struct cfg_error *e = &errs->e[i];

		json_array_append_new(all, json_pack("{s:i, s:i, s:b, s:o}", "line", (int)e->line,
						     "column", (int)e->column, "warning",
						     (int)e->warning, "text", plain_json(e->text)));
	}
	return all;
}

/* The lines of every word, one behind the other. */
static char *join(const struct grammar_match *match, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		return NULL;
	for (unsigned i = 0; i < match->n; i++) {
		fwrite(match->cap[i].word.text, 1, match->cap[i].word.len, f);
		fputc('\n', f);
	}
	fclose(f);
	return text;
}

static struct answer configure(struct core *c, const struct grammar_match *match)
{
	struct cfg_errors errs = {0};
	enum api_configured done;
	struct answer a;
	char error[512];
	size_t len = 0;
	char *lines = join(match, &len);

	if (!lines)
		return said(false, "memory is short");
	done = api_configure(c, lines, len, false, &errs, error, sizeof(error));
	secret_zero(lines, len);
	free(lines);
	if (done == API_REFUSED)
		return said(false, error);
	a = with(json_pack("{s:b, s:o}", "applied", done == API_CONFIGURED, "messages",
			   errors_json(&errs)),
		 NULL);
	if (error[0])
		json_object_set_new(a.data, "waits_because", plain_json(error));
	a.ok = done == API_CONFIGURED;
	a.text = text_configured(a.data);
	return a;
}

static struct answer write_memory(struct core *c)
{
	char error[512];

	return api_save(c, error, sizeof(error)) ? said(true, "the configuration is saved")
						 : said(false, error);
}

/* Word of the first capture, or NULL. */
static const char *value_of(const struct grammar_match *m)
{
	return m->cap[0].set ? m->cap[0].word.text : NULL;
}

/* Leaves the object of this name only, or none. */
static void only(json_t *all, const char *name, int (*differ)(const char *a, const char *b))
{
	for (size_t i = json_array_size(all); name && i-- > 0;) {
		const json_t *o = json_array_get(all, i);
		const char *has = json_string_value(json_object_get(o, "name"));

		if (!has || differ(has, name) != 0)
			json_array_remove(all, i);
	}
}

static struct answer show_hubs(struct core *c, const char *name)
{
	json_t *hubs = api_hubs(c, true);

	only(hubs, name, strcasecmp);
	if (name && json_array_size(hubs) == 0) {
		json_decref(hubs);
		return said(false, "there is no hub of this name");
	}
	return with(hubs, text_hubs(hubs));
}

static struct answer show_pools(struct core *c, const char *name)
{
	json_t *pools = api_pools(c);

	only(pools, name, strcmp);
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

static struct answer run(const struct manage_config *m, const struct grammar_match *match,
			 bool json)
{
	struct core *c = m->core;
	json_t *data;

	switch ((enum id)match->row->id) {
	case SHOW_SESSIONS:
		return listed(listing_sessions(c, false, json));
	case SHOW_SESSIONS_DETAIL:
		return listed(listing_sessions(c, true, json));
	case SHOW_IKE:
		SHOW(api_ikev1_sas, text_ikev1_sas);
	case SHOW_IPSEC:
		SHOW(api_ipsec_sas, text_ipsec_sas);
	case SHOW_CONFIG:
		return show_config(c);
	case SHOW_POOLS:
		return show_pools(c, value_of(match));
	case SHOW_HUBS:
		return show_hubs(c, value_of(match));
	case SHOW_SERVICES:
		SHOW(api_services, text_services);
	case SHOW_ETHERIP:
		SHOW(api_etherip, text_etherip);
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
	case CONFIGURE:
		return configure(c, match);
	case WRITE_MEMORY:
		return write_memory(c);
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

struct answer command_run(const struct manage_config *m, const char *const *words, unsigned n,
			  bool json)
{
	struct grammar_match found;
	struct grammar_error err = {.text = "a command is expected"};
	char text[300];

	if (match(words, n, &found, &err))
		return run(m, &found, json);
	snprintf(text, sizeof(text), "column %u: %s", err.column, err.text);
	return said(false, text);
}
