/*
 * mac_table: learning and look-up of Ethernet addresses (IEEE 802.1D 7.8, 7.9). Called by
 * forward for each frame, by dataplane's commands and by its idle rounds. Knows nothing of
 * policies but the two limits that a claim carries.
 */
#include "hub/mac_table.h"

enum kind { LEARNED, PINNED };

static bool expired(const struct table_entry *e, uint32_t now_s)
{
	return e->kind != PINNED && (int32_t)(now_s - e->seen_s) >= MAC_LIFE_S;
}

bool mac_table_init(struct mac_table *m, uint32_t max, uint32_t hubs, uint64_t seed)
{
	return table_init(&m->t, max, hubs, seed, expired);
}

void mac_table_free(struct mac_table *m)
{
	table_free(&m->t);
}

static struct table_key key_of(uint16_t hub, uint16_t vlan, uint64_t mac)
{
	return (struct table_key){.lo = mac, .zone = (uint32_t)hub << 16 | vlan};
}

static bool port_is_full(const struct mac_table *m, const struct mac_claim *c)
{
	return c->max && table_port_count(&m->t, c->port, 0) >= c->max;
}

static enum mac_learned add(struct mac_table *m, const struct table_key *key,
			    const struct mac_claim *c, uint32_t now_s)
{
	enum table_room room;
	uint32_t i;

	if (hub_mac_is_group(c->mac) || c->mac == 0)
		return MAC_GROUP;
	if (port_is_full(m, c))
		return MAC_PORT_FULL;
	room = table_insert(&m->t, key, c->port, 0, now_s, &i);
	if (room != TABLE_OK)
		return room == TABLE_HUB_FULL ? MAC_HUB_FULL : MAC_NO_ROOM;
	table_at(&m->t, i)->aux_s = now_s;
	return MAC_NEW;
}

static enum mac_learned move(struct mac_table *m, uint32_t i, const struct mac_claim *c,
			     uint32_t now_s)
{
	struct table_entry *e = table_at(&m->t, i);
	bool dead = expired(e, now_s);

	if (e->kind == PINNED || (c->stay && !dead))
		return MAC_TAKEN;
	if (e->aux_s != now_s) /* a move is told, so that is when the last one was */
		e->moves = 0;
	if (e->moves >= MAC_MOVES_PER_S)
		return MAC_FLAPPING;
	if (port_is_full(m, c))
		return MAC_PORT_FULL;
	if (!table_move(&m->t, i, c->port))
		return MAC_NO_ROOM;
	e->moves++;
	e->seen_s = e->aux_s = now_s;
	if (!dead)
		return MAC_MOVED;
	e->created_s = now_s;
	return MAC_NEW;
}

enum mac_learned mac_table_learn(struct mac_table *m, const struct mac_claim *c, uint32_t now_s)
{
	struct table_key key = key_of(c->hub, c->vlan, c->mac);
	uint32_t i = table_find(&m->t, &key);
	struct table_entry *e;

	if (!i)
		return add(m, &key, c, now_s);
	e = table_at(&m->t, i);
	if (e->port != c->port)
		return move(m, i, c, now_s);
	if (e->seen_s != now_s) /* leaves the line clean for the rest of the second */
		e->seen_s = now_s;
	if (now_s - e->aux_s < MAC_TELL_S)
		return MAC_KNOWN;
	e->aux_s = now_s;
	return MAC_TELL;
}

uint32_t mac_table_find(const struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac,
			uint32_t now_s)
{
	struct table_key key = key_of(hub, vlan, mac);
	uint32_t i = table_find(&m->t, &key);

	return i && !expired(table_at(&m->t, i), now_s) ? table_at(&m->t, i)->port : HUB_PORT_NONE;
}

void mac_table_prefetch(const struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac,
			bool entry)
{
	struct table_key key = key_of(hub, vlan, mac);

	table_prefetch(&m->t, &key, entry);
}

bool mac_table_pin(struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac, uint32_t port,
		   uint32_t now_s)
{
	struct table_key key = key_of(hub, vlan, mac);
	uint32_t i = table_find(&m->t, &key);

	if (i && table_at(&m->t, i)->port != port && !table_move(&m->t, i, port))
		return false;
	if (!i && table_insert(&m->t, &key, port, 0, now_s, &i) != TABLE_OK)
		return false;
	table_at(&m->t, i)->kind = PINNED;
	return true;
}

bool mac_table_delete(struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac)
{
	struct table_key key = key_of(hub, vlan, mac);
	uint32_t i = table_find(&m->t, &key);

	if (i)
		table_remove(&m->t, i);
	return i != 0;
}

uint32_t mac_table_port_count(const struct mac_table *m, uint32_t port)
{
	return table_port_count(&m->t, port, 0);
}

uint32_t mac_table_hub_count(const struct mac_table *m, uint16_t hub)
{
	return hub < m->t.hubs ? m->t.hub_count[hub] : 0;
}

bool mac_table_forget_port(struct mac_table *m, uint32_t port, uint32_t budget)
{
	return table_forget_port(&m->t, port, budget);
}

bool mac_table_forget_hub(struct mac_table *m, uint16_t hub, uint32_t *cursor, uint32_t budget)
{
	return table_forget_hub(&m->t, hub, cursor, budget);
}

void mac_table_tend(struct mac_table *m, uint32_t now_s, uint32_t budget)
{
	table_tend(&m->t, now_s, budget);
}

bool mac_table_next(const struct mac_table *m, uint16_t hub, uint32_t *cursor, uint32_t budget,
		    uint32_t now_s, struct mac_row *row)
{
	const struct table_entry *e = table_next(&m->t, hub, cursor, budget);

	if (!e || expired(e, now_s))
		return false;
	*row = (struct mac_row){.mac = e->lo,
				.port = e->port,
				.vlan = (uint16_t)e->zone,
				.pinned = e->kind == PINNED,
				.created_s = e->created_s,
				.seen_s = e->seen_s};
	return true;
}
