/*
 * data: the client's data path in bursts, against a server of real rooms (test_rig.h): many
 * clients at once, what must not pass, what happens in the middle of a burst.
 */
#include "test_rig.h"

#include "wire/be.h"

static const struct burst_alg algs[] = {
	{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
	{BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	{BURST_AES_GCM16, 16, BURST_AUTH_NONE},
};

static struct rig *rig_with(bool raw, bool natt, const struct burst_alg *alg)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->raw = raw;
	r->natt = natt;
	r->alg = *alg;
	r->shared = lac_shared_new();
	assert_non_null(r->shared);
	return r;
}

static struct rig *connected(bool raw, bool natt, const struct burst_alg *alg, unsigned n_clients)
{
	struct rig *r = rig_with(raw, natt, alg);

	rig_open(r, n_clients);
	rig_connect(r);
	return r;
}

static uint8_t rooms[BURST_MAX][RIG_ROOM];

/* UDP 4500, protocol 50 or L2TP's own port at both ends. */
static void leaves_right(const struct rig *r, const struct lac_sealed *s)
{
	unsigned port = r->raw ? 1701 : r->natt ? 4500 : 0;

	assert_int_equal(s->raw_esp, port == 0);
	assert_int_equal(s->flow->local.port, port);
	assert_int_equal(s->flow->remote.port, port);
}

/* n packets of all the clients in turn leave as one burst; returns how many jobs it had. */
static size_t send_burst(struct rig *r, size_t n, uint32_t first)
{
	struct burst_job jobs[BURST_MAX];
	struct lac_sealed sealed[BURST_MAX];
	size_t n_jobs = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t number = first + (uint32_t)i;
		uint8_t *p = rooms[i] + RIG_FRONT;
		size_t len = rig_ip(p, number, 20 + number * 37 % 1400);
		enum lac_seal done;

		memset(rooms[i], 0xee, RIG_FRONT);
		memset(p + len, 0xee, LAC_SEAL_BACK + 1);
		done = lac_seal_begin(r->clients[i % r->n_clients].lac, r->now_ms, p, len,
				      &jobs[n_jobs], &sealed[i]);
		assert_int_equal(done, r->raw ? LAC_SEAL_READY : LAC_SEAL_JOB);
		n_jobs += done == LAC_SEAL_JOB;
		assert_true(sealed[i].datagram >= p - LAC_SEAL_FRONT);
		assert_true(sealed[i].len <= len + LAC_SEAL_FRONT + LAC_SEAL_BACK);
		leaves_right(r, &sealed[i]);
	}
	lac_shared_seal(r->shared, jobs, n_jobs);
	for (size_t i = 0; i < n; i++) {
		size_t len = 20 + (first + i) * 37 % 1400;

		/* nobody wrote outside the promised room */
		assert_int_equal(rooms[i][RIG_FRONT - LAC_SEAL_FRONT - 1], 0xee);
		assert_int_equal(rooms[i][RIG_FRONT + len + LAC_SEAL_BACK], 0xee);
		rig_to_server(r, (unsigned)(i % r->n_clients), sealed[i].flow, sealed[i].raw_esp,
			      (struct bytes){sealed[i].datagram, sealed[i].len});
	}
	return n_jobs;
}

struct taken {
	unsigned no, packets, others; /* LAC_OPEN_NO, true and false of lac_open_end() */
	uint32_t number[BURST_MAX];
	unsigned client[BURST_MAX];
};

/* Datagrams to clients, opened as one burst. */
static void take_burst(struct rig *r, struct bytes *d, const unsigned *client, size_t n,
		       struct taken *t)
{
	struct burst_job jobs[BURST_MAX] = {0};
	unsigned of[BURST_MAX];
	size_t n_jobs = 0;
	struct bytes ip;

	*t = (struct taken){0};
	for (size_t i = 0; i < n; i++) {
		struct flow f = rig_from_server(r, client[i]);
		enum lac_open how =
			lac_open_begin(r->clients[client[i]].lac, &f, !r->raw && !r->natt,
				       (uint8_t *)(uintptr_t)d[i].p, d[i].len, &jobs[n_jobs]);

		t->no += how == LAC_OPEN_NO;
		if (how != LAC_OPEN_NO) {
			assert_int_equal(how, r->raw ? LAC_OPEN_READY : LAC_OPEN_JOB);
			of[n_jobs++] = client[i];
		}
	}
	if (!r->raw)
		lac_shared_open(r->shared, jobs, n_jobs);
	for (size_t i = 0; i < n_jobs; i++) {
		if (!lac_open_end(r->clients[of[i]].lac, r->now_ms, &jobs[i], &ip)) {
			t->others++;
			continue;
		}
		t->number[t->packets] = rig_number(ip);
		t->client[t->packets++] = of[i];
	}
}

