/*
 * test_world: one hub with five ports, and what becomes of a frame: the decision carried out at
 * all of them. For test_forward.c and test_policy.c.
 */
#pragma once

#include "hub/forward.h"
#include "test_frames.h"

#define WORLD_HUB 1
#define STEP_MS   60000

enum world_port { A, B, SESSION, WAY_OUT, OTHER_SESSION, WORLD_PORTS };

/* The numbers are not the indexes. */
#define NUMBER(i)        (UINT32_C(100) + (i))
#define SESSION_MAC_BITS (UINT64_C(0x5a01) << 32) /* port_mac.h: hub 1 */
#define SESSION_MAC(i)   (SESSION_MAC_BITS | NUMBER(i))
#define SESSION_IP(i)    (IP(200) + (uint32_t)(i))

struct world {
	struct hub_switch sw;
	struct hub hub;
	struct hub_port ports[WORLD_PORTS];
	struct hub_options options;
	struct hub_policy policies[WORLD_PORTS];
	struct neigh neigh;
	uint64_t now_ms;

	/* what became of the last frame */
	struct hub_decision d;
	struct hub_headers h;
	unsigned reached; /* bit i: port i */
	enum hub_drop at[WORLD_PORTS];
	struct hub_edit edit[WORLD_PORTS];
	uint8_t answer[FRAME_ANSWER_MAX];
};

/* Reasons seen in this program, for the test that each is reached. */
extern bool world_seen[HUB_DROP_N];

void world_make(struct world *w);
void world_free(struct world *w);
void world_configure(struct world *w); /* after options or policies were changed */

/* Sends the frame in by port in; returns the drop (of the forwarding, else of the only port that
 * it went to), HUB_PASS when it arrived anywhere, was answered or went to control. */
enum hub_drop world_send(struct world *w, enum world_port in, const struct frame *f);
