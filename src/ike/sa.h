/*
 * The objects of the room: struct ike, peers, ISAKMP SAs, phase 1 in progress,
 * Quick Modes, children; their tables and limits. Private to src/ike.
 *
 * Ownership: struct ike owns the SAs (in a table of fixed size), an SA owns its
 * handshake and Quick Modes; a peer owns its children and has SAs. Only sa_end()
 * frees an SA, only peer_end() a peer.
 */
#pragma once

#include "base/buckets.h"
#include "base/list.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/wr.h"
#include "budget.h"
#include "dh.h"
#include "dpd.h"
#include "drop.h"
#include "esp.h"
#include "fragment.h"
#include "ike/ike.h"
#include "keymat.h"
#include "lifetime.h"
#include "message.h"
#include "natt.h"
#include "payload.h"
#include "policy.h"
#include "reply.h"
#include "seen.h"
#include "spare.h"

#define SAI_INLINE        1024
#define SAI_MAX           4096
#define SAI_POOL          32
#define QUICKS_MAX        3 /* open Quick Modes an SA (H-07) */
#define QUICKS_PER_SECOND 5
#define CHILDREN_MAX      8  /* a peer (H-07) */
#define SAS_MAX           6  /* ISAKMP SAs of a peer */
#define SELECTOR_MAX      24 /* an ID body with an address */
#define QM_ID_MAX         104
#define INITIATOR_TRIES   5
#define BAD_MSG5_MAX      3
#define PATH_CHANGE_MS    5000 /* H-16 */
#define SLOT_BITS         20

enum sa_state {
	MM_FREE,
	MM_WAIT_MSG3,
	MM_BLD_MSG4,
	MM_WAIT_MSG5,
	MM_WAIT_MSG2,
	MM_BLD_MSG3,
	MM_WAIT_MSG4,
	MM_BLD_MSG5,
	MM_WAIT_MSG6,
	MM_ACTIVE, /* shown as AM_ACTIVE where Aggressive Mode made the SA */
	AM_BLD_MSG2,
	AM_WAIT_MSG3,
	AM_BLD_MSG1,
	AM_WAIT_MSG2,
	AM_BLD_MSG3,
	/* signature mode: a check or a signature is out */
	MM_CHK_MSG5,
	MM_SIGN_MSG6,
	MM_SIGN_MSG5,
	MM_CHK_MSG6,
	AM_SIGN_MSG2,
	AM_CHK_MSG3,
	AM_CHK_MSG2,
	AM_SIGN_MSG3,
	SA_STATE_COUNT
};

/* So many in a second, no more. */
struct bucket {
	uint64_t second;
	uint32_t used;
};

/* The half-open SAs of the source addresses of one hash. */
struct source {
	struct list early; /* those before MM3, oldest first */
	unsigned n, n_early;
};

/* What message 5 or 6 leaves behind: it may take a while until it is believed. */
struct arrival {
	struct flow flow;
	bool natt;
	uint64_t request;
	uint8_t next_iv[IKE_BLOCK];
	bool contact; /* it says INITIAL-CONTACT */
};

/* Phase 1 in progress; given back when the SA is active. */
struct handshake {
	struct list age; /* in half_early or half_late, oldest first; initiators: nowhere */
	struct list source_link;
	struct isakmp_sa *sa;
	uint64_t born_ms;
	uint64_t request;      /* hash of the message that a DH job answers */
	struct source *source; /* NULL for initiators */
	uint16_t sai_len;
	uint8_t sai_in_pool; /* index + 1 */
	uint8_t sai[SAI_INLINE];
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint8_t peer_dst_natd[PRIM_HASH_MAX]; /* what the peer hashed as our address */
	struct ike_dh_job *dh;                /* ours unless dh_out */
	bool dh_out;
	struct arrival arrival;
	struct rsa_half *rsa;             /* NULL: no signature mode, or not yet */
	uint8_t peer_hash[PRIM_HASH_MAX]; /* HASH_I or HASH_R, until it can be checked */
	uint8_t peer_hash_len;
	/* Aggressive Mode's responder: octets of message 1, the transform that is echoed */
	uint16_t request_len;
	uint8_t proposal, raw_len;
	uint8_t raw[OFFER_RAW_MAX];
	uint32_t offered_life_s; /* responder: of the chosen transform; 0: not named */
	unsigned bad_msg5;
	const char *hint; /* initiator: reason told by an unprotected Notify */
};

