/*
 * host: what stands on a hub's TAP: a host that resolves addresses by ARP (RFC
 * 826) before it sends, and answers ICMP echo (RFC 792) for itself and for
 * everything behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "lac/echo.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "world.h"

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* An IPv4 packet that waits for its next hop's MAC. */
struct waiting {
	struct list link;
	uint32_t to;
	size_t len;
	uint8_t p[];
};

/* ---- the host ---- */

void host_add(struct world *w, int fd, const struct priv_tap *req)
{
	struct tap_host *h = w->taps;

	/* a queue that was closed may have left its number to this one */
	while (h < &w->taps[w->n_taps] && h->fd != fd)
		h++;
	if (h == &w->taps[WORLD_TAPS])
		abort();
	if (h == &w->taps[w->n_taps])
		w->n_taps++;
	h->fd = fd;
	memcpy(h->mac, req->mac, sizeof(h->mac));
	h->ip = req->host_ip;
	h->net6 = req->net6;
}

static void send_frame(struct world *w, struct tap_host *h, const uint8_t dst[6], uint16_t type,
		       const uint8_t *p, size_t len)
{
	uint8_t frame[WORLD_PACKET];

	if (ETH_HDR + len > sizeof(frame))
		abort();
	eth_put(frame, dst, h->mac, type);
	memcpy(frame + ETH_HDR, p, len);
	fake_tap_push(w->fake, h->fd, NULL, frame, ETH_HDR + len);
}

static void send_arp(struct world *w, struct tap_host *h, uint16_t op, const uint8_t dst[6],
		     uint32_t to)
{
	uint8_t buf[ARP_LEN];
	struct wr wr = wr_of(buf, sizeof(buf));
	struct arp a = {.op = op, .sender_ip = h->ip, .target_ip = to};

	memcpy(a.sender_mac, h->mac, 6);
	if (op == ARP_REPLY)
		memcpy(a.target_mac, dst, 6);
	arp_build(&wr, &a);
	send_frame(w, h, dst, ETH_TYPE_ARP, buf, wr.len);
}

/* Queues the packet and asks who has its destination, as a host without a cache does. */
static void resolve_and_send(struct world *w, struct tap_host *h, uint32_t to, const uint8_t *p,
			     size_t len)
{
	struct waiting *q = calloc(1, sizeof(*q) + len);

	if (!q)
		abort();
	q->to = to;
	q->len = len;
	memcpy(q->p, p, len);
	list_push(&w->waiting, &q->link);
	send_arp(w, h, ARP_REQUEST, everybody, to);
}

static void take_arp(struct world *w, struct tap_host *h, struct bytes body)
{
	struct rd r = rd_of_bytes(body);
	struct arp a;

	if (!arp_parse(&r, &a))
		return;
	if (a.op == ARP_REQUEST && a.target_ip == h->ip)
		send_arp(w, h, ARP_REPLY, a.sender_mac, a.sender_ip);
	if (a.op != ARP_REPLY)
		return;
	list_each (&w->waiting, it) {
		struct waiting *q = list_entry(it, struct waiting, link);

		if (q->to != a.sender_ip)
			continue;
		list_del(it);
		send_frame(w, h, a.sender_mac, ETH_TYPE_IPV4, q->p, q->len);
		free(q);
	}
}

static void take_ipv4(struct world *w, struct tap_host *h, struct bytes packet)
{
	uint8_t reply[WORLD_PACKET];
	struct echo e, back;
	size_t len;

	if (!echo_parse(packet, &e))
		return;
	if (e.type == ECHO_REPLY) {
		w->host_echoes += e.intact && e.dst == h->ip;
		return;
	}
	if (!e.intact || ECHO_HEADERS + e.size > sizeof(reply))
		return;
	back = (struct echo){
		.type = ECHO_REPLY, .seq = e.seq, .src = e.dst, .dst = e.src, .size = e.size};
	len = echo_build(reply, &back);
	resolve_and_send(w, h, e.src, reply, len);
}

bool host_round(struct world *w)
{
	const struct fake_packet *p;
	struct eth eth;
	bool any = false;

	for (unsigned i = 0; i < w->n_taps; i++) {
		struct tap_host *h = &w->taps[i];

		while ((p = fake_take(w->fake, h->fd))) {
			struct bytes body = {p->p + FAKE_VNET + ETH_HDR, 0};

			any = true;
			if (p->len < FAKE_VNET ||
			    !eth_parse(p->p + FAKE_VNET, p->len - FAKE_VNET, &eth))
				continue;
			body.len = p->len - FAKE_VNET - ETH_HDR;
			if (!eth_is_group(eth.dst) && memcmp(eth.dst, h->mac, 6) != 0)
				continue;
			if (eth.type == ETH_TYPE_ARP)
				take_arp(w, h, body);
			else if (eth.type == ETH_TYPE_IPV4)
				take_ipv4(w, h, body);
			else if (eth.type == ETH_TYPE_IPV6)
				host6_take(w, h, body);
		}
	}
	return any;
}

void host_ping(struct world *w, uint32_t to, size_t size)
{
	struct echo e = {.type = ECHO_REQUEST,
			 .seq = (uint16_t)world_random(w),
			 .src = w->taps[0].ip,
			 .dst = to,
			 .size = size};
	uint8_t p[WORLD_PACKET];
	size_t len;

	if (!w->n_taps || size > sizeof(p) - ECHO_HEADERS)
		return;
	len = echo_build(p, &e);
	resolve_and_send(w, &w->taps[0], to, p, len);
}

void host_free(struct world *w)
{
	list_each (&w->waiting, it) {
		list_del(it);
		free(list_entry(it, struct waiting, link));
	}
	host6_free(w);
}
