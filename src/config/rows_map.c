/*
 * Rows: dynamic maps and crypto maps (asa-and-peers.md 1.2). Data for the schema;
 * called by parse.c and print.c only.
 */
#include <stdio.h>
#include <string.h>

#include "algorithm.h"
#include "print.h"
#include "rows_interface.h"

#define DYNMAPS_MAX 256
#define MAPS_MAX    256
#define SETS_A_LINE 6

/* Order of (name, seq) in the maps: below, at or above 0. */
static int map_order(const char *a, uint32_t a_seq, const char *b, uint32_t b_seq)
{
	int names = strcmp(a, b);

	return names ? names : (a_seq > b_seq) - (a_seq < b_seq);
}

static struct cfg_dynamic_map *dynmap_of(struct config *c, const struct grammar_match *m)
{
	for (unsigned i = 0; i < c->n_dynmaps; i++)
		if (map_order(c->dynmaps[i].name, c->dynmaps[i].seq, m->cap[0].word.text,
			      m->cap[1].number) == 0)
			return &c->dynmaps[i];
	return NULL;
}

/* The entry of the command, made in its place of the order when it is new. */
static struct cfg_dynamic_map *dynmap_make(struct parse *p, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_of(p->c, m), new = {.seq = (uint16_t)m->cap[1].number};
	struct config *c = p->c;
	unsigned i;

	if (d)
		return d;
	if (!parse_grow(p, &c->dynmaps, &c->n_dynmaps, sizeof(*d), DYNMAPS_MAX,
			m->cap[0].word.column, "dynamic maps"))
		return NULL;
	name_copy(new.name, &m->cap[0].word);
	for (i = c->n_dynmaps - 1; i > 0; i--) {
		if (map_order(c->dynmaps[i - 1].name, c->dynmaps[i - 1].seq, new.name, new.seq) < 0)
			break;
		c->dynmaps[i] = c->dynmaps[i - 1];
	}
	c->dynmaps[i] = new;
	return &c->dynmaps[i];
}

static struct cfg_dynamic_map *dynmap_must(struct parse *p, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_of(p->c, m);

	if (!d)
		parse_error(p, m->cap[0].word.column, "there is no dynamic map \"%s\" %u",
			    m->cap[0].word.text, m->cap[1].number);
	return d;
}

static bool has_set(const struct cfg_dynamic_map *d, const char *name)
{
	for (unsigned i = 0; i < d->n_sets; i++)
		if (strcmp(d->sets[i], name) == 0)
			return true;
	return false;
}

static bool set_dyn_sets(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_make(p, m);

	(void)obj;
	if (!d)
		return false;
	for (unsigned i = 2; i < m->n; i++) {
		const struct grammar_word *w = &m->cap[i].word;

		if (has_set(d, w->text))
			continue;
		if (d->n_sets == sizeof(d->sets) / sizeof(d->sets[0]))
			return parse_error(p, w->column, "at most 11 transform sets are allowed");
		name_copy(d->sets[d->n_sets++], w);
		parse_mark(p, MARK_REF_SET, w);
	}
	return true;
}

static bool unset_dyn_sets(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	if (m->n == 2) {
		d->n_sets = 0;
		memset(d->sets, 0, sizeof(d->sets));
	}
	for (unsigned k = 2; k < m->n; k++) {
		unsigned i = 0;

		while (i < d->n_sets && strcmp(d->sets[i], m->cap[k].word.text) != 0)
			i++;
		if (i == d->n_sets)
			return parse_error(p, m->cap[k].word.column,
					   "the transform set \"%s\" is not in this list",
					   m->cap[k].word.text);
		d->n_sets--;
		memmove(d->sets[i], d->sets[i + 1], (d->n_sets - i) * sizeof(d->sets[0]));
		memset(d->sets[d->n_sets], 0, sizeof(d->sets[0]));
	}
	return true;
}

