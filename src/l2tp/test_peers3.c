/* Routers by script, and our answers to the octet: Cisco, Yamaha (clients.md 2.7). */
#include "test_script3.h"

#define RIG_NAME     "800900000007726967 "
#define SEKISHO      "000d0000000853656b6973686f "
#define YAMAHA       "00180000000859414d41484120436f72706f726174696f6e "
#define CISCO_VENDOR "001900000008436973636f2053797374656d732c20496e632e "
#define C_VERSION    "00080009000a0001 "
#define C_CCID(id)   "000a00090001" #id " "
#define C_CAPS       "000a0009000200050004 "
#define C_LOCAL(id)  "000a00090003" #id " "
#define C_REMOTE     "000a00090004"
#define C_PW(n)      "000800090007" #n " "
#define CISCO_SCCRQ                                                                                \
	MT(01)                                                                                     \
	C_VERSION ROUTER(0a000001) HOST CISCO_VENDOR CCID(c1c2c3c4) C_CCID(c1c2c3c4)               \
		CAPS C_CAPS WINDOW(0400)
#define CISCO_ICRQ                                                                                 \
	MT(0a)                                                                                     \
	SERIAL(00000007)                                                                           \
	LOCAL(d1d2d3d4) C_LOCAL(d1d2d3d4) REMOTE "00000000 " C_REMOTE "00000000 " PW(0005)         \
		C_PW(0005) END_ID STATUS(0003)
#define YAMAHA_SCCRQ MT(01) HOST YAMAHA ROUTER(00000000) CCID(a1a2a3a4) CAPS

static const struct l2tp3_session_info *info(void)
{
	const struct rig3_act *a = rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP);

	assert_non_null(a);
	return &a->info;
}

static void yamaha(void **state)
{
	uint32_t c, s;
	char want[400];

	(void)state;
	c = script_start(YAMAHA_SCCRQ);
	rig3_is(rig3_sent(MSG_SCCRP),
		script_with(MT(02) RIG_NAME YAMAHA ROUTER(00000000) "800a0000003d%s " CAPS, c));
	rig3_say(c, 1, 1, SCCCN);
	s = script_request(c, ICRQ);
	snprintf(want, sizeof(want), MT(0b) "800a0000003f%08x " REMOTE "b1b2b3b4 " STATUS(0003), s);
	rig3_is(rig3_sent(MSG_ICRP), want);
	rig3_say(c, 3, 2, script_with(MT(0c) LOCAL(b1b2b3b4) REMOTE "%s", s));
	assert_string_equal(info()->style, "yamaha");
	assert_string_equal(info()->peer_vendor_name, "YAMAHA Corporation");
	assert_int_equal(info()->cookie_len, 0);
	assert_int_equal(info()->peer_session_id, 0xb1b2b3b4);
	assert_int_equal(info()->peer_connection_id, 0xa1a2a3a4);
	assert_int_equal(info()->pw_type, L2TP3_PW_ETHERNET);
}

/* Never asked for what the style does not have, whatever is configured. */
static void yamaha_is_asked_for_no_sublayer(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	uint32_t c;

	(void)state;
	rig3_close();
	cfg.sublayer = L2TP3_SUBLAYER_DEFAULT;
	cfg.sequencing = L2TP3_SEQUENCE_ALL;
	rig3_open(&cfg, NULL);
	c = script_start(YAMAHA_SCCRQ);
	rig3_say(c, 1, 1, SCCCN);
	script_request(c, ICRQ);
	assert_false(rig3_has(rig3_sent(MSG_ICRP), 0, 65));
	assert_false(rig3_has(rig3_sent(MSG_ICRP), 0, 69));
	assert_false(rig3_has(rig3_sent(MSG_ICRP), 0, 70));
}

