/* Tests of commands, punts, statistics and of two workers that hand packets over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)

static struct kit *k;
static struct client a, b;

static int setup_two(void **state)
{
	(void)state;
	k = kit_new(2);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 1, 2);
	memset(k->punts, 0, sizeof(k->punts));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_free(k);
	return 0;
}

static bool simple(enum dp_cmd_kind kind, unsigned worker, uint32_t slot)
{
	struct dp_cmd c = {.kind = kind};

	if (kind == DP_CMD_PEER_DEL)
		c.u.peer.slot = slot;
	else if (kind == DP_CMD_SA_IN_DEL)
		c.u.sa_del.spi = slot;
	else
		c.u.session_del.slot = slot;
	return kit_cmd(k, worker, &c, NULL);
}

static void client_to_client_across_workers(void **state)
{
	uint8_t ip[1500], got[1500];
	size_t len = kit_ip(ip, a.ip, b.ip, 47, 700);

	(void)state;
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &b, got), len);
	assert_memory_equal(got, ip, len);
	len = kit_ip(ip, b.ip, a.ip, 47, 900);
	kit_send_ip(k, &b, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_memory_equal(got, ip, len);
	assert_int_equal(kit_counter(k, "handoffs"), 2);
	assert_null(fake_take(k->fake, k->tap[0]));
	assert_null(fake_take(k->fake, k->tap[1]));
}

static void esp_on_the_wrong_socket(void **state)
{
	uint8_t ip[200], udp[300], esp[400];
	size_t len = kit_ip(ip, b.ip, FAR_HOST, 47, 100), n;
	const struct fake_packet *p;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++) {
		n = kit_l2tp(&b, udp, ip, len);
		n = kit_seal(k, &b, esp, udp, n, i, IPV4_UDP, false);
		fake_push(k->fake, k->udp4500[0], &b.flow, esp, n);
	}
	kit_run(k);
	for (unsigned i = 0; i < 100; i++) {
		p = fake_take(k->fake, k->tap[1]); /* the owner's queue */
		assert_non_null(p);
		assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
	}
	assert_int_equal(kit_counter(k, "handoffs"), 100);
	assert_int_equal(k->punts[DP_PUNT_SA_FIRST], 1);
	assert_int_equal(k->last[DP_PUNT_SA_FIRST].worker, 1);
}

static void super_packet_on_the_wrong_queue(void **state)
{
	static uint8_t big[65536];
	const struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 1360};
	size_t len = kit_tcp(big, FAR_HOST, b.ip, 1, TCP_ACK, 60000), at = 0, l;
	uint8_t got[1500];

	(void)state;
	kit_tap_frame(k, 0, &b, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &b, got))) {
		assert_true(kit_checksums_ok(got, l));
		at += l - 40;
	}
	assert_int_equal(at, 60000);
	assert_int_equal(kit_counter(k, "handoffs"), 1);
}

/* a's packet is too big for b, on the other worker: the error finds its way back. */
static void too_big_between_clients(void **state)
{
	static uint8_t ip[1500];
	uint8_t got[1500];
	size_t len;

	(void)state;
	assert_true(simple(DP_CMD_SESSION_DEL, 1, b.slot));
	b.mtu = 600;
	assert_true(kit_session(k, &b));
	len = kit_ip(ip, a.ip, b.ip, 47, 1000);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	len = kit_take_ip(k, &a, got);
	assert_int_equal(len, 576);
	assert_int_equal(be32(got + 12), b.ip);
	assert_int_equal(be16(got + 26), 600);
	assert_int_equal(kit_take_ip(k, &b, got), 0);
}