static bool set_pfs(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint8_t group = m->cap[2].set ? algorithm_group(m->cap[2].number) : GROUP_DEFAULT;
	struct cfg_dynamic_map *d = dynmap_make(p, m);

	(void)obj;
	if (!d)
		return false;
	algorithm_warn_group(p, group, &m->cap[2].word);
	parse_mark(p, MARK_PFS, &m->cap[0].word);
	d->pfs = true;
	d->pfs_group = group;
	return true;
}

static bool unset_pfs(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	d->pfs = false;
	d->pfs_group = 0;
	return true;
}

static bool set_dyn_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d;

	(void)obj;
	if (m->n == 2)
		return parse_error(p, 1,
				   "the command is not complete: seconds or kilobytes is missing");
	d = dynmap_make(p, m);
	if (!d)
		return false;
	if (m->cap[2].set)
		d->life_s = m->cap[2].number;
	if (m->cap[3].set)
		d->life_kb = m->cap[3].number;
	return true;
}

static bool unset_dyn_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	if (m->cap[2].number == 0)
		d->life_s = 0;
	else
		d->life_kb = 0;
	return true;
}

static bool unset_dynmap(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	if (!d)
		return false;
	parse_remove(&c->dynmaps, &c->n_dynmaps, sizeof(*d), (unsigned)(d - c->dynmaps));
	return true;
}

static void print_dyn_sets(struct print *w, const struct cfg_dynamic_map *d, const char *head)
{
	for (unsigned i = 0; i < d->n_sets; i += SETS_A_LINE) {
		char names[SETS_A_LINE * (2 * CFG_NAME_MAX + 4)] = "";
		size_t o = 0;

		for (unsigned k = i; k < d->n_sets && k < i + SETS_A_LINE; k++)
			o += (size_t)snprintf(names + o, sizeof(names) - o, " %s",
					      print_name(w, d->sets[k]));
		print_line(w, "%s ikev1 transform-set%s", head, names);
	}
}

static void print_dynmaps(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_dynmaps; i++) {
		const struct cfg_dynamic_map *d = &c->dynmaps[i];
		char head[2 * CFG_NAME_MAX + 64];

		snprintf(head, sizeof(head), "crypto dynamic-map %s %u set", print_name(w, d->name),
			 d->seq);
		print_dyn_sets(w, d, head);
		if (d->pfs)
			print_line(w, "%s pfs group%u", head, d->pfs_group);
		if (d->life_s)
			print_line(w, "%s security-association lifetime seconds %u", head,
				   d->life_s);
		if (d->life_kb)
			print_line(w, "%s security-association lifetime kilobytes %u", head,
				   d->life_kb);
	}
}

static bool set_map(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_crypto_map new = {.seq = (uint16_t)m->cap[1].number};
	struct config *c = obj;
	unsigned i = 0;

	name_copy(new.name, &m->cap[0].word);
	name_copy(new.dynamic, &m->cap[2].word);
	parse_mark(p, MARK_REF_DYNMAP, &m->cap[2].word);
	while (i < c->n_maps && map_order(c->maps[i].name, c->maps[i].seq, new.name, new.seq) < 0)
		i++;
	if (i == c->n_maps || map_order(c->maps[i].name, c->maps[i].seq, new.name, new.seq) != 0) {
		if (!parse_grow(p, &c->maps, &c->n_maps, sizeof(new), MAPS_MAX,
				m->cap[0].word.column, "crypto maps"))
			return false;
		memmove(&c->maps[i + 1], &c->maps[i], (c->n_maps - 1 - i) * sizeof(new));
	}
	c->maps[i] = new;
	return true;
}

static bool unset_map(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	for (unsigned i = 0; i < c->n_maps; i++) {
		if (map_order(c->maps[i].name, c->maps[i].seq, m->cap[0].word.text,
			      m->cap[1].number) != 0)
			continue;
		parse_remove(&c->maps, &c->n_maps, sizeof(c->maps[0]), i);
		return true;
	}
	return parse_error(p, m->cap[0].word.column, "there is no crypto map \"%s\" %u",
			   m->cap[0].word.text, m->cap[1].number);
}

