/*
 * client_message: what the client sends, and what it reads of an answer.
 *
 * RFC 2131 table 5 (fields and options of each message), 4.1, 4.4.1; RFC 2132, 3004, 3442.
 * Called by client.c. Knows nothing of states.
 */
#include <string.h>

#include "client_i.h"
#include "dhcp/options.h"
#include "wire/eth.h"

#define MESSAGE_SIZE 1500 /* option 57: the longest IPv4 packet that we take */

/* An option of at most DHCP_CLIENT_NAME_MAX octets, when there is one. */
static void put_text(struct wr *w, uint8_t code, const struct client_text *t)
{
	if (t->len)
		dhcp_put_option(w, code, (struct bytes){(const uint8_t *)t->b, t->len}, false);
}

/* RFC 3004 section 4: a length in front of each of the classes. */
static void put_user_class(struct wr *w, const struct client_text *t)
{
	uint8_t b[1 + DHCP_CLIENT_NAME_MAX];

	if (t->len == 0)
		return;
	b[0] = t->len;
	memcpy(b + 1, t->b, t->len);
	dhcp_put_option(w, DHCP_OPT_USER_CLASS, (struct bytes){b, 1u + t->len}, false);
}

/* Options that belong to messages that ask for values: not to DECLINE and RELEASE. */
static void put_wishes(struct wr *w, const struct client_identity *id)
{
	put_text(w, DHCP_OPT_HOST_NAME, &id->host_name);
	put_text(w, DHCP_OPT_VENDOR_CLASS, &id->vendor_class);
	put_user_class(w, &id->user_class);
	dhcp_put_number(w, DHCP_OPT_MAX_SIZE, MESSAGE_SIZE);
	dhcp_put_asked(w, !id->no_routes);
}

static void put_message(struct wr *w, const struct client_identity *id,
			const struct client_message *m)
{
	bool asks = m->type != DHCP_DECLINE && m->type != DHCP_RELEASE;
	struct dhcp_header h = {
		.op = DHCP_BOOTREQUEST,
		.htype = DHCP_HTYPE_ETH,
		.hlen = ETH_ADDR,
		.xid = m->xid,
		.secs = m->secs,
		.flags = id->broadcast && asks && !m->ciaddr ? DHCP_FLAG_BCAST : 0,
		.ciaddr = m->ciaddr,
	};

	memcpy(h.chaddr, id->mac, ETH_ADDR);
	dhcp_put_header(w, &h);
	dhcp_put_number(w, DHCP_OPT_TYPE, m->type);
	put_text(w, DHCP_OPT_CLIENT_ID, &id->client_id);
	if (m->requested)
		dhcp_put_number(w, DHCP_OPT_REQUESTED_IP, m->requested);
	if (m->server)
		dhcp_put_number(w, DHCP_OPT_SERVER_ID, m->server);
	if (asks)
		put_wishes(w, id);
	dhcp_put_end(w, 0);
}

size_t client_message_put(uint8_t *frame, const struct client_identity *id,
			  const struct client_message *m)
{
	struct wr w = wr_of(frame + DHCP_FRAME_HDRS, DHCP_CLIENT_FRAME_MAX - DHCP_FRAME_HDRS);
	struct dhcp_envelope e = {
		.src_ip = m->ciaddr,
		.dst_ip = m->unicast ? m->server : DHCP_BROADCAST_IP,
		.src_port = DHCP_CLIENT_PORT,
		.dst_port = DHCP_SERVER_PORT,
	};
	struct client_message said = *m;

	memcpy(e.src_mac, id->mac, ETH_ADDR);
	memset(e.dst_mac, 0xff, ETH_ADDR);
	if (m->unicast)
		memcpy(e.dst_mac, m->to_mac, ETH_ADDR);
	if (m->type == DHCP_REQUEST && m->ciaddr)
		said.server = 0; /* table 5: MUST NOT when renewing; it was the target only */
	put_message(&w, id, &said);
	dhcp_seal_frame(frame, w.len, &e);
	return DHCP_FRAME_HDRS + w.len;
}

static bool for_us(const struct dhcp_envelope *e, const struct client_identity *id)
{
	return eth_is_group(e->dst_mac) || memcmp(e->dst_mac, id->mac, ETH_ADDR) == 0;
}

enum dhcp_drop client_message_open(struct bytes frame, const struct client_identity *id,
				   struct dhcp_envelope *e, struct dhcp_message *m)
{
	struct bytes payload;
	enum dhcp_drop why = dhcp_open_frame(frame, DHCP_CLIENT_PORT, e, &payload);

