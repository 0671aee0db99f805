/*
 * profile: how the client systems speak IKEv1 as initiators, as rows of a table
 * (clients.md 1): what they offer, in which order and form, their vendor ids, payloads,
 * message ids and timers. With ike_config.profile the initiator of this room says
 * what that system says. For the emulated clients of the tests and for probing a server.
 */
#pragma once

#include "ike/ike.h"

/* Parts of a transform (RFC 2409 appendix A, RFC 2407 4.5), in the order in which a system
 * writes them. Lifetimes are the pair of type and duration. */
enum ike_profile_part {
	IKE_PART_END,
	IKE_PART_CIPHER, /* phase 1 */
	IKE_PART_KEY_LENGTH,
	IKE_PART_HASH, /* phase 1 */
	IKE_PART_GROUP,
	IKE_PART_AUTH, /* phase 1: method; phase 2: integrity */
	IKE_PART_SECONDS,
	IKE_PART_KILOBYTES, /* phase 2 */
	IKE_PART_ENCAP,     /* phase 2 */
};
#define IKE_PROFILE_PARTS 8

/* One transform, in the numbers of the wire. */
struct ike_profile_suite {
	uint8_t cipher;    /* phase 1: RFC 2409 appendix A; phase 2: the ESP transform id */
	uint16_t key_bits; /* 0: no Key Length attribute */
	uint8_t hash;      /* phase 1: hash; phase 2: authentication algorithm, 0: none */
	uint8_t group;     /* phase 1 */
};

enum ike_profile_contact {
	IKE_CONTACT_NONE,
	IKE_CONTACT_IN_MSG5,       /* Notify behind HASH_I, at the first phase 1 only */
	IKE_CONTACT_INFORMATIONAL, /* an Informational right behind message 6 */
};

struct ike_profile {
	const char *name;   /* "windows10" */
	const char *system; /* "Windows 10 or 11" */

	enum ike_auth auth; /* 0: IKE_AUTH_PSK */

	/* Main Mode message 1 */
	const struct ike_profile_suite *suites;
	uint8_t n_suites;
	uint8_t parts[IKE_PROFILE_PARTS];
	uint8_t first_number; /* of proposals and transforms */
	bool life_long;       /* durations always in 4 octets; else only where they need it */
	uint32_t life_s;
	const char *const *vendors; /* in hex, NULL at the end; "" is 16 random octets */

	/* Main Mode messages 3 and 5 */
	uint8_t nonce_len;
	const char *const *vendors_msg3; /* NULL: none; between Nonce and NAT-D */
	uint8_t id_protocol;             /* of the ID payload: 0, or 17 */
	uint16_t id_port;                /* 0, or 500 */
	enum ike_profile_contact contact;

	/* Quick Mode */
	const struct ike_profile_suite *esps;
	uint8_t n_esps;
	uint8_t esp_parts[IKE_PROFILE_PARTS];
	bool proposal_each; /* one proposal for each suite, else one with many transforms */
	bool esp_life_long;
	uint32_t esp_life_s, esp_life_kb; /* kB 0: not said */
	uint8_t pfs_group;                /* 0: none */
	bool any_port;                    /* IDci has port 0 */
	bool first_any_port;  /* both IDs of the first Quick Mode have port 0; a second one with the
			       * real ports follows at once, then the first pair is deleted */
	bool counts_messages; /* message ids 1, 2, 3 ..., else random */
	bool doubles_msg3;    /* QM3 is sent twice */

	/* Timers, from the moment that an SA is up; 0: never by itself */
	uint32_t renew_s; /* a new Main Mode */
	uint32_t rekey_s; /* a new Quick Mode */
	bool renew_quick; /* a new Main Mode is followed by a Quick Mode of its own */
	uint32_t resend_ms;
	bool resend_doubles;
	uint8_t tries;  /* of a message in all */
	uint16_t dpd_s; /* it asks R-U-THERE when nothing came so long; 0: never */
};

/* Row n from 0, NULL behind the last; the row of a name, or NULL. */
const struct ike_profile *ike_profile(unsigned n);
const struct ike_profile *ike_profile_by_name(const char *name);

/* What of its offers this room can do, in its order: the policies and suites for ike_config of
 * an initiator that speaks so. At most cap are written; returns how many. */
size_t ike_profile_policies(const struct ike_profile *p, struct ike_policy *out, size_t cap);
size_t ike_profile_esps(const struct ike_profile *p, struct ike_esp *out, size_t cap);
