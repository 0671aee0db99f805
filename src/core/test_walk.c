/* Unit tests of walk: the sessions in pieces while they come and go, fresh counters of a
 * piece, logoff in pieces. */
#include "test_kit.h"

#define MANY 9

static struct world w;
static struct session *s[MANY];

/* Sessions of alice, bob, alice ... */
static void world_of(unsigned n)
{
	kit_world(&w, 2,
		  KIT_HUB
		  "ip local pool OFFICE 10.4.5.10-10.4.5.99 mask 255.255.255.0\n" KIT_PROFILE
			  KIT_USERS KIT_IKE
		  "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 100\n");
	for (unsigned i = 0; i < n; i++)
		s[i] = kit_up(&w, kit_peer(&w), i % 2 ? "bob" : "alice");
}

/* The indexes of a piece, as digits. */
static const char *piece(struct api_walk *walk, unsigned max)
{
	static char text[64];
	json_t *some = api_walk_sessions(walk, max), *one;
	size_t i;

	text[0] = '\0';
	json_array_foreach(some, i, one)
		snprintf(text + i, sizeof(text) - i, "%d",
			 (int)json_integer_value(json_object_get(one, "index")));
	json_decref(some);
	return text;
}

static void end_of(struct session *one)
{
	session_event(one, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
}

static void pieces_are_the_whole(void **state)
{
	struct api_walk *walk;
	json_t *all;

	(void)state;
	world_of(7);
	walk = api_walk_new(w.core);
	assert_string_equal(piece(walk, 3), "123");
	assert_string_equal(piece(walk, 1), "4");
	assert_string_equal(piece(walk, 100), "567");
	assert_string_equal(piece(walk, 100), "");
	api_walk_free(walk);
	all = api_sessions(w.core);
	assert_int_equal(json_array_size(all), 7);
	json_decref(all);
	kit_end(&w);
}

static void sessions_that_go_are_left_out(void **state)
{
	struct api_walk *walk, *other;

	(void)state;
	world_of(7);
	walk = api_walk_new(w.core);
	other = api_walk_new(w.core);
	assert_string_equal(piece(walk, 2), "12");
	end_of(s[2]); /* where it stands */
	end_of(s[3]); /* and there again */
	end_of(s[0]); /* behind it */
	end_of(s[5]); /* before it */
	assert_string_equal(piece(walk, 2), "57");
	assert_string_equal(piece(other, 9), "257");
	end_of(s[6]);
	assert_string_equal(piece(walk, 2), "");
	api_walk_free(walk);
	walk = api_walk_new(w.core);
	end_of(s[1]);
	end_of(s[4]);
	assert_string_equal(piece(walk, 2), ""); /* all are gone */
	api_walk_free(walk);
	api_walk_free(other);
	kit_end(&w);
}

/* Else it might never end. */
static void sessions_that_come_are_not_waited_for(void **state)
{
	struct api_walk *walk;

	(void)state;
	world_of(3);
	walk = api_walk_new(w.core);
	kit_up(&w, kit_peer(&w), "alice");
	assert_string_equal(piece(walk, 2), "12");
	kit_up(&w, kit_peer(&w), "alice");
	assert_string_equal(piece(walk, 9), "3");
	assert_string_equal(piece(walk, 9), "");
	api_walk_free(walk);
	kit_end(&w);
}

static void logoff_in_pieces(void **state)
{
	const struct api_whom bob = {API_LOGOFF_NAME, "BOB"}, all = {API_LOGOFF_ALL, NULL};
	struct api_walk *walk;
	unsigned ended = 0;

	(void)state;
	world_of(7);
	walk = api_walk_new(w.core);
	assert_true(api_walk_logoff(walk, 3, &bob, &ended));
	assert_int_equal(ended, 1);
	assert_int_equal(s[1]->state, SESSION_CLOSING);
	assert_int_equal(s[3]->state, SESSION_UP); /* not yet */
	kit_settle(&w);
	assert_true(api_walk_logoff(walk, 3, &bob, &ended));
	assert_false(api_walk_logoff(walk, 3, &bob, &ended));
	assert_int_equal(ended, 3);
	api_walk_free(walk);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_ALL, NULL), 4);
	ended = 0;
	walk = api_walk_new(w.core);
	assert_false(api_walk_logoff(walk, 100, &all, &ended)); /* they are closing */
	assert_int_equal(ended, 0);
	api_walk_free(walk);
	kit_end(&w);
}

