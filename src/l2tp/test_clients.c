/* The shapes of native clients (clients.md section 2), and what they ask of us. */
#include "test_script.h"

static void sccrp_is_what_every_client_wants(void **state)
{
	size_t len;
	const uint8_t *v;

	(void)state;
	start(SCCRQ(0021));
	strict_client_accepts(sent(), 0x21, 0, 0, 1);
	assert_int_equal(avp16(sent(), AVP_PROTOCOL_VERSION), 0x0100);
	v = rig_avp(sent(), AVP_FRAMING_CAPABILITIES, &len);
	assert_non_null(v);
	assert_int_equal(len, 4);
	assert_int_equal(v[3], 3);
	assert_non_null(rig_avp(sent(), AVP_BEARER_CAPABILITIES, &len));
	assert_non_null(rig_avp(sent(), AVP_FIRMWARE_REVISION, &len));
	v = rig_avp(sent(), AVP_HOST_NAME, &len);
	assert_memory_equal(v, "rig", 3);
	assert_int_equal(len, 3);
	assert_non_null(rig_avp(sent(), AVP_VENDOR_NAME, &len));
	assert_int_equal(avp16(sent(), AVP_RECEIVE_WINDOW_SIZE), 16);
	assert_null(rig_avp(sent(), AVP_CHALLENGE, &len));
	assert_int_equal(avp16(sent(), AVP_ASSIGNED_TUNNEL_ID) & 7, 5);
	/* M exactly as RFC 2661: firmware and vendor without, the others with */
	for (size_t at = 12; at < sent()->len; at += rig_u16(sent()->bytes + at) & 0x3ff) {
		uint16_t type = rig_u16(sent()->bytes + at + 4);
		bool m = rig_u16(sent()->bytes + at) & 0x8000;

		assert_int_equal(m, type != AVP_FIRMWARE_REVISION && type != AVP_VENDOR_NAME);
	}
}

static void windows(void **state)
{
	uint16_t t, s;

	(void)state;
	t = start(MT(01) PROTO "800a0000000300000001 800a0000000400000000 0008000000060a00 "
			       "800a0000000757494e31 000f000000084d6963726f736f6674 "
			       "8008000000090001 80080000000a0008 ");
	assert_true(rig_noted(lns, "l2tp-sccrq"));
	/* the retransmission at 1 s is answered with the same tunnel */
	say(0, 0, 0, 0,
	    MT(01) PROTO "800a0000000300000001 800a0000000400000000 0008000000060a00 "
			 "800a0000000757494e31 000f000000084d6963726f736f6674 "
			 "8008000000090001 80080000000a0008 ");
	assert_int_equal(stats_now().tunnels, 1);
	assert_int_equal(stats_now().drop_duplicate, 1);
	say(t, 0, 1, 1, SCCCN);
	say(t, 0, 2, 1,
	    ICRQ(0001) "800a0000001200000002 00160137000100112233445566778899aabbccddeeff ");
	assert_int_equal(rig_type(sent()), MSG_ICRP);
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, ICCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_UP), 1);
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_vendor_name, "Microsoft");
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_host_name, "WIN1");
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_firmware, 0x0a00);
	say(t, s, 4, 2, MT(0e) "8008000000010003 " SESSION(0001));
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_DOWN), 1);
	say(t, 0, 5, 2, MT(04) "8008000000010006 " TUNNEL(0001));
	assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_DOWN), 0);
	rig_forget(lns);
	say(t, 0, 5, 2, MT(04) "8008000000010006 " TUNNEL(0001)); /* our ZLB was lost */
	strict_client_accepts(sent(), 1, 0, 2, 6);
	assert_int_equal(sent()->len, 12);
	rig_pass(&rig, 40000);
	assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_DOWN), 1);
}

static void apple(void **state)
{
	uint16_t t, s;

	(void)state;
	t = start(MT(01) PROTO FRAMING3 "800a000000074d616300 " TUNNEL(0015) "80080000000a0004 ");
	say(t, 0, 1, 1, SCCCN);
	say(t, 0, 2, 1, ICRQ(1234)); /* right behind, no wait */
	strict_client_accepts(sent(), 0x15, 0x1234, 1, 3);
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, MT(0c) "800a00000018000f4240 800a0000001300000003 ");
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_host_name, "Mac");
	/* result 3 in little endian, 6 octets of an older message behind it */
	say(t, s, 4, 2, MT(0e) "800e000000010300deadbeef0102 " SESSION(1234));
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.result, 3);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.error, 0);
	say(t, 0, 5, 2, MT(04) "800e000000010100deadbeef0102 " TUNNEL(0015));
	rig_pass(&rig, 40000);
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->result.result, 1);
}

static void android(void **state)
{
	uint16_t t, s;

	(void)state;
	rig.path.remote_port = 48123;
	t = start(MT(01) PROTO
		  "800f00000007616e6f6e796d6f7573 " FRAMING3 TUNNEL(beef) "80080000000a0001 ");
	strict_client_accepts(sent(), 0xbeef, 0, 0, 1);
	rig_forget(lns);
	say(t, 0, 1, 1, SCCCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1); /* the ZLB, at once */
	strict_client_accepts(sent(), 0xbeef, 0, 1, 2);
	assert_int_equal(sent()->len, 12);
	rig_forget(lns);
	say(t, 0, 2, 1, ICRQ(4321));
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1); /* ICRP carries the Nr, no ZLB */
	strict_client_accepts(sent(), 0xbeef, 0x4321, 1, 3);
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	rig_forget(lns);
	say(t, s, 3, 2, ICCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	strict_client_accepts(sent(), 0xbeef, 0, 2, 4);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.remote_port, 48123);
	say(t, 0, 4, 2, STOPCCN(beef));
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason, "peer-stopccn");
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.result, 6);
}

static void xl2tpd(void **state)
{
	uint16_t t, s;

	(void)state;
	t = start(MT(01) PROTO FRAMING3
		  "800a0000000400000000 0008000000060690 "
		  "800b000000076c6e783031 "
		  "001300000008"
		  "78656c6572616e63652e636f6d " TUNNEL(7a7a) "80080000000a0004 ");
	say(t, 0, 1, 1, SCCCN);
	say(t, 0, 2, 1, ICRQ(0500) "800a0000001200000000 ");
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, ICCN "000a0000002600989680 ");
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_UP), 1);
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_vendor_name,
			    "xelerance.com");
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_UP)->info.peer_session_id, 0x0500);
}

static void a_window_of_one_never_sees_two_messages(void **state)
{
	uint16_t t = start(SCCRQ(0021) "80080000000a0001 ");

	(void)state;
	say(t, 0, 1, 1, SCCCN);
	rig_forget(lns);
	say(t, 0, 2, 1, ICRQ(0031));
	say(t, 0, 3, 1, ICRQ(0032));
	say(t, 0, 4, 1, ICRQ(0033));
	for (unsigned i = 0, icrp = 0; i < lns->n_acts; i++) {
		icrp += lns->acts[i].kind == L2TP_ACT_SEND && rig_type(&lns->acts[i]) != 0;
		assert_true(icrp <= 1);
	}
	rig_forget(lns);
	say(t, 0, 5, 2, ""); /* ZLB for the first ICRP: the second follows */
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	strict_client_accepts(sent(), 0x21, 0x32, 2, 5);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sccrp_is_what_every_client_wants),
		T(windows),
		T(apple),
		T(android),
		T(xl2tpd),
		T(a_window_of_one_never_sees_two_messages),
	};

	return cmocka_run_group_tests_name("l2tp_clients", tests, NULL, NULL);
}
