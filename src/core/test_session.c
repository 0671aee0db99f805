/* Unit tests of session, commands and limits: answers that come late, rings that are full,
 * limits, logoff, the end. */
#include "test_kit.h"

#include "aaa/pool.h"

/* ---- answers of workers ---- */

static void a_stale_addition_is_not_taken_for_the_new_one(void **state)
{
	struct world w;
	struct session *s;
	uint64_t cookie;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_login(&w, kit_peer(&w), "alice");
	cookie = ack_cookie(ACK_SESSION_ADD, s->handle);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	assert_int_equal(s->state, SESSION_ADDING);
	ack_take(w.core, cookie, false); /* the first one's */
	assert_int_equal(s->state, SESSION_ADDING);
	ack_take(w.core, cookie, true);
	assert_int_equal(s->state, SESSION_UP);
	kit_end(&w);
}

static void a_stale_removal_does_not_free_a_session(void **state)
{
	struct world w;
	struct session *s;
	uint64_t handle, cookie;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	handle = s->handle;
	cookie = ack_cookie(ACK_SESSION_DEL, handle);
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	ack_take(w.core, cookie, true); /* the suspension's */
	assert_ptr_equal(session_by_handle(w.core, handle), s);
	assert_int_equal(s->state, SESSION_REMOVING);
	ack_take(w.core, cookie, true);
	assert_null(session_by_handle(w.core, handle));
	kit_end(&w);
}

static void the_end_gives_everything_back(void **state)
{
	struct world w;
	struct peer *p;
	struct session *s;
	uint32_t slots;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	slots = w.core->session_slots[0].n_free;
	s = kit_up(&w, p, "alice");
	assert_int_equal(w.core->sessions_now, 1);
	session_event(s, SESSION_EV_CLOSE, "administrator");
	assert_int_equal(s->state, SESSION_CLOSING);
	kit_seconds(&w, 10); /* nobody acknowledges Terminate-Request */
	assert_int_equal(s->state, SESSION_CLOSING);
	session_event(s, SESSION_EV_CALL_DOWN, "admin"); /* l2tp does not know the call */
	kit_settle(&w);
	assert_true(list_empty(&w.core->sessions));
	assert_int_equal(w.core->sessions_now, 0);
	assert_int_equal(w.core->session_slots[0].n_free, slots);
	assert_int_equal(pool_used(w.core->pools[0].pool), 0);
	assert_int_equal(p->n_sessions, 0);
	assert_true(p->linger.armed);
	core_peer_down(p, "peer-delete");
	kit_settle(&w);
	assert_true(list_empty(&w.core->peers));
	assert_int_equal(w.core->peer_slots[0].n_free, slots);
	assert_int_equal(w.core->worker_load[0], 0);
	kit_end(&w);
}

static void a_refused_addition_closes_the_session(void **state)
{
	struct world w;
	struct session *s;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_login(&w, kit_peer(&w), "alice");
	s->ip = 0x0a040501; /* the host's own address: no worker takes it */
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(s->end_reason, "worker-refused");
	session_event(s, SESSION_EV_CALL_DOWN, NULL);
	kit_settle(&w);
	assert_true(list_empty(&w.core->sessions));
	kit_end(&w);
}

/* ---- full rings ---- */

static void a_full_ring_holds_up_nobody_else(void **state)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SA_IN_DEL}, stats = {.kind = DP_CMD_STATS};
	struct world w;
	struct core *c;
	uint64_t next, now_ms;

	(void)state;
	kit_world(&w, 2, KIT_CONFIG);
	c = w.core;
	assert_true(kit_fill_ring(&w, 0) > 256);
	assert_true(command_send(c, 0, &cmd, NULL));
	assert_int_equal(c->waiting[0], 1);
	assert_true(command_send(c, 1, &cmd, NULL));
	assert_int_equal(c->waiting[1], 0);
	/* questions for counters do not pile up */
	assert_false(command_send(c, 0, &stats, NULL));
	assert_int_equal(c->waiting[0], 1);
	/* nothing wakes us when there is room again: the round comes soon by itself */
	command_retry(c);
	assert_int_equal(c->waiting[0], 1);
	now_ms = c->os->now_ms(c->os->ctx);
	for (unsigned i = 0; i < 256; i++)
		assert_true(command_send(c, 0, &cmd, NULL));
	next = core_run(c);
	if (c->waiting[0])
		assert_true(next <= now_ms + 10);
	for (unsigned i = 0; i < 1000 && c->waiting[0]; i++)
		core_run(c);
	assert_int_equal(c->waiting[0], 0);
	assert_true(list_empty(&c->commands));
	kit_end(&w);
}

static void commands_that_wait_are_wiped_and_freed_at_the_end(void **state)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SA_IN_DEL};
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	kit_peer(&w);
	kit_settle(&w);
	kit_fill_ring(&w, 0);
	for (unsigned i = 0; i < 20000; i++)
		command_send(w.core, 0, &cmd, NULL);
	kit_end(&w); /* what is still there is found by LeakSanitizer */
}

/* ---- limits ---- */

