/*
 * Key material: NIST SP 800-135 IKEv1 vectors, and a recorded Main Mode with Quick
 * Mode whose shared secret begins with a zero octet (captures: rub-nds).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "test_files.h"

#define PLAIN_MAX 2048 /* octets of the longest recorded message */

struct blob {
	uint8_t b[PLAIN_MAX];
	size_t len;
};

static struct bytes from_hex(struct blob *x, const char *hex)
{
	int n = hex_bytes(hex, x->b, sizeof(x->b));

	assert_true(n >= 0);
	x->len = (size_t)n;
	return (struct bytes){x->b, x->len};
}

static void assert_hex(const uint8_t *got, const char *hex)
{
	struct blob want;

	from_hex(&want, hex);
	assert_memory_equal(got, want.b, want.len);
}

static void nist_psk(void **state)
{
	struct keymat k = {.hash = PRIM_SHA1, .hash_len = 20, .key_len = 16};
	struct blob g, psk, ni, nr, ci, cr;
	struct keymat_seed s;

	(void)state;
	s.g_xy = from_hex(&g, "739003ba2c11c982946c65e26acf661fbf8ebb78011a9fead79efa12fe3e71cc");
	s.ni = from_hex(&ni, "b9a2d0e922dc66dd");
	s.nr = from_hex(&nr, "2130166863b5ddef");
	s.cky_i = from_hex(&ci, "83d374c30b3b5082");
	s.cky_r = from_hex(&cr, "5afc0da06c728029");
	assert_true(keymat_skeyid_psk(&k, from_hex(&psk, "75"), s.ni, s.nr));
	assert_hex(k.skeyid, "62b04d112877e442fc3282fc37c076997718a0b9");
	assert_true(keymat_derive(&k, &s));
	assert_hex(k.d, "369e5aad1bdb5faf6a3d929d500cdc236710a9ab");
	assert_hex(k.a, "588e957d8d790d093b3a39f121473473af78e9bb");
	assert_hex(k.e, "cd74b0c048219db81384d3fda8f6cda51e398a2b");
	assert_memory_equal(k.enc_key, k.e, 16);
}

/* Given SKEYID the rest does not depend on how the peers authenticate. */
static void nist_signature(void **state)
{
	struct keymat k = {.hash = PRIM_SHA1, .hash_len = 20, .key_len = 16};
	struct blob g, ci, cr, skeyid;
	struct keymat_seed s = {0};

	(void)state;
	s.g_xy = from_hex(&g, "8ba4cbc73c0187301dc19a975823854dbd641c597f637f8d053a83b9514673eb");
	s.cky_i = from_hex(&ci, "8c3bcd3a69831d7f");
	s.cky_r = from_hex(&cr, "d2d9a7ff4fbe95a7");
	from_hex(&skeyid, "707197817fb2d90cf54d1842606bdea59b9f4823");
	memcpy(k.skeyid, skeyid.b, 20);
	assert_true(keymat_derive(&k, &s));
	assert_hex(k.d, "384be709a8a5e63c3ed160cfe3921c4b37d5b32d");
	assert_hex(k.a, "48b327575abe3adba0f279849e289022a13e2b47");
	assert_hex(k.e, "a4a415c8e0c38c0da847c356cc61c24df8025560");
}

/* Appendix B: a key longer than the hash is stretched. */
static void long_cipher_key(void **state)
{
	struct keymat k = {.hash = PRIM_SHA1, .hash_len = 20, .key_len = 32};
	static const uint8_t zero, cookie[8] = {1};
	uint8_t k1[20], k2[20];
	struct keymat_seed s = {.cky_i = {cookie, 8}, .cky_r = {cookie, 8}, .g_xy = {cookie, 8}};
	const struct bytes part0 = {&zero, 1}, part1 = {k1, 20};

	(void)state;
	assert_true(keymat_derive(&k, &s));
	prim_hmac(PRIM_SHA1, (struct bytes){k.e, 20}, &part0, 1, k1);
	prim_hmac(PRIM_SHA1, (struct bytes){k.e, 20}, &part1, 1, k2);
	assert_memory_equal(k.enc_key, k1, 20);
	assert_memory_equal(k.enc_key + 20, k2, 12);
	assert_memory_not_equal(k.enc_key, k.e, 16);
}

