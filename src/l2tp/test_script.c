/*
 * test_script: the steps of test_script.h. Called by test_tunnel.c and
 * test_clients.c. Never reads a message with the code under test.
 */
#include "test_script.h"

struct rig rig;
struct rig_end *const lns = &rig.lns;

void open_with(void (*change)(struct l2tp_config *cfg))
{
	struct l2tp_config cfg;

	memset(&rig, 0, sizeof(rig));
	cfg = rig_config(&rig);
	if (change)
		change(&cfg);
	rig_open(&rig, &cfg, NULL);
}

int setup(void **state)
{
	(void)state;
	open_with(NULL);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

void say(uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr, const char *avps)
{
	rig_script(&rig, &rig.path, tunnel, session, ns, nr, avps);
}

const struct rig_act *sent(void)
{
	return rig_last(lns, L2TP_ACT_SEND);
}

struct l2tp_stats stats_now(void)
{
	struct l2tp_stats s;

	l2tp_get_stats(rig.lns.l, &s);
	return s;
}

uint16_t avp16(const struct rig_act *a, uint16_t type)
{
	size_t len;
	const uint8_t *v = rig_avp(a, type, &len);

	assert_non_null(v);
	assert_true(len >= 2);
	return rig_u16(v);
}

void strict_client_accepts(const struct rig_act *a, uint16_t tunnel, uint16_t session, uint16_t ns,
			   uint16_t nr)
{
	assert_non_null(a);
	assert_true(a->len >= 12);
	assert_int_equal(rig_u16(a->bytes) & 0xcb0f, 0xc802);
	assert_int_equal(rig_u16(a->bytes + 2), a->len);
	assert_int_equal(rig_u16(a->bytes + 4), tunnel);
	assert_int_equal(rig_u16(a->bytes + 6), session);
	assert_int_equal(rig_u16(a->bytes + 8), ns);
	assert_int_equal(rig_u16(a->bytes + 10), nr);
	if (a->len == 12)
		return;
	assert_int_equal(rig_u16(a->bytes + 12), 0x8008);
	assert_int_equal(rig_u16(a->bytes + 14), 0);
	assert_int_equal(rig_u16(a->bytes + 16), 0);
}

uint16_t start(const char *sccrq)
{
	rig_forget(lns);
	say(0, 0, 0, 0, sccrq);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	assert_int_equal(rig_type(sent()), MSG_SCCRP);
	return avp16(sent(), AVP_ASSIGNED_TUNNEL_ID);
}

uint16_t established(void)
{
	uint16_t t = start(SCCRQ(0021));

	say(t, 0, 1, 1, SCCCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_UP), 1);
	rig_forget(lns);
	return t;
}

uint16_t call_up(uint16_t t)
{
	uint16_t s;

	say(t, 0, 2, 1, ICRQ(0031));
	assert_int_equal(rig_type(sent()), MSG_ICRP);
	s = avp16(sent(), AVP_ASSIGNED_SESSION_ID);
	say(t, s, 3, 2, ICCN);
	assert_int_equal(rig_count(lns, L2TP_ACT_CALL_UP), 1);
	rig_forget(lns);
	return s;
}
