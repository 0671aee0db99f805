/*
 * notify_recv: Notify payloads that a peer protects (RFC 2408 3.14.1, RFC 2407 4.6.3): errors
 * that end a Quick Mode or a pair, CONNECTED, RESPONDER-LIFETIME, REPLAY-STATUS, INITIAL-CONTACT.
 * Called by informational.c, and by quick for those inside a Quick Mode message. Those that
 * are known and change nothing are told by name; an unprotected one never gets here (H-11).
 */
#include "exchange.h"

#include "attribute.h"

/* The Quick Mode that an error can only mean: ours that waits for an answer, else one that
 * waits for the peer to confirm what we answered. */
static struct quick *refused_quick(struct isakmp_sa *sa)
{
	struct quick *found = NULL;

	list_each (&sa->quicks, it) {
		struct quick *q = list_entry(it, struct quick, link);

		if (q->role == IKE_INITIATOR && q->state == QM_WAIT_MSG2)
			return q;
		if (q->role == IKE_RESPONDER && q->state == QM_WAIT_MSG3)
			found = q;
	}
	return found;
}

static const char *error_reason(uint16_t type)
{
	switch (type) {
	case NOTIFY_NO_PROPOSAL_CHOSEN:
		return "peer-no-proposal";
	case NOTIFY_INVALID_ID_INFORMATION:
		return "peer-invalid-id";
	case NOTIFY_AUTHENTICATION_FAILED:
		return "peer-auth-failed";
	default:
		return "peer-error";
	}
}

static enum step peer_refuses(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct quick *q = refused_quick(sa);
	const char *reason = error_reason(n->type);
	struct child *c;
	char name[NOTIFY_WORDS];

	act_note(sa->ike, sa, e->flow, NOTE_REFUSED, reason, "the peer sent error notify %s%s",
		 notify_words(n->type, name, sizeof(name)),
		 !q                         ? ""
		 : q->role == IKE_INITIATOR ? " to our Quick Mode"
					    : " to our answer in its Quick Mode");
	if (!q)
		return STEP_STAY;
	sa->ike->stats.phase2_failed++;
	if (q->role == IKE_RESPONDER) {
		c = child_by_id(sa->ike, q->child);
		quick_finish(q, e->now_ms);
		if (c)
			child_end(c, reason);
		return STEP_STAY;
	}
	quick_end(q);
	if (sa->peer->n_children)
		return STEP_STAY;
	delete_send_isakmp(sa);
	sa_end(sa, reason, true);
	return STEP_GONE;
}

/* The peer gets ESP for an SA that it has not: ours to that SPI is of no use any more. Some
 * put the SPI in its field, some behind it. */
static void invalid_spi(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct rd r = rd_of_bytes(n->spi.len == 4 ? n->spi : n->data);
	uint32_t spi = rd_u32(&r);
	struct child *c = rd_done(&r) ? child_by_spi_out(sa->peer, spi) : NULL;
	struct quick *q = c ? quick_by_child(sa->peer, c->id) : NULL;

	act_note(sa->ike, sa, e->flow, NOTE_REFUSED, "peer-invalid-spi",
		 "the peer does not know ESP SA 0x%08x%s", spi,
		 c ? ": the pair is ended" : ", nor do we");
	if (q)
		quick_finish(q, e->now_ms);
	if (c)
		child_end(c, "peer-invalid-spi");
}

bool notify_lifetime(const struct notify *n, struct lifetime *out)
{
	bool first = n->protocol == PROTO_ISAKMP;
	struct rd r = rd_of_bytes(n->data);
	struct attribute a;
	uint32_t unit = 0;

	*out = (struct lifetime){0};
	while (attribute_next(&r, &a)) {
		if (a.type == (first ? OAKLEY_LIFE_TYPE : DOI_LIFE_TYPE))
			unit = a.value;
		else if (a.type == (first ? OAKLEY_LIFE_DURATION : DOI_LIFE_DURATION) &&
			 (unit == LIFE_SECONDS || unit == LIFE_KILOBYTES))
			*(unit == LIFE_SECONDS ? &out->s : &out->kb) = a.value;
	}
	return rd_ok(&r) && (out->s || out->kb);
}

/* RFC 2407 4.6.3.1: what we asked for is cut; only the one who asked takes it over. */
static void responder_lifetime(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct rd r = rd_of_bytes(n->spi);
	struct child *c = NULL;
	struct lifetime told;

	if (!notify_lifetime(n, &told)) {
		drop(sa->ike, DROP_PAYLOAD_BODY);
		return;
	}
	if (n->protocol == PROTO_ESP && n->spi.len == 4)
		c = child_by_spi_out(sa->peer, rd_u32(&r));
	act_note(sa->ike, sa, e->flow, NOTE_INFO, "peer-lifetime",
		 "the peer shortens the lifetime of %s to %u s",
		 n->protocol == PROTO_ISAKMP ? "the ISAKMP SA" : "the ESP SAs", told.s);
	if (n->protocol == PROTO_ISAKMP && sa->role == IKE_INITIATOR)
		sa_shorten(sa, told.s, e->now_ms);
	else if (c && c->role == IKE_INITIATOR)
		child_shorten(c, told.s, e->now_ms);
}

/* RFC 2408 3.1: the answer to the commit bit, as its own exchange. */
static void connected(struct isakmp_sa *sa, struct event *e)
{
	struct quick *q = quick_by_mid(sa, e->h->mid);

	if (q)
		quick_event(q, QEV_CONNECTED, e);
}

static void status(struct isakmp_sa *sa, struct event *e, const struct notify *n)
{
	char name[NOTIFY_WORDS];

	switch (n->type) {
	case NOTIFY_R_U_THERE:
	case NOTIFY_R_U_THERE_ACK:
		dpd_recv(sa, e, n);
		break;
	case NOTIFY_INITIAL_CONTACT:
		peer_initial_contact(sa);
		break;
	case NOTIFY_RESPONDER_LIFETIME:
		responder_lifetime(sa, e, n);
		break;
	case NOTIFY_CONNECTED:
		connected(sa, e);
		break;
	default:
		act_note(sa->ike, sa, e->flow, NOTE_INFO, "peer-notify",
			 "the peer sent notify %s: nothing to do",
			 notify_words(n->type, name, sizeof(name)));
	}
}

enum step notify_recv(struct isakmp_sa *sa, struct event *e, struct bytes body)
{
	struct notify n;

	if (!notify_parse(body, &n)) {
		drop(sa->ike, DROP_PAYLOAD_BODY);
		return STEP_STAY;
	}
	if (n.type == NOTIFY_INVALID_SPI && n.protocol == PROTO_ESP)
		invalid_spi(sa, e, &n);
	else if (n.type <= NOTIFY_ERROR_LAST)
		return peer_refuses(sa, e, &n);
	else
		status(sa, e, &n);
	return STEP_STAY;
}
