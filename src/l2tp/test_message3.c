/* The parts of version 3 alone: AVPs to and from messages, hidden ones, Message Digests. */
#include "test_script3.h"

#include "crypto/prim.h"
#include "header3.h"

static uint8_t scratch[AVP_SCRATCH];

static struct message3_parse parse_hex(const char *hex, struct bytes key)
{
	static uint8_t buf[2000];
	struct message3_parse p;

	message3_parse((struct bytes){buf, rig_hex(hex, buf, sizeof(buf))}, key, scratch, &p);
	return p;
}

static const struct bytes no_key = {NULL, 0};

static void every_avp_there_and_back(void **state)
{
	static const uint8_t eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t buf[1000];
	struct wr w = wr_of(buf, sizeof(buf));
	struct message3_parse p;
	struct l2tp3_message m = {
		.type = MSG_ICRQ,
		.present = (AVP3_BIT(AVP3_COUNT) - 1) & ~AVP3_BIT(AVP3_MESSAGE_TYPE) &
			   ~AVP3_BIT(AVP3_RANDOM_VECTOR) & ~AVP3_BIT(AVP3_EXTENDED_VENDOR_ID),
		.result = 2,
		.error = 8,
		.receive_window_size = 3,
		.pw_type = 4,
		.sublayer = 1,
		.sequencing = 2,
		.circuit_status = 3,
		.interface_mtu = 1500,
		.router_id = 0x01020304,
		.connection_id = 0x80000001,
		.local_session_id = 0x80000002,
		.remote_session_id = 0x80000003,
		.serial_number = 0x80000004,
		.physical_channel_id = 5,
		.error_message = {eight, 5},
		.message_digest = {(const uint8_t *)"\0 sixteen octets  ", 17},
		.nonce = {eight, 7},
		.host_name = {eight, 6},
		.vendor_name = {eight, 3},
		.pw_capabilities = {eight, 4},
		.tie_breaker = {eight, 8},
		.remote_end_id = {eight, 2},
		.cookie = {eight, 8},
		.circuit_errors = {eight, 6},
		.tx_connect_speed = {eight, 8},
		.rx_connect_speed = {eight, 8},
		.preferred_language = {eight, 1},
	};

	(void)state;
	for (unsigned cisco = 0; cisco < 2; cisco++) {
		m.cisco = cisco;
		w.len = 0;
		message3_write(&w, &m);
		assert_true(wr_ok(&w));
		message3_parse(wr_done(&w), no_key, scratch, &p);
		assert_int_equal(p.verdict, MESSAGE_OK);
		assert_int_equal(p.m.present, m.present | AVP3_BIT(AVP3_MESSAGE_TYPE));
		assert_int_equal(p.m.cisco, cisco);
		assert_int_equal(p.m.error, 8);
		assert_int_equal(p.m.interface_mtu, 1500);
		assert_int_equal(p.m.connection_id, 0x80000001);
		assert_int_equal(p.m.local_session_id, 0x80000002);
		assert_int_equal(p.m.remote_session_id, 0x80000003);
		assert_int_equal(p.m.sequencing, 2);
		assert_true(bytes_eq(p.m.cookie, m.cookie));
		assert_true(bytes_eq(p.m.error_message, m.error_message));
		assert_true(bytes_eq(p.m.message_digest, m.message_digest));
		assert_true(bytes_eq(p.m.preferred_language, m.preferred_language));
	}
}

static void headers(void **state)
{
	struct l2tp3_header h;
	uint8_t buf[20];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header3_begin(&w, 0xdeadbeef);

	(void)state;
	wr_u16(&w, 0x1234);
	header_end(&w, start);
	header_set_seq(buf, 7, 9);
	assert_memory_equal(buf, "\xc8\x03\x00\x0e\xde\xad\xbe\xef\x00\x07\x00\x09\x12\x34", 14);
	assert_int_equal(header3_parse((struct bytes){buf, sizeof(buf)}, &h), HEADER_OK);
	assert_true(h.control);
	assert_int_equal(h.connection_id, 0xdeadbeef);
	assert_int_equal(h.ns, 7);
	assert_int_equal(h.nr, 9);
	assert_int_equal(h.payload.len, 2);
	buf[0] = 0xff; /* reserved bits are ignored */
	buf[1] = 0xf3;
	assert_int_equal(header3_parse((struct bytes){buf, 14}, &h), HEADER_OK);
	assert_int_equal(h.connection_id, 0xdeadbeef);
}

