/*
 * esp: the client's ESP (RFC 4303, transport mode): a few pairs of SAs, of which
 * the newest sends and all receive. Packets stay packets here: UDP encapsulation
 * and sockets are lac.c's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "crypto/burst.h"
#include "drop.h"
#include "ike/ike.h"

#define ESP_PAIRS_MAX  8
#define ESP_PACKET_MAX 4096 /* longer ones are dropped */

struct esp_pair {
	ike_child_id id; /* 0: free */
	bool up;         /* the peer has it too: we may send on it */
	bool udp_encap;
	uint32_t spi_in, spi_out;
	struct burst_alg alg;
	struct burst_sa *in, *out;
	uint32_t seq;     /* last one sent */
	uint32_t top;     /* highest one received */
	uint64_t seen;    /* bit n: top - n was received (RFC 4303 3.4.3) */
	uint64_t serial;  /* larger is newer */
	uint32_t life_kb; /* agreed, 0: none */
	uint64_t octets;  /* both ways */
	bool worn;        /* a successor was asked for */
};

struct esp {
	struct burst *burst;
	struct esp_pair pairs[ESP_PAIRS_MAX];
	uint64_t serial;
	uint8_t in[ESP_PACKET_MAX], out[ESP_PACKET_MAX];
};

bool esp_init(struct esp *e);
void esp_wipe(struct esp *e); /* every pair */
void esp_free(struct esp *e);

/* False: no room, or keys that do not fit. */
bool esp_add(struct esp *e, ike_child_id id, const struct ike_child *keys);
void esp_up(struct esp *e, ike_child_id id);
void esp_del(struct esp *e, ike_child_id id);
bool esp_has_spi(const struct esp *e, uint32_t spi_in);

/* The pair to send on, or NULL. */
struct esp_pair *esp_sender(struct esp *e);

/* A UDP datagram (RFC 768) of payload between the inner ports, sealed; empty when it
 * is too long or sequence numbers have run out. Valid until the next call. */
struct bytes esp_seal_udp(struct esp *e, struct esp_pair *p, uint16_t src_port, uint16_t dst_port,
			  struct bytes payload, uint8_t random_iv[16]);

/* The UDP payload of a packet that came, and its inner ports. Valid until the next
 * call. LAC_DROP_NONE when it is good. */
enum lac_drop esp_open_udp(struct esp *e, struct bytes packet, uint16_t *src_port,
			   uint16_t *dst_port, struct bytes *payload);
