/* Each client system that our LAC plays, against our LNS: what it says on the wire, that
 * it connects and leaves, whatever one message the wire loses or doubles. */
#include "test_rig.h"

#include "quirk.h"
#include "state.h"

static struct rig rig;

/* How the systems are taken by the ledger, and their window. */
static const struct {
	const char *habit, *system;
	uint16_t window;
	uint32_t retransmit_ms, retransmit_max_ms;
} systems[] = {
	{"windows", "Windows 10/11", 8, 1000, 8000},
	{"windows7", "Windows 7", 8, 1000, 8000},
	{"windows8.1", "Windows 8.1", 8, 1000, 8000},
	{"apple", "macOS/iOS", 4, 1000, 4000},
	{"android", "Android", 1, 2000, 2000},
	{"xl2tpd", "Linux (xl2tpd)", 4, 1000, 8000},
	{"kl2tpd", "Linux (kl2tpd)", 4, 1000, 8000},
	{"mikrotik", "MikroTik", 4, 1000, 8000},
	{"cisco", "Cisco IOS", 4, 1000, 8000},
	{"windows-xp", "Windows 2000/XP", 8, 1000, 8000},
};
#define N_SYSTEMS (sizeof(systems) / sizeof(systems[0]))

static int fate_of_one(struct rig *r, unsigned k)
{
	return k == r->victim % 1000 ? (int)(r->victim / 1000) : 0;
}

static void open_as(size_t n, unsigned victim)
{
	struct l2tp_config lns, lac;

	memset(&rig, 0, sizeof(rig));
	lns = lac = rig_config(&rig);
	lac.habit = l2tp_habit_by_name(systems[n].habit);
	assert_non_null(lac.habit);
	lac.rx_window = systems[n].window;
	lac.retransmit_ms = systems[n].retransmit_ms;
	lac.retransmit_max_ms = systems[n].retransmit_max_ms;
	lac.hello_s = 0;
	lac.shard_bits = 0;
	rig_open(&rig, &lns, &lac);
	rig.victim = victim;
	rig.fate = fate_of_one;
	assert_int_not_equal(l2tp_dial(rig.lac.l, rig.now, &rig.path), 0);
}

static const struct rig_act *message(const struct rig_end *e, unsigned type)
{
	for (unsigned i = 0; i < e->n_acts; i++)
		if (e->acts[i].kind == L2TP_ACT_SEND && rig_type(&e->acts[i]) == type)
			return &e->acts[i];
	return NULL;
}

static void hang_up(void)
{
	l2tp_call_close(rig.lac.l, rig.now, rig_last(&rig.lac, L2TP_ACT_CALL_UP)->call,
			(struct l2tp_result){3, 0, "user"});
	rig_pass(&rig, 100000);
}

static void whole_life(size_t n, unsigned victim)
{
	struct l2tp_stats lns, lac;

	open_as(n, victim);
	rig_pass(&rig, 30000);
	assert_int_equal(rig_count(&rig.lns, L2TP_ACT_CALL_UP), 1);
	assert_int_equal(rig_count(&rig.lac, L2TP_ACT_CALL_UP), 1);
	assert_string_equal(rig_last(&rig.lns, L2TP_ACT_CALL_UP)->info.client_system,
			    systems[n].system);
	hang_up();
	l2tp_get_stats(rig.lns.l, &lns);
	l2tp_get_stats(rig.lac.l, &lac);
	assert_int_equal(lns.tunnels + lns.calls + lac.tunnels + lac.calls, 0);
	if (victim == 999)
		assert_int_equal(lac.drop_strict, 0);
}

static void every_system_lives_through_any_one_fault(void **state)
{
	(void)state;
	for (size_t n = 0; n < N_SYSTEMS; n++) {
		unsigned messages;

		whole_life(n, 999);
		messages = rig.n_sent;
		assert_true(messages >= 8);
		rig_close(&rig);
		for (unsigned k = 0; k < messages; k++) {
			for (unsigned what = 1; what <= 2; what++) {
				whole_life(n, what * 1000 + k);
				rig_close(&rig);
			}
		}
	}
}

/* Every row is played above. */
static void no_row_is_forgotten(void **state)
{
	const struct l2tp_habit *h;
	unsigned n = 0;

	(void)state;
	while ((h = l2tp_habit(n)))
		assert_string_equal(h->name, systems[n++].habit);
	assert_int_equal(n, N_SYSTEMS);
	assert_null(l2tp_habit_by_name("amiga"));
}

static void check_order(const struct rig_act *a, const uint8_t *order, const char *names)
{
	size_t at = 12 + 8;

	for (; *order; order++) {
		if (*order == AVP_CHALLENGE)
			continue;
		assert_true(at + 6 <= a->len);
		assert_int_equal(rig_u16(a->bytes + at + 4), *order);
		assert_int_equal((rig_u16(a->bytes + at) & 0x8000) != 0,
				 *order != AVP_FIRMWARE_REVISION && *order != AVP_VENDOR_NAME);
		at += rig_u16(a->bytes + at) & 0x3ff;
	}
	assert_int_equal(at, a->len);
	assert_non_null(names);
}

static void their_requests_have_their_avps_in_their_order(void **state)
{
	const uint8_t *v;
	size_t len;

	(void)state;
	for (size_t n = 0; n < N_SYSTEMS; n++) {
		open_as(n, 999);
		rig_drain(&rig);
		check_order(message(&rig.lac, MSG_SCCRQ),
			    l2tp_habit_by_name(systems[n].habit)->sccrq, systems[n].habit);
		v = rig_avp(message(&rig.lac, MSG_SCCRQ), AVP_RECEIVE_WINDOW_SIZE, &len);
		assert_int_equal(v ? rig_u16(v) : 0,
				 strcmp(systems[n].habit, "kl2tpd") ? systems[n].window : 0);
		rig_close(&rig);
	}
}

