/*
 * Rows: interfaces and what crypto commands bind to them by nameif. An interface
 * that only crypto commands name (crypto ikev1 enable outside, and no block for
 * it) has an empty name. Called by parse.c, print.c and rows_ike.c.
 */
#include "rows_interface.h"

#include <string.h>

#include "print.h"

#define INTERFACES_MAX 64

static struct cfg_interface *by_nameif(struct config *c, const char *nameif)
{
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (strcmp(c->interfaces[i].nameif, nameif) == 0)
			return &c->interfaces[i];
	return NULL;
}

static struct cfg_interface *interface_add(struct parse *p, unsigned column)
{
	return parse_grow(p, &p->c->interfaces, &p->c->n_interfaces, sizeof(struct cfg_interface),
			  INTERFACES_MAX, column, "interfaces");
}

struct cfg_interface *interface_named(struct parse *p, const struct grammar_word *nameif, bool make)
{
	struct cfg_interface *f = by_nameif(p->c, nameif->text);

	if (f || !make)
		return f;
	f = interface_add(p, nameif->column);
	if (f)
		name_copy(f->nameif, nameif);
	return f;
}

static void interface_drop(struct config *c, struct cfg_interface *f)
{
	parse_remove(&c->interfaces, &c->n_interfaces, sizeof(*f), (unsigned)(f - c->interfaces));
}

void interface_tidy(struct config *c, struct cfg_interface *f)
{
	if (!f->name[0] && !f->ike_enable && !f->crypto_map[0])
		interface_drop(c, f);
}

static struct cfg_interface *by_name(struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (strcmp(c->interfaces[i].name, name) == 0)
			return &c->interfaces[i];
	return NULL;
}

static bool set_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	struct cfg_interface *f = by_name(c, w->text);

	if (!f) {
		f = interface_add(p, w->column);
		if (!f)
			return false;
		name_copy(f->name, w);
	}
	parse_enter(p, MODE_INTERFACE, (unsigned)(f - c->interfaces));
	return true;
}

static bool unset_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_interface *f = by_name(obj, w->text);

	if (!f)
		return parse_error(p, w->column, "there is no interface \"%s\"", w->text);
	interface_drop(obj, f);
	return true;
}

static void print_interfaces(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].name[0])
			print_mode(w, c, MODE_INTERFACE, &c->interfaces[i], true, "interface %s",
				   print_name(w, c->interfaces[i].name));
}

static bool set_nameif(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_interface *f = obj, *other = by_nameif(p->c, w->text);

	if (other && other != f && other->name[0])
		return parse_error(p, w->column, "interface \"%s\" has the name \"%s\" already",
				   other->name, w->text);
	name_copy(f->nameif, w);
	if (!other || other == f)
		return true;
	/* crypto commands before this block meant this interface */
	memcpy(f->crypto_map, other->crypto_map, sizeof(f->crypto_map));
	f->ike_enable = other->ike_enable;
	if (other < f)
		p->obj--;
	interface_drop(p->c, other);
	return true;
}

static bool unset_nameif(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = obj;

	(void)p;
	(void)m;
	memset(f->nameif, 0, sizeof(f->nameif));
	memset(f->crypto_map, 0, sizeof(f->crypto_map));
	f->ike_enable = false;
	return true;
}

static void print_nameif(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_interface *f = obj;

	(void)c;
	if (f->nameif[0])
		print_line(w, "nameif %s", print_name(w, f->nameif));
}

static bool set_address(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = obj;

	if (m->cap[0].number == 0 || m->cap[1].number == 0)
		return parse_error(p, m->cap[0].word.column, "IP: not the address of an interface");
	f->ip = m->cap[0].number;
	f->prefix = (uint8_t)m->cap[1].number;
	return true;
}

static bool unset_address(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = obj;

	(void)p;
	(void)m;
	f->ip = 0;
	f->prefix = 0;
	return true;
}

static void print_address(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_interface *f = obj;

	(void)c;
	if (f->prefix)
		print_line(w, "ip address %s %s", print_ip(w, f->ip), print_mask(w, f->prefix));
}

static bool set_shutdown(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	(void)m;
	return parse_error(p, 1,
			   "interfaces are switched by the system, not here: leave out `shutdown`, "
			   "and `crypto ikev1 enable` for this interface");
}

static bool unset_shutdown(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)obj;
	(void)m;
	return true;
}

static const struct row rows[] = {
	{MODE_GLOBAL, "interface NAME", "interface NAME", "An interface of this server",
	 "NAME=the system's name of it, like eth0", true, set_interface, unset_interface,
	 print_interfaces},
	{MODE_INTERFACE, "nameif NAME", "nameif [NAME]", "The name that other commands use for it",
	 "NAME=like outside", false, set_nameif, unset_nameif, print_nameif},
	{MODE_INTERFACE, "ip address IP MASK", "ip address [IP] [MASK]", "The address of it",
	 "IP=address;MASK=subnet mask", false, set_address, unset_address, print_address},
	{MODE_INTERFACE, "shutdown", "shutdown", "Only `no shutdown` is accepted: no effect", NULL,
	 false, set_shutdown, unset_shutdown, NULL},
};

const struct topic topic_interface = TOPIC(rows);
