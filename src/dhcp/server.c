/*
 * server: judges a client's message and answers it.
 *
 * RFC 2131 section 4.3 (each message), 4.1 (where the answer goes), RFC 6842, RFC 3046 (relays).
 * Called by core with frames that a worker handed up. Never takes longer for a client that lies:
 * limits go by the port (server_port.c).
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "reply.h"
#include "server_i.h"
#include "wire/eth.h"

#define MTU     1500
#define NOTE_MS 1000

/* One message, judged as far as it can be without the leases. */
struct request {
	const struct dhcp_from *from;
	uint64_t now_ms;
	struct port *port;
	struct dhcp_envelope e;
	struct dhcp_message m;
	uint8_t type;
	uint32_t server, requested; /* options 54 and 50, or 0 */
	struct client_key key;
};

static void note(struct dhcp_server *s, const struct request *r, enum note_kind kind,
		 const char *reason, const char *text, uint32_t ip)
{
	const uint8_t *mac = r->key.mac;
	struct ip_addr addr = ip4_addr(ip);
	char ip_text[IP_ADDR_TEXT];

	if (s->note_due || (s->noted_ms && r->now_ms - s->noted_ms < NOTE_MS))
		return;
	s->note_due = true;
	s->noted_ms = r->now_ms;
	s->note.kind = kind;
	s->note.reason = reason;
	snprintf(s->note.text, sizeof(s->note.text), "%02x:%02x:%02x:%02x:%02x:%02x %s%s", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5], text,
		 ip ? ip_addr_text(&addr, ip_text, sizeof(ip_text)) : "");
}

/* ---- the answer ---- */

/* RFC 2131 section 4.1. */
static void address_answer(const struct dhcp_server *s, const struct request *r, uint8_t type,
			   uint32_t yiaddr, struct dhcp_envelope *e)
{
	const struct dhcp_header *h = &r->m.head;

	*e = (struct dhcp_envelope){.src_ip = s->cfg.ip,
				    .dst_ip = DHCP_BROADCAST_IP,
				    .src_port = DHCP_SERVER_PORT,
				    .dst_port = DHCP_CLIENT_PORT};
	memcpy(e->src_mac, s->cfg.mac, ETH_ADDR);
	memset(e->dst_mac, 0xff, ETH_ADDR);
	if (h->giaddr) {
		e->dst_ip = h->giaddr;
		e->dst_port = DHCP_SERVER_PORT;
		memcpy(e->dst_mac, r->e.src_mac, ETH_ADDR);
	} else if (type != DHCP_NAK && h->ciaddr) {
		e->dst_ip = h->ciaddr;
		memcpy(e->dst_mac, r->e.src_mac, ETH_ADDR);
	} else if (type != DHCP_NAK && !(h->flags & DHCP_FLAG_BCAST)) {
		e->dst_ip = yiaddr;
		memcpy(e->dst_mac, h->chaddr, ETH_ADDR);
	}
}

/* What is told besides the address. routes: room for one more than the configuration's. A PPP
 * session without a gateway hears of the segment, which Windows else would not reach. */
static struct dhcp_values values_of(const struct dhcp_server *s, const struct request *r,
				    uint32_t client_ip, struct dhcp_route *routes)
{
	struct dhcp_values v = {
		.client_ip = client_ip,
		.server_ip = s->cfg.ip,
		.mask = s->cfg.mask,
		.router = s->cfg.gateway,
		.dns = {s->cfg.dns[0], s->cfg.dns[1]},
		.wins = {s->cfg.wins[0], s->cfg.wins[1]},
		.domain = s->cfg.domain,
		.routes = routes,
		.n_routes = s->cfg.n_routes,
		.mtu = MTU,
	};

	memcpy(routes, s->routes, s->cfg.n_routes * sizeof(*routes));
	if (r->from->ppp && s->cfg.gateway == 0)
		routes[v.n_routes++] = (struct dhcp_route){.net = s->cfg.ip & s->cfg.mask,
							   .prefix = dhcp_mask_prefix(s->cfg.mask)};
	return v;
}

