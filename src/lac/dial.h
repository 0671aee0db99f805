/*
 * dial: what the files of the command `sekisho-lac dial` share: the command line, the
 * network interface, routes, name servers, namespaces, the command that runs behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/secret.h"
#include "call.h"
#include "crypto/cert.h"
#include "dial_packets.h"

#define DIAL_ROUTES   64
#define DIAL_NAME_MAX 64  /* of a namespace, with NUL */
#define DIAL_ERROR    256 /* a sentence, with NUL */

struct dial_prefix {
	uint32_t net; /* host order */
	uint8_t len;
};

#define DIAL_ANY_SERVER "any" /* --server-id: whomever a trusted CA has certified */

/* --cert and what belongs to it; what is loaded is dial_cert_load()'s. */
struct dial_cert {
	const char *path; /* NULL: a pre-shared key, or raw */
	const char *key_path, *ca_path;
	const char *server_id; /* NULL: as dialled */
	struct secret password;
	struct cert_file file;
	struct cert_trust *trust;
};

struct dial_options {
	const char *server; /* address or host name: looked up at each dial */
	const char *user;
	struct secret psk, password;
	struct dial_cert cert;
	bool raw, natt, port_any;
	const char *aggressive; /* the name for Aggressive Mode; NULL: Main Mode */
	uint64_t timeout_ms;    /* to be connected in */
	uint16_t mtu;           /* of the interface, at most; also the MRU that we ask for */

	/* without an interface: pings and hangs up */
	uint32_t ping; /* host order; 0: the PPP peer */
	unsigned count;

	/* with an interface */
	bool stay;
	const char *tun;   /* its name, perhaps with %d */
	const char *netns; /* NULL: none, or with exec one of its own */
	const char *exec;  /* NULL: none */
	struct dial_prefix route[DIAL_ROUTES];
	unsigned n_routes;
	bool default_route, dns, once, keep_trying;
};

#define DIAL_HELP (-1)
/* 0: go on; DIAL_HELP: it was asked for and given; EXIT_USAGE: stderr says what is wrong. Words
 * that hold a secret are written over; secrets are the caller's to wipe in each case. */
int dial_options(struct dial_options *o, int argc, char **argv);

/* ---- dial_cert.c ---- */

/* Reads the files of o->cert; false with a sentence on stderr. Without --cert: nothing. */
bool dial_cert_load(struct dial_options *o);
void dial_cert_free(struct dial_options *o); /* wipes; harmless where nothing was loaded */
/* A client's configuration, which uses what o has as long as it lives. */
void dial_cert_use(const struct dial_options *o, struct lac_config *cfg);
int64_t dial_wall_s(void *ctx); /* the time of day */

/* ---- dial_signal.c ---- */

/* Signals as a descriptor: SIGINT, SIGTERM, SIGHUP, SIGCHLD are blocked and told here. */
struct dial_signals {
	int fd;
	bool stop, redial, child;
};
bool dial_signals_open(struct dial_signals *s);
void dial_signals_close(struct dial_signals *s);
void dial_signals_read(struct dial_signals *s);
/* As the process was born with them: for a child. */
void dial_signals_default(void);

/* ---- dial.c ---- */

/* One try to connect and what became of it. */
struct dial_call {
	const struct dial_options *opt;
	struct call *call;
	uint32_t server; /* host order */
	struct ppp_up up;
	bool is_up, is_down;
	enum lac_state reached;
	const char *reason; /* of the end, NULL before it */
	struct note refusal;
	void *ctx;
	void (*packet)(void *ctx, struct bytes ip_packet); /* for the user, as call.h says */
	void (*flush)(void *ctx);
};

/* The server's address into d->server; false with a sentence on stderr. */
bool dial_look_up(struct dial_call *d);
/* Makes the client and its sockets and begins to dial d->server; opt, ctx, packet and flush are set
 * by the caller. False with a sentence on stderr. */
bool dial_begin(struct dial_call *d);
/* Until it is up, it failed, the time is over or a signal wants something else. True: up. */
bool dial_connect(struct dial_call *d, struct dial_signals *s);
/* A turn as call_turn() that ends at end_ms, waiting for signals too. more and n as there,
 * n at most CALL_MORE_MAX - 1. */
