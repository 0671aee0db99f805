/* Unit tests of prim.h's Diffie-Hellman: vectors, the primes themselves, degenerate values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bn.h>

#include "crypto/prim.h"
#include "test_files.h"

static const unsigned all_groups[] = {1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21};
#define N_GROUPS (sizeof(all_groups) / sizeof(all_groups[0]))
#define N_MODP   8 /* the first ones of all_groups */

static void both_sides_agree(void **state)
{
	static uint8_t ya[PRIM_DH_PUBLIC_MAX], yb[PRIM_DH_PUBLIC_MAX];
	static uint8_t za[PRIM_DH_SECRET_MAX], zb[PRIM_DH_SECRET_MAX];

	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		unsigned g = all_groups[i];
		size_t len = prim_dh_public_len(g);
		struct prim_dh *a = prim_dh_generate(g), *b = prim_dh_generate(g);

		assert_true(prim_dh_known(g));
		assert_non_null(a);
		assert_non_null(b);
		assert_true(prim_dh_public(a, ya) && prim_dh_public(b, yb));
		assert_memory_not_equal(ya, yb, len);
		assert_true(prim_dh_derive(a, (struct bytes){yb, len}, za));
		assert_true(prim_dh_derive(b, (struct bytes){ya, len}, zb));
		assert_memory_equal(za, zb, prim_dh_secret_len(g));
		prim_dh_free(a);
		prim_dh_free(b);
	}
	for (unsigned g = 0; g < 70000; g++)
		if (!(g == 1 || g == 2 || g == 5 || (g >= 14 && g <= 21)))
			assert_true(!prim_dh_known(g) && prim_dh_public_len(g) == 0 &&
				    prim_dh_secret_len(g) == 0);
	assert_null(prim_dh_generate(3));
	assert_null(prim_dh_from_private(22, (struct bytes){(const uint8_t *)"x", 1}));
	prim_dh_free(NULL);
}

static void assert_agreement(unsigned g, const char *x_hex, const char *y_hex, const char *peer_hex,
			     const char *secret_hex)
{
	static uint8_t x[1024], want[1024], out[1024], peer[1024];
	struct prim_dh *dh = prim_dh_from_private(g, hex_bytes(x_hex, x, sizeof(x)));
	struct bytes p = hex_bytes(peer_hex, peer, sizeof(peer));
	struct bytes w;

	assert_non_null(dh);
	if (y_hex) {
		w = hex_bytes(y_hex, want, sizeof(want));
		assert_int_equal(w.len, prim_dh_public_len(g));
		assert_true(prim_dh_public(dh, out));
		assert_memory_equal(out, want, w.len);
	}
	w = hex_bytes(secret_hex, want, sizeof(want));
	assert_int_equal(w.len, prim_dh_secret_len(g));
	assert_true(prim_dh_derive(dh, p, out));
	assert_memory_equal(out, want, w.len);
	prim_dh_free(dh);
}

