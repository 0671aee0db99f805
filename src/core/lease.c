/*
 * lease: a session's address from the segment of a bridged hub, by the DHCP client of
 * dhcp/client.h; of one that has its address from the configuration, what else the segment's
 * DHCP server says (DHCPINFORM): mask, router, name servers. IPCP waits meanwhile. An address
 * is used when two ARP probes (RFC 5227 section 2.1.1, shortened: a user waits) are not
 * answered, and announced when the session is up (section 2.3). Called by session_ppp, session,
 * address and core. Frames leave by DP_CMD_SEND_FRAME and come by DP_PUNT_FRAME.
 */
#include "core_i.h"

#include <stdlib.h>

#include "wire/arp.h"
#include "wire/eth.h"

#define PROBES         2
#define PROBE_MS       250                  /* between them, and from the last to the decision */
#define NOBODYS_IP     UINT32_C(0xc0000008) /* 192.0.0.8, IPv4 dummy address (RFC 7600) */
#define LEASE_TEXT_MAX 32

struct lease {
	struct session *session;
	struct list ready_node; /* core->leases */
	struct dhcp_client *client;
	bool given;         /* the session may be told its address */
	uint8_t own_prefix; /* no server told the mask: the pool's */
	struct timer probe;
	unsigned n_probes; /* sent */
	uint32_t probe_ip; /* 0: none is asked for */
	bool answers;      /* the workers answer ARP for the address, also before it is up */
};

/* ---- what others read ---- */

const struct dhcp_result *lease_result(const struct session *s)
{
	return s->lease && s->lease->given ? dhcp_client_result(s->lease->client) : NULL;
}

uint8_t lease_prefix(const struct session *s)
{
	const struct dhcp_result *r = lease_result(s);

	return r ? r->prefix : s->lease->own_prefix;
}

/* Our end of the link: the client's next hop, which is the segment's router when it has one. */
uint32_t lease_local_ip(const struct session *s)
{
	const struct dhcp_result *r = lease_result(s);

	if (r && r->router && r->router != s->ip)
		return r->router;
	return r && r->server && r->server != s->ip ? r->server : NOBODYS_IP;
}

const char *lease_state(const struct session *s)
{
	return dhcp_client_state(s->lease->client);
}

void lease_servers(const struct session *s, uint32_t dns[2], uint32_t wins[2])
{
	const struct dhcp_result *r = lease_result(s);

	memcpy(dns, r && !s->dns[0] && !s->dns[1] ? r->dns : s->dns, sizeof(s->dns));
	memcpy(wins, r && !s->wins[0] && !s->wins[1] ? r->wins : s->wins, sizeof(s->wins));
}

/* ---- frames ---- */

static void send_frame(struct session *s, struct bytes frame)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_FRAME};

	cmd.u.frame.hub = s->hub;
	cmd.u.frame.slot = s->slot;
	cmd.u.frame.len = (uint32_t)frame.len;
	command_send(s->core, s->peer->worker, &cmd, frame.p);
}

static void ask_by_arp(struct session *s, uint32_t sender_ip, uint32_t target_ip)
{
	uint8_t frame[ARP_FRAME];

	arp_ask(frame, s->mac, sender_ip, target_ip);
	send_frame(s, (struct bytes){frame, sizeof(frame)});
}

void address_announce(struct session *s)
{
	ask_by_arp(s, s->ip, s->ip);
}

/* ---- is the address free? ---- */

/* What answers a DHCPINFORM goes to the address, for which its sender asks by ARP first. */
static void begin_to_answer(struct lease *l)
{
	l->answers = true;
	session_neighbour(l->session, DP_CMD_NEIGH_ADD);
}

static void stop_to_answer(struct session *s)
{
	if (s->lease->answers && !s->installed)
		session_neighbour(s, DP_CMD_NEIGH_DEL);
}

static void probed(struct lease *l, bool taken)
{
	l->probe_ip = 0;
	timerq_disarm(&l->session->core->timers, &l->probe);
	if (!taken && l->session->ip)
		begin_to_answer(l);
	dhcp_client_probed(l->client, core_now(l->session->core), taken);
}

static void probe_due(struct timer *t, uint64_t now_ms)
{
	struct lease *l = list_entry(t, struct lease, probe);

	if (l->n_probes == PROBES) {
		probed(l, false);
		return;
	}
	l->n_probes++;
	ask_by_arp(l->session, 0, l->probe_ip);
	timerq_arm(&l->session->core->timers, t, now_ms + PROBE_MS);
}

static void begin_probe(struct lease *l, uint32_t ip)
{
	const struct session *s = l->session;
	const struct session *other = session_by_ip(s->core, s->hub, ip);

	l->probe_ip = ip;
	l->n_probes = 0;
	if (other && other != s)
		probed(l, true);
	else
		probe_due(&l->probe, core_now(s->core));
}