static void print_maps(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_maps; i++)
		print_line(w, "crypto map %s %u ipsec-isakmp dynamic %s",
			   print_name(w, c->maps[i].name), c->maps[i].seq,
			   print_name(w, c->maps[i].dynamic));
}

static bool set_map_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[1].word, true);

	(void)obj;
	if (!f)
		return false;
	name_copy(f->crypto_map, &m->cap[0].word);
	parse_mark(p, MARK_REF_MAP, &m->cap[0].word);
	return true;
}

static bool unset_map_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[1].word, false);

	if (!f || strcmp(f->crypto_map, m->cap[0].word.text) != 0)
		return parse_error(p, m->cap[0].word.column,
				   "the crypto map \"%s\" is not on the interface \"%s\"",
				   m->cap[0].word.text, m->cap[1].word.text);
	memset(f->crypto_map, 0, sizeof(f->crypto_map));
	interface_tidy(obj, f);
	return true;
}

static void print_map_interfaces(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].crypto_map[0])
			print_line(w, "crypto map %s interface %s",
				   print_name(w, c->interfaces[i].crypto_map),
				   print_name(w, c->interfaces[i].nameif));
}

#define DYNMAP "crypto dynamic-map NAME SEQ<1-65535>"

static const struct row rows[] = {
	{MODE_GLOBAL, DYNMAP " set ikev1 transform-set TRANSFORM-SET...",
	 DYNMAP " set ikev1 transform-set [TRANSFORM-SET...]",
	 "Adds transform sets to an entry of a dynamic map",
	 "NAME=its name;SEQ=number of the entry, lowest first;TRANSFORM-SET=name of one", false,
	 set_dyn_sets, unset_dyn_sets, print_dynmaps},
	{MODE_GLOBAL, DYNMAP " set pfs [{" GROUP_CHOICE1 "}]",
	 DYNMAP " set pfs [{" GROUP_CHOICE1 "}]",
	 "Demand a new Diffie-Hellman exchange with this group in quick mode (MikroTik: group2); "
	 "default: as the client asks, with a group of the IKE policies; without a group "
	 "group14",
	 "NAME=its name;SEQ=number of the entry", false, set_pfs, unset_pfs, NULL},
	{MODE_GLOBAL,
	 DYNMAP " set security-association lifetime [seconds " SECONDS_RANGE
		"] [kilobytes " KILOBYTE_RANGE "]",
	 DYNMAP " set security-association lifetime {seconds|kilobytes} [NUMBER<10-2147483647>]",
	 "Life of the IPsec SAs of this entry; default: the global ones",
	 "NAME=its name;SEQ=number of the entry;SECONDS=life in seconds;"
	 "KILOBYTES=life in kilobytes of traffic",
	 false, set_dyn_life, unset_dyn_life, NULL},
	{MODE_GLOBAL, DYNMAP, DYNMAP, "Only as `no crypto dynamic-map NAME SEQ`: removes an entry",
	 "NAME=its name;SEQ=number of the entry", false, NULL, unset_dynmap, NULL},
	{MODE_GLOBAL, "crypto map NAME SEQ<1-65535> ipsec-isakmp dynamic DYNAMIC-MAP",
	 "crypto map NAME SEQ<1-65535> [ipsec-isakmp dynamic DYNAMIC-MAP]",
	 "An entry of a crypto map: takes what a dynamic map takes",
	 "NAME=its name;SEQ=number of the entry;DYNAMIC-MAP=name of one", false, set_map, unset_map,
	 print_maps},
	{MODE_GLOBAL, "crypto map NAME interface IF", "crypto map NAME interface IF",
	 "Puts a crypto map on an interface", "NAME=its name;IF=the interface's nameif", false,
	 set_map_interface, unset_map_interface, print_map_interfaces},
};

const struct topic topic_map = TOPIC(rows);
