/* A client, scripted answers to it, and what came out of it. */
#include "test_client_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct client_rig t;
const uint8_t lan_mac[6] = {0x52, 0x54, 0, 0xaa, 0xbb, 0xcc};
const uint8_t router_mac[6] = {0x52, 0x54, 0, 1, 1, 1};

static void count_ready(void *ctx)
{
	(void)ctx;
	t.ready++;
}

void open_client(void)
{
	t.cfg.random = kit_random;
	t.cfg.random_ctx = &t.seed;
	t.cfg.timers = &t.timers;
	t.cfg.ready = count_ready;
	memcpy(t.cfg.mac, kit_client_mac, 6);
	t.c = dhcp_client_new(&t.cfg);
	assert_non_null(t.c);
}

int fresh(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.seed = 42;
	t.now_ms = 50000;
	return 0;
}

int done(void **state)
{
	(void)state;
	dhcp_client_free(t.c);
	assert_int_equal(timerq_next_ms(&t.timers), TIMER_NEVER);
	return 0;
}

void look(void)
{
	struct dhcp_client_act act;

	t.n_sent = t.n_probe = t.n_lease = t.n_renewed = t.n_lost = t.n_note = 0;
	while (dhcp_client_next(t.c, &act, t.frame)) {
		t.n_sent += act.kind == DHCP_CLIENT_SEND;
		t.n_probe += act.kind == DHCP_CLIENT_PROBE;
		t.n_lease += act.kind == DHCP_CLIENT_LEASE;
		t.n_renewed += act.kind == DHCP_CLIENT_RENEWED;
		t.n_lost += act.kind == DHCP_CLIENT_LOST;
		t.n_note += act.kind == DHCP_CLIENT_NOTE;
		if (act.kind == DHCP_CLIENT_SEND)
			t.sent = act.frame;
		if (act.kind == DHCP_CLIENT_PROBE)
			t.probe_ip = act.ip;
		if (act.kind == DHCP_CLIENT_LOST)
			t.reason = act.reason;
		if (act.kind == DHCP_CLIENT_RENEWED)
			t.changed = act.changed;
		if (act.result)
			t.got = *act.result;
		if (act.kind == DHCP_CLIENT_NOTE) {
			t.note_reason = act.note.reason;
			memcpy(t.note, act.note.text, sizeof(t.note));
		}
	}
}

/* Time passes; every timer on the way fires. */
unsigned pass(uint64_t ms)
{
	uint64_t until = t.now_ms + ms;
	unsigned sent = 0;

	while (timerq_next_ms(&t.timers) <= until) {
		if (timerq_next_ms(&t.timers) > t.now_ms)
			t.now_ms = timerq_next_ms(&t.timers);
		assert_int_equal(timerq_run(&t.timers, t.now_ms, 1), 1);
		look();
		sent += t.n_sent;
		assert_true(sent < 1000);
		if (t.n_lost || t.n_lease)
			break;
	}
	if (!t.n_lost)
		t.now_ms = until;
	return sent;
}

void start(void)
{
	dhcp_client_start(t.c, t.now_ms);
	look();
}

uint32_t xid(void)
{
	return kit_open(t.sent, NULL).head.xid;
}

/* An option of the last message. */
uint32_t sent_number(uint8_t code)
{
	struct dhcp_message m = kit_open(t.sent, NULL);

	return kit_number(&m, code);
}

/* An answer as a server of the LAN sends it, to be spoilt by the tests. */
struct kit_head answer_head(uint8_t type, const char *options)
{
	return (struct kit_head){
		.op = 2,
		.type = type,
		.xid = xid(),
		.yiaddr = type == DHCP_NAK ? 0 : LAN_IP,
		.chaddr = kit_client_mac,
		.src_mac = lan_mac,
		.dst_mac = kit_client_mac,
		.src_ip = LAN_SERVER,
		.dst_ip = type == DHCP_NAK ? 0 : LAN_IP,
		.src_port = 67,
		.dst_port = 68,
		.options = options,
	};
}

/* Through an exact-size copy, so that the sanitizer sees one octet too many. */
enum dhcp_drop feed(const struct kit_frame *f)
{
	uint8_t *copy = malloc(f->len);
	enum dhcp_drop why;

	assert_non_null(copy);
	memcpy(copy, f->b, f->len);
	why = dhcp_client_input(t.c, t.now_ms, (struct bytes){copy, f->len});
	free(copy);
	look();
	return why;
}

enum dhcp_drop give(const struct kit_head *h)
{
	struct kit_frame f;

	kit_frame(&f, h);
	return feed(&f);
}

enum dhcp_drop answer(uint8_t type, const char *options)
{
	struct kit_head h = answer_head(type, options);

	return give(&h);
}

void bind_by(const char *options)
{
	start();
	assert_int_equal(answer(DHCP_OFFER, options), DHCP_DROP_NONE);
	assert_int_equal(t.n_sent, 1);
	assert_int_equal(answer(DHCP_ACK, options), DHCP_DROP_NONE);
	assert_int_equal(t.n_lease, 1);
}
