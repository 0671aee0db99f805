/*
 * ipv6: IPv6 of a session. A hub with `ipv6 prefix` gives each session a /64 of its own
 * (RFC 8273), so that the addresses which the client's system makes up, temporary ones
 * too (RFC 8981), are all the session's and nobody else's, and no duplicate can be. The
 * client learns it by router advertisements (RFC 4861, RFC 4862): when IPV6CP opens,
 * thrice in the first half minute in case one is lost, then every five minutes, and when
 * it asks (session_packet.c). Called by session, session_ppp, hubs and address.
 */
#include "core_i.h"

#include <stdlib.h>

#include "hub/frame.h"
#include "wire/nd.h"

/* RFC 4861 section 6.2.1; lifetimes by RFC 9096 section 3.2, DNS by RFC 8106 5.1. */
#define RA_INTERVAL_MS    300000
#define RA_FIRST_MS       16000
#define RA_FIRST          3
#define RA_HOP_LIMIT      64
#define ROUTER_LIFETIME_S 1800
#define PREFERRED_S       2700
#define VALID_S           5400
#define DNS_LIFETIME_S    900
#define PREFIXES_MAX      65536

/* ---- the prefixes of a hub ---- */

bool prefixes_init(struct prefixes *p, uint64_t net, uint8_t len)
{
	*p = (struct prefixes){.net = net};
	if (!len)
		return true;
	/* number 0 is the host's */
	p->n = 64 - len > 16 ? PREFIXES_MAX : UINT32_C(1) << (64 - len);
	p->used = calloc(p->n, 1);
	p->next = 1;
	return p->used != NULL;
}

void prefixes_free(struct prefixes *p)
{
	free(p->used);
	*p = (struct prefixes){0};
}

/* The one that is free for longest, nearly: what is still sent to a session that has
 * ended must not find another user. */
static uint64_t take(struct prefixes *p)
{
	for (uint32_t i = 1; p->n_used + 1 < p->n && i < p->n; i++) {
		uint32_t k = p->next;

		p->next = k + 1 < p->n ? k + 1 : 1;
		if (p->used[k])
			continue;
		p->used[k] = 1;
		p->n_used++;
		return p->net + k;
	}
	return 0;
}

static void give(struct prefixes *p, uint64_t prefix)
{
	p->used[prefix - p->net] = 0;
	p->n_used--;
}

/* ---- the worker's part ---- */

static void tell_worker(struct session *s, uint64_t prefix)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_IP6};

	cmd.u.session_ip6.slot = s->slot;
	cmd.u.session_ip6.prefix = prefix;
	cmd.u.session_ip6.peer_iid = s->up6.peer_iid;
	cmd.u.session_ip6.router_iid = s->up6.local_iid;
	command_send(s->core, s->peer->worker, &cmd, NULL);
}

static void neighbour(struct session *s, enum dp_cmd_kind kind)
{
	struct dp_cmd cmd = {.kind = kind};

	cmd.u.neigh.hub = s->hub;
	cmd.u.neigh.prefix6 = s->prefix6;
	memcpy(cmd.u.neigh.mac, s->mac, sizeof(s->mac));
	command_all(s->core, &cmd);
}

/* ---- router advertisements ---- */

static void fill_dns(const struct hub_run *hub, struct nd_ra *ra)
{
	ra->n_dns = (uint8_t)hub->n_dns6;
	ra->dns_lifetime_s = DNS_LIFETIME_S;
	for (unsigned i = 0; i < hub->n_dns6; i++)
		ra->dns[i] = ipv6_addr_get(hub->dns6[i].ip);
}

