/*
 * Rows: the users and groups of a hub (softether.md 2.1, 2.2). Data for the schema; called by
 * parse.c and print.c only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub_policy.h"
#include "password.h"
#include "print.h"
#include "rows_user.h"

#define USERS_MAX  10000 /* softether.md 2.3 */
#define GROUPS_MAX 10000

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ()-_#%&.+@"

/* ---- the blocks ---- */

static bool is_star(const char *name)
{
	return strcmp(name, "*") == 0;
}

static bool name_ok(struct parse *p, const struct grammar_word *w, const char *what)
{
	return strspn(w->text, NAME_CHARS) == w->len ||
	       parse_error(p, w->column,
			   "NAME: the name of a %s has letters, digits, spaces and ()-_#%%&.+@",
			   what);
}

static struct cfg_hub_user *user_of(struct cfg_hub *h, const struct grammar_word *w)
{
	const struct cfg_hub_user *u = config_hub_user(h, w->text, w->len);

	return u ? &h->users[u - h->users] : NULL;
}

static bool set_user(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	char mark[CFG_NAME_MAX + 1];
	struct cfg_hub *h = obj;
	struct cfg_hub_user *u = user_of(h, w);

	if (!u && !is_star(w->text) && !name_ok(p, w, "user"))
		return false;
	if (!u) {
		u = parse_grow(p, &h->users, &h->n_users, sizeof(*u), USERS_MAX, w->column,
			       "users of one hub");
		if (!u)
			return false;
		name_copy(u->login.name, w);
	}
	hub_mark_name(h->name, w->text, mark);
	parse_mark(p, MARK_HUB_USER,
		   &(struct grammar_word){.text = mark, .len = strlen(mark), .column = w->column});
	parse_enter(p, MODE_HUB_USER, (unsigned)(u - h->users));
	return true;
}

static bool unset_user(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_hub *h = obj;
	struct cfg_hub_user *u = user_of(h, w);

	if (!u)
		return parse_error(p, w->column, "the hub \"%s\" has no user \"%s\"", h->name,
				   w->text);
	parse_remove(&h->users, &h->n_users, sizeof(*u), (unsigned)(u - h->users));
	return true;
}

static void print_users(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;

	for (unsigned i = 0; i < h->n_users; i++)
		print_mode(w, c, MODE_HUB_USER, &h->users[i], true, "user %s",
			   print_name(w, h->users[i].login.name));
}

static struct cfg_hub_group *group_of(struct cfg_hub *h, const struct grammar_word *w)
{
	const struct cfg_hub_group *g = config_hub_group(h, w->text);

	return g ? &h->groups[g - h->groups] : NULL;
}

static bool set_group(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_hub *h = obj;
	struct cfg_hub_group *g = group_of(h, w);

	if (!g && !name_ok(p, w, "group"))
		return false;
	if (!g) {
		g = parse_grow(p, &h->groups, &h->n_groups, sizeof(*g), GROUPS_MAX, w->column,
			       "groups of one hub");
		if (!g)
			return false;
		name_copy(g->name, w);
	}
	parse_enter(p, MODE_HUB_GROUP, (unsigned)(g - h->groups));
	return true;
}

static bool unset_group(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_hub *h = obj;
	struct cfg_hub_group *g = group_of(h, w);

	if (!g)
		return parse_error(p, w->column, "the hub \"%s\" has no group \"%s\"", h->name,
				   w->text);
	parse_remove(&h->groups, &h->n_groups, sizeof(*g), (unsigned)(g - h->groups));
	return true;
}

static void print_groups(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;

	for (unsigned i = 0; i < h->n_groups; i++)
		print_mode(w, c, MODE_HUB_GROUP, &h->groups[i], true, "group %s",
			   print_name(w, h->groups[i].name));
}

/* ---- real names and notes ---- */

static bool take_text(struct parse *p, char out[CFG_TEXT_MAX + 1], const struct grammar_word *w)
{
	if (w->len > CFG_TEXT_MAX)
		return parse_error(p, w->column, "TEXT: at most %u octets are kept", CFG_TEXT_MAX);
	memset(out, 0, CFG_TEXT_MAX + 1);
	memcpy(out, w->text, w->len);
	return true;
}

