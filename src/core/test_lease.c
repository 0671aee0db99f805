/* Unit tests of lease: addresses from the segment of a bridged hub, through the real workers: a
 * scripted DHCP server and hosts behind the hub's interface (test_lan.h). */
#include "test_lan.h"

#include "dhcp/packet.h"

static struct world w;

/* The linker puts these in front of the others (meson.build). */
static struct ppp_network network;
void __wrap_ppp_set_network(struct ppp *p, uint64_t now_ms, const struct ppp_network *n);

void __wrap_ppp_set_network(struct ppp *p, uint64_t now_ms, const struct ppp_network *n)
{
	(void)p;
	(void)now_ms;
	network = *n;
}

static struct dp_session added;
static uint8_t packet[DHCP_REPLY_MAX];
static size_t packet_len;
bool __real_dp_command(struct dp *dp, unsigned worker, const struct dp_cmd *cmd,
		       const void *message);
bool __wrap_dp_command(struct dp *dp, unsigned worker, const struct dp_cmd *cmd,
		       const void *message);

bool __wrap_dp_command(struct dp *dp, unsigned worker, const struct dp_cmd *cmd,
		       const void *message)
{
	if (cmd->kind == DP_CMD_SESSION_ADD)
		added = cmd->u.session;
	if (cmd->kind == DP_CMD_SEND_PACKET) {
		packet_len = cmd->u.packet.len;
		memcpy(packet, message, packet_len);
	}
	return __real_dp_command(dp, worker, cmd, message);
}

static uint32_t number_of(const struct session *s, const char *object, const char *key)
{
	json_t *o = api_session(s);
	const json_t *in = object ? json_object_get(o, object) : o;
	uint32_t v = (uint32_t)json_integer_value(json_object_get(in, key));

	json_decref(o);
	return v;
}

static const char *text_of(const struct session *s, const char *object, const char *key)
{
	static char text[64];
	json_t *o = api_session(s);
	const json_t *in = object ? json_object_get(o, object) : o;
	const char *v = json_string_value(json_object_get(in, key));

	snprintf(text, sizeof(text), "%s", v ? v : "-");
	json_decref(o);
	return text;
}

/* ---- the address ---- */

static void a_session_gets_its_address_from_the_segment(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	f = lan_expect(&w, DHCP_DISCOVER);
	assert_memory_equal(f.src, s->mac, 6);
	assert_memory_equal(f.head.chaddr, s->mac, 6);
	assert_string_equal(f.host_name, "carol");
	assert_string_equal(f.user_class, "");
	assert_string_equal(text_of(s, "lease", "state"), "selecting");
	assert_string_equal(text_of(s, NULL, "address_from"), "-");
	lan_answer(&w, &f, (struct lan_answer){.type = DHCP_OFFER, .ip = LAN_IP, .lease_s = 3600});
	f = lan_expect(&w, DHCP_REQUEST);
	lan_answer(&w, &f, (struct lan_answer){.type = DHCP_ACK, .ip = LAN_IP, .lease_s = 3600});

	/* is it free? two probes, a quarter of a second each */
	assert_true(lan_take(&w, &f));
	assert_true(f.is_arp && f.arp.target_ip == LAN_IP && f.arp.sender_ip == 0);
	assert_false(lan_take(&w, &f));
	lan_wait(&w, 250);
	assert_true(lan_take(&w, &f) && f.is_arp);
	assert_int_equal(s->ip, 0);
	assert_false(lease_ready(s));
	lan_wait(&w, 250);
	assert_int_equal(s->ip, LAN_IP);
	assert_true(lease_ready(s));
	assert_int_equal(lease_prefix(s), 24);
	assert_int_equal(network.peer_ip, LAN_IP);
	assert_int_equal(network.local_ip, LAN_SERVER);
	assert_int_equal(network.dns[0], LAN_DNS);
	assert_int_equal(network.wins[0], 0);

	/* up: the segment hears who has it now */
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_int_equal(s->state, SESSION_UP);
	assert_int_equal(added.ip, LAN_IP);
	assert_int_equal(added.prefix, 24);
	assert_int_equal(added.gateway_ip, LAN_SERVER);
	assert_memory_equal(added.mac, s->mac, 6);
	assert_true(lan_take(&w, &f));
	assert_true(f.is_arp && f.arp.target_ip == LAN_IP && f.arp.sender_ip == LAN_IP);
	assert_memory_equal(f.arp.sender_mac, s->mac, 6);
	assert_string_equal(text_of(s, NULL, "address_from"), "segment");
	assert_string_equal(text_of(s, "lease", "server"), "192.168.77.1");
	assert_string_equal(text_of(s, "lease", "state"), "bound");
	assert_in_range(number_of(s, "lease", "ends_in_s"), 3590, 3600);
	assert_non_null(strstr(lan_story_text(&w, "dhcp-lease"), "192.168.77.100/24"));

	/* and it is given back */
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	f = lan_expect(&w, DHCP_RELEASE);
	assert_int_equal(f.head.ciaddr, LAN_IP);
	assert_true(list_empty(&w.core->sessions));
	kit_end(&w);
}

