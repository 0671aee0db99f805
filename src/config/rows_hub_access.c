/*
 * Rows: the access list of a hub (softether.md 2.3, 3.2; hub/access_list.h). Data for the schema;
 * called by parse.c and print.c only. Whom a rule names is looked at by check_hub.c: users and
 * groups may be made behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access_text.h"
#include "parse.h"
#include "print.h"

/* The captures of `access`, in the order of its grammar and of printing. */
enum {
	CAP_ID,
	CAP_ACTION,
	CAP_PRIORITY,
	CAP_FAMILY,
	CAP_SOURCE,
	CAP_DESTINATION,
	CAP_PROTOCOL,
	CAP_SOURCE_PORT,
	CAP_DESTINATION_PORT,
	CAP_SOURCE_USER,
	CAP_DESTINATION_USER,
	CAP_SOURCE_MAC,
	CAP_DESTINATION_MAC,
	CAP_TCP,
	CAP_DELAY,
	CAP_JITTER,
	CAP_LOSS,
	CAP_NOTE,
	CAP_INACTIVE,
	CAP_N
};

_Static_assert(CAP_N <= GRAMMAR_CAPTURES_MAX, "the grammar has a capture for each");

/* ---- one condition each; false after an error ---- */

static bool right(struct parse *p, const struct grammar_word *w, const char *what,
		  const char *wrong)
{
	return !wrong || parse_error(p, w->column, "%s: %s", what, wrong);
}

static bool take_action(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.discard = c->number == 1;
	return true;
}

static bool take_priority(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.priority = c->number;
	return true;
}

static bool take_family(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.family = c->number == 0 ? ACCESS_IPV4 : ACCESS_IPV6;
	return true;
}

static bool take_prefix(struct parse *p, struct cfg_access *a, const struct grammar_word *w,
			struct access_prefix *out)
{
	enum access_family family;
	char text[ACCESS_TEXT];
	bool had_rest;

	if (!right(p, w, "PREFIX", access_prefix_read(w->text, out, &family, &had_rest)))
		return false;
	if (a->rule.family != ACCESS_ANY && a->rule.family != family)
		return parse_error(p, w->column, "PREFIX: this is %s, but the rule is about %s",
				   family == ACCESS_IPV4 ? "IPv4" : "IPv6",
				   family == ACCESS_IPV4 ? "IPv6" : "IPv4");
	a->rule.family = family;
	if (had_rest)
		parse_warn(p, w->column,
			   "PREFIX: the address has bits behind the prefix length; taken as %s",
			   access_prefix_write(out, family, text));
	return true;
}

static bool take_source(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	return take_prefix(p, a, &c->word, &a->rule.src);
}

static bool take_destination(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	return take_prefix(p, a, &c->word, &a->rule.dst);
}

static bool take_protocol(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	return right(p, &c->word, "PROTOCOL", access_proto_read(c->word.text, &a->rule.proto));
}

static bool take_source_port(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	return right(p, &c->word, "PORTS", access_ports_read(c->word.text, &a->rule.src_port));
}

static bool take_destination_port(struct parse *p, struct cfg_access *a,
				  const struct grammar_capture *c)
{
	return right(p, &c->word, "PORTS", access_ports_read(c->word.text, &a->rule.dst_port));
}

static bool take_source_user(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	name_copy(a->src_user, &c->word);
	return true;
}

static bool take_destination_user(struct parse *p, struct cfg_access *a,
				  const struct grammar_capture *c)
{
	(void)p;
	name_copy(a->dst_user, &c->word);
	return true;
}

static bool take_source_mac(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	return right(p, &c->word, "MAC", access_mac_read(c->word.text, &a->rule.src_mac));
}

static bool take_destination_mac(struct parse *p, struct cfg_access *a,
				 const struct grammar_capture *c)
{
	return right(p, &c->word, "MAC", access_mac_read(c->word.text, &a->rule.dst_mac));
}

static bool take_tcp(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.tcp = c->number == 0 ? ACCESS_TCP_ESTABLISHED : ACCESS_TCP_UNESTABLISHED;
	return true;
}

static bool take_delay(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.delay_ms = (uint16_t)c->number;
	return true;
}

static bool take_jitter(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.jitter_percent = (uint8_t)c->number;
	return true;
}

static bool take_loss(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	a->rule.loss_percent = (uint8_t)c->number;
	return true;
}

static bool take_note(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	const struct grammar_word *w = &c->word;

	if (w->len > CFG_TEXT_MAX)
		return parse_error(p, w->column, "TEXT: at most %u octets are kept", CFG_TEXT_MAX);
	memcpy(a->note, w->text, w->len);
	return true;
}

static bool take_inactive(struct parse *p, struct cfg_access *a, const struct grammar_capture *c)
{
	(void)p;
	(void)c;
	a->rule.active = false;
	return true;
}

