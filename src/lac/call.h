/*
 * call: one client (lac.h) in real time: its sockets, its clock, its random octets.
 * Used by the commands dial and probe; load has sockets of its own (load_net.h).
 *
 * The caller makes it, dials, and gives it turns; what happens is told by the
 * handlers, which run inside call_turn() only and may call lac_send() and
 * lac_hang_up(), never call_free().
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lac/lac.h"

#define CALL_MORE_MAX 8 /* descriptors that call_turn() waits on besides its own */

struct call;

struct call_handlers {
	void *ctx; /* of each; each may be NULL */
	/* A state was reached for the first time since the dial (none is skipped). */
	void (*step)(void *ctx, enum lac_state reached, uint64_t at_us);
	void (*note)(void *ctx, const struct note *n, uint64_t at_us);
	void (*up)(void *ctx, const struct ppp_up *up); /* may come again: new addresses */
	void (*packet)(void *ctx, struct bytes ip_packet);
	void (*down)(void *ctx, const char *reason);
	/* Behind a batch of packets: until then the octets of each stay where they are. */
	void (*flush)(void *ctx);
};

struct call_config {
	struct lac_config lac; /* local, random and random_ctx are filled in by call_make() */
	struct ip_addr local;  /* family 0: as the kernel's routes say */
	bool port_any;         /* any free UDP ports instead of 500 and 4500 (1701 when raw) */
	struct call_handlers handlers;
};

/* NULL with a sentence in err (which port is taken and by what kind of error). */
struct call *call_make(const struct call_config *cfg, char *err, size_t err_size);
void call_free(struct call *c); /* without a word to the server; wipes secrets */

/* One turn: what waits leaves; unless a handler was called for it, waits until something comes
 * on the call's sockets or on more (n of them, their revents are filled in), a timer is
 * due, or timeout_ms is over (-1: no limit); takes it. */
void call_turn(struct call *c, int timeout_ms, struct pollfd *more, unsigned n);

/* User packets out, many at a time: write an IPv4 or IPv6 packet of at most CALL_PACKET_MAX
 * octets to where call_packet() says, then say how long it is. They leave together, at the
 * latest with call_flush() or the next turn. */
#define CALL_PACKET_MAX 2000
uint8_t *call_packet(struct call *c);
void call_packet_done(struct call *c, size_t len);
void call_flush(struct call *c);

/* For lac_dial(), lac_send(), lac_get_state() ...; now as lac wants it. */
struct lac *call_lac(struct call *c);
uint64_t call_now_ms(void); /* CLOCK_MONOTONIC */
uint64_t call_now_us(void);

/* Has anything come from the server since call_make()? */
bool call_heard(const struct call *c);
/* Was ESP without UDP agreed on (no NAT is between), and we may not send it? */
bool call_lacks_esp(const struct call *c);

/* ---- words.c: why a connection did not come up or ended ---- */

/* Where: also the exit status of dial. */
enum call_layer {
	CALL_NO_ANSWER = 3, /* nothing came from the server */
	CALL_PHASE1,
	CALL_PHASE2,
	CALL_L2TP,
	CALL_AUTH,    /* PPP: the user name, the password, or the method */
	CALL_ADDRESS, /* PPP: LCP or IPCP, no address */
	CALL_ENDED,   /* it was up */
};

/* reason, in all of these: lac_down_reason(), "timeout" (the caller's own limit, or
 * lac's), "silent" (the same, and call_heard() is false) or "esp-not-permitted" (the same,
 * and call_lacks_esp()). reached: the last state that was
 * told as a step; LAC_IDLE before the first. */
enum call_layer call_layer(const char *reason, enum lac_state reached);
/* Will another try with the same arguments end the same way? */
bool call_is_final(const char *reason, enum lac_state reached);
/* For its user, one line: the layer, the likely cause, what to do. refusal: the last note
 * NOTE_REFUSED that a layer reported, or NULL; its text stands in brackets at the end.
 * Writes at most size octets. */
void call_in_words(const char *reason, enum lac_state reached, const struct note *refusal,
		   char *buf, size_t size);
