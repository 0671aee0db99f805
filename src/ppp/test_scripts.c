/* The server against the bytes of real clients (reference/clients.md 3.1 to 3.4), each
 * reply checked to the octet where the server's own random numbers do not enter. */
#include "test_rig.h"

#define LCP    0xc021
#define CHAP   0xc223
#define IPCP   0x8021
#define CCP    0x80fd
#define IPV6CP 0x8057

static void start(struct rig *r, unsigned auth)
{
	struct ppp_config c;

	rig_init(r);
	c = rig_config(r, &r->server, PPP_SERVER, auth);
	rig_end(r, &r->server, &c);
	ppp_open(r->server.p, r->now_ms);
	rig_drain(r, &r->server);
}

/* MS-CHAPv2 with the verdict given by hand: the sums are test_pair's affair. */
static void pass_mschap2(struct rig *r, const char *name_hex)
{
	struct end *e = &r->server;
	struct ppp_verdict v = {.ok = true, .message = "hello"};
	struct rig_frame f = rig_find(e, CHAP, 1);
	char body[1200];

	assert_int_equal(f.len, 2 + 4 + 1 + 16 + 7);
	assert_int_equal(f.b[6], 16);
	assert_memory_equal(f.b + 23, "sekisho", 7);
	strcpy(body, "31"); /* 49 octets */
	strcat(body, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000000000000000"
		     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7 00");
	strcat(body, name_hex);
	e->by_hand = true;
	rig_packet(r, e, CHAP, 2, f.b[3], body);
	assert_int_equal(e->auths, 1);
	assert_memory_equal(e->auth.challenge, f.b + 7, 16);
	assert_int_equal(e->auth.peer_challenge[0], 0xa0);
	assert_int_equal(e->auth.response.len, 24);
	assert_int_equal(e->response[0], 0xb0);
	assert_int_equal(e->response[23], 0xc7);
	memset(v.auth_response, 0xab, 20);
	ppp_verdict(e->p, r->now_ms, &v);
	rig_drain(r, e);
	f = rig_find(e, CHAP, 3);
	assert_memory_equal(f.b + 6, "S=ABABABABABABABABABABABABABABABABABABABAB M=hello", 50);
	assert_int_equal(f.len, 6 + 50);
	assert_int_equal(e->networks, 1);
}

static void windows_lcp(struct rig *r, struct end *e)
{
	struct rig_frame f;

	/* MRU 1400, Magic, PFC, ACFC, CBCP, MRRU 1614, short sequence numbers, Endpoint
	 * Discriminator: all that is refused is refused in one round */
	rig_hex(r, e,
		"ff03 c021 01 00 0032 0104 0578 0506 45de0ae1 0702 0802 0d03 06 1104 064e 1202"
		"1317 01 0a0b0c0d0e0f101112131415161718191a1b1c1d");
	f = rig_find(e, LCP, 4);
	rig_assert_hex(&f, "c021 04 00 0024 0d03 06 1104 064e 1202"
			   "1317 01 0a0b0c0d0e0f101112131415161718191a1b1c1d");
	assert_string_equal(ppp_client_system(e->p), "Windows");
	rig_hex(r, e, "ff03 c021 01 01 0012 0104 0578 0506 45de0ae1 0702 0802");
	f = rig_find(e, LCP, 2);
	rig_assert_hex(&f, "c021 02 01 0012 0104 0578 0506 45de0ae1 0702 0802");
	rig_wait(r, e, 3000); /* our first request was lost: it comes again */
	rig_ack(r, e, LCP);
	assert_true(rig_noted(e, "LCP is open: authentication MS-CHAPv2, peer's MRU 1400"));
	assert_true(rig_noted(e, "LCP: rejected Callback, MRRU 1614, Short-Sequence-Numbers, "
				 "Endpoint-Discriminator"));

	rig_hex(r, e, "ff03 c021 0c 02 0012 45de0ae1 4d53524153 56352e3230"); /* MSRASV5.20 */
	rig_hex(r, e, "ff03 c021 0c 03 0018 45de0ae1 00112233445566778899aabbccddeeff");
	assert_true(rig_noted(e, "peer calls itself \"MSRASV5.20\""));
	assert_string_equal(ppp_client_system(e->p), "Windows Vista or later");
	assert_true(e->n_out == 1);              /* the challenge, and no answer to these */
	pass_mschap2(r, "434f52505c616c696365"); /* CORP\alice */
	assert_memory_equal(e->name, "CORP\\alice", 10);
	assert_true(rig_noted(e, "MS-CHAPv2 for name \"CORP\\x5calice\""));
}

static void windows_other_protocols(struct rig *r, struct end *e)
{
	struct rig_frame f;

	/* these come while the address is being found */
	rig_hex(r, e, "ff03 8057 01 05 000e 010a 0123456789abcdef");
	f = rig_find(e, LCP, 8);
	assert_int_equal(f.b[6] << 8 | f.b[7], IPV6CP);
	rig_hex(r, e, "ff03 80fd 01 06 000a 1206 01000000");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x80\xfd\x01\x06\x00\x0a\x12\x06\x01\x00\x00\x00", 12);
	assert_true(rig_noted(e, "ppp-protocol-refused: refused CCP"));
}

static void windows_ipcp(struct rig *r, struct end *e)
{
	struct rig_frame f;

	rig_hex(r, e,
		"ff03 8021 01 07 0022 0306 00000000 8106 00000000 8206 00000000 8306 00000000"
		"8406 00000000");
	assert_int_equal(e->n_out, 0);
	ppp_set_network(e->p, r->now_ms, &e->network);
	rig_drain(r, e);
	f = rig_take(e);
	assert_memory_equal(f.b, "\x80\x21\x01", 3);
	assert_memory_equal(f.b + 4, "\x00\x0a\x03\x06\x0a\x00\x00\x01", 8);
	f = rig_take(e); /* the request that was kept: WINS2 is what we do not have */
	rig_assert_hex(&f, "8021 04 07 000a 8406 00000000");
	rig_hex(r, e,
		"ff03 8021 01 08 001c 0306 00000000 8106 00000000 8206 00000000"
		"8306 00000000");
	f = rig_take(e);
	rig_assert_hex(&f, "8021 03 08 001c 0306 0a000042 8106 08080808 8206 0a000003"
			   "8306 08080404");
	rig_hex(r, e,
		"ff03 8021 01 09 001c 0306 0a000042 8106 08080808 8206 0a000003"
		"8306 08080404");
	f = rig_take(e);
	assert_int_equal(f.b[2], 2);
	assert_int_equal(e->ups, 0);
	rig_wait(r, e, 3000);
	rig_ack(r, e, IPCP);
	assert_int_equal(e->ups, 1);
	assert_int_equal(e->up.peer_ip, 0x0a000042);
	assert_int_equal(e->up.peer_mru, 1400);
	assert_true(e->up.tx_pfc && e->up.tx_acfc);
}

static void windows_leaves(struct rig *r, struct end *e)
{
	struct rig_frame f;

	/* leaves: magic, 003ccd74, 0 */
	rig_forget(e);
	rig_hex(r, e, "c021 05 0a 0010 45de0ae1 003ccd74 00000000");
	f = rig_take(e);
	rig_assert_hex(&f, "c021 06 0a 0004");
	assert_int_equal(e->suspends, 1);
	rig_hex(r, e, "c021 05 0b 0010 45de0ae1 003ccd74 00000000");
	f = rig_take(e);
	rig_assert_hex(&f, "c021 06 0b 0004");
	rig_wait(r, e, 4000);
	assert_string_equal(e->reason, "peer-terminated");
}

static void windows_ten(void **state)
{
	static struct rig r;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2);
	windows_lcp(&r, &r.server);
	windows_other_protocols(&r, &r.server);
	windows_ipcp(&r, &r.server);
	windows_leaves(&r, &r.server);
	rig_free(&r);
}

