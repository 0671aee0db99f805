/*
 * Rows: IPsec: transform sets, lifetimes, replay (asa-and-peers.md 1.2). Data for
 * the schema; called by parse.c and print.c only.
 */
#include <string.h>

#include "crypto/burst.h"
#include "parse.h"
#include "print.h"

#define SETS_MAX   256
#define REPLAY_MIN 1024
#define LIFE_S     28800
#define LIFE_KB    4608000

#define TRANSFORMS                                                                                 \
	"{esp-aes|esp-aes-192|esp-aes-256|esp-3des|esp-des|esp-null|esp-sha-hmac|esp-sha256-hmac|" \
	"esp-md5-hmac|esp-none}"

/* In the order of TRANSFORMS. */
enum transform { T_AES, T_AES192, T_AES256, T_3DES, T_DES, T_NULL, T_SHA, T_SHA256, T_MD5, T_NONE };

static bool later(struct parse *p, const struct grammar_word *w)
{
	return parse_error(p, w->column,
			   "%s is not secure and comes only by name in a later version; use "
			   "esp-aes-256 esp-sha256-hmac or esp-aes esp-sha-hmac",
			   w->text);
}

static bool transforms_ok(struct parse *p, const struct grammar_match *m)
{
	const struct grammar_capture *enc = &m->cap[1], *auth = &m->cap[2];

	if (enc->number >= T_3DES && enc->number <= T_NULL)
		return later(p, &enc->word);
	if (enc->number > T_NULL)
		return parse_error(
			p, enc->word.column,
			"the encryption comes first: esp-aes, esp-aes-192 or esp-aes-256");
	if (!auth->set)
		return parse_error(p, enc->word.column + (unsigned)enc->word.len,
				   "the authentication is missing: esp-sha-hmac or "
				   "esp-sha256-hmac");
	if (auth->number == T_MD5 || auth->number == T_NONE)
		return later(p, &auth->word);
	if (auth->number < T_SHA)
		return parse_error(p, auth->word.column,
				   "the second transform authenticates: esp-sha-hmac or "
				   "esp-sha256-hmac");
	return true;
}

static struct cfg_transform_set *set_named(struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_sets; i++)
		if (strcmp(c->sets[i].name, name) == 0)
			return &c->sets[i];
	return NULL;
}

static bool set_transform(struct parse *p, void *obj, const struct grammar_match *m)
{
	static const uint16_t bits[] = {[T_AES] = 128, [T_AES192] = 192, [T_AES256] = 256};
	const struct grammar_word *name = &m->cap[0].word;
	struct config *c = obj;
	struct cfg_transform_set *t = set_named(c, name->text);

	if (!transforms_ok(p, m))
		return false;
	if (!t) {
		t = parse_grow(p, &c->sets, &c->n_sets, sizeof(*t), SETS_MAX, name->column,
			       "transform sets");
		if (!t)
			return false;
		name_copy(t->name, name);
	}
	t->key_bits = bits[m->cap[1].number];
	t->auth = m->cap[2].number == T_SHA ? BURST_HMAC_SHA1_96 : BURST_HMAC_SHA256_128;
	return true;
}

static bool no_set(struct parse *p, const struct grammar_word *w)
{
	return parse_error(p, w->column, "there is no transform set \"%s\"", w->text);
}

static bool unset_transform(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_transform_set *t = set_named(c, m->cap[0].word.text);

	if (!t)
		return no_set(p, &m->cap[0].word);
	parse_remove(&c->sets, &c->n_sets, sizeof(*t), (unsigned)(t - c->sets));
	return true;
}

static bool set_mode(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_transform_set *t = set_named(obj, m->cap[0].word.text);

	if (!t)
		return no_set(p, &m->cap[0].word);
	t->transport = m->cap[1].number == 0;
	return true;
}

static bool unset_mode(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_transform_set *t = set_named(obj, m->cap[0].word.text);

	if (!t)
		return no_set(p, &m->cap[0].word);
	t->transport = false;
	return true;
}

