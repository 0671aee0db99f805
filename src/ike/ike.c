/*
 * ike: the API of the room (ike.h): configuration, the way of a datagram to its
 * SA and event (RFC 2408 5.1 to 5.4), jobs and installations that come back, and
 * what `show` reads. Called by core, lac and tests. Never does I/O.
 */
#include "ike/ike.h"

#include <stdlib.h>

#include "exchange.h"
#include "quirk.h"
#include "rsa.h"

static void suites_free(struct policies *p, struct esps *e)
{
	free(p->of);
	free(e->of);
	*p = (struct policies){0};
	*e = (struct esps){0};
}

/* Copies of the administrator's lists; false: memory, or one that we can not do. */
static bool suites_copy(const struct ike_config *cfg, struct policies *p, struct esps *e)
{
	*p = (struct policies){.n = cfg->n_policies, .of = calloc(cfg->n_policies, sizeof(*p->of))};
	*e = (struct esps){.n = cfg->n_esps, .of = calloc(cfg->n_esps, sizeof(*e->of))};
	if (!p->of || !e->of || p->n == 0 || e->n == 0 || p->n > UINT8_MAX || e->n > UINT8_MAX) {
		suites_free(p, e);
		return false;
	}
	memcpy(p->of, cfg->policies, p->n * sizeof(*p->of));
	memcpy(e->of, cfg->esps, e->n * sizeof(*e->of));
	for (size_t i = 0; i < p->n; i++)
		if (!policy_possible(&p->of[i]) ||
		    (p->of[i].auth == IKE_AUTH_RSA && !rsa_possible(cfg))) {
			suites_free(p, e);
			return false;
		}
	for (size_t i = 0; i < e->n; i++)
		if (!esp_possible(&e->of[i])) {
			suites_free(p, e);
			return false;
		}
	return true;
}

struct ike_work *ike_work_new(void)
{
	struct ike_work *w = malloc(sizeof(*w));

	if (!w || outbox_init(&w->out, IKE_OUTBOX_OCTETS) != 0) {
		free(w);
		return NULL;
	}
	return w;
}

/* Nothing of a struct ike that goes stays behind. */
static void work_wipe(struct ike_work *w)
{
	secret_zero(w->out.mem, w->out.tail);
	w->out.head = w->out.tail = 0;
	secret_zero(w->plain, sizeof(w->plain));
	secret_zero(w->build, sizeof(w->build));
	secret_zero(w->hold, sizeof(w->hold));
}

void ike_work_free(struct ike_work *w)
{
	if (!w)
		return;
	secret_zero(w->out.mem, w->out.cap);
	outbox_free(&w->out);
	secret_zero(w, sizeof(*w));
	free(w);
}

static bool work_init(struct ike *k)
{
	struct ike_work *w = k->cfg.work;

	if (!w)
		w = k->own_work = ike_work_new();
	if (!w)
		return false;
	k->out = &w->out;
	k->plain = w->plain;
	k->build = w->build;
	k->hold = w->hold;
	return true;
}

struct ike *ike_new(const struct ike_config *cfg)
{
	struct ike *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->cfg = *cfg;
	k->timers = cfg->timers;
	list_init(&k->dh_out);
	spares_init(&k->spares);
	fragments_init(&k->fragments, k->timers, &k->drops[DROP_FRAGMENT_TIME]);
	cfg->host.random(cfg->host.ctx, &k->seed, sizeof(k->seed));
	if (!suites_copy(cfg, &k->policies, &k->esps) || !work_init(k) || !sa_tables_init(k)) {
		ike_free(k);
		return NULL;
	}
	return k;
}

static void release_held(struct ike *k)
{
	if (!k->now_out)
		return;
	secret_zero(&k->now_out->keys, sizeof(k->now_out->keys));
	k->now_out = NULL;
}

void ike_free(struct ike *k)
{
	if (!k)
		return;
	sa_tables_free(k);
	fragments_free(&k->fragments);
	spares_free(&k->spares);
	list_each (&k->dh_out, it) {
		struct ike_dh_job *job = list_entry(it, struct ike_dh_job, link);

		list_del(&job->link);
		job->orphan = true;
	}
	release_held(k);
	if (k->own_work)
		ike_work_free(k->own_work);
	else if (k->out)
		work_wipe(k->cfg.work);
	suites_free(&k->policies, &k->esps);
	free(k->notify_by_net);
	free(k->am_by_net);
	free(k->dh_budget);
	secret_zero(k, sizeof(*k));
	free(k);
}

bool ike_reconfigure(struct ike *k, const struct ike_config *cfg)
{
	struct ike_config kept = k->cfg;
	struct policies p;
	struct esps e;

	if (!suites_copy(cfg, &p, &e))
		return false;
	suites_free(&k->policies, &k->esps);
	k->policies = p;
	k->esps = e;
	k->cfg = *cfg;
	k->cfg.host = kept.host;
	k->cfg.timers = kept.timers;
	k->cfg.work = kept.work;
	k->cfg.half_open_max = kept.half_open_max;
	k->cfg.sa_max = kept.sa_max;
	return true;
}

