/*
 * cert_name: names in certificates: subject and subjectAltName against what an ID payload says
 * (RFC 4945 3.1) and against who was meant (RFC 6125), and names as text. Called by ike and
 * the loaders. Every text is cut to its buffer and shows no control characters.
 */
#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cert_i.h"
#include "libcrypto.h"

#define ATTRIBUTES_MAX 16

/* ---- as text ---- */

const char *cert_name_words(const X509_NAME *name, char *buf, size_t cap)
{
	const unsigned long form =
		(XN_FLAG_ONELINE & ~(unsigned long)XN_FLAG_SPC_EQ) | ASN1_STRFLGS_ESC_CTRL;
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, form) >= 0)
		len = BIO_read(bio, buf, (int)cap - 1);
	BIO_free(bio);
	buf[len > 0 ? len : 0] = 0;
	if (len == (int)cap - 1 && cap > 4)
		memcpy(buf + cap - 4, "...", 4);
	libcrypto_forget_errors();
	return buf;
}

const char *cert_dn_words(struct bytes dn, char *buf, size_t cap)
{
	const uint8_t *p = dn.p;
	X509_NAME *name =
		dn.len && dn.len <= CERT_DER_MAX ? d2i_X509_NAME(NULL, &p, (long)dn.len) : NULL;

	libcrypto_forget_errors();
	if (name && p == dn.p + dn.len)
		cert_name_words(name, buf, cap);
	else
		snprintf(buf, cap, "?");
	X509_NAME_free(name);
	return buf;
}

static void append(char *buf, size_t cap, const char *kind, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, cap - len, "%s%s %s", len ? ", " : "", kind, text);
}

/* A name of a stranger in printable ASCII. */
static const char *plain(const ASN1_STRING *s, char *buf, size_t cap)
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	size_t n = (size_t)ASN1_STRING_length(s);

	if (n >= cap)
		n = cap - 1;
	for (size_t i = 0; i < n; i++)
		buf[i] = p[i] > ' ' && p[i] < 0x7f ? (char)p[i] : '?';
	buf[n] = 0;
	return buf;
}

static bool as_address(const ASN1_STRING *s, struct ip_addr *out)
{
	int len = ASN1_STRING_length(s);

	*out = (struct ip_addr){.family = len == 4 ? 4 : 6};
	if (len != 4 && len != 16)
		return false;
	memcpy(out->ip, ASN1_STRING_get0_data(s), (size_t)len);
	return true;
}

const char *cert_names(const struct cert *c, char *buf, size_t cap)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);
	char one[IP_ADDR_TEXT > CERT_NAME ? IP_ADDR_TEXT : CERT_NAME];
	struct ip_addr ip;

	buf[0] = 0;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type == GEN_DNS)
			append(buf, cap, "DNS", plain(n->d.dNSName, one, sizeof(one)));
		else if (n->type == GEN_EMAIL)
			append(buf, cap, "e-mail", plain(n->d.rfc822Name, one, sizeof(one)));
		else if (n->type == GEN_IPADD && as_address(n->d.iPAddress, &ip))
			append(buf, cap, "address", ip_addr_text(&ip, one, sizeof(one)));
	}
	GENERAL_NAMES_free(names);
	libcrypto_forget_errors();
	if (!buf[0])
		cert_name_words(X509_get_subject_name(c->x509), buf, cap);
	return buf;
}

/* ---- ID payloads ---- */

bool cert_has_subject(const struct cert *c, struct bytes dn)
{
	struct bytes its = cert_name_der(X509_get_subject_name(c->x509));

	return its.len && its.len == dn.len && memcmp(its.p, dn.p, dn.len) == 0;
}

static bool same_text(const ASN1_STRING *s, struct bytes text)
{
	const char *p = (const char *)ASN1_STRING_get0_data(s);

	/* a NUL would end the comparison early */
	return text.len && (size_t)ASN1_STRING_length(s) == text.len &&
	       !memchr(text.p, 0, text.len) && strncasecmp(p, (const char *)text.p, text.len) == 0;
}

/* Is there a subjectAltName of this type with exactly this text? */
static bool has_text(const struct cert *c, int type, struct bytes text)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		found = n->type == type && same_text(n->d.ia5, text);
	}
	GENERAL_NAMES_free(names);
	libcrypto_forget_errors();
	return found;
}

bool cert_has_fqdn(const struct cert *c, struct bytes name)
{
	return has_text(c, GEN_DNS, name);
}

bool cert_has_email(const struct cert *c, struct bytes mailbox)
{
	return has_text(c, GEN_EMAIL, mailbox);
}

bool cert_has_address(const struct cert *c, const struct ip_addr *ip)
{
	bool has = X509_check_ip(c->x509, ip->ip, ip_addr_len(ip), 0) == 1;

	libcrypto_forget_errors();
	return has;
}

bool cert_has_kind(const struct cert *c, enum cert_kind kind)
{
	static const int types[] = {[CERT_KIND_ADDRESS] = GEN_IPADD,
				    [CERT_KIND_FQDN] = GEN_DNS,
				    [CERT_KIND_EMAIL] = GEN_EMAIL};
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = sk_GENERAL_NAME_value(names, i)->type == types[kind];
	GENERAL_NAMES_free(names);
	libcrypto_forget_errors();
	return found;
}

/* ---- who was meant ---- */

/* "C=JP, O=Office" as attributes in order, or in reverse; false: it is no such text. */
static bool add_attributes(X509_NAME *name, char *text, bool reverse)
{
	char *rest = NULL;

	for (char *one = strtok_r(text, ",/", &rest); one; one = strtok_r(NULL, ",/", &rest)) {
		char *equals = strchr(one, '=');
		size_t len;

		one += strspn(one, " ");
		if (!equals || equals < one)
			return false;
		*equals++ = 0;
		equals += strspn(equals, " ");
		for (len = strlen(one); len && one[len - 1] == ' ';)
			one[--len] = 0;
		for (len = strlen(equals); len && equals[len - 1] == ' ';)
			equals[--len] = 0;
		if (X509_NAME_entry_count(name) >= ATTRIBUTES_MAX ||
		    X509_NAME_add_entry_by_txt(name, one, MBSTRING_UTF8, (unsigned char *)equals,
					       -1, reverse ? 0 : -1, 0) != 1)
			return false;
	}
	return true;
}

static bool is_subject(const struct cert *c, const char *text, bool reverse)
{
	X509_NAME *name = X509_NAME_new();
	char *copy = strdup(text);
	bool same = name && copy && add_attributes(name, copy, reverse) &&
		    X509_NAME_cmp(name, X509_get_subject_name(c->x509)) == 0;

	free(copy);
	X509_NAME_free(name);
	libcrypto_forget_errors();
	return same;
}

bool cert_is_of(const struct cert *c, const char *name)
{
	struct ip_addr ip;
	bool is;

	if (!*name)
		return false;
	if (strchr(name, '='))
		return is_subject(c, name, false) || is_subject(c, name, true);
	if (ip_addr_parse(name, &ip))
		return cert_has_address(c, &ip);
	if (strchr(name, '@'))
		return cert_has_email(c, (struct bytes){(const uint8_t *)name, strlen(name)});
	is = X509_check_host(c->x509, name, strlen(name), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			     NULL) == 1;
	libcrypto_forget_errors();
	return is;
}
