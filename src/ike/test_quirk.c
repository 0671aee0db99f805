/*
 * The ledger of client systems: every row is met by a first message of its system, the
 * real ones where there are captures (skipped without), and says which test covers it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "quirk.h"
#include "test_files.h"

#define B(v)    VENDOR_BIT(VENDOR_##v)
#define ANDROID (B(RFC3947) | B(NATT_02) | B(NATT_02N) | B(NATT_00) | B(FRAGMENTATION_80) | B(DPD))
#define CHARON  (B(XAUTH) | B(DPD) | B(FRAGMENTATION_80) | B(RFC3947) | B(NATT_02N))

struct row {
	struct quirk_signs signs;
	const char *system, *version;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct quirk *q = ledger_find(&rows[i].signs);

		assert_string_equal(q->system, rows[i].system);
		assert_string_equal(q->version, rows[i].version);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void windows_versions(void **state)
{
	static const struct row rows[] = {
		{{.vendors = B(MS_NT5) | B(MS_WIN8), .ms_version = 9}, "Windows", "8.1, 10 or 11"},
		{{.vendors = B(MS_NT5), .ms_version = 9}, "Windows", "8 or Server 2012"},
		{{.vendors = B(MS_NT5), .ms_version = 8}, "Windows", "7 or Server 2008 R2"},
		{{.vendors = B(MS_NT5), .ms_version = 6}, "Windows", "Vista or Server 2008"},
		{{.vendors = B(MS_NT5), .ms_version = 4}, "Windows", "2000, XP or Server 2003"},
		{{.vendors = B(MS_NT5), .ms_version = 0}, "Windows", ""},
	};

	(void)state;
	CHECK(rows);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct quirk *q = ledger_find(&rows[i].signs);

		assert_true(quirk_hides_our_nat(q));
		assert_false(quirk_allows_dpd(q) || quirk_allows_rekey(q) || quirk_allows_renew(q));
	}
}

static void generations_by_their_lists(void **state)
{
	static const struct row rows[] = {
		{{.vendors = B(NATT_APPLE), .n_offers = 4, .group = 14},
		 "macOS/iOS",
		 "macOS 10.12, iOS 10 or later"}, /* Aggressive Mode */
		{{.vendors = B(NATT_APPLE), .n_offers = 6, .group = 2},
		 "macOS/iOS",
		 "macOS 10.7 to 10.11, iOS 9 or earlier"},
		{{.vendors = B(NATT_APPLE), .n_offers = 1, .group = 2}, "macOS/iOS", ""},
		{{.vendors = ANDROID, .n_offers = 16, .group = 2}, "Android", "7.1 to 11"},
		{{.vendors = ANDROID, .n_offers = 12, .group = 2}, "Android", "4.3 to 7.0"},
		{{.vendors = ANDROID, .n_offers = 8, .group = 2}, "Android", "4.0 to 4.2"},
		{{.vendors = ANDROID, .n_offers = 6, .group = 2}, "Android", "2 or 3"},
		{{.vendors = ANDROID, .n_offers = 1, .group = 2}, "Android", ""},
		{{.vendors = CHARON, .n_offers = 5, .group = 15}, "ChromeOS", ""},
		{{.vendors = CHARON, .n_offers = 12, .group = 14},
		 "strongSwan",
		 "as in NetworkManager or Synology DSM"},
		{{.n_offers = 2, .cipher = OAKLEY_3DES, .group = 2},
		 "TP-Link or another home router",
		 ""},
	};
	const struct quirk_signs new_android = {.vendors = ANDROID, .n_offers = 16};
	const struct quirk_signs old_android = {.vendors = ANDROID, .n_offers = 12};

	(void)state;
	CHECK(rows);
	assert_true(quirk_avoids_sha256(ledger_find(&old_android)));
	assert_false(quirk_avoids_sha256(ledger_find(&new_android)));
	assert_false(quirk_allows_dpd(ledger_find(&new_android)));
}

