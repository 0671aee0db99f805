/*
 * Rows: IPsec: transform sets, lifetimes, replay (asa-and-peers.md 1.2). Data for
 * the schema; called by parse.c and print.c only.
 */
#include <string.h>

#include "algorithm.h"
#include "crypto/burst.h"
#include "parse.h"
#include "print.h"

#define SETS_MAX   256
#define REPLAY_MIN 1024
#define LIFE_S     28800
#define LIFE_KB    4608000

#define TRANSFORMS                                                                                 \
	"{esp-aes|esp-aes-192|esp-aes-256|esp-aes-gcm|esp-aes-gcm-128|esp-aes-gcm-192|"            \
	"esp-aes-gcm-256|esp-3des|esp-des|esp-null|esp-sha-hmac|esp-sha256-hmac|esp-sha384-hmac|"  \
	"esp-sha512-hmac|esp-md5-hmac|esp-none}"

/* In the order of TRANSFORMS. */
enum transform {
	T_AES,
	T_AES192,
	T_AES256,
	T_GCM,
	T_GCM128,
	T_GCM192,
	T_GCM256,
	T_3DES,
	T_DES,
	T_NULL,
	T_SHA,
	T_SHA256,
	T_SHA384,
	T_SHA512,
	T_MD5,
	T_NONE,
};

/* T_NULL and T_NONE are never in a set. Of two words for one thing the first is printed. */
static const struct {
	const char *word;
	uint8_t cipher;
	uint16_t bits;
} encryptions[] = {
	[T_AES] = {"esp-aes", BURST_AES_CBC, 128},
	[T_AES192] = {"esp-aes-192", BURST_AES_CBC, 192},
	[T_AES256] = {"esp-aes-256", BURST_AES_CBC, 256},
	[T_GCM] = {"esp-aes-gcm", BURST_AES_GCM16, 128},
	[T_GCM128] = {"esp-aes-gcm-128", BURST_AES_GCM16, 128},
	[T_GCM192] = {"esp-aes-gcm-192", BURST_AES_GCM16, 192},
	[T_GCM256] = {"esp-aes-gcm-256", BURST_AES_GCM16, 256},
	[T_3DES] = {"esp-3des", BURST_3DES_CBC, 192},
	[T_DES] = {"esp-des", BURST_DES_CBC, 64},
};

static const struct {
	const char *word;
	uint8_t auth;
} authentications[] = {
	[T_SHA - T_SHA] = {"esp-sha-hmac", BURST_HMAC_SHA1_96},
	[T_SHA256 - T_SHA] = {"esp-sha256-hmac", BURST_HMAC_SHA256_128},
	[T_SHA384 - T_SHA] = {"esp-sha384-hmac", BURST_HMAC_SHA384_192},
	[T_SHA512 - T_SHA] = {"esp-sha512-hmac", BURST_HMAC_SHA512_256},
	[T_MD5 - T_SHA] = {"esp-md5-hmac", BURST_HMAC_MD5_96},
};

static bool is_gcm(unsigned transform)
{
	return transform >= T_GCM && transform <= T_GCM256;
}

static bool encryption_ok(struct parse *p, const struct grammar_capture *enc)
{
	if (enc->number == T_NULL)
		return parse_error(p, enc->word.column,
				   "esp-null does not encrypt: everybody on the way reads the "
				   "traffic; use esp-aes-256");
	if (enc->number > T_NULL)
		return parse_error(
			p, enc->word.column,
			"the encryption comes first: esp-aes, esp-aes-192 or esp-aes-256");
	return true;
}

/* GCM authenticates by itself: nothing or esp-none may stand behind it. */
static bool authentication_ok(struct parse *p, const struct grammar_capture *enc,
			      const struct grammar_capture *auth)
{
	if (is_gcm(enc->number)) {
		if (!auth->set || auth->number == T_NONE)
			return true;
		return parse_error(p, auth->word.column,
				   "%s authenticates by itself: no second transform",
				   enc->word.text);
	}
	if (!auth->set)
		return parse_error(p, enc->word.column + (unsigned)enc->word.len,
				   "the authentication is missing: esp-sha-hmac or "
				   "esp-sha256-hmac");
	if (auth->number == T_NONE)
		return parse_error(p, auth->word.column,
				   "without authentication encrypted packets can be changed on the "
				   "way; use esp-sha-hmac or esp-sha256-hmac");
	if (auth->number < T_SHA)
		return parse_error(p, auth->word.column,
				   "the second transform authenticates: esp-sha-hmac or "
				   "esp-sha256-hmac");
	return true;
}

static void warn_of_weakness(struct parse *p, const struct grammar_capture *enc,
			     const struct grammar_capture *auth)
{
	if (enc->number == T_3DES || enc->number == T_DES)
		algorithm_warn(p, enc->number == T_DES ? ALGORITHM_DES : ALGORITHM_3DES,
			       &enc->word);
	if (auth->set && auth->number == T_MD5)
		algorithm_warn(p, ALGORITHM_MD5, &auth->word);
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
	const struct grammar_capture *enc = &m->cap[1], *auth = &m->cap[2];
	const struct grammar_word *name = &m->cap[0].word;
	struct config *c = obj;
	struct cfg_transform_set *t = set_named(c, name->text);

	if (!encryption_ok(p, enc) || !authentication_ok(p, enc, auth))
		return false;
	if (!t) {
		t = parse_grow(p, &c->sets, &c->n_sets, sizeof(*t), SETS_MAX, name->column,
			       "transform sets");
		if (!t)
			return false;
		name_copy(t->name, name);
	}
	warn_of_weakness(p, enc, auth);
	t->cipher = encryptions[enc->number].cipher;
	t->key_bits = encryptions[enc->number].bits;
	t->auth =
		is_gcm(enc->number) ? BURST_AUTH_NONE : authentications[auth->number - T_SHA].auth;
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

static const char *encryption_word(const struct cfg_transform_set *t)
{
	unsigned i = 0;

	while (encryptions[i].cipher != t->cipher || encryptions[i].bits != t->key_bits)
		i++;
	return encryptions[i].word;
}

static const char *authentication_word(const struct cfg_transform_set *t)
{
	unsigned i = 0;

	while (authentications[i].auth != t->auth)
		i++;
	return authentications[i].word;
}

static void print_transforms(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_sets; i++) {
		const struct cfg_transform_set *t = &c->sets[i];
		const char *name = print_name(w, t->name);
		bool hmac = t->auth != BURST_AUTH_NONE;

		print_line(w, "crypto ipsec ikev1 transform-set %s %s%s%s", name,
			   encryption_word(t), hmac ? " " : "", hmac ? authentication_word(t) : "");
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
	 "How ESP protects packets: encryption and authentication (esp-aes-gcm does both); "
	 "esp-3des, esp-des and esp-md5-hmac are weak, esp-null is refused",
	 "NAME=its name", false, set_transform, unset_transform, print_transforms},
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
