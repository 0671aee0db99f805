/*
 * Exchanges: initiator against responder in virtual time, with real DH (RFC 2409
 * 5.4, 5.5; RFC 3947). Loss, doubling and change of every single message; tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "lab.h"

static struct lab lab;

static void assert_same_keys(void)
{
	const struct ike_child *c = &lab.s[CLIENT].keys, *s = &lab.s[SERVER].keys;

	assert_int_equal(c->spi_in, s->spi_out);
	assert_int_equal(c->spi_out, s->spi_in);
	assert_memory_equal(c->in_enc, s->out_enc, 32);
	assert_memory_equal(c->out_enc, s->in_enc, 32);
	assert_memory_equal(c->in_auth, s->out_auth, 20);
	assert_memory_equal(c->out_auth, s->in_auth, 20);
	assert_memory_not_equal(c->in_enc, c->out_enc, 32);
	assert_int_equal(c->udp_encap, s->udp_encap);
	assert_int_equal(c->pfs, s->pfs);
}

static void assert_connected(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_add, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
		assert_int_equal(lab.s[i].n_child_down, 0);
	}
	assert_same_keys();
}

static void every_cell_is_listed(void **state)
{
	char buf[80] = "";

	(void)state;
	if (!fsm_check(&sa_fsm, buf, sizeof(buf)) || !fsm_check(&quick_fsm, buf, sizeof(buf)))
		fail_msg("%s", buf);
}

static void main_and_quick_mode(void **state)
{
	struct ike_sa_info info;
	struct ike_stats stats;
	unsigned cursor = 0;

	(void)state;
	lab_default(&lab);
	lab.trace = getenv("IKE_TRACE") ? stderr : NULL;
	assert_int_not_equal(lab_dial(&lab), 0);
	lab_settle(&lab);
	assert_connected();
	assert_int_equal(lab.sent, 9);
	assert_false(lab.s[SERVER].keys.udp_encap);
	assert_int_equal(lab.s[SERVER].keys.remote_port, 1701);
	assert_int_equal(lab.s[SERVER].keys.protocol, 17);
	assert_int_equal(lab.s[SERVER].keys.life_s, 3600);
	assert_true(ike_each_sa(lab.s[SERVER].k, &cursor, &info));
	assert_string_equal(info.state, "MM_ACTIVE");
	assert_int_equal(info.children, 1);
	assert_int_equal(info.peer_id.type, 1);
	assert_false(ike_each_sa(lab.s[SERVER].k, &cursor, &info));
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0);
	assert_int_equal(stats.established, 1);
	assert_int_equal(stats.children, 1);
	lab_free(&lab);
}

/* Each suite that policies may name, and PFS. */
static void every_group_hash_and_key_length(void **state)
{
	static const struct {
		uint8_t group;
		enum prim_hash hash;
		uint16_t bits;
		enum burst_auth auth;
		bool pfs;
	} rows[] = {
		{14, PRIM_SHA1, 256, BURST_HMAC_SHA1_96, false},
		{14, PRIM_SHA256, 128, BURST_HMAC_SHA256_128, true},
		{19, PRIM_SHA1, 192, BURST_HMAC_SHA256_128, true},
		{20, PRIM_SHA384, 256, BURST_HMAC_SHA1_96, true},
		{19, PRIM_SHA512, 128, BURST_HMAC_SHA1_96, false},
	};

	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct ike_policy p = lab_policy;
		struct ike_esp esp = lab_esp;

		p.group = rows[r].group;
		p.hash = rows[r].hash;
		p.key_bits = rows[r].bits;
		esp.alg.key_len = rows[r].bits / 8;
		esp.alg.auth = rows[r].auth;
		lab_init(&lab);
		for (int i = 0; i < 2; i++) {
			struct ike_config cfg = lab_config(&lab, i);

			cfg.policies = &p;
			cfg.esps = &esp;
			cfg.esp_pfs = rows[r].pfs;
			lab_start(&lab, i, &cfg);
		}
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_int_equal(lab.s[SERVER].keys.pfs, rows[r].pfs);
		lab_free(&lab);
	}
}

