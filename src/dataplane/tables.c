/*
 * tables: the fixed tables of a worker: peers, sessions, inbound SAs and the two
 * look-ups of the packet path (SPI; peer, tunnel id and session id). Allocated at
 * start; filled by commands only. Called by worker, commands and the input nodes.
 */
#include <stdlib.h>
#include <string.h>

#include "worker.h"

bool slot_map_init(struct slot_map *m, uint32_t max)
{
	uint32_t size = 16;

	while (size < 2 * max)
		size *= 2;
	m->keys = calloc(size, sizeof(*m->keys));
	m->slots = calloc(size, sizeof(*m->slots));
	m->mask = size - 1;
	return m->keys && m->slots;
}

void slot_map_free(struct slot_map *m)
{
	free(m->keys);
	free(m->slots);
}

/* The keys are numbers that we chose ourselves, at random: no seed is needed. */
static uint32_t home(const struct slot_map *m, uint64_t key)
{
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & m->mask;
}

static uint32_t place(const struct slot_map *m, uint64_t key)
{
	uint32_t i = home(m, key);

	while (m->slots[i] && m->keys[i] != key)
		i = (i + 1) & m->mask;
	return i;
}

uint32_t slot_map_find(const struct slot_map *m, uint64_t key)
{
	return m->slots[place(m, key)] - 1; /* 0 is NONE */
}

void slot_map_add(struct slot_map *m, uint64_t key, uint32_t slot)
{
	uint32_t i = place(m, key);

	m->keys[i] = key;
	m->slots[i] = slot + 1;
}

void slot_map_del(struct slot_map *m, uint64_t key)
{
	uint32_t i = place(m, key), j = i;

	if (!m->slots[i])
		return;
	for (;;) {
		j = (j + 1) & m->mask;
		if (!m->slots[j])
			break;
		if (((j - home(m, m->keys[j])) & m->mask) < ((j - i) & m->mask))
			continue;
		m->keys[i] = m->keys[j];
		m->slots[i] = m->slots[j];
		i = j;
	}
	m->slots[i] = 0;
}

uint64_t call_key(uint32_t peer, uint16_t tunnel_id, uint16_t session_id)
{
	return (uint64_t)peer << 32 | (uint32_t)tunnel_id << 16 | session_id;
}

bool tables_init(struct worker *w, const struct dp_config *cfg)
{
	w->peers_max = cfg->peers_max;
	w->sessions_max = cfg->sessions_max;
	w->sas_max = cfg->peers_max * SA_IN_PER_PEER;
	w->peers = calloc(w->peers_max, sizeof(*w->peers));
	w->sessions = calloc(w->sessions_max, sizeof(*w->sessions));
	w->sas = calloc(w->sas_max, sizeof(*w->sas));
	if (!w->peers || !w->sessions || !w->sas)
		return false;
	w->sa_free = NONE;
	return slot_map_init(&w->by_spi, w->sas_max) && slot_map_init(&w->by_call, w->sessions_max);
}

void tables_free(struct worker *w)
{
	for (uint32_t i = 0; w->peers && w->sas && i < w->peers_max; i++) {
		if (w->peers[i].used)
			peer_release(w, i);
	}
	slot_map_free(&w->by_spi);
	slot_map_free(&w->by_call);
	free(w->peers);
	free(w->sessions);
	free(w->sas);
}

bool sa_in_room(const struct worker *w)
{
	return w->sa_free != NONE || w->sa_fresh < w->sas_max;
}

/* Places that were never used come last: their pages are not memory until then. */
uint32_t sa_in_alloc(struct worker *w)
{
	uint32_t slot = w->sa_free;

	if (slot == NONE)
		return w->sa_fresh < w->sas_max ? w->sa_fresh++ : NONE;
	w->sa_free = w->sas[slot].next;
	return slot;
}

static void unlink_sa(struct worker *w, uint32_t slot)
{
	uint32_t *at = &w->peers[w->sas[slot].peer].sa_first;

	while (*at != slot)
		at = &w->sas[*at].next;
	*at = w->sas[slot].next;
}

void sa_in_release(struct worker *w, uint32_t slot)
{
	struct sa_in *sa = &w->sas[slot];

	unlink_sa(w, slot);
	slot_map_del(&w->by_spi, sa->esp.spi);
	esp_sa_clear(w, &sa->esp);
	replay_free(&sa->replay);
	*sa = (struct sa_in){.next = w->sa_free};
	w->sa_free = slot;
}

void esp_sa_clear(struct worker *w, struct esp_sa *esp)
{
	burst_forget(w->burst, esp->keys);
	burst_forget(w->burst, esp->other);
	burst_sa_free(esp->keys);
	burst_sa_free(esp->other);
	*esp = (struct esp_sa){0};
}

void sa_out_clear(struct worker *w, struct sa_out *out)
{
	esp_sa_clear(w, &out->esp);
	*out = (struct sa_out){0};
}

void session_release(struct worker *w, uint32_t slot)
{
	struct session *s = &w->sessions[slot];
	uint32_t *at = &w->peers[s->cfg.peer].session_first;

	while (*at != slot)
		at = &w->sessions[*at].next;
	*at = s->next;
	slot_map_del(&w->by_call, call_key(s->cfg.peer, s->cfg.tunnel_id, s->cfg.session_id));
	w->hubs[s->cfg.hub].sessions--;
	*s = (struct session){0};
}

void peer_release(struct worker *w, uint32_t slot)
{
	struct peer *p = &w->peers[slot];

	while (p->session_first != NONE)
		session_release(w, p->session_first);
	while (p->sa_first != NONE)
		sa_in_release(w, p->sa_first);
	sa_out_clear(w, &p->out);
	while (p->parked) {
		struct sa_out *out = p->parked;

		p->parked = out->older;
		sa_out_clear(w, out);
		free(out);
	}
	*p = (struct peer){0};
}
