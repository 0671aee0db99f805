/*
 * A command as a row: what it asks for, which call of the server it makes, how the answer is
 * printed. The rows are in verbs_*.c by what they are about; run.c carries them out.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "line.h"
#include "vpncmd/vpncmd.h"

#define VERB_ARGS_MAX    20
#define VERB_COLUMNS_MAX 20

/* What a value must be, and what of it goes into the call. */
enum arg_kind {
	ARG_TEXT,     /* as it stands */
	ARG_NAME,     /* not empty */
	ARG_OR_NONE,  /* `none` or nothing is the empty text */
	ARG_SECRET,   /* a password: asked for twice, not shown */
	ARG_YES,      /* yes or no; anything else is an error */
	ARG_NUMBER,   /* least to most */
	ARG_IPV4,     /* `none` is 0.0.0.0 where the row's least is 0 */
	ARG_MASK,     /* as an address or as a number of bits */
	ARG_MAC,      /* of six octets; `none`: empty */
	ARG_CHOICE,   /* one of `choices`: "pass=0 discard=1"; `none` may be left empty */
	ARG_NET,      /* of IPv4, ADDRESS/MASK or ADDRESS/BITS; `none`: every address */
	ARG_NET6,     /* of IPv6, ADDRESS/BITS or ADDRESS/MASK */
	ARG_MACS,     /* MAC or MAC/MASK; `none`: every address */
	ARG_PROTOCOL, /* a protocol of IP, by name or number; ip or `none`: 0, every one */
	ARG_PORTS,    /* N or N-M; `none`: 0 and 0 */
	ARG_DATE,     /* YYYY/MM/DD hh:mm:ss or `none` */
	ARG_HOSTPORT, /* HOST:PORT into two fields; PORT has the row's least as default */
};

struct verb_arg {
	const char *name;   /* "" is the value without a name */
	const char *prompt; /* what is asked when it is missing; NULL: may be left out */
	const char *help;
	const char *field; /* of the call's parameters */
	/* ARG_NET, ARG_NET6, ARG_MACS: the mask's; ARG_PORTS: the last one's; ARG_HOSTPORT: the
	 * port's */
	const char *field2;
	enum arg_kind kind;
	uint32_t least, most;
	const char *choices;
};

enum show_kind {
	SHOW_TEXT,    /* an empty one stays empty */
	SHOW_DASH,    /* an empty text or 0 is "-" */
	SHOW_NUMBER,  /* with commas between thousands */
	SHOW_PLAIN,   /* a number without */
	SHOW_YES,     /* Yes or No */
	SHOW_ENABLE,  /* Enable or Disable */
	SHOW_DATE,    /* 2026-11-22 (Sun) 14:35:33; nothing: (None) */
	SHOW_STAMP,   /* 2026-11-22 14:35:33 */
	SHOW_CHOICE,  /* one of `choices`: "0=Pass 1=Discard", _ is a blank */
	SHOW_NONE_IP, /* 0.0.0.0 is None */
	SHOW_BYTES,   /* 12 bytes */
	SHOW_PACKETS, /* 12 packets */
	SHOW_COUNT,   /* 12 and the text in `choices` */
	SHOW_LIMIT,   /* 0 is Infinite */
};

struct verb_column {
	const char *label;
	const char *field; /* of the answer; several with blanks between are added up */
	enum show_kind kind;
	const char *choices;
};

enum verb_scope { VERB_LOCAL, VERB_SERVER, VERB_HUB };
enum verb_output {
	PRINT_NOTHING,
	PRINT_ITEMS,  /* Item|Value */
	PRINT_TABLE,  /* a line for each row of `list` */
	PRINT_BLOCKS, /* Item|Value for each row of `list` */
	PRINT_LINES,  /* the first column of each row of `list`, alone */
};

struct vpncmd;
struct verb {
	const char *name, *purpose, *help;
	enum verb_scope scope;
	const struct verb_arg *args; /* up to one without a field and a name: NULL name ends */
	const char *method;          /* of the server; NULL with run or why_not */
	/* Read, change, write: the answer of `before`, called with the arguments whose fields are
	 * in `keys`, is what the arguments are put into. */
	const char *before, *keys;
	const char *constants; /* more parameters as JSON, in place of what `before` gave */
	enum verb_output output;
	const char *list; /* the answer's array */
	const struct verb_column *columns;
	/* In place of these calls; args: the call's parameters as the arguments make them. */
	unsigned (*run)(struct vpncmd *v, const struct verb *verb, json_t *args);
	const char *why_not; /* not supported: the reason */
};

/* Every row, by name; NULL name ends each table. */
extern const struct verb *const verb_tables[];

/* ---- arguments.c ---- */

/* The call's parameters from a line, missing values asked for; NULL: *error says which, and it was
 * told. */
json_t *arguments_take(struct vpncmd *v, const struct verb *verb, const struct line *line,
		       unsigned *error);

/* ---- value.c ---- */

/* text as the kind of arg into params; NULL, or the sentence that says what would be right (the
 * caller frees). */
char *value_put(const struct verb_arg *arg, const char *text, json_t *params);
/* One field of an answer as a person reads it; the caller frees, NULL: memory. csv: without
 * commas. */
char *value_show(const struct verb_column *column, const json_t *row, bool csv);

/* ---- table.c ---- */

struct table;
struct table *table_new(unsigned columns);
void table_add(struct table *t, char *cell); /* taken over; row by row, headings first; NULL: "" */
void table_print(const struct table *t, FILE *out, bool csv);
/* The same turned: for each row a line of each heading and its value. */
void table_print_blocks(const struct table *t, FILE *out);
void table_free(struct table *t);

/* ---- print.c ---- */

void print_answer(const struct vpncmd *v, const struct verb *verb, const json_t *answer);

/* ---- verbs_policy.c ---- */

/* The policies of a user or group (what), when it has its own. */
void policy_print(struct vpncmd *v, const char *what, const json_t *object);

/* ---- access_text.c ---- */

/* What a rule of an access list is about, as AccessList shows it; the caller frees, NULL: memory.
 */
char *access_text(const json_t *rule);

/* ---- help.c ---- */

void help_verb(const struct vpncmd *v, const struct verb *verb);
/* The names and purposes of those that fit; all of them when typed is NULL. */
void help_list(const struct vpncmd *v, const char *typed);

/* ---- run.c ---- */

struct vpncmd {
	struct vpncmd_io io;
	struct vpncmd_options o;
	char hub[256]; /* selected; "" none */
	bool leave;
};

/* One call, its error printed: the answer (the caller decrefs), or NULL and *error. */
json_t *run_call(struct vpncmd *v, const char *method, json_t *params, unsigned *error);
unsigned run_fail(const struct vpncmd *v, unsigned code, const char *text); /* prints, gives code */
unsigned run_verb(struct vpncmd *v, const struct verb *verb, const struct line *line);

/* ---- shell.c ---- */

/* The row that a typed name means, or NULL and how many it may mean. */
const struct verb *shell_find(const char *typed, unsigned *n);
