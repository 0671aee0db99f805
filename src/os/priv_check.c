/*
 * The closed list: which arguments the monitor accepts. Called by priv_decode()
 * for every request. Pure: looks at the request only.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "os/priv_server.h"
#include "priv_proto.h"

static bool refuse(char *error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char *error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, PRIV_ERROR, fmt, ap);
	va_end(ap);
	return false;
}

/* sk-[a-z0-9-]{1,11} */
static bool is_tap_name(const char *name)
{
	size_t len = strnlen(name, PRIV_TAP_NAME);

	return len >= 4 && len <= 14 && memcmp(name, "sk-", 3) == 0 &&
	       strspn(name + 3, "abcdefghijklmnopqrstuvwxyz0123456789-") == len - 3;
}

static bool check_name(const char *name, char *error)
{
	if (!is_tap_name(name))
		return refuse(error, "not a TAP name: want sk- and 1 to 11 of a-z 0-9 -");
	return true;
}

/* As Linux takes it (dev_valid_name() of the kernel). */
static bool is_interface_name(const char *name)
{
	size_t len = strnlen(name, PRIV_TAP_NAME);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c <= ' ' || c == 0x7f || c == '/' || c == ':')
			return false;
	}
	return len >= 1 && len < PRIV_TAP_NAME && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* An interface that is neither ours nor leads nowhere. */
static bool check_interface(const char *name, char *error)
{
	if (!is_interface_name(name))
		return refuse(error,
			      "not an interface's name: want 1 to 15 octets, no blank, / or :");
	if (strcmp(name, "lo") == 0)
		return refuse(error,
			      "lo reaches this host only: a hub is bridged to a network card "
			      "or to a Linux bridge");
	if (is_tap_name(name))
		return refuse(error,
			      "%s is a name for hubs' own TAPs: a hub is bridged to a network "
			      "card or to a Linux bridge",
			      name);
	return true;
}

static bool check_count(unsigned n, const char *what, char *error)
{
	if (n < 1 || n > PRIV_FDS_MAX)
		return refuse(error, "%u %s, want 1 to %d", n, what, PRIV_FDS_MAX);
	return true;
}

static bool check_family(const struct ip_addr *addr, char *error)
{
	if (addr->family != 0 && addr->family != 4 && addr->family != 6)
		return refuse(error, "address family %u, want 0, 4 or 6", addr->family);
	return true;
}

static bool check_udp(const struct priv_udp *udp, char *error)
{
	if (udp->port != 500 && udp->port != 4500 && udp->port != 1701)
		return refuse(error, "UDP port %u, want 500, 4500 or 1701", udp->port);
	return check_family(&udp->addr, error) && check_count(udp->n, "sockets", error);
}

/* A net that hosts can have: not "this" network, loopback, multicast or reserved. */
static bool check_unicast(uint32_t ip, uint8_t prefix, char *error)
{
	uint32_t top = ip >> 24;

	if (prefix < 8 || prefix > 30)
		return refuse(error, "prefix length %u, want 8 to 30", prefix);
	if (top == 0 || top == 127 || top >= 224)
		return refuse(error, "%u.%u.%u.%u is not an address for hosts", ip >> 24,
			      ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	return true;
}

/* Global unicast (RFC 4291) or unique local (RFC 4193). */
static bool check_net6(uint64_t net, uint8_t prefix, char *error)
{
	if (prefix == 0 && net == 0)
		return true;
	if (prefix < 32 || prefix > 63)
		return refuse(error, "IPv6 prefix length %u, want 32 to 63", prefix);
	if (net >> 61 != 1 && net >> 57 != 0xfc >> 1)
		return refuse(error, "the IPv6 prefix is neither of 2000::/3 nor of fc00::/7");
	if (net & UINT64_MAX >> prefix)
		return refuse(error, "the IPv6 prefix has bits behind its length of %u", prefix);
	return true;
}

static bool check_tap(const struct priv_tap *tap, char *error)
{
	static const uint8_t no_mac[6];
	uint32_t host_bits;

	if (!check_name(tap->name, error) || !check_count(tap->queues, "queues", error) ||
	    !check_unicast(tap->host_ip, tap->prefix, error))
		return false;
	host_bits = UINT32_MAX >> tap->prefix;
	if ((tap->host_ip & host_bits) == 0 || (tap->host_ip & host_bits) == host_bits)
		return refuse(error, "the host's address is the network or broadcast address");
	if (tap->mtu < 1280 || tap->mtu > 1500)
		return refuse(error, "MTU %u, want 1280 to 1500", tap->mtu);
	if ((tap->mac[0] & 1) || memcmp(tap->mac, no_mac, 6) == 0)
		return refuse(error, "the MAC address is a group address or zero");
	return check_net6(tap->net6, tap->prefix6, error);
}

static bool check_nat(const struct priv_nat *nat, char *error)
{
	if (!check_name(nat->tap, error) || !check_unicast(nat->net, nat->prefix, error))
		return false;
	if (nat->net & UINT32_MAX >> nat->prefix)
		return refuse(error, "the net has bits behind its prefix of %u", nat->prefix);
	return true;
}

static bool check_bridge(const struct priv_bridge *bridge, char *error)
{
	return check_interface(bridge->interface, error) && check_name(bridge->tap, error) &&
	       check_count(bridge->queues, "queues", error);
}

bool priv_check(const struct priv_act *act, char *error)
{
	switch (act->verb) {
	case PRIV_OPEN_UDP:
		return check_udp(&act->u.udp, error);
	case PRIV_OPEN_ESP:
		return check_family(&act->u.esp.addr, error) &&
		       check_count(act->u.esp.n, "sockets", error);
	case PRIV_OPEN_TAP:
		return check_tap(&act->u.tap, error);
	case PRIV_NAT_ON:
		return check_nat(&act->u.nat, error);
	case PRIV_CLOSE_TAP:
	case PRIV_NAT_OFF:
		return check_name(act->u.name, error);
	case PRIV_OPEN_BRIDGE:
		return check_bridge(&act->u.bridge, error);
	case PRIV_LOOK_BRIDGE:
		return check_interface(act->u.bridge.interface, error);
	case PRIV_SAVE_CONFIG:
		if (act->u.save_len < 1 || act->u.save_len > PRIV_CONFIG_MAX)
			return refuse(error, "a configuration of %u octets, want 1 to %d",
				      act->u.save_len, PRIV_CONFIG_MAX);
		return true;
	case PRIV_READ_CONFIG:
	case PRIV_LIST_BRIDGES:
		return true;
	}
	return refuse(error, "verb %d is not on the list", (int)act->verb);
}
