/*
 * server_config: the server's life: configuration, restored leases, what is shown.
 *
 * Called by core at start, at a change of the configuration and for `show`. Allocates here; a
 * packet allocates a lease at most.
 */
#include <stdlib.h>
#include <string.h>

#include "server_i.h"

#define HOLD_MS   5000
#define DECLINE_S 3600

static const char *check_values(const struct dhcp_server_config *c)
{
	uint32_t net = c->ip & c->mask;

	if (c->gateway && ((c->gateway & c->mask) != net || !dhcp_host_ip(c->gateway, c->mask)))
		return "the gateway is no host of the server's network";
	if (c->domain && strlen(c->domain) > 255)
		return "the domain name is longer than 255 octets";
	if (c->n_routes > DHCP_SERVER_ROUTES_MAX)
		return "more than 64 routes";
	for (size_t i = 0; i < c->n_routes; i++)
		if (c->routes[i].prefix > 32)
			return "a route's prefix is longer than 32 bits";
	for (size_t i = 0; i < c->n_statics; i++)
		if ((c->statics[i].ip & c->mask) != net || c->statics[i].ip == c->ip ||
		    !dhcp_host_ip(c->statics[i].ip, c->mask))
			return "a static address is no other host of the server's network";
	return NULL;
}

const char *dhcp_server_check(const struct dhcp_server_config *c)
{
	if (!dhcp_mask_ok(c->mask) || c->mask > 0xfffffffc)
		return "the mask is none of a network with room for two hosts";
	if (!dhcp_host_ip(c->ip, c->mask))
		return "the server's own address is no host address";
	if (c->first > c->last)
		return "the range ends before it begins";
	if (c->last - c->first >= DHCP_SERVER_RANGE_MAX)
		return "the range has more than 65536 addresses";
	if (((c->first ^ c->ip) & c->mask) || ((c->last ^ c->ip) & c->mask))
		return "the range is not in the server's network";
	if (c->lease_s < DHCP_SERVER_LEASE_MIN)
		return "the lease time is shorter than 15 seconds";
	return check_values(c);
}

/* ---- the configuration's own copy ---- */

/* What a configuration owns. */
struct copy {
	char *domain;
	struct dhcp_route *routes;
	struct dhcp_static *statics;
	size_t n_statics;
	uint64_t *used;
};

static void copy_free(struct copy *c)
{
	for (size_t i = 0; c->statics && i < c->n_statics; i++)
		free((char *)(uintptr_t)c->statics[i].user);
	free(c->statics);
	free(c->routes);
	free(c->domain);
	free(c->used);
}

static bool copy_statics(struct copy *c, const struct dhcp_server_config *cfg)
{
	c->statics = calloc(cfg->n_statics + 1, sizeof(*c->statics));
	if (!c->statics)
		return false;
	for (; c->n_statics < cfg->n_statics; c->n_statics++) {
		struct dhcp_static *st = &c->statics[c->n_statics];

		*st = cfg->statics[c->n_statics];
		if (!st->user)
			continue;
		st->user = strdup(st->user);
		if (!st->user)
			return false;
	}
	return true;
}

static bool copy_make(struct copy *c, const struct dhcp_server_config *cfg)
{
	uint32_t words = (cfg->last - cfg->first) / 64 + 1;

	*c = (struct copy){.domain = strdup(cfg->domain ? cfg->domain : "")};
	c->routes = calloc(cfg->n_routes + 1, sizeof(*c->routes));
	c->used = calloc(words, sizeof(*c->used));
	if (c->domain && c->routes && c->used && copy_statics(c, cfg)) {
		if (cfg->n_routes)
			memcpy(c->routes, cfg->routes, cfg->n_routes * sizeof(*c->routes));
		return true;
	}
	copy_free(c);
	return false;
}

static void copy_take(struct dhcp_server *s, const struct copy *c,
		      const struct dhcp_server_config *cfg)
{
	s->cfg = *cfg;
	s->cfg.domain = s->domain = c->domain;
	s->cfg.routes = s->routes = c->routes;
	s->cfg.statics = s->statics = c->statics;
	if (s->cfg.hold_ms == 0)
		s->cfg.hold_ms = HOLD_MS;
	if (s->cfg.decline_s == 0)
		s->cfg.decline_s = DECLINE_S;
	s->used = c->used;
	s->n_range = cfg->last - cfg->first + 1;
	s->n_used = 0;
	s->cursor = 0;
	choose_mark_all(s);
}

