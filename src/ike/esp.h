/* Phase 2 suites for ESP (RFC 2407 4.5, RFC 3602, 4106, 2451, 2405, 2404, 4868, 3947 5.1).
 * Private to src/ike. */
#pragma once

#include "ike/ike.h"
#include "natt.h"
#include "policy.h"
#include "proposal.h"

struct esps {
	size_t n;
	struct ike_esp *of; /* owned */
};

/* What the state of the ISAKMP SA allows in this Quick Mode. */
struct esp_wish {
	const struct esps *ours;
	const struct policies *groups;   /* PFS groups accepted where a suite names none */
	const struct natt_variant *natt; /* on UDP 4500 with this variant; NULL: not */
	bool plain_too;                  /* encapsulation 1 or 2 would arrive as well */
	bool ke;                         /* the message carries a KE payload */
	bool avoid_sha256;               /* only when there is nothing else (quirk.h) */
	bool as_offered;                 /* an answer: only what esps_offer() wrote is right */
};

struct esp_choice {
	const struct offer *offer;
	const struct ike_esp *esp;
	bool udp_encap, tunnel;
	uint16_t group; /* PFS; 0: none */
};

bool esp_possible(const struct ike_esp *e);

/* The first of ours that an offer meets, in transport mode if an offer of the suite has
 * that; false: none. */
bool esp_choose(const struct esp_wish *wish, const struct offers *theirs, struct esp_choice *out);

const char *esp_words(const struct burst_alg *alg, char *buf, size_t cap);
const char *esp_offers_words(const struct offers *o, char *buf, size_t cap);
const char *esps_words(const struct esps *e, char *buf, size_t cap);

/* Why none of the offers is taken, by the one that comes nearest, and which command would
 * take it; at most REFUSAL_WORDS. */
const char *esp_refusal(const struct esp_wish *wish, const struct offers *theirs, char *buf,
			size_t cap);

/* Writes the SA body of QM1: one ESP proposal, each suite a transform. */
struct esp_propose {
	const struct esps *ours;
	const struct natt_variant *natt; /* NULL: plain ESP */
	uint32_t spi, life_s, life_kb;
	uint16_t group; /* 0: no PFS */
};
void esps_offer(struct wr *w, const struct esp_propose *p);
