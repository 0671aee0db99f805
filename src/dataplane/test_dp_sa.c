/* Tests of SAs over their life: rekeys under traffic, outbound SAs that are parked and
 * sent on again, lifetimes in octets, statistics. */
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
static uint8_t ip[1500], got[1500];

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 0, 2);
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

/* The SPI that the packet on its way to a has; 0: there is none. */
static uint32_t sent_spi(uint32_t *seq)
{
	const struct fake_packet *p;

	kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, 40));
	kit_run(k);
	p = fake_take(k->fake, k->udp4500[0]);
	if (!p)
		return 0;
	*seq = be32(p->p + 4);
	return be32(p->p);
}

static void expect_sent(uint32_t spi, uint32_t seq)
{
	uint32_t got_seq = 0;

	assert_int_equal(sent_spi(&got_seq), spi);
	assert_int_equal(got_seq, seq);
}

/* OUT_SET without keys: control wiped them when it sent them the first time. */
static bool send_on_again(uint32_t spi, uint64_t child)
{
	struct dp_cmd c = kit_sa_cmd(&a, DP_CMD_SA_OUT_SET, spi);

	memset(c.u.sa.enc_key, 0, sizeof(c.u.sa.enc_key));
	memset(c.u.sa.auth_key, 0, sizeof(c.u.sa.auth_key));
	c.u.sa.sa_handle = child;
	return kit_cmd(k, 0, &c, NULL);
}

static bool child_cmd(enum dp_cmd_kind kind, uint64_t child)
{
	struct dp_cmd c = {.kind = kind};

	c.u.child.peer = a.slot;
	c.u.child.sa_handle = child;
	return kit_cmd(k, 0, &c, NULL);
}

static bool out_set(uint32_t spi, uint64_t child)
{
	a.child = child;
	return kit_sa_out(k, &a, spi);
}

/* ---- sending on an older SA again ---- */

static void a_parked_sa_goes_on_where_it_stopped(void **state)
{
	(void)state;
	assert_true(out_set(0x900, 1));
	expect_sent(0x900, 1);
	expect_sent(0x900, 2);
	assert_true(out_set(0x901, 2));
	expect_sent(0x901, 1);
	assert_true(send_on_again(0x900, 1));
	expect_sent(0x900, 3);
	assert_true(send_on_again(0x901, 2));
	expect_sent(0x901, 2);
	assert_true(send_on_again(0x901, 2)); /* the one that is sent on */
	expect_sent(0x901, 3);
	/* given with its keys it does not begin again either */
	assert_true(out_set(0x900, 1));
	expect_sent(0x900, 4);
}

static void keys_are_needed_for_what_is_not_parked(void **state)
{
	(void)state;
	assert_true(out_set(0x900, 1));
	assert_true(out_set(0x901, 2));
	assert_false(send_on_again(0x900, 3));       /* another child */
	assert_false(send_on_again(0x902, 1));       /* another SPI */
	assert_false(send_on_again(0x8002, 0x8002)); /* another peer's */
	expect_sent(0x901, 1);
	assert_true(child_cmd(DP_CMD_SA_OUT_DEL, 1));
	assert_false(child_cmd(DP_CMD_SA_OUT_DEL, 1));
	assert_false(send_on_again(0x900, 1));
	expect_sent(0x901, 2);
}

static void without_its_outbound_sa_a_peer_is_not_sent_to(void **state)
{
	uint32_t seq;

	(void)state;
	assert_true(out_set(0x900, 1));
	assert_true(out_set(0x901, 2));
	assert_true(child_cmd(DP_CMD_SA_OUT_DEL, 2));
	assert_int_equal(sent_spi(&seq), 0);
	assert_int_equal(kit_counter(k, "no-sa-out"), 1);
	assert_true(send_on_again(0x900, 1));
	expect_sent(0x900, 1);
}

static unsigned parked(void)
{
	unsigned n = 0;

	for (struct sa_out *out = kit_worker(k, 0)->peers[a.slot].parked; out; out = out->older)
		n++;
	return n;
}