static void client_behind_nat_floats_to_4500(void **state)
{
	struct ike_sa_info info;

	(void)state;
	lab_default(&lab);
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_true(lab.s[SERVER].keys.udp_encap);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_true(info.natt);
	assert_true(info.peer_behind_nat);
	assert_false(info.we_behind_nat);
	assert_int_equal(info.flow.remote.port, 40001);
	assert_int_equal(info.flow.local.port, 4500);
	/* the selector is the address behind the NAT */
	assert_int_equal(ip4_of(&lab.s[SERVER].keys.remote_ip), 0xc0a80002);
	assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
	assert_true(info.we_behind_nat);
	lab_run(&lab, 61000);
	assert_int_equal(lab.s[CLIENT].n_keepalive, 3);
	assert_int_equal(lab.s[SERVER].n_keepalive, 3);
	lab_free(&lab);
}

static void force_encap_makes_the_client_float(void **state)
{
	struct ike_config cfg;
	struct ike_sa_info info;

	(void)state;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.force_encap = true;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_true(lab.s[SERVER].keys.udp_encap);
	assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
	assert_true(info.we_behind_nat);    /* it believes so */
	assert_false(info.peer_behind_nat); /* the server never looks translated */
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_false(info.peer_behind_nat); /* we know better */
	lab_free(&lab);
}

/* The server is behind NAT: only with force_encap the client must not learn it. */
static void server_behind_nat(void **state)
{
	(void)state;
	for (int force = 0; force < 2; force++) {
		struct ike_config cfg;
		struct ike_sa_info info;

		lab_init(&lab);
		lab.server_nat = true;
		cfg = lab_config(&lab, CLIENT);
		lab_start(&lab, CLIENT, &cfg);
		cfg = lab_config(&lab, SERVER);
		cfg.force_encap = force;
		lab_start(&lab, SERVER, &cfg);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_true(lab.s[SERVER].keys.udp_encap);
		assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
		assert_true(info.we_behind_nat);
		assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
		assert_int_equal(info.peer_behind_nat, !force);
		lab_free(&lab);
	}
}

/* HASH(2): the client installs nothing from a message 2 that was changed. */
static void changed_quick_message_2(void **state)
{
	(void)state;
	for (size_t at = ISAKMP_HEADER_LEN; at < 150; at += 3) {
		lab_default(&lab);
		lab.fault = LAB_CORRUPT;
		lab.fault_at = 8;
		lab.corrupt_offset = at;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_int_equal(lab.s[SERVER].n_add, 1);
		assert_int_equal(lab.s[CLIENT].n_add, 0);
		lab_free(&lab);
	}
}

/* Until it is authenticated an SA answers one address only. */
static void message_3_from_elsewhere(void **state)
{
	struct lab_packet m;
	struct flow other;

	(void)state;
	lab_default(&lab);
	lab.fault = LAB_LOSE;
	lab.fault_at = 3;
	lab_dial(&lab);
	lab_settle(&lab);
	m = lab.log[2]; /* message 3, which was lost */
	other = lab.log[0].flow;
	other.remote.port++;
	lab.s[SERVER].hold_dh = true;
	lab_inject(&lab, SERVER, &other, false, m.b, m.len);
	assert_int_equal(lab_drops(&lab.s[SERVER], "other-address"), 1);
	assert_null(lab.s[SERVER].held_dh);
	lab_inject(&lab, SERVER, &lab.log[0].flow, false, m.b, m.len);
	assert_non_null(lab.s[SERVER].held_dh);
	lab_free(&lab);
}

static void without_natt_no_encapsulation(void **state)
{
	(void)state;
	lab_init(&lab);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		cfg.natt = i == CLIENT;
		lab_start(&lab, i, &cfg);
	}
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_false(lab.s[SERVER].keys.udp_encap);
	lab_free(&lab);
}

/* The whole exchange has 9 messages: each is lost, doubled, changed at several places. */
static void one_fault_in_any_message(void **state)
{
	static const size_t offsets[] = {0,  9,  16, 17, 18, 19,  21, 26,
					 28, 31, 40, 60, 75, 100, 140};

	(void)state;
	for (unsigned fault = LAB_LOSE; fault <= LAB_CORRUPT; fault++) {
		size_t n_offsets = fault == LAB_CORRUPT ? sizeof(offsets) / sizeof(offsets[0]) : 1;

		for (unsigned at = 1; at <= 9; at++) {
			for (size_t o = 0; o < n_offsets; o++) {
				lab_default(&lab);
				lab.fault = (enum lab_fault)fault;
				lab.fault_at = at;
				lab.corrupt_offset = offsets[o];
				lab_dial(&lab);
				lab_run(&lab, 29000);
				/* a changed MM1 or MM3 that still parses spoils the keys: the
				 * attempt must end cleanly; everything else must come through */
				if (fault == LAB_CORRUPT && at <= 4) {
					assert_true(lab.s[CLIENT].n_child_up <= 1);
					lab_run(&lab, 200000);
				} else {
					assert_connected();
				}
				lab_free(&lab);
			}
		}
	}
}

