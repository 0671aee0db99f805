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
#include "crypto/cert.h"
#include "crypto/prim.h"

#define IKE_MESSAGE_MAX 10000 /* larger datagrams are dropped */

enum ike_role { IKE_RESPONDER, IKE_INITIATOR };

/* Phase 1 authentication methods (RFC 2409 appendix A) that we know. */
enum ike_auth { IKE_AUTH_PSK = 1, IKE_AUTH_RSA = 3 };

/* One acceptable phase 1 suite; the array order is our order of preference. */
struct ike_policy {
	uint16_t priority;   /* the administrator's number, for notes */
	uint8_t cipher;      /* RFC 2409 appendix A: 7 AES-CBC, 5 3DES-CBC, 1 DES-CBC */
	uint16_t key_bits;   /* AES: 128, 192, 256; else 0 */
	enum prim_hash hash; /* all but MD4 */
	uint8_t group;       /* any of prim_dh_known() */
	enum ike_auth auth;
	uint32_t life_s; /* 0: none */
};

/* One acceptable phase 2 suite. */
struct ike_esp {
	struct burst_alg alg;
	bool transport, tunnel; /* encapsulation modes accepted */
	char name[32];          /* transform set, for notes */
	/* PFS: demanded, with this group. 0: as the peer asks, with a group of the policies. */
	uint16_t pfs_group;
	uint32_t life_s, life_kb; /* 0: the configuration's */
};

struct ike_id {
	uint8_t type;     /* RFC 2407 4.6.2.1: 1 IPv4, 2 FQDN, 3 USER_FQDN, 11 KEY_ID ... */
	uint8_t protocol; /* 0, 17 ... */
	uint16_t port;
	/* Octets of data; longer ids are refused, but for an ID_DER_ASN1_DN (9) beside a
	 * certificate: its first 64 octets and SHA-256 of all of it. */
	uint8_t len;
	uint8_t data[96];
};

/* Handles; 0 is none; never reused. A peer is the other end as one: it owns the ISAKMP
 * SAs that were made with it one after the other and the pairs of ESP SAs under them
 * (children). Two authenticated SAs are one peer's when identity and address with port
 * are the same (RFC 2409 has no notion of it; clients.md 1.14 rules 3, 4 and 11). */
typedef uint64_t ike_peer_id;
typedef uint64_t ike_sa_id;
typedef uint64_t ike_child_id;

struct ike_host {
	void *ctx;
	void (*random)(void *ctx, void *buf, size_t len);
	/* The pre-shared key for a peer; id NULL in Main Mode, where it is not known yet; in
	 * Aggressive Mode what the peer says of itself. False: there is none. */
	bool (*psk)(void *ctx, const struct flow *flow, const struct ike_id *id,
		    struct secret *out);
	/* A free inbound SPI (> 255) whose low bits name the peer's worker. 0: none left. */
	uint32_t (*spi)(void *ctx, ike_peer_id peer);
	/* Can the children of one peer become another's (IKE_ACT_CHILD_MOVED)? NULL: always. */
	bool (*may_move)(void *ctx, ike_peer_id from, ike_peer_id to);
	/* A key, because ike_debug_keys() wants them: the name of a table of Wireshark, a space,
	 * a line of that table. The text is wiped after the call. NULL: never. */
	void (*keys)(void *ctx, const char *line);
	/* The time of day, seconds since 1970 in UTC, for the validity of certificates. Needed
	 * with RSA signatures only. */
	int64_t (*wall_s)(void *ctx);
};

/* How the identity of a peer must stand in its certificate (RFC 4945 3.1): a name of that kind
 * must be there and be the same; must be the same if one of that kind is there; need not be.
 * Its subject as identity is always compared. */
enum ike_id_check { IKE_ID_REQUIRED, IKE_ID_IF_THERE, IKE_ID_ANY };

#define IKE_CHAINS_MAX 8

