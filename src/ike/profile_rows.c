/*
 * profile_rows: the client systems, a row each (clients.md 1.1 to 1.7). What is not
 * known there stands with "not confirmed". Data for profile.c.
 */
#include <string.h>

#include "isakmp.h"
#include "profile.h"

#define COUNT(a) (uint8_t)(sizeof(a) / sizeof((a)[0]))
#define AES(bits, hash, group)                                                                     \
	{                                                                                          \
		OAKLEY_AES_CBC, bits, OAKLEY_##hash, group                                         \
	}
#define DES3(hash, group)                                                                          \
	{                                                                                          \
		OAKLEY_3DES, 0, OAKLEY_##hash, group                                               \
	}
#define DES1(hash, group)                                                                          \
	{                                                                                          \
		OAKLEY_DES, 0, OAKLEY_##hash, group                                                \
	}
#define ESP(cipher, bits, auth)                                                                    \
	{                                                                                          \
		ESP_##cipher, bits, DOI_HMAC_##auth, 0                                             \
	}

/* clients.md 0.1 */
#define VID_RFC3947     "4a131c81070358455c5728f20e95452f"
#define VID_DRAFT_00    "4485152d18b6bbcd0be8a8469579ddcc"
#define VID_DRAFT_01    "16f6ca16e4a4066d83821a0f0aeaa862"
#define VID_DRAFT_02    "cd60464335df21f87cfdb2fc68b6a448"
#define VID_DRAFT_02N   "90cb80913ebb696e086381b5ec427b1f"
#define VID_DRAFT_03    "7d9419a65310ca6f2c179d9215529d56"
#define VID_DRAFT_04    "9909b64eed937c6573de52ace952fa6b"
#define VID_DRAFT_05    "80d0bb3def54565ee84645d4c85ce3ee"
#define VID_DRAFT_06    "4d1e0e136deafa34c4f3ea9f02ec7285"
#define VID_DRAFT_07    "439b59f8ba676c4c7737ae22eab8f582"
#define VID_DRAFT_08    "8f8d83826d246b6fc7a8a6a428c11de8"
#define VID_APPLE       "4df37928e9fc4fd1b3262170d515c662"
#define VID_DPD         "afcad71368a1f1c96b8696fc77570100"
#define VID_XAUTH       "09002689dfd6b712"
#define VID_UNITY       "12f5f28c457168a9702d9fe274cc0100"
#define VID_FRAGMENT    "4048b7d56ebce88525e7de7f00d6c2d3"
#define VID_FRAGMENT_80 VID_FRAGMENT "80000000"
#define VID_MS_NT5      "1e2b516905991c7d7c96fcbfb587e461"
#define VID_MS_WIN8     "01528bbbc00696121849ab9a1c5b2a51"
#define VID_MS_ND       "fb1de3cdf341b7ea16b7e5be0855f120"
#define VID_MS_CONTACT  "26244d38eddb61b3172a36e3d0cfb819"
#define VID_MS_CGA      "e3a5966a76379fe707228231e5ce8652"
#define VID_RANDOM      ""

/* ---- Windows ---- */

static const struct ike_profile_suite windows_suites[] = {
	AES(256, SHA1, 20), AES(128, SHA1, 19), AES(256, SHA1, 14), DES3(SHA1, 14), DES3(SHA1, 2)};
static const struct ike_profile_suite windows_esps[] = {ESP(AES_CBC, 256, SHA1),
							ESP(AES_CBC, 128, SHA1), ESP(3DES, 0, SHA1),
							ESP(DES, 0, SHA1), ESP(NULL, 0, SHA1)};
static const char *const windows10_vendors[] = {VID_MS_WIN8 "00000001",
						VID_MS_NT5 "00000009",
						VID_RFC3947,
						VID_DRAFT_02N,
						VID_FRAGMENT,
						VID_MS_ND,
						VID_MS_CONTACT,
						VID_MS_CGA,
						NULL};

/* 3DES only, NAT traversal of draft 02\n only; the order is not confirmed. */
static const struct ike_profile_suite xp_suites[] = {DES3(SHA1, 14), DES3(SHA1, 2), DES3(MD5, 2)};
static const struct ike_profile_suite xp_esps[] = {ESP(3DES, 0, SHA1), ESP(3DES, 0, MD5),
						   ESP(DES, 0, SHA1), ESP(DES, 0, MD5)};
static const char *const xp_vendors[] = {VID_MS_NT5 "00000004", VID_FRAGMENT, VID_DRAFT_02N, NULL};

