/*
 * commands: what control tells the workers, and their acknowledgements.
 *
 * A command that finds its ring full waits here, in order; a message to a peer
 * is dropped instead, like a packet that the network lost. Called by every file
 * of core. Never blocks.
 */
#include "core_i.h"

#include <stdlib.h>

#include "base/secret.h"

uint64_t ack_cookie(enum ack_kind kind, uint64_t handle)
{
	return handle << 3 | kind;
}

static bool is_message(const struct dp_cmd *cmd)
{
	return cmd->kind == DP_CMD_SEND_ISAKMP || cmd->kind == DP_CMD_SEND_L2TP;
}

void command_send(struct core *c, unsigned worker, const struct dp_cmd *cmd, const void *message)
{
	struct command *wait;

	if ((list_empty(&c->commands) || is_message(cmd)) &&
	    dp_command(c->dp, worker, cmd, message))
		return;
	if (is_message(cmd))
		return;
	wait = malloc(sizeof(*wait));
	if (!wait) {
		log_line(LOG_LEVEL_ERROR, "core", "event=command-lost kind=%d", (int)cmd->kind);
		return;
	}
	wait->worker = worker;
	wait->cmd = *cmd;
	list_push(&c->commands, &wait->node);
}

void command_all(struct core *c, const struct dp_cmd *cmd)
{
	for (unsigned w = 0; w < c->cfg.workers; w++)
		command_send(c, w, cmd, NULL);
}

void command_retry(struct core *c)
{
	list_each (&c->commands, it) {
		struct command *wait = list_entry(it, struct command, node);

		if (!dp_command(c->dp, wait->worker, &wait->cmd, NULL))
			return;
		list_del(it);
		secret_zero(wait, sizeof(*wait));
		free(wait);
	}
}

static void child_acked(struct core *c, uint64_t handle, bool ok)
{
	struct child *ch = core_child_by_handle(c, handle);

	if (ch)
		ike_child_added(c->ike, c->os->now_ms(c->os->ctx), ch->id, ok);
}

static void peer_acked(struct core *c, uint64_t handle)
{
	struct peer *p = core_peer_by_handle(c, handle);

	if (p)
		core_peer_removed(p);
}

static void session_acked(struct core *c, uint64_t handle, enum session_event ev)
{
	struct session *s = session_by_handle(c, handle);

	if (s)
		session_event(s, ev, ev == SESSION_EV_ADD_FAILED ? "worker-refused" : NULL);
}

void ack_take(struct core *c, uint64_t cookie, bool ok)
{
	uint64_t handle = cookie >> 3;

	switch ((enum ack_kind)(cookie & 7)) {
	case ACK_NONE:
		break;
	case ACK_CHILD:
		child_acked(c, handle, ok);
		break;
	case ACK_SESSION_ADD:
		session_acked(c, handle, ok ? SESSION_EV_ADDED : SESSION_EV_ADD_FAILED);
		break;
	case ACK_SESSION_DEL:
		session_acked(c, handle, SESSION_EV_REMOVED);
		break;
	case ACK_PEER_DEL:
		peer_acked(c, handle);
		break;
	}
}
