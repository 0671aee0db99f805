/*
 * quirk: which client system a first message comes from, and what that means for
 * us (clients.md 1, RFC 2409). Called by the first messages of phase 1; asked by
 * main, peer, child, dpd and quick. A wrong guess costs comfort, never safety.
 */
#include "quirk.h"

#define B(v)   VENDOR_BIT(VENDOR_##v)
#define NO_ONE UINT32_C(1) << 31 /* a vendor bit that nobody has: a row for readers only */

#define WINDOWS (IKE_QUIRK_NO_DPD | IKE_QUIRK_NO_REKEY | IKE_QUIRK_NO_RENEW | IKE_QUIRK_HIDE_NAT)
#define WINDOWS_DOES                                                                               \
	"knows no DPD; goes away when the server looks translated (unless its registry says "      \
	"otherwise); rekeys ESP by itself, message ids count 1, 2, 3; a new Main Mode when it "    \
	"needs one, its ESP SAs outlive the ISAKMP SA"
#define WINDOWS_WE                                                                                 \
	"never ask it R-U-THERE; return its own hash of our address as our NAT-D, and noise for "  \
	"its own so that it encapsulates; leave rekeying to it"

#define APPLE (IKE_QUIRK_NO_REKEY | IKE_QUIRK_NO_RENEW)
#define APPLE_DOES                                                                                 \
	"answers DPD; a new Main Mode every 48 to 54 minutes beside the old SA, Quick Modes "      \
	"likewise; IDci with an ephemeral port"
#define APPLE_WE "leave rekeying to it, keep the session over its new Main Modes"

#define ANDROID_OLD                                                                                \
	(IKE_QUIRK_NO_DPD | IKE_QUIRK_NO_REKEY | IKE_QUIRK_NO_RENEW | IKE_QUIRK_NO_SHA256)
#define ANDROID_WANT (B(NATT_00) | B(NATT_02) | B(FRAGMENTATION_80) | B(DPD))
#define ANDROID_DOES                                                                               \
	"MODP 1024 only; kernels that cut HMAC-SHA2-256 to 96 bits; never renews phase 1: "        \
	"its VPN ends after 8 hours; IDci with port 0"
#define ANDROID_WE                                                                                 \
	"liveness by L2TP Hello and LCP, not by DPD; never begin an exchange; choose other "       \
	"integrity than SHA-256 when it offers some"

#define STRONGSWAN_WANT (B(XAUTH) | B(DPD) | B(FRAGMENTATION_80) | B(RFC3947) | B(NATT_02N))
#define SWAN_DOES                                                                                  \
	"answers and asks DPD; rekeys and is rekeyed; re-authenticates by a new Main "             \
	"Mode"
#define SWAN_WE "everything is allowed"

