/*
 * lac_i: what the files of this room share: one client and the events of its
 * state table.
 */
#pragma once

#include "base/fsm.h"
#include "base/list.h"
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
#include "shared.h"

#define LAC_STATES    (LAC_DOWN + 1)
#define LAC_L2TP_PORT 1701

enum lac_event {
	EV_DIAL,
	EV_DIAL_RAW,
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
	struct lac_shared *sh;
	bool own_shared;
	struct ike_policy *policies;
	struct ike_esp *esps;

	enum lac_state state;
	const char *reason; /* the first cause of the end */
	struct timerq timers;
	struct timer guard;
	struct ike *ike;       /* raw: none */
	ike_peer_id server;    /* 0: not dialled, or raw */
	struct flow flow;      /* of the ISAKMP SA and of ESP; raw: of L2TP */
	struct flow data_flow; /* of what was sealed last */
	struct l2tp *l2tp;
	uint64_t owner; /* the path's; another one at each dial */
	uint32_t call;
	uint16_t remote_port; /* where the server's L2TP answers from (RFC 2661 8.1) */
	struct l2tp_call_info call_info;
	bool sequenced;    /* as the call's data messages are now (RFC 2661 5.4) */
	uint64_t alive_ms; /* when the other rooms last heard of user packets */
	struct timer worn; /* lac_play_octets() is due */
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

	struct lac_box *box; /* actions that wait; NULL: none */
	uint64_t drops[LAC_DROPS];
};

/* state.c */
extern const struct fsm lac_fsm;
void lac_event(struct lac *l, uint64_t now_ms, enum lac_event ev, const char *reason);
void lac_guard_fired(struct timer *t, uint64_t now_ms);

/* glue.c: carries out what waits in ike, l2tp and ppp. */
void lac_drain(struct lac *l, uint64_t now_ms);
void lac_ppp_frame_out(struct lac *l, uint64_t now_ms, struct bytes frame);
/* A message from the server's port; what it leads to waits for lac_drain(). */
void lac_l2tp_in(struct lac *l, uint64_t now_ms, uint16_t from, struct bytes msg);

/* data.c */
void lac_l2tp_out(struct lac *l, struct bytes msg); /* any message of L2TP */
void lac_esp_in(struct lac *l, uint64_t now_ms, struct bytes packet);
void lac_plain_in(struct lac *l, uint64_t now_ms, const struct flow *flow, struct bytes msg);
void lac_send_packet(struct lac *l, uint64_t now_ms, struct bytes ip_packet);
/* The IP packet of a frame, when it is one (RFC 1661 section 2, 6.5 and 6.6). */
bool lac_packet_of_frame(struct bytes frame, struct bytes *packet);

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
void lac_worn_fired(struct timer *t, uint64_t now_ms);
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