/* What RSA signatures need (RFC 2409 5.1, RFC 4945). Private keys are never here: see
 * IKE_ACT_SIGN. What is pointed to stays until ike_reconfigure() or ike_free(). */
struct ike_pki {
	/* Our certificates, the preferred ones first; which is sent is chosen by what the
	 * peer's CERTREQs ask for. */
	const struct cert_chain *const *chains;
	size_t n_chains;          /* 0: no RSA signatures; at most IKE_CHAINS_MAX */
	struct cert_trust *trust; /* who may have issued a peer's; jobs hold it for themselves */
	struct ike_id own_id;     /* what we say we are; type 0: the certificate's subject */
	enum ike_id_check id_check;
	/* Initiator: the server's certificate must be its (cert_is_of()); NULL: anybody's whom a
	 * trusted CA has certified. At most 255 octets. */
	const char *peer_name;
	bool sha1;             /* certificates signed over SHA-1 are taken */
	unsigned rsa_bits_min; /* 0: SIGN_RSA_BITS_MIN */
};

/* Versions of NAT traversal (clients.md 0.1, 0.2). A responder answers the best of those that
 * it is offered. */
enum ike_natt {
	IKE_NATT_RFC3947,
	IKE_NATT_DRAFT_00,
	IKE_NATT_DRAFT_01,
	IKE_NATT_DRAFT_02,
	IKE_NATT_DRAFT_02N,
	IKE_NATT_DRAFT_03,
	IKE_NATT_DRAFT_04,
	IKE_NATT_DRAFT_05,
	IKE_NATT_DRAFT_06,
	IKE_NATT_DRAFT_07,
	IKE_NATT_DRAFT_08,
	IKE_NATT_APPLE,
	IKE_NATT_COUNT
};

struct ike_profile; /* profile.h */

/* The buffers of a struct ike that are empty between two calls. */
struct ike_work;
struct ike_work *ike_work_new(void);    /* NULL: memory */
void ike_work_free(struct ike_work *w); /* after those who have it; NULL is harmless */

/* What ESP SAs may carry here. */
enum ike_serves {
	IKE_SERVES_L2TP = 1,    /* selectors of UDP, ours of port 1701 or any */
	IKE_SERVES_ETHERIP = 2, /* of IP protocol 97, or any */
};

struct ike_config {
	struct ike_host host;
	struct timerq *timers;
	const struct ike_policy *policies; /* copied */
	size_t n_policies;
	const struct ike_esp *esps; /* copied */
	size_t n_esps;
	bool natt;                  /* announce and do NAT traversal, RFC 3947 and its drafts */
	enum ike_natt natt_version; /* initiator: the only one that it announces */
	/* Initiator: goes away from a server that looks translated, as Windows does (clients.md
	 * 1.1, "NAT registry"): to see whether a server would be met by one. */
	bool natt_shy;
	bool force_encap;     /* make capable peers use UDP encapsulation */
	uint16_t keepalive_s; /* NAT keepalive that we send when behind NAT, 0: never */
	uint32_t esp_life_s;  /* ours; the smaller of both wins */
	uint32_t esp_life_kb; /* 0: none */
	bool esp_pfs;         /* initiator proposes; responder: see struct ike_esp */
	/* Responder: rekey and renew by ourselves late in a lifetime, when the peer has not
	 * (never towards clients whose quirks say that it harms). Initiators always do. */
	bool rekey;
	/* Responder: Aggressive Mode is answered. Whoever sends one message gets what it takes to
	 * guess the pre-shared key at leisure (H-01): off unless the administrator wants it. */
	bool aggressive;
	/* IKE fragments (payload 132) are taken, announced and sent: whole IP packets of at most
	 * so many octets, 576 to 9000. 0: off. */
	uint16_t fragment_mtu;
	/* RFC 3706: ask a peer that was silent for so long (0: never), again every retry; three
	 * without an answer end it. */
	uint16_t dpd_s, dpd_retry_s;
	/* H-05, H-06: fixed tables */
	unsigned half_open_max;
	unsigned half_open_per_source_max;
	unsigned sa_max;      /* established ISAKMP SAs */
	unsigned dh_jobs_max; /* outstanding for unauthenticated peers */
	/* What Diffie-Hellman for unauthenticated peers may cost: microseconds of a core in a
	 * second, in all (0: no limit) and for one IPv4 /24 or IPv6 /64. */
	uint32_t dh_us_per_second, dh_net_us_per_second;
	uint8_t serves;         /* responder: enum ike_serves; 0: L2TP */
	uint32_t half_open_ms;  /* 30000 */
	uint32_t retransmit_ms; /* initiator's first; doubles; 5 tries */
	/* Buffers that several struct ike of one thread have together: ike_next() of one must be
	 * NULL before another is called. NULL: its own. */
	struct ike_work *work;
	struct ike_pki pki; /* for policies with IKE_AUTH_RSA */
	/* Initiator: speaks as this client system (profile.h), timers too; policies and esps are
	 * what it takes as an answer. NULL: as ourselves. Must outlive the struct ike. */
	const struct ike_profile *profile;
};

