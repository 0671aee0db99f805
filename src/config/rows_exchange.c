/*
 * Rows: which IKE version 1 exchanges are served and how: Aggressive Mode (ASA's
 * `am-disable`), fragmentation in the form of Cisco and Microsoft. Data for the
 * schema; called by parse.c and print.c only.
 */
#include "parse.h"
#include "print.h"

#define FRAGMENT_MTU 1280

static bool set_am_disable(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct config *)obj)->aggressive = false;
	return true;
}

static bool unset_am_disable(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)m;
	((struct config *)obj)->aggressive = true;
	parse_mark(p, MARK_AGGRESSIVE, &(struct grammar_word){"", 0, 1, false});
	parse_warn(p, 1,
		   "Aggressive Mode gives whoever sends one packet what it takes to guess the "
		   "pre-shared key offline: use it only for clients that have no Main Mode, and "
		   "a random key of 20 characters or more");
	return true;
}

static void print_am_disable(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->aggressive)
		print_line(w, "no crypto ikev1 am-disable");
}

static bool set_fragmentation(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct config *)obj)->fragment_mtu =
		m->cap[0].set ? (uint16_t)m->cap[0].number : FRAGMENT_MTU;
	return true;
}

static bool unset_fragmentation(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct config *)obj)->fragment_mtu = 0;
	return true;
}

static void print_fragmentation(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->fragment_mtu == 0)
		print_line(w, "no crypto ikev1 fragmentation");
	else if (c->fragment_mtu != FRAGMENT_MTU)
		print_line(w, "crypto ikev1 fragmentation mtu %u", c->fragment_mtu);
}

static const struct row rows[] = {
	{MODE_GLOBAL, "crypto ikev1 am-disable", "crypto ikev1 am-disable",
	 "Refuse Aggressive Mode; the default. The `no` form serves it: then whoever sends one "
	 "packet can guess the pre-shared key offline",
	 NULL, false, set_am_disable, unset_am_disable, print_am_disable},
	{MODE_GLOBAL, "crypto ikev1 fragmentation [mtu OCTETS<576-1500>]",
	 "crypto ikev1 fragmentation",
	 "Take and send IKE messages in fragments (Cisco's and Microsoft's form); default on",
	 "OCTETS=size of the IP packets that fragments are sent in, default 1280", false,
	 set_fragmentation, unset_fragmentation, print_fragmentation},
};

const struct topic topic_exchange = TOPIC(rows);