	if (why != DHCP_DROP_NONE)
		return why;
	if (!for_us(e, id))
		return DHCP_DROP_FRAME;
	if (e->src_port != DHCP_SERVER_PORT)
		return DHCP_DROP_UDP;
	why = dhcp_parse(payload, m);
	if (why != DHCP_DROP_NONE)
		return why;
	if (m->head.op != DHCP_BOOTREPLY)
		return DHCP_DROP_HEADER;
	if (m->head.htype != DHCP_HTYPE_ETH || m->head.hlen != ETH_ADDR ||
	    memcmp(m->head.chaddr, id->mac, ETH_ADDR) != 0)
		return DHCP_DROP_CHADDR;
	return DHCP_DROP_NONE;
}

/* RFC 2131 4.4.5: the defaults are half and seven eighths; what is not in order is not taken. */
static void read_times(const struct dhcp_message *m, struct dhcp_result *r)
{
	bool t1 = dhcp_get_number(m, DHCP_OPT_T1, &r->t1_s);
	bool t2 = dhcp_get_number(m, DHCP_OPT_T2, &r->t2_s);

	if (!t2 || r->t2_s >= r->lease_s || r->t2_s < 2)
		r->t2_s = (uint32_t)((uint64_t)r->lease_s * 7 / 8);
	if (!t1 || r->t1_s >= r->t2_s || r->t1_s < 1)
		r->t1_s = r->lease_s / 2 < r->t2_s ? r->lease_s / 2 : r->t2_s / 2;
}

static uint32_t class_mask(uint32_t ip)
{
	if (ip >> 31 == 0)
		return 0xff000000;
	return ip >> 30 == 2 ? 0xffff0000 : 0xffffff00;
}

/* An address as a server may have it or give it. */
static uint32_t host_or_none(uint32_t ip)
{
	return dhcp_host_ip(ip, 0) ? ip : 0;
}

static void read_routes(const struct dhcp_message *m, struct dhcp_result *r)
{
	r->n_routes = (uint8_t)dhcp_get_routes(m, r->routes, DHCP_CLIENT_ROUTES, &r->routes_from);
	if (r->n_routes == 0)
		return;
	if (r->routes_from == DHCP_OPT_ROUTES)
		r->router = 0; /* RFC 3442: MUST ignore the Router option */
	for (size_t i = 0; i < r->n_routes; i++)
		if (r->routes[i].prefix == 0)
			r->router = host_or_none(r->routes[i].router);
}

static void read_values(const struct dhcp_message *m, bool routes, struct dhcp_result *r)
{
	uint32_t router = 0;

	dhcp_get_ips(m, DHCP_OPT_ROUTER, &router, 1);
	r->router = host_or_none(router);
	dhcp_get_ips(m, DHCP_OPT_DNS, r->dns, 2);
	dhcp_get_ips(m, DHCP_OPT_NETBIOS, r->wins, 2);
	dhcp_get_text(m, DHCP_OPT_DOMAIN, r->domain, sizeof(r->domain));
	if (routes)
		read_routes(m, r);
}

enum dhcp_drop client_result_read(const struct dhcp_message *m, const struct dhcp_envelope *e,
				  uint32_t fixed_ip, bool routes, struct dhcp_result *out)
{
	bool inform = fixed_ip != 0;
	bool masked = dhcp_get_number(m, DHCP_OPT_MASK, &out->mask);

	if (!dhcp_get_number(m, DHCP_OPT_SERVER_ID, &out->server) || !host_or_none(out->server))
		return DHCP_DROP_SERVER_ID;
	memcpy(out->server_mac, e->src_mac, ETH_ADDR);
	out->ip = inform ? fixed_ip : m->head.yiaddr;
	out->leased = !inform;
	if (!masked && !inform)
		out->mask = class_mask(out->ip);
	if (!dhcp_mask_ok(out->mask))
		return DHCP_DROP_MASK;
	if (!dhcp_host_ip(out->ip, out->mask))
		return DHCP_DROP_ADDRESS;
	out->prefix = dhcp_mask_prefix(out->mask);
	if (!inform && (!dhcp_get_number(m, DHCP_OPT_LEASE_TIME, &out->lease_s) ||
			out->lease_s < DHCP_LEASE_MIN_S))
		return DHCP_DROP_LEASE_TIME;
	if (!inform)
		read_times(m, out);
	read_values(m, routes, out);
	return DHCP_DROP_NONE;
}