/* A pair of ESP SAs, complete. Keys are the caller's after CHILD_ADD and are wiped
 * in the action at the next ike_next(). */
struct ike_child {
	uint32_t spi_in, spi_out;
	struct burst_alg alg;
	uint8_t in_enc[BURST_ENC_KEY_MAX], in_auth[BURST_AUTH_KEY_MAX];
	uint8_t out_enc[BURST_ENC_KEY_MAX], out_auth[BURST_AUTH_KEY_MAX];
	bool udp_encap; /* encapsulation 3/4 (61443/61444): RFC 3948; else IP protocol 50 */
	bool tunnel;
	uint32_t life_s, life_kb; /* agreed; 0: none */
	/* Selectors as agreed (IDci, IDcr): protocol 17, port 1701 ... 0 means any. */
	struct ip_addr local_ip, remote_ip;
	uint8_t protocol;
	uint16_t local_port, remote_port;
	bool pfs;
};

/* A slow sum on its way: Diffie-Hellman, or the check of a peer's certificates and signature.
 * Run it anywhere, one thread at a time, then give it back. */
struct ike_dh_job;
void ike_dh_run(struct ike_dh_job *job);

/*
 * For load generators, never for a call that is to be secret: one key pair that stands in
 * for the fresh ones of many initiators, which halves what a set-up costs them. Whoever learns
 * its private value reads all those calls. Belongs to one thread, as do the jobs that
 * are run with it; outlives them.
 */
struct ike_load_pair;
struct ike_load_pair *ike_load_pair_new(unsigned group); /* NULL: unknown group, memory */
void ike_load_pair_free(struct ike_load_pair *pair);
/* As ike_dh_run(); a job of another group, or of a responder, gets its own fresh pair. */
void ike_dh_run_load(struct ike_dh_job *job, struct ike_load_pair *pair);

enum ike_act_kind {
	IKE_ACT_SEND,
	IKE_ACT_NOTE,
	IKE_ACT_DH,         /* run job, then ike_dh_done() */
	IKE_ACT_SIGN,       /* sign bytes with the key of pki.chains[chain], then ike_signed() */
	IKE_ACT_UP,         /* a peer's first phase 1 is authenticated */
	IKE_ACT_RENEWED,    /* a further one: the peer keeps its children */
	IKE_ACT_ORPHAN,     /* its last ISAKMP SA is gone, children live on: is anybody there? */
	IKE_ACT_RESTARTED,  /* INITIAL-CONTACT: what the peer had before this SA is forgotten; the
			     * children were told down before */
	IKE_ACT_DOWN,       /* the peer is gone; its children were told down before */
	IKE_ACT_SILENT,     /* nothing was heard of it for dpd_s, R-U-THERE goes out: if its ESP is
			     * heard of, say so by ike_alive() */
	IKE_ACT_PATH,       /* an authenticated packet came from a new address: flow is set */
	IKE_ACT_CHILD_ADD,  /* install both directions; answer with ike_child_added() */
	IKE_ACT_CHILD_UP,   /* the peer has it too: send on it */
	/* The child is another peer's from now on, `peer`, that the one which had it turned out to
	 * be; a DOWN of that one follows. */
	IKE_ACT_CHILD_MOVED,
	IKE_ACT_CHILD_DOWN, /* remove it */
};

