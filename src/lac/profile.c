/*
 * profile: the client systems as rows (clients.md 1 to 3). What is not known there
 * stands with "not confirmed". Data for lac.c and dress.c.
 */
#include "lac/profile.h"

#include <stddef.h>
#include <string.h>

/* clients.md 3.1: MRU, Magic, PFC, ACFC, Callback [, MRRU, Endpoint Discriminator] */
#define WINDOWS_LCP                                                                                \
	{                                                                                          \
		1, 5, 7, 8, 13, 17, 19                                                             \
	}
#define CALLBACK_CBCP "0d0306"
#define MULTILINK     "1104064e13170100112233445566778899aabbccddeeff01020304"
#define WINDOWS_IPCP                                                                               \
	{                                                                                          \
		3, 129, 130, 131, 132                                                              \
	}
#define PPPD_LCP                                                                                   \
	{                                                                                          \
		1, 2, 5, 7, 8                                                                      \
	}
#define PPPD_IPCP                                                                                  \
	{                                                                                          \
		3, 2, 129, 131                                                                     \
	}
#define ASYNCMAP    "020600000000"
#define VJ          "0206002d0f01"
#define CCP         0x80fd
#define ACSCP       0x8235
#define MPPC        "120601000000"
#define MPPE        "120601000060"
#define BSD_DEFLATE "1a0478001804780015032f"

/* What the list of option 55 holds and its order are not confirmed for Windows. */
#define WINDOWS_INFORM                                                                             \
	{                                                                                          \
		.htype = 8, .chaddr = {0x00, 0x53, 0x45, 0x00, 0x00, 0x00},                        \
		.options = "350108"                                                                \
			   "3d0701005345000000"                                                    \
			   "3c084d53465420352e30"                                                  \
			   "3707062c0f01f92b79",                                                   \
		.tries = 3                                                                         \
	}
#define APPLE_INFORM                                                                               \
	{                                                                                          \
		.htype = 8, .chaddr = {0x00, 0x00, 0x00, 0x01, 0x00, 0x00},                        \
		.options = "350108"                                                                \
			   "3d0708000000010000"                                                    \
			   "3706062c2b01f90f",                                                     \
		.tries = 4, .type_first = true                                                     \
	}

#define WINDOWS_L2TP                                                                               \
	.window = 8, .l2tp_resend_ms = 1000, .l2tp_resend_max_ms = 8000, .l2tp_tries = 5,          \
	.requicks = true
#define APPLE(id, words)                                                                           \
	{                                                                                          \
		.name = id, .system = words, .ike = id, .l2tp = "apple", .ephemeral_port = true,   \
		.window = 4, .l2tp_resend_ms = 1000, .l2tp_resend_max_ms = 4000, .l2tp_tries = 9,  \
		.mru = 1500, .lcp_order = {2, 5, 7, 8}, .lcp_extra = ASYNCMAP,                     \
		.ipcp_order = PPPD_IPCP, .ipcp_extra = VJ, .offers = {{ACSCP, ""}}, .echo_s = 10,  \
		.echo_fail_max = 4, .inform = APPLE_INFORM                                         \
	}
#define ANDROID(id, words)                                                                         \
	{                                                                                          \
		.name = id, .system = words, .ike = id, .l2tp = "android", .ephemeral_port = true, \
		.window = 1, .l2tp_resend_ms = 2000, .l2tp_resend_max_ms = 2000, .l2tp_tries = 10, \
		.mru = 1400, .lcp_order = PPPD_LCP, .lcp_extra = ASYNCMAP,                         \
		.ipcp_order = PPPD_IPCP, .ipcp_extra = VJ, .offers = {                             \
			{CCP, BSD_DEFLATE}                                                         \
		}                                                                                  \
	}
#define XL2TPD                                                                                     \
	.l2tp = "xl2tpd", .window = 8, .hello_s = 60, .l2tp_resend_ms = 1000,                      \
	.l2tp_resend_max_ms = 8000, .l2tp_tries = 5, .mru = 1400, .lcp_order = PPPD_LCP,           \
	.lcp_extra = ASYNCMAP, .ipcp_order = PPPD_IPCP, .ipcp_extra = VJ

