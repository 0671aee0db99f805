/*
 * commands: the lines of a script that do something. Called by script.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define PING_MS 10000

bool script_number(struct script *s, const char *word, unsigned *n)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	if (*end || end == word || v > UINT32_MAX) {
		script_fail(s, "\"%s\" is no number", word);
		return false;
	}
	*n = (unsigned)v;
	return true;
}

bool script_time(struct script *s, const char *word, uint64_t *ms)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	if (end == word || (strcmp(end, "s") != 0 && strcmp(end, "ms") != 0)) {
		script_fail(s, "\"%s\" is no time: 20s or 500ms", word);
		return false;
	}
	*ms = strcmp(end, "s") == 0 ? v * 1000 : v;
	return true;
}

bool script_ip(struct script *s, const char *word, struct ip_addr *out)
{
	if (ip_addr_parse(word, out))
		return true;
	script_fail(s, "\"%s\" is no address", word);
	return false;
}

struct client *script_client(struct script *s, const char *name)
{
	struct client *c = s->world ? client_by_name(s->world, name) : NULL;

	if (!c)
		script_fail(s, "there is no client \"%s\"", name);
	return c;
}

/* ---- client NAME key value ... ---- */

static bool auth_of(struct script *s, const char *word, unsigned *auth)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {{"pap", PPP_AUTH_PAP},
		     {"chap", PPP_AUTH_CHAP},
		     {"ms-chap-v1", PPP_AUTH_MSCHAP1},
		     {"ms-chap-v2", PPP_AUTH_MSCHAP2}};

	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(names[i].name, word) == 0) {
			*auth |= names[i].bit;
			return true;
		}
	}
	script_fail(s, "\"%s\" is no way to authenticate", word);
	return false;
}

/* aes-256/sha/14 */
static bool ike_of(struct script *s, const char *word, struct ike_policy *p)
{
	unsigned bits, group;
	char hash[16];

	if (sscanf(word, "aes-%u/%15[^/]/%u", &bits, hash, &group) != 3) {
		script_fail(s, "\"%s\" is no IKE suite: aes-256/sha/14", word);
		return false;
	}
	*p = (struct ike_policy){.priority = 1,
				 .cipher = 7,
				 .key_bits = (uint16_t)bits,
				 .hash = strcmp(hash, "sha") == 0      ? PRIM_SHA1
					 : strcmp(hash, "sha384") == 0 ? PRIM_SHA384
					 : strcmp(hash, "sha512") == 0 ? PRIM_SHA512
								       : PRIM_SHA256,
				 .group = (uint8_t)group,
				 .auth = IKE_AUTH_PSK,
				 .life_s = 28800};
	return true;
}

/* aes-128/sha */
static bool esp_of(struct script *s, const char *word, struct ike_esp *e)
{
	unsigned bits;
	char auth[16];

	if (sscanf(word, "aes-%u/%15s", &bits, auth) != 2) {
		script_fail(s, "\"%s\" is no ESP suite: aes-256/sha", word);
		return false;
	}
	*e = (struct ike_esp){
		.alg = {BURST_AES_CBC, (uint16_t)(bits / 8),
			strcmp(auth, "sha") == 0 ? BURST_HMAC_SHA1_96 : BURST_HMAC_SHA256_128},
		.transport = true,
		.name = "script"};
	return true;
}

static bool profile_of(struct script *s, const char *word, struct client_options *o)
{
	o->profile = lac_profile_by_name(word);
	if (!o->profile)
		script_fail(s, "\"%s\" is no client system (src/lac/profile.c)", word);
	return o->profile != NULL;
}

/* Options of a client and what they point to. */
struct making {
	struct client_options o;
	struct ike_policy policy;
	struct ike_esp esp;
};

