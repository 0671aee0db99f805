/* DHCPINFORM as client systems send it (RFC 2131 3.4, clients.md 3.1, 3.2). Private to src/lac. */
#pragma once

#include "base/rd.h"
#include "lac/profile.h"

#define INFORM_PACKET_MAX 576
#define INFORM_RETRY_MS   3000

/* Writes the IPv4 packet (INFORM_PACKET_MAX octets at p) of the client at ip; returns how many. */
size_t inform_build(uint8_t *p, const struct lac_inform *how, uint32_t xid, uint32_t ip);

enum inform_verdict {
	INFORM_OTHER, /* no answer to a DHCP client */
	INFORM_BAD,   /* an answer that the system does not take; words say why */
	INFORM_GOOD,  /* words say which options it has */
};
enum inform_verdict inform_take(struct bytes packet, const struct lac_inform *how, uint32_t xid,
				uint32_t ip, char *words, size_t cap);