#define ENC_FIRST                                                                                  \
	{                                                                                          \
		IKE_PART_CIPHER, IKE_PART_KEY_LENGTH, IKE_PART_HASH, IKE_PART_GROUP,               \
			IKE_PART_AUTH, IKE_PART_SECONDS                                            \
	}
#define LIFE_FIRST                                                                                 \
	{                                                                                          \
		IKE_PART_SECONDS, IKE_PART_CIPHER, IKE_PART_KEY_LENGTH, IKE_PART_AUTH,             \
			IKE_PART_HASH, IKE_PART_GROUP                                              \
	}
/* The order inside a transform of Quick Mode is not confirmed; sizes agree with the 316 and
 * 444 octets that were seen. It counts its message ids and deletes what it replaces;
 * Main Mode is renewed at 28800 s, ESP before 3600 s or 250000 kB are over. */
#define WINDOWS(id, words, vids, first_any)                                                        \
	{                                                                                          \
		.name = id, .system = words, .suites = windows_suites,                             \
		.n_suites = COUNT(windows_suites), .parts = ENC_FIRST, .first_number = 1,          \
		.life_long = true, .life_s = 28800, .vendors = vids, .nonce_len = 48,              \
		.esps = windows_esps, .n_esps = COUNT(windows_esps),                               \
		.esp_parts = {IKE_PART_ENCAP, IKE_PART_KEY_LENGTH, IKE_PART_AUTH,                  \
			      IKE_PART_SECONDS, IKE_PART_KILOBYTES},                               \
		.proposal_each = true, .esp_life_long = true, .esp_life_s = 3600,                  \
		.esp_life_kb = 250000, .counts_messages = true, .first_any_port = first_any,       \
		.renew_s = 28740, .rekey_s = 3540, .resend_ms = 1000, .resend_doubles = true,      \
		.tries = 7,                                                                        \
	}

/* ---- Apple ---- */

static const struct ike_profile_suite apple_suites[] = {
	AES(256, SHA256, 14), AES(256, SHA1, 14), AES(256, MD5, 14), AES(256, SHA512, 14),
	AES(256, SHA256, 5),  AES(256, SHA1, 5),  AES(256, MD5, 5),  AES(256, SHA256, 2),
	AES(256, SHA1, 2),    AES(256, MD5, 2),   AES(128, SHA1, 2), AES(128, MD5, 2),
	DES3(SHA1, 2),        DES3(MD5, 2)};
static const struct ike_profile_suite apple_esps[] = {
	ESP(AES_CBC, 256, SHA256), ESP(AES_CBC, 256, SHA1), ESP(AES_CBC, 256, MD5),
	ESP(AES_CBC, 128, SHA256), ESP(AES_CBC, 128, SHA1), ESP(AES_CBC, 128, MD5),
	ESP(3DES, 0, SHA256),      ESP(3DES, 0, SHA1),      ESP(3DES, 0, MD5)};
static const struct ike_profile_suite old_apple_suites[] = {AES(256, SHA1, 2), AES(256, MD5, 2),
							    AES(128, SHA1, 2), AES(128, MD5, 2),
							    DES3(SHA1, 2),     DES3(MD5, 2)};
static const struct ike_profile_suite old_apple_esps[] = {
	ESP(AES_CBC, 256, SHA1), ESP(AES_CBC, 256, MD5), ESP(AES_CBC, 128, SHA1),
	ESP(AES_CBC, 128, MD5),  ESP(3DES, 0, SHA1),     ESP(3DES, 0, MD5)};
static const char *const apple_vendors[] = {
	VID_RFC3947,     VID_APPLE,    VID_DRAFT_08, VID_DRAFT_07, VID_DRAFT_06,
	VID_DRAFT_05,    VID_DRAFT_04, VID_DRAFT_03, VID_DRAFT_02, VID_DRAFT_02N,
	VID_FRAGMENT_80, VID_DPD,      NULL};

#define RACOON_ESP                                                                                 \
	{                                                                                          \
		IKE_PART_SECONDS, IKE_PART_ENCAP, IKE_PART_GROUP, IKE_PART_KEY_LENGTH,             \
			IKE_PART_AUTH                                                              \
	}
/* It renews both phases at 80 to 90 % of 3600 s, a new Main Mode without Quick Mode. */
#define APPLE(id, words, list, esp_list)                                                           \
	{                                                                                          \
		.name = id, .system = words, .suites = list, .n_suites = COUNT(list),              \
		.parts = LIFE_FIRST, .first_number = 1, .life_s = 3600, .vendors = apple_vendors,  \
		.nonce_len = 16, .id_protocol = 17, .id_port = 500,                                \
		.contact = IKE_CONTACT_IN_MSG5, .esps = esp_list, .n_esps = COUNT(esp_list),       \
		.esp_parts = RACOON_ESP, .esp_life_s = 3600, .doubles_msg3 = true,                 \
		.renew_s = 2880, .rekey_s = 2880, .resend_ms = 2000, .tries = 5,                   \
	}

