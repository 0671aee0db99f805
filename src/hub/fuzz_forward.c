/*
 * fuzz_forward: frames from any port through a hub with any options, policies and rules.
 *
 * Input: an octet of switches, 8 octets of options, for four ports 8 octets of policies and 2 of
 * VLAN, an octet with the number of access rules (at most 8) of 24 octets each, then frames: an
 * octet with the port and how much time passes, two of length, the frame. Checks what must hold
 * whatever comes: a verdict that the data plane can carry out, the access list as the plain loop
 * over its rules, tables that count right, edits that leave a frame.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "hub/forward.h"

#define PORTS      4
#define RULES_MAX  8
#define FRAMES_MAX 200
#define HUB_NUMBER 3
#define ROOM       4 /* for a tag */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct hub_switch sw;
	struct neigh neigh;
	struct hub hub;
	struct hub_port ports[PORTS];
	struct access_rule rules[RULES_MAX];
	size_t n_rules;
	uint64_t now_ms;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static uint64_t u64(struct rd *r)
{
	uint64_t high = rd_u32(r);

	return high << 32 | rd_u32(r);
}

static void configure_hub(struct fuzz *z, struct rd *r)
{
	struct hub_options o;
	uint8_t switches = rd_u8(r);
	uint64_t bits = u64(r);

	hub_options_standard(&o);
	for (unsigned i = 0; i < OPTION_N; i++) {
		if (bits >> i & 1 && hub_option_check(i, !o.value[i]) == OPTION_OK)
			o.value[i] = !o.value[i];
	}
	z->hub = (struct hub){.number = HUB_NUMBER,
			      .online = !(switches & 1),
			      .dhcp_server = switches & 2,
			      .groups_to_sessions = switches & 4};
	hub_configure(&z->hub, &o);
}

static void configure_port(struct fuzz *z, unsigned i, struct rd *r)
{
	static const uint8_t kinds[PORTS] = {HUB_ETHERNET, HUB_ETHERNET, HUB_SESSION, HUB_WAY_OUT};
	struct hub_port *p = &z->ports[i];
	struct hub_policy policy;
	uint64_t bits = u64(r);
	uint16_t vlan = rd_u16(r);

	hub_policy_standard(&policy);
	for (unsigned id = 0; id < POLICY_N; id++) {
		if (bits >> id & 1 && hub_policy_check(id, 1) == POLICY_OK)
			policy.value[id] = 1;
	}
	if (bits >> POLICY_MAX_UPLOAD & 3)
		policy.value[POLICY_MAX_UPLOAD] = policy.value[POLICY_MAX_DOWNLOAD] = 1000000;
	policy.value[POLICY_VLAN_ID] = vlan & 3;
	*p = (struct hub_port){.number = i,
			       .hub = HUB_NUMBER,
			       .kind = kinds[i],
			       .outer_ipv6 = vlan & 4,
			       .user = i + 1,
			       .group = 9,
			       .assigned = {.mac = UINT64_C(0x5a0300000000) + i,
					    .ip = UINT32_C(0x0a000002),
					    .prefix = UINT64_C(0xfd00000000000002),
					    .iid = 2}};
	hub_port_configure(p, &policy);
}

static struct access_rule read_rule(uint32_t id, struct rd *r)
{
	struct access_rule a = access_rule_any();
	uint8_t what = rd_u8(r), bits = rd_u8(r);
	uint16_t port = rd_u16(r);
	struct ipv6_addr addr = {.prefix = u64(r), .iid = u64(r)};

	a.id = id;
	a.priority = what & 3;
	a.discard = what & 4;
	a.family = what >> 3 & 3;
	if (a.family == ACCESS_IPV4)
		a.src = (struct access_prefix){hub_ip4((uint32_t)addr.iid),
					       (uint8_t)(96 + bits % 33)};
	if (a.family == ACCESS_IPV6)
		a.dst = (struct access_prefix){addr, (uint8_t)(bits % 129)};
	if (what & 32)
		a.dst_port = (struct access_ports){port, (uint16_t)(port | (bits & 0x7f))};
	if (what & 64)
		a.src_mac = (struct access_mac){addr.prefix & HUB_MAC_BROADCAST,
						HUB_MAC_BROADCAST >> (bits & 31)};
	if (what & 128)
		a.dst_name = bits & 7;
	rd_skip(r, 4);
	if (!a.discard)
		a.loss_percent = port & 1 ? 50 : 0;
	return a;
}

static uint32_t naive(const struct fuzz *z, const struct hub_headers *h,
		      const struct access_names *who, bool on_arp)
{
	const struct access_rule *best = NULL;

	for (size_t i = 0; i < z->n_rules; i++) {
		const struct access_rule *a = &z->rules[i];

		if (!access_rule_fault(a) && access_rule_matches(a, h, who, on_arp) &&
		    (!best || a->priority < best->priority))
			best = a;
	}
	return best ? best->id : 0;
}

static void check_list(struct fuzz *z, const struct hub_headers *h)
{
	struct access_names who = {1, 9, 2, 9};

	for (int on_arp = 0; on_arp < 2; on_arp++) {
		uint32_t id = naive(z, h, &who, on_arp);

		must(access_list_judge(z->hub.access, h, &who, on_arp).id == id);
		must(access_cache_judge(&z->sw.access, z->hub.access, h, &who, on_arp).id == id);
	}
}

