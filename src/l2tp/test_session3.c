/* Version 3 whole: caller against answerer in virtual time, over both carriers. */
#include "test_rig3.h"

#include "state3.h"

static void standard(void)
{
	struct l2tp3_config cfg = rig3_config();

	rig3_open(&cfg, &cfg);
}

static uint32_t session_up(void)
{
	uint32_t id = l2tp3_call(rig.call.l, rig.now, &rig.path);

	assert_int_not_equal(id, 0);
	rig3_pass(200);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_UP), 1);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_UP), 1);
	assert_int_equal(rig3_last(&rig.call, L2TP3_ACT_SESSION_UP)->session_id, id);
	return id;
}

/* Both ends say the same of a session, each from its side. */
static void ends_agree(void)
{
	const struct l2tp3_session_info *a = &rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info;
	const struct l2tp3_session_info *c = &rig3_last(&rig.call, L2TP3_ACT_SESSION_UP)->info;

	assert_int_equal(a->session_id, c->peer_session_id);
	assert_int_equal(a->peer_session_id, c->session_id);
	assert_int_equal(a->connection_id, c->peer_connection_id);
	assert_int_equal(a->peer_connection_id, c->connection_id);
	assert_int_equal(a->cookie_len, c->peer_cookie_len);
	assert_memory_equal(a->cookie, c->peer_cookie, 8);
	assert_int_equal(c->cookie_len, a->peer_cookie_len);
	assert_memory_equal(c->cookie, a->peer_cookie, 8);
	assert_int_equal(a->sublayer, c->peer_sublayer);
	assert_int_equal(c->sublayer, a->peer_sublayer);
	assert_int_equal(a->sequencing, c->peer_sequencing);
	assert_int_equal(c->sequencing, a->peer_sequencing);
	assert_int_equal(a->pw_type, c->pw_type);
	assert_true(a->active && c->active && c->caller && !a->caller);
	assert_string_equal(a->remote_end_id, c->remote_end_id);
}

static void a_session_comes_up(bool ip)
{
	const struct l2tp3_session_info *info;
	struct l2tp3_stats stats;

	standard();
	if (ip)
		rig3_over_ip();
	session_up();
	ends_agree();
	info = &rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info;
	assert_int_equal(info->owner, 7);
	assert_int_equal(info->local_port, ip ? 0 : 1701);
	assert_int_equal(info->session_id & 7, 5);
	assert_int_equal(info->connection_id & 7, 5);
	assert_true(info->session_id > 0xffff && info->connection_id > 0xffff);
	assert_int_equal(info->cookie_len, 8);
	assert_int_equal(info->pw_type, L2TP3_PW_ETHERNET);
	assert_string_equal(info->style, "standard");
	assert_string_equal(info->peer_host_name, "rig");
	assert_string_equal(info->peer_vendor_name, "Sekisho");
	assert_string_equal(info->remote_end_id, "1");
	stats = rig3_stats(&rig.answer);
	assert_int_equal(stats.connections, 1);
	assert_int_equal(stats.sessions, 1);
	assert_int_equal(stats.retransmits, 0);
	rig3_close();
}

static void over_udp(void **state)
{
	(void)state;
	a_session_comes_up(false);
}

static void over_ip(void **state)
{
	(void)state;
	a_session_comes_up(true);
}

static void terms_of_both_sides(void **state)
{
	struct l2tp3_config a = rig3_config(), c = rig3_config();
	const struct l2tp3_session_info *info;

	(void)state;
	a.cookie_len = 4;
	a.sublayer = L2TP3_SUBLAYER_DEFAULT;
	a.sequencing = L2TP3_SEQUENCE_ALL;
	c.cookie_len = 0;
	c.pw_type = L2TP3_PW_ETHERNET_VLAN;
	c.remote_end_id = "vlan 100";
	rig3_open(&a, &c);
	session_up();
	ends_agree();
	info = &rig3_last(&rig.call, L2TP3_ACT_SESSION_UP)->info;
	assert_int_equal(info->peer_cookie_len, 4);
	assert_int_equal(info->cookie_len, 0);
	assert_int_equal(info->peer_sublayer, L2TP3_SUBLAYER_DEFAULT);
	assert_int_equal(info->peer_sequencing, L2TP3_SEQUENCE_ALL);
	assert_int_equal(info->sublayer, L2TP3_SUBLAYER_NONE);
	assert_int_equal(info->pw_type, L2TP3_PW_ETHERNET_VLAN);
	assert_string_equal(info->remote_end_id, "vlan 100");
	rig3_close();
}

