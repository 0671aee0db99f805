/* test_world: see test_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_world.h"

bool world_seen[HUB_DROP_N];

void world_configure(struct world *w)
{
	hub_configure(&w->hub, &w->options);
	for (unsigned i = 0; i < WORLD_PORTS; i++)
		hub_port_configure(&w->ports[i], &w->policies[i]);
}

void world_make(struct world *w)
{
	static const uint8_t kinds[WORLD_PORTS] = {HUB_ETHERNET, HUB_ETHERNET, HUB_SESSION,
						   HUB_WAY_OUT, HUB_SESSION};
	uint8_t mac[6];

	*w = (struct world){.now_ms = 5000000};
	assert_true(hub_switch_init(&w->sw, 100000, 10, 0xfeedbeef12345678));
	assert_true(neigh_init(&w->neigh, 100));
	w->sw.neigh = &w->neigh;
	w->sw.session_mac = SESSION_MAC_BITS;
	w->sw.session_mask = UINT64_C(0xffff) << 32;
	w->hub = (struct hub){.number = WORLD_HUB, .online = true, .groups_to_sessions = true};
	hub_options_standard(&w->options);
	for (unsigned i = 0; i < WORLD_PORTS; i++) {
		w->ports[i] = (struct hub_port){.number = NUMBER(i),
						.hub = WORLD_HUB,
						.kind = kinds[i],
						.user = 11 + i,
						.group = 21 + i};
		hub_policy_standard(&w->policies[i]);
		if (kinds[i] != HUB_SESSION)
			continue;
		w->ports[i].assigned =
			(struct hub_assigned){.mac = SESSION_MAC(i),
					      .ip = SESSION_IP(i),
					      .prefix = UINT64_C(0xfd00000000000100) + i,
					      .iid = 0x500 + i};
		hub_mac_octets(mac, SESSION_MAC(i));
		assert_true(neigh_add(&w->neigh, WORLD_HUB, SESSION_IP(i), mac));
		assert_int_equal(ip_table_claim(&w->sw.ips,
						&(struct ip_claim){.hub = WORLD_HUB,
								   .addr = hub_ip4(SESSION_IP(i)),
								   .mac = SESSION_MAC(i),
								   .port = NUMBER(i),
								   .how = IP_ASSIGNED},
						(uint32_t)(w->now_ms / 1000)),
				 IP_NEW);
	}
	world_configure(w);
}

void world_free(struct world *w)
{
	hub_switch_free(&w->sw);
	neigh_free(&w->neigh);
}

static bool is_flooded(const struct world *w, unsigned i)
{
	static const uint8_t flood[] = {[HUB_SESSION] = HUB_FLOOD_SESSIONS,
					[HUB_ETHERNET] = HUB_FLOOD_ETHERNET,
					[HUB_WAY_OUT] = HUB_FLOOD_WAYS_OUT};

	return w->d.flood & flood[w->ports[i].kind];
}

static void deliver(struct world *w, unsigned i)
{
	w->at[i] = hub_deliver(&w->sw, &w->hub, &w->ports[i], &w->d.from, &w->h, w->now_ms,
			       &w->edit[i], &w->d.delay_ms);
	world_seen[w->at[i]] = true;
	if (w->at[i] == HUB_PASS)
		w->reached |= 1u << i;
}

enum hub_drop world_send(struct world *w, enum world_port in, const struct frame *f)
{
	enum hub_drop last = HUB_DROP_NOBODY;

	w->reached = 0;
	hub_forward(&w->sw, &w->hub, &w->ports[in], f->p, f->len, w->now_ms, &w->h, w->answer,
		    &w->d);
	hub_switch_tend(&w->sw, w->now_ms, 64);
	world_seen[w->d.drop] = true;
	assert_int_equal(w->d.verdict == HUB_DROP, w->d.drop != HUB_PASS);
	if (w->d.verdict == HUB_DROP)
		return w->d.drop;
	if (w->d.verdict == HUB_ANSWER || w->d.verdict == HUB_TO_CONTROL)
		return HUB_PASS;
	for (unsigned i = 0; i < WORLD_PORTS; i++) {
		if (w->d.verdict == HUB_FLOOD ? !is_flooded(w, i) : w->d.port != NUMBER(i))
			continue;
		deliver(w, i);
		/* in a flood the port of entry always refuses: it is no reason */
		last = w->at[i] == HUB_DROP_ECHO ? last : w->at[i];
	}
	return w->reached ? HUB_PASS : last;
}
