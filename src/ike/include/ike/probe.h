/*
 * probe: one question to an IKEv1 server and its answer: message 1 of Main or Aggressive
 * Mode with an offer of the caller's choice (RFC 2409 section 5), and what came back. For
 * looking at a server without a key. Pure; keeps nothing between the calls.
 */
#pragma once

#include "ike/profile.h"

#define IKE_PROBE_POLICIES 64
#define IKE_PROBE_OCTETS   4096 /* room for any question */
#define IKE_PROBE_VENDORS  16
#define IKE_VENDOR_WORDS   48

typedef void ike_random(void *ctx, void *buf, size_t len);

struct ike_probe {
	uint8_t cky_i[8]; /* random, not 0: the answer is known by it */
	/* What is offered: as the profile's system says it, vendor ids too; else these, of which
	 * Aggressive Mode takes those of one group only. */
	const struct ike_profile *profile;
	const struct ike_policy *policies;
	size_t n_policies; /* 1 to IKE_PROBE_POLICIES */
	/* Without a profile: versions of NAT traversal to announce, 1 << enum ike_natt; RFC 3706
	 * and fragmentation */
	unsigned natt;
	bool dpd, fragmentation;
	/* Aggressive Mode under an identity (type 0: Main Mode) */
	struct ike_id aggressive_id;
};

/* Writes the message, without a non-ESP marker; 0: more than cap octets (IKE_PROBE_OCTETS is
 * always enough), or nothing that can be offered. Aggressive Mode makes a key pair, which
 * takes a while. */
size_t ike_probe_write(const struct ike_probe *p, ike_random *random, void *random_ctx,
		       uint8_t *out, size_t cap);

enum ike_probe_verdict {
	IKE_PROBE_OTHER,   /* no answer to this question */
	IKE_PROBE_CHOSE,   /* message 2: chosen is set */
	IKE_PROBE_REFUSED, /* an error notify */
	IKE_PROBE_STRANGE, /* message 2 with something that was not offered, or broken */
};

struct ike_probe_vendor {
	uint8_t len; /* octets of data, cut to its size */
	uint8_t data[24];
};

struct ike_probe_answer {
	struct ike_policy chosen; /* life_s as the server says it; 0: it does not */
	uint16_t notify;          /* RFC 2408 3.14.1 */
	uint8_t cky_r[8];
	unsigned natt; /* versions announced, 1 << enum ike_natt */
	bool dpd, fragmentation, xauth;
	/* Aggressive Mode: the server sent a hash of the key to whoever asks */
	bool hash;
	unsigned n_vendors;
	struct ike_probe_vendor vendors[IKE_PROBE_VENDORS];
};

enum ike_probe_verdict ike_probe_read(const struct ike_probe *p, struct bytes msg,
				      struct ike_probe_answer *out);

/* A notify in clear that tells the server to forget what message 2 began: some do. Octets
 * written; 0: cap is below 64. */
size_t ike_probe_abandon(const struct ike_probe *p, const struct ike_probe_answer *a,
			 ike_random *random, void *random_ctx, uint8_t *out, size_t cap);

/* ---- words ---- */

/* "NO-PROPOSAL-CHOSEN (14)" */
const char *ike_notify_words(uint16_t type, char *buf, size_t cap);
/* "RFC 3947", "draft 02\n"; a string constant. */
const char *ike_natt_words(enum ike_natt version);
/* What the vendor id is, or its octets in hex, into buf (at least IKE_VENDOR_WORDS); returns
 * buf. */
const char *ike_vendor_words(const struct ike_probe_vendor *v, char *buf, size_t cap);