static const struct lac_profile rows[] = {
	{.name = "windows10",
	 .system = "Windows 10",
	 .ike = "windows10",
	 .l2tp = "windows",
	 WINDOWS_L2TP,
	 .mru = 1400,
	 .lcp_order = WINDOWS_LCP,
	 .lcp_extra = CALLBACK_CBCP,
	 .ipcp_order = WINDOWS_IPCP,
	 .offers = {{CCP, MPPC}},
	 .ipv6cp = true,
	 .identification = {"MSRASV5.20", "MSRAS-0-DESKTOP-1", "\x01\x8a\xf3guid-of-win"},
	 .inform = WINDOWS_INFORM},
	{.name = "windows7", /* with multilink ticked */
	 .system = "Windows 7",
	 .ike = "windows7",
	 .l2tp = "windows7",
	 WINDOWS_L2TP,
	 .mru = 1400,
	 .lcp_order = WINDOWS_LCP,
	 .lcp_extra = CALLBACK_CBCP MULTILINK,
	 .ipcp_order = WINDOWS_IPCP,
	 .offers = {{CCP, MPPC}},
	 .ipv6cp = true,
	 .identification = {"MSRASV5.20", "MSRAS-0-WIN7-PC", "\x01\x8a\xf3guid-of-win"},
	 .inform = WINDOWS_INFORM},
	{.name = "windows-xp",
	 .system = "Windows XP SP2 or Server 2003",
	 .ike = "windows-xp",
	 .l2tp = "windows-xp",
	 WINDOWS_L2TP,
	 .mru = 1400,
	 .lcp_order = WINDOWS_LCP,
	 .lcp_extra = CALLBACK_CBCP,
	 .ipcp_order = WINDOWS_IPCP,
	 .offers = {{CCP, MPPC}},
	 .identification = {"MSRASV5.10", "MSRAS-0-XP-PC"},
	 .inform = WINDOWS_INFORM},
	{.name = "windows8.1",
	 .system = "Windows 8.1",
	 .ike = "windows8.1",
	 .l2tp = "windows8.1",
	 WINDOWS_L2TP,
	 .mru = 1400,
	 .lcp_order = WINDOWS_LCP,
	 .lcp_extra = CALLBACK_CBCP,
	 .ipcp_order = WINDOWS_IPCP,
	 .offers = {{CCP, MPPC}},
	 .ipv6cp = true,
	 .identification = {"MSRASV5.20", "MSRAS-0-WIN8-PC", "\x01\x8a\xf3guid-of-win"},
	 .inform = WINDOWS_INFORM},
	APPLE("apple-2016+", "macOS 10.12, iOS 10 or later"),
	APPLE("apple-2011-2015", "macOS 10.7 to 10.11, iOS up to 9"),
	ANDROID("android-7.1-11", "Android 7.1 to 11"),
	ANDROID("android-4.3-7.0", "Android 4.3 to 7.0"),
	{.name = "strongswan",
	 .system = "NetworkManager-l2tp with strongSwan",
	 .ike = "strongswan",
	 .ephemeral_port = true,
	 XL2TPD},
	{.name = "libreswan",
	 .system = "NetworkManager-l2tp with libreswan",
	 .ike = "libreswan",
	 XL2TPD},
	{.name = "chromeos",
	 .system = "ChromeOS",
	 .ike = "chromeos",
	 XL2TPD,
	 .offers = {{CCP, MPPE}}},
	{.name = "mikrotik", /* PPP not confirmed */
	 .system = "MikroTik RouterOS",
	 .ike = "mikrotik",
	 .l2tp = "mikrotik",
	 .window = 4,
	 .hello_s = 60,
	 .l2tp_resend_ms = 1000,
	 .l2tp_resend_max_ms = 8000,
	 .l2tp_tries = 5,
	 .mru = 1450,
	 .lcp_order = {1, 5},
	 .ipcp_order = {3, 129, 131},
	 .offers = {{CCP, MPPE}},
	 .echo_s = 30,
	 .echo_fail_max = 5},
	{.name = "cisco-ios", /* L2TP and PPP not confirmed */
	 .system = "Cisco IOS",
	 .ike = "cisco-ios",
	 .l2tp = "cisco",
	 .window = 8,
	 .hello_s = 60,
	 .l2tp_resend_ms = 1000,
	 .l2tp_resend_max_ms = 8000,
	 .l2tp_tries = 10,
	 .mru = 1460,
	 .lcp_order = {1, 5},
	 .ipcp_order = {3, 129, 130, 131, 132},
	 .echo_s = 10,
	 .echo_fail_max = 5},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct lac_profile *lac_profile(unsigned n)
{
	return n < N_ROWS ? &rows[n] : NULL;
}

const struct lac_profile *lac_profile_by_name(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}