static void print_text(struct print *w, const char *keyword, const char *text)
{
	char quoted[2 * CFG_TEXT_MAX + 3];

	if (text[0])
		print_line(w, "%s %s", keyword, grammar_quote(text, quoted, sizeof(quoted)));
}

static bool set_user_realname(struct parse *p, void *obj, const struct grammar_match *m)
{
	return take_text(p, ((struct cfg_hub_user *)obj)->realname, &m->cap[0].word);
}

static bool unset_user_realname(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	memset(((struct cfg_hub_user *)obj)->realname, 0, CFG_TEXT_MAX + 1);
	return true;
}

static void print_user_realname(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_text(w, "realname", ((const struct cfg_hub_user *)obj)->realname);
}

/* The value of a field of a note, "IPv4: 10.0.0.1", behind its colon and spaces; NULL: it has
 * no such field. The field begins the note or stands behind a space or a punctuation mark. */
static const char *note_field(const char *note, const char *field)
{
	const char *at = note;

	while ((at = strcasestr(at, field))) {
		if (at == note || strchr(" ,;/|", at[-1])) {
			at += strlen(field);
			return at + strspn(at, " ");
		}
		at++;
	}
	return NULL;
}

static bool take_note_ip(struct parse *p, const struct grammar_word *w, const char *value,
			 uint32_t *out)
{
	char text[IP_ADDR_TEXT];
	size_t len = strspn(value, "0123456789.");
	struct ip_addr a;

	snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : 0), value);
	if (!ip_addr_parse(text, &a) || a.family != 4)
		return parse_error(p, w->column, "TEXT: behind `IPv4:` stands no IPv4 address");
	*out = ip4_of(&a);
	return user_address_ok(*out) ||
	       parse_error(p, w->column, "TEXT: `IPv4:` is not the address of a host");
}

static bool set_user_note(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	const char *ip = note_field(w->text, "IPv4:");
	struct cfg_hub_user *u = obj;
	uint32_t address = 0;

	if (note_field(w->text, "MAC:"))
		return parse_error(p, w->column,
				   "TEXT: `MAC:` in a note, the address of the user's port, is "
				   "not acted on yet");
	if ((ip && !take_note_ip(p, w, ip, &address)) || !take_text(p, u->note, w))
		return false;
	u->login.framed_ip = address;
	return true;
}

static bool unset_user_note(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub_user *u = obj;

	(void)p;
	(void)m;
	memset(u->note, 0, sizeof(u->note));
	u->login.framed_ip = 0;
	return true;
}

static void print_user_note(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_text(w, "note", ((const struct cfg_hub_user *)obj)->note);
}

static bool set_group_realname(struct parse *p, void *obj, const struct grammar_match *m)
{
	return take_text(p, ((struct cfg_hub_group *)obj)->realname, &m->cap[0].word);
}

static bool unset_group_realname(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	memset(((struct cfg_hub_group *)obj)->realname, 0, CFG_TEXT_MAX + 1);
	return true;
}

static void print_group_realname(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_text(w, "realname", ((const struct cfg_hub_group *)obj)->realname);
}

static bool set_group_note(struct parse *p, void *obj, const struct grammar_match *m)
{
	return take_text(p, ((struct cfg_hub_group *)obj)->note, &m->cap[0].word);
}

static bool unset_group_note(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	memset(((struct cfg_hub_group *)obj)->note, 0, CFG_TEXT_MAX + 1);
	return true;
}

static void print_group_note(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_text(w, "note", ((const struct cfg_hub_group *)obj)->note);
}

/* ---- membership, expiry ---- */

static bool set_membership(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	name_copy(((struct cfg_hub_user *)obj)->group, &m->cap[0].word);
	return true;
}

static bool unset_membership(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	memset(((struct cfg_hub_user *)obj)->group, 0, CFG_NAME_MAX + 1);
	return true;
}

static void print_membership(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub_user *u = obj;

	(void)c;
	if (u->group[0])
		print_line(w, "group %s", print_name(w, u->group));
}

