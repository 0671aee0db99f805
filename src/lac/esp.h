/*
 * esp: the client's ESP (RFC 4303, transport mode): a few pairs of SAs, of which
 * the newest sends and all receive. Packets stay packets here: UDP encapsulation
 * and sockets are lac.c's. The sums themselves are the caller's (crypto/burst.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "crypto/burst.h"
#include "drop.h"
#include "ike/ike.h"

#define ESP_PAIRS_MAX 8

/* Octets in front of a UDP payload and behind it that sealing it may write. */
#define ESP_UDP_FRONT (8 + BURST_IV_MAX + 8)
#define ESP_UDP_BACK  (15 + 2 + BURST_ICV_MAX)

/* The expanded keys of a pair. */
struct esp_keys {
	struct esp_keys *next; /* in the yard */
	struct burst_sa *in, *out;
};

struct esp_pair {
	ike_child_id id; /* 0: free */
	bool up;         /* the peer has it too: we may send on it */
	bool udp_encap;
	bool worn; /* a successor was asked for */
	bool iv_is_counter;
	uint8_t iv_len, icv_len, block_len;
	uint32_t spi_in, spi_out;
	struct burst_alg alg;
	struct esp_keys *keys;
	uint32_t seq;     /* last one sent */
	uint32_t top;     /* highest one received */
	uint64_t seen;    /* bit n: top - n was received (RFC 4303 3.4.3) */
	uint64_t serial;  /* larger is newer */
	uint32_t life_kb; /* agreed, 0: none */
	uint64_t octets;  /* both ways */
	uint64_t wears;   /* octets at which a successor is due; UINT64_MAX: never */
};

/* Where keys go that nobody uses any more: they stay while jobs that were begun may hold
 * them. */
struct esp_yard {
	struct burst *burst; /* forgets them too */
	unsigned jobs;       /* begun and not run yet */
	struct esp_keys *dead;
};

/* Ends the keys in the yard, unless there are jobs. */
void esp_yard_sweep(struct esp_yard *y);

struct esp {
	struct esp_yard *yard; /* the caller's */
	struct esp_pair pairs[ESP_PAIRS_MAX];
	struct esp_pair *sender; /* see esp_sender() */
	uint64_t serial;
};

void esp_wipe(struct esp *e); /* every pair */

/* False: no room, or keys that do not fit. */
bool esp_add(struct esp *e, ike_child_id id, const struct ike_child *keys);
void esp_up(struct esp *e, ike_child_id id);
void esp_del(struct esp *e, ike_child_id id);
bool esp_has_spi(const struct esp *e, uint32_t spi_in);

/* The pair to send on: the newest that is up. NULL: none. */
static inline struct esp_pair *esp_sender(const struct esp *e)
{
	return e->sender;
}

/* A UDP datagram (RFC 768) between the inner ports: its payload of len octets (at most 65527)
 * has ESP_UDP_FRONT octets in front and ESP_UDP_BACK behind; everything around it is written,
 * the job filled in, a sequence number used up. iv: p->iv_len octets; not looked at when
 * p->iv_is_counter. The packet begins at job->esp and has job->len + p->icv_len octets. False:
 * sequence numbers have run out. */
bool esp_seal_begin(struct esp_pair *p, uint16_t src_port, uint16_t dst_port, const uint8_t *iv,
		    uint8_t *payload, size_t len, struct burst_job *job);

/* A packet that came, which will be opened in place. LAC_DROP_NONE: the job is filled in. */
enum lac_drop esp_open_begin(const struct esp *e, uint8_t *packet, size_t len,
			     struct burst_job *job);

/* The packet is open: the UDP payload, inside it, and its inner ports. LAC_DROP_NONE when it is
 * good. */
enum lac_drop esp_open_end(struct esp *e, const struct burst_job *job, uint16_t *src_port,
			   uint16_t *dst_port, struct bytes *payload);
