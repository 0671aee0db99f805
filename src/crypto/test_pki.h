/*
 * test_pki: certificates, keys and revocation lists made at test time, for the tests and fuzzers
 * of crypto and ike. Nothing of it is kept.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

#define PKI_NOW 1800000000 /* 2027-01-15: the clock of the tests */

/* What is left out is as in an ordinary certificate. */
struct pki_spec {
	const char *cn;
	const char *o;            /* NULL: "Office" */
	const struct pki *issuer; /* NULL: itself */
	int bits;                 /* RSA; 0: 2048; -1: EC P-256; -2: EC with explicit parameters */
	unsigned key;             /* number of the key: 0 is another one for each certificate */
	const char *san;          /* as openssl.cnf has it: "DNS:a,IP:192.0.2.1,email:x@y" */
	const char *constraints;  /* basicConstraints: "critical,CA:TRUE,pathlen:0" */
	const char *usage;        /* keyUsage */
	const char *purpose;      /* extendedKeyUsage */
	const char *names;        /* nameConstraints */
	const char *hash;         /* of its signature; NULL: SHA256 */
	int64_t from_s, to_s;     /* validity; 0: a year around PKI_NOW */
	const char *critical_oid; /* an extension that nobody knows */
	unsigned padding;         /* octets of an extension that is only large */
};

struct pki {
	X509 *x509;
	EVP_PKEY *key;
	struct bytes der; /* owned */
};

/* Never fails: aborts. */
struct pki *pki_make(const struct pki_spec *spec);
void pki_free(struct pki *p);

/* A CA and an end entity that it has issued, the usual ones. */
struct pki *pki_ca(const char *cn);
struct pki *pki_leaf(const struct pki *ca, const char *cn, const char *san);

/* PEM of certificates, and of the key of one (NULL: none), encrypted where password is not
 * NULL; into buf, returns its octets. */
struct bytes pki_pem(const struct pki *const *certs, size_t n, const struct pki *key,
		     const char *password, uint8_t *buf, size_t cap);
struct bytes pki_p12(const struct pki *own, const struct pki *const *cas, size_t n,
		     const char *password, uint8_t *buf, size_t cap);
/* A CRL of ca that names `revoked` (NULL: nobody), current until to_s. */
struct bytes pki_crl(const struct pki *ca, const struct pki *revoked, int64_t to_s, uint8_t *buf,
		     size_t cap);
