/*
 * proof: the check of what a peer shows in signature mode (RFC 2409 5.1): its certificates by
 * crypto's cert.h, its signature over HASH_I or HASH_R, its identity against its certificate
 * (RFC 4945 3.1), its name against who was dialled. Run by the caller's crypto pool as an
 * ike_dh_job; knows no SA. Which Notify tells which refusal is in the table here.
 */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERT_X509_SIGNATURE 4 /* RFC 2408 3.9 */

/* ---- making ---- */

static struct bytes put(struct proof *f, size_t *at, struct bytes b)
{
	struct bytes kept = {f->mem + *at, b.len};

	if (b.len)
		memcpy(f->mem + *at, b.p, b.len);
	*at += b.len;
	return kept;
}

/* The certificate of a CERT payload; empty: another encoding, which is skipped (RFC 4945
 * 3.3.10: CRLs, PKCS #7 wrappings). */
static struct bytes cert_of(const struct payload *p)
{
	struct rd r = rd_of_bytes(p->body);

	return rd_u8(&r) == CERT_X509_SIGNATURE ? rd_rest(&r) : (struct bytes){NULL, 0};
}

struct proof *proof_new(const struct payloads *p, struct bytes id_body, struct bytes signature)
{
	struct bytes der[CERT_CHAIN_MAX], one;
	size_t n = 0, octets = id_body.len + signature.len, at = 0;
	struct proof *f;

	for (const struct payload *c = payload_first(p, KIND_CERT); c; c = payload_next(p, c)) {
		one = cert_of(c);
		if (!one.len)
			continue;
		if (n < CERT_CHAIN_MAX) {
			der[n] = one;
			octets += one.len;
		}
		n++;
	}
	f = calloc(1, sizeof(*f) + octets);
	if (!f)
		return NULL;
	f->n = n;
	for (size_t i = 0; i < n && i < CERT_CHAIN_MAX; i++)
		f->der[i] = put(f, &at, der[i]);
	f->id_body = put(f, &at, id_body);
	f->signature = put(f, &at, signature);
	return f;
}

void proof_free(struct proof *f)
{
	if (!f)
		return;
	cert_trust_release(f->trust);
	free(f);
}

/* ---- the verdict ---- */

enum {
	NOTIFY_INVALID_CERTIFICATE = 20,
	NOTIFY_INVALID_CERT_AUTHORITY = 22,
	NOTIFY_INVALID_SIGNATURE = 25,
	NOTIFY_CERTIFICATE_UNAVAILABLE = 28,
};

static const struct {
	const char *reason;
	uint16_t notify;
	bool uncertain; /* octets changed on the way look the same */
} verdicts[] = {
	[CERT_NONE] = {"no-certificate", NOTIFY_CERTIFICATE_UNAVAILABLE, false},
	[CERT_TOO_MANY] = {"certificate-too-large", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_MALFORMED] = {"certificate-malformed", NOTIFY_INVALID_CERTIFICATE, true},
	[CERT_KEY_KIND] = {"certificate-key", NOTIFY_INVALID_CERTIFICATE, true},
	[CERT_KEY_SIZE] = {"certificate-key", NOTIFY_INVALID_CERTIFICATE, true},
	[CERT_EXPIRED] = {"certificate-expired", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_NOT_YET] = {"certificate-not-yet-valid", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_UNTRUSTED] = {"certificate-untrusted", NOTIFY_INVALID_CERT_AUTHORITY, false},
	[CERT_SELF_SIGNED] = {"certificate-self-signed", NOTIFY_INVALID_CERT_AUTHORITY, false},
	[CERT_SIGNATURE] = {"certificate-forged", NOTIFY_INVALID_CERTIFICATE, true},
	[CERT_WEAK] = {"certificate-weak", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_NOT_CA] = {"certificate-issuer", NOTIFY_INVALID_CERT_AUTHORITY, false},
	[CERT_PATH_LENGTH] = {"certificate-issuer", NOTIFY_INVALID_CERT_AUTHORITY, false},
	[CERT_CONSTRAINT] = {"certificate-constraint", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_KEY_USAGE] = {"certificate-usage", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_EXT_KEY_USAGE] = {"certificate-usage", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_REVOKED] = {"certificate-revoked", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_CRL] = {"certificate-crl", NOTIFY_INVALID_CERTIFICATE, false},
	[CERT_INTERNAL] = {"memory", NOTIFY_AUTHENTICATION_FAILED, true},
};

static bool refuse(struct proof *f, const char *reason, uint16_t notify, bool certain)
{
	f->reason = reason;
	f->notify = notify;
	f->certain = certain;
	return false;
}

