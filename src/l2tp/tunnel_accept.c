/*
 * tunnel_accept: which SCCRQ, SCCRP and SCCCN are acceptable (RFC 2661 sections
 * 5.1.1, 6.1 to 6.3), and the answer to an SCCRQ that is not.
 *
 * Called by l2tp.c. A refused SCCRQ leaves nothing behind: its StopCCN is made
 * again for every copy that comes, so that a stranger's refusals cost no memory.
 */
#include "state.h"

#include "base/secret.h"
#include "header.h"
#include "quirk.h"

#define WORST_REASON  150
#define COPY_APART_MS 900 /* no client sends an SCCRQ again earlier */

/* What the peer says of itself in SCCRQ or SCCRP. */
static void learn_peer(struct tunnel *t)
{
	const struct l2tp_message *m = &t->l->parse.m;

	t->ctl.peer_id = m->assigned_tunnel_id;
	t->ctl.channel.peer_tunnel_id = m->assigned_tunnel_id;
	t->peer_firmware = has(m, AVP_FIRMWARE_REVISION) ? m->firmware_revision : 0;
	l2tp_printable(m->host_name, t->ctl.peer_host_name, sizeof(t->ctl.peer_host_name));
	l2tp_printable(m->vendor_name, t->ctl.peer_vendor_name, sizeof(t->ctl.peer_vendor_name));
	channel_set_peer_window(&t->ctl.channel, has(m, AVP_RECEIVE_WINDOW_SIZE)
							 ? m->receive_window_size
							 : CHANNEL_WINDOW_DEFAULT);
}

/* The reason to refuse a start message for its version or its challenge; result 0:
 * none. */
static struct l2tp_result start_fault(const struct settings *s, const struct message_parse *p)
{
	if (p->verdict != MESSAGE_OK)
		return refusal_of_verdict(p->verdict);
	if (p->m.protocol_version >> 8 != PROTOCOL_VERSION_1 >> 8)
		return (struct l2tp_result){5, PROTOCOL_VERSION_1, "protocol-version"};
	if (has(&p->m, AVP_CHALLENGE) && !s->cfg.secret.len &&
	    !(s->cfg.habit && s->cfg.habit->ignores_challenge))
		return (struct l2tp_result){4, 0, "no-tunnel-secret"};
	return (struct l2tp_result){0};
}

/* Did the peer answer our challenge, if there was one? message_type: of the answer. */
static bool response_ok(struct tunnel *t, uint8_t message_type)
{
	const struct l2tp_message *m = &t->l->parse.m;
	struct bytes challenge = {t->challenge, sizeof(t->challenge)};
	uint8_t want[CHALLENGE_LEN];
	bool ok;

	if (!t->challenged)
		return true;
	ok = has(m, AVP_CHALLENGE_RESPONSE) &&
	     avp_challenge_response(message_type, secret_bytes(&t->settings->cfg.secret), challenge,
				    want) &&
	     secret_eq(want, m->challenge_response.p, sizeof(want));
	secret_zero(want, sizeof(want));
	return ok;
}

static enum tunnel_event classify_reply(struct tunnel *t)
{
	struct l2tp *l = t->l;

	if (t->ctl.state == TUNNEL_WAIT_CTL_REPLY && has(&l->parse.m, AVP_ASSIGNED_TUNNEL_ID) &&
	    l->parse.m.assigned_tunnel_id)
		learn_peer(t);
	l->engine.refusal = start_fault(t->settings, &l->parse);
	if (!l->engine.refusal.result && !response_ok(t, MSG_SCCRP))
		l->engine.refusal = (struct l2tp_result){4, 0, "tunnel-authentication"};
	return l->engine.refusal.result ? TEV_UNACCEPTABLE : TEV_SCCRP;
}

static enum tunnel_event classify_connected(struct tunnel *t)
{
	struct l2tp *l = t->l;

	if (l->parse.verdict != MESSAGE_OK) {
		l->engine.refusal = refusal_of_verdict(l->parse.verdict);
		return TEV_UNACCEPTABLE;
	}
	if (t->ctl.state == TUNNEL_WAIT_CTL_CONN && !response_ok(t, MSG_SCCCN)) {
		l->engine.refusal = (struct l2tp_result){4, 0, "tunnel-authentication"};
		return TEV_UNACCEPTABLE;
	}
	return TEV_SCCCN;
}

enum tunnel_event tunnel_classify(struct tunnel *t)
{
	struct l2tp *l = t->l;

	l->engine.refusal = refusal_of_verdict(l->parse.verdict);
	if (l->parse.m.type == MSG_STOPCCN)
		return TEV_STOPCCN;
	if (message_is_session(l->parse.m.type))
		return TEV_CALL;
	if (l->parse.m.type == MSG_SCCRP)
		return classify_reply(t);
	if (l->parse.m.type == MSG_SCCCN)
		return classify_connected(t);
	if (l->parse.verdict != MESSAGE_OK)
		return TEV_UNACCEPTABLE;
	return l->parse.m.type == MSG_HELLO ? TEV_HELLO : TEV_SCCRQ;
}

static void note_request(struct l2tp *l, const struct l2tp_path *path)
{
	const struct l2tp_message *m = &l->parse.m;
	char host[L2TP_HOST_NAME_MAX + 1], vendor[L2TP_HOST_NAME_MAX + 1];

	l2tp_printable(m->host_name, host, sizeof(host));
	l2tp_printable(m->vendor_name, vendor, sizeof(vendor));
	control_act_note(&l->engine, path, 0, NOTE_INFO, "l2tp-sccrq",
			 "L2TP request from host \"%s\" vendor \"%s\" firmware 0x%04x tunnel %u",
			 host, vendor, m->firmware_revision, m->assigned_tunnel_id);
}

/* StopCCN to a peer for which there is no tunnel (4.4.2): Nr takes its SCCRQ. */
static void refuse_request(struct l2tp *l, const struct l2tp_path *path, struct l2tp_result why)
{
	struct l2tp_message m = {
		.type = MSG_STOPCCN,
		.present = AVP_BIT(AVP_RESULT_CODE) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID),
		.result = why.result,
		.error = why.error,
		.assigned_tunnel_id = (uint16_t)tunnel_draw(&l->engine, path, false),
	};
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header_begin_control(&w, l->parse.m.assigned_tunnel_id, 0);
	char text[WORST_REASON];

	message_write(&w, &m);
	header_end(&w, start);
	header_set_seq(buf, 0, 1);
	refusal_text(&l->parse, text, sizeof(text));
	control_act_note(&l->engine, path, 0, NOTE_REFUSED, "l2tp-refused", "refused (%s): %s",
			 why.reason, text);
	control_act_send(&l->engine, path, 0, wr_done(&w));
}

bool tunnel_copy_renews(struct control *c, uint64_t now_ms)
{
	struct tunnel *t = tunnel_of(c);

	if (now_ms - t->copy_ms >= COPY_APART_MS) {
		t->copy_ms = now_ms;
		t->copies++;
	}
	return t->copies > 1;
}

void tunnel_accept(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		   struct bytes datagram, uint16_t ns)
{
	struct l2tp_result why = start_fault(settings_of(l->engine.settings), &l->parse);
	struct tunnel *t;

	note_request(l, path);
	t = tunnel_of(control_admit(&l->engine, now_ms, path, l->parse.m.tie_breaker, &why));
	if (t) {
		learn_peer(t);
		t->client_system = l2tp_client_system(&l->parse);
		control_accept(&t->ctl, now_ms, ns, datagram);
	} else if (why.result) {
		refuse_request(l, path, why);
	}
}