/* Makes the SEND. */
static void answer(struct dhcp_server *s, struct request *r, const struct reply *reply)
{
	struct dhcp_route routes[DHCP_SERVER_ROUTES_MAX + 1];
	uint32_t client_ip = reply->yiaddr ? reply->yiaddr : r->m.head.ciaddr;
	struct dhcp_values v = values_of(s, r, client_ip, routes);
	struct wr w = wr_of(s->frame + DHCP_FRAME_HDRS, reply_max(&r->m, MTU) - DHCP_IP_HDRS);
	struct dhcp_envelope e;
	struct dhcp_asked asked;
	struct wishes wish;

	read_asked(&r->m, &asked, &wish);
	if (reply->type == DHCP_NAK && r->m.head.giaddr)
		r->m.head.flags |= DHCP_FLAG_BCAST; /* 4.3.2: the relay must broadcast it */
	put_reply(&w, &r->m, reply, &v, &wish, &asked);
	s->stats.acts_refused += s->frame_len != 0;
	s->frame_len = 0;
	if (!wr_ok(&w))
		return;
	address_answer(s, r, reply->type, reply->yiaddr, &e);
	dhcp_seal_frame(s->frame, w.len, &e);
	s->frame_len = DHCP_FRAME_HDRS + w.len;
	s->frame_type = reply->type;
	s->frame_port = r->from->port;
}

static enum dhcp_drop refuse(struct dhcp_server *s, struct request *r, uint32_t ip,
			     const char *reason)
{
	const struct reply nak = {.type = DHCP_NAK, .reason = reason};

	s->stats.naks++;
	note(s, r, NOTE_REFUSED, "dhcp-nak", "asked for an address that it cannot have: ", ip);
	answer(s, r, &nak);
	return DHCP_DROP_NONE;
}

/* ---- each message ---- */

/* Would one more lease be too many for the port? l: the client's own, or NULL. */
static bool port_is_full(const struct request *r, const struct lease *l)
{
	if (l && l->port == r->port && l->pub.state != DHCP_LEASE_ENDED)
		return false;
	return r->port->n_leases >= port_leases_max(r->from);
}

/* The client identifier of a client that is there on another port, told by another host. */
static bool is_impostor(const struct request *r, const struct lease *l)
{
	return l && l->pub.state == DHCP_LEASE_BOUND && l->port && l->port != r->port &&
	       memcmp(l->pub.mac, r->key.mac, ETH_ADDR) != 0;
}

static enum dhcp_drop may_have_lease(struct dhcp_server *s, const struct request *r)
{
	struct lease *own = lease_by_key(s, &r->key);

	if (is_impostor(r, own)) {
		note(s, r, NOTE_REFUSED, "dhcp-chaddr",
		     "uses the client identifier of another port's client, which has ",
		     own->pub.ip);
		return DHCP_DROP_CHADDR;
	}
	if (port_is_full(r, own)) {
		note(s, r, NOTE_REFUSED, "dhcp-port-full",
		     "asks for more addresses than its port may have", 0);
		return DHCP_DROP_PORT_FULL;
	}
	return DHCP_DROP_NONE;
}

/* 4.3.1. */
static enum dhcp_drop discover(struct dhcp_server *s, struct request *r)
{
	struct reply offer = {.type = DHCP_OFFER, .has_lease = true, .lease_s = s->cfg.lease_s};
	enum dhcp_drop why = may_have_lease(s, r);
	struct lease *l;

	if (why != DHCP_DROP_NONE)
		return why;
	l = choose_lease(s, r->now_ms, r->from, &r->key, r->requested);
	if (!l) {
		note(s, r, NOTE_REFUSED, "dhcp-pool-empty", "gets no address: none is free", 0);
		return DHCP_DROP_POOL_EMPTY;
	}
	if (l->pub.state != DHCP_LEASE_BOUND)
		lease_set(l, DHCP_LEASE_OFFERED, r->now_ms + s->cfg.hold_ms, r->port);
	memcpy(l->pub.mac, r->key.mac, ETH_ADDR);
	offer.yiaddr = l->pub.ip;
	s->stats.offers++;
	answer(s, r, &offer);
	return DHCP_DROP_NONE;
}

static void bind(struct dhcp_server *s, struct request *r, struct lease *l)
{
	struct reply ack = {.type = DHCP_ACK,
			    .yiaddr = l->pub.ip,
			    .has_lease = true,
			    .lease_s = s->cfg.lease_s};
	bool renewed = l->pub.state == DHCP_LEASE_BOUND;
	uint64_t ends_ms = TIMER_NEVER;

	if (s->cfg.lease_s != UINT32_MAX)
		ends_ms = r->now_ms + (uint64_t)s->cfg.lease_s * 1000;
	if (!renewed)
		l->pub.leased_ms = r->now_ms ? r->now_ms : 1;
	lease_set(l, DHCP_LEASE_BOUND, ends_ms, r->port);
	memcpy(l->pub.mac, r->key.mac, ETH_ADDR);
	dhcp_get_label(&r->m, DHCP_OPT_HOST_NAME, l->pub.host_name, sizeof(l->pub.host_name));
	lease_save(l, renewed);
	s->stats.acks++;
	answer(s, r, &ack);
}