static void wrong_commands_are_refused(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PEER_ADD};
	struct client other = b;

	(void)state;
	c.u.peer.slot = a.slot; /* used */
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.peer.slot = 16; /* out of range */
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.peer.slot = UINT32_MAX;
	assert_false(kit_cmd(k, 0, &c, NULL));
	assert_false(simple(DP_CMD_PEER_DEL, 0, b.slot)); /* lives in worker 1 */
	assert_false(simple(DP_CMD_SESSION_DEL, 0, 15));
	assert_false(simple(DP_CMD_SESSION_DEL, 0, UINT32_MAX));
	assert_false(simple(DP_CMD_STATS, 0, 15));
	assert_false(simple(DP_CMD_SA_IN_DEL, 0, 0x4242));
	other.seal = other.open = NULL;
	assert_false(kit_sa_in(k, &other, b.spi_in)); /* exists */
	assert_false(kit_sa_in(k, &other, 0x2000));   /* worker 0's number */
	assert_false(kit_sa_in(k, &other, 0xff));     /* reserved */
	other.slot = 12;
	assert_false(kit_sa_in(k, &other, 0x2001)); /* no such peer */
	assert_false(kit_sa_out(k, &other, 0x2001));
	assert_false(kit_session(k, &other));
	other.slot = b.slot;
	assert_false(kit_session(k, &other)); /* used */
	c = (struct dp_cmd){.kind = DP_CMD_HUB_ADD};
	c.u.hub.hub = KIT_HUB;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.hub.hub = DP_HUBS_MAX;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.kind = DP_CMD_HUB_DEL;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.hub.hub = KIT_HUB; /* has a session */
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.kind = DP_CMD_NEIGH_ADD;
	c.u.neigh.hub = 9;
	assert_false(kit_cmd(k, 0, &c, NULL));
	assert_false(dp_command(k->dp, 2, &c, NULL));
	kit_client_free(&other);
}

/* Tunnel mode needs both inner addresses; an algorithm that is not there is refused. */
static void sas_that_cannot_be(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_SA_IN_ADD};

	(void)state;
	c.u.sa = (struct dp_sa){.spi = 0x3000,
				.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},
				.peer = a.slot,
				.tunnel = true};
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.sa.tunnel_local = 1;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.sa.tunnel_local = 0;
	c.u.sa.tunnel_remote = 1;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.sa.tunnel = false;
	c.u.sa.alg.key_len = 17;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.sa.alg.key_len = 16;
	assert_true(kit_cmd(k, 0, &c, NULL));
}

static void session_rules(void **state)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_ADD};
	struct client c = a;

	(void)state;
	c.slot = 1;
	assert_true(simple(DP_CMD_SESSION_DEL, 0, 1));
	c.ip = 0;
	assert_false(kit_session(k, &c));
	c.ip = KIT_GATEWAY; /* the host's own address (H-24) */
	assert_false(kit_session(k, &c));
	c.ip = a.ip;
	c.mtu = 67;
	assert_false(kit_session(k, &c));
	c.worker = 1; /* its peer is not there */
	c.mtu = 68;
	assert_false(kit_session(k, &c));
	c.worker = 0;
	assert_true(kit_session(k, &c));
	/* the same ids of the same peer again */
	cmd.u.session = kit_worker(k, 0)->sessions[1].cfg;
	cmd.u.session.slot = 3;
	dp_session_mac(KIT_MACHINE, 0, 3, cmd.u.session.mac);
	assert_false(kit_cmd(k, 0, &cmd, NULL));
	cmd.u.session.session_id++;
	cmd.u.session.mac[5]++; /* not the port's MAC */
	assert_false(kit_cmd(k, 0, &cmd, NULL));
	cmd.u.session.mac[5]--;
	assert_true(kit_cmd(k, 0, &cmd, NULL));
}

static void hub_comes_and_goes(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_ADD};
	unsigned open = fake_open_count(k->fake);
	uint8_t ip[200];

	(void)state;
	c.u.hub.hub = 5;
	c.u.hub.tap[0] = fake_tap(k->fake);
	c.u.hub.tap[1] = -1;
	assert_true(kit_cmd(k, 0, &c, NULL));
	assert_true(kit_cmd(k, 1, &c, NULL));
	c.kind = DP_CMD_HUB_DEL;
	assert_true(kit_cmd(k, 0, &c, NULL));
	assert_int_equal(fake_open_count(k->fake), open); /* its queue is closed */
	assert_false(kit_cmd(k, 0, &c, NULL));
	/* a hub without a TAP on this worker */
	kit_worker(k, 0)->hubs[KIT_HUB].tap = -1;
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_run(k);
	assert_int_equal(kit_counter(k, "no-tap"), 1);
}

