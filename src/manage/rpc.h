/*
 * rpc: the server's calls under SoftEther's names (softether.md 4.2), for vpncmd and for what else
 * speaks them. A call reads core/api.h and the running configuration; one that changes
 * something writes the commands that do, and they are applied whole or not at all.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "config/config.h"
#include "core/core.h"

/* SoftEther's error numbers (softether.md 3.1). */
enum {
	RPC_HUB_NOT_FOUND = 8,
	RPC_ACCESS_DENIED = 12,
	RPC_INTERNAL = 23,
	RPC_OBJECT_NOT_FOUND = 29,
	RPC_NOT_SUPPORTED = 33,
	RPC_INVALID_PARAMETER = 38,
	RPC_HUB_EXISTS = 57,
	RPC_TOO_MANY_ACCESS = 62,
	RPC_GROUP_NOT_FOUND = 65,
	RPC_USER_EXISTS = 66,
	RPC_GROUP_EXISTS = 67,
	RPC_BRIDGE_UNSUPPORTED = 84,
	RPC_MEMORY = 111,
};

/* {"method": M, "params": {...}} to {"result": {...}} or {"error": {"code": N, "message": T}}. */
json_t *rpc_run(struct core *c, const json_t *request);

/* Does the call want fresh counters of the workers first? */
bool rpc_wants_refresh(const json_t *request);

/* ---- between rpc.c and the files of the calls ---- */

struct rpc {
	struct core *core;
	const struct config *cfg; /* the running one */
	const json_t *params;
	json_t *result;
	FILE *commands; /* what is to be applied; nothing written: nothing is changed */
	unsigned code;  /* 0: done */
	char message[300];
};

struct rpc_row {
	const char *method; /* NULL ends a table */
	void (*run)(struct rpc *r);
	bool counters; /* wants fresh ones */
};

extern const struct rpc_row rpc_server_rows[], rpc_hub_rows[], rpc_option_rows[], rpc_access_rows[],
	rpc_bridge_rows[], rpc_etherip_rows[], rpc_user_rows[], rpc_policy_rows[],
	rpc_session_rows[];

/* Parameters; what is missing or of another type is "", 0, false. */
const char *rpc_text(const struct rpc *r, const char *field);
uint64_t rpc_number(const struct rpc *r, const char *field);
bool rpc_bool(const struct rpc *r, const char *field);
bool rpc_has(const struct rpc *r, const char *field);

/* The hub that the parameters name; NULL: the error is set. */
const struct cfg_hub *rpc_hub(struct rpc *r);

void rpc_fail(struct rpc *r, unsigned code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A moment as a _dt field has it: UTC, 2026-11-22T14:35:28Z. */
json_t *rpc_time(time_t t);

/* A command's line; each %q in fmt is a text that is put into quotation marks. %s and %u as in
 * printf, and nothing else. Control characters in a text are refused. */
void rpc_command(struct rpc *r, const char *fmt, ...);
/* A text for %s of a command is refused as for %q. */
void rpc_check_text(struct rpc *r, const char *text);

/* ---- rpc_policy.c ---- */

/* own, over: the policies of a user and of its group, or of a group and NULL. */

/* Every policy with the value that counts, into the result: the object's own, else the group's,
 * else the default. */
void rpc_put_policies(struct rpc *r, const struct cfg_hub_policy *own,
		      const struct cfg_hub_policy *over);

/* Commands for those of the call that are not what counts now; the mode of the user or group is
 * open. Without UsePolicy_bool its own ones go. */
void rpc_set_policies(struct rpc *r, const struct cfg_hub_policy *own,
		      const struct cfg_hub_policy *over);