static void every_style_calls_every_carrier(void **state)
{
	(void)state;
	for (unsigned n = 0; l2tp3_style(n); n++) {
		for (unsigned ip = 0; ip < 2; ip++) {
			struct l2tp3_config a = rig3_config(), c = rig3_config();
			const struct l2tp3_session_info *info;

			c.style = l2tp3_style(n);
			rig3_open(&a, &c);
			if (ip)
				rig3_over_ip();
			if (ip && c.style->udp_only) {
				assert_int_equal(l2tp3_call(rig.call.l, rig.now, &rig.path), 0);
				rig3_close();
				continue;
			}
			session_up();
			ends_agree();
			info = &rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info;
			assert_string_equal(info->style, c.style->name);
			assert_int_equal(info->cookie_len,
					 c.style->cookie == L2TP3_COOKIE_NEVER ? 0 : 8);
			rig3_close();
		}
	}
}

static void styles_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(l2tp3_style_by_name("cisco"), l2tp3_style(1));
	assert_string_equal(l2tp3_style_by_name("yamaha")->vendor_name, "YAMAHA Corporation");
	assert_null(l2tp3_style_by_name("juniper"));
}

static void digests(uint8_t type)
{
	struct l2tp3_config a = rig3_config(), c = rig3_config();
	size_t len;

	secret_set(&a.secret, "shared", 6);
	secret_set(&c.secret, "shared", 6);
	c.digest = type;
	rig3_open(&a, &c);
	session_up();
	ends_agree();
	for (unsigned i = 0; i < rig.answer.n_acts; i++) {
		const struct rig3_act *act = &rig.answer.acts[i];

		if (act->kind != L2TP3_ACT_SEND)
			continue;
		assert_int_not_equal(rig3_type(act), 0); /* no ZLB: section 6.15 */
		assert_non_null(rig3_avp(act, 0, 59, &len));
		assert_int_equal(len, type ? 21 : 17);
		assert_int_equal(rig3_message(act).p[20 + 6], type);
	}
	assert_int_equal(rig3_stats(&rig.answer).drop_digest, 0);
	assert_int_equal(rig3_stats(&rig.call).drop_digest, 0);
	rig3_pass(300000); /* Hellos too */
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	assert_int_equal(rig3_stats(&rig.answer).retransmits, 0);
	rig3_close();
}

static void digests_of_both_kinds(void **state)
{
	(void)state;
	digests(L2TP3_DIGEST_MD5);
	digests(L2TP3_DIGEST_SHA1);
}

static void other_secrets_never_meet(void **state)
{
	static const char *const secrets[][2] = {{"one", "two"}, {"one", ""}, {"", "two"}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct l2tp3_config a = rig3_config(), c = rig3_config();

		secret_set(&a.secret, secrets[i][0], strlen(secrets[i][0]));
		secret_set(&c.secret, secrets[i][1], strlen(secrets[i][1]));
		rig3_open(&a, &c);
		assert_int_not_equal(l2tp3_call(rig.call.l, rig.now, &rig.path), 0);
		rig3_pass(100000);
		assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SEND), 0);
		assert_int_equal(rig3_stats(&rig.answer).drop_digest, 6);
		assert_int_equal(rig3_stats(&rig.answer).connections, 0);
		assert_true(rig3_noted(&rig.answer, "l2tp3-digest"));
		assert_string_equal(rig3_last(&rig.call, L2TP3_ACT_SESSION_DOWN)->result.reason,
				    "retransmit-timeout");
		rig3_close();
	}
}

