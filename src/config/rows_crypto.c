/*
 * Rows: IPsec: transform sets, dynamic maps, crypto maps, lifetimes, replay
 * (asa-and-peers.md 1.2). Data for the schema; called by parse.c and print.c only.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/burst.h"
#include "print.h"
#include "rows_interface.h"

#define SETS_MAX       256
#define DYNMAPS_MAX    256
#define MAPS_MAX       256
#define REPLAY_MIN     1024
#define SETS_A_LINE    6
#define LIFE_S         28800
#define LIFE_KB        4608000
#define SECONDS_RANGE  "SECONDS<120-2147483647>"
#define KILOBYTE_RANGE "KILOBYTES<10-2147483647>"

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

/* Order of (name, seq) in the maps: below, at or above 0. */
static int map_order(const char *a, uint32_t a_seq, const char *b, uint32_t b_seq)
{
	int names = strcmp(a, b);

	return names ? names : (a_seq > b_seq) - (a_seq < b_seq);
}

static struct cfg_dynamic_map *dynmap_of(struct config *c, const struct grammar_match *m)
{
	for (unsigned i = 0; i < c->n_dynmaps; i++)
		if (map_order(c->dynmaps[i].name, c->dynmaps[i].seq, m->cap[0].word.text,
			      m->cap[1].number) == 0)
			return &c->dynmaps[i];
	return NULL;
}

/* The entry of the command, made in its place of the order when it is new. */
static struct cfg_dynamic_map *dynmap_make(struct parse *p, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_of(p->c, m), new = {.seq = (uint16_t)m->cap[1].number};
	struct config *c = p->c;
	unsigned i;

	if (d)
		return d;
	if (!parse_grow(p, &c->dynmaps, &c->n_dynmaps, sizeof(*d), DYNMAPS_MAX,
			m->cap[0].word.column, "dynamic maps"))
		return NULL;
	name_copy(new.name, &m->cap[0].word);
	for (i = c->n_dynmaps - 1; i > 0; i--) {
		if (map_order(c->dynmaps[i - 1].name, c->dynmaps[i - 1].seq, new.name, new.seq) < 0)
			break;
		c->dynmaps[i] = c->dynmaps[i - 1];
	}
	c->dynmaps[i] = new;
	return &c->dynmaps[i];
}

static struct cfg_dynamic_map *dynmap_must(struct parse *p, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_of(p->c, m);

	if (!d)
		parse_error(p, m->cap[0].word.column, "there is no dynamic map \"%s\" %u",
			    m->cap[0].word.text, m->cap[1].number);
	return d;
}

static bool has_set(const struct cfg_dynamic_map *d, const char *name)
{
	for (unsigned i = 0; i < d->n_sets; i++)
		if (strcmp(d->sets[i], name) == 0)
			return true;
	return false;
}

static bool set_dyn_sets(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_make(p, m);

	(void)obj;
	if (!d)
		return false;
	for (unsigned i = 2; i < m->n; i++) {
		const struct grammar_word *w = &m->cap[i].word;

		if (has_set(d, w->text))
			continue;
		if (d->n_sets == sizeof(d->sets) / sizeof(d->sets[0]))
			return parse_error(p, w->column, "at most 11 transform sets are allowed");
		name_copy(d->sets[d->n_sets++], w);
		parse_mark(p, MARK_REF_SET, w);
	}
	return true;
}

static bool unset_dyn_sets(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	if (m->n == 2) {
		d->n_sets = 0;
		memset(d->sets, 0, sizeof(d->sets));
	}
	for (unsigned k = 2; k < m->n; k++) {
		unsigned i = 0;

		while (i < d->n_sets && strcmp(d->sets[i], m->cap[k].word.text) != 0)
			i++;
		if (i == d->n_sets)
			return parse_error(p, m->cap[k].word.column,
					   "the transform set \"%s\" is not in this list",
					   m->cap[k].word.text);
		d->n_sets--;
		memmove(d->sets[i], d->sets[i + 1], (d->n_sets - i) * sizeof(d->sets[0]));
		memset(d->sets[d->n_sets], 0, sizeof(d->sets[0]));
	}
	return true;
}