static void apple(void **state)
{
	static struct rig r;
	struct end *e = &r.server;
	struct rig_frame f;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2);
	/* asyncmap 0, Magic, PFC, ACFC; no MRU */
	rig_hex(&r, e, "ff03 c021 01 01 0014 0206 00000000 0506 1a2b3c4d 0702 0802");
	f = rig_find(e, LCP, 2);
	rig_assert_hex(&f, "c021 02 01 0014 0206 00000000 0506 1a2b3c4d 0702 0802");
	rig_wait(&r, e, 3000);
	rig_ack(&r, e, LCP);
	rig_hex(&r, e, "c021 09 02 0008 1a2b3c4d"); /* its echo starts early */
	assert_true(rig_sent(e, LCP, 10));
	pass_mschap2(&r, "61");
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
	rig_ack(&r, e, IPCP);
	assert_string_equal(ppp_client_system(e->p), "Apple or Linux pppd");
	rig_hex(&r, e, "8235 01 01 0004"); /* ACSP */
	f = rig_find(e, LCP, 8);
	assert_memory_equal(f.b + 6, "\x82\x35\x01\x01\x00\x04", 6);
	assert_string_equal(ppp_client_system(e->p), "Apple macOS or iOS");
	rig_hex(&r, e,
		"8021 01 01 0022 0306 00000000 0206 002d0f01 8106 00000000 8306 00000000"
		"8506 00000000");
	f = rig_take(e); /* VJ, and a third name server: in one round, the address is kept */
	rig_assert_hex(&f, "8021 04 01 0010 0206 002d0f01 8506 00000000");
	rig_hex(&r, e, "8021 01 02 0016 0306 00000000 8106 00000000 8306 00000000");
	f = rig_take(e);
	rig_assert_hex(&f, "8021 03 02 0016 0306 0a000042 8106 08080808 8306 08080404");
	rig_hex(&r, e, "8021 01 03 0016 0306 0a000042 8106 08080808 8306 08080404");
	assert_int_equal(e->ups, 1);
	assert_int_equal(e->up.peer_mru, 1500);
	rig_hex(&r, e, "0235 01 01 0004");
	assert_true(rig_sent(e, LCP, 8));
	rig_free(&r);
}

