/* Unit tests of the MAC and IP tables: each answer, ageing, growth, forgetting, and random
 * operations against a model that is a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/ip_table.h"
#include "hub/mac_table.h"

#define HUB  7
#define SEED UINT64_C(0x5eed5eed5eed5eed)

static uint64_t rng = 88172645463325252u;

static uint32_t random32(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 20);
}

static enum mac_learned learn(struct mac_table *m, uint64_t mac, uint32_t port, uint32_t now_s)
{
	struct mac_claim c = {.hub = HUB, .mac = mac, .port = port};

	return mac_table_learn(m, &c, now_s);
}

static uint32_t find(const struct mac_table *m, uint64_t mac, uint32_t now_s)
{
	return mac_table_find(m, HUB, 0, mac, now_s);
}

static void mac_answers(void **state)
{
	struct mac_table m;
	struct mac_claim c = {.hub = HUB, .mac = 0x020000000001, .port = 5, .max = 2};

	(void)state;
	assert_false(mac_table_init(&m, 0, 10, SEED));
	assert_false(mac_table_init(&m, 10, 0, SEED));
	assert_false(mac_table_init(&m, 10, TABLE_HUBS_MAX + 1, SEED));
	assert_true(mac_table_init(&m, 1000, 10, SEED));
	assert_int_equal(mac_table_learn(&m, &c, 100), MAC_NEW);
	assert_int_equal(mac_table_learn(&m, &c, 101), MAC_KNOWN);
	assert_int_equal(mac_table_learn(&m, &c, 100 + MAC_TELL_S - 1), MAC_KNOWN);
	assert_int_equal(mac_table_learn(&m, &c, 100 + MAC_TELL_S), MAC_TELL);
	assert_int_equal(mac_table_learn(&m, &c, 101 + MAC_TELL_S), MAC_KNOWN);
	assert_int_equal(find(&m, c.mac, 300), 5);
	/* another VLAN, another hub, hub out of range */
	assert_int_equal(mac_table_find(&m, HUB, 1, c.mac, 300), HUB_PORT_NONE);
	assert_int_equal(mac_table_find(&m, HUB + 1, 0, c.mac, 300), HUB_PORT_NONE);
	c.hub = 10;
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_NO_ROOM);
	c.hub = HUB;
	/* limits of the port */
	c.mac++;
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_NEW);
	c.mac++;
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_PORT_FULL);
	assert_int_equal(mac_table_port_count(&m, 5), 2);
	/* sources that are none */
	assert_int_equal(learn(&m, 0x010000000001, 5, 300), MAC_GROUP);
	assert_int_equal(learn(&m, HUB_MAC_BROADCAST, 5, 300), MAC_GROUP);
	assert_int_equal(learn(&m, 0, 5, 300), MAC_GROUP);
	/* moves */
	c = (struct mac_claim){.hub = HUB, .mac = 0x020000000001, .port = 6, .stay = true};
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_TAKEN);
	c.stay = false;
	assert_int_equal(learn(&m, 0x020000000077, 6, 300), MAC_NEW);
	c.max = 1;
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_PORT_FULL);
	c.max = 0;
	assert_true(mac_table_delete(&m, HUB, 0, 0x020000000077));
	assert_int_equal(mac_table_learn(&m, &c, 300), MAC_MOVED);
	assert_int_equal(find(&m, c.mac, 300), 6);
	assert_int_equal(mac_table_port_count(&m, 5), 1);
	assert_int_equal(mac_table_port_count(&m, 6), 1);
	assert_int_equal(mac_table_hub_count(&m, HUB), 2);
	assert_true(mac_table_delete(&m, HUB, 0, c.mac));
	assert_false(mac_table_delete(&m, HUB, 0, c.mac));
	assert_int_equal(mac_table_port_count(&m, 6), 0);
	assert_int_equal(mac_table_hub_count(&m, HUB), 1);
	mac_table_free(&m);
}

static void a_loop_is_seen(void **state)
{
	struct mac_table m;
	unsigned moved = 0, flapping = 0;

	(void)state;
	assert_true(mac_table_init(&m, 1000, 10, SEED));
	learn(&m, 0x020000000001, 1, 50);
	for (unsigned i = 0; i < 100; i++) {
		enum mac_learned l = learn(&m, 0x020000000001, 1 + (i + 1) % 2, 50);

		moved += l == MAC_MOVED;
		flapping += l == MAC_FLAPPING;
	}
	assert_int_equal(moved, MAC_MOVES_PER_S);
	assert_int_equal(flapping, 48); /* the others came by the port where it stayed */
	assert_int_equal(learn(&m, 0x020000000001, 1, 51), MAC_MOVED);
	/* many moves, but not in one second */
	for (uint32_t i = 0; i < 600; i++)
		assert_int_equal(learn(&m, 0x020000000001, 2 + i % 2, 52 + i), MAC_MOVED);
	mac_table_free(&m);
}