/* ---- Android ---- */

static const struct ike_profile_suite android_suites[] = {
	AES(256, SHA384, 2), AES(256, SHA256, 2), AES(256, SHA512, 2), AES(256, SHA1, 2),
	AES(256, MD5, 2),    AES(128, SHA512, 2), AES(128, SHA384, 2), AES(128, SHA256, 2),
	AES(128, SHA1, 2),   AES(128, MD5, 2),    DES3(SHA256, 2),     DES3(SHA1, 2),
	DES3(MD5, 2),        DES1(SHA256, 2),     DES1(SHA1, 2),       DES1(MD5, 2)};
static const struct ike_profile_suite android_esps[] = {
	ESP(AES_CBC, 256, SHA512), ESP(AES_CBC, 256, SHA384), ESP(AES_CBC, 256, SHA1),
	ESP(AES_CBC, 256, SHA256), ESP(AES_CBC, 256, MD5),    ESP(AES_CBC, 128, SHA512),
	ESP(AES_CBC, 128, SHA384), ESP(AES_CBC, 128, SHA1),   ESP(AES_CBC, 128, SHA256),
	ESP(AES_CBC, 128, MD5),    ESP(3DES, 0, SHA512),      ESP(3DES, 0, SHA384),
	ESP(3DES, 0, SHA1),        ESP(3DES, 0, SHA256),      ESP(3DES, 0, MD5),
	ESP(DES, 0, SHA512),       ESP(DES, 0, SHA384),       ESP(DES, 0, SHA1),
	ESP(DES, 0, SHA256),       ESP(DES, 0, MD5)};
static const struct ike_profile_suite old_android_suites[] = {
	AES(256, SHA256, 2), AES(256, SHA1, 2), AES(256, MD5, 2), AES(128, SHA256, 2),
	AES(128, SHA1, 2),   AES(128, MD5, 2),  DES3(SHA256, 2),  DES3(SHA1, 2),
	DES3(MD5, 2),        DES1(SHA256, 2),   DES1(SHA1, 2),    DES1(MD5, 2)};
static const struct ike_profile_suite old_android_esps[] = {
	ESP(AES_CBC, 256, SHA256), ESP(AES_CBC, 256, SHA1), ESP(AES_CBC, 256, MD5),
	ESP(AES_CBC, 128, SHA256), ESP(AES_CBC, 128, SHA1), ESP(AES_CBC, 128, MD5),
	ESP(3DES, 0, SHA256),      ESP(3DES, 0, SHA1),      ESP(3DES, 0, MD5),
	ESP(DES, 0, SHA256),       ESP(DES, 0, SHA1),       ESP(DES, 0, MD5)};
static const char *const android_vendors[] = {
	VID_RFC3947, VID_DRAFT_02, VID_DRAFT_02N, VID_DRAFT_00, VID_FRAGMENT_80, VID_DPD, NULL};

/* It never renews phase 1: at 28800 s its VPN ends. */
#define ANDROID(id, words, list, esp_list)                                                         \
	{                                                                                          \
		.name = id, .system = words, .suites = list, .n_suites = COUNT(list),              \
		.parts = LIFE_FIRST, .first_number = 1, .life_s = 28800,                           \
		.vendors = android_vendors, .nonce_len = 16, .id_protocol = 17, .id_port = 500,    \
		.contact = IKE_CONTACT_INFORMATIONAL, .esps = esp_list, .n_esps = COUNT(esp_list), \
		.esp_parts = RACOON_ESP, .esp_life_s = 28800, .any_port = true, .resend_ms = 3000, \
		.tries = 10,                                                                       \
	}

/* ---- Linux ---- */

static const struct ike_profile_suite nm_suites[] = {
	AES(256, SHA256, 14), AES(256, SHA256, 5), AES(256, SHA256, 2), AES(256, SHA1, 14),
	AES(256, SHA1, 5),    AES(256, SHA1, 2),   AES(256, SHA1, 20),  AES(128, SHA1, 2),
	AES(128, SHA1, 19),   DES3(SHA1, 14),      DES3(SHA1, 2)};
static const struct ike_profile_suite nm_esps[] = {ESP(AES_CBC, 256, SHA1), ESP(AES_CBC, 128, SHA1),
						   ESP(3DES, 0, SHA1)};