/* RFC 5903 section 8.1, 8.3 and RFC 5114 A.6: the typed ones need no file. */
static void ecp_vectors(void **state)
{
	(void)state;
	assert_agreement(19, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
			 "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
			 "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
			 "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
			 "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
			 "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
	/* RFC 5114 appendix A.6: the same group, other numbers */
	assert_agreement(19, "814264145f2f56f2e96a8e337a1284993faf432a5abce59e867b7291d507a3af",
			 "2af502f3be8952f2c9b5a8d4160d09e97165be50bc42ae4a5e8d3b4ba83aeb15"
			 "eb0faf4ca986c4d38681a0f9872d79d56795bd4bff6e6de3c0f5015ece5efd85",
			 "b120de4aa36492795346e8de6c2c8646ae06aaea279fa775b3ab0715f6ce51b0"
			 "9f1b7eece20d7b5ed8ec685fa3f071d83727027092a8411385c34dde5708b2b6",
			 "dd0f5396219d1ea393310412d19a08f1f5811e9dc8ec8eea7f80d21c820c2788");
	assert_agreement(21,
			 "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
			 "95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d"
			 "4a52",
			 "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
			 "e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176c"
			 "ed3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4"
			 "a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3"
			 "926f9582",
			 "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
			 "9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9"
			 "460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d985207"
			 "7b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd1"
			 "7f0fc56a",
			 "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
			 "d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3"
			 "ddea");
}

/* Of vectors.txt: agreement in every MODP group, one secret with a leading zero
 * octet, and RFC 5903's. */
static void agreement_vectors(void **state)
{
	static struct vector v;
	FILE *f = captures_open("vectors/vectors.txt");
	unsigned modp = 0, ecp = 0, zero = 0;

	(void)state;
	if (!f)
		skip();
	while (vector_next(f, &v)) {
		const char *group = vector_text(&v, "group");
		unsigned g = group ? (unsigned)strtoul(group, NULL, 10) : 2;

		if (vector_text(&v, "xi") && vector_text(&v, "shared")) {
			const char *z = vector_text(&v, "shared");

			assert_agreement(g, vector_text(&v, "xi"), vector_text(&v, "yi"),
					 vector_text(&v, "yr"), z);
			if (vector_text(&v, "yi"))
				assert_agreement(g, vector_text(&v, "xr"), vector_text(&v, "yr"),
						 vector_text(&v, "yi"), z);
			modp++;
			zero += z[0] == '0' && z[1] == '0';
		} else if (vector_text(&v, "shared_x")) {
			assert_agreement(g, vector_text(&v, "i"), vector_text(&v, "gi"),
					 vector_text(&v, "gr"), vector_text(&v, "shared_x"));
			assert_agreement(g, vector_text(&v, "r"), vector_text(&v, "gr"),
					 vector_text(&v, "gi"), vector_text(&v, "shared_x"));
			ecp++;
		}
	}
	fclose(f);
	assert_int_equal(modp, 9);
	assert_int_equal(ecp, 2);
	assert_true(zero >= 1);
}

/* Group 1, exponents found by search, values computed with Python: the public value
 * 2^769 and the secret both begin with zero octets, and none of them may go. */
static void leading_zeros_stay(void **state)
{
	static const char y[] = "00000000000000006de04abbbd2e7b9676733ae8fe47c65dadfb63eeeb306717"
				"fbe882b389d8c9bb5d6bef0ce397f64420d5cc98658b79c99fa9eb241b41d791"
				"603d9525255c7b7436f495133b43027217677a2cb38b93be0000000000000002";
	static const char peer[] =
		"0000000000000000000000000000000000000000000000000000000000000080"
		"0000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000";
	static const char z[] = "00b1469e872cbf242e2f6ab0b36b8ba618d80a8afbe76932f3bf93585741ff0d"
				"a60c6394585e486e40f52cff11e6670a837dedee2a07bcb196862cff9d799668"
				"eb48a0045f0f7e433a68d40ae79266b9e4b3ef60608e8c706caf72b3ec7b0374";

	(void)state;
	assert_int_equal(strncmp(y, "0000", 4) | strncmp(z, "00", 2), 0);
	assert_agreement(1, "0301", y, peer, z);
	assert_agreement(1, "0207", peer, y, z);
}

/* 2^bits * arctan(1/n) by its series; the error is a few units of the last place. */
static void arctan_inverse(BIGNUM *sum, BN_ULONG n, int bits)
{
	BIGNUM *power = BN_new(), *term = BN_new();

	BN_zero(sum);
	BN_one(power);
	BN_lshift(power, power, bits);
	BN_div_word(power, n);
	for (BN_ULONG k = 1; !BN_is_zero(power); k += 2) {
		BN_copy(term, power);
		BN_div_word(term, k);
		if (k % 4 == 1)
			BN_add(sum, sum, term);
		else
			BN_sub(sum, sum, term);
		BN_div_word(power, n * n);
	}
	BN_free(power);
	BN_free(term);
}

/* 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + c), pi by Machin's formula. */
static BIGNUM *prime_by_formula(int n, BN_ULONG c)
{
	BIGNUM *pi = BN_new(), *t = BN_new(), *p = BN_new();

	arctan_inverse(pi, 5, n + 64);
	arctan_inverse(t, 239, n + 64);
	BN_mul_word(pi, 16);
	BN_mul_word(t, 4);
	BN_sub(pi, pi, t);
	BN_rshift(pi, pi, 64 + 130);
	BN_add_word(pi, c);
	BN_lshift(pi, pi, 64);
	BN_one(p);
	BN_lshift(p, p, n);
	BN_one(t);
	BN_lshift(t, t, n - 64);
	BN_sub(p, p, t);
	BN_sub_word(p, 1);
	BN_add(p, p, pi);
	BN_free(pi);
	BN_free(t);
	return p;
}

/* The prime in use: 2^n mod p is 2^n - p, because p has n bits. */
static BIGNUM *prime_in_use(unsigned group)
{
	static uint8_t y[PRIM_DH_PUBLIC_MAX];
	size_t len = prim_dh_public_len(group);
	uint8_t x[2] = {(uint8_t)(len * 8 >> 8), (uint8_t)(len * 8)};
	struct prim_dh *dh = prim_dh_from_private(group, (struct bytes){x, 2});
	BIGNUM *p = BN_new(), *rest;

	assert_non_null(dh);
	assert_true(prim_dh_public(dh, y));
	prim_dh_free(dh);
	rest = BN_bin2bn(y, (int)len, NULL);
	BN_one(p);
	BN_lshift(p, p, (int)len * 8);
	BN_sub(p, p, rest);
	BN_free(rest);
	return p;
}

/* RFC 2409 6.1, 6.2; RFC 3526 sections 2 to 7. */
static void primes_are_the_rfcs(void **state)
{
	static const BN_ULONG c[] = {149686,  129093, 741804, 124476,
				     1690314, 240904, 929484, 4743158};

	(void)state;
	for (unsigned i = 0; i < N_MODP; i++) {
		BIGNUM *used = prime_in_use(all_groups[i]);
		BIGNUM *want = prime_by_formula((int)prim_dh_public_len(all_groups[i]) * 8, c[i]);

		assert_int_equal(BN_cmp(used, want), 0);
		BN_free(used);
		BN_free(want);
	}
}

static void assert_refused(const struct prim_dh *dh, struct bytes peer, size_t secret_len)
{
	static uint8_t out[PRIM_DH_SECRET_MAX];

	memset(out, 0x55, sizeof(out));
	assert_false(prim_dh_derive(dh, peer, out));
	for (size_t i = 0; i < secret_len; i++)
		assert_int_equal(out[i], 0);
	if (secret_len < sizeof(out))
		assert_int_equal(out[secret_len], 0x55);
}

/* p + offset; beyond 2^n it does not exist in the field and is left out. */
static void assert_offset_refused(const struct prim_dh *dh, const BIGNUM *p, int offset, size_t len)
{
	static uint8_t y[PRIM_DH_PUBLIC_MAX];
	BIGNUM *v = BN_dup(p);

	if (offset < 0)
		BN_sub_word(v, (BN_ULONG)-offset);
	else
		BN_add_word(v, (BN_ULONG)offset);
	assert_int_equal(BN_bn2binpad(v, y, (int)len), len);
	assert_refused(dh, (struct bytes){y, len}, len);
	BN_free(v);
}

static void degenerate_modp_values_are_refused(void **state)
{
	static uint8_t y[PRIM_DH_PUBLIC_MAX + 1], z[PRIM_DH_SECRET_MAX];

	(void)state;
	for (unsigned i = 0; i < N_MODP; i++) {
		unsigned g = all_groups[i];
		size_t len = prim_dh_public_len(g);
		struct prim_dh *dh = prim_dh_generate(g);
		BIGNUM *p = prime_in_use(g);

		assert_non_null(dh);
		memset(y, 0, sizeof(y));
		assert_refused(dh, (struct bytes){y, len}, len);
		y[len - 1] = 1;
		assert_refused(dh, (struct bytes){y, len}, len);
		y[len - 1] = 2;
		assert_true(prim_dh_derive(dh, (struct bytes){y, len}, z));
		assert_refused(dh, (struct bytes){y, len - 1}, len);
		assert_refused(dh, (struct bytes){y, len + 1}, len);
		assert_refused(dh, (struct bytes){NULL, 0}, len);
		assert_offset_refused(dh, p, -1, len);
		assert_offset_refused(dh, p, 0, len);
		assert_offset_refused(dh, p, 1, len);
		memset(y, 0xff, sizeof(y));
		assert_refused(dh, (struct bytes){y, len}, len);
		BN_free(p);
		prim_dh_free(dh);
	}
}

static void points_off_the_curve_are_refused(void **state)
{
	uint8_t y[133] = {0}, z[66];

	(void)state;
	for (unsigned g = 19; g <= 21; g++) {
		size_t len = prim_dh_public_len(g), zlen = prim_dh_secret_len(g);
		struct prim_dh *dh = prim_dh_generate(g), *peer = prim_dh_generate(g);

		assert_true(dh && peer);
		memset(y, 0, sizeof(y));
		assert_refused(dh, (struct bytes){y, len}, zlen);
		memset(y, 0xff, sizeof(y));
		assert_refused(dh, (struct bytes){y, len}, zlen);
		assert_true(prim_dh_public(peer, y));
		assert_true(prim_dh_derive(dh, (struct bytes){y, len}, z));
		assert_refused(dh, (struct bytes){y, len - 1}, zlen);
		assert_refused(dh, (struct bytes){y, len + 1}, zlen);
		for (size_t at = 0; at < len; at += 7) {
			y[at] ^= 0x10;
			assert_refused(dh, (struct bytes){y, len}, zlen);
			y[at] ^= 0x10;
		}
		prim_dh_free(dh);
		prim_dh_free(peer);
	}
}

static void private_values_have_a_range(void **state)
{
	static uint8_t x[1025];
	struct prim_dh *dh;

	(void)state;
	assert_null(prim_dh_from_private(14, (struct bytes){x, 32}));
	assert_null(prim_dh_from_private(19, (struct bytes){x, 32}));
	assert_null(prim_dh_from_private(19, (struct bytes){NULL, 0}));
	memset(x, 0xff, sizeof(x));
	assert_null(prim_dh_from_private(14, (struct bytes){x, 256}));
	assert_null(prim_dh_from_private(19, (struct bytes){x, 32}));
	assert_null(prim_dh_from_private(18, (struct bytes){x, 1025}));
	dh = prim_dh_from_private(14, (struct bytes){x, 255});
	assert_non_null(dh);
	prim_dh_free(dh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(ecp_vectors),
		cmocka_unit_test(agreement_vectors),
		cmocka_unit_test(leading_zeros_stay),
		cmocka_unit_test(primes_are_the_rfcs),
		cmocka_unit_test(degenerate_modp_values_are_refused),
		cmocka_unit_test(points_off_the_curve_are_refused),
		cmocka_unit_test(private_values_have_a_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