static void android_loses_our_first_frames(void **state)
{
	static struct rig r;
	struct end *e = &r.server;
	struct rig_frame f;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	rig_forget(e); /* sent before its pppd ran */
	rig_wait(&r, e, 6000);
	assert_int_equal(e->n_out, 2); /* the restart timer speaks every 3 s */
	rig_forget(e);
	/* MRU 1400, asyncmap 0, Magic, PFC, ACFC */
	rig_hex(&r, e, "c021 01 01 0018 0104 0578 0206 00000000 0506 9f01c2d3 0702 0802");
	assert_true(rig_sent(e, LCP, 2));
	rig_wait(&r, e, 3000);
	rig_ack(&r, e, LCP);
	pass_mschap2(&r, "62");
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
	rig_hex(&r, e, "80fd 01 01 000f 1a04 7800 1804 7800 1503 2f"); /* deflate, BSD */
	assert_true(rig_sent(e, LCP, 8));
	rig_ack(&r, e, IPCP);
	rig_hex(&r, e, "8021 01 01 001c 0206 002d0f01 0306 00000000 8106 00000000 8306 00000000");
	assert_string_equal(ppp_client_system(e->p), "Android or Linux pppd");
	f = rig_find(e, IPCP, 4);
	rig_assert_hex(&f, "8021 04 01 000a 0206 002d0f01");
	rig_hex(&r, e, "8021 01 02 0016 0306 00000000 8106 00000000 8306 00000000");
	rig_hex(&r, e, "8021 01 03 0016 0306 0a000042 8106 08080808 8306 08080404");
	assert_int_equal(e->ups, 1);
	rig_free(&r);
}