static void doubled_messages_are_not_computed_again(void **state)
{
	(void)state;
	lab_default(&lab);
	lab.fault = LAB_DOUBLE;
	lab.fault_at = 3; /* MM3 */
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_memory_equal(lab.log[3].b, lab.log[4].b, lab.log[3].len); /* MM4 twice */
	assert_true(lab_noted(&lab.s[SERVER], "ike-retransmission"));
	lab_free(&lab);
}

static void stored_reply_at_most_three_times(void **state)
{
	struct lab_packet mm1;
	struct flow other;
	unsigned before;

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	mm1 = lab.log[4]; /* MM5 */
	before = lab.sent;
	for (int i = 0; i < 10; i++)
		lab_inject(&lab, SERVER, &mm1.flow, mm1.natt, mm1.b, mm1.len);
	assert_int_equal(lab.sent - before, 3);
	assert_int_equal(lab_drops(&lab.s[SERVER], "duplicate-not-answered"), 7);
	lab_run(&lab, 31000);
	other = mm1.flow;
	other.remote.port++;
	before = lab.sent;
	lab_inject(&lab, SERVER, &other, mm1.natt, mm1.b, mm1.len);
	assert_int_equal(lab.sent, before); /* another address: nothing */
	lab_inject(&lab, SERVER, &mm1.flow, mm1.natt, mm1.b, mm1.len);
	assert_int_equal(lab.sent, before + 1);
	lab_free(&lab);
}

static void nobody_there_ends_in_timeout(void **state)
{
	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_actions(&lab, CLIENT); /* the first message is on the wire; the server is away */
	ike_free(lab.s[SERVER].k);
	lab.s[SERVER].k = NULL;
	lab.head = lab.tail;
	for (unsigned i = 0; i < 60; i++) {
		lab.now_ms += 1000;
		timerq_run(&lab.s[CLIENT].timers, lab.now_ms, 100);
		lab_actions(&lab, CLIENT);
		lab.head = lab.tail;
	}
	assert_int_equal(lab.sent, 5);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, "timeout");
	ike_free(lab.s[CLIENT].k);
}

static void client_closes(void **state)
{
	struct ike_stats stats;

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
	lab_settle(&lab);
	assert_int_equal(lab.s[CLIENT].n_child_down, 1);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, "user");
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "peer-delete");
	assert_string_equal(lab.s[SERVER].child_down_reason, "peer-delete");
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.established + stats.half_open + stats.children, 0);
	lab_free(&lab);
}

static void lifetimes_end_things(void **state)
{
	struct ike_policy p = lab_policy;

	(void)state;
	p.life_s = 7200;
	lab_init(&lab);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		cfg.policies = &p;
		cfg.esp_life_s = i == CLIENT ? 1200 : 3600; /* the smaller wins */
		lab_start(&lab, i, &cfg);
	}
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_int_equal(lab.s[SERVER].keys.life_s, 1200);
	lab.cut = true;
	lab_run(&lab, 1199000);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	lab_run(&lab, 7000);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_string_equal(lab.s[SERVER].child_down_reason, "esp-expired");
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_run(&lab, 6000000);
	assert_int_equal(lab.s[SERVER].n_down + lab.s[CLIENT].n_down, 2);
	lab_free(&lab);
}

/* A peer never learns an SPI that we could not decrypt. */
static void answer_waits_for_the_data_plane(void **state)
{
	unsigned before;

	(void)state;
	lab_default(&lab);
	lab.s[SERVER].hold_install = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_add, 1);
	before = lab.sent;
	assert_int_equal(before, 7); /* QM1 was the last */
	ike_child_added(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_child, true);
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);
}

static void refused_install_is_not_answered(void **state)
{
	struct ike_stats stats;

	(void)state;
	lab_default(&lab);
	lab.s[SERVER].refuse_install = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.sent, 7);
	assert_true(lab_noted(&lab.s[SERVER], "esp-install-failed"));
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.children, 0);
	assert_int_equal(stats.phase2_failed, 1);
	lab_run(&lab, 100000);
	assert_string_equal(lab.s[CLIENT].down_reason, "timeout");
	lab_free(&lab);
}

