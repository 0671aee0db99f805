/* Unit tests of what strangers and peers can cause in core: stories, their text, and
 * messages that come while the server stops. */
#include "test_kit.h"

#include "core/plain.h"

static struct flow from(unsigned i)
{
	struct flow f = {.remote.port = 500};

	f.remote.addr = ip4_addr(0xc6336400 + i);
	return f;
}

static const char *text_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "(none)";
}

/* ---- text ---- */

static void text_is_made_harmless(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"alice", "alice"},
		{"\xe9\x96\xa2\xe6\x89\x80 caf\xc3\xa9 \xf0\x9f\x94\x91",
		 "\xe9\x96\xa2\xe6\x89\x80 caf\xc3\xa9 \xf0\x9f\x94\x91"},
		{"a\x1b[2Jb\nc\x7f", "a?[2Jb?c?"},
		{"caf\xe9", "caf?"},
		{"\xc2\x9b"
		 "31m",
		 "??31m"},                         /* a control of eight bits */
		{"\xc0\xaf\xe0\x80\xaf", "?????"}, /* longer than needed */
		{"\xed\xa0\x80", "???"},           /* surrogate */
		{"\xf4\x90\x80\x80\xf8", "?????"}, /* above U+10FFFF */
		{"cut \xe9\x96", "cut ??"},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *o;

		snprintf(buf, sizeof(buf), "%s", rows[i].in);
		plain_text(buf);
		assert_string_equal(buf, rows[i].out);
		o = json_string(buf);
		assert_non_null(o); /* jansson has the same opinion */
		json_decref(o);
	}
}

static void a_broken_text_is_still_a_json_string(void **state)
{
	json_t *o = plain_json("hostname caf\xe9\nhub A\n");

	(void)state;
	assert_string_equal(json_string_value(o), "hostname caf?\nhub A\n");
	json_decref(o);
	o = plain_json(NULL);
	assert_string_equal(json_string_value(o), "");
	json_decref(o);
}

static void a_configuration_that_is_not_utf8_is_shown(void **state)
{
	struct world w;
	json_t *text, *pools;

	(void)state;
	kit_world(&w, 1, "ip local pool B\xfcro 10.9.0.1-10.9.0.2\n");
	text = api_running_config(w.core);
	assert_non_null(strstr(json_string_value(text), "ip local pool B?ro 10.9.0.1-10.9.0.2"));
	json_decref(text);
	pools = api_pools(w.core);
	assert_string_equal(text_of(json_array_get(pools, 0), "name"), "B?ro");
	json_decref(pools);
	kit_end(&w);
}

static char lines[4096];

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	snprintf(lines, sizeof(lines), "%s", line);
}

static void notes_cannot_write_lines_of_their_own(void **state)
{
	struct flow f = from(1);
	struct world w;
	json_t *all, *note;

	(void)state;
	kit_world(&w, 1, "");
	log_set_level(LOG_LEVEL_INFO);
	log_set_sink(keep_line, NULL);
	story_add(w.core, 5, &f, NOTE_REFUSED, "auth-failed", "user x\nsession: event=up \xff");
	log_set_sink(NULL, NULL);
	log_set_level(LOG_LEVEL_ERROR);
	assert_non_null(strstr(lines, "user x?session: event=up ?"));
	story_user(w.core, 5, (struct bytes){(const uint8_t *)"\xe9\x96\xa2\x00\x1b", 5});
	all = api_explain(w.core, "\xe9\x96\xa2??");
	assert_int_equal(json_array_size(all), 1);
	note = json_array_get(json_object_get(json_array_get(all, 0), "notes"), 0);
	assert_string_equal(text_of(note, "text"), "user x?session: event=up ?");
	json_decref(all);
	kit_end(&w);
}

/* ---- floods ---- */

static bool has_story(struct core *c, ike_sa_id sa)
{
	for (unsigned i = 0; i < STORIES; i++) {
		if (c->stories[i].serial && c->stories[i].sa == sa)
			return true;
	}
	return false;
}

static void a_flood_of_strangers_leaves_the_users_stories(void **state)
{
	struct world w;
	struct flow f;

	(void)state;
	kit_world(&w, 1, "");
	for (unsigned i = 1; i <= 100; i++) {
		f = from(1);
		story_add(w.core, i, &f, NOTE_INFO, "ike-up", "up");
		story_is_up(w.core, i);
		if (i <= 50)
			story_add(w.core, i, &f, NOTE_END, "peer-cdn", "ended");
		fake_advance(w.fake, 10);
	}
	for (unsigned i = 0; i < 5000; i++) {
		f = from(i + 1);
		story_add(w.core, i % 2 ? 100000 + i : 0, &f, NOTE_REFUSED, "no-ike-proposal", "%u",
			  i);
		fake_advance(w.fake, 10);
	}
	for (unsigned i = 1; i <= 100; i++)
		assert_true(has_story(w.core, i));
	kit_end(&w);
}

