/*
 * names: names that many sessions have (users, groups), each kept once, their numbers in
 * access lists, and the sessions that are logged in under a user's name. Called by session,
 * session_ppp, account, rules and limits.
 */
#include "core_i.h"

#include <ctype.h>
#include <stdlib.h>

/* No map has key 0. */
static uint64_t key_of(const struct core *c, const char *text)
{
	return hash_bytes(text, strlen(text), c->names_seed) | 1;
}

struct name *name_get(struct core *c, const char *text)
{
	uint64_t key = key_of(c, text);
	struct name *first = map_get(&c->names, key), *n = first;
	size_t len = strlen(text);

	while (n && strcmp(n->text, text) != 0)
		n = n->next;
	if (n) {
		n->refs++;
		return n;
	}
	n = calloc(1, sizeof(*n) + len + 1);
	if (!n || !map_put(&c->names, key, n)) {
		free(n);
		return NULL;
	}
	n->refs = 1;
	n->next = first;
	list_init(&n->logins);
	memcpy(n->text, text, len);
	return n;
}

void name_put(struct core *c, struct name *n)
{
	struct name *first, *before;
	uint64_t key;

	if (!n || --n->refs)
		return;
	key = key_of(c, n->text);
	first = before = map_get(&c->names, key);
	if (first == n && n->next) {
		map_put(&c->names, key, n->next);
	} else if (first == n) {
		map_del(&c->names, key);
	} else {
		while (before->next != n)
			before = before->next;
		before->next = n->next;
	}
	free(n);
}

bool name_set(struct core *c, struct name **at, const char *text)
{
	struct name *n = name_get(c, text);

	if (!n)
		return false;
	name_put(c, *at);
	*at = n;
	return true;
}

/* Numbers come again after 2^32 names. A name keeps its own as long as somebody refers to it. */
struct name *name_numbered(struct core *c, const char *text)
{
	char lower[CFG_NAME_MAX + 1];
	size_t len = strnlen(text, CFG_NAME_MAX);
	struct name *n;

	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	lower[len] = '\0';
	n = name_get(c, lower);
	if (n && n->number == ACCESS_ANYONE) {
		if (++c->next_name == ACCESS_ANYONE)
			c->next_name++;
		n->number = c->next_name;
	}
	return n;
}

void session_log_in(struct session *s)
{
	session_log_out(s);
	s->admitted = true;
	list_push(&s->account->logins, &s->login_node);
	s->account->n_logins++;
	s->login_hub = s->hub;
	s->core->hubs[s->login_hub].n_logins++;
}

void session_log_out(struct session *s)
{
	if (list_empty(&s->login_node))
		return;
	list_del(&s->login_node);
	s->account->n_logins--;
	s->core->hubs[s->login_hub].n_logins--;
}
