/*
 * play: a client that plays another system (lac/profile.h): what its rooms are
 * configured with, its PPP frames in that system's clothes, its DHCPINFORM, its
 * lifetimes. Called by lac.c, state.c and glue.c. Without a profile only the kilobyte limit is
 * kept.
 */
#include <stdio.h>
#include <string.h>

#include "lac_i.h"

#define EPHEMERAL_FIRST 49152
#define EPHEMERAL_COUNT 16384
#define MESSAGE_TYPE_AT 18 /* behind the L2TP header and its own */
#define SCCRQ           1

struct ike_id lac_identity(const char *name)
{
	struct ike_id id = {.type = strchr(name, '@') ? 3 : strchr(name, '.') ? 2 : 11};

	id.len = (uint8_t)strnlen(name, sizeof(id.data));
	memcpy(id.data, name, id.len);
	return id;
}

bool lac_play_config(struct lac *l)
{
	const struct lac_profile *p = l->cfg.profile;
	const struct ike_profile *row = p ? ike_profile_by_name(p->ike) : NULL;
	uint16_t port;

	if (!p)
		return true;
	l->habit = l2tp_habit_by_name(p->l2tp);
	if (!row || !l->habit)
		return false;
	l->ike_profile = *row;
	if (l->cfg.esp_life_s) {
		l->ike_profile.esp_life_s = l->cfg.esp_life_s;
		l->ike_profile.rekey_s = l->cfg.esp_life_s * 19 / 20;
	}
	if (l->cfg.esp_life_kb)
		l->ike_profile.esp_life_kb = l->cfg.esp_life_kb;
	l->cfg.mru = p->mru;
	if (!l->cfg.l2tp_port && p->ephemeral_port) {
		l->cfg.random(l->cfg.random_ctx, &port, sizeof(port));
		l->cfg.l2tp_port = (uint16_t)(EPHEMERAL_FIRST + port % EPHEMERAL_COUNT);
	}
	return true;
}

void lac_play_ike(const struct lac *l, struct ike_config *ic)
{
	if (!l->cfg.profile)
		return;
	ic->profile = &l->ike_profile;
	ic->esp_life_s = l->ike_profile.esp_life_s;
	ic->esp_life_kb = l->ike_profile.esp_life_kb;
	ic->dpd_s = l->ike_profile.dpd_s;
	ic->dpd_retry_s = 10;
	ic->natt_shy = strncmp(l->cfg.profile->name, "windows", 7) == 0;
	if (!ic->fragment_mtu)
		ic->fragment_mtu = 1280;
}

void lac_play_l2tp(const struct lac *l, struct l2tp_config *lc)
{
	const struct lac_profile *p = l->cfg.profile;

	if (!p)
		return;
	lc->habit = l->habit;
	lc->rx_window = p->window;
	lc->hello_s = p->hello_s;
	lc->retransmit_ms = p->l2tp_resend_ms;
	lc->retransmit_max_ms = p->l2tp_resend_max_ms;
	lc->retransmit_tries = p->l2tp_tries;
}

void lac_play_ppp(const struct lac *l, struct ppp_config *pc)
{
	const struct lac_profile *p = l->cfg.profile;

	if (!p)
		return;
	pc->ipv6 |= p->ipv6cp;
	pc->echo_s = p->echo_s;
	pc->echo_fail_max = p->echo_fail_max;
}

/* ---- PPP ---- */

static void dressed(void *ctx, struct bytes frame)
{
	struct lac *l = ctx;

	lac_ppp_frame_out(l, l->playing_ms, frame);
}

void lac_play_link(struct lac *l)
{
	l->dress.profile = l->cfg.profile;
	l->dress.send = dressed;
	l->dress.ctx = l;
	dress_begin(&l->dress);
}

void lac_play_frame_out(struct lac *l, uint64_t now_ms, struct bytes frame)
{
	l->playing_ms = now_ms;
	dress_out(&l->dress, frame);
}

void lac_play_frame_in(struct lac *l, uint64_t now_ms, struct bytes frame)
{
	uint8_t buf[LAC_PACKET_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	l->playing_ms = now_ms;
	if (dress_in(&l->dress, frame, &w))
		ppp_input(l->ppp, now_ms, wr_done(&w));
}

/* ---- DHCPINFORM ---- */

static void inform(struct lac *l, uint64_t now_ms)
{
	const struct lac_inform *how = &l->cfg.profile->inform;
	uint8_t p[INFORM_PACKET_MAX];
	size_t len = inform_build(p, how, l->inform_xid, l->up.local_ip);

	if (l->informs_left == 0)
		return;
	l->informs_left--;
	lac_send_packet(l, now_ms, (struct bytes){p, len});
	timerq_arm(&l->timers, &l->inform, now_ms + INFORM_RETRY_MS);
}

void lac_inform_fired(struct timer *t, uint64_t now_ms)
{
	struct lac *l = list_entry(t, struct lac, inform);

	if (l->state == LAC_UP)
		inform(l, now_ms);
}

void lac_play_up(struct lac *l, uint64_t now_ms)
{
	if (!l->cfg.profile || !l->cfg.profile->inform.tries)
		return;
	l->inform_xid++;
	l->informs_left = l->cfg.profile->inform.tries;
	inform(l, now_ms);
}

void lac_play_down(struct lac *l)
{
	timerq_disarm(&l->timers, &l->inform);
	l->informs_left = 0;
	l->asked_again = false;
	l->sccrqs = 0;
}

bool lac_play_packet(struct lac *l, struct bytes packet)
{
	char words[NOTE_TEXT - 20];
	enum inform_verdict v;

	if (!l->cfg.profile || !l->cfg.profile->inform.tries)
		return false;
	v = inform_take(packet, &l->cfg.profile->inform, l->inform_xid, l->up.local_ip, words,
			sizeof(words));
	if (v == INFORM_OTHER)
		return false;
	lac_act_note(l, NOTE_INFO, v == INFORM_GOOD ? "dhcp-ack" : "dhcp-bad", "%s", words);
	if (v == INFORM_GOOD)
		timerq_disarm(&l->timers, &l->inform);
	return true;
}

/* ---- lifetimes ---- */

void lac_play_control(struct lac *l, uint64_t now_ms, struct bytes msg)
{
	struct rd r = rd_of_bytes(msg);

	rd_skip(&r, MESSAGE_TYPE_AT);
	if (!l->cfg.profile || !l->cfg.profile->requicks || l->state != LAC_TUNNEL ||
	    rd_u16(&r) != SCCRQ)
		return;
	if (l->sccrqs++ && l->ike)
		ike_rekey(l->ike, now_ms, l->server);
}

void lac_play_child(struct lac *l, uint64_t now_ms)
{
	if (!l->cfg.profile || !l->ike_profile.first_any_port || l->asked_again)
		return;
	l->asked_again = true;
	ike_rekey(l->ike, now_ms, l->server);
}

bool lac_play_lasts(const struct lac *l)
{
	return !l->cfg.profile || l->ike_profile.renew_s;
}

void lac_play_octets(struct lac *l, uint64_t now_ms)
{
	struct esp_pair *p = esp_sender(&l->esp);

	if (!p || p->worn || p->octets < p->wears)
		return;
	p->worn = true;
	lac_act_note(l, NOTE_INFO, "esp-worn", "%u kB are nearly used up: a new pair", p->life_kb);
	ike_rekey(l->ike, now_ms, l->server);
}

void lac_worn_fired(struct timer *t, uint64_t now_ms)
{
	lac_play_octets(list_entry(t, struct lac, worn), now_ms);
}
