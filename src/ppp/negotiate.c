/*
 * negotiate: turns the packets of one control protocol into events of its
 * automaton, and judges options by the protocol's table.
 *
 * RFC 1661 sections 4.3 (events), 5.1 to 5.7 (codes 1 to 7), 4.6 (Max-Failure). Called
 * by link with packets whose header was checked. Options are judged into the
 * protocol's scratch; only an Ack that leaves makes them count.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "fsm.h"
#include "link.h"

/* Configure packets that may pass without the layer coming up, and times that it may
 * come up again: a peer that needs more is not negotiating. */
#define ROUNDS_MAX  60
#define REOPENS_MAX 16

/* A peer whose request was acknowledged and who sends it again has not got our Ack: it
 * repeats itself ten times, 3 s apart (RFC 1661 4.6). */
#define REPEATS_S 35

static const struct cp_option *option_row(const struct cp *cp, uint8_t type)
{
	for (size_t i = 0; i < cp->ops->n_options; i++)
		if (cp->ops->options[i].type == type)
			return &cp->ops->options[i];
	return NULL;
}

void cp_build_request(const struct cp *cp, struct wr *w)
{
	for (size_t i = 0; i < cp->ops->n_options; i++)
		if (cp->ops->options[i].request)
			cp->ops->options[i].request(cp->link, w);
}

/* Words for the story, a comma between two; what does not fit is left out. */
struct words {
	char text[NOTE_TEXT - 40];
	size_t len;
};

static void say_option(struct words *t, const struct cp_option *row, const struct cp_option_in *o)
{
	char word[64];
	struct rd r = rd_of_bytes(o->data);
	size_t n;

	if (!row)
		snprintf(word, sizeof(word), "option %u", o->type);
	else if (row->show == CP_SHOW_DECIMAL && o->data.len == 2)
		snprintf(word, sizeof(word), "%s %u", row->name, rd_u16(&r));
	else if (row->show == CP_SHOW_AUTH)
		snprintf(word, sizeof(word), "%s", lcp_auth_words(o->data));
	else if (row->show == CP_SHOW_ADDRESS && o->data.len == 4)
		snprintf(word, sizeof(word), "%s %u.%u.%u.%u", row->name, o->data.p[0],
			 o->data.p[1], o->data.p[2], o->data.p[3]);
	else
		snprintf(word, sizeof(word), "%s", row->name);
	n = strlen(word);
	if (t->len + n + 3 > sizeof(t->text))
		return;
	t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len, "%s%s",
				   t->len ? ", " : "", word);
}

struct judgement {
	enum cp_answer answer;
	bool malformed;
	struct wr nak, reject;
	uint8_t nak_buf[CP_BODY_MAX], reject_buf[CP_BODY_MAX];
	struct words offered, refused, wanted;
};

static void judge_option(struct cp *cp, struct judgement *j, const struct cp_option_in *o)
{
	const struct cp_option *row = option_row(cp, o->type);
	bool tired = cp->naks >= cp->link->cfg.max_failure;
	size_t before = j->nak.len;
	enum cp_answer a = CP_ANSWER_REJECT;

	say_option(&j->offered, row, o);
	quirk_option(cp->link, cp->ops->protocol, o);
	if (row && row->judge)
		a = row->judge(cp->link, o->data, &j->nak);
	if (a == CP_ANSWER_NAK_ALONE) {
		j->answer = a;
		memmove(j->nak_buf, j->nak_buf + before, j->nak.len - before);
		j->nak.len -= before;
	}
	if (a == CP_ANSWER_NAK && tired) {
		j->nak.len = before;
		cp->insists = cp->insists || row->must;
		a = CP_ANSWER_REJECT;
	}
	if (a == CP_ANSWER_REJECT) {
		wr_bytes(&j->reject, o->whole);
		say_option(&j->refused, row, o);
	}
	if (a == CP_ANSWER_NAK || a == CP_ANSWER_NAK_ALONE)
		say_option(&j->wanted, row, o);
}

static void judge_missing(struct cp *cp, struct judgement *j)
{
	size_t before = j->nak.len;

	if (!cp->ops->missing || !cp->ops->missing(cp->link, &j->nak))
		return;
	if (cp->naks >= cp->link->cfg.max_failure) {
		j->nak.len = before;
		cp->insists = true;
	}
}