static void an_idle_session_ends_only_by_fresh_counters(void **state)
{
	struct world w;
	struct session *s;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	s->idle_s = 60;
	limits_watch(s);
	kit_seconds(&w, 59);
	assert_int_equal(s->state, SESSION_UP);
	/* the worker cannot be asked: nobody is idle by counters of long ago */
	for (unsigned i = 0; i < 30; i++) {
		if (i >= 10) /* first the worker only does not answer */
			kit_fill_ring(&w, 0);
		fake_advance(w.fake, 1000);
		timerq_run(&w.core->timers, w.core->os->now_ms(w.core->os->ctx), 100);
	}
	assert_int_equal(s->state, SESSION_UP);
	for (unsigned i = 0; i < 1000; i++)
		core_run(w.core);
	kit_seconds(&w, 3);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(s->end_reason, "idle-timeout");
	kit_end(&w);
}

static void traffic_keeps_a_session(void **state)
{
	struct world w;
	struct session *s;
	struct dp_session_stats stats = {0};

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	s->idle_s = 60;
	limits_watch(s);
	for (unsigned i = 0; i < 100; i++) {
		fake_advance(w.fake, 1000);
		stats.last_out_ms = w.core->os->now_ms(w.core->os->ctx);
		session_stats(s, &stats);
		timerq_run(&w.core->timers, stats.last_out_ms, 100);
	}
	assert_int_equal(s->state, SESSION_UP);
	assert_int_equal(session_idle_ms(s), 0);
	kit_end(&w);
}

static void a_session_ends_when_its_time_is_over(void **state)
{
	struct world w;
	struct session *s;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	s->session_s = 90;
	limits_watch(s);
	kit_seconds(&w, 88);
	assert_int_equal(s->state, SESSION_UP);
	kit_seconds(&w, 4);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(s->end_reason, "session-timeout");
	kit_end(&w);
}

static void the_limits_of_the_next_user_count(void **state)
{
	struct world w;
	struct session *s;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice"); /* has no limit */
	s->idle_s = s->session_s = CFG_NONE;
	kit_seconds(&w, 5);
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
	s->session_s = 60; /* authenticated again as somebody who has */
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_seconds(&w, 70);
	assert_int_equal(s->state, SESSION_CLOSING);
	kit_end(&w);
}

static void logins_on_their_way_count_too(void **state)
{
	struct world w;
	struct session *a, *b, *other;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	a = kit_login(&w, p, "alice"); /* authenticated, not up */
	other = kit_up(&w, p, "bob");
	fake_advance(w.fake, 5000);
	b = kit_login(&w, p, "alice");
	assert_false(session_login_limit(b, 0));
	assert_true(session_login_limit(b, 2));
	assert_int_equal(a->state, SESSION_LINK);
	assert_true(session_login_limit(b, 1));
	assert_int_equal(a->state, SESSION_CLOSING);
	assert_string_equal(a->end_reason, "simultaneous-logins");
	assert_true(session_login_limit(b, 1)); /* who closes does not count */
	assert_int_equal(b->state, SESSION_LINK);
	assert_int_equal(other->state, SESSION_UP);
	kit_end(&w);
}

static void the_longest_idle_login_goes(void **state)
{
	struct dp_session_stats used = {0};
	struct world w;
	struct session *a, *b, *c;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	a = kit_up(&w, p, "alice");
	b = kit_up(&w, p, "alice");
	fake_advance(w.fake, 10000);
	used.last_in_ms = w.core->os->now_ms(w.core->os->ctx);
	session_stats(a, &used);
	c = kit_login(&w, p, "alice");
	assert_true(session_login_limit(c, 2));
	assert_int_equal(a->state, SESSION_UP);
	assert_int_equal(b->state, SESSION_CLOSING);
	kit_end(&w);
}

/* ---- logoff ---- */

static void logoff_ends_whom_it_names(void **state)
{
	struct world w;
	struct session *a, *b, *c;
	struct peer *p;
	char text[16];

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	a = kit_up(&w, p, "alice");
	b = kit_up(&w, p, "bob");
	c = kit_up(&w, p, "alice");
	assert_int_equal(api_logoff(w.core, API_LOGOFF_INDEX, "4711"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_NAME, "carol"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_IP, "10.4.5.99"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_IP, "2001:db8::1"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_IP, "nonsense"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_IP, "10.4.5.11"), 1);
	assert_int_equal(b->state, SESSION_CLOSING);
	assert_string_equal(b->end_reason, "administrator");
	snprintf(text, sizeof(text), "%u", a->index);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_INDEX, text), 1);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_INDEX, text), 0); /* it is closing */
	assert_int_equal(api_logoff(w.core, API_LOGOFF_NAME, "ALICE"), 1);
	assert_int_equal(c->state, SESSION_CLOSING);
	kit_up(&w, p, "bob");
	assert_int_equal(api_logoff(w.core, API_LOGOFF_ALL, NULL), 1);
	kit_end(&w);
}

/* ---- fresh counters ---- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stale_addition_is_not_taken_for_the_new_one),
		cmocka_unit_test(a_stale_removal_does_not_free_a_session),
		cmocka_unit_test(the_end_gives_everything_back),
		cmocka_unit_test(a_refused_addition_closes_the_session),
		cmocka_unit_test(a_full_ring_holds_up_nobody_else),
		cmocka_unit_test(commands_that_wait_are_wiped_and_freed_at_the_end),
		cmocka_unit_test(an_idle_session_ends_only_by_fresh_counters),
		cmocka_unit_test(traffic_keeps_a_session),
		cmocka_unit_test(a_session_ends_when_its_time_is_over),
		cmocka_unit_test(the_limits_of_the_next_user_count),
		cmocka_unit_test(logins_on_their_way_count_too),
		cmocka_unit_test(the_longest_idle_login_goes),
		cmocka_unit_test(logoff_ends_whom_it_names),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
