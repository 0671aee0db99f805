/*
 * options: the catalogue of DHCP options (RFC 2132, 3004, 3046, 3442, [MS-DHCPE]): one row
 * for each that this room reads or writes, and typed access by it. inform.c, the client and
 * the server know no other encoder.
 *
 * What a reader does not take (a wrong length, text with control characters) is absent: a
 * message is not dropped for an option that nobody needs.
 */
#pragma once

#include "dhcp/dhcp.h"

enum dhcp_kind {
	DHCP_KIND_U8,
	DHCP_KIND_U16,
	DHCP_KIND_U32, /* seconds */
	DHCP_KIND_IP,
	DHCP_KIND_IPS,    /* one or more */
	DHCP_KIND_TEXT,   /* ASCII, not terminated */
	DHCP_KIND_ROUTES, /* RFC 3442 */
	DHCP_KIND_BYTES,
};

struct dhcp_option_row {
	uint8_t code;
	const char *name; /* RFC 2132's words, "subnet mask" */
	enum dhcp_kind kind;
	uint8_t ask; /* place in our client's parameter request list, from 1; 0: not asked */
};

/* NULL: not in the catalogue. */
const struct dhcp_option_row *dhcp_option_row(uint8_t code);

/* ---- reading ---- */

/* U8, U16, U32 and IP (host order). False: absent, or not of the kind's length. */
bool dhcp_get_number(const struct dhcp_message *m, uint8_t code, uint32_t *value);

/* Up to max addresses (host order, zeros left out); returns how many. */
size_t dhcp_get_ips(const struct dhcp_message *m, uint8_t code, uint32_t *ips, size_t max);

/* Text for a name: letters, digits, '.', '-', '_', blank and ',' as they are, trailing NULs cut
 * off. dst (cap octets) is always terminated. False: absent, empty, longer, or with other
 * characters (security.md row 155: such text goes nowhere). */
bool dhcp_get_text(const struct dhcp_message *m, uint8_t code, char *dst, size_t cap);

/* The same for display: cut to cap, '?' for other characters. Returns its length. */
size_t dhcp_get_label(const struct dhcp_message *m, uint8_t code, char *dst, size_t cap);

/* The classless routes of option 121, else of 249; at most max of them. *from: the option that
 * they are from, or 0. A list that is malformed anywhere is absent. Returns how many. */
size_t dhcp_get_routes(const struct dhcp_message *m, struct dhcp_route *routes, size_t max,
		       uint8_t *from);

/* ---- writing ---- */

/* U8, U16, U32 or IP, as the row says. */
void dhcp_put_number(struct wr *w, uint8_t code, uint32_t value);
/* Those of n that are not 0; nothing when there are none. */
void dhcp_put_ips(struct wr *w, uint8_t code, const uint32_t *ips, size_t n);
/* At most 255 octets of text; nothing when it is NULL or "". */
void dhcp_put_text(struct wr *w, uint8_t code, const char *text);
/* Option 55: what our client asks, in its order. routes: 121 and 249 too. */
void dhcp_put_asked(struct wr *w, bool routes);

/* ---- addresses ---- */

/* 1s and then 0s, at least one 1? */
bool dhcp_mask_ok(uint32_t mask);
uint8_t dhcp_mask_prefix(uint32_t mask); /* of a mask that is ok: 1 to 32 */

/* One host's address: not 0/8, 127/8, multicast or above; and within a net with this mask not its
 * first or last address (mask 0, /31 and /32: any). */
bool dhcp_host_ip(uint32_t ip, uint32_t mask);