/* n digits at *at and the character behind them; UINT64_MAX when they are not there. */
static uint64_t digits(const char **at, size_t n, const char *behind)
{
	uint64_t v = 0;

	if (strspn(*at, "0123456789") != n || (n && !strchr(behind, (*at)[n])))
		return UINT64_MAX;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)((*at)[i] - '0');
	*at += n + ((*at)[n] != '\0');
	return v;
}

/* "2026/12/31 23:59:59" (or with hyphens) as the number 20261231235959. */
static bool date_of(const char *text, uint64_t *out)
{
	static const struct {
		size_t n;
		const char *behind;
		uint64_t least, most, weight;
	} parts[] = {
		{4, "/-", 2000, 9999, UINT64_C(10000000000)},
		{2, "/-", 1, 12, 100000000},
		{2, " T", 1, 31, 1000000},
		{2, ":", 0, 23, 10000},
		{2, ":", 0, 59, 100},
		{2, "", 0, 59, 1},
	};

	*out = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool last = i + 1 == sizeof(parts) / sizeof(parts[0]);
		uint64_t v = digits(&text, parts[i].n, last ? "" : parts[i].behind);

		if (v < parts[i].least || v > parts[i].most)
			return false;
		*out += v * parts[i].weight;
	}
	return true;
}

static bool set_expires(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	char text[2 * CFG_NAME_MAX + 2];
	uint64_t date;

	snprintf(text, sizeof(text), "%s%s%s", w->text, m->cap[1].set ? " " : "",
		 m->cap[1].set ? m->cap[1].word.text : "");
	if (!date_of(text, &date))
		return parse_error(p, w->column,
				   "DATE: want a date and a time of this server's clock: "
				   "\"2026/12/31 23:59:59\"");
	((struct cfg_hub_user *)obj)->expires = date;
	return true;
}

static bool unset_expires(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub_user *)obj)->expires = 0;
	return true;
}

static void print_expires(struct print *w, const struct config *c, const void *obj)
{
	unsigned long long e = ((const struct cfg_hub_user *)obj)->expires;

	(void)c;
	if (e)
		print_line(w, "expires \"%04llu/%02llu/%02llu %02llu:%02llu:%02llu\"",
			   e / 10000000000, e / 100000000 % 100, e / 1000000 % 100, e / 10000 % 100,
			   e / 100 % 100, e % 100);
}

/* ---- authentication ---- */

static void no_credentials(struct cfg_hub_user *u)
{
	struct cfg_user kept = {.framed_ip = u->login.framed_ip};

	memcpy(kept.name, u->login.name, sizeof(kept.name));
	secret_zero(&u->login, sizeof(u->login));
	u->login = kept;
	memset(u->detail, 0, sizeof(u->detail));
	memset(u->serial, 0, sizeof(u->serial));
}

static bool set_anonymous(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub_user *u = obj;

	(void)p;
	(void)m;
	no_credentials(u);
	u->auth = CFG_AUTH_ANONYMOUS;
	return true;
}

/* Without a word for its form a clear password becomes an NT hash: every method of L2TP
 * clients can be answered with that. */
static bool set_password(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_capture *form = &m->cap[1];
	struct cfg_hub_user *u = obj;

	no_credentials(u);
	u->auth = CFG_AUTH_PASSWORD;
	return !m->cap[0].set ||
	       user_password(p, &u->login, &m->cap[0].word,
			     form->set ? (enum password_form)form->number : FORM_MSCHAP);
}

static bool set_remote(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub_user *u = obj;

	(void)p;
	no_credentials(u);
	u->auth = m->cap[0].number == 0 ? CFG_AUTH_RADIUS : CFG_AUTH_NT_DOMAIN;
	if (m->cap[1].set)
		name_copy(u->detail, &m->cap[1].word);
	return true;
}

static bool is_hex(const struct grammar_word *w)
{
	return strspn(w->text, "0123456789abcdefABCDEF") == w->len && w->len % 2 == 0;
}