static void parked_sas_have_a_bound(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 50; i++) {
		assert_true(out_set(0x900 + i, i));
		assert_true(parked() < DP_SA_OUT_MAX);
	}
	assert_int_equal(parked(), DP_SA_OUT_MAX - 1);
	/* the kit's own first one makes 51 */
	assert_int_equal(kit_counter(k, "sa-out-evicted"), 51 - DP_SA_OUT_MAX);
	for (uint32_t i = 1; i <= 50 - DP_SA_OUT_MAX; i++)
		assert_false(send_on_again(0x900 + i, i));
	for (uint32_t i = 51 - DP_SA_OUT_MAX; i <= 50; i++) {
		assert_true(send_on_again(0x900 + i, i));
		expect_sent(0x900 + i, 1);
	}
}

/* Encapsulation and MTU come back with the SA. */
static void a_parked_sa_keeps_its_form(void **state)
{
	struct session *s = &kit_worker(k, 0)->sessions[a.slot];
	uint32_t seq;

	(void)state;
	assert_true(out_set(0x900, 1));
	a.udp_encap = false;
	a.alg = (struct burst_alg){BURST_AES_CBC, 16, BURST_HMAC_SHA512_256};
	a.tunnel = true;
	a.tunnel_ip = 1;
	a.server_ip = 2;
	assert_true(out_set(0x901, 2));
	assert_true(s->cfg.mtu < KIT_MTU);
	assert_int_equal(sent_spi(&seq), 0);
	assert_non_null(fake_take(k->fake, k->esp[0]));
	assert_true(send_on_again(0x900, 1));
	assert_int_equal(s->cfg.mtu, KIT_MTU);
	expect_sent(0x900, 1);
	assert_true(send_on_again(0x901, 2));
	assert_int_equal(sent_spi(&seq), 0);
	assert_non_null(fake_take(k->fake, k->esp[0]));
}

static void a_peer_goes_with_its_parked_sas(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PEER_DEL};

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		assert_true(out_set(0x900 + i, i));
	c.u.peer.slot = a.slot;
	assert_true(kit_cmd(k, 0, &c, NULL)); /* the leak checker sees the rest */
	assert_false(child_cmd(DP_CMD_SA_OUT_DEL, 1));
	assert_false(child_cmd(DP_CMD_SA_STATS, 1));
}

/* ---- another peer's ---- */

static bool move(const struct client *from, uint32_t to, uint64_t child)
{
	struct dp_cmd c = {.kind = DP_CMD_SA_MOVE};

	c.u.child.peer = from->slot;
	c.u.child.to = to;
	c.u.child.sa_handle = child;
	return kit_cmd(k, 0, &c, NULL);
}

static bool arrives(struct client *c, uint32_t seq)
{
	uint8_t udp[200], esp[300];
	size_t len = kit_ip(ip, c->ip, FAR_HOST, 47, 40);

	kit_push(k, c, esp,
		 kit_seal(k, c, esp, udp, kit_l2tp(c, udp, ip, len), seq, IPV4_UDP, false));
	kit_run(k);
	return fake_take(k->fake, k->tap[0]) != NULL;
}

