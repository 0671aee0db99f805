/* Unit tests of prim.h: digests, HMAC, AES-CBC and PBKDF2 by the RFCs' vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/burst.h"
#include "crypto/mschap.h"
#include "crypto/prim.h"
#include "test_files.h"

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void assert_hex(const uint8_t *got, const char *hex)
{
	uint8_t want[2048];
	struct bytes b = hex_bytes(hex, want, sizeof(want));

	assert_memory_equal(got, want, b.len);
}

static void everything_loads(void **state)
{
	const char *why = "not told";

	(void)state;
	assert_true(prim_init(&why));
	assert_null(why);
	assert_true(prim_init(NULL));
}

/* RFC 1320 A.5, RFC 1321 A.5, FIPS 180 examples. */
static void digests(void **state)
{
	static const struct {
		enum prim_hash h;
		const char *in, *out;
	} t[] = {
		{PRIM_MD4, "", "31d6cfe0d16ae931b73c59d7e0c089c0"},
		{PRIM_MD4, "a", "bde52cb31de33e46245e05fbdbd6fb24"},
		{PRIM_MD4, "abc", "a448017aaf21d8525fc10ae87aa6729d"},
		{PRIM_MD4, "message digest", "d9130a8164549fe818874806e1c7014b"},
		{PRIM_MD4, "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
		{PRIM_MD4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		 "043f8582f241db351ce627e153e7f0e4"},
		{PRIM_MD4,
		 "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		 "e33b4ddc9c38f2199c3e7b164fcc0536"},
		{PRIM_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
		{PRIM_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
		{PRIM_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{PRIM_SHA256, "abc",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{PRIM_SHA384, "abc",
		 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		 "8086072ba1e7cc2358baeca134c825a7"},
		{PRIM_SHA512, "abc",
		 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct bytes in = text(t[i].in);
		uint8_t out[PRIM_HASH_MAX];

		assert_int_equal(prim_hash_len(t[i].h) * 2, strlen(t[i].out));
		assert_true(prim_hash(t[i].h, &in, 1, out));
		assert_hex(out, t[i].out);
	}
}

/* MD4 is this room's own: the padding's edges (RFC 1320 3.1), by another implementation. */
static void md4_padding(void **state)
{
	static const struct {
		size_t len;
		const char *out;
	} t[] = {
		{55, "92f32bb82c95ad10e8f87ae58ab06807"},
		{56, "374d5f08103b7092c83b4626ebceffab"},
		{57, "eebaefd8f3ba932d44239a789c38317a"},
		{63, "2870452596e98fffd48332289b3472b9"},
		{64, "b1abf956a5ae6f3221e5fe85e300fbb0"},
		{65, "afc1a3308fc176a53238a09aeddec2e6"},
		{119, "b55ae15e41e55643b0c3daad5e05c905"},
		{120, "d8f9adfc41ec43552619606c70cfd287"},
		{128, "7c087dd92a6743e09f3763a6d99c9d26"},
	};
	uint8_t in[128], out[16];

	(void)state;
	memset(in, 'x', sizeof(in));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct bytes b = {in, t[i].len};

		assert_true(prim_hash(PRIM_MD4, &b, 1, out));
		assert_hex(out, t[i].out);
	}
}

/* Every length around the block's edges, cut in every place, is the digest of the whole. */
static void parts_are_one_message(void **state)
{
	uint8_t in[200], whole[PRIM_HASH_MAX], cut[PRIM_HASH_MAX];

	(void)state;
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (int h = PRIM_MD4; h <= PRIM_SHA512; h++)
		for (size_t len = 50; len <= sizeof(in); len += 3)
			for (size_t at = 0; at <= len; at += 13) {
				struct bytes one = {in, len};
				struct bytes parts[] = {{in, at}, {NULL, 0}, {in + at, len - at}};

				assert_true(prim_hash((enum prim_hash)h, &one, 1, whole));
				assert_true(prim_hash((enum prim_hash)h, parts, 3, cut));
				assert_memory_equal(whole, cut, prim_hash_len((enum prim_hash)h));
			}
}

static void assert_hmac(enum prim_hash h, struct bytes key, struct bytes data, const char *hex)
{
	uint8_t out[PRIM_HASH_MAX];

	assert_true(prim_hmac(h, key, &data, 1, out));
	assert_hex(out, hex);
}

/* RFC 2202 and RFC 4231: cases 1, 2 and 6 (a key longer than the block). */
static void hmacs(void **state)
{
	static uint8_t key[131];
	struct bytes jefe = text("Jefe"), what = text("what do ya want for nothing?");
	struct bytes first = text("Test Using Larger Than Block-Size Key - Hash Key First");
	struct bytes hi = text("Hi There");

	(void)state;
	memset(key, 0x0b, sizeof(key));
	assert_hmac(PRIM_MD5, (struct bytes){key, 16}, hi, "9294727a3638bb1c13f48ef8158bfc9d");
	assert_hmac(PRIM_SHA1, (struct bytes){key, 20}, hi,
		    "b617318655057264e28bc0b6fb378c8ef146be00");
	assert_hmac(PRIM_SHA256, (struct bytes){key, 20}, hi,
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_hmac(PRIM_MD5, jefe, what, "750c783e6ab0b503eaa86e310a5db738");
	assert_hmac(PRIM_SHA1, jefe, what, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_hmac(PRIM_SHA384, jefe, what,
		    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		    "8e2240ca5e69e2c78b3239ecfab21649");
	assert_hmac(PRIM_SHA512, jefe, what,
		    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	memset(key, 0xaa, sizeof(key));
	assert_hmac(PRIM_SHA1, (struct bytes){key, 80}, first,
		    "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	assert_hmac(PRIM_SHA256, (struct bytes){key, 131}, first,
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	assert_hmac(PRIM_SHA512, (struct bytes){key, 131}, first,
		    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
		    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
	/* Keys of a block and one octet more or less, by Python's hmac. */
	assert_hmac(PRIM_SHA1, (struct bytes){key, 63}, hi,
		    "d748d78f388a365549ac23f9b9d9cd24a90b217d");
	assert_hmac(PRIM_SHA1, (struct bytes){key, 64}, hi,
		    "e83ee1c362c86cc004df4f912a641c1bd844f36c");
	assert_hmac(PRIM_SHA1, (struct bytes){key, 65}, hi,
		    "5c0fb63dc6aea0bed8fa2f8ea120a144e15cbd50");
	assert_hmac(PRIM_SHA384, (struct bytes){key, 127}, hi,
		    "7cbd978e10e1687dd0800eecbe336f3749e8b9d96cf1a97f877e33666abae17d"
		    "f79ae93147c37f9730343a1a9564d727");
	assert_hmac(PRIM_SHA384, (struct bytes){key, 128}, hi,
		    "5617c36d768eff4cdb4b48c3a320023adfa5deed39a88d75a739918c36338d6a"
		    "fe214107be6e51595c2f29d647bde45f");
	assert_hmac(PRIM_SHA384, (struct bytes){key, 129}, hi,
		    "a956933366648c218fd998d3117c6a71e32613e90743c3b854a8cc33e2168445"
		    "8fb9d43840e8e20ccd238b1c41c7d99c");
	/* An empty key is a key: a CHAP or RADIUS secret may be empty by configuration. */
	assert_hmac(PRIM_SHA256, (struct bytes){NULL, 0}, (struct bytes){NULL, 0},
		    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void assert_cbc(enum prim_cipher c, const char *key_hex, const char *iv_hex,
		       const char *pt_hex, const char *ct_hex)
{
	uint8_t key[PRIM_CBC_KEY_MAX], iv[PRIM_CBC_BLOCK_MAX], iv_before[PRIM_CBC_BLOCK_MAX];
	uint8_t data[128], pt[128];
	struct bytes k = hex_bytes(key_hex, key, sizeof(key));
	struct bytes p = hex_bytes(pt_hex, pt, sizeof(pt));

	assert_int_equal(hex_bytes(iv_hex, iv, sizeof(iv)).len, prim_cbc_block_len(c));
	memcpy(iv_before, iv, sizeof(iv));
	memcpy(data, pt, p.len);
	assert_true(prim_cbc_encrypt(c, key, k.len, iv, data, p.len));
	assert_hex(data, ct_hex);
	assert_true(prim_cbc_decrypt(c, key, k.len, iv, data, p.len));
	assert_memory_equal(data, pt, p.len);
	assert_memory_equal(iv, iv_before, prim_cbc_block_len(c));
}

static void assert_aes(const char *key_hex, const char *iv_hex, const char *pt_hex,
		       const char *ct_hex)
{
	assert_cbc(PRIM_AES_CBC, key_hex, iv_hex, pt_hex, ct_hex);
}

/* FIPS 81 appendix C; and three keys, computed with another library. */
static void des_cbc(void **state)
{
	(void)state;
	assert_cbc(PRIM_DES_CBC, "0123456789abcdef", "1234567890abcdef",
		   "4e6f77206973207468652074696d6520666f7220616c6c20",
		   "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6");
	assert_cbc(PRIM_3DES_CBC, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210",
		   "fedcba9876543210",
		   "37363534333231204e6f77206973207468652074696d6520666f722000000000",
		   "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675");
	/* parity bits are ignored */
	assert_cbc(PRIM_DES_CBC, "0022446688aaccee", "1234567890abcdef",
		   "4e6f77206973207468652074696d6520666f7220616c6c20",
		   "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6");
}

static void weak_des_keys(void **state)
{
	static const char *const weak[] = {
		"0101010101010101", "fefefefefefefefe", "1f1f1f1f0e0e0e0e", "e0e0e0e0f1f1f1f1",
		"01fe01fe01fe01fe", "e01fe01ff10ef10e", "01e001e001f101f1", "1ffe1ffe0efe0efe",
		"011f011f010e010e", "e0fee0fef1fef1fe", "0000000000000000"};
	static const char good[] = "0123456789abcdef";
	uint8_t key[24];

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		hex_bytes(weak[i], key, 8);
		assert_true(prim_cbc_key_weak(PRIM_DES_CBC, key));
		assert_false(prim_cbc_key_weak(PRIM_AES_CBC, key));
	}
	hex_bytes(good, key, 8);
	assert_false(prim_cbc_key_weak(PRIM_DES_CBC, key));
	hex_bytes("0123456789abcdeff1e0d3c2b5a497860123456789abcdef", key, 24);
	assert_false(prim_cbc_key_weak(PRIM_3DES_CBC, key)); /* two keys: weak, but 3DES */
	hex_bytes("0123456789abcdef0022446688aacceefedcba9876543210", key, 24);
	assert_true(prim_cbc_key_weak(PRIM_3DES_CBC, key));
	hex_bytes("fedcba98765432100123456789abcdef0123456789abcdef", key, 24);
	assert_true(prim_cbc_key_weak(PRIM_3DES_CBC, key));
}

/* RFC 3602 section 4 cases 1 and 2; SP 800-38A F.2.3 and F.2.5, first blocks. */
static void aes_cbc(void **state)
{
	(void)state;
	assert_aes("06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
		   "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a");
	assert_aes("c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
		   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		   "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1");
	assert_aes("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		   "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
		   "4f021db243bc633d7178183a9fa071e8");
	assert_aes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		   "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
		   "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
}

static void aes_refuses_and_zeroes(void **state)
{
	static const uint8_t zero[32];
	uint8_t key[32] = {1}, iv[16] = {2}, data[32];

	(void)state;
	memset(data, 0x55, sizeof(data));
	assert_false(prim_cbc_encrypt(PRIM_AES_CBC, key, 17, iv, data, 32));
	assert_memory_equal(data, zero, 32);
	memset(data, 0x55, sizeof(data));
	assert_false(prim_cbc_decrypt(PRIM_AES_CBC, key, 16, iv, data, 31));
	assert_memory_equal(data, zero, 31);
	assert_true(prim_cbc_encrypt(PRIM_AES_CBC, key, 16, iv, data, 0));
	assert_false(prim_cbc_encrypt(PRIM_3DES_CBC, key, 16, iv, data, 8));
	assert_false(prim_cbc_encrypt(PRIM_3DES_CBC, key, 24, iv, data, 12));
	assert_false(prim_cbc_encrypt(PRIM_DES_CBC, key, 24, iv, data, 8));
}

/* PBKDF2-HMAC-SHA-512 of RFC 6070's inputs; values computed with Python's hashlib. */
static void pbkdf2(void **state)
{
	uint8_t out[64];

	(void)state;
	assert_true(prim_pbkdf2(text("password"), text("salt"), 1, out, 64));
	assert_hex(out, "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"
			"c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce");
	assert_true(prim_pbkdf2(text("password"), text("salt"), 4096, out, 20));
	assert_hex(out, "d197b1b33db0143e018b12f3d1d1479e6cdebdcc");
	assert_true(prim_pbkdf2(text(""), text("salt"), 2, out, 32));
	assert_hex(out, "cc5eacbb057f2a5982fce67bf70f79fccf4adf285f5cbae1a5a1c5df012a630a");
	assert_false(prim_pbkdf2(text("password"), text("salt"), 0, out, 64));
	assert_false(prim_pbkdf2(text("password"), text("salt"), 1, out, 0));
}

/* Any way to a file, a socket or a program ends the process. */
static bool shut_in(void)
{
	static const int banned[] = {
#ifdef __NR_open
		__NR_open,   __NR_stat,       __NR_access, __NR_readlink,
#endif
		__NR_openat, __NR_newfstatat, __NR_socket, __NR_execve,
	};
	enum { N = sizeof(banned) / sizeof(banned[0]) };
	struct sock_filter code[2 * N + 2];
	struct sock_fprog prog = {2 * N + 2, code};
	unsigned n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < N; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned)banned[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

/* Everything that the engine does with this room, in a thread that is younger than the sandbox. */
static bool seal_one(struct burst *b, enum burst_cipher cipher, uint16_t key_len,
		     enum burst_auth auth)
{
	const struct burst_alg alg = {cipher, key_len, auth};
	static uint8_t esp[24 + 32 + BURST_ICV_MAX], key[BURST_AUTH_KEY_MAX];
	struct burst_job job = {.esp = esp, .len = (uint32_t)(8 + burst_iv_len(&alg) + 32)};
	struct burst_sa *sa;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(3 * i);
	sa = burst_sa_new(&alg, BURST_SEAL, key, key);
	job.sa = sa;
	if (b && sa)
		burst_seal(b, &job, 1);
	burst_sa_free(sa);
	return job.ok;
}

static void *use_everything(void *ok)
{
	static uint8_t buf[1024];
	struct prim_dh *modp = prim_dh_generate(14), *ecp = prim_dh_generate(19);
	struct burst *b = burst_new(BURST_AUTO);

	*(bool *)ok = modp && ecp && prim_dh_public(modp, buf) &&
		      prim_dh_derive(modp, (struct bytes){buf, 256}, buf + 256) &&
		      prim_hash(PRIM_SHA384, NULL, 0, buf) &&
		      prim_hmac(PRIM_MD5, text("k"), NULL, 0, buf) &&
		      prim_cbc_encrypt(PRIM_AES_CBC, buf, 24, buf + 32, buf + 64, 32) &&
		      prim_cbc_encrypt(PRIM_3DES_CBC, buf, 24, buf + 32, buf + 64, 32) &&
		      prim_cbc_encrypt(PRIM_DES_CBC, buf, 8, buf + 32, buf + 64, 32) &&
		      prim_pbkdf2(text("p"), text("s"), 2, buf, 64) &&
		      mschap_nt_hash(text("p"), buf) &&
		      mschap_challenge_response(buf, buf + 8, buf + 32) &&
		      seal_one(b, BURST_AES_CBC, 32, BURST_HMAC_SHA256_128) &&
		      seal_one(b, BURST_AES_GCM16, 16, BURST_AUTH_NONE) &&
		      seal_one(b, BURST_3DES_CBC, 24, BURST_HMAC_MD5_96) &&
		      seal_one(b, BURST_DES_CBC, 8, BURST_HMAC_SHA512_256);
	burst_free(b);
	prim_dh_free(modp);
	prim_dh_free(ecp);
	return NULL;
}

/* The engine calls prim_init() and is then without files. A fresh process, so that
 * nothing was loaded by a test before: this one is the first of the group. */
static void works_in_a_sandbox_after_init(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		bool ok = false;
		pthread_t thread;

		if (!prim_init(NULL) || !shut_in() ||
		    pthread_create(&thread, NULL, use_everything, &ok) != 0 ||
		    pthread_join(thread, NULL) != 0)
			_exit(3);
		_exit(ok ? 0 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_in_a_sandbox_after_init),
		cmocka_unit_test(everything_loads),
		cmocka_unit_test(digests),
		cmocka_unit_test(md4_padding),
		cmocka_unit_test(parts_are_one_message),
		cmocka_unit_test(hmacs),
		cmocka_unit_test(aes_cbc),
		cmocka_unit_test(aes_refuses_and_zeroes),
		cmocka_unit_test(des_cbc),
		cmocka_unit_test(weak_des_keys),
		cmocka_unit_test(pbkdf2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