static void macs_age_and_pinned_ones_stay(void **state)
{
	struct mac_table m;

	(void)state;
	assert_true(mac_table_init(&m, 1000, 10, SEED));
	assert_int_equal(learn(&m, 2, 1, 10), MAC_NEW);
	assert_true(mac_table_pin(&m, HUB, 0, 4, 2, 10));
	assert_int_equal(find(&m, 2, 10 + MAC_LIFE_S - 1), 1);
	assert_int_equal(find(&m, 2, 10 + MAC_LIFE_S), HUB_PORT_NONE); /* not yet swept */
	assert_int_equal(mac_table_hub_count(&m, HUB), 2);
	mac_table_tend(&m, 10 + MAC_LIFE_S, TABLE_CHUNK);
	assert_int_equal(mac_table_hub_count(&m, HUB), 1);
	assert_int_equal(find(&m, 4, 1000000), 2);
	assert_int_equal(learn(&m, 4, 1, 1000000), MAC_TAKEN);
	/* an entry that is dead but not swept is anyone's, also where addresses stay */
	assert_int_equal(learn(&m, 2, 1, 2000000), MAC_NEW);
	struct mac_claim c = {.hub = HUB, .mac = 2, .port = 9, .stay = true};
	assert_int_equal(mac_table_learn(&m, &c, 2000100), MAC_TAKEN);
	assert_int_equal(mac_table_learn(&m, &c, 2000000 + MAC_LIFE_S), MAC_NEW);
	/* pinning takes it */
	assert_true(mac_table_pin(&m, HUB, 0, 2, 3, 2000700));
	assert_int_equal(find(&m, 2, 3000000), 3);
	mac_table_free(&m);
}

static void a_hub_has_65536_and_memory_follows(void **state)
{
	struct mac_table m;
	unsigned no_room = 0;
	uint32_t cursor = 0, rows = 0;
	struct mac_row row;

	(void)state;
	assert_true(mac_table_init(&m, 200000, 10, SEED));
	for (uint64_t i = 1; i <= TABLE_PER_HUB; i++) {
		while (learn(&m, i * 2 + (UINT64_C(2) << 40), (uint32_t)(i % 100), 10) ==
		       MAC_NO_ROOM) {
			no_room++;
			mac_table_tend(&m, 10, 64);
		}
	}
	assert_in_range(no_room, 1, 50); /* no round is long, few are needed */
	assert_int_equal(mac_table_hub_count(&m, HUB), TABLE_PER_HUB);
	assert_int_equal(learn(&m, 0x060000000000, 1, 10), MAC_HUB_FULL);
	for (uint64_t i = 1; i <= TABLE_PER_HUB; i++)
		assert_int_equal(find(&m, i * 2 + (UINT64_C(2) << 40), 10), i % 100);
	while (cursor != UINT32_MAX)
		rows += mac_table_next(&m, HUB, &cursor, 100, 10, &row);
	assert_int_equal(rows, TABLE_PER_HUB);
	/* one port in slices */
	for (unsigned slices = 0; !mac_table_forget_port(&m, 7, 100); slices++)
		assert_true(slices < 7);
	assert_int_equal(mac_table_port_count(&m, 7), 0);
	assert_int_equal(mac_table_hub_count(&m, HUB), TABLE_PER_HUB - 656);
	cursor = 0;
	for (unsigned slices = 0; !mac_table_forget_hub(&m, HUB, &cursor, 1000); slices++)
		assert_true(slices < 200);
	assert_int_equal(mac_table_hub_count(&m, HUB), 0);
	assert_int_equal(m.t.n, 0);
	assert_int_equal(m.t.n_records, 0);
	mac_table_free(&m);
}

#define MODEL_MACS  300
#define MODEL_PORTS 9

struct model {
	bool there;
	uint32_t port, seen_s;
};

static unsigned model_count(const struct model *all, uint32_t port)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MODEL_MACS; i++)
		n += all[i].there && all[i].port == port;
	return n;
}

static void check_model(const struct mac_table *m, const struct model *all, uint32_t now_s)
{
	for (unsigned i = 0; i < MODEL_MACS; i++) {
		bool lives = all[i].there && now_s - all[i].seen_s < MAC_LIFE_S;

		assert_int_equal(find(m, 2 + 2 * i, now_s), lives ? all[i].port : HUB_PORT_NONE);
	}
	for (uint32_t p = 0; p < MODEL_PORTS; p++)
		assert_true(mac_table_port_count(m, p) <= model_count(all, p));
}

