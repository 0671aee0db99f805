/* Hostile input to version 3: every drop has its counter, nothing answers, nothing grows. */
#include "test_script3.h"

#define COUNTER(c) offsetof(struct l2tp3_stats, c)

static uint64_t counter(const struct l2tp3_stats *s, size_t at)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)s + at, sizeof(v));
	return v;
}

struct drop {
	const char *what;
	const char *hex; /* the datagram over UDP; over IP behind a zero session id */
	size_t counter;
};

/* None of these belongs to a connection. */
static const struct drop strangers[] = {
	{"nothing", "", COUNTER(drop_short)},
	{"one octet", "c8", COUNTER(drop_short)},
	{"no length", "c803", COUNTER(drop_short)},
	{"half a length", "c80300", COUNTER(drop_short)},
	{"version 2", "c802000c 00000000 00000000", COUNTER(drop_version)},
	{"version 15", "c80f000c 00000000 00000000", COUNTER(drop_version)},
	{"without L", "8803000c 00000000 00000000", COUNTER(drop_flags)},
	{"without S", "c003000c 00000000 00000000", COUNTER(drop_flags)},
	{"length below the header", "c803000b 00000000 00000000", COUNTER(drop_length)},
	{"length beyond the end", "c803000d 00000000 00000000", COUNTER(drop_length)},
	{"a ZLB for nobody", "c803000c 00000000 00000000", COUNTER(drop_avp)},
	{"an id of nobody", "c803000c 12345678 00000000", COUNTER(drop_no_connection)},
	{"AVP length 0", "c8030014 00000000 00000000 80000000 00000001", COUNTER(drop_avp)},
	{"AVP length 5", "c8030014 00000000 00000000 80050000 00000001", COUNTER(drop_avp)},
	{"AVP beyond", "c8030014 00000000 00000000 80090000 00000001", COUNTER(drop_avp)},
	{"not a Message Type", "c8030014 00000000 00000000 80080000 00010001", COUNTER(drop_avp)},
	{"hidden Message Type", "c8030014 00000000 00000000 c0080000 00000001", COUNTER(drop_avp)},
	{"a vendor's type", "c8030014 00000000 00000000 80080001 00000001", COUNTER(drop_avp)},
	{"SCCRQ without an id", "c8030014 00000000 00000000 80080000 00000001", COUNTER(drop_avp)},
	{"HELLO to nobody", "c8030014 00000000 00000000 80080000 00000006",
	 COUNTER(drop_no_connection)},
	{"StopCCN to nobody",
	 "c8030026 00000000 00000000 80080000 00000004 80080000 00010006 800a0000 003da1a2 a3a4",
	 COUNTER(drop_no_connection)},
	{"SCCRQ with Ns 5",
	 "c8030025 00000000 00050000 80080000 00000001 80070000 000752 800a0000 003da1a2 a3a4",
	 COUNTER(drop_out_of_window)},
};

static void drop_one(const struct drop *d, bool ip)
{
	uint8_t buf[200] = {0};
	size_t skip = ip ? 4 : 0, len = rig_hex(d->hex, buf + skip, sizeof(buf) - skip);
	struct l2tp3_stats before = rig3_stats(&rig.answer), after;
	unsigned notes = rig.answer.n_acts;

	rig3_raw(&rig.path, buf, len + skip);
	after = rig3_stats(&rig.answer);
	if (counter(&after, d->counter) != counter(&before, d->counter) + 1)
		fail_msg("%s: not counted", d->what);
	assert_int_equal(after.messages_out, before.messages_out);
	assert_int_equal(after.connections, 0);
	assert_int_equal(rig.answer.n_acts, notes);
}

