/*
 * host: what stands on the hub's TAP: answers ARP (RFC 826) for itself, asks who
 * has a client's address before it sends first, answers the clients' echo requests.
 * Called by the rounds of server.c and by life.c.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "wire/arp.h"
#include "wire/eth.h"

#define FRAME_MAX  1600
#define WAITING_MS 2000

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* A packet that waits for its destination's MAC. */
struct waiting {
	struct list link;
	uint64_t since_ms;
	uint32_t to;
	size_t len;
	uint8_t p[];
};

static void send_frame(struct sim *s, const uint8_t dst[6], uint16_t type, const uint8_t *p,
		       size_t len)
{
	uint8_t frame[FRAME_MAX];
	int fd = s->taps[sim_dice(s, s->n_taps)];

	eth_put(frame, dst, s->host_mac, type);
	memcpy(frame + ETH_HDR, p, len);
	if (fake_tap_push(s->fake, fd, NULL, frame, ETH_HDR + len))
		s->n.tap_in++;
}

static void send_arp(struct sim *s, uint16_t op, const uint8_t dst[6], uint32_t to)
{
	uint8_t buf[ARP_LEN];
	struct wr wr = wr_of(buf, sizeof(buf));
	struct arp a = {.op = op, .sender_ip = SIM_HOST_IP, .target_ip = to};

	memcpy(a.sender_mac, s->host_mac, 6);
	if (op == ARP_REPLY)
		memcpy(a.target_mac, dst, 6);
	arp_build(&wr, &a);
	send_frame(s, dst, ETH_TYPE_ARP, buf, wr.len);
}

static void take_arp(struct sim *s, struct bytes body)
{
	struct rd r = rd_of_bytes(body);
	struct arp a;

	if (!arp_parse(&r, &a))
		return;
	if (a.op == ARP_REQUEST && a.target_ip == SIM_HOST_IP)
		send_arp(s, ARP_REPLY, a.sender_mac, a.sender_ip);
	if (a.op != ARP_REPLY)
		return;
	list_each (&s->waiting, it) {
		struct waiting *q = list_entry(it, struct waiting, link);

		if (q->to != a.sender_ip)
			continue;
		list_del(it);
		send_frame(s, a.sender_mac, ETH_TYPE_IPV4, q->p, q->len);
		free(q);
	}
}

static void take_ipv4(struct sim *s, const uint8_t src_mac[6], struct bytes packet)
{
	uint8_t buf[FRAME_MAX];
	struct tag t;

	if (!tag_parse(packet, &t)) {
		judge_fail(s, NULL, "crossing", "the host got a packet that nobody sent");
		return;
	}
	judge_at_host(s, &t);
	if (t.reply || s->failed)
		return;
	t = (struct tag){.reply = true,
			 .src = t.dst,
			 .dst = t.src,
			 .person = t.person,
			 .life = t.life,
			 .nonce = t.nonce,
			 .size = t.size};
	send_frame(s, src_mac, ETH_TYPE_IPV4, buf, tag_build(buf, &t));
}

static void take_frame(struct sim *s, const uint8_t *p, size_t len)
{
	struct bytes body;
	struct eth eth;

	if (len < FAKE_VNET || !eth_parse(p + FAKE_VNET, len - FAKE_VNET, &eth))
		return;
	body = (struct bytes){p + FAKE_VNET + ETH_HDR, len - FAKE_VNET - ETH_HDR};
	if (!eth_is_group(eth.dst) && memcmp(eth.dst, s->host_mac, 6) != 0)
		return;
	if (eth.type == ETH_TYPE_ARP)
		take_arp(s, body);
	else if (eth.type == ETH_TYPE_IPV4)
		take_ipv4(s, eth.src, body);
}

static void forget_old(struct sim *s)
{
	list_each (&s->waiting, it) {
		struct waiting *q = list_entry(it, struct waiting, link);

		if (sim_now(s) - q->since_ms < WAITING_MS)
			break; /* the oldest is first */
		list_del(it);
		free(q);
	}
}

bool host_round(struct sim *s)
{
	const struct fake_packet *p;
	bool any = false;

	forget_old(s);
	for (unsigned i = 0; i < s->n_taps; i++) {
		while ((p = fake_take(s->fake, s->taps[i]))) {
			s->n.tap_out++;
			any = true;
			take_frame(s, p->p, p->len);
		}
	}
	return any;
}

void host_ping(struct sim *s, struct person *p)
{
	struct tag t = {.src = SIM_HOST_IP,
			.dst = p->ip,
			.person = p->index,
			.life = p->life,
			.nonce = (uint32_t)sim_random(s),
			.size = sim_dice(s, 1000)};
	struct waiting *q = calloc(1, sizeof(*q) + FRAME_MAX);

	if (!q)
		abort();
	p->ping[1] = (struct ping){.sent_ms = sim_now(s), .nonce = t.nonce};
	p->traffic_ms = sim_now(s);
	s->n.host_pings++;
	q->since_ms = sim_now(s);
	q->to = p->ip;
	q->len = tag_build(q->p, &t);
	list_push(&s->waiting, &q->link);
	send_arp(s, ARP_REQUEST, everybody, q->to);
}

void host_free(struct sim *s)
{
	list_each (&s->waiting, it) {
		list_del(it);
		free(list_entry(it, struct waiting, link));
	}
}
