/*
 * Versions of NAT traversal (RFC 3947, draft-ietf-ipsec-nat-t-ike-00 to 08): which one
 * is answered, its payload numbers and modes on the wire, and what a client sees of a
 * server that is behind NAT (clients.md 0.1, 0.2, 1.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "quirk.h"

static struct lab lab;

#define NATT_VENDORS (2 * VENDOR_BIT(VENDOR_NATT_APPLE) - 1)

enum { MM1, MM2, MM3, MM4, MM5, MM6, QM1, QM2 };

static void start(enum ike_natt version, bool force, bool shy)
{
	struct ike_config cfg;

	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.natt_version = version;
	cfg.natt_shy = shy;
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.force_encap = force;
	lab_start(&lab, SERVER, &cfg);
}

/* One more vendor id in a first message that is on its way. */
static void add_vendor(struct lab_packet *m, struct bytes id)
{
	size_t at = ISAKMP_HEADER_LEN;

	if (m->b[16] == PAYLOAD_NONE)
		fail();
	while (m->b[at] != PAYLOAD_NONE)
		at += (size_t)m->b[at + 2] << 8 | m->b[at + 3];
	m->b[at] = PAYLOAD_VENDOR_ID;
	memset(m->b + m->len, 0, 4);
	m->b[m->len + 3] = (uint8_t)(id.len + 4);
	memcpy(m->b + m->len + 4, id.p, id.len);
	m->len += id.len + 4;
	m->b[26] = (uint8_t)(m->len >> 8);
	m->b[27] = (uint8_t)m->len;
}

static void add_ms_vendor(struct lab_packet *m, uint8_t version)
{
	uint8_t id[20] = {0};

	memcpy(id, vendor_bytes(VENDOR_MS_NT5).p, 16);
	id[19] = version;
	add_vendor(m, (struct bytes){id, sizeof(id)});
}

/* The client's first message is on its way, nobody has read it. */
static struct lab_packet *dial(void)
{
	lab_dial(&lab);
	lab_actions(&lab, CLIENT);
	return &lab.queue[lab.head % 64];
}

static struct payloads parse_clear(const struct lab_packet *m)
{
	struct payloads p;

	assert_int_equal(
		payloads_parse(m->b[16],
			       (struct bytes){m->b + ISAKMP_HEADER_LEN, m->len - ISAKMP_HEADER_LEN},
			       false, &p),
		DROP_NONE);
	return p;
}

/* Quick Mode messages 1 and 2, decrypted by the server's keys. */
static struct payloads parse_quick(int which, uint8_t plain[1024])
{
	const struct isakmp_sa *sa = craft_sa(&lab, SERVER);
	const struct lab_packet *qm1 = &lab.log[QM1], *m = &lab.log[which];
	struct rd mid = rd_of(qm1->b + 20, 4);
	uint8_t iv[IKE_BLOCK];
	struct payloads p;

	assert_true(keymat_iv_phase2(&sa->key, sa->iv, rd_u32(&mid), iv));
	if (which == QM2)
		memcpy(iv, qm1->b + qm1->len - IKE_BLOCK, IKE_BLOCK);
	assert_int_equal(
		msg_decrypt(&sa->key, iv, (struct bytes){m->b + 28, m->len - 28}, plain, 1024, iv),
		DROP_NONE);
	assert_int_equal(payloads_parse(m->b[16], (struct bytes){plain, m->len - 28}, true, &p),
			 DROP_NONE);
	return p;
}

static unsigned encap_offered(const struct payloads *p)
{
	struct offers o;

	assert_int_equal(offers_parse(payload_first(p, KIND_SA)->body, PHASE_2, &o), DROP_NONE);
	return o.of[0].encap;
}

static void assert_connected(void)
{
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
}

struct row {
	enum ike_natt version;
	uint8_t nat_d, nat_oa;
	unsigned encap, n_oa;
};

static const struct row rows[] = {
	{IKE_NATT_RFC3947, 20, 21, 4, 2},         {IKE_NATT_DRAFT_02, 130, 131, 61444, 1},
	{IKE_NATT_DRAFT_02N, 130, 131, 61444, 1}, {IKE_NATT_DRAFT_03, 130, 131, 61444, 1},
	{IKE_NATT_DRAFT_04, 15, 16, 61444, 2},    {IKE_NATT_DRAFT_05, 15, 16, 61444, 2},
	{IKE_NATT_DRAFT_06, 15, 16, 61444, 2},    {IKE_NATT_DRAFT_07, 15, 16, 61444, 2},
	{IKE_NATT_DRAFT_08, 15, 16, 61444, 2},    {IKE_NATT_APPLE, 15, 16, 4, 2},
};

