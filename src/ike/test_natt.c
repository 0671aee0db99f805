/*
 * NAT traversal (RFC 3947): NAT-D hashes and findings, original addresses, and the
 * answers that make a client use UDP encapsulation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"

static struct lab lab;
static const uint8_t cky_i[8] = {1, 2, 3, 4, 5, 6, 7, 8}, cky_r[8] = {9, 8, 7, 6, 5, 4, 3, 2};

/* NAT-D payloads: for us (d), then sources. */
static struct natt_finding find(const struct flow *seen, const struct endpoint *dst,
				const struct endpoint *src, unsigned n_src)
{
	struct natt_finding f;
	struct payloads p;
	struct craft c;
	uint8_t hash[64];

	craft_begin(&c);
	if (dst) {
		natt_hash(PRIM_SHA256, cky_i, cky_r, dst, hash);
		craft_add(&c, PAYLOAD_NAT_D, hash, 32);
	}
	for (unsigned i = 0; i < n_src; i++) {
		natt_hash(PRIM_SHA256, cky_i, cky_r, &src[i], hash);
		craft_add(&c, PAYLOAD_NAT_D, hash, 32);
	}
	assert_int_equal(payloads_parse(c.first, craft_chain(&c), false, &p), DROP_NONE);
	assert_true(natt_find(&natt_rfc3947, PRIM_SHA256, cky_i, cky_r, seen, &p, &f));
	f.ours = (struct bytes){NULL, 0}; /* points into c */
	return f;
}

static void hash_is_cookies_address_port(void **state)
{
	const struct endpoint e = {ip4_addr(0xc0a80102), 500};
	const uint8_t flat[] = {1, 2, 3, 4, 5, 6,   7,   8, 9, 8, 7,
				6, 5, 4, 3, 2, 192, 168, 1, 2, 1, 0xf4};
	const struct bytes part = {flat, sizeof(flat)};
	uint8_t got[64], want[64];

	(void)state;
	for (enum prim_hash h = PRIM_SHA1; h <= PRIM_SHA512; h++) {
		assert_true(natt_hash(h, cky_i, cky_r, &e, got));
		assert_true(prim_hash(h, &part, 1, want));
		assert_memory_equal(got, want, prim_hash_len(h));
	}
}

static void findings(void **state)
{
	const struct endpoint us = {ip4_addr(0xcb007101), 500}, peer = {ip4_addr(0xc6336407), 500};
	const struct endpoint inner = {ip4_addr(0xc0a80002), 500};
	const struct endpoint port = {ip4_addr(0xc6336407), 1024};
	const struct endpoint several[3] = {inner, port, peer};
	const struct flow seen = {us, peer};
	struct natt_finding f;

	(void)state;
	f = find(&seen, &us, &peer, 1);
	assert_true(f.checked && !f.peer_behind_nat && !f.we_behind_nat);
	f = find(&seen, &us, &inner, 1);
	assert_true(f.checked && f.peer_behind_nat && !f.we_behind_nat);
	f = find(&seen, &us, &port, 1); /* only the port was changed */
	assert_true(f.peer_behind_nat);
	f = find(&seen, &inner, &peer, 1);
	assert_true(f.checked && !f.peer_behind_nat && f.we_behind_nat);
	f = find(&seen, &us, several, 3); /* a host with several addresses */
	assert_true(f.checked && !f.peer_behind_nat);
	f = find(&seen, &us, NULL, 0); /* one NAT-D alone says nothing */
	assert_false(f.checked);
	f = find(&seen, NULL, NULL, 0);
	assert_false(f.checked);
}

static void original_addresses(void **state)
{
	const uint8_t v4[] = {1, 0, 0, 0, 192, 168, 0, 2},
		      fqdn[] = {2, 0, 0, 0, 'h', 'o', 's', 't'};
	uint8_t v6[20] = {5, [19] = 1}, buf[24];
	struct wr w = wr_of(buf, sizeof(buf));
	struct ip_addr a;

	(void)state;
	assert_true(nat_oa_parse((struct bytes){v4, 8}, &a));
	assert_int_equal(ip4_of(&a), 0xc0a80002);
	nat_oa_write(&w, &a);
	assert_int_equal(w.len, 8);
	assert_memory_equal(buf, v4, 8);
	assert_true(nat_oa_parse((struct bytes){v6, 20}, &a));
	assert_int_equal(a.family, 6);
	assert_false(nat_oa_parse((struct bytes){fqdn, 8}, &a));
	assert_false(nat_oa_parse((struct bytes){v4, 7}, &a));
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

/* clients.md 1.1: the server returns the client's own hash of it, and noise for the client. */
static void forced_encapsulation_on_the_wire(void **state)
{
	struct ike_config cfg;
	struct payloads m3, m4;
	const struct payload *d3, *d4;
	uint8_t hash[64];

	(void)state;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.force_encap = true;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	m3 = parse_clear(&lab.log[2]);
	m4 = parse_clear(&lab.log[3]);
	d3 = payload_first(&m3, KIND_NAT_D);
	d4 = payload_first(&m4, KIND_NAT_D);
	assert_int_equal(m4.count[KIND_NAT_D], 2);
	natt_hash(PRIM_SHA256, lab.log[2].b, lab.log[2].b + 8, &lab.log[2].flow.remote, hash);
	assert_memory_not_equal(d4->body.p, hash, 32);
	assert_true(bytes_eq(payload_next(&m4, d4)->body, d3->body));
	/* message 5 leaves for port 4500, with the marker */
	assert_true(lab.log[4].natt);
	assert_int_equal(lab.log[4].flow.local.port, 4500);
	lab_free(&lab);
}

/* RFC 3947 5.2: QM2 carries the addresses as the server sees them. */
static void original_addresses_in_message_2(void **state)
{
	struct isakmp_sa *sa;
	uint8_t iv[16], plain[512];
	struct payloads p;
	struct ip_addr i, r;
	struct lab_packet *qm1, *qm2;

	(void)state;
	lab_default(&lab);
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	sa = craft_sa(&lab, SERVER);
	qm1 = &lab.log[6];
	qm2 = &lab.log[7];
	memcpy(iv, qm1->b + qm1->len - 16, 16);
	assert_int_equal(msg_decrypt(&sa->key, iv, (struct bytes){qm2->b + 28, qm2->len - 28},
				     plain, sizeof(plain), iv),
			 DROP_NONE);
	assert_int_equal(payloads_parse(qm2->b[16], (struct bytes){plain, qm2->len - 28}, true, &p),
			 DROP_NONE);
	assert_int_equal(p.count[KIND_NAT_OA], 2);
	assert_true(nat_oa_parse(payload_first(&p, KIND_NAT_OA)->body, &i));
	assert_true(nat_oa_parse(payload_next(&p, payload_first(&p, KIND_NAT_OA))->body, &r));
	assert_int_equal(ip4_of(&i), 0xc6336407); /* the NAT's outer address */
	assert_int_equal(ip4_of(&r), 0xcb007101);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_cookies_address_port),
		cmocka_unit_test(findings),
		cmocka_unit_test(original_addresses),
		cmocka_unit_test(forced_encapsulation_on_the_wire),
		cmocka_unit_test(original_addresses_in_message_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
