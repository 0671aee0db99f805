/*
 * deliver: what the port that a frame is to leave by says to it, and the changes that the frame
 * needs there: a VLAN tag (IEEE 802.1Q) more or less, no default router in a Router
 * Advertisement (RFC 4861 section 4.2). Called by dataplane in the worker that owns that port.
 */
#include <string.h>

#include "forward_i.h"
#include "hub/forward.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/nd.h"
#include "wire/vlan.h"

#define ICMP6_CHECKSUM 2 /* offsets in a Router Advertisement */
#define RA_LIFETIME    6
#define RA_FIXED       16

/* Which tag the frame has and which it needs. */
static bool judge_vlan(const struct hub *hub, const struct hub_port *out,
		       const struct hub_source *from, struct hub_edit *edit)
{
	bool untagged = from->vlan == 0 || from->flags & HUB_FROM_ACCESS;

	bool is_trunk = out->vlan == 0 && out->kind != HUB_SESSION; /* that has no tags */

	if (!is_trunk && out->vlan != from->vlan)
		return false;
	edit->strip_tag = !is_trunk && !untagged;
	if (is_trunk && from->flags & HUB_FROM_ACCESS) {
		edit->add_tag = from->vlan;
		edit->add_type = hub->vlan_type;
	}
	return true;
}

static bool is_private(const struct hub *hub, const struct hub_port *out,
		       const struct hub_source *from, const struct hub_headers *h)
{
	if (!(from->flags & HUB_FROM_PRIVACY) || !port_policy(out, POLICY_PRIVACY_FILTER))
		return false;
	if (out->user != ACCESS_ANYONE && out->user == from->user &&
	    hub_option(hub, OPTION_ALLOW_SAME_USER_IN_PRIVACY_FILTER_MODE))
		return false;
	if (h->flags & HDR_ARP)
		return hub_option(hub, OPTION_DROP_ARP_IN_PRIVACY_FILTER_MODE);
	if (h->flags & HDR_GROUP)
		return hub_option(hub, OPTION_DROP_BROADCASTS_IN_PRIVACY_FILTER_MODE);
	return true;
}

/* Rules that name the receiver are judged here, and then all of them: they are one list. */
static enum hub_drop judge_access(struct hub_switch *sw, const struct hub *hub,
				  const struct hub_port *out, const struct hub_source *from,
				  const struct hub_headers *h, uint16_t *delay_ms)
{
	struct access_names who = {from->user, from->group, out->user, out->group};
	uint16_t unused = 0;
	struct access_verdict v;

	if (!access_list_has_dst_name(hub->access))
		return HUB_PASS;
	v = access_cache_judge(&sw->access, hub->access, h, &who,
			       hub_option(hub, OPTION_APPLY_IPV4_ACCESS_LIST_ON_ARP));
	return hub_apply_rule(sw, &v, delay_ms ? delay_ms : &unused);
}

static bool is_useless(const struct hub_port *out, const struct hub_headers *h)
{
	return out->kind == HUB_SESSION && !(h->flags & HDR_IP);
}

static bool wants_no_router(const struct hub *hub, const struct hub_port *out,
			    const struct hub_headers *h)
{
	if (!(h->flags & HDR_ND) || h->icmp_type != ND_ROUTER_ADVERTISEMENT ||
	    h->l4_at + (uint32_t)RA_FIXED > h->len)
		return false;
	return port_policy(out, POLICY_NO_DEFAULT_ROUTER_IN_RA) ||
	       (out->outer_ipv6 && (port_policy(out, POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6) ||
				    hub_option(hub, OPTION_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6)));
}

static enum hub_drop judge(struct hub_switch *sw, const struct hub *hub, struct hub_port *out,
			   const struct hub_source *from, const struct hub_headers *h,
			   uint64_t now_ms, struct hub_edit *edit, uint16_t *delay_ms)
{
	enum hub_drop drop = HUB_PASS;

	if (out->hub != hub->number)
		return HUB_DROP_OTHER_HUB;
	if (out->number == from->port)
		return HUB_DROP_ECHO;
	if (!judge_vlan(hub, out, from, edit))
		return HUB_DROP_OTHER_VLAN;
	if (is_useless(out, h))
		return HUB_DROP_NOT_FOR_SESSION;
	if (out->kind != HUB_WAY_OUT) {
		if (is_private(hub, out, from, h))
			return HUB_DROP_PRIVACY;
		drop = hub_policy_judge(out->policies, HUB_OUT, h);
	}
	if (drop == HUB_PASS)
		drop = judge_access(sw, hub, out, from, h, delay_ms);
	if (drop == HUB_PASS && !shaper_admit(&out->download, out->download_bps, h->len, now_ms))
		drop = HUB_DROP_DOWNLOAD;
	edit->no_default_router = wants_no_router(hub, out, h);
	return drop;
}

enum hub_drop hub_deliver(struct hub_switch *sw, struct hub *hub, struct hub_port *out,
			  const struct hub_source *from, const struct hub_headers *h,
			  uint64_t now_ms, struct hub_edit *edit, uint16_t *delay_ms)
{
	enum hub_drop drop;

	*edit = (struct hub_edit){0};
	drop = judge(sw, hub, out, from, h, now_ms, edit, delay_ms);
	if (drop != HUB_PASS) {
		hub->drops[drop]++;
	} else if (h->flags & HDR_GROUP) {
		hub->out.group++;
		hub->out.group_octets += h->len;
	} else {
		hub->out.unicast++;
		hub->out.unicast_octets += h->len;
	}
	return drop;
}

uint8_t *hub_edit_frame(uint8_t *frame, size_t *len, const struct hub_headers *h,
			const struct hub_edit *edit)
{
	uint8_t *ra = frame + h->l4_at;

	if (edit->no_default_router) {
		checksum_replace16(ra + ICMP6_CHECKSUM, be16(ra + RA_LIFETIME), 0);
		put_be16(ra + RA_LIFETIME, 0);
	}
	if (edit->strip_tag) {
		memmove(frame + VLAN_TAG, frame, 2 * ETH_ADDR);
		frame += VLAN_TAG;
		*len -= VLAN_TAG;
	}
	if (edit->add_tag) {
		frame -= VLAN_TAG;
		*len += VLAN_TAG;
		memmove(frame, frame + VLAN_TAG, 2 * ETH_ADDR);
		put_be16(frame + 2 * ETH_ADDR, edit->add_type);
		put_be16(frame + 2 * ETH_ADDR + 2, edit->add_tag);
	}
	return frame;
}
