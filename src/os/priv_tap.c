/*
 * The TAP of a hub's way out: multi-queue, with struct virtio_net_hdr and
 * segmentation offloads, so that super-packets cross it whole; address, MTU and
 * link state by rtnetlink. Called by priv_server.c as root; the engine gets one
 * descriptor a queue. The TAP lives as long as one of them is open.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "priv_act.h"
#include "priv_link.h"

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define VNET_HEADER 10 /* octets of struct virtio_net_hdr without num_buffers */

#define LINK_PREFIX UINT64_C(0xfe80000000000000)
#define HOST_IID    1 /* ::1 of the segment is the host, */
#define HUB_IID     2 /* fe80::2 the hub: HUB_IPV6_IID of hub/frame.h */

/* ---- rtnetlink ---- */

static bool link_up(int index, const struct priv_tap *req)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = priv_link_request(buf, RTM_NEWLINK, index, IFF_UP);

	mnl_attr_put(h, IFLA_ADDRESS, sizeof(req->mac), req->mac);
	mnl_attr_put_u32(h, IFLA_MTU, req->mtu);
	mnl_attr_put_u32(h, IFLA_TXQLEN, PRIV_TAP_QUEUE_LEN);
	return rtnl_talk(h, NULL, NULL);
}

static bool addr_add(int index, const struct priv_tap *req)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));
	struct ip_addr host = ip4_addr(req->host_ip);
	struct ip_addr broadcast = ip4_addr(req->host_ip | UINT32_MAX >> req->prefix);

	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	a->ifa_family = AF_INET;
	a->ifa_prefixlen = req->prefix;
	a->ifa_index = (unsigned)index;
	mnl_attr_put(h, IFA_LOCAL, 4, host.ip);
	mnl_attr_put(h, IFA_ADDRESS, 4, host.ip);
	mnl_attr_put(h, IFA_BROADCAST, 4, broadcast.ip);
	return rtnl_talk(h, NULL, NULL);
}

/* ---- IPv6 of a hub ---- */

/* prefix::iid; prefix: upper half of the address. */
static void addr6(uint8_t out[16], uint64_t prefix, uint8_t iid)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(prefix >> (56 - 8 * i));
	memset(out + 8, 0, 7);
	out[15] = iid;
}

/* Nobody else is on the segment: no duplicate address detection, usable at once. */
static bool addr6_add(int index, uint64_t prefix, uint8_t iid)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));
	uint8_t addr[16];

	addr6(addr, prefix, iid);
	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	a->ifa_family = AF_INET6;
	a->ifa_prefixlen = 64;
	a->ifa_flags = IFA_F_NODAD;
	a->ifa_index = (unsigned)index;
	mnl_attr_put(h, IFA_LOCAL, sizeof(addr), addr);
	mnl_attr_put(h, IFA_ADDRESS, sizeof(addr), addr);
	return rtnl_talk(h, NULL, NULL);
}

/* By one next hop, so that the kernel needs one neighbour entry however many addresses of
 * the sessions are talked to, or scanned. */
static bool route6_add(int index, uint64_t net, uint8_t prefix)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	uint8_t dst[16], hub[16];

	addr6(dst, net, 0);
	addr6(hub, LINK_PREFIX, HUB_IID);
	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	r->rtm_family = AF_INET6;
	r->rtm_dst_len = prefix;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_STATIC;
	r->rtm_scope = RT_SCOPE_UNIVERSE;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, sizeof(dst), dst);
	mnl_attr_put(h, RTA_GATEWAY, sizeof(hub), hub);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	return rtnl_talk(h, NULL, NULL);
}

static bool ipv6_up(int index, const struct priv_tap *req)
{
	return addr6_add(index, LINK_PREFIX, HOST_IID) && addr6_add(index, req->net6, HOST_IID) &&
	       route6_add(index, req->net6, req->prefix6);
}

/* ---- what was there before ---- */

