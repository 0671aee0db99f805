/*
 * answer: ARP (RFC 826) and Neighbor Discovery (RFC 4861) for sessions, which need not be asked,
 * and the hub's own MAC as the router to their IPv6 prefixes. Called by forward. By frame.h and
 * its neighbour table, which knows no VLANs and no MACs but the sessions' own; then, for IPv4,
 * by the assigned addresses in the IP table, which knows all.
 */
#include "forward_i.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/vlan.h"

/* A tagged question is answered with its tag. */
static size_t put_reply(struct passage *p, uint64_t mac)
{
	const struct hub_arp *q = &p->h->arp;
	size_t at = p->h->l3_at;
	struct wr w = wr_of(p->answer + at, ARP_LEN);
	struct arp reply = {.op = ARP_REPLY, .sender_ip = q->target_ip, .target_ip = q->sender_ip};

	hub_mac_octets(reply.sender_mac, mac);
	hub_mac_octets(reply.target_mac, q->sender_mac);
	memcpy(p->answer, p->frame, at);
	hub_mac_octets(p->answer, p->h->src_mac);
	hub_mac_octets(p->answer + ETH_ADDR, mac);
	arp_build(&w, &reply);
	return at + ARP_LEN;
}

static bool answer_by_table(struct passage *p)
{
	const struct hub_arp *q = &p->h->arp;
	struct ip_row row;

	if (!(p->h->flags & HDR_ARP) || q->op != ARP_REQUEST || q->sender_ip == q->target_ip)
		return false;
	if (!ip_table_find(&p->sw->ips, p->hub->number, table_vlan(p->hub, p->d->from.vlan),
			   hub_ip4(q->target_ip), p->now_s, &row) ||
	    row.how != IP_ASSIGNED || row.port == p->in->number)
		return false;
	p->d->answer_len = put_reply(p, row.mac);
	p->d->verdict = HUB_ANSWER;
	return true;
}

static enum frame_verdict judge(struct passage *p, struct port_mac *port)
{
	enum frame_verdict v =
		frame_judge(p->sw->neigh, p->hub->number, p->frame, p->h->len, port, p->answer);

	if (v == FRAME_ARP_ANSWER || v == FRAME_ND_ANSWER) {
		p->d->verdict = HUB_ANSWER;
		p->d->answer_len =
			v == FRAME_ARP_ANSWER ? FRAME_ARP_ANSWER_LEN : FRAME_ND_ANSWER_LEN;
	}
	return v;
}

bool hub_answer(struct passage *p)
{
	struct port_mac unused;

	if (p->sw->neigh && !(p->h->flags & HDR_TAGGED) && p->d->from.vlan == 0)
		judge(p, &unused);
	return p->d->verdict == HUB_ANSWER || answer_by_table(p);
}

uint32_t hub_route(struct passage *p)
{
	struct port_mac session;
	uint8_t mac[ETH_ADDR];

	if (!p->sw->neigh || p->h->flags & HDR_TAGGED || p->d->from.vlan ||
	    judge(p, &session) != FRAME_TO_PORT)
		return HUB_PORT_NONE;
	port_mac_put(mac, session);
	return session_of(p->sw, hub_mac(mac));
}
