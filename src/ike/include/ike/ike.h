/*
 * ike: ISAKMP and IKEv1 (RFC 2407, 2408, 2409, 3947), responder and initiator.
 *
 * One struct ike holds every ISAKMP SA of an engine. Pure: takes (now, event,
 * bytes), queues actions; slow sums leave as DH jobs that the caller runs in its
 * crypto pool. Nothing is kept for a stranger beyond one slot of a fixed table,
 * and no DH is done before a peer has shown that it receives our answers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/note.h"
#include "base/rd.h"
#include "base/secret.h"
#include "base/timerq.h"
#include "crypto/burst.h"
#include "crypto/prim.h"

#define IKE_MESSAGE_MAX 10000 /* larger datagrams are dropped */

enum ike_role { IKE_RESPONDER, IKE_INITIATOR };

/* Phase 1 authentication methods (RFC 2409 appendix A) that we know. */
enum ike_auth { IKE_AUTH_PSK = 1 };

/* One acceptable phase 1 suite; the array order is our order of preference. */
struct ike_policy {
	uint16_t priority;   /* the administrator's number, for notes */
	uint8_t cipher;      /* RFC 2409 appendix A: 7 AES-CBC */
	uint16_t key_bits;   /* 128, 192, 256 */
	enum prim_hash hash; /* SHA1, SHA256, SHA384, SHA512 */
	uint8_t group;       /* 14, 19, 20 */
	enum ike_auth auth;
	uint32_t life_s; /* 0: none */
};

/* One acceptable phase 2 suite. */
struct ike_esp {
	struct burst_alg alg;
	bool transport, tunnel; /* encapsulation modes accepted */
	char name[32];          /* transform set, for notes */
};

struct ike_id {
	uint8_t type;     /* RFC 2407 4.6.2.1: 1 IPv4, 2 FQDN, 3 USER_FQDN, 11 KEY_ID ... */
	uint8_t protocol; /* 0, 17 ... */
	uint16_t port;
	uint8_t len; /* octets of data; longer ids are refused */
	uint8_t data[96];
};

/* A handle of an ISAKMP SA or of a child; 0 is none; never reused. */
typedef uint64_t ike_sa_id;
typedef uint64_t ike_child_id;

struct ike_host {
	void *ctx;
	void (*random)(void *ctx, void *buf, size_t len);
	/* The pre-shared key for a peer; id NULL in Main Mode before it is known.
	 * False: there is none. */
	bool (*psk)(void *ctx, const struct flow *flow, const struct ike_id *id,
		    struct secret *out);
	/* A free inbound SPI (> 255) whose low bits name the worker of this SA. 0: none left. */
	uint32_t (*spi)(void *ctx, ike_sa_id sa);
};

struct ike_config {
	struct ike_host host;
	struct timerq *timers;
	const struct ike_policy *policies; /* copied */
	size_t n_policies;
	const struct ike_esp *esps; /* copied */
	size_t n_esps;
	bool natt;            /* announce and do RFC 3947 */
	bool force_encap;     /* make capable peers use UDP encapsulation */
	uint16_t keepalive_s; /* NAT keepalive that we send when behind NAT, 0: never */
	uint32_t esp_life_s;  /* ours; the smaller of both wins */
	uint32_t esp_life_kb; /* 0: none */
	bool esp_pfs;         /* initiator proposes; responder accepts either way */
	/* H-05, H-06: fixed tables */
	unsigned half_open_max;
	unsigned half_open_per_source_max;
	unsigned sa_max;        /* established ISAKMP SAs */
	unsigned dh_jobs_max;   /* outstanding for unauthenticated peers */
	uint32_t half_open_ms;  /* 30000 */
	uint32_t retransmit_ms; /* initiator's first; doubles; 5 tries */
};

/* A pair of ESP SAs, complete. Keys are the caller's after CHILD_ADD and are wiped
 * in the action at the next ike_next(). */
struct ike_child {
	uint32_t spi_in, spi_out;
	struct burst_alg alg;
	uint8_t in_enc[32], in_auth[64], out_enc[32], out_auth[64];
	bool udp_encap; /* encapsulation 3/4 (61443/61444): RFC 3948; else IP protocol 50 */
	bool tunnel;
	uint32_t life_s, life_kb; /* agreed; 0: none */
	/* Selectors as agreed (IDci, IDcr): protocol 17, port 1701 ... 0 means any. */
	struct ip_addr local_ip, remote_ip;
	uint8_t protocol;
	uint16_t local_port, remote_port;
	bool pfs;
};

/* A slow sum on its way. Run it anywhere, one thread at a time, then give it back. */
struct ike_dh_job;
void ike_dh_run(struct ike_dh_job *job);

