/*
 * tunnel_accept: which SCCRQ, SCCRP and SCCCN are acceptable (RFC 2661 sections
 * 5.1.1, 6.1 to 6.3), and the answer to an SCCRQ that is not.
 *
 * Called by l2tp.c. A refused SCCRQ leaves nothing behind: its StopCCN is made
 * again for every copy that comes, so that a stranger's refusals cost no memory.
 */
#include "state.h"

#include <string.h>

#include "base/secret.h"
#include "header.h"
#include "quirk.h"

#define WORST_REASON  150
#define COPY_APART_MS 900 /* no client sends an SCCRQ again earlier */

/* What the peer says of itself in SCCRQ or SCCRP. */
static void learn_peer(struct tunnel *t)
{
	const struct l2tp_message *m = &t->l->parse.m;

	t->peer_id = m->assigned_tunnel_id;
	t->channel.peer_tunnel_id = m->assigned_tunnel_id;
	t->peer_firmware = has(m, AVP_FIRMWARE_REVISION) ? m->firmware_revision : 0;
	l2tp_printable(m->host_name, t->peer_host_name, sizeof(t->peer_host_name));
	l2tp_printable(m->vendor_name, t->peer_vendor_name, sizeof(t->peer_vendor_name));
	channel_set_peer_window(&t->channel, has(m, AVP_RECEIVE_WINDOW_SIZE)
						     ? m->receive_window_size
						     : CHANNEL_WINDOW_DEFAULT);
}

/* The reason to refuse a start message for its version or its challenge; result 0:
 * none. */
static struct l2tp_result start_fault(const struct settings *s, const struct message_parse *p)
{
	if (p->verdict != MESSAGE_OK)
		return refusal_of(p);
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

	if (t->state == TUNNEL_WAIT_CTL_REPLY && has(&l->parse.m, AVP_ASSIGNED_TUNNEL_ID) &&
	    l->parse.m.assigned_tunnel_id)
		learn_peer(t);
	l->refusal = start_fault(t->settings, &l->parse);
	if (!l->refusal.result && !response_ok(t, MSG_SCCRP))
		l->refusal = (struct l2tp_result){4, 0, "tunnel-authentication"};
	return l->refusal.result ? TEV_UNACCEPTABLE : TEV_SCCRP;
}

static enum tunnel_event classify_connected(struct tunnel *t)
{
	struct l2tp *l = t->l;

	if (l->parse.verdict != MESSAGE_OK) {
		l->refusal = refusal_of(&l->parse);
		return TEV_UNACCEPTABLE;
	}
	if (t->state == TUNNEL_WAIT_CTL_CONN && !response_ok(t, MSG_SCCCN)) {
		l->refusal = (struct l2tp_result){4, 0, "tunnel-authentication"};
		return TEV_UNACCEPTABLE;
	}
	return TEV_SCCCN;
}

enum tunnel_event tunnel_classify(struct tunnel *t)
{
	struct l2tp *l = t->l;

	l->refusal = refusal_of(&l->parse);
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
	l2tp_act_note(l, path, 0, NOTE_INFO, "l2tp-sccrq",
		      "L2TP request from host \"%s\" vendor \"%s\" firmware 0x%04x tunnel %u", host,
		      vendor, m->firmware_revision, m->assigned_tunnel_id);
}

/* StopCCN to a peer for which there is no tunnel (4.4.2): Nr takes its SCCRQ. */
static void refuse_request(struct l2tp *l, const struct l2tp_path *path, struct l2tp_result why)
{
	struct l2tp_message m = {
		.type = MSG_STOPCCN,
		.present = AVP_BIT(AVP_RESULT_CODE) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID),
		.result = why.result,
		.error = why.error,
		.assigned_tunnel_id = tunnel_id_draw(l, path),
	};
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header_begin_control(&w, l->parse.m.assigned_tunnel_id, 0);
	char text[WORST_REASON];

	message_write(&w, &m);
	header_end(&w, start);
	header_set_seq(buf, 0, 1);
	refusal_text(&l->parse, text, sizeof(text));
	l2tp_act_note(l, path, 0, NOTE_REFUSED, "l2tp-refused", "refused (%s): %s", why.reason,
		      text);
	l2tp_act_send_refusal(l, path, wr_done(&w));
}

/* Our own SCCRQ to the same peer is waiting (4.4.3, Tie Breaker): who has the lower
 * value wins, one that has none loses to one that has, without any there are two
 * tunnels. False: the peer's request is not answered, it has lost or nobody has won. */
static bool give_way(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path)
{
	struct tunnel *ours = tunnel_dialling(l, path);
	bool theirs = has(&l->parse.m, AVP_TIE_BREAKER);
	int order = theirs ? -1 : 1; /* of their value to ours */

	if (!ours || (!ours->has_tie && !theirs))
		return true;
	if (ours->has_tie && theirs)
		order = memcmp(l->parse.m.tie_breaker.p, ours->tie_breaker, TIE_BREAKER_LEN);
	if (order <= 0) {
		ours->end = (struct l2tp_result){1, 0, "tie-breaker-lost"};
		tunnel_event(ours, now_ms, TEV_TIE_LOST);
	}
	return order < 0;
}

/* Room for one more tunnel of the owner: one that only answers duplicates gives way. */
static void make_room(struct l2tp *l, uint64_t now_ms, uint64_t owner)
{
	struct tunnel *stopped;

	if (l2tp_owner_tunnels(l, owner) < l->settings->cfg.tunnels_per_owner_max)
		return;
	stopped = tunnel_stopped_of(l, owner);
	if (stopped)
		tunnel_event(stopped, now_ms, TEV_VANISH);
}

uint64_t tunnel_request_hash(struct bytes datagram)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = HEADER_CONTROL_LEN; i < datagram.len; i++)
		h = (h ^ datagram.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

bool tunnel_is_renewed(struct tunnel *t, uint64_t now_ms, struct bytes datagram)
{
	bool copy = t->request == tunnel_request_hash(datagram);

	if (t->state == TUNNEL_STOPPED || !copy)
		return true;
	if (t->state != TUNNEL_ESTABLISHED && t->state != TUNNEL_STOP_SENT)
		return false;
	if (now_ms - t->copy_ms >= COPY_APART_MS) {
		t->copy_ms = now_ms;
		t->copies++;
	}
	return t->copies > 1 || now_ms - t->up_ms >= channel_cycle_ms(&t->channel);
}

void tunnel_accept(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		   struct bytes datagram, uint16_t ns)
{
	struct l2tp_result why = start_fault(l->settings, &l->parse);
	struct tunnel *t = NULL;

	if (!l->parse.m.assigned_tunnel_id) {
		l->stats.drop_avp++;
		return;
	}
	note_request(l, path);
	if (!why.result && !give_way(l, now_ms, path)) {
		l->stats.drop_state++;
		return;
	}
	if (!why.result) {
		make_room(l, now_ms, path->owner);
		t = tunnel_new(l, path, false);
		why = (struct l2tp_result){2, 4, "no-resources"};
	}
	if (!t) {
		l->stats.drop_limit += why.error == 4 && why.result == 2;
		refuse_request(l, path, why);
		return;
	}
	learn_peer(t);
	t->client_system = l2tp_client_system(&l->parse);
	t->request = tunnel_request_hash(datagram);
	t->heard_ms = now_ms;
	channel_receive(&t->channel, now_ms, ns, 0, false, datagram);
	tunnel_event(t, now_ms, TEV_SCCRQ);
	tunnel_settle(t, now_ms);
}
