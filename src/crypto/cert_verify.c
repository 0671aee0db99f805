/*
 * cert_verify: a peer's chain against the trust anchors (RFC 5280 section 6 by libcrypto, RFC 4945
 * 5.1 for what IKE asks of it) and the peer's bare signature (RFC 2409 5.1). Called by ike's
 * verification job in a crypto thread, with octets of strangers: numbers and sizes are
 * bounded before anything is computed, and a public key has a size and a kind that we know
 * before it is used (security.md 66 to 68).
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "cert_i.h"
#include "libcrypto.h"

#define EXPONENT_BITS_MAX 64 /* a larger one makes every verification slow */

/* What one verification has at hand. */
struct check {
	const struct cert_check *in;
	struct cert_finding *out;
	X509 *x509[CERT_CHAIN_MAX]; /* as sent */
	X509_STORE_CTX *ctx;
};

static bool fault(struct check *c, enum cert_fault what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool fault(struct check *c, enum cert_fault what, const char *fmt, ...)
{
	va_list ap;

	c->out->fault = what;
	va_start(ap, fmt);
	vsnprintf(c->out->words, sizeof(c->out->words), fmt, ap);
	va_end(ap);
	return false;
}

/* The name of one certificate in a sentence: shorter than CERT_NAME. */
#define NAME_ROOM 64

static const char *subject(const X509 *x, char buf[NAME_ROOM])
{
	return x ? cert_name_words(X509_get_subject_name(x), buf, NAME_ROOM) : "?";
}

static const char *issuer(const X509 *x, char buf[NAME_ROOM])
{
	return x ? cert_name_words(X509_get_issuer_name(x), buf, NAME_ROOM) : "?";
}

/* ---- keys ---- */

static bool rsa_key_ok(struct check *c, EVP_PKEY *key, const char *name)
{
	int least = c->in->rsa_bits_min ? (int)c->in->rsa_bits_min : SIGN_RSA_BITS_MIN;
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *e = NULL;
	bool good;

	if (bits < least)
		return fault(c, CERT_KEY_SIZE,
			     "the RSA key of %s has %d bits, fewer than %d: it needs a new "
			     "certificate",
			     name, bits, least);
	if (bits > SIGN_RSA_BITS_MAX)
		return fault(c, CERT_KEY_SIZE, "the RSA key of %s has %d bits, more than %d", name,
			     bits, SIGN_RSA_BITS_MAX);
	good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) &&
	       !BN_is_one(e) && !BN_is_negative(e) && BN_num_bits(e) <= EXPONENT_BITS_MAX;
	BN_free(e);
	return good ||
	       fault(c, CERT_KEY_SIZE, "the RSA key of %s has an exponent that is none", name);
}

/* A curve by its name: parameters of a stranger's own are not computed with (CVE-2022-0778). */
static bool named_curve(EVP_PKEY *key)
{
	int own = 1;

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &own) ==
		       1 &&
	       own == 0;
}

static bool key_ok(struct check *c, const X509 *x, bool end_entity)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	char buf[NAME_ROOM];

	if (!key)
		return fault(c, CERT_MALFORMED, "the public key of %s cannot be read",
			     subject(x, buf));
	if (EVP_PKEY_is_a(key, "RSA"))
		return rsa_key_ok(c, key, subject(x, buf));
	if (end_entity)
		return fault(c, CERT_KEY_KIND,
			     "the key of %s is no RSA key: RSA signatures need one",
			     subject(x, buf));
	return named_curve(key) ||
	       fault(c, CERT_KEY_KIND, "the key of %s is neither RSA nor of a named curve",
		     subject(x, buf));
}

/* ---- what IKE asks of certificates ---- */

/* RFC 4945 5.1.3.2 */
static bool usage_ok(struct check *c, X509 *x)
{
	uint32_t usage = X509_get_key_usage(x); /* all bits where the extension is not there */
	char buf[NAME_ROOM];

	return usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) ||
	       fault(c, CERT_KEY_USAGE,
		     "the certificate of %s is not for signatures: its key usage needs "
		     "digitalSignature",
		     subject(x, buf));
}

