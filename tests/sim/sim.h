/*
 * sim: one server and thousands of clients for days of virtual time.
 *
 * The server is the real struct core on the fake operating system, each client
 * the real struct lac; between them NATs and lines that lose, double, delay and
 * reorder datagrams. Persons dial, hang up, vanish, crash, dial again, move to
 * other ports, ping and are pinged; the clock jumps, the server stalls, the
 * administrator ends sessions and changes the configuration: all as a seed says.
 * The judge looks at every datagram, at every session that begins or ends, and at
 * the server's tables every few minutes.
 *
 * Unlike the scripts' world (tests/script) everything here is found by a heap or
 * a map, so that ten thousand clients are affordable; time moves in steps of
 * SIM_STEP_MS.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/timerq.h"
#include "core/api.h"
#include "core/core.h"
#include "lac/lac.h"
#include "os/fake.h"

#define SIM_STEP_MS  20
#define SIM_TAPS     64
#define SIM_SOCKETS  (1 + 2 * SIM_TAPS) /* port 500, port 4500 and ESP of each worker */
#define SIM_SPIS     16
#define SIM_GIVEN_UP 1024 /* ports that NATs took away, remembered */
#define MINUTE_MS    UINT64_C(60000)
#define HOUR_MS      (60 * MINUTE_MS)

/* The addresses: hub 10.64.0.0/16, its host, the pool. */
#define SIM_HOST_IP 0x0a400001u
#define SIM_HELLO_S 60
#define SIM_IDLE_S  1800 /* vpn-idle-timeout of the group policy Idlers */

struct sim;
struct person;

/* What the simulator did: the only things that explain the end of a session. */
enum deed {
	DEED_NONE,
	DEED_DIAL,
	DEED_HANG_UP,
	DEED_VANISH, /* the client is gone without a word */
	DEED_CRASH,  /* gone, and dials again from the same place */
	DEED_MOVE,   /* the NAT forgot it, and the client speaks at once: it must live */
	DEED_REBIND, /* the same, and it says nothing by itself */
	DEED_TAKEN, /* the port that one's NAT forgot was given to another with the same identity */
	DEED_BLACKOUT, /* nothing passes for longer than the protocols wait */
	DEED_LOGOFF,   /* the administrator */
	DEED_QUIET,    /* it makes no traffic: the idle limit may find it */
	DEED_JUMP,     /* the clock jumped by more than the protocols wait, for everybody */
	DEEDS
};

/* A datagram on its way. */
struct datagram {
	struct timer due;
	struct list link; /* sim->flying */
	struct person *person;
	bool to_server, raw;
	struct flow flow; /* as the receiver sees it */
	size_t len;
	uint8_t p[];
};

/* One mapping of a NAT, or the port itself when there is no NAT. */
struct mapping {
	bool used;
	uint16_t inner, outer;
};

/* A port that a NAT took from somebody. */
struct given_up {
	uint64_t key; /* as in sim->outer */
	struct person *person;
	uint64_t ms;
};

/* What a client's line does, in parts of 10000. */
struct line {
	uint32_t delay_ms, jitter_ms;
	uint32_t lose, twice, late;
	uint64_t last_due_ms[2]; /* nothing overtakes but what is late on purpose */
	uint64_t lost_ms[2];     /* the last two losses: never three in LOSS_WINDOW_MS */
};

/* The highest sequence number of an ESP SA of the server's. */
struct spi_seen {
	uint64_t key; /* address and SPI */
	uint32_t seq;
};

struct ping {
	uint64_t sent_ms; /* 0: none is out */
	uint32_t nonce;
	bool fair; /* it must be answered: nothing can lose it */
};

/* What the server's log says of a person. */
struct server_view {
	unsigned up_now;
	uint64_t ups, ends;
	uint64_t up_ms; /* the last time */
};

struct person {
	struct sim *sim;
	unsigned index;
	struct lac *lac;
	bool impostor; /* a wrong password or key: never gets in */
	bool quiet;    /* never makes traffic */
	bool plain;    /* no NAT traversal */
	bool natted;
	struct ip_addr inner, outer;
	struct mapping map[3];
	struct line line;
	struct timer lac_timer, act_timer;
	bool leaving; /* the end of the simulation: hangs up, dials no more */
	bool present; /* false: vanished, no datagram passes */
	bool stirs;   /* moved, and not answered yet */
	bool up;
	uint32_t ip; /* host order, when up */
	uint64_t did_ms[DEEDS];
	uint64_t dark_until_ms; /* a blackout */
	uint64_t up_ms, down_ms, traffic_ms;
	uint64_t ups, downs;
	uint32_t life; /* how many clients this person has been: crashes begin a new one */
	struct server_view server;
	struct ping ping[2]; /* from the client; from the host */
};

struct sim_options {
	uint64_t seed;
	unsigned persons, workers;
	uint64_t hours;
	bool verbose, progress;
};

