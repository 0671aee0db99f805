/*
 * api: what every front end may ask of the server, and the only way to ask.
 *
 * Answers are JSON values (jansson; the caller decrefs); text for people is made
 * from them in manage. Called on the control thread. No answer holds a secret.
 */
#pragma once

#include <jansson.h>

#include "core/core.h"

/* Array of sessions: index, user, state, assigned_ip, public_ip, protocol, cipher ... All at
 * once: of many it takes a second, in which nobody is served (see the walks below). */
json_t *api_sessions(struct core *c);

/* Those of one hub, in any case; NULL: all. */
json_t *api_sessions_of(struct core *c, const char *hub);

/* Array of ISAKMP SAs, half-open ones too. */
json_t *api_ikev1_sas(struct core *c);

/* Array of pairs of ESP SAs. */
json_t *api_ipsec_sas(struct core *c);

json_t *api_pools(struct core *c);

/* Array of hubs: name, state ("online", "offline", "no-way-out"), sessions, users, groups,
 * way_out, last_login ... all: also those with no-enum. */
json_t *api_hubs(struct core *c, bool all);
/* Array of EtherIP ports: index, id, hub, user, public, state, frames and octets of the last
 * minute at the latest. */
json_t *api_etherip(struct core *c);

/* Array of the names of this host's interfaces that a hub can be bridged to; NULL and a sentence in
 * error (cap octets): they cannot be told. */
json_t *api_interfaces(struct core *c, char *error, size_t cap);
json_t *api_counters(struct core *c);

/* The services: l2tp_ipsec, l2tp_raw, etherip with their states, default_hub, whether there is a
 * key. A service that waits for its ports says who holds them. */
json_t *api_services(struct core *c);
json_t *api_version(struct core *c);
json_t *api_summary(struct core *c);

/* The running configuration's text, secrets masked. */
json_t *api_running_config(struct core *c);

/* Stories of attempts, newest first: those of an address or a user, or of everybody
 * (who NULL). Each has the notes, the likely cause and what to do. */
json_t *api_explain(struct core *c, const char *who);

/* The outcome of api_configure(). */
enum api_configured {
	API_CONFIGURED,
	API_LINES_WRONG, /* *errs has lines and columns; nothing was changed */
	API_REFUSED,     /* the lines are right but cannot take effect; nothing was changed */
	API_NOT_SAVED,   /* they are in force, and not in the file */
};

/* Carries out lines of the configuration on top of the running one, whole or not at all
 * (config_amend() says how lines are counted), and saves the result when save is set. Warnings
 * are in *errs too; a sentence in error (cap octets) unless the outcome is one of the first
 * two. */
enum api_configured api_configure(struct core *c, const char *lines, size_t len, bool save,
				  struct cfg_errors *errs, char *error, size_t cap);

/* The running configuration, for reading; valid until the next call that changes it. It holds
 * secrets: no answer may. */
const struct config *api_config(const struct core *c);

/* `write memory`: the running configuration into the file. */
bool api_save(struct core *c, char *error, size_t cap);

enum api_logoff_by { API_LOGOFF_INDEX, API_LOGOFF_NAME, API_LOGOFF_IP, API_LOGOFF_ALL };

/* Ends sessions as the administrator's wish; returns how many. */
unsigned api_logoff(struct core *c, enum api_logoff_by by, const char *value);

/* `debug crypto ikev1 keys`: from now on the log has the keys of new SAs, in the form of
 * Wireshark's tables, or no longer. Both are told to the log. Never kept beyond the engine. */
void api_debug_keys(struct core *c, bool on);

/* {"debug": [names of what is on]} */
json_t *api_debug(struct core *c);

/*
 * A walk: the sessions that are there when it begins, oldest first, some of them at a time;
 * those that end meanwhile are left out. Between its calls the loop turns. One object of the
 * caller, who frees it before the core.
 */
struct api_walk;
struct api_walk *api_walk_new(struct core *c); /* NULL: memory is short */
void api_walk_free(struct api_walk *w);        /* whoever waits is not called; NULL is harmless */

/* Asks the workers for fresh counters of the next max sessions and calls fresh when they are
 * there, or after 200 ms; not from within the call. */
void api_walk_refresh(struct api_walk *w, unsigned max, void (*fresh)(void *ctx), void *ctx);

/* The next sessions, at most max, as api_sessions() has them; an empty array: that was all. */
json_t *api_walk_sessions(struct api_walk *w, unsigned max);

struct api_whom {
	enum api_logoff_by by;
	const char *value;
};

/* Ends whoever is meant among the next max sessions; *ended rises. False: that was all. */
bool api_walk_logoff(struct api_walk *w, unsigned max, const struct api_whom *whom,
		     unsigned *ended);
