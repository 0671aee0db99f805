/*
 * l2tp_glue: the configuration as l2tp's, its messages to and from the workers,
 * its actions carried out. Called by core and drain.
 */
#include "core_i.h"

#define L2TP_PORT 1701

static void fill(struct core *c, const struct config *cfg, struct l2tp_config *out)
{
	unsigned sessions = c->cfg.sessions_max * c->cfg.workers;

	*out = (struct l2tp_config){
		.host_name = cfg->hostname,
		.vendor_name = "Sekisho",
		.hello_s = cfg->l2tp_hello_s,
		.rx_window = 8,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.tunnels_max = sessions,
		.tunnels_per_owner_max = 4,
		.calls_per_tunnel_max = 8,
		.shard_bits = (uint8_t)c->shard_bits,
		.random = c->os->random,
		.random_ctx = c->os->ctx,
		.timers = &c->timers,
	};
	secret_set(&out->secret, cfg->l2tp_secret.b, cfg->l2tp_secret.len);
}

struct l2tp *l2tp_glue_new(struct core *c, const struct config *cfg)
{
	struct l2tp_config lc;
	struct l2tp *l;

	fill(c, cfg, &lc);
	l = l2tp_new(&lc);
	secret_wipe(&lc.secret);
	return l;
}

void l2tp_glue_apply(struct core *c, const struct config *cfg)
{
	struct l2tp_config lc;

	fill(c, cfg, &lc);
	l2tp_reconfigure(c->l2tp, &lc);
	secret_wipe(&lc.secret);
}

/* A tunnel belongs to the peer whose SA brought the message (security.md H-18). */
void l2tp_punt(struct core *c, const struct dp_punt *p)
{
	struct peer *peer = core_peer_by_handle(c, p->peer_handle);
	struct l2tp_path path = {.owner = p->peer_handle,
				 .local_port = p->local_port,
				 .remote_port = p->remote_port};

	if (!peer || peer->gone) {
		c->drops.l2tp_no_peer++;
		return;
	}
	if (p->local_port != L2TP_PORT) { /* not what Quick Mode agreed on (H-19) */
		c->drops.l2tp_port++;
		return;
	}
	if (!config_l2tp_enabled(c->config)) { /* EtherIP alone */
		c->drops.l2tp_off++;
		return;
	}
	peer->heard_ms = core_now(c);
	ike_alive(c->ike, peer->heard_ms, peer->id);
	path.shard = (uint16_t)peer->worker;
	l2tp_input(c->l2tp, core_now(c), &path, (struct bytes){p->message, p->len});
}

static void send(struct core *c, const struct l2tp_act *a)
{
	struct peer *p = core_peer_by_handle(c, a->path.owner);
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_L2TP};

	if (!p || p->gone)
		return;
	cmd.u.l2tp.peer = p->slot;
	cmd.u.l2tp.local_port = a->path.local_port;
	cmd.u.l2tp.remote_port = a->path.remote_port;
	cmd.u.l2tp.len = (uint32_t)a->bytes.len;
	command_send(c, p->worker, &cmd, a->bytes.p);
}

static void note(struct core *c, const struct l2tp_act *a)
{
	struct peer *p = core_peer_by_handle(c, a->path.owner);

	if (p)
		story_note(c, p->sa, &p->flow, &a->note);
}

static void call_up(struct core *c, const struct l2tp_act *a)
{
	struct peer *p = core_peer_by_handle(c, a->info.owner);
	struct l2tp_result why = {.result = 2, .error = 4, .reason = "no-resources"};
	struct session *s = p && !p->gone ? session_new(p, a) : NULL;

	if (!s) {
		l2tp_call_close(c->l2tp, core_now(c), a->call, why);
		return;
	}
	if (!session_ppp_start(s))
		session_event(s, SESSION_EV_PPP_DOWN, "no-resources");
}

static void ppp_frame(struct core *c, const struct l2tp_act *a)
{
	struct session *s = session_by_call(c, a->call);

	if (!s || !s->ppp)
		return;
	ppp_input(s->ppp, core_now(c), a->bytes);
	session_ppp_drain(s);
}

void l2tp_action(struct core *c, const struct l2tp_act *a)
{
	struct session *s;

	switch (a->kind) {
	case L2TP_ACT_SEND:
	case L2TP_ACT_SEND_DATA:
		send(c, a);
		break;
	case L2TP_ACT_NOTE:
		note(c, a);
		break;
	case L2TP_ACT_TUNNEL_UP:
	case L2TP_ACT_TUNNEL_DOWN:
		break;
	case L2TP_ACT_CALL_UP:
		call_up(c, a);
		break;
	case L2TP_ACT_CALL_DOWN:
		if ((s = session_by_call(c, a->call)))
			session_event(s, SESSION_EV_CALL_DOWN, a->result.reason);
		break;
	case L2TP_ACT_PPP:
		ppp_frame(c, a);
		break;
	}
}
