/* test_rig: an LNS and a LAC over a wire in virtual time, for this room's tests. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "l2tp/l2tp.h"
#include "test_octets.h"

#define RIG_ACTS 512

struct rig_act {
	enum l2tp_act_kind kind;
	struct l2tp_path path;
	uint16_t tunnel_id, session_id;
	uint32_t call;
	struct l2tp_result result;
	struct l2tp_call_info info;
	struct note note;
	size_t len;
	uint8_t bytes[1500];
	uint64_t at_ms;
};

struct rig_end {
	struct l2tp *l;
	struct rig_act acts[RIG_ACTS]; /* the last ones */
	unsigned n_acts;
};

struct rig {
	struct timerq timers;
	uint64_t now;
	uint64_t random;
	struct l2tp_path path;
	struct rig_end lns, lac;
	bool wire; /* sends are delivered to the other end */
	unsigned n_sent;
	/* what the wire does to the k-th message: 0 deliver, 1 lose, 2 twice */
	int (*fate)(struct rig *r, unsigned k);
	unsigned victim;
};

struct l2tp_config rig_config(struct rig *r);
void rig_open(struct rig *r, const struct l2tp_config *lns, const struct l2tp_config *lac);
void rig_close(struct rig *r);

/* Takes the actions of both ends, delivering sends, until there are none. */
void rig_drain(struct rig *r);
/* Lets ms pass, timers and wire included. */
void rig_pass(struct rig *r, uint64_t ms);

/* How many actions of the kind the end has seen, and the last one (or NULL). */
unsigned rig_count(const struct rig_end *e, enum l2tp_act_kind kind);
const struct rig_act *rig_last(const struct rig_end *e, enum l2tp_act_kind kind);
bool rig_noted(const struct rig_end *e, const char *reason);
void rig_forget(struct rig_end *e);

/* A control message typed by hand: header fields and AVPs in hex, to the LNS over path. */
void rig_script(struct rig *r, const struct l2tp_path *path, uint16_t tunnel, uint16_t session,
		uint16_t ns, uint16_t nr, const char *avps);

static inline uint16_t rig_u16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

/* Message type of a control message, 0 for a ZLB. */
static inline unsigned rig_type(const struct rig_act *a)
{
	return a->len > 12 ? rig_u16(a->bytes + 18) : 0;
}

/* The value of the AVP in a control message, or NULL. */
const uint8_t *rig_avp(const struct rig_act *a, uint16_t type, size_t *len);