/* ---- fresh counters ---- */

static void count(void *ctx)
{
	++*(unsigned *)ctx;
}

static void a_piece_has_fresh_counters(void **state)
{
	struct api_walk *walk, *other;
	unsigned a = 0, b = 0;

	(void)state;
	world_of(5);
	walk = api_walk_new(w.core);
	other = api_walk_new(w.core);
	for (unsigned i = 0; i < 5; i++)
		s[i]->stats.packets_in = 77; /* not what the worker has */
	api_walk_refresh(walk, 2, count, &a);
	api_walk_refresh(other, 1, count, &b);
	command_stats(s[0], 0); /* another question's answer is not ours */
	assert_int_equal(a + b, 0);
	kit_settle(&w);
	assert_int_equal(a, 1);
	assert_int_equal(b, 1);
	assert_int_equal(s[1]->stats.packets_in, 0);
	assert_int_equal(s[2]->stats.packets_in, 77); /* of the next piece */
	assert_string_equal(piece(walk, 2), "12");
	api_walk_refresh(walk, 2, count, &a);
	kit_seconds(&w, 2);
	assert_int_equal(a, 2);
	assert_int_equal(s[3]->stats.packets_in, 0);
	assert_int_equal(s[4]->stats.packets_in, 77);
	assert_string_equal(piece(walk, 9), "345");
	/* nobody is left: soon, and still not from within the call */
	api_walk_refresh(walk, 2, count, &a);
	assert_int_equal(a, 2);
	kit_settle(&w);
	assert_int_equal(a, 3);
	api_walk_free(walk);
	api_walk_free(other);
	kit_end(&w);
}

static void a_worker_that_is_silent_is_not_waited_for(void **state)
{
	struct api_walk *walk;
	unsigned a = 0;
	uint64_t cookie;

	(void)state;
	world_of(1);
	walk = api_walk_new(w.core);
	api_walk_refresh(walk, 9, count, &a);
	cookie = ack_cookie(ACK_STATS, w.core->walk_round);
	fake_advance(w.fake, 199);
	timerq_run(&w.core->timers, core_now(w.core), 100);
	assert_int_equal(a, 0);
	fake_advance(w.fake, 1);
	timerq_run(&w.core->timers, core_now(w.core), 100);
	assert_int_equal(a, 1);
	/* the late answer is not one to the next question */
	api_walk_refresh(walk, 9, count, &a);
	ack_take(w.core, cookie, true);
	assert_int_equal(a, 1);
	kit_settle(&w);
	assert_int_equal(a, 2);
	/* a session that the worker does not know any more counts as answered */
	s[0]->slot = 7;
	api_walk_refresh(walk, 9, count, &a);
	kit_settle(&w);
	assert_int_equal(a, 3);
	s[0]->slot = 0;
	api_walk_free(walk);
	kit_end(&w);
}

static void who_left_is_not_told(void **state)
{
	struct api_walk *walk;
	unsigned a = 0;

	(void)state;
	world_of(2);
	walk = api_walk_new(w.core);
	api_walk_refresh(walk, 9, count, &a);
	api_walk_free(walk);
	kit_seconds(&w, 2);
	assert_int_equal(a, 0);
	assert_true(list_empty(&w.core->walks));
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_the_whole),
		cmocka_unit_test(sessions_that_go_are_left_out),
		cmocka_unit_test(sessions_that_come_are_not_waited_for),
		cmocka_unit_test(logoff_in_pieces),
		cmocka_unit_test(a_piece_has_fresh_counters),
		cmocka_unit_test(a_worker_that_is_silent_is_not_waited_for),
		cmocka_unit_test(who_left_is_not_told),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