static void receive_burst(struct rig *r, size_t n, uint32_t first)
{
	struct bytes d[BURST_MAX];
	unsigned client[BURST_MAX] = {0};
	struct taken t;

	for (size_t i = 0; i < n; i++) {
		uint32_t number = first + (uint32_t)i;

		client[i] = (unsigned)(i % r->n_clients);
		d[i] = rig_say_ip(r, client[i], 0, number, 20 + number * 41 % 1400, rooms[i]);
	}
	take_burst(r, d, client, n, &t);
	assert_int_equal(t.packets, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(t.number[i], first + i);
		assert_int_equal(t.client[i], client[i]);
	}
}

static void bursts(bool raw, bool natt, const struct burst_alg *alg)
{
	struct rig *r = connected(raw, natt, alg, 5);
	uint32_t number = 1;

	for (size_t n = 1; n <= BURST_MAX; n++) {
		r->n_at_server = 0;
		assert_int_equal(send_burst(r, n, number), raw ? 0 : n);
		assert_int_equal(r->n_at_server, n);
		for (size_t i = 0; i < n; i++) {
			struct rig_packet *p = &r->at_server[i];

			assert_int_equal(p->client, i % 5);
			assert_int_equal(rig_number((struct bytes){p->b, p->len}), number + i);
		}
		receive_burst(r, n, number);
		number += (uint32_t)n;
	}
	for (unsigned i = 0; i < 5; i++)
		assert_null(lac_next(r->clients[i].lac));
	rig_close(r);
}

static void bursts_of_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(algs) / sizeof(*algs); i++)
		bursts(false, true, &algs[i]);
	bursts(false, false, &algs[0]);
	bursts(true, false, &algs[0]);
}

/* lac_send() and lac_input() are the same path with a burst of one. */
static void one_at_a_time(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		struct rig *r = connected(how == 2, how == 1, &algs[0], 2);
		uint8_t p[1400], room[RIG_ROOM];

		for (uint32_t i = 0; i < 50; i++) {
			unsigned client = i % 2;
			struct flow f = rig_from_server(r, client);
			struct bytes d = rig_say_ip(r, client, 0, i, 100 + i, room);

			lac_send(r->clients[client].lac, r->now_ms,
				 (struct bytes){p, rig_ip(p, i, 20 + i * 20)});
			lac_input(r->clients[client].lac, r->now_ms, &f, how == 0, d);
			rig_settle(r);
			assert_int_equal(r->n_at_server, i + 1);
			assert_int_equal(r->n_at_user, i + 1);
			assert_int_equal(r->at_user[i].client, client);
			assert_int_equal(r->at_user[i].len, 100 + i);
		}
		rig_close(r);
	}
}

/* ---- what must not pass ---- */

static void replays(void **state)
{
	struct rig *r = connected(false, true, &algs[0], 1);
	uint8_t copies[4][RIG_ROOM];
	unsigned client[4] = {0};
	struct bytes d[4];
	struct taken t;

	(void)state;
	d[0] = rig_say_ip(r, 0, 0, 7, 100, rooms[0]);
	d[3] = rig_say_ip(r, 0, 0, 8, 100, rooms[3]);
	for (unsigned i = 1; i < 3; i++) {
		memcpy(copies[i], d[0].p, d[0].len);
		d[i] = (struct bytes){copies[i], d[0].len};
	}
	memcpy(copies[0], d[0].p, d[0].len);
	take_burst(r, d, client, 4, &t); /* twice the same one in a burst */
	assert_int_equal(t.packets, 2);
	assert_int_equal(t.number[1], 8);
	assert_int_equal(t.others, 2);
	assert_int_equal(rig_drops(r, 0, "replay"), 2);
	d[0].p = copies[0];
	take_burst(r, d, client, 1, &t); /* and again later */
	assert_int_equal(t.no, 1);
	rig_close(r);
}

/* A wrong ICV and another client's SPI in the middle of good packets; the forged one's
 * number is not used up. */