static void a_group_policy_comes_before_the_segment(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1,
		  LAN_CONFIG "group-policy DfltGrpPolicy attributes\n dns-server value 10.1.1.1\n");
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	s->dns[0] = 0x0a010101; /* as admit() does */
	lan_lease(&w, LAN_IP, 3600);
	lan_wait(&w, 500);
	assert_int_equal(network.peer_ip, LAN_IP);
	assert_int_equal(network.dns[0], 0x0a010101);
	assert_int_equal(network.dns[1], 0);
	kit_end(&w);
}

static void options_of_the_hub_act(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1,
		  LAN_CONFIG "hub LAN\n option UseHubNameAsDhcpUserClassOption 1\n"
			     " option DhcpDiscoverTimeoutMs 2000\n");
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	f = lan_expect(&w, DHCP_DISCOVER);
	/* RFC 3004: each class behind its length, or bare as old clients say it */
	assert_non_null(memmem(f.user_class, sizeof(f.user_class), "LAN", 3));
	lan_wait(&w, 1900);
	assert_int_equal(s->state, SESSION_LINK);
	lan_wait(&w, 150);
	assert_int_equal(s->state, SESSION_CLOSING);
	kit_end(&w);
}

/* Windows and Apple ask by DHCPINFORM for what IPCP cannot say. */
static void a_client_is_told_what_the_segment_says(void **state)
{
	uint8_t ask[DHCP_IP_HDRS + DHCP_MIN] = {0};
	struct dhcp_envelope e = {.src_ip = LAN_IP,
				  .dst_ip = DHCP_BROADCAST_IP,
				  .src_port = DHCP_CLIENT_PORT,
				  .dst_port = DHCP_SERVER_PORT};
	struct dhcp_header head = {
		.op = DHCP_BOOTREQUEST, .htype = DHCP_HTYPE_ETH, .hlen = 6, .ciaddr = LAN_IP};
	struct wr wr = wr_of(ask + DHCP_IP_HDRS, DHCP_MIN);
	struct dp_punt p = {.kind = DP_PUNT_PACKET, .message = ask};
	struct dhcp_route routes[4];
	const uint8_t type = DHCP_INFORM;
	struct dhcp_message m;
	struct bytes payload;
	struct session *s;
	char domain[32];
	uint32_t number;
	uint8_t from;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	dhcp_put_header(&wr, &head);
	dhcp_put_option(&wr, DHCP_OPT_TYPE, (struct bytes){&type, 1}, false);
	dhcp_put_end(&wr, 0);
	dhcp_seal_packet(ask, DHCP_MIN, &e);
	p.session_handle = s->handle;
	p.len = sizeof(ask);
	packet_len = 0;
	session_packet(w.core, &p);
	assert_int_equal(w.core->drops.inform[DHCP_DROP_NONE], 1);
	assert_int_equal(dhcp_open_packet((struct bytes){packet, packet_len}, DHCP_CLIENT_PORT, &e,
					  &payload),
			 DHCP_DROP_NONE);
	assert_int_equal(e.src_ip, LAN_SERVER);
	assert_int_equal(dhcp_parse(payload, &m), DHCP_DROP_NONE);
	assert_true(dhcp_get_number(&m, DHCP_OPT_MASK, &number));
	assert_int_equal(number, 0xffffff00);
	assert_true(dhcp_get_text(&m, DHCP_OPT_DOMAIN, domain, sizeof(domain)));
	assert_string_equal(domain, "lan.example");
	assert_int_equal(dhcp_get_ips(&m, DHCP_OPT_DNS, &number, 1), 1);
	assert_int_equal(number, LAN_DNS);
	assert_int_equal(dhcp_get_routes(&m, routes, 4, &from), 2);
	assert_int_equal(routes[1].net, 0x0a000000);
	assert_int_equal(routes[1].router, LAN_SERVER);
	kit_end(&w);
}

