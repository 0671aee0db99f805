/* The control connection and its calls against scripts typed by hand: refusals,
 * limits, timers, messages out of state. */
#include "test_script.h"

#include <stdio.h>

static void retransmission_backs_off_and_gives_up(void **state)
{
	static const uint64_t at[] = {0, 1000, 3000, 7000, 15000, 23000};
	unsigned n = 0;

	(void)state;
	start(SCCRQ(0021));
	rig_pass(&rig, 60000);
	for (unsigned i = 0; i < lns->n_acts; i++) {
		if (lns->acts[i].kind != L2TP_ACT_SEND)
			continue;
		assert_true(n < 6);
		assert_int_equal(lns->acts[i].at_ms - 1000000, at[n++]);
	}
	assert_int_equal(n, 6);
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->at_ms, 1031000);
	assert_string_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->result.reason,
			    "retransmit-timeout");
	assert_true(rig_noted(lns, "l2tp-retransmit-timeout"));
	assert_int_equal(stats_now().tunnels, 0);
}

static void a_peer_that_only_acknowledges_is_given_up(void **state)
{
	uint16_t t = start(SCCRQ(0021));

	(void)state;
	say(t, 0, 1, 1, "");
	rig_pass(&rig, 59000);
	assert_int_equal(stats_now().tunnels, 1);
	rig_pass(&rig, 2000);
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
	say(t, 0, 1, 2, "");
	assert_string_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->result.reason, "setup-timeout");
	t = established();
	say(t, 0, 2, 1, ICRQ(0031));
	say(t, 0, 3, 2, "");
	rig_pass(&rig, 61000);
	say(t, 0, 3, 3, "");
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason, "setup-timeout");
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.result, 10);
}

static void data_before_iccn_is_dropped(void **state)
{
	uint16_t t = established(), s;
	uint8_t data[] = {0x00, 0x02, 0, 0, 0, 0, 0xc0, 0x21, 1};

	(void)state;
	say(t, 0, 2, 1, ICRQ(0031));
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	for (unsigned i = 0; i < 2; i++) {
		data[2] = (uint8_t)(t >> 8);
		data[3] = (uint8_t)t;
		data[4] = (uint8_t)(s >> 8);
		data[5] = (uint8_t)s;
		l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
		rig_drain(&rig);
		assert_int_equal(rig_count(lns, L2TP_ACT_PPP), i);
		say(t, s, 3, 2, ICCN);
	}
	assert_int_equal(stats_now().drop_state, 1);
	data[5] ^= 8;
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
	assert_int_equal(stats_now().drop_no_call, 1);
}

static void sequencing_is_used_when_required(void **state)
{
	uint16_t t = established(), s;
	uint32_t call;

	(void)state;
	say(t, 0, 2, 1, ICRQ(0031));
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, ICCN "800600000027 ");
	assert_true(rig_last(lns, L2TP_ACT_CALL_UP)->info.sequencing);
	call = rig_last(lns, L2TP_ACT_CALL_UP)->call;
	for (uint16_t i = 0; i < 3; i++) {
		const struct rig_act *d;

		l2tp_call_send(rig.lns.l, rig.now, call, (struct bytes){(const uint8_t *)"p", 1});
		rig_drain(&rig);
		d = rig_last(lns, L2TP_ACT_SEND_DATA);
		assert_int_equal(d->len, 13);
		assert_int_equal(rig_u16(d->bytes), 0x4802);
		assert_int_equal(rig_u16(d->bytes + 2), 13);
		assert_int_equal(rig_u16(d->bytes + 4), 0x21);
		assert_int_equal(rig_u16(d->bytes + 6), 0x31);
		assert_int_equal(rig_u16(d->bytes + 8), i);
		assert_int_equal(rig_u16(d->bytes + 10), 0);
	}
}

