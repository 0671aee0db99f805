/*
 * inform: the answer to DHCPINFORM from a PPP session.
 *
 * RFC 2131 section 4.3.5 (and 3.4), RFC 2132, RFC 3442, [MS-DHCPE] 2.2.8, RFC 6842. Called by
 * core with the packet that a worker handed up. Gives no address and no lease, and knows
 * nothing that is not in its arguments.
 */
#include <string.h>

#include "dhcp/dhcp.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define BROADCAST    UINT32_MAX
#define MIN_DATAGRAM 576 /* RFC 2131 section 2: what every client takes */
#define REPLY_TTL    64
#define OPTION_MAX   255
#define OPTION_HEAD  2

static const char *const drop_names[DHCP_N_DROPS] = {
	[DHCP_DROP_NONE] = "none",         [DHCP_DROP_IP] = "ip",
	[DHCP_DROP_FRAGMENT] = "fragment", [DHCP_DROP_UDP] = "udp",
	[DHCP_DROP_CHECKSUM] = "checksum", [DHCP_DROP_SOURCE] = "source",
	[DHCP_DROP_TARGET] = "target",     [DHCP_DROP_SHORT] = "short",
	[DHCP_DROP_HEADER] = "header",     [DHCP_DROP_OPTION] = "option",
	[DHCP_DROP_TYPE] = "type",         [DHCP_DROP_RELAYED] = "relayed",
	[DHCP_DROP_CIADDR] = "ciaddr",     [DHCP_DROP_ROOM] = "room",
};

const char *dhcp_drop_name(enum dhcp_drop why)
{
	return why < DHCP_N_DROPS ? drop_names[why] : "unknown";
}

bool dhcp_is_for_server(struct bytes packet)
{
	struct ipv4 ip;

	if (ipv4_parse(packet.p, packet.len, false, &ip) != IPV4_OK || ip.proto != IPV4_UDP ||
	    ip.frag & IPV4_FRAG_OFFSET || ip.total_len < ip.hdr_len + UDP_HDR)
		return false;
	return be16(packet.p + ip.hdr_len + 2) == DHCP_SERVER_PORT;
}

/* RFC 768: 0 means that the sender made none. */
static bool udp_sum_ok(const uint8_t *ip, const uint8_t *udp, size_t len)
{
	uint64_t sum = checksum_pseudo4(ip, IPV4_UDP, (uint32_t)len);

	return be16(udp + UDP_CHECKSUM) == 0 ||
	       checksum_fold(checksum_add(sum, udp, len)) == UINT16_MAX;
}

/* The UDP payload of a packet that comes from the session and is meant for a server. */
static enum dhcp_drop open_packet(struct bytes packet, const struct dhcp_values *v,
				  struct bytes *payload)
{
	struct ipv4 ip;
	struct udp udp;
	const uint8_t *at;

	if (ipv4_parse(packet.p, packet.len, true, &ip) != IPV4_OK)
		return DHCP_DROP_IP;
	if (ipv4_is_fragment(&ip))
		return DHCP_DROP_FRAGMENT;
	at = packet.p + ip.hdr_len;
	if (ip.proto != IPV4_UDP || !udp_parse(at, (size_t)ip.total_len - ip.hdr_len, &udp) ||
	    udp.dst_port != DHCP_SERVER_PORT)
		return DHCP_DROP_UDP;
	if (!udp_sum_ok(packet.p, at, udp.len))
		return DHCP_DROP_CHECKSUM;
	if (ip.src != v->client_ip)
		return DHCP_DROP_SOURCE;
	if (ip.dst != BROADCAST && ip.dst != v->server_ip)
		return DHCP_DROP_TARGET;
	*payload = (struct bytes){at + UDP_HDR, udp.len - (size_t)UDP_HDR};
	return DHCP_DROP_NONE;
}

static enum dhcp_drop judge(const struct dhcp_message *m, const struct dhcp_values *v)
{
	if (m->head.op != DHCP_BOOTREQUEST)
		return DHCP_DROP_HEADER;
	if (dhcp_type(m) != DHCP_INFORM)
		return DHCP_DROP_TYPE;
	if (m->head.giaddr)
		return DHCP_DROP_RELAYED;
	if (m->head.ciaddr && m->head.ciaddr != v->client_ip)
		return DHCP_DROP_CIADDR;
	return DHCP_DROP_NONE;
}

