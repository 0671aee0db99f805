/*
 * cert: X.509 certificates for IKE (RFC 5280 as RFC 4945 section 5 narrows it): our own chain,
 * trust anchors, the check of a peer's chain with a reason in words, names in certificates.
 *
 * Octets of a certificate come from strangers: everything here is bounded by the numbers below,
 * and nothing is fetched from anywhere. No clock: the time is an argument. Objects are read
 * only once made, so that threads may share them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"
#include "crypto/sign.h"

#define CERT_CHAIN_MAX 8    /* certificates that a peer may send, or that we send */
#define CERT_DER_MAX   6000 /* octets of one */
#define CERT_TRUST_MAX 64   /* trust anchors */
#define CERT_CRLS_MAX  64
#define CERT_WORDS     144 /* a sentence, with NUL */
#define CERT_NAME      96  /* a distinguished name as text, with NUL: longer ones are cut */

/* ---- our own chain ---- */

struct cert_chain;

/* The certificates in order, the end entity's first. NULL: memory, or *bad (may be NULL) is the
 * index of one that is none, is too long, or none of n 1 to CERT_CHAIN_MAX. */
struct cert_chain *cert_chain_new(const struct bytes *ders, size_t n, size_t *bad);
void cert_chain_free(struct cert_chain *c);
size_t cert_chain_count(const struct cert_chain *c);
/* Octets live as long as the chain; i < count. Names are DER, as in CERTREQ and ID payloads. */
struct bytes cert_chain_der(const struct cert_chain *c, size_t i);
struct bytes cert_chain_subject(const struct cert_chain *c, size_t i);
struct bytes cert_chain_issuer(const struct cert_chain *c, size_t i);
/* The second in which the end entity's certificate expires, since 1970 in UTC. */
int64_t cert_chain_until_s(const struct cert_chain *c);
/* Is it the end entity's private key? */
bool cert_chain_has_key(const struct cert_chain *c, const struct sign_key *key);

/* ---- trust ---- */

struct cert_trust;

/* Nothing is trusted at first. One reference is the caller's. */
struct cert_trust *cert_trust_new(void);
/* Before anybody else holds it. A CA, or an end entity's own certificate, which then is trusted
 * by itself. False: no certificate, one too many, memory. */
bool cert_trust_add(struct cert_trust *t, struct bytes der);
/* All CERTIFICATE blocks of a PEM file, or one certificate in DER; how many were added. */
size_t cert_trust_add_file(struct cert_trust *t, struct bytes file);
/* A revocation list, DER or PEM: certificates of its issuer are looked up in it, and one that is
 * out of date refuses them all. False: no CRL, one too many, memory. */
bool cert_trust_add_crl(struct cert_trust *t, struct bytes file);
/* Issuers without a CRL refuse too. */
void cert_trust_demand_crl(struct cert_trust *t);
struct cert_trust *cert_trust_hold(struct cert_trust *t); /* another reference; returns t */
void cert_trust_release(struct cert_trust *t);            /* NULL is harmless; any thread */
size_t cert_trust_count(const struct cert_trust *t);
struct bytes cert_trust_subject(const struct cert_trust *t, size_t i); /* DER; i < count */

/* ---- files ---- */

struct cert_file {
	struct cert_chain *chain; /* the key's certificate first; NULL: there is none */
	struct sign_key *key;     /* NULL: there is none */
	struct cert_trust *trust; /* its self-signed CAs; NULL: there is none */
};

/* PEM with certificates in any order and perhaps a key, PKCS #12, or one certificate in DER.
 * key_file, when not empty, has the key instead. False: out is empty, why (cap octets) says
 * what is wrong and what to do. True with key NULL: why says why there is none. */
bool cert_file_load(struct bytes file, struct bytes key_file, struct bytes password,
		    struct cert_file *out, char *why, size_t cap);
void cert_file_free(struct cert_file *f);

/* ---- a peer's chain ---- */