static void windows_counts_and_correlates(void **state)
{
	const struct rig_act *icrq;
	const uint8_t *v;
	size_t len, at = 12;

	(void)state;
	open_as(0, 999);
	rig_drain(&rig);
	v = rig_avp(message(&rig.lac, MSG_SCCRQ), AVP_ASSIGNED_TUNNEL_ID, &len);
	assert_int_equal(rig_u16(v), 1);
	icrq = message(&rig.lac, MSG_ICRQ);
	while (at < icrq->len && rig_u16(icrq->bytes + at + 2) != 311)
		at += rig_u16(icrq->bytes + at) & 0x3ff;
	assert_int_equal(rig_u16(icrq->bytes + at), 22); /* no M */
	assert_int_equal(at + 22, icrq->len);
	hang_up();
	v = rig_avp(message(&rig.lac, MSG_STOPCCN), AVP_RESULT_CODE, &len);
	assert_int_equal(rig_u16(v), 6);
	rig_close(&rig);
}

/* Our LNS reads what Apple means, behind ICRQ sent with SCCCN. */
static void apple_is_in_a_hurry_and_swaps(void **state)
{
	const struct rig_act *scccn, *icrq;
	const uint8_t *v;
	size_t len;

	(void)state;
	open_as(3, 999);
	rig_drain(&rig);
	scccn = message(&rig.lac, MSG_SCCCN);
	icrq = message(&rig.lac, MSG_ICRQ);
	assert_true(icrq > scccn);
	for (const struct rig_act *a = scccn + 1; a < icrq; a++)
		assert_int_not_equal(a->kind, L2TP_ACT_SEND);
	assert_int_equal(rig_u16(icrq->bytes + 10), 1); /* nothing came in between */
	v = rig_avp(message(&rig.lac, MSG_SCCRQ), AVP_HOST_NAME, &len);
	assert_memory_equal(v, "MacBook", 8);
	assert_int_equal(len, 8);
	hang_up();
	v = rig_avp(message(&rig.lac, MSG_CDN), AVP_RESULT_CODE, &len);
	assert_int_equal(len, 8);
	assert_int_equal(rig_u16(v), 0x0300);
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.result, 3);
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.error, 0);
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_TUNNEL_DOWN)->result.result, 1);
	rig_close(&rig);
}

static void android_waits_and_ends_with_one_word(void **state)
{
	const struct rig_act *a;
	bool acked = false;

	(void)state;
	open_as(4, 999);
	rig.wire = false;
	rig_drain(&rig);
	a = message(&rig.lac, MSG_SCCRQ);
	l2tp_input(rig.lns.l, rig.now, &rig.path, (struct bytes){a->bytes, a->len});
	rig_drain(&rig);
	a = message(&rig.lns, MSG_SCCRP);
	l2tp_input(rig.lac.l, rig.now, &rig.path, (struct bytes){a->bytes, a->len});
	rig_drain(&rig);
	assert_non_null(message(&rig.lac, MSG_SCCCN));
	assert_null(message(&rig.lac, MSG_ICRQ));
	rig.wire = true;
	rig_pass(&rig, 10000);
	for (unsigned i = 0; i < rig.lac.n_acts; i++) {
		if (rig.lac.acts[i].kind == L2TP_ACT_SEND && rig_type(&rig.lac.acts[i]) == MSG_ICCN)
			acked = true;
		if (rig.lac.acts[i].kind == L2TP_ACT_CALL_UP)
			assert_true(acked);
	}
	assert_int_equal(rig_count(&rig.lac, L2TP_ACT_CALL_UP), 1);
	hang_up();
	assert_null(message(&rig.lac, MSG_CDN));
	assert_int_equal(rig_last(&rig.lns, L2TP_ACT_CALL_DOWN)->result.result, 6);
	rig_close(&rig);
}

/* What mtpd does not take our Android does not take: the check can fail. */
static void android_is_strict(void **state)
{
	const struct rig_act *sccrp;
	struct l2tp_stats stats;
	uint8_t msg[256];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		size_t len;

		open_as(4, 999);
		rig.wire = false;
		rig_drain(&rig);
		l2tp_input(rig.lns.l, rig.now, &rig.path,
			   (struct bytes){message(&rig.lac, MSG_SCCRQ)->bytes,
					  message(&rig.lac, MSG_SCCRQ)->len});
		rig_drain(&rig);
		sccrp = message(&rig.lns, MSG_SCCRP);
		len = sccrp->len;
		memcpy(msg, sccrp->bytes, len);
		if (i == 0)
			msg[len++] = 0; /* more than the Length says */
		else if (i == 1)
			msg[12] = 0; /* Message Type without M */
		else if (i == 2)
			msg[11] = 0; /* its SCCRQ is not acknowledged */
		l2tp_input(rig.lac.l, rig.now, &rig.path, (struct bytes){msg, len});
		rig_drain(&rig);
		l2tp_get_stats(rig.lac.l, &stats);
		assert_int_equal(stats.drop_strict, i < 3);
		assert_int_equal(message(&rig.lac, MSG_SCCCN) != NULL, i == 3);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_row_is_forgotten),
		cmocka_unit_test(every_system_lives_through_any_one_fault),
		cmocka_unit_test(their_requests_have_their_avps_in_their_order),
		cmocka_unit_test(windows_counts_and_correlates),
		cmocka_unit_test(apple_is_in_a_hurry_and_swaps),
		cmocka_unit_test(android_waits_and_ends_with_one_word),
		cmocka_unit_test(android_is_strict),
	};

	return cmocka_run_group_tests_name("l2tp_habit", tests, NULL, NULL);
}