/* b's child carries a's session from then on, with the numbers that it had come to. */
static void a_child_moves_to_another_peer(void **state)
{
	const struct dp_sa_stats *s = &k->last[DP_PUNT_SA_STATS].sa_stats;
	struct dp_cmd del = {.kind = DP_CMD_PEER_DEL};
	struct client moved = a;

	(void)state;
	b.child = 7;
	assert_true(kit_sa_in(k, &b, 0xa10));
	assert_true(kit_sa_out(k, &b, 0xa11));
	assert_true(arrives(&b, 5));
	kit_tap_frame(k, 0, &b, NULL, ip, kit_ip(ip, FAR_HOST, b.ip, 47, 40));
	kit_run(k);
	assert_non_null(fake_take(k->fake, k->udp4500[0]));
	moved.spi_in = b.spi_in;
	moved.seal = b.seal;
	assert_false(arrives(&moved, 6)); /* a's session is not b's */
	expect_sent(a.spi_out, 1);

	assert_false(move(&b, b.slot, 7));
	assert_false(move(&b, 99, 7));
	assert_false(move(&a, b.slot, 7));
	assert_true(move(&b, a.slot, 7));
	assert_false(move(&b, a.slot, 7));
	assert_true(arrives(&moved, 7));
	assert_false(arrives(&moved, 5)); /* the window is the same */
	assert_true(arrives(&a, 1));
	expect_sent(a.spi_out, 2); /* until it is told to send on the other */
	assert_true(send_on_again(0xa11, 7));
	expect_sent(0xa11, 2);
	assert_true(child_cmd(DP_CMD_SA_STATS, 7));
	assert_int_equal(s->sequence_out, 2);
	assert_int_equal(s->sequence_in, 7);
	/* the peer that had it goes without it; a parked one moves too */
	b.child = 8;
	assert_true(kit_sa_out(k, &b, 0xa12));
	b.child = 9;
	assert_true(kit_sa_out(k, &b, 0xa13));
	assert_true(move(&b, a.slot, 8));
	del.u.peer.slot = b.slot;
	assert_true(kit_cmd(k, 0, &del, NULL));
	assert_true(arrives(&moved, 8));
	assert_true(send_on_again(0xa12, 8));
	expect_sent(0xa12, 1);
}

/* ---- rekey ---- */

struct flow_of_packets {
	uint32_t sent_in, got_in, sent_out, got_out;
};

/* The client sends on what it sends on; old is the SA that it may still be sent on. */
static void traffic(struct flow_of_packets *f, struct client *in, struct client *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 4);

		put_be32(ip + IPV4_HDR, ++f->sent_in);
		kit_send_ip(k, in, ip, len);
		len = kit_ip(ip, FAR_HOST, a.ip, 47, 4);
		put_be32(ip + IPV4_HDR, ++f->sent_out);
		kit_tap_frame(k, 0, &a, NULL, ip, len);
	}
	kit_run(k);
	for (unsigned i = 0; i < n; i++) {
		const struct fake_packet *p = fake_take(k->fake, k->tap[0]);

		assert_non_null(p);
		assert_int_equal(be32(p->p + VNET_HDR + ETH_HDR + IPV4_HDR), ++f->got_in);
		assert_int_equal(kit_take_ip(k, out, got), IPV4_HDR + 4);
		assert_int_equal(be32(got + IPV4_HDR), ++f->got_out);
	}
}

/* SA_IN_ADD new, OUT_SET new, later SA_IN_DEL old: the walk of a rekey, with packets of the
 * client on the old SA until it follows, over and over with every order of algorithms. */
