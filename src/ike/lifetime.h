/* Lifetimes of both phases: agreeing, and telling what was shortened (RFC 2407 4.5.4, 4.6.3.1).
 * Private to src/ike. */
#pragma once

#include "base/wr.h"
#include "esp.h"
#include "ike/ike.h"
#include "proposal.h"

/* The smaller of two lifetimes; 0 is none. */
uint32_t lifetime_smaller(uint32_t a, uint32_t b);

/* Agreed for a chosen ESP suite: its transform set's own or the global ones, and the
 * offer's; the smaller wins (seconds, kilobytes). */
struct lifetime {
	uint32_t s, kb; /* 0: none */
};
struct lifetime lifetime_of_esp(const struct ike_config *cfg, const struct esp_choice *c);

/* The attributes of a RESPONDER-LIFETIME notify: each unit of `agreed` that is shorter than
 * what the peer offered. Nothing is written when nothing is shorter. */
void lifetime_attributes(struct wr *w, enum phase phase, struct lifetime offered,
			 struct lifetime agreed);

/* How long after its beginning we renew an SA of life_ms: who began it first, at 85 to 90 % (as
 * the profile has it, where there is one); the other side, where it may (peer_takes), when that
 * has not happened at 95 %. 0: its renewal is the peer's affair. */
uint64_t lifetime_renewal_ms(struct ike *k, enum phase phase, enum ike_role role, bool peer_takes,
			     uint64_t life_ms);

struct isakmp_sa;
struct quick;
struct msg;

/* Responder: sends the notify for the ISAKMP SA when the agreed lifetime is shorter than
 * the offered one (0: the peer named none). Once phase 1 is up. */
void lifetime_tell(struct isakmp_sa *sa, uint32_t offered_s);

/* Responder: adds the notify to QM2. */
void lifetime_write(const struct quick *q, struct msg *m);
