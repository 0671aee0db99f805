/*
 * algorithm: what rows of IKE and IPsec share: Diffie-Hellman groups as keywords, and
 * warnings that name the risk of what is weak. Private to src/config.
 */
#pragma once

#include "parse.h"

/* The groups of prim.h as a choice; with the word before each for the one-word form. */
#define GROUP_CHOICE "14|15|16|17|18|19|20|21|1|2|5"
#define GROUP_CHOICE1                                                                              \
	"group14|group15|group16|group17|group18|group19|group20|group21|group1|group2|group5"

#define GROUP_DEFAULT 14

/* The group of a keyword's place in the choice. */
uint8_t algorithm_group(unsigned keyword);

enum algorithm { ALGORITHM_DES, ALGORITHM_3DES, ALGORITHM_MD5 };

/* A warning at the word that this is weak, and why; of a group only when it is. */
void algorithm_warn(struct parse *p, enum algorithm a, const struct grammar_word *w);
void algorithm_warn_group(struct parse *p, unsigned group, const struct grammar_word *w);