static void esp_proves_a_lost_message_3(void **state)
{
	(void)state;
	lab_default(&lab);
	lab.fault = LAB_LOSE;
	lab.fault_at = 9;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 0);
	ike_child_used(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].child);
	ike_child_used(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].child);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	lab_free(&lab);
}

static void jobs_may_come_back_after_the_end(void **state)
{
	(void)state;
	lab_default(&lab);
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_non_null(lab.s[SERVER].held_dh);
	lab_run(&lab, 40000); /* the half-open SA is gone meanwhile */
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	lab_free(&lab);

	lab_default(&lab);
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_settle(&lab);
	lab_free(&lab); /* gives the job back after ike_free() */
}

static void authenticated_message_moves_the_path(void **state)
{
	struct lab_packet del;
	struct flow moved;

	(void)state;
	lab_default(&lab);
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	moved = lab.s[SERVER].up_flow;
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
	lab_actions(&lab, CLIENT);
	del = lab.queue[lab.head % 64]; /* Delete of the child */
	lab.head = lab.tail;
	moved.remote.port = 40999;
	del.b[40] ^= 1;
	lab_inject(&lab, SERVER, &moved, true, del.b, del.len);
	assert_int_equal(lab.s[SERVER].n_path, 0); /* not authentic */
	del.b[40] ^= 1;
	lab_inject(&lab, SERVER, &moved, true, del.b, del.len);
	assert_int_equal(lab.s[SERVER].n_path, 1);
	assert_int_equal(lab.s[SERVER].up_flow.remote.port, 40999);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	lab_free(&lab);
}

/* H-16: one change in five seconds. */
static void path_changes_are_slow(void **state)
{
	struct craft c;
	static const uint8_t body[8] = {0, 0, 0, 1, PROTO_ISAKMP, 0, 0x60, 2};

	(void)state;
	lab_default(&lab);
	lab.nat = true;
	lab_dial(&lab);
	lab_settle(&lab);
	craft_begin(&c);
	craft_add(&c, PAYLOAD_NOTIFY, body, sizeof(body));
	for (uint32_t i = 1; i <= 6; i++) {
		struct flow away = craft_sa(&lab, SERVER)->flow;

		away.remote.port = (uint16_t)(50000 + i);
		craft_send_from(&lab, &away, EXCHANGE_INFORMATIONAL, 100 + i, c.first,
				craft_chain(&c));
		lab_run(&lab, 2000);
	}
	assert_int_equal(lab.s[SERVER].n_path, 2); /* at 0 and at 6 seconds of 12 */
	lab_free(&lab);
}

static void memory_of_an_established_sa(void **state)
{
	size_t reply = 128, grown_ids = 16 * 4; /* malloc'ed beside the slot */

	(void)state;
	assert_true(sizeof(struct isakmp_sa) + sizeof(struct child) + reply + grown_ids <= 4096);
	assert_true(sizeof(struct handshake) <= 2048);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_listed),
		cmocka_unit_test(main_and_quick_mode),
		cmocka_unit_test(every_group_hash_and_key_length),
		cmocka_unit_test(client_behind_nat_floats_to_4500),
		cmocka_unit_test(force_encap_makes_the_client_float),
		cmocka_unit_test(server_behind_nat),
		cmocka_unit_test(changed_quick_message_2),
		cmocka_unit_test(message_3_from_elsewhere),
		cmocka_unit_test(without_natt_no_encapsulation),
		cmocka_unit_test(one_fault_in_any_message),
		cmocka_unit_test(doubled_messages_are_not_computed_again),
		cmocka_unit_test(stored_reply_at_most_three_times),
		cmocka_unit_test(nobody_there_ends_in_timeout),
		cmocka_unit_test(client_closes),
		cmocka_unit_test(lifetimes_end_things),
		cmocka_unit_test(answer_waits_for_the_data_plane),
		cmocka_unit_test(refused_install_is_not_answered),
		cmocka_unit_test(esp_proves_a_lost_message_3),
		cmocka_unit_test(jobs_may_come_back_after_the_end),
		cmocka_unit_test(authenticated_message_moves_the_path),
		cmocka_unit_test(path_changes_are_slow),
		cmocka_unit_test(memory_of_an_established_sa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