static void judge_request(struct cp *cp, struct bytes options, struct judgement *j)
{
	struct rd r = rd_of_bytes(options);
	struct cp_option_in o;

	j->answer = CP_ANSWER_ACK;
	j->malformed = !cp_options_ok(options);
	j->nak = wr_of(j->nak_buf, sizeof(j->nak_buf));
	j->reject = wr_of(j->reject_buf, sizeof(j->reject_buf));
	j->offered.len = j->refused.len = j->wanted.len = 0;
	j->offered.text[0] = j->refused.text[0] = j->wanted.text[0] = '\0';
	cp->insists = false;
	if (j->malformed)
		return;
	cp->ops->begin(cp->link);
	while (j->answer != CP_ANSWER_NAK_ALONE && cp_option_next(&r, &o))
		judge_option(cp, j, &o);
	if (j->answer == CP_ANSWER_NAK_ALONE)
		return;
	judge_missing(cp, j);
	if (j->reject.len)
		j->answer = CP_ANSWER_REJECT;
	else if (j->nak.len || j->nak.err)
		j->answer = CP_ANSWER_NAK;
}

static void tell_judgement(struct cp *cp, const struct judgement *j)
{
	struct ppp *p = cp->link;
	const char *name = cp->ops->name;

	if (!cp->told)
		link_note(p, NOTE_INFO, "ppp-offer", "%s: peer offers %s", name,
			  j->offered.len ? j->offered.text : "no options");
	cp->told = true;
	if (j->answer == CP_ANSWER_REJECT)
		link_note(p, NOTE_CHOICE, "ppp-reject", "%s: rejected %s", name, j->refused.text);
	if (j->answer == CP_ANSWER_NAK || j->answer == CP_ANSWER_NAK_ALONE)
		link_note(p, NOTE_CHOICE, "ppp-nak", "%s: other value proposed for %s", name,
			  j->wanted.len ? j->wanted.text : "an option that is missing");
}

static uint32_t request_hash(uint8_t id, struct bytes options)
{
	return (uint32_t)hash_bytes(options.p, options.len, id);
}

/* The table would take an open layer down and begin anew (RFC 1661 4.1, Opened, RCR+). But a
 * request that is the acknowledged one to the octet comes from a peer that is not open: our
 * Ack was lost, or the network doubled the request. With 30 % of loss renegotiation after
 * renegotiation keeps such a link from ever coming up. A peer that really begins anew has
 * another magic number, so without one the table stands. */
static bool acknowledged_before(const struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	return cp->state == CP_OPENED && in->code == CODE_CONFIGURE_REQUEST &&
	       now_ms / 1000 - cp->up_s < REPEATS_S && cp->link->lcp.theirs.magic &&
	       cp->acked == request_hash(in->id, in->body);
}

static void acknowledge(struct cp *cp, uint64_t now_ms, struct cp_reply *reply)
{
	reply->code = CODE_CONFIGURE_ACK;
	cp->naks = 0;
	cp->acked = request_hash(reply->id, reply->body);
	/* only where an Ack really leaves does the peer have what it asked for */
	if (cp_actions(fsm_cell(&cp_fsm, cp->state, CP_RCR_PLUS)) & DO_SCA)
		cp->ops->accepted(cp->link);
	cp_event(cp, now_ms, CP_RCR_PLUS, reply);
}

static void refuse(struct cp *cp, uint64_t now_ms, struct cp_reply *reply,
		   const struct judgement *j)
{
	bool reject = j->answer == CP_ANSWER_REJECT;

	if (!reject && cp->naks < UINT8_MAX)
		cp->naks++;
	reply->code = reject ? CODE_CONFIGURE_REJECT : CODE_CONFIGURE_NAK;
	reply->body = wr_done(reject ? &j->reject : &j->nak);
	cp_event(cp, now_ms, CP_RCR_MINUS, reply);
}

/* The reply goes into the queue before the words about it: it may be long. */
static void configure_request(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	struct judgement j;
	struct cp_reply reply = {.id = in->id, .body = in->body};

	judge_request(cp, in->body, &j);
	if (j.malformed) {
		link_drop(cp->link, PPP_DROP_OPTION);
		return;
	}
	if (j.answer == CP_ANSWER_ACK && !cp->insists) {
		tell_judgement(cp, &j);
		acknowledge(cp, now_ms, &reply);
		return;
	}
	if (j.answer != CP_ANSWER_ACK)
		refuse(cp, now_ms, &reply, &j);
	tell_judgement(cp, &j);
	if (cp->insists)
		cp->ops->stuck(cp->link, now_ms);
}