struct sim_counts {
	uint64_t to_server, to_client, lost, doubled, nobody; /* nobody: no NAT mapping */
	uint64_t accepted; /* datagrams in a socket of the server's */
	uint64_t full;     /* that found its queue full */
	uint64_t dials, ups, downs, refused;
	uint64_t server_ups, server_ends, server_ends_up;
	uint64_t pings, answers, host_pings, host_answers;
	uint64_t tap_in, tap_out; /* frames to and from the server */
	uint64_t deeds[DEEDS];
	uint64_t rebinds, rekeys, renewals, jumps, stalls, changes, audits;
};

struct sim {
	struct sim_options o;
	struct fake *fake;
	struct os os;
	struct priv_ops priv;
	struct core *core;
	uint64_t core_next_ms;
	uint64_t stalled_until_ms;
	bool poked; /* something waits for the server's next round */
	struct ip_addr server;
	struct list sums;
	struct timerq timers; /* datagrams, clients, persons, the world's own */
	struct list flying;
	struct map outer; /* address and port to the person behind it */
	struct given_up given_up[SIM_GIVEN_UP];
	unsigned next_given_up;
	int taps[SIM_TAPS], sockets[SIM_SOCKETS];
	unsigned n_taps, n_sockets;
	uint8_t host_mac[6];
	struct list waiting;       /* the host's packets that wait for ARP */
	struct lac_shared *shared; /* the clients' */
	struct person *persons;
	struct map spis;       /* to the entries of: */
	struct spi_seen *seen; /* the last SIM_SPIS for each person */
	unsigned next_seen;
	struct timer world_timer[5];
	uint64_t jumped_ms;
	unsigned config_round;
	bool ending;
	uint64_t random;
	bool failed;
	size_t heap_start, heap_persons, grown_warm, grown_max, grown_low; /* octets */
	uint64_t sessions_peak;
	struct sim_counts n;
};

uint64_t sim_now(const struct sim *s);
uint64_t sim_random(struct sim *s);
uint32_t sim_dice(struct sim *s, uint32_t sides);    /* 0 to sides - 1 */
uint64_t sim_about(struct sim *s, uint64_t mean_ms); /* exponential, at most 8 times the mean */
/* Lets time pass until then; false when an invariant broke. */
bool sim_until(struct sim *s, uint64_t end_ms);

/* ---- server.c ---- */
bool server_start(struct sim *s);
bool server_round(struct sim *s); /* true: something happened */
bool server_apply(struct sim *s); /* a slightly different configuration takes effect */
void server_stop(struct sim *s);

/* ---- host.c: what stands on the hub's TAP ---- */
bool host_round(struct sim *s);
void host_ping(struct sim *s, struct person *p);
void host_free(struct sim *s);

/* ---- tag.c: pings that say whose they are ---- */
struct tag {
	bool reply;
	uint32_t src, dst; /* host order */
	uint32_t person, life, nonce;
	size_t size; /* octets behind the tag */
};
size_t tag_build(uint8_t *p, const struct tag *t); /* at most 1400 octets */
bool tag_parse(struct bytes packet, struct tag *out);

/* ---- network.c ---- */
void network_from_client(struct person *p, const struct lac_act *a);
bool network_from_server(struct sim *s);
void network_deliver(struct datagram *d);
void network_rebind(struct person *p);
void network_free(struct sim *s);

/* ---- person.c ---- */
void person_init(struct sim *s, struct person *p, unsigned index);
void person_arrive(struct person *p, const struct datagram *d);
void person_dial(struct person *p);
void person_hang_up(struct person *p);
void person_vanish(struct person *p);
void person_crash(struct person *p);
void person_ping(struct person *p);
void person_rekey(struct person *p, bool renew);
void person_free(struct person *p);
/* The person's client has been called: carries out what it wants and arms its timer. */
void person_drain(struct person *p);

/* ---- life.c: who does what, and when ---- */
void life_begin(struct sim *s);
void life_over(struct sim *s);
void life_did(struct person *p, enum deed deed);
void life_tell(const struct person *p, const char *what); /* with -v */
const char *life_deed_name(enum deed deed);

/* ---- judge.c ---- */
/* Prints what broke with seed and virtual time and the command that plays it again. */
void judge_fail(struct sim *s, const struct person *p, const char *invariant, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void judge_log(void *ctx, int level, const char *line);
/* An ESP packet of the server's to somebody at this address. */
void judge_from_server(struct sim *s, const struct ip_addr *to, const uint8_t *esp);
void judge_client_up(struct person *p, const struct ppp_up *up);
void judge_client_down(struct person *p, const char *reason);
void judge_unanswered(struct person *p); /* has its last ping been lost? */
void judge_at_client(struct person *p, const struct tag *t);
void judge_at_host(struct sim *s, const struct tag *t);
/* Was something done to the person in the last ms that may end a session? */
bool judge_disturbed(const struct person *p, uint64_t ms);

/* ---- audit.c ---- */
void audit(struct sim *s);     /* tables, counters, who is up where, memory */
void audit_end(struct sim *s); /* everybody has left */
size_t audit_heap(void);       /* octets of everything that is allocated */
void audit_report(const struct sim *s);