/* One message with one bit turned: it is dropped as if lost, and all comes up. */
static void a_turned_bit_is_a_lost_message(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	struct rig3_act sccrq;

	(void)state;
	secret_set(&cfg.secret, "shared", 6);
	rig3_open(&cfg, &cfg);
	rig.wire = false;
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_drain();
	sccrq = *rig3_last(&rig.call, L2TP3_ACT_SEND);
	for (size_t bit = 0; bit < sccrq.len * 8; bit++) {
		sccrq.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		rig3_raw(&rig.path, sccrq.bytes, sccrq.len);
		sccrq.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SEND), 0);
	rig3_raw(&rig.path, sccrq.bytes, sccrq.len);
	assert_int_equal(rig3_stats(&rig.answer).connections, 1);
	rig3_close();
}

static void closing(void **state)
{
	uint32_t id;

	(void)state;
	standard();
	id = session_up();
	l2tp3_session_close(rig.call.l, rig.now, id, (struct l2tp_result){3, 0, "admin"});
	rig3_drain();
	assert_int_equal(rig3_last(&rig.answer, L2TP3_ACT_SESSION_DOWN)->result.result, 3);
	assert_string_equal(rig3_last(&rig.answer, L2TP3_ACT_SESSION_DOWN)->result.reason,
			    "peer-cdn");
	assert_true(rig3_noted(&rig.answer, "l2tp3-peer-cdn"));
	/* the caller's connection goes with its last session, the answerer's a cycle later */
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_CONNECTION_DOWN), 1);
	assert_true(rig3_noted(&rig.answer, "l2tp3-peer-stopccn"));
	rig3_pass(30900);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_CONNECTION_DOWN), 0);
	rig3_pass(200);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_CONNECTION_DOWN), 1);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 0);
	rig3_close();
}

/* The CDN has both ids whole: SoftEther cuts them to 16 bits. */
static void the_answerer_closes_with_whole_ids(void **state)
{
	const struct l2tp3_session_info *info;
	const struct rig3_act *cdn = NULL;

	(void)state;
	standard();
	session_up();
	info = &rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info;
	l2tp3_session_close(rig.answer.l, rig.now, info->session_id,
			    (struct l2tp_result){3, 0, "admin"});
	rig3_drain();
	for (unsigned i = 0; i < rig.answer.n_acts; i++)
		if (rig.answer.acts[i].kind == L2TP3_ACT_SEND &&
		    rig3_type(&rig.answer.acts[i]) == MSG_CDN)
			cdn = &rig.answer.acts[i];
	assert_non_null(cdn);
	assert_int_equal(rig3_avp32(cdn, 0, 63), info->session_id);
	assert_int_equal(rig3_avp32(cdn, 0, 64), info->peer_session_id);
	assert_int_equal(rig3_avp16(cdn, 0, 1), 3);
	assert_string_equal(rig3_last(&rig.call, L2TP3_ACT_SESSION_DOWN)->result.reason,
			    "peer-cdn");
	rig3_close();
}

static void owners_end(void **state)
{
	(void)state;
	for (unsigned send = 0; send < 2; send++) {
		standard();
		session_up();
		l2tp3_owner_close(rig.answer.l, rig.now, 8, (struct l2tp_result){0}, true);
		assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
		l2tp3_owner_close(rig.answer.l, rig.now, 7, (struct l2tp_result){6, 0, "admin"},
				  send);
		rig3_drain();
		assert_int_equal(rig3_stats(&rig.answer).connections, 0);
		assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_DOWN), 1);
		assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_CONNECTION_DOWN), 1);
		assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_DOWN), send);
		rig3_pass(200000); /* without a word the caller's Hello finds it out */
		assert_int_equal(rig3_stats(&rig.call).connections, 0);
		if (!send)
			assert_string_equal(
				rig3_last(&rig.call, L2TP3_ACT_SESSION_DOWN)->result.reason,
				"hello-timeout");
		rig3_close();
	}
}

