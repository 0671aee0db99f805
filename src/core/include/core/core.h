/*
 * core: the sessions, and the glue that runs the pure rooms.
 *
 * One struct core is the control thread's whole state: it takes punts from the
 * workers, hands them to ike, l2tp and ppp, and carries out their actions. No
 * locks: every function here is called on the control thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "ike/ike.h"
#include "os/os.h"
#include "os/priv.h"

struct core;

struct core_config {
	const struct os *os;
	const struct priv_ops *priv;
	unsigned workers;      /* 1 to DP_WORKERS_MAX */
	unsigned sessions_max; /* for each worker */
	bool threads;          /* workers are threads; else core_run() runs them (tests) */
	uint8_t machine;       /* dp_config.machine */
	/* Runs ike_dh_run(job) somewhere and calls core_dh_done() on the control thread. */
	void (*submit)(void *ctx, struct ike_dh_job *job);
	void *submit_ctx;
	bool spare_keys; /* Diffie-Hellman pairs are made ahead while no sum is out */
};

struct core *core_new(const struct core_config *cfg);

/* Ends every session towards its peer as far as one round of sends goes, undoes
 * TAPs and NAT, stops the workers, frees everything. */
void core_free(struct core *c);

/* Takes effect whole or not at all, at once; on success c owns cfg. A port that somebody holds is
 * no failure: it is tried each second until it is free; error says who holds it, and is
 * empty when every service has its sockets. */
bool core_apply(struct core *c, struct config *cfg, char *error, size_t cap);

/* Everything that waits: punts, timers, actions. Returns the next deadline in
 * milliseconds of os->now_ms, or TIMER_NEVER. */
uint64_t core_run(struct core *c);

void core_dh_done(struct core *c, struct ike_dh_job *job);

/* Readable when core_run() has punts to read; -1 before core_apply(). */
int core_punt_fd(const struct core *c);
