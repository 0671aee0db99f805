/* Unit tests of the guards (security.md H-24 to H-27), of leases and of DHCP for control. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_forward.h"
#include "test_world.h"

void sessions_send_only_what_is_theirs(void **state)
{
	const uint64_t mac = SESSION_MAC(SESSION);
	const uint32_t ip = SESSION_IP(SESSION);
	const struct ipv6_addr link = {IPV6_LINK_PREFIX, 0x500 + SESSION},
			       own = {UINT64_C(0xfd00000000000100) + SESSION, 77},
			       foreign = {UINT64_C(0xfd00000000000100), 77};
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_udp4(&f, mac, MAC(2), ip, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	assert_int_equal(mac_table_hub_count(&w.sw.macs, WORLD_HUB), 0);
	put_udp4(&f, mac, MAC(2), ip + 1, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	put_udp4(&f, SESSION_MAC(OTHER_SESSION), MAC(2), ip, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_MAC);
	put_raw(&f, mac, MAC(2), 0x88b5);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	put_udp6(&f, mac, MAC(2), own, link6(2), 1, 1);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	put_udp6(&f, mac, MAC(2), link, link6(2), 1, 1);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	put_nd(&f, mac, MAC(2), (struct ipv6_addr){0, 0}, 135, link, 0); /* is it free? */
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	put_udp6(&f, mac, MAC(2), link6(9), link6(2), 1, 1);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	put_udp6(&f, mac, MAC(2), foreign, link6(2), 1, 1);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	/* IPv6 alone */
	w.ports[SESSION].assigned.ip = 0;
	put_udp4(&f, mac, MAC(2), 0, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	w.ports[SESSION].assigned.ip = ip;
	/* what may hide a router's message */
	put_ip6(&f, mac, MAC_GROUP6(1), 60, link, group6(1), 4);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SESSION_SERVER);
	/* its address resolution says what is true */
	put_arp(&f, mac, ALL_HOSTS, ARP_REQUEST, ip, IP(2));
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	put_arp(&f, mac, ALL_HOSTS, ARP_REQUEST, ip + 1, IP(2));
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	f.p[ETH_HDR + 8 + 5] ^= 1; /* sender's MAC */
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_ARP_SENDER);
	/* no DHCP server or relay, no router */
	put_dhcp(&f, mac, ALL_HOSTS, ip, DHCP_MSG_OFFER, MAC(1), IP(9), 60);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SESSION_SERVER);
	put_dhcp(&f, mac, ALL_HOSTS, ip, DHCP_MSG_DISCOVER, mac, 0, 0);
	put_be32(f.p + ETH_HDR + IPV4_HDR + UDP_HDR + 24, IP(1)); /* giaddr */
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SESSION_SERVER);
	put_nd(&f, mac, MAC_GROUP6(1), link, 134, link6(0), mac);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SESSION_SERVER);
	put_nd(&f, mac, MAC(2), link, 136, link6(7), mac); /* "I have that address" */
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SOURCE_IP);
	put_nd(&f, mac, MAC(2), link, 136, link, MAC(7));
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_ARP_SENDER);
	put_dhcp(&f, mac, ALL_HOSTS, ip, DHCP_MSG_DISCOVER, MAC(7), 0, 0);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_DHCP_CHADDR);
	put_dhcp(&f, mac, ALL_HOSTS, ip, DHCP_MSG_INFORM, MAC(7), 0, 0);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	put_nd(&f, mac, MAC(2), link, 137, link6(7), mac);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_SESSION_SERVER);
	world_free(&w);
}

void hosts_say_their_own_mac(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REPLY, IP(1), IP(1));
	f.p[ETH_HDR + 8 + 5] ^= 1;
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_ARP_SENDER);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS); /* the LAN is not ours */
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 136, link6(1), MAC(2));
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_ARP_SENDER);
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(5), 0, 0);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_DHCP_CHADDR);
	put_be32(f.p + ETH_HDR + IPV4_HDR + UDP_HDR + 24, IP(1)); /* a relay's */
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 137, link6(7), MAC(5)); /* a redirect */
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	/* an assigned address is nobody else's, whatever the policies */
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REPLY, SESSION_IP(SESSION), SESSION_IP(SESSION));
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_ASSIGNED);
	put_udp4(&f, MAC(1), MAC(2), SESSION_IP(SESSION), IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_ASSIGNED);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_DROP_IP_ASSIGNED);
	/* also where addresses are not learned: a public one, a global one that is advertised */
	struct ip_claim c = {.hub = WORLD_HUB,
			     .addr = hub_ip4(0x08080808),
			     .port = NUMBER(SESSION),
			     .how = IP_ASSIGNED};
	const struct ipv6_addr global = {UINT64_C(0x20010db800000001), 1};

	ip_table_claim(&w.sw.ips, &c, 5000);
	put_udp4(&f, MAC(1), MAC(2), 0x08080808, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_ASSIGNED);
	c.addr = global;
	ip_table_claim(&w.sw.ips, &c, 5000);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 136, global, MAC(1));
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_ASSIGNED);
	/* what is learned: link-local and unique local, not the rest of the world */
	put_udp6(&f, MAC(1), MAC(2), (struct ipv6_addr){UINT64_C(0xfdaa) << 48, 1}, link6(2), 1, 1);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_udp6(&f, MAC(1), MAC(2), (struct ipv6_addr){global.prefix, 5}, link6(2), 1, 1);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(ip_table_port_count(&w.sw.ips, NUMBER(A), true), 2);
	world_free(&w);
}

