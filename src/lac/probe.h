/*
 * probe: what the files of `sekisho-lac probe` share: what is asked for, what was found out,
 * the questions to a server and the words for people. Private to the command.
 *
 * probe.c runs the steps in their order; each step fills in its part of struct probe, and
 * probe_text.c or probe_json.c says it at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/secret.h"
#include "call.h"
#include "ike/probe.h"
#include "lac/lac.h"

#define PROBE_SYSTEMS 24
#define PROBE_SUITES  288 /* 25 of each of the groups that we know */
#define PROBE_ESPS    40
#define PROBE_WORDS   400

/* ---- what is asked for ---- */

struct probe_options {
	const char *server_text;
	struct ip_addr server;
	struct secret psk, password;
	bool has_psk, has_password;
	const char *user; /* NULL: none */
	bool raw, json, port_500, brief;
	uint64_t timeout_ms; /* of one connection */
	const struct lac_profile *systems[PROBE_SYSTEMS];
	unsigned n_systems;
};

/* probe_options.c. True: go on; else *status is to be exited with. */
bool probe_read_options(struct probe_options *o, int argc, char **argv, int *status);

/* ---- questions without a key (probe_ask.c) ---- */

enum probe_heard {
	HEARD_NOTHING, /* also where the way there is blocked */
	HEARD_CLOSED,  /* the server's system says that nobody listens (ICMP) */
	HEARD_CHOSE,
	HEARD_REFUSED,
	HEARD_STRANGE,
};

/* Asks one question: sets its cookie, sends it at most `tries` times with wait_ms after each,
 * and lets the server forget what it began. us: from the first send to the answer. */
struct probe_asker {
	void *ctx;
	enum probe_heard (*ask)(void *ctx, uint16_t port, struct ike_probe *question,
				unsigned tries, uint32_t wait_ms, struct ike_probe_answer *out,
				uint32_t *us);
};

struct probe_line; /* the sockets of it */
/* NULL with a sentence in err. A line is made while no call is open: both want port 500. */
struct probe_line *probe_line_new(const struct probe_options *o, struct probe_asker *asker,
				  char *err, size_t err_size);
void probe_line_free(struct probe_line *l);

/* ---- 1: the way to the server (probe_reach.c) ---- */

enum probe_known { NOT_KNOWN, KNOWN_NO, KNOWN_YES };

struct probe_reach {
	enum probe_heard ike, natt; /* UDP 500 and 4500 */
	uint32_t ike_us, natt_us;
	struct ike_policy taken;          /* what it chose of a common offer; cipher 0: nothing */
	enum probe_known aggressive;      /* answers Aggressive Mode */
	enum probe_known aggressive_hash; /* with a hash of the key, to guess at */
	unsigned natt_versions;           /* 1 << enum ike_natt */
	bool dpd, fragmentation, xauth;
	unsigned n_vendors;
	struct ike_probe_vendor vendors[IKE_PROBE_VENDORS];
};

/* ---- 2: phase 1 suites (probe_offers.c) ---- */

struct probe_offers {
	bool done;
	unsigned n, questions;
	struct ike_policy accepted[PROBE_SUITES]; /* in our order: the strongest first */
	/* What it does with what it does not take. */
	bool refuses_by_notify, refuses_by_silence;
	unsigned stopped_after; /* questions until it fell silent for everything; 0: it did not */
	unsigned strange;       /* answers with something that was not offered */
	uint32_t life_s;        /* as it answers an offer of PROBE_LIFE_S; 0: none said */
};

#define PROBE_LIFE_S 86400

/* Asks until it is known which suite is taken and which is not. reach: what is known by now. */
void probe_offers_scan(const struct probe_asker *asker, const struct probe_reach *reach,
		       struct probe_offers *out);

/* The n-th suite of a group in our order; false behind the last. */
bool probe_suite(uint8_t group, unsigned n, struct ike_policy *out);
/* What is weak in it: "DES", "MD5, MODP768"; empty: nothing. Returns buf. */
const char *probe_weak_policy(const struct ike_policy *p, char *buf, size_t cap);
const char *probe_weak_esp(const struct burst_alg *a, char *buf, size_t cap);

/* ---- whole connections (probe_call.c) ---- */

enum probe_stop {
	STOP_UP,   /* up, a ping to the peer, hang up */
	STOP_ESP,  /* as soon as ESP is up */
	STOP_AUTH, /* as soon as LCP has agreed on a way to authenticate */
};

struct probe_call {
	struct lac_config lac;
	bool port_any;
	enum probe_stop stop;
	uint64_t timeout_ms;
	uint32_t patience_ms; /* without a step, before PPP; real clients wait longer, in vain */
	struct list *leaving; /* where it goes to hang up */
};

struct probe_result {
	bool ok; /* reached what it was to stop at */
	bool pinged;
	enum lac_state reached; /* the last one */
	char reason[48];        /* why it is not ok: lac's reason, "timeout", "silent", "local" */
	struct note refusal;    /* text empty: none */
	/* microseconds from the dial to each state, 0: not reached; of the ping; of the end */
	uint32_t at_us[LAC_UP + 1], ping_us, hang_up_us;
	struct lac_info info;
	bool nat_known;
	unsigned auth; /* enum ppp_auth that LCP agreed on; 0: none, or LCP did not open */
	bool lcp_open;
	char lcp_offer[NOTE_TEXT]; /* what the server's first LCP request asks for */
	struct ppp_up up;
};

void probe_call(const struct probe_call *call, struct probe_result *out);
/* Until all of them have hung up. */
void probe_leave(struct list *leaving);

/* ---- 3: phase 2 suites and PPP authentication, with a key (probe_suites.c) ---- */

