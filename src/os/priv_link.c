/*
 * Network interfaces as rtnetlink (RFC 3549) shows and changes them. Called by priv_tap.c and
 * priv_bridge.c as root. Looks at one interface by its name, never at a list of them, so that
 * a host with thousands costs no more.
 */
#include "priv_link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "priv_act.h"

struct nlmsghdr *priv_link_request(void *buf, uint16_t type, int index, unsigned flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));

	h->nlmsg_type = type;
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = index;
	link->ifi_flags = flags;
	link->ifi_change = flags;
	return h;
}

static int take_kind(const struct nlattr *a, void *ctx)
{
	struct priv_link *link = ctx;

	if (mnl_attr_get_type(a) == IFLA_INFO_KIND &&
	    mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
		link->bridge = strcmp(mnl_attr_get_str(a), "bridge") == 0;
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *a, void *ctx)
{
	struct priv_link *link = ctx;

	if (mnl_attr_get_type(a) == IFLA_MTU && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
		link->mtu = mnl_attr_get_u32(a);
	else if (mnl_attr_get_type(a) == IFLA_LINKINFO)
		mnl_attr_parse_nested(a, take_kind, link);
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *h, void *ctx)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(h);
	struct priv_link *link = ctx;

	link->index = info->ifi_index;
	link->type = info->ifi_type;
	link->flags = info->ifi_flags;
	mnl_attr_parse(h, sizeof(*info), take_attribute, link);
	return MNL_CB_OK;
}

bool priv_link_look(const char *name, struct priv_link *link, char *error)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = priv_link_request(buf, RTM_GETLINK, 0, 0);

	memset(link, 0, sizeof(*link));
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	if (rtnl_talk(h, take_link, link) && link->index != 0)
		return true;
	if (errno == ENODEV)
		return priv_error(error, LINK_ABSENT, name);
	return priv_error(error, "interface %s cannot be looked at: %s", name, strerror(errno));
}

void priv_link_knob(const char *family, const char *name, const char *knob, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, name, knob);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		log_line(LOG_LEVEL_WARNING, "os", "file=%s error=\"%s\"", path, strerror(errno));
	close(fd);
}