/* 3DES takes 24 octets, which neither MD5 nor SHA-1 has; expected by another program. */
static void long_3des_key(void **state)
{
	static const struct {
		enum prim_hash hash;
		const char *key;
	} rows[] = {
		{PRIM_MD5, "d2bfbe594a525bdfa7b3b9ecb9d1cf9c5116350740b2c7e8"},
		{PRIM_SHA1, "865ae886c21e50e735b18f206f6e9211d6733d5e75f31c8e"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct keymat k = {.hash = rows[i].hash, .cipher = PRIM_3DES_CBC, .key_len = 24};

		k.hash_len = (uint8_t)prim_hash_len(k.hash);
		for (uint8_t n = 0; n < k.hash_len; n++)
			k.e[n] = (uint8_t)(n + 1);
		assert_true(keymat_cipher_key(&k));
		assert_hex(k.enc_key, rows[i].key);
	}
}

/* Appendix B: "the first eight (8) non-weak and non-semi-weak bytes". */
static void des_keys_are_not_weak(void **state)
{
	struct keymat k = {.hash = PRIM_SHA1, .hash_len = 20, .cipher = PRIM_DES_CBC, .key_len = 8};

	(void)state;
	for (uint8_t n = 0; n < 20; n++)
		k.e[n] = (uint8_t)(17 * n + 3);
	assert_true(keymat_cipher_key(&k));
	assert_memory_equal(k.enc_key, k.e, 8);
	memset(k.e, 0x01, 8);
	assert_true(keymat_cipher_key(&k));
	assert_memory_equal(k.enc_key, k.e + 8, 8);
	memset(k.e, 0xfe, 16);
	assert_false(keymat_cipher_key(&k));
	k.cipher = PRIM_3DES_CBC;
	k.key_len = 24;
	k.hash = PRIM_SHA256;
	k.hash_len = 32;
	for (uint8_t n = 0; n < 24; n++)
		k.e[n] = (uint8_t)(17 * n + 3);
	assert_true(keymat_cipher_key(&k));
	memcpy(k.e + 8, k.e, 8);
	assert_false(keymat_cipher_key(&k));
}

/* ISAKMP messages of a pcap of Ethernet frames with IPv4; returns how many. */
static unsigned read_pcap(const char *name, struct blob *out, unsigned max)
{
	static uint8_t file[65536];
	FILE *f = captures_open(name);
	struct rd r;
	unsigned n = 0;

	if (!f)
		return 0;
	r = rd_of(file, fread(file, 1, sizeof(file), f));
	fclose(f);
	rd_skip(&r, 24);
	while (n < max && rd_left(&r) > 16) {
		struct rd ip;
		uint8_t first;

		rd_skip(&r, 8);
		ip = rd_sub(&r, __builtin_bswap32(rd_u32(&r)) + 4);
		rd_skip(&ip, 4 + 14);
		first = rd_u8(&ip);
		rd_skip(&ip, 4u * (first & 0xf) - 1 + 8);
		assert_true(rd_ok(&ip) && rd_left(&ip) <= sizeof(out->b));
		out[n].len = rd_left(&ip);
		memcpy(out[n].b, ip.p, out[n].len);
		n++;
	}
	return n;
}

/* ---- the recorded handshake ---- */

struct recorded {
	struct blob msg[9];
	unsigned n;
	char skeyid[64], g_xy[300], key[64], iv0[64];
};

static bool read_recorded(struct recorded *r)
{
	FILE *f = captures_open("rub-nds/handshakes.txt");
	char line[2048];
	bool in = false;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "== ", 3) == 0)
			in = strncmp(line, "== main-psk 9", 13) == 0;
		if (!in)
			continue;
		if ((line[0] == 'I' || line[0] == 'R') && r->n < 9)
			from_hex(&r->msg[r->n++], line + 2);
		sscanf(line, "g_xy = %299s", r->g_xy);
		sscanf(line, "skeyid = %63s", r->skeyid);
		sscanf(line, "key = %63s", r->key);
		sscanf(line, "iv0 = %63s", r->iv0);
	}
	fclose(f);
	return true;
}

