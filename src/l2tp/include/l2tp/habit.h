/*
 * habit: how a client system speaks L2TP as LAC (clients.md section 2): its SCCRQ, when
 * it sends what, how it ends, what it takes from a server. For the emulated clients
 * of the tests and for probing a server; l2tp_config.habit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define L2TP_HABIT_AVPS 12

struct l2tp_habit {
	const char *name; /* "windows" */

	/* SCCRQ: AVP numbers behind the Message Type in their order, 0 at the end. Only these
	 * are sent; Receive Window Size has l2tp_config.rx_window. */
	uint8_t sccrq[L2TP_HABIT_AVPS];
	const char *host_name;   /* NULL: l2tp_config.host_name */
	const char *vendor_name; /* NULL: l2tp_config.vendor_name */
	bool host_nul;           /* a NUL behind the Host Name */
	uint16_t firmware;
	uint32_t framing_capabilities;
	bool counts_tunnels; /* Assigned Tunnel ID 1, 2, 3 ... instead of random */

	bool ignores_challenge; /* goes on without a response */

	/* ICRQ and ICCN */
	bool waits;       /* for the acknowledgement of SCCCN and of ICCN before it goes on */
	bool bearer_type; /* ICRQ has a Bearer Type */
	bool correlation; /* ICRQ has Microsoft's correlation id (vendor 311 AVP 1) */
	uint32_t tx_speed, rx_speed; /* rx 0: not sent */
	uint32_t framing_type;

	/* The end */
	bool no_cdn;          /* StopCCN alone */
	uint16_t stop_result; /* of StopCCN; 0: what the caller says */
	bool swapped_result;  /* Apple's Result Code: little endian, stale octets behind it */

	/* Takes only what Android's mtpd takes: L and S and no more in the header, the UDP
	 * length, Ns as expected, everything of ours acknowledged by Nr. */
	bool strict;
};

/* Row n from 0, NULL behind the last; the row of a name, or NULL. */
const struct l2tp_habit *l2tp_habit(unsigned n);
const struct l2tp_habit *l2tp_habit_by_name(const char *name);