static void hellos_keep_it_and_silence_ends_it(void **state)
{
	(void)state;
	standard();
	session_up();
	rig3_pass(600000);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	assert_int_equal(rig3_stats(&rig.answer).retransmits, 0);
	assert_true(rig3_stats(&rig.answer).messages_in > 10);
	rig.wire = false;
	rig3_pass(60000 + 31000 + 100);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	assert_string_equal(rig3_last(&rig.answer, L2TP3_ACT_CONNECTION_DOWN)->result.reason,
			    "hello-timeout");
	assert_true(rig3_noted(&rig.answer, "l2tp3-hello-timeout"));
	rig3_close();
}

/* RFC 3931 section 4.4: never later than the interval, and not all at the same distance. */
static void hellos_come_a_little_early(void **state)
{
	struct l2tp3_config a = rig3_config(), c = rig3_config();
	uint64_t last = 0, least = 60000, most = 0;
	unsigned n = 0;

	(void)state;
	a.hello_s = 0;
	rig3_open(&a, &c);
	session_up();
	rig3_pass(600000);
	for (unsigned i = 0; i < rig.call.n_acts; i++) {
		const struct rig3_act *act = &rig.call.acts[i];

		if (act->kind != L2TP3_ACT_SEND || rig3_type(act) != MSG_HELLO)
			continue;
		if (n++) {
			least = act->at_ms - last < least ? act->at_ms - last : least;
			most = act->at_ms - last > most ? act->at_ms - last : most;
		}
		last = act->at_ms;
	}
	assert_in_range(n, 9, 11);
	assert_in_range(most, 52500, 60000);
	assert_in_range(least, 52500, most - 1);
	rig3_close();
}

static void frames_put_hellos_off(void **state)
{
	uint32_t id;
	uint64_t out;

	(void)state;
	standard();
	session_up();
	id = rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->session_id;
	out = rig3_stats(&rig.answer).messages_out;
	rig.wire = false;
	for (unsigned i = 0; i < 20; i++) {
		l2tp3_session_heard(rig.answer.l, rig.now, id);
		rig3_pass(30000);
	}
	assert_int_equal(rig3_stats(&rig.answer).messages_out, out);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	rig3_close();
}

static void a_probe_asks_at_once(void **state)
{
	(void)state;
	standard();
	session_up();
	rig.wire = false;
	l2tp3_owner_probe(rig.answer.l, rig.now, 7);
	rig3_drain();
	rig3_sent(MSG_HELLO);
	rig3_pass(31000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 0);
	rig3_close();
}

static void circuits_go_up_and_down(void **state)
{
	uint32_t id;

	(void)state;
	standard();
	id = session_up();
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	rig3_drain();
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_STATUS), 1);
	assert_false(rig3_last(&rig.answer, L2TP3_ACT_SESSION_STATUS)->active);
	l2tp3_session_status(rig.call.l, rig.now, id, true);
	rig3_drain();
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_STATUS), 2);
	assert_true(rig3_last(&rig.answer, L2TP3_ACT_SESSION_STATUS)->active);
	assert_true(rig3_noted(&rig.answer, "l2tp3-circuit-status"));
	rig3_close();
}

static enum rig3_fate one_victim(struct rig3 *r, unsigned k)
{
	return k == r->victim ? r->victims_fate : RIG3_DELIVER;
}

/* A change before the request says so, one behind it is told when the session is up. */
static void circuits_change_on_the_way_up(void **state)
{
	uint32_t id;

	(void)state;
	standard();
	id = l2tp3_call(rig.call.l, rig.now, &rig.path);
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	rig3_drain();
	assert_false(rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info.active);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_STATUS), 0);
	rig3_close();

	standard();
	rig.fate = one_victim;
	rig.victim = 3; /* ICRQ */
	rig.victims_fate = RIG3_LOSE;
	id = l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_drain();
	assert_int_equal(rig3_type(rig3_last(&rig.call, L2TP3_ACT_SEND)), MSG_ICRQ);
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	rig3_pass(5000);
	assert_true(rig3_last(&rig.answer, L2TP3_ACT_SESSION_UP)->info.active);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_STATUS), 1);
	assert_false(rig3_last(&rig.answer, L2TP3_ACT_SESSION_STATUS)->active);
	rig3_close();
}

