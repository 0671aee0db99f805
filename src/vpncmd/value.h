/*
 * What value.c, value_net.c and access_text.c share: kinds of values as an administrator types
 * them. Each put function is value_put() (verb.h) for its kind.
 */
#pragma once

#include "verb.h"

/* A sentence; the caller frees, NULL: memory. */
char *value_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool value_is_none(const char *text); /* nothing, or `none` */
bool value_number(const char *text, uint64_t most, uint64_t *out);

char *value_put_ipv4(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_mask(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_net4(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_net6(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_mac(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_macs(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_protocol(const struct verb_arg *a, const char *text, json_t *params);
char *value_put_ports(const struct verb_arg *a, const char *text, json_t *params);

/* "TCP" and so on of an IP protocol's number, 0: "IP"; NULL: it has no name here. */
const char *value_protocol_name(unsigned number);
