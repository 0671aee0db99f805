/*
 * test_rig: one or two link ends in virtual time, for the unit tests of this room.
 * An end keeps what its link did; a wire carries frames between two ends and can
 * lose or double the k-th of them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/wr.h"
#include "ppp/ppp.h"

#define RIG_FRAMES 64
#define RIG_NOTES  16384

struct rig_frame {
	uint16_t len;
	uint8_t b[PPP_FRAME_MAX];
};

struct end {
	struct ppp *p;
	uint64_t seed;
	const char *password; /* server: the users' password */
	bool by_hand;         /* AUTH and NETWORK wait for the test */
	struct ppp_network network;

	struct rig_frame out[RIG_FRAMES]; /* sent and not taken yet */
	unsigned n_out;
	unsigned frames_sent, auths, networks, ups, suspends, downs, up6s, down6s;
	bool is_up, is_up6;
	struct ppp_up up;
	struct ppp_up6 up6;
	struct ppp_auth_request auth; /* the last one; its bytes are in name and response */
	uint8_t name[256], response[256];
	const char *reason;
	char notes[RIG_NOTES]; /* "reason: text" a line */
};

struct rig {
	struct timerq timers;
	uint64_t now_ms;
	struct end server, client;
	int lose, twice; /* index of a frame on the wire, or -1 */
	unsigned carried;
};

struct ppp_config rig_config(struct rig *r, struct end *e, enum ppp_role role, unsigned auth);
void rig_init(struct rig *r);
void rig_end(struct rig *r, struct end *e, const struct ppp_config *cfg);
void rig_free(struct rig *r);

/* Takes all actions of an end. */
void rig_drain(struct rig *r, struct end *e);
/* Carries frames and fires timers until ms have passed. */
void rig_run(struct rig *r, uint64_t ms);
/* Fires timers only, for an end whose peer is the test. */
void rig_wait(struct rig *r, struct end *e, uint64_t ms);

/* A frame from hex digits (blanks ignored) into the end, then its actions taken. */
void rig_hex(struct rig *r, struct end *e, const char *hex);
void rig_bytes(struct rig *r, struct end *e, const void *p, size_t len);

/* A control packet: protocol, code, id, body in hex. */
void rig_packet(struct rig *r, struct end *e, unsigned protocol, unsigned code, unsigned id,
		const char *body_hex);

/* The oldest frame that the end sent and nobody took; fails the test when there is none. */
struct rig_frame rig_take(struct end *e);
/* The oldest frame of this protocol and code; those before it are thrown away. */
struct rig_frame rig_find(struct end *e, unsigned protocol, unsigned code);
bool rig_sent(const struct end *e, unsigned protocol, unsigned code);
void rig_forget(struct end *e);
bool rig_noted(const struct end *e, const char *text);
/* Does the frame hold exactly this, as hex? */
void rig_assert_hex(const struct rig_frame *f, const char *hex);

/* Answers every open request as a server with this password would. */
void rig_answer_auth(struct rig *r, struct end *e);

/* A server in the Authenticate phase: the peer acknowledged us and asked for nothing. */
void rig_open_lcp(struct rig *r, struct end *e);
/* The Configure-Request that the end last sent, acknowledged. */
void rig_ack(struct rig *r, struct end *e, unsigned protocol);
