/*
 * parse: what the handlers of the rows work with while a text is read.
 */
#pragma once

#include "schema.h"

/* What a mark remembers the line of: definitions and references, for check.c. */
enum mark {
	MARK_POOL,
	MARK_USER,
	MARK_GROUP,
	MARK_IKE_ENABLE,
	MARK_REF_POOL,
	MARK_REF_HUB,
	MARK_REF_POLICY,
	MARK_REF_SET,
	MARK_REF_DYNMAP,
	MARK_REF_MAP,
	MARK_HUB,
	MARK_PFS,
	MARK_AGGRESSIVE,
	MARK_HUB_USER, /* hub_mark_name() */
	MARK_SERVICE,
	MARK_ACCESS_SOURCE, /* hub_mark_name() with the rule's id */
	MARK_ACCESS_DESTINATION,
	MARK_ETHERIP, /* hub_mark_name() with the ID */
};

struct parse_mark {
	enum mark kind;
	char name[CFG_NAME_MAX + 1];
	unsigned line, column;
};

struct parse_grammars {
	size_t n;
	struct grammar_row rows[GRAMMAR_ROWS_MAX];
};

struct parse {
	struct config *c;
	struct cfg_errors *errs;
	bool failed;
	unsigned line;
	enum mode mode;
	unsigned outer; /* the object of the mode around the open one, when it has one */
	unsigned obj;
	bool obj_ok; /* false: the header failed; its lines are checked, not carried out */
	struct parse_mark *marks;
	unsigned n_marks;
	cfg_random *random;
	void *random_ctx;
	uint32_t iterations; /* PBKDF2 cost of new hashes */
	struct parse_grammars set[MODE_N], no[MODE_N];
};

/* Files an error (a warning) about this line; column from 1. parse_error()
 * returns false. The text must not hold a secret. */
bool parse_error(struct parse *p, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void parse_warn(struct parse *p, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same about what a mark names (its last line), for check.c. */
void parse_report(struct parse *p, enum mark kind, const char *name, bool warning, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));

void parse_mark(struct parse *p, enum mark kind, const struct grammar_word *w);
/* What a mark calls a hub's user: as much of hub and user as fits. */
const char *hub_mark_name(const char *hub, const char *user, char buf[CFG_NAME_MAX + 1]);

/* Opens a mode on its object number obj; of a mode inside another one: of the open object. */
void parse_enter(struct parse *p, enum mode m, unsigned obj);

/* A zeroed object more at the end of *array (of *n objects of this size), or NULL
 * after an error: max reached or no memory. what: plural for the error. The old
 * memory is wiped. */
void *parse_grow(struct parse *p, void *array, unsigned *n, size_t size, unsigned max,
		 unsigned column, const char *what);

/* Takes object i out of an array and wipes the place it leaves. */
void parse_remove(void *array, unsigned *n, size_t size, unsigned i);

/* Copies a name; w fits because the grammar limits it to CFG_NAME_MAX. */
void name_copy(char dst[CFG_NAME_MAX + 1], const struct grammar_word *w);

#define DEFAULT_POLICY "DfltGrpPolicy"
#define DEFAULT_GROUP  "DefaultRAGroup"
#define DEFAULT_HUB    "DEFAULT"

/* model.c: the defaults of ppp-attributes and ipsec-attributes. */
void group_defaults(struct cfg_tunnel_group *g);

/* Frees and wipes what a hub holds: its users, groups and access list. */
void hub_free_inside(struct cfg_hub *h);

/* check.c: cross-references of the whole configuration. */
void check_config(struct parse *p);
/* check_hub.c: those of hubs. */
void check_hubs(struct parse *p);

/* config_parse() with another PBKDF2 cost, for tests and fuzzing. */
struct config *config_parse_cost(const char *text, size_t len, struct cfg_errors *errs,
				 cfg_random *random, void *random_ctx, uint32_t iterations);
