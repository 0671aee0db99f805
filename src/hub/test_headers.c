/* Unit tests of what is read of a frame's headers, and of the shaper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/headers.h"
#include "hub/shaper.h"
#include "test_frames.h"

static void rates_hold(void **state)
{
	struct shaper s = {0};
	uint64_t octets = 0;

	(void)state;
	for (uint64_t ms = 1; ms <= 10000; ms++)
		for (unsigned i = 0; i < 10; i++)
			octets += shaper_admit(&s, 1000000, 1500, 1000 + ms) ? 1500 : 0;
	/* ten seconds of it and the bucket */
	assert_in_range(octets * 8, 10000000, 10000000 + 250000 + 12000);
	assert_true(shaper_admit(&s, 0, 65000, 0));
	/* a rest of a day saves up no more than the bucket */
	octets = 0;
	for (unsigned i = 0; i < 1000; i++)
		octets += shaper_admit(&s, 1000000, 1500, 90000000) ? 1500 : 0;
	assert_in_range(octets * 8, 250000, 250000 + 12000);
	/* a super-packet passes at any rate, and then nothing for as long as it takes */
	s = (struct shaper){0};
	assert_true(shaper_admit(&s, 8000, 64000, 1000));
	assert_false(shaper_admit(&s, 8000, 1, 60000));
	assert_true(shaper_admit(&s, 8000, 1, 66000));
}

static void headers_are_read(void **state)
{
	struct hub_headers h;
	struct frame f;

	(void)state;
	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 80, 40000, TCP_SYN);
	put_tag(&f, VLAN_TYPE, 100);
	put_tag(&f, VLAN_TYPE_S, 200);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.vlan, 200);
	assert_int_equal(h.flags, HDR_TAGGED | HDR_IPV4 | HDR_PORTS | HDR_TCP);
	assert_int_equal(h.dst_port, 40000);
	assert_int_equal(h.src_mac, MAC(1));
	assert_int_equal(h.l4_at, ETH_HDR + 2 * VLAN_TAG + IPV4_HDR);
	put_snap(&f); /* outermost: that is no tagged frame, but its IP is seen */
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV4 | HDR_PORTS | HDR_TCP);
	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 80, 40000, TCP_SYN);
	put_tag(&f, VLAN_TYPE, 100);
	/* every cut of it is taken, with fewer headers */
	for (size_t len = ETH_HDR; len < f.len; len++) {
		assert_true(hub_headers_parse(f.p, len, &h));
		assert_false(h.flags & HDR_TCP);
	}
	/* an atomic fragment is none (RFC 6946) */
	uint8_t *p = put_ip6(&f, MAC(1), MAC(2), 44, link6(1), link6(2), 28);

	p[0] = 17;
	udp_put(p + 8, 1, 2, 20);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV6 | HDR_PORTS | HDR_UDP);
	put_be16(p + 2, 8);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV6 | HDR_FRAGMENT | HDR_LATER);
	/* behind an authentication header of 24 octets (RFC 4302 counts in words) */
	p = put_ip6(&f, MAC(1), MAC(2), 51, link6(1), link6(2), 24 + 20);
	p[0] = 17;
	p[1] = 4;
	udp_put(p + 24, 7, 8, 20);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV6 | HDR_PORTS | HDR_UDP);
	assert_int_equal(h.dst_port, 8);
	/* UDP that ends in its header, TCP that ends in its ports */
	put_ip4(&f, MAC(1), MAC(2), 17, IP(1), IP(2), 6);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV4 | HDR_PORTS | HDR_L4_CUT);
	put_ip4(&f, MAC(1), MAC(2), 6, IP(1), IP(2), 3);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV4 | HDR_L4_CUT);
	/* ARP that is cut is none */
	put_arp(&f, MAC(1), MAC(2), ARP_REQUEST, IP(1), IP(2));
	assert_true(hub_headers_parse(f.p, 41, &h));
	assert_int_equal(h.flags, 0);
	/* nine extension headers are too many */
	p = put_ip6(&f, MAC(1), MAC(2), 60, link6(1), link6(2), 9 * 8 + 8);
	for (unsigned i = 0; i < 9; i++)
		p[i * 8] = i == 8 ? 17 : 60;
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags, HDR_IPV6 | HDR_CHAIN_CUT);
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.dhcp.message, DHCP_MSG_DISCOVER);
	assert_int_equal(hub_mac(h.dhcp.chaddr), MAC(1));
	assert_false(h.flags & HDR_DHCP_SERVER);
	/* who sends to a client's port is a server, from wherever */
	put_udp4(&f, MAC(1), ALL_HOSTS, IP(1), IP(2), 5000, 68, 20);
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags & (HDR_DHCP | HDR_DHCP_SERVER | HDR_DHCP_READ),
			 HDR_DHCP | HDR_DHCP_SERVER);
	/* not for Ethernet, no magic cookie, padding, an option of the wrong length */
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	uint8_t *dhcp = f.p + ETH_HDR + IPV4_HDR + UDP_HDR;

	dhcp[1] = 6;
	assert_true(hub_headers_parse(f.p, f.len, &h) && !(h.flags & HDR_DHCP_READ));
	dhcp[1] = 1;
	dhcp[239] ^= 1;
	assert_true(hub_headers_parse(f.p, f.len, &h) && !(h.flags & HDR_DHCP_READ));
	dhcp[239] ^= 1;
	memmove(dhcp + 242, dhcp + 240, 10);
	dhcp[240] = dhcp[241] = 0;
	assert_true(hub_headers_parse(f.p, f.len, &h) && h.flags & HDR_DHCP_READ);
	assert_int_equal(h.dhcp.message, DHCP_MSG_DISCOVER);
	dhcp[243] = 2;
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.dhcp.message, 0);
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	/* an option that runs out of it: the ports still say what it is */
	f.p[ETH_HDR + IPV4_HDR + UDP_HDR + 244] = 200;
	assert_true(hub_headers_parse(f.p, f.len, &h));
	assert_int_equal(h.flags & (HDR_DHCP | HDR_DHCP_READ), HDR_DHCP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(rates_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
