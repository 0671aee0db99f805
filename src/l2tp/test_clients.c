/* The shapes of native clients (clients.md section 2), and what they ask of us. */
#include "test_script.h"

#include <stdio.h>

#include "quirk.h"

#define BEARER0   "800a0000000400000000 "
#define FRAMING1  "800a0000000300000001 "
#define WINDOW(n) "80080000000a00" #n " "

/* The system that the server took the peer of the last call for. */
static const char *system_of_call(void)
{
	const struct rig_act *a = rig_last(lns, L2TP_ACT_CALL_UP);

	assert_non_null(a);
	return a->info.client_system;
}

static bool noted_text(const char *text)
{
	for (unsigned i = 0; i < lns->n_acts; i++)
		if (lns->acts[i].kind == L2TP_ACT_NOTE && strstr(lns->acts[i].note.text, text))
			return true;
	return false;
}

/* SCCCN, ICRQ and ICCN of a peer with session id 0x31; our session id. */
static uint16_t connect(uint16_t t)
{
	uint16_t s;

	say(t, 0, 1, 1, SCCCN);
	say(t, 0, 2, 1, ICRQ(0031));
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, ICCN);
	return s;
}

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
	assert_string_equal(system_of_call(), "Windows 10/11");
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
	assert_string_equal(system_of_call(), "macOS/iOS");
	/* result 3 in little endian, 6 octets of an older message behind it */
	say(t, s, 4, 2, MT(0e) "800e000000010300deadbeef0102 " SESSION(1234));
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.result, 3);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.error, 0);
	assert_true(noted_text("result 3 (administrative reasons)"));
	say(t, 0, 5, 2, MT(04) "800e000000010100deadbeef0102 " TUNNEL(0015));
	assert_true(noted_text("result 1 (general request to clear the control connection)"));
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
	assert_int_equal(sent()->path.remote_port, 48123); /* where its SCCRQ came from */
	assert_string_equal(system_of_call(), "Android");
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
	assert_string_equal(system_of_call(), "Linux (xl2tpd)");
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

static void mikrotik(void **state)
{
	(void)state;
	connect(start(MT(01) PROTO FRAMING1 BEARER0 "0008000000060001 800c000000074d696b726f31 "
						    "000e000000084d696b726f54696b " TUNNEL(0003)
							    WINDOW(04)));
	assert_string_equal(system_of_call(), "MikroTik");
}

/* A tunnel password on the router and none here: refused by name. */
static void cisco(void **state)
{
	static const char *const sccrq =
		MT(01) PROTO FRAMING3 BEARER0 "0008000000061130 800c00000007726f75746572 "
					      "001900000008"
					      "436973636f2053797374656d732c20496e632e "
					      "8008000000094a4b 80080000000a0800 ";
	char challenged[400];

	(void)state;
	snprintf(challenged, sizeof(challenged), "%s80160000000b00112233445566778899aabbccddeeff ",
		 sccrq);
	say(0, 0, 0, 0, challenged);
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
	assert_int_equal(avp16(sent(), AVP_RESULT_CODE), 4);
	assert_true(noted_text("no-tunnel-secret"));
	connect(start(sccrq));
	assert_string_equal(system_of_call(), "Cisco IOS");
}

static void sekisho(void **state)
{
	(void)state;
	connect(start(MT(01) PROTO FRAMING3 "800900000007"
					    "6c6163 000d0000000853656b6973686f " TUNNEL(0003)
						    WINDOW(04)));
	assert_string_equal(system_of_call(), "Sekisho");
}

