/*
 * act3: the actions of version 3 that have more in them than control_act.c's.
 *
 * Called by connection.c, session.c and l2tp3.c; l2tp3_next() takes all out. The zero
 * session id of the IP carrier is put before a message here.
 */
#include "state3.h"

#include <string.h>

void act3_send(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       struct bytes msg)
{
	uint8_t buf[L2TP_MESSAGE_MAX + 4];
	struct wr w = wr_of(buf, sizeof(buf));

	if (l2tp3_over_ip(path))
		wr_u32(&w, 0);
	wr_bytes(&w, msg);
	control_act_send(&l->engine, path, connection_id, wr_done(&w));
}

static bool push(struct session *s, enum l2tp3_act_kind kind, struct bytes tail)
{
	struct queued_act *q = control_session_act(&s->ses, kind, tail, true);

	if (q)
		q->active = s->peer_active;
	return q;
}

bool act3_session_up(struct session *s)
{
	const struct connection *c = s->connection;
	struct l2tp3_session_info info = {
		.owner = c->ctl.path.owner,
		.connection_id = c->ctl.id,
		.peer_connection_id = c->ctl.peer_id,
		.session_id = s->ses.id,
		.peer_session_id = s->peer_id,
		.local_port = c->ctl.path.local_port,
		.remote_port = c->ctl.path.remote_port,
		.pw_type = s->pw_type,
		.cookie_len = s->cookie_len,
		.peer_cookie_len = s->peer_cookie_len,
		.sublayer = s->sublayer,
		.peer_sublayer = s->peer_sublayer,
		.sequencing = s->sequencing,
		.peer_sequencing = s->peer_sequencing,
		.active = s->peer_active,
		.caller = s->caller,
		.style = c->style->name,
	};

	memcpy(info.cookie, s->cookie, sizeof(info.cookie));
	memcpy(info.peer_cookie, s->peer_cookie, sizeof(info.peer_cookie));
	memcpy(info.remote_end_id, s->remote_end_id, sizeof(info.remote_end_id));
	memcpy(info.peer_host_name, c->ctl.peer_host_name, sizeof(info.peer_host_name));
	memcpy(info.peer_vendor_name, c->ctl.peer_vendor_name, sizeof(info.peer_vendor_name));
	return push(s, L2TP3_ACT_SESSION_UP, (struct bytes){(uint8_t *)&info, sizeof(info)});
}

void act3_session_status(struct session *s)
{
	push(s, L2TP3_ACT_SESSION_STATUS, (struct bytes){NULL, 0});
}

const struct l2tp3_act *act3_next(struct l2tp3 *l)
{
	const struct queued_act *q = control_act_next(&l->engine);
	struct l2tp3_act *a = &l->current;

	if (!q)
		return NULL;
	*a = (struct l2tp3_act){
		.kind = (enum l2tp3_act_kind)q->kind,
		.path = q->path,
		.connection_id = q->control_id,
		.session_id = q->session_id,
		.active = q->active,
		.result = q->result,
	};
	if (q->kind == L2TP3_ACT_NOTE) {
		memcpy(&a->note, q->tail, sizeof(a->note));
	} else if (q->kind == L2TP3_ACT_SESSION_UP) {
		memcpy(&a->info, q->tail, sizeof(a->info));
	} else if (q->kind == L2TP3_ACT_SEND) {
		memcpy(l->current_bytes, q->tail, q->len);
		a->bytes = (struct bytes){l->current_bytes, q->len};
	}
	return a;
}
