/*
 * inform: what a client's system asks by DHCPINFORM once IPCP has its address (RFC 2131
 * section 4.3.5), as Apple's asks it (clients.md 3.2), with any list of options; and the
 * options of the answer.
 */
#include <string.h>

#include "dhcp/dhcp.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"
#include "world.h"

#define XID 0x4711

static void put_message(struct wr *w, uint32_t ip, struct bytes codes)
{
	static const uint8_t id[] = {8, 0, 0, 0, 1, 0, 0}, type = DHCP_INFORM;
	struct dhcp_header h = {.op = DHCP_BOOTREQUEST,
				.htype = 8,
				.hlen = 6,
				.xid = XID,
				.ciaddr = ip,
				.chaddr = {0, 0, 0, 1}};
	size_t start = w->len;

	dhcp_put_header(w, &h);
	dhcp_put_option(w, DHCP_OPT_TYPE, (struct bytes){&type, 1}, false);
	dhcp_put_option(w, DHCP_OPT_CLIENT_ID, (struct bytes){id, sizeof(id)}, false);
	if (codes.len)
		dhcp_put_option(w, DHCP_OPT_ASKED, codes, false);
	dhcp_put_end(w, start);
}

void client_inform(struct client *c, struct bytes codes)
{
	uint8_t p[1500];
	struct wr w = wr_of(p + IPV4_HDR + UDP_HDR, sizeof(p) - IPV4_HDR - UDP_HDR);

	put_message(&w, c->up.local_ip, codes);
	ipv4_put(p, (uint16_t)(IPV4_HDR + UDP_HDR + w.len), 255, IPV4_UDP, c->up.local_ip,
		 UINT32_MAX);
	udp_put(p + IPV4_HDR, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, (uint16_t)(UDP_HDR + w.len));
	c->inform_len = 0;
	client_packet(c, (struct bytes){p, IPV4_HDR + UDP_HDR + w.len});
}

/* What Apple's system checks of the answer before it takes it. */
static bool is_answer(const struct client *c, const struct dhcp_message *m)
{
	return m->head.op == DHCP_BOOTREPLY && m->head.xid == XID && m->head.yiaddr == 0 &&
	       m->options.len > 3 && m->options.p[0] == DHCP_OPT_TYPE &&
	       m->options.p[2] == DHCP_ACK && m->head.ciaddr == c->up.local_ip;
}

bool client_take_inform(struct client *c, struct bytes packet)
{
	struct dhcp_message m;
	struct ipv4 ip;
	struct udp u;

	if (ipv4_parse(packet.p, packet.len, true, &ip) != IPV4_OK || ip.proto != IPV4_UDP ||
	    !udp_parse(packet.p + ip.hdr_len, packet.len - ip.hdr_len, &u) ||
	    u.dst_port != DHCP_CLIENT_PORT)
		return false;
	if (ip.dst != c->up.local_ip || ip.src != c->up.peer_ip || u.src_port != DHCP_SERVER_PORT ||
	    dhcp_parse((struct bytes){packet.p + ip.hdr_len + UDP_HDR, (size_t)u.len - UDP_HDR},
		       &m) != DHCP_DROP_NONE ||
	    !is_answer(c, &m) || m.options.len > sizeof(c->inform))
		return true;
	memcpy(c->inform, m.options.p, m.options.len);
	c->inform_len = m.options.len;
	return true;
}

size_t client_informed(const struct client *c, uint8_t code, uint8_t *buf, size_t cap, bool *found)
{
	const struct dhcp_message m = {.options = {c->inform, c->inform_len}};

	return dhcp_option(&m, code, buf, cap, found);
}
