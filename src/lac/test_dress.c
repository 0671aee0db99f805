/* The clothes of every client system: our PPP client in them against our PPP server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dress.h"
#include "inform.h"
#include "ppp/ppp.h"
#include "wire/ipv4.h"

#define FRAMES 400

struct end {
	struct ppp *p;
	bool up, down;
	struct ppp_up got;
};

static struct {
	uint64_t now_ms, random;
	struct timerq timers;
	struct end server, client;
	struct dress dress;
	unsigned n;
	struct {
		size_t len;
		uint8_t b[300];
	} sent[FRAMES];         /* by the client */
	unsigned heard;         /* of them, how many the server has */
	unsigned answered_with; /* frames to the client */
	unsigned lose;          /* the client's frame of this number, from 1 */
} r;

static void draw(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		r.random = r.random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		p[i] = (uint8_t)(r.random >> 33);
	}
}

static void to_wire(void *ctx, struct bytes frame)
{
	(void)ctx;
	assert_true(r.n < FRAMES && frame.len <= sizeof(r.sent[0].b));
	r.sent[r.n].len = frame.len;
	memcpy(r.sent[r.n++].b, frame.p, frame.len);
}

static void server_does(const struct ppp_act *a)
{
	static const struct ppp_network network = {
		.local_ip = 0x0a000001, .peer_ip = 0x0a000042, .dns = {0x0a000001}};
	const struct ppp_verdict yes = {.ok = true};
	uint8_t buf[2000];
	struct wr w = wr_of(buf, sizeof(buf));

	switch (a->kind) {
	case PPP_ACT_SEND:
		r.answered_with++;
		if (dress_in(&r.dress, a->frame, &w))
			ppp_input(r.client.p, r.now_ms, wr_done(&w));
		break;
	case PPP_ACT_AUTH:
		ppp_verdict(r.server.p, r.now_ms, &yes);
		break;
	case PPP_ACT_NETWORK:
		ppp_set_network(r.server.p, r.now_ms, &network);
		break;
	case PPP_ACT_UP:
		r.server.up = true;
		r.server.got = a->up;
		break;
	case PPP_ACT_DOWN:
		r.server.down = true;
		break;
	default:
		break;
	}
}

static bool client_round(void)
{
	const struct ppp_act *a = ppp_next(r.client.p);

	if (!a)
		return false;
	if (a->kind == PPP_ACT_SEND) {
		dress_out(&r.dress, a->frame);
	} else if (a->kind == PPP_ACT_UP) {
		r.client.up = true;
		r.client.got = a->up;
	} else if (a->kind == PPP_ACT_DOWN) {
		r.client.down = true;
	}
	return true;
}

static bool wire_round(void)
{
	if (r.heard == r.n)
		return false;
	r.heard++;
	if (r.heard != r.lose)
		ppp_input(r.server.p, r.now_ms,
			  (struct bytes){r.sent[r.heard - 1].b, r.sent[r.heard - 1].len});
	return true;
}

static bool server_round(void)
{
	const struct ppp_act *a = ppp_next(r.server.p);

	if (a)
		server_does(a);
	return a != NULL;
}

static void pass(uint64_t ms)
{
	uint64_t end = r.now_ms + ms;

	for (;;) {
		while (client_round() || wire_round() || server_round())
			;
		if (timerq_next_ms(&r.timers) > end)
			break;
		r.now_ms = timerq_next_ms(&r.timers);
		timerq_run(&r.timers, r.now_ms, 100);
	}
	r.now_ms = end;
}

static void open_as(const struct lac_profile *p, unsigned lose)
{
	struct ppp_config s = {.role = PPP_SERVER,
			       .auth = PPP_AUTH_PAP,
			       .mru = 1400,
			       .name = "server",
			       .random = draw,
			       .timers = &r.timers};
	struct ppp_config c = s;

	memset(&r, 0, sizeof(r));
	r.now_ms = 1000;
	r.random = 7;
	r.lose = lose;
	c.role = PPP_CLIENT;
	c.mru = p && p->mru ? p->mru : 1400;
	c.name = "user";
	c.password = (struct bytes){(const uint8_t *)"secret", 6};
	r.dress = (struct dress){.profile = p, .send = to_wire};
	dress_begin(&r.dress);
	r.server.p = ppp_new(&s);
	r.client.p = ppp_new(&c);
	ppp_open(r.server.p, r.now_ms);
	ppp_open(r.client.p, r.now_ms);
	pass(40000);
}