static void strangers_are_dropped_by_name(void **state)
{
	static const struct drop no_frame = {"T clear behind session id 0",
					     "0003000c 00000000 00000000", COUNTER(drop_flags)};

	(void)state;
	for (unsigned ip = 0; ip < 2; ip++) {
		if (ip)
			rig3_over_ip();
		for (unsigned i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
			drop_one(&strangers[i], ip);
	}
	drop_one(&no_frame, true);
}

/* All flags with all versions, cut at every length (security.md rows 100, 101). */
static void every_header(void **state)
{
	uint8_t buf[24] = {0};

	(void)state;
	for (unsigned ip = 0; ip < 2; ip++) {
		size_t skip = ip ? 4 : 0;

		if (ip)
			rig3_over_ip();
		for (unsigned flags = 0; flags <= 0xffff; flags += 1) {
			if ((flags & 0xf0) != 0)
				continue;
			buf[skip] = (uint8_t)(flags >> 8);
			buf[skip + 1] = (uint8_t)flags;
			for (size_t len = 0; len <= 14; len++) {
				buf[skip + 3] = (uint8_t)len;
				rig3_raw(&rig.path, buf, skip + len);
			}
		}
	}
	assert_int_equal(rig3_stats(&rig.answer).messages_out, 0);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
}

static void other_paths(void **state)
{
	struct l2tp_path other;
	uint8_t hello[20] = {0xc8, 3, 0, 20, 0, 0, 0, 0, 0, 2, 0, 1, 0x80, 8, 0, 0, 0, 0, 0, 6};
	uint8_t frame[30] = {0, 3};
	uint32_t c, s;

	(void)state;
	c = script_established();
	s = script_session(c);
	for (unsigned i = 0; i < 4; i++) {
		hello[4 + i] = (uint8_t)(c >> (24 - 8 * i));
		frame[4 + i] = (uint8_t)(s >> (24 - 8 * i));
	}
	other = rig.path;
	other.owner++;
	rig3_raw(&other, hello, sizeof(hello));
	rig3_raw(&other, frame, sizeof(frame));
	other = rig.path;
	other.remote_port++;
	rig3_raw(&other, hello, sizeof(hello));
	assert_int_equal(rig3_stats(&rig.answer).drop_wrong_path, 3);
	rig3_raw(&rig.path, frame, sizeof(frame));
	assert_int_equal(rig3_stats(&rig.answer).drop_data, 1);
	frame[4] ^= 0x80;
	rig3_raw(&rig.path, frame, sizeof(frame));
	assert_int_equal(rig3_stats(&rig.answer).drop_no_session, 1);
	assert_int_equal(rig.answer.n_acts, 0);
}

/* The story says what would help. */
static void notes_tell_the_fix(void **state)
{
	const struct rig3_act *note = NULL;
	uint32_t c;

	(void)state;
	c = script_established();
	rig3_say(c, 2, 1, MT(0a) LOCAL(b1b2b3b4) REMOTE "00000000 " PW(0007));
	for (unsigned i = 0; i < rig.answer.n_acts; i++)
		if (rig.answer.acts[i].kind == L2TP3_ACT_NOTE && !note)
			note = &rig.answer.acts[i];
	assert_non_null(note);
	assert_int_equal(note->note.kind, NOTE_REFUSED);
	assert_string_equal(note->note.text,
			    "session refused (pseudowire-type): ICRQ; set the router's pseudowire "
			    "to Ethernet or Ethernet VLAN");
}

static void numbers_out_of_order(void **state)
{
	static const uint16_t outside[] = {2 + 16, 0x7000};
	uint32_t c;

	(void)state;
	c = script_established();
	for (unsigned i = 0; i < 2; i++)
		rig3_say(c, outside[i], 1, HELLO);
	rig3_say(c, 2, 2, HELLO);      /* acknowledges what was never sent */
	rig3_say(c, 2, 0x4000, HELLO); /* and this */
	assert_int_equal(rig3_stats(&rig.answer).drop_out_of_window, 4);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SEND), 0);
	rig3_say(c, 1, 1, SCCCN);
	assert_int_equal(rig3_stats(&rig.answer).drop_duplicate, 1);
	rig3_sent(0); /* a duplicate is acknowledged */
	rig3_say(c, 3, 1, HELLO);
	rig3_say(c, 2, 1, HELLO);
	rig3_sent(0);
	assert_int_equal(rig3_message(rig3_sent(0)).p[11], 4); /* Nr: both were taken */
}

struct refusal {
	const char *what;
	const char *avps;
	unsigned answer; /* message type */
	uint16_t result, error;
};

static void refused(const struct refusal *r, bool in_session)
{
	const struct rig3_act *a;
	uint32_t c = 0;
	size_t len;
	const uint8_t *v;

	script_setup(NULL);
	if (in_session)
		c = script_established();
	rig3_say(c, in_session ? 2 : 0, in_session ? 1 : 0, r->avps);
	a = rig3_last(&rig.answer, L2TP3_ACT_SEND);
	if (!a || rig3_type(a) != r->answer)
		fail_msg("%s: not refused", r->what);
	v = rig3_avp(a, 0, 1, &len);
	assert_non_null(v);
	if (v[1] != r->result || (len > 2 ? v[3] : 0) != r->error)
		fail_msg("%s: result %u error %u", r->what, v[1], len > 2 ? v[3] : 0);
	if (r->error == 8)
		assert_true(len > 10); /* names the AVP (5.4.2) */
	assert_true(rig3_noted(&rig.answer, "l2tp3-refused"));
	assert_int_equal(rig3_stats(&rig.answer).sessions, 0);
	if (r->answer == MSG_CDN) {
		assert_int_equal(rig3_avp32(a, 0, 64), 0xb1b2b3b4);
		assert_int_not_equal(rig3_avp32(a, 0, 63), 0);
		assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	}
	script_teardown(NULL);
}