static const struct quirk rows[] = {
	{.system = "Windows",
	 .version = "8.1, 10 or 11",
	 .want = B(MS_WIN8),
	 .flags = WINDOWS,
	 .sign = "vendor id 01528bbb...00000001 before MS NT5 00000009",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "test_quirk.c real_first_messages"},
	{.system = "Windows",
	 .version = "8 or Server 2012",
	 .want = B(MS_NT5),
	 .ms_min = 9,
	 .ms_max = 255,
	 .flags = WINDOWS,
	 .sign = "vendor id MS NT5 00000009",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "test_quirk.c windows_versions"},
	{.system = "Windows",
	 .version = "7 or Server 2008 R2",
	 .want = B(MS_NT5),
	 .ms_min = 7,
	 .ms_max = 8,
	 .flags = WINDOWS,
	 .sign = "vendor id MS NT5 00000008",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "test_quirk.c real_first_messages"},
	{.system = "Windows",
	 .version = "Vista or Server 2008",
	 .want = B(MS_NT5),
	 .ms_min = 5,
	 .ms_max = 6,
	 .flags = WINDOWS,
	 .sign = "vendor id MS NT5 00000005 or 00000006",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "test_quirk.c windows_versions"},
	{.system = "Windows",
	 .version = "2000, XP or Server 2003",
	 .want = B(MS_NT5),
	 .ms_min = 2,
	 .ms_max = 4,
	 .flags = WINDOWS,
	 .sign = "vendor id MS NT5 00000002 to 00000004, NAT-T draft 02\\n only",
	 .does = "as later ones; 3DES only; NAT-T payload numbers 130 and 131, modes 61443 and "
		 "61444; IDci may be a host name",
	 .we_do = "answer the draft; take its address from NAT-OA; as for later ones",
	 .test = "test_variant.c windows_xp_behind_nat"},
	{.system = "Windows",
	 .version = "",
	 .want = B(MS_NT5),
	 .flags = WINDOWS,
	 .sign = "vendor id MS NT5 with another number",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "test_quirk.c windows_versions"},
	{.system = "macOS/iOS",
	 .version = "macOS 10.12, iOS 10 or later",
	 .want = B(NATT_APPLE),
	 .group = 14,
	 .flags = APPLE,
	 .sign = "vendor id draft-ietf-ipsec-nat-t-ike, MODP 2048 first",
	 .does = APPLE_DOES,
	 .we_do = APPLE_WE,
	 .test = "test_quirk.c real_first_messages"},
	{.system = "macOS/iOS",
	 .version = "macOS 10.7 to 10.11, iOS 9 or earlier",
	 .want = B(NATT_APPLE),
	 .offers_min = 2,
	 .offers_max = 6,
	 .group = 2,
	 .flags = APPLE,
	 .sign = "vendor id draft-ietf-ipsec-nat-t-ike, at most 6 transforms, MODP 1024",
	 .does = APPLE_DOES,
	 .we_do = APPLE_WE,
	 .test = "test_quirk.c real_first_messages"},
	{.system = "macOS/iOS",
	 .version = "",
	 .want = B(NATT_APPLE),
	 .flags = APPLE,
	 .sign = "vendor id draft-ietf-ipsec-nat-t-ike",
	 .does = APPLE_DOES,
	 .we_do = APPLE_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "FortiGate",
	 .version = "",
	 .want = B(FORTINET),
	 .sign = "vendor id 82990317...",
	 .does = "DPD both ways; PFS in Quick Mode by default",
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "Palo Alto",
	 .version = "",
	 .want = B(PALO_ALTO),
	 .sign = "vendor id a9b9b103...",
	 .does = "DPD both ways",
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "Android",
	 .version = "7.1 to 11",
	 .want = ANDROID_WANT,
	 .avoid = B(NATT_03),
	 .offers_min = 13,
	 .offers_max = 16,
	 .flags = IKE_QUIRK_NO_DPD | IKE_QUIRK_NO_REKEY | IKE_QUIRK_NO_RENEW,
	 .sign = "racoon's vendor ids without draft 03, 16 transforms",
	 .does = "MODP 1024 only; never renews phase 1: its VPN ends after 8 hours; IDci with "
		 "port 0",
	 .we_do = "liveness by L2TP Hello and LCP, not by DPD; never begin an exchange",
	 .test = "test_quirk.c real_first_messages"},
	{.system = "Android",
	 .version = "4.3 to 7.0",
	 .want = ANDROID_WANT,
	 .avoid = B(NATT_03),
	 .offers_min = 9,
	 .offers_max = 12,
	 .flags = ANDROID_OLD,
	 .sign = "racoon's vendor ids without draft 03, 12 transforms",
	 .does = ANDROID_DOES,
	 .we_do = ANDROID_WE,
	 .test = "test_quirk.c real_first_messages"},
	{.system = "Android",
	 .version = "4.0 to 4.2",
	 .want = ANDROID_WANT,
	 .avoid = B(NATT_03),
	 .offers_min = 7,
	 .offers_max = 8,
	 .flags = ANDROID_OLD,
	 .sign = "racoon's vendor ids without draft 03, 8 transforms",
	 .does = ANDROID_DOES,
	 .we_do = ANDROID_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "Android",
	 .version = "2 or 3",
	 .want = ANDROID_WANT,
	 .avoid = B(NATT_03),
	 .offers_min = 4,
	 .offers_max = 6,
	 .flags = ANDROID_OLD,
	 .sign = "racoon's vendor ids without draft 03, 6 transforms",
	 .does = ANDROID_DOES,
	 .we_do = ANDROID_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "Android",
	 .version = "",
	 .want = ANDROID_WANT,
	 .avoid = B(NATT_03),
	 .flags = ANDROID_OLD,
	 .sign = "racoon's vendor ids without draft 03",
	 .does = ANDROID_DOES,
	 .we_do = ANDROID_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "ChromeOS",
	 .version = "",
	 .want = STRONGSWAN_WANT,
	 .avoid = B(NATT_02) | B(NATT_03),
	 .group = 15,
	 .sign = "strongSwan's vendor ids, MODP 3072 first",
	 .does = SWAN_DOES,
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "strongSwan",
	 .version = "",
	 .want = B(STRONGSWAN),
	 .sign = "vendor id 882fe56d... (as a server)",
	 .does = SWAN_DOES,
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "strongSwan",
	 .version = "as in NetworkManager or Synology DSM",
	 .want = STRONGSWAN_WANT,
	 .avoid = B(NATT_02) | B(NATT_03),
	 .sign = "vendor ids XAUTH, DPD, FRAGMENTATION 80000000, RFC 3947, draft 02\\n",
	 .does = SWAN_DOES,
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "libreswan",
	 .version = "3 or earlier, or Openswan",
	 .want = B(OPENSWAN),
	 .sign = "vendor id OE...",
	 .does = SWAN_DOES,
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "libreswan",
	 .version = "",
	 .want = B(DPD) | B(FRAGMENTATION) | B(RFC3947) | B(NATT_03),
	 .avoid = B(UNITY) | B(NATT_08),
	 .sign = "vendor ids DPD, FRAGMENTATION, RFC 3947 and drafts down to 00",
	 .does = SWAN_DOES,
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "MikroTik",
	 .version = "",
	 .want = B(RFC3947) | B(NATT_08) | B(NATT_04) | B(DPD),
	 .avoid = B(NATT_APPLE),
	 .sign = "vendor ids RFC 3947 and every draft from 08 down, DPD (not captured: a guess)",
	 .does = "DPD both ways; Quick Mode with PFS MODP 1024 and 1800 s by default",
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "racoon",
	 .version = "",
	 .want = B(RACOON),
	 .sign = "vendor id 7003cbc1...",
	 .does = "answers DPD",
	 .we_do = SWAN_WE,
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "Cisco IOS",
	 .version = "",
	 .want = B(NATT_07) | B(NATT_03) | B(NATT_02N),
	 .avoid = B(DPD),
	 .sign = "vendor ids drafts 07, 03, 02\\n (newer: RFC 3947 before them), DPD only in "
		 "message 3",
	 .does = "may send RESPONDER-LIFETIME; ESP for 4608000 kB; old ones know drafts only",
	 .we_do = "answer RFC 3947, else draft 03",
	 .test = "test_quirk.c others_by_their_ids"},
	{.system = "TP-Link or another home router",
	 .version = "",
	 .offers_min = 2,
	 .offers_max = 2,
	 .cipher = OAKLEY_3DES,
	 .group = 2,
	 .flags = IKE_QUIRK_NO_REKEY | IKE_QUIRK_NO_RENEW,
	 .sign = "exactly two transforms, 3DES and MODP 1024 first",
	 .does = "sends again only every 10 s; its source port may be any",
	 .we_do = "never begin an exchange",
	 .test = "test_quirk.c generations_by_their_lists"},
	{.system = "Yamaha RTX/NVR or NEC UNIVERGE IX",
	 .version = "",
	 .want = NO_ONE,
	 .sign = "none in IKE: treated as unknown (L2TPv3 names its vendor)",
	 .does = "Aggressive Mode with KEY_ID or FQDN; L2TPv3 or EtherIP inside",
	 .we_do = "as for unknown systems",
	 .test = "test_quirk.c unknown_may_be_anybody"},
	{.system = "unknown",
	 .version = "",
	 .sign = "none of the above",
	 .does = "what the RFCs say, we hope",
	 .we_do = "everything is allowed; DPD when it announces it",
	 .test = "test_quirk.c unknown_may_be_anybody"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void ledger_signs(const struct payloads *p, const struct offers *offers, struct quirk_signs *out)
{
	*out = (struct quirk_signs){.vendors = vendors_of(p), .ms_version = vendor_ms_version(p)};
	if (!offers || offers->n == 0)
		return;
	out->n_offers = offers->n < UINT8_MAX ? (uint8_t)offers->n : UINT8_MAX;
	out->cipher = offers->of[0].cipher;
	out->group = offers->of[0].group;
}

static bool in_range(uint8_t v, uint8_t min, uint8_t max)
{
	return max == 0 || (v >= min && v <= max);
}

static bool fits(const struct quirk *q, const struct quirk_signs *s)
{
	return (s->vendors & q->want) == q->want && !(s->vendors & q->avoid) &&
	       in_range(s->ms_version, q->ms_min, q->ms_max) &&
	       in_range(s->n_offers, q->offers_min, q->offers_max) &&
	       (!q->cipher || q->cipher == s->cipher) && (!q->group || q->group == s->group);
}

const struct quirk *ledger_find(const struct quirk_signs *signs)
{
	size_t i = 0;

	while (i + 1 < N_ROWS && !fits(&rows[i], signs))
		i++;
	return &rows[i];
}

const struct quirk *ledger_row(unsigned n)
{
	return n < N_ROWS ? &rows[n] : NULL;
}

static bool is(const struct quirk *q, enum ike_quirk flag)
{
	return q && (q->flags & flag);
}

bool quirk_allows_rekey(const struct quirk *q)
{
	return q && !is(q, IKE_QUIRK_NO_REKEY);
}

bool quirk_allows_renew(const struct quirk *q)
{
	return q && !is(q, IKE_QUIRK_NO_RENEW);
}

bool quirk_allows_dpd(const struct quirk *q)
{
	return q && !is(q, IKE_QUIRK_NO_DPD);
}

bool quirk_hides_our_nat(const struct quirk *q)
{
	return is(q, IKE_QUIRK_HIDE_NAT);
}

bool quirk_avoids_sha256(const struct quirk *q)
{
	return is(q, IKE_QUIRK_NO_SHA256);
}

const char *ike_quirk_name(uint32_t bit)
{
	switch (bit) {
	case IKE_QUIRK_NO_DPD:
		return "no-dpd";
	case IKE_QUIRK_NO_REKEY:
		return "no-rekey-by-us";
	case IKE_QUIRK_NO_RENEW:
		return "no-main-mode-by-us";
	case IKE_QUIRK_HIDE_NAT:
		return "hides-our-nat";
	case IKE_QUIRK_NO_SHA256:
		return "avoids-sha256";
	default:
		return NULL;
	}
}