/* What the ledger of client systems (docs/QUIRKS.md) says of a peer, as bits. */
enum ike_quirk {
	IKE_QUIRK_NO_DPD = 1,     /* never asked by R-U-THERE */
	IKE_QUIRK_NO_REKEY = 2,   /* we never begin a Quick Mode towards it */
	IKE_QUIRK_NO_RENEW = 4,   /* nor a Main Mode */
	IKE_QUIRK_HIDE_NAT = 8,   /* a NAT in front of us is hidden from it */
	IKE_QUIRK_NO_SHA256 = 16, /* may cut HMAC-SHA2-256 to 96 bits */
};
/* "no-dpd" ... for the one bit; NULL: there is no such bit. */
const char *ike_quirk_name(uint32_t bit);

struct ike_sa_info {
	ike_sa_id id;
	ike_peer_id peer; /* 0 while a responder does not know yet whose it is */
	enum ike_role role;
	struct flow flow;
	bool natt; /* on UDP 4500 with the non-ESP marker */
	bool peer_behind_nat, we_behind_nat;
	uint8_t cky_i[8], cky_r[8];
	struct ike_policy policy; /* chosen; priority 0 before */
	struct ike_id peer_id;
	const char *state; /* MM_WAIT_MSG3 ... MM_ACTIVE, ASA's names */
	/* The client system by its first message (docs/QUIRKS.md), or "unknown"; its version,
	 * empty when nothing tells it; enum ike_quirk bits that apply to it. */
	const char *client, *client_version;
	uint32_t quirks;
	uint64_t up_ms;    /* when it became active; 0 before */
	uint32_t life_s;   /* agreed */
	unsigned children; /* of the peer */
};

