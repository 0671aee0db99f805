/*
 * fsm: state machines as tables. A room lays out a dense array of cells,
 * cells[state * n_events + event]; every cell is listed, either with an action
 * or with the reason why the event is ignored there. fsm_check() proves it in
 * the room's unit test, and fsm_cell() is the only look-up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fsm_cell {
	uint8_t next;                /* state after the action */
	uint8_t action;              /* the room's own enum; 0 is "none" */
	const char *ignored_because; /* set when nothing happens here */
	bool listed;
};

struct fsm {
	const char *name;
	const char *const *state_names;
	const char *const *event_names;
	uint8_t n_states;
	uint8_t n_events;
	const struct fsm_cell *cells;
};

/* Cell initialisers: designated as [STATE * N_EVENTS + EVENT] = FSM_DO(...). */
#define FSM_DO(next_state, act)                                                                    \
	{                                                                                          \
		.next = (next_state), .action = (act), .listed = true                              \
	}
#define FSM_IGNORE(same_state, why)                                                                \
	{                                                                                          \
		.next = (same_state), .ignored_because = (why), .listed = true                     \
	}

static inline const struct fsm_cell *fsm_cell(const struct fsm *f, unsigned state, unsigned event)
{
	if (state >= f->n_states || event >= f->n_events)
		return NULL;
	return &f->cells[state * f->n_events + event];
}

/* The first cell that is not listed, as "STATE/EVENT" into buf; true when all are. */
bool fsm_check(const struct fsm *f, char *buf, size_t cap);