static void take_arp(struct core *c, struct lease *l, const struct dp_punt *p)
{
	struct rd r = rd_of(p->message + ETH_HDR, p->len - ETH_HDR);
	struct arp a;

	if (!arp_parse(&r, &a) || !l->probe_ip || a.sender_ip != l->probe_ip ||
	    memcmp(a.sender_mac, l->session->mac, ETH_ADDR) == 0) {
		c->drops.lease_no_arp++;
		return;
	}
	probed(l, true);
}

/* ---- the story ---- */

static void ip_text(uint32_t ip, char text[LEASE_TEXT_MAX])
{
	struct ip_addr a = ip4_addr(ip);

	ip_addr_text(&a, text, LEASE_TEXT_MAX);
}

static void tell(struct session *s, const struct dhcp_result *r, const char *reason,
		 const char *what)
{
	char server[LEASE_TEXT_MAX], ip[LEASE_TEXT_MAX], router[LEASE_TEXT_MAX + 16] = "no router";
	char term[LEASE_TEXT_MAX] = "without end";

	ip_text(r->server, server);
	ip_text(r->ip, ip);
	if (r->router) {
		memcpy(router, "router ", 7);
		ip_text(r->router, router + 7);
	}
	if (r->ends_ms != TIMER_NEVER)
		snprintf(term, sizeof(term), "for %u s", r->lease_s);
	story_add(s->core, s->peer->sa, &s->peer->flow, NOTE_INFO, reason,
		  "the DHCP server %s on the segment of hub %s %s: %s/%u, %s, %s", server,
		  s->core->hubs[s->hub].name, what, ip, r->prefix, router,
		  r->leased ? term : "by DHCPINFORM");
}

/* Reasons of dhcp/client.h as sentences; each goes on with the hub's name. */
static const struct {
	const char *reason, *text;
} lost_texts[] = {
	{"dhcp-no-server", "no DHCP server answered on the segment of hub"},
	{"dhcp-no-answer", "a DHCP server offered an address, and then did not confirm it, on the "
			   "segment of hub"},
	{"dhcp-refused", "the DHCP server refuses the address (DHCPNAK) on the segment of hub"},
	{"dhcp-address-taken", "somebody else has the address on the segment of hub"},
	{"dhcp-probe-silent", "the server did not find out in time whether the address is free on "
			      "the segment of hub"},
	{"dhcp-inform-silent", "no DHCP server told the mask for the address (DHCPINFORM) on the "
			       "segment of hub"},
	{"dhcp-expired", "no DHCP server renewed the lease on the segment of hub"},
};

static const char *lost_text(const char *reason)
{
	for (size_t i = 0; i < sizeof(lost_texts) / sizeof(*lost_texts); i++) {
		if (strcmp(lost_texts[i].reason, reason) == 0)
			return lost_texts[i].text;
	}
	return "no address from the segment of hub";
}

static void tell_lost(struct session *s, const char *reason)
{
	const struct hub_run *h = &s->core->hubs[s->hub];

	if (h->way == WAY_UP)
		story_refuse(s->peer, reason, "%s %s", lost_text(reason), h->name);
	else
		story_refuse(s->peer, "bridge-down", "%s %s; its interface %s is %s: %s",
			     lost_text(reason), h->name, h->bridge, way_state_name(h->way),
			     h->way_why);
}

/* ---- what the client does ---- */

/* Pools may lie on a segment without a DHCP server: it has no router then. */
static bool goes_without(struct session *s, const char *reason)
{
	struct lease *l = s->lease;
	uint8_t prefix = address_pool_prefix(s);

	if (l->given || strcmp(reason, "dhcp-inform-silent") != 0 || !prefix)
		return false;
	l->own_prefix = prefix;
	l->given = true;
	story_add(s->core, s->peer->sa, &s->peer->flow, NOTE_RETRY, reason,
		  "%s %s: the mask is the pool's, and there is no router", lost_text(reason),
		  s->core->hubs[s->hub].name);
	session_ppp_network(s);
	return true;
}

static void lost(struct session *s, const char *reason)
{
	bool given = s->lease->given;

	if (s->state > SESSION_UP) {
		stop_to_answer(s);
		lease_drop(s);
		return;
	}
	if (goes_without(s, reason))
		return;
	tell_lost(s, reason);
	stop_to_answer(s);
	lease_drop(s);
	session_event(s, SESSION_EV_CLOSE, given ? reason : "no-address");
}

static void leased(struct session *s, const struct dhcp_result *r)
{
	struct lease *l = s->lease;

	if (s->state > SESSION_UP)
		return; /* it is given back when the call is gone */
	if (!s->ip && !address_hold(s, r->ip)) {
		dhcp_client_probed(l->client, core_now(s->core), true);
		return;
	}
	l->given = true;
	tell(s, r, "dhcp-lease",
	     r->leased ? "leases the address" : "tells what belongs to the address");
	session_ppp_network(s);
}