static bool set_pfs(struct parse *p, void *obj, const struct grammar_match *m)
{
	static const uint8_t groups[] = {14, 19, 20, 1, 2, 5};
	unsigned group = m->cap[2].set ? groups[m->cap[2].number] : 14;
	struct cfg_dynamic_map *d;

	(void)obj;
	if (group < 14)
		return parse_error(p, m->cap[2].word.column,
				   "group%u is not secure; use group14, group19 or group20", group);
	d = dynmap_make(p, m);
	if (!d)
		return false;
	d->pfs = true;
	d->pfs_group = (uint8_t)group;
	return true;
}

static bool unset_pfs(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	d->pfs = false;
	d->pfs_group = 0;
	return true;
}

static bool set_dyn_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d;

	(void)obj;
	if (m->n == 2)
		return parse_error(p, 1,
				   "the command is not complete: seconds or kilobytes is missing");
	d = dynmap_make(p, m);
	if (!d)
		return false;
	if (m->cap[2].set)
		d->life_s = m->cap[2].number;
	if (m->cap[3].set)
		d->life_kb = m->cap[3].number;
	return true;
}

static bool unset_dyn_life(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	(void)obj;
	if (!d)
		return false;
	if (m->cap[2].number == 0)
		d->life_s = 0;
	else
		d->life_kb = 0;
	return true;
}

static bool unset_dynmap(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_dynamic_map *d = dynmap_must(p, m);

	if (!d)
		return false;
	parse_remove(&c->dynmaps, &c->n_dynmaps, sizeof(*d), (unsigned)(d - c->dynmaps));
	return true;
}

static void print_dyn_sets(struct print *w, const struct cfg_dynamic_map *d, const char *head)
{
	for (unsigned i = 0; i < d->n_sets; i += SETS_A_LINE) {
		char names[SETS_A_LINE * (2 * CFG_NAME_MAX + 4)] = "";
		size_t o = 0;

		for (unsigned k = i; k < d->n_sets && k < i + SETS_A_LINE; k++)
			o += (size_t)snprintf(names + o, sizeof(names) - o, " %s",
					      print_name(w, d->sets[k]));
		print_line(w, "%s ikev1 transform-set%s", head, names);
	}
}

static void print_dynmaps(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_dynmaps; i++) {
		const struct cfg_dynamic_map *d = &c->dynmaps[i];
		char head[2 * CFG_NAME_MAX + 64];

		snprintf(head, sizeof(head), "crypto dynamic-map %s %u set", print_name(w, d->name),
			 d->seq);
		print_dyn_sets(w, d, head);
		if (d->pfs)
			print_line(w, "%s pfs group%u", head, d->pfs_group);
		if (d->life_s)
			print_line(w, "%s security-association lifetime seconds %u", head,
				   d->life_s);
		if (d->life_kb)
			print_line(w, "%s security-association lifetime kilobytes %u", head,
				   d->life_kb);
	}
}

static bool set_map(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_crypto_map new = {.seq = (uint16_t)m->cap[1].number};
	struct config *c = obj;
	unsigned i = 0;

	name_copy(new.name, &m->cap[0].word);
	name_copy(new.dynamic, &m->cap[2].word);
	parse_mark(p, MARK_REF_DYNMAP, &m->cap[2].word);
	while (i < c->n_maps && map_order(c->maps[i].name, c->maps[i].seq, new.name, new.seq) < 0)
		i++;
	if (i == c->n_maps || map_order(c->maps[i].name, c->maps[i].seq, new.name, new.seq) != 0) {
		if (!parse_grow(p, &c->maps, &c->n_maps, sizeof(new), MAPS_MAX,
				m->cap[0].word.column, "crypto maps"))
			return false;
		memmove(&c->maps[i + 1], &c->maps[i], (c->n_maps - 1 - i) * sizeof(new));
	}
	c->maps[i] = new;
	return true;
}