/* ---- refusals ---- */

static void nobody_answers(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	lan_wait(&w, 4900);
	assert_int_equal(s->state, SESSION_LINK);
	assert_true(lan_ignore(&w) >= 1);
	lan_wait(&w, 200);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(s->end_reason, "no-address");
	assert_null(s->lease);
	assert_string_equal(lan_cause(&w), "dhcp-no-server");
	assert_string_equal(lan_story_text(&w, "dhcp-no-server"),
			    "no DHCP server answered on the segment of hub LAN");
	kit_end(&w);
}

static void an_interface_that_is_not_there_is_the_reason(void **state)
{
	struct session *s;

	(void)state;
	kit_bare(&w, 1);
	assert_true(fake_interface(w.fake, "eth1", 0, false));
	assert_true(core_apply(w.core, kit_config(LAN_CONFIG), (char[256]){0}, 256));
	kit_settle(&w);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	lan_wait(&w, 5100);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(lan_cause(&w), "bridge-down");
	assert_non_null(strstr(lan_story_text(&w, "bridge-down"), "interface eth1 is absent"));
	kit_end(&w);
}

static void an_address_that_somebody_has_is_declined(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG "hub LAN\n option DhcpDiscoverTimeoutMs 20000\n");
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	lan_lease(&w, LAN_IP, 3600);
	assert_true(lan_take(&w, &f) && f.is_arp);
	lan_has(&w, &f);
	f = lan_expect(&w, DHCP_DECLINE);
	assert_int_equal(f.asked_ip, LAN_IP);
	assert_int_equal(s->ip, 0);
	lan_wait(&w, 10000);
	lan_lease(&w, LAN_IP + 1, 3600);
	lan_wait(&w, 500);
	assert_int_equal(s->ip, LAN_IP + 1);
	kit_end(&w);
}

static void an_address_of_another_session_is_declined(void **state)
{
	struct session *s;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	p = kit_peer(&w);
	lan_up(&w, p, "carol@lan", LAN_IP);
	s = lan_login(&w, p, "carol@lan");
	lan_lease(&w, LAN_IP, 3600);
	assert_int_equal(lan_expect(&w, DHCP_DECLINE).asked_ip, LAN_IP);
	assert_int_equal(s->ip, 0);
	kit_end(&w);
}

/* While it is probed, the user whose own address it is dials in. */
static void an_address_that_another_session_takes_meanwhile_is_declined(void **state)
{
	struct session *carol, *dora;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	p = kit_peer(&w);
	carol = lan_login(&w, p, "carol@lan");
	lan_lease(&w, 0xc0a84d32, 3600);
	dora = lan_login(&w, p, "dora@lan");
	assert_int_equal(dora->ip, 0xc0a84d32);
	lan_wait(&w, 500);
	assert_int_equal(lan_expect(&w, DHCP_DECLINE).asked_ip, 0xc0a84d32);
	assert_int_equal(carol->state, SESSION_CLOSING);
	assert_int_equal(carol->ip, 0);
	assert_ptr_equal(session_by_ip(w.core, dora->hub, dora->ip), dora);
	kit_end(&w);
}

/* SecureNAT's segment has no DHCP server for them. */
static void only_a_bridged_hub_does_without_a_pool(void **state)
{
	struct config *cfg = kit_config(KIT_HUB KIT_USERS);
	struct session *s;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_login(&w, kit_peer(&w), "alice");
	assert_true(lease_ready(s));
	assert_null(s->lease);
	address_release(s);
	assert_false(address_assign(s, cfg));
	assert_string_equal(lan_cause(&w), "no-pool");
	config_free(cfg);
	kit_end(&w);
}

/* ---- fixed addresses and pools ---- */

