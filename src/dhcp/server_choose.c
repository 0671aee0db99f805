/*
 * server_choose: which address a client gets.
 *
 * RFC 2131 section 4.3.1: its current one, its previous one, the one it asks for, a new one; before
 * them the one that is fixed for it. Called by server.c and server_config.c. Work is bounded: one
 * pass over the range's bits, at most 8 questions whether an address is in use.
 */
#include <string.h>
#include <strings.h>

#include "server_i.h"
#include "wire/eth.h"

#define TRIES     8
#define WORD_BITS 64

static bool in_range(const struct dhcp_server *s, uint32_t ip)
{
	return ip >= s->cfg.first && ip <= s->cfg.last;
}

static bool is_static(const struct dhcp_server *s, uint32_t ip)
{
	for (size_t i = 0; i < s->cfg.n_statics; i++)
		if (s->statics[i].ip == ip)
			return true;
	return false;
}

/* Of a host that is there already, or of none. */
static bool is_taken_by_us(const struct dhcp_server *s, uint32_t ip)
{
	return ip == s->cfg.ip || ip == s->cfg.gateway || ip == s->cfg.dns[0] ||
	       ip == s->cfg.dns[1] || ip == s->cfg.wins[0] || ip == s->cfg.wins[1] ||
	       !dhcp_host_ip(ip, s->cfg.mask);
}

static bool reserved(const struct dhcp_server *s, uint32_t ip)
{
	return is_taken_by_us(s, ip) || is_static(s, ip);
}

static bool bit(const struct dhcp_server *s, uint32_t at)
{
	return s->used[at / WORD_BITS] >> at % WORD_BITS & 1;
}

static void mark(struct dhcp_server *s, uint32_t at, bool used)
{
	uint64_t one = UINT64_C(1) << at % WORD_BITS;

	if (bit(s, at) == used)
		return;
	s->used[at / WORD_BITS] ^= one;
	s->n_used = used ? s->n_used + 1 : s->n_used - 1;
}

void choose_mark(struct dhcp_server *s, uint32_t ip, bool used)
{
	if (in_range(s, ip))
		mark(s, ip - s->cfg.first, used || reserved(s, ip));
}

void choose_mark_all(struct dhcp_server *s)
{
	for (uint32_t at = 0; at < s->n_range; at++)
		mark(s, at, is_taken_by_us(s, s->cfg.first + at));
	for (size_t i = 0; i < s->cfg.n_statics; i++)
		choose_mark(s, s->statics[i].ip, true);
	list_each (&s->leases, it)
		choose_mark(s, list_entry(it, struct lease, all)->pub.ip, true);
}

bool choose_possible(const struct dhcp_server *s, uint32_t ip)
{
	return (ip & s->cfg.mask) == (s->cfg.ip & s->cfg.mask) && !is_taken_by_us(s, ip);
}

/* The address that is fixed for the client by configuration, or 0. */
static uint32_t static_of(const struct dhcp_server *s, const struct dhcp_from *from,
			  const struct client_key *key)
{
	if (from->fixed_ip && choose_possible(s, from->fixed_ip))
		return from->fixed_ip;
	for (size_t i = 0; i < s->cfg.n_statics; i++) {
		const struct dhcp_static *st = &s->statics[i];

		if (st->user ? from->user && strcasecmp(st->user, from->user) == 0
			     : memcmp(st->mac, key->mac, ETH_ADDR) == 0)
			return st->ip;
	}
	return 0;
}

static bool same_client(const struct dhcp_server *s, const struct lease *l,
			const struct client_key *key)
{
	return l == lease_by_key(s, key);
}

/* May a client take the address over from the lease that stands for it? */
static bool is_free(const struct dhcp_server *s, const struct lease *l,
		    const struct client_key *key)
{
	return !l || l->pub.state == DHCP_LEASE_ENDED || same_client(s, l, key);
}

/* The fixed address, unless somebody has it now: a user's second device gets another. */
static uint32_t fixed_of(const struct dhcp_server *s, const struct dhcp_from *from,
			 const struct client_key *key)
{
	uint32_t ip = static_of(s, from, key);

	return ip && is_free(s, lease_by_ip(s, ip), key) ? ip : 0;
}

