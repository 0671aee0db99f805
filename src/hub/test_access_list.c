/* Unit tests of the access list: what is a right rule, each condition alone, and random lists
 * against the plain loop over all rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/access_cache.h"
#include "test_frames.h"

static uint64_t rng = 1234567;

static uint32_t dice(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 24) % n;
}

static const struct access_names nobody;

static struct access_prefix net4(uint32_t ip, unsigned bits)
{
	return (struct access_prefix){hub_ip4(ip), (uint8_t)(96 + bits)};
}

static struct hub_headers headers_of(const struct frame *f)
{
	struct hub_headers h;

	assert_true(hub_headers_parse(f->p, f->len, &h));
	return h;
}

/* Does a list of this one rule (made to discard) match the frame? */
static bool alone(struct access_rule r, const struct frame *f, const struct access_names *who,
		  bool on_arp)
{
	struct hub_headers h = headers_of(f);
	struct access_list *l;
	bool discard;

	r.id = 5;
	r.discard = true;
	assert_null(access_rule_fault(&r));
	l = access_list_build(&r, 1);
	assert_non_null(l);
	discard = access_list_judge(l, &h, who, on_arp).discard;
	access_list_free(l);
	return discard;
}

static void conditions_of_ip(void **state)
{
	struct access_rule r = access_rule_any();
	struct frame f, syn, arp, v6;

	(void)state;
	put_tcp4(&f, MAC(1), MAC(2), IP(10), IP(20), 40000, 443, TCP_ACK);
	put_tcp4(&syn, MAC(1), MAC(2), IP(10), IP(20), 40000, 443, TCP_SYN);
	put_arp(&arp, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(10), IP(20));
	put_tcp6(&v6, MAC(1), MAC(2), link6(1), link6(2), 1, 443, TCP_ACK);
	assert_true(alone(r, &f, &nobody, false));
	assert_true(alone(r, &arp, &nobody, false)); /* every frame */
	r.family = ACCESS_IPV4;
	assert_true(alone(r, &f, &nobody, false));
	assert_false(alone(r, &v6, &nobody, false));
	assert_false(alone(r, &arp, &nobody, false));
	assert_true(alone(r, &arp, &nobody, true));
	r.src = net4(IP(0), 24);
	r.dst = net4(IP(20), 32);
	assert_true(alone(r, &f, &nobody, false));
	assert_true(alone(r, &arp, &nobody, true));
	r.dst = net4(IP(21), 32);
	assert_false(alone(r, &f, &nobody, false));
	assert_false(alone(r, &arp, &nobody, true));
	r = access_rule_any();
	r.proto = 6;
	r.dst_port = (struct access_ports){400, 500};
	assert_true(alone(r, &f, &nobody, false));
	assert_true(alone(r, &v6, &nobody, false));
	assert_false(alone(r, &arp, &nobody, true));
	r.dst_port = (struct access_ports){400, 442};
	assert_false(alone(r, &f, &nobody, false));
	r = access_rule_any();
	r.src_port = (struct access_ports){40000, 40000};
	assert_true(alone(r, &f, &nobody, false));
	r = access_rule_any();
	r.tcp = ACCESS_TCP_ESTABLISHED;
	assert_true(alone(r, &f, &nobody, false));
	assert_false(alone(r, &syn, &nobody, false));
	r.tcp = ACCESS_TCP_UNESTABLISHED;
	assert_false(alone(r, &f, &nobody, false));
	assert_true(alone(r, &syn, &nobody, false));
	r = access_rule_any();
	r.family = ACCESS_IPV6;
	r.src = (struct access_prefix){{IPV6_LINK_PREFIX, 0}, 10};
	assert_true(alone(r, &v6, &nobody, false));
	assert_false(alone(r, &f, &nobody, false));
}

