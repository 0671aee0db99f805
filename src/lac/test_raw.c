/*
 * raw: plain L2TP (RFC 2661) without IPsec, and what many clients share, against a server of
 * real rooms (test_rig.h).
 */
#include "test_rig.h"

#include "../ike/dh.h"
#include "wire/be.h"

static struct rig *rig_new(bool raw)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->raw = raw;
	r->natt = true;
	return r;
}

/* ---- plain L2TP ---- */

static void connects_and_leaves(void **state)
{
	struct rig *r = rig_new(true);
	struct lac *l;

	(void)state;
	rig_open(r, 1);
	l = r->clients[0].lac;
	for (unsigned dial = 1; dial <= 2; dial++) {
		lac_dial(l, r->now_ms);
		assert_int_equal(lac_get_state(l), LAC_TUNNEL); /* no phase 1, no phase 2 */
		rig_pass(r, 10);
		assert_int_equal(lac_get_state(l), LAC_UP);
		assert_int_equal(r->clients[0].ups, dial);
		assert_int_equal(r->clients[0].dhs, 0);
		assert_int_equal(r->clients[0].flow.local.port, 1701);
		assert_int_equal(r->clients[0].flow.remote.port, 1701);
		lac_renew(l, r->now_ms); /* there is nothing to renew */
		lac_rekey(l, r->now_ms);
		rig_pass(r, 100);
		assert_int_equal(lac_get_state(l), LAC_UP);
		lac_hang_up(l, r->now_ms);
		rig_pass(r, 100);
		assert_int_equal(lac_get_state(l), LAC_DOWN);
		assert_string_equal(lac_down_reason(l), "hang-up");
		assert_int_equal(r->clients[0].downs, dial);
		assert_false(r->peers[0].ppp_up); /* the server heard it */
		assert_int_equal(lac_next_ms(l), TIMER_NEVER);
		rig_pass(r, 60000);
	}
	rig_close(r);
}

static void server_hangs_up(void **state)
{
	struct l2tp_result why = {.result = 6, .reason = "admin"};
	struct rig *r = rig_new(true);

	(void)state;
	rig_open(r, 1);
	rig_connect(r);
	l2tp_owner_close(r->l2tp, r->now_ms, 1, why, true);
	rig_pass(r, 100);
	assert_int_equal(lac_get_state(r->clients[0].lac), LAC_CLOSING);
	rig_pass(r, 5000); /* copies of StopCCN would be answered until then */
	assert_int_equal(lac_get_state(r->clients[0].lac), LAC_DOWN);
	assert_string_equal(lac_down_reason(r->clients[0].lac), "peer-stopccn");
	rig_close(r);
}

static void nobody_answers(void **state)
{
	struct rig *r = rig_new(true);

	(void)state;
	rig_open(r, 1);
	r->deaf = true;
	lac_dial(r->clients[0].lac, r->now_ms);
	rig_pass(r, 100000);
	assert_int_equal(lac_get_state(r->clients[0].lac), LAC_DOWN);
	assert_string_equal(lac_down_reason(r->clients[0].lac), "retransmit-timeout");
	rig_close(r);
}

/* RFC 2661 8.1: the server answers from another port, and that one stays; a stranger's port
 * does nothing at any time. */
static void server_moves_to_another_port(bool raw)
{
	struct rig *r = rig_new(raw);
	struct flow f;
	struct bytes d;
	uint8_t room[RIG_ROOM];

	r->server_port = 5000;
	rig_open(r, 1);
	rig_connect(r);
	if (raw)
		assert_int_equal(r->clients[0].flow.remote.port, 5000);
	assert_int_equal(r->clients[0].lac->remote_port, 5000);
	f = rig_from_server(r, 0);
	d = rig_say_ip(r, 0, 0, 1, 100, room);
	lac_input(r->clients[0].lac, r->now_ms, &f, false, d);
	rig_settle(r);
	assert_int_equal(r->n_at_user, 1);
	r->server_port = 1701;
	f = rig_from_server(r, 0);
	d = rig_say_ip(r, 0, 0, 2, 100, room);
	lac_input(r->clients[0].lac, r->now_ms, &f, false, d);
	rig_settle(r);
	assert_int_equal(r->n_at_user, 1);
	assert_int_equal(rig_drops(r, 0, "port"), 1);
	r->server_port = 5000;
	lac_hang_up(r->clients[0].lac, r->now_ms);
	rig_pass(r, 100);
	assert_int_equal(lac_get_state(r->clients[0].lac), LAC_DOWN);
	rig_close(r);
}

static void servers_port(void **state)
{
	(void)state;
	server_moves_to_another_port(true);
	server_moves_to_another_port(false);
}

/* While the tunnel is being made: not from another address, and a guessed message from another
 * port does not take the tunnel along. */