/* A whole life: up, a change of status, down; one message meets its fate. */
static unsigned life(unsigned victim, enum rig3_fate fate, bool with_secret, bool ip)
{
	struct l2tp3_config cfg = rig3_config();
	uint32_t id;
	unsigned sent;

	if (with_secret)
		secret_set(&cfg.secret, "shared", 6);
	rig3_open(&cfg, &cfg);
	if (ip)
		rig3_over_ip();
	rig.fate = one_victim;
	rig.victim = victim;
	rig.victims_fate = fate;
	id = l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_pass(5000);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_UP), 1);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_UP), 1);
	ends_agree();
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	rig3_pass(5000);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_STATUS), 1);
	l2tp3_session_close(rig.call.l, rig.now, id, (struct l2tp_result){3, 0, "admin"});
	rig3_pass(40000);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_DOWN), 1);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_DOWN), 1);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_CONNECTION_DOWN), 1);
	assert_int_equal(rig3_stats(&rig.answer).connections + rig3_stats(&rig.call).connections,
			 0);
	sent = rig.n_sent;
	rig3_close();
	return sent;
}

static void every_message_lost_doubled_late(void **state)
{
	static const enum rig3_fate fates[] = {RIG3_LOSE, RIG3_TWICE, RIG3_LATE};

	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		unsigned n = life(UINT32_MAX, RIG3_DELIVER, how & 1, how & 2);

		assert_true(n >= 10);
		for (unsigned f = 0; f < 3; f++)
			for (unsigned k = 0; k < n + 4; k++)
				life(k, fates[f], how & 1, how & 2);
	}
}

static enum rig3_fate at_random(struct rig3 *r, unsigned k)
{
	uint64_t h = ((uint64_t)k + 1) * UINT64_C(0x9e3779b97f4a7c15) * (r->victim + 1);

	return (h >> 40) % 10 < 4 ? (enum rig3_fate)(1 + (h >> 50) % 3) : RIG3_DELIVER;
}

/* Four of ten messages lost, doubled or late: it comes up, or ends in order. */
static void a_bad_wire(void **state)
{
	unsigned ups = 0;

	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		standard();
		rig.fate = at_random;
		rig.victim = seed;
		l2tp3_call(rig.call.l, rig.now, &rig.path);
		rig3_pass(60000);
		ups += rig3_count(&rig.answer, L2TP3_ACT_SESSION_UP);
		l2tp3_owner_close(rig.call.l, rig.now, 7, (struct l2tp_result){0}, true);
		rig3_pass(250000);
		assert_int_equal(rig3_stats(&rig.answer).connections, 0);
		assert_int_equal(rig3_stats(&rig.call).connections, 0);
		rig3_close();
	}
	assert_true(ups >= 90);
}

static void nobody_answers(void **state)
{
	(void)state;
	standard();
	rig.wire = false;
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_pass(60000);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SEND), 6);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_DOWN), 1);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_CONNECTION_DOWN), 1);
	assert_string_equal(rig3_last(&rig.call, L2TP3_ACT_CONNECTION_DOWN)->result.reason,
			    "retransmit-timeout");
	assert_true(rig3_noted(&rig.call, "l2tp3-retransmit"));
	assert_true(rig3_noted(&rig.call, "l2tp3-retransmit-timeout"));
	rig3_close();
}

/* Both call at once: with tie breakers one control connection and one session are left. */
static void calls_that_cross(void **state)
{
	struct l2tp3_config cfg = rig3_config();
	struct l2tp3_stats a, c;

	(void)state;
	cfg.tie_breaker = true;
	rig3_open(&cfg, &cfg);
	assert_int_not_equal(l2tp3_call(rig.call.l, rig.now, &rig.path), 0);
	assert_int_not_equal(l2tp3_call(rig.answer.l, rig.now, &rig.path), 0);
	rig3_pass(10000);
	a = rig3_stats(&rig.answer);
	c = rig3_stats(&rig.call);
	assert_int_equal(a.connections, 1);
	assert_int_equal(c.connections, 1);
	assert_int_equal(a.sessions, 1);
	assert_int_equal(c.sessions, 1);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_UP), 1);
	assert_int_equal(rig3_count(&rig.call, L2TP3_ACT_SESSION_UP), 1);
	rig3_close();
}