/* The other end, for as long as an ISAKMP SA or a child of it lives (ike.h). */
struct peer {
	ike_peer_id id;
	struct ike *ike;
	struct list node;      /* in ike->peers */
	struct list twin_link; /* bucket by the remote endpoint, once up */
	bool up;               /* the caller knows it */
	bool ending;
	bool vouched; /* a user has logged in (ike_vouch) */
	struct ike_id identity;
	struct flow flow; /* where it is now */
	bool natt;
	uint64_t path_ms;
	/* where it was before; how often it went back and forth since another SA joined it */
	struct endpoint former;
	uint64_t former_ms, joined_ms;
	unsigned returns;
	struct timer keepalive; /* RFC 3948 4 */
	struct dpd dpd;
	struct dh_share dh_share; /* H-07 */
	struct list sas;          /* by age, the newest last */
	unsigned n_sas;
	struct list children; /* by age */
	unsigned n_children;
	ike_sa_id renewing; /* a Main Mode of ours that will renew it */
	/* what a Quick Mode of ours asks for: as dialled, then as the last child has it */
	struct ike_dial dial;
	uint8_t id_ours[SELECTOR_MAX], id_theirs[SELECTOR_MAX]; /* ID bodies */
	uint8_t id_ours_len, id_theirs_len;                     /* 0: none is known */
	struct ike_esp suite;                                   /* of the newest child */
	uint8_t pfs_group;
	uint32_t life_s, life_kb; /* agreed for it */
};

struct isakmp_sa {
	ike_sa_id id;
	struct ike *ike;
	struct peer *peer; /* NULL: a responder's that is not authenticated */
	struct list peer_link;
	bool replaced;        /* a newer one of ours is up: ends soon */
	uint64_t expire_ms;   /* 0: never */
	struct list own_link; /* bucket by our own cookie */
	struct list mm1_link; /* responder: bucket by CKY-I and the peer's address */
	enum ike_role role;
	uint8_t state;
	bool natt; /* floated to 4500 */
	bool peer_behind_nat, we_behind_nat, nat_checked;
	bool peer_dpd;
	bool peer_fragments; /* takes IKE fragments, and we send them */
	bool fragment_noted; /* the story says that fragments are refused here */
	bool aggressive;     /* made by Aggressive Mode */
	uint16_t fragment_id;
	struct flow flow;
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	uint32_t vendors;
	const struct quirk *quirk;          /* the client system; NULL: not looked at yet */
	const struct natt_variant *variant; /* agreed; NULL: no NAT traversal */
	struct ike_policy policy;
	struct keymat key;
	uint8_t iv[IKE_BLOCK]; /* phase 1 chain; afterwards its last block */
	struct ike_id peer_id;
	uint8_t *cert; /* DER, which it has signed with; NULL: none */
	uint16_t cert_len;
	struct handshake *hs; /* NULL when active */
	struct reply reply;
	struct timer timer; /* half-open end, retransmission, lifetime */
	unsigned tries;
	uint64_t up_ms, path_ms;
	struct seen_ids seen;
	bool dpd_any;
	uint32_t dpd_sequence;
	uint64_t dpd_ms;
	struct list quicks;
	unsigned n_quicks;
	uint32_t counted_quicks; /* message ids of an initiator that counts them */
	struct bucket quick_rate;
	uint8_t dh_owed; /* group of the sums that it had as a stranger (budget.h); 0: settled */
	bool ending;     /* sa_end() is under way */
};

enum quick_state {
	QM_NEW,
	QM_R_DH,
	QM_R_INSTALL,
	QM_WAIT_MSG3,
	QM_I_DH1,
	QM_WAIT_MSG2,
	QM_I_DH2,
	QM_I_INSTALL,
	QM_WAIT_CONNECTED, /* QM3 is sent; the peer has set the commit bit */
	QM_DONE,           /* kept for a while to answer duplicates */
	QUICK_STATE_COUNT
};

struct quick {
	struct list link;
	struct isakmp_sa *sa;
	uint8_t state;
	enum ike_role role;
	uint32_t mid;
	uint64_t began; /* the last id given out when it began */
	uint8_t iv[IKE_BLOCK];
	struct reply reply;
	struct timer timer;
	unsigned tries;
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint8_t id_i[QM_ID_MAX], id_r[QM_ID_MAX]; /* ID bodies, echoed exactly */
	uint8_t id_i_len, id_r_len;               /* 0: absent */
	uint8_t proposal;
	uint8_t raw[OFFER_RAW_MAX]; /* chosen transform */
	uint8_t raw_len;
	uint8_t group;     /* PFS; 0: none */
	bool commit;       /* the peer has set the commit bit (RFC 2408 3.1) */
	bool replay_asked; /* it wants to hear REPLAY-STATUS */
	uint64_t request;  /* hash of the message that we are answering */
	struct ike_dh_job *dh;
	bool dh_out;
	struct lifetime offered; /* responder: of the chosen transform */
	struct ike_child keys;   /* being agreed */
	ike_child_id child;
};