void dial_turn(struct dial_call *d, struct dial_signals *s, uint64_t end_ms, struct pollfd *more,
	       unsigned n);
/* The way down: hangs up and waits for its end, some seconds at most and until another signal
 * comes; frees. */
void dial_end(struct dial_call *d, struct dial_signals *s);
/* Says on stderr why it failed; returns the exit status, enum call_layer. */
int dial_say_failure(const struct dial_call *d);
/* Would the same fail again? */
bool dial_is_final(const struct dial_call *d);

/* ---- dial_ping.c ---- */

/* One call that connects, pings and hangs up; exit status, said. */
int dial_ping(const struct dial_options *o, struct dial_signals *s);

/* ---- dial_stay.c: the interface stays, calls come and go ---- */

int dial_stay(const struct dial_options *o, struct dial_signals *s);

/* ---- dial_netns.c ---- */

/* Where the interface is: the caller's own network namespace, a named one, or one without
 * a name. */
struct dial_netns {
	int home, there; /* descriptors; there -1: home */
	char name[DIAL_NAME_MAX];
	bool made; /* by us: goes with us */
};
bool dial_netns_open(struct dial_netns *n, const char *name, bool own, char *err);
void dial_netns_close(struct dial_netns *n);
/* The calling thread goes there and back home. Sockets stay where they were made. */
bool dial_netns_enter(const struct dial_netns *n);
void dial_netns_leave(const struct dial_netns *n);

/* ---- dial_tun.c ---- */

struct dial_tun {
	int fd; /* -1: none */
	int index;
	char name[16];
	uint32_t ip, peer; /* what it has, host order; 0: nothing yet */
	uint16_t mtu;
	struct dial_packets *packets;
};
/* These four in the namespace that it is, or shall be, in. False with a sentence in err. With
 * another address than before, the routes through it are gone. */
bool dial_tun_open(struct dial_tun *t, const char *name, char *err);
bool dial_tun_address(struct dial_tun *t, uint32_t ip, uint32_t peer, uint16_t mtu, char *err);
bool dial_loopback_up(char *err);
void dial_tun_close(struct dial_tun *t);

/* ---- dial_route.c ---- */

struct dial_route {
	struct dial_prefix to;
	int oif;
	uint32_t gateway; /* host order; 0: on the link */
	uint32_t source;  /* preferred source address, 0: none */
};
bool dial_prefix_covers(const struct dial_prefix *p, uint32_t ip);
/* was_there: there is a route of that prefix, perhaps another one; it is left alone, and err
 * says so, but that is no failure. */
bool dial_route_add(const struct dial_route *r, bool *was_there, char *err);
void dial_route_del(const struct dial_route *r);
/* The way to an address, but not by the interface `without` (its index; 0: any way). */
bool dial_route_find(uint32_t to, int without, struct dial_route *out);

/* ---- dial_dns.c ---- */

struct dial_dns {
	int lock;       /* -1: none; of the one dial that changes this machine's own */
	bool set;       /* something is to be undone */
	bool kept;      /* what was at path is at path.sekisho */
	char path[224]; /* of the resolv.conf; empty: systemd-resolved was told */
};
/* A resolv.conf that a killed dial left behind is put back. */
void dial_dns_recover(void);
/* Uses these name servers (host order, 0: none) for what goes through the interface: for
 * programs here, or in the namespace. May be repeated with others. */
bool dial_dns_set(struct dial_dns *d, const struct dial_netns *ns, const struct dial_tun *t,
		  const uint32_t server[2], char *err);
void dial_dns_unset(struct dial_dns *d);

/* ---- dial_exec.c ---- */

/* Runs o->exec by /bin/sh in the namespace, its environment told what is up; there it sees
 * the resolv.conf of d as its own. -1 with a sentence in err. */
pid_t dial_exec(const struct dial_options *o, const struct dial_netns *ns, const struct dial_tun *t,
		const struct dial_dns *d, const struct ppp_up *up, char *err);
/* Has it ended? Then *status is its exit status (128 + signal when one killed it). */
bool dial_exec_ended(pid_t child, int *status);
/* Asks it to end, then makes it; waits. Its exit status. */
int dial_exec_end(pid_t child);