static bool client_option(struct script *s, const char *key, const char *value, struct making *m)
{
	struct client_options *o = &m->o;
	unsigned n;

	if (strcmp(key, "user") == 0)
		o->user = value;
	else if (strcmp(key, "password") == 0)
		o->password = value;
	else if (strcmp(key, "psk") == 0)
		o->psk = value;
	else if (strcmp(key, "at") == 0)
		return script_ip(s, value, &o->inner);
	else if (strcmp(key, "nat") == 0)
		return script_ip(s, value, &o->outer);
	else if (strcmp(key, "auth") == 0)
		return auth_of(s, value, &o->auth);
	else if (strcmp(key, "profile") == 0)
		return profile_of(s, value, o);
	else if (strcmp(key, "secret") == 0)
		o->l2tp_secret = value;
	else if (strcmp(key, "life") == 0 && script_number(s, value, &n))
		o->esp_life_s = n;
	else if (strcmp(key, "kb") == 0 && script_number(s, value, &n))
		o->esp_life_kb = n;
	else if (strcmp(key, "aggressive") == 0)
		o->aggressive_id = lac_identity(value);
	else if (strcmp(key, "fragment") == 0 && script_number(s, value, &n))
		o->fragment_mtu = (uint16_t)n;
	else if (strcmp(key, "port") == 0 && script_number(s, value, &n))
		o->l2tp_port = (uint16_t)n;
	else if (strcmp(key, "ike") == 0) {
		o->n_policies = 1;
		return ike_of(s, value, &m->policy);
	} else if (strcmp(key, "esp") == 0) {
		o->n_esps = 1;
		return esp_of(s, value, &m->esp);
	} else {
		script_fail(s, "a client has no \"%s\"", key);
		return false;
	}
	return true;
}

static void do_client(struct script *s)
{
	struct making m = {.o = {.user = "alice",
				 .password = "secret1",
				 .psk = "testpsk",
				 .inner = ip4_addr(0x0a000002)}}; /* 10.0.0.2 */

	if (s->n_words < 2 || !script_world(s))
		return;
	m.o.name = s->words[1];
	m.o.policies = &m.policy;
	m.o.esps = &m.esp;
	for (unsigned i = 2; i < s->n_words; i++) {
		if (strcmp(s->words[i], "plain") == 0) {
			m.o.plain = true;
			continue;
		}
		if (strcmp(s->words[i], "ipv6") == 0) {
			m.o.ipv6 = true;
			continue;
		}
		if (strcmp(s->words[i], "clear-message-3") == 0) {
			m.o.clear_msg3 = true;
			continue;
		}
		if (i + 1 == s->n_words) {
			script_fail(s, "\"%s\" needs a value", s->words[i]);
			return;
		}
		if (!client_option(s, s->words[i], s->words[i + 1], &m))
			return;
		i++;
	}
	client_new(s->world, &m.o);
}

/* ---- A->S or S->A ---- */

static struct client *way_of(struct script *s, const char *word, enum world_dir *dir)
{
	char name[64];
	const char *arrow = strstr(word, "->");

	if (!arrow || arrow - word >= (long)sizeof(name)) {
		script_fail(s, "\"%s\" is no way: A->S or S->A", word);
		return NULL;
	}
	*dir = strcmp(arrow, "->S") == 0 ? TO_SERVER : TO_CLIENT;
	if (*dir == TO_SERVER)
		snprintf(name, sizeof(name), "%.*s", (int)(arrow - word), word);
	else
		snprintf(name, sizeof(name), "%s", arrow + 2);
	return script_client(s, name);
}

struct fate script_fate(void *ctx, const struct client *c, enum world_dir dir, unsigned k)
{
	struct script *s = ctx;

	for (unsigned i = 0; i < WORLD_RULES; i++) {
		struct rule *r = &s->rules[i];

		if (!r->used || r->done || r->client != c || r->dir != dir || r->k != k)
			continue;
		r->done = true;
		return r->fate;
	}
	if (s->loss_percent && world_random(s->world) % 100 < s->loss_percent)
		return (struct fate){FATE_LOSE, 0};
	return (struct fate){FATE_DELIVER, 0};
}

/* drop A->S 3; twice A->S 3; delay A->S 3 5s; corrupt A->S 3 17: counted from here on. */
static void do_fault(struct script *s, enum fate_kind kind)
{
	struct rule r = {.used = true, .fate = {.kind = kind}};
	unsigned k, bit;
	uint64_t ms;

	if (s->n_words < 3) {
		script_fail(s, "%s A->S NUMBER", s->words[0]);
		return;
	}
	r.client = way_of(s, s->words[1], &r.dir);
	if (!r.client || !script_number(s, s->words[2], &k))
		return;
	r.k = r.client->sent[r.dir] + k;
	if (kind == FATE_DELAY && s->n_words > 3 && script_time(s, s->words[3], &ms))
		r.fate.arg = (uint32_t)ms;
	if (kind == FATE_CORRUPT && s->n_words > 3 && script_number(s, s->words[3], &bit))
		r.fate.arg = bit;
	for (unsigned i = 0; i < WORLD_RULES; i++) {
		if (!s->rules[i].used || s->rules[i].done) {
			s->rules[i] = r;
			return;
		}
	}
	script_fail(s, "too many faults wait");
}

/* ---- the others ---- */

struct ping_wait {
	const struct client *c;
	unsigned place;
};

