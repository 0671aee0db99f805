/*
 * The objects of the room: struct ike, ISAKMP SAs, phase 1 in progress, Quick
 * Modes, children; their tables and limits. Private to src/ike.
 *
 * Ownership: struct ike owns the SAs (in a table of fixed size), an SA owns its
 * handshake, Quick Modes and children. Only sa_end() frees an SA.
 */
#pragma once

#include "base/list.h"
#include "base/outbox.h"
#include "base/wr.h"
#include "dh.h"
#include "drop.h"
#include "esp.h"
#include "ike/ike.h"
#include "keymat.h"
#include "message.h"
#include "natt.h"
#include "payload.h"
#include "policy.h"
#include "reply.h"
#include "seen.h"

#define SAI_INLINE        1024
#define SAI_MAX           4096
#define SAI_POOL          32
#define QUICKS_MAX        3 /* open Quick Modes an SA (H-07) */
#define QUICKS_PER_SECOND 5
#define CHILDREN_MAX      8 /* an SA (H-07) */
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
	MM_ACTIVE,
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
	unsigned n;        /* all of them */
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
	unsigned bad_msg5;
	const char *hint; /* initiator: reason told by an unprotected Notify */
};

struct isakmp_sa {
	ike_sa_id id;
	struct ike *ike;
	struct list own_link; /* bucket by our own cookie */
	struct list mm1_link; /* responder: bucket by CKY-I and the peer's address */
	enum ike_role role;
	uint8_t state;
	bool natt; /* floated to 4500 */
	bool peer_behind_nat, we_behind_nat, nat_checked;
	bool peer_dpd;
	struct flow flow;
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	uint32_t vendors;
	const struct natt_variant *variant; /* agreed; NULL: no NAT traversal */
	struct ike_policy policy;
	struct keymat key;
	uint8_t iv[IKE_BLOCK]; /* phase 1 chain; afterwards its last block */
	struct ike_id peer_id;
	struct handshake *hs; /* NULL when active */
	struct reply reply;
	struct timer timer;     /* half-open end, retransmission, lifetime */
	struct timer keepalive; /* RFC 3948 4 */
	unsigned tries;
	uint64_t up_ms, path_ms;
	struct seen_ids seen;
	bool dpd_any;
	uint32_t dpd_sequence;
	uint64_t dpd_ms;
	struct list quicks, children;
	unsigned n_quicks, n_children;
	struct bucket quick_rate;
	struct ike_dial dial; /* initiator */
	bool ending;          /* sa_end() is under way */
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
	QM_DONE, /* kept for a while to answer duplicates */
	QUICK_STATE_COUNT
};

struct quick {
	struct list link;
	struct isakmp_sa *sa;
	uint8_t state;
	enum ike_role role;
	uint32_t mid;
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
	uint8_t group;    /* PFS; 0: none */
	uint64_t request; /* hash of the message that we are answering */
	struct ike_dh_job *dh;
	bool dh_out;
	struct ike_child keys; /* being agreed */
	ike_child_id child;
};

struct child {
	struct list link;
	struct isakmp_sa *sa;
	ike_child_id id;
	uint32_t spi_in, spi_out;
	uint32_t mid; /* of its Quick Mode */
	bool up;
	struct timer life;
};

#define NOTIFY_BUCKETS 256

struct ike {
	struct ike_config cfg; /* its arrays point into policies and esps */
	struct policies policies;
	struct esps esps;
	struct timerq *timers;
	struct outbox out;
	struct ike_act *now_out; /* the action that the caller holds, in hold */
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
	struct list half_early, half_late; /* before and after MM3 */
	struct list *by_own, *by_mm1;
	uint32_t bucket_mask;
	struct source *sources;
	uint32_t source_mask;
	uint8_t *sai_pool;
	uint32_t sai_pool_free; /* bit set */

	struct list dh_out;
	unsigned dh_strangers;
	struct bucket notify_all, notify_by_net[NOTIFY_BUCKETS];

	uint8_t plain[IKE_MESSAGE_MAX]; /* decrypted message in work */
	uint8_t build[IKE_MESSAGE_MAX]; /* message being built */
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
void sa_mark_late(struct isakmp_sa *sa);
void sa_handshake_done(struct isakmp_sa *sa);
/* Ends an SA: children down, DOWN when tell, everything freed. */
void sa_end(struct isakmp_sa *sa, const char *reason, bool tell);
void sa_move(struct isakmp_sa *sa, const struct flow *flow, bool natt, uint64_t now_ms);
void sa_header(const struct isakmp_sa *sa, uint8_t exchange, uint32_t mid, struct isakmp_header *h);
const char *sa_state_name(uint8_t state);

/* act.c: actions, notes, drops */
void act_send(struct ike *k, const struct isakmp_sa *sa, const struct flow *flow, bool natt,
	      struct bytes bytes);
struct ike_act *act_must(struct ike *k, enum ike_act_kind kind, const struct isakmp_sa *sa);
void act_dh(struct ike *k, struct isakmp_sa *sa, struct ike_dh_job *job, bool stranger);
void act_note(struct ike *k, const struct isakmp_sa *sa, const struct flow *flow,
	      enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void drop(struct ike *k, enum ike_drop why);
bool act_room(const struct ike *k);
bool bucket_take(struct bucket *b, uint64_t now_ms, uint32_t per_second);
uint32_t random_u32(struct ike *k); /* not 0 */

/* quick.c */
void quick_end(struct quick *q);

/* child.c */
struct child *child_new(struct isakmp_sa *sa, const struct quick *q, uint64_t now_ms);
struct child *child_by_id(const struct isakmp_sa *sa, ike_child_id id);
struct child *child_by_spi_out(const struct isakmp_sa *sa, uint32_t spi);
void child_up(struct child *c, const struct flow *flow);
void child_end(struct child *c, const char *reason);