static bool (*const takers[CAP_N])(struct parse *, struct cfg_access *,
				   const struct grammar_capture *) = {
	[CAP_ACTION] = take_action,
	[CAP_PRIORITY] = take_priority,
	[CAP_FAMILY] = take_family,
	[CAP_SOURCE] = take_source,
	[CAP_DESTINATION] = take_destination,
	[CAP_PROTOCOL] = take_protocol,
	[CAP_SOURCE_PORT] = take_source_port,
	[CAP_DESTINATION_PORT] = take_destination_port,
	[CAP_SOURCE_USER] = take_source_user,
	[CAP_DESTINATION_USER] = take_destination_user,
	[CAP_SOURCE_MAC] = take_source_mac,
	[CAP_DESTINATION_MAC] = take_destination_mac,
	[CAP_TCP] = take_tcp,
	[CAP_DELAY] = take_delay,
	[CAP_JITTER] = take_jitter,
	[CAP_LOSS] = take_loss,
	[CAP_NOTE] = take_note,
	[CAP_INACTIVE] = take_inactive,
};

/* The first condition that does not go with those before it is at fault. */
static bool take_all(struct parse *p, struct cfg_access *a, const struct grammar_match *m)
{
	for (unsigned i = CAP_ACTION; i < CAP_N; i++) {
		const struct grammar_capture *c = &m->cap[i];
		const char *fault;

		if (!c->set)
			continue;
		if (!takers[i](p, a, c))
			return false;
		fault = access_rule_fault(&a->rule);
		if (fault)
			return parse_error(p, c->word.column, "%s", fault);
	}
	return true;
}

/* ---- the list ---- */

static void mark(struct parse *p, const struct cfg_hub *h, enum mark kind,
		 const struct grammar_match *m, unsigned cap)
{
	char id[16], text[CFG_NAME_MAX + 1];

	if (!m->cap[cap].set)
		return;
	snprintf(id, sizeof(id), "%u", m->cap[CAP_ID].number);
	hub_mark_name(h->name, id, text);
	parse_mark(p, kind,
		   &(struct grammar_word){
			   .text = text, .len = strlen(text), .column = m->cap[cap].word.column});
}

/* The rule of this id, made in its place when there is none; NULL after an error. */
static struct cfg_access *place_of(struct parse *p, struct cfg_hub *h, uint32_t id, unsigned column)
{
	const struct cfg_access *known = config_access(h, id);
	unsigned i = h->n_access;

	if (known)
		return &h->access[known - h->access];
	if (!parse_grow(p, &h->access, &h->n_access, sizeof(*h->access), ACCESS_RULES_MAX, column,
			"access rules of one hub"))
		return NULL;
	while (i > 0 && h->access[i - 1].rule.id > id)
		i--;
	memmove(&h->access[i + 1], &h->access[i], (h->n_access - 1 - i) * sizeof(*h->access));
	return &h->access[i];
}

static bool set_access(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint32_t id = m->cap[CAP_ID].number;
	struct cfg_access a = {.rule = access_rule_any()}, *place;
	struct cfg_hub *h = obj;

	a.rule.id = a.rule.priority = id;
	if (!take_all(p, &a, m))
		return false;
	place = place_of(p, h, id, m->cap[CAP_ID].word.column);
	if (!place)
		return false;
	*place = a;
	mark(p, h, MARK_ACCESS_SOURCE, m, CAP_SOURCE_USER);
	mark(p, h, MARK_ACCESS_DESTINATION, m, CAP_DESTINATION_USER);
	return true;
}

static bool unset_access(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub *h = obj;
	const struct cfg_access *a;

	if (!m->cap[0].set) {
		free(h->access);
		h->access = NULL;
		h->n_access = 0;
		return true;
	}
	a = config_access(h, m->cap[0].number);
	if (!a)
		return parse_error(p, m->cap[0].word.column, "the hub \"%s\" has no access rule %u",
				   h->name, m->cap[0].number);
	parse_remove(&h->access, &h->n_access, sizeof(*a), (unsigned)(a - h->access));
	return true;
}

/* ---- printing ---- */

struct line {
	size_t len;
	char text[GRAMMAR_LINE_MAX];
};

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n;
	if (l->len >= sizeof(l->text))
		l->len = sizeof(l->text) - 1;
}

static void put_prefixes(struct line *l, const struct access_rule *r)
{
	char text[ACCESS_TEXT];

	if (r->family != ACCESS_ANY && !r->src.len && !r->dst.len)
		put(l, " %s", r->family == ACCESS_IPV4 ? "ipv4" : "ipv6");
	if (r->src.len)
		put(l, " source %s", access_prefix_write(&r->src, r->family, text));
	if (r->dst.len)
		put(l, " destination %s", access_prefix_write(&r->dst, r->family, text));
}

