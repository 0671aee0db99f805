/*
 * world: the real engine and real clients in virtual time.
 *
 * One struct core with the fake operating system, clients (struct lac) on a
 * scripted network behind scripted NATs, and the host on the hub's TAP that
 * answers ARP and ICMP echo. Nothing here sleeps: time moves to the next deadline
 * of anybody. Everything is deterministic: the same script and seed give the
 * same datagrams but for Diffie-Hellman keys.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "core/api.h"
#include "core/core.h"
#include "lac/lac.h"
#include "os/fake.h"
#include "wire/ipv6.h"

#define WORLD_CLIENTS 256
#define WORLD_PINGS   64
#define WORLD_NOTES   128
#define WORLD_REASONS 96
#define WORLD_RULES   64
#define WORLD_TAPS    8
#define WORLD_PACKET  4096

enum world_dir { TO_SERVER, TO_CLIENT };

enum fate_kind { FATE_DELIVER, FATE_LOSE, FATE_TWICE, FATE_DELAY, FATE_CORRUPT };

/* What the network does to one datagram. */
struct fate {
	enum fate_kind kind;
	uint32_t arg; /* DELAY: milliseconds; CORRUPT: bit, counted from the end */
};

struct world;
struct client;

/* Asked for each datagram: number k (from 1) of the client in this direction. */
typedef struct fate world_fate(void *ctx, const struct client *c, enum world_dir dir, unsigned k);

/* A datagram on its way, or kept to be replayed. */
struct datagram {
	struct list link;
	enum world_dir dir;
	struct client *client;
	bool raw;         /* IP protocol 50 */
	struct flow flow; /* as the receiver sees it */
	uint64_t due_ms;
	size_t len;
	uint8_t p[];
};

/* One mapping of a NAT: the inner port (0: protocol 50) and what the world sees. */
struct nat_port {
	bool used;
	uint16_t inner, outer;
};

struct ping {
	bool used, answered;
	uint16_t seq;
	uint32_t to; /* host order */
	size_t size;
};

/* What a client's system knows of IPv6 (ipv6.c). */
struct client6 {
	struct ipv6_addr address, router;
	struct ipv6_addr dns;
	uint32_t mtu;
	unsigned advertisements; /* router advertisements that came */
	uint16_t ping_seq;       /* of the last echo request, and */
	bool ping_answered;
	unsigned too_big; /* Packet Too Big that came */
};

struct client {
	struct world *world;
	char name[16];
	struct lac *lac;
	struct ip_addr inner, outer; /* the same when there is no NAT */
	struct nat_port nat[4];
	bool natted, vanished;
	unsigned sent[2]; /* datagrams by direction */
	struct ppp_up up;
	unsigned times_up, times_down;
	struct note notes[WORLD_NOTES]; /* the last ones */
	unsigned n_notes;
	struct {
		const char *reason;
		unsigned n;
	} told[WORLD_REASONS]; /* how often, since ever */
	struct ping pings[WORLD_PINGS];
	uint16_t ping_seq;
	unsigned echoes_answered; /* echo requests that came to the client */
	struct client6 v6;
	uint8_t inform[1024]; /* options of the last answer to DHCPINFORM (inform.c) */
	size_t inform_len;
};

/* The host on a hub's TAP. */
struct tap_host {
	int fd;
	uint8_t mac[6];
	uint32_t ip;   /* host order */
	uint64_t net6; /* upper half of the address of its own /64; 0: no IPv6 */
};

struct world {
	struct fake *fake;
	struct os os;         /* the fake's, watched for the last words of a socket */
	struct priv_ops priv; /* the fake's, watched for TAPs */
	struct core *core;
	uint64_t core_next;
	struct ip_addr server;       /* as the clients see it */
	struct ip_addr server_inner; /* its own address behind a NAT; family 0: the same */
	struct list sums;            /* DH jobs that the server submitted */
	struct list flying, kept;
	bool keep; /* keep a copy of each datagram to the server */
	struct client *clients[WORLD_CLIENTS];
	unsigned n_clients;
	struct tap_host taps[WORLD_TAPS];
	unsigned n_taps;
	struct list waiting;   /* the host's packets whose next hop's MAC is asked for */
	struct list waiting6;  /* the same for IPv6 */
	unsigned host_echoes;  /* echo replies to the host's own pings */
	unsigned host_too_big; /* ICMPv6 errors to it */
	world_fate *fate;
	void *fate_ctx;
	uint16_t next_port; /* of the NATs */
	uint64_t random;
	char error[256];
};

/* Stops the server as an administrator does; what it still says goes to the clients.
 * False with what it did not give back in what. */
bool world_stop(struct world *w, char *what, size_t cap);

/* NULL with a sentence in error (256 octets) when the configuration is refused. */
struct world *world_new(const char *config, unsigned workers, unsigned sessions_max, uint64_t seed,
			char *error);
void world_free(struct world *w);

uint64_t world_now(const struct world *w);
uint64_t world_random(struct world *w);

/* Lets everybody act until nothing happens at this instant. */
void world_settle(struct world *w);
/* Lets ms pass. */
void world_run(struct world *w, uint64_t ms);
/* Lets time pass until done() or ms are over; the last answer of done(). */
bool world_until(struct world *w, uint64_t ms, bool (*done)(void *ctx), void *ctx);