/* Section 5.4: the LNS turns sequence numbers on and off, the LAC follows. */
static void the_dialler_follows_the_peers_sequencing(void **state)
{
	uint8_t data[14] = {0x08, 0x02, 0, 0, 0, 0, 0, 5, 0, 0, 0xc0, 0x21, 1, 1};
	static const uint16_t flags[] = {0x4002, 0x4802, 0x4002};
	uint32_t call = l2tp_dial(rig.lns.l, rig.now, &rig.path);
	uint16_t t = (uint16_t)(call >> 16), s = (uint16_t)call;

	(void)state;
	rig_drain(&rig);
	say(t, 0, 0, 1, MT(02) PROTO FRAMING3 HOST_X TUNNEL(0021));
	say(t, 0, 1, 2, "");
	say(t, s, 1, 3, MT(0b) SESSION(0031));
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_UP), 1);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_session_id, 0x31);
	data[2] = (uint8_t)(t >> 8);
	data[3] = (uint8_t)t;
	data[4] = (uint8_t)(s >> 8);
	data[5] = (uint8_t)s;
	for (unsigned i = 0; i < 3; i++) {
		l2tp_call_send(rig.lns.l, rig.now, call, (struct bytes){(const uint8_t *)"p", 1});
		rig_drain(&rig);
		assert_int_equal(rig_u16(rig_last(lns, L2TP_ACT_SEND_DATA)->bytes), flags[i]);
		data[0] = i == 0 ? 0x08 : 0x00;
		l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
		rig_drain(&rig);
		assert_int_equal(rig_count(lns, L2TP_ACT_PPP), i + 1);
		assert_int_equal(rig_last(lns, L2TP_ACT_PPP)->len, i == 0 ? 4 : 8);
	}
}

/* A tunnel is asked only after a whole interval of silence; data is no silence. */
static void hello_waits_for_silence(void **state)
{
	uint16_t t = established(), s = call_up(t);
	uint8_t data[] = {0x00, 0x02, (uint8_t)(t >> 8), (uint8_t)t, (uint8_t)(s >> 8), (uint8_t)s,
			  0xc0, 0x21};

	(void)state;
	rig_pass(&rig, 40000);
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
	rig_pass(&rig, 40000);
	say(t, 0, 4, 2, HELLO);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1); /* the ZLB for it */
	rig_pass(&rig, 59000);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	rig_pass(&rig, 1500);
	assert_int_equal(rig_type(sent()), MSG_HELLO);
}

static void unknown_mandatory_avps_are_refused(void **state)
{
	uint16_t t = established(), s = call_up(t);
	size_t len;

	(void)state;
	/* without M, of any vendor: passed over */
	say(t, 0, 4, 2, HELLO "00080137000a0001 000700090001ff 000a000000c800000000 ");
	assert_int_equal(sent()->len, 12);
	/* a call's message: CDN, the tunnel stays */
	say(t, s, 5, 2,
	    MT(0f) "8020000000220000"
		   "000000000000000000000000000000000000000000000000 "
		   "80060009ffff ");
	assert_int_equal(rig_type(sent()), MSG_CDN);
	assert_memory_equal(rig_avp(sent(), AVP_RESULT_CODE, &len), "\0\2\0\10", 4);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.error, 8);
	assert_true(rig_noted(lns, "l2tp-refused"));
	assert_int_equal(stats_now().tunnels, 1);
	/* an ICRQ: CDN to the session that it names */
	say(t, 0, 6, 3, ICRQ(0077) "8008000000c80001 ");
	strict_client_accepts(sent(), 0x21, 0x77, 3, 7);
	assert_int_equal(rig_type(sent()), MSG_CDN);
	/* the tunnel's: StopCCN */
	say(t, 0, 7, 4, HELLO "800700090001ff ");
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
	assert_memory_equal(rig_avp(sent(), AVP_RESULT_CODE, &len), "\0\2\0\10", 4);
	say(t, 0, 8, 5, "");
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->result.error, 8);
}

static void an_unknown_message_goes_by_its_m_bit(void **state)
{
	uint16_t t = established();

	(void)state;
	say(t, 0, 2, 1, "000800000000004d ");
	assert_int_equal(sent()->len, 12);
	say(t, 0, 3, 1, "800800000000004d ");
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
}