static void check_edit(const struct fuzz *z, const uint8_t *frame, size_t len,
		       const struct hub_headers *h, const struct hub_edit *edit)
{
	uint8_t *copy = malloc(len + ROOM), *start;
	size_t n = len;
	struct hub_headers again;

	must(copy != NULL);
	memcpy(copy + ROOM, frame, len);
	start = hub_edit_frame(copy + ROOM, &n, h, edit);
	must(start >= copy && start + n <= copy + ROOM + len);
	must(hub_headers_parse(start, n, &again));
	must(again.src_mac == h->src_mac && again.dst_mac == h->dst_mac);
	if (edit->add_tag)
		must(again.flags & HDR_TAGGED && again.vlan == edit->add_tag);
	must(z->hub.vlan_type != 0);
	free(copy);
}

static void deliver(struct fuzz *z, unsigned i, const struct hub_decision *d,
		    const struct hub_headers *h, const uint8_t *frame, size_t len)
{
	struct hub_edit edit;
	uint16_t delay_ms = d->delay_ms;

	if (hub_deliver(&z->sw, &z->hub, &z->ports[i], &d->from, h, z->now_ms, &edit, &delay_ms) ==
	    HUB_PASS)
		check_edit(z, frame, len, h, &edit);
}

static void carry_out(struct fuzz *z, unsigned in, const struct hub_decision *d,
		      const struct hub_headers *h, const uint8_t *frame, size_t len)
{
	switch (d->verdict) {
	case HUB_DROP:
		must(d->drop > HUB_PASS && d->drop < HUB_DROP_N && d->control == 0);
		return;
	case HUB_ANSWER:
		must(d->answer_len >= 42 && d->answer_len <= FRAME_ANSWER_MAX);
		return;
	case HUB_TO_CONTROL:
		must(d->control != 0);
		return;
	case HUB_TO_PORT:
		must(d->port != HUB_PORT_NONE && d->port != in);
		if (d->port < PORTS)
			deliver(z, d->port, d, h, frame, len);
		return;
	case HUB_FLOOD:
		must(d->flood != 0);
		for (unsigned i = 0; i < PORTS; i++)
			deliver(z, i, d, h, frame, len);
	}
}

static void check_tables(const struct fuzz *z)
{
	uint32_t cursor = 0, macs = 0, ports = 0;
	struct mac_row row;

	while (cursor != UINT32_MAX)
		macs += mac_table_next(&z->sw.macs, HUB_NUMBER, &cursor, 64, 0, &row);
	for (unsigned i = 0; i < PORTS; i++)
		ports += mac_table_port_count(&z->sw.macs, i);
	must(macs == mac_table_hub_count(&z->sw.macs, HUB_NUMBER) && macs == ports);
}

static void one_frame(struct fuzz *z, struct rd *r)
{
	uint8_t answer[FRAME_ANSWER_MAX], how = rd_u8(r);
	uint16_t len = rd_u16(r);
	struct bytes b = rd_bytes(r, len);
	struct hub_headers h;
	struct hub_decision d;
	unsigned in = how % PORTS;
	uint8_t *frame;

	if (!rd_ok(r))
		return;
	z->now_ms += (how >> 2) * UINT64_C(37);
	frame = malloc(len); /* so that the sanitizer sees one octet too many */
	must(len == 0 || frame != NULL);
	if (len)
		memcpy(frame, b.p, len);
	if (in == 2 && len >= 12 && how & 128) /* else a session's frames end at the guard */
		hub_mac_octets(frame + 6, z->ports[2].assigned.mac);
	hub_forward(&z->sw, &z->hub, &z->ports[in], frame, len, z->now_ms, &h, answer, &d);
	carry_out(z, in, &d, &h, frame, len);
	if (d.drop != HUB_DROP_SHORT)
		check_list(z, &h);
	hub_switch_tend(&z->sw, z->now_ms, 32);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t session_mac[6] = {0x5a, 3, 0, 0, 0, 2};
	struct rd r = rd_of(data, size);
	struct fuzz *z = calloc(1, sizeof(*z));
	struct access_list *list;

	must(z != NULL);
	z->now_ms = 1000000;
	must(hub_switch_init(&z->sw, 5000, 10, 42) && neigh_init(&z->neigh, 10));
	must(neigh_add(&z->neigh, HUB_NUMBER, UINT32_C(0x0a000002), session_mac));
	z->sw.neigh = &z->neigh;
	z->sw.session_mac = UINT64_C(0x5a0300000000);
	z->sw.session_mask = UINT64_C(0xffff00000000);
	configure_hub(z, &r);
	for (unsigned i = 0; i < PORTS; i++)
		configure_port(z, i, &r);
	z->n_rules = rd_u8(&r) % (RULES_MAX + 1);
	for (size_t i = 0; i < z->n_rules; i++)
		z->rules[i] = read_rule((uint32_t)i + 1, &r);
	list = access_list_build(z->rules, z->n_rules);
	must(list != NULL);
	z->hub.access = list;
	for (unsigned i = 0; i < FRAMES_MAX && rd_ok(&r) && rd_left(&r); i++)
		one_frame(z, &r);
	check_tables(z);
	access_list_free(list);
	hub_switch_free(&z->sw);
	neigh_free(&z->neigh);
	free(z);
	return 0;
}