/* ---- clients (client.c) ---- */

struct client_options {
	const char *name, *user, *password, *psk;
	struct ip_addr inner;
	struct ip_addr outer; /* family 0: no NAT */
	unsigned auth;        /* enum ppp_auth bits; 0: MS-CHAPv2 */
	bool plain;           /* no NAT traversal */
	uint16_t l2tp_port;
	bool ipv6;
	const struct ike_policy *policies;
	size_t n_policies;
	const struct ike_esp *esps;
	size_t n_esps;
	const struct lac_profile *profile; /* the system that it plays; NULL: itself */
	uint32_t esp_life_s, esp_life_kb;  /* 0: as the profile says */
	struct ike_id aggressive_id;       /* type 0: Main Mode */
	bool clear_msg3;                   /* of Aggressive Mode */
	uint16_t fragment_mtu;             /* IKE fragments; 0: none */
	const char *l2tp_secret;           /* NULL: none */
	struct lac_shared *shared;         /* NULL: its own */
};

struct client *client_new(struct world *w, const struct client_options *o);
void client_free(struct client *c);
struct client *client_by_name(struct world *w, const char *name);
void client_dial(struct client *c);
void client_hang_up(struct client *c);
/* Takes the client's actions; true when there were any. */
bool client_round(struct client *c);
bool client_is(const struct client *c, enum lac_state state);
/* Sends an ICMP echo with size octets of data; returns its place in pings. */
unsigned client_ping(struct client *c, uint32_t to, size_t size);
void client_packet(struct client *c, struct bytes packet);

/* ---- IPv6 of both ends (ipv6.c) ---- */

void client6_take(struct client *c, struct bytes packet);
void client6_ping(struct client *c, struct ipv6_addr to, size_t size);
void client6_solicit(struct client *c);
void client6_spoof(struct client *c, struct ipv6_addr as, struct ipv6_addr to);
void host6_take(struct world *w, struct tap_host *h, struct bytes packet);
void host6_ping(struct world *w, struct ipv6_addr to, size_t size);
void host6_free(struct world *w);

/* ---- DHCPINFORM (inform.c) ---- */

void client_inform(struct client *c, struct bytes codes); /* none: no list */
bool client_take_inform(struct client *c, struct bytes packet);
/* An option of the last answer. */
size_t client_informed(const struct client *c, uint8_t code, uint8_t *buf, size_t cap, bool *found);
/* How many of its notes had this reason. */
unsigned client_told(const struct client *c, const char *reason);
/* Does one of the client's notes have this reason, or hold this text? */
bool client_noted(const struct client *c, const char *text);

/* ---- behind the encryption (inside.c) ---- */

/* A Delete for the oldest pair (false: there is only one). */
bool client_drop_old(struct client *c);
/* The computer starts again: the client knows nothing of what it had, and nobody is told. */
void client_crash(struct client *c);
/* INITIAL-CONTACT under its newest ISAKMP SA. */
void client_initial_contact(struct client *c);
/* A made-up UDP payload to the server's port 1701. */
void client_say_l2tp(struct client *c, struct bytes msg);
/* A made-up control message, the n-th (from 0) of these, with the right numbers. */
void client_say_control(struct client *c, unsigned n, uint16_t tunnel_id, uint16_t session_id,
			struct bytes avps);
/* A made-up PPP frame on the call, and a protected payload of ISAKMP. */
void client_say_ppp(struct client *c, struct bytes frame);
void client_say_isakmp(struct client *c, uint8_t payload_type, struct bytes body);

/* ---- network (network.c) ---- */

void network_from_client(struct client *c, const struct lac_act *a);
bool network_from_server(struct world *w);
bool network_deliver(struct world *w);
uint64_t network_next_ms(const struct world *w);
void network_rebind(struct client *c); /* the NAT forgets the client's mappings */
void network_forget(struct world *w, struct client *c);
/* Sends every kept datagram once more, from where it came; returns how many. */
unsigned network_replay(struct world *w);
/* n strangers with the first message that was kept, each from another address with
 * another cookie; false when nothing was kept. */
bool network_flood(struct world *w, unsigned n);
void network_free(struct world *w);

/* ---- the host on the TAP (host.c) ---- */

void host_add(struct world *w, int fd, const struct priv_tap *req);
bool host_round(struct world *w);
void host_ping(struct world *w, uint32_t to, size_t size);
void host_free(struct world *w);

/* ---- judgement (check.c) ---- */

/* Nothing is left of any connection; else what, in words. */
bool check_empty(struct world *w, char *what, size_t cap);
unsigned check_sessions(struct world *w); /* that are up */
/* Does explain about who (NULL: anybody) hold this text? */
bool check_explained(struct world *w, const char *who, const char *text);
/* The server's ids of the first session; unchanged when there is none. */
void check_ids(struct world *w, uint16_t *tunnel_id, uint16_t *session_id);
/* A counter of the data plane; UINT64_MAX when there is none of this name. */
uint64_t check_counter(struct world *w, const char *name);
