/*
 * sa: the ESP SAs of peers as commands make, switch and delete them (RFC 4301 section
 * 4.4.2). Inbound ones are all heard until they are deleted. Outbound, the newest that
 * control names is sent on at once, and the ones before stay parked: a peer that deletes
 * the newest gets the former back where it stopped, because a sequence number, and with
 * it a counter IV, never comes twice under a key (RFC 4303 section 3.3.3, RFC 4106
 * section 3.1). Called by commands. Never sends.
 */
#include <stdlib.h>

#include "wire/esp.h"
#include "worker.h"

static bool may_be(const struct worker *w, const struct dp_sa *sa)
{
	return sa->peer < w->peers_max && w->peers[sa->peer].used && sa->spi >= ESP_SPI_MIN &&
	       (!sa->tunnel || (sa->tunnel_local && sa->tunnel_remote));
}

static uint64_t octets_of(uint32_t kb)
{
	return kb ? (uint64_t)kb * 1024 : UINT64_MAX;
}

/* Nothing is held when it fails. */
static bool make(struct worker *w, struct esp_sa *esp, const struct dp_sa *sa, enum burst_dir dir)
{
	struct burst_alg other = sa->alg;

	*esp = (struct esp_sa){
		.keys = burst_sa_new(&sa->alg, dir, sa->enc_key, sa->auth_key),
		.tunnel = sa->tunnel,
		.tunnel_local = sa->tunnel_local,
		.tunnel_remote = sa->tunnel_remote,
		.spi = sa->spi,
		.handle = sa->sa_handle,
		.soft_octets = octets_of(sa->soft_kb),
		.hard_octets = octets_of(sa->hard_kb),
	};
	if (!esp->keys)
		return false;
	esp->iv_len = (uint8_t)burst_iv_len(&sa->alg);
	esp->icv_len = (uint8_t)burst_icv_len(&sa->alg);
	esp->block_len = (uint8_t)burst_block_len(&sa->alg);
	esp->iv_is_counter = burst_iv_is_counter(&sa->alg);
	if (sa->alg.auth != BURST_HMAC_SHA256_128)
		return true;
	other.auth = BURST_HMAC_SHA256_96;
	esp->other = burst_sa_new(&other, dir, sa->enc_key, sa->auth_key);
	if (esp->other)
		return true;
	esp_sa_clear(w, esp);
	return false;
}

bool sa_in_make(struct worker *w, const struct dp_sa *sa)
{
	struct replay replay = {0};
	struct esp_sa esp;
	struct peer *p;
	uint32_t slot;

	if (!may_be(w, sa) || dp_owner(w, sa->spi) != w->index ||
	    slot_map_find(&w->by_spi, sa->spi) != NONE || !sa_in_room(w) ||
	    !make(w, &esp, sa, BURST_OPEN))
		return false;
	slot = sa_in_alloc(w);
	if (!replay_init(&replay, sa->replay_window) || !slot_map_add(&w->by_spi, sa->spi, slot)) {
		esp_sa_clear(w, &esp);
		replay_free(&replay);
		sa_in_give(w, slot);
		return false;
	}
	p = &w->peers[sa->peer];
	icv_guess(w, p, &esp);
	w->sas[slot] = (struct sa_in){
		.used = true, .peer = sa->peer, .next = p->sa_first, .esp = esp, .replay = replay};
	p->sa_first = slot;
	return true;
}

struct sa_in *sa_in_of(struct worker *w, const struct peer *p, uint64_t handle)
{
	for (uint32_t slot = p->sa_first; slot != NONE; slot = w->sas[slot].next) {
		if (w->sas[slot].esp.handle == handle)
			return &w->sas[slot];
	}
	return NULL;
}

struct sa_out *sa_out_of(struct peer *p, uint64_t handle)
{
	if (p->out.esp.keys && p->out.esp.handle == handle)
		return &p->out;
	for (struct sa_out *out = p->parked; out; out = out->older) {
		if (out->esp.handle == handle)
			return out;
	}
	return NULL;
}

/* The oldest goes when there are too many. */
static void evict(struct worker *w, struct peer *p)
{
	struct sa_out **at = &p->parked;
	unsigned n = 0;

	while (*at && ++n < DP_SA_OUT_MAX)
		at = &(*at)->older;
	if (!*at)
		return;
	sa_out_clear(w, *at);
	free(*at);
	*at = NULL;
	count(w, COUNT_SA_OUT_EVICTED);
}

