/*
 * hub_policy: the security policies of hub users and groups by name (softether.md 2.1).
 */
#pragma once

#include "parse.h"

struct policy_info {
	const char *name;
	bool number;          /* else yes or no */
	uint32_t least, most; /* of a number; with none, 0 is allowed too */
	bool none;
	const char *refused; /* why it is not taken; NULL: it acts */
};

/* By SoftEther's number, 0 to CFG_POLICY_N - 1. */
const struct policy_info *hub_policy_info(unsigned id);

/* `policy NAME VALUE` and `no policy NAME` of a user or a group. */
bool hub_policy_set(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m);
bool hub_policy_unset(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m);
