/*
 * Rows: the routers that come by EtherIP, by their ISAKMP identities (softether.md 1.7). Data for
 * the schema; called by parse.c and print.c only. Hubs and users are looked at by check.c: they may
 * be made behind these rows.
 */
#include <string.h>
#include <strings.h>

#include "parse.h"
#include "print.h"

#define CLIENTS_MAX 1000

/* In the order of the grammar. */
enum { CAP_ID, CAP_HUB, CAP_USER, CAP_PASSWORD };

static struct cfg_etherip *client_of(struct config *c, const char *id)
{
	for (unsigned i = 0; i < c->n_etherip; i++)
		if (strcasecmp(c->etherip[i].id, id) == 0)
			return &c->etherip[i];
	return NULL;
}

/* A masked password leaves the one that is there. */
static bool take_password(struct parse *p, struct cfg_etherip *e, const struct grammar_word *w)
{
	if (w->quoted || strspn(w->text, "*") != w->len)
		return secret_set(&e->password, w->text, w->len) ||
		       parse_error(p, w->column, "PASSWORD: at most %u octets", SECRET_MAX);
	parse_warn(p, w->column,
		   "the password of the EtherIP client is masked: it has to be set again");
	return true;
}

static void mark_hub(struct parse *p, const struct cfg_etherip *e, unsigned column)
{
	char mark[CFG_NAME_MAX + 1];

	hub_mark_name(e->hub, e->id, mark);
	parse_mark(p, MARK_ETHERIP,
		   &(struct grammar_word){.text = mark, .len = strlen(mark), .column = column});
}

static bool set_client(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *id = &m->cap[CAP_ID].word;
	struct config *c = obj;
	struct cfg_etherip *e = client_of(c, id->text), next = {0};
	bool ok;

	if (e)
		next.password = e->password;
	memcpy(next.id, id->text, id->len);
	name_copy(next.hub, &m->cap[CAP_HUB].word);
	name_copy(next.user, &m->cap[CAP_USER].word);
	ok = take_password(p, &next, &m->cap[CAP_PASSWORD].word);
	if (ok && !e)
		e = parse_grow(p, &c->etherip, &c->n_etherip, sizeof(*e), CLIENTS_MAX, id->column,
			       "EtherIP clients");
	ok = ok && e;
	if (ok) {
		*e = next;
		mark_hub(p, e, m->cap[CAP_HUB].word.column);
	}
	secret_wipe(&next.password);
	return ok;
}

static bool unset_client(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_etherip *e = client_of(c, m->cap[CAP_ID].word.text);

	if (!e)
		return parse_error(p, m->cap[CAP_ID].word.column,
				   "there is no EtherIP client with this ID");
	parse_remove(&c->etherip, &c->n_etherip, sizeof(*e), (unsigned)(e - c->etherip));
	return true;
}

static void print_clients(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_etherip; i++) {
		const struct cfg_etherip *e = &c->etherip[i];

		print_line(w, "etherip client %s hub %s user %s password %s", print_name(w, e->id),
			   print_name(w, e->hub), print_name(w, e->user),
			   e->password.len ? print_key(w, &e->password) : "*****");
	}
}

static const struct row rows[] = {
	{MODE_GLOBAL, "etherip client IDENTITY hub NAME user NAME password PASSWORD",
	 "etherip client IDENTITY",
	 "A router that comes by EtherIP over IPsec: what its ISAKMP identity lets it in to. "
	 "The same ID again replaces it",
	 "IDENTITY=the ISAKMP identity: an address, a host name, a user name, a key's name, in any "
	 "case, or `*` for every other one;hub=its port is on this hub;NAME=of the hub, of a user "
	 "of "
	 "that hub;user=it logs in as this user;password=of the user;PASSWORD=1 to 128 octets",
	 false, set_client, unset_client, print_clients},
};

const struct topic topic_etherip = TOPIC(rows);