static void strangers(void **state)
{
	static const uint8_t zlb[12] = {0xc8, 2, 0, 12, 0x12, 0x34, 0, 0, 0, 0, 0, 1};
	struct rig *r = rig_new(true);
	struct lac *l;
	struct flow f;

	(void)state;
	rig_open(r, 1);
	l = r->clients[0].lac;
	r->deaf = true;
	lac_dial(l, r->now_ms);
	rig_settle(r);
	f = rig_from_server(r, 0);
	f.remote.port = 666;
	lac_input(l, r->now_ms, &f, false, (struct bytes){zlb, sizeof(zlb)});
	assert_int_equal(l->remote_port, 1701);
	f.remote.addr = ip4_addr(RIG_SERVER + 7);
	lac_input(l, r->now_ms, &f, false, (struct bytes){zlb, sizeof(zlb)});
	assert_int_equal(rig_drops(r, 0, "address"), 1);
	r->deaf = false;
	rig_pass(r, 2000);
	assert_int_equal(lac_get_state(l), LAC_UP);
	rig_close(r);
}

/* ---- what clients share ---- */

/* Actions of several clients wait at the same time and come to those that they are for. */
static void outboxes_are_apart(void **state)
{
	struct rig *r = rig_new(false);
	const struct lac_act *a;

	(void)state;
	r->shared = lac_shared_new();
	rig_open(r, RIG_CLIENTS);
	for (unsigned i = 0; i < RIG_CLIENTS; i++)
		lac_dial(r->clients[i].lac, r->now_ms);
	for (unsigned i = RIG_CLIENTS; i-- > 0;) {
		unsigned datagrams = 0;

		while ((a = lac_next(r->clients[i].lac))) {
			if (a->kind != LAC_ACT_DATAGRAM)
				continue;
			datagrams++;
			assert_int_equal(ip4_of(&a->flow.local.addr), RIG_SERVER + 1 + i);
		}
		assert_int_equal(datagrams, 1);
		assert_null(r->clients[i].lac->box);
	}
	rig_pass(r, 3000); /* Main Mode's first message again */
	for (unsigned i = 0; i < RIG_CLIENTS; i++)
		assert_int_equal(lac_get_state(r->clients[i].lac), LAC_UP);
	lac_hang_up(r->clients[3].lac, r->now_ms); /* freed with actions that wait */
	rig_close(r);
}

/* One key pair for all of a load generator's clients. */
static void load_pair_serves_all(void **state)
{
	struct rig *r = rig_new(false);

	(void)state;
	r->pair = ike_load_pair_new(19);
	assert_non_null(r->pair);
	rig_open(r, 3);
	rig_connect(r);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(r->clients[i].dhs, 2);
	rig_close(r);
	assert_null(ike_load_pair_new(77));
}

static void load_pair_is_one_pair(void **state)
{
	struct ike_load_pair *pair = ike_load_pair_new(14);
	struct bytes none = {NULL, 0};
	struct ike_dh_job *first = dh_job_new(14, DH_GENERATE, none);
	struct ike_dh_job *second = dh_job_new(14, DH_GENERATE, none);
	struct ike_dh_job *other = dh_job_new(19, DH_GENERATE, none);
	struct ike_dh_job *server;

	(void)state;
	assert_non_null(pair);
	ike_dh_run_load(first, pair);
	ike_dh_run_load(second, pair);
	ike_dh_run_load(other, pair); /* of another group: its own */
	assert_true(first->ok && second->ok && other->ok);
	assert_true(first->borrowed && !other->borrowed);
	assert_memory_equal(first->ours, second->ours, first->public_len);
	server = dh_job_new(14, DH_BOTH, dh_ours(first));
	ike_dh_run_load(server, pair); /* nobody's answer is made of it */
	assert_true(server->ok);
	assert_memory_not_equal(server->ours, first->ours, first->public_len);
	first->sum = DH_DERIVE;
	assert_true(dh_job_set_theirs(first, dh_ours(server)));
	ike_dh_run_load(first, pair);
	assert_true(first->ok);
	assert_memory_equal(first->secret, server->secret, server->secret_len);
	dh_job_free(first);
	dh_job_free(server);
	dh_job_free(other);
	second->sum = DH_DERIVE; /* the pair lives as long as its owner wants */
	assert_true(dh_job_set_theirs(second, dh_ours(second)));
	ike_dh_run_load(second, pair);
	assert_true(second->ok);
	dh_job_free(second);
	ike_load_pair_free(pair);
}

/* ---- what is known of a connection ---- */

static void info_is_told(void **state)
{
	struct lac_info info;
	struct rig *r = rig_new(false);

	(void)state;
	rig_open(r, 1);
	lac_get_info(r->clients[0].lac, &info);
	assert_string_equal(info.phase1, "");
	assert_string_equal(info.phase2, "");
	assert_null(info.ppp_auth);
	rig_connect(r);
	lac_get_info(r->clients[0].lac, &info);
	assert_string_equal(info.phase1, "AES128-SHA256-ECP256");
	assert_string_equal(info.phase2, "AES256-SHA1");
	assert_true(info.udp_encap);
	assert_string_equal(info.host_name, "rig");
	assert_string_equal(info.vendor_name, "Sekisho rig");
	assert_string_equal(info.ppp_auth, "PAP");
	assert_int_equal(info.mru, 1400);
	assert_int_equal(info.peer_mru, 1400);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_and_leaves),
		cmocka_unit_test(server_hangs_up),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(servers_port),
		cmocka_unit_test(strangers),
		cmocka_unit_test(outboxes_are_apart),
		cmocka_unit_test(load_pair_serves_all),
		cmocka_unit_test(load_pair_is_one_pair),
		cmocka_unit_test(info_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