static void messages_out_of_state(void **state)
{
	uint16_t t = start(SCCRQ(0021)), s;

	(void)state;
	say(t, 0, 1, 1, ICRQ(0031)); /* before SCCCN: acknowledged, nothing else */
	assert_int_equal(sent()->len, 12);
	assert_int_equal(stats_now().calls, 0);
	assert_int_equal(stats_now().drop_state, 1);
	say(t, 0, 2, 1, SCCCN);
	say(t, 0, 3, 1, ICRQ(0031));
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 4, 2, MT(0b) SESSION(0031)); /* ICRP to an LNS */
	assert_int_equal(rig_type(sent()), MSG_CDN);
	assert_int_equal(stats_now().calls, 0);
	say(t, 0, 5, 3,
	    MT(07) SESSION(0041) SERIAL(00000002) /* OCRQ */
	    "800a0000001000000000 800a0000001100000000 800a0000001200000000 "
	    "800a0000001300000000 800700000015"
	    "31 ");
	assert_int_equal(rig_type(sent()), MSG_CDN);
	assert_int_equal(avp16(sent(), AVP_RESULT_CODE), 5);
	say(t, 0x7777, 6, 4, ICCN);
	assert_int_equal(stats_now().drop_no_call, 1);
	say(t, 0, 7, 4, SCCCN); /* a second one is an FSM error */
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
	assert_int_equal(avp16(sent(), AVP_RESULT_CODE), 7);
}

static void calls_are_limited_and_their_ids_unique(void **state)
{
	uint16_t t = established(), ids[4];

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		rig_script(&rig, &rig.path, t, 0, (uint16_t)(2 + i), (uint16_t)(1 + i),
			   i == 0   ? ICRQ(0001)
			   : i == 1 ? ICRQ(0002)
			   : i == 2 ? ICRQ(0003)
				    : ICRQ(0004));
		ids[i] = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
		assert_int_equal(ids[i] & 7, 5);
		for (uint16_t j = 0; j < i; j++)
			assert_int_not_equal(ids[i], ids[j]);
	}
	say(t, 0, 6, 5, ICRQ(0005));
	assert_int_equal(rig_type(sent()), MSG_CDN);
	assert_memory_equal(sent()->bytes + 20 + 6, "\0\2\0\4", 4);
	assert_int_equal(stats_now().calls, 4);
	say(t, 0, 7, 6, ICRQ(0001)); /* a session id in use: that call is in error */
	assert_int_equal(stats_now().calls, 3);
}

static void data_in(uint16_t t, uint16_t s, uint8_t what)
{
	const uint8_t data[] = {
		0,    0x02, (uint8_t)(t >> 8), (uint8_t)t, (uint8_t)(s >> 8), (uint8_t)s, 0xc0,
		0x21, what};

	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){data, sizeof(data)});
	rig_drain(&rig);
}

/* Each call has its own ids, frames and end; the tunnel outlives them. */
static void several_calls_live_in_one_tunnel(void **state)
{
	uint16_t t = established(), a, b;
	uint32_t call_a;

	(void)state;
	say(t, 0, 2, 1, ICRQ(0031));
	a = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, 0, 3, 2, ICRQ(0032)); /* before the first one is up */
	b = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, b, 4, 3, ICCN);
	say(t, a, 5, 3, ICCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_UP), 2);
	call_a = rig_last(lns, L2TP_ACT_CALL_UP)->call;
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_session_id, 0x31);
	data_in(t, a, 1);
	assert_int_equal(rig_last(lns, L2TP_ACT_PPP)->call, call_a);
	data_in(t, b, 2);
	assert_int_not_equal(rig_last(lns, L2TP_ACT_PPP)->call, call_a);
	say(t, b, 6, 3, MT(0e) "8008000000010003 " SESSION(0032));
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_DOWN), 1);
	assert_int_not_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->call, call_a);
	data_in(t, b, 3);
	assert_int_equal(rig_count(lns, L2TP_ACT_PPP), 2);
	data_in(t, a, 4);
	assert_int_equal(rig_count(lns, L2TP_ACT_PPP), 3);
	l2tp_call_close(rig.lns.l, rig.now, call_a, (struct l2tp_result){3, 0, "admin"});
	rig_drain(&rig);
	assert_int_equal(rig_u16(sent()->bytes + 6), 0x31);
	assert_int_equal(stats_now().calls, 0);
	assert_int_equal(stats_now().tunnels, 1);
}

static void with_secret(struct l2tp_config *cfg)
{
	secret_set(&cfg->secret, "s3cret", 6);
}

