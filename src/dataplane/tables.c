/*
 * tables: the fixed tables of a worker: peers, sessions, inbound SAs, allocated at
 * start, and the two look-ups of the packet path (SPI; peer, tunnel id and session id),
 * which double a few places at a time, so that few sessions are not spread over the memory of
 * many and no command moves them all. Filled by commands only.
 * Called by worker, commands and the input nodes.
 */
#include <stdlib.h>
#include <string.h>

#include "worker.h"

#define FIRST_SIZE 1024       /* a power of two */
#define DEAD       UINT32_MAX /* deleted in the old arrays */

bool slot_map_init(struct slot_map *m)
{
	*m = (struct slot_map){.mask = FIRST_SIZE - 1};
	m->keys = calloc(FIRST_SIZE, sizeof(*m->keys));
	m->slots = calloc(FIRST_SIZE, sizeof(*m->slots));
	if (m->keys && m->slots)
		return true;
	slot_map_free(m);
	return false;
}

void slot_map_free(struct slot_map *m)
{
	free(m->keys);
	free(m->slots);
	free(m->old_keys);
	free(m->old_slots);
	*m = (struct slot_map){0};
}

/* The keys are numbers that we chose ourselves, at random: no seed is needed. */
static uint32_t home(uint64_t key, uint32_t mask)
{
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
}

static uint32_t place_in(const uint64_t *keys, const uint32_t *slots, uint32_t mask, uint64_t key)
{
	uint32_t i = home(key, mask);

	while (slots[i] && keys[i] != key)
		i = (i + 1) & mask;
	return i;
}

static uint32_t place(const struct slot_map *m, uint64_t key)
{
	return place_in(m->keys, m->slots, m->mask, key);
}

/* The old place of a key that is there and has not been moved, or NONE. */
static uint32_t old_place(const struct slot_map *m, uint64_t key)
{
	uint32_t i;

	if (!m->old_slots)
		return NONE;
	i = place_in(m->old_keys, m->old_slots, m->mask >> 1, key);
	return i >= m->moved && m->old_slots[i] && m->old_slots[i] != DEAD ? i : NONE;
}

uint32_t slot_map_find(const struct slot_map *m, uint64_t key)
{
	uint32_t slot = m->slots[place(m, key)], old;

	if (!slot && (old = old_place(m, key)) != NONE)
		slot = m->old_slots[old];
	return slot - 1; /* 0 is NONE */
}

static void put(struct slot_map *m, uint64_t key, uint32_t slot)
{
	uint32_t i = place(m, key);

	m->keys[i] = key;
	m->slots[i] = slot + 1;
}

/* The old arrays stay as they are, so that their chains hold; what is deleted there is DEAD. */
static void move_some(struct slot_map *m)
{
	for (unsigned n = 0; m->old_slots && n < SLOT_MAP_MOVES; n++) {
		uint32_t i = m->moved++;

		if (m->old_slots[i] && m->old_slots[i] != DEAD)
			put(m, m->old_keys[i], m->old_slots[i] - 1);
		if (m->moved <= m->mask >> 1)
			continue;
		free(m->old_keys);
		free(m->old_slots);
		m->old_keys = NULL;
		m->old_slots = NULL;
	}
}

static bool grow(struct slot_map *m)
{
	size_t size = 2 * ((size_t)m->mask + 1);
	uint64_t *keys = calloc(size, sizeof(*keys));
	uint32_t *slots = calloc(size, sizeof(*slots));

	if (!keys || !slots) {
		free(keys);
		free(slots);
		return false;
	}
	m->old_keys = m->keys;
	m->old_slots = m->slots;
	m->moved = 0;
	m->keys = keys;
	m->slots = slots;
	m->mask = (uint32_t)(size - 1);
	return true;
}

bool slot_map_add(struct slot_map *m, uint64_t key, uint32_t slot)
{
	move_some(m);
	if (2 * m->used > m->mask && !grow(m))
		return false;
	put(m, key, slot);
	m->used++;
	return true;
}

static void empty(struct slot_map *m, uint32_t i)
{
	uint32_t j = i;

	for (;;) {
		j = (j + 1) & m->mask;
		if (!m->slots[j])
			break;
		if (((j - home(m->keys[j], m->mask)) & m->mask) < ((j - i) & m->mask))
			continue;
		m->keys[i] = m->keys[j];
		m->slots[i] = m->slots[j];
		i = j;
	}
	m->slots[i] = 0;
}

void slot_map_del(struct slot_map *m, uint64_t key)
{
	uint32_t i, old;

	move_some(m);
	i = place(m, key);
	old = old_place(m, key);
	if (m->slots[i])
		empty(m, i);
	else if (old != NONE)
		m->old_slots[old] = DEAD;
	else
		return;
	m->used--;
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
	w->ethernets = calloc(DP_PORTS_MAX, sizeof(*w->ethernets));
	if (!w->peers || !w->sessions || !w->sas || !w->ethernets)
		return false;
	w->sa_free = NONE;
	return slot_map_init(&w->by_spi) && slot_map_init(&w->by_call);
}

void tables_free(struct worker *w)
{
	for (uint32_t i = 0; w->peers && w->sas && w->ethernets && i < w->peers_max; i++) {
		if (w->peers[i].used)
			peer_release(w, i);
	}
	slot_map_free(&w->by_spi);
	slot_map_free(&w->by_call);
	free(w->peers);
	free(w->sessions);
	free(w->sas);
	free(w->ethernets);
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

void sa_in_give(struct worker *w, uint32_t slot)
{
	w->sas[slot] = (struct sa_in){.next = w->sa_free};
	w->sa_free = slot;
}

static void unlink_sa(struct worker *w, uint32_t slot)
{
	uint32_t *at = &w->peers[w->sas[slot].peer].sa_first;

	while (*at != slot)
		at = &w->sas[*at].next;
	*at = w->sas[slot].next;
}

void sa_in_move(struct worker *w, uint32_t slot, uint32_t peer)
{
	unlink_sa(w, slot);
	w->sas[slot].peer = peer;
	w->sas[slot].next = w->peers[peer].sa_first;
	w->peers[peer].sa_first = slot;
}

void sa_in_release(struct worker *w, uint32_t slot)
{
	struct sa_in *sa = &w->sas[slot];

	unlink_sa(w, slot);
	slot_map_del(&w->by_spi, sa->esp.spi);
	esp_sa_clear(w, &sa->esp);
	replay_free(&sa->replay);
	sa_in_give(w, slot);
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
	while (p->port_first != NONE)
		ethernet_release(w, p->port_first);
	while (p->sa_first != NONE)
		sa_in_release(w, p->sa_first);
	sa_out_clear(w, &p->out);
	while (p->parked) {
		struct sa_out *out = p->parked;

		p->parked = out->older;
		sa_out_clear(w, out);
		free(out);
	}
	keepalive_set(w, p, 0);
	*p = (struct peer){0};
}