static void forgeries(void **state)
{
	struct rig *r = connected(false, true, &algs[1], 2);
	unsigned client[4] = {0, 0, 0, 1};
	uint8_t copy[RIG_ROOM];
	struct bytes d[4];
	struct taken t;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		d[i] = rig_say_ip(r, i == 2, 0, i, 100, rooms[i]); /* the last one is for 1 */
	d[3] = rig_say_ip(r, 1, 0, 3, 100, rooms[3]);
	memcpy(copy, d[1].p, d[1].len);
	rooms[1][d[1].p - rooms[1] + 40] ^= 1;
	take_burst(r, d, client, 4, &t);
	assert_int_equal(t.packets, 2);
	assert_int_equal(t.number[0], 0);
	assert_int_equal(t.number[1], 3);
	assert_int_equal(t.no, 1);
	assert_int_equal(t.others, 1);
	assert_int_equal(rig_drops(r, 0, "icv"), 1);
	d[0] = (struct bytes){copy, d[1].len};
	take_burst(r, d, client, 1, &t);
	assert_int_equal(t.packets, 1);
	assert_int_equal(t.number[0], 1);
	rig_close(r);
}

/* Whatever is cut, or no ESP at all, is for lac_input(). */
static void begins_are_careful(void **state)
{
	static const uint8_t isakmp[40] = {0, 0, 0, 0, 1}, keepalive[1] = {0xff};
	struct rig *r = connected(false, true, &algs[0], 1);
	struct flow f = rig_from_server(r, 0);
	struct lac *l = r->clients[0].lac;
	struct burst_job job;
	struct bytes d = rig_say_ip(r, 0, 0, 1, 40, rooms[0]);
	uint8_t *p = (uint8_t *)(uintptr_t)d.p;

	(void)state;
	for (size_t len = 0; len < 8 + 16 + 16 + 12; len++)
		assert_int_equal(lac_open_begin(l, &f, false, p, len, &job), LAC_OPEN_NO);
	memcpy(rooms[1], isakmp, sizeof(isakmp));
	assert_int_equal(lac_open_begin(l, &f, false, rooms[1], 40, &job), LAC_OPEN_NO);
	memcpy(rooms[1], keepalive, 1);
	assert_int_equal(lac_open_begin(l, &f, false, rooms[1], 1, &job), LAC_OPEN_NO);
	f.remote.port = 500;
	assert_int_equal(lac_open_begin(l, &f, false, p, d.len, &job), LAC_OPEN_NO);
	f.remote.port = 4500;
	assert_int_equal(lac_open_begin(l, &f, false, p, d.len, &job), LAC_OPEN_JOB);
	rig_close(r);
}

/* Under CBC no IV comes again, and nobody can tell the next one. */
static void ivs_do_not_repeat(void **state)
{
	struct rig *r = connected(false, true, &algs[0], 2);
	static uint8_t ivs[400][16];
	struct burst_job job;
	struct lac_sealed out;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		assert_int_equal(lac_seal_begin(r->clients[i % 2].lac, r->now_ms,
						rooms[0] + RIG_FRONT, 40, &job, &out),
				 LAC_SEAL_JOB);
		memcpy(ivs[i], job.esp + 8, 16);
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(ivs[i], ivs[k], 16);
	}
	rig_close(r);
}

/* A message of another call, and one from another port: neither is the user's. */
static void other_calls_and_ports(void **state)
{
	struct rig *r = connected(true, false, &algs[0], 1);
	struct flow f = rig_from_server(r, 0);
	unsigned client[1] = {0};
	struct burst_job job;
	struct taken t;
	struct bytes d;

	(void)state;
	for (unsigned at = 2; at <= 4; at += 2) {
		d = rig_say_ip(r, 0, 0, 1, 40, rooms[0]);
		rooms[0][RIG_FRONT + at] ^= 0x40;
		take_burst(r, &d, client, 1, &t);
		assert_int_equal(t.packets, 0);
		assert_int_equal(t.others, 1);
		rig_settle(r);
		assert_int_equal(r->n_at_user, 0);
	}
	d = rig_say_ip(r, 0, 0, 1, 40, rooms[0]);
	f.remote.port = 1702;
	assert_int_equal(
		lac_open_begin(r->clients[0].lac, &f, false, rooms[0] + RIG_FRONT, d.len, &job),
		LAC_OPEN_NO);
	f.remote.port = 1701;
	f.remote.addr = ip4_addr(RIG_SERVER + 9);
	assert_int_equal(
		lac_open_begin(r->clients[0].lac, &f, false, rooms[0] + RIG_FRONT, d.len, &job),
		LAC_OPEN_NO);
	rig_close(r);
}