struct ike_act {
	enum ike_act_kind kind;
	ike_peer_id peer; /* 0 before phase 1 is authenticated (responder) */
	ike_sa_id sa;     /* 0 for a stranger's note or refusal, and for an orphan's actions */
	ike_child_id child;
	struct flow flow;   /* SEND, NOTE, UP, DOWN, PATH */
	bool natt;          /* SEND: put the non-ESP marker in front */
	struct bytes bytes; /* SEND, SIGN; valid until the next ike_next() */
	struct note note;
	struct ike_dh_job *job; /* DH */
	unsigned chain;         /* SIGN */
	struct ike_child keys;  /* CHILD_ADD */
	const char *reason;     /* DOWN, CHILD_DOWN: kebab-case constant */
	/* UP: a peer of the same identity and address that has been silent for too long to be
	 * taken for this one; 0: there is none. When it is heard, the two are joined. */
	ike_peer_id twin;
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

/* What IKE_ACT_SIGN asked for: sign_bare() of its bytes; empty: there is no such signature, and
 * phase 1 ends. Harmless when the SA is gone meanwhile. */
void ike_signed(struct ike *k, uint64_t now_ms, ike_sa_id sa, struct bytes signature);

/* A job that makes a key pair ahead, for a caller whose crypto pool has nothing to do: run and
 * given back like any other. NULL: there are enough, or nobody has asked for any yet. */
struct ike_dh_job *ike_dh_spare(struct ike *k);

/* The worker has (or has not) installed the child: only now the answer leaves. */
void ike_child_added(struct ike *k, uint64_t now_ms, ike_child_id child, bool ok);

/* An ESP packet with a right ICV came on the child's inbound SA: it proves message 3
 * of Quick Mode, should that be lost. Harmless for a child that is up or gone. */
void ike_child_used(struct ike *k, uint64_t now_ms, ike_child_id child);

/* An ESP packet with a right ICV came from a new address (RFC 3947 section 4). */
void ike_path_changed(struct ike *k, uint64_t now_ms, ike_peer_id peer, const struct flow *flow);

/* A sign of life of when_ms that this room cannot see: L2TP control, counters that grew
 * (RFC 3706 5: proof of liveliness). Harmless for a peer that is gone. */
void ike_alive(struct ike *k, uint64_t when_ms, ike_peer_id peer);

/* A user has logged in over the peer: what Diffie-Hellman it had as a stranger no longer
 * counts as strangers' (dh_us_per_second). */
void ike_vouch(struct ike *k, uint64_t now_ms, ike_peer_id peer);

/* Initiator: begins Main Mode to flow.remote; 0 when the table is full. Quick Mode
 * for the selectors follows by itself when phase 1 is up. A failure is DOWN. */
struct ike_dial {
	struct flow flow;
	uint8_t protocol;                 /* 17 */
	uint16_t local_port, remote_port; /* 1701 */
	/* Aggressive Mode with the first policy's group, under this identity (type 0: our
	 * address); its message 3 in clear, as some do it (clients.md 1.3) */
	bool aggressive, clear_msg3;
	struct ike_id id;
};
ike_peer_id ike_initiate(struct ike *k, uint64_t now_ms, const struct ike_dial *d);

/* A further Quick Mode for what the newest child carries, either role. False: nothing to
 * do it with (no ISAKMP SA, no child), one is under way, or the client system that dialled us
 * does not take it (docs/QUIRKS.md). The old pair stays until the
 * peer deletes it or it expires (responder), or is deleted when the new one is up. */
bool ike_rekey(struct ike *k, uint64_t now_ms, ike_peer_id peer);

/* A further Main Mode of ours with the peer, on the path that it has now; the old ISAKMP
 * SA is deleted when the new one is up. False: one is under way, or no room. */
bool ike_renew(struct ike *k, uint64_t now_ms, ike_peer_id peer);

/* Sends Delete for the children and the SAs, then CHILD_DOWN and DOWN. */
void ike_close(struct ike *k, uint64_t now_ms, ike_peer_id peer, const char *reason);

const struct ike_act *ike_next(struct ike *k);

/* From now on tells the keys of new SAs to the caller's `keys`, or no longer. Off at first:
 * whoever has them reads everything that the SAs protect. */
void ike_debug_keys(struct ike *k, bool on);

bool ike_get_sa(const struct ike *k, ike_sa_id sa, struct ike_sa_info *out);
/* Walks the SAs, half-open ones too: start with *cursor 0; false at the end. */
bool ike_each_sa(const struct ike *k, unsigned *cursor, struct ike_sa_info *out);

/* The certificate that the peer of an active SA has shown and signed with, DER; empty: none, or no
 * such SA. Lives as long as the SA. */
struct bytes ike_sa_cert(const struct ike *k, ike_sa_id sa);

/* "AES256-SHA1-MODP2048", "AES256-SHA1" into buf; return buf. */
const char *ike_policy_words(const struct ike_policy *p, char *buf, size_t cap);
const char *ike_esp_words(const struct burst_alg *alg, char *buf, size_t cap);

struct ike_stats {
	uint64_t messages_in, messages_out, replies_repeated;
	uint64_t fragments_in, fragments_out, reassembled;
	uint64_t dpd_sent, dpd_dead; /* R-U-THEREs of ours, peers that were ended for silence */
	uint64_t phase1_up, phase1_failed, phase2_up, phase2_failed;
	unsigned half_open, established, children;
};
void ike_get_stats(const struct ike *k, struct ike_stats *out);

/* Drops by reason: name and count, n from 0; false behind the last. */
bool ike_drop_counter(const struct ike *k, unsigned n, const char **name, uint64_t *count);