static void rekeys_lose_nothing(void **state)
{
	static const struct burst_alg algs[] = {
		{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
		{BURST_AES_GCM16, 16, BURST_AUTH_NONE},
		{BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	};
	struct flow_of_packets f = {0};

	(void)state;
	traffic(&f, &a, &a, 30);
	for (uint32_t i = 1; i <= 40; i++) {
		struct client old = a;
		struct dp_cmd del = {.kind = DP_CMD_SA_IN_DEL};

		a.seal = a.open = NULL; /* old's */
		a.child = i;
		a.alg = algs[i % 3];
		a.agreed = a.alg;
		fake_advance(k->fake, 1000); /* the limit of events */
		assert_true(kit_sa_in(k, &a, 0x20000 + i));
		traffic(&f, &old, &old, 10);
		traffic(&f, &a, &old, 5); /* a client that is quick */
		assert_int_equal(k->punts[DP_PUNT_SA_FIRST], i + 1);
		traffic(&f, &old, &old, 5);
		assert_true(kit_sa_out(k, &a, 0x30000 + i));
		traffic(&f, &old, &a, 20);
		traffic(&f, &a, &a, 20);
		traffic(&f, &old, &a, 3); /* stragglers */
		del.u.sa_del.spi = old.spi_in;
		assert_true(kit_cmd(k, 0, &del, NULL));
		traffic(&f, &a, &a, 20);
		burst_sa_free(old.seal);
		burst_sa_free(old.open);
	}
	assert_int_equal(kit_counter(k, "esp-icv"), 0);
	assert_int_equal(kit_counter(k, "esp-spi-unknown"), 0);
	assert_int_equal(f.got_in, f.sent_in);
	assert_int_equal(f.got_out, f.sent_out);
}

/* The command comes between packets of one round: each leaves under the keys of its time. */
static void a_switch_in_the_middle_of_a_round(void **state)
{
	static const uint8_t message[60] = {0xc8, 2};
	struct dp_cmd send = {.kind = DP_CMD_SEND_L2TP};
	struct client old = a;
	struct dp_cmd set;
	uint8_t udp[200];

	(void)state;
	send.u.l2tp.peer = a.slot;
	send.u.l2tp.len = sizeof(message);
	a.open = NULL;
	a.child = 5;
	set = kit_sa_cmd(&a, DP_CMD_SA_OUT_SET, 0x4444);
	for (unsigned i = 0; i < 3; i++)
		assert_true(dp_command(k->dp, 0, &send, message));
	assert_true(dp_command(k->dp, 0, &set, NULL));
	assert_true(dp_command(k->dp, 0, &send, message));
	a.open = burst_sa_new(&a.alg, BURST_OPEN, set.u.sa.enc_key, set.u.sa.auth_key);
	a.spi_out = 0x4444;
	kit_run(k);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(kit_take_udp(k, &old, udp), UDP_HDR + sizeof(message));
	assert_int_equal(kit_take_udp(k, &a, udp), UDP_HDR + sizeof(message));
	burst_sa_free(old.open);
}

/* Messages on SAs that are forgotten in the same round: each leaves as it was meant. */
static void forgotten_keys_have_sealed_what_waits(void **state)
{
	static const uint8_t message[60] = {0xc8, 2};
	struct dp_cmd send = {.kind = DP_CMD_SEND_L2TP};
	struct client was[DP_SA_OUT_MAX + 3];
	uint8_t udp[200];

	(void)state;
	send.u.l2tp.peer = a.slot;
	send.u.l2tp.len = sizeof(message);
	for (uint32_t i = 0; i < DP_SA_OUT_MAX + 3; i++) {
		struct dp_cmd set;

		was[i] = a;
		was[i].child = i + 1;
		was[i].spi_out = 0x4000 + i;
		set = kit_sa_cmd(&was[i], DP_CMD_SA_OUT_SET, 0x4000 + i);
		was[i].open = burst_sa_new(&a.alg, BURST_OPEN, set.u.sa.enc_key, set.u.sa.auth_key);
		assert_true(dp_command(k->dp, 0, &set, NULL));
		assert_true(dp_command(k->dp, 0, &send, message));
	}
	kit_run(k);
	for (uint32_t i = 0; i < DP_SA_OUT_MAX + 3; i++) {
		assert_int_equal(kit_take_udp(k, &was[i], udp), UDP_HDR + sizeof(message));
		burst_sa_free(was[i].open);
	}
}

/* ---- lifetimes ---- */

/* Ciphertext octets of an IP packet of len octets: PPP, L2TP, UDP, trailer, padding. */
static uint64_t cipher_octets(size_t len)
{
	return (len + 4 + 6 + 8 + 2 + 15) / 16 * 16;
}

static void outbound_stops_at_its_limit(void **state)
{
	uint64_t octets = 0;
	unsigned n = 0;
	uint32_t seq;

	(void)state;
	a.soft_kb = 3;
	a.hard_kb = 4;
	assert_true(out_set(0x900, 77));
	while (octets < 3 * 1024) {
		assert_int_equal(k->punts[DP_PUNT_SA_SOFT], 0);
		expect_sent(0x900, ++n);
		octets += cipher_octets(60);
	}
	assert_int_equal(k->punts[DP_PUNT_SA_SOFT], 1);
	assert_int_equal(k->last[DP_PUNT_SA_SOFT].sa_handle, 77);
	assert_int_equal(k->last[DP_PUNT_SA_SOFT].peer_handle, 7001);
	assert_true(k->last[DP_PUNT_SA_SOFT].by_octets);
	assert_false(k->last[DP_PUNT_SA_SOFT].inbound);
	while (octets < 4 * 1024) {
		expect_sent(0x900, ++n);
		octets += cipher_octets(60);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sent_spi(&seq), 0);
	assert_int_equal(kit_counter(k, "esp-lifetime-out"), 3);
	assert_int_equal(k->punts[DP_PUNT_SA_SOFT], 1);
	/* the rekeyed one goes on, and the parked one stays over */
	assert_true(out_set(0x901, 78));
	expect_sent(0x901, 1);
	assert_true(send_on_again(0x900, 77));
	assert_int_equal(sent_spi(&seq), 0);
}

static void inbound_has_a_quarter_of_grace(void **state)
{
	uint64_t octets = 0, accepted = 0;
	size_t len;

	(void)state;
	a.soft_kb = 3;
	a.hard_kb = 4;
	a.child = 78;
	assert_true(kit_sa_in(k, &a, 0xa00));
	for (unsigned i = 0; i < 100; i++) {
		len = kit_ip(ip, a.ip, FAR_HOST, 47, 40);
		kit_send_ip(k, &a, ip, len);
		kit_run(k);
		accepted += octets < 5 * 1024;
		assert_int_equal(kit_counter(k, "user-in"), accepted);
		if (octets < 5 * 1024)
			octets += cipher_octets(len);
		assert_int_equal(k->punts[DP_PUNT_SA_SOFT], octets >= 3 * 1024);
	}
	assert_true(k->last[DP_PUNT_SA_SOFT].inbound);
	assert_true(k->last[DP_PUNT_SA_SOFT].by_octets);
	assert_int_equal(k->last[DP_PUNT_SA_SOFT].sa_handle, 78);
	assert_int_equal(kit_counter(k, "esp-lifetime-in"), 100 - accepted);
	/* what no ICV has proven is not counted */
	assert_true(kit_sa_in(k, &a, 0xb00));
	for (unsigned i = 0; i < 200; i++) {
		uint8_t udp[200], esp[300];
		size_t n = kit_l2tp(&a, udp, ip, len);

		n = kit_seal(k, &a, esp, udp, n, i + 1, IPV4_UDP, false);
		esp[40] ^= 1;
		kit_push(k, &a, esp, n);
	}
	kit_run(k);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), accepted + 1);
}

