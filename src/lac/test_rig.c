/* test_rig: see test_rig.h. Its users are "u" with the password "p", by PAP. */
#include "test_rig.h"

#include "base/wr.h"
#include "wire/be.h"

static void rig_random(void *ctx, void *buf, size_t len)
{
	struct rig *r = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++) {
		r->seed = r->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		p[i] = (uint8_t)(r->seed >> 33);
	}
}

static struct ip_addr client_addr(unsigned client)
{
	return ip4_addr(RIG_SERVER + 1 + client);
}

static unsigned client_of(const struct flow *flow)
{
	return ip4_of(&flow->remote.addr) - RIG_SERVER - 1;
}

/* ---- the server ---- */

static bool server_psk(void *ctx, const struct flow *flow, const struct ike_id *id,
		       struct secret *out)
{
	(void)ctx;
	(void)flow;
	(void)id;
	return secret_set(out, "k", 1);
}

static uint32_t server_spi(void *ctx, ike_peer_id peer)
{
	uint32_t spi = 0;

	(void)peer;
	while (spi < 256)
		rig_random(ctx, &spi, sizeof(spi));
	return spi;
}

static struct ike_esp suite_of(const struct rig *r)
{
	struct ike_esp esp = {.alg = r->alg, .transport = true, .name = "rig"};

	if (!esp.alg.key_len)
		esp.alg = (struct burst_alg){BURST_AES_CBC, 32, BURST_HMAC_SHA1_96};
	esp.life_kb = r->life_kb;
	return esp;
}

static const struct ike_policy policies[] = {
	{1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
	{2, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800}, /* for the profiles */
};

static struct ike *server_ike(struct rig *r)
{
	struct ike_esp esp = suite_of(r);
	struct ike_config ic = {
		.host = {.ctx = r, .random = rig_random, .psk = server_psk, .spi = server_spi},
		.timers = &r->timers,
		.policies = policies,
		.n_policies = 2,
		.esps = &esp,
		.n_esps = 1,
		.natt = r->natt,
		.force_encap = true,
		.esp_life_s = 3600,
		.half_open_max = 32,
		.half_open_per_source_max = 4,
		.sa_max = 64,
		.dh_jobs_max = 32,
		.half_open_ms = 30000,
		.retransmit_ms = 1000,
	};

	return ike_new(&ic);
}

static struct l2tp *server_l2tp(struct rig *r)
{
	struct l2tp_config lc = {
		.host_name = "rig",
		.vendor_name = "Sekisho rig",
		.rx_window = 16,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.tunnels_max = 64,
		.tunnels_per_owner_max = 4,
		.calls_per_tunnel_max = 4,
		.random = rig_random,
		.random_ctx = r,
		.timers = &r->timers,
	};

	return l2tp_new(&lc);
}

struct flow rig_from_server(const struct rig *r, unsigned client)
{
	struct flow f = {{client_addr(client), 4500}, {ip4_addr(RIG_SERVER), 4500}};

	if (r->raw) {
		f.local.port = r->clients[client].lac->cfg.local.port;
		f.remote.port = r->server_port;
	} else if (!r->natt) {
		f.local.port = f.remote.port = 0;
	}
	return f;
}

static struct esp_pair *pair_of(struct rig_peer *peer, unsigned older)
{
	struct esp_pair *p = esp_sender(&peer->esp);
	uint64_t serial = p->serial - older;

	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		if (peer->esp.pairs[i].id && peer->esp.pairs[i].serial == serial)
			return &peer->esp.pairs[i];
	}
	fail_msg("no such pair");
	return NULL;
}

struct bytes rig_say(struct rig *r, unsigned client, unsigned older, struct bytes message,
		     uint8_t *room)
{
	struct rig_peer *peer = &r->peers[client];
	uint8_t *p = room + RIG_FRONT, iv[BURST_IV_MAX];
	struct burst_job job;
	struct esp_pair *pair;

	assert_true(message.len <= RIG_PACKET);
	memmove(p, message.p, message.len);
	if (r->raw)
		return (struct bytes){p, message.len};
	pair = pair_of(peer, older);
	rig_random(r, iv, sizeof(iv));
	assert_true(
		esp_seal_begin(pair, r->server_port, peer->client_port, iv, p, message.len, &job));
	burst_seal(r->yard.burst, &job, 1);
	return (struct bytes){job.esp, job.len + pair->icv_len};
}