static void check_wire(const struct row *r)
{
	static uint8_t plain[1024];
	struct payloads p = parse_clear(&lab.log[MM2]);

	assert_int_equal(vendors_of(&p) & NATT_VENDORS, VENDOR_BIT(natt_vendor(r->version)));
	for (int m = MM3; m <= MM4; m++) {
		p = parse_clear(&lab.log[m]);
		assert_int_equal(p.count[KIND_NAT_D], 2);
		assert_int_equal(payload_first(&p, KIND_NAT_D)->type, r->nat_d);
	}
	assert_true(lab.log[MM5].natt);
	for (int m = QM1; m <= QM2; m++) {
		p = parse_quick(m, plain);
		assert_int_equal(encap_offered(&p), r->encap);
		assert_int_equal(p.count[KIND_NAT_OA], r->n_oa);
		assert_int_equal(payload_first(&p, KIND_NAT_OA)->type, r->nat_oa);
	}
}

static void every_version_behind_nat(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ike_sa_info info;

		start(rows[i].version, false, false);
		lab.nat = true;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_true(lab.s[SERVER].keys.udp_encap && lab.s[CLIENT].keys.udp_encap);
		assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
		assert_true(info.natt && info.peer_behind_nat && !info.we_behind_nat);
		assert_int_equal(info.flow.remote.port, 40001);
		assert_true(lab_noted(&lab.s[SERVER], "original-address"));
		check_wire(&rows[i]);
		lab_free(&lab);
	}
}

/* What every capable peer must come to: encapsulation without any NAT. */
static void every_version_is_made_to_encapsulate(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(rows[i].version, true, true);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_true(lab.s[SERVER].keys.udp_encap);
		lab_free(&lab);
		start(rows[i].version, false, false);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_false(lab.s[SERVER].keys.udp_encap);
		lab_free(&lab);
	}
}

/* Drafts 00 and 01 stay on port 500 and put ESP there, where we have none. */
static void oldest_drafts_never_encapsulate(void **state)
{
	(void)state;
	for (enum ike_natt v = IKE_NATT_DRAFT_00; v <= IKE_NATT_DRAFT_01; v++) {
		struct payloads p;

		start(v, true, false);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_false(lab.s[SERVER].keys.udp_encap);
		p = parse_clear(&lab.log[MM3]);
		assert_int_equal(payload_first(&p, KIND_NAT_D)->type, 130);
		lab_free(&lab);
	}
	start(IKE_NATT_DRAFT_00, false, false);
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_non_null(strstr(lab.s[SERVER].texts[2], "stays on port 500"));
	lab_free(&lab);
}

static void the_best_version_is_answered(void **state)
{
	const uint32_t drafts = VENDOR_BIT(VENDOR_NATT_00) | VENDOR_BIT(VENDOR_NATT_02) |
				VENDOR_BIT(VENDOR_NATT_02N) | VENDOR_BIT(VENDOR_NATT_APPLE);
	struct payloads p;

	(void)state;
	assert_int_equal(natt_choose(drafts)->vendor, VENDOR_NATT_02N);
	assert_int_equal(natt_choose(drafts | VENDOR_BIT(VENDOR_NATT_03))->vendor, VENDOR_NATT_03);
	assert_int_equal(natt_choose(drafts | VENDOR_BIT(VENDOR_RFC3947))->vendor, VENDOR_RFC3947);
	assert_int_equal(natt_choose(VENDOR_BIT(VENDOR_NATT_07) | VENDOR_BIT(VENDOR_NATT_04) |
				     VENDOR_BIT(VENDOR_NATT_APPLE))
				 ->vendor,
			 VENDOR_NATT_07);
	assert_null(natt_choose(VENDOR_BIT(VENDOR_DPD) | VENDOR_BIT(VENDOR_XAUTH)));
	/* on the wire: one vendor id, whatever was offered */
	start(IKE_NATT_DRAFT_07, false, false);
	add_vendor(dial(), vendor_bytes(VENDOR_NATT_03));
	add_vendor(&lab.queue[lab.head % 64], vendor_bytes(VENDOR_NATT_02N));
	add_vendor(&lab.queue[lab.head % 64], vendor_bytes(VENDOR_RFC3947));
	lab_settle(&lab);
	p = parse_clear(&lab.log[MM2]);
	assert_int_equal(vendors_of(&p) & NATT_VENDORS, VENDOR_BIT(VENDOR_RFC3947));
	lab_free(&lab);
}