static void requests_that_are_refused(void **state)
{
	static const struct refusal rows[] = {
		{"unknown AVP with M", SCCRQ "800800000063 0001", MSG_STOPCCN, 2, 8},
		{"unknown vendor with M", SCCRQ "8008013700070001", MSG_STOPCCN, 2, 8},
		{"hidden without a secret", SCCRQ "c00e0000003c0001020304050607", MSG_STOPCCN, 2,
		 8},
		{"window of 4 octets", SCCRQ "800a0000000a00000001", MSG_STOPCCN, 2, 2},
		{"nonce and no secret here", SCCRQ "80160000004900112233445566778899aabbccddeeff",
		 MSG_STOPCCN, 4, 0},
		{"nonce too long",
		 SCCRQ
		 "80470000004900112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00",
		 MSG_STOPCCN, 2, 2},
		{"no Host Name", MT(01) CCID(a1a2a3a4), MSG_STOPCCN, 2, 3},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(&rows[i], false);
}

static void sessions_that_are_refused(void **state)
{
	static const struct refusal rows[] = {
		{"PPP", MT(0a) LOCAL(b1b2b3b4) REMOTE "00000000 " PW(0007), MSG_CDN, 14, 0},
		{"sequence numbers alone", ICRQ SEQUENCE(0002), MSG_CDN, 15, 0},
		{"an ATM sublayer", ICRQ SUBLAYER(0002), MSG_CDN, 2, 3},
		{"sequencing level 3", ICRQ SUBLAYER(0001) SEQUENCE(0003), MSG_CDN, 2, 3},
		{"a cookie of 5", ICRQ "800b000000410102030405", MSG_CDN, 2, 2},
		{"a cookie of 9", ICRQ "800f00000041010203040506070809", MSG_CDN, 2, 2},
		{"unknown AVP with M", ICRQ "800800000064 0001", MSG_CDN, 2, 8},
		{"OCRQ", MT(07) LOCAL(b1b2b3b4) REMOTE "00000000", MSG_CDN, 5, 0},
		{"unknown message with M", MT(19), MSG_STOPCCN, 2, 8},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(&rows[i], true);
	/* a wrong state is no refusal but a state machine error (section 7.1) */
	for (unsigned i = 0; i < 2; i++) {
		uint32_t c;

		script_setup(NULL);
		c = script_established();
		rig3_say(c, 2, 1, i ? SCCCN : SCCRQ);
		assert_int_equal(rig3_avp16(rig3_sent(MSG_STOPCCN), 0, 1), 7);
		script_teardown(NULL);
	}
}

/* Row 99: what is not for us has no effect, whatever its number. */
static void vendors_without_m(void **state)
{
	char avps[1200];

	(void)state;
	for (unsigned vendor = 1; vendor < 0x10000; vendor += 97) {
		script_setup(NULL);
		snprintf(avps, sizeof(avps), "%s 0008%04x003d0000 0008%04x00410000", SCCRQ, vendor,
			 vendor);
		if (vendor != CISCO)
			script_start(avps);
		script_teardown(NULL);
	}
}

static void messages_without_m_are_acknowledged(void **state)
{
	uint32_t c;

	(void)state;
	c = script_established();
	rig3_say(c, 2, 1, "00080000000000ff");
	rig3_sent(0);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
}

static void disconnects_by_either_id(void **state)
{
	uint32_t c, s;

	(void)state;
	c = script_established();
	script_session(c);
	/* the peer never learned ours: its own id says which (5.4.4) */
	rig3_say(c, 4, 2, MT(0e) "8008000000010003 " LOCAL(b1b2b3b4) REMOTE "00000000");
	assert_int_equal(rig3_stats(&rig.answer).sessions, 0);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_DOWN), 1);
	rig3_say(c, 5, 2, ICRQ);
	s = rig3_avp32(rig3_sent(MSG_ICRP), 0, 63);
	rig3_say(c, 6, 3, script_with(MT(0e) "8008000000010003 " LOCAL(b1b2b3b4) REMOTE "%s", s));
	assert_int_equal(rig3_stats(&rig.answer).sessions, 0);
	/* the low half of an id is not the id: what SoftEther sends must name it by its own */
	rig3_say(c, 7, 3, MT(0e) "8008000000010003 " LOCAL(b1b2b3b4) REMOTE "0000ffff");
	assert_int_equal(rig3_stats(&rig.answer).drop_no_session, 1);
}