static void parse(struct blob *m, struct isakmp_header *h, struct bytes *body)
{
	assert_int_equal(isakmp_header_parse((struct bytes){m->b, m->len}, h, body), DROP_NONE);
}

static struct bytes body_of(struct blob *m, enum payload_kind kind)
{
	struct isakmp_header h;
	struct bytes body;
	struct payloads p;

	parse(m, &h, &body);
	assert_int_equal(payloads_parse(h.next, body, false, &p), DROP_NONE);
	return payload_first(&p, kind)->body;
}

static void decrypt(struct blob *m, const struct keymat *k, uint8_t iv[16], uint8_t *plain,
		    struct payloads *p)
{
	struct isakmp_header h;
	struct bytes body;

	parse(m, &h, &body);
	assert_int_equal(msg_decrypt(k, iv, body, plain, PLAIN_MAX, iv), DROP_NONE);
	assert_int_equal(payloads_parse(h.next, (struct bytes){plain, body.len}, true, p),
			 DROP_NONE);
}

static void check_auth(const struct keymat *k, struct recorded *r, bool initiator,
		       const struct payloads *p)
{
	struct bytes gxi = body_of(&r->msg[2], KIND_KE), gxr = body_of(&r->msg[3], KIND_KE);
	struct bytes ci = {r->msg[1].b, 8}, cr = {r->msg[1].b + 8, 8};
	const struct bytes parts[6] = {
		initiator ? gxi : gxr,        initiator ? gxr : gxi,
		initiator ? ci : cr,          initiator ? cr : ci,
		body_of(&r->msg[0], KIND_SA), payload_first(p, KIND_ID)->body};
	uint8_t hash[64];

	assert_true(keymat_auth_hash(k, parts, hash));
	assert_int_equal(payload_first(p, KIND_HASH)->body.len, 20);
	assert_memory_equal(hash, payload_first(p, KIND_HASH)->body.p, 20);
}

static void check_quick(const struct keymat *k, struct recorded *r, const uint8_t last[16])
{
	struct isakmp_sa sa = {.key = *k};
	uint8_t iv[16], plain[3][PLAIN_MAX], hash[64], zero_mid[5] = {0, 0x25, 0x9c, 0xf1, 0x33};
	struct payloads p[3];
	uint8_t keys[36];

	assert_true(keymat_iv_phase2(k, last, 0x259cf133, iv));
	for (int i = 0; i < 3; i++)
		decrypt(&r->msg[6 + i], k, iv, plain[i], &p[i]);
	struct bytes ni = payload_first(&p[0], KIND_NONCE)->body;
	struct bytes nr = payload_first(&p[1], KIND_NONCE)->body;
	const struct bytes third[] = {{zero_mid, 5}, ni, nr};

	assert_true(quick_hash_check(&sa, 0x259cf133, (struct bytes){NULL, 0}, &p[0]));
	assert_true(quick_hash_check(&sa, 0x259cf133, ni, &p[1]));
	assert_false(quick_hash_check(&sa, 0x259cf133, nr, &p[1]));
	assert_true(keymat_hash(k, third, 3, hash));
	assert_memory_equal(hash, payload_first(&p[2], KIND_HASH)->body.p, 20);
	assert_true(
		keymat_child(k, (struct bytes){NULL, 0}, PROTO_ESP, 0xb75ad16c, ni, nr, keys, 36));
	assert_hex(keys, "ee2d6de38f33b3705cc34cc0ce363db1"
			 "bdd4116f6260e980f891dca5498d421d19ad66e5");
	assert_true(
		keymat_child(k, (struct bytes){NULL, 0}, PROTO_ESP, 0xc6bf8b4d, ni, nr, keys, 36));
	assert_hex(keys, "7b37d7732a9d29267d354445dc11073e"
			 "94b2d2b4b021c21a0073435ed53748f333332d42");
}