/* A port's MAC on another hub, or of a slot without a session, leads nowhere. */
static void frames_stay_in_their_hub(void **state)
{
	static const uint16_t hubs[] = {0, 5};
	uint8_t frame[64] = {0};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct dp_cmd c = {.kind = DP_CMD_HUB_ADD};

		c.u.hub.hub = hubs[i];
		c.u.hub.tap[0] = fake_tap(k->fake);
		assert_true(kit_cmd(k, 0, &c, NULL));
		dp_session_mac(KIT_MACHINE, 0, a.slot, frame);
		put_be16(frame + 12, ETH_TYPE_IPV4);
		kit_ip(frame + ETH_HDR, FAR_HOST, a.ip, 47, 20);
		fake_tap_push(k->fake, c.u.hub.tap[0], NULL, frame, 54);
		dp_session_mac(KIT_MACHINE, 0, 9, frame);
		fake_tap_push(k->fake, c.u.hub.tap[0], NULL, frame, 54);
		kit_run(k);
		assert_int_equal(kit_counter(k, "frame-not-port"), 2 * i + 2);
		assert_null(fake_take(k->fake, FAKE_ANY));
	}
}

/* A message and what ends its SA come in one round: it leaves under the old keys. */
static void a_farewell_leaves_before_the_keys_go(void **state)
{
	static const uint8_t stopccn[40] = {0xc8, 2};
	struct dp_cmd c = {.kind = DP_CMD_SEND_L2TP}, end = {.kind = DP_CMD_PEER_DEL};
	struct client old = a;
	uint8_t udp[200];

	(void)state;
	c.u.l2tp.peer = end.u.peer.slot = a.slot;
	c.u.l2tp.len = sizeof(stopccn);
	assert_true(dp_command(k->dp, 0, &c, stopccn));
	a.open = NULL;
	assert_true(kit_sa_out(k, &a, 0x7001));
	assert_int_equal(kit_take_udp(k, &old, udp), 48);
	burst_sa_free(old.open);
	assert_true(dp_command(k->dp, 0, &c, stopccn));
	assert_true(kit_cmd(k, 0, &end, NULL));
	assert_int_equal(kit_take_udp(k, &a, udp), 48);
	assert_memory_equal(udp + 8, stopccn, sizeof(stopccn));
}

/* The session owns the counter: control's PPP frames take their Ns from it too. */
static void data_messages_are_numbered_by_the_session(void **state)
{
	static uint8_t data[] = {0x08, 2, 0, 0, 0, 0, 0xee, 0xee, 0, 0, 0xff, 3, 0xc0, 0x21};
	static const uint16_t ns[] = {77, 78};
	struct dp_cmd c = {.kind = DP_CMD_SESSION_DEL};
	struct dp_session s = kit_worker(k, 0)->sessions[a.slot].cfg;
	uint8_t udp[200];

	(void)state;
	c.u.session_del.slot = a.slot;
	assert_true(kit_cmd(k, 0, &c, NULL));
	s.sequencing = true;
	s.ns = 77;
	c = (struct dp_cmd){.kind = DP_CMD_SESSION_ADD, .u.session = s};
	assert_true(kit_cmd(k, 0, &c, NULL));
	put_be16(data + 2, s.peer_tunnel_id);
	put_be16(data + 4, s.peer_session_id);
	c = (struct dp_cmd){.kind = DP_CMD_SEND_L2TP};
	c.u.l2tp.peer = a.slot;
	c.u.l2tp.len = sizeof(data);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(kit_cmd(k, 0, &c, data));
		assert_int_equal(kit_take_udp(k, &a, udp), 8 + sizeof(data));
		assert_int_equal(be16(udp + 8 + 6), ns[i]);
	}
	data[0] = 0xc8; /* a control message keeps its own */
	assert_true(kit_cmd(k, 0, &c, data));
	kit_take_udp(k, &a, udp);
	assert_int_equal(be16(udp + 8 + 6), 0xeeee);
	c = (struct dp_cmd){.kind = DP_CMD_STATS};
	c.u.session_del.slot = a.slot;
	assert_true(kit_cmd(k, 0, &c, NULL));
	assert_int_equal(k->last[DP_PUNT_STATS].stats.ns, 79);
}