/* The parameter request list as a set. */
struct wishes {
	bool all; /* there is no list */
	bool code[256];
};

static void read_asked(const struct dhcp_message *m, struct dhcp_asked *a, struct wishes *w)
{
	uint8_t list[OPTION_MAX];
	size_t n = dhcp_option(m, DHCP_OPT_ASKED, list, sizeof(list), NULL);
	size_t len;

	memset(a, 0, sizeof(*a));
	memset(w, 0, sizeof(*w));
	a->xid = m->head.xid;
	w->all = n == 0;
	for (size_t i = 0; i < n; i++)
		w->code[list[i]] = true;
	a->n_codes = (uint8_t)(n < DHCP_ASKED_MAX ? n : DHCP_ASKED_MAX);
	memcpy(a->codes, list, a->n_codes);
	len = dhcp_option(m, DHCP_OPT_VENDOR_CLASS, (uint8_t *)a->vendor_class,
			  sizeof(a->vendor_class) - 1, NULL);
	for (size_t i = 0; i < len; i++)
		if (a->vendor_class[i] < 0x20 || a->vendor_class[i] > 0x7e)
			a->vendor_class[i] = '?';
}

/* How long the reply may be: what the client says (option 57, with IP and UDP headers as
 * RFC 2132 9.10 is read), else what its end of the link takes. */
static size_t reply_max(const struct dhcp_message *m, const struct dhcp_values *v)
{
	uint8_t b[2];
	size_t max = v->mtu < DHCP_REPLY_MAX ? v->mtu : DHCP_REPLY_MAX;

	if (dhcp_option(m, DHCP_OPT_MAX_SIZE, b, sizeof(b), NULL) == sizeof(b) && be16(b) < max)
		max = be16(b);
	return max < MIN_DATAGRAM ? MIN_DATAGRAM : max;
}

/* Room for an option of len octets, and the end option behind it. */
static bool fits(const struct wr *w, size_t len)
{
	return w->cap - w->len >= OPTION_HEAD + len + 1;
}

static void put_u32(struct wr *w, uint8_t code, uint32_t value)
{
	wr_u8(w, code);
	wr_u8(w, 4);
	wr_u32(w, value);
}

/* A list of servers, when it was asked and there is one. */
static void put_servers(struct wr *w, const struct wishes *wish, uint8_t code,
			const uint32_t servers[2])
{
	size_t len = (servers[0] ? 4u : 0u) + (servers[1] ? 4u : 0u);

	if (len == 0 || !(wish->all || wish->code[code]) || !fits(w, len))
		return;
	wr_u8(w, code);
	wr_u8(w, (uint8_t)len);
	for (unsigned i = 0; i < 2; i++)
		if (servers[i])
			wr_u32(w, servers[i]);
}

static void put_domain(struct wr *w, const struct wishes *wish, const char *domain)
{
	size_t len = domain ? strnlen(domain, OPTION_MAX) : 0;

	if (len && (wish->all || wish->code[DHCP_OPT_DOMAIN]) && fits(w, len))
		dhcp_put_option(w, DHCP_OPT_DOMAIN, (struct bytes){(const uint8_t *)domain, len},
				false);
}

/* Octets of an option of data_len octets, in pieces or not. */
static size_t option_room(size_t data_len)
{
	return data_len + OPTION_HEAD * ((data_len + OPTION_MAX - 1) / OPTION_MAX);
}

/* How many routes of the list fit into room octets, and their length. */
static size_t routes_that_fit(const struct dhcp_values *v, size_t room, size_t *len)
{
	size_t n = 0;

	*len = 0;
	while (n < v->n_routes && n < DHCP_ROUTES_MAX) {
		size_t more = dhcp_route_len(&v->routes[n]);

		if (option_room(*len + more) > room)
			break;
		*len += more;
		n++;
	}
	return n;
}

/* RFC 3442: a client that knows 121 installs it and no default route; the others know 249. */
static void put_routes(struct wr *w, const struct wishes *wish, const struct dhcp_values *v,
		       struct dhcp_asked *asked)
{
	bool ms = wish->all || wish->code[DHCP_OPT_MS_ROUTES];
	bool rfc = wish->all || wish->code[DHCP_OPT_ROUTES];
	bool windows = strncmp(asked->vendor_class, "MSFT", 4) == 0;
	uint8_t data[DHCP_REPLY_MAX];
	struct wr d = wr_of(data, sizeof(data));
	size_t room = w->cap - w->len - 1; /* the end option */
	size_t len, n;