/* Main Mode and Aggressive Mode. */
static enum ike_drop phase1_input(struct ike *k, struct isakmp_sa *sa, struct event *e)
{
	bool aggressive = e->h->exchange == EXCHANGE_AGGRESSIVE;
	bool secret = e->h->flags & FLAG_ENCRYPTION;

	if (e->h->mid != 0)
		return DROP_MESSAGE_ID;
	if (!sa && cookie_zero(e->h->cky_r) && !secret) {
		if (aggressive)
			aggressive_first(k, e);
		else
			main_first(k, e);
		return DROP_NONE;
	}
	if (!sa)
		return DROP_COOKIE_UNKNOWN;
	if (sa->reply.request == e->msg_hash)
		sa_duplicate(sa, e);
	else if (aggressive)
		sa_event(sa, secret ? EV_AGGRESSIVE_SECRET : EV_AGGRESSIVE, e);
	else
		sa_event(sa, secret ? EV_MAIN_SECRET : EV_MAIN, e);
	return DROP_NONE;
}

/* Which event a message is; IKEv2 and exchanges that are not served are dropped
 * without an answer (H-04). */
static enum ike_drop route(struct ike *k, struct event *e)
{
	const struct isakmp_header *h = e->h;
	struct isakmp_sa *sa = sa_by_cookies(k, h->cky_i, h->cky_r);
	bool secret = h->flags & FLAG_ENCRYPTION;

	if (h->flags & ~(FLAG_ENCRYPTION | FLAG_COMMIT | FLAG_AUTH_ONLY))
		return DROP_FLAGS;
	switch (h->exchange) {
	case EXCHANGE_MAIN:
	case EXCHANGE_AGGRESSIVE:
		return phase1_input(k, sa, e);
	case EXCHANGE_QUICK:
	case EXCHANGE_INFORMATIONAL:
		break;
	default:
		return DROP_EXCHANGE;
	}
	if (!sa)
		return DROP_COOKIE_UNKNOWN;
	if (h->exchange == EXCHANGE_INFORMATIONAL) {
		if (secret && h->mid == 0)
			return DROP_MESSAGE_ID;
		sa_event(sa, secret ? EV_INFO_SECRET : EV_INFO, e);
		return DROP_NONE;
	}
	if (!secret)
		return DROP_NOT_ENCRYPTED;
	if (h->mid == 0)
		return DROP_MESSAGE_ID;
	sa_event(sa, EV_QUICK, e);
	return DROP_NONE;
}

/* The message of one datagram, or the one that a fragment completes. */
static enum ike_drop input(struct ike *k, struct event *e)
{
	struct isakmp_header h;
	struct bytes body;
	enum ike_drop bad = isakmp_header_parse(e->msg, &h, &body);

	if (!bad && h.next == PAYLOAD_FRAGMENT)
		bad = fragment_input(k, e, &h, body);
	if (bad || e->msg.len == 0)
		return bad;
	e->h = &h;
	e->msg_hash = hash_bytes(e->msg.p, h.length, k->seed) | 1; /* 0 means none */
	bad = route(k, e);
	secret_zero(k->plain, h.length - ISAKMP_HEADER_LEN);
	return bad;
}

void ike_input(struct ike *k, uint64_t now_ms, const struct flow *flow, bool natt, struct bytes msg)
{
	struct event e = {.now_ms = now_ms, .flow = flow, .natt = natt};
	enum ike_drop bad = DROP_OUTBOX;

	k->stats.messages_in++;
	if (act_room(k)) {
		e.msg = natt ? isakmp_behind_marker(msg) : msg;
		bad = input(k, &e);
	}
	if (bad)
		drop(k, bad);
}

static void proof_done(struct isakmp_sa *sa, struct event *e)
{
	if (sa && rsa_take_check(sa, e->job)) {
		e->flow = &sa->flow;
		e->natt = sa->natt;
		sa_event(sa, e->job->ok ? EV_AUTH_OK : EV_AUTH_BAD, e);
	}
	dh_job_free(e->job);
}

void ike_signed(struct ike *k, uint64_t now_ms, ike_sa_id id, struct bytes signature)
{
	struct isakmp_sa *sa = sa_by_id(k, id);
	struct event e = {.now_ms = now_ms, .signature = signature};

	if (!sa || !rsa_take_signing(sa))
		return;
	e.flow = &sa->flow;
	e.natt = sa->natt;
	sa_event(sa, signature.len ? EV_AUTH_OK : EV_AUTH_BAD, &e);
}

