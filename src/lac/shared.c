/*
 * shared: the burst engine, the buffers and the random octets of the clients of one
 * thread (lac.h). Called by every file of this room. An outbox goes from client to
 * client: one that is up and silent needs none.
 */
#include "shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define BOX_OCTETS (64 * 1024)
#define BOXES_KEPT 4

struct lac_shared *shared_new(enum burst_impl impl)
{
	struct lac_shared *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->burst = s->yard.burst = burst_new(impl);
	s->ike = ike_work_new();
	s->l2tp = l2tp_work_new(LAC_TUNNELS);
	s->iv_at = sizeof(s->ivs);
	if (s->burst && s->ike && s->l2tp)
		return s;
	lac_shared_free(s);
	return NULL;
}

struct lac_shared *lac_shared_new(void)
{
	return shared_new(BURST_AUTO);
}

static void box_free(struct lac_box *b)
{
	outbox_free(&b->out);
	free(b);
}

void lac_shared_free(struct lac_shared *s)
{
	if (!s)
		return;
	while (s->boxes) {
		struct lac_box *b = s->boxes;

		s->boxes = b->next;
		box_free(b);
	}
	s->yard.jobs = 0;
	esp_yard_sweep(&s->yard);
	burst_free(s->burst);
	ike_work_free(s->ike);
	l2tp_work_free(s->l2tp);
	secret_zero(s, sizeof(*s));
	free(s);
}

/* n jobs were run. */
static void jobs_done(struct lac_shared *s, size_t n)
{
	s->yard.jobs -= (unsigned)n;
	esp_yard_sweep(&s->yard);
}

void lac_shared_seal(struct lac_shared *s, struct burst_job *jobs, size_t n)
{
	burst_seal(s->burst, jobs, n);
	jobs_done(s, n);
}

void lac_shared_open(struct lac_shared *s, struct burst_job *jobs, size_t n)
{
	burst_open(s->burst, jobs, n);
	jobs_done(s, n);
}

void shared_wipe(struct lac_shared *s)
{
	secret_zero(s->in, sizeof(s->in));
	secret_zero(s->out, sizeof(s->out));
}

struct lac_box *shared_box_take(struct lac_shared *s)
{
	struct lac_box *b = s->boxes;

	if (b) {
		s->boxes = b->next;
		s->n_boxes--;
		return b;
	}
	b = calloc(1, sizeof(*b));
	if (b && outbox_init(&b->out, BOX_OCTETS) != 0) {
		free(b);
		b = NULL;
	}
	return b;
}

void shared_box_give(struct lac_shared *s, struct lac_box *b)
{
	if (s->n_boxes == BOXES_KEPT) {
		box_free(b);
		return;
	}
	b->next = s->boxes;
	s->boxes = b;
	s->n_boxes++;
}

void shared_iv(struct lac_shared *s, const struct lac_config *cfg, uint8_t *p, size_t len)
{
	if (s->iv_at + len > sizeof(s->ivs)) {
		cfg->random(cfg->random_ctx, s->ivs, sizeof(s->ivs));
		s->iv_at = 0;
	}
	memcpy(p, s->ivs + s->iv_at, len);
	s->iv_at += len;
}
