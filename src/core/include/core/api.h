/*
 * api: what every front end may ask of the server, and the only way to ask.
 *
 * Answers are JSON values (jansson; the caller decrefs); text for people is made
 * from them in manage. Called on the control thread. No answer holds a secret.
 */
#pragma once

#include <jansson.h>

#include "core/core.h"

/* Array of sessions: index, user, state, assigned_ip, public_ip, protocol, cipher ... */
json_t *api_sessions(struct core *c);

/* Array of ISAKMP SAs, half-open ones too. */
json_t *api_ikev1_sas(struct core *c);

/* Array of pairs of ESP SAs. */
json_t *api_ipsec_sas(struct core *c);

json_t *api_pools(struct core *c);
json_t *api_counters(struct core *c);
json_t *api_version(struct core *c);
json_t *api_summary(struct core *c);

/* The running configuration's text, secrets masked. */
json_t *api_running_config(struct core *c);

/* Stories of attempts, newest first: those of an address or a user, or of everybody
 * (who NULL). Each has the notes, the likely cause and what to do. */
json_t *api_explain(struct core *c, const char *who);

enum api_logoff_by { API_LOGOFF_INDEX, API_LOGOFF_NAME, API_LOGOFF_IP, API_LOGOFF_ALL };

/* Ends sessions as the administrator's wish; returns how many. */
unsigned api_logoff(struct core *c, enum api_logoff_by by, const char *value);

/* `debug crypto ikev1 keys`: from now on the log has the keys of new SAs, in the form of
 * Wireshark's tables, or no longer. Both are told to the log. Never kept beyond the engine. */
void api_debug_keys(struct core *c, bool on);

/* {"debug": [names of what is on]} */
json_t *api_debug(struct core *c);

/* Asks the workers for fresh counters of every session and calls done when they are
 * there, or after 200 ms. One at a time; a second caller waits for the same answers. */
void api_refresh(struct core *c, void (*done)(void *ctx), void *ctx);

/* The caller is gone: its done is not called (every wait with this ctx). */
void api_refresh_cancel(struct core *c, void *ctx);
