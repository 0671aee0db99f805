/*
 * schema: the commands of the configuration, one row each: grammar, help, what it
 * sets, what `no` clears, how it prints. The rows stand in rows_*.c, by topic.
 * Everything else (parse, print, documents, shell help) is generated from them.
 */
#pragma once

#include <stdarg.h>

#include "config/config.h"
#include "config/grammar.h"

enum mode {
	MODE_GLOBAL,
	MODE_INTERFACE,
	MODE_HUB,
	MODE_HUB_GROUP, /* these two stand inside a hub */
	MODE_HUB_USER,
	MODE_IKE_POLICY,
	MODE_GROUP_POLICY,
	MODE_USERNAME,
	MODE_TUNNEL_GENERAL,
	MODE_TUNNEL_IPSEC,
	MODE_TUNNEL_PPP,
	MODE_N,
};

struct parse;
struct print;

/* Carries out a command on the open mode's object (of MODE_GLOBAL: the struct
 * config). False when it reported an error; nothing is changed then. */
typedef bool cfg_apply(struct parse *p, void *obj, const struct grammar_match *m);

/* Writes the command(s) that make obj's values; nothing for a default. */
typedef void cfg_write(struct print *w, const struct config *c, const void *obj);

struct row {
	enum mode mode;
	const char *grammar;
	const char *no; /* grammar behind `no`, or NULL when there is no such form */
	const char *help;
	const char *words; /* grammar.h */
	bool enters;       /* set() opens a mode with parse_enter() */
	cfg_apply *set;
	cfg_apply *unset;
	cfg_write *print;
};

#define SECONDS_RANGE  "SECONDS<120-2147483647>"
#define KILOBYTE_RANGE "KILOBYTES<10-2147483647>"

struct topic {
	const struct row *rows;
	unsigned n;
};

extern const struct topic topic_global, topic_interface, topic_service, topic_hub, topic_hub_option,
	topic_hub_access, topic_hub_user, topic_etherip, topic_pool, topic_ipsec, topic_map,
	topic_ike, topic_exchange, topic_policy, topic_user, topic_group;

#define TOPIC(rows_)                                                                               \
	{                                                                                          \
		.rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0])                           \
	}

/* All rows in the order of printing; NULL at the end. */
const struct row *schema_row(unsigned i);

struct mode_info {
	const char *prompt; /* as ASA's: "config-group-policy" */
	const char *header; /* the command that opens it */
	size_t array;       /* offset in its parent of the array of its objects */
	size_t count;       /* offset of the array's length */
	size_t size;        /* of one object */
	enum mode parent;   /* MODE_GLOBAL: struct config; else an object of that mode */
};

const struct mode_info *schema_mode(enum mode m);

/* The object number i of a mode, of a mode inside another one: number i of the object
 * number outer of that one; NULL when there is none. */
void *schema_object(const struct config *c, enum mode m, unsigned outer, unsigned i);

/* The rows of one mode as grammars; no: their `no` forms. id is the index for
 * schema_row(). Returns how many, at most GRAMMAR_ROWS_MAX. */
size_t schema_grammars(enum mode m, bool no, struct grammar_row out[GRAMMAR_ROWS_MAX]);
