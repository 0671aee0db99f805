/* see test_lan.h */
#include "test_lan.h"

#include "dhcp/packet.h"
#include "wire/eth.h"

#define FDS         64
#define LAN_ARP_LEN (ETH_HDR + ARP_LEN)

static const uint8_t server_mac[6] = {0x52, 0x54, 0, 0xaa, 0xbb, 0xcc};
static const uint8_t host_mac[6] = {0x52, 0x54, 0, 1, 2, 3};

int lan_fd(const struct world *w)
{
	static const uint8_t runt[1];

	for (int fd = FAKE_FD; fd < FAKE_FD + FDS; fd++) {
		if (fake_tap_push(w->fake, fd, NULL, runt, 1))
			return fd;
	}
	return -1;
}

static void read_dhcp(const uint8_t *p, size_t len, struct lan_frame *out)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct bytes payload;

	if (dhcp_open_frame((struct bytes){p, len}, DHCP_SERVER_PORT, &e, &payload) !=
		    DHCP_DROP_NONE ||
	    dhcp_parse(payload, &m) != DHCP_DROP_NONE)
		return;
	out->dhcp = dhcp_type(&m);
	out->head = m.head;
	dhcp_get_number(&m, DHCP_OPT_REQUESTED_IP, &out->asked_ip);
	dhcp_get_number(&m, DHCP_OPT_SERVER_ID, &out->server_id);
	dhcp_get_text(&m, DHCP_OPT_HOST_NAME, out->host_name, sizeof(out->host_name));
	dhcp_option(&m, DHCP_OPT_USER_CLASS, (uint8_t *)out->user_class,
		    sizeof(out->user_class) - 1, NULL);
}

bool lan_take(struct world *w, struct lan_frame *out)
{
	const struct fake_packet *p = fake_take(w->fake, lan_fd(w));
	struct eth eth;
	struct rd r;

	if (!p)
		return false;
	assert_true(eth_parse(p->p + FAKE_VNET, p->len - FAKE_VNET, &eth));
	*out = (struct lan_frame){0};
	memcpy(out->dst, eth.dst, 6);
	memcpy(out->src, eth.src, 6);
	r = rd_of(p->p + FAKE_VNET + ETH_HDR, p->len - FAKE_VNET - ETH_HDR);
	out->is_arp = eth.type == ETH_TYPE_ARP && arp_parse(&r, &out->arp);
	read_dhcp(p->p + FAKE_VNET, p->len - FAKE_VNET, out);
	return true;
}

struct lan_frame lan_expect(struct world *w, enum dhcp_type type)
{
	struct lan_frame f = {0};

	while (lan_take(w, &f) && !f.dhcp)
		;
	assert_int_equal(f.dhcp, type);
	return f;
}

unsigned lan_ignore(struct world *w)
{
	struct lan_frame f;
	unsigned n = 0;

	while (lan_take(w, &f))
		n += f.dhcp != 0;
	return n;
}

static void push(struct world *w, const uint8_t *frame, size_t len)
{
	assert_true(fake_tap_push(w->fake, lan_fd(w), NULL, frame, len));
	kit_settle(w);
}

static void put_values(struct wr *wr, struct lan_answer a)
{
	/* RFC 3442: 10.0.0.0/8 and all else by the router */
	static const uint8_t route[] = {0, 192, 168, 77, 1, 8, 10, 192, 168, 77, 1};
	const uint32_t router[] = {LAN_SERVER}, dns[] = {LAN_DNS};

	dhcp_put_number(wr, DHCP_OPT_SERVER_ID, LAN_SERVER);
	if (a.lease_s)
		dhcp_put_number(wr, DHCP_OPT_LEASE_TIME, a.lease_s);
	dhcp_put_number(wr, DHCP_OPT_MASK, 0xffffff00);
	dhcp_put_ips(wr, DHCP_OPT_ROUTER, router, 1);
	dhcp_put_ips(wr, DHCP_OPT_DNS, dns, 1);
	dhcp_put_option(wr, DHCP_OPT_ROUTES, (struct bytes){route, sizeof(route)}, false);
	dhcp_put_option(wr, DHCP_OPT_DOMAIN, (struct bytes){(const uint8_t *)"lan.example", 11},
			false);
}

