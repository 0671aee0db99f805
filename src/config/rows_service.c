/*
 * Rows: the services as SoftEther's IPsecEnable switches them, and the hub of who names none
 * (softether.md 1.1; DESIGN.md section 4). Its key is that of DefaultRAGroup. Data for the
 * schema; called by parse.c and print.c only.
 */
#include <string.h>

#include "parse.h"
#include "print.h"

/* In the order of the grammar. */
enum { L2TP, L2TP_RAW, ETHERIP };

static bool set_service(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_services *s = &((struct config *)obj)->services;

	if (m->cap[0].number == L2TP_RAW)
		return parse_error(p, m->cap[0].word.column,
				   "L2TP without IPsec comes with a later version");
	if (m->cap[0].number == L2TP)
		s->l2tp = true;
	else
		s->etherip = true;
	parse_mark(p, MARK_SERVICE, &(struct grammar_word){"", 0, m->cap[0].word.column, false});
	return true;
}

static bool unset_service(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	if (m->cap[0].number == L2TP)
		((struct config *)obj)->services.l2tp = false;
	if (m->cap[0].number == ETHERIP)
		((struct config *)obj)->services.etherip = false;
	return true;
}

static void print_services(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->services.l2tp)
		print_line(w, "ipsec-service l2tp");
	if (c->services.etherip)
		print_line(w, "ipsec-service etherip");
}

static bool set_default_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	name_copy(((struct config *)obj)->services.default_hub, &m->cap[0].word);
	parse_mark(p, MARK_REF_HUB, &m->cap[0].word);
	return true;
}

static bool unset_default_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	(void)p;
	(void)m;
	memset(c->services.default_hub, 0, sizeof(c->services.default_hub));
	return true;
}

static void print_default_hub(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->services.default_hub[0])
		print_line(w, "ipsec-service default-hub %s",
			   print_name(w, c->services.default_hub));
}

static const struct row rows[] = {
	{MODE_GLOBAL, "ipsec-service {l2tp|l2tp-raw|etherip}",
	 "ipsec-service {l2tp|l2tp-raw|etherip}",
	 "Services on every local address; default none. The key is that of DefaultRAGroup",
	 "l2tp=L2TP over IPsec, as `crypto ikev1 enable` for one interface;l2tp-raw=refused: L2TP "
	 "without IPsec;etherip=EtherIP over IPsec, for the routers of `etherip client`",
	 false, set_service, unset_service, print_services},
	{MODE_GLOBAL, "ipsec-service default-hub NAME", "ipsec-service default-hub [NAME]",
	 "The hub of users who name none; default the hub DEFAULT", "NAME=a hub, in any case",
	 false, set_default_hub, unset_default_hub, print_default_hub},
};

const struct topic topic_service = TOPIC(rows);
