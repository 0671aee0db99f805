/*
 * quirk: the ledger of L2TP client systems as rows (clients.md 2.1 to 2.6); the
 * first row that agrees names the system.
 *
 * Called by tunnel_accept.c for an SCCRQ that is accepted. What we do for a system
 * we do for every peer: a row explains and names, it never switches behaviour and
 * never decides about authentication.
 */
#include "quirk.h"

#include <string.h>

#define WINDOWS_DOES                                                                               \
	"SCCRQ at 0, 1, 3, 7, 15 and 29 s, before Quick Mode is over on our side; ICRQ with "      \
	"Microsoft's correlation id (vendor 311 AVP 1); tunnel ids from a small counter"
#define WINDOWS_WE                                                                                 \
	"copies of an SCCRQ make no second tunnel; AVPs of other vendors without M are passed "    \
	"over; a tunnel id that is used again ends the tunnel before it"
#define APPLE_ORDER                                                                                \
	{                                                                                          \
		AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_HOST_NAME,                     \
			AVP_ASSIGNED_TUNNEL_ID, AVP_RECEIVE_WINDOW_SIZE                            \
	}
#define ANDROID_ORDER                                                                              \
	{                                                                                          \
		AVP_PROTOCOL_VERSION, AVP_HOST_NAME, AVP_FRAMING_CAPABILITIES,                     \
			AVP_ASSIGNED_TUNNEL_ID                                                     \
	}

static const struct l2tp_quirk rows[] = {
	{.system = "Windows 10/11",
	 .vendor = "Microsoft",
	 .firmware = 0x0a00,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows 8",
	 .vendor = "Microsoft",
	 .firmware = 0x0602,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows 8.1",
	 .vendor = "Microsoft",
	 .firmware = 0x0603,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows 7",
	 .vendor = "Microsoft",
	 .firmware = 0x0601,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows Vista",
	 .vendor = "Microsoft",
	 .firmware = 0x0600,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows 2000/XP",
	 .vendor = "Microsoft",
	 .firmware = 0x0500,
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows",
	 .vendor = "Microsoft",
	 .does = WINDOWS_DOES,
	 .we_do = WINDOWS_WE,
	 .test = "windows"},
	{.system = "Windows 9x",
	 .vendor = "Deterministic Networks",
	 .firmware = 0xff00,
	 .does = "its StopCCN names our tunnel id where its own should stand",
	 .we_do = "a StopCCN of the right path ends the tunnel by whichever id it names",
	 .test = "a_stopccn_names_whichever_id"},
	{.system = "Linux (xl2tpd)",
	 .vendor = "xelerance.com",
	 .does = "source port 1701 or ephemeral; waits passively for our LCP",
	 .we_do = "the answer goes to the port that the SCCRQ came from; we begin LCP",
	 .test = "xl2tpd"},
	{.system = "MikroTik",
	 .vendor = "MikroTik",
	 .does = "firmware revision 1, window 4",
	 .we_do = "nothing special",
	 .test = "mikrotik"},
	{.system = "Cisco IOS",
	 .vendor = "Cisco",
	 .does = "firmware revision 0x11xx; a challenge when a tunnel password is set",
	 .we_do = "the challenge is answered when l2tp tunnel secret is set, else refused by name",
	 .test = "cisco"},
	{.system = "Sekisho",
	 .vendor = "Sekisho",
	 .does = "our own client",
	 .we_do = "nothing special",
	 .test = "sekisho"},
	{.system = "Android",
	 .vendor = "",
	 .host = "anonymous",
	 .window = 1,
	 .order = ANDROID_ORDER,
	 .does = "announces a window of 1, waits for the ZLB of SCCCN and of ICCN, compares Ns and "
		 "Nr exactly, ends with a StopCCN alone; ephemeral source port",
	 .we_do = "one message in flight, acknowledgements at once, L and S and no more in the "
		  "header",
	 .test = "android"},
	{.system = "macOS/iOS",
	 .vendor = "",
	 .host_nul = true,
	 .order = APPLE_ORDER,
	 .does = "ICRQ right behind SCCCN; a Result Code of 8 octets, little endian, with stale "
		 "octets behind it; ephemeral source port; locks to the port that SCCRP came from",
	 .we_do = "the result is read in either byte order; what is no error code is no error",
	 .test = "apple"},
	{.system = "Linux (kl2tpd)",
	 .vendor = "",
	 .no_window = true,
	 .order = ANDROID_ORDER,
	 .does = "no Receive Window Size",
	 .we_do = "a window of 4 (RFC 2661 4.4.3)",
	 .test = "a_peer_without_a_window_gets_four"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct l2tp_quirk *l2tp_quirk(unsigned n)
{
	return n < N_ROWS ? &rows[n] : NULL;
}

static bool begins_with(struct bytes text, const char *with)
{
	size_t len = strlen(with);

	return len == 0 || (text.len >= len && memcmp(text.p, with, len) == 0);
}

static bool same_order(const struct l2tp_quirk *q, const struct message_parse *p)
{
	for (unsigned i = 0; i < QUIRK_ORDER && q->order[i]; i++)
		if (i >= p->n_order || p->order[i] != q->order[i])
			return false;
	return true;
}

static bool same_names(const struct l2tp_quirk *q, const struct l2tp_message *m)
{
	struct bytes host = m->host_name;

	if (q->vendor && !*q->vendor && has(m, AVP_VENDOR_NAME))
		return false;
	if (q->vendor && !begins_with(m->vendor_name, q->vendor))
		return false;
	if (q->host_nul && (!host.len || host.p[host.len - 1] != 0))
		return false;
	return !q->host || (begins_with(host, q->host) && host.len == strlen(q->host));
}

static bool agrees(const struct l2tp_quirk *q, const struct message_parse *p)
{
	const struct l2tp_message *m = &p->m;

	if (q->firmware && (!has(m, AVP_FIRMWARE_REVISION) || m->firmware_revision != q->firmware))
		return false;
	if (q->window && (!has(m, AVP_RECEIVE_WINDOW_SIZE) || m->receive_window_size != q->window))
		return false;
	if (q->no_window && has(m, AVP_RECEIVE_WINDOW_SIZE))
		return false;
	return same_names(q, m) && same_order(q, p);
}

const char *l2tp_client_system(const struct message_parse *sccrq)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (agrees(&rows[i], sccrq))
			return rows[i].system;
	return "unknown";
}
