/*
 * access_text: the conditions of an access rule as words: prefixes, protocols, ports, MACs.
 *
 * The readers return NULL, or what is wrong with the word; the writers write what the readers take
 * back, into buf of ACCESS_TEXT octets, and return buf.
 */
#pragma once

#include "hub/access_list.h"

#define ACCESS_TEXT 64

/* "10.0.0.0/8", "10.0.0.1", "2001:db8::/32". Bits behind the length are taken away; *had_rest says
 * that there were any. */
const char *access_prefix_read(const char *text, struct access_prefix *out,
			       enum access_family *family, bool *had_rest);
const char *access_prefix_write(const struct access_prefix *p, enum access_family family,
				char *buf);

/* 0 to 255, or a name in any case. */
const char *access_proto_read(const char *text, uint16_t *out);
const char *access_proto_write(uint16_t proto, char *buf);

/* "80", "1024-65535" */
const char *access_ports_read(const char *text, struct access_ports *out);
const char *access_ports_write(const struct access_ports *r, char *buf);

/* "00:11:22:33:44:55", with '-' or as 0011.2233.4455, too, and a mask of the same form behind
 * '/'. */
const char *access_mac_read(const char *text, struct access_mac *out);
const char *access_mac_write(const struct access_mac *m, char *buf);