static void recorded_main_and_quick_mode(void **state)
{
	static struct recorded r;
	struct keymat k = {.hash = PRIM_SHA1, .hash_len = 20, .key_len = 16};
	struct payloads p;
	struct keymat_seed s;
	struct blob g;
	uint8_t iv[16], plain[PLAIN_MAX];

	(void)state;
	if (!read_recorded(&r))
		skip();
	assert_int_equal(r.n, 9);
	s.g_xy = from_hex(&g, r.g_xy);
	assert_int_equal(s.g_xy.len, 128);
	assert_int_equal(s.g_xy.p[0], 0); /* the leading zero that must be kept */
	s.ni = body_of(&r.msg[2], KIND_NONCE);
	s.nr = body_of(&r.msg[3], KIND_NONCE);
	s.cky_i = (struct bytes){r.msg[1].b, 8};
	s.cky_r = (struct bytes){r.msg[1].b + 8, 8};
	assert_true(keymat_skeyid_psk(&k, (struct bytes){(const uint8_t *)"AAAA", 4}, s.ni, s.nr));
	assert_hex(k.skeyid, r.skeyid);
	assert_true(keymat_derive(&k, &s));
	assert_hex(k.enc_key, r.key);
	assert_true(keymat_iv(&k, body_of(&r.msg[2], KIND_KE), body_of(&r.msg[3], KIND_KE), iv));
	assert_hex(iv, r.iv0);
	decrypt(&r.msg[4], &k, iv, plain, &p);
	check_auth(&k, &r, true, &p);
	decrypt(&r.msg[5], &k, iv, plain, &p);
	check_auth(&k, &r, false, &p);
	check_quick(&k, &r, iv);
}

/* 3DES and MD5 (ikev1-certs.pcap with its published key): IVs of 8 octets, phase 1 chain and
 * Quick Mode. */
static void recorded_3des_messages(void **state)
{
	static struct blob m[10];
	struct keymat k = {
		.hash = PRIM_MD5, .hash_len = 16, .cipher = PRIM_3DES_CBC, .key_len = 24};
	uint8_t iv[IKE_BLOCK], first[IKE_BLOCK], plain[PLAIN_MAX];
	struct bytes ke[2];
	struct payloads p;
	struct ike_id id;
	struct rd mid;

	(void)state;
	if (read_pcap("wireshark-test/ikev1-certs.pcap", m, 10) < 7)
		skip();
	from_hex(&m[9], "735be0cb62f82675c4f7bf8fbab9b56834ba76d6ab4fa240");
	memcpy(k.enc_key, m[9].b, 24);
	for (unsigned i = 0; i < 2; i++) {
		struct bytes body = {m[2 + i].b + ISAKMP_HEADER_LEN,
				     m[2 + i].len - ISAKMP_HEADER_LEN};

		assert_int_equal(payloads_parse(m[2 + i].b[16], body, false, &p), DROP_NONE);
		ke[i] = payload_first(&p, KIND_KE)->body;
	}
	assert_true(keymat_iv(&k, ke[0], ke[1], iv));
	decrypt(&m[4], &k, iv, plain, &p);
	assert_true(id_parse(payload_first(&p, KIND_ID)->body, &id));
	assert_memory_equal(id.data, "\xc0\xa8\x0c\x76", 4);
	decrypt(&m[5], &k, iv, plain, &p);
	assert_non_null(payload_first(&p, KIND_ID));
	mid = rd_of(m[6].b + 20, 4);
	assert_true(keymat_iv_phase2(&k, iv, rd_u32(&mid), first));
	decrypt(&m[6], &k, first, plain, &p);
	assert_non_null(payload_first(&p, KIND_HASH));
	assert_non_null(payload_first(&p, KIND_SA));
	assert_non_null(payload_first(&p, KIND_KE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_psk),
		cmocka_unit_test(nist_signature),
		cmocka_unit_test(long_cipher_key),
		cmocka_unit_test(long_3des_key),
		cmocka_unit_test(des_keys_are_not_weak),
		cmocka_unit_test(recorded_3des_messages),
		cmocka_unit_test(recorded_main_and_quick_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
