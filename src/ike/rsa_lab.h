/*
 * rsa_lab: the two sides of lab.h with certificates made at test time. For test_rsa*.c.
 */
#pragma once

#include "craft.h"
#include "lab.h"
#include "rsa.h"
#include "test_pki.h"

extern struct lab lab;
extern struct pki *root, *other; /* CAs; each side trusts root */
extern struct pki *usual[2];     /* what the sides have if nothing else is said */

/* What a side has: certificates, own first; from those a chain and a key are made. */
struct side {
	const struct pki *own, *issuer; /* issuer NULL: only its own is sent */
	const struct pki *trusts;
	struct cert_chain *chain;
	struct sign_key *key;
	struct ike_pki pki; /* trust: made of `trusts` where there is none */
	const struct cert_chain *chains[1];
};
extern struct side sides[2];

/* ECP 256, AES-256, SHA-256. */
extern const struct ike_policy rsa_policy;

/* Of a group of tests. */
int rsa_setup(void **state);
int rsa_teardown(void **state);

struct sign_key *key_of(const struct pki *p);
/* Both sides as usual; change `sides`, then start() or dial(), then end(). */
void begin(void);
/* The configuration of a side, whose chain, key and trust are made here. */
struct ike_config config(int side, const struct ike_policy *policy);
void start(void);
void dial(void); /* start(), dial, settle */
void end(void);
void assert_connected(void);
/* The server refuses the client: nothing comes up there, the client hears of it. */
void server_refuses(const char *reason, const char *words);
/* The client refuses the server: at once, with a word to it. */
void client_refuses(const char *reason, const char *words);
