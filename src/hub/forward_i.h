/*
 * forward_i: what forward.c, answer.c, claim.c and deliver.c share.
 */
#pragma once

#include "hub/forward.h"
#include "wire/nd.h"

static inline bool hub_option(const struct hub *hub, enum hub_option_id id)
{
	return hub->options >> id & 1;
}

static inline bool port_policy(const struct hub_port *p, enum hub_policy_id id)
{
	return p->policies >> id & 1;
}

/* The session's port that the MAC names, or HUB_PORT_NONE. */
static inline uint32_t session_of(const struct hub_switch *sw, uint64_t mac)
{
	if (sw->session_mask && (mac & sw->session_mask) == sw->session_mac)
		return (uint32_t)(mac & ~sw->session_mask);
	return HUB_PORT_NONE;
}

/* The VLAN under which the tables know what is in vlan. */
static inline uint16_t table_vlan(const struct hub *hub, uint16_t vlan)
{
	return hub_option(hub, OPTION_NO_MANAGE_VLAN_ID) ? 0 : vlan;
}

/* A number from 0 to 99. */
unsigned hub_percent(struct hub_switch *sw);

/* The verdict of an access rule on a frame that passes: loss, and the delay with its jitter. */
enum hub_drop hub_apply_rule(struct hub_switch *sw, const struct access_verdict *v,
			     uint16_t *delay_ms);

/* claim.c: the port uses the addresses in the headers. Also learns leases and releases. */
enum hub_drop hub_claim_sources(struct hub_switch *sw, const struct hub *hub,
				const struct hub_port *in, const struct hub_headers *h,
				uint32_t now_s, struct hub_decision *d);

/* One frame on its way through hub_forward(). */
struct passage {
	struct hub_switch *sw;
	struct hub *hub;
	struct hub_port *in;
	const uint8_t *frame;
	uint64_t now_ms;
	uint32_t now_s;
	struct hub_headers *h;
	uint8_t *answer;
	struct hub_decision *d;
};

/* answer.c: is it a question that the hub answers for sessions? */
static inline bool hub_asks(const struct hub_headers *h)
{
	return h->flags & HDR_ARP ||
	       (h->flags & HDR_ND && h->icmp_type == ND_NEIGHBOR_SOLICITATION);
}

/* Answers it, where it is for a session: verdict HUB_ANSWER. False: it is not. */
bool hub_answer(struct passage *p);

/* The session that a frame to the hub's own MAC goes to, HUB_PORT_NONE: to none, or it was
 * answered (verdict HUB_ANSWER). */
uint32_t hub_route(struct passage *p);
