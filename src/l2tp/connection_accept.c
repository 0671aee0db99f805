/*
 * connection_accept: which SCCRQ, SCCRP and SCCCN are acceptable (RFC 3931 sections
 * 4.3, 5.4.3, 6.1 to 6.3), and the answer to an SCCRQ that is not.
 *
 * Called by l2tp3.c after the Message Digest was found right. A refused SCCRQ leaves
 * nothing behind: its StopCCN is made again for every copy that comes.
 */
#include "state3.h"

#include <string.h>

#include "base/secret.h"
#include "header3.h"

#define REFUSAL_TEXT 150

/* What the peer says of itself in SCCRQ or SCCRP. */
static void learn_peer(struct connection *c)
{
	const struct l2tp3_message *m = &c->l->parse.m;
	bool listed = has3(m, AVP3_PW_CAPABILITIES);

	c->ctl.peer_id = m->connection_id;
	c->cisco_version = m->cisco_version;
	c->ethernet = !listed || pw_capable(m->pw_capabilities, L2TP3_PW_ETHERNET);
	c->ethernet_vlan = !listed || pw_capable(m->pw_capabilities, L2TP3_PW_ETHERNET_VLAN);
	c->peer_nonce_len = (uint8_t)m->nonce.len;
	if (m->nonce.len)
		memcpy(c->peer_nonce, m->nonce.p, m->nonce.len);
	l2tp_printable(m->host_name, c->ctl.peer_host_name, sizeof(c->ctl.peer_host_name));
	l2tp_printable(m->vendor_name, c->ctl.peer_vendor_name, sizeof(c->ctl.peer_vendor_name));
	channel_set_peer_window(&c->ctl.channel, has3(m, AVP3_RECEIVE_WINDOW_SIZE)
							 ? m->receive_window_size
							 : CHANNEL_WINDOW_DEFAULT);
}

/* Result 0: none. A nonce says that its sender authenticates (section 4.3). */
static struct l2tp_result start_fault(const struct settings3 *s, const struct message3_parse *p)
{
	if (p->verdict != MESSAGE_OK)
		return refusal_of_verdict(p->verdict);
	if (has3(&p->m, AVP3_NONCE) && !s->cfg.secret.len)
		return (struct l2tp_result){4, 0, "no-digest-secret"};
	return (struct l2tp_result){0};
}

enum tunnel_event connection_classify(struct connection *c)
{
	struct l2tp3 *l = c->l;
	const struct message3_parse *p = &l->parse;

	l->engine.refusal = refusal_of_verdict(p->verdict);
	if (p->m.type == MSG_STOPCCN)
		return TEV_STOPCCN;
	if (message3_is_session(p->m.type))
		return TEV_CALL;
	if (p->m.type == MSG_SCCRP) {
		l->engine.refusal = start_fault(c->settings, p);
		if (c->ctl.state == TUNNEL_WAIT_CTL_REPLY && p->m.connection_id)
			learn_peer(c);
		return l->engine.refusal.result ? TEV_UNACCEPTABLE : TEV_SCCRP;
	}
	if (p->verdict != MESSAGE_OK)
		return TEV_UNACCEPTABLE;
	if (p->m.type == MSG_SCCCN)
		return TEV_SCCCN;
	return p->m.type == MSG_HELLO ? TEV_HELLO : TEV_SCCRQ;
}

static void note_request(struct l2tp3 *l, const struct l2tp_path *path)
{
	const struct l2tp3_message *m = &l->parse.m;
	char host[L2TP_HOST_NAME_MAX + 1], vendor[L2TP_HOST_NAME_MAX + 1];

	l2tp_printable(m->host_name, host, sizeof(host));
	l2tp_printable(m->vendor_name, vendor, sizeof(vendor));
	control_act_note(&l->engine, path, 0, NOTE_INFO, "l2tp3-sccrq",
			 "L2TPv3 request over %s from host \"%s\" vendor \"%s\" style %s id %u",
			 l2tp3_over_ip(path) ? "IP protocol 115" : "UDP", host, vendor,
			 style_of_request(m)->name, m->connection_id);
}

/* StopCCN to a peer for which there is no connection: Nr takes its SCCRQ. With a secret
 * the digest has no nonce of ours, since the peer has not heard one. */
static void refuse_request(struct l2tp3 *l, const struct l2tp_path *path, struct l2tp_result why,
			   bool digested, uint8_t digest_type)
{
	uint8_t buf[400], digest[1 + DIGEST_MAX] = {digest_type};
	struct digest_nonces nonces = {{NULL, 0}, l->parse.m.nonce};
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header3_begin(&w, l->parse.m.connection_id);
	char text[REFUSAL_TEXT];
	struct l2tp3_message m = {
		.type = MSG_STOPCCN,
		.present = AVP3_BIT(AVP3_RESULT_CODE) | AVP3_BIT(AVP3_CONNECTION_ID) |
			   (digested ? AVP3_BIT(AVP3_MESSAGE_DIGEST) : 0),
		.result = why.result,
		.error = why.error,
		.connection_id = id3_draw(&l->engine, path, false),
		.message_digest = {digest, 1 + digest_len(digest_type)},
		.cisco = l->parse.m.cisco,
		.cisco_version = l->parse.m.cisco_version,
	};

	refusal3_text(&l->parse, text, sizeof(text));
	if (why.error)
		m.error_message = l2tp_text(text);
	message3_write(&w, &m);
	header_end(&w, start);
	control_act_note(&l->engine, path, 0, NOTE_REFUSED, "l2tp3-refused",
			 "refused (%s): %.100s%s", why.reason, text, refusal3_fix(why.reason));
	if (!wr_ok(&w))
		return;
	header_set_seq(buf, 0, 1);
	if (digested && !digest_fill(buf, w.len,
				     (struct bytes){settings3_of(l->engine.settings)->check_key,
						    DIGEST_KEY_LEN},
				     &nonces))
		return;
	act3_send(l, path, 0, wr_done(&w));
}

void connection_accept(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
		       struct bytes msg, bool digested, uint8_t digest_type)
{
	struct l2tp_result why = start_fault(settings3_of(l->engine.settings), &l->parse);
	struct connection *c;

	note_request(l, path);
	c = connection_of(control_admit(&l->engine, now_ms, path, l->parse.m.tie_breaker, &why));
	if (c) {
		learn_peer(c);
		c->style = style_of_request(&l->parse.m);
		c->digest_type = digest_type;
		control_accept(&c->ctl, now_ms, 0, msg);
	} else if (why.result) {
		refuse_request(l, path, why, digested, digest_type);
	}
}
