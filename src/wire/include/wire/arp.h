/*
 * arp: IPv4 over Ethernet address resolution (RFC 826).
 */
#pragma once

#include <stdbool.h>

#include "base/rd.h"
#include "base/wr.h"
#include "wire/eth.h"

#define ARP_LEN     28
#define ARP_FRAME   (ETH_HDR + ARP_LEN)
#define ARP_REQUEST 1
#define ARP_REPLY   2

struct arp {
	uint16_t op;
	uint8_t sender_mac[6], target_mac[6];
	uint32_t sender_ip, target_ip; /* host order */
};

/* False when it is cut or not Ethernet/IPv4. */
bool arp_parse(struct rd *r, struct arp *out);

/* Writes ARP_LEN octets. */
void arp_build(struct wr *w, const struct arp *a);

/* A frame to everybody: who has target_ip? sender_ip 0: a probe; target_ip: an announcement
 * (RFC 5227 section 1.1). */
void arp_ask(uint8_t frame[ARP_FRAME], const uint8_t sender_mac[6], uint32_t sender_ip,
	     uint32_t target_ip);
