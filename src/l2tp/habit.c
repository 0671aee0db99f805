/*
 * habit: the L2TP client systems that our LAC can play, a row each (clients.md 2.1 to
 * 2.6), and the strict look of Android at what a server sends.
 *
 * Called by tunnel.c, call.c and l2tp.c where a configuration names a habit. Never used
 * for an LNS.
 */
#include "l2tp/habit.h"

#include <string.h>

#include "header.h"
#include "state.h"

#define MS_VENDOR      311
#define MS_CORRELATION 1
#define STRICT_MASK    0xcb0f
#define STRICT_FLAGS   0xc802
#define COPY_WINDOW    0x7fff
#define STRICT_FIRST   0x8008 /* the header of a Message Type AVP */

static const struct l2tp_habit rows[] = {
	{.name = "windows",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE},
	 .host_name = "DESKTOP-1",
	 .vendor_name = "Microsoft",
	 .firmware = 0x0a00,
	 .framing_capabilities = 1,
	 .counts_tunnels = true,
	 .ignores_challenge = true,
	 .bearer_type = true,
	 .correlation = true,
	 .tx_speed = 100000000,
	 .framing_type = 1,
	 .stop_result = 6},
	{.name = "windows7",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE},
	 .host_name = "WIN7-PC",
	 .vendor_name = "Microsoft",
	 .firmware = 0x0601,
	 .framing_capabilities = 1,
	 .counts_tunnels = true,
	 .ignores_challenge = true,
	 .bearer_type = true,
	 .correlation = true,
	 .tx_speed = 100000000,
	 .framing_type = 1,
	 .stop_result = 6},
	{.name = "windows8.1",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE},
	 .host_name = "WIN8-PC",
	 .vendor_name = "Microsoft",
	 .firmware = 0x0603,
	 .framing_capabilities = 1,
	 .counts_tunnels = true,
	 .ignores_challenge = true,
	 .bearer_type = true,
	 .correlation = true,
	 .tx_speed = 100000000,
	 .framing_type = 1,
	 .stop_result = 6},
	{.name = "apple",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_HOST_NAME,
		   AVP_ASSIGNED_TUNNEL_ID, AVP_RECEIVE_WINDOW_SIZE},
	 .host_name = "MacBook",
	 .host_nul = true,
	 .ignores_challenge = true,
	 .framing_capabilities = 3,
	 .tx_speed = 1000000,
	 .framing_type = 3,
	 .swapped_result = true},
	{.name = "android",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_HOST_NAME, AVP_FRAMING_CAPABILITIES,
		   AVP_ASSIGNED_TUNNEL_ID, AVP_RECEIVE_WINDOW_SIZE, AVP_CHALLENGE},
	 .host_name = "anonymous",
	 .framing_capabilities = 3,
	 .waits = true,
	 .tx_speed = 100000000,
	 .framing_type = 3,
	 .no_cdn = true,
	 .stop_result = 6,
	 .strict = true},
	{.name = "xl2tpd",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE, AVP_CHALLENGE},
	 .host_name = "laptop",
	 .vendor_name = "xelerance.com",
	 .firmware = 0x0690,
	 .framing_capabilities = 3,
	 .bearer_type = true,
	 .tx_speed = 10000000,
	 .rx_speed = 10000000,
	 .framing_type = 1},
	{.name = "kl2tpd",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_HOST_NAME, AVP_FRAMING_CAPABILITIES,
		   AVP_ASSIGNED_TUNNEL_ID},
	 .host_name = "laptop",
	 .framing_capabilities = 3,
	 .framing_type = 3},
	{.name = "mikrotik",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE, AVP_CHALLENGE},
	 .host_name = "MikroTik",
	 .vendor_name = "MikroTik",
	 .firmware = 1,
	 .framing_capabilities = 1,
	 .tx_speed = 100000000,
	 .framing_type = 1},
	{.name = "cisco", /* names and firmware not confirmed */
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE, AVP_CHALLENGE},
	 .host_name = "router",
	 .vendor_name = "Cisco Systems, Inc.",
	 .firmware = 0x1130,
	 .framing_capabilities = 3,
	 .bearer_type = true,
	 .tx_speed = 100000000,
	 .framing_type = 1},
	{.name = "windows-xp",
	 .sccrq = {AVP_PROTOCOL_VERSION, AVP_FRAMING_CAPABILITIES, AVP_BEARER_CAPABILITIES,
		   AVP_FIRMWARE_REVISION, AVP_HOST_NAME, AVP_VENDOR_NAME, AVP_ASSIGNED_TUNNEL_ID,
		   AVP_RECEIVE_WINDOW_SIZE},
	 .host_name = "XP-PC",
	 .vendor_name = "Microsoft",
	 .firmware = 0x0500,
	 .framing_capabilities = 1,
	 .counts_tunnels = true,
	 .ignores_challenge = true,
	 .bearer_type = true,
	 .tx_speed = 100000000,
	 .framing_type = 1,
	 .stop_result = 6},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct l2tp_habit *l2tp_habit(unsigned n)
{
	return n < N_ROWS ? &rows[n] : NULL;
}