/* CCP with MPPE and MPPC before IPCP, refused, closed by the client with its own data. */
static void windows_xp_closes_ccp(void **state)
{
	static struct rig r;
	struct end *e = &r.server;
	struct rig_frame f;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2);
	rig_hex(&r, e, "ff03 c021 01 00 0015 0104 0578 0506 45de0ae1 0702 0802 0d03 06");
	rig_hex(&r, e, "ff03 c021 01 01 0012 0104 0578 0506 45de0ae1 0702 0802");
	rig_wait(&r, e, 3000);
	rig_ack(&r, e, LCP);
	rig_hex(&r, e, "c021 0c 02 0012 45de0ae1 4d53524153 56352e3130"); /* MSRASV5.10 */
	assert_string_equal(ppp_client_system(e->p), "Windows XP or 2003");
	pass_mschap2(&r, "61");
	rig_forget(e);
	rig_hex(&r, e, "ff03 80fd 01 04 000a 1206 01000001");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x80\xfd\x01\x04\x00\x0a\x12\x06\x01\x00\x00\x01", 12);
	rig_hex(&r, e, "ff03 80fd 05 05 0010 45de0ae1 003ccd74 000002dc");
	f = rig_take(e);
	assert_int_equal(f.b[2], 8);
	assert_memory_equal(f.b + 6, "\x80\xfd\x05\x05\x00\x10", 6);
	for (unsigned i = 0; i < 50; i++) /* its restart timer cannot be faster than this */
		rig_hex(&r, e, "ff03 80fd 05 05 0010 45de0ae1 003ccd74 000002dc");
	assert_int_equal(e->n_out, 8);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_RATE), 42);
	assert_string_equal(strstr(e->notes, "refused CCP"),
			    strstr(e->notes, "refused CCP (compression"));       /* told ... */
	assert_null(strstr(strstr(e->notes, "refused CCP") + 1, "refused CCP")); /* ... once */
	rig_forget(e);
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
	rig_ack(&r, e, IPCP);
	rig_hex(&r, e, "8021 01 06 0016 0306 0a000042 8106 08080808 8306 08080404");
	assert_int_equal(e->ups, 1);
	assert_int_equal(e->downs, 0);
	rig_free(&r);
}

/* A pppd that refuses MS-CHAPv2 and names PAP, which this server allows. */
static void pppd_naks_the_method(void **state)
{
	static struct rig r;
	struct end *e = &r.server;
	struct rig_frame f;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	f = rig_take(e);
	assert_int_equal(f.b[2], 1);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x78\x03\x05\xc2\x23\x81\x05\x06", 11);
	rig_packet(&r, e, LCP, 3, f.b[3], "0304 c023");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x78\x03\x04\xc0\x23\x05\x06", 10);
	rig_packet(&r, e, LCP, 2, f.b[3], "");
	assert_int_equal(e->n_out, 0); /* an Ack of something else */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_OPTION), 1);
	f.b[2] = 2;
	rig_bytes(&r, e, f.b, f.len);
	rig_packet(&r, e, LCP, 1, 1, "0506 01020304");
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	assert_int_equal(e->auth.method, PPP_AUTH_PAP);
	f = rig_find(e, 0xc023, 2);
	assert_int_equal(f.b[3], 7);
	assert_int_equal(e->networks, 1);
	/* without the IP-Address option it is told by a Nak (RFC 1332 3.3) */
	rig_forget(e);
	rig_packet(&r, e, IPCP, 1, 1, "");
	f = rig_take(e);
	rig_assert_hex(&f, "8021 03 01 000a 0306 0a000042");
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_ten),
		cmocka_unit_test(windows_xp_closes_ccp),
		cmocka_unit_test(apple),
		cmocka_unit_test(android_loses_our_first_frames),
		cmocka_unit_test(pppd_naks_the_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
