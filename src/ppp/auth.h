/*
 * auth: the authentication phase of a link, either side, over PAP and the CHAP
 * family. auth_server.c and auth_client.c hold the two state tables; pap.c and
 * chap.c the messages. Private to this room.
 */
#pragma once

#include "base/fsm.h"
#include "base/timerq.h"
#include "base/wr.h"
#include "cp.h"
#include "ppp/ppp.h"

enum auth_state {
	AUTH_IDLE, /* not this phase */
	AUTH_WAIT, /* server: for credentials; client: for a challenge */
	AUTH_BUSY, /* server: aaa was asked; client: credentials were sent */
	AUTH_PASSED,
	AUTH_FAILED,
	AUTH_CLIENT_N_STATES,
	AUTH_RETRY = AUTH_CLIENT_N_STATES, /* server: for other credentials, after a refusal */
	AUTH_N_STATES,
};

/* Codes of PAP (RFC 1334 2.2) and CHAP (RFC 1994 4). */
enum {
	PAP_REQUEST = 1,
	PAP_ACK = 2,
	PAP_NAK = 3,
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE = 2,
	CHAP_SUCCESS = 3,
	CHAP_FAILURE = 4,
	MSCHAP_CHANGE_PASSWORD_1 = 5, /* RFC 2433 7 */
	MSCHAP_CHANGE_PASSWORD_2 = 6, /* RFC 2433 8 */
	MSCHAP_CHANGE_PASSWORD_3 = 7, /* RFC 2759 7 */
};

/* RFC 2433 5, RFC 2759 6. */
enum {
	MSCHAP_ERROR_AUTHENTICATION_FAILURE = 691,
	MSCHAP_ERROR_CHANGING_PASSWORD = 709,
};

#define AUTH_RESULT_MAX  160
#define AUTH_MESSAGE_MAX 80 /* of a verdict's words, as sent to the peer */
#define MSCHAP_VALUE     49 /* RFC 2433 4.2, RFC 2759 4 */
#define CHAP_MD5_VALUE   16

struct auth {
	struct timer timer;
	uint8_t state;    /* enum auth_state */
	uint8_t id;       /* of the challenge, or of the PAP request */
	uint8_t tries;    /* sent */
	uint8_t refusals; /* server: since the last acceptance, renegotiated or not */
	bool asked;       /* PPP_ACT_AUTH is unanswered */
	bool stale;       /* ... and is about credentials that no longer count */

	struct auth_exchange *exchange; /* server: NULL when the phase is over */
	struct auth_result *result;     /* server: as it was sent; NULL: none yet */
};

/* What is only needed while names and passwords are checked. */
struct auth_exchange {
	uint8_t challenge[16];
	uint8_t challenge_len;
	uint8_t peer_challenge[16];

	/* server: the peer's name and PAP password, digest or NT response; client: the
	 * value of the response that was sent */
	uint8_t name_len;
	uint8_t response_len;
	uint8_t name[PPP_NAME_MAX];
	uint8_t response[PPP_NAME_MAX];

	uint8_t expected[20]; /* client, MS-CHAPv2: the S= that must come */
};

/* Success or Failure, as long as the link: a peer may send its credentials again. */
struct auth_result {
	uint8_t code;
	uint8_t len;
	uint8_t b[];
};

extern const struct fsm auth_server_fsm;
extern const struct fsm auth_client_fsm;

bool auth_init(struct ppp *p); /* false: no memory */
void auth_free(struct ppp *p);
void auth_start(struct ppp *p, uint64_t now_ms);
void auth_stop(struct ppp *p, uint64_t now_ms);
/* Before authentication begins again; false: no memory. */
bool auth_exchange_need(struct auth *a);
void auth_exchange_drop(struct auth *a);
/* One packet of PAP or of CHAP. */
void auth_input(struct ppp *p, uint64_t now_ms, uint16_t protocol, struct bytes payload);
void auth_server_verdict(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v);
/* The last Success again: it may be lost, and the peer waits for it. */
void auth_server_repeat(struct ppp *p);
/* The peer is in the network phase: what was said to get there is not kept. */
void auth_server_settled(struct ppp *p);
void auth_show_request(const struct ppp *p, struct ppp_auth_request *out);

/* auth_server.c, auth_client.c */
void auth_server_start(struct ppp *p, uint64_t now_ms);
void auth_server_stop(struct ppp *p, uint64_t now_ms);
void auth_server_input(struct ppp *p, uint64_t now_ms, uint16_t protocol,
		       const struct cp_packet *in);
void auth_server_timer(struct ppp *p, uint64_t now_ms);
void auth_client_start(struct ppp *p, uint64_t now_ms);
void auth_client_stop(struct ppp *p, uint64_t now_ms);
void auth_client_input(struct ppp *p, uint64_t now_ms, uint16_t protocol,
		       const struct cp_packet *in);
void auth_client_timer(struct ppp *p, uint64_t now_ms);

/* pap.c (RFC 1334 2.2). */
bool pap_parse_request(struct bytes body, struct bytes *name, struct bytes *password);
void pap_write_request(struct wr *w, struct bytes name, struct bytes password);
void pap_write_reply(struct wr *w, struct bytes message);

/* chap.c: Challenge and Response are a value with its length, then a name (RFC 1994
 * 4.1). */
bool chap_parse_value(struct bytes body, struct bytes *value, struct bytes *name);
void chap_write_value(struct wr *w, struct bytes value, struct bytes name);
size_t chap_challenge_len(enum ppp_auth method);

struct chap_response {
	struct bytes response;       /* the digest, or the NT response */
	struct bytes peer_challenge; /* MS-CHAPv2 */
};

/* NULL, or why the value is no answer to this method: a constant in plain words. */
const char *chap_split_response(enum ppp_auth method, struct bytes value,
				struct chap_response *out);
void chap_write_mschap1(struct wr *w, const uint8_t nt_response[24]);
void chap_write_mschap2(struct wr *w, const uint8_t peer_challenge[16],
			const uint8_t nt_response[24]);

/* The message of Success and Failure (RFC 1994 4.2, RFC 2433 5, RFC 2759 5 and 6). */
void chap_write_success(struct wr *w, enum ppp_auth method, const struct ppp_verdict *v);
/* again: the peer may try again, with an answer to new_challenge (R=1) */
void chap_write_failure(struct wr *w, enum ppp_auth method, const struct ppp_verdict *v, bool again,
			const uint8_t new_challenge[16]);

/* Does an MS-CHAPv2 Success message open with S= and these 20 octets? */
bool chap_success_matches(struct bytes message, const uint8_t expected[20]);

/* A verdict's words, or otherwise, without what is not printable ASCII. */
void auth_write_message(struct wr *w, const char *message, const char *otherwise);