static bool unset_map(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	for (unsigned i = 0; i < c->n_maps; i++) {
		if (map_order(c->maps[i].name, c->maps[i].seq, m->cap[0].word.text,
			      m->cap[1].number) != 0)
			continue;
		parse_remove(&c->maps, &c->n_maps, sizeof(c->maps[0]), i);
		return true;
	}
	return parse_error(p, m->cap[0].word.column, "there is no crypto map \"%s\" %u",
			   m->cap[0].word.text, m->cap[1].number);
}

static void print_maps(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_maps; i++)
		print_line(w, "crypto map %s %u ipsec-isakmp dynamic %s",
			   print_name(w, c->maps[i].name), c->maps[i].seq,
			   print_name(w, c->maps[i].dynamic));
}

static bool set_map_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[1].word, true);

	(void)obj;
	if (!f)
		return false;
	name_copy(f->crypto_map, &m->cap[0].word);
	parse_mark(p, MARK_REF_MAP, &m->cap[0].word);
	return true;
}

static bool unset_map_interface(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[1].word, false);

	if (!f || strcmp(f->crypto_map, m->cap[0].word.text) != 0)
		return parse_error(p, m->cap[0].word.column,
				   "the crypto map \"%s\" is not on the interface \"%s\"",
				   m->cap[0].word.text, m->cap[1].word.text);
	memset(f->crypto_map, 0, sizeof(f->crypto_map));
	interface_tidy(obj, f);
	return true;
}

static void print_map_interfaces(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].crypto_map[0])
			print_line(w, "crypto map %s interface %s",
				   print_name(w, c->interfaces[i].crypto_map),
				   print_name(w, c->interfaces[i].nameif));
}

#define IPSEC  "crypto ipsec "
#define SA     IPSEC "security-association "
#define DYNMAP "crypto dynamic-map NAME SEQ<1-65535>"

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
	{MODE_GLOBAL, DYNMAP " set ikev1 transform-set TRANSFORM-SET...",
	 DYNMAP " set ikev1 transform-set [TRANSFORM-SET...]",
	 "Adds transform sets to an entry of a dynamic map",
	 "NAME=its name;SEQ=number of the entry, lowest first;TRANSFORM-SET=name of one", false,
	 set_dyn_sets, unset_dyn_sets, print_dynmaps},
	{MODE_GLOBAL, DYNMAP " set pfs [{group14|group19|group20|group1|group2|group5}]",
	 DYNMAP " set pfs [{group14|group19|group20|group1|group2|group5}]",
	 "Ask for a new Diffie-Hellman exchange in quick mode; default off, without a group "
	 "group14",
	 "NAME=its name;SEQ=number of the entry", false, set_pfs, unset_pfs, NULL},
	{MODE_GLOBAL,
	 DYNMAP " set security-association lifetime [seconds " SECONDS_RANGE
		"] [kilobytes " KILOBYTE_RANGE "]",
	 DYNMAP " set security-association lifetime {seconds|kilobytes} [NUMBER<10-2147483647>]",
	 "Life of the IPsec SAs of this entry; default: the global ones",
	 "NAME=its name;SEQ=number of the entry;SECONDS=life in seconds;"
	 "KILOBYTES=life in kilobytes of traffic",
	 false, set_dyn_life, unset_dyn_life, NULL},
	{MODE_GLOBAL, DYNMAP, DYNMAP, "Only as `no crypto dynamic-map NAME SEQ`: removes an entry",
	 "NAME=its name;SEQ=number of the entry", false, NULL, unset_dynmap, NULL},
	{MODE_GLOBAL, "crypto map NAME SEQ<1-65535> ipsec-isakmp dynamic DYNAMIC-MAP",
	 "crypto map NAME SEQ<1-65535> [ipsec-isakmp dynamic DYNAMIC-MAP]",
	 "An entry of a crypto map: takes what a dynamic map takes",
	 "NAME=its name;SEQ=number of the entry;DYNAMIC-MAP=name of one", false, set_map, unset_map,
	 print_maps},
	{MODE_GLOBAL, "crypto map NAME interface IF", "crypto map NAME interface IF",
	 "Puts a crypto map on an interface", "NAME=its name;IF=the interface's nameif", false,
	 set_map_interface, unset_map_interface, print_map_interfaces},
};

const struct topic topic_crypto = TOPIC(rows);
