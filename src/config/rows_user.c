/*
 * Rows: LOCAL users (asa-and-peers.md 1.2, `username`). A clear password becomes
 * a hash at once. Data for the schema; called by parse.c and print.c only.
 */
#include <string.h>

#include "password.h"
#include "print.h"
#include "rows_user.h"

#define USERS_MAX         10000
#define PASSWORD_MIN      3
#define PASSWORD_MAX      127
#define DEFAULT_PRIVILEGE 2

static struct cfg_user *user_of(struct config *c, const struct grammar_word *w)
{
	const struct cfg_user *u = config_user(c, w->text, w->len);

	return u ? &c->users[u - c->users] : NULL;
}

static bool is_masked(const struct grammar_word *w)
{
	return !w->quoted && strspn(w->text, "*") == w->len;
}

static bool set_stored(struct parse *p, struct cfg_user *u, const struct grammar_word *w,
		       enum password_form form)
{
	if (form == FORM_NT_ENCRYPTED)
		return password_load_nt(u, w->text) ||
		       parse_error(p, w->column,
				   "PASSWORD: nt-encrypted takes an NT hash: 32 hex digits or 24 "
				   "base64 characters");
	return password_load_pbkdf2(u, w->text) ||
	       parse_error(p, w->column,
			   "PASSWORD: not of the form $sha512$ITERATIONS$SALT$HASH with %u to %u "
			   "iterations",
			   PASSWORD_ITERATIONS_MIN, PASSWORD_ITERATIONS_MAX);
}

static bool set_clear(struct parse *p, struct cfg_user *u, const struct grammar_word *w,
		      enum password_form form)
{
	struct bytes clear = {(const uint8_t *)w->text, w->len};

	if (w->len < PASSWORD_MIN || w->len > PASSWORD_MAX)
		return parse_error(p, w->column, "PASSWORD: a password has %u to %u octets",
				   PASSWORD_MIN, PASSWORD_MAX);
	if (form == FORM_MSCHAP)
		return password_set_nt(u, clear) ||
		       parse_error(p, w->column, "PASSWORD: mschap needs a password in UTF-8");
	return password_set_pbkdf2(u, clear, p->iterations, p->random, p->random_ctx) ||
	       parse_error(p, w->column, "PASSWORD: the hash could not be computed");
}

bool user_password(struct parse *p, struct cfg_user *u, const struct grammar_word *w,
		   enum password_form form)
{
	bool stored = form == FORM_NT_ENCRYPTED ||
		      (form == FORM_PBKDF2 && strncmp(w->text, PASSWORD_PBKDF2_PREFIX,
						      strlen(PASSWORD_PBKDF2_PREFIX)) == 0);

	if (is_masked(w)) {
		parse_warn(p, w->column,
			   "the password of \"%s\" is masked: this user cannot log in until it is "
			   "set",
			   u->name);
		u->kind = CFG_PW_NONE;
		return true;
	}
	return stored ? set_stored(p, u, w, form) : set_clear(p, u, w, form);
}

static bool set_secret(struct parse *p, struct cfg_user *u, const struct grammar_match *m)
{
	const struct grammar_capture *form = &m->cap[2];

	if (form->set && form->number == FORM_ENCRYPTED && !is_masked(&m->cap[1].word))
		return parse_error(p, form->word.column,
				   "the old hash of ASA cannot be checked here: give the password "
				   "again with mschap or pbkdf2");
	return user_password(p, u, &m->cap[1].word,
			     form->set ? (enum password_form)form->number : FORM_CLEAR);
}

static bool set_user(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *name = &m->cap[0].word;
	struct config *c = obj;
	struct cfg_user *known = user_of(c, name), new = {.privilege = DEFAULT_PRIVILEGE};
	bool ok;

	name_copy(new.name, name);
	if (known)
		new.privilege = known->privilege;
	if (m->cap[3].set)
		new.privilege = (uint8_t)m->cap[3].number;
	ok = set_secret(p, &new, m);
	if (ok && known) {
		memcpy(new.name, known->name, sizeof(new.name));
		new.framed_ip = known->framed_ip;
		memcpy(new.group_policy, known->group_policy, sizeof(new.group_policy));
	} else if (ok) {
		known = parse_grow(p, &c->users, &c->n_users, sizeof(new), USERS_MAX, name->column,
				   "users");
		ok = known != NULL;
	}
	if (ok) {
		*known = new;
		parse_mark(p, MARK_USER, name);
	}
	secret_zero(&new, sizeof(new));
	return ok;
}

static bool no_user(struct parse *p, const struct grammar_word *w)
{
	return parse_error(p, w->column,
			   "there is no user \"%s\"; make it with `username %s password ...`",
			   w->text, w->text);
}