static void a_session_of_another_connection(void **state)
{
	uint32_t c1, c2, s;

	(void)state;
	c1 = script_established();
	s = script_session(c1);
	c2 = script_start(MT(01) HOST CCID(00000009));
	rig3_say(c2, 1, 1, SCCCN);
	rig3_say(c2, 2, 1, script_with(MT(0e) "8008000000010003 " LOCAL(00000001) REMOTE "%s", s));
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	assert_int_equal(rig3_stats(&rig.answer).drop_no_session, 1);
}

static void stopped_by_the_peers_id(void **state)
{
	(void)state;
	script_start(SCCRQ);
	rig3_say(0, 1, 0, STOPCCN);                               /* it never got our SCCRP */
	assert_int_equal(rig3_stats(&rig.answer).connections, 1); /* answers duplicates */
	rig3_pass(32000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	assert_string_equal(rig3_last(&rig.answer, L2TP3_ACT_CONNECTION_DOWN)->result.reason,
			    "peer-stopccn");
}

static void a_request_again(void **state)
{
	uint32_t c;

	(void)state;
	c = script_start(SCCRQ);
	rig3_say(0, 0, 0, SCCRQ); /* a copy: the same connection */
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	assert_int_equal(rig3_stats(&rig.answer).drop_duplicate, 1);
	rig3_say(c, 1, 1, SCCCN);
	rig3_say(0, 0, 0, MT(01) HOST ROUTER(c0000203) CCID(a1a2a3a4) CAPS); /* a reboot */
	assert_true(rig3_noted(&rig.answer, "l2tp3-peer-began-anew"));
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	assert_int_not_equal(rig3_avp32(rig3_sent(MSG_SCCRP), 0, 61), c);
}

/* A router that comes again with another id: the old connection is asked at once. */
static void a_router_that_comes_again(void **state)
{
	uint32_t old, c;

	(void)state;
	old = script_established();
	c = script_start(MT(01) HOST CCID(00000009));
	rig3_say(c, 1, 1, SCCCN);
	assert_int_equal(rig3_stats(&rig.answer).connections, 2);
	for (unsigned t = 0; t < 31; t++) {
		rig3_pass(1000);
		if (t == 10) /* the new one acknowledges what it is sent, the old one is deaf */
			rig3_say(c, 2, 1, HELLO);
	}
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	assert_int_equal(rig3_last(&rig.answer, L2TP3_ACT_CONNECTION_DOWN)->connection_id, old);
}

static void a_flood_of_requests(void **state)
{
	char avps[200];

	(void)state;
	for (unsigned i = 1; i <= 3000; i++) {
		snprintf(avps, sizeof(avps), MT(01) HOST "800a0000003d%08x", i);
		rig3_say(0, 0, 0, avps);
	}
	assert_int_equal(rig3_stats(&rig.answer).connections, 4);
	assert_int_equal(rig3_stats(&rig.answer).drop_limit, 2996);
	for (unsigned i = 1; i <= 3000; i++) {
		rig.path.owner = 100 + i;
		rig3_say(0, 0, 0, SCCRQ);
	}
	assert_int_equal(rig3_stats(&rig.answer).connections, 100);
	rig3_pass(200000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
}

static void a_flood_of_sessions(void **state)
{
	char avps[300];
	uint32_t c;
	uint16_t nr = 1;

	(void)state;
	c = script_established();
	for (unsigned i = 0; i < 500; i++) {
		snprintf(avps, sizeof(avps), MT(0a) "800a0000003f%08x " REMOTE "00000000", i + 1);
		rig3_say(c, (uint16_t)(2 + i), nr, avps);
		nr++;
	}
	assert_int_equal(rig3_stats(&rig.answer).sessions, 4);
	assert_int_equal(rig3_avp16(rig3_sent(MSG_CDN), 0, 1), 4);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
}

/* A peer that takes and never acknowledges: what it makes us queue is bounded. */
static void a_peer_that_never_acknowledges(void **state)
{
	uint32_t c;

	(void)state;
	c = script_established();
	for (unsigned i = 0; i < 500; i++)
		rig3_say(c, (uint16_t)(2 + i), 1, ICRQ);
	assert_true(rig3_stats(&rig.answer).drop_out_of_window > 400);
	rig3_pass(100000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
}

static void outbox_full(void **state)
{
	uint8_t buf[100];
	size_t len = rig_hex("c8030025 00000000 00000000 80080000 00000001 80070000 000752 800a0000"
			     "003da1a2 a3a4",
			     buf, sizeof(buf));

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		buf[len - 1] = (uint8_t)i;
		buf[len - 2] = (uint8_t)(i >> 8);
		l2tp3_input(rig.answer.l, rig.now, &rig.path, (struct bytes){buf, len});
	}
	l2tp3_owner_close(rig.answer.l, rig.now, 7, (struct l2tp_result){0}, false);
	rig3_drain();
	assert_true(rig3_stats(&rig.answer).acts_refused > 0);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	assert_int_equal(rig3_last(&rig.answer, L2TP3_ACT_CONNECTION_DOWN)->path.owner, 7);
}

/* With a secret nothing without a digest is heard, not even an acknowledgement. */
static void without_a_digest(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	uint64_t in;
	uint32_t c;

	(void)state;
	secret_set(&cfg.secret, "shared", 6);
	rig3_open(&cfg, &cfg);
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_pass(200);
	c = rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->connection_id;
	in = rig3_stats(&rig.answer).drop_digest;
	rig3_say(c, 4, 2, STOPCCN);
	rig3_say(c, 4, 2, MT(14));
	rig3_say(c, 4, 2, "");
	rig3_say(c, 4, 2, MT(04) "80170000003b00 00000000000000000000000000000000");
	rig3_say(0, 0, 0, SCCRQ);
	assert_int_equal(rig3_stats(&rig.answer).drop_digest, in + 5);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	rig3_close();
}

/* Our ICRQ waits, the peer's for the same end id comes with a tie breaker (5.4.4). */
static void crossing_sessions(bool theirs_is_lower)
{
	struct l2tp3_config cfg = rig3_config();
	uint32_t c, s;

	cfg.tie_breaker = true;
	rig3_open(&cfg, NULL);
	s = l2tp3_call(rig.answer.l, rig.now, &rig.path);
	rig3_drain();
	c = rig3_avp32(rig3_sent(MSG_SCCRQ), 0, 61);
	rig3_say(c, 0, 1, MT(02) HOST CCID(a1a2a3a4) CAPS);
	rig3_say(c, 1, 2, ""); /* acknowledges SCCCN: ICRQ leaves */
	rig3_sent(MSG_ICRQ);
	rig3_say(c, 1, 3,
		 theirs_is_lower ? ICRQ "800e00000005 0000000000000000"
				 : ICRQ "800e00000005 ffffffffffffffff");
	if (theirs_is_lower) {
		rig3_sent(MSG_ICRP);
		assert_int_equal(rig3_last(&rig.answer, L2TP3_ACT_SESSION_DOWN)->session_id, s);
		assert_string_equal(rig3_last(&rig.answer, L2TP3_ACT_SESSION_DOWN)->result.reason,
				    "tie-breaker-lost");
	} else {
		assert_int_equal(rig3_avp16(rig3_sent(MSG_CDN), 0, 1), 13);
		assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_DOWN), 0);
	}
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	rig3_close();
}

static void sessions_that_cross(void **state)
{
	(void)state;
	crossing_sessions(true);
	crossing_sessions(false);
}

#define T(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(strangers_are_dropped_by_name),
		T(every_header),
		T(other_paths),
		T(notes_tell_the_fix),
		T(numbers_out_of_order),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(sessions_that_are_refused),
		cmocka_unit_test(vendors_without_m),
		T(messages_without_m_are_acknowledged),
		T(disconnects_by_either_id),
		T(a_session_of_another_connection),
		T(stopped_by_the_peers_id),
		T(a_request_again),
		T(a_router_that_comes_again),
		T(a_flood_of_requests),
		T(a_flood_of_sessions),
		T(a_peer_that_never_acknowledges),
		T(outbox_full),
		cmocka_unit_test(without_a_digest),
		cmocka_unit_test(sessions_that_cross),
	};

	return cmocka_run_group_tests_name("l2tp3 hostile", tests, NULL, NULL);
}
