/*
 * inform: builds DHCPINFORM and reads its DHCPACK (RFC 2131 3.4, 4.4.3; RFC 3442) as
 * the DHCP client of a native system does, which is stricter than the RFC. Called by
 * lac.c. Never decides about the link: without an answer it goes on as it is.
 */
#include "inform.h"

#include <stdio.h>
#include <string.h>

#include "base/wr.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define SERVER_PORT  67
#define CLIENT_PORT  68
#define BOOTREQUEST  1
#define BOOTREPLY    2
#define COOKIE       0x63825363
#define HEADER       236
#define MESSAGE_TYPE 53
#define LEASE_TIME   51
#define SERVER_ID    54
#define ACK          5
#define PAD          0
#define END          255
#define BROADCAST    0xffffffff

static void write_options(struct wr *w, const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2) {
		unsigned v = 0;

		for (unsigned i = 0; i < 2; i++)
			v = v << 4 | (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
		wr_u8(w, (uint8_t)v);
	}
	wr_u8(w, END);
}

size_t inform_build(uint8_t *p, const struct lac_inform *how, uint32_t xid, uint32_t ip)
{
	uint8_t *udp = p + IPV4_HDR;
	struct wr w = wr_of(udp, INFORM_PACKET_MAX - IPV4_HDR);

	wr_u16(&w, CLIENT_PORT);
	wr_u16(&w, SERVER_PORT);
	wr_u32(&w, 0); /* length and checksum */
	wr_u8(&w, BOOTREQUEST);
	wr_u8(&w, how->htype);
	wr_u8(&w, sizeof(how->chaddr));
	wr_u8(&w, 0);
	wr_u32(&w, xid);
	wr_u32(&w, 0);
	wr_u32(&w, ip); /* ciaddr */
	wr_zero(&w, 12);
	wr_copy(&w, how->chaddr, sizeof(how->chaddr));
	wr_zero(&w, 16 - sizeof(how->chaddr) + 64 + 128);
	wr_u32(&w, COOKIE);
	write_options(&w, how->options);
	if (!wr_ok(&w))
		return 0;
	wr_put16(&w, 4, (uint16_t)w.len);
	ipv4_put(p, (uint16_t)(IPV4_HDR + w.len), 64, IPV4_UDP, ip, BROADCAST);
	checksum_store(udp + UDP_CHECKSUM,
		       checksum_add(checksum_pseudo4(p, IPV4_UDP, (uint32_t)w.len), udp, w.len));
	return IPV4_HDR + w.len;
}

/* The options behind the cookie, as words; why is what is wrong. */
static const char *read_options(struct rd *r, const struct lac_inform *how, char *words, size_t cap)
{
	bool type = false, server = false, first = true;
	size_t at = (size_t)snprintf(words, cap, "dhcp options");

	while (rd_left(r)) {
		uint8_t code = rd_u8(r);
		struct bytes value;

		if (code == PAD)
			continue;
		if (code == END)
			break;
		value = rd_bytes(r, rd_u8(r));
		if (!rd_ok(r))
			return "an option is cut";
		if (code == MESSAGE_TYPE && (!how->type_first || first))
			type = value.len == 1 && value.p[0] == ACK;
		server |= code == SERVER_ID && value.len == 4;
		if (code == LEASE_TIME)
			return "it has a lease time";
		if (at + 5 < cap)
			at += (size_t)snprintf(words + at, cap - at, " %u", code);
		first = false;
	}
	return !type ? "it is no DHCPACK by its first option" : !server ? "no server id" : NULL;
}

enum inform_verdict inform_take(struct bytes packet, const struct lac_inform *how, uint32_t xid,
				uint32_t ip, char *words, size_t cap)
{
	const char *why = NULL;
	struct ipv4 h;
	struct udp u;
	struct rd r;

	if (ipv4_parse(packet.p, packet.len, true, &h) != IPV4_OK || h.proto != IPV4_UDP ||
	    !udp_parse(packet.p + h.hdr_len, (size_t)h.total_len - h.hdr_len, &u) ||
	    u.dst_port != CLIENT_PORT)
		return INFORM_OTHER;
	r = rd_of(packet.p + h.hdr_len + UDP_HDR, u.len - UDP_HDR);
	if (u.src_port != SERVER_PORT || h.dst != ip)
		why = "from another port, or to another address";
	else if (rd_u8(&r) != BOOTREPLY)
		why = "it is no reply";
	rd_skip(&r, 3);
	if (!why && rd_u32(&r) != xid)
		why = "the transaction id is another";
	rd_skip(&r, 8); /* secs, flags, ciaddr */
	if (!why && rd_u32(&r) != 0)
		why = "yiaddr is set";
	rd_skip(&r, HEADER - 20);
	if (!why && rd_u32(&r) != COOKIE)
		why = "no magic cookie";
	if (!why)
		why = read_options(&r, how, words, cap);
	if (!why)
		return INFORM_GOOD;
	snprintf(words, cap, "%s", why);
	return INFORM_BAD;
}
