/* Unit tests of burst.h by known packets: RFC 3602's, and captures of other implementations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/burst.h"
#include "crypto/prim.h"
#include "test_files.h"

#define FRONT       24 /* SPI, sequence number, IV */
#define IPV4_IN_ESP 4  /* next header of tunnel mode */

static const enum burst_impl all_impls[] = {BURST_AUTO, BURST_IPSEC_MB, BURST_LIBCRYPTO};
#define N_IMPLS 3

static const struct burst_alg aes128_sha1 = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96};
static const struct burst_alg aes128_sha256 = {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128};

/* One SA in both directions, with its keys. */
struct pair {
	struct burst_alg alg;
	uint8_t enc_key[32], auth_key[32];
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

		hex_bytes(t[i].enc, c.pair.enc_key, 32);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3602_packet),
		cmocka_unit_test(esp_vectors),
		cmocka_unit_test(captured_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