static void one(struct session *s, const struct dhcp_client_act *a)
{
	switch (a->kind) {
	case DHCP_CLIENT_SEND:
		send_frame(s, a->frame);
		break;
	case DHCP_CLIENT_PROBE:
		begin_probe(s->lease, a->ip);
		break;
	case DHCP_CLIENT_LEASE:
		leased(s, a->result);
		break;
	case DHCP_CLIENT_RENEWED:
		if (a->changed)
			tell(s, a->result, "dhcp-renewed", "renews the lease with other values");
		break;
	case DHCP_CLIENT_LOST:
		lost(s, a->reason);
		break;
	case DHCP_CLIENT_NOTE:
		story_note(s->core, s->peer->sa, &s->peer->flow, &a->note);
		break;
	}
}

static void drain(struct session *s)
{
	uint8_t frame[DHCP_CLIENT_FRAME_MAX];
	struct dhcp_client_act act;

	while (s->lease && dhcp_client_next(s->lease->client, &act, frame))
		one(s, &act);
}

void leases_drain(struct core *c)
{
	while (!list_empty(&c->leases)) {
		struct lease *l = list_entry(c->leases.next, struct lease, ready_node);

		list_del(&l->ready_node);
		drain(l->session);
	}
}

/* ---- what the segment says ---- */

static uint64_t port_key(unsigned worker, uint32_t slot)
{
	return (uint64_t)(worker + 1) << 32 | slot;
}

void lease_frame(struct core *c, const struct dp_punt *p)
{
	struct session *s = map_get(&c->leases_by_port, port_key(p->port_worker, p->port_slot));
	struct eth eth;

	if (!s || s->hub != p->hub || !eth_parse(p->message, p->len, &eth)) {
		c->drops.lease_no_session++;
		return;
	}
	if (eth.type == ETH_TYPE_ARP)
		take_arp(c, s->lease, p);
	else
		c->drops.lease[dhcp_client_input(s->lease->client, core_now(c),
						 (struct bytes){p->message, p->len})]++;
	leases_drain(c);
}

/* ---- life ---- */

static void client_ready(void *ctx)
{
	struct lease *l = ctx;

	list_del(&l->ready_node);
	list_push(&l->session->core->leases, &l->ready_node);
}

static struct dhcp_client *new_client(struct lease *l)
{
	const struct session *s = l->session;
	struct core *c = s->core;
	const struct hub_run *h = &c->hubs[s->hub];
	const struct hub_options *o = &h->rules->options;
	struct dhcp_client_config dc = {
		.host_name = name_text(s->user),
		.user_class = o->value[OPTION_HUB_NAME_AS_DHCP_USER_CLASS] ? h->name : NULL,
		.want = s->ip ? DHCP_WANT_INFORM : DHCP_WANT_ANY,
		.wanted_ip = s->ip,
		.probe = true,
		.setup_ms = o->value[OPTION_DHCP_DISCOVER_TIMEOUT_MS],
		.random = c->os->random,
		.random_ctx = c->os->ctx,
		.timers = &c->timers,
		.ready = client_ready,
		.ready_ctx = l,
	};

	memcpy(dc.mac, s->mac, sizeof(dc.mac));
	return dhcp_client_new(&dc);
}

static bool begin(struct session *s)
{
	struct core *c = s->core;
	struct lease *l = calloc(1, sizeof(*l));

	if (!l)
		return false;
	l->session = s;
	l->probe.fire = probe_due;
	list_init(&l->ready_node);
	l->client = new_client(l);
	if (!l->client || !map_put(&c->leases_by_port, port_key(s->peer->worker, s->slot), s)) {
		dhcp_client_free(l->client);
		free(l);
		return false;
	}
	s->lease = l;
	dhcp_client_start(l->client, core_now(c));
	drain(s);
	return true;
}

bool lease_ready(struct session *s)
{
	if (!s->core->hubs[s->hub].bridge[0])
		return true;
	if (s->lease)
		return s->lease->given; /* LCP was renegotiated meanwhile */
	if (!begin(s))
		session_event(s, SESSION_EV_CLOSE, "no-resources");
	return false;
}

void lease_drop(struct session *s)
{
	struct core *c = s->core;
	struct lease *l = s->lease;

	if (!l)
		return;
	s->lease = NULL;
	map_del(&c->leases_by_port, port_key(s->peer->worker, s->slot));
	timerq_disarm(&c->timers, &l->probe);
	list_del(&l->ready_node);
	dhcp_client_free(l->client);
	free(l);
}

void lease_give_back(struct session *s)
{
	uint8_t frame[DHCP_CLIENT_FRAME_MAX];
	struct dhcp_client_act act;

	if (!s->lease)
		return;
	dhcp_client_stop(s->lease->client, core_now(s->core));
	while (dhcp_client_next(s->lease->client, &act, frame)) {
		if (act.kind == DHCP_CLIENT_SEND)
			send_frame(s, act.frame);
	}
	stop_to_answer(s);
	lease_drop(s);
}
