/*
 * arp: RFC 826 packets for Ethernet and IPv4. Called by hub, dataplane and core. Never answers: it
 * only reads and writes the format.
 */
#include "wire/arp.h"

#include <string.h>

#define HTYPE_ETHERNET 1
#define PTYPE_IPV4     0x0800

bool arp_parse(struct rd *r, struct arp *out)
{
	bool is_ipv4 = rd_u16(r) == HTYPE_ETHERNET;

	is_ipv4 &= rd_u16(r) == PTYPE_IPV4;
	is_ipv4 &= rd_u8(r) == 6;
	is_ipv4 &= rd_u8(r) == 4;
	out->op = rd_u16(r);
	rd_copy(r, out->sender_mac, 6);
	out->sender_ip = rd_u32(r);
	rd_copy(r, out->target_mac, 6);
	out->target_ip = rd_u32(r);
	return is_ipv4 && rd_ok(r);
}

void arp_build(struct wr *w, const struct arp *a)
{
	wr_u16(w, HTYPE_ETHERNET);
	wr_u16(w, PTYPE_IPV4);
	wr_u8(w, 6);
	wr_u8(w, 4);
	wr_u16(w, a->op);
	wr_copy(w, a->sender_mac, 6);
	wr_u32(w, a->sender_ip);
	wr_copy(w, a->target_mac, 6);
	wr_u32(w, a->target_ip);
}

void arp_ask(uint8_t frame[ARP_FRAME], const uint8_t sender_mac[6], uint32_t sender_ip,
	     uint32_t target_ip)
{
	static const uint8_t everybody[ETH_ADDR] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct wr w = wr_of(frame + ETH_HDR, ARP_LEN);
	struct arp a = {.op = ARP_REQUEST, .sender_ip = sender_ip, .target_ip = target_ip};

	memcpy(a.sender_mac, sender_mac, ETH_ADDR);
	eth_put(frame, everybody, sender_mac, ETH_TYPE_ARP);
	arp_build(&w, &a);
}