static struct copy copy_of(const struct dhcp_server *s)
{
	return (struct copy){.domain = s->domain,
			     .routes = s->routes,
			     .statics = s->statics,
			     .n_statics = s->cfg.n_statics,
			     .used = s->used};
}

/* ---- life ---- */

struct dhcp_server *dhcp_server_new(const struct dhcp_server_config *cfg)
{
	struct dhcp_server *s;
	struct copy copy;

	if (dhcp_server_check(cfg))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	list_init(&s->leases);
	list_init(&s->idle);
	list_init(&s->dirty);
	if (!lease_buckets(s, cfg->last - cfg->first + 1) || !copy_make(&copy, cfg)) {
		free(s->buckets);
		free(s);
		return NULL;
	}
	cfg->random(cfg->random_ctx, &s->seed, sizeof(s->seed));
	copy_take(s, &copy, cfg);
	return s;
}

bool dhcp_server_reconfigure(struct dhcp_server *s, uint64_t now_ms,
			     const struct dhcp_server_config *cfg)
{
	struct copy old = copy_of(s), copy;

	(void)now_ms;
	if (dhcp_server_check(cfg) || !copy_make(&copy, cfg))
		return false;
	copy_take(s, &copy, cfg);
	copy_free(&old);
	lease_buckets(s, s->n_range); /* without memory it is slower */
	list_each (&s->leases, it) {
		struct lease *l = list_entry(it, struct lease, all);

		if (!choose_possible(s, l->pub.ip))
			lease_remove(l);
	}
	return true;
}

static void free_all(struct dhcp_server *s)
{
	list_each (&s->leases, it)
		lease_remove(list_entry(it, struct lease, all));
	list_each (&s->dirty, it)
		lease_free(list_entry(it, struct lease, dirty));
	for (size_t i = 0; i < s->ports.cap; i++)
		if (s->ports.slots[i].key)
			free(s->ports.slots[i].value);
}

void dhcp_server_free(struct dhcp_server *s)
{
	struct copy copy;

	if (!s)
		return;
	copy = copy_of(s);
	free_all(s);
	map_free(&s->ports);
	map_free(&s->by_ip);
	copy_free(&copy);
	free(s->buckets);
	free(s);
}

static struct client_key key_of(const struct dhcp_lease *lease)
{
	struct client_key key = {.id_len = lease->client_id_len};

	memcpy(key.mac, lease->mac, sizeof(key.mac));
	memcpy(key.id, lease->client_id, sizeof(key.id));
	return key;
}

bool dhcp_server_restore(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_lease *lease)
{
	struct client_key key = key_of(lease);
	struct lease *l;

	if (lease->client_id_len > DHCP_CLIENT_ID_MAX || lease->ends_ms <= now_ms ||
	    !choose_possible(s, lease->ip) || lease_by_ip(s, lease->ip) || lease_by_key(s, &key))
		return false;
	l = lease_new(s, lease->ip, &key);
	if (!l)
		return false;
	l->pub.leased_ms = lease->leased_ms ? lease->leased_ms : 1;
	l->pub.port = UINT32_MAX;
	memcpy(l->pub.host_name, lease->host_name, sizeof(l->pub.host_name));
	l->pub.host_name[DHCP_HOST_NAME_MAX] = '\0';
	lease_set(l, DHCP_LEASE_BOUND, lease->ends_ms, NULL);
	return true;
}

bool dhcp_server_delete(struct dhcp_server *s, uint64_t now_ms, uint32_t ip)
{
	struct lease *l = lease_by_ip(s, ip);

	(void)now_ms;
	if (!l || l->pub.state == DHCP_LEASE_ENDED)
		return false;
	lease_end(l);
	return true;
}

/* ---- what is shown ---- */

size_t dhcp_server_table(const struct dhcp_server *s, uint32_t after_id, struct dhcp_lease *out,
			 size_t max)
{
	size_t n = 0;

	list_each (&s->leases, it) {
		const struct lease *l = list_entry(it, struct lease, all);

		if (n == max)
			break;
		if (l->pub.id > after_id && l->pub.state != DHCP_LEASE_ENDED)
			out[n++] = l->pub;
	}
	return n;
}

void dhcp_server_get_stats(const struct dhcp_server *s, struct dhcp_server_stats *out)
{
	*out = s->stats;
	out->range = s->n_range;
	out->free = s->n_range - s->n_used;
}