struct child {
	struct list link;
	struct peer *peer;
	ike_child_id id;
	ike_sa_id made_under;
	enum ike_role role; /* who began its Quick Mode */
	uint64_t began;     /* its Quick Mode: what has a higher id is younger than that */
	uint32_t spi_in, spi_out;
	uint32_t mid; /* of its Quick Mode */
	bool up;
	bool aged;          /* its renewal was begun, or is not ours to begin */
	bool replaced;      /* a pair of ours took its place: ends soon */
	uint64_t expire_ms; /* 0: never */
	struct timer life;
};

#define NOTIFY_BUCKETS 256

struct ike {
	struct ike_config cfg; /* its arrays point into policies and esps */
	struct policies policies;
	struct esps esps;
	struct timerq *timers;
	struct ike_work *own_work; /* NULL: the caller's */
	struct outbox *out;        /* of the work, as are plain, build and hold */
	struct ike_act *now_out;   /* the action that the caller holds, in hold */
	uint8_t *hold;
	struct ike_stats stats;
	uint64_t drops[IKE_DROP_COUNT];
	uint64_t seed;
	uint64_t next_id;

	struct isakmp_sa *slots; /* cap = half_open_max + sa_max; fixed */
	uint32_t *free_slots;
	uint32_t n_free, n_touched, cap;
	struct handshake *handshakes;
	uint32_t *free_handshakes;
	uint32_t n_free_handshakes;
	struct list half_early, half_late;      /* before and after MM3 */
	struct buckets by_own, by_mm1, by_twin; /* they grow with the SAs */
	struct list peers;
	struct map peers_by_id, children_by_id;
	unsigned n_peers;
	struct source *sources;
	uint32_t source_mask;
	uint8_t *sai_pool[SAI_POOL]; /* made at the first use */
	uint32_t sai_pool_free;      /* bit set */

	struct fragments fragments;
	struct list dh_out;
	unsigned dh_strangers;
	struct dh_spares spares;
	struct dh_budget *dh_budget; /* made at the first use: clients have none */
	struct bucket notify_all;
	struct bucket *notify_by_net; /* NOTIFY_BUCKETS, made at the first use */
	bool debug_keys;
	unsigned n_aggressive; /* half-open responder SAs of Aggressive Mode */
	struct bucket budget_notes;
	struct bucket am_all, am_refusals;
	struct bucket *am_by_net; /* as notify_by_net */

	uint8_t *plain; /* IKE_MESSAGE_MAX octets: decrypted message in work */
	uint8_t *build; /* IKE_MESSAGE_MAX octets: message being built */
};

#define IKE_OUTBOX_OCTETS (256 * 1024)

/* See ike_config.work. */
struct ike_work {
	struct outbox out;
	uint8_t plain[IKE_MESSAGE_MAX], build[IKE_MESSAGE_MAX];
	_Alignas(16) uint8_t hold[sizeof(struct ike_act) + IKE_MESSAGE_MAX];
};

/* One thing that happens to an SA or a Quick Mode. */
struct event {
	uint64_t now_ms;
	const struct flow *flow; /* message */
	bool natt;
	struct bytes msg; /* the datagram */
	uint64_t msg_hash;
	const struct isakmp_header *h;
	const struct payloads *p;
	uint8_t next_iv[IKE_BLOCK];
	struct ike_dh_job *job;
	struct bytes signature; /* ours, that came */
};

/* sa.c: tables */
bool sa_tables_init(struct ike *k);
void sa_tables_free(struct ike *k);
struct isakmp_sa *sa_new(struct ike *k, enum ike_role role, const struct flow *flow,
			 uint64_t now_ms);
/* After the cookies are set. */
void sa_index_own(struct isakmp_sa *sa);
void sa_index_mm1(struct isakmp_sa *sa);
bool sa_keep_sai(struct isakmp_sa *sa, struct bytes body);
struct bytes sa_sai(const struct isakmp_sa *sa);
struct isakmp_sa *sa_by_id(const struct ike *k, ike_sa_id id);
struct isakmp_sa *sa_by_cookies(const struct ike *k, const uint8_t *cky_i, const uint8_t *cky_r);
struct isakmp_sa *sa_by_mm1(const struct ike *k, const uint8_t *cky_i, const struct flow *flow);
/* Half-open admission for a stranger (H-05, H-06): may end an older one of its source, or the
 * oldest of all. DROP_NONE: sa_new() will work. */
enum ike_drop sa_admit(struct ike *k, const struct flow *flow, uint64_t now_ms);
unsigned sa_half_open_of(struct ike *k, const struct flow *flow); /* of this source */
void sa_mark_late(struct isakmp_sa *sa);
void sa_handshake_done(struct isakmp_sa *sa);
/* Ends an SA and frees it. tell: its peer hears of it (ORPHAN, DOWN); without, only an SA
 * that has no peer, or the end of everything. */
