/*
 * IKE fragments, the form of Cisco and Microsoft (payload 132; [MS-IKEE] 2.2.4 and 3.3;
 * clients.md 0.2): one whole ISAKMP message, header and all, cut into numbered pieces.
 * Private to src/ike.
 */
#pragma once

#include "base/addr.h"
#include "base/list.h"
#include "base/timerq.h"
#include "base/wr.h"
#include "header.h"
#include "ike/ike.h"

#define FRAGMENT_HEADER_LEN      (ISAKMP_HEADER_LEN + 8)
#define FRAGMENT_SETS_MAX        128 /* of everybody */
#define FRAGMENT_STRANGERS_MAX   96  /* of peers that are not authenticated */
#define FRAGMENT_PER_ADDRESS_MAX 8   /* of one address, not authenticated */
#define FRAGMENT_TIME_MS         10000
#define FRAGMENT_MTU_MIN         576
#define FRAGMENT_MTU_MAX         9000

struct fragment {
	uint16_t id;
	uint8_t number; /* from 1 */
	bool last;
	struct bytes data;
};

/* The payload behind the header of a datagram whose next payload is 132; it must be the
 * only one and not empty. */
enum ike_drop fragment_parse(struct bytes rest, struct fragment *out);

/* Messages of which some fragments are here: at most one of each peer (its cookies, address
 * and port), each at most IKE_MESSAGE_MAX octets, for at most FRAGMENT_TIME_MS. */
struct fragments {
	struct list sets; /* oldest first */
	unsigned n, n_strangers;
	struct timer timer;
	struct timerq *timers;
	uint64_t *incomplete; /* counts the sets that were given up */
	uint8_t *whole;       /* IKE_MESSAGE_MAX octets, made at the first use */
};

void fragments_init(struct fragments *f, struct timerq *timers, uint64_t *incomplete);
void fragments_free(struct fragments *f);

/* Takes one fragment that came with header h from remote; stranger: no authenticated SA has
 * h's cookies. DROP_NONE and an empty *whole: more are needed. DROP_NONE and *whole: the
 * message is complete, valid until the next call; it may be anything. */
enum ike_drop fragments_take(struct fragments *f, const struct isakmp_header *h,
			     const struct endpoint *remote, bool stranger,
			     const struct fragment *frag, uint64_t now_ms, struct bytes *whole);

/* How many octets of a message fit in one fragment of a path whose IP packets have at most
 * mtu octets; 0: a message of len octets needs no fragments. */
size_t fragment_room(const struct flow *flow, bool natt, unsigned mtu, size_t len);

/* Writes the datagram with the octets data of message msg (at least a header) into w. */
void fragment_write(struct wr *w, struct bytes msg, const struct fragment *frag);
