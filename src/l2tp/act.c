/*
 * act: the actions of version 2 that have more in them than control_act.c's.
 *
 * Called by call.c and l2tp.c; l2tp_next() takes all out.
 */
#include "state.h"

#include <string.h>

void l2tp_act_data(struct call *c, enum l2tp_act_kind kind, struct bytes frame)
{
	control_session_act(&c->ses, kind, frame, false);
}

bool l2tp_act_call_up(struct call *c)
{
	const struct tunnel *t = c->tunnel;
	struct l2tp_call_info info = {
		.owner = t->ctl.path.owner,
		.tunnel_id = (uint16_t)t->ctl.id,
		.session_id = c->id,
		.peer_tunnel_id = (uint16_t)t->ctl.peer_id,
		.peer_session_id = c->peer_id,
		.local_port = t->ctl.path.local_port,
		.remote_port = t->ctl.path.remote_port,
		.sequencing = c->required,
		.peer_firmware = t->peer_firmware,
		.client_system = t->client_system ? t->client_system : "",
	};

	memcpy(info.peer_host_name, t->ctl.peer_host_name, sizeof(info.peer_host_name));
	memcpy(info.peer_vendor_name, t->ctl.peer_vendor_name, sizeof(info.peer_vendor_name));
	return control_session_act(&c->ses, L2TP_ACT_CALL_UP,
				   (struct bytes){(uint8_t *)&info, sizeof(info)}, true);
}

const struct l2tp_act *l2tp_act_next(struct l2tp *l)
{
	const struct queued_act *q = control_act_next(&l->engine);
	struct l2tp_act *a = &l->current;

	if (!q)
		return NULL;
	*a = (struct l2tp_act){
		.kind = (enum l2tp_act_kind)q->kind,
		.path = q->path,
		.tunnel_id = (uint16_t)q->control_id,
		.session_id = (uint16_t)q->session_id,
		.call = q->session_id,
		.result = q->result,
	};
	if (q->kind == L2TP_ACT_NOTE) {
		memcpy(&a->note, q->tail, sizeof(a->note));
	} else if (q->kind == L2TP_ACT_CALL_UP) {
		memcpy(&a->info, q->tail, sizeof(a->info));
	} else {
		memcpy(l->current_bytes, q->tail, q->len);
		a->bytes = (struct bytes){l->current_bytes, q->len};
	}
	return a;
}
