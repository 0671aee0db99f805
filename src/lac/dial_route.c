/*
 * dial_route: routes of `sekisho-lac dial` by rtnetlink: made, removed, looked up. Works in
 * the namespace that the calling thread is in.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "dial.h"
#include "os/rtnl.h"

static struct nlmsghdr *route_message(void *buf, uint16_t type, const struct dial_route *r)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct ip_addr to = ip4_addr(r->to.net), gateway = ip4_addr(r->gateway),
		       source = ip4_addr(r->source);

	h->nlmsg_type = type;
	m->rtm_family = AF_INET;
	m->rtm_dst_len = r->to.len;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_scope = r->gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	m->rtm_type = RTN_UNICAST;
	if (r->to.len)
		mnl_attr_put(h, RTA_DST, 4, to.ip);
	if (r->gateway)
		mnl_attr_put(h, RTA_GATEWAY, 4, gateway.ip);
	if (r->source)
		mnl_attr_put(h, RTA_PREFSRC, 4, source.ip);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)r->oif);
	return h;
}

bool dial_route_add(const struct dial_route *r, bool *was_there, char *err)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = route_message(buf, RTM_NEWROUTE, r);
	struct ip_addr to = ip4_addr(r->to.net);
	char text[IP_ADDR_TEXT];

	h->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	*was_there = false;
	if (rtnl_talk(h, NULL, NULL))
		return true;
	*was_there = errno == EEXIST;
	snprintf(err, DIAL_ERROR, "the route to %s/%u: %s", ip_addr_text(&to, text, sizeof(text)),
		 r->to.len, strerror(errno));
	return *was_there;
}

void dial_route_del(const struct dial_route *r)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];

	(void)rtnl_talk(route_message(buf, RTM_DELROUTE, r), NULL, NULL);
}

/* ---- looking up ---- */

struct search {
	uint32_t to;
	int without;
	bool found;
	uint32_t metric; /* of the best */
	struct dial_route *best;
};

struct seen {
	struct dial_route route;
	uint32_t metric;
};

static int take_attribute(const struct nlattr *a, void *ctx)
{
	struct seen *s = ctx;
	uint32_t v;

	if (mnl_attr_get_payload_len(a) != 4)
		return MNL_CB_OK;
	memcpy(&v, mnl_attr_get_payload(a), 4);
	switch (mnl_attr_get_type(a)) {
	case RTA_DST:
		s->route.to.net = ntohl(v);
		break;
	case RTA_GATEWAY:
		s->route.gateway = ntohl(v);
		break;
	case RTA_PREFSRC:
		s->route.source = ntohl(v);
		break;
	case RTA_OIF:
		s->route.oif = (int)v;
		break;
	case RTA_PRIORITY:
		s->metric = v;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

bool dial_prefix_covers(const struct dial_prefix *p, uint32_t ip)
{
	return p->len == 0 || (p->net ^ ip) >> (32 - p->len) == 0;
}

/* Longest prefix, then lowest metric, as the kernel chooses. */
static int take_route(const struct nlmsghdr *h, void *ctx)
{
	struct search *f = ctx;
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	struct seen s = {.route.to.len = m->rtm_dst_len};

	if (h->nlmsg_type != RTM_NEWROUTE || m->rtm_family != AF_INET || m->rtm_dst_len > 32 ||
	    m->rtm_table != RT_TABLE_MAIN || m->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	mnl_attr_parse(h, sizeof(*m), take_attribute, &s);
	if (!s.route.oif || s.route.oif == f->without || !dial_prefix_covers(&s.route.to, f->to))
		return MNL_CB_OK;
	if (f->found && (s.route.to.len < f->best->to.len ||
			 (s.route.to.len == f->best->to.len && s.metric >= f->metric)))
		return MNL_CB_OK;
	f->found = true;
	f->metric = s.metric;
	*f->best = s.route;
	return MNL_CB_OK;
}

bool dial_route_find(uint32_t to, int without, struct dial_route *out)
{
	_Alignas(struct nlmsghdr) char buf[RTNL_REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct search f = {.to = to, .without = without, .best = out};

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_DUMP;
	m->rtm_family = AF_INET;
	return rtnl_talk(h, take_route, &f) && f.found;
}