static struct cert *verify(struct proof *f)
{
	const struct cert_check c = {.ders = f->der,
				     .n = f->n,
				     .trust = f->trust,
				     .now_s = f->now_s,
				     .role = f->of_server ? CERT_OF_SERVER : CERT_OF_CLIENT,
				     .sha1 = f->sha1,
				     .rsa_bits_min = f->rsa_bits_min};
	struct cert_finding found;
	struct cert *cert = cert_verify(&c, &found);

	snprintf(f->subject, sizeof(f->subject), "%s", found.subject);
	if (cert)
		return cert;
	snprintf(f->words, sizeof(f->words), "%s", found.words);
	refuse(f, verdicts[found.fault].reason, verdicts[found.fault].notify,
	       !verdicts[found.fault].uncertain);
	return NULL;
}

/* ---- identity ---- */

/* A body of any length: an ID_DER_ASN1_DN is as long as it is. */
static uint8_t id_type(struct bytes body, struct bytes *data)
{
	struct rd r = rd_of_bytes(body);
	uint8_t type = rd_u8(&r);

	rd_skip(&r, 3);
	*data = rd_rest(&r);
	return type;
}

static bool carries(const struct cert *c, uint8_t type, struct bytes data)
{
	struct ip_addr ip = {.family = type == ID_IPV4_ADDR ? 4 : 6};

	switch (type) {
	case ID_DER_ASN1_DN:
		return cert_has_subject(c, data);
	case ID_FQDN:
		return cert_has_fqdn(c, data);
	case ID_USER_FQDN:
		return cert_has_email(c, data);
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
		if (data.len != ip_addr_len(&ip))
			return false;
		memcpy(ip.ip, data.p, data.len);
		return cert_has_address(c, &ip);
	default:
		return false;
	}
}

/* Is there a name of this kind that could have been the same? */
static bool has_kind(const struct cert *c, uint8_t type)
{
	switch (type) {
	case ID_DER_ASN1_DN:
		return true;
	case ID_FQDN:
		return cert_has_kind(c, CERT_KIND_FQDN);
	case ID_USER_FQDN:
		return cert_has_kind(c, CERT_KIND_EMAIL);
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
		return cert_has_kind(c, CERT_KIND_ADDRESS);
	default:
		return false;
	}
}

static const char *id_text(uint8_t type, struct bytes data, char *buf, size_t cap)
{
	struct ike_id id = {.type = type};

	if (type == ID_DER_ASN1_DN)
		return cert_dn_words(data, buf, cap);
	id.len = (uint8_t)(data.len < sizeof(id.data) ? data.len : sizeof(id.data));
	if (id.len)
		memcpy(id.data, data.p, id.len);
	return id_words(&id, buf, cap);
}

static bool identity_ok(struct proof *f, const struct cert *c)
{
	char says[64], has[80];
	struct bytes data;
	uint8_t type = id_type(f->id_body, &data);

	if (carries(c, type, data))
		return true;
	if (type != ID_DER_ASN1_DN &&
	    (f->id_check == IKE_ID_ANY || (f->id_check == IKE_ID_IF_THERE && !has_kind(c, type))))
		return true;
	snprintf(f->words, sizeof(f->words), "it says to be %s, its certificate is that of %s",
		 id_text(type, data, says, sizeof(says)), cert_names(c, has, sizeof(has)));
	return refuse(f, "id-mismatch", NOTIFY_INVALID_ID_INFORMATION, true);
}

static bool name_ok(struct proof *f, const struct cert *c)
{
	char has[80];

	if (!f->name[0] || cert_is_of(c, f->name))
		return true;
	snprintf(f->words, sizeof(f->words), "the certificate is that of %s, not of %.64s",
		 cert_names(c, has, sizeof(has)), f->name);
	return refuse(f, "peer-name-mismatch", NOTIFY_INVALID_CERTIFICATE, true);
}

static bool signature_ok(struct proof *f, const struct cert *c)
{
	if (cert_signed_bare(c, (struct bytes){f->digest, f->digest_len}, f->signature))
		return true;
	snprintf(
		f->words, sizeof(f->words),
		"the signature is not one by the key of %s: it may be somebody else with a copy of "
		"the certificate",
		f->subject);
	return refuse(f, "signature-wrong", NOTIFY_INVALID_SIGNATURE, false);
}

bool proof_check(struct proof *f)
{
	struct cert *c = verify(f);
	bool good = c && signature_ok(f, c) && identity_ok(f, c) && name_ok(f, c);

	cert_free(c);
	return good;
}