static void others_by_their_ids(void **state)
{
	static const struct row rows[] = {
		{{.vendors = B(DPD) | B(FRAGMENTATION) | B(FORTINET)}, "FortiGate", ""},
		{{.vendors = B(PALO_ALTO)}, "Palo Alto", ""},
		{{.vendors = B(STRONGSWAN) | B(DPD)}, "strongSwan", ""},
		{{.vendors = B(OPENSWAN) | B(DPD)}, "libreswan", "3 or earlier, or Openswan"},
		{{.vendors = B(DPD) | B(FRAGMENTATION) | B(RFC3947) | B(NATT_03) | B(NATT_02N) |
			     B(NATT_02) | B(NATT_00)},
		 "libreswan",
		 ""},
		{{.vendors = B(RFC3947) | B(NATT_08) | B(NATT_07) | B(NATT_06) | B(NATT_05) |
			     B(NATT_04) | B(NATT_03) | B(NATT_02) | B(NATT_02N) | B(UNITY) |
			     B(DPD)},
		 "MikroTik",
		 ""},
		{{.vendors = B(RACOON)}, "racoon", ""},
		{{.vendors = B(RFC3947) | B(NATT_07) | B(NATT_03) | B(NATT_02N)}, "Cisco IOS", ""},
		{{.vendors = B(NATT_07) | B(NATT_03) | B(NATT_02N)}, "Cisco IOS", ""},
	};

	(void)state;
	CHECK(rows);
}

static void unknown_may_be_anybody(void **state)
{
	const struct quirk_signs none = {.n_offers = 1}, odd = {.vendors = B(XAUTH) | B(UNITY)};

	(void)state;
	assert_string_equal(ledger_find(&none)->system, "unknown");
	assert_string_equal(ledger_find(&odd)->system, "unknown");
	assert_true(quirk_allows_dpd(ledger_find(&none)) && quirk_allows_rekey(ledger_find(&none)));
	/* before anything was looked at, nothing is allowed */
	assert_false(quirk_allows_dpd(NULL) || quirk_allows_rekey(NULL) ||
		     quirk_allows_renew(NULL) || quirk_hides_our_nat(NULL));
}

/* SHA-256 first in our list, offered together with SHA-1: whoever may cut it gets SHA-1, and
 * SHA-256 when it offers nothing else. */
static void cut_hashes_are_avoided(void **state)
{
	struct ike_esp ours[] = {
		{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, .transport = true},
		{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true},
	};
	const struct esps list = {2, ours}, only_sha256 = {1, ours};
	const struct policies groups = {0};
	uint8_t body[512];

	(void)state;
	for (int both = 0; both < 2; both++) {
		for (int avoid = 0; avoid < 2; avoid++) {
			const struct esp_propose offer = {.ours = both ? &list : &only_sha256,
							  .spi = 0x1000};
			const struct esp_wish wish = {
				.ours = &list, .groups = &groups, .avoid_sha256 = avoid};
			struct wr w = wr_of(body, sizeof(body));
			struct esp_choice c;
			struct offers o;

			esps_offer(&w, &offer);
			assert_int_equal(offers_parse(wr_done(&w), PHASE_2, &o), DROP_NONE);
			assert_true(esp_choose(&wish, &o, &c));
			assert_int_equal(c.esp->alg.auth, both && avoid ? BURST_HMAC_SHA1_96
									: BURST_HMAC_SHA256_128);
		}
	}
}

/* The same on the wire: what the ledger says of the peer reaches its Quick Mode. */
static void cut_hashes_are_avoided_on_the_wire(void **state)
{
	static struct lab lab;
	const struct ike_esp both[] = {
		{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, .transport = true},
		{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true},
	};
	const struct quirk_signs android = {.vendors = ANDROID, .n_offers = 12};

	(void)state;
	for (int old = 0; old < 2; old++) {
		struct ike_dh_job *job;

		lab_init(&lab);
		for (int side = 0; side < 2; side++) {
			struct ike_config cfg = lab_config(&lab, side);

			cfg.esps = both;
			cfg.n_esps = 2;
			lab_start(&lab, side, &cfg);
		}
		lab.s[SERVER].hold_dh = true;
		lab_dial(&lab);
		lab_settle(&lab);
		if (old)
			craft_sa(&lab, SERVER)->quirk = ledger_find(&android);
		job = lab.s[SERVER].held_dh;
		lab.s[SERVER].held_dh = NULL;
		lab.s[SERVER].hold_dh = false;
		ike_dh_run(job);
		ike_dh_done(lab.s[SERVER].k, lab.now_ms, job);
		lab_settle(&lab);
		assert_int_equal(lab.s[SERVER].n_child_up, 1);
		assert_int_equal(lab.s[SERVER].keys.alg.auth,
				 old ? BURST_HMAC_SHA1_96 : BURST_HMAC_SHA256_128);
		lab_free(&lab);
	}
}