/* 4.3.2, whichever way it asks: an address that it may have, or a NAK. */
static enum dhcp_drop grant(struct dhcp_server *s, struct request *r, uint32_t ip)
{
	struct lease *own = lease_by_key(s, &r->key), *l;
	enum dhcp_drop why = may_have_lease(s, r);

	if (why != DHCP_DROP_NONE)
		return why;
	if (own && own->pub.state == DHCP_LEASE_BOUND && own->pub.ip != ip)
		return refuse(s, r, ip, "another address is leased to this client");
	l = choose_exact(s, r->from, &r->key, ip);
	if (!l)
		return refuse(s, r, ip, "this address is not to be had");
	bind(s, r, l);
	return DHCP_DROP_NONE;
}

static enum dhcp_drop request(struct dhcp_server *s, struct request *r)
{
	struct lease *own;

	if (r->m.head.ciaddr && !r->server)
		return grant(s, r, r->m.head.ciaddr); /* RENEWING, REBINDING */
	if (!r->requested)
		return DHCP_DROP_OPTION;
	if (!r->server || r->server == s->cfg.ip)
		return grant(s, r, r->requested); /* INIT-REBOOT, SELECTING */
	own = lease_by_key(s, &r->key);
	if (own && own->pub.state == DHCP_LEASE_OFFERED)
		lease_end(own); /* the offer is free for others */
	return DHCP_DROP_OTHER_SERVER;
}

/* The lease of ip that this very client holds, or NULL. */
static struct lease *held(struct dhcp_server *s, const struct request *r, uint32_t ip)
{
	struct lease *l = lease_by_key(s, &r->key);

	if (!l || l->pub.ip != ip || memcmp(l->pub.mac, r->key.mac, ETH_ADDR) != 0 ||
	    (l->port && l->port != r->port) || (r->server && r->server != s->cfg.ip))
		return NULL;
	return l;
}

/* 4.3.4. */
static enum dhcp_drop release(struct dhcp_server *s, struct request *r)
{
	struct lease *l = held(s, r, r->m.head.ciaddr);

	if (!l || l->pub.state != DHCP_LEASE_BOUND)
		return DHCP_DROP_NO_LEASE;
	s->stats.released++;
	lease_end(l);
	return DHCP_DROP_NONE;
}

/* 4.3.3. A port that declines one address after the other gets them back. */
static enum dhcp_drop decline(struct dhcp_server *s, struct request *r)
{
	uint64_t keep_ms = (uint64_t)s->cfg.decline_s * 1000;
	struct lease *l = held(s, r, r->requested);

	if (!l || l->pub.state == DHCP_LEASE_ENDED)
		return DHCP_DROP_NO_LEASE;
	s->stats.declined++;
	note(s, r, NOTE_REFUSED, "dhcp-declined", "says that somebody else uses ", l->pub.ip);
	if (port_may_decline(r->port, r->now_ms, keep_ms, r->from))
		lease_keep_back(l, r->now_ms + keep_ms);
	else
		lease_end(l);
	return DHCP_DROP_NONE;
}

/* 4.3.5. */
static enum dhcp_drop inform(struct dhcp_server *s, struct request *r)
{
	static const struct reply ack = {.type = DHCP_ACK};

	if (!choose_possible(s, r->m.head.ciaddr))
		return DHCP_DROP_CIADDR;
	s->stats.informs++;
	answer(s, r, &ack);
	return DHCP_DROP_NONE;
}

static enum dhcp_drop act(struct dhcp_server *s, struct request *r)
{
	switch (r->type) {
	case DHCP_DISCOVER:
		return discover(s, r);
	case DHCP_REQUEST:
		return request(s, r);
	case DHCP_DECLINE:
		return decline(s, r);
	case DHCP_RELEASE:
		return release(s, r);
	case DHCP_INFORM:
		return inform(s, r);
	default:
		return DHCP_DROP_TYPE;
	}
}

/* ---- what comes ---- */

