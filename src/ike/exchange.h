/* What the exchanges offer to each other and to ike.c. Private to src/ike. */
#pragma once

#include "sa.h"
#include "state.h"

/* exchange.c */
void sa_event(struct isakmp_sa *sa, enum sa_event ev, struct event *e);
void sa_timer_fired(struct timer *t, uint64_t now_ms);
void keepalive_fired(struct timer *t, uint64_t now_ms);
void sa_arm(struct isakmp_sa *sa, uint64_t deadline_ms);
/* A duplicate of the last message of phase 1: answered from the store or dropped. */
void sa_duplicate(struct isakmp_sa *sa, const struct event *e);
/* What both roles do when phase 1 is authenticated. */
void sa_activate(struct isakmp_sa *sa, uint64_t now_ms);

/* main_responder.c */
void main_first(struct ike *k, struct event *e);
enum step main_recv_msg3(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg4(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg5(struct isakmp_sa *sa, struct event *e);
/* A message 5 that does not decrypt, or whose HASH_I is wrong. */
enum step main_bad_msg5(struct isakmp_sa *sa, struct event *e, enum ike_drop why);

/* main_initiator.c */
enum step main_recv_msg2(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg3(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg4(struct isakmp_sa *sa, struct event *e);
enum step main_send_msg5(struct isakmp_sa *sa, struct event *e);
enum step main_recv_msg6(struct isakmp_sa *sa, struct event *e);
enum step main_hint(struct isakmp_sa *sa, struct event *e);
enum step main_resend(struct isakmp_sa *sa, struct event *e);

/* main.c: shared by both roles */
void main_ke_nonce(struct isakmp_sa *sa, struct msg *m, struct bytes nonce);
bool main_nat_d(struct isakmp_sa *sa, struct msg *m);
enum ike_drop main_take_ke_nonce(struct isakmp_sa *sa, const struct event *e);
void main_nat_note(struct isakmp_sa *sa, const struct event *e);
size_t main_own_id(const struct isakmp_sa *sa, uint8_t out[20]);

/* quick.c */
enum step quick_input(struct isakmp_sa *sa, struct event *e);
void quick_dh_done(struct isakmp_sa *sa, struct event *e);
void quick_event(struct quick *q, enum quick_event ev, struct event *e);
struct quick *quick_new(struct isakmp_sa *sa, enum ike_role role, uint32_t mid);
struct quick *quick_by_child(struct isakmp_sa *sa, ike_child_id id);
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
void quick_write_nat_oa(const struct quick *q, struct msg *m);

/* informational.c */
enum step info_recv(struct isakmp_sa *sa, struct event *e);
enum step info_clear(struct isakmp_sa *sa, struct event *e);

/* notify.c */
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
void delete_send_esp(struct isakmp_sa *sa, uint32_t spi_in);
void delete_send_isakmp(struct isakmp_sa *sa);
