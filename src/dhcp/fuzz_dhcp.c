/*
 * fuzz_dhcp: one packet of a session into the DHCPINFORM answer machine.
 *
 * Input: an octet of flags (bit 0: routes; bit 1: a domain; bit 2: servers; bit 3: a small
 * MTU; bit 4: the rest is a DHCP message, not an IP packet, and gets a right envelope), then
 * the bytes. Checks what must hold whatever comes: an answer is a whole packet with right sums
 * for the session's address alone, within its MTU, that our own parser takes; a drop
 * leaves the buffer alone.
 */
#include <stdlib.h>
#include <string.h>

#include "dhcp/dhcp.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENT_IP 0x0a000042
#define SERVER_IP 0x0a000001
#define ENVELOPE  (IPV4_HDR + UDP_HDR)
#define ROUTES    80

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_reply(struct bytes p, const struct dhcp_values *v)
{
	struct dhcp_message m;
	struct ipv4 ip;
	struct udp udp;
	uint64_t sum;

	must(ipv4_parse(p.p, p.len, true, &ip) == IPV4_OK && ip.total_len == p.len);
	must(ip.src == SERVER_IP && ip.dst == CLIENT_IP);
	must(p.len <= (v->mtu < 576 ? 576u : v->mtu));
	must(udp_parse(p.p + IPV4_HDR, p.len - IPV4_HDR, &udp) && udp.len == p.len - IPV4_HDR);
	must(udp.src_port == 67 && udp.dst_port == 68);
	sum = checksum_pseudo4(p.p, IPV4_UDP, udp.len);
	must(checksum_fold(checksum_add(sum, p.p + IPV4_HDR, udp.len)) == UINT16_MAX);
	must(dhcp_parse((struct bytes){p.p + ENVELOPE, p.len - ENVELOPE}, &m) == DHCP_DROP_NONE);
	must(m.head.op == DHCP_BOOTREPLY && m.head.yiaddr == 0 && dhcp_type(&m) == DHCP_ACK);
	must(m.options.p[0] == DHCP_OPT_TYPE);
}

static void run(struct bytes packet, const struct dhcp_values *v)
{
	uint8_t reply[DHCP_REPLY_MAX];
	struct wr w = wr_of(reply, sizeof(reply));
	struct dhcp_asked asked;
	enum dhcp_drop why = dhcp_inform(packet, v, &w, &asked);

	must(wr_ok(&w) && why < DHCP_N_DROPS);
	if (why != DHCP_DROP_NONE) {
		must(w.len == 0);
		return;
	}
	must(dhcp_is_for_server(packet));
	must(strlen(asked.vendor_class) < sizeof(asked.vendor_class));
	must(asked.routes_sent + asked.routes_left_out == 0 ||
	     asked.routes_sent + asked.routes_left_out == (int)v->n_routes);
	check_reply(wr_done(&w), v);
}

/* The bytes as the payload of a packet that no gate before the parser stops. */
static void run_in_envelope(struct bytes message, const struct dhcp_values *v)
{
	size_t len = ENVELOPE + message.len;
	uint8_t *p;

	if (len > 1500)
		return;
	p = malloc(len);
	must(p != NULL);
	ipv4_put(p, (uint16_t)len, 64, IPV4_UDP, CLIENT_IP, UINT32_MAX);
	udp_put(p + IPV4_HDR, 68, 67, (uint16_t)(len - IPV4_HDR));
	if (message.len)
		memcpy(p + ENVELOPE, message.p, message.len);
	run((struct bytes){p, len}, v);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp_route routes[ROUTES];
	struct rd r = rd_of(data, size);
	uint8_t flags = rd_u8(&r);
	struct dhcp_values v = {
		.client_ip = CLIENT_IP,
		.server_ip = SERVER_IP,
		.mask = 0xffffff00,
		.dns = {flags & 4 ? 1 : 0, 2},
		.wins = {3, flags & 4 ? 4 : 0},
		.domain = flags & 2 ? "corp.example" : NULL,
		.routes = routes,
		.n_routes = flags & 1 ? ROUTES : 0,
		.mtu = flags & 8 ? 576 : 1400,
	};

	for (uint32_t i = 0; i < ROUTES; i++)
		routes[i] = (struct dhcp_route){i << 24 | i << 9, (uint8_t)(i % 33), i};
	if (flags & 16)
		run_in_envelope(rd_rest(&r), &v);
	else
		run(rd_rest(&r), &v);
	return 0;
}