enum cert_fault {
	CERT_GOOD,
	CERT_NONE,      /* the peer sent none */
	CERT_TOO_MANY,  /* or too long */
	CERT_MALFORMED, /* does not parse, or its key does not */
	CERT_KEY_KIND,  /* end entity: no RSA key; CA: neither RSA nor a named curve */
	CERT_KEY_SIZE,  /* RSA of less or more bits than are taken, or an odd exponent */
	CERT_EXPIRED,
	CERT_NOT_YET,
	CERT_UNTRUSTED,     /* its issuer is no anchor and was not sent */
	CERT_SELF_SIGNED,   /* and not an anchor itself */
	CERT_SIGNATURE,     /* the issuer has not signed it */
	CERT_WEAK,          /* signed over MD5, or SHA-1 where that is not allowed */
	CERT_NOT_CA,        /* the issuer may not issue (basic constraints, key usage) */
	CERT_PATH_LENGTH,   /* too deep for a CA's limit, or ours */
	CERT_CONSTRAINT,    /* name constraints, an unknown critical extension */
	CERT_KEY_USAGE,     /* RFC 4945 5.1.3.2 */
	CERT_EXT_KEY_USAGE, /* RFC 4945 5.1.3.12 */
	CERT_REVOKED,
	CERT_CRL,      /* no current revocation list for its issuer */
	CERT_INTERNAL, /* memory */
};

/* Whose certificate is checked: serverAuth or clientAuth are taken for IKE too, as the client
 * systems' own certificates have them (RFC 4945 5.1.3.12 leaves only ipsecIKE and any). */
enum cert_role { CERT_OF_SERVER, CERT_OF_CLIENT };

struct cert_check {
	const struct bytes *ders; /* as the peer sent them: its own first, CAs in any order */
	size_t n;
	const struct cert_trust *trust;
	int64_t now_s; /* since 1970, UTC */
	enum cert_role role;
	bool sha1;             /* certificates that are signed over SHA-1 are taken */
	unsigned rsa_bits_min; /* 0: SIGN_RSA_BITS_MIN */
};

struct cert_finding {
	enum cert_fault fault;
	char words[CERT_WORDS];  /* what is wrong with which certificate, and what helps */
	char subject[CERT_NAME]; /* of the end entity; empty: it does not parse */
};

/* A certificate that was found good. */
struct cert;

/* The chain from ders[0] to an anchor, every link of it (RFC 5280 section 6). NULL: *out says
 * why. At most some milliseconds. Any thread. */
struct cert *cert_verify(const struct cert_check *c, struct cert_finding *out);
void cert_free(struct cert *c);

/* Is signature that of digest by this certificate's key, in exactly the form of sign_bare()? */
bool cert_signed_bare(const struct cert *c, struct bytes digest, struct bytes signature);

/* RFC 4945 3.1: does the certificate carry what an ID payload says? Subject octet for octet;
 * subjectAltName: address, FQDN and e-mail without regard to case, wildcards mean nothing. */
bool cert_has_subject(const struct cert *c, struct bytes dn);
bool cert_has_address(const struct cert *c, const struct ip_addr *ip);
bool cert_has_fqdn(const struct cert *c, struct bytes name);
bool cert_has_email(const struct cert *c, struct bytes mailbox);

/* Is there any name of this kind in its subjectAltName? */
enum cert_kind { CERT_KIND_ADDRESS, CERT_KIND_FQDN, CERT_KIND_EMAIL };
bool cert_has_kind(const struct cert *c, enum cert_kind kind);

/* Is it the certificate of who was meant: an address, host name (RFC 6125: a wildcard for its first
 * label, the common name only where there is no subjectAltName), user@host, or a
 * distinguished name as text ("C=JP, O=Office, CN=vpn", in either order)? */
bool cert_is_of(const struct cert *c, const char *name);

/* Its names for a note: "DNS vpn.example, address 192.0.2.1", or the subject. Returns buf. */
const char *cert_names(const struct cert *c, char *buf, size_t cap);
/* The whole certificate; lives as long as c. */
struct bytes cert_der(const struct cert *c);

/* A DER name as text, "C=JP, O=Office, CN=vpn"; what is no name gives "?". Returns buf. */
const char *cert_dn_words(struct bytes dn, char *buf, size_t cap);
