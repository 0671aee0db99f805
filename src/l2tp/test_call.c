/* Calls and the whole room, LNS against LAC in virtual time. */
#include "test_rig.h"

#include "state.h"

static struct rig rig;

static void open_pair(const struct l2tp_config *lns, const struct l2tp_config *lac)
{
	memset(&rig, 0, sizeof(rig));
	rig_open(&rig, lns, lac);
}

static int setup(void **state)
{
	struct l2tp_config cfg;

	(void)state;
	memset(&rig, 0, sizeof(rig));
	cfg = rig_config(&rig);
	open_pair(&cfg, &cfg);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

static void a_call_comes_up_and_carries_frames(void **state)
{
	static const uint8_t frame[] = {0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4};
	struct l2tp_stats stats;
	const struct rig_act *up, *ppp;
	uint32_t call;

	(void)state;
	call = l2tp_dial(rig.lac.l, rig.now, &rig.path);
	assert_int_not_equal(call, 0);
	rig_drain(&rig);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_UP), 1);
	assert_int_equal(rig_count(&rig.lac, L2TP_ACT_CALL_UP), 1);
	assert_int_equal(rig_last(&rig.lac, L2TP_ACT_CALL_UP)->call, call);
	up = rig_last(&rig.lns, L2TP_ACT_CALL_UP);
	assert_non_null(up);
	assert_string_equal(up->info.peer_host_name, "rig");
	assert_string_equal(up->info.peer_vendor_name, "Sekisho");
	assert_int_equal(up->info.tunnel_id & 7, 5);
	assert_int_equal(up->info.session_id & 7, 5);
	assert_int_equal(up->info.owner, 7);
	assert_int_equal(up->info.peer_session_id,
			 rig_last(&rig.lac, L2TP_ACT_CALL_UP)->info.session_id);

	l2tp_call_send(rig.lns.l, rig.now, up->call, (struct bytes){frame, sizeof(frame)});
	rig_drain(&rig);
	ppp = rig_last(&rig.lac, L2TP_ACT_PPP);
	assert_non_null(ppp);
	assert_int_equal(ppp->call, call);
	assert_int_equal(ppp->len, sizeof(frame));
	assert_memory_equal(ppp->bytes, frame, sizeof(frame));

	l2tp_get_stats(rig.lns.l, &stats);
	assert_int_equal(stats.tunnels, 1);
	assert_int_equal(stats.calls, 1);
	assert_int_equal(stats.retransmits, 0);
}

static void closing_the_call_closes_the_dialled_tunnel(void **state)
{
	struct l2tp_stats stats;
	uint32_t call = l2tp_dial(rig.lac.l, rig.now, &rig.path);

	(void)state;
	rig_drain(&rig);
	l2tp_call_close(rig.lac.l, rig.now, call, (struct l2tp_result){3, 0, "admin"});
	rig_drain(&rig);
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.result, 3);
	assert_string_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.reason, "peer-cdn");
	assert_string_equal(rig_last(&rig.lac, L2TP_ACT_CALL_DOWN)->result.reason, "admin");
	assert_int_equal(rig_count(&rig.lac, L2TP_ACT_TUNNEL_DOWN), 1);
	assert_true(rig_noted(&rig.lns, "l2tp-peer-cdn"));
	assert_true(rig_noted(&rig.lns, "l2tp-peer-stopccn"));
	/* the LNS answers duplicates for a full cycle: 1+2+4+8+8+8 s */
	rig_pass(&rig, 30900);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_DOWN), 0);
	rig_pass(&rig, 200);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_DOWN), 1);
	assert_int_equal(rig.lns.acts[rig.lns.n_acts - 1].kind, L2TP_ACT_TUNNEL_DOWN);
	l2tp_get_stats(rig.lns.l, &stats);
	assert_int_equal(stats.tunnels, 0);
	assert_int_equal(stats.calls, 0);
}

static void the_lns_closes_a_call_and_leaves_the_tunnel(void **state)
{
	uint32_t call;

	(void)state;
	l2tp_dial(rig.lac.l, rig.now, &rig.path);
	rig_drain(&rig);
	call = rig_last(&rig.lns, L2TP_ACT_CALL_UP)->call;
	rig.wire = false;
	l2tp_call_close(rig.lns.l, rig.now, call, (struct l2tp_result){0});
	rig_drain(&rig);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_CALL_DOWN), 1);
	assert_int_equal(rig_type(rig_last(&rig.lns, L2TP_ACT_SEND)), MSG_CDN);
	l2tp_call_close(rig.lns.l, rig.now, call, (struct l2tp_result){0}); /* a stale handle */
	rig_drain(&rig);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_CALL_DOWN), 1);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_DOWN), 0);
}

static int fate_of_one(struct rig *r, unsigned k)
{
	return k == r->victim % 1000 ? (int)(r->victim / 1000) : 0;
}

/* Set-up, a close from one side, and the rest of time, with the k-th message lost or
 * doubled: always up, always down, nothing left. */