static void nothing_leaves_before_up(void **state)
{
	struct rig *r = rig_with(false, true, &algs[0]);
	struct lac_sealed out;
	struct burst_job job;

	(void)state;
	rig_open(r, 1);
	assert_null(lac_get_up(r->clients[0].lac));
	assert_int_equal(lac_seal_begin(r->clients[0].lac, 0, rooms[0] + RIG_FRONT, 20, &job, &out),
			 LAC_SEAL_NO);
	assert_int_equal(rig_drops(r, 0, "not-up"), 1);
	rig_connect(r);
	assert_int_equal(lac_get_up(r->clients[0].lac)->peer_ip, RIG_INNER);
	assert_int_equal(lac_seal_begin(r->clients[0].lac, 0, rooms[0] + RIG_FRONT, 0, &job, &out),
			 LAC_SEAL_NO);
	esp_sender(&r->clients[0].lac->esp)->seq = UINT32_MAX;
	assert_int_equal(lac_seal_begin(r->clients[0].lac, 0, rooms[0] + RIG_FRONT, 20, &job, &out),
			 LAC_SEAL_NO);
	assert_int_equal(rig_drops(r, 0, "sequence"), 1);
	rig_close(r);
}

/* ---- in the middle of a burst ---- */

/* LCP Echo-Request between user packets: answered, and the packets pass. */
static void echo_inside_a_burst(bool raw)
{
	struct rig *r = connected(raw, !raw, &algs[0], 2);
	uint8_t echo[] = {0, 2, 0, 0, 0, 0, 0xff, 0x03, 0xc0, 0x21, 0x09, 1, 0, 8, 0, 0, 0, 0};
	unsigned client[3] = {0, 0, 1}, before = r->clients[0].datagrams;
	struct bytes d[3];
	struct taken t;

	put_be16(echo + 2, r->peers[0].info.peer_tunnel_id);
	put_be16(echo + 4, r->peers[0].info.peer_session_id);
	d[0] = rig_say_ip(r, 0, 0, 1, 100, rooms[0]);
	d[1] = rig_say(r, 0, 0, (struct bytes){echo, sizeof(echo)}, rooms[1]);
	d[2] = rig_say_ip(r, 1, 0, 2, 100, rooms[2]);
	take_burst(r, d, client, 3, &t);
	assert_int_equal(t.packets, 2);
	assert_int_equal(t.others, 1);
	r->deaf = true;
	rig_settle(r);
	assert_int_equal(r->clients[0].datagrams, before + 1); /* the Echo-Reply */
	assert_null(lac_next(r->clients[1].lac));
	r->deaf = false;
	rig_close(r);
}

static void control_inside_a_burst(void **state)
{
	(void)state;
	echo_inside_a_burst(false);
	echo_inside_a_burst(true);
}

/* StopCCN between user packets: those behind it are dropped, also when the SAs went with
 * it and the packets were decrypted before. */
static void end_inside_a_burst(void **state)
{
	struct rig *r = connected(false, true, &algs[0], 2);
	struct l2tp_result why = {.result = 6, .reason = "admin"};
	unsigned client[3] = {0, 0, 1};
	struct bytes d[3], ip;
	struct burst_job jobs[2] = {0};
	struct taken t;
	struct flow f = rig_from_server(r, 0);

	(void)state;
	r->hold = true;
	l2tp_owner_close(r->l2tp, r->now_ms, 1, why, true);
	rig_settle(r);
	assert_int_equal(r->n_held, 1);
	d[0] = rig_say(r, 0, 0, (struct bytes){r->held[0].b, r->held[0].len}, rooms[0]);
	d[1] = rig_say_ip(r, 0, 0, 1, 100, rooms[1]);
	d[2] = rig_say_ip(r, 1, 0, 2, 100, rooms[2]);
	take_burst(r, d, client, 3, &t);
	assert_int_equal(t.packets, 1);
	assert_int_equal(t.client[0], 1);
	assert_int_equal(lac_get_state(r->clients[0].lac), LAC_CLOSING);
	/* the same with an end between burst_open() and lac_open_end() */
	for (unsigned i = 0; i < 2; i++) {
		f = rig_from_server(r, 1);
		d[i] = rig_say_ip(r, 1, 0, 10 + i, 100, rooms[i]);
		assert_int_equal(lac_open_begin(r->clients[1].lac, &f, false,
						(uint8_t *)(uintptr_t)d[i].p, d[i].len, &jobs[i]),
				 LAC_OPEN_JOB);
	}
	lac_shared_open(r->shared, jobs, 2);
	assert_true(lac_open_end(r->clients[1].lac, r->now_ms, &jobs[0], &ip));
	esp_wipe(&r->clients[1].lac->esp);
	assert_false(lac_open_end(r->clients[1].lac, r->now_ms, &jobs[1], &ip));
	assert_int_equal(rig_drops(r, 1, "spi"), 1);
	rig_close(r);
}

