/*
 * access_list: a hub's access list (softether.md 2.3, 3.2). The first rule that matches, by
 * priority (lower first; among equals the lower id), decides; none: pass.
 *
 * Control builds a list from the rules whenever they change; it is never changed afterwards, so
 * all workers read the same one without locks, until control frees it after they have the next.
 *
 * Built so that a frame costs little with many rules. Each rule is filed under one of its
 * conditions, the one that fewest other rules share (an address prefix, a MAC, a port block, a
 * user, a protocol); a frame is looked up under each kind of condition that is in use, one hash
 * probe each, those with better rules first, and stops as soon as nothing better can come.
 * Under a probe stand the few rules that share that condition, in order.
 * Rules that share all of their conditions but one that cannot be filed (TCP's state, ports of
 * a wide range) are looked at one after the other. A flow that goes on is not looked up again:
 * access_cache.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/headers.h"

#define ACCESS_RULES_MAX 32768
#define ACCESS_DELAY_MAX 10000 /* ms */
#define ACCESS_ANYONE    0     /* no user or group */

/* Which frames a rule is about at all. */
enum access_family {
	ACCESS_ANY,  /* every frame; addresses are not looked at; protocol and ports: IP frames */
	ACCESS_IPV4, /* only IPv4, and ARP where the hub's option says so */
	ACCESS_IPV6,
};

enum access_tcp { ACCESS_TCP_ANY, ACCESS_TCP_ESTABLISHED, ACCESS_TCP_UNESTABLISHED };

#define ACCESS_NO_PROTO 256 /* any */

struct access_prefix {
	struct ipv6_addr addr; /* hub_ip4() for IPv4 */
	uint8_t len;           /* 0 to 128; of IPv4 96 and what it is there; 0: any */
};

/* A range of ports; 0 to 0: any. */
struct access_ports {
	uint16_t first, last;
};

struct access_mac {
	uint64_t mac, mask; /* mask 0: any */
};

struct access_rule {
	uint32_t id, priority;
	bool active, discard;
	enum access_family family;
	struct access_prefix src, dst;
	uint16_t proto; /* 0 to 255, or ACCESS_NO_PROTO */
	struct access_ports src_port, dst_port;
	/* a user's or a group's number, ACCESS_ANYONE for any. Users and groups are numbered
	 * from one set, which the caller keeps */
	uint32_t src_name, dst_name;
	struct access_mac src_mac, dst_mac;
	enum access_tcp tcp;
	uint16_t delay_ms;                    /* to ACCESS_DELAY_MAX; of frames that pass */
	uint8_t jitter_percent, loss_percent; /* to 100 */
};

/* All conditions "any", active, pass. */
struct access_rule access_rule_any(void);

/* NULL when the rule is right, else what would be right, as a sentence. */
const char *access_rule_fault(const struct access_rule *r);

struct access_list;

/* n (0 to ACCESS_RULES_MAX) rules in any order, copied; wrong and inactive ones are left out.
 * NULL when memory is short or n too great. The caller owns it. */
struct access_list *access_list_build(const struct access_rule *rules, size_t n);
void access_list_free(struct access_list *l);

/* Who a frame is from and for. */
struct access_names {
	uint32_t src_user, src_group, dst_user, dst_group; /* ACCESS_ANYONE: not known */
};

struct access_verdict {
	bool discard;
	uint8_t jitter_percent, loss_percent;
	uint16_t delay_ms;
	uint32_t id; /* of the rule; 0: none matched, pass */
};

/* The verdict on a frame. on_arp: rules for IPv4 match ARP's sender and target, too. list NULL:
 * pass. */
struct access_verdict access_list_judge(const struct access_list *l, const struct hub_headers *h,
					const struct access_names *who, bool on_arp);

/* Does any rule ask whom a frame is for? Then the port that it goes to must judge it. */
bool access_list_has_dst_name(const struct access_list *l);

/* A number of the list's contents, not 0: lists with other rules have another (by 64 bits of a
 * hash that nobody can aim at who cannot write rules). 0 for NULL. */
uint64_t access_list_digest(const struct access_list *l);

/* Rules in use, and kinds of conditions that a frame is looked up under: for `show`. */
size_t access_list_rules(const struct access_list *l);
size_t access_list_probes(const struct access_list *l);

/* Does one rule match? What access_list_judge() finds is the first for which this is true. */
bool access_rule_matches(const struct access_rule *r, const struct hub_headers *h,
			 const struct access_names *who, bool on_arp);
