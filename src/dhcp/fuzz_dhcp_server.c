/*
 * fuzz_dhcp_server: hostile clients, ports and a clock against the DHCP server; the guard sees
 * the same frames.
 *
 * Input: an octet of configuration (bit 0: routes; bit 1: no gateway; bit 2: random addresses; bit
 * 3: relays; bit 4: a static; bit 5: every fourth address is in use), then steps of an octet (upper
 * half: the port): 0 a frame as it is (length 16 bits), 1 a message (length 16 bits) in a right
 * envelope from a host (octet), 2 the same with a head of our own and only the options from the
 * input (octets: host, type, ciaddr, length), 3 time passes (16 bits, 0.1 s), 4 the port is gone, 5
 * another configuration, 6 an address is deleted (octet), 7 a lease is restored (octet).
 * What must hold: at most one answer, that our own parser takes and that gives an address of ours;
 * no address twice; the counters are the table's.
 */
#include <stdlib.h>
#include <string.h>

#include "dhcp/guard.h"
#include "dhcp/options.h"
#include "dhcp/packet.h"
#include "dhcp/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NET   0xc0a81e00
#define RANGE 12

static const uint8_t server_mac[6] = {0x5e, 0, 0, 0, 0, 1};

static struct {
	uint64_t now_ms;
	uint32_t draws;
	struct timerq timers;
	struct dhcp_server *s;
	struct dhcp_server_config cfg;
	struct dhcp_from from;
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

static bool in_use(void *ctx, uint32_t ip, const uint8_t mac[6])
{
	(void)ctx;
	(void)mac;
	return ip % 4 == 0;
}

static void check_answer(const struct dhcp_server_act *act)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct bytes payload;

	must(act->frame.len <= DHCP_SERVER_FRAME_MAX && act->port == f.from.port);
	if (dhcp_open_frame(act->frame, 68, &e, &payload) != DHCP_DROP_NONE)
		must(dhcp_open_frame(act->frame, 67, &e, &payload) == DHCP_DROP_NONE);
	must(e.src_ip == f.cfg.ip && memcmp(e.src_mac, server_mac, 6) == 0);
	must(dhcp_parse(payload, &m) == DHCP_DROP_NONE && m.head.op == 2);
	must(dhcp_type(&m) == act->type);
	if (m.head.yiaddr)
		must((m.head.yiaddr & 0xffffff00) == NET && m.head.yiaddr != f.cfg.ip);
}

static void check_table(void)
{
	struct dhcp_lease t[256];
	size_t n = dhcp_server_table(f.s, 0, t, 256);
	struct dhcp_server_stats stats;

	dhcp_server_get_stats(f.s, &stats);
	must(stats.offered + stats.bound + stats.kept_back == n);
	for (size_t i = 0; i < n; i++) {
		must(i == 0 || t[i - 1].id < t[i].id);
		for (size_t j = i + 1; j < n; j++)
			must(t[i].ip != t[j].ip);
	}
}

static void drain(void)
{
	struct dhcp_server_act act;
	unsigned sent = 0;

	while (dhcp_server_next(f.s, &act)) {
		if (act.kind == DHCP_SERVER_SEND) {
			check_answer(&act);
			sent++;
		}
		if (act.kind == DHCP_SERVER_LEASE_SAVE)
			must(act.lease.state == DHCP_LEASE_BOUND && sent == 0);
		if (act.kind == DHCP_SERVER_NOTE)
			must(act.note.reason && act.note.text[0]);
	}
	must(sent <= 1);
	check_table();
}

static void feed(struct bytes frame)
{
	const struct dhcp_guard guard = {.may_relay = f.cfg.relays};
	uint8_t *copy = malloc(frame.len + 1);
	enum dhcp_drop why;

	must(copy != NULL);
	if (frame.len)
		memcpy(copy, frame.p, frame.len);
	must(dhcp_guard(&guard, (struct bytes){copy, frame.len}) < DHCP_N_ALL_DROPS);
	why = dhcp_server_input(f.s, f.now_ms, &f.from, (struct bytes){copy, frame.len});
	must(why < DHCP_N_ALL_DROPS);
	free(copy);
	drain();
}