static size_t read_mm1(const char *name, uint8_t *out, size_t cap)
{
	char path[80], text[4096];
	FILE *f;
	int n = 0;

	snprintf(path, sizeof(path), "profiles/%s.mm1.hex", name);
	f = captures_open(path);
	if (!f)
		return 0;
	if (fgets(text, sizeof(text), f))
		n = hex_bytes(text, out, cap);
	fclose(f);
	return n > 0 ? (size_t)n : 0;
}

static void real_first_messages(void **state)
{
	static const struct {
		const char *file, *system, *version;
	} rows[] = {
		{"windows10", "Windows", "8.1, 10 or 11"},
		{"windows7", "Windows", "7 or Server 2008 R2"},
		{"apple-2016+", "macOS/iOS", "macOS 10.12, iOS 10 or later"},
		{"apple-2011-2015", "macOS/iOS", "macOS 10.7 to 10.11, iOS 9 or earlier"},
		{"android-4.3-7.0", "Android", "4.3 to 7.0"},
		{"android-7.1-11", "Android", "7.1 to 11"},
	};
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t mm1[1024];
		size_t len = read_mm1(rows[i].file, mm1, sizeof(mm1));
		struct quirk_signs signs;
		struct payloads p;
		struct offers o;
		const struct quirk *q;

		if (len == 0)
			continue;
		found++;
		assert_int_equal(payloads_parse(mm1[16],
						(struct bytes){mm1 + ISAKMP_HEADER_LEN,
							       len - ISAKMP_HEADER_LEN},
						false, &p),
				 DROP_NONE);
		assert_int_equal(offers_parse(payload_first(&p, KIND_SA)->body, PHASE_1, &o),
				 DROP_NONE);
		ledger_signs(&p, &o, &signs);
		q = ledger_find(&signs);
		assert_string_equal(q->system, rows[i].system);
		assert_string_equal(q->version, rows[i].version);
	}
	if (found == 0)
		skip();
}

/* Does the project have this file, and does it hold this text (NULL: any)? */
static bool file_holds(const char *path, const char *text)
{
	char full[256], line[512];
	bool found = text == NULL;
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", SOURCE_ROOT, path);
	f = fopen(full, "r");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	fclose(f);
	return found;
}

/* "FILE FUNCTION" of this room: the function is on the list of the file's tests. */
static void every_row_has_a_test(void **state)
{
	const struct quirk *q;

	(void)state;
	for (unsigned i = 0; (q = ledger_row(i)); i++) {
		char file[64], function[64], path[96], listed[96];

		assert_non_null(q->sign);
		assert_non_null(q->does);
		assert_non_null(q->we_do);
		assert_int_equal(sscanf(q->test, "%63s %63s", file, function), 2);
		snprintf(path, sizeof(path), "src/ike/%s", file);
		snprintf(listed, sizeof(listed), "cmocka_unit_test(%s)", function);
		assert_true(file_holds(path, listed));
	}
}

/* No row hides behind an earlier one: signs that are its own wants find it. */
static void every_row_can_be_met(void **state)
{
	const struct quirk *q;

	(void)state;
	for (unsigned i = 0; (q = ledger_row(i)); i++) {
		const struct quirk_signs signs = {.vendors = q->want,
						  .ms_version = q->ms_min,
						  .n_offers = q->offers_min,
						  .cipher = q->cipher,
						  .group = q->group};

		assert_ptr_equal(ledger_find(&signs), q);
	}
	for (uint32_t bit = 1; bit <= IKE_QUIRK_NO_SHA256; bit <<= 1)
		assert_non_null(ike_quirk_name(bit));
	assert_null(ike_quirk_name(IKE_QUIRK_NO_SHA256 << 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_versions),
		cmocka_unit_test(generations_by_their_lists),
		cmocka_unit_test(others_by_their_ids),
		cmocka_unit_test(unknown_may_be_anybody),
		cmocka_unit_test(cut_hashes_are_avoided),
		cmocka_unit_test(cut_hashes_are_avoided_on_the_wire),
		cmocka_unit_test(real_first_messages),
		cmocka_unit_test(every_row_has_a_test),
		cmocka_unit_test(every_row_can_be_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