enum ike_act_kind {
	IKE_ACT_SEND,
	IKE_ACT_NOTE,
	IKE_ACT_DH,         /* run job, then ike_dh_done() */
	IKE_ACT_UP,         /* phase 1 is authenticated */
	IKE_ACT_DOWN,       /* the SA is gone; its children were told down before */
	IKE_ACT_PATH,       /* an authenticated packet came from a new address: flow is set */
	IKE_ACT_CHILD_ADD,  /* install both directions; answer with ike_child_added() */
	IKE_ACT_CHILD_UP,   /* the peer has it too: send on it */
	IKE_ACT_CHILD_DOWN, /* remove it */
};

struct ike_sa_info {
	ike_sa_id id;
	enum ike_role role;
	struct flow flow;
	bool natt; /* on UDP 4500 with the non-ESP marker */
	bool peer_behind_nat, we_behind_nat;
	uint8_t cky_i[8], cky_r[8];
	struct ike_policy policy; /* chosen; priority 0 before */
	struct ike_id peer_id;
	const char *state;  /* MM_WAIT_MSG3 ... MM_ACTIVE, ASA's names */
	const char *client; /* client system by its vendor ids, or "unknown" */
	uint64_t up_ms;     /* when it became active; 0 before */
	uint32_t life_s;    /* agreed */
	unsigned children;
};

struct ike_act {
	enum ike_act_kind kind;
	ike_sa_id sa; /* 0 for a stranger's note or refusal */
	ike_child_id child;
	struct flow flow;   /* SEND, NOTE, UP, DOWN, PATH */
	bool natt;          /* SEND: put the non-ESP marker in front */
	struct bytes bytes; /* SEND; valid until the next ike_next() */
	struct note note;
	struct ike_dh_job *job; /* DH */
	struct ike_child keys;  /* CHILD_ADD */
	const char *reason;     /* DOWN, CHILD_DOWN: kebab-case constant */
};

struct ike;

struct ike *ike_new(const struct ike_config *cfg); /* NULL: memory, or a policy we cannot do */
void ike_free(struct ike *k); /* wipes keys; jobs still out are freed by ike_dh_done */

/* Takes effect for exchanges that begin from now on. */
bool ike_reconfigure(struct ike *k, const struct ike_config *cfg);

/* An ISAKMP message; natt: it had the non-ESP marker (came to or from 4500). */
void ike_input(struct ike *k, uint64_t now_ms, const struct flow *flow, bool natt,
	       struct bytes msg);

/* A job comes back. Always call it, also when the SA is gone meanwhile. */
void ike_dh_done(struct ike *k, uint64_t now_ms, struct ike_dh_job *job);

/* The worker has (or has not) installed the child: only now the answer leaves. */
void ike_child_added(struct ike *k, uint64_t now_ms, ike_child_id child, bool ok);

/* An ESP packet with a right ICV came on the child's inbound SA: it proves message 3
 * of Quick Mode, should that be lost. Harmless for a child that is up or gone. */
void ike_child_used(struct ike *k, uint64_t now_ms, ike_child_id child);

/* An ESP packet with a right ICV came from a new address (RFC 3947 section 4). */
void ike_path_changed(struct ike *k, uint64_t now_ms, ike_sa_id sa, const struct flow *flow);

/* Initiator: begins Main Mode to flow.remote; 0 when the table is full. Quick Mode
 * for the selectors follows by itself when phase 1 is up. */
struct ike_dial {
	struct flow flow;
	uint8_t protocol;                 /* 17 */
	uint16_t local_port, remote_port; /* 1701 */
};
ike_sa_id ike_initiate(struct ike *k, uint64_t now_ms, const struct ike_dial *d);

/* Sends Delete for the children and the SA, then CHILD_DOWN and DOWN. */
void ike_close(struct ike *k, uint64_t now_ms, ike_sa_id sa, const char *reason);

const struct ike_act *ike_next(struct ike *k);

bool ike_get_sa(const struct ike *k, ike_sa_id sa, struct ike_sa_info *out);
/* Walks the SAs, half-open ones too: start with *cursor 0; false at the end. */
bool ike_each_sa(const struct ike *k, unsigned *cursor, struct ike_sa_info *out);

struct ike_stats {
	uint64_t messages_in, messages_out, replies_repeated;
	uint64_t phase1_up, phase1_failed, phase2_up, phase2_failed;
	unsigned half_open, established, children;
};
void ike_get_stats(const struct ike *k, struct ike_stats *out);

/* Drops by reason: name and count, n from 0; false behind the last. */
bool ike_drop_counter(const struct ike *k, unsigned n, const char **name, uint64_t *count);