static void conditions_of_who(void **state)
{
	struct access_names who = {.src_user = 3, .src_group = 4, .dst_user = 5, .dst_group = 6};
	struct access_rule r = access_rule_any();
	struct frame f;

	(void)state;
	put_tcp4(&f, MAC(1), MAC(2), IP(10), IP(20), 40000, 443, TCP_ACK);
	r.src_name = 3;
	assert_true(alone(r, &f, &who, false));
	r.src_name = 4;
	assert_true(alone(r, &f, &who, false));
	r.dst_name = 6;
	assert_true(alone(r, &f, &who, false));
	assert_false(alone(r, &f, &nobody, false));
	r.src_name = 5;
	assert_false(alone(r, &f, &who, false));
	r = access_rule_any();
	r.src_mac = (struct access_mac){MAC(1), HUB_MAC_BROADCAST};
	assert_true(alone(r, &f, &who, false));
	r.src_mac.mac = MAC(3);
	assert_false(alone(r, &f, &who, false));
	r.src_mac.mask = 0xff0000000000;
	assert_true(alone(r, &f, &who, false));
	r.src_mac.mask = 0x000000000001; /* not leading bits */
	assert_true(alone(r, &f, &who, false));
	r.src_mac.mac = MAC(2);
	assert_false(alone(r, &f, &who, false));
}

static void wrong_rules_are_told(void **state)
{
	struct access_rule ok = access_rule_any(), r;

	(void)state;
	ok.id = 1;
	assert_null(access_rule_fault(&ok));
#define WRONG(change)                                                                              \
	do {                                                                                       \
		r = ok;                                                                            \
		change;                                                                            \
		assert_non_null(access_rule_fault(&r));                                            \
	} while (0)
	WRONG(r.id = 0);
	WRONG(r.src = net4(1, 8)); /* family any */
	WRONG((r.family = ACCESS_IPV4, r.src.len = 40));
	WRONG((r.family = ACCESS_IPV6, r.dst.len = 129));
	WRONG(r.proto = 257);
	WRONG((r.src_port.first = 2, r.src_port.last = 1));
	WRONG((r.proto = 1, r.dst_port.last = 9));
	WRONG((r.proto = 17, r.tcp = ACCESS_TCP_ESTABLISHED));
	WRONG(r.src_mac.mask = UINT64_MAX);
	WRONG(r.dst_mac.mac = UINT64_MAX);
	WRONG(r.delay_ms = ACCESS_DELAY_MAX + 1);
	WRONG(r.jitter_percent = 101);
	WRONG(r.loss_percent = 101);
	WRONG((r.discard = true, r.loss_percent = 1));
#undef WRONG
	assert_null(access_list_build(&ok, ACCESS_RULES_MAX + 1));
	/* wrong and inactive ones are left out */
	r = ok;
	r.id = 0;
	struct access_rule both[2] = {ok, r};
	struct access_list *l = access_list_build(both, 2);

	assert_int_equal(access_list_rules(l), 1);
	access_list_free(l);
	both[0].active = false;
	l = access_list_build(both, 2);
	assert_int_equal(access_list_rules(l), 0);
	access_list_free(l);
	access_list_free(NULL);
}

/* Few values for each field, so that rules and frames meet; all lengths and kinds. */
static struct access_prefix random_net(enum access_family family)
{
	struct access_prefix p = {0};

	if (family == ACCESS_ANY || dice(2))
		return p;
	if (family == ACCESS_IPV4)
		return net4(IP(dice(8) * 32) & UINT32_MAX << (dice(3) * 5), 32 - dice(33));
	p.addr = (struct ipv6_addr){IPV6_LINK_PREFIX, 0x10000 + dice(8)};
	p.len = (uint8_t)dice(129);
	return p;
}

static struct access_ports random_ports(void)
{
	uint16_t first = (uint16_t)(dice(8) * 1000), width = (uint16_t)(dice(3) ? 0 : dice(3000));

	return dice(3) ? (struct access_ports){0, 0}
		       : (struct access_ports){first, (uint16_t)(first + width)};
}

static struct access_mac random_mac(void)
{
	static const uint64_t masks[] = {HUB_MAC_BROADCAST, 0xffffffffff00, 0xff, 0x0f00000000ff};