/* What QM2 says that the server has as its address. */
static uint32_t responders_original_address(void)
{
	static uint8_t plain[1024];
	struct payloads p = parse_quick(QM2, plain);
	struct ip_addr a;

	assert_int_equal(p.count[KIND_NAT_OA], 2);
	assert_true(nat_oa_parse(payload_next(&p, payload_first(&p, KIND_NAT_OA))->body, &a));
	return ip4_of(&a);
}

/* clients.md 1.1: a Windows without its registry value meets a server that is behind NAT. */
static void windows_and_a_natted_server(void **state)
{
	(void)state;
	for (int force = 0; force < 2; force++) {
		for (int nat = 0; nat < 2; nat++) {
			struct ike_sa_info info;

			start(IKE_NATT_RFC3947, force, true);
			lab.server_nat = true;
			lab.nat = nat;
			add_ms_vendor(dial(), 9);
			lab_settle(&lab);
			assert_connected();
			assert_true(lab.s[SERVER].keys.udp_encap);
			assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
			assert_string_equal(info.client, "Windows");
			assert_true(info.we_behind_nat);
			assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
			assert_true(info.we_behind_nat); /* or it would not encapsulate */
			assert_int_equal(responders_original_address(), 0xcb007101);
			lab_free(&lab);
		}
	}
	/* others are told the truth */
	start(IKE_NATT_RFC3947, true, true);
	lab.server_nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(responders_original_address(), 0x0a000001);
	lab_free(&lab);
	/* the rig refuses indeed: nobody hides the NAT from another system */
	start(IKE_NATT_RFC3947, false, true);
	lab.server_nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[CLIENT].n_child_up, 0);
	assert_string_equal(lab.s[CLIENT].down_reason, "server-behind-nat");
	lab_free(&lab);
}

/* Without a NAT and without force_encap a Windows goes on with plain ESP, undeceived. */
static void windows_without_nat(void **state)
{
	(void)state;
	start(IKE_NATT_RFC3947, false, true);
	add_ms_vendor(dial(), 8);
	lab_settle(&lab);
	assert_connected();
	assert_false(lab.s[SERVER].keys.udp_encap);
	lab_free(&lab);
}

static void windows_xp_behind_nat(void **state)
{
	struct ike_sa_info info;

	(void)state;
	start(IKE_NATT_DRAFT_02N, true, true);
	lab.nat = true;
	lab.server_nat = true;
	add_ms_vendor(dial(), 4);
	lab_settle(&lab);
	assert_connected();
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_string_equal(info.client_version, "2000, XP or Server 2003");
	assert_true(info.quirks & IKE_QUIRK_HIDE_NAT);
	check_wire(&rows[2]);
	lab_free(&lab);
}

/* Numbers of a version that was not agreed mean nothing, and a private payload that
 * cannot be NAT-D is skipped. */
static void foreign_numbers(void **state)
{
	const struct endpoint us = {ip4_addr(0xcb007101), 500}, peer = {ip4_addr(0xc6336407), 500};
	const struct flow seen = {us, peer};
	const uint8_t cookie[8] = {1};
	struct natt_finding f;
	struct payloads p;
	struct craft c;
	uint8_t hash[32];

	(void)state;
	craft_begin(&c);
	natt_hash(PRIM_SHA256, cookie, cookie, &us, hash);
	craft_add(&c, PAYLOAD_NAT_D_DRAFT, hash, 32);
	craft_add(&c, PAYLOAD_NAT_D_DRAFT, "no hash", 7);
	craft_add(&c, PAYLOAD_NAT_OA_DRAFT4, "x", 1);
	craft_add(&c, PAYLOAD_NAT_D_DRAFT4, hash, 32);
	natt_hash(PRIM_SHA256, cookie, cookie, &peer, hash);
	craft_add(&c, PAYLOAD_NAT_D_DRAFT, hash, 32);
	assert_int_equal(payloads_parse(c.first, craft_chain(&c), false, &p), DROP_NONE);
	assert_int_equal(p.count[KIND_NAT_D], 3);
	assert_int_equal(p.count[KIND_NAT_OA], 0);
	assert_true(natt_find(&natt_rfc3947, PRIM_SHA256, cookie, cookie, &seen, &p, &f));
	assert_false(f.checked);
	assert_true(natt_find(natt_choose(VENDOR_BIT(VENDOR_NATT_03)), PRIM_SHA256, cookie, cookie,
			      &seen, &p, &f));
	assert_true(f.checked && !f.peer_behind_nat && !f.we_behind_nat);
	/* the standard number is always NAT-D: a wrong length is refused */
	craft_begin(&c);
	craft_add(&c, PAYLOAD_NAT_D, "no hash", 7);
	assert_int_equal(payloads_parse(c.first, craft_chain(&c), false, &p), DROP_PAYLOAD_BODY);
}