static void a_fixed_address_learns_the_rest(void **state)
{
	struct lan_frame f, arp;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "dora@lan");
	assert_int_equal(s->ip, 0xc0a84d32);
	assert_true(lan_take(&w, &f) && f.is_arp && f.arp.target_ip == s->ip);
	lan_wait(&w, 500);
	f = lan_expect(&w, DHCP_INFORM);
	assert_int_equal(f.head.ciaddr, s->ip);
	/* the server asks by ARP where the answer goes */
	lan_asks(&w, s->ip);
	assert_true(lan_take(&w, &arp) && arp.is_arp && arp.arp.op == ARP_REPLY);
	assert_int_equal(arp.arp.sender_ip, s->ip);
	assert_memory_equal(arp.arp.sender_mac, s->mac, 6);
	lan_answer(&w, &f, (struct lan_answer){.type = DHCP_ACK});
	assert_true(lease_ready(s));
	assert_int_equal(lease_prefix(s), 24);
	assert_int_equal(lease_local_ip(s), LAN_SERVER);
	assert_string_equal(text_of(s, NULL, "address_from"), "user");
	assert_string_equal(text_of(s, "lease", "state"), "fixed");
	/* nothing was leased, so nothing is released */
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_int_equal(lan_ignore(&w), 0);
	lan_asks(&w, 0xc0a84d32);
	assert_false(lan_take(&w, &arp));
	kit_end(&w);
}

static void a_fixed_address_that_somebody_has_is_refused(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "dora@lan");
	assert_true(lan_take(&w, &f) && f.is_arp);
	lan_has(&w, &f);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(lan_cause(&w), "dhcp-address-taken");
	kit_end(&w);
}

static void a_silent_segment_is_told(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "dora@lan");
	lan_wait(&w, 5100);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(lan_cause(&w), "dhcp-inform-silent");
	kit_end(&w);
}

static void a_pool_with_a_mask_does_without_a_server(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1,
		  LAN_CONFIG "ip local pool LANPOOL 192.168.77.200-192.168.77.210 mask "
			     "255.255.255.0\n"
			     "tunnel-group DefaultRAGroup general-attributes\n"
			     " address-pool LANPOOL\n");
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	assert_int_equal(s->ip, 0xc0a84dc8);
	lan_wait(&w, 5100);
	assert_int_equal(s->state, SESSION_LINK);
	assert_true(lease_ready(s));
	assert_int_equal(lease_prefix(s), 24);
	assert_null(lease_result(s));
	assert_string_equal(text_of(s, NULL, "address_from"), "pool");
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_int_equal(s->state, SESSION_UP);
	kit_end(&w);
}

/* ---- the order of events ---- */

static void a_second_question_makes_no_second_client(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	assert_true(address_assign(s, w.core->config)); /* NETWORK comes again */
	assert_false(lease_ready(s));
	kit_settle(&w);
	assert_int_equal(lan_ignore(&w), 1);
	assert_int_equal(w.core->leases_by_port.used, 1);
	kit_end(&w);
}

static void a_renegotiation_keeps_the_lease(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
	assert_true(address_assign(s, w.core->config));
	assert_true(lease_ready(s));
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_int_equal(s->state, SESSION_UP);
	assert_int_equal(s->ip, LAN_IP);
	assert_int_equal(lan_ignore(&w), 0);
	kit_end(&w);
}

static void another_user_gets_another_lease(void **state)
{
	static const char name[] = "dora@lan";
	struct account a;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
	account_find(w.core->config, (struct bytes){(const uint8_t *)name, strlen(name)}, &a);
	assert_true(account_become(s, &a));
	kit_settle(&w);
	assert_int_equal(lan_expect(&w, DHCP_RELEASE).head.ciaddr, LAN_IP);
	assert_null(s->lease);
	assert_int_equal(s->ip, 0);
	kit_end(&w);
}

static void a_call_that_goes_while_it_waits(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	f = lan_expect(&w, DHCP_DISCOVER);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_true(list_empty(&w.core->sessions));
	assert_int_equal(w.core->leases_by_port.used, 0);
	/* the answer comes too late, and nothing is due any more */
	lan_answer(&w, &f, (struct lan_answer){.type = DHCP_OFFER, .ip = LAN_IP, .lease_s = 3600});
	lan_wait(&w, 6000);
	assert_int_equal(lan_ignore(&w), 0);
	kit_end(&w);
}

