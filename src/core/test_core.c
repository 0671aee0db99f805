/* Unit tests of core's own parts: the session table, slots, stories, advice. The
 * whole engine is tested by the scripts of tests/script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advice.h"
#include "core/api.h"
#include "core_i.h"
#include "os/fake.h"

static void every_session_event_is_listed(void **state)
{
	char why[80];

	(void)state;
	assert_true(fsm_check(&session_fsm, why, sizeof(why)));
}

static void a_slot_rests_before_it_is_used_again(void **state)
{
	struct slots s;
	uint32_t a, b;

	(void)state;
	assert_true(slots_init(&s, 3));
	assert_true(slots_take(&s, &a));
	slots_give(&s, a);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(slots_take(&s, &b));
		assert_int_not_equal(a, b);
	}
	assert_true(slots_take(&s, &b));
	assert_int_equal(a, b);
	assert_false(slots_take(&s, &b));
	slots_free(&s);
}

static void a_name_is_kept_once(void **state)
{
	struct core c = {0};
	struct name *a = name_get(&c, "alice"), *b = name_get(&c, "bob"), *was = a;

	(void)state;
	assert_ptr_equal(name_get(&c, "alice"), a);
	assert_int_equal(a->refs, 2);
	assert_true(name_set(&c, &a, "bob"));
	assert_ptr_equal(a, b);
	assert_int_equal(was->refs, 1);
	assert_string_equal(name_text(a), "bob");
	assert_string_equal(name_text(NULL), "");
	name_put(&c, was);
	name_put(&c, a);
	name_put(&c, b);
	assert_int_equal(c.names.used, 0);
	map_free(&c.names);
}

/* Ten thousand sessions one after the other use little more of a table than one does. */
static void slots_that_were_never_used_stay_so(void **state)
{
	uint32_t used[5000] = {0}, a, top = 0;
	struct slots s;

	(void)state;
	assert_true(slots_init(&s, 5000));
	for (uint32_t i = 1; i <= 10000; i++) {
		assert_true(slots_take(&s, &a));
		assert_true(used[a] == 0 || i - used[a] > 1000);
		used[a] = i;
		top = a > top ? a : top;
		slots_give(&s, a);
		assert_int_equal(s.n_free, 5000);
	}
	assert_true(top < 1100);
	slots_free(&s);
}

struct world {
	struct fake *fake;
	struct core *core;
};

static void no_submit(void *ctx, struct ike_dh_job *job)
{
	(void)ctx;
	(void)job;
}

static struct world world(void)
{
	struct world w = {.fake = fake_new(1)};
	struct core_config cc = {.workers = 1, .sessions_max = 4, .submit = no_submit};
	char error[256];

	assert_non_null(w.fake);
	cc.os = fake_os(w.fake);
	cc.priv = fake_priv(w.fake);
	w.core = core_new(&cc);
	assert_non_null(w.core);
	assert_true(core_apply(w.core, config_new(), error, sizeof(error)));
	return w;
}

static void world_end(struct world *w)
{
	core_free(w->core);
	assert_int_equal(fake_open_count(w->fake), 0);
	fake_free(w->fake);
}

static struct flow from(const char *ip)
{
	struct flow f = {.remote.port = 500};

	assert_true(ip_addr_parse(ip, &f.remote.addr));
	return f;
}

static const char *field(json_t *stories, size_t i, const char *key)
{
	const char *s = json_string_value(json_object_get(json_array_get(stories, i), key));

	return s ? s : "";
}

static void a_strangers_refusal_is_explained(void **state)
{
	struct world w = world();
	struct flow f = from("198.51.100.7");
	json_t *all;

	(void)state;
	story_add(w.core, 0, &f, NOTE_INFO, "ike-offer", "offers 3DES MD5");
	story_add(w.core, 0, &f, NOTE_REFUSED, "no-ike-proposal", "nothing in common");
	all = api_explain(w.core, "198.51.100.7");
	assert_int_equal(json_array_size(all), 1);
	assert_string_equal(field(all, 0, "cause"), "no-ike-proposal");
	assert_string_equal(field(all, 0, "outcome"), "refused");
	assert_non_null(strstr(field(all, 0, "fix"), "crypto ikev1 policy"));
	json_decref(all);
	all = api_explain(w.core, "198.51.100.8");
	assert_int_equal(json_array_size(all), 0);
	json_decref(all);
	world_end(&w);
}

/* PPP says "refused" too, behind the reason that helps. */
static void a_known_refusal_is_the_cause(void **state)
{
	struct world w = world();
	struct flow f = from("198.51.100.7");
	json_t *all;

	(void)state;
	story_add(w.core, 0, &f, NOTE_REFUSED, "wrong-password", "the password is wrong");
	story_add(w.core, 0, &f, NOTE_REFUSED, "auth-failed", "MS-CHAPv2 refused");
	all = api_explain(w.core, NULL);
	assert_string_equal(field(all, 0, "cause"), "wrong-password");
	assert_string_equal(field(all, 0, "windows_shows"), "691");
	json_decref(all);
	world_end(&w);
}

static void stories_are_bounded_and_keep_the_newest(void **state)
{
	struct world w = world();
	struct flow f = from("198.51.100.1");
	json_t *all;

	(void)state;
	for (unsigned i = 0; i < STORIES + 10; i++) {
		fake_advance(w.fake, 1000);
		story_add(w.core, i + 1, &f, NOTE_END, "peer-delete", "number %u", i);
	}
	all = api_explain(w.core, NULL);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(all, 0), "attempt")),
			 STORIES + 10);
	json_decref(all);
	for (unsigned i = 0; i < 3 * STORY_NOTES; i++)
		story_add(w.core, 7777, &f, i == 0 ? NOTE_INFO : NOTE_RETRY, "ike-retransmission",
			  "note %u", i);
	all = api_explain(w.core, NULL);
	assert_int_equal(json_array_size(json_object_get(json_array_get(all, 0), "notes")),
			 STORY_NOTES);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(json_array_get(all, 0), "notes"), 0),
			"text")),
		"note 0"); /* how it began stays */
	json_decref(all);
	world_end(&w);
}

static void advice_has_a_row_once(void **state)
{
	(void)state;
	assert_non_null(advice_for("psk-mismatch"));
	assert_null(advice_for("session-up"));
	assert_null(advice_for(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_session_event_is_listed),
		cmocka_unit_test(a_slot_rests_before_it_is_used_again),
		cmocka_unit_test(slots_that_were_never_used_stay_so),
		cmocka_unit_test(a_name_is_kept_once),
		cmocka_unit_test(a_strangers_refusal_is_explained),
		cmocka_unit_test(a_known_refusal_is_the_cause),
		cmocka_unit_test(stories_are_bounded_and_keep_the_newest),
		cmocka_unit_test(advice_has_a_row_once),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