void lan_answer(struct world *w, const struct lan_frame *to, struct lan_answer a)
{
	const uint8_t type = (uint8_t)a.type;
	struct dhcp_header head = to->head;
	struct dhcp_envelope e = {.src_ip = LAN_SERVER,
				  .dst_ip = a.ip ? a.ip : to->head.ciaddr,
				  .src_port = DHCP_SERVER_PORT,
				  .dst_port = DHCP_CLIENT_PORT};
	uint8_t frame[DHCP_FRAME_HDRS + 600];
	struct wr wr = wr_of(frame + DHCP_FRAME_HDRS, sizeof(frame) - DHCP_FRAME_HDRS);

	head.op = DHCP_BOOTREPLY;
	head.yiaddr = a.ip;
	dhcp_put_header(&wr, &head);
	dhcp_put_option(&wr, DHCP_OPT_TYPE, (struct bytes){&type, 1}, false);
	put_values(&wr, a);
	dhcp_put_end(&wr, 0);
	memcpy(e.src_mac, server_mac, 6);
	memcpy(e.dst_mac, to->src, 6);
	dhcp_seal_frame(frame, wr_done(&wr).len, &e);
	push(w, frame, DHCP_FRAME_HDRS + wr_done(&wr).len);
}

void lan_has(struct world *w, const struct lan_frame *probe)
{
	struct arp a = {.op = ARP_REPLY,
			.sender_ip = probe->arp.target_ip,
			.target_ip = probe->arp.sender_ip};
	uint8_t frame[LAN_ARP_LEN];
	struct wr wr = wr_of(frame + ETH_HDR, ARP_LEN);

	memcpy(a.sender_mac, host_mac, 6);
	memcpy(a.target_mac, probe->src, 6);
	eth_put(frame, probe->src, host_mac, ETH_TYPE_ARP);
	arp_build(&wr, &a);
	push(w, frame, sizeof(frame));
}

void lan_asks(struct world *w, uint32_t ip)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct arp a = {.op = ARP_REQUEST, .sender_ip = LAN_SERVER, .target_ip = ip};
	uint8_t frame[LAN_ARP_LEN];
	struct wr wr = wr_of(frame + ETH_HDR, ARP_LEN);

	memcpy(a.sender_mac, server_mac, 6);
	eth_put(frame, all, server_mac, ETH_TYPE_ARP);
	arp_build(&wr, &a);
	push(w, frame, sizeof(frame));
}

void lan_lease(struct world *w, uint32_t ip, uint32_t lease_s)
{
	struct lan_frame f = lan_expect(w, DHCP_DISCOVER);

	lan_answer(w, &f, (struct lan_answer){.type = DHCP_OFFER, .ip = ip, .lease_s = lease_s});
	f = lan_expect(w, DHCP_REQUEST);
	assert_int_equal(f.asked_ip, ip);
	lan_answer(w, &f, (struct lan_answer){.type = DHCP_ACK, .ip = ip, .lease_s = lease_s});
}

void lan_wait(struct world *w, unsigned ms)
{
	for (unsigned i = 0; i < ms / 50; i++) {
		fake_advance(w->fake, 50);
		kit_settle(w);
	}
}

struct session *lan_login(struct world *w, struct peer *p, const char *user)
{
	struct session *s = kit_login(w, p, user);

	assert_false(lease_ready(s));
	kit_settle(w);
	return s;
}

struct session *lan_up(struct world *w, struct peer *p, const char *user, uint32_t ip)
{
	struct session *s = lan_login(w, p, user);

	lan_lease(w, ip, 3600);
	lan_wait(w, 500);
	assert_true(lease_ready(s));
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(w);
	assert_int_equal(s->state, SESSION_UP);
	lan_ignore(w);
	return s;
}

const char *lan_cause(struct world *w)
{
	static char cause[64];
	json_t *all = api_explain(w->core, "198.51.100.7");
	const char *text = json_string_value(json_object_get(json_array_get(all, 0), "cause"));

	snprintf(cause, sizeof(cause), "%s", text ? text : "-");
	json_decref(all);
	return cause;
}

const char *lan_story_text(struct world *w, const char *reason)
{
	static char text[NOTE_TEXT];
	json_t *all = api_explain(w->core, "198.51.100.7");
	const json_t *notes = json_object_get(json_array_get(all, 0), "notes");

	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(notes); i++) {
		const json_t *n = json_array_get(notes, i);

		if (strcmp(json_string_value(json_object_get(n, "reason")), reason) == 0)
			snprintf(text, sizeof(text), "%s",
				 json_string_value(json_object_get(n, "text")));
	}
	json_decref(all);
	return text;
}