	return dice(4) ? (struct access_mac){0, 0}
		       : (struct access_mac){MAC(dice(6)), masks[dice(4)]};
}

static struct access_rule random_rule(uint32_t id)
{
	static const uint16_t protos[] = {6, 17, 1, 58, ACCESS_NO_PROTO, ACCESS_NO_PROTO};
	struct access_rule r = access_rule_any();

	r.id = id;
	r.priority = dice(40);
	r.active = dice(20) != 0;
	r.discard = dice(2);
	r.family = dice(3);
	r.src = random_net(r.family);
	r.dst = random_net(r.family);
	r.proto = protos[dice(6)];
	if (r.proto == 6 || r.proto == 17 || r.proto == ACCESS_NO_PROTO) {
		r.src_port = random_ports();
		r.dst_port = random_ports();
	}
	if (r.proto == 6)
		r.tcp = dice(3);
	r.src_name = dice(4) ? 0 : 1 + dice(5);
	r.dst_name = dice(6) ? 0 : 1 + dice(5);
	r.src_mac = random_mac();
	r.dst_mac = random_mac();
	if (!r.discard)
		r.delay_ms = (uint16_t)id;
	return r;
}

static void random_frame(struct frame *f)
{
	uint64_t src = MAC(dice(6)), dst = dice(5) ? MAC(dice(6)) : ALL_HOSTS;
	uint16_t src_port = (uint16_t)(dice(8) * 1000 + dice(2)),
		 dst_port = (uint16_t)(dice(8) * 1000 + dice(1500));
	uint8_t flags = dice(2) ? TCP_SYN : TCP_ACK;

	switch (dice(7)) {
	case 0:
		put_arp(f, src, dst, ARP_REQUEST, IP(dice(256)), IP(dice(256)));
		break;
	case 1:
		put_raw(f, src, dst, 0x88cc);
		break;
	case 2:
		put_udp4(f, src, dst, IP(dice(256)), IP(dice(256)), src_port, dst_port, 10);
		break;
	case 3:
		put_tcp6(f, src, dst, link6(dice(8)), link6(dice(8)), src_port, dst_port, flags);
		break;
	case 4:
		put_nd(f, src, dst, link6(dice(8)), 135, link6(dice(8)), src);
		break;
	default:
		put_tcp4(f, src, dst, IP(dice(256)), IP(dice(256)), src_port, dst_port, flags);
	}
}

static const struct access_rule *naive(const struct access_rule *rules, size_t n,
				       const struct hub_headers *h, const struct access_names *who,
				       bool on_arp)
{
	const struct access_rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct access_rule *r = &rules[i];

		if (!r->active || access_rule_fault(r) || !access_rule_matches(r, h, who, on_arp))
			continue;
		if (!best || r->priority < best->priority ||
		    (r->priority == best->priority && r->id < best->id))
			best = r;
	}
	return best;
}

static void compare(const struct access_list *l, const struct access_rule *rules, size_t n,
		    unsigned frames, unsigned *matched)
{
	for (unsigned i = 0; i < frames; i++) {
		struct access_names who = {dice(6), dice(6), dice(6), dice(6)};
		const struct access_rule *want;
		struct access_verdict got;
		struct hub_headers h;
		struct frame f;
		bool on_arp = dice(2);

		random_frame(&f);
		h = headers_of(&f);
		want = naive(rules, n, &h, &who, on_arp);
		got = access_list_judge(l, &h, &who, on_arp);
		assert_int_equal(got.id, want ? want->id : 0);
		assert_int_equal(got.discard, want && want->discard);
		assert_int_equal(got.delay_ms, want ? want->delay_ms : 0);
		*matched += want != NULL;
	}
}

