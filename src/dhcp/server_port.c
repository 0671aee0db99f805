/*
 * server_port: what one port may ask of the server (security.md H-26).
 *
 * Called by server.c. A token bucket for messages: two a second for each address that the port
 * may hold, up to 200; its addresses are counted by lease.c.
 */
#include <stdlib.h>

#include "server_i.h"

#define PER_SECOND     2
#define PER_SECOND_MAX 200
#define BURST          8 /* beyond a second's worth: DISCOVER, REQUEST and their repetitions */
#define DECLINES       4 /* beyond the port's number of addresses */

static uint32_t per_second(const struct dhcp_from *from)
{
	uint32_t max = port_leases_max(from);

	return max < PER_SECOND_MAX / PER_SECOND ? max * PER_SECOND : PER_SECOND_MAX;
}

struct port *port_get(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_from *from)
{
	uint64_t key = (uint64_t)from->port + 1;
	struct port *p = map_get(&s->ports, key);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->number = from->port;
	list_init(&p->leases);
	p->filled_ms = now_ms;
	p->tokens = per_second(from) + BURST;
	if (map_put(&s->ports, key, p))
		return p;
	free(p);
	return NULL;
}

bool port_allow(struct port *p, uint64_t now_ms, const struct dhcp_from *from)
{
	uint64_t rate = per_second(from);
	uint64_t gained = now_ms > p->filled_ms ? (now_ms - p->filled_ms) * rate / 1000 : 0;

	if (gained) {
		uint64_t tokens = p->tokens + gained, max = rate + BURST;

		p->tokens = (uint32_t)(tokens < max ? tokens : max);
		p->filled_ms += (gained * 1000 + rate - 1) / rate;
	}
	if (p->tokens == 0)
		return false;
	p->tokens--;
	return true;
}

bool port_may_decline(struct port *p, uint64_t now_ms, uint64_t window_ms,
		      const struct dhcp_from *from)
{
	if (p->declined == 0 || now_ms - p->declining_ms >= window_ms) {
		p->declining_ms = now_ms;
		p->declined = 0;
	}
	if (p->declined >= port_leases_max(from) + DECLINES)
		return false;
	p->declined++;
	return true;
}

void dhcp_server_port_gone(struct dhcp_server *s, uint32_t port)
{
	struct port *p = map_get(&s->ports, (uint64_t)port + 1);

	if (!p)
		return;
	list_each (&p->leases, it) {
		struct lease *l = list_entry(it, struct lease, on_port);

		list_del(&l->on_port);
		l->port = NULL;
		l->pub.port = UINT32_MAX;
	}
	map_del(&s->ports, (uint64_t)port + 1);
	free(p);
}