static void no_limit_is_none(void **state)
{
	(void)state;
	a.child = 5;
	assert_true(kit_sa_in(k, &a, 0xa00));
	kit_worker(k, 0)->sas[slot_map_find(&kit_worker(k, 0)->by_spi, 0xa00)].esp.octets =
		UINT64_C(1) << 50;
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 40));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 1);
	a.hard_kb = UINT32_MAX; /* 4 TiB */
	a.child = 6;
	assert_true(kit_sa_in(k, &a, 0xb00));
	kit_worker(k, 0)->sas[slot_map_find(&kit_worker(k, 0)->by_spi, 0xb00)].esp.octets =
		UINT64_C(1) << 42;
	kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 40));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 2);
	assert_int_equal(k->punts[DP_PUNT_SA_SOFT], 0);
}

/* ---- statistics ---- */

static void statistics_of_a_child(void **state)
{
	const struct dp_sa_stats *s = &k->last[DP_PUNT_SA_STATS].sa_stats;
	uint64_t t0 = k->os.now_ms(k->os.ctx);
	uint8_t udp[200], esp[300];
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 40), n;

	(void)state;
	a.child = 5;
	assert_false(child_cmd(DP_CMD_SA_STATS, 5));
	assert_true(kit_sa_in(k, &a, 0xa00));
	assert_true(child_cmd(DP_CMD_SA_STATS, 5));
	assert_int_equal(s->packets_in + s->last_in_ms + s->sequence_in, 0);
	assert_false(s->sending);
	assert_true(kit_sa_out(k, &a, 0xa01));
	fake_advance(k->fake, 700);
	for (unsigned i = 0; i < 3; i++)
		kit_send_ip(k, &a, ip, len);
	n = kit_seal(k, &a, esp, udp, kit_l2tp(&a, udp, ip, len), 3, IPV4_UDP, false);
	kit_push(k, &a, esp, n);
	n = kit_seal(k, &a, esp, udp, kit_l2tp(&a, udp, ip, len), 9, IPV4_UDP, false);
	esp[n - 1] ^= 1;
	kit_push(k, &a, esp, n);
	kit_run(k);
	fake_advance(k->fake, 700);
	expect_sent(0xa01, 1);
	expect_sent(0xa01, 2);
	fake_advance(k->fake, 700);
	assert_true(child_cmd(DP_CMD_SA_STATS, 5));
	assert_int_equal(k->last[DP_PUNT_SA_STATS].sa_handle, 5);
	assert_int_equal(k->last[DP_PUNT_SA_STATS].peer_handle, 7001);
	assert_int_equal(k->last[DP_PUNT_SA_STATS].cookie, k->cookie);
	assert_int_equal(s->packets_in, 3);
	assert_int_equal(s->octets_in, 3 * cipher_octets(60));
	assert_int_equal(s->packets_out, 2);
	assert_int_equal(s->octets_out, 2 * cipher_octets(60));
	assert_int_equal(s->last_in_ms, t0 + 700);
	assert_int_equal(s->last_out_ms, t0 + 1400);
	assert_int_equal(s->icv_failures, 1);
	assert_int_equal(s->replays, 1);
	assert_int_equal(s->sequence_in, 3);
	assert_int_equal(s->sequence_out, 2);
	assert_true(s->sending);
	assert_true(out_set(0xa02, 6)); /* parked now */
	assert_true(child_cmd(DP_CMD_SA_STATS, 5));
	assert_int_equal(s->packets_out, 2);
	assert_false(s->sending);
}