/* Without memory the SA is forgotten: then it is never sent on again. */
static void park(struct worker *w, struct peer *p, struct sa_out sa)
{
	struct sa_out *out = malloc(sizeof(*out));

	if (!out) {
		sa_out_clear(w, &sa);
		count(w, COUNT_SA_OUT_EVICTED);
		return;
	}
	*out = sa;
	out->older = p->parked;
	p->parked = out;
	evict(w, p);
}

/* What the peer sends on; nothing is left there. */
static struct sa_out take_out(struct peer *p)
{
	struct sa_out out = p->out;

	p->out = (struct sa_out){0};
	return out;
}

/* Takes it off the list. */
static struct sa_out unpark(struct peer *p, const struct sa_out *parked)
{
	struct sa_out **at = &p->parked, *out, copy;

	while (*at != parked)
		at = &(*at)->older;
	out = *at;
	*at = out->older;
	copy = *out;
	copy.older = NULL;
	free(out);
	return copy;
}

static bool has_keys(const struct dp_sa *sa)
{
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(sa->enc_key); i++)
		any |= sa->enc_key[i];
	return any != 0;
}

/* The peer sends on `next` from now on; sessions that it makes too long are cut to it. */
static void send_on(struct worker *w, struct peer *p, struct sa_out next)
{
	if (p->out.esp.keys)
		park(w, p, take_out(p));
	p->out = next;
	p->udp_encap = next.udp_encap;
	for (uint32_t slot = p->session_first; slot != NONE; slot = w->sessions[slot].next)
		session_fit(w, &w->sessions[slot]);
}

bool sa_out_make(struct worker *w, const struct dp_sa *sa)
{
	struct sa_out next = {.udp_encap = sa->udp_encap}, *known;
	struct peer *p;

	if (!may_be(w, sa))
		return false;
	p = &w->peers[sa->peer];
	known = sa_out_of(p, sa->sa_handle);
	if (known && known->esp.spi != sa->spi)
		known = NULL;
	if (known == &p->out)
		return true;
	if (!known && (!has_keys(sa) || !make(w, &next.esp, sa, BURST_SEAL)))
		return false;
	tx_flush(w); /* what waits may be sealed with keys that are forgotten */
	if (known) {
		next = unpark(p, known);
	} else {
		next.mtu = dp_session_mtu(sa, p->flow.remote.addr.family, false, DP_OUTER_MTU);
		icv_guess(w, p, &next.esp);
	}
	send_on(w, p, next);
	return true;
}

bool sa_out_delete(struct worker *w, struct peer *p, uint64_t handle)
{
	struct sa_out *out = sa_out_of(p, handle), gone;

	if (!out)
		return false;
	tx_flush(w);
	if (out == &p->out) {
		sa_out_clear(w, out);
	} else {
		gone = unpark(p, out);
		sa_out_clear(w, &gone);
	}
	return true;
}

bool sa_move(struct worker *w, struct peer *from, uint32_t to, uint64_t handle)
{
	const struct sa_in *in = sa_in_of(w, from, handle);
	const struct sa_out *out = sa_out_of(from, handle);
	struct peer *p = &w->peers[to];

	if (from == p || (!in && !out))
		return false;
	tx_flush(w); /* a full list may forget keys */
	if (in)
		sa_in_move(w, (uint32_t)(in - w->sas), to);
	if (out)
		park(w, p, out == &from->out ? take_out(from) : unpark(from, out));
	return true;
}

bool sa_stats_get(struct worker *w, struct peer *p, uint64_t handle, struct dp_sa_stats *s)
{
	const struct sa_in *in = sa_in_of(w, p, handle);
	const struct sa_out *out = sa_out_of(p, handle);

	*s = (struct dp_sa_stats){0};
	if (in) {
		s->packets_in = in->esp.packets;
		s->octets_in = in->esp.octets;
		s->last_in_ms = in->esp.last_ms;
		s->icv_failures = in->icv_failures;
		s->replays = in->replays;
		s->sequence_in = in->replay.top;
		s->icv96 = in->esp.icv96;
	}
	if (out) {
		s->packets_out = out->esp.packets;
		s->octets_out = out->esp.octets;
		s->last_out_ms = out->esp.last_ms;
		s->sequence_out = out->seq;
		s->icv96 |= out->esp.icv96;
		s->sending = out == &p->out;
	}
	return in || out;
}