/* The model forgets nothing by age; so do the counts until the sweep, hence <= above. */
static void macs_as_the_model(void **state)
{
	struct model all[MODEL_MACS] = {0};
	struct mac_table m;
	uint32_t now_s = 1000;

	(void)state;
	assert_true(mac_table_init(&m, 5000, 10, SEED));
	for (unsigned step = 0; step < 60000; step++) {
		unsigned i = random32() % MODEL_MACS;
		uint32_t port = random32() % MODEL_PORTS;

		switch (random32() % 50) {
		case 0:
			assert_true(mac_table_forget_port(&m, port, UINT32_MAX));
			for (unsigned k = 0; k < MODEL_MACS; k++)
				all[k].there = all[k].there && all[k].port != port;
			break;
		case 1:
			mac_table_delete(&m, HUB, 0, 2 + 2 * i);
			all[i].there = false;
			break;
		case 2:
			now_s += random32() % 60;
			mac_table_tend(&m, now_s, random32() % 500);
			break;
		default:
			switch (learn(&m, 2 + 2 * i, port, now_s)) {
			case MAC_FLAPPING:
				break;
			case MAC_NO_ROOM:
				mac_table_tend(&m, now_s, 10);
				break;
			default:
				all[i] = (struct model){true, port, now_s};
			}
		}
		if (step % 200 == 0)
			check_model(&m, all, now_s);
	}
	mac_table_free(&m);
}

#define A4(last) hub_ip4(UINT32_C(0xc0000200) + (last))

static enum ip_learned claim(struct ip_table *t, struct ipv6_addr a, uint32_t port,
			     enum ip_known how, uint32_t now_s)
{
	struct ip_claim c = {.hub = HUB, .addr = a, .port = port, .mac = port, .how = how};

	return ip_table_claim(t, &c, now_s);
}

static void ip_answers(void **state)
{
	static const struct ipv6_addr a6 = {UINT64_C(0x20010db800000000), 1};
	struct ip_table t;
	struct ip_row row;
	struct ip_claim c = {.hub = HUB, .addr = A4(1), .port = 3, .mac = 9, .max = 1};

	(void)state;
	assert_true(ip_table_init(&t, 1000, 10, SEED));
	assert_int_equal(ip_table_claim(&t, &c, 10), IP_NEW);
	assert_int_equal(ip_table_claim(&t, &c, 11), IP_KNOWN);
	c.addr = A4(2);
	assert_int_equal(ip_table_claim(&t, &c, 11), IP_PORT_FULL);
	c.addr = a6; /* the limit is the family's */
	assert_int_equal(ip_table_claim(&t, &c, 11), IP_NEW);
	assert_int_equal(ip_table_port_count(&t, 3, false), 1);
	assert_int_equal(ip_table_port_count(&t, 3, true), 1);
	assert_true(ip_table_find(&t, HUB, 0, A4(1), 11, &row));
	assert_int_equal(row.port, 3);
	assert_int_equal(row.mac, 9);
	assert_int_equal(row.how, IP_SEEN);
	assert_false(ip_table_find(&t, HUB, 2, A4(1), 11, &row));
	/* taken, or not */
	c = (struct ip_claim){.hub = HUB, .addr = A4(1), .port = 4, .stay = true};
	assert_int_equal(ip_table_claim(&t, &c, 12), IP_TAKEN);
	assert_int_equal(claim(&t, A4(77), 4, IP_SEEN, 12), IP_NEW);
	c.stay = false;
	c.max = 1;
	assert_int_equal(ip_table_claim(&t, &c, 12), IP_PORT_FULL);
	/* what is dead, but not yet swept, is anyone's */
	assert_int_equal(claim(&t, A4(77), 8, IP_SEEN, 12 + IP_LIFE_S), IP_NEW);
	assert_true(ip_table_delete(&t, HUB, 0, A4(77)));
	assert_int_equal(claim(&t, A4(1), 4, IP_SEEN, 12), IP_MOVED);
	assert_int_equal(claim(&t, A4(1), 3, IP_LEASED, 13), IP_MOVED);
	assert_int_equal(claim(&t, A4(1), 4, IP_SEEN, 14), IP_TAKEN); /* leased to 3 */
	assert_int_equal(claim(&t, A4(1), 5, IP_ASSIGNED, 15), IP_MOVED);
	assert_int_equal(claim(&t, A4(1), 3, IP_LEASED, 15), IP_CONFLICT);
	assert_int_equal(claim(&t, A4(1), 6, IP_ASSIGNED, 15), IP_CONFLICT);
	assert_true(ip_table_find(&t, HUB, 0, A4(1), 900000, &row)); /* for ever */
	assert_true(ip_table_delete(&t, HUB, 0, A4(1)));
	assert_false(ip_table_delete(&t, HUB, 0, A4(1)));
	ip_table_free(&t);
}

