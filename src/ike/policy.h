/* Phase 1 policies (RFC 2409 section 5, appendix A): choice and words. Private to src/ike. */
#pragma once

#include "ike/ike.h"
#include "keymat.h"
#include "proposal.h"

#define SUITE_WORDS   48
#define LIST_WORDS    96
#define REFUSAL_WORDS 168 /* with its introduction no longer than a note */

struct policies {
	size_t n;
	struct ike_policy *of; /* owned */
};

/* Something that this room and prim can do? */
bool policy_possible(const struct ike_policy *p);

/* The first of our policies that some offer meets; NULL: none. *chosen: that
 * policy with the agreed lifetime (the smaller of both; 0: none said one). */
const struct offer *policy_choose(const struct policies *ours, const struct offers *theirs,
				  struct ike_policy *chosen);

/* The algorithms of k from a chosen policy. */
void policy_keymat(const struct ike_policy *p, struct keymat *k);

bool policy_has_group(const struct policies *ours, unsigned group);

/* "AES256-SHA1-MODP2048" into buf; returns buf. */
const char *policy_words(const struct ike_policy *p, char *buf, size_t cap);
const char *offer_words(const struct offer *o, char *buf, size_t cap);

/* "AES256-SHA1-MODP2048, 3DES-SHA1-MODP2048 and 3 more". */
const char *offers_words(const struct offers *o, char *buf, size_t cap);
const char *policies_words(const struct policies *p, char *buf, size_t cap);

/* Why no policy takes this offer, and which commands would: "no policy has MODP1024;
 * `crypto ikev1 policy 10` with `encryption aes-256`, `hash sha`, `group 2` takes it". */
const char *offer_refusal(const struct policies *ours, const struct offer *o, char *buf,
			  size_t cap);

/* Appends one suite's words to a list, or counts it when the list is full. */
struct word_list {
	char *buf;
	size_t cap, len;
	unsigned left_out;
};
void word_list_add(struct word_list *l, const char *words);
void word_list_end(struct word_list *l);

const char *group_words(unsigned group, char *buf, size_t cap);

/* Writes the SA body of MM1: one proposal, each policy a transform (RFC 2409 5). */
void policies_offer(struct wr *w, const struct policies *ours);