/* An Ack must repeat our options exactly (RFC 1661 5.2). */
static void configure_ack(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	uint8_t buf[CP_BODY_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	struct cp_reply reply = {.id = in->id};

	cp_build_request(cp, &w);
	if (in->id != cp->request_id || cp->answered) {
		link_drop(cp->link, PPP_DROP_ID);
		return;
	}
	if (!bytes_eq(wr_done(&w), in->body)) {
		link_drop(cp->link, PPP_DROP_OPTION);
		return;
	}
	cp->answered = true;
	cp_event(cp, now_ms, CP_RCA, &reply);
}

/* Does our automaton listen to a Nak or Reject here, or only answer the event? */
static bool negotiating(const struct cp *cp)
{
	return cp->state >= CP_REQ_SENT && cp->state <= CP_ACK_SENT;
}

static void configure_nak(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	bool nak = in->code == CODE_CONFIGURE_NAK;
	struct cp_reply reply = {.id = in->id};
	struct rd r = rd_of_bytes(in->body);
	struct cp_option_in o;

	if (in->id != cp->request_id || cp->answered) {
		link_drop(cp->link, PPP_DROP_ID);
		return;
	}
	if (!cp_options_ok(in->body)) {
		link_drop(cp->link, PPP_DROP_OPTION);
		return;
	}
	cp->answered = true;
	while (negotiating(cp) && cp_option_next(&r, &o)) {
		const struct cp_option *row = option_row(cp, o.type);
		bool go_on = true;

		if (row && nak && row->naked)
			go_on = row->naked(cp->link, now_ms, o.data);
		if (row && !nak && row->rejected)
			go_on = row->rejected(cp->link, now_ms);
		if (!go_on)
			return;
	}
	cp_event(cp, now_ms, CP_RCN, &reply);
}

static void terminate_request(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	struct cp_reply reply = {.id = in->id};
	char why[NOTE_TEXT - 60];

	if (in->body.len)
		link_note(cp->link, NOTE_INFO, "ppp-terminate", "%s: peer terminates, saying %s",
			  cp->ops->name, log_quote(in->body.p, in->body.len, why, sizeof(why)));
	else
		link_note(cp->link, NOTE_INFO, "ppp-terminate", "%s: peer terminates",
			  cp->ops->name);
	cp->heard_terminate = true;
	cp_event(cp, now_ms, CP_RTR, &reply);
}

/* Rejecting one of the codes that negotiation lives on is the end (RFC 1661 4.3). */
static void code_reject(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	struct rd r = rd_of_bytes(in->body);
	unsigned code = rd_u8(&r);
	bool bearable = code == 0 || code > CODE_CODE_REJECT;

	if (!rd_ok(&r)) {
		link_drop(cp->link, PPP_DROP_SHORT);
		return;
	}
	link_note(cp->link, bearable ? NOTE_INFO : NOTE_REFUSED, "ppp-code-reject",
		  "%s: peer does not know code %u", cp->ops->name, code);
	cp_event(cp, now_ms, bearable ? CP_RXJ_PLUS : CP_RXJ_MINUS, NULL);
}

static bool patience_ends(struct cp *cp, const struct cp_packet *in)
{
	if (in->code == 0 || in->code > CODE_CONFIGURE_REJECT || cp->state < CP_REQ_SENT)
		return false;
	if (cp->state == CP_OPENED)
		return cp->reopens > REOPENS_MAX;
	return ++cp->rounds > ROUNDS_MAX;
}

void cp_input(struct cp *cp, uint64_t now_ms, const struct cp_packet *in)
{
	struct cp_reply reply = {.id = in->id, .body = in->whole};

	if (cp->state <= CP_STARTING) {
		link_drop(cp->link, PPP_DROP_STATE);
		return;
	}
	if (acknowledged_before(cp, now_ms, in)) {
		link_send(cp->link, cp->ops->protocol, CODE_CONFIGURE_ACK, in->id, in->body);
		return;
	}
	if (patience_ends(cp, in)) {
		cp->ops->stuck(cp->link, now_ms);
		return;
	}
	switch (in->code) {
	case CODE_CONFIGURE_REQUEST:
		configure_request(cp, now_ms, in);
		return;
	case CODE_CONFIGURE_ACK:
		configure_ack(cp, now_ms, in);
		return;
	case CODE_CONFIGURE_NAK:
	case CODE_CONFIGURE_REJECT:
		configure_nak(cp, now_ms, in);
		return;
	case CODE_TERMINATE_REQUEST:
		terminate_request(cp, now_ms, in);
		return;
	case CODE_TERMINATE_ACK:
		cp_event(cp, now_ms, CP_RTA, &reply);
		return;
	case CODE_CODE_REJECT:
		code_reject(cp, now_ms, in);
		return;
	default:
		if (cp->ops->extra && cp->ops->extra(cp->link, now_ms, in))
			return;
		if (reply.body.len + CP_HEADER > cp->link->lcp.theirs.mru)
			reply.body.len = cp->link->lcp.theirs.mru - CP_HEADER;
		cp_event(cp, now_ms, CP_RUC, &reply);
	}
}
