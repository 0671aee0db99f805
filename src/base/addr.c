/*
 * Addresses: construct, compare, print, parse, hash. Called by every room.
 * Never resolves names.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct ip_addr ip4_addr(uint32_t host_order)
{
	struct ip_addr a = {.family = 4};

	a.ip[0] = (uint8_t)(host_order >> 24);
	a.ip[1] = (uint8_t)(host_order >> 16);
	a.ip[2] = (uint8_t)(host_order >> 8);
	a.ip[3] = (uint8_t)host_order;
	return a;
}

uint32_t ip4_of(const struct ip_addr *a)
{
	if (a->family != 4)
		return 0;
	return (uint32_t)a->ip[0] << 24 | (uint32_t)a->ip[1] << 16 | (uint32_t)a->ip[2] << 8 |
	       a->ip[3];
}

size_t ip_addr_len(const struct ip_addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, ip_addr_len(a)) == 0;
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && ip_addr_eq(&a->addr, &b->addr);
}

const char *ip_addr_text(const struct ip_addr *a, char *buf, size_t cap)
{
	int af = a->family == 4 ? AF_INET : AF_INET6;

	if (a->family == 0 || !inet_ntop(af, a->ip, buf, (socklen_t)cap))
		snprintf(buf, cap, "-");
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char *buf, size_t cap)
{
	char ip[IP_ADDR_TEXT];

	ip_addr_text(&e->addr, ip, sizeof(ip));
	snprintf(buf, cap, e->addr.family == 6 ? "[%s]:%u" : "%s:%u", ip, e->port);
	return buf;
}

bool ip_addr_parse(const char *text, struct ip_addr *out)
{
	*out = (struct ip_addr){0};
	if (inet_pton(AF_INET, text, out->ip) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, text, out->ip) == 1)
		out->family = 6;
	return out->family != 0;
}

/* 64-bit mixing of eight octets at a time; not cryptographic, the seed is secret. */
uint64_t hash_bytes(const void *p, size_t len, uint64_t seed)
{
	const uint8_t *b = p;
	uint64_t h = seed ^ (len * UINT64_C(0x9e3779b97f4a7c15));

	while (len) {
		uint64_t v = 0;
		size_t n = len < 8 ? len : 8;

		memcpy(&v, b, n);
		h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
		b += n;
		len -= n;
	}
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 29;
}

uint64_t endpoint_hash(const struct endpoint *e, uint64_t seed)
{
	return hash_bytes(e->addr.ip, ip_addr_len(&e->addr), seed ^ e->port);
}