static void put_ports(struct line *l, const struct access_rule *r)
{
	char text[ACCESS_TEXT];

	if (r->proto != ACCESS_NO_PROTO)
		put(l, " protocol %s", access_proto_write(r->proto, text));
	if (r->src_port.last)
		put(l, " source-port %s", access_ports_write(&r->src_port, text));
	if (r->dst_port.last)
		put(l, " destination-port %s", access_ports_write(&r->dst_port, text));
}

/* A name or a note, quoted where it must be. */
static void put_word(struct line *l, const char *what, const char *word)
{
	char text[2 * CFG_TEXT_MAX + 3];

	if (word[0])
		put(l, " %s %s", what, grammar_quote(word, text, sizeof(text)));
}

static void put_ends(struct line *l, const struct cfg_access *a)
{
	char text[ACCESS_TEXT];

	put_word(l, "source-user", a->src_user);
	put_word(l, "destination-user", a->dst_user);
	if (a->rule.src_mac.mask)
		put(l, " source-mac %s", access_mac_write(&a->rule.src_mac, text));
	if (a->rule.dst_mac.mask)
		put(l, " destination-mac %s", access_mac_write(&a->rule.dst_mac, text));
}

static void put_effect(struct line *l, const struct cfg_access *a)
{
	const struct access_rule *r = &a->rule;

	if (r->tcp != ACCESS_TCP_ANY)
		put(l, " tcp %s",
		    r->tcp == ACCESS_TCP_ESTABLISHED ? "established" : "unestablished");
	if (r->delay_ms)
		put(l, " delay %u", r->delay_ms);
	if (r->jitter_percent)
		put(l, " jitter %u", r->jitter_percent);
	if (r->loss_percent)
		put(l, " loss %u", r->loss_percent);
	put_word(l, "note", a->note);
	if (!r->active)
		put(l, " inactive");
}

bool config_access_line(const struct cfg_access *a, char *out, size_t cap)
{
	const struct access_rule *r = &a->rule;
	struct line l = {.len = 0};

	put(&l, "access %u %s", r->id, r->discard ? "discard" : "pass");
	if (r->priority != r->id)
		put(&l, " priority %u", r->priority);
	put_prefixes(&l, r);
	put_ports(&l, r);
	put_ends(&l, a);
	put_effect(&l, a);
	return (size_t)snprintf(out, cap, "%s", l.text) < cap;
}

static void print_access(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;
	char line[GRAMMAR_LINE_MAX];

	(void)c;
	for (unsigned i = 0; i < h->n_access; i++) {
		config_access_line(&h->access[i], line, sizeof(line));
		print_line(w, "%s", line);
	}
}

static const struct row rows[] = {
	{MODE_HUB,
	 "access ID<1-4294967295> {pass|discard} (priority PRIORITY<1-4294967295>|{ipv4|ipv6}|"
	 "source PREFIX|destination PREFIX|protocol PROTOCOL|source-port PORTS|"
	 "destination-port PORTS|source-user NAME|destination-user NAME|source-mac MAC|"
	 "destination-mac MAC|tcp {established|unestablished}|delay MS<0-10000>|"
	 "jitter PERCENT<0-100>|loss PERCENT<0-100>|note TEXT|{inactive})",
	 "access [ID<1-4294967295>]",
	 "A rule of the hub's access list: the first that matches a frame decides, by priority; "
	 "none: pass. The same ID again replaces the rule; `no access` removes all",
	 "ID=its number;pass=let it through;discard=drop it;"
	 "priority=when another than ID;PRIORITY=the lowest is first;"
	 "ipv4=IPv4 alone;ipv6=IPv6 alone;"
	 "source=who sent it;destination=whom it is for;"
	 "PREFIX=10.0.0.0/8, 10.0.0.1 or 2001:db8::/32;"
	 "protocol=the protocol of IP;PROTOCOL=tcp, udp, icmp, icmpv6, esp, gre, ... or a number;"
	 "source-port=the sender's port;destination-port=the receiver's port;"
	 "PORTS=of TCP or UDP: 80 or 1024-65535;"
	 "source-user=the user or group that sent it;"
	 "destination-user=the user or group that it is for;"
	 "NAME=a user or a group of the hub;"
	 "source-mac=the sender's MAC;destination-mac=the receiver's MAC;"
	 "MAC=00:11:22:33:44:55, a mask of the same form may follow behind '/';"
	 "tcp=by the connection's state;established=of a connection that is there;"
	 "unestablished=the first packet of one;"
	 "delay=hold what passes back;MS=milliseconds;"
	 "jitter=vary the delay;loss=lose some of what passes;PERCENT=of a hundred;"
	 "note=a remark;TEXT=in quotes when it has spaces;inactive=keep the rule, but skip it",
	 false, set_access, unset_access, print_access},
};

const struct topic topic_hub_access = TOPIC(rows);
