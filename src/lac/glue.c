/*
 * glue: carries out what ike, l2tp and ppp want, and takes messages to l2tp and PPP
 * frames to ppp or to the user. Called by lac.c and data.c behind every event.
 */
#include "lac_i.h"
#include "wire/l2tp_data.h"

#define PPP_FRAME_ROOM 2048

/* ---- out ---- */

void lac_ppp_frame_out(struct lac *l, uint64_t now_ms, struct bytes frame)
{
	uint8_t buf[PPP_FRAME_ROOM];
	struct wr w = wr_of(buf, sizeof(buf));

	/* Address and Control are always written: RFC 1661 section 6.6 lets us */
	wr_u16(&w, 0xff03);
	wr_bytes(&w, frame);
	if (wr_ok(&w))
		l2tp_call_send(l->l2tp, now_ms, l->call, wr_done(&w));
	else
		lac_drop(l, LAC_DROP_LONG);
}

/* The way of ISAKMP as the user of this room sees it: from our port 4500 where the
 * server's is. */
static void isakmp_out(struct lac *l, const struct ike_act *a)
{
	struct flow flow = a->flow;

	if (flow.remote.port == 4500)
		flow.local.port = 4500;
	lac_act_datagram(l, &flow, false, a->natt, a->bytes);
}

/* ---- in ---- */

static void frame_in(struct lac *l, uint64_t now_ms, struct bytes frame)
{
	struct bytes packet;

	if (!l->ppp)
		return;
	if (!lac_packet_of_frame(frame, &packet))
		lac_play_frame_in(l, now_ms, frame);
	else if (l->state == LAC_UP && !lac_play_packet(l, packet))
		lac_act_packet(l, packet);
	else if (l->state != LAC_UP)
		lac_drop(l, LAC_DROP_NOT_UP);
}

static uint64_t l2tp_drops(const struct lac *l)
{
	struct l2tp_stats s;

	l2tp_get_stats(l->l2tp, &s);
	return s.drop_short + s.drop_version + s.drop_length + s.drop_avp + s.drop_no_tunnel +
	       s.drop_wrong_path + s.drop_no_call + s.drop_out_of_window + s.drop_strict +
	       s.drop_flags;
}

/* Section 5.4: data messages of ours are numbered as those of the LNS are. */
static void follow_sequencing(struct lac *l, struct bytes msg)
{
	struct l2tp_data d;

	if (l->call_info.session_id && l2tp_data_parse(msg, &d) == L2TP_DATA_OK && !d.control &&
	    d.tunnel_id == l->call_info.tunnel_id && d.session_id == l->call_info.session_id &&
	    d.payload.len)
		l->sequenced = l->call_info.sequencing || d.sequenced;
}

/* RFC 2661 8.1: the server may answer from a port of its choice, which then stays. Room
 * l2tp always hears of the port that was dialled. */
void lac_l2tp_in(struct lac *l, uint64_t now_ms, uint16_t from, struct bytes msg)
{
	struct l2tp_path path = {
		.owner = l->owner, .local_port = l->cfg.l2tp_port, .remote_port = LAC_L2TP_PORT};
	bool moves = from != l->remote_port;
	uint64_t before;

	if (moves && (l->state != LAC_TUNNEL || l->remote_port != LAC_L2TP_PORT)) {
		lac_drop(l, LAC_DROP_PORT);
		return;
	}
	before = moves ? l2tp_drops(l) : 0;
	follow_sequencing(l, msg);
	l2tp_input(l->l2tp, now_ms, &path, msg);
	if (moves && l2tp_drops(l) == before)
		l->remote_port = from;
}

/* ---- actions ---- */

static void child_add(struct lac *l, uint64_t now_ms, const struct ike_act *a)
{
	bool ok = esp_add(&l->esp, a->child, &a->keys);

	ike_child_added(l->ike, now_ms, a->child, ok);
}

/* A client holds its own key: the sum is done here. */
static void sign(struct lac *l, uint64_t now_ms, const struct ike_act *a)
{
	uint8_t signature[SIGN_MAX];
	size_t len = l->cfg.key ? sign_bare(l->cfg.key, a->bytes, signature) : 0;

	ike_signed(l->ike, now_ms, a->sa, (struct bytes){signature, len});
}