static void messages_leave(void **state)
{
	static uint8_t message[DP_MESSAGE_MAX], udp[70000];
	struct dp_cmd c = {.kind = DP_CMD_SEND_ISAKMP};
	const struct fake_packet *p;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 3 + 1);
	c.u.isakmp.flow = a.flow;
	c.u.isakmp.flow.local.port = 500;
	c.u.isakmp.len = 400;
	assert_true(kit_cmd(k, 0, &c, message));
	p = fake_take(k->fake, k->udp500);
	assert_non_null(p);
	assert_int_equal(p->len, 400);
	assert_memory_equal(p->p, message, 400);
	c.u.isakmp.natt = true;
	assert_true(kit_cmd(k, 0, &c, message));
	p = fake_take(k->fake, k->udp4500[0]);
	assert_non_null(p);
	assert_int_equal(p->len, 404);
	assert_int_equal(be32(p->p), 0);
	assert_memory_equal(p->p + 4, message, 400);
	c.u.isakmp.natt = false; /* a NAT keepalive: no marker, and the port stays */
	c.u.isakmp.flow.local.port = 4500;
	c.u.isakmp.len = 1;
	assert_true(kit_cmd(k, 0, &c, "\xff"));
	p = fake_take(k->fake, k->udp4500[0]);
	assert_non_null(p);
	assert_int_equal(p->len, 1);
	assert_false(kit_cmd(k, 1, &c, message)); /* not worker 0 */
	c = (struct dp_cmd){.kind = DP_CMD_SEND_L2TP};
	c.u.l2tp.peer = b.slot;
	c.u.l2tp.local_port = 1701;
	c.u.l2tp.remote_port = 55555;
	c.u.l2tp.len = DP_MESSAGE_MAX;
	assert_true(kit_cmd(k, 1, &c, message));
	len = kit_take_udp(k, &b, udp);
	assert_int_equal(len, DP_MESSAGE_MAX + 8);
	assert_int_equal(be16(udp), 1701);
	assert_int_equal(be16(udp + 2), 55555);
	assert_int_equal(be16(udp + 4), len);
	assert_int_equal(be16(udp + 6), 0);
	assert_memory_equal(udp + 8, message, DP_MESSAGE_MAX);
	c.u.l2tp.len = DP_MESSAGE_MAX + 1;
	assert_false(dp_command(k->dp, 1, &c, message));
	c.u.l2tp.len = 10;
	c.u.l2tp.peer = 9;
	assert_false(kit_cmd(k, 1, &c, message));
}

static void statistics_of_a_session(void **state)
{
	uint8_t ip[200];
	struct dp_session_stats *s = &k->last[DP_PUNT_STATS].stats;
	uint64_t t0 = k->os.now_ms(k->os.ctx);

	(void)state;
	fake_advance(k->fake, 500);
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip + 1, FAR_HOST, 47, 30));
	kit_run(k);
	fake_advance(k->fake, 500);
	kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, 70));
	kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, 80));
	kit_run(k);
	fake_advance(k->fake, 500);
	assert_true(simple(DP_CMD_STATS, 0, a.slot));
	assert_int_equal(k->punts[DP_PUNT_STATS], 1);
	assert_int_equal(k->last[DP_PUNT_STATS].session_handle, 9001);
	assert_int_equal(s->packets_in, 1);
	assert_int_equal(s->bytes_in, 50);
	assert_int_equal(s->drops_in, 1);
	assert_int_equal(s->packets_out, 2);
	assert_int_equal(s->bytes_out, 190);
	assert_int_equal(s->last_in_ms, t0 + 500);
	assert_int_equal(s->last_out_ms, t0 + 1000);
}

static void peer_goes_with_all_it_has(void **state)
{
	uint8_t ip[200], got[1500];
	uint32_t old_spi = a.spi_in;
	struct burst_sa *old_keys = a.seal;
	struct worker *w = kit_worker(k, 0);

	(void)state;
	a.seal = NULL;
	assert_true(kit_sa_in(k, &a, 0x9000)); /* a rekey: both are heard */
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_run(k);
	{
		struct client before = a;

		before.spi_in = old_spi;
		before.seal = old_keys;
		kit_send_ip(k, &before, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
		kit_run(k);
	}
	assert_int_equal(kit_counter(k, "user-in"), 2);
	assert_true(simple(DP_CMD_PEER_DEL, 0, a.slot));
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, 70));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-spi-unknown"), 1);
	assert_int_equal(kit_counter(k, "frame-not-port"), 1);
	assert_int_equal(kit_take_ip(k, &a, got), 0);
	assert_false(w->sessions[a.slot].used);
	assert_int_equal(w->hubs[KIT_HUB].sessions, 0);
	burst_sa_free(old_keys);
	/* and the slots can be used again */
	kit_client_free(&a);
	kit_client(k, &a, 0, 1);
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 3);
}

