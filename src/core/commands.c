/*
 * commands: what control tells the workers, and their acknowledgements.
 *
 * A command that finds its worker's ring full waits here, in order; a message to a
 * peer is dropped instead, like a packet that the network lost. Called by every file
 * of core. Never blocks.
 */
#include "core_i.h"

#include <stdlib.h>

#include "base/secret.h"

uint64_t ack_cookie(enum ack_kind kind, uint64_t handle)
{
	return handle << 4 | kind;
}

/* What may be lost: a message is sent again by its protocol, counters are asked for again. */
static bool may_be_lost(const struct dp_cmd *cmd)
{
	return cmd->kind == DP_CMD_SEND_ISAKMP || cmd->kind == DP_CMD_SEND_L2TP ||
	       cmd->kind == DP_CMD_SEND_PACKET || cmd->kind == DP_CMD_SEND_FRAME ||
	       cmd->kind == DP_CMD_STATS || cmd->kind == DP_CMD_PORT_STATS;
}

bool command_send(struct core *c, unsigned worker, const struct dp_cmd *cmd, const void *message)
{
	struct command *wait;

	if (may_be_lost(cmd))
		return dp_command(c->dp, worker, cmd, message);
	if (!c->waiting[worker] && dp_command(c->dp, worker, cmd, message))
		return true;
	wait = malloc(sizeof(*wait));
	if (!wait) {
		log_line(LOG_LEVEL_ERROR, "core", "event=command-lost kind=%d", (int)cmd->kind);
		return false;
	}
	wait->worker = worker;
	wait->cmd = *cmd;
	list_push(&c->commands, &wait->node);
	c->waiting[worker]++;
	return true;
}

void command_all(struct core *c, const struct dp_cmd *cmd)
{
	for (unsigned w = 0; w < c->cfg.workers; w++)
		command_send(c, w, cmd, NULL);
}

bool command_stats(struct session *s, uint64_t cookie)
{
	struct dp_cmd cmd = {.kind = DP_CMD_STATS, .cookie = cookie};

	cmd.u.session_del.slot = s->slot;
	return command_send(s->core, s->peer->worker, &cmd, NULL);
}

static void drop(struct core *c, struct command *wait)
{
	list_del(&wait->node);
	c->waiting[wait->worker]--;
	secret_zero(wait, sizeof(*wait)); /* it may hold keys */
	free(wait);
}

/* Each worker's commands stay in order; a full ring holds up nobody else's. */
void command_retry(struct core *c)
{
	bool full[DP_WORKERS_MAX] = {false};

	if (list_empty(&c->commands))
		return;
	list_each (&c->commands, it) {
		struct command *wait = list_entry(it, struct command, node);

		if (full[wait->worker] || !dp_command(c->dp, wait->worker, &wait->cmd, NULL))
			full[wait->worker] = true;
		else
			drop(c, wait);
	}
}

void command_drop_all(struct core *c)
{
	list_each (&c->commands, it)
		drop(c, list_entry(it, struct command, node));
}

static void child_acked(struct core *c, uint64_t handle, bool ok)
{
	struct child *ch = core_child_by_handle(c, handle);

	if (ch)
		ike_child_added(c->ike, core_now(c), ch->id, ok);
}

static void peer_acked(struct core *c, uint64_t handle)
{
	struct peer *p = core_peer_by_handle(c, handle);

	if (p)
		core_peer_removed(p);
}

/* A link that was suspended has more than one addition or removal on its way: the
 * answers come in order, and only the last one is about what is wanted now. */
static void session_added(struct core *c, uint64_t handle, bool ok)
{
	struct session *s = session_by_handle(c, handle);

	if (s && --s->adds_out == 0)
		session_event(s, ok ? SESSION_EV_ADDED : SESSION_EV_ADD_FAILED,
			      ok ? NULL : "worker-refused");
}

static void session_removed(struct core *c, uint64_t handle)
{
	struct session *s = session_by_handle(c, handle);

	if (s && --s->dels_out == 0)
		session_event(s, SESSION_EV_REMOVED, NULL);
}

void ack_take(struct core *c, uint64_t cookie, bool ok)
{
	uint64_t handle = cookie >> 4;

	switch ((enum ack_kind)(cookie & 15)) {
	case ACK_NONE:
		break;
	case ACK_CHILD:
		child_acked(c, handle, ok);
		break;
	case ACK_SESSION_ADD:
		session_added(c, handle, ok);
		break;
	case ACK_SESSION_DEL:
		session_removed(c, handle);
		break;
	case ACK_PEER_DEL:
		peer_acked(c, handle);
		break;
	case ACK_HUB:
		hub_acked(c, handle, ok);
		break;
	case ACK_LISTEN:
		listen_acked(c);
		break;
	case ACK_RULES:
		rules_acked(c, handle, ok);
		break;
	case ACK_PORT_ADD:
		etherip_acked(c, handle, true, ok);
		break;
	case ACK_PORT_DEL:
		etherip_acked(c, handle, false, ok);
		break;
	case ACK_STATS:
		walks_answered(c, handle);
		break;
	}
}
