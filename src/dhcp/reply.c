/*
 * reply: what a server's answer contains.
 *
 * RFC 2131 section 4.3.1 and table 3, RFC 2132, RFC 3442, [MS-DHCPE] 2.2.8 and 2.2.9, RFC 6842,
 * RFC 3046 section 2.2. Called by inform and server_reply. Decides nothing: who gets which
 * address is said to it.
 */
#include "reply.h"

#include <string.h>

#define MIN_DATAGRAM 576 /* RFC 2131 section 2: what every client takes */
#define OPTION_MAX   255
#define OPTION_HEAD  2

void read_asked(const struct dhcp_message *m, struct dhcp_asked *a, struct wishes *w)
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

size_t reply_max(const struct dhcp_message *m, uint16_t mtu)
{
	size_t max = mtu < DHCP_REPLY_MAX ? mtu : DHCP_REPLY_MAX;
	uint32_t says;

	if (dhcp_get_number(m, DHCP_OPT_MAX_SIZE, &says) && says < max)
		max = says;
	return max < MIN_DATAGRAM ? MIN_DATAGRAM : max;
}

/* Room for an option of len octets, and the end option behind it. */
static bool fits(const struct wr *w, size_t len)
{
	return w->cap - w->len >= OPTION_HEAD + len + 1;
}

/* A list of servers, when it was asked and there is one. */
static void put_servers(struct wr *w, const struct wishes *wish, uint8_t code,
			const uint32_t *servers, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += servers[i] ? 4u : 0u;
	if (len && (wish->all || wish->code[code]) && fits(w, len))
		dhcp_put_ips(w, code, servers, n);
}

static void put_domain(struct wr *w, const struct wishes *wish, const char *domain)
{
	size_t len = domain ? strnlen(domain, OPTION_MAX) : 0;

	if ((wish->all || wish->code[DHCP_OPT_DOMAIN]) && fits(w, len))
		dhcp_put_text(w, DHCP_OPT_DOMAIN, domain);
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

/* RFC 2131 4.4.5: T1 is half of the lease, T2 seven eighths. */
static void put_times(struct wr *w, uint32_t lease_s)
{
	dhcp_put_number(w, DHCP_OPT_LEASE_TIME, lease_s);
	if (lease_s == UINT32_MAX)
		return;
	dhcp_put_number(w, DHCP_OPT_T1, lease_s / 2);
	dhcp_put_number(w, DHCP_OPT_T2, (uint32_t)((uint64_t)lease_s * 7 / 8));
}

/* An option of the request that comes back as it is (RFC 6842, RFC 3046 2.2). */
static void put_echo(struct wr *w, const struct dhcp_message *m, uint8_t code)
{
	uint8_t b[OPTION_MAX];
	size_t len = dhcp_option(m, code, b, sizeof(b), NULL);

	if (len && fits(w, len))
		dhcp_put_option(w, code, (struct bytes){b, len}, false);
}

static void put_configuration(struct wr *w, const struct dhcp_values *v, const struct wishes *wish,
			      struct dhcp_asked *asked)
{
	if (v->mask)
		dhcp_put_number(w, DHCP_OPT_MASK, v->mask);
	put_servers(w, wish, DHCP_OPT_ROUTER, &v->router, 1);
	if (wish->code[DHCP_OPT_BROADCAST] && v->mask && fits(w, 4))
		dhcp_put_number(w, DHCP_OPT_BROADCAST, v->client_ip | ~v->mask);
	put_servers(w, wish, DHCP_OPT_DNS, v->dns, 2);
	put_domain(w, wish, v->domain);
	put_servers(w, wish, DHCP_OPT_NETBIOS, v->wins, 2);
	put_routes(w, wish, v, asked);
}

void put_reply(struct wr *w, const struct dhcp_message *m, const struct reply *r,
	       const struct dhcp_values *v, const struct wishes *wish, struct dhcp_asked *asked)
{
	struct dhcp_header h = m->head;

	h.op = DHCP_BOOTREPLY;
	h.hops = 0;
	h.secs = 0;
	h.yiaddr = r->yiaddr;
	h.siaddr = 0;
	if (r->type != DHCP_ACK)
		h.ciaddr = 0;
	dhcp_put_header(w, &h);
	dhcp_put_number(w, DHCP_OPT_TYPE, r->type);
	dhcp_put_number(w, DHCP_OPT_SERVER_ID, v->server_ip);
	if (r->has_lease)
		put_times(w, r->lease_s);
	put_echo(w, m, DHCP_OPT_CLIENT_ID);
	if (m->head.giaddr)
		put_echo(w, m, DHCP_OPT_RELAY_INFO);
	if (r->type == DHCP_NAK)
		dhcp_put_text(w, DHCP_OPT_MESSAGE, r->reason);
	else
		put_configuration(w, v, wish, asked);
	dhcp_put_end(w, 0);
}
