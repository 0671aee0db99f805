/* Network interfaces as rtnetlink shows and changes them, for priv_tap.c and priv_bridge.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/rtnl.h"

/* Sentences; the fake has the same. LINK_DOWN has the name twice. */
#define LINK_ABSENT "there is no interface %s: `ip link` shows those of this host"
#define LINK_DOWN   "interface %s is down: `ip link set %s up` switches it on"

struct priv_link {
	int index;
	uint16_t type;  /* ARPHRD_ETHER ... */
	unsigned flags; /* IFF_UP ... */
	uint32_t mtu;
	bool bridge; /* a Linux bridge */
};

/* False with a sentence in error (PRIV_ERROR octets). */
bool priv_link_look(const char *name, struct priv_link *link, char *error);

/* A request of RTNL_REQUEST octets, aligned for a struct nlmsghdr, to which the caller adds
 * attributes: RTM_NEWLINK, RTM_DELLINK. Flags are set, none is cleared. */
struct nlmsghdr *priv_link_request(void *buf, uint16_t type, int index, unsigned flags);

/* /proc/sys/net/FAMILY/conf/NAME/KNOB; one that this kernel does not have is passed over. */
void priv_link_knob(const char *family, const char *name, const char *knob, const char *value);