void discovers_have_a_rate(void **state)
{
	const uint64_t mac = SESSION_MAC(SESSION);
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_dhcp(&f, mac, ALL_HOSTS, SESSION_IP(SESSION), DHCP_MSG_DISCOVER, mac, 0, 0);
	for (unsigned i = 0; i < GUARD_DISCOVERS_SESSION; i++)
		assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_DHCP_RATE);
	put_dhcp(&f, mac, ALL_HOSTS, SESSION_IP(SESSION), DHCP_MSG_INFORM, mac, 0, 0);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	w.now_ms += 1000;
	put_dhcp(&f, mac, ALL_HOSTS, SESSION_IP(SESSION), DHCP_MSG_DISCOVER, mac, 0, 0);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	world_free(&w);
}

void leases_are_learned(void **state)
{
	struct ip_row row;
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	w.policies[A].value[POLICY_DHCP_FORCE] = 1;
	world_configure(&w);
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_REQUEST, MAC(1), 0, 0);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_dhcp(&f, MAC(9), MAC(1), IP(254), DHCP_MSG_ACK, MAC(1), IP(50), 7200);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS);
	assert_int_equal(w.d.tell & HUB_TELL_LEASE, HUB_TELL_LEASE);
	assert_int_equal(w.d.lease.port, NUMBER(A));
	assert_int_equal(w.d.lease.lease_s, 7200);
	put_udp4(&f, MAC(1), MAC(9), IP(50), IP(254), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_udp4(&f, MAC(1), MAC(9), IP(51), IP(254), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_DHCP_FORCE);
	/* nor does anybody lease it to himself */
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_ACK, MAC(1), IP(52), 7200);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_udp4(&f, MAC(1), MAC(9), IP(52), IP(254), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_DHCP_FORCE);
	/* nobody takes it while it is leased */
	put_udp4(&f, MAC(2), MAC(9), IP(50), IP(254), 1, 1, 20);
	assert_int_equal(world_send(&w, B, &f), HUB_DROP_IP_LEASED);
	/* a server behind a user's port cannot give it to another; a free one it can */
	put_dhcp(&f, MAC(2), ALL_HOSTS, IP(2), DHCP_MSG_ACK, SESSION_MAC(SESSION), IP(50), 7200);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_true(ip_table_find(&w.sw.ips, WORLD_HUB, 0, hub_ip4(IP(50)), 5000, &row));
	assert_int_equal(row.port, NUMBER(A));
	put_dhcp(&f, MAC(2), ALL_HOSTS, IP(2), DHCP_MSG_ACK, SESSION_MAC(SESSION), IP(60), 7200);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_true(ip_table_find(&w.sw.ips, WORLD_HUB, 0, hub_ip4(IP(60)), 5000, &row));
	assert_int_equal(row.port, NUMBER(SESSION));
	/* who is not there leases nothing */
	put_dhcp(&f, MAC(9), ALL_HOSTS, IP(254), DHCP_MSG_ACK, MAC(66), IP(61), 7200);
	world_send(&w, WAY_OUT, &f);
	assert_false(ip_table_find(&w.sw.ips, WORLD_HUB, 0, hub_ip4(IP(61)), 5000, &row));
	/* until it is released by whom has it */
	put_dhcp(&f, MAC(2), MAC(9), 0, DHCP_MSG_RELEASE, MAC(2), 0, 0);
	put_be32(f.p + ETH_HDR + IPV4_HDR + UDP_HDR + 12, IP(50)); /* ciaddr */
	world_send(&w, B, &f);
	assert_true(ip_table_find(&w.sw.ips, WORLD_HUB, 0, hub_ip4(IP(50)), 5000, &row));
	put_dhcp(&f, MAC(1), MAC(9), IP(50), DHCP_MSG_RELEASE, MAC(1), 0, 0);
	put_be32(f.p + ETH_HDR + IPV4_HDR + UDP_HDR + 12, IP(50));
	world_send(&w, A, &f);
	assert_false(ip_table_find(&w.sw.ips, WORLD_HUB, 0, hub_ip4(IP(50)), 5000, &row));
	world_free(&w);
}

void dhcp_goes_to_control(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	world_send(&w, A, &f);
	assert_int_equal(w.d.control, 0);
	w.hub.dhcp_server = true;
	world_send(&w, A, &f);
	assert_int_equal(w.d.control, HUB_CONTROL_DHCP_SERVER);
	assert_int_equal(w.d.verdict, HUB_FLOOD); /* other servers hear it, too */
	/* the answer to a session's client, to its MAC and to all */
	put_dhcp(&f, MAC(9), SESSION_MAC(SESSION), IP(254), DHCP_MSG_OFFER, SESSION_MAC(SESSION),
		 IP(50), 60);
	world_send(&w, WAY_OUT, &f);
	assert_int_equal(w.d.verdict, HUB_TO_CONTROL);
	assert_int_equal(w.d.control, HUB_CONTROL_DHCP_CLIENT);
	assert_int_equal(w.d.client, NUMBER(SESSION));
	put_dhcp(&f, MAC(9), ALL_HOSTS, IP(254), DHCP_MSG_OFFER, SESSION_MAC(SESSION), IP(50), 60);
	world_send(&w, WAY_OUT, &f);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	assert_int_equal(w.d.control, HUB_CONTROL_DHCP_CLIENT);
	/* the virtual host */
	assert_true(mac_table_pin(&w.sw.macs, WORLD_HUB, 0, MAC(88), HUB_PORT_CONTROL, 5000));
	put_udp4(&f, MAC(1), MAC(88), IP(1), IP(254), 1, 53, 20);
	world_send(&w, A, &f);
	assert_int_equal(w.d.verdict, HUB_TO_CONTROL);
	assert_int_equal(w.d.control, HUB_CONTROL_HOST);
	world_free(&w);
}