static void feed_message(uint8_t host, struct bytes message)
{
	static uint8_t frame[DHCP_FRAME_HDRS + 1500];
	struct dhcp_envelope e = {.dst_ip = UINT32_MAX, .src_port = 68, .dst_port = 67};
	uint8_t *m = frame + DHCP_FRAME_HDRS;

	if (message.len > 1472 || message.len < 44)
		return;
	memset(e.dst_mac, 0xff, 6);
	e.src_mac[0] = 2;
	e.src_mac[5] = host % 32;
	memcpy(m, message.p, message.len);
	memcpy(m, "\1\1\6", 3);
	memcpy(m + 28, e.src_mac, 6);
	dhcp_seal_frame(frame, message.len, &e);
	feed((struct bytes){frame, DHCP_FRAME_HDRS + message.len});
}

static void feed_options(struct rd *r)
{
	uint8_t host = rd_u8(r), type = rd_u8(r), ciaddr = rd_u8(r), b[1472];
	struct dhcp_header h = {.op = 1, .ciaddr = ciaddr ? NET + ciaddr : 0};
	struct wr w = wr_of(b, sizeof(b));

	dhcp_put_header(&w, &h);
	dhcp_put_number(&w, DHCP_OPT_TYPE, type);
	wr_bytes(&w, rd_bytes(r, rd_u8(r)));
	feed_message(host, wr_done(&w));
}

static void reconfigure(void)
{
	f.cfg.first = f.cfg.first == NET + 10 ? NET + 14 : NET + 10;
	f.cfg.last = f.cfg.first + RANGE - 1;
	must(dhcp_server_reconfigure(f.s, f.now_ms, &f.cfg));
}

static void restore(uint8_t n)
{
	struct dhcp_lease l = {.ip = NET + n, .mac = {2, 0, 0, 0, 0, n % 32}, .leased_ms = 1};

	l.ends_ms = f.now_ms + 1000u * n;
	l.client_id_len = n & 64 ? n : 0;
	memset(l.host_name, 'h', sizeof(l.host_name));
	dhcp_server_restore(f.s, f.now_ms, &l);
}

static void step(struct rd *r)
{
	uint8_t op = rd_u8(r);

	f.from.port = op >> 5;
	f.from.leases_max = 1u + f.from.port;
	f.from.ppp = f.from.port & 1;
	f.from.user = f.from.port == 2 ? "static" : NULL;
	f.from.fixed_ip = f.from.port == 3 ? NET + 99 : 0;
	switch (op & 7) {
	case 0:
		feed(rd_bytes(r, rd_u16(r)));
		break;
	case 1:
		op = rd_u8(r);
		feed_message(op, rd_bytes(r, rd_u16(r)));
		break;
	case 2:
		feed_options(r);
		break;
	case 3:
		f.now_ms += 100 * (uint64_t)rd_u16(r);
		timerq_run(&f.timers, f.now_ms, 10000);
		break;
	case 4:
		dhcp_server_port_gone(f.s, f.from.port);
		break;
	case 5:
		reconfigure();
		break;
	case 6:
		dhcp_server_delete(f.s, f.now_ms, NET + rd_u8(r));
		break;
	default:
		restore(rd_u8(r));
	}
	drain();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dhcp_route routes[2] = {{0x0a000000, 8, NET + 1}, {0, 0, NET + 1}};
	static const struct dhcp_static statics[1] = {{"static", {0}, NET + 12}};
	struct rd r = rd_of(data, size);
	uint8_t flags = rd_u8(&r);

	memset(&f, 0, sizeof(f));
	f.now_ms = 1000;
	f.cfg = (struct dhcp_server_config){
		.ip = NET + 1,
		.first = NET + 10,
		.last = NET + 10 + RANGE - 1,
		.mask = 0xffffff00,
		.lease_s = 60,
		.gateway = flags & 2 ? 0 : NET + 1,
		.dns = {NET + 1, 0x08080808},
		.domain = "fuzz.example",
		.routes = routes,
		.n_routes = flags & 1 ? 2 : 0,
		.statics = statics,
		.n_statics = flags & 16 ? 1 : 0,
		.random_addresses = flags & 4,
		.relays = flags & 8,
		.in_use = flags & 32 ? in_use : NULL,
		.random = draw,
		.timers = &f.timers,
	};
	memcpy(f.cfg.mac, server_mac, 6);
	f.s = dhcp_server_new(&f.cfg);
	must(f.s != NULL);
	for (unsigned i = 0; i < 300 && rd_left(&r); i++)
		step(&r);
	dhcp_server_free(f.s);
	must(timerq_next_ms(&f.timers) == TIMER_NEVER);
	return 0;
}
