/*
 * cert: our own chain and the trust anchors (RFC 5280, RFC 2408 3.9 and 3.10). Called by ike for
 * what is sent and asked for, by loaders for what is configured. Never decides whether a
 * certificate is good: cert_verify.c does.
 */
#include "cert_i.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcrypto.h"
#include "sign_i.h"

X509 *cert_parse(struct bytes der)
{
	const struct libcrypto *l = libcrypto();
	const uint8_t *p = der.p;
	X509 *x = NULL, *got = NULL;

	if (l && der.len && der.len <= CERT_DER_MAX)
		x = X509_new_ex(l->ctx, NULL);
	if (x)
		got = d2i_X509(&x, &p, (long)der.len);
	libcrypto_forget_errors();
	/* d2i frees what it was given when it fails */
	if (got && p == der.p + der.len)
		return got;
	X509_free(got);
	return NULL;
}

struct bytes cert_copy(struct bytes p)
{
	uint8_t *to = p.len ? malloc(p.len) : NULL;

	if (!to)
		return (struct bytes){NULL, 0};
	memcpy(to, p.p, p.len);
	return (struct bytes){to, p.len};
}

struct bytes cert_name_der(const X509_NAME *name)
{
	const unsigned char *p;
	size_t len;

	if (!name || X509_NAME_get0_der(name, &p, &len) != 1)
		return (struct bytes){NULL, 0};
	return (struct bytes){p, len};
}

/* ---- our own chain ---- */

struct cert_chain *cert_chain_new(const struct bytes *ders, size_t n, size_t *bad)
{
	struct cert_chain *c = n && n <= CERT_CHAIN_MAX ? calloc(1, sizeof(*c)) : NULL;

	if (bad)
		*bad = n;
	for (; c && c->n < n; c->n++) {
		c->x509[c->n] = cert_parse(ders[c->n]);
		c->der[c->n] = cert_copy(ders[c->n]);
		if (c->x509[c->n] && c->der[c->n].p)
			continue;
		if (bad)
			*bad = c->n;
		c->n++; /* what there is of it is freed too */
		cert_chain_free(c);
		return NULL;
	}
	return c;
}

void cert_chain_free(struct cert_chain *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		X509_free(c->x509[i]);
		free((void *)(uintptr_t)c->der[i].p);
	}
	free(c);
}

size_t cert_chain_count(const struct cert_chain *c)
{
	return c->n;
}

struct bytes cert_chain_der(const struct cert_chain *c, size_t i)
{
	return c->der[i];
}

struct bytes cert_chain_subject(const struct cert_chain *c, size_t i)
{
	return cert_name_der(X509_get_subject_name(c->x509[i]));
}

struct bytes cert_chain_issuer(const struct cert_chain *c, size_t i)
{
	return cert_name_der(X509_get_issuer_name(c->x509[i]));
}

int64_t cert_chain_until_s(const struct cert_chain *c)
{
	struct tm tm;

	return ASN1_TIME_to_tm(X509_get0_notAfter(c->x509[0]), &tm) == 1 ? (int64_t)timegm(&tm)
									 : INT64_MIN;
}

bool cert_chain_has_key(const struct cert_chain *c, const struct sign_key *key)
{
	EVP_PKEY *its = X509_get0_pubkey(c->x509[0]);
	bool same = its && EVP_PKEY_eq(its, key->pkey) == 1;

	libcrypto_forget_errors();
	return same;
}

/* ---- trust ---- */

struct cert_trust *cert_trust_new(void)
{
	struct cert_trust *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	t->store = X509_STORE_new();
	if (t->store)
		return t;
	free(t);
	return NULL;
}

bool cert_trust_add(struct cert_trust *t, struct bytes der)
{
	X509 *x = t->n < CERT_TRUST_MAX ? cert_parse(der) : NULL;
	bool ok = x && X509_STORE_add_cert(t->store, x) == 1;

	libcrypto_forget_errors();
	/* the store keeps one of two that are the same; this reference is ours */
	if (ok)
		t->anchor[t->n++] = x;
	else
		X509_free(x);
	return ok;
}

static size_t add_pem(struct cert_trust *t, BIO *bio)
{
	char *name, *header;
	unsigned char *der;
	size_t before = t->n;
	long len;

	while (PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
			cert_trust_add(t, (struct bytes){der, (size_t)len});
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)len);
	}
	libcrypto_forget_errors();
	return t->n - before;
}

size_t cert_trust_add_file(struct cert_trust *t, struct bytes file)
{
	BIO *bio = file.len && file.len <= SIGN_FILE_MAX ? BIO_new_mem_buf(file.p, (int)file.len)
							 : NULL;
	size_t n = bio ? add_pem(t, bio) : 0;

	BIO_free(bio);
	return n ? n : cert_trust_add(t, file);
}

bool cert_trust_add_crl(struct cert_trust *t, struct bytes file)
{
	BIO *bio = file.len && file.len <= INT32_MAX && t->n_crls < CERT_CRLS_MAX
			   ? BIO_new_mem_buf(file.p, (int)file.len)
			   : NULL;
	X509_CRL *crl = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
	const uint8_t *p = file.p;
	bool ok;

	if (bio && !crl)
		crl = d2i_X509_CRL(NULL, &p, (long)file.len);
	ok = crl && X509_STORE_add_crl(t->store, crl) == 1;
	t->n_crls += ok;
	X509_CRL_free(crl);
	BIO_free(bio);
	libcrypto_forget_errors();
	return ok;
}

void cert_trust_demand_crl(struct cert_trust *t)
{
	t->demand_crl = true;
}

struct cert_trust *cert_trust_hold(struct cert_trust *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void cert_trust_release(struct cert_trust *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	for (size_t i = 0; i < t->n; i++)
		X509_free(t->anchor[i]);
	X509_STORE_free(t->store);
	free(t);
}

size_t cert_trust_count(const struct cert_trust *t)
{
	return t->n;
}

struct bytes cert_trust_subject(const struct cert_trust *t, size_t i)
{
	return cert_name_der(X509_get_subject_name(t->anchor[i]));
}