void ipv6_advertise(struct session *s, struct ipv6_addr to)
{
	struct ipv6_addr from = {IPV6_LINK_PREFIX, s->up6.local_iid};
	uint8_t packet[ND_PACKET_MAX];
	struct wr w = wr_of(packet, sizeof(packet));
	struct nd_ra ra = {
		.hop_limit = RA_HOP_LIMIT,
		.lifetime_s = ROUTER_LIFETIME_S,
		.mtu = s->mtu,
		.n_prefixes = 1,
		/* not on the link: everything goes by us (RFC 8273 section 4) */
		.prefixes = {{.addr = {s->prefix6, 0},
			      .len = 64,
			      .autonomous = true,
			      .valid_s = VALID_S,
			      .preferred_s = PREFERRED_S}},
	};

	fill_dns(&s->core->hubs[s->hub], &ra);
	nd_put_ra(&w, from, to, &ra, NULL);
	if (wr_ok(&w))
		session_send_packet(s, wr_done(&w));
}

static void ra_due(struct timer *t, uint64_t now_ms)
{
	struct session *s = list_entry(t, struct session, ra);

	ipv6_advertise(s, ND_ALL_NODES);
	s->n_ra++;
	timerq_arm(&s->core->timers, &s->ra,
		   now_ms + (s->n_ra < RA_FIRST ? RA_FIRST_MS : RA_INTERVAL_MS));
}

/* ---- life ---- */

static bool take_prefix(struct session *s)
{
	struct hub_run *hub = &s->core->hubs[s->hub];

	if (!s->prefix6)
		s->prefix6 = take(&hub->prefixes);
	if (s->prefix6)
		return true;
	return story_refuse(
		s->peer, "no-ipv6-prefix",
		"no /64 is free in the IPv6 prefix of hub %s: the session has IPv4 only",
		hub->name);
}

static void tell_story(struct session *s)
{
	struct ip_addr addr = {.family = 6};
	char text[IP_ADDR_TEXT];

	ipv6_addr_put(addr.ip, (struct ipv6_addr){s->prefix6, 0});
	ip_addr_text(&addr, text, sizeof(text));
	story_add(s->core, s->peer->sa, &s->peer->flow, NOTE_INFO, "ipv6-up",
		  "the session has IPv6: %s has %s/64", name_text(s->user), text);
	log_line(LOG_LEVEL_INFO, "session", "event=ipv6-up index=%u prefix=%s/64", s->index, text);
}

void ipv6_install(struct session *s)
{
	if (!s->ipv6cp_open || !s->installed || s->ipv6_on || !s->core->hubs[s->hub].prefixes.n)
		return;
	if (s->mtu < IPV6_MTU_MIN) {
		story_refuse(s->peer, "ipv6-mtu",
			     "the client takes packets of %u octets: too small for IPv6", s->mtu);
		return;
	}
	if (!take_prefix(s))
		return;
	s->ipv6_on = true;
	tell_worker(s, s->prefix6);
	neighbour(s, DP_CMD_NEIGH_ADD);
	tell_story(s);
	s->n_ra = 0;
	s->ra.fire = ra_due;
	/* not now: the Configure-Ack that opens the client's side waits in l2tp yet */
	timerq_arm(&s->core->timers, &s->ra, core_now(s->core));
}

void ipv6_withdraw(struct session *s)
{
	if (!s->ipv6_on)
		return;
	s->ipv6_on = false;
	timerq_disarm(&s->core->timers, &s->ra);
	neighbour(s, DP_CMD_NEIGH_DEL);
	tell_worker(s, 0);
}

void ipv6_up(struct session *s, const struct ppp_up6 *up)
{
	s->up6 = *up;
	s->ipv6cp_open = true;
	ipv6_install(s);
}

void ipv6_down(struct session *s)
{
	s->ipv6cp_open = false;
	ipv6_withdraw(s);
}

void ipv6_release(struct session *s)
{
	if (s->prefix6)
		give(&s->core->hubs[s->hub].prefixes, s->prefix6);
	s->prefix6 = 0;
}

bool ipv6_wanted(const struct session *s)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		const struct hub_run *h = &s->core->hubs[i];

		if (h->used && !h->closing && h->prefixes.n)
			return true;
	}
	return false;
}