static void whole_life(unsigned victim, bool lns_closes, bool with_secret)
{
	struct l2tp_config cfg = rig_config(&rig);
	struct l2tp_stats stats;

	if (with_secret)
		secret_set(&cfg.secret, "tunnel secret", 13);
	memset(&rig, 0, sizeof(rig));
	rig_open(&rig, &cfg, &cfg);
	rig.victim = victim;
	rig.fate = fate_of_one;
	assert_int_not_equal(l2tp_dial(rig.lac.l, rig.now, &rig.path), 0);
	rig_pass(&rig, 20000);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_CALL_UP), 1);
	assert_int_equal(rig_count(&rig.lac, L2TP_ACT_CALL_UP), 1);
	if (lns_closes)
		l2tp_owner_close(rig.lns.l, rig.now, 7, (struct l2tp_result){6, 0, "admin"}, true);
	else
		l2tp_call_close(rig.lac.l, rig.now, rig_last(&rig.lac, L2TP_ACT_CALL_UP)->call,
				(struct l2tp_result){3, 0, "admin"});
	rig_pass(&rig, 100000);
	for (unsigned i = 0; i < 2; i++) {
		struct rig_end *e = i ? &rig.lac : &rig.lns;

		assert_int_equal(rig_count(e, L2TP_ACT_CALL_UP), 1);
		assert_int_equal(rig_count(e, L2TP_ACT_CALL_DOWN), 1);
		assert_int_equal(rig_count(e, L2TP_ACT_TUNNEL_DOWN), 1);
		l2tp_get_stats(e->l, &stats);
		assert_int_equal(stats.tunnels, 0);
		assert_int_equal(stats.calls, 0);
	}
	rig_close(&rig);
}

static void any_one_message_may_be_lost_or_doubled(void **state)
{
	unsigned messages;

	(void)state;
	memset(&rig, 0, sizeof(rig));
	whole_life(999, false, true);
	messages = rig.n_sent;
	assert_true(messages >= 10);
	for (unsigned k = 0; k < messages; k++)
		for (unsigned v = 0; v < 8; v++)
			whole_life(k + (v & 1 ? 2000 : 1000), v & 2, v & 4);
}

static int lossy(struct rig *r, unsigned k)
{
	(void)k;
	r->victim = r->victim * 1103515245u + 12345u;
	return (r->victim >> 16) % 5 == 0 ? 1 : (r->victim >> 16) % 5 == 1 ? 2 : 0;
}

static void a_bad_wire_only_costs_time(void **state)
{
	struct l2tp_config cfg;
	unsigned ups = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		memset(&rig, 0, sizeof(rig));
		cfg = rig_config(&rig);
		cfg.rx_window = (uint16_t)(1 + seed % 4);
		rig_open(&rig, &cfg, &cfg);
		rig.victim = seed;
		rig.fate = lossy;
		l2tp_dial(rig.lac.l, rig.now, &rig.path);
		rig_pass(&rig, 60000);
		ups += rig_count(&rig.lns, L2TP_ACT_CALL_UP) == 1 &&
		       rig_count(&rig.lac, L2TP_ACT_CALL_UP) == 1;
		rig_close(&rig);
	}
	assert_true(ups >= 38); /* 20 % loss: six tries of one message may all be lost */
}

static void a_dead_peer_is_noticed_by_hello(void **state)
{
	unsigned hellos = 0;

	(void)state;
	l2tp_dial(rig.lac.l, rig.now, &rig.path);
	rig_drain(&rig);
	rig_pass(&rig, 300000); /* hellos are answered */
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_DOWN), 0);
	for (unsigned i = 0; i < rig.lns.n_acts; i++)
		hellos += rig.lns.acts[i].kind == L2TP_ACT_SEND &&
			  rig_type(&rig.lns.acts[i]) == MSG_HELLO;
	for (unsigned i = 0; i < rig.lac.n_acts; i++)
		hellos += rig.lac.acts[i].kind == L2TP_ACT_SEND &&
			  rig_type(&rig.lac.acts[i]) == MSG_HELLO;
	assert_true(hellos >= 4);
	rig.wire = false;
	rig_pass(&rig, 60000 + 31000 + 100);
	assert_string_equal(rig_last(&rig.lns, L2TP_ACT_TUNNEL_DOWN)->result.reason,
			    "hello-timeout");
	assert_string_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.reason, "hello-timeout");
	assert_true(rig_noted(&rig.lns, "l2tp-hello-timeout"));
}

static void wrong_secret_is_refused_on_both_sides(void **state)
{
	struct l2tp_config a = rig_config(&rig), b;

	(void)state;
	secret_set(&a.secret, "one", 3);
	b = a;
	secret_set(&b.secret, "two", 3);
	for (unsigned i = 0; i < 2; i++) {
		struct l2tp_config none = rig_config(&rig);

		rig_close(&rig);
		memset(&rig, 0, sizeof(rig));
		rig_open(&rig, &a, i ? &none : &b);
		l2tp_dial(rig.lac.l, rig.now, &rig.path);
		rig_pass(&rig, 100000);
		assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_UP), 0);
		assert_int_equal(rig_count(&rig.lac, L2TP_ACT_CALL_UP), 0);
		assert_int_equal(rig_last(&rig.lac, L2TP_ACT_CALL_DOWN)->result.result, 4);
	}
}