const struct l2tp_habit *l2tp_habit_by_name(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct l2tp_habit *tunnel_habit(const struct tunnel *t)
{
	return t->ctl.caller ? t->settings->cfg.habit : NULL;
}

void habit_start(struct tunnel *t, struct l2tp_message *m, uint8_t host[HABIT_HOST])
{
	const struct l2tp_habit *h = tunnel_habit(t);
	uint64_t only = 0;
	size_t len;

	if (!h || m->type != MSG_SCCRQ)
		return;
	for (unsigned i = 0; i < L2TP_HABIT_AVPS && h->sccrq[i]; i++)
		only |= AVP_BIT(h->sccrq[i]);
	m->present &= only;
	m->order = h->sccrq;
	m->firmware_revision = h->firmware;
	m->framing_capabilities = h->framing_capabilities;
	if (h->vendor_name)
		m->vendor_name = l2tp_text(h->vendor_name);
	if (!h->host_name)
		return;
	len = strnlen(h->host_name, HABIT_HOST - 1);
	memcpy(host, h->host_name, len);
	host[len] = 0;
	m->host_name = (struct bytes){host, len + h->host_nul};
}

/* Header and value of an AVP that we read nowhere. */
static void write_correlation(struct tunnel *t, struct wr *w)
{
	const struct l2tp_config *cfg = &t->settings->cfg;
	uint8_t *guid;

	wr_u16(w, AVP_HEADER_LEN + 16);
	wr_u16(w, MS_VENDOR);
	wr_u16(w, MS_CORRELATION);
	guid = wr_reserve(w, 16);
	if (guid)
		cfg->random(cfg->random_ctx, guid, 16);
}

void habit_call(struct tunnel *t, struct l2tp_message *m, uint8_t tail[HABIT_TAIL])
{
	const struct l2tp_habit *h = tunnel_habit(t);
	struct wr w = wr_of(tail, HABIT_TAIL);

	if (!h)
		return;
	if (m->type == MSG_ICRQ) {
		if (!h->bearer_type)
			m->present &= ~AVP_BIT(AVP_BEARER_TYPE);
		if (h->correlation)
			write_correlation(t, &w);
		m->tail = wr_done(&w);
		return;
	}
	m->tx_connect_speed = h->tx_speed;
	m->framing_type = h->framing_type;
	m->rx_connect_speed = h->rx_speed;
	if (h->rx_speed)
		m->present |= AVP_BIT(AVP_RX_CONNECT_SPEED);
}

void habit_end(const struct tunnel *t, struct l2tp_message *m)
{
	const struct l2tp_habit *h = tunnel_habit(t);

	if (!h)
		return;
	if (m->type == MSG_STOPCCN && h->stop_result)
		m->result = h->stop_result;
	m->swapped_result = h->swapped_result;
}

bool habit_takes(const struct tunnel *t, const struct l2tp_header *in, struct bytes datagram)
{
	const struct l2tp_habit *h = tunnel_habit(t);
	struct rd r = rd_of_bytes(datagram);
	uint16_t flags = rd_u16(&r);

	if (!h || !h->strict)
		return true;
	if ((flags & STRICT_MASK) != STRICT_FLAGS || in->length != in->datagram_len)
		return false;
	if (in->payload.len == 0)
		return true;
	if ((uint16_t)(t->ctl.channel.nr - in->ns - 1) < COPY_WINDOW)
		return true; /* a copy of what it has: acknowledged again, which is not confirmed */
	r = rd_of_bytes(in->payload);
	return rd_u16(&r) == STRICT_FIRST && in->ns == t->ctl.channel.nr &&
	       in->nr == t->ctl.channel.high;
}
