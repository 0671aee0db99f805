/* What the tests of this room share: a network namespace of their own, so that nothing
 * that they make is seen outside or left behind. */
#pragma once

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"

static inline bool link_set(const char *name, unsigned long what, int value)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};
	bool ok;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (what == SIOCSIFFLAGS)
		ifr.ifr_flags = (short)value;
	else
		ifr.ifr_mtu = value;
	ok = ioctl(s, what, &ifr) == 0;
	close(s);
	return ok;
}

/* True when this process is alone in a new network namespace with loopback up. */
static inline bool own_net(void)
{
	static int state = -1;

	if (state < 0)
		state = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 &&
			link_set("lo", SIOCSIFFLAGS, IFF_UP | IFF_RUNNING);
	return state == 1;
}

static inline struct ip_addr ip_of(const char *text)
{
	struct ip_addr a = {0};

	if (!ip_addr_parse(text, &a))
		abort();
	return a;
}

static inline struct flow flow_of(const char *local, uint16_t local_port, const char *remote,
				  uint16_t remote_port)
{
	return (struct flow){{ip_of(local), local_port}, {ip_of(remote), remote_port}};
}
