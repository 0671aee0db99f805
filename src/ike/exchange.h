/* What the exchanges offer to each other and to ike.c. Private to src/ike. */
#pragma once

#include "ike/profile.h"
#include "lifetime.h"
#include "sa.h"
#include "state.h"

/* exchange.c */
void sa_event(struct isakmp_sa *sa, enum sa_event ev, struct event *e);
void sa_timer_fired(struct timer *t, uint64_t now_ms);
void sa_arm(struct isakmp_sa *sa, uint64_t deadline_ms);
/* A duplicate of the last message of phase 1: answered from the store or dropped. */
void sa_duplicate(struct isakmp_sa *sa, const struct event *e);
/* What both roles do when phase 1 is authenticated: the SA finds its peer. False: there is no
 * room for one, and the SA is gone. */
bool sa_activate(struct isakmp_sa *sa, uint64_t now_ms);
/* The peer wants a shorter life for it, from now on. */
void sa_shorten(struct isakmp_sa *sa, uint32_t life_s, uint64_t now_ms);

/* main_responder.c */
void main_first(struct ike *k, struct event *e);
enum step main_recv_msg3(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg4(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_checked_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_refuse_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg6(struct isakmp_sa *sa, struct event *e);
/* A message 5 that does not decrypt, or whose HASH_I is wrong. */
enum step main_bad_msg5(struct isakmp_sa *sa, struct event *e, enum ike_drop why);

/* main_initiator.c */
/* Begins Main Mode with a peer on the path that it has; 0: no room. */
ike_sa_id main_initiate(struct peer *p, uint64_t now_ms);
enum step main_recv_msg2(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg3(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg4(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_signed_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg6(struct isakmp_sa *sa, struct event *e);
enum step main_checked_msg6(struct isakmp_sa *sa, struct event *e);
enum step main_refuse_msg6(struct isakmp_sa *sa, struct event *e);
enum step main_hint(struct isakmp_sa *sa, struct event *e);
enum step main_hint_secret(struct isakmp_sa *sa, struct event *e);
enum step main_resend(struct isakmp_sa *sa, struct event *e);
/* for Aggressive Mode too: */
/* Sends and keeps it for retransmission and as the answer to `request`. */
bool main_send_and_keep(struct isakmp_sa *sa, uint64_t request, struct bytes msg, uint64_t now_ms);
enum step main_give_up(struct isakmp_sa *sa, const char *reason);
/* The authenticator has no keys. */
enum step main_keys_failed(struct isakmp_sa *sa, enum ike_drop bad);
/* The vendor ids of a first message. */
void main_announce(struct ike *k, struct msg *m);
/* The answer's SA payload: exactly one transform, and one that we offered. Changes nothing. */
enum ike_drop main_read_answer(struct ike *k, const struct event *e, struct ike_policy *chosen);
void main_take_answer(struct isakmp_sa *sa, const struct event *e, const struct ike_policy *chosen);
/* Does the client system that we play say INITIAL-CONTACT, and how? */
bool main_says_contact(const struct isakmp_sa *sa, enum ike_profile_contact how);
void main_add_contact(const struct isakmp_sa *sa, struct msg *m);
void main_send_contact(struct isakmp_sa *sa);
/* On to port 4500, where NAT-D says so. */
void main_float(struct isakmp_sa *sa);

/* aggressive_responder.c */
void aggressive_first(struct ike *k, struct event *e);
enum step aggressive_send_msg2(struct isakmp_sa *sa, struct event *e);
enum step aggressive_signed_msg2(struct isakmp_sa *sa, struct event *e);
enum step aggressive_recv_msg3(struct isakmp_sa *sa, struct event *e);
enum step aggressive_checked_msg3(struct isakmp_sa *sa, struct event *e);
enum step aggressive_msg2_again(struct isakmp_sa *sa, struct event *e);

/* aggressive_initiator.c */
/* The first sum of a new SA; false: memory. */
bool aggressive_start(struct isakmp_sa *sa, uint64_t now_ms);
enum step aggressive_send_msg1(struct isakmp_sa *sa, struct event *e);
enum step aggressive_recv_msg2(struct isakmp_sa *sa, struct event *e);
enum step aggressive_send_msg3(struct isakmp_sa *sa, struct event *e);
enum step aggressive_checked_msg2(struct isakmp_sa *sa, struct event *e);
enum step aggressive_refuse_msg2(struct isakmp_sa *sa, struct event *e);
enum step aggressive_signed_msg3(struct isakmp_sa *sa, struct event *e);

/* main_responder.c, for Aggressive Mode too */
void main_refuse_proposal(struct ike *k, const struct event *e, const struct offers *offers);
void main_note_offer(struct isakmp_sa *sa, const struct event *e, const struct offers *offers);
/* A new half-open SA with both cookies and SAi_b, when the limits let the stranger in. */
struct isakmp_sa *main_accept(struct ike *k, struct event *e, struct bytes sai);
/* Does e say that it is all that the peer has with us (RFC 2407 4.6.3.3)? */
bool main_initial_contact(const struct event *e);

/* main.c: shared by both roles and by Aggressive Mode */
void main_set_suite(struct isakmp_sa *sa, const struct ike_policy *chosen);
void main_take_vendors(struct isakmp_sa *sa, const struct event *e, const struct offers *offers);
/* extras: also those that nothing depends on. */
void main_vendors(const struct isakmp_sa *sa, struct msg *m, bool extras);
void main_ke_nonce(struct isakmp_sa *sa, struct msg *m, struct bytes nonce);
bool main_nat_d(struct isakmp_sa *sa, struct msg *m);
enum ike_drop main_take_nat_d(struct isakmp_sa *sa, const struct event *e);
enum ike_drop main_take_ke_nonce(struct isakmp_sa *sa, const struct event *e);
void main_nat_note(struct isakmp_sa *sa, const struct event *e);
/* Keeps what is needed of a message that is believed later. */
void main_arrive(struct isakmp_sa *sa, const struct event *e);
/* Who the peer says to be; false: the identity is none. */
bool main_take_id(struct isakmp_sa *sa, const struct event *e);

/* quick.c */
enum step quick_input(struct isakmp_sa *sa, struct event *e);
void quick_dh_done(struct isakmp_sa *sa, struct event *e);
void quick_event(struct quick *q, enum quick_event ev, struct event *e);
struct quick *quick_new(struct isakmp_sa *sa, enum ike_role role, uint32_t mid);
struct quick *quick_by_mid(struct isakmp_sa *sa, uint32_t mid);
struct quick *quick_by_child(struct peer *p, ike_child_id id);
bool quick_keys(struct quick *q);
void quick_arm(struct quick *q, uint64_t deadline_ms);
/* Ends the exchange, keeping it a while for duplicates. */
void quick_finish(struct quick *q, uint64_t now_ms);
/* HASH(2) and HASH(1) style: prf(SKEYID_a, mid | extra | rest) at offset `at` of m. */
bool quick_hash_fill(const struct isakmp_sa *sa, uint32_t mid, struct bytes extra, struct msg *m,
		     size_t at);
bool quick_hash_check(const struct isakmp_sa *sa, uint32_t mid, struct bytes extra,
		      const struct payloads *p);

/* quick_responder.c */
enum step quick_recv_msg1(struct quick *q, struct event *e);
enum step quick_r_dh(struct quick *q, struct event *e);
enum step quick_r_added(struct quick *q, struct event *e);
enum step quick_recv_msg3(struct quick *q, struct event *e);
void quick_confirmed(struct quick *q, const struct flow *flow, uint64_t now_ms);

/* quick_initiator.c */
void quick_initiate(struct isakmp_sa *sa, uint64_t now_ms);
enum step quick_i_dh1(struct quick *q, struct event *e);
enum step quick_recv_msg2(struct quick *q, struct event *e);
enum step quick_i_dh2(struct quick *q, struct event *e);
enum step quick_i_added(struct quick *q, struct event *e);

/* quick_id.c */
enum ike_drop quick_take_ids(struct quick *q, const struct event *e);
void quick_write_ids(const struct quick *q, struct msg *m);
/* What NAT-OA of a QM2 tells, for the story; harmless when there is none. */
void quick_note_nat_oa(const struct quick *q, const struct event *e);
void quick_write_nat_oa(const struct quick *q, struct msg *m);

/* quick_commit.c */
/* CONNECTED in answer to QM3; kept for duplicates of it. */
bool quick_send_msg4(struct quick *q, const struct event *e);
enum step quick_recv_msg4(struct quick *q, struct event *e);
enum step quick_connected(struct quick *q, struct event *e);
void quick_write_replay_status(const struct quick *q, struct msg *m);
/* A Notify of this type in the message; the first one goes to out. */
bool quick_has_notify(const struct event *e, uint16_t type, struct notify *out);

/* notify_recv.c */
enum step notify_recv(struct isakmp_sa *sa, struct event *e, struct bytes body);
/* The lifetimes in a RESPONDER-LIFETIME; false: there are none. */
bool notify_lifetime(const struct notify *n, struct lifetime *out);

/* informational.c */
enum step info_recv(struct isakmp_sa *sa, struct event *e);
enum step info_clear(struct isakmp_sa *sa, struct event *e);

/* notify.c */
#define NOTIFY_WORDS 48
/* "INVALID-ID-INFORMATION (18)" into buf; returns buf. */
const char *notify_words(uint16_t type, char *buf, size_t cap);
struct info_out {
	struct msg m;
	uint32_t mid;
	size_t hash_at;
};
void info_begin(struct isakmp_sa *sa, struct info_out *o);
/* Protects and sends; returns the octets (in k->build), empty after a failure. */
struct bytes info_send(struct isakmp_sa *sa, struct info_out *o);
void notify_body(struct wr *w, uint8_t protocol, struct bytes spi, uint16_t type,
		 struct bytes data);
/* Protected Notify (RFC 2409 5.7); returns as info_send(). */
struct bytes notify_send(struct isakmp_sa *sa, uint8_t protocol, struct bytes spi, uint16_t type,
			 struct bytes data);
/* Builds an unprotected Notify, rate limited (H-03); empty when it may not be sent now. */
struct bytes notify_clear(struct ike *k, const struct isakmp_sa *sa, const struct event *e,
			  uint16_t type);
/* May something leave unprotected to somebody who has not proved that he asked for it?
 * Few a second, of one network and in all. */
bool notify_allowed(struct ike *k, const struct flow *flow, uint64_t now_ms);
void delete_send_esp(struct isakmp_sa *sa, uint32_t spi_in);
void delete_send_isakmp(struct isakmp_sa *sa);
