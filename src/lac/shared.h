/*
 * shared: what many clients of one thread use together (lac.h). Private to src/lac.
 * Nothing in it outlives a call of lac.h, but for actions that nobody has taken yet.
 */
#pragma once

#include "base/outbox.h"
#include "esp.h"
#include "l2tp/l2tp.h"
#include "lac/lac.h"

#define LAC_PACKET_MAX 4096 /* longest packet of lac_send() and lac_input(); longer: dropped */
#define LAC_BYTES_MAX  (IKE_MESSAGE_MAX + 4)
#define LAC_IV_POOL    1024 /* random octets drawn ahead */
#define LAC_TUNNELS    4    /* one, and those that end */

/* An outbox that a client has while actions of its wait. */
struct lac_box {
	struct lac_box *next; /* of those that nobody has */
	struct outbox out;
};

struct lac_shared {
	struct burst *burst;
	struct esp_yard yard;
	struct ike_work *ike;
	struct l2tp_work *l2tp;
	struct lac_box *boxes;
	unsigned n_boxes;       /* in boxes */
	struct lac_act current; /* what lac_next() returned last */
	uint8_t current_bytes[LAC_BYTES_MAX];
	uint8_t in[LAC_PACKET_MAX]; /* packet that is being opened */
	uint8_t out[LAC_SEAL_FRONT + LAC_PACKET_MAX + LAC_SEAL_BACK];
	uint8_t ivs[LAC_IV_POOL];
	size_t iv_at;
};

/* As lac_shared_new(), with the implementation of the sums that is right for it. */
struct lac_shared *shared_new(enum burst_impl impl);

/* Wipes the packets of users. */
void shared_wipe(struct lac_shared *s);

/* An empty outbox, NULL: memory; and back, empty. */
struct lac_box *shared_box_take(struct lac_shared *s);
void shared_box_give(struct lac_shared *s, struct lac_box *b);

/* So many (at most BURST_IV_MAX) unpredictable octets to p, by the source of cfg. */
void shared_iv(struct lac_shared *s, const struct lac_config *cfg, uint8_t *p, size_t len);