static void tunnel_authentication(void **state)
{
	struct secret secret;
	uint8_t want[16];
	size_t len;
	const uint8_t *v;
	char scccn[200] = MT(03) "80160000000d";
	uint16_t t;

	(void)state;
	secret_set(&secret, "s3cret", 6);
	for (unsigned good = 0; good < 2; good++) {
		rig_close(&rig);
		open_with(with_secret);
		t = start(SCCRQ(0021) "80160000000b00112233445566778899aabbccddeeff ");
		v = rig_avp(sent(), AVP_CHALLENGE_RESPONSE, &len);
		assert_int_equal(len, 16);
		avp_challenge_response(2, secret_bytes(&secret),
				       (struct bytes){(const uint8_t *)"\x00\x11\x22\x33\x44\x55"
								       "\x66\x77\x88\x99\xaa\xbb"
								       "\xcc\xdd\xee\xff",
						      16},
				       want);
		assert_memory_equal(v, want, 16);
		v = rig_avp(sent(), AVP_CHALLENGE, &len);
		assert_int_equal(len, 16);
		avp_challenge_response(3, secret_bytes(&secret), (struct bytes){v, len}, want);
		want[15] ^= (uint8_t)!good;
		scccn[strlen(MT(03) "80160000000d")] = 0;
		for (unsigned i = 0; i < 16; i++)
			sprintf(scccn + strlen(scccn), "%02x", want[i]);
		say(t, 0, 1, 1, scccn);
		assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_UP), good);
		if (!good)
			assert_int_equal(avp16(sent(), AVP_RESULT_CODE), 4);
	}
}

static void reconfiguration_is_for_new_tunnels(void **state)
{
	uint16_t t = established();
	struct l2tp_config cfg = rig_config(&rig);
	size_t len;

	(void)state;
	cfg.host_name = "renamed";
	cfg.hello_s = 0;
	l2tp_reconfigure(rig.lns.l, &cfg);
	rig_pass(&rig, 61000);
	assert_int_equal(rig_type(sent()), MSG_HELLO); /* the old interval */
	assert_int_equal(rig_u16(sent()->bytes + 4), 0x21);
	say(t, 0, 2, 2, "");
	rig.path.owner = 9;
	start(SCCRQ(0022));
	assert_memory_equal(rig_avp(sent(), AVP_HOST_NAME, &len), "renamed", 7);
}

/* An id of 16 bits is a tunnel's own among its peer's only: there are more peers than ids. */
static void peers_may_have_the_same_ids(void **state)
{
	struct l2tp_config cfg = rig_config(&rig);
	static uint64_t owner_of[UINT16_MAX + 1]; /* by id, the first */
	uint16_t shared = 0;
	uint64_t second = 0;

	(void)state;
	cfg.tunnels_max = 9000; /* ids of a shard: 8191 */
	l2tp_reconfigure(rig.lns.l, &cfg);
	for (uint64_t owner = 100; owner < 9100; owner++) {
		uint16_t id;

		rig.path.owner = owner;
		rig_forget(lns);
		id = start(SCCRQ(0021));
		if (owner_of[id]) {
			shared = id;
			second = owner;
		} else {
			owner_of[id] = owner;
		}
	}
	assert_int_equal(stats_now().tunnels, 9000);
	assert_int_not_equal(shared, 0);
	rig.path.owner = second;
	say(shared, 0, 1, 1, STOPCCN(0021));
	rig.path.owner = owner_of[shared];
	say(shared, 0, 1, 1, SCCCN);
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_UP)->path.owner, owner_of[shared]);
	rig.path.owner = second; /* answered, but no tunnel comes up on it any more */
	rig_forget(lns);
	say(shared, 0, 2, 1, SCCCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_UP), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(retransmission_backs_off_and_gives_up),
		T(a_peer_that_only_acknowledges_is_given_up),
		T(data_before_iccn_is_dropped),
		T(sequencing_is_used_when_required),
		T(the_dialler_follows_the_peers_sequencing),
		T(hello_waits_for_silence),
		T(unknown_mandatory_avps_are_refused),
		T(an_unknown_message_goes_by_its_m_bit),
		T(messages_out_of_state),
		T(calls_are_limited_and_their_ids_unique),
		T(peers_may_have_the_same_ids),
		T(several_calls_live_in_one_tunnel),
		T(tunnel_authentication),
		T(reconfiguration_is_for_new_tunnels),
	};

	return cmocka_run_group_tests_name("l2tp_tunnel", tests, NULL, NULL);
}