/* An LNS without a secret refuses a challenge, and keeps nothing of it. */
static void a_dial_learns_why_it_is_refused(void **state)
{
	struct l2tp_config lns = rig_config(&rig), lac = lns;
	struct l2tp_stats stats;

	(void)state;
	secret_set(&lac.secret, "secret", 6);
	rig_close(&rig);
	open_pair(&lns, &lac);
	l2tp_dial(rig.lac.l, rig.now, &rig.path);
	rig_drain(&rig);
	assert_int_equal(rig_last(&rig.lac, L2TP_ACT_CALL_DOWN)->result.result, 4);
	assert_string_equal(rig_last(&rig.lac, L2TP_ACT_CALL_DOWN)->result.reason, "peer-stopccn");
	assert_true(rig_noted(&rig.lac, "l2tp-peer-stopccn"));
	assert_true(rig_noted(&rig.lns, "l2tp-refused"));
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_SEND)->tunnel_id, 0);
	l2tp_get_stats(rig.lns.l, &stats);
	assert_int_equal(stats.tunnels, 0);
}

static void limits_hold(void **state)
{
	struct l2tp_stats stats;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		l2tp_dial(rig.lac.l, rig.now, &rig.path);
		rig_drain(&rig);
	}
	l2tp_get_stats(rig.lac.l, &stats);
	assert_int_equal(stats.tunnels, 4);
	assert_int_equal(stats.drop_limit, 2);
	l2tp_get_stats(rig.lns.l, &stats);
	assert_int_equal(stats.tunnels, 4);
}

static void the_owner_may_vanish(void **state)
{
	(void)state;
	l2tp_dial(rig.lac.l, rig.now, &rig.path);
	rig_drain(&rig);
	rig_forget(&rig.lns);
	l2tp_owner_close(rig.lns.l, rig.now, rig.path.owner,
			 (struct l2tp_result){0, 0, "path-gone"}, false);
	rig_drain(&rig);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_SEND), 0);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_CALL_DOWN), 1);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_TUNNEL_DOWN), 1);
}

static void an_idle_call_is_small(void **state)
{
	const struct control *t;

	(void)state;
	l2tp_dial(rig.lac.l, rig.now, &rig.path);
	rig_drain(&rig);
	assert_true(sizeof(struct tunnel) + sizeof(struct call) <= 3072);
	t = control_on_path(&rig.lns.l->engine, &rig.path,
			    rig_last(&rig.lns, L2TP_ACT_TUNNEL_UP)->tunnel_id);
	assert_non_null(t);
	assert_int_equal(rig.lns.l->engine.pool.used, 0);
	assert_int_equal(rig.lac.l->engine.pool.used, 0);
}

static void nothing_told_is_lost_when_the_outbox_is_full(void **state)
{
	struct l2tp_config cfg;
	unsigned downs = 0;
	const struct l2tp_act *a;

	(void)state;
	rig_close(&rig);
	memset(&rig, 0, sizeof(rig));
	cfg = rig_config(&rig);
	cfg.tunnels_max = cfg.tunnels_per_owner_max = 2000;
	rig_open(&rig, &cfg, &cfg);
	for (unsigned i = 0; i < 2000; i++) {
		l2tp_dial(rig.lac.l, rig.now, &rig.path);
		rig_drain(&rig);
	}
	rig_forget(&rig.lns);
	l2tp_owner_close(rig.lns.l, rig.now, 7, (struct l2tp_result){6, 0, "admin"}, true);
	l2tp_owner_close(rig.lns.l, rig.now, 7, (struct l2tp_result){6, 0, "admin"}, false);
	while ((a = l2tp_next(rig.lns.l))) {
		assert_true(a->kind != L2TP_ACT_TUNNEL_DOWN || downs >= 1);
		downs += a->kind == L2TP_ACT_CALL_DOWN || a->kind == L2TP_ACT_TUNNEL_DOWN;
	}
	assert_int_equal(downs, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_comes_up_and_carries_frames, setup,
						teardown),
		cmocka_unit_test_setup_teardown(closing_the_call_closes_the_dialled_tunnel, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_lns_closes_a_call_and_leaves_the_tunnel, setup,
						teardown),
		cmocka_unit_test(any_one_message_may_be_lost_or_doubled),
		cmocka_unit_test(a_bad_wire_only_costs_time),
		cmocka_unit_test_setup_teardown(a_dead_peer_is_noticed_by_hello, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_secret_is_refused_on_both_sides, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_dial_learns_why_it_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(the_owner_may_vanish, setup, teardown),
		cmocka_unit_test_setup_teardown(an_idle_call_is_small, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_told_is_lost_when_the_outbox_is_full, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("l2tp_call", tests, NULL, NULL);
}
