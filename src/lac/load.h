/*
 * load: what the files of the load generator share. Clients belong to a thread each; a
 * thread owns its clients, its sockets, its timers and its counts, and nothing on the
 * way of a packet is shared with another one. The main thread tells the phase and reads
 * the counts (load_main.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/secret.h"
#include "base/timerq.h"
#include "lac/lac.h"
#include "load_path.h"
#include "load_stats.h"
#include "load_traffic.h"

#define LOAD_CLIENTS_MAX 1000000
#define LOAD_THREADS_MAX 64
#define LOAD_USER_MAX    128
#define LOAD_TICK_US     50

struct load_options {
	struct ip_addr server;
	struct secret psk, password;
	const char *user; /* %d in it: the client's number, from 1 */
	const struct lac_profile *profile;
	bool raw, json, abandon, fresh_keys;
	unsigned clients, threads;
	unsigned rate;   /* dials a second, of all; 0: as fast as the window lets them */
	unsigned window; /* dials under way, of all */
	unsigned seconds, setup_s, dial_s;
	unsigned churn; /* calls a second that hang up and dial again, of all */
	bool storm;
	unsigned storm_s; /* second of the traffic at which all vanish */
	uint32_t sources; /* host order, with sources_bits; 0: one address, a port each */
	unsigned sources_bits;
	struct load_traffic_options traffic;
};

/* What the main thread asks for; the threads go along within 100 ms. */
enum load_phase {
	LOAD_SETUP,   /* dial, no traffic */
	LOAD_TRAFFIC, /* traffic, churn, pings */
	LOAD_DRAIN,   /* no more packets out: what is under way may arrive */
	LOAD_LEAVE,   /* hang up, no dials */
	LOAD_QUIT,    /* end now, without a word */
};

struct load_thread;

/* The states of one client's calls (load_client.c). */
enum load_state {
	CLIENT_IDLE, /* in line for a dial, or not yet */
	CLIENT_DIALLING,
	CLIENT_UP,
	CLIENT_BACKOFF,
	CLIENT_CLOSING, /* hangs up to dial again */
	CLIENT_LEAVING, /* hangs up for good */
	CLIENT_GONE,
	CLIENT_STATES
};

struct load_client {
	struct load_thread *thread;
	struct lac *lac; /* NULL: no call */
	struct load_socket *socket;
	struct timer timer;
	struct list turn; /* of the thread: has something to do */
	struct list line; /* of the thread: waits for its dial */
	struct list sums; /* of the thread: has a sum to run */
	struct ike_dh_job *sum[2];
	unsigned n_sums;
	uint32_t number;    /* from 0, over all threads */
	uint32_t source_ip; /* host order; 0: the kernel's choice */
	enum load_state state;
	enum lac_state reached;
	bool settled, heard;  /* heard: something has come since the dial */
	unsigned failures;    /* in a row */
	uint64_t dialled_us;  /* when */
	uint64_t deadline_ms; /* of the state; TIMER_NEVER: none */
	struct note refusal;  /* the last one of this dial */
	struct load_traffic traffic;
};

struct load_thread {
	const struct load_options *opt;
	unsigned index;
	struct load_client *clients;
	unsigned n_clients;
	struct load_net net;
	struct load_path path;
	struct lac_shared *shared;
	struct ike_load_pair *pair; /* NULL: fresh keys */
	struct timerq timers;       /* in ticks of LOAD_TICK_US: packets leave when they are due */
	struct list turns, line, sums;
	uint64_t now_us;

	/* from the main thread */
	int wake;
	int phase;       /* enum load_phase */
	unsigned storms; /* how many so far */

	enum load_phase phase_seen;
	unsigned storms_seen;
	unsigned next_churn, next_leave; /* clients, by turns */
	struct load_pace dials, churns, leaves;
	unsigned gone;
	int done; /* everybody has left, or it was told to quit */
	struct load_stats stats;
};

/* ---- load_thread.c ---- */

/* Fills *t, which is zeroed; false: a sentence is on stderr. */
bool load_thread_init(struct load_thread *t, const struct load_options *opt, unsigned index);
void load_thread_free(struct load_thread *t);
void *load_thread_run(void *thread); /* pthread's */

static inline uint64_t load_now_ms(const struct load_thread *t)
{
	return t->now_us / 1000;
}

/* The client has something to do in this turn of its thread. */
void load_thread_wants(struct load_thread *t, struct load_client *c);

/* ---- load_client.c ---- */

void load_client_init(struct load_client *c, struct load_thread *t, uint32_t number);
void load_client_free(struct load_client *c); /* without a word */

enum load_event {
	LOAD_EV_GO, /* its dial's turn has come */
	LOAD_EV_UP,
	LOAD_EV_DOWN,    /* the call is over */
	LOAD_EV_LATE,    /* deadline_ms */
	LOAD_EV_HANG_UP, /* churn */
	LOAD_EV_VANISH,  /* storm */
	LOAD_EV_LEAVE,
	LOAD_EVENTS
};
void load_client_event(struct load_client *c, enum load_event ev);

/* Carries out what its call wants, lets traffic out, sets its timer. */
void load_client_turn(struct load_client *c);

/* A datagram of its call that is no ESP packet of its SAs. */
void load_client_input(struct load_client *c, const struct flow *flow, struct bytes datagram);

/* A user packet that came for it. */
void load_client_packet(struct load_client *c, struct bytes packet);

/* Runs one of its sums. */
void load_client_sum(struct load_client *c);

/* ---- load_options.c ---- */

enum load_asked {
	LOAD_GO,
	LOAD_HELP,    /* --help; it is on stdout */
	LOAD_REFUSED, /* a sentence is on stderr */
};
enum load_asked load_options_read(struct load_options *o, int argc, char **argv);

/* ---- load_report.c ---- */

/* Sums at one moment. */
struct load_moment {
	uint64_t at_us, cpu_us; /* CPU time of the process */
	struct load_stats stats;
};

/* The whole run; each moment is behind the one before it. */
struct load_run {
	const struct load_options *opt;
	struct load_moment start, up, end, drained, last; /* up: traffic begins; end: it ends */
	uint64_t storm_us, recovered_us;                  /* 0: none, or not recovered */
	bool interrupted;
};

/* One line for what came between two moments. */
void load_progress(const struct load_run *r, const struct load_moment *before,
		   const struct load_moment *now);
/* The table or, with opt->json, one object, on stdout. */
void load_report(const struct load_run *r);
