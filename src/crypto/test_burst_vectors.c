/* Unit tests of burst.h by known packets: RFC 3602's, those of the GCM-ESP draft, and captures
 * of other implementations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/burst.h"
#include "crypto/prim.h"
#include "test_files.h"

#define FRONT       24 /* SPI, sequence number, IV of AES-CBC */
#define IPV4_IN_ESP 4  /* next header of tunnel mode */

static const enum burst_impl all_impls[] = {BURST_AUTO, BURST_IPSEC_MB, BURST_LIBCRYPTO};
#define N_IMPLS 3

static const struct burst_alg aes128_sha1 = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96};
static const struct burst_alg aes128_sha256 = {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128};
static const struct burst_alg aes128_gcm = {BURST_AES_GCM16, 16, BURST_AUTH_NONE};

/* One SA in both directions, with its keys. */
struct pair {
	struct burst_alg alg;
	uint8_t enc_key[BURST_ENC_KEY_MAX], auth_key[BURST_AUTH_KEY_MAX];
	struct burst_sa *seal, *open;
};

static void pair_make(struct pair *p, const struct burst_alg *alg)
{
	p->alg = *alg;
	p->seal = burst_sa_new(alg, BURST_SEAL, p->enc_key, p->auth_key);
	p->open = burst_sa_new(alg, BURST_OPEN, p->enc_key, p->auth_key);
	assert_non_null(p->seal);
	assert_non_null(p->open);
}

static void pair_end(struct pair *p)
{
	burst_sa_free(p->seal);
	burst_sa_free(p->open);
}

/* RFC 3602 section 4 case 5 (the ciphertext) under each implementation. */
static void rfc3602_packet(void **state)
{
	static const char plain[] = "00004321 00000001 e96e8c08ab465763fd098d45dd3ff893"
				    "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f"
				    "101112131415161718191a1b1c1d1e1f2021222324252627"
				    "28292a2b2c2d2e2f3031323334353637"
				    "0102030405060708090a0b0c0d0e0e01";
	static const char cipher[] =
		"f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
		"a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
		"a269add047ad2d5913ac19b7cfbad4a6";
	uint8_t esp[256], want[128];
	struct pair p = {0};
	char hex[512];
	size_t n = 0;

	(void)state;
	for (const char *c = plain; *c; c++)
		if (*c != ' ')
			hex[n++] = *c;
	hex[n] = '\0';
	hex_bytes("90d382b410eeba7ad938c46cec1a82bf", p.enc_key, 16);
	pair_make(&p, &aes128_sha1);
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst *b = burst_new(all_impls[i]);
		struct bytes e = hex_bytes(hex, esp, sizeof(esp));
		struct burst_job job = {p.seal, esp, (uint32_t)e.len, false, NULL};

		if (!b)
			continue;
		burst_seal(b, &job, 1);
		assert_true(job.ok);
		assert_memory_equal(esp + FRONT, want, hex_bytes(cipher, want, sizeof(want)).len);
		burst_free(b);
	}
	pair_end(&p);
}

/* draft-mcgrew-gcm-test-01: an ESP packet with a 32-bit sequence number. */
static void gcm_packet(void **state)
{
	static const char front[] = "0000a5f80000000afacedbaddecaf888";
	static const char plain[] =
		"4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d00100"
		"0001000000000000037369700963796265726369747902646b00000100010001";
	static const char sealed[] =
		"deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c"
		"3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1"
		"83b70d3aa8bc6ee4c309e9d85a41ad4a";
	uint8_t esp[128], want[128];
	struct pair p = {0};

	(void)state;
	hex_bytes("feffe9928665731c6d6a8f9467308308cafebabe", p.enc_key, 20);
	pair_make(&p, &aes128_gcm);
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst *b = burst_new(all_impls[i]);
		size_t head = hex_bytes(front, esp, sizeof(esp)).len;
		size_t len = head + hex_bytes(plain, esp + head, sizeof(esp) - head).len;
		struct burst_job job = {p.seal, esp, (uint32_t)len, false, NULL};

		if (!b)
			continue;
		burst_seal(b, &job, 1);
		assert_true(job.ok);
		assert_int_equal(hex_bytes(sealed, want, sizeof(want)).len, len - head + 16);
		assert_memory_equal(esp + head, want, len - head + 16);
		job.sa = p.open;
		burst_open(b, &job, 1);
		assert_true(job.ok);
		hex_bytes(plain, want, sizeof(want));
		assert_memory_equal(esp + head, want, len - head);
		burst_free(b);
	}
	pair_end(&p);
}