static bool for_us(const struct dhcp_server *s, const struct dhcp_envelope *e)
{
	if (!eth_is_group(e->dst_mac) && memcmp(e->dst_mac, s->cfg.mac, ETH_ADDR) != 0)
		return false;
	return e->dst_ip == DHCP_BROADCAST_IP || e->dst_ip == s->cfg.ip ||
	       e->dst_ip == (s->cfg.ip | ~s->cfg.mask);
}

static enum dhcp_drop judge(const struct dhcp_server *s, const struct request *r)
{
	const struct dhcp_header *h = &r->m.head;

	if (h->op != DHCP_BOOTREQUEST || h->htype != DHCP_HTYPE_ETH || h->hlen != ETH_ADDR)
		return DHCP_DROP_HEADER;
	if (h->giaddr && (!s->cfg.relays || !choose_possible(s, h->giaddr)))
		return DHCP_DROP_RELAYED;
	if (eth_is_group(h->chaddr) ||
	    (!h->giaddr && memcmp(h->chaddr, r->e.src_mac, ETH_ADDR) != 0))
		return DHCP_DROP_CHADDR;
	return DHCP_DROP_NONE;
}

static void read_request(struct request *r)
{
	uint8_t id[DHCP_CLIENT_ID_MAX + 1];
	size_t len = dhcp_option(&r->m, DHCP_OPT_CLIENT_ID, id, sizeof(id), NULL);

	r->type = dhcp_type(&r->m);
	dhcp_get_number(&r->m, DHCP_OPT_SERVER_ID, &r->server);
	dhcp_get_number(&r->m, DHCP_OPT_REQUESTED_IP, &r->requested);
	memcpy(r->key.mac, r->m.head.chaddr, ETH_ADDR);
	if (len == 0 || len > DHCP_CLIENT_ID_MAX)
		return;
	r->key.id_len = (uint8_t)len;
	memcpy(r->key.id, id, len);
}

static enum dhcp_drop take(struct dhcp_server *s, struct request *r, struct bytes frame)
{
	struct bytes payload;
	enum dhcp_drop why = dhcp_open_frame(frame, DHCP_SERVER_PORT, &r->e, &payload);

	if (why != DHCP_DROP_NONE)
		return why;
	if (!for_us(s, &r->e))
		return DHCP_DROP_TARGET;
	r->port = port_get(s, r->now_ms, r->from);
	if (!r->port || !port_allow(r->port, r->now_ms, r->from))
		return DHCP_DROP_RATE;
	why = dhcp_parse(payload, &r->m);
	if (why == DHCP_DROP_NONE)
		why = judge(s, r);
	if (why != DHCP_DROP_NONE)
		return why;
	read_request(r);
	s->stats.in[r->type <= DHCP_INFORM ? r->type : 0]++;
	return act(s, r);
}

enum dhcp_drop dhcp_server_input(struct dhcp_server *s, uint64_t now_ms,
				 const struct dhcp_from *from, struct bytes frame)
{
	struct request r = {.from = from, .now_ms = now_ms};
	enum dhcp_drop why = take(s, &r, frame);

	if (why != DHCP_DROP_NONE)
		s->stats.drops[why]++;
	return why;
}

/* ---- actions out ---- */

static void next_lease(struct dhcp_server *s, struct dhcp_server_act *out)
{
	struct lease *l = list_entry(s->dirty.next, struct lease, dirty);

	out->kind = l->pending == PENDING_SAVE ? DHCP_SERVER_LEASE_SAVE : DHCP_SERVER_LEASE_DROP;
	out->lease = l->pub;
	out->renewed = l->renewed;
	l->pending = PENDING_NONE;
	list_del(&l->dirty);
	if (l->dead)
		lease_free(l);
}

bool dhcp_server_next(struct dhcp_server *s, struct dhcp_server_act *out)
{
	memset(out, 0, sizeof(*out));
	if (!list_empty(&s->dirty)) {
		next_lease(s, out);
		return true;
	}
	if (s->frame_len) {
		out->kind = DHCP_SERVER_SEND;
		out->port = s->frame_port;
		out->type = s->frame_type;
		out->frame = (struct bytes){s->frame, s->frame_len};
		s->frame_len = 0;
		return true;
	}
	if (!s->note_due)
		return false;
	out->kind = DHCP_SERVER_NOTE;
	out->note = s->note;
	s->note_due = false;
	return true;
}
