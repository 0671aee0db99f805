/*
 * nd: Neighbor Discovery for IPv6 (RFC 4861) as whole IPv6 packets: Router Solicitation and
 * Advertisement, Neighbor Solicitation and Advertisement; recursive DNS servers (RFC 8106).
 *
 * For a point-to-point link, which has no link-layer addresses, and for Ethernet: there the
 * option for it is read, and written when it is asked for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wr.h"
#include "wire/ipv6.h"

/* ICMPv6 types (RFC 4861 section 4). */
enum nd_type {
	ND_ROUTER_SOLICITATION = 133,
	ND_ROUTER_ADVERTISEMENT = 134,
	ND_NEIGHBOR_SOLICITATION = 135,
	ND_NEIGHBOR_ADVERTISEMENT = 136,
};

#define ND_PREFIXES_MAX 4
#define ND_DNS_MAX      3
#define ND_PACKET_MAX   256 /* the longest that is built here */

/* Why a packet is not one, or not a valid one (RFC 4861 6.1 and 7.1). */
enum nd_fault {
	ND_OK,
	ND_SHORT,     /* cut, or its lengths lie */
	ND_OTHER,     /* not IPv6, not ICMPv6 behind the fixed header, or another type */
	ND_HOP_LIMIT, /* not 255: a router passed it on */
	ND_CHECKSUM,
	ND_CODE,    /* not 0 */
	ND_OPTION,  /* of length 0, or running out of the packet */
	ND_ADDRESS, /* source, destination or target that the RFC forbids there */
	ND_N_FAULTS,
};
const char *nd_fault_name(enum nd_fault why); /* "hop-limit" and so on */

struct nd_prefix {
	struct ipv6_addr addr;
	uint8_t len; /* bits, 0 to 128 */
	bool on_link, autonomous;
	uint32_t valid_s, preferred_s; /* UINT32_MAX: for ever */
};

/* The contents of a Router Advertisement (4.2). */
struct nd_ra {
	uint8_t hop_limit; /* for the host's packets; 0: not said */
	bool managed, other;
	uint16_t lifetime_s; /* 0: no default router */
	uint32_t reachable_ms, retrans_ms;
	uint32_t mtu; /* 0: not said */
	uint8_t n_prefixes;
	struct nd_prefix prefixes[ND_PREFIXES_MAX];
	uint8_t n_dns;
	struct ipv6_addr dns[ND_DNS_MAX];
	uint32_t dns_lifetime_s;
};

/* One valid message. */
struct nd {
	uint8_t type; /* enum nd_type */
	struct ipv6_addr src, dst;
	struct ipv6_addr target;          /* NS, NA */
	bool router, solicited, override; /* NA */
	bool has_link_addr;               /* of the source (RS, RA, NS) or the target (NA) */
	uint8_t link_addr[6];
	struct nd_ra ra; /* RA; prefixes and servers beyond the arrays are left out */
};

#define ND_ALL_NODES                                                                               \
	(struct ipv6_addr)                                                                         \
	{                                                                                          \
		UINT64_C(0xff02) << 48, 1                                                          \
	}
#define ND_ALL_ROUTERS                                                                             \
	(struct ipv6_addr)                                                                         \
	{                                                                                          \
		UINT64_C(0xff02) << 48, 2                                                          \
	}

/* Is it IPv6 with one of these four types behind the fixed header? Only looks: for the
 * worker, which leaves the rest to control. */
bool nd_looks_like(const uint8_t *p, size_t len);

/* Parses and validates a whole IPv6 packet. Octets behind its payload length are padding. */
enum nd_fault nd_parse(const uint8_t *p, size_t len, struct nd *out);

/* Builders: whole IPv6 packets of at most ND_PACKET_MAX octets behind what w holds, hop limit
 * 255, with checksum. link_addr: NULL leaves the option out, as on a PPP link. */

/* To the source of a solicitation or to ND_ALL_NODES; src: the router's link-local address.
 * MTU below 1280, prefixes and servers beyond the arrays are left out. */
void nd_put_ra(struct wr *w, struct ipv6_addr src, struct ipv6_addr dst, const struct nd_ra *ra,
	       const uint8_t *link_addr);

/* To all routers. src may be ::, then link_addr is left out. */
void nd_put_rs(struct wr *w, struct ipv6_addr src, const uint8_t *link_addr);

/* To target's solicited-node address. src ::, for duplicate address detection, as above. */
void nd_put_ns(struct wr *w, struct ipv6_addr src, struct ipv6_addr target,
	       const uint8_t *link_addr);

/* The answer to a solicitation (7.2.4): from its target, to its source, or to all nodes when
 * that is ::. router: sets R. */
void nd_put_na(struct wr *w, const struct nd *solicitation, bool router, const uint8_t *link_addr);
