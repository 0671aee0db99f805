/*
 * test_script3: the steps of test_script3.h. Called by the tests that play a peer by
 * hand. Never reads a message with the code under test.
 */
#include "test_script3.h"

int script_setup(void **state)
{
	struct l2tp3_config cfg = rig3_config();

	(void)state;
	rig3_open(&cfg, NULL);
	return 0;
}

int script_teardown(void **state)
{
	(void)state;
	rig3_close();
	return 0;
}

const char *script_with(const char *text, uint32_t id)
{
	static char out[2000];
	const char *at = strstr(text, "%s");

	assert_non_null(at);
	snprintf(out, sizeof(out), "%.*s%08x%s", (int)(at - text), text, id, at + 2);
	return out;
}

uint32_t script_start(const char *sccrq)
{
	rig3_say(0, 0, 0, sccrq);
	return rig3_avp32(rig3_sent(MSG_SCCRP), 0, 61);
}

uint32_t script_established(void)
{
	uint32_t id = script_start(SCCRQ);

	rig3_say(id, 1, 1, SCCCN);
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_CONNECTION_UP), 1);
	rig3_forget(&rig.answer);
	return id;
}

uint32_t script_request(uint32_t connection, const char *icrq)
{
	rig3_say(connection, 2, 1, icrq);
	return rig3_avp32(rig3_sent(MSG_ICRP), 0, 63);
}

uint32_t script_session(uint32_t connection)
{
	uint32_t id = script_request(connection, ICRQ);

	rig3_say(connection, 3, 2, script_with(MT(0c) LOCAL(b1b2b3b4) REMOTE "%s", id));
	assert_int_equal(rig3_count(&rig.answer, L2TP3_ACT_SESSION_UP), 1);
	rig3_forget(&rig.answer);
	return id;
}