/* RFC 4945 5.1.3.12: ipsecIKE or any. In practice: see enum cert_role. */
static bool purpose_fits(const ASN1_OBJECT *o, enum cert_role role)
{
	static const char *const others[] = {
		"1.3.6.1.5.5.7.3.17", /* id-kp-ipsecIKE */
		"1.3.6.1.5.5.8.2.2",  /* iKEIntermediate, of Windows' "IPSec" templates */
		"1.3.6.1.5.5.7.3.5",  /* ipsecEndSystem, ipsecTunnel, ipsecUser: before RFC 4945 */
		"1.3.6.1.5.5.7.3.6",  "1.3.6.1.5.5.7.3.7",
	};
	int nid = OBJ_obj2nid(o);
	char oid[64];

	if (nid == NID_anyExtendedKeyUsage ||
	    nid == (role == CERT_OF_SERVER ? NID_server_auth : NID_client_auth))
		return true;
	OBJ_obj2txt(oid, sizeof(oid), o, 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(oid, others[i]) == 0)
			return true;
	return false;
}

static bool purpose_ok(struct check *c, X509 *x)
{
	EXTENDED_KEY_USAGE *all;
	bool fits = false;
	char buf[NAME_ROOM];
	int there;

	all = X509_get_ext_d2i(x, NID_ext_key_usage, &there, NULL);
	if (there == -1)
		return true; /* the extension is not there */
	for (int i = 0; i < sk_ASN1_OBJECT_num(all) && !fits; i++)
		fits = purpose_fits(sk_ASN1_OBJECT_value(all, i), c->in->role);
	EXTENDED_KEY_USAGE_free(all);
	return fits ||
	       fault(c, CERT_EXT_KEY_USAGE,
		     "the certificate of %s is for something else: its extended key usage "
		     "needs %s or ipsecIKE",
		     subject(x, buf), c->in->role == CERT_OF_SERVER ? "serverAuth" : "clientAuth");
}

static bool hash_ok(struct check *c, X509 *x)
{
	char buf[NAME_ROOM];
	int hash = NID_undef;
	bool known = X509_get_signature_info(x, &hash, NULL, NULL, NULL) == 1;

	if (known && hash == NID_sha1 && !c->in->sha1)
		return fault(c, CERT_WEAK,
			     "the certificate of %s is signed over SHA-1, which can be forged: it "
			     "needs a new one over SHA-256",
			     subject(x, buf));
	if (known && (hash == NID_sha1 || hash == NID_sha224 || hash == NID_sha256 ||
		      hash == NID_sha384 || hash == NID_sha512))
		return true;
	return fault(c, CERT_WEAK,
		     "the certificate of %s is signed by an algorithm that is not taken (MD5?)",
		     subject(x, buf));
}

/* RFC 5280 6.1.4 (k) and (n): who issues says so. An anchor is trusted as it is. */
static bool issues_ok(struct check *c, X509 *x)
{
	char buf[NAME_ROOM];

	return (X509_get_extension_flags(x) & EXFLAG_CA &&
		X509_get_key_usage(x) & KU_KEY_CERT_SIGN) ||
	       fault(c, CERT_NOT_CA, "%s has issued a certificate and is no CA", subject(x, buf));
}

/* Every certificate of the chain that libcrypto has built. */
static bool chain_ok(struct check *c)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(c->ctx);
	int n = sk_X509_num(chain);

	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(chain, i);
		bool anchor = i + 1 == n;

		if (!key_ok(c, x, i == 0) || (!anchor && !hash_ok(c, x)) ||
		    (i && !anchor && !issues_ok(c, x)))
			return false;
	}
	return usage_ok(c, c->x509[0]) && purpose_ok(c, c->x509[0]);
}

/* ---- what libcrypto says ---- */