static void random_lists_as_the_plain_loop(void **state)
{
	static struct access_rule rules[3000];
	unsigned matched = 0;

	(void)state;
	for (unsigned round = 0; round < 120; round++) {
		size_t n = round < 100 ? dice(60) : 1000 + dice(2000);
		struct access_list *l;

		for (size_t i = 0; i < n; i++)
			rules[i] = random_rule((uint32_t)(i * 7919 % n + 1));
		l = access_list_build(rules, n);
		assert_non_null(l);
		compare(l, rules, n, 200, &matched);
		access_list_free(l);
	}
	assert_in_range(matched, 5000, 23000); /* both answers occur */
}

/* Few flows, asked again and again, of two lists in turn; and lists that differ in one rule. */
static void the_cache_says_what_the_list_says(void **state)
{
	static struct access_rule rules[100];
	struct access_cache *c = calloc(1, sizeof(*c));
	unsigned different = 0;

	(void)state;
	assert_non_null(c);
	for (unsigned round = 0; round < 60; round++) {
		struct access_list *l, *changed;

		for (uint32_t i = 0; i < 100; i++)
			rules[i] = random_rule(i + 1);
		l = access_list_build(rules, 100);
		rules[round].discard = !rules[round].discard;
		rules[round].delay_ms = 0;
		changed = access_list_build(rules, 100);
		assert_true(access_list_digest(l) != access_list_digest(changed) ||
			    !rules[round].active);
		for (unsigned i = 0; i < 1000; i++) {
			struct access_names who = {dice(2), dice(2), dice(2), dice(2)};
			bool on_arp = dice(2);
			struct access_verdict got, want;
			struct hub_headers h;
			struct frame f;

			random_frame(&f);
			h = headers_of(&f);
			for (unsigned k = 0; k < 4; k++) {
				got = access_cache_judge(c, k % 2 ? l : changed, &h, &who, on_arp);
				want = access_list_judge(k % 2 ? l : changed, &h, &who, on_arp);
				assert_int_equal(got.id, want.id);
				assert_int_equal(got.discard, want.discard);
				assert_int_equal(got.delay_ms, want.delay_ms);
			}
			/* the same flow by another's hand, and the other half of its start */
			who.src_user = 1 + dice(5);
			h.tcp_flags ^= TCP_SYN | TCP_ACK;
			got = access_cache_judge(c, l, &h, &who, !on_arp);
			want = access_list_judge(l, &h, &who, !on_arp);
			assert_int_equal(got.id, want.id);
			different += want.id != 0;
		}
		access_list_free(l);
		access_list_free(changed);
	}
	assert_true(different > 1000);
	free(c);
}

/* 32 768 rules of one kind each: a frame looks under few probes. */
static void long_lists_are_filed(void **state)
{
	static struct access_rule rules[ACCESS_RULES_MAX];
	struct access_list *l;
	unsigned matched = 0;

	(void)state;
	for (uint32_t i = 0; i < ACCESS_RULES_MAX; i++) {
		rules[i] = access_rule_any();
		rules[i].id = i + 1;
		rules[i].priority = 100;
		rules[i].discard = true;
		if (i % 3 == 0) {
			rules[i].src_mac = (struct access_mac){MAC(i), HUB_MAC_BROADCAST};
		} else if (i % 3 == 1) {
			rules[i].family = ACCESS_IPV4;
			rules[i].dst = net4(IP(0) + i, 32);
			rules[i].src = net4(0x0a000000, 8);
		} else {
			rules[i].src_name = i + 1;
		}
	}
	l = access_list_build(rules, ACCESS_RULES_MAX);
	assert_int_equal(access_list_rules(l), ACCESS_RULES_MAX);
	assert_int_equal(access_list_probes(l), 3);
	compare(l, rules, ACCESS_RULES_MAX, 20, &matched);
	access_list_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_of_ip),
		cmocka_unit_test(conditions_of_who),
		cmocka_unit_test(wrong_rules_are_told),
		cmocka_unit_test(random_lists_as_the_plain_loop),
		cmocka_unit_test(the_cache_says_what_the_list_says),
		cmocka_unit_test(long_lists_are_filed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