struct bytes rig_say_ip(struct rig *r, unsigned client, unsigned older, uint32_t number, size_t len,
			uint8_t *room)
{
	struct rig_peer *peer = &r->peers[client];
	uint8_t ip[RIG_PACKET], message[RIG_PACKET];
	struct wr w = wr_of(message, sizeof(message));

	rig_ip(ip, number, len);
	wr_u16(&w, (uint16_t)(2 | (r->sequencing ? 0x0800 : 0)));
	wr_u16(&w, peer->info.peer_tunnel_id);
	wr_u16(&w, peer->info.peer_session_id);
	if (r->sequencing) {
		wr_u16(&w, peer->ns++);
		wr_u16(&w, 0);
	}
	wr_u16(&w, 0xff03);
	wr_u16(&w, 0x0021);
	wr_copy(&w, ip, len);
	assert_true(wr_ok(&w));
	return rig_say(r, client, older, wr_done(&w), room);
}

static void keep(struct rig_packet *list, unsigned *n, unsigned client, struct bytes b)
{
	struct rig_packet *to = &list[(*n)++];

	assert_true(*n <= RIG_PACKETS && b.len <= RIG_PACKET);
	to->client = client;
	to->len = b.len;
	memcpy(to->b, b.p, b.len);
}

static void server_out(struct rig *r, unsigned client, struct bytes message)
{
	struct flow f = rig_from_server(r, client);
	uint8_t room[RIG_ROOM];

	if (r->hold) {
		keep(r->held, &r->n_held, client, message);
		return;
	}
	if (!r->raw && !esp_sender(&r->peers[client].esp))
		return;
	lac_input(r->clients[client].lac, r->now_ms, &f, !r->raw && !r->natt,
		  rig_say(r, client, 0, message, room));
}

static void server_isakmp(struct rig *r, const struct ike_act *a)
{
	unsigned client = client_of(&a->flow);
	struct flow f = {a->flow.remote, a->flow.local};
	uint8_t buf[LAC_BYTES_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	if (a->natt)
		wr_u32(&w, 0);
	wr_bytes(&w, a->bytes);
	lac_input(r->clients[client].lac, r->now_ms, &f, false, wr_done(&w));
}

static struct rig_peer *peer_by_ike(struct rig *r, ike_peer_id id)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		if (r->peers[i].ike == id)
			return &r->peers[i];
	}
	fail_msg("an unknown peer");
	return NULL;
}

static void ike_act(struct rig *r, const struct ike_act *a)
{
	struct rig_peer *peer;

	switch (a->kind) {
	case IKE_ACT_SEND:
		server_isakmp(r, a);
		break;
	case IKE_ACT_DH:
		ike_dh_run(a->job);
		ike_dh_done(r->ike, r->now_ms, a->job);
		break;
	case IKE_ACT_UP:
		peer = &r->peers[client_of(&a->flow)];
		peer->ike = a->peer;
		peer->flow = a->flow;
		break;
	case IKE_ACT_CHILD_ADD:
		peer = peer_by_ike(r, a->peer);
		peer->client_port = a->keys.remote_port ? a->keys.remote_port : LAC_L2TP_PORT;
		ike_child_added(r->ike, r->now_ms, a->child,
				esp_add(&peer->esp, a->child, &a->keys));
		break;
	case IKE_ACT_CHILD_UP:
		esp_up(&peer_by_ike(r, a->peer)->esp, a->child);
		break;
	case IKE_ACT_CHILD_MOVED:
	case IKE_ACT_CHILD_DOWN:
		esp_del(&peer_by_ike(r, a->peer)->esp, a->child);
		break;
	default:
		break;
	}
}

static void call_up(struct rig *r, unsigned client, const struct l2tp_act *a)
{
	struct rig_peer *peer = &r->peers[client];
	struct ppp_config pc = {
		.role = PPP_SERVER,
		.auth = PPP_AUTH_PAP,
		.mru = 1400,
		.name = "rig",
		.random = rig_random,
		.random_ctx = r,
		.timers = &r->timers,
	};

	ppp_free(peer->ppp);
	peer->call = a->call;
	peer->info = a->info;
	peer->ppp = ppp_new(&pc);
	assert_non_null(peer->ppp);
	ppp_open(peer->ppp, r->now_ms);
}

static void l2tp_act(struct rig *r, const struct l2tp_act *a)
{
	unsigned client = (unsigned)a->path.owner - 1;
	struct rig_peer *peer = &r->peers[client];
	struct bytes packet;

	switch (a->kind) {
	case L2TP_ACT_SEND:
	case L2TP_ACT_SEND_DATA:
		server_out(r, client, a->bytes);
		break;
	case L2TP_ACT_CALL_UP:
		call_up(r, client, a);
		break;
	case L2TP_ACT_CALL_DOWN:
		ppp_free(peer->ppp);
		peer->ppp = NULL;
		peer->ppp_up = false;
		break;
	case L2TP_ACT_PPP:
		if (lac_packet_of_frame(a->bytes, &packet))
			keep(r->at_server, &r->n_at_server, client, packet);
		else if (peer->ppp)
			ppp_input(peer->ppp, r->now_ms, a->bytes);
		break;
	default:
		break;
	}
}