static void cisco(void **state)
{
	uint32_t c, s;
	char want[600];

	(void)state;
	rig3_over_ip();
	c = script_start(CISCO_SCCRQ);
	snprintf(want, sizeof(want),
		 MT(02) RIG_NAME SEKISHO ROUTER(c0000201) "800a0000003d%08x " CAPS WINDOW(
			 0010) "000a00090001%08x " C_CAPS C_VERSION,
		 c, c);
	rig3_is(rig3_sent(MSG_SCCRP), want);
	rig3_say(c, 1, 1, SCCCN);
	s = script_request(c, CISCO_ICRQ);
	snprintf(want, sizeof(want),
		 MT(0b) "800a0000003f%08x " REMOTE "d1d2d3d4 " PW(0005)
			 STATUS(0003) "000a00090003%08x " C_REMOTE "d1d2d3d4 " C_PW(0005),
		 s, s);
	rig3_is(rig3_sent(MSG_ICRP), want);
	rig3_say(c, 3, 2, script_with(MT(0c) LOCAL(d1d2d3d4) REMOTE "%s", s));
	assert_string_equal(info()->style, "cisco");
	assert_int_equal(info()->local_port, 0);
	assert_int_equal(info()->cookie_len, 0);
	l2tp3_session_close(rig.answer.l, rig.now, s, (struct l2tp_result){3, 0, "admin"});
	rig3_drain();
	snprintf(want, sizeof(want),
		 MT(0e) "8008000000010003 800a0000003f%08x " REMOTE
			"d1d2d3d4 000a00090003%08x " C_REMOTE "d1d2d3d4 ",
		 s, s);
	rig3_is(rig3_sent(MSG_CDN), want);
}

/* A cookie is answered by one of its length. */
static void cisco_with_a_cookie(void **state)
{
	const struct rig3_act *icrp;
	uint32_t c, s;
	size_t len;

	(void)state;
	rig3_over_ip();
	c = script_start(CISCO_SCCRQ);
	rig3_say(c, 1, 1, SCCCN);
	s = script_request(c, CISCO_ICRQ COOKIE4(01020304) SUBLAYER(0001) SEQUENCE(0002));
	icrp = rig3_sent(MSG_ICRP);
	assert_non_null(rig3_avp(icrp, 0, 65, &len));
	assert_int_equal(len, 4);
	rig3_say(c, 3, 2, script_with(MT(0c) LOCAL(d1d2d3d4) REMOTE "%s", s));
	assert_int_equal(info()->peer_cookie_len, 4);
	assert_memory_equal(info()->peer_cookie, "\1\2\3\4", 4);
	assert_int_equal(info()->cookie_len, 4);
	assert_memory_equal(info()->cookie, rig3_avp(icrp, 0, 65, &len), 4);
	assert_int_equal(info()->peer_sublayer, L2TP3_SUBLAYER_DEFAULT);
	assert_int_equal(info()->peer_sequencing, L2TP3_SEQUENCE_ALL);
	assert_int_equal(info()->sublayer, L2TP3_SUBLAYER_NONE);
}

/* Routers before the RFC send Cisco's AVPs alone, and Cisco's ACK. */
static void cisco_of_the_drafts(void **state)
{
	uint32_t c;

	(void)state;
	rig3_over_ip();
	c = script_start(MT(01) C_VERSION HOST ROUTER(0a000001) C_CCID(c1c2c3c4) C_CAPS);
	assert_int_equal(rig3_avp32(rig3_sent(MSG_SCCRP), CISCO, 1), c);
	rig3_say(c, 1, 1, SCCCN);
	rig3_say(c, 2, 1,
		 MT(0a) SERIAL(00000007) C_LOCAL(d1d2d3d4) C_REMOTE
		 "00000000 " C_PW(0004) "000700090006"
					"31 "
					"000800090008"
					"0003");
	rig3_say(c, 3, 2,
		 "800800090000"
		 "0000"); /* ACK */
	rig3_say(c, 3, 2,
		 script_with(MT(0c) C_LOCAL(d1d2d3d4) C_REMOTE "%s",
			     rig3_avp32(rig3_last(&rig.answer, L2TP3_ACT_SEND), CISCO, 3)));
	assert_int_equal(info()->pw_type, L2TP3_PW_ETHERNET_VLAN);
	assert_string_equal(info()->remote_end_id, "1");
	assert_int_equal(rig3_stats(&rig.answer).drop_avp, 0);
}

/* SoftEther and others send RFC 2661's AVPs with M in version 3 too. */
static void avps_of_version_2_are_passed_over(void **state)
{
	(void)state;
	script_start(SCCRQ "8008000000020100 800a0000000300000003 800a0000000400000000 "
			   "800800000006"
			   "0100 8008000000090001");
}