/* A client that goes between begin and burst: its keys stay until both bursts were run. */
static void keys_outlive_their_client(void **state)
{
	struct rig *r = connected(false, true, &algs[0], 2);
	struct burst_job seal, open[2];
	struct lac_sealed out;
	struct bytes d, ip;
	struct flow f = rig_from_server(r, 0);

	(void)state;
	d = rig_say_ip(r, 0, 0, 1, 100, rooms[0]);
	assert_int_equal(lac_open_begin(r->clients[0].lac, &f, false, (uint8_t *)(uintptr_t)d.p,
					d.len, &open[0]),
			 LAC_OPEN_JOB);
	f = rig_from_server(r, 1);
	d = rig_say_ip(r, 1, 0, 2, 100, rooms[1]);
	assert_int_equal(lac_open_begin(r->clients[1].lac, &f, false, (uint8_t *)(uintptr_t)d.p,
					d.len, &open[1]),
			 LAC_OPEN_JOB);
	assert_int_equal(
		lac_seal_begin(r->clients[0].lac, r->now_ms, rooms[2] + RIG_FRONT, 40, &seal, &out),
		LAC_SEAL_JOB);
	lac_free(r->clients[0].lac);
	r->clients[0].lac = NULL;
	assert_non_null(r->shared->yard.dead);
	lac_shared_open(r->shared, open, 2);
	assert_non_null(r->shared->yard.dead);
	assert_true(open[0].ok);
	lac_shared_seal(r->shared, NULL, 0);
	lac_shared_seal(r->shared, &seal, 1);
	assert_null(r->shared->yard.dead);
	assert_true(lac_open_end(r->clients[1].lac, r->now_ms, &open[1], &ip));
	assert_int_equal(rig_number(ip), 2);
	lac_hang_up(r->clients[1].lac, r->now_ms);
	rig_pass(r, 1000);
	assert_int_equal(lac_get_state(r->clients[1].lac), LAC_DOWN);
	assert_null(r->shared->yard.dead); /* nobody waits: at once */
	rig_close(r);
}

/* A new pair between two packets: both pairs receive, the new one sends. */
static void rekey_inside_a_burst(void **state)
{
	struct rig *r = connected(false, true, &algs[0], 1);
	struct esp_pair *old = esp_sender(&r->clients[0].lac->esp);
	unsigned client[4] = {0};
	struct bytes d[4];
	struct taken t;
	uint32_t seq;

	(void)state;
	d[0] = rig_say_ip(r, 0, 0, 1, 100, rooms[0]);
	lac_rekey(r->clients[0].lac, r->now_ms);
	rig_settle(r);
	assert_true(esp_sender(&r->clients[0].lac->esp) != old);
	seq = old->seq;
	d[1] = rig_say_ip(r, 0, 0, 2, 100, rooms[1]);
	d[2] = rig_say_ip(r, 0, 1, 3, 100, rooms[2]);
	d[3] = rig_say_ip(r, 0, 0, 4, 100, rooms[3]);
	take_burst(r, d, client, 4, &t);
	assert_int_equal(t.packets, 4);
	send_burst(r, 3, 1);
	assert_int_equal(r->n_at_server, 3);
	assert_int_equal(old->seq, seq);
	rig_close(r);
}

/* The kilobytes of a pair are counted on this path too, both ways; lac_run() is then due. */
static void kilobytes_wear(bool out)
{
	struct rig *r = rig_with(false, true, &algs[0]);
	uint64_t octets = 0;
	struct lac *l;
	uint32_t old;

	r->life_kb = 100;
	rig_open(r, 1);
	rig_connect(r);
	l = r->clients[0].lac;
	old = esp_sender(&l->esp)->spi_out;
	while (lac_next_ms(l) > r->now_ms) {
		uint64_t before = esp_sender(&l->esp)->octets;

		if (out)
			send_burst(r, 4, 1);
		else
			receive_burst(r, 4, 1);
		octets += esp_sender(&l->esp)->octets - before;
		assert_true(octets < 100 * 1024);
		r->n_at_server = 0;
	}
	assert_true(octets > 85 * 1024);
	rig_pass(r, 10);
	assert_int_not_equal(esp_sender(&l->esp)->spi_out, old);
	rig_close(r);
}