static const struct ike_profile_suite libreswan_suites[] = {
	AES(256, SHA256, 14), AES(256, SHA256, 5), AES(256, SHA1, 14), AES(256, SHA1, 5),
	AES(256, SHA1, 20),   AES(128, SHA1, 19),  DES3(SHA1, 14)};
static const struct ike_profile_suite chromeos_suites[] = {AES(128, SHA256, 15), AES(128, SHA1, 14),
							   DES3(SHA1, 5), DES3(SHA1, 2)};
static const struct ike_profile_suite chromeos_esps[] = {{ESP_AES_GCM_16, 128, 0, 0},
							 ESP(AES_CBC, 128, SHA256),
							 ESP(AES_CBC, 128, SHA1),
							 ESP(3DES, 0, SHA1),
							 ESP(3DES, 0, MD5)};
static const char *const strongswan_vendors[] = {VID_XAUTH,   VID_DPD,       VID_FRAGMENT_80,
						 VID_RFC3947, VID_DRAFT_02N, NULL};
static const char *const libreswan_vendors[] = {VID_DPD,      VID_FRAGMENT,  VID_RFC3947,
						VID_DRAFT_03, VID_DRAFT_02N, VID_DRAFT_02,
						VID_DRAFT_00, NULL};

#define CHARON_ESP                                                                                 \
	{                                                                                          \
		IKE_PART_KEY_LENGTH, IKE_PART_AUTH, IKE_PART_GROUP, IKE_PART_ENCAP,                \
			IKE_PART_SECONDS                                                           \
	}
/* charon re-authenticates by a new Main Mode whose peer keeps the children. */
#define CHARON(id, words, list, esp_list, dpd)                                                     \
	{                                                                                          \
		.name = id, .system = words, .suites = list, .n_suites = COUNT(list),              \
		.parts = ENC_FIRST, .first_number = 1, .life_s = 10800,                            \
		.vendors = strongswan_vendors, .nonce_len = 32, .contact = IKE_CONTACT_IN_MSG5,    \
		.esps = esp_list, .n_esps = COUNT(esp_list), .esp_parts = CHARON_ESP,              \
		.esp_life_s = 3600, .renew_s = 9720, .rekey_s = 3060, .resend_ms = 4000,           \
		.resend_doubles = true, .tries = 6, .dpd_s = dpd,                                  \
	}

/* ---- routers ---- */

static const struct ike_profile_suite mikrotik_suites[] = {AES(128, SHA1, 14), AES(128, SHA1, 2),
							   DES3(SHA1, 14), DES3(SHA1, 2)};
static const struct ike_profile_suite mikrotik_esps[] = {
	ESP(AES_CBC, 256, SHA1), ESP(AES_CBC, 192, SHA1), ESP(AES_CBC, 128, SHA1)};
static const char *const mikrotik_vendors[] = {
	VID_RFC3947,  VID_DRAFT_08, VID_DRAFT_07, VID_DRAFT_06, VID_DRAFT_05,
	VID_DRAFT_04, VID_DRAFT_03, VID_DRAFT_02, VID_DRAFT_01, VID_DRAFT_02N,
	VID_DRAFT_00, VID_UNITY,    VID_DPD,      NULL};
static const struct ike_profile_suite cisco_suites[] = {AES(128, SHA1, 2)};
static const struct ike_profile_suite cisco_esps[] = {ESP(AES_CBC, 128, SHA1)};
static const char *const cisco_vendors[] = {VID_RFC3947, VID_DRAFT_07, VID_DRAFT_03, VID_DRAFT_02N,
					    NULL};
static const char *const cisco_vendors_msg3[] = {VID_UNITY, VID_DPD, VID_RANDOM, VID_XAUTH, NULL};
static const char *const windows7_vendors[] = {
	VID_MS_NT5 "00000008", VID_RFC3947, VID_DRAFT_02N, VID_FRAGMENT, VID_MS_ND,
	VID_MS_CONTACT,        VID_MS_CGA,  NULL};

