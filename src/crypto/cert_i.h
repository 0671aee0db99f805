/* What the files of cert.h share: certificates as libcrypto has them. Private to src/crypto. */
#pragma once

#include <openssl/x509.h>
#include <stdatomic.h>

#include "crypto/cert.h"

struct cert {
	X509 *x509;
	struct bytes der; /* owned */
};

struct cert_chain {
	size_t n;
	X509 *x509[CERT_CHAIN_MAX];
	struct bytes der[CERT_CHAIN_MAX]; /* owned */
};

struct cert_trust {
	atomic_uint refs;
	X509_STORE *store;
	size_t n, n_crls;
	bool demand_crl;
	X509 *anchor[CERT_TRUST_MAX];
};

/* Exactly one certificate in DER, in this room's library context; NULL: it is none. */
X509 *cert_parse(struct bytes der);
/* A copy of p's octets; p NULL: memory. */
struct bytes cert_copy(struct bytes p);
/* The octets of a name inside a certificate. */
struct bytes cert_name_der(const X509_NAME *name);
const char *cert_name_words(const X509_NAME *name, char *buf, size_t cap);
