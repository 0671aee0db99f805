/*
 * fuzz_dhcp_client: a hostile segment and a clock against the DHCP client.
 *
 * Input: an octet of configuration (bits 0 and 1: the wish; bit 2: probe; bit 3: no routes; bit
 * 4: broadcast), then steps of an octet: 0 a frame as it is (length 16 bits), 1 a message (length
 * 16 bits) in a right envelope with our hardware address and the xid that is out, 2 the same with
 * a head of our own and only the options from the input (octet: type; octet: address), 3 time
 * passes (16 bits, 0.1 s), 4 the probe's result (octet), 5 stop, 6 start.
 * What must hold: every frame that leaves is one that our own parser takes; a result makes sense;
 * an idle client has no timer; time that passes costs few messages.
 */
#include <stdlib.h>
#include <string.h>

#include "dhcp/client.h"
#include "dhcp/options.h"
#include "dhcp/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SERVER 0x0a000002

static const uint8_t mac[6] = {0xca, 1, 2, 3, 4, 5};

static struct {
	uint64_t now_ms;
	uint32_t draws;
	struct timerq timers;
	struct dhcp_client *c;
	uint32_t xid;
	unsigned sent;
} f;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void draw(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)((f.draws = f.draws * 1103515245u + 12345u) >> 16);
}

static void check_frame(struct bytes frame)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct bytes payload;

	must(frame.len <= DHCP_CLIENT_FRAME_MAX);
	must(dhcp_open_frame(frame, 67, &e, &payload) == DHCP_DROP_NONE);
	must(dhcp_parse(payload, &m) == DHCP_DROP_NONE);
	must(m.head.op == 1 && memcmp(m.head.chaddr, mac, 6) == 0);
	must(memcmp(e.src_mac, mac, 6) == 0 && e.src_port == 68);
	f.xid = m.head.xid;
	f.sent++;
}

static void check_result(const struct dhcp_result *r)
{
	must(dhcp_host_ip(r->ip, r->mask) && dhcp_mask_ok(r->mask));
	must(r->prefix >= 1 && r->prefix <= 32 && r->n_routes <= DHCP_CLIENT_ROUTES);
	must(!r->leased || (r->t1_s < r->t2_s && r->t2_s < r->lease_s));
	must(strlen(r->domain) <= DHCP_DOMAIN_MAX);
	for (size_t i = 0; i < r->n_routes; i++)
		must(r->routes[i].prefix <= 32);
}

static void drain(void)
{
	uint8_t frame[DHCP_CLIENT_FRAME_MAX];
	struct dhcp_client_act act;
	struct dhcp_client_stats stats;

	while (dhcp_client_next(f.c, &act, frame)) {
		if (act.kind == DHCP_CLIENT_SEND)
			check_frame(act.frame);
		if (act.result && act.kind == DHCP_CLIENT_LEASE)
			check_result(act.result);
		if (act.kind == DHCP_CLIENT_LOST)
			must(act.reason && dhcp_client_result(f.c) == NULL);
		if (act.kind == DHCP_CLIENT_NOTE)
			must(act.note.reason && act.note.text[0]);
	}
	dhcp_client_get_stats(f.c, &stats);
	must(stats.acts_refused == 0);
	if (strcmp(dhcp_client_state(f.c), "idle") == 0)
		must(timerq_next_ms(&f.timers) == TIMER_NEVER);
}

static void feed(struct bytes frame)
{
	uint8_t *copy = malloc(frame.len + 1);

	must(copy != NULL);
	if (frame.len)
		memcpy(copy, frame.p, frame.len);
	must(dhcp_client_input(f.c, f.now_ms, (struct bytes){copy, frame.len}) < DHCP_N_ALL_DROPS);
	free(copy);
	drain();
}

/* In a right envelope; the head's op, hardware address and xid are made right. */
static void feed_message(struct bytes message)
{
	static uint8_t frame[DHCP_FRAME_HDRS + 1500];
	struct dhcp_envelope e = {
		.src_ip = SERVER, .dst_ip = UINT32_MAX, .src_port = 67, .dst_port = 68};
	uint8_t *m = frame + DHCP_FRAME_HDRS;

	if (message.len > 1472 || message.len < 44)
		return;
	memset(e.dst_mac, 0xff, 6);
	e.src_mac[5] = 9;
	memcpy(m, message.p, message.len);
	memcpy(m, "\2\1\6", 3);
	for (unsigned i = 0; i < 4; i++)
		m[4 + i] = (uint8_t)(f.xid >> (24 - 8 * i));
	memcpy(m + 28, mac, 6);
	dhcp_seal_frame(frame, message.len, &e);
	feed((struct bytes){frame, DHCP_FRAME_HDRS + message.len});
}

static void feed_options(uint8_t type, uint8_t host, struct bytes options)
{
	uint8_t b[1472];
	struct wr w = wr_of(b, sizeof(b));
	struct dhcp_header h = {.op = 2, .yiaddr = 0x0a000000u + host};

	dhcp_put_header(&w, &h);
	dhcp_put_number(&w, DHCP_OPT_TYPE, type);
	wr_bytes(&w, options);
	feed_message(wr_done(&w));
}

static void pass(uint64_t ms)
{
	uint64_t until = f.now_ms + ms;

	f.sent = 0;
	while (timerq_next_ms(&f.timers) <= until) {
		if (timerq_next_ms(&f.timers) > f.now_ms)
			f.now_ms = timerq_next_ms(&f.timers);
		timerq_run(&f.timers, f.now_ms, 1);
		drain();
		must(f.sent <= 4 + ms / 1000);
	}
	f.now_ms = until;
}

static void step(struct rd *r)
{
	uint8_t type, host;

	switch (rd_u8(r) % 7) {
	case 0:
		feed(rd_bytes(r, rd_u16(r)));
		break;
	case 1:
		feed_message(rd_bytes(r, rd_u16(r)));
		break;
	case 2:
		type = rd_u8(r);
		host = rd_u8(r);
		feed_options(type, host, rd_bytes(r, rd_u8(r)));
		break;
	case 3:
		pass(100 * (uint64_t)rd_u16(r));
		break;
	case 4:
		dhcp_client_probed(f.c, f.now_ms, rd_u8(r) & 1);
		break;
	case 5:
		dhcp_client_stop(f.c, f.now_ms);
		break;
	default:
		dhcp_client_start(f.c, f.now_ms);
	}
	drain();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	uint8_t flags = rd_u8(&r);
	struct dhcp_client_config cfg = {
		.host_name = "fuzz",
		.want = (flags & 3) == 1   ? DHCP_WANT_LEASED
			: (flags & 3) == 2 ? DHCP_WANT_INFORM
					   : DHCP_WANT_ANY,
		.wanted_ip = 0x0a000005,
		.probe = flags & 4,
		.no_routes = flags & 8,
		.broadcast = flags & 16,
		.random = draw,
		.timers = &f.timers,
	};

	memset(&f, 0, sizeof(f));
	f.now_ms = 1000;
	memcpy(cfg.mac, mac, 6);
	f.c = dhcp_client_new(&cfg);
	must(f.c != NULL);
	dhcp_client_start(f.c, f.now_ms);
	drain();
	for (unsigned i = 0; i < 200 && rd_left(&r); i++)
		step(&r);
	dhcp_client_free(f.c);
	must(timerq_next_ms(&f.timers) == TIMER_NEVER);
	return 0;
}
