/*
 * profile: whole client systems for struct lac to play: IKE (ike/profile.h), L2TP
 * (l2tp/habit.h), PPP and DHCPINFORM, a row each (clients.md). For the scripts'
 * emulated clients and for probing a server; lac_config.profile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LAC_ORDER_MAX 12

/* A Configure-Request of a protocol that we do not speak: the system offers it beside
 * IPCP and lives with a Protocol-Reject. */
struct lac_offer {
	uint16_t protocol;
	const char *options; /* in hex */
};

/* DHCPINFORM (RFC 2131 3.4) from the assigned address. */
struct lac_inform {
	uint8_t htype;
	uint8_t chaddr[6];
	const char *options; /* in hex, the Message Type included, without the end */
	uint8_t tries;       /* 3 s apart */
	bool type_first;     /* the answer's Message Type must be its first option */
};

struct lac_profile {
	const char *name;   /* "windows10" */
	const char *system; /* "Windows 10" */
	const char *ike;    /* row of ike/profile.h */
	const char *l2tp;   /* row of l2tp/habit.h */

	bool ephemeral_port; /* of L2TP, else 1701 */
	uint16_t window;     /* L2TP Receive Window Size */
	uint16_t hello_s;    /* L2TP Hello, 0: none */
	uint32_t l2tp_resend_ms, l2tp_resend_max_ms;
	uint8_t l2tp_tries;
	bool requicks; /* a new Quick Mode with each SCCRQ that is sent again */

	/* PPP. Options: those of an order in its order, the client's own values where it has
	 * some, else the extra ones in hex; the others are left out. */
	uint16_t mru;
	uint8_t lcp_order[LAC_ORDER_MAX];
	const char *lcp_extra;
	uint8_t ipcp_order[LAC_ORDER_MAX];
	const char *ipcp_extra;
	struct lac_offer offers[3]; /* protocol 0 at the end */
	bool ipv6cp;
	const char *identification[4]; /* LCP Identification once LCP is open; NULL at the end */
	uint16_t echo_s;               /* LCP Echo, 0: none */
	uint8_t echo_fail_max;
	struct lac_inform inform; /* tries 0: none */
};

/* Row n from 0, NULL behind the last; the row of a name, or NULL. */
const struct lac_profile *lac_profile(unsigned n);
const struct lac_profile *lac_profile_by_name(const char *name);