/* The look-ups grow and shrink: nothing is lost, what went is not found. */
static void a_slot_map_grows(void **state)
{
	enum { KEYS = 20000 };
	struct slot_map m;

	(void)state;
	assert_true(slot_map_init(&m));
	for (uint32_t i = 1; i <= KEYS; i++)
		assert_true(slot_map_add(&m, i * UINT64_C(0x10001), i - 1));
	assert_int_equal(m.used, KEYS);
	for (uint32_t i = 1; i <= KEYS; i += 2)
		slot_map_del(&m, i * UINT64_C(0x10001));
	slot_map_del(&m, 7); /* never there */
	assert_int_equal(m.used, KEYS / 2);
	for (uint32_t i = 1; i <= KEYS; i++)
		assert_int_equal(slot_map_find(&m, i * UINT64_C(0x10001)), i % 2 ? NONE : i - 1);
	slot_map_free(&m);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_parked_sa_goes_on_where_it_stopped),
		T(keys_are_needed_for_what_is_not_parked),
		T(without_its_outbound_sa_a_peer_is_not_sent_to),
		T(parked_sas_have_a_bound),
		T(a_parked_sa_keeps_its_form),
		T(a_peer_goes_with_its_parked_sas),
		T(a_child_moves_to_another_peer),
		T(rekeys_lose_nothing),
		T(a_switch_in_the_middle_of_a_round),
		T(forgotten_keys_have_sealed_what_waits),
		T(outbound_stops_at_its_limit),
		T(inbound_has_a_quarter_of_grace),
		T(no_limit_is_none),
		T(statistics_of_a_child),
		cmocka_unit_test(a_slot_map_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
