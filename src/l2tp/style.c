/*
 * style: how families of routers write RFC 3931, one row each (clients.md section
 * 2.7, softether.md section 1.6).
 *
 * Called by connection_accept.c, which finds a requester's row, by callers who choose
 * one, and wherever a message is filled. Holds no state.
 */
#include "state3.h"

#include <string.h>

static const struct l2tp3_style rows[] = {
	{
		.name = "standard",
		.circuit_status = CIRCUIT_NEW | CIRCUIT_ACTIVE,
		.cookie = L2TP3_COOKIE_CONFIGURED,
	},
	{
		.name = "cisco",
		.cisco_avps = true,
		.reply_pw_type = true,
		.circuit_status = CIRCUIT_NEW | CIRCUIT_ACTIVE,
		.cookie = L2TP3_COOKIE_AS_PEER,
	},
	{
		.name = "yamaha",
		.vendor_prefix = "YAMAHA",
		.vendor_name = "YAMAHA Corporation",
		.router_id_zero = true,
		.no_window = true,
		.udp_only = true,
		.no_sublayer = true,
		.circuit_status = CIRCUIT_NEW | CIRCUIT_ACTIVE,
		.cookie = L2TP3_COOKIE_NEVER,
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct l2tp3_style *l2tp3_style(unsigned n)
{
	return n < ROWS ? &rows[n] : NULL;
}

const struct l2tp3_style *l2tp3_style_by_name(const char *name)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static bool told_by_vendor(const struct l2tp3_style *row, struct bytes vendor)
{
	size_t n = row->vendor_prefix ? strlen(row->vendor_prefix) : 0;

	return n && vendor.len >= n && memcmp(vendor.p, row->vendor_prefix, n) == 0;
}

const struct l2tp3_style *style_of_request(const struct l2tp3_message *m)
{
	for (unsigned i = 1; i < ROWS; i++) {
		if ((rows[i].cisco_avps && m->cisco) ||
		    (has3(m, AVP3_VENDOR_NAME) && told_by_vendor(&rows[i], m->vendor_name)))
			return &rows[i];
	}
	return &rows[0];
}
