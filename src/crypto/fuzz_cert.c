/*
 * Certificates as peers send them and files as administrators name them: octets first (1: what
 * is done with them), then the octets. Nothing made of another key may be found good; every text
 * ends inside its buffer and shows no control character.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "test_pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { W_VERIFY, W_CHAIN, W_DN, W_FILE, W_PASSWORD, W_TRUST, W_CRL, W_COUNT };

static struct pki *root, *leaf;
static struct cert_trust *trust;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void must_be_plain(const char *text, size_t cap)
{
	must(strnlen(text, cap) < cap);
	for (; *text; text++)
		must((uint8_t)*text >= ' ' && *text != 0x7f);
}

static void verify(const struct bytes *ders, size_t n)
{
	const struct cert_check c = {.ders = ders, .n = n, .trust = trust, .now_s = PKI_NOW};
	struct cert_finding f;
	struct cert *cert = cert_verify(&c, &f);
	char names[CERT_WORDS];

	must_be_plain(f.words, sizeof(f.words));
	must_be_plain(f.subject, sizeof(f.subject));
	must((cert != NULL) == (f.fault == CERT_GOOD));
	/* only what the root has signed */
	must(!cert ||
	     (ders[0].len == leaf->der.len && memcmp(ders[0].p, leaf->der.p, leaf->der.len) == 0) ||
	     (ders[0].len == root->der.len && memcmp(ders[0].p, root->der.p, root->der.len) == 0));
	if (cert)
		must_be_plain(cert_names(cert, names, sizeof(names)), sizeof(names));
	cert_free(cert);
}

/* A chain out of a run of octets: each certificate behind its length (2). */
static void verify_many(struct bytes b)
{
	struct bytes ders[CERT_CHAIN_MAX + 2] = {leaf->der};
	struct rd r = rd_of_bytes(b);
	size_t n = 1;

	while (rd_left(&r) && n < CERT_CHAIN_MAX + 2)
		ders[n++] = rd_bytes(&r, rd_u16(&r));
	verify(ders, n);
	verify(ders + 1, n - 1);
}

static void load(struct bytes b, const char *password)
{
	struct bytes pw = {(const uint8_t *)password, strlen(password)};
	struct cert_file f;
	char why[CERT_WORDS] = "";

	if (cert_file_load(b, (struct bytes){NULL, 0}, pw, &f, why, sizeof(why)) && f.chain &&
	    f.key)
		must(cert_chain_has_key(f.chain, f.key));
	must_be_plain(why, sizeof(why));
	cert_file_free(&f);
}

static void trusted(struct bytes b, bool crl)
{
	struct cert_trust *t = cert_trust_new();

	must(t);
	if (crl)
		cert_trust_add_crl(t, b);
	else
		must(cert_trust_add_file(t, b) == cert_trust_count(t));
	cert_trust_release(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = {data + 1, size ? size - 1 : 0};
	char text[32];

	if (!root) {
		root = pki_ca("Root CA");
		leaf = pki_leaf(root, "vpn", "DNS:vpn.example");
		trust = cert_trust_new();
		must(trust && cert_trust_add(trust, root->der));
	}
	if (!size)
		return 0;
	switch (data[0] % W_COUNT) {
	case W_VERIFY:
		verify(&b, 1);
		break;
	case W_CHAIN:
		verify_many(b);
		break;
	case W_DN:
		must_be_plain(cert_dn_words(b, text, sizeof(text)), sizeof(text));
		break;
	case W_FILE:
		load(b, "");
		break;
	case W_PASSWORD:
		load(b, "pw");
		break;
	default:
		trusted(b, data[0] % W_COUNT == W_CRL);
		break;
	}
	return 0;
}
