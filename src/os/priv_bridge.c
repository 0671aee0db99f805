/*
 * A hub's way into a segment of this host: of a Linux bridge, a TAP that becomes its port; of
 * another Ethernet interface, packet sockets (priv_packet.c). Called by priv_server.c as root;
 * the engine gets one descriptor a queue. The port is on the bridge as long as one of them is
 * open, and it gives the host nothing: no address, and a MAC that does not become the bridge's.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>

#include "linux.h"
#include "priv_act.h"
#include "priv_link.h"

/* Is the interface there, one with Ethernet frames, and switched on? */
static bool look(const char *name, struct priv_link *link, char *error)
{
	if (!priv_link_look(name, link, error))
		return false;
	if (link->type != ARPHRD_ETHER)
		return priv_error(error,
				  "%s is no Ethernet interface: a hub is bridged to a network "
				  "card or to a Linux bridge",
				  name);
	if (!(link->flags & IFF_UP))
		return priv_error(error, LINK_DOWN, name, name);
	return true;
}

/* A bridge takes the lowest of its ports' addresses for its own, so that a new port could change
 * the address of the host: none that begins with fe does. */
static void port_mac(uint8_t mac[6])
{
	linux_random(NULL, mac, 6);
	mac[0] = 0xfe;
}

/* Before it is a port, so that the bridge does not take a smaller MTU from it. */
static bool dress(int index, const struct priv_link *bridge)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = priv_link_request(buf, RTM_NEWLINK, index, 0);
	uint8_t mac[6];

	port_mac(mac);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(h, IFLA_MTU, bridge->mtu);
	mnl_attr_put_u32(h, IFLA_TXQLEN, PRIV_TAP_QUEUE_LEN);
	return rtnl_talk(h, NULL, NULL);
}

static bool enslave(int index, const struct priv_link *bridge)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = priv_link_request(buf, RTM_NEWLINK, index, IFF_UP);

	mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)bridge->index);
	return rtnl_talk(h, NULL, NULL);
}

static bool port_open(const struct priv_bridge *req, const struct priv_link *bridge,
		      struct priv_result *out)
{
	int index;

	if (!priv_tap_queues(req->tap, req->queues, out))
		return false;
	index = (int)if_nametoindex(req->tap);
	priv_link_knob("ipv6", req->tap, "disable_ipv6", "1");
	if (dress(index, bridge) && enslave(index, bridge))
		return true;
	priv_error(out->error, "TAP %s cannot become a port of %s: %s", req->tap, req->interface,
		   strerror(errno));
	priv_close_fds(out);
	return false;
}

bool priv_bridge_open(const struct priv_bridge *req, bool *port, struct priv_result *out)
{
	struct priv_link link;

	if (!look(req->interface, &link, out->error))
		return false;
	out->ok = link.bridge ? port_open(req, &link, out)
			      : priv_packet_open(req->interface, link.index, req->queues, out);
	out->index = out->ok ? (uint32_t)link.index : 0;
	*port = link.bridge;
	return out->ok;
}

/* A Linux bridge runs as soon as its first port does, which may be ours. */
bool priv_bridge_look(const char *interface, struct priv_result *out)
{
	struct priv_link link;

	out->ok = look(interface, &link, out->error);
	out->index = (uint32_t)link.index;
	if (out->ok && !link.bridge && !(link.flags & IFF_RUNNING))
		out->ok = priv_error(out->error,
				     "interface %s has no link: is its cable plugged in, and the "
				     "other end on?",
				     interface);
	return out->ok;
}