static void ike_action(struct lac *l, uint64_t now_ms, const struct ike_act *a)
{
	switch (a->kind) {
	case IKE_ACT_SEND:
		isakmp_out(l, a);
		break;
	case IKE_ACT_NOTE:
		lac_act_copy_note(l, &a->note);
		break;
	case IKE_ACT_DH:
		lac_act_dh(l, a->job);
		break;
	case IKE_ACT_SIGN:
		sign(l, now_ms, a);
		break;
	case IKE_ACT_UP:
		l->flow = a->flow;
		lac_event(l, now_ms, EV_IKE_UP, NULL);
		break;
	case IKE_ACT_PATH:
	case IKE_ACT_RENEWED:
		l->flow = a->flow;
		break;
	case IKE_ACT_ORPHAN: /* the server deleted its SA: as native clients do (clients.md 1.2) */
		if (lac_play_lasts(l))
			ike_renew(l->ike, now_ms, l->server);
		else
			lac_event(l, now_ms, EV_HANG_UP, "ike-expired");
		break;
	case IKE_ACT_RESTARTED: /* no server says so */
	case IKE_ACT_SILENT:    /* its answer to R-U-THERE will tell */
		break;
	case IKE_ACT_DOWN:
		if (a->peer == l->server)
			lac_event(l, now_ms, EV_IKE_DOWN, a->reason);
		break;
	case IKE_ACT_CHILD_ADD:
		child_add(l, now_ms, a);
		break;
	case IKE_ACT_CHILD_UP:
		esp_up(&l->esp, a->child);
		lac_play_child(l, now_ms);
		lac_event(l, now_ms, EV_ESP_UP, NULL);
		break;
	case IKE_ACT_CHILD_MOVED: /* ours are in one table */
		break;
	case IKE_ACT_CHILD_DOWN:
		esp_del(&l->esp, a->child);
		break;
	}
}

static void result_note(struct lac *l, const char *what, const struct l2tp_result *r)
{
	lac_act_note(l, NOTE_END, r->reason, "%s is down: result %u error %u (%s)", what, r->result,
		     r->error, r->reason);
}

static void l2tp_action(struct lac *l, uint64_t now_ms, const struct l2tp_act *a)
{
	switch (a->kind) {
	case L2TP_ACT_SEND:
		lac_l2tp_out(l, a->bytes);
		lac_play_control(l, now_ms, a->bytes);
		break;
	case L2TP_ACT_SEND_DATA:
		lac_l2tp_out(l, a->bytes);
		break;
	case L2TP_ACT_NOTE:
		lac_act_copy_note(l, &a->note);
		break;
	case L2TP_ACT_TUNNEL_UP:
		break;
	case L2TP_ACT_TUNNEL_DOWN:
		if (a->path.owner != l->owner)
			break;
		result_note(l, "the tunnel", &a->result);
		lac_event(l, now_ms, EV_TUNNEL_DOWN, a->result.reason);
		break;
	case L2TP_ACT_CALL_UP:
		if (a->call != l->call)
			break;
		l->call_info = a->info;
		l->sequenced = a->info.sequencing;
		lac_event(l, now_ms, EV_CALL_UP, NULL);
		break;
	case L2TP_ACT_CALL_DOWN:
		if (a->call != l->call)
			break;
		result_note(l, "the call", &a->result);
		lac_event(l, now_ms, EV_CALL_DOWN, a->result.reason);
		break;
	case L2TP_ACT_PPP:
		if (a->call == l->call)
			frame_in(l, now_ms, a->bytes);
		break;
	}
}

static void ppp_action(struct lac *l, uint64_t now_ms, const struct ppp_act *a)
{
	switch (a->kind) {
	case PPP_ACT_SEND:
		lac_play_frame_out(l, now_ms, a->frame);
		break;
	case PPP_ACT_NOTE:
		lac_act_copy_note(l, &a->note);
		break;
	case PPP_ACT_AUTH:
	case PPP_ACT_NETWORK:
		break; /* a server is asked these */
	case PPP_ACT_UP6:
		l->ipv6_open = true;
		l->up6 = a->up6;
		break;
	case PPP_ACT_DOWN6:
		l->ipv6_open = false;
		break;
	case PPP_ACT_UP:
		l->up = a->up;
		lac_event(l, now_ms, EV_PPP_UP, NULL);
		break;
	case PPP_ACT_SUSPEND:
		lac_event(l, now_ms, EV_PPP_SUSPEND, NULL);
		break;
	case PPP_ACT_DOWN:
		lac_event(l, now_ms, EV_PPP_DOWN, a->reason);
		break;
	}
}

void lac_drain(struct lac *l, uint64_t now_ms)
{
	const struct ike_act *ia;
	const struct l2tp_act *la;
	const struct ppp_act *pa;
	bool again = true;

	lac_play_octets(l, now_ms);
	while (again) {
		again = false;
		while (l->ike && (ia = ike_next(l->ike))) {
			ike_action(l, now_ms, ia);
			again = true;
		}
		while ((la = l2tp_next(l->l2tp))) {
			l2tp_action(l, now_ms, la);
			again = true;
		}
		while (l->ppp && (pa = ppp_next(l->ppp))) {
			ppp_action(l, now_ms, pa);
			again = true;
		}
	}
}