/* Of vectors.txt: RFC 3602 cases 5 to 8 (no ICV: the payload only) and an ESP packet with ICV. */
static void esp_vectors(void **state)
{
	static struct vector v;
	FILE *f = captures_open("vectors/vectors.txt");
	unsigned with_icv = 0, without = 0;

	(void)state;
	if (!f)
		skip();
	while (vector_next(f, &v)) {
		uint8_t esp[512], payload[512];
		struct bytes e = vector_hex(&v, "packet", esp, sizeof(esp));
		struct bytes want = vector_hex(&v, "payload", payload, sizeof(payload));
		bool has_icv = vector_text(&v, "auth_key");
		struct pair p = {0};

		if (!e.len || !want.len)
			continue;
		vector_hex(&v, has_icv ? "enc_key" : "key", p.enc_key, sizeof(p.enc_key));
		vector_hex(&v, "auth_key", p.auth_key, sizeof(p.auth_key));
		pair_make(&p, &aes128_sha1);
		for (unsigned i = 0; i < N_IMPLS; i++) {
			struct burst *b = burst_new(all_impls[i]);
			uint32_t len = (uint32_t)(has_icv ? e.len - 12 : e.len);
			struct burst_job job = {p.open, esp, len, false, NULL};

			vector_hex(&v, "packet", esp, sizeof(esp));
			if (b && !has_icv) {
				struct bytes key = {p.auth_key, 20};
				uint8_t mac[20];

				assert_true(prim_hmac(PRIM_SHA1, key, &e, 1, mac));
				memcpy(esp + len, mac, 12);
			}
			if (b) {
				burst_open(b, &job, 1);
				assert_true(job.ok);
				assert_memory_equal(esp + FRONT, want.p, want.len);
				assert_int_equal(esp[len - 2], atoi(vector_text(&v, "pad_len")));
				assert_int_equal(esp[len - 1],
						 atoi(vector_text(&v, "next_header")));
			}
			burst_free(b);
		}
		pair_end(&p);
		*(has_icv ? &with_icv : &without) += 1;
	}
	fclose(f);
	assert_int_equal(with_icv, 1);
	assert_int_equal(without, 4);
}

struct captured {
	uint32_t spi; /* 0: any */
	struct pair pair;
	struct burst *b[N_IMPLS];
	int opened;
};

/* A packet of the SA's: ICV, padding 1, 2, 3 ... (RFC 4303 2.4) and next header are right. */
static void open_captured(void *ctx, uint8_t *esp, size_t len)
{
	struct captured *c = ctx;
	struct rd r = rd_of(esp, len);
	uint32_t spi = rd_u32(&r), body;
	uint8_t copy[2048];

	if ((c->spi && spi != c->spi) || len > sizeof(copy))
		return;
	body = (uint32_t)(len - burst_icv_len(&c->pair.alg));
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst_job job = {c->pair.open, copy, body, false, NULL};

		if (!c->b[i])
			continue;
		memcpy(copy, esp, len);
		burst_open(c->b[i], &job, 1);
		assert_true(job.ok);
		assert_int_equal(copy[body - 1], IPV4_IN_ESP);
		for (unsigned pad = 1; pad <= copy[body - 2]; pad++)
			assert_int_equal(copy[body - 2 - copy[body - 2] + pad - 1], pad);
	}
	c->opened++;
}

/* Packets that other implementations made (racoon, strongSwan), with the published keys. */
static void captured_packets(void **state)
{
	static const char ikev2[] = "wireshark-wiki/ipsec_ikev2+esp_aes-gcm,aes-ctr,aes-cbc/"
				    "capture.pcapng";
	static const char esp2[] = "wireshark-wiki/ipsec_esp_capture_2/capture.pcap";
	static const char bug[] = "wireshark-test/esp-bug-12671.pcapng";
	static const struct {
		const char *file, *enc, *auth;
		uint32_t spi;
		const struct burst_alg *alg;
		int least;
	} t[] = {
		{esp2, "616573636263656e6372797074696f6e",
		 "686d61637368613161757468656e746963617469", 0, &aes128_sha1, 312},
		{bug, "5de1a4c2c72662c9fda7a7c78cd25623",
		 "51c9213c18232f8f26c70c4dee6e0e6d56e31e8a", 0x070883c2, &aes128_sha1, 3},
		{bug, "88e1dad7140af03b8d4f3d734d21be4b",
		 "3e00d517c1220d4b7d2950fcc02edd4b6023d278", 0xc254fe64, &aes128_sha1, 3},
		{ikev2, "167fc4915921b24f27f71e7498b1978c238398d6", "", 0xc1a9656b, &aes128_gcm, 4},
		{ikev2, "5eab6a4e799442ec5ef6fc07545297651b5832fc", "", 0xac0faf03, &aes128_gcm, 4},
		{ikev2, "343c9a1a9e4519749c3c2b5e5240b428",
		 "9214b049b45529f1b3a04e46cc5151a2497281c2b9adff36395f6ebbb2f3dc20", 0xc1d717e8,
		 &aes128_sha256, 4},
		{ikev2, "0b8cf5f4328c8ce9724bf7ed903716a5",
		 "1f5e2399048218f2e40d6f49c84e50ca9b145e0be8dce0384f49f2ac407517e0", 0xb6b5f296,
		 &aes128_sha256, 4},
	};
	int files = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct captured c = {.spi = t[i].spi};
		int n;

		hex_bytes(t[i].enc, c.pair.enc_key, BURST_ENC_KEY_MAX);
		hex_bytes(t[i].auth, c.pair.auth_key, 32);
		pair_make(&c.pair, t[i].alg);
		for (unsigned j = 0; j < N_IMPLS; j++)
			c.b[j] = burst_new(all_impls[j]);
		n = captures_each_esp(t[i].file, open_captured, &c);
		for (unsigned j = 0; j < N_IMPLS; j++)
			burst_free(c.b[j]);
		pair_end(&c.pair);
		if (n < 0)
			continue;
		files++;
		print_message("%s SPI %08x: %d of %d packets\n", t[i].file, t[i].spi, c.opened, n);
		assert_true(c.opened >= t[i].least);
	}
	if (!files)
		skip();
}