static void lifetimes_are_kept(void **state)
{
	(void)state;
	kilobytes_wear(true);
	kilobytes_wear(false);
}

/* While packets come by bursts nobody asks whether the server is there: Hello, Echo and
 * R-U-THERE of a system that has all of them. */
static void packets_are_signs_of_life(void **state)
{
	struct lac_profile p = *lac_profile_by_name("windows10");
	struct rig *r = rig_with(true, false, &algs[0]);
	unsigned before;

	(void)state;
	p.hello_s = 20;
	p.echo_s = 20;
	p.echo_fail_max = 3;
	p.inform.tries = 0;
	r->profile = &p;
	rig_open(r, 1);
	rig_connect(r);
	rig_pass(r, 5000);
	before = r->clients[0].datagrams;
	for (unsigned s = 0; s < 120; s += 5) {
		receive_burst(r, 2, 1);
		rig_pass(r, 5000);
	}
	assert_int_equal(r->clients[0].datagrams, before);
	rig_pass(r, 60000);
	assert_true(r->clients[0].datagrams >= before + 4); /* silence: both ask */
	rig_close(r);
}

/* The same for R-U-THERE of ISAKMP. */
static void packets_keep_dpd_quiet(void **state)
{
	struct rig *r = rig_with(false, true, &algs[0]);
	struct ike_stats s;

	(void)state;
	r->profile = lac_profile_by_name("libreswan");
	rig_open(r, 1);
	rig_connect(r);
	for (unsigned i = 0; i < 24; i++) {
		receive_burst(r, 2, 1);
		rig_pass(r, 5000);
	}
	ike_get_stats(r->clients[0].lac->ike, &s);
	assert_int_equal(s.dpd_sent, 0);
	rig_pass(r, 120000);
	ike_get_stats(r->clients[0].lac->ike, &s);
	assert_true(s.dpd_sent > 0);
	rig_close(r);
}

/* Section 5.4 of RFC 2661: as the server numbers its messages, so does the client. */
static void sequence_numbers_follow(void **state)
{
	struct rig *r = connected(true, false, &algs[0], 1);
	struct lac *l = r->clients[0].lac;
	struct lac_sealed out;
	struct burst_job job;
	struct flow f = rig_from_server(r, 0);
	struct bytes d;

	(void)state;
	for (int numbered = 1; numbered >= 0; numbered--) {
		r->sequencing = numbered;
		d = rig_say_ip(r, 0, 0, 1, 40, rooms[0]);
		lac_input(l, r->now_ms, &f, false, d);
		rig_settle(r);
		receive_burst(r, 3, 5);
		for (unsigned i = 0; i < 3; i++) {
			rig_ip(rooms[0] + RIG_FRONT, i, 40);
			assert_int_equal(
				lac_seal_begin(l, r->now_ms, rooms[0] + RIG_FRONT, 40, &job, &out),
				LAC_SEAL_READY);
			assert_int_equal(out.datagram[0] & 8, numbered ? 8 : 0);
			assert_int_equal(out.len, numbered ? 40 + 16 : 40 + 12);
			if (numbered)
				assert_int_equal(be16(out.datagram + 8), i);
			rig_to_server(r, 0, out.flow, false, (struct bytes){out.datagram, out.len});
		}
	}
	assert_int_equal(r->n_at_user, 2);
	assert_int_equal(r->n_at_server, 6);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bursts_of_every_size),
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(replays),
		cmocka_unit_test(forgeries),
		cmocka_unit_test(begins_are_careful),
		cmocka_unit_test(ivs_do_not_repeat),
		cmocka_unit_test(other_calls_and_ports),
		cmocka_unit_test(nothing_leaves_before_up),
		cmocka_unit_test(control_inside_a_burst),
		cmocka_unit_test(end_inside_a_burst),
		cmocka_unit_test(keys_outlive_their_client),
		cmocka_unit_test(rekey_inside_a_burst),
		cmocka_unit_test(lifetimes_are_kept),
		cmocka_unit_test(packets_are_signs_of_life),
		cmocka_unit_test(packets_keep_dpd_quiet),
		cmocka_unit_test(sequence_numbers_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
