/*
 * dial_tun: the network interface of `sekisho-lac dial`: a TUN that takes super-packets, its
 * addresses and state by rtnetlink (dial_packets.c has its packets). It goes when its descriptor is
 * closed, and everything that the kernel hangs on it goes with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dial.h"
#include "os/rtnl.h"
#include "wire/vnet.h"

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#endif

static bool fail(char *err, const char *what)
{
	snprintf(err, DIAL_ERROR, "%s: %s", what, strerror(errno));
	return false;
}

/* Best first; what a kernel does not have it refuses as a whole. */
static bool set_offloads(int fd)
{
	static const unsigned wanted[] = {TUN_F_CSUM | TUN_F_TSO4 | TUN_F_USO4,
					  TUN_F_CSUM | TUN_F_TSO4, TUN_F_CSUM, 0};
	size_t i = 0;

	while (i < sizeof(wanted) / sizeof(*wanted) &&
	       ioctl(fd, TUNSETOFFLOAD, (unsigned long)wanted[i]) != 0)
		i++;
	return i < sizeof(wanted) / sizeof(*wanted);
}

bool dial_tun_open(struct dial_tun *t, const char *name, char *err)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	int header = VNET_HDR, little = 1;

	*t = (struct dial_tun){.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
	if (t->fd < 0)
		return fail(err, "/dev/net/tun");
	t->packets = dial_packets_new();
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (!t->packets || ioctl(t->fd, TUNSETIFF, &ifr) != 0 ||
	    ioctl(t->fd, TUNSETVNETHDRSZ, &header) != 0 ||
	    ioctl(t->fd, TUNSETVNETLE, &little) != 0 || !set_offloads(t->fd)) {
		fail(err, name);
		dial_tun_close(t);
		return false;
	}
	memcpy(t->name, ifr.ifr_name, sizeof(t->name));
	t->index = (int)if_nametoindex(t->name);
	return true;
}

void dial_tun_close(struct dial_tun *t)
{
	if (t->fd >= 0)
		close(t->fd);
	dial_packets_free(t->packets);
	*t = (struct dial_tun){.fd = -1};
}

/* ---- its addresses ---- */

static bool link_up(int index, uint16_t mtu)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));

	h->nlmsg_type = RTM_NEWLINK;
	link->ifi_index = index;
	link->ifi_flags = link->ifi_change = IFF_UP;
	if (mtu)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
	return rtnl_talk(h, NULL, NULL);
}

static bool address(const struct dial_tun *t, uint16_t type, uint32_t ip, uint32_t peer)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));
	struct ip_addr ours = ip4_addr(ip), theirs = ip4_addr(peer ? peer : ip);

	h->nlmsg_type = type;
	if (type == RTM_NEWADDR)
		h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	a->ifa_family = AF_INET;
	a->ifa_prefixlen = 32;
	a->ifa_index = (unsigned)t->index;
	mnl_attr_put(h, IFA_LOCAL, 4, ours.ip);
	mnl_attr_put(h, IFA_ADDRESS, 4, theirs.ip);
	return rtnl_talk(h, NULL, NULL);
}

bool dial_tun_address(struct dial_tun *t, uint32_t ip, uint32_t peer, uint16_t mtu, char *err)
{
	if (!link_up(t->index, mtu))
		return fail(err, t->name);
	t->mtu = mtu;
	if (t->ip == ip && t->peer == peer)
		return true;
	if (t->ip)
		(void)address(t, RTM_DELADDR, t->ip, t->peer);
	if (!address(t, RTM_NEWADDR, ip, peer))
		return fail(err, t->name);
	t->ip = ip;
	t->peer = peer;
	return true;
}

bool dial_loopback_up(char *err)
{
	return link_up((int)if_nametoindex("lo"), 0) || fail(err, "lo");
}