static bool unset_user(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_user *u = user_of(c, &m->cap[0].word);

	if (!u)
		return no_user(p, &m->cap[0].word);
	parse_remove(&c->users, &c->n_users, sizeof(*u), (unsigned)(u - c->users));
	return true;
}

static bool set_attributes(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_user *u = user_of(c, &m->cap[0].word);

	if (!u)
		return no_user(p, &m->cap[0].word);
	parse_enter(p, MODE_USERNAME, (unsigned)(u - c->users));
	return true;
}

static bool unset_attributes(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_user *u = user_of(obj, &m->cap[0].word);

	if (!u)
		return no_user(p, &m->cap[0].word);
	u->framed_ip = 0;
	memset(u->group_policy, 0, sizeof(u->group_policy));
	return true;
}

static void print_user(struct print *w, const struct cfg_user *u, const char *name)
{
	static const char *const forms[] = {[CFG_PW_NONE] = "",
					    [CFG_PW_NT_HASH] = " nt-encrypted",
					    [CFG_PW_PBKDF2] = " pbkdf2"};
	char text[PASSWORD_TEXT] = "*****";

	if (!print_masked(w) && u->kind != CFG_PW_NONE)
		password_text(u, text);
	if (u->privilege == DEFAULT_PRIVILEGE)
		print_line(w, "username %s password %s%s", name, text, forms[u->kind]);
	else
		print_line(w, "username %s password %s%s privilege %u", name, text, forms[u->kind],
			   u->privilege);
	secret_zero(text, sizeof(text));
}

static void print_users(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_users; i++) {
		const char *name = print_name(w, c->users[i].name);

		print_user(w, &c->users[i], name);
		print_mode(w, c, MODE_USERNAME, &c->users[i], false, "username %s attributes",
			   name);
	}
}

bool user_address_ok(uint32_t ip)
{
	return ip >> 24 != 0 && ip >> 28 < 0xe && ip >> 24 != 127;
}

static bool set_framed(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint32_t ip = m->cap[0].number;

	if (!user_address_ok(ip))
		return parse_error(p, m->cap[0].word.column, "IP: not the address of a host");
	((struct cfg_user *)obj)->framed_ip = ip;
	return true;
}

static bool unset_framed(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_user *)obj)->framed_ip = 0;
	return true;
}

static void print_framed(struct print *w, const struct config *c, const void *obj)
{
	uint32_t ip = ((const struct cfg_user *)obj)->framed_ip;

	(void)c;
	if (ip)
		print_line(w, "vpn-framed-ip-address %s 255.255.255.255", print_ip(w, ip));
}

static bool set_group_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	name_copy(((struct cfg_user *)obj)->group_policy, &m->cap[0].word);
	parse_mark(p, MARK_REF_POLICY, &m->cap[0].word);
	return true;
}

static bool unset_group_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_user *u = obj;

	(void)p;
	(void)m;
	memset(u->group_policy, 0, sizeof(u->group_policy));
	return true;
}

static void print_group_policy(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_user *u = obj;

	(void)c;
	if (u->group_policy[0])
		print_line(w, "vpn-group-policy %s", print_name(w, u->group_policy));
}

#define USERNAME                                                                                   \
	"username NAME password PASSWORD [{mschap|nt-encrypted|pbkdf2|encrypted}] "                \
	"[privilege LEVEL<0-15>]"

static const struct row rows[] = {
	{MODE_GLOBAL, USERNAME, USERNAME, "A user of this server (LOCAL); MS-CHAP needs mschap",
	 "NAME=in any case;PASSWORD=3 to 127 octets, or a stored hash;LEVEL=0 to 15, default 2;"
	 "mschap=keep the NT hash: PAP, MS-CHAPv1 and MS-CHAPv2;nt-encrypted=PASSWORD is an NT "
	 "hash;"
	 "pbkdf2=keep a PBKDF2 hash: PAP only;encrypted=refused: ASA's old hash",
	 false, set_user, unset_user, print_users},
	{MODE_GLOBAL, "username NAME", "username NAME",
	 "Only as `no username NAME`: removes a user", "NAME=in any case", false, NULL, unset_user,
	 NULL},
	{MODE_GLOBAL, "username NAME attributes", "username NAME attributes",
	 "The attributes of a user", "NAME=in any case", true, set_attributes, unset_attributes,
	 NULL},
	{MODE_USERNAME, "vpn-framed-ip-address IP [MASK]", "vpn-framed-ip-address [IP] [MASK]",
	 "The user's own address", "IP=address;MASK=accepted, a session always has one address",
	 false, set_framed, unset_framed, print_framed},
	{MODE_USERNAME, "vpn-group-policy NAME", "vpn-group-policy [NAME]",
	 "The user's group policy, before the profile's", "NAME=name of a group policy", false,
	 set_group_policy, unset_group_policy, print_group_policy},
};

const struct topic topic_user = TOPIC(rows);