static void connections_leave_room_for_attempts_that_fail(void **state)
{
	struct world w;
	struct flow f = from(1);

	(void)state;
	kit_world(&w, 1, "");
	for (unsigned i = 1; i <= 2 * STORIES; i++) {
		story_add(w.core, i, &f, NOTE_INFO, "ike-up", "up");
		story_is_up(w.core, i);
		fake_advance(w.fake, 10);
	}
	for (unsigned i = 0; i < STORIES / 2; i++) {
		story_add(w.core, 10000 + i, &f, NOTE_REFUSED, "psk-mismatch", "no");
		fake_advance(w.fake, 10);
	}
	for (unsigned i = 0; i < STORIES / 2; i++)
		assert_true(has_story(w.core, 10000 + i));
	kit_end(&w);
}

/* ---- the end ---- */

static void no_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5a, len);
}

static bool a_key(void *ctx, const struct flow *flow, const struct ike_id *id, struct secret *out)
{
	(void)ctx;
	(void)flow;
	(void)id;
	return secret_set(out, (const uint8_t *)"testpsk", 7);
}

static uint32_t an_spi(void *ctx, ike_sa_id sa)
{
	(void)ctx;
	(void)sa;
	return 0x1000;
}

static struct ike *client(struct timerq *timers)
{
	static const struct ike_policy policy = {1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400};
	static const struct ike_esp esp = {
		.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true, .name = "test"};
	struct ike_config cfg = {.host = {.random = no_random, .psk = a_key, .spi = an_spi},
				 .timers = timers,
				 .policies = &policy,
				 .n_policies = 1,
				 .esps = &esp,
				 .n_esps = 1,
				 .natt = true,
				 .half_open_max = 4,
				 .half_open_per_source_max = 4,
				 .sa_max = 4,
				 .dh_jobs_max = 4,
				 .half_open_ms = 30000,
				 .retransmit_ms = 1000};

	return ike_new(&cfg);
}

/* The client's messages go to the server; its sums are done here. */
static void client_acts(struct world *w, struct ike *k, uint64_t now_ms)
{
	const struct ike_act *a;

	while ((a = ike_next(k))) {
		struct flow f = {.local = a->flow.remote, .remote = a->flow.local};

		if (a->kind == IKE_ACT_SEND) {
			assert_true(fake_arrive(w->fake, &f, a->bytes.p, a->bytes.len) >= 0);
		} else if (a->kind == IKE_ACT_DH) {
			struct ike_dh_job *job = a->job;

			ike_dh_run(job);
			ike_dh_done(k, now_ms, job);
		}
	}
}

/* One message each way; false when the server said nothing. */
static bool turn(struct world *w, struct ike *k)
{
	const struct fake_packet *p;
	uint64_t now_ms = w->core->os->now_ms(w->core->os->ctx);
	bool answered = false;

	client_acts(w, k, now_ms);
	kit_settle(w);
	while ((p = fake_take(w->fake, FAKE_ANY))) {
		struct flow f = {.local = p->flow.remote, .remote = p->flow.local};

		ike_input(k, now_ms, &f, false, (struct bytes){p->p, p->len});
		answered = true;
	}
	client_acts(w, k, now_ms);
	return answered;
}

static struct ike *first_two_messages(struct world *w, struct timerq *timers)
{
	struct ike *k = client(timers);
	struct ike_dial d = {.protocol = 17, .local_port = 1701, .remote_port = 1701};

	assert_non_null(k);
	d.flow = from(9);
	d.flow.local = d.flow.remote; /* the client's own end */
	d.flow.remote = (struct endpoint){ip4_addr(0xc0000201), 500};
	assert_int_not_equal(ike_initiate(k, w->core->os->now_ms(w->core->os->ctx), &d), 0);
	assert_true(turn(w, k));
	return k;
}

static void nothing_begins_while_the_server_stops(void **state)
{
	struct timerq timers = {0};
	struct world w;
	struct ike *k;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	k = first_two_messages(&w, &timers);
	turn(&w, k);
	assert_int_equal(w.submitted, 1); /* the third message needs the crypto pool */
	ike_free(k);
	core_dh_done(w.core, w.job); /* not run: the exchange ends there */
	kit_end(&w);

	kit_world(&w, 1, KIT_CONFIG);
	k = first_two_messages(&w, &timers);
	w.core->stopping = true;
	turn(&w, k);
	assert_int_equal(w.submitted, 0); /* which is gone by then */
	ike_free(k);
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_made_harmless),
		cmocka_unit_test(a_broken_text_is_still_a_json_string),
		cmocka_unit_test(a_configuration_that_is_not_utf8_is_shown),
		cmocka_unit_test(notes_cannot_write_lines_of_their_own),
		cmocka_unit_test(a_flood_of_strangers_leaves_the_users_stories),
		cmocka_unit_test(connections_leave_room_for_attempts_that_fail),
		cmocka_unit_test(nothing_begins_while_the_server_stops),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