static void many_sas_come_and_go(void **state)
{
	uint8_t ip[200];

	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		unsigned added = 0;

		while (kit_sa_in(k, &a, 0x10000 + (round * 100 + added) * 2))
			added++;
		assert_int_equal(added, 16 * SA_IN_PER_PEER - 1); /* the first one stays */
		for (unsigned i = 0; i < added; i++)
			assert_true(simple(DP_CMD_SA_IN_DEL, 0, 0x10000 + (round * 100 + i) * 2));
	}
	assert_true(simple(DP_CMD_SA_IN_DEL, 0, 0x1010));
	assert_true(kit_sa_in(k, &a, 0x1010));
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 30));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 1);
}

static unsigned acks, not_ok;

static void count_acks(void *ctx, const struct dp_punt *p)
{
	(void)ctx;
	acks += p->kind == DP_PUNT_ACK;
	not_ok += p->kind == DP_PUNT_ACK && !p->ok;
}

/* Nobody reads punts while strangers fill the ring: acknowledgements wait, none is lost. */
static void acks_are_never_lost(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_STATS, .cookie = 1};
	static uint8_t isakmp[9000];
	unsigned sent = 0;

	(void)state;
	acks = not_ok = 0;
	c.u.session_del.slot = 15; /* refused: no STATS of it */
	for (unsigned i = 0; i < 3000; i++) {
		sent += dp_command(k->dp, 0, &c, NULL);
		fake_push(k->fake, k->udp500, &a.flow, isakmp, sizeof(isakmp));
		fake_advance(k->fake, 1000);
		dp_run_once(k->dp);
	}
	assert_true(kit_counter(k, "punt-full") > 0);
	assert_true(sent > 400);
	for (unsigned i = 0; i < 1000; i++) {
		dp_punts(k->dp, count_acks, NULL, 10);
		dp_run_once(k->dp);
	}
	assert_int_equal(acks, sent);
	assert_int_equal(not_ok, sent);
}

static void session_macs_name_their_owner(void **state)
{
	uint8_t mac[6];
	struct port_mac m;

	(void)state;
	dp_session_mac(63, 63, 0xabcdef, mac);
	assert_int_equal(mac[0] & 3, 2); /* locally administered, not a group */
	assert_true(port_mac_parse(mac, &m));
	assert_int_equal(m.machine, 63);
	assert_int_equal(m.worker, 63);
	assert_int_equal(m.slot, 0xabcdef);
	assert_false(port_mac_parse(kit_tap_mac, &m));
	assert_int_equal(dp_shard_bits(1), 0);
	assert_int_equal(dp_shard_bits(2), 1);
	assert_int_equal(dp_shard_bits(3), 2);
	assert_int_equal(dp_shard_bits(64), 6);
}

static void keys_do_not_stay_in_the_ring(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_SA_IN_ADD};

	(void)state;
	/* the record is wiped by command_wipe(); seen here by a command that is refused */
	c.u.sa.peer = 15;
	memset(c.u.sa.enc_key, 0xa5, sizeof(c.u.sa.enc_key));
	c.cookie = 77;
	assert_true(dp_command(k->dp, 0, &c, NULL));
	{
		size_t len;
		const struct dp_cmd *at = ring_peek(kit_worker(k, 0)->commands, &len);

		assert_non_null(at);
		assert_int_equal(at->u.sa.enc_key[5], 0xa5);
		kit_run(k);
		assert_int_equal(at->u.sa.enc_key[5], 0); /* the ring's memory is still there */
	}
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup_two, teardown)
	const struct CMUnitTest tests[] = {
		T(client_to_client_across_workers),
		T(esp_on_the_wrong_socket),
		T(super_packet_on_the_wrong_queue),
		T(too_big_between_clients),
		T(wrong_commands_are_refused),
		T(sas_that_cannot_be),
		T(session_rules),
		T(hub_comes_and_goes),
		T(frames_stay_in_their_hub),
		T(a_farewell_leaves_before_the_keys_go),
		T(data_messages_are_numbered_by_the_session),
		T(messages_leave),
		T(statistics_of_a_session),
		T(peer_goes_with_all_it_has),
		T(many_sas_come_and_go),
		T(acks_are_never_lost),
		T(session_macs_name_their_owner),
		T(keys_do_not_stay_in_the_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