static void ppp_act(struct rig *r, unsigned client, const struct ppp_act *a)
{
	struct rig_peer *peer = &r->peers[client];
	struct ppp_network net = {.local_ip = RIG_INNER, .peer_ip = RIG_INNER + 1 + client};
	struct ppp_verdict v = {.ok = false};

	switch (a->kind) {
	case PPP_ACT_SEND:
		l2tp_call_send(r->l2tp, r->now_ms, peer->call, a->frame);
		break;
	case PPP_ACT_AUTH:
		v.ok = a->auth.response.len == 1 && a->auth.response.p[0] == 'p';
		ppp_verdict(peer->ppp, r->now_ms, &v);
		break;
	case PPP_ACT_NETWORK:
		ppp_set_network(peer->ppp, r->now_ms, &net);
		break;
	case PPP_ACT_UP:
		peer->ppp_up = true;
		break;
	default:
		break;
	}
}

static bool server_acts(struct rig *r)
{
	const struct ike_act *ia;
	const struct l2tp_act *la;
	const struct ppp_act *pa;
	bool any = false;

	while ((ia = ike_next(r->ike))) {
		ike_act(r, ia);
		any = true;
	}
	while ((la = l2tp_next(r->l2tp))) {
		l2tp_act(r, la);
		any = true;
	}
	for (unsigned i = 0; i < r->n_clients; i++) {
		while (r->peers[i].ppp && (pa = ppp_next(r->peers[i].ppp))) {
			ppp_act(r, i, pa);
			any = true;
		}
	}
	return any;
}

static void esp_to_server(struct rig *r, unsigned client, struct bytes packet)
{
	struct l2tp_path path = {.owner = client + 1};
	uint8_t copy[RIG_ROOM];
	struct burst_job job = {0};
	struct bytes msg;

	assert_true(packet.len <= sizeof(copy));
	memcpy(copy, packet.p, packet.len);
	assert_int_equal(esp_open_begin(&r->peers[client].esp, copy, packet.len, &job),
			 LAC_DROP_NONE);
	burst_open(r->yard.burst, &job, 1);
	assert_int_equal(esp_open_end(&r->peers[client].esp, &job, &path.remote_port,
				      &path.local_port, &msg),
			 LAC_DROP_NONE);
	if (path.local_port != LAC_L2TP_PORT)
		assert_int_equal(path.local_port, r->server_port);
	path.local_port = LAC_L2TP_PORT;
	l2tp_input(r->l2tp, r->now_ms, &path, msg);
}

void rig_to_server(struct rig *r, unsigned client, const struct flow *flow, bool raw_esp,
		   struct bytes datagram)
{
	struct flow f = {flow->remote, flow->local};
	struct l2tp_path path = {
		.owner = client + 1, .local_port = LAC_L2TP_PORT, .remote_port = flow->local.port};
	bool marker = flow->remote.port == 4500 && datagram.len > 4 && be32(datagram.p) == 0;

	assert_int_equal(ip4_of(&flow->remote.addr), RIG_SERVER);
	if (r->raw)
		l2tp_input(r->l2tp, r->now_ms, &path, datagram);
	else if (raw_esp || (flow->remote.port == 4500 && !marker && datagram.len > 1))
		esp_to_server(r, client, datagram);
	else if (datagram.len > 1)
		ike_input(r->ike, r->now_ms, &f, marker,
			  marker ? (struct bytes){datagram.p + 4, datagram.len - 4} : datagram);
	while (server_acts(r))
		;
}

/* ---- the clients ---- */

static void run_sum(struct rig *r, unsigned client, struct ike_dh_job *job)
{
	r->clients[client].dhs++;
	if (r->pair)
		ike_dh_run_load(job, r->pair);
	else
		ike_dh_run(job);
	lac_dh_done(r->clients[client].lac, r->now_ms, job);
}

static void client_act(struct rig *r, unsigned client, const struct lac_act *a)
{
	struct rig_client *c = &r->clients[client];

	switch (a->kind) {
	case LAC_ACT_DATAGRAM:
		c->datagrams++;
		c->flow = a->flow;
		if (!r->deaf)
			rig_to_server(r, client, &a->flow, a->raw_esp, a->bytes);
		break;
	case LAC_ACT_PACKET:
		keep(r->at_user, &r->n_at_user, client, a->bytes);
		break;
	case LAC_ACT_DH:
		run_sum(r, client, a->job);
		break;
	case LAC_ACT_UP:
		c->ups++;
		assert_int_equal(a->up.local_ip, RIG_INNER + 1 + client);
		break;
	case LAC_ACT_DOWN:
		c->downs++;
		break;
	case LAC_ACT_NOTE:
		break;
	}
}