static void every_row_of_the_ledger(void **state)
{
	static const struct {
		const char *sccrq, *system;
	} seen[] = {
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060602 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows 8"},
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060603 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows 8.1"},
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060601 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows 7"},
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060600 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows Vista"},
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060500 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows 2000/XP"},
		{MT(01) PROTO FRAMING1 BEARER0 "0008000000060c00 " HOST_X
					       "000f000000084d6963726f736f6674 " TUNNEL(0001),
		 "Windows"},
		{MT(01) PROTO FRAMING1 BEARER0
		 "000800000006ff00 " HOST_X "001c00000008"
		 "44657465726d696e6973746963204e6574776f726b73 " TUNNEL(0001),
		 "Windows 9x"},
		{MT(01) PROTO HOST_X FRAMING3 TUNNEL(0001), "Linux (kl2tpd)"},
		/* near, but not the same */
		{MT(01) PROTO HOST_X FRAMING3 TUNNEL(0001) WINDOW(04), "unknown"},
		{MT(01) PROTO FRAMING3 HOST_X TUNNEL(0001) WINDOW(04), "unknown"},
		{MT(01) PROTO FRAMING3 "800f00000007616e6f6e796d6f7573 " TUNNEL(0001) WINDOW(01),
		 "unknown"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		rig_close(&rig);
		open_with(NULL);
		connect(start(seen[i].sccrq));
		assert_string_equal(system_of_call(), seen[i].system);
	}
}

/* The test that a row names is here. */
static void the_ledger_names_tests(void **state)
{
	static char source[64 * 1024];
	FILE *f = fopen(SEKISHO_SOURCE_ROOT "/src/l2tp/test_clients.c", "r");
	const struct l2tp_quirk *q;
	char want[100];

	(void)state;
	assert_non_null(f);
	source[fread(source, 1, sizeof(source) - 1, f)] = 0;
	fclose(f);
	for (unsigned i = 0; (q = l2tp_quirk(i)); i++) {
		snprintf(want, sizeof(want), "static void %s(void **state)", q->test);
		assert_non_null(strstr(source, want));
		assert_true(q->does && *q->does && q->we_do && *q->we_do);
	}
}

/* Section 4.4.3: without a Receive Window Size the peer takes four messages. */
static void a_peer_without_a_window_gets_four(void **state)
{
	uint16_t t = start(SCCRQ(0021)), ns = 2, nr = 1;
	char icrq[100];
	unsigned n = 0;

	(void)state;
	say(t, 0, 1, 1, SCCCN);
	for (unsigned i = 1; i < 16; i++) { /* the window opens with each acknowledgement */
		snprintf(icrq, sizeof(icrq), MT(0a) SERIAL(00000001) "80080000000e%04x ", i);
		say(t, 0, ns++, nr++, icrq);
		say(t, 0, ns, nr, "");
	}
	rig_forget(lns);
	for (unsigned i = 20; i < 28; i++) {
		snprintf(icrq, sizeof(icrq), MT(0a) SERIAL(00000001) "80080000000e%04x ", i);
		say(t, 0, ns++, nr, icrq);
	}
	for (unsigned i = 0; i < lns->n_acts; i++)
		n += lns->acts[i].kind == L2TP_ACT_SEND && rig_type(&lns->acts[i]);
	assert_int_equal(n, 4);
}

/* Its own id, ours, none, or 0 in the AVP; tunnel 0 or its own id in the header. */
static void a_stopccn_names_whichever_id(void **state)
{
	char ours[200];
	uint16_t t;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		rig_close(&rig);
		open_with(NULL);
		t = established();
		snprintf(ours, sizeof(ours), MT(04) "8008000000010006 800800000009%04x ", t);
		switch (i) {
		case 0:
			say(t, 0, 2, 1, ours);
			break;
		case 1:
			say(0, 0, 2, 1, ours);
			break;
		case 2:
			say(0, 0, 2, 1, STOPCCN(0021));
			break;
		case 3:
			say(0, 0, 2, 1, MT(04) "8008000000010006 ");
			break;
		case 4:
			say(0, 0, 2, 1, STOPCCN(0000));
			break;
		default:
			say(0x21, 0, 2, 1, STOPCCN(0021));
			break;
		}
		assert_true(rig_noted(lns, "l2tp-peer-stopccn"));
		strict_client_accepts(sent(), 0x21, 0, 1, 3); /* acknowledged */
		rig_pass(&rig, 40000);
		assert_int_equal(stats_now().tunnels, 0);
	}
}

/* With two tunnels on the path an id must say which. */
static void a_stopccn_without_an_id_ends_no_tunnel_of_two(void **state)
{
	(void)state;
	established();
	start(SCCRQ(0022));
	rig_forget(lns);
	say(0, 0, 2, 1, STOPCCN(0000));
	assert_int_equal(lns->n_acts, 0);
	assert_int_equal(stats_now().drop_avp, 1);
	assert_int_equal(stats_now().tunnels, 2);
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
		T(mikrotik),
		T(cisco),
		T(sekisho),
		T(every_row_of_the_ledger),
		T(the_ledger_names_tests),
		T(a_window_of_one_never_sees_two_messages),
		T(a_peer_without_a_window_gets_four),
		T(a_stopccn_names_whichever_id),
		T(a_stopccn_without_an_id_ends_no_tunnel_of_two),
	};

	return cmocka_run_group_tests_name("l2tp_clients", tests, NULL, NULL);
}
