/*
 * The interfaces that a hub can be bridged to, by rtnetlink (RFC 3549). Called by priv_server.c as
 * root, for an administrator who asks: a host may have thousands.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv_act.h"
#include "priv_frame.h"
#include "priv_link.h"
#include "priv_proto.h"

/* A name that LOOK_BRIDGE would take: not one of our own TAPs. */
static bool may_be_bridged(const char *name)
{
	struct priv_act act = {.verb = PRIV_LOOK_BRIDGE};
	char error[PRIV_ERROR];

	if (strlen(name) >= sizeof(act.u.bridge.interface))
		return false;
	memcpy(act.u.bridge.interface, name, strlen(name));
	return priv_check(&act, error);
}

static int take_name(const struct nlattr *a, void *ctx)
{
	FILE *to = ctx;

	if (mnl_attr_get_type(a) == IFLA_IFNAME && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 &&
	    may_be_bridged(mnl_attr_get_str(a)))
		fprintf(to, "%s\n", mnl_attr_get_str(a));
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *h, void *ctx)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(h);

	if (info->ifi_type == ARPHRD_ETHER)
		mnl_attr_parse(h, sizeof(*info), take_name, ctx);
	return MNL_CB_OK;
}

bool priv_bridge_list(struct priv_result *out)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = priv_link_request(buf, RTM_GETLINK, 0, 0);
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool listed;
	int fd = -1;

	h->nlmsg_flags |= NLM_F_DUMP;
	listed = to && rtnl_talk(h, take_link, to);
	if (to && fclose(to) == 0 && listed)
		fd = priv_sealed_memfd(text, len);
	free(text);
	if (fd < 0)
		return priv_error(out->error, "the interfaces cannot be listed: %s",
				  strerror(errno));
	out->fds[out->n_fds++] = fd;
	return true;
}
