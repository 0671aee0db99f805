/*
 * arp: RFC 826 packets for Ethernet and IPv4. Called by hub. Never answers: it
 * only reads and writes the format.
 */
#include "wire/arp.h"

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