/* Is the interface of this name a TUN or TAP device? */
static bool is_tun(const char *name)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq ifr = {0};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (s < 0)
		return false;
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	ifr.ifr_data = (void *)&info;
	ok = ioctl(s, SIOCETHTOOL, &ifr) == 0 && strcmp(info.driver, "tun") == 0;
	close(s);
	return ok;
}

bool priv_tap_delete(const char *name, char *error)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	int index = (int)if_nametoindex(name);

	if (index == 0)
		return true;
	if (!is_tun(name))
		return priv_error(error, "there is an interface %s that is not a TAP", name);
	if (!rtnl_talk(priv_link_request(buf, RTM_DELLINK, index, 0), NULL, NULL) &&
	    errno != ENODEV)
		return priv_error(error, "TAP %s cannot be removed: %s", name, strerror(errno));
	return true;
}

/* ---- the new one ---- */

/* Best first; what a kernel does not have it refuses as a whole. */
static void set_offloads(int fd, const char *name)
{
	static const unsigned wanted[] = {
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		TUN_F_CSUM,
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (ioctl(fd, TUNSETOFFLOAD, (unsigned long)wanted[i]) != 0)
			continue;
		log_line(LOG_LEVEL_DEBUG, "os", "tap=%s offloads=%#x", name, wanted[i]);
		return;
	}
	log_line(LOG_LEVEL_WARNING, "os", "tap=%s offloads=none", name);
}

/* One queue; -1 with errno. */
static int open_queue(const char *name)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int header = VNET_HEADER, little = 1, err;
	struct ifreq ifr = {0};

	if (fd < 0)
		return -1;
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
	if (ioctl(fd, TUNSETIFF, &ifr) == 0 && ioctl(fd, TUNSETVNETHDRSZ, &header) == 0 &&
	    ioctl(fd, TUNSETVNETLE, &little) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* The hub's members must not give the host addresses or routes, and the host must not
 * tell one member to reach another directly: the switch does that. */
static void set_knobs(const char *name, bool v6)
{
	if (v6)
		priv_link_knob("ipv6", name, "disable_ipv6", "0");
	priv_link_knob("ipv6", name, "addr_gen_mode", "1");
	priv_link_knob("ipv6", name, "accept_ra", "0");
	priv_link_knob("ipv6", name, "autoconf", "0");
	priv_link_knob("ipv4", name, "send_redirects", "0");
	priv_link_knob("ipv4", name, "accept_redirects", "0");
}

static bool configure(const struct priv_tap *req, char *error)
{
	int index = (int)if_nametoindex(req->name);
	char addr[IP_ADDR_TEXT];
	struct ip_addr host = ip4_addr(req->host_ip);

	set_knobs(req->name, req->prefix6 != 0);
	if (!link_up(index, req))
		return priv_error(error, "TAP %s cannot be brought up: %s", req->name,
				  strerror(errno));
	if (!addr_add(index, req))
		return priv_error(error, "TAP %s cannot have the address %s/%u: %s", req->name,
				  ip_addr_text(&host, addr, sizeof(addr)), req->prefix,
				  strerror(errno));
	if (req->prefix6 && !ipv6_up(index, req))
		return priv_error(error, "TAP %s cannot have IPv6: %s", req->name, strerror(errno));
	return true;
}

bool priv_tap_queues(const char *name, unsigned n, struct priv_result *out)
{
	if (!priv_tap_delete(name, out->error))
		return false;
	for (out->n_fds = 0; out->n_fds < n; out->n_fds++) {
		int fd = open_queue(name);

		if (fd < 0) {
			priv_error(out->error, "TAP %s cannot be made: %s", name, strerror(errno));
			priv_close_fds(out);
			return false;
		}
		out->fds[out->n_fds] = fd;
	}
	set_offloads(out->fds[0], name);
	return true;
}

bool priv_tap_open(const struct priv_tap *req, struct priv_result *out)
{
	if (!priv_tap_queues(req->name, req->queues, out))
		return false;
	out->ok = configure(req, out->error);
	if (!out->ok)
		priv_close_fds(out);
	return out->ok;
}
