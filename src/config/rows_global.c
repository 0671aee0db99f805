/*
 * Rows: hostname, l2tp tunnel. Data for the schema; nobody calls these functions but
 * parse.c and print.c.
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "print.h"

static bool set_hostname(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";

	if (w->len > 63 || strspn(w->text, allowed) != w->len || w->text[0] == '-' ||
	    w->text[w->len - 1] == '-')
		return parse_error(p, w->column,
				   "NAME: a host name has letters, digits and inner hyphens, at "
				   "most 63");
	name_copy(c->hostname, w);
	return true;
}

static bool unset_hostname(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	(void)p;
	(void)m;
	snprintf(c->hostname, sizeof(c->hostname), "sekisho");
	return true;
}

static void print_hostname(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	print_line(w, "hostname %s", c->hostname);
}

static bool set_hello(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct config *)obj)->l2tp_hello_s = (uint16_t)m->cap[0].number;
	return true;
}

static bool unset_hello(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct config *)obj)->l2tp_hello_s = 60;
	return true;
}

static void print_hello(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->l2tp_hello_s != 60)
		print_line(w, "l2tp tunnel hello %u", c->l2tp_hello_s);
}

static bool set_secret(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;

	if (!w->quoted && strspn(w->text, "*") == w->len) {
		parse_warn(p, w->column, "the tunnel secret is masked: it has to be set again");
		return true;
	}
	return secret_set(&c->l2tp_secret, w->text, w->len);
}

static bool unset_secret(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	secret_wipe(&((struct config *)obj)->l2tp_secret);
	return true;
}

static void print_secret(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->l2tp_secret.len)
		print_line(w, "l2tp tunnel secret %s", print_key(w, &c->l2tp_secret));
}

static const struct row rows[] = {
	{MODE_GLOBAL, "hostname NAME", "hostname [NAME]", "The name of this server",
	 "NAME=letters, digits and hyphens, at most 63", false, set_hostname, unset_hostname,
	 print_hostname},
	{MODE_GLOBAL, "l2tp tunnel hello SECONDS<10-300>", "l2tp tunnel hello [SECONDS<10-300>]",
	 "Interval of L2TP hello messages; default 60",
	 "SECONDS=interval in seconds;tunnel=settings of every tunnel;hello=keepalive message",
	 false, set_hello, unset_hello, print_hello},
	{MODE_GLOBAL, "l2tp tunnel secret KEY", "l2tp tunnel secret [KEY]",
	 "The secret by which tunnels prove themselves (Challenge, RFC 2661 5.1.1): every client "
	 "must have it; Windows and macOS can not",
	 "KEY=1 to 128 octets, in quotes when it has spaces;tunnel=settings of every tunnel;"
	 "secret=tunnel authentication",
	 false, set_secret, unset_secret, print_secret},
};

const struct topic topic_global = TOPIC(rows);