static void close_it(void)
{
	ppp_free(r.server.p);
	ppp_free(r.client.p);
	assert_int_equal(timerq_next_ms(&r.timers), TIMER_NEVER);
}

static uint16_t protocol_of(unsigned i)
{
	return (uint16_t)(r.sent[i].b[0] << 8 | r.sent[i].b[1]);
}

/* The client's n-th (from 0) packet of a code, or NULL. */
static const uint8_t *packet(uint16_t protocol, uint8_t code, unsigned n, size_t *len)
{
	for (unsigned i = 0; i < r.n; i++) {
		if (protocol_of(i) != protocol || r.sent[i].b[2] != code || n--)
			continue;
		*len = r.sent[i].len - 2;
		return r.sent[i].b + 2;
	}
	return NULL;
}

/* The types of the options of a packet, as text. */
static const char *types(const uint8_t *p, size_t len)
{
	static char text[100];

	text[0] = 0;
	for (size_t at = 4; p && at + 2 <= len; at += p[at + 1])
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u ", p[at]);
	return text;
}

static void every_system_comes_up(void **state)
{
	const struct lac_profile *p;

	(void)state;
	for (unsigned i = 0; (p = lac_profile(i)); i++) {
		assert_ptr_equal(lac_profile_by_name(p->name), p);
		for (unsigned lose = 0; lose < 14; lose++) {
			open_as(p, lose);
			assert_true(r.client.up && r.server.up);
			assert_false(r.client.down || r.server.down);
			assert_int_equal(r.client.got.local_ip, 0x0a000042);
			assert_int_equal(r.client.got.peer_ip, 0x0a000001);
			assert_int_equal(r.server.got.peer_mru,
					 p->lcp_order[0] == 1 ? p->mru : 1500);
			close_it();
		}
	}
}

static void windows_asks_and_is_refused_in_one_round(void **state)
{
	const uint8_t *p;
	size_t len;

	(void)state;
	open_as(lac_profile_by_name("windows7"), 0);
	p = packet(0xc021, 1, 0, &len);
	assert_string_equal(types(p, len), "1 5 7 8 13 17 19 ");
	assert_memory_equal(p + 4, "\1\4\5\x78", 4);
	p = packet(0xc021, 1, 1, &len);
	assert_string_equal(types(p, len), "1 5 7 8 ");
	assert_null(packet(0xc021, 1, 2, &len));
	p = packet(0x8021, 1, 0, &len);
	assert_string_equal(types(p, len), "3 129 130 131 132 ");
	p = packet(0xc021, 12, 0, &len);
	assert_memory_equal(p + 8, "MSRASV5.20", 10);
	assert_memory_not_equal(p + 4, "\0\0\0\0", 4);
	assert_non_null(packet(0xc021, 12, 2, &len));
	p = packet(0x80fd, 1, 0, &len);
	assert_memory_equal(p + 4, "\x12\6\1\0\0\0", 6);
	close_it();
}

static void apple_and_android_have_their_options(void **state)
{
	const uint8_t *p;
	size_t len;

	(void)state;
	open_as(lac_profile_by_name("apple-2016+"), 0);
	p = packet(0xc021, 1, 0, &len);
	assert_string_equal(types(p, len), "2 5 7 8 ");
	p = packet(0x8021, 1, 0, &len);
	assert_string_equal(types(p, len), "3 2 129 131 ");
	p = packet(0x8021, 1, 1, &len);
	assert_null(strstr(types(p, len), " 2 ")); /* VJ was refused */
	assert_non_null(packet(0x8235, 1, 0, &len));
	close_it();
	open_as(lac_profile_by_name("android-7.1-11"), 0);
	p = packet(0xc021, 1, 0, &len);
	assert_string_equal(types(p, len), "1 2 5 7 8 ");
	close_it();
}