/* Apple's version has the sender's own address first. */
static void apples_order(void **state)
{
	const struct endpoint us = {ip4_addr(0xcb007101), 500}, peer = {ip4_addr(0xc6336407), 500};
	const struct flow seen = {us, peer};
	const struct natt_variant *apple = natt_choose(VENDOR_BIT(VENDOR_NATT_APPLE));
	const uint8_t cookie[8] = {1};
	struct natt_finding f;
	struct payloads p;
	struct craft c;
	uint8_t hash[2][32];

	(void)state;
	natt_hash(PRIM_SHA256, cookie, cookie, &us, hash[0]);
	natt_hash(PRIM_SHA256, cookie, cookie, &peer, hash[1]);
	for (int own_first = 0; own_first < 2; own_first++) {
		craft_begin(&c);
		craft_add(&c, PAYLOAD_NAT_D_DRAFT4, hash[own_first], 32);
		craft_add(&c, PAYLOAD_NAT_D_DRAFT4, hash[!own_first], 32);
		assert_int_equal(payloads_parse(c.first, craft_chain(&c), false, &p), DROP_NONE);
		assert_true(natt_find(apple, PRIM_SHA256, cookie, cookie, &seen, &p, &f));
		assert_int_equal(f.peer_behind_nat, !own_first);
		assert_int_equal(f.we_behind_nat, !own_first);
	}
}

/* NAT-OA that is no address: counted, and Quick Mode goes on. */
static void broken_original_address(void **state)
{
	static const uint8_t fqdn[] = {2, 0, 0, 0, 'h', 'o', 's', 't'};
	struct craft c;

	(void)state;
	lab_default(&lab);
	craft_establish(&lab);
	craft_sa(&lab, SERVER)->natt = true;
	craft_begin(&c);
	craft_sa_esp(&c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_UDP_TRANSPORT, 0);
	craft_nonce(&c);
	craft_add(&c, PAYLOAD_NAT_OA, fqdn, sizeof(fqdn));
	craft_send(&lab, EXCHANGE_QUICK, 1, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab_drops(&lab.s[SERVER], "nat-oa-malformed"), 1);
	assert_int_equal(lab.s[SERVER].n_add, 1);
	assert_false(lab_noted(&lab.s[SERVER], "original-address"));
	lab_free(&lab);
}

/* A host name as IDci (Windows XP): the address is the one that NAT-OA tells, when it is one of
 * the same family. */
static void host_name_with_original_address(void **state)
{
	static const uint8_t v4[] = {1, 0, 0, 0, 10, 7, 0, 9}, v6[20] = {5, [19] = 1};
	static const struct {
		struct bytes oa;
		uint32_t remote;
	} told[] = {{{v4, sizeof(v4)}, 0x0a070009}, {{v6, sizeof(v6)}, 0xc0a80002}};
	static const uint8_t server[] = {203, 0, 113, 1};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct craft c;

		lab_default(&lab);
		craft_establish(&lab);
		craft_sa(&lab, SERVER)->natt = true;
		craft_begin(&c);
		craft_sa_esp(&c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_UDP_TRANSPORT, 0);
		craft_nonce(&c);
		craft_id(&c, ID_FQDN, 17, 1701, "xp", 2);
		craft_id(&c, ID_IPV4_ADDR, 17, 1701, server, 4);
		craft_add(&c, PAYLOAD_NAT_OA, told[i].oa.p, told[i].oa.len);
		craft_send(&lab, EXCHANGE_QUICK, 1, c.first, craft_chain(&c), NULL);
		assert_int_equal(lab.s[SERVER].n_add, 1);
		assert_int_equal(ip4_of(&lab.s[SERVER].keys.remote_ip), told[i].remote);
		assert_true(lab_noted(&lab.s[SERVER], "original-address"));
		lab_free(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_behind_nat),
		cmocka_unit_test(every_version_is_made_to_encapsulate),
		cmocka_unit_test(oldest_drafts_never_encapsulate),
		cmocka_unit_test(the_best_version_is_answered),
		cmocka_unit_test(windows_and_a_natted_server),
		cmocka_unit_test(windows_without_nat),
		cmocka_unit_test(windows_xp_behind_nat),
		cmocka_unit_test(foreign_numbers),
		cmocka_unit_test(apples_order),
		cmocka_unit_test(broken_original_address),
		cmocka_unit_test(host_name_with_original_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
