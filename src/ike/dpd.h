/* Dead peer detection (RFC 3706), both ways. Private to src/ike. */
#pragma once

#include "base/timerq.h"
#include "payload.h"

struct peer;
struct isakmp_sa;
struct event;

/* Our asking; one a peer, whatever ISAKMP SAs it has. */
struct dpd {
	struct timer timer;
	uint64_t alive_ms; /* the last sign of life */
	uint32_t sequence; /* of our last R-U-THERE; 0: none yet */
	uint64_t first_ms; /* when the first of these was asked */
	unsigned asked;    /* R-U-THEREs in a row without a sign of life */
};

/* A phase 1 of the peer is up: ask from now on, when it has announced DPD, the ledger of
 * client systems lets us and the configuration wants it; else stop asking. */
void dpd_start(struct peer *p, uint64_t now_ms);
void dpd_stop(struct peer *p);

/* A sign of life of when_ms: an authenticated message that cannot be an old one. */
void dpd_alive(struct peer *p, uint64_t when_ms);

/* An R-U-THERE or its ACK in a protected message. */
void dpd_recv(struct isakmp_sa *sa, const struct event *e, const struct notify *n);
