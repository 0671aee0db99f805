/*
 * fuzz_ethernet: frames of a hub with two EtherIP ports, a session and a TAP. The input is cut into
 * records (a length octet in front of each); the first octet of a record says where it comes from:
 * an EtherIP payload of the first port as it is, the same behind a right header, or a frame of the
 * TAP behind ten octets of its virtio header. What leaves must be whole, and under the MAC
 * of a session, which has said nothing, only what the hub answers in its name.
 */
#include <stdlib.h>
#include <string.h>

#include "test_kit.h"
#include "wire/etherip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum from { FROM_SITE_RAW, FROM_SITE, FROM_TAP, FROMS };

static struct kit *k;
static struct client a, b, u;

static void start(void)
{
	struct hub_policy policy;

	k = kit_new(2);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 1, 2);
	kit_client(k, &u, 0, 3);
	hub_policy_standard(&policy);
	if (!kit_port(k, &a, 0, &policy))
		abort();
	policy.value[POLICY_VLAN_ID] = 7;
	policy.value[POLICY_NO_DEFAULT_ROUTER_IN_RA] = 1;
	if (!kit_port(k, &b, 1, &policy))
		abort();
	kit_run(k);
}

static void from_site(const uint8_t *p, size_t len, bool headed)
{
	uint8_t payload[400], esp[600];
	size_t at = headed ? ETHERIP_HDR : 0;

	etherip_put(payload);
	memcpy(payload + at, p, len);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, payload, at + len, ++a.seq, kit_next(&a), false));
}

static void push(const uint8_t *p, size_t len)
{
	enum from from = p[0] % FROMS;

	p++;
	len--;
	if (from != FROM_TAP)
		from_site(p, len, from == FROM_SITE);
	else if (len > VNET_HDR)
		fake_tap_push(k->fake, k->tap[p[0] & 1], p, p + VNET_HDR, len - VNET_HDR);
}

static void check_tap(const struct fake_packet *p)
{
	struct port_mac src;

	if (p->len < VNET_HDR + ETH_HDR)
		abort();
	if (port_mac_parse(p->p + VNET_HDR + ETH_ADDR, &src) && src.machine == KIT_MACHINE &&
	    src.worker < k->workers && be16(p->p + VNET_HDR + 2 * ETH_ADDR) != ETH_TYPE_ARP)
		abort();
}

static void check_site(struct client *c)
{
	uint8_t payload[70000];
	size_t len;

	while ((len = kit_take_udp(k, c, payload))) {
		if (len < ETHERIP_HDR + ETH_HDR || be16(payload) != ETHERIP_VERSION)
			abort();
	}
}

/* The session and the first site share a socket, in the order in which they were sent to. */
static void take_all(void)
{
	const struct fake_packet *p;

	for (unsigned i = 0; i < 2; i++) {
		while ((p = fake_take(k->fake, k->tap[i])))
			check_tap(p);
	}
	check_site(&b);
	while (fake_take(k->fake, FAKE_ANY))
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!k)
		start();
	kit_each_record(data, size, push);
	fake_advance(k->fake, 300);
	kit_run(k);
	take_all();
	return 0;
}