static void without_a_profile_nothing_changes(void **state)
{
	const uint8_t *p;
	size_t len;

	(void)state;
	open_as(NULL, 0);
	assert_true(r.client.up);
	assert_null(packet(0xc021, 12, 0, &len));
	p = packet(0xc021, 1, 0, &len);
	assert_string_equal(types(p, len), "1 5 7 8 ");
	close_it();
}

/* ---- DHCPINFORM ---- */

static size_t answer(uint8_t *p, const char *options, size_t options_len)
{
	const struct lac_profile *mac = lac_profile_by_name("apple-2016+");
	size_t len = inform_build(p, &mac->inform, 0x2a, 0x0a000042);

	assert_true(len > 20 + 8 + 240);
	memcpy(p + 20 + 8 + 240, options, options_len);
	len = 20 + 8 + 240 + options_len;
	p[20 + 8] = 2;                     /* BOOTREPLY */
	memcpy(p + 16, "\x0a\0\0\x42", 4); /* to the client */
	memcpy(p + 20, "\0\x43\0\x44", 4); /* 67 to 68 */
	p[24] = (uint8_t)((len - 20) >> 8);
	p[25] = (uint8_t)(len - 20);
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	ipv4_fix_checksum(p, IPV4_HDR);
	return len;
}

static void an_inform_asks_what_the_system_asks(void **state)
{
	const struct lac_profile *mac = lac_profile_by_name("apple-2016+");
	uint8_t p[INFORM_PACKET_MAX];
	size_t len = inform_build(p, &mac->inform, 0x2a, 0x0a000042);

	(void)state;
	assert_memory_equal(p + 12, "\x0a\0\0\x42\xff\xff\xff\xff", 8);
	assert_memory_equal(p + 20, "\0\x44\0\x43", 4);
	assert_memory_equal(p + 28, "\1\10\6\0\0\0\0\x2a\0\0\0\0\x0a\0\0\x42", 16);
	assert_memory_equal(p + 28 + 28, "\0\0\0\1\0\0", 6);
	assert_memory_equal(
		p + 28 + 236,
		"\x63\x82\x53\x63\x35\1\10\x3d\7\10\0\0\0\1\0\0\x37\6\6\x2c\x2b\1\xf9\xf\xff", 25);
	assert_int_equal(len, 28 + 236 + 25);
}

static void an_answer_is_judged_as_the_system_does(void **state)
{
	static const struct {
		const char *options;
		size_t len;
		enum inform_verdict verdict;
	} answers[] = {
		{"\x35\1\5\x36\4\x0a\0\0\1\1\4\xff\0\0\0\xff", 16, INFORM_GOOD},
		{"\x36\4\x0a\0\0\1\x35\1\5\xff", 10, INFORM_BAD}, /* the type is not first */
		{"\x35\1\5\xff", 4, INFORM_BAD},                  /* no server id */
		{"\x35\1\2\x36\4\x0a\0\0\1\xff", 10, INFORM_BAD}, /* an offer */
		{"\x35\1\5\x36\4\x0a\0\0\1\x33\4\0\0\1\0\xff", 16, INFORM_BAD}, /* a lease */
		{"\x35\1\5\x36\xff", 5, INFORM_BAD},
	};
	const struct lac_profile *mac = lac_profile_by_name("apple-2016+");
	uint8_t p[INFORM_PACKET_MAX];
	char words[100];

	(void)state;
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t len = answer(p, answers[i].options, answers[i].len);

		assert_true(inform_take((struct bytes){p, len}, &mac->inform, 0x2a, 0x0a000042,
					words, sizeof(words)) == answers[i].verdict);
	}
	assert_int_equal(inform_take((struct bytes){p, answer(p, answers[0].options, 16)},
				     &mac->inform, 0x2b, 0x0a000042, words, sizeof(words)),
			 INFORM_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_system_comes_up),
		cmocka_unit_test(windows_asks_and_is_refused_in_one_round),
		cmocka_unit_test(apple_and_android_have_their_options),
		cmocka_unit_test(without_a_profile_nothing_changes),
		cmocka_unit_test(an_inform_asks_what_the_system_asks),
		cmocka_unit_test(an_answer_is_judged_as_the_system_does),
	};

	return cmocka_run_group_tests_name("lac_dress", tests, NULL, NULL);
}