void ike_dh_done(struct ike *k, uint64_t now_ms, struct ike_dh_job *job)
{
	struct isakmp_sa *sa;
	struct event e = {.now_ms = now_ms, .job = job};

	if (job->orphan) {
		dh_job_free(job);
		return;
	}
	list_del(&job->link);
	if (job->spare) {
		spare_keep(k, job);
		return;
	}
	k->dh_strangers -= job->stranger;
	job->stranger = false;
	sa = sa_by_id(k, job->sa);
	if (job->proof) {
		proof_done(sa, &e);
		return;
	}
	if (!sa || (job->mid == 0 && (!sa->hs || sa->hs->dh != job))) {
		dh_job_free(job);
		return;
	}
	e.flow = &sa->flow;
	e.natt = sa->natt;
	if (job->mid) {
		quick_dh_done(sa, &e);
		return;
	}
	sa->hs->dh_out = false;
	sa_event(sa, job->ok ? EV_DH_OK : EV_DH_BAD, &e);
}

void ike_child_added(struct ike *k, uint64_t now_ms, ike_child_id child, bool ok)
{
	struct child *c = child_by_id(k, child);
	struct quick *q = c ? quick_by_child(c->peer, child) : NULL;
	struct event e = {.now_ms = now_ms};

	if (!q)
		return;
	e.flow = &q->sa->flow;
	e.natt = q->sa->natt;
	quick_event(q, ok ? QEV_ADDED : QEV_NOT_ADDED, &e);
}

void ike_child_used(struct ike *k, uint64_t now_ms, ike_child_id child)
{
	struct child *c = child_by_id(k, child);
	struct quick *q = c ? quick_by_child(c->peer, child) : NULL;

	if (!c || c->up)
		return;
	if (q && (q->state == QM_WAIT_MSG3 || q->state == QM_WAIT_CONNECTED))
		quick_confirmed(q, &q->sa->flow, now_ms);
	else if (q && q->state == QM_DONE)
		child_up(c, &q->sa->flow, now_ms);
}

const struct ike_act *ike_next(struct ike *k)
{
	struct ike_act *a;

	release_held(k);
	a = outbox_pop(k->out);
	if (!a)
		return NULL;
	/* copied: what the caller does with it may push into the outbox at once */
	memcpy(k->hold, a, sizeof(*a) + a->bytes.len);
	secret_zero(&a->keys, sizeof(a->keys));
	k->now_out = (struct ike_act *)(void *)k->hold;
	if (k->now_out->bytes.len)
		k->now_out->bytes.p = k->hold + sizeof(*a);
	return k->now_out;
}

static void sa_info(const struct isakmp_sa *sa, struct ike_sa_info *out)
{
	*out = (struct ike_sa_info){
		.id = sa->id,
		.peer = sa->peer ? sa->peer->id : 0,
		.role = sa->role,
		.flow = sa->flow,
		.natt = sa->natt,
		.peer_behind_nat = sa->peer_behind_nat,
		.we_behind_nat = sa->we_behind_nat,
		.policy = sa->policy,
		.peer_id = sa->peer_id,
		.state = sa_shown_state(sa),
		.client = sa->quirk ? sa->quirk->system : "unknown",
		.client_version = sa->quirk ? sa->quirk->version : "",
		.quirks = sa->quirk ? sa->quirk->flags : 0,
		.up_ms = sa->up_ms,
		.life_s = sa->policy.life_s,
		.children = sa->peer ? sa->peer->n_children : 0,
	};
	memcpy(out->cky_i, sa->cky_i, sizeof(out->cky_i));
	memcpy(out->cky_r, sa->cky_r, sizeof(out->cky_r));
}

bool ike_get_sa(const struct ike *k, ike_sa_id id, struct ike_sa_info *out)
{
	const struct isakmp_sa *sa = sa_by_id(k, id);

	if (sa)
		sa_info(sa, out);
	return sa != NULL;
}

struct bytes ike_sa_cert(const struct ike *k, ike_sa_id id)
{
	const struct isakmp_sa *sa = sa_by_id(k, id);

	return sa && sa->cert ? (struct bytes){sa->cert, sa->cert_len} : (struct bytes){NULL, 0};
}

bool ike_each_sa(const struct ike *k, unsigned *cursor, struct ike_sa_info *out)
{
	while (*cursor < k->n_touched) {
		const struct isakmp_sa *sa = &k->slots[(*cursor)++];

		if (sa->id) {
			sa_info(sa, out);
			return true;
		}
	}
	return false;
}

const char *ike_policy_words(const struct ike_policy *p, char *buf, size_t cap)
{
	return policy_words(p, buf, cap);
}

const char *ike_esp_words(const struct burst_alg *alg, char *buf, size_t cap)
{
	return esp_words(alg, buf, cap);
}

void ike_debug_keys(struct ike *k, bool on)
{
	k->debug_keys = on;
}

void ike_get_stats(const struct ike *k, struct ike_stats *out)
{
	*out = k->stats;
}

bool ike_drop_counter(const struct ike *k, unsigned n, const char **name, uint64_t *count)
{
#define DROP_NAME(id, text) text,
	static const char *const names[IKE_DROP_COUNT] = {IKE_DROPS(DROP_NAME)};
#undef DROP_NAME

	/* the first is "none" */
	if (n + 1 >= IKE_DROP_COUNT)
		return false;
	*name = names[n + 1];
	*count = k->drops[n + 1];
	return true;
}