static void print_transforms(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_sets; i++) {
		const struct cfg_transform_set *t = &c->sets[i];
		const char *name = print_name(w, t->name);

		print_line(w, "crypto ipsec ikev1 transform-set %s esp-aes%s %s", name,
			   t->key_bits == 128   ? ""
			   : t->key_bits == 192 ? "-192"
						: "-256",
			   t->auth == BURST_HMAC_SHA1_96 ? "esp-sha-hmac" : "esp-sha256-hmac");
		if (t->transport)
			print_line(w, "crypto ipsec ikev1 transform-set %s mode transport", name);
	}
}

static bool set_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	if (!m->n)
		return parse_error(p, 1,
				   "the command is not complete: seconds or kilobytes is missing");
	if (m->cap[0].set)
		c->esp_life_s = m->cap[0].number;
	if (m->cap[1].set)
		c->esp_life_kb = m->cap[1].number;
	return true;
}

/* The captures of the `no` form: {seconds|kilobytes} and its old value. */
static bool unset_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	(void)p;
	if (m->cap[0].number == 0)
		c->esp_life_s = LIFE_S;
	else
		c->esp_life_kb = LIFE_KB;
	return true;
}

static void print_life(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->esp_life_s != LIFE_S)
		print_line(w, "crypto ipsec security-association lifetime seconds %u",
			   c->esp_life_s);
	if (c->esp_life_kb != LIFE_KB)
		print_line(w, "crypto ipsec security-association lifetime kilobytes %u",
			   c->esp_life_kb);
}

static bool set_replay(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint32_t packets = m->cap[0].number;

	if (packets < REPLAY_MIN) {
		parse_warn(p, m->cap[0].word.column,
			   "a replay window of %u packets loses packets at speed: %u is used",
			   packets, REPLAY_MIN);
		packets = REPLAY_MIN;
	}
	((struct config *)obj)->replay_window = packets;
	return true;
}

static bool unset_replay(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct config *)obj)->replay_window = REPLAY_MIN;
	return true;
}

static void print_replay(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (c->replay_window != REPLAY_MIN)
		print_line(w, "crypto ipsec security-association replay window-size %u",
			   c->replay_window);
}

#define IPSEC "crypto ipsec "
#define SA    IPSEC "security-association "

static const struct row rows[] = {
	{MODE_GLOBAL, IPSEC "ikev1 transform-set NAME " TRANSFORMS " [" TRANSFORMS "]",
	 IPSEC "ikev1 transform-set NAME [" TRANSFORMS "] [" TRANSFORMS "]",
	 "How ESP protects packets: encryption and authentication", "NAME=its name", false,
	 set_transform, unset_transform, print_transforms},
	{MODE_GLOBAL, IPSEC "ikev1 transform-set NAME mode {transport|tunnel}",
	 IPSEC "ikev1 transform-set NAME mode [{transport|tunnel}]",
	 "The mode of a transform set; L2TP clients use transport; default tunnel", "NAME=its name",
	 false, set_mode, unset_mode, NULL},
	{MODE_GLOBAL, SA "lifetime [seconds " SECONDS_RANGE "] [kilobytes " KILOBYTE_RANGE "]",
	 SA "lifetime {seconds|kilobytes} [NUMBER<10-2147483647>]",
	 "Life of IPsec SAs; default 28800 seconds and 4608000 kilobytes",
	 "SECONDS=life in seconds;KILOBYTES=life in kilobytes of traffic", false, set_life,
	 unset_life, print_life},
	{MODE_GLOBAL, SA "replay window-size PACKETS<64-65536>",
	 SA "replay window-size [PACKETS<64-65536>]",
	 "Size of the replay window; at least 1024 is used; default 1024", "PACKETS=packets", false,
	 set_replay, unset_replay, print_replay},
};

const struct topic topic_ipsec = TOPIC(rows);