struct probe_suites {
	bool done;
	unsigned n;
	struct burst_alg accepted[PROBE_ESPS];
	enum probe_known plain;  /* transport mode without UDP around it, as agreed */
	enum probe_known encap;  /* in UDP */
	enum probe_known tunnel; /* tunnel mode */
	bool esp50_tried;        /* a whole connection over IP protocol 50 */
	struct probe_result esp50;
};

struct probe_auth {
	bool done;
	unsigned methods;      /* enum ppp_auth bits that it agrees to */
	enum probe_known none; /* asks for no authentication at all */
	char first[NOTE_TEXT];
};

/* ---- 4: the client systems (probe_systems.c) ---- */

enum probe_trouble {
	TROUBLE_NONE,
	TROUBLE_SILENT,   /* nothing comes from UDP 500 */
	TROUBLE_PROPOSAL, /* phase 1: no suite in common */
	TROUBLE_KEY,
	TROUBLE_MAYBE_KEY, /* silence behind message 5, though UDP 4500 answers */
	TROUBLE_PORT_4500, /* silence behind message 5, which went to UDP 4500 */
	TROUBLE_NATTED,    /* Windows does not go on where the server is behind NAT */
	TROUBLE_PHASE1,
	TROUBLE_PHASE2,
	TROUBLE_L2TP_SILENT,
	TROUBLE_RAW_SILENT, /* without IPsec */
	TROUBLE_L2TP,
	TROUBLE_METHOD, /* no PPP authentication in common */
	TROUBLE_LOGIN,
	TROUBLE_ADDRESS,
	TROUBLE_PPP,
	TROUBLE_CLOSED, /* the server closed the connection */
	TROUBLE_LOCAL,  /* here: a port, memory */
	TROUBLE_ROOT,   /* here: ESP without UDP was agreed on, which needs root */
	TROUBLE_COUNT
};

struct probe_system {
	const struct lac_profile *profile;
	bool ok, called;        /* called: a whole connection was tried */
	enum probe_heard heard; /* to its proposal alone */
	uint32_t ike_us;
	struct ike_policy chosen;
	uint16_t notify;
	struct probe_result result;
	enum probe_trouble trouble;
};

/* ---- all of it ---- */

struct probe {
	struct probe_options opt;
	struct probe_reach reach;
	bool nat_known, server_behind_nat, we_behind_nat; /* by NAT-D (RFC 3947 3.2) */
	struct probe_offers offers;
	struct probe_suites suites;
	struct probe_auth auth;
	struct probe_result raw; /* plain L2TP */
	bool raw_tried, raw_answers;
	struct probe_system systems[PROBE_SYSTEMS];
	unsigned n_systems;
	struct list leaving;             /* connections that hang up */
	struct ike_esp esps[PROBE_ESPS]; /* all that we can do */
	size_t n_esps;
	uint64_t took_ms;
};

/* The steps. A line is open for those that take an asker. */
void probe_reach_step(struct probe *p, const struct probe_asker *asker);
void probe_aggressive_step(struct probe *p, const struct probe_asker *asker);
void probe_raw_step(struct probe *p);
void probe_nat_step(struct probe *p); /* without a key: as far as message 4 */
void probe_suites_step(struct probe *p);
void probe_auth_step(struct probe *p);
void probe_system_ask(struct probe *p, struct probe_system *s, const struct probe_asker *asker);
void probe_system_call(struct probe *p, struct probe_system *s);

/* A connection to the server in our own manner. */
struct probe_call probe_own_call(struct probe *p, enum probe_stop stop);

/* ---- words (probe_words.c) ---- */

/* What it is that went wrong. natt: what UDP 4500 said. */
enum probe_trouble probe_trouble(const struct probe_result *r, enum probe_heard natt);
/* Has a reason of its own words? Others are told by the layer that was being set up. */
bool probe_knows(const char *reason);

/* The same for plain L2TP. */
enum probe_trouble probe_raw_trouble(const struct probe *p);

/* "no-proposal" ... for scripts; "IKE phase 1" ...; the likely cause. */
const char *probe_trouble_name(enum probe_trouble t);
const char *probe_layer(enum probe_trouble t);
const char *probe_cause(enum probe_trouble t);
/* What the user of a system sees; NULL: nothing is known of it. */
const char *probe_seen(const struct lac_profile *p, enum probe_trouble t);
/* What to do, for that system, into buf; profile NULL: for any. Returns buf. */
const char *probe_fix(enum probe_trouble t, const struct lac_profile *p, char *buf, size_t cap);
/* The PPP methods that a system takes as it is set up by default, enum ppp_auth bits. */
unsigned probe_system_auth(const struct lac_profile *p);

/* "MS-CHAPv2, PAP" */
const char *probe_auth_words(unsigned methods, char *buf, size_t cap);

/* What an administrator should know at once: the n-th from 0, into buf; false behind the last. */
bool probe_warning(const struct probe *p, unsigned n, char *buf, size_t cap);

/* 0: every system asked for connects, or without a key gets an answer to its proposal. */
int probe_status(const struct probe *p);

/* ---- the report ---- */

/* probe_text.c: for people, each part as soon as it is known: the way to the server; the client
 * systems, a head and a line each; what is wrong with those that fail; the rest. */
void probe_say_reach(const struct probe *p);
void probe_say_head(const struct probe *p);
void probe_say_system(const struct probe_system *s);
void probe_say_why(const struct probe *p);
void probe_say_rest(const struct probe *p);
/* Of those parts, probe_text_server.c's. */
void probe_say_announced(const struct probe *p);
void probe_say_server(const struct probe *p);

bool probe_print_json(const struct probe *p); /* probe_json.c; false: memory */