/* The least that a peer may send. */
static void a_request_with_the_least(void **state)
{
	uint32_t c, s;

	(void)state;
	c = script_start(MT(01) HOST CCID(a1a2a3a4));
	rig3_say(c, 1, 1, SCCCN);
	s = script_request(c, MT(0a) LOCAL(b1b2b3b4));
	rig3_say(c, 3, 2, script_with(MT(0c) REMOTE "%s", s));
	assert_int_equal(info()->pw_type, L2TP3_PW_ETHERNET);
	assert_true(info()->active);
	assert_int_equal(info()->cookie_len, 8);
	assert_int_equal(info()->peer_cookie_len, 0);
}

/* What our caller sends, in the words of the RFC and of a Cisco router. */
static void our_calls_to_the_octet(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	const struct rig3_act *a;
	char want[600];

	(void)state;
	rig3_close();
	cfg.style = l2tp3_style_by_name("cisco");
	cfg.cookie_len = 0;
	rig3_open(&cfg, &cfg);
	rig.wire = false;
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_drain();
	a = rig3_last(&rig.call, L2TP3_ACT_SEND);
	snprintf(want, sizeof(want),
		 MT(01) RIG_NAME SEKISHO ROUTER(c0000201) "800a0000003d%08x " CAPS WINDOW(
			 0010) "000a00090001%08x " C_CAPS C_VERSION,
		 a->connection_id, a->connection_id);
	rig3_is(a, want);
}

/* SoftEther's server, 5.01 build 9674, as it answered our Cisco call: its own AVPs with M,
 * Pseudowire Type 0 in the reply, and a CDN whose own id is cut and turned round. */
static void softether(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	uint32_t c, s;
	char avps[600];

	(void)state;
	rig3_close();
	cfg.style = l2tp3_style_by_name("cisco");
	cfg.cookie_len = 0;
	rig3_open(&cfg, NULL);
	s = l2tp3_call(rig.answer.l, rig.now, &rig.path);
	rig3_drain();
	c = rig3_avp32(rig3_sent(MSG_SCCRQ), 0, 61);
	rig3_say(c, 0, 1,
		 MT(02) HOST YAMAHA ROUTER(00000000)
			 CCID(00000002) "800a0009000100000002 " CAPS
					"800a0009000200050004 80080009000a0001");
	rig3_say(c, 1, 2, "");
	assert_int_equal(rig3_avp32(rig3_sent(MSG_ICRQ), CISCO, 3), s);
	snprintf(avps, sizeof(avps),
		 MT(0b) LOCAL(b3e1f095) "800a00090003b3e1f095 8008000900070000 " STATUS(
			 0003) "800a00000040%08x 800a00090004%08x",
		 s, s);
	rig3_say(c, 1, 3, avps);
	assert_int_equal(rig3_avp32(rig3_sent(MSG_ICCN), 0, 64), 0xb3e1f095);
	assert_int_equal(info()->peer_session_id, 0xb3e1f095);
	assert_int_equal(info()->pw_type, L2TP3_PW_ETHERNET);
	rig3_say(c, 2, 4, script_with(MT(0e) "8008000000010003 " LOCAL(95f00000) REMOTE "%s", s));
	assert_string_equal(rig3_last(&rig.answer, L2TP3_ACT_SESSION_DOWN)->result.reason,
			    "peer-cdn");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(yamaha, script_setup, script_teardown),
		cmocka_unit_test_setup_teardown(yamaha_is_asked_for_no_sublayer, script_setup,
						script_teardown),
		cmocka_unit_test_setup_teardown(cisco, script_setup, script_teardown),
		cmocka_unit_test_setup_teardown(cisco_with_a_cookie, script_setup, script_teardown),
		cmocka_unit_test_setup_teardown(cisco_of_the_drafts, script_setup, script_teardown),
		cmocka_unit_test_setup_teardown(avps_of_version_2_are_passed_over, script_setup,
						script_teardown),
		cmocka_unit_test_setup_teardown(a_request_with_the_least, script_setup,
						script_teardown),
		cmocka_unit_test_setup_teardown(softether, script_setup, script_teardown),
		cmocka_unit_test_setup_teardown(our_calls_to_the_octet, script_setup,
						script_teardown),
	};

	return cmocka_run_group_tests_name("l2tp3 peers", tests, NULL, NULL);
}
