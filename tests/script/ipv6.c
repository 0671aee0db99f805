/*
 * ipv6: the IPv6 of both ends in the script world. The client's system takes its address
 * from router advertisements (RFC 4862), another one for every second packet as systems
 * with temporary addresses do (RFC 8981), and answers echo requests (RFC 4443). The
 * host on the TAP has the route that the monitor makes: everything of the prefix by
 * fe80::2, which it asks for (RFC 4861) before it sends.
 */
#include <stdlib.h>
#include <string.h>

#include "hub/frame.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/nd.h"
#include "world.h"

#define ECHO6_REQUEST 128
#define ECHO6_REPLY   129
#define TOO_BIG       2
#define ECHO6_HEADERS 48

static const struct ipv6_addr hub = {IPV6_LINK_PREFIX, HUB_IPV6_IID};

struct echo6 {
	uint8_t type;
	uint16_t seq;
	struct ipv6_addr src, dst;
	size_t size;
};

static uint8_t data_octet(uint16_t seq, size_t i)
{
	return (uint8_t)(seq * 7 + i * 13);
}

static size_t echo6_build(uint8_t *p, const struct echo6 *e)
{
	uint8_t *icmp = p + IPV6_HDR;
	size_t len = ECHO6_HEADERS - IPV6_HDR + e->size;

	ipv6_put(p, (uint16_t)len, 64, IPV6_ICMP, e->src, e->dst);
	put_be32(icmp, (uint32_t)e->type << 24);
	put_be16(icmp + 4, 0x5e41);
	put_be16(icmp + 6, e->seq);
	for (size_t i = 0; i < e->size; i++)
		icmp[8 + i] = data_octet(e->seq, i);
	checksum_store(icmp + 2,
		       checksum_add(checksum_pseudo6(p, IPV6_ICMP, (uint32_t)len), icmp, len));
	return IPV6_HDR + len;
}

/* False: no echo message, or not as it was built. */
static bool echo6_parse(struct bytes packet, struct echo6 *e)
{
	const uint8_t *icmp = packet.p + IPV6_HDR;
	struct ipv6 ip;
	size_t len;

	if (ipv6_parse(packet.p, packet.len, &ip) != IPV6_OK || ip.proto != IPV6_ICMP ||
	    ip.total_len < ECHO6_HEADERS)
		return false;
	len = ip.total_len - IPV6_HDR;
	if (checksum_fold(checksum_add(checksum_pseudo6(packet.p, IPV6_ICMP, (uint32_t)len), icmp,
				       len)) != UINT16_MAX)
		return false;
	*e = (struct echo6){.type = icmp[0],
			    .seq = be16(icmp + 6),
			    .src = ip.src,
			    .dst = ip.dst,
			    .size = ip.total_len - ECHO6_HEADERS};
	if (e->type != ECHO6_REQUEST && e->type != ECHO6_REPLY)
		return false;
	for (size_t i = 0; i < e->size; i++)
		if (icmp[8 + i] != data_octet(e->seq, i))
			return false;
	return true;
}

static bool is_too_big(struct bytes packet)
{
	struct ipv6 ip;

	return ipv6_parse(packet.p, packet.len, &ip) == IPV6_OK && ip.proto == IPV6_ICMP &&
	       packet.p[IPV6_HDR] == TOO_BIG;
}

/* ---- the client ---- */

static void take_ra(struct client *c, const struct nd *nd)
{
	const struct nd_prefix *prefix = &nd->ra.prefixes[0];
	struct ppp_up6 ids;

	if (!lac_get_up6(c->lac, &ids))
		return;
	c->v6.router = nd->src;
	c->v6.advertisements++;
	c->v6.mtu = nd->ra.mtu;
	c->v6.dns = nd->ra.n_dns ? nd->ra.dns[0] : (struct ipv6_addr){0, 0};
	if (nd->ra.n_prefixes == 1 && prefix->len == 64 && prefix->autonomous && !prefix->on_link)
		c->v6.address = (struct ipv6_addr){prefix->addr.prefix, ids.local_iid};
}

static struct ipv6_addr source(struct client *c)
{
	struct ipv6_addr a = c->v6.address;

	if (c->v6.ping_seq & 1)
		a.iid = world_random(c->world);
	return a;
}

void client6_take(struct client *c, struct bytes packet)
{
	uint8_t p[WORLD_PACKET];
	struct echo6 e, back;
	struct nd nd;

	if (nd_parse(packet.p, packet.len, &nd) == ND_OK) {
		if (nd.type == ND_ROUTER_ADVERTISEMENT)
			take_ra(c, &nd);
		return;
	}
	c->v6.too_big += is_too_big(packet);
	if (!echo6_parse(packet, &e) || e.dst.prefix != c->v6.address.prefix)
		return;
	if (e.type == ECHO6_REQUEST) {
		c->echoes_answered++;
		back = (struct echo6){ECHO6_REPLY, e.seq, e.dst, e.src, e.size};
		client_packet(c, (struct bytes){p, echo6_build(p, &back)});
	} else if (e.seq == c->v6.ping_seq) {
		c->v6.ping_answered = true;
	}
}