static void no_host_has_these(void **state)
{
	struct ip_table t;

	(void)state;
	assert_true(ip_table_init(&t, 1000, 10, SEED));
	assert_int_equal(claim(&t, hub_ip4(0), 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, hub_ip4(0x00000001), 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, hub_ip4(0x7f000001), 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, hub_ip4(0xe0000001), 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, hub_ip4(0xffffffff), 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, (struct ipv6_addr){0, 0}, 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, (struct ipv6_addr){0, 1}, 1, IP_SEEN, 1), IP_NO_SOURCE);
	assert_int_equal(claim(&t, (struct ipv6_addr){UINT64_C(0xff02) << 48, 1}, 1, IP_SEEN, 1),
			 IP_NO_SOURCE);
	ip_table_free(&t);
}

static void addresses_age(void **state)
{
	struct ip_claim lease = {.hub = HUB, .addr = A4(9), .port = 1, .how = IP_LEASED};
	struct ip_table t;
	struct ip_row row;

	(void)state;
	assert_true(ip_table_init(&t, 1000, 10, SEED));
	claim(&t, A4(1), 1, IP_SEEN, 10);
	ip_table_claim(&t, &lease, 10);
	lease.addr = A4(10);
	lease.lease_s = 7200;
	ip_table_claim(&t, &lease, 10);
	assert_true(ip_table_find(&t, HUB, 0, A4(1), 10 + IP_LIFE_S - 1, &row));
	assert_false(ip_table_find(&t, HUB, 0, A4(1), 10 + IP_LIFE_S, &row));
	assert_true(ip_table_find(&t, HUB, 0, A4(9), 10 + IP_LEASED_LIFE_S - 1, &row));
	assert_int_equal(row.how, IP_LEASED);
	assert_false(ip_table_find(&t, HUB, 0, A4(9), 10 + IP_LEASED_LIFE_S, &row));
	/* use does not make a lease longer, and after it the address is only seen */
	assert_int_equal(claim(&t, A4(10), 1, IP_SEEN, 7000), IP_KNOWN);
	assert_true(ip_table_find(&t, HUB, 0, A4(10), 7209, &row));
	assert_int_equal(row.how, IP_LEASED);
	assert_int_equal(claim(&t, A4(10), 1, IP_SEEN, 7210), IP_KNOWN);
	assert_true(ip_table_find(&t, HUB, 0, A4(10), 7211, &row));
	assert_int_equal(row.how, IP_SEEN);
	/* what a lease left behind is only seen, where addresses stay, too */
	struct ip_claim c = {.hub = HUB, .addr = A4(9), .port = 2, .stay = true};

	assert_int_equal(ip_table_claim(&t, &c, 400), IP_NEW);
	assert_true(ip_table_find(&t, HUB, 0, A4(9), 400, &row));
	assert_int_equal(row.how, IP_SEEN);
	assert_int_equal(row.port, 2);
	assert_true(ip_table_delete(&t, HUB, 0, A4(9)));
	/* hub and port are forgotten, rows are told */
	uint32_t cursor = 0, rows = 0;

	while (cursor != UINT32_MAX)
		rows += ip_table_next(&t, HUB, &cursor, 10, 7211, &row);
	assert_int_equal(rows, 1);
	ip_table_tend(&t, 7211, TABLE_CHUNK);
	assert_int_equal(ip_table_hub_count(&t, HUB), 1);
	assert_true(ip_table_forget_port(&t, 1, 10));
	assert_int_equal(ip_table_hub_count(&t, HUB), 0);
	cursor = 0;
	assert_true(ip_table_forget_hub(&t, HUB, &cursor, 1));
	ip_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mac_answers),
		cmocka_unit_test(a_loop_is_seen),
		cmocka_unit_test(macs_age_and_pinned_ones_stay),
		cmocka_unit_test(a_hub_has_65536_and_memory_follows),
		cmocka_unit_test(macs_as_the_model),
		cmocka_unit_test(ip_answers),
		cmocka_unit_test(no_host_has_these),
		cmocka_unit_test(addresses_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