void sa_end(struct isakmp_sa *sa, const char *reason, bool tell);
void sa_header(const struct isakmp_sa *sa, uint8_t exchange, uint32_t mid, struct isakmp_header *h);
const char *sa_state_name(uint8_t state);
const char *sa_shown_state(const struct isakmp_sa *sa); /* AM_ACTIVE for what AM made */

/* act.c: actions, notes, drops */
void act_send(struct ike *k, struct isakmp_sa *sa, const struct flow *flow, bool natt,
	      struct bytes bytes);
struct ike_act *act_must(struct ike *k, enum ike_act_kind kind, const struct isakmp_sa *sa);
struct ike_act *act_peer(struct ike *k, enum ike_act_kind kind, const struct peer *p);
void act_dh(struct ike *k, struct isakmp_sa *sa, struct ike_dh_job *job, bool stranger);
void act_note(struct ike *k, const struct isakmp_sa *sa, const struct flow *flow,
	      enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void drop(struct ike *k, enum ike_drop why);
bool act_room(const struct ike *k);
bool bucket_take(struct bucket *b, uint64_t now_ms, uint32_t per_second);
/* The bucket of a flow's net: /24 (IPv4) or /48 (IPv6). False for want of memory, too. */
bool bucket_take_net(struct ike *k, struct bucket **nets, const struct flow *flow, uint64_t now_ms,
		     uint32_t per_second);
uint32_t random_u32(struct ike *k); /* not 0 */

/* fragment_io.c */
/* A datagram with header h carries a fragment: e->msg and *h become the message that it
 * completes; e->msg is empty when more are needed. */
enum ike_drop fragment_input(struct ike *k, struct event *e, struct isakmp_header *h,
			     struct bytes rest);
/* Sends msg in fragments; false: it needs none, or the peer takes none. */
bool fragment_send(struct ike *k, struct isakmp_sa *sa, const struct flow *flow, bool natt,
		   struct bytes msg);

/* quick.c */
void quick_end(struct quick *q);

/* child.c */
struct child *child_new(struct isakmp_sa *sa, const struct quick *q, uint64_t now_ms);
struct child *child_by_id(const struct ike *k, ike_child_id id);
struct child *child_by_spi_out(const struct peer *p, uint32_t spi);
void child_up(struct child *c, const struct flow *flow, uint64_t now_ms);
/* The peer wants a shorter life for it, from now on. */
void child_shorten(struct child *c, uint32_t life_s, uint64_t now_ms);
/* reason NULL: nobody is told. */
void child_end(struct child *c, const char *reason);

/* peer.c */
struct peer *peer_by_id(const struct ike *k, ike_peer_id id);
/* Initiator: the peer that a dial is for; NULL: no room. */
struct peer *peer_new(struct ike *k, const struct flow *flow);
void peer_take_sa(struct peer *p, struct isakmp_sa *sa);
/* sa is authenticated: it joins the peer whose identity and address it has, or is the first
 * of a new one; tells UP or RENEWED. False: no room. */
bool peer_admit(struct isakmp_sa *sa, uint64_t now_ms);
/* sa is going: what that means to its peer (DOWN, ORPHAN). */
void peer_lose_sa(struct isakmp_sa *sa, const char *reason, bool tell);
/* The SA to speak under: the newest, which the peer keeps for longest. NULL: none is active. */
struct isakmp_sa *peer_speaker(const struct peer *p);
/* What its SAs show of its system (quirk.h); NULL: nothing. */
const struct quirk *peer_quirk(const struct peer *p);
/* A message of sa was authenticated: the peer follows it to another address (H-16). */
void peer_heard(struct isakmp_sa *sa, const struct flow *flow, bool natt, uint64_t now_ms);
/* The peer says that sa is all it has with us (RFC 2407 4.6.3.3). */
void peer_initial_contact(struct isakmp_sa *sa);
/* The newest pair is made again under another SA, when end_of (NULL: any but the newest), under
 * which it was made, is about to end. */
void peer_rekey_before(struct peer *p, const struct isakmp_sa *end_of, uint64_t now_ms);
/* The last child or SA may be gone: ends the peer when nothing is left of it. */
void peer_tidy(struct peer *p, const char *reason);
/* Ends the peer with all that it has; tell: DOWN and CHILD_DOWN are queued. */
void peer_end(struct peer *p, const char *reason, bool tell);

/* twin.c */
/* Of the twin_link of a peer. */
uint64_t peer_twin_hash(const struct list *twin_link);
/* The peer is at another address, or up. */
void peer_twin_index(struct peer *p);
/* The peer that sa renews; NULL: none. One that was silent for too long is asked for a sign of
 * life, and goes to silent: when the sign comes they are joined. */
struct peer *peer_twin_fresh(const struct isakmp_sa *sa, uint64_t now_ms, ike_peer_id *silent);
/* Joins the peer with another of the same identity and address, when one of them is new. */
void peer_join_twin(struct peer *p, uint64_t now_ms);