static bool ping_answered(void *ctx)
{
	const struct ping_wait *p = ctx;

	return p->c->pings[p->place].answered;
}

/* ping A 10.4.5.1 [SIZE] */
static void do_ping(struct script *s)
{
	struct ip_addr to;
	struct ping_wait p;
	unsigned size = 56;

	if (s->n_words < 3) {
		script_fail(s, "ping A ADDRESS [SIZE]");
		return;
	}
	p.c = script_client(s, s->words[1]);
	if (!p.c || !script_ip(s, s->words[2], &to) ||
	    (s->n_words > 3 && !script_number(s, s->words[3], &size)))
		return;
	if (!client_is(p.c, LAC_UP)) {
		script_fail(s, "%s is not up but %s", p.c->name,
			    lac_state_name(lac_get_state(p.c->lac)));
		return;
	}
	p.place = client_ping(script_client(s, s->words[1]), ip4_of(&to), size);
	if (!world_until(s->world, PING_MS, ping_answered, &p))
		script_fail(s, "no answer from %s to %s", s->words[2], p.c->name);
}

/* hostping A [SIZE]: from the host on the TAP to the client. */
static void do_hostping(struct script *s)
{
	struct client *c = s->n_words > 1 ? script_client(s, s->words[1]) : NULL;
	unsigned before, size = 56;

	if (!c || (s->n_words > 2 && !script_number(s, s->words[2], &size)))
		return;
	before = s->world->host_echoes;
	host_ping(s->world, c->up.local_ip, size);
	world_run(s->world, 1000);
	if (s->world->host_echoes == before)
		script_fail(s, "the host gets no answer from %s", c->name);
}

/* use A 10.4.5.1 86400s every 600s: so long, a ping and a hostping in each step. */
static void do_use(struct script *s)
{
	struct client *c = s->n_words == 6 ? script_client(s, s->words[1]) : NULL;
	char *ping[] = {"ping", s->words[1], s->words[2]};
	uint64_t total, step, end;

	if (!c || strcmp(s->words[4], "every") != 0 || !script_time(s, s->words[3], &total) ||
	    !script_time(s, s->words[5], &step) || !step) {
		script_fail(s, "use CLIENT ADDRESS TIME every TIME");
		return;
	}
	end = world_now(s->world) + total;
	memcpy(s->words, ping, sizeof(ping));
	while (!s->failed && world_now(s->world) < end) {
		uint64_t left = end - world_now(s->world);

		world_run(s->world, left < step ? left : step);
		s->n_words = 3;
		do_ping(s);
		s->n_words = 2;
		if (!s->failed)
			do_hostping(s);
	}
	if (s->failed)
		script_fail(s, "%llu s before the end of its use",
			    (unsigned long long)((end - world_now(s->world)) / 1000));
}

static void do_logoff(struct script *s)
{
	if (s->n_words != 2)
		script_fail(s, "logoff USER");
	else if (!api_logoff(s->world->core, API_LOGOFF_NAME, s->words[1]))
		script_fail(s, "the server knows no session of %s", s->words[1]);
}

static void do_run(struct script *s)
{
	uint64_t ms;

	if (s->n_words == 2 && script_time(s, s->words[1], &ms))
		world_run(s->world, ms);
}

/* The machine was asleep: everybody's timers are late, all at once. */
static void do_jump(struct script *s)
{
	uint64_t ms;

	if (s->n_words == 2 && script_time(s, s->words[1], &ms))
		fake_advance(s->world->fake, ms);
}

static void do_replay(struct script *s)
{
	if (!network_replay(s->world))
		script_fail(s, "nothing was sent yet");
}

static void do_flood(struct script *s)
{
	unsigned n;

	if (s->n_words == 2 && script_number(s, s->words[1], &n) && !network_flood(s->world, n))
		script_fail(s, "nothing was sent yet");
}

static void do_stop(struct script *s)
{
	char left[128];

	if (!world_stop(s->world, left, sizeof(left)))
		script_fail(s, "the server ended and left %s", left);
}

static void do_on_client(struct script *s)
{
	struct client *c = s->n_words == 2 ? script_client(s, s->words[1]) : NULL;

	if (!c)
		script_fail(s, "%s CLIENT", s->words[0]);
	else if (strcmp(s->words[0], "dial") == 0)
		client_dial(c);
	else if (strcmp(s->words[0], "hangup") == 0)
		client_hang_up(c);
	else if (strcmp(s->words[0], "vanish") == 0)
		c->vanished = true;
	else if (strcmp(s->words[0], "rekey") == 0)
		lac_rekey(c->lac, world_now(c->world));
	else if (strcmp(s->words[0], "crash") == 0)
		client_crash(c);
	else if (strcmp(s->words[0], "contact") == 0)
		client_initial_contact(c);
	else if (strcmp(s->words[0], "renew") == 0)
		lac_renew(c->lac, world_now(c->world));
	else if (strcmp(s->words[0], "drop-old") != 0)
		network_rebind(c);
	else if (!client_drop_old(c))
		script_fail(s, "%s has no older pair", c->name);
}