	if (v->n_routes == 0 || !(ms || rfc))
		return;
	n = routes_that_fit(v, room, &len);
	for (size_t i = 0; i < n; i++)
		dhcp_put_route(&d, &v->routes[i]);
	if (n && (ms || 2 * option_room(len) <= room))
		dhcp_put_option(w, DHCP_OPT_MS_ROUTES, wr_done(&d), windows);
	if (n && (!ms || 2 * option_room(len) <= room))
		dhcp_put_option(w, DHCP_OPT_ROUTES, wr_done(&d), windows);
	asked->routes_sent = (uint16_t)n;
	asked->routes_left_out =
		(uint16_t)(v->n_routes - n < UINT16_MAX ? v->n_routes - n : UINT16_MAX);
}

/* RFC 2131 table 3, the column of DHCPACK, without what an INFORM must not get. */
static void put_message(struct wr *w, const struct dhcp_message *m, const struct dhcp_values *v,
			const struct wishes *wish, struct dhcp_asked *asked)
{
	static const uint8_t ack = DHCP_ACK;
	struct dhcp_header h = m->head;
	uint8_t id[OPTION_MAX];
	size_t id_len = dhcp_option(m, DHCP_OPT_CLIENT_ID, id, sizeof(id), NULL);

	h.op = DHCP_BOOTREPLY;
	h.hops = 0;
	h.secs = 0;
	h.yiaddr = h.siaddr = 0;
	dhcp_put_header(w, &h);
	dhcp_put_option(w, DHCP_OPT_TYPE, (struct bytes){&ack, 1}, false);
	put_u32(w, DHCP_OPT_SERVER_ID, v->server_ip);
	if (id_len)
		dhcp_put_option(w, DHCP_OPT_CLIENT_ID, (struct bytes){id, id_len}, false);
	if (v->mask)
		put_u32(w, DHCP_OPT_MASK, v->mask);
	put_servers(w, wish, DHCP_OPT_DNS, v->dns);
	put_domain(w, wish, v->domain);
	put_servers(w, wish, DHCP_OPT_NETBIOS, v->wins);
	put_routes(w, wish, v, asked);
	dhcp_put_end(w, 0);
}

static void put_packet(uint8_t *p, size_t message_len, const struct dhcp_values *v)
{
	uint16_t udp_len = (uint16_t)(UDP_HDR + message_len);
	uint8_t *udp = p + IPV4_HDR;
	uint64_t sum;

	ipv4_put(p, (uint16_t)(IPV4_HDR + udp_len), REPLY_TTL, IPV4_UDP, v->server_ip,
		 v->client_ip);
	udp_put(udp, DHCP_SERVER_PORT, DHCP_CLIENT_PORT, udp_len);
	sum = checksum_pseudo4(p, IPV4_UDP, udp_len);
	checksum_store(udp + UDP_CHECKSUM, checksum_add(sum, udp, udp_len));
	if (be16(udp + UDP_CHECKSUM) == 0)
		put_be16(udp + UDP_CHECKSUM, UINT16_MAX);
}

enum dhcp_drop dhcp_inform(struct bytes packet, const struct dhcp_values *v, struct wr *w,
			   struct dhcp_asked *asked)
{
	uint8_t buf[DHCP_REPLY_MAX];
	struct dhcp_asked told;
	struct dhcp_message m;
	struct wishes wish;
	struct bytes payload;
	struct wr r;
	enum dhcp_drop why = open_packet(packet, v, &payload);

	if (why == DHCP_DROP_NONE)
		why = dhcp_parse(payload, &m);
	if (why == DHCP_DROP_NONE)
		why = judge(&m, v);
	if (why != DHCP_DROP_NONE)
		return why;
	read_asked(&m, &told, &wish);
	r = wr_of(buf + IPV4_HDR + UDP_HDR, reply_max(&m, v) - IPV4_HDR - UDP_HDR);
	put_message(&r, &m, v, &wish, &told);
	if (!wr_ok(&r) || !wr_ok(w) || w->cap - w->len < IPV4_HDR + UDP_HDR + r.len)
		return DHCP_DROP_ROOM;
	put_packet(buf, r.len, v);
	wr_copy(w, buf, IPV4_HDR + UDP_HDR + r.len);
	if (asked)
		*asked = told;
	return DHCP_DROP_NONE;
}
