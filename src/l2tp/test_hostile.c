/* What a stranger or a bad peer may send, and that it gains nothing by it
 * (security.md rows 89 to 109, H-18, H-21). */
#include "test_script.h"

static void the_control_connection_is_bound_to_its_path(void **state)
{
	uint16_t t = established(), s = call_up(t);
	struct l2tp_path other = rig.path;
	uint8_t data[] = {
		0x40,       0x02, 0,   10, (uint8_t)(t >> 8), (uint8_t)t, (uint8_t)(s >> 8),
		(uint8_t)s, 0xc0, 0x21};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		other = rig.path;
		other.owner += i == 0;
		other.local_port = (uint16_t)(other.local_port + (i == 1));
		other.remote_port = (uint16_t)(other.remote_port + (i == 2));
		rig_script(&rig, &other, t, 0, 4, 2, STOPCCN(0021));
		l2tp_input(rig.lns.l, rig.now, &other, (struct bytes){data, sizeof(data)});
		rig_script(&rig, &other, 0, 0, 4, 2, STOPCCN(0021));
		rig_drain(&rig);
	}
	assert_int_equal(stats_now().drop_wrong_path, 6);
	assert_int_equal(lns->n_acts, 0);
	for (unsigned id = 1; id <= UINT16_MAX; id++) /* a sweep of ids from a neighbour */
		rig_script(&rig, &other, (uint16_t)id, 0, 4, 2, STOPCCN(0021));
	assert_int_equal(lns->n_acts, 0);
	assert_int_equal(stats_now().calls, 1);
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
	rig_drain(&rig);
	assert_int_equal(rig_count(lns, L2TP_ACT_PPP), 1);
}

static void refused_requests_leave_nothing(void **state)
{
	static const struct {
		const char *avps;
		const char *result;
		size_t len;
	} bad[] = {
		{MT(01) "8008000000020200 " FRAMING3 HOST_X TUNNEL(0021), "\0\5\1\0", 4},
		{SCCRQ(0021) "80160000000b00112233445566778899aabbccddeeff ", "\0\4", 2},
		{SCCRQ(0021) "8007000901ffff ", "\0\2\0\10", 4},
		{MT(01) PROTO FRAMING3 TUNNEL(0021), "\0\2\0\3", 4},
		{MT(01) "800900000002010000 " FRAMING3 HOST_X TUNNEL(0021), "\0\2\0\2", 4},
	};
	size_t len;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_forget(lns);
		say(0, 0, 0, 0, bad[i].avps);
		say(0, 0, 0, 0, bad[i].avps); /* the copy gets the same answer */
		assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 2);
		strict_client_accepts(sent(), 0x21, 0, 0, 1);
		assert_int_equal(rig_type(sent()), MSG_STOPCCN);
		assert_memory_equal(rig_avp(sent(), AVP_RESULT_CODE, &len), bad[i].result,
				    bad[i].len);
		assert_int_equal(len, bad[i].len);
		assert_true(rig_noted(lns, "l2tp-refused"));
		assert_int_equal(stats_now().tunnels, 0);
	}
}

static void broken_requests_get_no_answer(void **state)
{
	(void)state;
	say(0, 0, 0, 0, MT(01) PROTO FRAMING3 HOST_X); /* to whom? */
	say(0, 0, 0, 0, SCCRQ(0000));
	say(0, 0, 0, 0, SCCRQ(0021) "800500000001");
	say(0, 0, 0, 0, SCCRQ(0021) "8008000000");
	say(0, 0, 0, 0, PROTO MT(01) FRAMING3 HOST_X TUNNEL(0021));
	say(0, 0, 0, 0, "");
	say(0, 0, 3, 0, SCCRQ(0021));
	say(0, 0, 0, 0, STOPCCN(0021));
	say(0x1234, 0, 0, 0, SCCRQ(0021));
	assert_int_equal(lns->n_acts, 0);
	assert_int_equal(stats_now().tunnels, 0);
	assert_int_equal(stats_now().drop_avp, 6);
	assert_int_equal(stats_now().drop_out_of_window, 1);
	assert_int_equal(stats_now().drop_no_tunnel, 2);
}

static void every_short_datagram_and_every_flag(void **state)
{
	uint16_t t = established();
	uint8_t buf[64];
	struct l2tp_stats before = stats_now(), after;
	uint64_t dropped;

	(void)state;
	for (unsigned flags = 0; flags <= UINT16_MAX; flags += 0x0101) {
		for (size_t len = 0; len <= 12; len++) {
			uint8_t *p = malloc(len + 1);

			assert_non_null(p);
			memset(buf, 0, sizeof(buf));
			buf[0] = (uint8_t)(flags >> 8);
			buf[1] = (uint8_t)flags;
			buf[3] = (uint8_t)len;
			buf[4] = (uint8_t)((t >> 8) ^ 1); /* no such tunnel */
			memcpy(p, buf, len);
			l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){p, len});
			free(p);
		}
	}
	rig_drain(&rig);
	assert_int_equal(lns->n_acts, 0);
	after = stats_now();
	dropped = after.drop_short + after.drop_version + after.drop_flags + after.drop_length +
		  after.drop_no_tunnel + after.drop_avp + after.drop_no_call;
	assert_true(after.drop_flags > 0 && after.drop_version > 0 && after.drop_length > 0 &&
		    after.drop_short > 0);
	assert_int_equal(dropped - (before.drop_short + before.drop_version), 256 * 13);
	say(t, 0, 2, 1, HELLO);
	assert_int_equal(sent()->len, 12);
}

static void an_oversized_control_message_is_dropped(void **state)
{
	uint16_t t = established();
	size_t len = 5000;
	uint8_t *p = calloc(1, len);

	(void)state;
	assert_non_null(p);
	rig_hex("c802 1388 0000 0000 0002 0001 8008 0000 0000 0006", p, len);
	p[4] = (uint8_t)(t >> 8);
	p[5] = (uint8_t)t;
	for (size_t at = 20; at < len; at += 6)
		p[at + 1] = 6; /* empty AVPs without M */
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){p, len});
	rig_drain(&rig);
	assert_int_equal(lns->n_acts, 0);
	assert_int_equal(stats_now().drop_length, 1);
	p[2] = 0x0f; /* the same, cut to 3980 octets by its Length: a HELLO */
	p[3] = 0x8c;
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){p, len});
	rig_drain(&rig);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	free(p);
}

static void ids_are_spread(void **state)
{
	unsigned low = 0;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		uint32_t id = tunnel_draw(&rig.lns.l->engine, &rig.path, false);

		assert_int_equal(id & 7, 5);
		low += id < 0x8000;
	}
	assert_in_range(low, 1850, 2150);
}

/* Replies while nothing is acknowledged end, and so does the memory for them. */
static void a_deaf_peer_cannot_fill_memory(void **state)
{
	uint16_t t = established();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		say(t, 0, (uint16_t)(2 + i), 1, MT(07) SESSION(0041));
	assert_true(rig.lns.l->engine.pool.used < 10000);
	assert_int_equal(stats_now().tunnels, 1);
	assert_true(stats_now().drop_out_of_window > 900);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_control_connection_is_bound_to_its_path),
		T(broken_requests_get_no_answer),
		T(refused_requests_leave_nothing),
		T(every_short_datagram_and_every_flag),
		T(an_oversized_control_message_is_dropped),
		T(ids_are_spread),
		T(a_deaf_peer_cannot_fill_memory),
	};

	return cmocka_run_group_tests_name("l2tp_hostile", tests, NULL, NULL);
}