/* SAs of KAME (ipsec_esp_capture_1): a cipher for each SPI, SHA-1 and MD5 on the same ones. */
struct kame {
	struct burst *b[N_IMPLS];
	struct {
		uint32_t spi;
		struct pair sha1, md5;
		unsigned opened[2];
	} of[6];
};

static bool opens(struct burst *b, const struct pair *p, const uint8_t *esp, size_t len)
{
	uint8_t copy[2048];
	struct burst_job job = {p->open, copy, (uint32_t)(len - 12), false, NULL};

	memcpy(copy, esp, len);
	burst_open(b, &job, 1);
	if (!job.ok)
		return false;
	assert_true(copy[len - 13] == 1 || copy[len - 13] == 58); /* ICMP */
	for (unsigned pad = 1; pad <= copy[len - 14]; pad++)
		assert_int_equal(copy[len - 14 - copy[len - 14] + pad - 1], pad);
	return true;
}

static void open_kame(void *ctx, uint8_t *esp, size_t len)
{
	struct kame *k = ctx;
	struct rd r = rd_of(esp, len);
	uint32_t spi = rd_u32(&r);

	for (unsigned s = 0; s < 6 && len < 2048; s++) {
		bool sha1 = false, md5 = false;

		if (k->of[s].spi != spi)
			continue;
		for (unsigned i = 0; i < N_IMPLS; i++) {
			if (!k->b[i])
				continue;
			sha1 = opens(k->b[i], &k->of[s].sha1, esp, len);
			md5 = opens(k->b[i], &k->of[s].md5, esp, len);
			assert_true(sha1 != md5);
		}
		k->of[s].opened[0] += sha1;
		k->of[s].opened[1] += md5;
	}
}

static void captured_des_and_md5(void **state)
{
	static const struct {
		enum burst_cipher cipher;
		uint16_t len;
		const char *key;
	} ciphers[] = {{BURST_AES_CBC, 16, "aescbcencryption"},
		       {BURST_3DES_CBC, 24, "3descbcencryptiontesting"},
		       {BURST_DES_CBC, 8, "descbcte"}};
	struct kame k = {0};
	int n;

	(void)state;
	for (unsigned i = 0; i < N_IMPLS; i++)
		k.b[i] = burst_new(all_impls[i]);
	for (unsigned s = 0; s < 6; s++) {
		struct burst_alg alg = {ciphers[s % 3].cipher, ciphers[s % 3].len,
					BURST_HMAC_SHA1_96};

		k.of[s].spi = (s < 3 ? 10 : 110) + s % 3;
		memcpy(k.of[s].sha1.enc_key, ciphers[s % 3].key, alg.key_len);
		memcpy(k.of[s].md5.enc_key, ciphers[s % 3].key, alg.key_len);
		memcpy(k.of[s].sha1.auth_key, "hmacsha1authenticati", 20);
		memcpy(k.of[s].md5.auth_key, "hmacmd5authentic", 16);
		pair_make(&k.of[s].sha1, &alg);
		alg.auth = BURST_HMAC_MD5_96;
		pair_make(&k.of[s].md5, &alg);
	}
	n = captures_each_esp("wireshark-wiki/ipsec_esp_capture_1/capture.pcap", open_kame, &k);
	for (unsigned s = 0; s < 6; s++) {
		if (n >= 0)
			print_message("SPI %u: %u with SHA-1, %u with MD5\n", k.of[s].spi,
				      k.of[s].opened[0], k.of[s].opened[1]);
		pair_end(&k.of[s].sha1);
		pair_end(&k.of[s].md5);
	}
	for (unsigned i = 0; i < N_IMPLS; i++)
		burst_free(k.b[i]);
	if (n < 0)
		skip();
	for (unsigned s = 0; s < 6; s++)
		assert_true(k.of[s].opened[0] >= 10 && k.of[s].opened[1] >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3602_packet),       cmocka_unit_test(gcm_packet),
		cmocka_unit_test(esp_vectors),          cmocka_unit_test(captured_packets),
		cmocka_unit_test(captured_des_and_md5),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
