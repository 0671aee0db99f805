/*
 * Addresses: an IPv4 or IPv6 address, with and without a port, as values.
 * Network byte order in ip[]; ports in host byte order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ip_addr {
	uint8_t family; /* 0 (none), 4 or 6 */
	uint8_t ip[16]; /* 4 or 16 octets used, the rest zero */
};

struct endpoint {
	struct ip_addr addr;
	uint16_t port;
};

/* Both ends of a datagram as we see it: where it must go back to and from. */
struct flow {
	struct endpoint local;
	struct endpoint remote;
};

#define IP_ADDR_TEXT  46 /* longest IPv6 text and NUL */
#define ENDPOINT_TEXT 56 /* [IPv6]:port and NUL */

struct ip_addr ip4_addr(uint32_t host_order);
uint32_t ip4_of(const struct ip_addr *a);    /* host order; 0 unless family is 4 */
size_t ip_addr_len(const struct ip_addr *a); /* 0, 4 or 16 octets */

bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);

/* Text of an address into buf (at least IP_ADDR_TEXT); returns buf. "-" for none. */
const char *ip_addr_text(const struct ip_addr *a, char *buf, size_t cap);

/* "192.0.2.1:500" or "[2001:db8::1]:500" into buf (at least ENDPOINT_TEXT); returns buf. */
const char *endpoint_text(const struct endpoint *e, char *buf, size_t cap);

/* Parses dotted IPv4 or IPv6 text, whole string; false when it is neither. */
bool ip_addr_parse(const char *text, struct ip_addr *out);

/* Hash for tables, seeded so that strangers cannot aim at one bucket. */
uint64_t endpoint_hash(const struct endpoint *e, uint64_t seed);
uint64_t hash_bytes(const void *p, size_t len, uint64_t seed);