static void calls_that_cross_without_tie_breakers(void **state)
{
	(void)state;
	standard();
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	l2tp3_call(rig.answer.l, rig.now, &rig.path);
	rig3_pass(10000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 2);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 2);
	rig3_close();
}

static void limits_hold(void **state)
{
	struct l2tp3_config a = rig3_config(), c = rig3_config();

	(void)state;
	a.connections_per_owner_max = 2;
	rig3_open(&a, &c);
	for (unsigned i = 0; i < 3; i++)
		assert_int_not_equal(l2tp3_call(rig.call.l, rig.now, &rig.path), 0);
	rig3_pass(1000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 2);
	assert_true(rig3_stats(&rig.answer).drop_limit > 0);
	assert_int_equal(rig3_last(&rig.call, L2TP3_ACT_SESSION_DOWN)->result.result, 2);
	assert_int_equal(rig3_last(&rig.call, L2TP3_ACT_SESSION_DOWN)->result.error, 4);
	rig.path.owner = 9; /* another owner has room */
	l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_pass(1000);
	assert_int_equal(rig3_stats(&rig.answer).connections, 3);
	for (unsigned i = 0; i < 9; i++)
		l2tp3_call(rig.call.l, rig.now, &rig.path);
	assert_int_equal(rig3_stats(&rig.call).drop_limit, 6);
	rig3_close();
}

static void reconfiguring_touches_no_connection(void **state)
{
	struct l2tp3_config cfg = rig3_config();

	(void)state;
	standard();
	session_up();
	secret_set(&cfg.secret, "new", 3);
	cfg.host_name = "renamed";
	l2tp3_reconfigure(rig.answer.l, &cfg);
	rig3_pass(300000);
	assert_int_equal(rig3_stats(&rig.answer).sessions, 1);
	assert_int_equal(rig3_stats(&rig.answer).drop_digest, 0);
	rig3_close();
}

static void the_table_is_whole(void **state)
{
	char buf[100];

	(void)state;
	assert_true(fsm_check(&session_fsm, buf, sizeof(buf)));
	for (unsigned i = 0; i < AVP3_COUNT; i++) {
		const struct avp3_row *row = avp3_row((enum avp3)i);

		assert_non_null(row->name);
		assert_int_equal(avp3_find(0, row->type), i);
		assert_true(row->min_len <= row->max_len);
		if (row->cisco != CISCO_NONE)
			assert_int_equal(avp3_find(CISCO, (uint16_t)row->cisco), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_udp),
		cmocka_unit_test(over_ip),
		cmocka_unit_test(terms_of_both_sides),
		cmocka_unit_test(every_style_calls_every_carrier),
		cmocka_unit_test(styles_by_name),
		cmocka_unit_test(digests_of_both_kinds),
		cmocka_unit_test(other_secrets_never_meet),
		cmocka_unit_test(a_turned_bit_is_a_lost_message),
		cmocka_unit_test(closing),
		cmocka_unit_test(the_answerer_closes_with_whole_ids),
		cmocka_unit_test(owners_end),
		cmocka_unit_test(hellos_keep_it_and_silence_ends_it),
		cmocka_unit_test(hellos_come_a_little_early),
		cmocka_unit_test(frames_put_hellos_off),
		cmocka_unit_test(a_probe_asks_at_once),
		cmocka_unit_test(circuits_go_up_and_down),
		cmocka_unit_test(circuits_change_on_the_way_up),
		cmocka_unit_test(every_message_lost_doubled_late),
		cmocka_unit_test(a_bad_wire),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(calls_that_cross),
		cmocka_unit_test(calls_that_cross_without_tie_breakers),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(reconfiguring_touches_no_connection),
		cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests_name("l2tp3 sessions", tests, NULL, NULL);
}
