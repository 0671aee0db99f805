/*
 * craft: messages that a hostile or odd peer would send, under the keys of a
 * client's SA. For the tests and the fuzzers of this room.
 */
#pragma once

#include "exchange.h"
#include "lab.h"

/* The only SA of a side. */
struct isakmp_sa *craft_sa(const struct lab *l, int side);

/* Both sides get an active SA with fixed keys, without an exchange. */
void craft_establish(struct lab *l);

/* HASH(1) and the given chain of payloads (first type, bytes), encrypted under the
 * client's keys, delivered to the server. iv, when not NULL, is the chain to use and
 * moves on; otherwise the message begins an exchange. */
void craft_send(struct lab *l, uint8_t exchange, uint32_t mid, uint8_t first, struct bytes chain,
		uint8_t *iv);
/* Flags of the header beside E (FLAG_COMMIT), from now on. */
void craft_flags(uint8_t flags);
/* The same from another address. */
void craft_send_from(struct lab *l, const struct flow *from, uint8_t exchange, uint32_t mid,
		     uint8_t first, struct bytes chain);
/* The same with these octets as plaintext, nothing added but padding. */
void craft_send_plain(struct lab *l, uint8_t exchange, uint32_t mid, uint8_t first,
		      struct bytes plain, uint8_t *iv);

/* Dials and runs until n messages were sent; the last one is taken off the wire. */
struct lab_packet craft_until(struct lab *l, unsigned n);
/* Gives a packet, as it is, to the side it was for, and settles. */
void craft_give(struct lab *l, const struct lab_packet *p);
/* No SA, half-open or not, no child, fragment or sum of this side is left. */
bool craft_nothing_left(const struct lab *l, int side);

/* Payload chains: append a payload of this type to w. */
struct craft {
	struct wr w;
	uint8_t first;
	size_t next_at;
	uint8_t buf[4096];
};
void craft_begin(struct craft *c);
void craft_add(struct craft *c, uint8_t type, const void *body, size_t len);
/* One ESP proposal with one transform: id, key bits (0: none), auth, encapsulation, group (0:
 * none). */
void craft_sa_esp(struct craft *c, uint8_t id, unsigned bits, unsigned auth, unsigned encap,
		  unsigned group);
void craft_nonce(struct craft *c);
void craft_id(struct craft *c, uint8_t type, uint8_t protocol, uint16_t port, const void *data,
	      size_t len);
struct bytes craft_chain(const struct craft *c);
