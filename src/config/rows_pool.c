/*
 * Rows: address pools (asa-and-peers.md 1.2). Data for the schema; called by
 * parse.c and print.c only. Overlaps are found by check.c.
 */
#include <string.h>

#include "parse.h"
#include "print.h"

#define POOLS_MAX          256
#define POOL_ADDRESSES_MAX 65536

static bool range_ok(struct parse *p, const struct grammar_match *m, uint32_t prefix)
{
	const struct grammar_capture *range = &m->cap[1];
	uint32_t host = (uint32_t)((uint64_t)UINT32_MAX >> prefix);

	if (range->number2 - range->number >= POOL_ADDRESSES_MAX)
		return parse_error(p, range->word.column, "RANGE: a pool has at most %u addresses",
				   POOL_ADDRESSES_MAX);
	if (range->number >> 24 == 0 || range->number2 >> 28 >= 0xe || range->number >> 24 == 127)
		return parse_error(p, range->word.column, "RANGE: not addresses of hosts");
	if (m->cap[2].set && (range->number & ~host) != (range->number2 & ~host))
		return parse_error(p, range->word.column,
				   "RANGE: the first and the last address are not in one subnet of "
				   "the mask");
	return true;
}

static bool set_pool(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *name = &m->cap[0].word;
	uint32_t prefix = m->cap[2].set ? m->cap[2].number : 32;
	struct config *c = obj;
	const struct cfg_pool *known = config_pool(c, name->text);
	struct cfg_pool *pool = known ? &c->pools[known - c->pools] : NULL;

	if (!range_ok(p, m, prefix))
		return false;
	if (!pool) {
		pool = parse_grow(p, &c->pools, &c->n_pools, sizeof(*pool), POOLS_MAX, name->column,
				  "pools");
		if (!pool)
			return false;
		name_copy(pool->name, name);
	}
	parse_mark(p, MARK_POOL, name);
	pool->first = m->cap[1].number;
	pool->last = m->cap[1].number2;
	pool->prefix = (uint8_t)prefix;
	return true;
}

static bool unset_pool(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *name = &m->cap[0].word;
	struct config *c = obj;
	const struct cfg_pool *pool = config_pool(c, name->text);

	if (!pool)
		return parse_error(p, name->column, "there is no pool \"%s\"", name->text);
	parse_remove(&c->pools, &c->n_pools, sizeof(*pool), (unsigned)(pool - c->pools));
	return true;
}

static void print_pools(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct cfg_pool *p = &c->pools[i];

		if (p->prefix == 32)
			print_line(w, "ip local pool %s %s-%s", print_name(w, p->name),
				   print_ip(w, p->first), print_ip(w, p->last));
		else
			print_line(w, "ip local pool %s %s-%s mask %s", print_name(w, p->name),
				   print_ip(w, p->first), print_ip(w, p->last),
				   print_mask(w, p->prefix));
	}
}

static const struct row rows[] = {
	{MODE_GLOBAL, "ip local pool NAME RANGE [mask MASK]",
	 "ip local pool NAME [RANGE [mask MASK]]", "A pool of addresses for sessions",
	 "NAME=its name;RANGE=FIRST-LAST or one address;MASK=subnet mask of the segment", false,
	 set_pool, unset_pool, print_pools},
};

const struct topic topic_pool = TOPIC(rows);
