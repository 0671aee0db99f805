/*
 * dpd: dead peer detection (RFC 3706): R-U-THERE answered (5.3, 5.4), and asked when
 * a peer has been silent for the threshold (5.5), again every retry seconds; the
 * third one that stays without an answer is the end of the peer, as with ASA
 * (asa-and-peers.md 1.2, `isakmp keepalive`). Called by informational.c for what
 * arrives and by whoever hears of the peer. Never asks systems that do not answer.
 *
 * Traffic disarms nothing: the timer looks when it fires whether there was a sign of
 * life meanwhile, so that a packet costs one store.
 */
#include "dpd.h"

#include "exchange.h"
#include "quirk.h"

#define DPD_MIN_MS 1000 /* H-14: R-U-THERE is answered at most so often */
#define DPD_TRIES  3

/* A line that was dark for a moment is not a peer that is dead: with ASA's retry of 2 s three
 * questions are over in 6 s, an L2TP Hello is repeated for 31 s. */
#define DPD_PATIENCE_MS 30000

static uint64_t threshold_ms(const struct peer *p)
{
	return p->ike->cfg.dpd_s * UINT64_C(1000);
}

static void ask(struct peer *p, struct isakmp_sa *sa)
{
	uint8_t spi[2 * ISAKMP_COOKIE_LEN], sequence[4];
	struct wr w = wr_of(sequence, sizeof(sequence));

	/* RFC 3706 6.2: begins anywhere, rises by one; the top bit is left free to rise into */
	if (p->dpd.sequence == 0)
		p->dpd.sequence = random_u32(p->ike) >> 1;
	wr_u32(&w, ++p->dpd.sequence);
	p->dpd.asked++;
	memcpy(spi, sa->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(spi + ISAKMP_COOKIE_LEN, sa->cky_r, ISAKMP_COOKIE_LEN);
	notify_send(sa, PROTO_ISAKMP, (struct bytes){spi, sizeof(spi)}, NOTIFY_R_U_THERE,
		    wr_done(&w));
	p->ike->stats.dpd_sent++;
}

static void dead(struct peer *p, struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = p->ike;

	k->stats.dpd_dead++;
	act_note(k, sa, &p->flow, NOTE_END, "dpd-timeout",
		 "the peer was silent for %u s and did not answer %u R-U-THERE: it is gone",
		 (unsigned)((now_ms - p->dpd.alive_ms) / 1000), p->dpd.asked);
	ike_close(k, now_ms, p->id, "dpd-timeout");
}

static void dpd_fired(struct timer *t, uint64_t now_ms)
{
	struct peer *p = list_entry(t, struct peer, dpd.timer);
	struct isakmp_sa *sa = peer_speaker(p);
	struct ike *k = p->ike;

	/* without an ISAKMP SA nothing can be asked: the caller was told (ORPHAN) */
	if (!sa || k->cfg.dpd_s == 0)
		return;
	if (!act_room(k)) {
		timerq_arm(k->timers, t, now_ms + 1);
		return;
	}
	if (now_ms < p->dpd.alive_ms + threshold_ms(p)) {
		p->dpd.asked = 0;
		timerq_arm(k->timers, t, p->dpd.alive_ms + threshold_ms(p));
		return;
	}
	if (p->dpd.asked >= DPD_TRIES && now_ms >= p->dpd.first_ms + DPD_PATIENCE_MS) {
		dead(p, sa, now_ms);
		return;
	}
	if (p->dpd.asked)
		act_note(k, sa, &p->flow, NOTE_RETRY, "dpd-retry",
			 "no answer to R-U-THERE number %u", p->dpd.asked);
	else {
		p->dpd.first_ms = now_ms;
		act_peer(k, IKE_ACT_SILENT, p);
	}
	ask(p, sa);
	timerq_arm(k->timers, t, now_ms + k->cfg.dpd_retry_s * UINT64_C(1000));
}

void dpd_start(struct peer *p, uint64_t now_ms)
{
	const struct isakmp_sa *sa = peer_speaker(p);
	struct ike *k = p->ike;

	dpd_stop(p);
	dpd_alive(p, now_ms);
	if (!sa || !sa->peer_dpd || k->cfg.dpd_s == 0 || !quirk_allows_dpd(peer_quirk(p)))
		return;
	p->dpd.timer.fire = dpd_fired;
	timerq_arm(k->timers, &p->dpd.timer, now_ms + threshold_ms(p));
}

void dpd_stop(struct peer *p)
{
	timerq_disarm(p->ike->timers, &p->dpd.timer);
}

void dpd_alive(struct peer *p, uint64_t when_ms)
{
	if (when_ms > p->dpd.alive_ms)
		p->dpd.alive_ms = when_ms;
}

void ike_alive(struct ike *k, uint64_t when_ms, ike_peer_id id)
{
	struct peer *p = peer_by_id(k, id);

	if (!p)
		return;
	dpd_alive(p, when_ms);
	peer_join_twin(p, when_ms);
}

/* RFC 3706 5.3: the SPI is the cookie pair. */
static bool names_sa(const struct isakmp_sa *sa, const struct notify *n)
{
	return n->spi.len == 2 * ISAKMP_COOKIE_LEN &&
	       memcmp(n->spi.p, sa->cky_i, ISAKMP_COOKIE_LEN) == 0 &&
	       memcmp(n->spi.p + ISAKMP_COOKIE_LEN, sa->cky_r, ISAKMP_COOKIE_LEN) == 0;
}

/* A question is new when its number rises; the same one again, in a fresh message, comes from
 * those who repeat a question with its number: answered too, it is as rare. */
static void asked_by_peer(struct isakmp_sa *sa, const struct event *e, const struct notify *n,
			  uint32_t sequence)
{
	int32_t rise = (int32_t)(sequence - sa->dpd_sequence);

	if (sa->dpd_any && (rise < 0 || e->now_ms - sa->dpd_ms < DPD_MIN_MS)) {
		drop(sa->ike, DROP_DPD);
		return;
	}
	if (!sa->dpd_any || rise > 0)
		dpd_alive(sa->peer, e->now_ms);
	sa->dpd_any = true;
	sa->dpd_sequence = sequence;
	sa->dpd_ms = e->now_ms;
	notify_send(sa, PROTO_ISAKMP, n->spi, NOTIFY_R_U_THERE_ACK, n->data);
}

/* An answer counts when it is to one of the questions that are out (RFC 3706 6.2). */
static void answered_by_peer(struct isakmp_sa *sa, const struct event *e, uint32_t sequence)
{
	struct dpd *d = &sa->peer->dpd;

	if (d->sequence - sequence >= d->asked) {
		drop(sa->ike, DROP_DPD);
		return;
	}
	d->asked = 0;
	dpd_alive(sa->peer, e->now_ms);
}

void dpd_recv(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct rd r = rd_of_bytes(n->data);
	uint32_t sequence = rd_u32(&r);

	if (!rd_done(&r) || !names_sa(sa, n))
		drop(sa->ike, DROP_DPD);
	else if (n->type == NOTIFY_R_U_THERE)
		asked_by_peer(sa, e, n, sequence);
	else
		answered_by_peer(sa, e, sequence);
}