static bool set_certificate(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_hub_user *u = obj;

	if (!is_hex(w) || (w->len != 40 && w->len != 64))
		return parse_error(p, w->column,
				   "FINGERPRINT: want 40 (SHA-1) or 64 (SHA-256) hex digits");
	no_credentials(u);
	u->auth = CFG_AUTH_CERTIFICATE;
	name_copy(u->detail, w);
	return true;
}

static bool set_signed(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub_user *u = obj;

	if (m->cap[1].set && !is_hex(&m->cap[1].word))
		return parse_error(p, m->cap[1].word.column,
				   "SERIAL: want an even number of hex digits");
	no_credentials(u);
	u->auth = CFG_AUTH_SIGNED;
	if (m->cap[0].set)
		name_copy(u->detail, &m->cap[0].word);
	if (m->cap[1].set)
		name_copy(u->serial, &m->cap[1].word);
	return true;
}

static void print_password(struct print *w, const struct cfg_user *u)
{
	char text[PASSWORD_TEXT] = "*****";

	if (u->kind == CFG_PW_NONE) {
		print_line(w, "auth password");
		return;
	}
	if (!print_masked(w))
		password_text(u, text);
	print_line(w, "auth password %s %s", text,
		   u->kind == CFG_PW_NT_HASH ? "nt-encrypted" : "pbkdf2");
	secret_zero(text, sizeof(text));
}

static void print_auth(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub_user *u = obj;
	const char *space = u->detail[0] ? " " : "";
	const char *detail = u->detail[0] ? print_name(w, u->detail) : "";

	(void)c;
	switch (u->auth) {
	case CFG_AUTH_PASSWORD:
		print_password(w, &u->login);
		break;
	case CFG_AUTH_ANONYMOUS:
		print_line(w, "auth anonymous");
		break;
	case CFG_AUTH_RADIUS:
		print_line(w, "auth radius%s%s", space, detail);
		break;
	case CFG_AUTH_NT_DOMAIN:
		print_line(w, "auth nt-domain%s%s", space, detail);
		break;
	case CFG_AUTH_CERTIFICATE:
		print_line(w, "auth certificate%s%s", space, detail);
		break;
	case CFG_AUTH_SIGNED:
		print_line(w, "auth signed%s%s%s%s", u->detail[0] ? " cn " : "", detail,
			   u->serial[0] ? " serial " : "", u->serial);
		break;
	}
}

/* ---- policies ---- */

static bool set_user_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	return hub_policy_set(p, &((struct cfg_hub_user *)obj)->policy, m);
}

static bool unset_user_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	return hub_policy_unset(p, &((struct cfg_hub_user *)obj)->policy, m);
}

static bool set_group_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	return hub_policy_set(p, &((struct cfg_hub_group *)obj)->policy, m);
}

static bool unset_group_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	return hub_policy_unset(p, &((struct cfg_hub_group *)obj)->policy, m);
}

static void print_policy(struct print *w, const struct cfg_hub_policy *v)
{
	for (unsigned i = 0; i < CFG_POLICY_N; i++) {
		const struct hub_policy_row *row = hub_policy_row(i);

		if (!(v->set >> i & 1))
			continue;
		if (row->kind == POLICY_NUMBER)
			print_line(w, "policy %s %u", row->name, v->value[i]);
		else
			print_line(w, "policy %s %s", row->name, v->value[i] ? "yes" : "no");
	}
}

static void print_user_policy(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_policy(w, &((const struct cfg_hub_user *)obj)->policy);
}

static void print_group_policy(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_policy(w, &((const struct cfg_hub_group *)obj)->policy);
}

#define POLICY_HELP                                                                                \
	"A security policy of the user's sessions; docs/COMMANDS.md lists them. The user's own "   \
	"value, else the group's, else the default"
#define POLICY_WORDS                                                                               \
	"NAME=its name, in any case: Access, MultiLogins, PrivacyFilter, MaxUpload, ...;"          \
	"VALUE=yes or no, or a number: 0 is no limit"

