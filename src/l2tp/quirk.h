/*
 * quirk: the ledger of L2TP client systems (clients.md section 2): how an SCCRQ
 * betrays the system, what the system does, what we do about it, and the test
 * that fails without it.
 */
#pragma once

#include "message.h"

#define QUIRK_ORDER 8

struct l2tp_quirk {
	const char *system; /* as show vpn-sessiondb detail prints it */
	/* How it is recognised: every field that is set must agree. */
	const char *vendor;         /* beginning of the Vendor Name; "": it sends none */
	const char *host;           /* the whole Host Name */
	uint16_t firmware;          /* Firmware Revision, 0: any */
	uint16_t window;            /* Receive Window Size, 0: any */
	bool no_window;             /* it sends no Receive Window Size */
	bool host_nul;              /* its Host Name ends with a NUL */
	uint8_t order[QUIRK_ORDER]; /* the first AVPs behind the Message Type, in order; 0 ends */
	/* For people. */
	const char *does, *we_do;
	const char *test; /* a function of test_clients.c */
};

/* The n-th row, from 0, or NULL behind the last. */
const struct l2tp_quirk *l2tp_quirk(unsigned n);

/* The client system of an SCCRQ: a constant, "unknown" when no row agrees. */
const char *l2tp_client_system(const struct message_parse *sccrq);
