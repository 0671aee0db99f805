/*
 * Keys for Wireshark: none unless asked for; then the same ones on both sides, and those of
 * the ESP SAs as they were handed to the data plane.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lab.h"

struct lines {
	unsigned n;
	char of[8][500];
};

static struct lab lab;
static struct lines told[2];

static void keys(void *ctx, const char *line)
{
	struct lines *l = ctx;

	assert_true(l->n < 8);
	snprintf(l->of[l->n++], sizeof(l->of[0]), "%s", line);
}

/* The lab gives its own ctx to every callback: one function for each side. */
static void client_keys(void *ctx, const char *line)
{
	(void)ctx;
	keys(&told[CLIENT], line);
}

static void server_keys(void *ctx, const char *line)
{
	(void)ctx;
	keys(&told[SERVER], line);
}

static void start(bool wanted, const struct burst_alg *alg)
{
	memset(told, 0, sizeof(told));
	lab_init(&lab);
	for (int side = CLIENT; side <= SERVER; side++) {
		struct ike_config cfg = lab_config(&lab, side);
		struct ike_esp esp = cfg.esps[0];

		if (alg)
			esp.alg = *alg;
		cfg.esps = &esp;
		cfg.n_esps = 1;
		cfg.host.keys = side == CLIENT ? client_keys : server_keys;
		lab_start(&lab, side, &cfg);
		if (wanted)
			ike_debug_keys(lab.s[side].k, true);
	}
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
}

static void hex(const uint8_t *b, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02x", b[i]);
	out[2 * len] = 0;
}

static void nothing_unless_wanted(void **state)
{
	(void)state;
	start(false, NULL);
	assert_int_equal(told[CLIENT].n + told[SERVER].n, 0);
	ike_debug_keys(lab.s[SERVER].k, true);
	ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	assert_int_equal(told[SERVER].n, 2);
	ike_debug_keys(lab.s[SERVER].k, false);
	ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 3);
	assert_int_equal(told[SERVER].n, 2);
	lab_free(&lab);
}

static void both_sides_have_the_same_phase_1_key(void **state)
{
	struct ike_sa_info info;
	char begin[64], cky[17];

	(void)state;
	start(true, NULL);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	hex(info.cky_i, 8, cky);
	snprintf(begin, sizeof(begin), "ikev1_decryption_table %s,", cky);
	assert_memory_equal(told[SERVER].of[0], begin, strlen(begin));
	assert_int_equal(strlen(told[SERVER].of[0]) - strlen(begin), info.policy.key_bits / 4);
	assert_string_equal(told[CLIENT].of[0], told[SERVER].of[0]);
	lab_free(&lab);
}

static void check_child(const char *line, uint32_t spi, const uint8_t *enc, size_t enc_len,
			const char *cipher, const uint8_t *auth, size_t auth_len, const char *name)
{
	char want[500], ek[80], ak[140];

	hex(enc, enc_len, ek);
	hex(auth, auth_len, ak);
	snprintf(want, sizeof(want),
		 "esp_sa \"IPv4\",\"*\",\"*\",\"0x%08x\",\"%s\",\"0x%s\",\"%s\",\"%s%s\"", spi,
		 cipher, ek, name, auth_len ? "0x" : "", ak);
	assert_string_equal(line, want);
}

static void esp_keys_are_those_in_use(void **state)
{
	static const struct {
		struct burst_alg alg;
		const char *cipher, *auth;
	} rows[] = {
		{{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
		 "AES-CBC [RFC3602]",
		 "HMAC-SHA-1-96 [RFC2404]"},
		{{BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
		 "AES-CBC [RFC3602]",
		 "HMAC-SHA-256-128 [RFC4868]"},
		{{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256},
		 "AES-CBC [RFC3602]",
		 "HMAC-SHA-512-256 [RFC4868]"},
		{{BURST_AES_GCM16, 32, BURST_AUTH_NONE},
		 "AES-GCM with 16 octet ICV [RFC4106]",
		 "NULL"},
		{{BURST_3DES_CBC, 24, BURST_HMAC_MD5_96},
		 "TripleDES-CBC [RFC2451]",
		 "HMAC-MD5-96 [RFC2403]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct burst_alg *alg = &rows[i].alg;
		size_t enc_len = burst_enc_key_len(alg), auth_len = burst_auth_key_len(alg->auth);
		const struct ike_child *c = &lab.s[SERVER].keys;

		start(true, alg);
		assert_int_equal(told[SERVER].n, 3);
		check_child(told[SERVER].of[1], c->spi_in, c->in_enc, enc_len, rows[i].cipher,
			    c->in_auth, auth_len, rows[i].auth);
		check_child(told[SERVER].of[2], c->spi_out, c->out_enc, enc_len, rows[i].cipher,
			    c->out_auth, auth_len, rows[i].auth);
		assert_string_equal(told[CLIENT].of[1], told[SERVER].of[2]);
		lab_free(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_unless_wanted),
		cmocka_unit_test(both_sides_have_the_same_phase_1_key),
		cmocka_unit_test(esp_keys_are_those_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