static const struct row rows[] = {
	{MODE_HUB, "group NAME", "group NAME", "A group of the hub's users",
	 "NAME=letters, digits, spaces and ()-_#%&.+@", true, set_group, unset_group, print_groups},
	{MODE_HUB, "user NAME", "user NAME",
	 "A user of the hub, who logs in as NAME@HUB or HUB\\NAME, of the default hub as NAME",
	 "NAME=letters, digits, spaces and ()-_#%&.+@, in any case, or * for every other name",
	 true, set_user, unset_user, print_users},
	{MODE_HUB_GROUP, "realname TEXT", "realname [TEXT]", "What the group is called",
	 "TEXT=in quotes when it has spaces", false, set_group_realname, unset_group_realname,
	 print_group_realname},
	{MODE_HUB_GROUP, "note TEXT", "note [TEXT]", "A note", "TEXT=in quotes when it has spaces",
	 false, set_group_note, unset_group_note, print_group_note},
	{MODE_HUB_GROUP, "policy NAME VALUE", "policy NAME [VALUE]", POLICY_HELP, POLICY_WORDS,
	 false, set_group_policy, unset_group_policy, print_group_policy},
	{MODE_HUB_USER, "realname TEXT", "realname [TEXT]", "What the user is called",
	 "TEXT=in quotes when it has spaces", false, set_user_realname, unset_user_realname,
	 print_user_realname},
	{MODE_HUB_USER, "note TEXT", "note [TEXT]",
	 "A note; `IPv4: ADDRESS` in it is the user's own address",
	 "TEXT=in quotes when it has spaces", false, set_user_note, unset_user_note,
	 print_user_note},
	{MODE_HUB_USER, "group NAME", "group [NAME]",
	 "The user's group; `exit` first to make a group of the hub",
	 "NAME=a group of the same hub", false, set_membership, unset_membership, print_membership},
	{MODE_HUB_USER, "expires DATE [TIME]", "expires [DATE] [TIME]",
	 "The user cannot log in behind this date and time of the server's clock",
	 "DATE=2026/12/31, or with the time in quotes;TIME=23:59:59", false, set_expires,
	 unset_expires, print_expires},
	{MODE_HUB_USER, "auth anonymous", NULL,
	 "No password is checked: by PAP, CHAP and MS-CHAPv1 any is right. MS-CHAPv2 makes the "
	 "server prove that it knows the password too, so there it is the user's name, or empty",
	 NULL, false, set_anonymous, NULL, NULL},
	{MODE_HUB_USER, "auth password [PASSWORD [{mschap|nt-encrypted|pbkdf2}]]", NULL,
	 "The hub keeps the user's password; without one the user cannot log in",
	 "PASSWORD=3 to 127 octets, or a stored hash;mschap=keep the NT hash, for PAP and MS-CHAP, "
	 "the default;nt-encrypted=PASSWORD is an NT hash;pbkdf2=keep a PBKDF2 hash: PAP only",
	 false, set_password, NULL, print_auth},
	{MODE_HUB_USER, "auth {radius|nt-domain} [ALIAS]", NULL,
	 "A server knows the password; refused at login until there are AAA servers",
	 "ALIAS=the user's name there, when it is another;radius=a RADIUS server;nt-domain=a "
	 "Windows domain",
	 false, set_remote, NULL, NULL},
	{MODE_HUB_USER, "auth certificate FINGERPRINT", NULL,
	 "The user has this certificate; L2TP clients cannot show one, so they are refused",
	 "FINGERPRINT=40 or 64 hex digits", false, set_certificate, NULL, NULL},
	{MODE_HUB_USER, "auth signed [cn NAME] [serial SERIAL]", NULL,
	 "The user has a certificate of an accepted CA; L2TP clients cannot show one, so they are "
	 "refused",
	 "NAME=its common name;SERIAL=its serial number in hex;cn=with this common name;"
	 "serial=with this serial number",
	 false, set_signed, NULL, NULL},
	{MODE_HUB_USER, "policy NAME VALUE", "policy NAME [VALUE]", POLICY_HELP, POLICY_WORDS,
	 false, set_user_policy, unset_user_policy, print_user_policy},
};

const struct topic topic_hub_user = TOPIC(rows);
