/*
 * test_pki: certificates made at test time, by libcrypto. Called by the tests and fuzzers of
 * crypto and ike.
 */
#include "test_pki.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_S (366 * INT64_C(86400))
#define KEYS   64

static void must(bool ok)
{
	if (!ok)
		abort();
}

static EVP_PKEY *ec_key(bool explicit_parameters)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

	must(ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_group_name(ctx, "P-256") == 1 &&
	     EVP_PKEY_CTX_set_ec_param_enc(ctx, explicit_parameters
							? OPENSSL_EC_EXPLICIT_CURVE
							: OPENSSL_EC_NAMED_CURVE) == 1 &&
	     EVP_PKEY_generate(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make_key(int bits)
{
	EVP_PKEY *key;

	if (bits < 0)
		return ec_key(bits == -2);
	key = EVP_RSA_gen(bits ? (unsigned)bits : 2048u);
	must(key);
	return key;
}

/* Keys are slow to make: one of a number and a size is made once in a process. */
static EVP_PKEY *key_of(int bits, unsigned number)
{
	static struct {
		int bits;
		unsigned number;
		EVP_PKEY *key;
	} made[KEYS];
	static unsigned next = 1000;
	unsigned i = 0;

	if (!number)
		number = next++ % 4 + 1000; /* four that take turns */
	while (i < KEYS && made[i].key && (made[i].bits != bits || made[i].number != number))
		i++;
	must(i < KEYS);
	if (!made[i].key) {
		made[i].bits = bits;
		made[i].number = number;
		made[i].key = make_key(bits);
	}
	EVP_PKEY_up_ref(made[i].key);
	return made[i].key;
}

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	if (!value)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void extend_raw(X509 *x, const char *oid, bool critical, size_t octets)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	uint8_t *zero = calloc(1, octets);
	X509_EXTENSION *e;

	must(o && s && zero && ASN1_OCTET_STRING_set(s, zero, (int)octets) == 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, o, critical, s);
	must(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(s);
	ASN1_OBJECT_free(o);
	free(zero);
}

static void set_subject(X509 *x, const struct pki_spec *s)
{
	X509_NAME *n = X509_get_subject_name(x);
	const char *o = s->o ? s->o : "Office";

	must(X509_NAME_add_entry_by_txt(n, "C", MBSTRING_ASC, (const uint8_t *)"JP", -1, -1, 0) &&
	     X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const uint8_t *)o, -1, -1, 0) &&
	     X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const uint8_t *)s->cn, -1, -1, 0));
}

static void set_extensions(X509 *x, X509 *issuer, const struct pki_spec *s)
{
	extend(x, issuer, NID_basic_constraints, s->constraints);
	extend(x, issuer, NID_key_usage, s->usage);
	extend(x, issuer, NID_ext_key_usage, s->purpose);
	extend(x, issuer, NID_subject_alt_name, s->san);
	extend(x, issuer, NID_name_constraints, s->names);
	if (s->critical_oid)
		extend_raw(x, s->critical_oid, true, 4);
	if (s->padding)
		extend_raw(x, "1.3.6.1.4.1.32473.1", false, s->padding);
}

struct pki *pki_make(const struct pki_spec *s)
{
	static long serial;
	struct pki *p = calloc(1, sizeof(*p));
	X509 *x = X509_new(), *issuer = s->issuer ? s->issuer->x509 : x;
	unsigned char *der = NULL;
	int len;

	must(p && x);
	p->x509 = x;
	p->key = key_of(s->bits, s->key);
	must(X509_set_version(x, X509_VERSION_3) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) &&
	     X509_time_adj_ex(X509_getm_notBefore(x), 0, 0,
			      &(time_t){s->from_s ? s->from_s : PKI_NOW - YEAR_S}) &&
	     X509_time_adj_ex(X509_getm_notAfter(x), 0, 0,
			      &(time_t){s->to_s ? s->to_s : PKI_NOW + YEAR_S}) &&
	     X509_set_pubkey(x, p->key));
	set_subject(x, s);
	must(X509_set_issuer_name(x, X509_get_subject_name(issuer)));
	set_extensions(x, issuer, s);
	must(X509_sign(x, s->issuer ? s->issuer->key : p->key,
		       EVP_get_digestbyname(s->hash ? s->hash : "SHA256")) > 0);
	len = i2d_X509(x, &der);
	must(len > 0);
	p->der = (struct bytes){der, (size_t)len};
	return p;
}

void pki_free(struct pki *p)
{
	if (!p)
		return;
	X509_free(p->x509);
	EVP_PKEY_free(p->key);
	OPENSSL_free((void *)(uintptr_t)p->der.p);
	free(p);
}

struct pki *pki_ca(const char *cn)
{
	return pki_make(&(struct pki_spec){.cn = cn,
					   .constraints = "critical,CA:TRUE",
					   .usage = "critical,keyCertSign,cRLSign"});
}

struct pki *pki_leaf(const struct pki *ca, const char *cn, const char *san)
{
	return pki_make(&(struct pki_spec){
		.cn = cn, .issuer = ca, .san = san, .usage = "critical,digitalSignature"});
}

static struct bytes drain(BIO *bio, uint8_t *buf, size_t cap)
{
	int len = BIO_read(bio, buf, (int)cap);

	must(len > 0 && (size_t)len < cap);
	BIO_free(bio);
	return (struct bytes){buf, (size_t)len};
}

struct bytes pki_pem(const struct pki *const *certs, size_t n, const struct pki *key,
		     const char *password, uint8_t *buf, size_t cap)
{
	BIO *bio = BIO_new(BIO_s_mem());

	for (size_t i = 0; i < n; i++)
		must(PEM_write_bio_X509(bio, certs[i]->x509));
	if (key)
		must(PEM_write_bio_PKCS8PrivateKey(
			bio, key->key, password ? EVP_aes_256_cbc() : NULL, password,
			password ? (int)strlen(password) : 0, NULL, NULL));
	return drain(bio, buf, cap);
}

struct bytes pki_p12(const struct pki *own, const struct pki *const *cas, size_t n,
		     const char *password, uint8_t *buf, size_t cap)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	BIO *bio = BIO_new(BIO_s_mem());
	PKCS12 *p12;

	for (size_t i = 0; i < n; i++)
		sk_X509_push(others, cas[i]->x509);
	p12 = PKCS12_create(password, "me", own->key, own->x509, others, 0, 0, 0, 0, 0);
	must(p12 && i2d_PKCS12_bio(bio, p12));
	PKCS12_free(p12);
	sk_X509_free(others);
	return drain(bio, buf, cap);
}

struct bytes pki_crl(const struct pki *ca, const struct pki *revoked, int64_t to_s, uint8_t *buf,
		     size_t cap)
{
	X509_CRL *crl = X509_CRL_new();
	BIO *bio = BIO_new(BIO_s_mem());
	ASN1_TIME *from = ASN1_TIME_set(NULL, PKI_NOW - YEAR_S), *to = ASN1_TIME_set(NULL, to_s);
	X509_REVOKED *r;

	must(crl && bio && from && to && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
	     X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x509)) &&
	     X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
	if (revoked) {
		r = X509_REVOKED_new();
		must(r && X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(revoked->x509)) &&
		     X509_REVOKED_set_revocationDate(r, from) && X509_CRL_add0_revoked(crl, r));
	}
	must(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0 && i2d_X509_CRL_bio(bio, crl));
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return drain(bio, buf, cap);
}