static void a_session_that_is_closed_while_it_waits(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	session_event(s, SESSION_EV_CLOSE, "administrator");
	lan_lease(&w, LAN_IP, 3600); /* the lease comes, and is not given to anybody */
	lan_wait(&w, 500);
	assert_int_equal(s->ip, 0);
	assert_string_equal(lan_cause(&w), "-");
	session_event(s, SESSION_EV_CALL_DOWN, NULL);
	kit_settle(&w);
	assert_int_equal(lan_expect(&w, DHCP_RELEASE).head.ciaddr, LAN_IP);
	kit_end(&w);
}

/* Nobody answered, but that is not why it ended. */
static void a_session_that_is_closed_before_anybody_answers(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	session_event(s, SESSION_EV_CLOSE, "administrator");
	lan_wait(&w, 5500);
	assert_null(s->lease);
	session_event(s, SESSION_EV_CALL_DOWN, NULL);
	kit_settle(&w);
	assert_string_equal(lan_cause(&w), "administrator");
	kit_end(&w);
}

static void a_hub_that_goes_gives_everything_back(void **state)
{
	struct config *cfg;
	struct session *s;
	char error[256];

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	lan_login(&w, kit_peer(&w), "carol@lan"); /* still waits */
	lan_ignore(&w);
	cfg = kit_config(KIT_CONFIG);
	assert_true(core_apply(w.core, cfg, error, sizeof(error)));
	assert_string_equal(s->end_reason, "hub-removed");
	assert_null(s->lease);
	assert_int_equal(w.core->leases_by_port.used, 0);
	assert_null(hub_by_name(w.core, "LAN"));
	kit_end(&w);
}

/* ---- the life of a lease ---- */

static void a_lease_is_renewed(void **state)
{
	struct lan_frame f;
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	for (unsigned i = 0; i < 1800 && !s->end_reason; i++)
		kit_seconds(&w, 1);
	f = lan_expect(&w, DHCP_REQUEST);
	assert_int_equal(f.head.ciaddr, LAN_IP);
	assert_int_equal(f.asked_ip, 0);
	lan_answer(&w, &f, (struct lan_answer){.type = DHCP_ACK, .ip = LAN_IP, .lease_s = 7200});
	assert_string_equal(text_of(s, "lease", "state"), "bound");
	assert_true(number_of(s, "lease", "ends_in_s") > 6000);
	assert_string_equal(lan_story_text(&w, "dhcp-renewed"), "");
	assert_int_equal(s->state, SESSION_UP);
	kit_end(&w);
}

static void a_lease_that_nobody_renews_ends_the_session(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	lan_lease(&w, LAN_IP, 60);
	lan_wait(&w, 500);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	kit_seconds(&w, 58);
	assert_int_equal(s->state, SESSION_UP);
	kit_seconds(&w, 3);
	assert_int_equal(s->state, SESSION_CLOSING);
	assert_string_equal(s->end_reason, "dhcp-expired");
	assert_string_equal(lan_cause(&w), "dhcp-expired");
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_gets_its_address_from_the_segment),
		cmocka_unit_test(a_group_policy_comes_before_the_segment),
		cmocka_unit_test(options_of_the_hub_act),
		cmocka_unit_test(a_client_is_told_what_the_segment_says),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(an_interface_that_is_not_there_is_the_reason),
		cmocka_unit_test(an_address_that_somebody_has_is_declined),
		cmocka_unit_test(an_address_of_another_session_is_declined),
		cmocka_unit_test(an_address_that_another_session_takes_meanwhile_is_declined),
		cmocka_unit_test(only_a_bridged_hub_does_without_a_pool),
		cmocka_unit_test(a_fixed_address_learns_the_rest),
		cmocka_unit_test(a_fixed_address_that_somebody_has_is_refused),
		cmocka_unit_test(a_silent_segment_is_told),
		cmocka_unit_test(a_pool_with_a_mask_does_without_a_server),
		cmocka_unit_test(a_second_question_makes_no_second_client),
		cmocka_unit_test(a_renegotiation_keeps_the_lease),
		cmocka_unit_test(another_user_gets_another_lease),
		cmocka_unit_test(a_call_that_goes_while_it_waits),
		cmocka_unit_test(a_session_that_is_closed_while_it_waits),
		cmocka_unit_test(a_session_that_is_closed_before_anybody_answers),
		cmocka_unit_test(a_hub_that_goes_gives_everything_back),
		cmocka_unit_test(a_lease_is_renewed),
		cmocka_unit_test(a_lease_that_nobody_renews_ends_the_session),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