static bool in_use(const struct dhcp_server *s, uint32_t ip, const struct client_key *key)
{
	return s->cfg.in_use && s->cfg.in_use(s->cfg.in_use_ctx, ip, key->mac);
}

/* A lease of a free address for a client that has no other. */
static struct lease *take(struct dhcp_server *s, const struct client_key *key, uint32_t ip)
{
	struct lease *now = lease_by_ip(s, ip), *own = lease_by_key(s, key);

	if (now && now == own)
		return now;
	if (now)
		lease_remove(now);
	if (own)
		lease_remove(own);
	return lease_new(s, ip, key);
}

struct lease *choose_exact(struct dhcp_server *s, const struct dhcp_from *from,
			   const struct client_key *key, uint32_t ip)
{
	uint32_t fixed = fixed_of(s, from, key);
	struct lease *l = lease_by_ip(s, ip);

	if (fixed ? ip != fixed : !in_range(s, ip) || reserved(s, ip))
		return NULL;
	if (!is_free(s, l, key))
		return NULL;
	if ((!l || l->pub.state == DHCP_LEASE_ENDED) && in_use(s, ip, key))
		return NULL;
	return take(s, key, ip);
}

/* The next address of the range without a bit, from the cursor on and around; 0: none. */
static uint32_t next_free(struct dhcp_server *s)
{
	uint32_t words = (s->n_range + WORD_BITS - 1) / WORD_BITS, start = s->cursor;

	if (s->n_used >= s->n_range)
		return 0;
	if (s->cfg.random_addresses)
		s->cfg.random(s->cfg.random_ctx, &start, sizeof(start));
	start %= s->n_range;
	for (uint32_t i = 0; i <= words; i++) {
		uint32_t word = (start / WORD_BITS + i) % words;
		uint64_t open = ~s->used[word];

		if (i == 0)
			open &= UINT64_MAX << start % WORD_BITS;
		if (word == words - 1 && s->n_range % WORD_BITS)
			open &= (UINT64_C(1) << s->n_range % WORD_BITS) - 1;
		if (open) {
			s->cursor = word * WORD_BITS + (uint32_t)__builtin_ctzll(open);
			return s->cfg.first + s->cursor;
		}
	}
	return 0;
}

/* Is somebody without a lease there? Then the address is kept back. */
static bool conflicts(struct dhcp_server *s, uint64_t now_ms, uint32_t ip,
		      const struct client_key *key)
{
	static const struct client_key nobody;
	struct lease *l;

	if (!in_use(s, ip, key))
		return false;
	l = lease_new(s, ip, &nobody);
	if (l)
		lease_keep_back(l, now_ms + (uint64_t)s->cfg.decline_s * 1000);
	s->stats.conflicts++;
	return true;
}

/* The address whose lease ended first, unless somebody goes on to use it. */
static struct lease *take_idle(struct dhcp_server *s, const struct client_key *key)
{
	unsigned tries = 0;

	list_each (&s->idle, it) {
		uint32_t ip = list_entry(it, struct lease, idle)->pub.ip;

		if (tries++ == TRIES)
			break;
		if (in_range(s, ip) && !reserved(s, ip) && !in_use(s, ip, key))
			return take(s, key, ip);
		list_del(it);
		list_push(&s->idle, it);
	}
	return NULL;
}

/* An address that never was given, else one whose lease ended. */
static struct lease *take_new(struct dhcp_server *s, uint64_t now_ms, const struct client_key *key)
{
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t ip = next_free(s);

		if (ip && !conflicts(s, now_ms, ip, key))
			return take(s, key, ip);
		if (!ip)
			break;
	}
	return take_idle(s, key);
}

struct lease *choose_lease(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_from *from,
			   const struct client_key *key, uint32_t wanted)
{
	struct lease *own = lease_by_key(s, key), *l = NULL;
	uint32_t fixed = fixed_of(s, from, key);

	if (fixed)
		return choose_exact(s, from, key, fixed);
	if (own)
		l = choose_exact(s, from, key, own->pub.ip);
	if (!l && wanted)
		l = choose_exact(s, from, key, wanted);
	return l ? l : take_new(s, now_ms, key);
}
