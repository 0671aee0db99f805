/*
 * load_state: the table of a client of the load generator: every state and event. Called by
 * load_client.c.
 */
#include "load_state.h"

#include "load.h"

#define AT(state, event) [(CLIENT_##state) * LOAD_EVENTS + (LOAD_EV_##event)]
#define DO(state, act)   FSM_DO(CLIENT_##state, act)
#define NOT(state, why)  FSM_IGNORE(CLIENT_##state, why)

static const struct fsm_cell cells[CLIENT_STATES * LOAD_EVENTS] = {
	AT(IDLE, GO) = DO(DIALLING, ACT_DIAL),
	AT(IDLE, UP) = NOT(IDLE, "there is no call"),
	AT(IDLE, DOWN) = NOT(IDLE, "there is no call"),
	AT(IDLE, LATE) = NOT(IDLE, "it has no deadline"),
	AT(IDLE, HANG_UP) = NOT(IDLE, "there is no call"),
	AT(IDLE, VANISH) = NOT(IDLE, "there is no call"),
	AT(IDLE, LEAVE) = DO(GONE, ACT_LEAVE_LINE),

	AT(DIALLING, GO) = NOT(DIALLING, "it dials"),
	AT(DIALLING, UP) = DO(UP, ACT_UP),
	AT(DIALLING, DOWN) = DO(BACKOFF, ACT_FAILED),
	AT(DIALLING, LATE) = DO(BACKOFF, ACT_TOO_LATE),
	AT(DIALLING, HANG_UP) = NOT(DIALLING, "only calls that are up churn"),
	AT(DIALLING, VANISH) = NOT(DIALLING, "only calls that are up vanish"),
	AT(DIALLING, LEAVE) = DO(LEAVING, ACT_HANG_UP),

	AT(UP, GO) = NOT(UP, "it is up"),
	AT(UP, UP) = NOT(UP, "its traffic keeps the addresses that it began with"),
	AT(UP, DOWN) = DO(BACKOFF, ACT_LOST),
	AT(UP, LATE) = NOT(UP, "it has no deadline"),
	AT(UP, HANG_UP) = DO(CLOSING, ACT_HANG_UP),
	AT(UP, VANISH) = DO(IDLE, ACT_VANISH),
	AT(UP, LEAVE) = DO(LEAVING, ACT_HANG_UP),

	AT(BACKOFF, GO) = NOT(BACKOFF, "it is not in line"),
	AT(BACKOFF, UP) = NOT(BACKOFF, "there is no call"),
	AT(BACKOFF, DOWN) = NOT(BACKOFF, "there is no call"),
	AT(BACKOFF, LATE) = DO(IDLE, ACT_IN_LINE),
	AT(BACKOFF, HANG_UP) = NOT(BACKOFF, "there is no call"),
	AT(BACKOFF, VANISH) = NOT(BACKOFF, "there is no call"),
	AT(BACKOFF, LEAVE) = DO(GONE, ACT_LEAVE_LINE),

	AT(CLOSING, GO) = NOT(CLOSING, "it is not in line"),
	AT(CLOSING, UP) = NOT(CLOSING, "it hangs up"),
	AT(CLOSING, DOWN) = DO(IDLE, ACT_CLOSED),
	AT(CLOSING, LATE) = DO(IDLE, ACT_UNHEARD),
	AT(CLOSING, HANG_UP) = NOT(CLOSING, "it does"),
	AT(CLOSING, VANISH) = NOT(CLOSING, "it hangs up"),
	AT(CLOSING, LEAVE) = DO(LEAVING, ACT_NONE),

	AT(LEAVING, GO) = NOT(LEAVING, "the run is over"),
	AT(LEAVING, UP) = NOT(LEAVING, "the run is over"),
	AT(LEAVING, DOWN) = DO(GONE, ACT_CLOSED),
	AT(LEAVING, LATE) = DO(GONE, ACT_UNHEARD),
	AT(LEAVING, HANG_UP) = NOT(LEAVING, "it does"),
	AT(LEAVING, VANISH) = NOT(LEAVING, "the run is over"),
	AT(LEAVING, LEAVE) = NOT(LEAVING, "it does"),

	AT(GONE, GO) = NOT(GONE, "the run is over"),
	AT(GONE, UP) = NOT(GONE, "the run is over"),
	AT(GONE, DOWN) = NOT(GONE, "the run is over"),
	AT(GONE, LATE) = NOT(GONE, "the run is over"),
	AT(GONE, HANG_UP) = NOT(GONE, "the run is over"),
	AT(GONE, VANISH) = NOT(GONE, "the run is over"),
	AT(GONE, LEAVE) = NOT(GONE, "the run is over"),
};

static const char *const state_names[CLIENT_STATES] = {
	"idle", "dialling", "up", "backoff", "closing", "leaving", "gone",
};

static const char *const event_names[LOAD_EVENTS] = {
	"go", "up", "down", "late", "hang-up", "vanish", "leave",
};

const struct fsm load_fsm = {
	.name = "load",
	.state_names = state_names,
	.event_names = event_names,
	.n_states = CLIENT_STATES,
	.n_events = LOAD_EVENTS,
	.cells = cells,
};
