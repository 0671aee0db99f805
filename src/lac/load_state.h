/*
 * load_state: the states of a client of the load generator (enum load_state in load.h) and what
 * is done between them. Private to load_client.c and the test of the table.
 */
#pragma once

#include "base/fsm.h"

enum load_action {
	ACT_NONE,
	ACT_DIAL,
	ACT_UP,
	ACT_FAILED,
	ACT_TOO_LATE,
	ACT_LOST,
	ACT_HANG_UP,
	ACT_VANISH,
	ACT_IN_LINE,
	ACT_CLOSED,
	ACT_UNHEARD,
	ACT_LEAVE_LINE,
};

extern const struct fsm load_fsm; /* enum load_state, enum load_event */