static const char *time_words(const ASN1_TIME *t, char buf[24])
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 || !strftime(buf, 24, "%Y-%m-%d", &tm))
		snprintf(buf, 24, "?");
	return buf;
}

static bool by_time(struct check *c, const X509 *x, bool over)
{
	time_t now = (time_t)c->in->now_s;
	char name[NAME_ROOM], day[24], today[24];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(today, sizeof(today), "%Y-%m-%d", &tm);
	if (over)
		return fault(
			c, CERT_EXPIRED,
			"the certificate of %s expired on %s (it is %s here): it needs a new one",
			subject(x, name), time_words(X509_get0_notAfter(x), day), today);
	return fault(c, CERT_NOT_YET,
		     "the certificate of %s begins on %s (it is %s here): is the clock right?",
		     subject(x, name), time_words(X509_get0_notBefore(x), day), today);
}

static bool by_trust(struct check *c, const X509 *x)
{
	char one[NAME_ROOM], two[NAME_ROOM];

	return fault(c, CERT_UNTRUSTED, "%s is issued by %s, which is no trusted CA here",
		     subject(x, one), issuer(x, two));
}

static bool by_self(struct check *c, const X509 *x)
{
	char buf[NAME_ROOM];

	return fault(c, CERT_SELF_SIGNED, "%s is signed by itself and is not trusted here",
		     subject(x, buf));
}

static bool by_error(struct check *c)
{
	int error = X509_STORE_CTX_get_error(c->ctx);
	const X509 *x = X509_STORE_CTX_get_current_cert(c->ctx);
	char buf[NAME_ROOM];

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return by_time(c, x, true);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return by_time(c, x, false);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return by_self(c, x);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return by_trust(c, x);
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return fault(c, CERT_SIGNATURE,
			     "the certificate of %s was not signed by the CA that it names",
			     subject(x, buf));
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return fault(c, CERT_NOT_CA, "%s has issued a certificate and is no CA",
			     subject(x, buf));
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return fault(c, CERT_PATH_LENGTH, "the chain is longer than %s allows",
			     error == X509_V_ERR_CERT_CHAIN_TOO_LONG ? "this program"
								     : subject(x, buf));
	case X509_V_ERR_CERT_REVOKED:
		return fault(c, CERT_REVOKED, "the certificate of %s is revoked", subject(x, buf));
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
		return fault(c, CERT_CRL,
			     "there is no current revocation list for the issuer of %s (%s)",
			     subject(x, buf), X509_verify_cert_error_string(error));
	case X509_V_ERR_OUT_OF_MEM:
		return fault(c, CERT_INTERNAL, "no memory");
	default:
		return fault(c, CERT_CONSTRAINT, "the certificate of %s is not valid: %s",
			     subject(x, buf), X509_verify_cert_error_string(error));
	}
}

/* An issuer without a revocation list is no fault unless one is demanded. */
static int on_error(int ok, X509_STORE_CTX *ctx)
{
	const struct cert_trust *t = X509_STORE_CTX_get_app_data(ctx);

	if (!ok && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_UNABLE_TO_GET_CRL &&
	    !t->demand_crl) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	return ok;
}

static void set_rules(struct check *c)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(c->ctx);
	const struct cert_trust *t = c->in->trust;
	/* an anchor need not be a root: an administrator may trust one issuing CA alone */
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

	if (t->n_crls || t->demand_crl)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_time(param, (time_t)c->in->now_s);
	X509_VERIFY_PARAM_set_depth(param, CERT_CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param,
					 0); /* key_ok() and hash_ok() have their own words */
	X509_STORE_CTX_set_app_data(c->ctx, (void *)(uintptr_t)t);
	X509_STORE_CTX_set_verify_cb(c->ctx, on_error);
}

