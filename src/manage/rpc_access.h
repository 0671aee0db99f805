/*
 * A rule of an access list as the fields of SoftEther's calls (softether.md 4.2).
 */
#pragma once

#include "rpc.h"

/* All fields; with Family_str ("any", "ipv4" or "ipv6"), which SoftEther does not have: its rules
 * are always about one of the two. */
json_t *rpc_access_json(const struct cfg_access *a);

/* A rule without its id. What is wrong with a field is told by r->code; what does not fit
 * together the configuration tells. */
void rpc_access_take(struct rpc *r, const json_t *o, struct cfg_access *a);