static const struct ike_profile rows[] = {
	WINDOWS("windows10", "Windows 8.1, 10 or 11", windows10_vendors, false),
	WINDOWS("windows7", "Windows 7 or Server 2008 R2", windows7_vendors, false),
	{.name = "windows-xp",
	 .system = "Windows XP SP2 or Server 2003",
	 .suites = xp_suites,
	 .n_suites = COUNT(xp_suites),
	 .parts = ENC_FIRST,
	 .first_number = 1,
	 .life_long = true,
	 .life_s = 28800,
	 .vendors = xp_vendors,
	 .nonce_len = 20,
	 .esps = xp_esps,
	 .n_esps = COUNT(xp_esps),
	 .esp_parts = {IKE_PART_ENCAP, IKE_PART_KEY_LENGTH, IKE_PART_AUTH, IKE_PART_SECONDS,
		       IKE_PART_KILOBYTES},
	 .proposal_each = true,
	 .esp_life_long = true,
	 .esp_life_s = 3600,
	 .esp_life_kb = 250000,
	 .counts_messages = true,
	 .renew_s = 28740,
	 .rekey_s = 3540,
	 .resend_ms = 1000,
	 .resend_doubles = true,
	 .tries = 7},
	/* as it was seen with a server behind NAT */
	WINDOWS("windows8.1", "Windows 8.1", windows10_vendors, true),
	APPLE("apple-2016+", "macOS 10.12, iOS 10 or later", apple_suites, apple_esps),
	APPLE("apple-2011-2015", "macOS 10.7 to 10.11, iOS up to 9", old_apple_suites,
	      old_apple_esps),
	ANDROID("android-7.1-11", "Android 7.1 to 11", android_suites, android_esps),
	ANDROID("android-4.3-7.0", "Android 4.3 to 7.0", old_android_suites, old_android_esps),
	CHARON("strongswan", "NetworkManager-l2tp with strongSwan", nm_suites, nm_esps, 0),
	CHARON("chromeos", "ChromeOS", chromeos_suites, chromeos_esps, 30),
	{.name = "libreswan", /* attribute order and lifetimes not confirmed */
	 .system = "NetworkManager-l2tp with libreswan",
	 .suites = libreswan_suites,
	 .n_suites = COUNT(libreswan_suites),
	 .parts = {IKE_PART_SECONDS, IKE_PART_CIPHER, IKE_PART_HASH, IKE_PART_AUTH, IKE_PART_GROUP,
		   IKE_PART_KEY_LENGTH},
	 .first_number = 0,
	 .life_s = 28800,
	 .vendors = libreswan_vendors,
	 .nonce_len = 32,
	 .esps = nm_esps,
	 .n_esps = COUNT(nm_esps),
	 .esp_parts = {IKE_PART_GROUP, IKE_PART_ENCAP, IKE_PART_SECONDS, IKE_PART_AUTH,
		       IKE_PART_KEY_LENGTH},
	 .esp_life_s = 28800,
	 .renew_s = 28260,
	 .rekey_s = 28230,
	 .resend_ms = 500,
	 .resend_doubles = true,
	 .tries = 8,
	 .dpd_s = 30},
	{.name = "mikrotik", /* attribute order and vendor ids not confirmed */
	 .system = "MikroTik RouterOS",
	 .suites = mikrotik_suites,
	 .n_suites = COUNT(mikrotik_suites),
	 .parts = LIFE_FIRST,
	 .first_number = 1,
	 .life_s = 86400,
	 .vendors = mikrotik_vendors,
	 .nonce_len = 24,
	 .contact = IKE_CONTACT_INFORMATIONAL,
	 .esps = mikrotik_esps,
	 .n_esps = COUNT(mikrotik_esps),
	 .esp_parts = RACOON_ESP,
	 .esp_life_s = 1800,
	 .pfs_group = 2,
	 .renew_s = 86000,
	 .rekey_s = 1440,
	 .resend_ms = 10000,
	 .tries = 5,
	 .dpd_s = 120},
	{.name = "cisco-ios",
	 .system = "Cisco IOS",
	 .suites = cisco_suites,
	 .n_suites = COUNT(cisco_suites),
	 .parts = ENC_FIRST,
	 .first_number = 1,
	 .life_s = 86400,
	 .vendors = cisco_vendors,
	 .nonce_len = 20,
	 .vendors_msg3 = cisco_vendors_msg3,
	 .id_protocol = 17,
	 .id_port = 500,
	 .contact = IKE_CONTACT_IN_MSG5,
	 .esps = cisco_esps,
	 .n_esps = COUNT(cisco_esps),
	 .esp_parts = {IKE_PART_ENCAP, IKE_PART_SECONDS, IKE_PART_KILOBYTES, IKE_PART_AUTH,
		       IKE_PART_KEY_LENGTH},
	 .esp_life_s = 3600,
	 .esp_life_kb = 4608000,
	 .renew_s = 86340,
	 .rekey_s = 3570,
	 .resend_ms = 10000,
	 .tries = 6},
};

const struct ike_profile *ike_profile(unsigned n)
{
	return n < COUNT(rows) ? &rows[n] : NULL;
}

const struct ike_profile *ike_profile_by_name(const char *name)
{
	for (unsigned i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}
