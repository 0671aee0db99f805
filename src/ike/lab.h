/*
 * lab: two struct ike against each other in virtual time, with real DH. For the
 * tests and the fuzzers of this room. Side 0 is the client, side 1 the server.
 */
#pragma once

#include <stdio.h>

#include "ike/ike.h"

enum { CLIENT, SERVER };

struct lab_packet {
	int to;
	struct flow flow; /* as the receiver sees it */
	bool natt;
	size_t len;
	uint8_t b[IKE_MESSAGE_MAX];
};

struct lab_side {
	struct ike *k;
	struct timerq timers;
	uint32_t next_spi;
	char psk[64];
	char group[32], group_psk[64]; /* Aggressive Mode: the key of this identity */
	bool asked_with_id;            /* when the key was asked for last */
	struct ike_id asked_id;
	bool hellos;        /* the other end is heard of by other ways all the time */
	bool renew_orphans; /* as Apple clients do */
	bool no_psk, refuse_install, hold_install, hold_dh, no_spi, no_move;
	struct ike_dh_job *held_dh;
	/* signatures: the keys of the chains; how many were made */
	const struct sign_key *sign_keys[IKE_CHAINS_MAX];
	int64_t wall_s;
	bool no_sign, hold_sign;
	ike_sa_id held_sign;
	unsigned n_sign, signed_by;
	ike_child_id held_child;
	/* what came out */
	ike_sa_id up, down;
	ike_peer_id peer, twin;
	const char *down_reason, *child_down_reason;
	unsigned n_up, n_renewed, n_orphan, n_restarted, n_silent, n_down, n_add, n_child_up,
		n_child_moved, n_child_down, n_path, n_notes, n_keepalive;
	ike_child_id child;
	struct ike_child keys;
	struct flow up_flow;
	const char *reasons[64]; /* of the notes */
	char texts[64][NOTE_TEXT];
};

/* One message on its way may be lost, doubled or changed; n counts from 1. */
enum lab_fault { LAB_FINE, LAB_LOSE, LAB_DOUBLE, LAB_CORRUPT };

struct lab {
	uint64_t now_ms;
	struct lab_side s[2];
	bool nat;           /* the client is behind one */
	uint16_t nat_shift; /* added to the outer ports that it gives */
	bool server_nat;    /* the server is */
	bool cut;           /* nothing arrives any more */
	uint64_t rng;
	bool aggressive, clear_msg3; /* what lab_dial() asks for */
	struct ike_id id;
	enum lab_fault fault;
	unsigned fault_at, sent;
	size_t corrupt_offset;
	unsigned head, tail;
	FILE *trace;
	/* not cleared by lab_init() */
	struct lab_packet queue[64];
	struct lab_packet log[64]; /* everything that was sent, in order */
};

/* Policies and ESP suites used when a test does not say otherwise: ECP 256, AES-256, SHA-256. */
extern const struct ike_policy lab_policy;
extern const struct ike_esp lab_esp;

void lab_init(struct lab *l);
/* A configuration for one side; change it, then lab_start(). */
struct ike_config lab_config(struct lab *l, int side);
void lab_start(struct lab *l, int side, const struct ike_config *cfg);
void lab_default(struct lab *l);
void lab_free(struct lab *l);

struct flow lab_client_flow(void);
ike_peer_id lab_dial(struct lab *l);
void lab_actions(struct lab *l, int side);
/* Everything that happens without time passing. */
void lab_settle(struct lab *l);
/* Lets virtual time pass, settling after each timer. */
void lab_run(struct lab *l, uint64_t ms);
/* Gives one datagram to a side as if it came over the wire. */
void lab_inject(struct lab *l, int to, const struct flow *flow, bool natt, const uint8_t *b,
		size_t len);
/* Both sides, the server with Aggressive Mode on; lab_dial() uses it, under this KEY_ID. */
void lab_aggressive(struct lab *l, const char *key_id);
struct ike_id lab_key_id(const char *text);
/* The text of the first note with this reason; empty: there is none. */
const char *lab_note(const struct lab_side *s, const char *reason);
bool lab_noted(const struct lab_side *s, const char *reason);
uint64_t lab_drops(const struct lab_side *s, const char *name);
