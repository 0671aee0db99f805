/*
 * ip_table: who has which IP address on a hub. Called by forward (sources of frames, leases
 * that pass), by dataplane's commands (assignments) and idle rounds. Answers no ARP: that is
 * frame.h's.
 */
#include "hub/ip_table.h"

#define CLASS_4    0
#define CLASS_6    1
#define LIFE_MAX_S (UINT32_C(1) << 30)

static uint32_t life_of(const struct table_entry *e)
{
	if (e->kind == IP_LEASED)
		return e->aux_s > IP_LEASED_LIFE_S ? e->aux_s : IP_LEASED_LIFE_S;
	return IP_LIFE_S;
}

static bool expired(const struct table_entry *e, uint32_t now_s)
{
	return e->kind != IP_ASSIGNED && (int32_t)(now_s - e->seen_s) >= (int32_t)life_of(e);
}

bool ip_table_init(struct ip_table *t, uint32_t max, uint32_t hubs, uint64_t seed)
{
	return table_init(&t->t, max, hubs, seed, expired);
}

void ip_table_free(struct ip_table *t)
{
	table_free(&t->t);
}

static struct table_key key_of(uint16_t hub, uint16_t vlan, struct ipv6_addr a)
{
	return (struct table_key){.hi = a.prefix, .lo = a.iid, .zone = (uint32_t)hub << 16 | vlan};
}

static uint8_t class_of(struct ipv6_addr a)
{
	return hub_ip_is_4(a) ? CLASS_4 : CLASS_6;
}

bool hub_ip_is_host(struct ipv6_addr a)
{
	if (hub_ip_is_4(a)) {
		uint8_t first = (uint8_t)(a.iid >> 24);

		return first != 0 && first != 127 && first < 224;
	}
	return !ipv6_is_unspecified(a) && !ipv6_is_multicast(a) && (a.prefix || a.iid != 1);
}

static bool port_is_full(const struct ip_table *t, const struct ip_claim *c)
{
	return c->max && table_port_count(&t->t, c->port, class_of(c->addr)) >= c->max;
}

/* What is now known of the address; it hangs on the claim's port. */
static void note(struct table_entry *e, const struct ip_claim *c, uint32_t now_s)
{
	if (e->seen_s != now_s && (e->kind != IP_LEASED || c->how == IP_LEASED))
		e->seen_s = now_s;
	e->data = c->mac;
	if (c->how > e->kind)
		e->kind = (uint8_t)c->how;
	if (c->how == IP_LEASED)
		e->aux_s = c->lease_s < LIFE_MAX_S ? c->lease_s : LIFE_MAX_S;
}

static enum ip_learned add(struct ip_table *t, const struct table_key *key,
			   const struct ip_claim *c, uint32_t now_s)
{
	enum table_room room;
	uint32_t i;

	if (!hub_ip_is_host(c->addr))
		return IP_NO_SOURCE;
	if (port_is_full(t, c))
		return IP_PORT_FULL;
	room = table_insert(&t->t, key, c->port, class_of(c->addr), now_s, &i);
	if (room != TABLE_OK)
		return room == TABLE_HUB_FULL ? IP_HUB_FULL : IP_TABLE_FULL;
	note(table_at(&t->t, i), c, now_s);
	return IP_NEW;
}

static enum ip_learned move(struct ip_table *t, uint32_t i, const struct ip_claim *c,
			    uint32_t now_s)
{
	struct table_entry *e = table_at(&t->t, i);
	bool dead = expired(e, now_s);

	if (e->kind == IP_ASSIGNED)
		return IP_CONFLICT;
	/* the server that gave it to somebody else knows better than who has it */
	if (!dead && c->how == IP_SEEN && (c->stay || e->kind == IP_LEASED))
		return IP_TAKEN;
	if (port_is_full(t, c))
		return IP_PORT_FULL;
	if (!table_move(&t->t, i, c->port))
		return IP_TABLE_FULL;
	e->kind = IP_SEEN;
	note(e, c, now_s);
	if (!dead)
		return IP_MOVED;
	e->created_s = now_s;
	return IP_NEW;
}

enum ip_learned ip_table_claim(struct ip_table *t, const struct ip_claim *c, uint32_t now_s)
{
	struct table_key key = key_of(c->hub, c->vlan, c->addr);
	uint32_t i = table_find(&t->t, &key);
	struct table_entry *e;

	if (!i)
		return add(t, &key, c, now_s);
	e = table_at(&t->t, i);
	if (e->port != c->port)
		return move(t, i, c, now_s);
	if (expired(e, now_s)) {
		e->kind = IP_SEEN;
		e->created_s = e->seen_s = now_s;
	}
	note(e, c, now_s);
	return IP_KNOWN;
}

static void fill(struct ip_row *row, const struct table_entry *e)
{
	*row = (struct ip_row){.addr = {e->hi, e->lo},
			       .mac = e->data,
			       .port = e->port,
			       .vlan = (uint16_t)e->zone,
			       .how = (enum ip_known)e->kind,
			       .created_s = e->created_s,
			       .seen_s = e->seen_s};
}

bool ip_table_find(const struct ip_table *t, uint16_t hub, uint16_t vlan, struct ipv6_addr addr,
		   uint32_t now_s, struct ip_row *row)
{
	struct table_key key = key_of(hub, vlan, addr);
	uint32_t i = table_find(&t->t, &key);

	if (!i || expired(table_at(&t->t, i), now_s))
		return false;
	fill(row, table_at(&t->t, i));
	return true;
}

bool ip_table_delete(struct ip_table *t, uint16_t hub, uint16_t vlan, struct ipv6_addr addr)
{
	struct table_key key = key_of(hub, vlan, addr);
	uint32_t i = table_find(&t->t, &key);

	if (i)
		table_remove(&t->t, i);
	return i != 0;
}

uint32_t ip_table_port_count(const struct ip_table *t, uint32_t port, bool ipv6)
{
	return table_port_count(&t->t, port, ipv6 ? CLASS_6 : CLASS_4);
}

uint32_t ip_table_hub_count(const struct ip_table *t, uint16_t hub)
{
	return hub < t->t.hubs ? t->t.hub_count[hub] : 0;
}

bool ip_table_forget_port(struct ip_table *t, uint32_t port, uint32_t budget)
{
	return table_forget_port(&t->t, port, budget);
}

bool ip_table_forget_hub(struct ip_table *t, uint16_t hub, uint32_t *cursor, uint32_t budget)
{
	return table_forget_hub(&t->t, hub, cursor, budget);
}

void ip_table_tend(struct ip_table *t, uint32_t now_s, uint32_t budget)
{
	table_tend(&t->t, now_s, budget);
}

bool ip_table_next(const struct ip_table *t, uint16_t hub, uint32_t *cursor, uint32_t budget,
		   uint32_t now_s, struct ip_row *row)
{
	const struct table_entry *e = table_next(&t->t, hub, cursor, budget);

	if (!e || expired(e, now_s))
		return false;
	fill(row, e);
	return true;
}
