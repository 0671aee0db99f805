/*
 * lac_i: what the files of this room share: one client and the events of its
 * state table.
 */
#pragma once

#include "base/fsm.h"
#include "base/list.h"
#include "base/outbox.h"
#include "base/secret.h"
#include "base/timerq.h"
#include "base/wr.h"
#include "dress.h"
#include "esp.h"
#include "ike/profile.h"
#include "inform.h"
#include "l2tp/habit.h"
#include "l2tp/l2tp.h"
#include "lac/lac.h"

#define LAC_STATES    (LAC_DOWN + 1)
#define LAC_BYTES_MAX (IKE_MESSAGE_MAX + 4)

enum lac_event {
	EV_DIAL,
	EV_IKE_UP,
	EV_ESP_UP,
	EV_CALL_UP,
	EV_PPP_UP,
	EV_PPP_SUSPEND,
	EV_PPP_DOWN,
	EV_CALL_DOWN,
	EV_TUNNEL_DOWN,
	EV_IKE_DOWN,
	EV_HANG_UP,
	EV_TIMEOUT,
	LAC_EVENTS
};

/* One action that waits; its bytes stand behind it. */
struct queued {
	struct lac_act act;
	uint8_t tail[];
};

struct lac {
	struct lac_config cfg; /* its pointers lead into this object */
	char user[PPP_NAME_MAX + 1];
	struct secret psk, password;
	struct ike_policy *policies;
	struct ike_esp *esps;

	enum lac_state state;
	const char *reason; /* the first cause of the end */
	struct timerq timers;
	struct timer guard;
	struct ike *ike;
	ike_peer_id server; /* 0: not dialled */
	struct flow flow;   /* of the ISAKMP SA and of ESP */
	struct l2tp *l2tp;
	uint64_t owner; /* the path's; another one at each dial */
	uint32_t call;
	uint16_t remote_port; /* inner: where the server's L2TP answers from */
	struct ppp *ppp;
	struct ppp_up up;
	bool ipv6_open;
	struct ppp_up6 up6;
	struct esp esp;

	/* play.c */
	struct ike_profile ike_profile; /* the profile's row, perhaps changed */
	const struct l2tp_habit *habit;
	struct dress dress;
	uint64_t playing_ms; /* now, for what dress sends */
	struct timer inform;
	uint32_t inform_xid;
	unsigned informs_left;
	unsigned sccrqs;  /* sent since the dial */
	bool asked_again; /* for the second pair of first_any_port */

	struct outbox out;
	struct lac_act current;
	uint8_t current_bytes[LAC_BYTES_MAX];
	uint64_t drops[LAC_DROPS];
};

/* state.c */
extern const struct fsm lac_fsm;
void lac_event(struct lac *l, uint64_t now_ms, enum lac_event ev, const char *reason);
void lac_guard_fired(struct timer *t, uint64_t now_ms);

/* glue.c: carries out what waits in ike, l2tp and ppp. */
void lac_drain(struct lac *l, uint64_t now_ms);
void lac_l2tp_out(struct lac *l, struct bytes msg);
void lac_esp_in(struct lac *l, uint64_t now_ms, struct bytes packet);
void lac_ppp_frame_out(struct lac *l, uint64_t now_ms, struct bytes frame);

void lac_send_packet(struct lac *l, uint64_t now_ms, struct bytes ip_packet);

/* play.c: the client as its profile */
bool lac_play_config(struct lac *l); /* false: the profile names unknown rows */
void lac_play_ike(const struct lac *l, struct ike_config *ic);
void lac_play_l2tp(const struct lac *l, struct l2tp_config *lc);
void lac_play_ppp(const struct lac *l, struct ppp_config *pc);
void lac_play_link(struct lac *l); /* a PPP link begins */
void lac_play_frame_out(struct lac *l, uint64_t now_ms, struct bytes frame);
void lac_play_frame_in(struct lac *l, uint64_t now_ms, struct bytes frame);
void lac_play_up(struct lac *l, uint64_t now_ms);
void lac_play_down(struct lac *l);
/* True: the packet was for the client itself, not for its user. */
bool lac_play_packet(struct lac *l, struct bytes packet);
/* Asks for a new pair when the kilobytes of the one in use are nearly over. */
void lac_play_octets(struct lac *l, uint64_t now_ms);
/* A control message of L2TP was sent. */
void lac_play_control(struct lac *l, uint64_t now_ms, struct bytes msg);
/* A pair is up. */
void lac_play_child(struct lac *l, uint64_t now_ms);
/* Does the client outlive its phase 1? */
bool lac_play_lasts(const struct lac *l);
void lac_inform_fired(struct timer *t, uint64_t now_ms);

/* act.c */
void lac_drop(struct lac *l, enum lac_drop why);
void lac_act_datagram(struct lac *l, const struct flow *flow, bool raw_esp, bool marker,
		      struct bytes bytes);
void lac_act_packet(struct lac *l, struct bytes packet);
void lac_act_dh(struct lac *l, struct ike_dh_job *job);
void lac_act_copy_note(struct lac *l, const struct note *note);
void lac_act_note(struct lac *l, enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void lac_act_up(struct lac *l);
void lac_act_down(struct lac *l);
