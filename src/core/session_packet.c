/*
 * session_packet: IP packets of a session that control answers itself: DHCPINFORM (RFC
 * 2131 section 4.3.5), by which Windows and Apple ask for what IPCP cannot say, and
 * Router and Neighbor Solicitations (RFC 4861). The worker has checked that the source is
 * the session's and limits how many come (dp.h, DP_PUNT_PACKET). Called by core; answers
 * by DP_CMD_SEND_PACKET. Nothing here changes a session.
 */
#include "core_i.h"

#include "dhcp/dhcp.h"
#include "hub/frame.h"
#include "wire/nd.h"

void session_send_packet(struct session *s, struct bytes packet)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_PACKET};

	cmd.u.packet.slot = s->slot;
	cmd.u.packet.len = (uint32_t)packet.len;
	command_send(s->core, s->peer->worker, &cmd, packet.p);
}

/* ---- DHCPINFORM ---- */

static uint32_t mask_of(uint8_t prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

/* What the client is told, and where the text of the policy's domain lives. Routes are the
 * segment's; without (no split tunnel can be configured) the client sends everything, or what its
 * own settings say. */
static void values_of(const struct session *s, struct cfg_policy_values *policy,
		      struct dhcp_values *v)
{
	const struct config *cfg = s->core->config;
	const struct hub_run *hub = &s->core->hubs[s->hub];
	const struct cfg_tunnel_group *g = config_group(cfg, name_text(s->tunnel_group));
	const struct cfg_user *u = account_of_session(s, cfg);
	const struct dhcp_result *segment = lease_result(s);

	*v = (struct dhcp_values){
		.client_ip = s->ip,
		.server_ip = s->lease ? lease_local_ip(s) : hub->host_ip,
		.mask = mask_of(s->lease ? lease_prefix(s) : hub->prefix),
		.mtu = s->mtu,
	};
	lease_servers(s, v->dns, v->wins);
	if (segment) {
		v->domain = segment->domain;
		v->routes = segment->routes;
		v->n_routes = segment->n_routes;
	}
	if (!g)
		return;
	config_policy(cfg, g, u, policy);
	if (policy->domain[0] || !segment)
		v->domain = policy->domain;
}

static void tell_story(struct session *s, const struct dhcp_asked *asked)
{
	char list[200] = "everything";
	size_t n = 0;

	if (s->inform_told)
		return;
	s->inform_told = true;
	for (unsigned i = 0; i < asked->n_codes && n + 5 < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", i ? "," : "",
				      asked->codes[i]);
	story_add(s->core, s->peer->sa, &s->peer->flow, NOTE_INFO, "dhcpinform",
		  "the client asked by DHCPINFORM for options %s (%s) and was answered", list,
		  asked->vendor_class[0] ? asked->vendor_class : "no vendor class");
}

static void take_dhcp(struct session *s, struct bytes packet)
{
	struct cfg_policy_values policy;
	struct dhcp_asked asked;
	uint8_t reply[DHCP_REPLY_MAX];
	struct wr w = wr_of(reply, sizeof(reply));
	struct dhcp_values v;
	enum dhcp_drop why;

	values_of(s, &policy, &v);
	why = dhcp_inform(packet, &v, &w, &asked);
	s->core->drops.inform[why]++;
	if (why != DHCP_DROP_NONE || !wr_ok(&w))
		return;
	session_send_packet(s, wr_done(&w));
	tell_story(s, &asked);
}

/* ---- Neighbor Discovery ---- */

/* The one address of ours on the link, and nobody else's. */
static bool is_ours(const struct session *s, struct ipv6_addr target)
{
	return target.prefix == IPV6_LINK_PREFIX && target.iid == s->up6.local_iid;
}

static void take_nd(struct session *s, struct bytes packet)
{
	uint8_t reply[ND_PACKET_MAX];
	struct wr w = wr_of(reply, sizeof(reply));
	enum nd_fault fault;
	struct nd nd;

	fault = nd_parse(packet.p, packet.len, &nd);
	s->core->drops.nd[fault]++;
	if (fault != ND_OK || !s->ipv6_on)
		return;
	if (nd.type == ND_ROUTER_SOLICITATION) {
		ipv6_advertise(s, ipv6_is_unspecified(nd.src) ? ND_ALL_NODES : nd.src);
	} else if (nd.type == ND_NEIGHBOR_SOLICITATION && is_ours(s, nd.target)) {
		nd_put_na(&w, &nd, true, NULL);
		if (wr_ok(&w))
			session_send_packet(s, wr_done(&w));
	}
}

void session_packet(struct core *c, const struct dp_punt *p)
{
	struct session *s = session_by_handle(c, p->session_handle);
	struct bytes packet = {p->message, p->len};

	if (!s || !s->installed || packet.len == 0)
		return;
	if (packet.p[0] >> 4 == 6)
		take_nd(s, packet);
	else
		take_dhcp(s, packet);
}
