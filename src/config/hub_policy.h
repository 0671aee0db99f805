/*
 * hub_policy: the security policies of hub users and groups by name (softether.md 2.1).
 */
#pragma once

#include "hub/policy.h"
#include "parse.h"

/* `policy NAME VALUE` and `no policy NAME` of a user or a group. */
bool hub_policy_set(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m);
bool hub_policy_unset(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m);