static bool walk(struct check *c, STACK_OF(X509) * others)
{
	for (size_t i = 1; i < c->in->n; i++)
		if (!sk_X509_push(others, c->x509[i]))
			return fault(c, CERT_INTERNAL, "no memory");
	if (X509_STORE_CTX_init(c->ctx, c->in->trust->store, c->x509[0], others) != 1)
		return fault(c, CERT_INTERNAL, "no memory");
	set_rules(c);
	if (X509_verify_cert(c->ctx) != 1)
		return by_error(c);
	return chain_ok(c);
}

/* ---- the whole ---- */

static bool parse(struct check *c)
{
	if (c->in->n == 0)
		return fault(c, CERT_NONE, "no certificate was sent");
	if (c->in->n > CERT_CHAIN_MAX)
		return fault(c, CERT_TOO_MANY, "%zu certificates were sent, more than %d", c->in->n,
			     CERT_CHAIN_MAX);
	for (size_t i = 0; i < c->in->n; i++) {
		if (c->in->ders[i].len > CERT_DER_MAX)
			return fault(c, CERT_TOO_MANY, "certificate %zu is longer than %d octets",
				     i + 1, CERT_DER_MAX);
		c->x509[i] = cert_parse(c->in->ders[i]);
		if (!c->x509[i])
			return fault(c, CERT_MALFORMED, "certificate %zu cannot be read", i + 1);
		if (i == 0)
			cert_name_words(X509_get_subject_name(c->x509[0]), c->out->subject,
					sizeof(c->out->subject));
		/* before libcrypto verifies anything with it */
		if (!key_ok(c, c->x509[i], i == 0))
			return false;
	}
	return true;
}

static struct cert *keep(struct check *c)
{
	struct cert *cert = calloc(1, sizeof(*cert));

	if (cert)
		cert->der = cert_copy(c->in->ders[0]);
	if (!cert || !cert->der.p) {
		free(cert);
		fault(c, CERT_INTERNAL, "no memory");
		return NULL;
	}
	cert->x509 = c->x509[0];
	c->x509[0] = NULL;
	return cert;
}

struct cert *cert_verify(const struct cert_check *in, struct cert_finding *out)
{
	const struct libcrypto *l = libcrypto();
	struct check c = {.in = in, .out = out};
	STACK_OF(X509) *others = sk_X509_new_null();
	struct cert *cert = NULL;
	bool good;

	*out = (struct cert_finding){.fault = CERT_GOOD};
	c.ctx = l ? X509_STORE_CTX_new_ex(l->ctx, NULL) : NULL;
	if (!c.ctx || !others)
		good = fault(&c, CERT_INTERNAL, "no memory");
	else
		good = parse(&c) && walk(&c, others);
	if (good)
		cert = keep(&c);
	X509_STORE_CTX_free(c.ctx);
	sk_X509_free(others);
	for (size_t i = 0; i < CERT_CHAIN_MAX; i++)
		X509_free(c.x509[i]);
	libcrypto_forget_errors();
	return cert;
}

void cert_free(struct cert *c)
{
	if (!c)
		return;
	X509_free(c->x509);
	free((void *)(uintptr_t)c->der.p);
	free(c);
}

struct bytes cert_der(const struct cert *c)
{
	return c->der;
}

/* The padding is taken off by libcrypto, which wants all of it; what is left must be the
 * digest, whole and alone. */
bool cert_signed_bare(const struct cert *c, struct bytes digest, struct bytes signature)
{
	const struct libcrypto *l = libcrypto();
	EVP_PKEY *key = X509_get0_pubkey(c->x509);
	EVP_PKEY_CTX *ctx = l && key ? EVP_PKEY_CTX_new_from_pkey(l->ctx, key, NULL) : NULL;
	uint8_t plain[SIGN_MAX];
	size_t len = sizeof(plain);
	bool good = ctx && EVP_PKEY_get_size(key) == (int)signature.len &&
		    signature.len <= sizeof(plain) && EVP_PKEY_verify_recover_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_verify_recover(ctx, plain, &len, signature.p, signature.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	libcrypto_forget_errors();
	return good && digest.len >= 16 && len == digest.len && secret_eq(plain, digest.p, len);
}
