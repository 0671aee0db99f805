/* Every cell of the two tables: where it leads, typed from RFC 2661 sections 7.2
 * and 7.4 and from the two end states of our own; and that what is ignored does
 * nothing. */
#include "test_script.h"

/* Rows are states, columns events, in their order. '.': ignored; else the first
 * letter of the next state: Idle, Reply, Conn, Established, Stop-sent, Peer stopped. */
static const char *const tunnel_rows[TUNNEL_STATES] = {
	"RC......I....I.", /* idle */
	".SESSP..SISI.I.", /* wait-ctl-reply */
	".SSESP..S.SI.I.", /* wait-ctl-conn */
	".SSSSP.ES.EIEIE", /* established */
	".....P....IIII.", /* stop-sent */
	"..........I..I.", /* stopped */
};
static const char tunnel_letters[] = "IRCESP";

/* Idle, Tunnel, Reply, Connect, Established. */
static const char *const call_rows[CALL_STATES] = {
	"T.C.....I.I.", /* idle */
	".R......I.IR", /* wait-tunnel */
	"..IEIII.III.", /* wait-reply */
	"..IIEII.III.", /* wait-connect */
	"..IIIII.I.IE", /* established */
};
static const char call_letters[] = "ITRCE";

static void the_tables_are_those_of_the_rfc(void **state)
{
	char why[100];

	(void)state;
	assert_true(fsm_check(&tunnel_fsm, why, sizeof(why)));
	assert_true(fsm_check(&call_fsm, why, sizeof(why)));
	for (unsigned s = 0; s < TUNNEL_STATES; s++) {
		assert_int_equal(strlen(tunnel_rows[s]), TUNNEL_EVENTS);
		for (unsigned e = 0; e < TUNNEL_EVENTS; e++) {
			const struct fsm_cell *c = fsm_cell(&tunnel_fsm, s, e);

			assert_int_equal(c->ignored_because ? '.' : tunnel_letters[c->next],
					 tunnel_rows[s][e]);
			assert_true(!c->ignored_because || c->next == s);
		}
	}
	for (unsigned s = 0; s < CALL_STATES; s++) {
		assert_int_equal(strlen(call_rows[s]), CALL_EVENTS);
		for (unsigned e = 0; e < CALL_EVENTS; e++) {
			const struct fsm_cell *c = fsm_cell(&call_fsm, s, e);

			assert_int_equal(c->ignored_because ? '.' : call_letters[c->next],
					 call_rows[s][e]);
			assert_true(!c->ignored_because || c->next == s);
		}
	}
}

/* The tunnel of a call that is up, its channel empty. */
static struct tunnel *tunnel_up(struct call **call)
{
	uint16_t t = established(), s = call_up(t);

	*call = call_by_handle(rig.lns.l, (uint32_t)t << 16 | s);
	assert_non_null(*call);
	rig_forget(lns);
	return (*call)->tunnel;
}

/* Message-shaped events read l->parse: give them one that has everything. */
static void give_message(uint16_t type)
{
	struct message_parse *p = &rig.lns.l->parse;

	memset(p, 0, sizeof(*p));
	p->m.type = type;
	p->m.present = AVP_BIT(AVP_RESULT_CODE);
	p->m.result = 1;
	p->m.assigned_session_id = 0x31;
	rig.lns.l->engine.refusal = (struct l2tp_result){2, 8, "test"};
	rig.lns.l->session_id = 0;
}

static void every_tunnel_cell_runs(void **state)
{
	struct call *c;

	(void)state;
	for (unsigned s = 0; s < TUNNEL_STATES; s++) {
		for (unsigned e = 0; e < TUNNEL_EVENTS; e++) {
			const struct fsm_cell *cell = fsm_cell(&tunnel_fsm, s, e);
			struct tunnel *t;
			bool gone;

			rig_close(&rig);
			open_with(NULL);
			t = tunnel_up(&c);
			t->ctl.state = (uint8_t)s;
			give_message(MSG_STOPCCN);
			control_event(&t->ctl, rig.now, e);
			gone = t->ctl.gone;
			if (!gone)
				assert_int_equal(t->ctl.state, cell->next);
			assert_int_equal(gone, !cell->ignored_because && cell->next == TUNNEL_IDLE);
			rig_drain(&rig);
			if (cell->ignored_because)
				assert_int_equal(lns->n_acts, 0);
			assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_DOWN), gone);
			/* calls never outlive the tunnel's end */
			if (gone || (cell->next >= TUNNEL_STOP_SENT && s < TUNNEL_STOP_SENT))
				assert_int_equal(rig_count(lns, L2TP_ACT_CALL_DOWN), 1);
		}
	}
}

static void every_call_cell_runs(void **state)
{
	struct call *c;

	(void)state;
	for (unsigned s = 0; s < CALL_STATES; s++) {
		for (unsigned e = 0; e < CALL_EVENTS; e++) {
			const struct fsm_cell *cell = fsm_cell(&call_fsm, s, e);
			bool gone;

			rig_close(&rig);
			open_with(NULL);
			tunnel_up(&c);
			c->ses.state = (uint8_t)s;
			give_message(MSG_CDN);
			call_event(&c->ses, rig.now, e);
			gone = c->ses.gone;
			if (!gone)
				assert_int_equal(c->ses.state, cell->next);
			assert_int_equal(gone, !cell->ignored_because && cell->next == CALL_IDLE);
			rig_drain(&rig);
			if (cell->ignored_because)
				assert_int_equal(lns->n_acts, 0);
			assert_int_equal(rig_count(lns, L2TP_ACT_CALL_DOWN), gone);
			assert_int_equal(stats_now().calls, !gone);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_those_of_the_rfc),
		cmocka_unit_test_setup_teardown(every_tunnel_cell_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(every_call_cell_runs, setup, teardown),
	};

	return cmocka_run_group_tests_name("l2tp_tables", tests, NULL, NULL);
}
