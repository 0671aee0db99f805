/*
 * text: answers of core/api.h as text for people, in ASA's shapes. The caller
 * frees what is returned; NULL only when memory is short.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

/* detail: with the client system, its quirks, NAT, drops. */
char *text_sessions_head(const json_t *summary);
char *text_sessions(const json_t *sessions, bool detail);
char *text_ikev1_sas(const json_t *sas);
char *text_ipsec_sas(const json_t *sas);
char *text_pools(const json_t *pools);
char *text_hubs(const json_t *hubs);
char *text_services(const json_t *services);
char *text_etherip(const json_t *ports); /* text_etherip.c */
char *text_configured(const json_t *data);
char *text_counters(const json_t *counters);
char *text_version(const json_t *version);
char *text_explain(const json_t *stories);
