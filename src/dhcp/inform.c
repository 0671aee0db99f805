/*
 * inform: the answer to DHCPINFORM from a PPP session.
 *
 * RFC 2131 section 4.3.5 (and 3.4); the message itself is made by reply.c. Called by core with
 * the packet that a worker handed up. Gives no address and no lease, and knows nothing that is
 * not in its arguments.
 */
#include <string.h>

#include "dhcp/dhcp.h"
#include "dhcp/packet.h"
#include "reply.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

static const char *const drop_names[DHCP_N_ALL_DROPS] = {
	[DHCP_DROP_NONE] = "none",
	[DHCP_DROP_IP] = "ip",
	[DHCP_DROP_FRAGMENT] = "fragment",
	[DHCP_DROP_UDP] = "udp",
	[DHCP_DROP_CHECKSUM] = "checksum",
	[DHCP_DROP_SOURCE] = "source",
	[DHCP_DROP_TARGET] = "target",
	[DHCP_DROP_SHORT] = "short",
	[DHCP_DROP_HEADER] = "header",
	[DHCP_DROP_OPTION] = "option",
	[DHCP_DROP_TYPE] = "type",
	[DHCP_DROP_RELAYED] = "relayed",
	[DHCP_DROP_CIADDR] = "ciaddr",
	[DHCP_DROP_ROOM] = "room",
	[DHCP_DROP_FRAME] = "frame",
	[DHCP_DROP_CHADDR] = "chaddr",
	[DHCP_DROP_XID] = "xid",
	[DHCP_DROP_SERVER_ID] = "server-id",
	[DHCP_DROP_ADDRESS] = "address",
	[DHCP_DROP_OTHER_ADDRESS] = "other-address",
	[DHCP_DROP_MASK] = "mask",
	[DHCP_DROP_LEASE_TIME] = "lease-time",
	[DHCP_DROP_STATE] = "state",
	[DHCP_DROP_RATE] = "rate",
	[DHCP_DROP_PORT_FULL] = "port-full",
	[DHCP_DROP_POOL_EMPTY] = "pool-empty",
	[DHCP_DROP_OTHER_SERVER] = "other-server",
	[DHCP_DROP_NO_LEASE] = "no-lease",
	[DHCP_DROP_FROM_USER] = "from-user",
};

const char *dhcp_drop_name(enum dhcp_drop why)
{
	return why < DHCP_N_ALL_DROPS ? drop_names[why] : "unknown";
}

bool dhcp_is_for_server(struct bytes packet)
{
	struct ipv4 ip;

	if (ipv4_parse(packet.p, packet.len, false, &ip) != IPV4_OK || ip.proto != IPV4_UDP ||
	    ip.frag & IPV4_FRAG_OFFSET || ip.total_len < ip.hdr_len + UDP_HDR)
		return false;
	return be16(packet.p + ip.hdr_len + 2) == DHCP_SERVER_PORT;
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

/* The message of a packet that comes from the session and is meant for a server. */
static enum dhcp_drop open_inform(struct bytes packet, const struct dhcp_values *v,
				  struct dhcp_message *m)
{
	struct dhcp_envelope e;
	struct bytes payload;
	enum dhcp_drop why = dhcp_open_packet(packet, DHCP_SERVER_PORT, &e, &payload);

	if (why == DHCP_DROP_NONE && e.src_ip != v->client_ip)
		why = DHCP_DROP_SOURCE;
	if (why == DHCP_DROP_NONE && e.dst_ip != DHCP_BROADCAST_IP && e.dst_ip != v->server_ip)
		why = DHCP_DROP_TARGET;
	if (why == DHCP_DROP_NONE)
		why = dhcp_parse(payload, m);
	return why == DHCP_DROP_NONE ? judge(m, v) : why;
}

enum dhcp_drop dhcp_inform(struct bytes packet, const struct dhcp_values *v, struct wr *w,
			   struct dhcp_asked *asked)
{
	static const struct reply ack = {.type = DHCP_ACK};
	const struct dhcp_envelope e = {
		.src_ip = v->server_ip,
		.dst_ip = v->client_ip,
		.src_port = DHCP_SERVER_PORT,
		.dst_port = DHCP_CLIENT_PORT,
	};
	uint8_t buf[DHCP_REPLY_MAX];
	struct dhcp_asked told;
	struct dhcp_message m;
	struct wishes wish;
	struct wr r;
	enum dhcp_drop why = open_inform(packet, v, &m);

	if (why != DHCP_DROP_NONE)
		return why;
	read_asked(&m, &told, &wish);
	r = wr_of(buf + DHCP_IP_HDRS, reply_max(&m, v->mtu) - DHCP_IP_HDRS);
	put_reply(&r, &m, &ack, v, &wish, &told);
	if (!wr_ok(&r) || !wr_ok(w) || w->cap - w->len < DHCP_IP_HDRS + r.len)
		return DHCP_DROP_ROOM;
	dhcp_seal_packet(buf, r.len, &e);
	wr_copy(w, buf, DHCP_IP_HDRS + r.len);
	if (asked)
		*asked = told;
	return DHCP_DROP_NONE;
}
