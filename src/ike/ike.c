/*
 * ike: the API of the room (ike.h): configuration, the way of a datagram to its
 * SA and event (RFC 2408 5.1 to 5.4), jobs and installations that come back, and
 * what `show` reads. Called by core, lac and tests. Never does I/O.
 */
#include "ike/ike.h"

#include <stdlib.h>

#include "exchange.h"
#include "vendor.h"

#define OUTBOX_OCTETS (256 * 1024)

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
		if (!policy_possible(&p->of[i])) {
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

struct ike *ike_new(const struct ike_config *cfg)
{
	struct ike *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->cfg = *cfg;
	k->timers = cfg->timers;
	list_init(&k->dh_out);
	cfg->host.random(cfg->host.ctx, &k->seed, sizeof(k->seed));
	k->hold = malloc(sizeof(struct ike_act) + IKE_MESSAGE_MAX);
	if (!k->hold || !suites_copy(cfg, &k->policies, &k->esps) ||
	    outbox_init(&k->out, OUTBOX_OCTETS) || !sa_tables_init(k)) {
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
	list_each (&k->dh_out, it) {
		struct ike_dh_job *job = list_entry(it, struct ike_dh_job, link);

		list_del(&job->link);
		job->orphan = true;
	}
	release_held(k);
	if (k->out.mem)
		secret_zero(k->out.mem, k->out.cap);
	outbox_free(&k->out);
	suites_free(&k->policies, &k->esps);
	free(k->hold);
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
	k->cfg.half_open_max = kept.half_open_max;
	k->cfg.sa_max = kept.sa_max;
	return true;
}

static enum ike_drop main_input(struct ike *k, struct isakmp_sa *sa, struct event *e)
{
	if (e->h->mid != 0)
		return DROP_MESSAGE_ID;
	if (!sa && cookie_zero(e->h->cky_r) && !(e->h->flags & FLAG_ENCRYPTION)) {
		main_first(k, e);
		return DROP_NONE;
	}
	if (!sa)
		return DROP_COOKIE_UNKNOWN;
	if (sa->reply.request == e->msg_hash)
		sa_duplicate(sa, e);
	else
		sa_event(sa, e->h->flags & FLAG_ENCRYPTION ? EV_MAIN_SECRET : EV_MAIN, e);
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
		return main_input(k, sa, e);
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

void ike_input(struct ike *k, uint64_t now_ms, const struct flow *flow, bool natt, struct bytes msg)
{
	struct isakmp_header h;
	struct bytes body;
	struct event e = {.now_ms = now_ms, .flow = flow, .natt = natt, .msg = msg, .h = &h};
	enum ike_drop bad;

	k->stats.messages_in++;
	bad = act_room(k) ? isakmp_header_parse(msg, &h, &body) : DROP_OUTBOX;
	if (!bad) {
		e.msg_hash = hash_bytes(msg.p, h.length, k->seed) | 1; /* 0 means none */
		bad = route(k, &e);
	}
	if (bad)
		drop(k, bad);
	secret_zero(k->plain, bad ? 0 : body.len);
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
	k->dh_strangers -= job->stranger;
	job->stranger = false;
	sa = sa_by_id(k, job->sa);
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

static struct isakmp_sa *sa_of_child(struct ike *k, ike_child_id id)
{
	uint32_t slot = id & ((1u << SLOT_BITS) - 1);

	return slot < k->n_touched && k->slots[slot].id ? &k->slots[slot] : NULL;
}

void ike_child_added(struct ike *k, uint64_t now_ms, ike_child_id child, bool ok)
{
	struct isakmp_sa *sa = sa_of_child(k, child);
	struct quick *q = sa && child_by_id(sa, child) ? quick_by_child(sa, child) : NULL;
	struct event e = {.now_ms = now_ms};

	if (!q)
		return;
	e.flow = &sa->flow;
	e.natt = sa->natt;
	quick_event(q, ok ? QEV_ADDED : QEV_NOT_ADDED, &e);
}

void ike_child_used(struct ike *k, uint64_t now_ms, ike_child_id child)
{
	struct isakmp_sa *sa = sa_of_child(k, child);
	struct child *c = sa ? child_by_id(sa, child) : NULL;
	struct quick *q = c ? quick_by_child(sa, child) : NULL;

	if (!c || c->up)
		return;
	if (q && q->state == QM_WAIT_MSG3)
		quick_confirmed(q, &sa->flow, now_ms);
	else if (q && q->state == QM_DONE)
		child_up(c, &sa->flow);
}

void ike_path_changed(struct ike *k, uint64_t now_ms, ike_sa_id id, const struct flow *flow)
{
	struct isakmp_sa *sa = sa_by_id(k, id);

	if (!sa || sa->hs)
		return;
	sa->flow = *flow;
	sa->path_ms = now_ms;
}

void ike_close(struct ike *k, uint64_t now_ms, ike_sa_id id, const char *reason)
{
	struct isakmp_sa *sa = sa_by_id(k, id);

	(void)now_ms;
	if (!sa)
		return;
	if (sa->state == MM_ACTIVE) {
		list_each (&sa->children, it)
			delete_send_esp(sa, list_entry(it, struct child, link)->spi_in);
		delete_send_isakmp(sa);
	}
	sa_end(sa, reason, true);
}

const struct ike_act *ike_next(struct ike *k)
{
	struct ike_act *a;

	release_held(k);
	a = outbox_pop(&k->out);
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
		.role = sa->role,
		.flow = sa->flow,
		.natt = sa->natt,
		.peer_behind_nat = sa->peer_behind_nat,
		.we_behind_nat = sa->we_behind_nat,
		.policy = sa->policy,
		.peer_id = sa->peer_id,
		.state = sa_state_name(sa->state),
		.client = vendor_client(sa->vendors),
		.up_ms = sa->up_ms,
		.life_s = sa->policy.life_s,
		.children = sa->n_children,
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
