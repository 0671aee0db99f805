/*
 * etherip: what etherip.c asks etherip_login.c about a router that comes by EtherIP.
 */
#pragma once

#include "core_i.h"

#define ETHERIP_ID (CFG_ID_MAX + 1) /* text of an identity */

/* What the table and the hub say of an identity. */
struct etherip_login {
	const struct cfg_etherip *row;
	const struct cfg_hub *hub;
	const struct cfg_hub_user *user;
	struct hub_run *run;
	struct hub_policy policy;
	uint64_t credential; /* of the password and what it is compared with */
};

/* What the peer says it is; false: nothing that is known (any more). */
bool etherip_id_of(const struct peer *p, char out[ETHERIP_ID]);
/* Row, hub and user, which may log in. named: the peer's SAs are for EtherIP by name; else, that
 * they may carry anything, `*` is not meant and nothing is told. The rest: false, and told. */
bool etherip_find(const struct peer *p, const char *id, bool named, struct etherip_login *out);
bool etherip_password_ok(const struct peer *p, const struct etherip_login *l);
/* Of the hub and the user, whose sessions and ports account counts. */
bool etherip_limits_ok(const struct peer *p, const struct etherip_login *l,
		       const struct name *account);
