/*
 * cert_file: files of certificates and keys, PEM (RFC 7468) and PKCS #12 (RFC 7292), as what a
 * configuration or a command line names. Called by the loaders of programs, never with
 * octets of a peer. The certificates may stand in any order: the key says which one is ours, the
 * names say which one comes next.
 */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "cert_i.h"
#include "libcrypto.h"
#include "sign_i.h"

#define FILE_CERTS_MAX 32

/* What stands in a file. */
struct found {
	size_t n;
	X509 *x509[FILE_CERTS_MAX];
	struct sign_key *key;
	const char *why; /* there is no key */
};

static void found_free(struct found *f)
{
	for (size_t i = 0; i < f->n; i++)
		X509_free(f->x509[i]);
	sign_key_free(f->key);
}

/* Takes x over. */
static void add(struct found *f, X509 *x)
{
	if (x && f->n < FILE_CERTS_MAX)
		f->x509[f->n++] = x;
	else
		X509_free(x);
}

static bool read_pem(struct bytes file, struct bytes key_file, struct bytes password,
		     struct found *f)
{
	BIO *bio = BIO_new_mem_buf(file.p, (int)file.len);
	char *name, *header;
	unsigned char *der;
	long len;

	while (bio && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
			add(f, cert_parse((struct bytes){der, (size_t)len}));
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)len);
	}
	BIO_free(bio);
	libcrypto_forget_errors();
	if (f->n == 0)
		add(f, cert_parse(file));
	f->key = sign_key_load(key_file.len ? key_file : file, password, &f->why);
	return f->n || f->key;
}

/* libcrypto's PKCS #12 fetches its ciphers from the context of the thread. */
static int parse_p12(PKCS12 *p12, const char *password, EVP_PKEY **key, X509 **x,
		     STACK_OF(X509) * *ca)
{
	const struct libcrypto *l = libcrypto();
	OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(l->ctx);
	int ok = PKCS12_parse(p12, password, key, x, ca);

	OSSL_LIB_CTX_set0_default(before);
	return ok;
}

static bool from_p12(PKCS12 *p12, const char *password, struct found *f)
{
	STACK_OF(X509) *ca = NULL;
	EVP_PKEY *key = NULL;
	X509 *x = NULL;

	if (parse_p12(p12, password, &key, &x, &ca) != 1)
		return false;
	add(f, x);
	while (sk_X509_num(ca) > 0)
		add(f, sk_X509_shift(ca));
	sk_X509_free(ca);
	f->why = "there is no private key in it";
	if (key)
		f->key = sign_key_of(key, &f->why);
	return true;
}

/* False: it is none. */
static bool read_p12(struct bytes file, struct bytes password, struct found *f, bool *opened,
		     bool *mac_ok)
{
	char text[SECRET_MAX + 1] = {0};
	const uint8_t *p = file.p;
	PKCS12 *p12;

	p12 = file.p[0] == 0x30 ? d2i_PKCS12(NULL, &p, (long)file.len) : NULL;
	libcrypto_forget_errors();
	if (!p12)
		return false;
	if (password.len < sizeof(text)) {
		memcpy(text, password.len ? password.p : (const uint8_t *)"", password.len);
		*mac_ok = PKCS12_verify_mac(p12, text, -1) == 1;
		*opened = *mac_ok && from_p12(p12, text, f);
	}
	secret_zero(text, sizeof(text));
	PKCS12_free(p12);
	libcrypto_forget_errors();
	return true;
}

/* ---- what of it is what ---- */

static bool self_signed_ca(X509 *x)
{
	return X509_get_extension_flags(x) & EXFLAG_SS && X509_check_ca(x) > 0;
}

/* The certificate of the key; without a key the first one that is no CA. */
static size_t own_at(const struct found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		EVP_PKEY *its = X509_get0_pubkey(f->x509[i]);

		if (f->key ? its && EVP_PKEY_eq(its, f->key->pkey) == 1
			   : X509_check_ca(f->x509[i]) == 0)
			return i;
	}
	return f->n;
}

/* Whose name x bears as its issuer; NULL: nobody's, or a root's. */
static X509 *issuer_of(const struct found *f, X509 *x)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->x509[i] != x && !self_signed_ca(f->x509[i]) &&
		    X509_check_issued(f->x509[i], x) == X509_V_OK)
			return f->x509[i];
	return NULL;
}

static bool der_of(X509 *x, struct bytes *out)
{
	unsigned char *p = NULL;
	int len = i2d_X509(x, &p);

	*out = (struct bytes){p, len > 0 ? (size_t)len : 0};
	return len > 0;
}

static struct cert_chain *make_chain(const struct found *f, size_t own)
{
	struct bytes ders[CERT_CHAIN_MAX];
	struct cert_chain *chain = NULL;
	size_t n = 0;

	for (X509 *x = f->x509[own]; x && n < CERT_CHAIN_MAX && der_of(x, &ders[n]); n++)
		x = issuer_of(f, x);
	if (n)
		chain = cert_chain_new(ders, n, NULL);
	for (size_t i = 0; i < n; i++)
		OPENSSL_free((void *)(uintptr_t)ders[i].p);
	return chain;
}

static struct cert_trust *make_trust(const struct found *f)
{
	struct cert_trust *t = NULL;
	struct bytes der;

	for (size_t i = 0; i < f->n; i++) {
		if (!self_signed_ca(f->x509[i]) || !der_of(f->x509[i], &der))
			continue;
		if (!t)
			t = cert_trust_new();
		if (t)
			cert_trust_add(t, der);
		OPENSSL_free((void *)(uintptr_t)der.p);
	}
	return t;
}

static bool say(char *why, size_t cap, const char *text)
{
	snprintf(why, cap, "%s", text);
	return false;
}

static bool take(struct found *f, struct cert_file *out, char *why, size_t cap)
{
	size_t own = own_at(f);

	if (f->key && f->n && own == f->n)
		return say(why, cap, "no certificate in it is the private key's");
	out->trust = make_trust(f);
	if (own < f->n) {
		out->chain = make_chain(f, own);
		if (!out->chain)
			return say(why, cap, "a certificate is longer than 6000 octets");
	}
	out->key = f->key;
	f->key = NULL;
	return true;
}

bool cert_file_load(struct bytes file, struct bytes key_file, struct bytes password,
		    struct cert_file *out, char *why, size_t cap)
{
	struct found f = {.why = ""};
	bool opened = false, mac_ok = false, ok;

	*out = (struct cert_file){0};
	if (file.len == 0 || file.len > SIGN_FILE_MAX || !libcrypto())
		return say(why, cap, file.len ? "it is too large" : "it is empty");
	if (!read_p12(file, password, &f, &opened, &mac_ok))
		ok = read_pem(file, key_file, password, &f) ||
		     say(why, cap, "there is no certificate in it (PEM, PKCS #12 or DER)");
	else if (!opened)
		ok = say(why, cap,
			 mac_ok ? "it is encrypted by an old algorithm (RC2?): export it again, "
				  "with "
				  "`openssl pkcs12 -export -keypbe AES-256-CBC -certpbe "
				  "AES-256-CBC`"
			 : password.len ? "the password is not the file's"
					: "it needs a password");
	else
		ok = true;
	ok = ok && take(&f, out, why, cap);
	if (!ok)
		cert_file_free(out);
	else if (!out->key)
		snprintf(why, cap, "%s", f.why);
	found_free(&f);
	return ok;
}

void cert_file_free(struct cert_file *f)
{
	cert_chain_free(f->chain);
	sign_key_free(f->key);
	cert_trust_release(f->trust);
	*f = (struct cert_file){0};
}