void client6_ping(struct client *c, struct ipv6_addr to, size_t size)
{
	struct echo6 e = {.type = ECHO6_REQUEST, .dst = to, .size = size};
	uint8_t p[WORLD_PACKET];

	c->v6.ping_answered = false;
	e.seq = ++c->v6.ping_seq;
	e.src = source(c);
	client_packet(c, (struct bytes){p, echo6_build(p, &e)});
}

void client6_spoof(struct client *c, struct ipv6_addr as, struct ipv6_addr to)
{
	struct echo6 e = {.type = ECHO6_REQUEST, .seq = 1, .src = as, .dst = to, .size = 8};
	uint8_t p[WORLD_PACKET];

	client_packet(c, (struct bytes){p, echo6_build(p, &e)});
}

void client6_solicit(struct client *c)
{
	uint8_t p[ND_PACKET_MAX];
	struct wr w = wr_of(p, sizeof(p));
	struct ppp_up6 ids;

	if (!lac_get_up6(c->lac, &ids))
		return;
	nd_put_rs(&w, (struct ipv6_addr){IPV6_LINK_PREFIX, ids.local_iid}, NULL);
	client_packet(c, wr_done(&w));
}

/* ---- the host on the TAP ---- */

static void host6_send(struct world *w, struct tap_host *h, const uint8_t dst[6], const uint8_t *p,
		       size_t len)
{
	uint8_t frame[WORLD_PACKET + ETH_HDR];

	if (ETH_HDR + len > sizeof(frame))
		abort();
	eth_put(frame, dst, h->mac, ETH_TYPE_IPV6);
	memcpy(frame + ETH_HDR, p, len);
	fake_tap_push(w->fake, h->fd, NULL, frame, ETH_HDR + len);
}

/* A packet that waits for the hub's MAC. */
struct waiting6 {
	struct list link;
	size_t len;
	uint8_t p[];
};

static void by_the_hub(struct world *w, struct tap_host *h, const uint8_t *packet, size_t len)
{
	struct waiting6 *q = calloc(1, sizeof(*q) + len);
	uint8_t p[ND_PACKET_MAX], group[6] = {0x33, 0x33, 0xff, 0, 0, HUB_IPV6_IID};
	struct wr wr = wr_of(p, sizeof(p));

	if (!q)
		abort();
	q->len = len;
	memcpy(q->p, packet, len);
	list_push(&w->waiting6, &q->link);
	nd_put_ns(&wr, (struct ipv6_addr){IPV6_LINK_PREFIX, 1}, hub, h->mac);
	host6_send(w, h, group, p, wr.len);
}

static void hub_is_at(struct world *w, struct tap_host *h, const uint8_t mac[6])
{
	list_each (&w->waiting6, it) {
		struct waiting6 *q = list_entry(it, struct waiting6, link);

		list_del(it);
		host6_send(w, h, mac, q->p, q->len);
		free(q);
	}
}

void host6_take(struct world *w, struct tap_host *h, struct bytes packet)
{
	uint8_t p[WORLD_PACKET];
	struct echo6 e, back;
	struct nd nd;

	if (nd_parse(packet.p, packet.len, &nd) == ND_OK) {
		if (nd.type == ND_NEIGHBOR_ADVERTISEMENT && nd.has_link_addr &&
		    ipv6_addr_eq(nd.target, hub))
			hub_is_at(w, h, nd.link_addr);
		return;
	}
	w->host_too_big += is_too_big(packet);
	if (!echo6_parse(packet, &e))
		return;
	if (e.type == ECHO6_REPLY) {
		w->host_echoes += e.dst.prefix == h->net6 && e.dst.iid == 1;
		return;
	}
	back = (struct echo6){ECHO6_REPLY, e.seq, e.dst, e.src, e.size};
	by_the_hub(w, h, p, echo6_build(p, &back));
}

void host6_ping(struct world *w, struct ipv6_addr to, size_t size)
{
	struct tap_host *h = &w->taps[0];
	struct echo6 e = {.type = ECHO6_REQUEST,
			  .seq = (uint16_t)world_random(w),
			  .src = {h->net6, 1},
			  .dst = to,
			  .size = size};
	uint8_t p[WORLD_PACKET];

	if (w->n_taps && size <= sizeof(p) - ECHO6_HEADERS)
		by_the_hub(w, h, p, echo6_build(p, &e));
}

void host6_free(struct world *w)
{
	list_each (&w->waiting6, it) {
		list_del(it);
		free(list_entry(it, struct waiting6, link));
	}
}