static void what_is_known_needs_no_m(void **state)
{
	struct message3_parse p;

	(void)state;
	/* reserved bits of an AVP are ignored (section 5.1), in version 2 they are not */
	p = parse_hex(MT(01) "bc0700000007"
			     "52 "
			     "3c0a0000003da1a2a3a4",
		      no_key);
	assert_int_equal(p.verdict, MESSAGE_OK);
	assert_int_equal(p.m.connection_id, 0xa1a2a3a4);
	/* malformed without M: as if it were not there (section 7.1) */
	p = parse_hex(SCCRQ "00080000004b0001 000a0000000a00000001", no_key);
	assert_int_equal(p.verdict, MESSAGE_OK);
	assert_false(has3(&p.m, AVP3_RECEIVE_WINDOW_SIZE));
	/* the first of two counts */
	p = parse_hex(MT(06) CCID(00000001) CCID(00000002), no_key);
	assert_int_equal(p.m.connection_id, 1);
	p = parse_hex(MT(0a) LOCAL(00000000), no_key);
	assert_int_equal(p.verdict, MESSAGE_BAD_VALUE);
	p = parse_hex(MT(0b) LOCAL(00000001), no_key);
	assert_int_equal(p.verdict, MESSAGE_MISSING);
	assert_int_equal(p.culprit, 64);
}

static void hidden_values(void **state)
{
	static const uint8_t vector[16] = {9, 8, 7}, id[4] = {0xa1, 0xb2, 0xc3, 0xd4};
	uint8_t key[DIGEST_KEY_LEN], buf[200];
	struct wr w = wr_of(buf, sizeof(buf));
	struct message3_parse p;
	size_t at;

	(void)state;
	assert_true(digest_key((struct bytes){(const uint8_t *)"s3cret", 6}, DIGEST_FOR_HIDE, key));
	w.len = rig_hex(MT(04), buf, sizeof(buf));
	at = avp_begin(&w, true, 36);
	wr_copy(&w, vector, sizeof(vector));
	avp_end(&w, at);
	assert_true(avp_write_hidden(&w, true, 61, (struct bytes){key, sizeof(key)},
				     (struct bytes){vector, sizeof(vector)}, (struct bytes){id, 4},
				     (struct bytes){vector, 12}));
	message3_parse(wr_done(&w), (struct bytes){key, sizeof(key)}, scratch, &p);
	assert_int_equal(p.verdict, MESSAGE_OK);
	assert_int_equal(p.m.connection_id, 0xa1b2c3d4);
	key[0] ^= 1;
	message3_parse(wr_done(&w), (struct bytes){key, sizeof(key)}, scratch, &p);
	assert_int_not_equal(p.m.connection_id, 0xa1b2c3d4);
	message3_parse(wr_done(&w), no_key, scratch, &p);
	assert_int_equal(p.verdict, MESSAGE_UNKNOWN_AVP);
}