void rig_settle(struct rig *r)
{
	const struct lac_act *a;
	bool again = true;

	while (again) {
		again = server_acts(r);
		for (unsigned i = 0; i < r->n_clients; i++) {
			while (r->clients[i].lac && (a = lac_next(r->clients[i].lac))) {
				client_act(r, i, a);
				again = true;
			}
		}
	}
}

void rig_pass(struct rig *r, uint64_t ms)
{
	uint64_t end = r->now_ms + ms;

	rig_settle(r);
	while (r->now_ms < end) {
		uint64_t next = timerq_next_ms(&r->timers);

		for (unsigned i = 0; i < r->n_clients; i++) {
			if (r->clients[i].lac && lac_next_ms(r->clients[i].lac) < next)
				next = lac_next_ms(r->clients[i].lac);
		}
		r->now_ms = next > end ? end : next < r->now_ms ? r->now_ms : next;
		timerq_run(&r->timers, r->now_ms, 100);
		for (unsigned i = 0; i < r->n_clients; i++) {
			if (r->clients[i].lac)
				lac_run(r->clients[i].lac, r->now_ms);
		}
		rig_settle(r);
	}
}

static struct lac *client_new(struct rig *r, unsigned client)
{
	struct ike_esp esp = suite_of(r);
	const struct lac_config cfg = {
		.local = {client_addr(client), 0},
		.server = ip4_addr(RIG_SERVER),
		.psk = {(const uint8_t *)"k", 1},
		.user = "u",
		.password = {(const uint8_t *)"p", 1},
		.ppp_auth = PPP_AUTH_PAP,
		.policies = policies,
		.n_policies = 2,
		.esps = &esp,
		.n_esps = 1,
		.esp_life_kb = r->life_kb,
		.natt = r->natt,
		.raw = r->raw,
		.shared = r->shared,
		.profile = r->profile,
		.random = rig_random,
		.random_ctx = r,
	};

	return lac_new(&cfg);
}

void rig_open(struct rig *r, unsigned n_clients)
{
	r->now_ms = 1000000;
	r->seed = 42;
	r->n_clients = n_clients;
	if (!r->server_port)
		r->server_port = LAC_L2TP_PORT;
	r->yard.burst = burst_new(BURST_LIBCRYPTO);
	r->ike = server_ike(r);
	r->l2tp = server_l2tp(r);
	assert_true(r->yard.burst && r->ike && r->l2tp);
	for (unsigned i = 0; i < n_clients; i++) {
		r->clients[i].lac = client_new(r, i);
		assert_non_null(r->clients[i].lac);
		r->peers[i].client_port = LAC_L2TP_PORT;
		r->peers[i].esp.yard = &r->yard;
	}
}

void rig_connect(struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		lac_dial(r->clients[i].lac, r->now_ms);
		rig_pass(r, 10);
		assert_string_equal(lac_state_name(lac_get_state(r->clients[i].lac)), "up");
		assert_true(r->peers[i].ppp_up);
		assert_int_equal(r->clients[i].ups, 1);
	}
}

void rig_close(struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		lac_free(r->clients[i].lac);
		ppp_free(r->peers[i].ppp);
		esp_wipe(&r->peers[i].esp);
	}
	ike_free(r->ike);
	l2tp_free(r->l2tp);
	burst_free(r->yard.burst);
	lac_shared_free(r->shared);
	ike_load_pair_free(r->pair);
	free(r);
}

/* ---- packets ---- */

size_t rig_ip(uint8_t *p, uint32_t number, size_t len)
{
	assert_true(len >= 8 && len <= RIG_PACKET);
	memset(p, (int)number, len);
	p[0] = 0x45;
	put_be32(p + 4, number);
	return len;
}

uint32_t rig_number(struct bytes packet)
{
	uint8_t want[RIG_PACKET];

	assert_true(packet.len >= 8);
	rig_ip(want, be32(packet.p + 4), packet.len);
	assert_memory_equal(packet.p, want, packet.len);
	return be32(packet.p + 4);
}

uint64_t rig_drops(const struct rig *r, unsigned client, const char *name)
{
	uint64_t count;
	const char *is;

	for (unsigned i = 0; lac_drop_counter(r->clients[client].lac, i, &is, &count); i++) {
		if (strcmp(is, name) == 0)
			return count;
	}
	fail_msg("no drop is named %s", name);
	return 0;
}