static void do_loss(struct script *s)
{
	if (s->n_words == 2)
		script_number(s, s->words[1], &s->loss_percent);
}

/* workers 2; seed 7: before the first client. */
static void do_setting(struct script *s)
{
	unsigned n;

	if (s->world || s->n_words != 2) {
		script_fail(s, "%s NUMBER, before the first client", s->words[0]);
		return;
	}
	if (!script_number(s, s->words[1], &n))
		return;
	if (strcmp(s->words[0], "workers") == 0)
		s->workers = n;
	else
		s->seed = n;
}

/* server-nat 10.9.9.9: the server's own address; before the first client. */
static void do_server_nat(struct script *s)
{
	if (s->world || s->n_words != 2)
		script_fail(s, "server-nat ADDRESS, before the first client");
	else
		script_ip(s, s->words[1], &s->server_inner);
}

static void do_drop(struct script *s)
{
	do_fault(s, FATE_LOSE);
}

static void do_twice(struct script *s)
{
	do_fault(s, FATE_TWICE);
}

static void do_delay(struct script *s)
{
	do_fault(s, FATE_DELAY);
}

static void do_corrupt(struct script *s)
{
	do_fault(s, FATE_CORRUPT);
}

static const struct {
	const char *name;
	void (*run)(struct script *s);
	bool before_server;
} commands[] = {
	{"workers", do_setting, true},
	{"seed", do_setting, true},
	{"client", do_client, true},
	{"dial", do_on_client, false},
	{"hangup", do_on_client, false},
	{"vanish", do_on_client, false},
	{"rebind", do_on_client, false},
	{"renew", do_on_client, false},
	{"rekey", do_on_client, false},
	{"drop-old", do_on_client, false},
	{"crash", do_on_client, false},
	{"contact", do_on_client, false},
	{"drop", do_drop, false},
	{"twice", do_twice, false},
	{"delay", do_delay, false},
	{"corrupt", do_corrupt, false},
	{"loss", do_loss, false},
	{"run", do_run, false},
	{"jump", do_jump, false},
	{"ping", do_ping, false},
	{"hostping", do_hostping, false},
	{"ping6", script_ping6, false},
	{"hostping6", script_hostping6, false},
	{"spoof6", script_spoof6, false},
	{"solicit", script_solicit, false},
	{"inform", script_inform, false},
	{"use", do_use, false},
	{"server-nat", do_server_nat, true},
	{"logoff", do_logoff, false},
	{"replay", do_replay, false},
	{"flood", do_flood, false},
	{"stop", do_stop, false},
	{"expect", script_expect, false},
};

void script_command(struct script *s)
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, s->words[0]) != 0)
			continue;
		if (!commands[i].before_server && !s->world) {
			script_fail(s, "there is no client yet");
			return;
		}
		commands[i].run(s);
		return;
	}
	script_fail(s, "unknown command \"%s\"", s->words[0]);
}

/* ---- when it failed ---- */

void script_tell(struct script *s)
{
	json_t *stories = s->world->core ? api_explain(s->world->core, NULL) : NULL, *story, *note;
	size_t i, j;

	for (unsigned n = 0; n < s->world->n_clients; n++) {
		const struct client *c = s->world->clients[n];

		fprintf(stderr, "-- %s is %s (%s)\n", c->name,
			lac_state_name(lac_get_state(c->lac)),
			lac_down_reason(c->lac) ? lac_down_reason(c->lac) : "-");
		for (i = 0; i < c->n_notes; i++)
			fprintf(stderr, "   %s: %s\n", c->notes[i].reason, c->notes[i].text);
	}
	json_array_foreach(stories, i, story)
	{
		fprintf(stderr, "-- the server about %s: %s\n",
			json_string_value(json_object_get(story, "from")),
			json_string_value(json_object_get(story, "outcome")));
		json_array_foreach(json_object_get(story, "notes"), j, note)
			fprintf(stderr, "   %8lld %s: %s\n",
				(long long)json_integer_value(json_object_get(note, "at_ms")),
				json_string_value(json_object_get(note, "reason")),
				json_string_value(json_object_get(note, "text")));
	}
	json_decref(stories);
}