/* RFC 2104 by the library over what section 5.4.1 says, put together by hand. */
static void digests_of_a_message(void **state)
{
	static const uint8_t two = 2, local[16] = {1}, remote[5] = {2};
	uint8_t key[16], want[20], msg[100];
	struct bytes part = {&two, 1};
	struct digest_nonces nonces = {{local, sizeof(local)}, {remote, sizeof(remote)}};
	size_t len = rig_hex("c803002f 00000001 00000000 80080000 00000006 80 1b0000003b01"
			     "0000000000000000000000000000000000000000",
			     msg, sizeof(msg));
	struct bytes parts[3] = {nonces.sender, nonces.receiver, {msg, len}};
	uint8_t type = 9;

	(void)state;
	assert_int_equal(len, 47);
	assert_true(prim_hmac(PRIM_MD5, (struct bytes){(const uint8_t *)"pw", 2}, &part, 1, key));
	assert_true(prim_hmac(PRIM_SHA1, (struct bytes){key, 16}, parts, 3, want));
	assert_true(digest_key((struct bytes){(const uint8_t *)"pw", 2}, DIGEST_FOR_CHECK, key));
	assert_true(digest_fill(msg, len, (struct bytes){key, 16}, &nonces));
	assert_memory_equal(msg + 27, want, 20);
	assert_int_equal(
		digest_check((struct bytes){msg, len}, (struct bytes){key, 16}, &nonces, &type),
		DIGEST_OK);
	assert_int_equal(type, L2TP3_DIGEST_SHA1);
	for (size_t bit = 0; bit < len * 8; bit++) {
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(digest_check((struct bytes){msg, len}, (struct bytes){key, 16},
						  &nonces, &type),
				     DIGEST_OK);
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	nonces = (struct digest_nonces){nonces.receiver, nonces.sender};
	assert_int_equal(
		digest_check((struct bytes){msg, len}, (struct bytes){key, 16}, &nonces, &type),
		DIGEST_WRONG);
}

/* A change of secret in steps: two digests, either of which is right (section 5.4.1). */
static void two_digests(void **state)
{
	static const struct digest_nonces none;
	uint8_t key[16] = {1}, msg[100], type = 9;
	size_t len = rig_hex("c8030042 00000001 00000000 80080000 00000006"
			     "80170000003b00 00000000000000000000000000000000"
			     "801b0000003b01 0000000000000000000000000000000000000000"
			     "0000",
			     msg, sizeof(msg));
	struct bytes whole = {msg, len};
	struct bytes part = {msg, len};
	uint8_t second[20];

	(void)state;
	msg[3] = (uint8_t)len;
	assert_true(prim_hmac(PRIM_SHA1, (struct bytes){key, 16}, &part, 1, second));
	memcpy(msg + 20 + 23 + 7, second, 20);
	assert_int_equal(digest_check(whole, (struct bytes){key, 16}, &none, &type), DIGEST_OK);
	assert_int_equal(type, L2TP3_DIGEST_SHA1);
	msg[60] ^= 1;
	assert_int_equal(digest_check(whole, (struct bytes){key, 16}, &none, &type), DIGEST_WRONG);
}

/* Not behind the Message Type, of another length, of no known type: no digest. */
static void digests_that_are_none(void **state)
{
	static const char *const bodies[] = {
		MT(06) "800800000002"
		       "0100 "
		       "80170000003b00 00000000000000000000000000000000",
		MT(06) "80160000003b00 000000000000000000000000000000",
		MT(06) "80170000003b02 00000000000000000000000000000000",
		MT(06) "80060000003b",
		MT(06) "c0170000003b00 00000000000000000000000000000000",
		MT(06),
	};
	static const struct digest_nonces none;
	uint8_t msg[100] = {0}, type;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		size_t len = 12 + rig_hex(bodies[i], msg + 12, sizeof(msg) - 12);

		assert_int_equal(digest_check((struct bytes){msg, len}, (struct bytes){msg, 16},
					      &none, &type),
				 DIGEST_NONE);
		assert_false(digest_fill(msg, len, (struct bytes){msg, 16}, &none));
	}
}

/* A digest of the empty secret is an integrity check that anyone may send (section 4.3). */
static void integrity_without_a_secret(void **state)
{
	static const struct digest_nonces none;
	uint8_t key[16], msg[200];
	size_t len;

	(void)state;
	script_setup(NULL);
	len = 12 +
	      rig_hex(MT(01) "80170000003b00 00000000000000000000000000000000" HOST CCID(a1a2a3a4),
		      msg + 12, sizeof(msg) - 12);
	memcpy(msg, "\xc8\x03\0\0\0\0\0\0\0\0\0\0", 12);
	msg[3] = (uint8_t)len;
	assert_true(digest_key(no_key, DIGEST_FOR_CHECK, key));
	assert_true(digest_fill(msg, len, (struct bytes){key, 16}, &none));
	msg[len - 1] ^= 1;
	rig3_raw(&rig.path, msg, len);
	assert_int_equal(rig3_stats(&rig.answer).drop_digest, 1);
	msg[len - 1] ^= 1;
	rig3_raw(&rig.path, msg, len);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	assert_false(rig3_has(rig3_sent(MSG_SCCRP), 0, 59));
	script_teardown(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_avp_there_and_back),
		cmocka_unit_test(headers),
		cmocka_unit_test(what_is_known_needs_no_m),
		cmocka_unit_test(hidden_values),
		cmocka_unit_test(digests_of_a_message),
		cmocka_unit_test(two_digests),
		cmocka_unit_test(digests_that_are_none),
		cmocka_unit_test(integrity_without_a_secret),
	};

	return cmocka_run_group_tests_name("l2tp3 messages", tests, NULL, NULL);
}
