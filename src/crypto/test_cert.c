/* Unit tests of cert.h and sign.h: chains, every refusal, names, files, the bare signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/cert.h"
#include "crypto/prim.h"
#include "test_pki.h"

static struct pki *root, *other_root;

static int setup(void **state)
{
	(void)state;
	root = pki_ca("Root CA");
	other_root = pki_ca("Other CA");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pki_free(root);
	pki_free(other_root);
	return 0;
}

static struct cert_trust *trust_of(const struct pki *ca)
{
	struct cert_trust *t = cert_trust_new();

	assert_non_null(t);
	assert_true(!ca || cert_trust_add(t, ca->der));
	return t;
}

/* Checks leaf with up to three more certificates against a trust that is released. */
static struct cert *check(struct cert_trust *t, struct cert_check rules, const struct pki *a,
			  const struct pki *b, const struct pki *c, struct cert_finding *f)
{
	struct bytes ders[3] = {a->der};
	struct cert *cert;
	size_t n = 1;

	if (b)
		ders[n++] = b->der;
	if (c)
		ders[n++] = c->der;
	rules.ders = ders;
	rules.n = n;
	rules.trust = t;
	rules.now_s = rules.now_s ? rules.now_s : PKI_NOW;
	cert = cert_verify(&rules, f);
	cert_trust_release(t);
	assert_int_equal(cert == NULL, f->fault != CERT_GOOD);
	assert_int_equal(f->fault != CERT_GOOD, f->words[0] != 0);
	return cert;
}

/* The fault of a chain under the root, with the usual rules. */
static enum cert_fault fault_of(const struct pki *a, const struct pki *b, const struct pki *c)
{
	struct cert_finding f;

	cert_free(check(trust_of(root), (struct cert_check){0}, a, b, c, &f));
	if (f.fault)
		print_message("    %s\n", f.words);
	return f.fault;
}

static enum cert_fault fault_of_spec(struct pki_spec s)
{
	struct pki *leaf;
	enum cert_fault f;

	s.cn = s.cn ? s.cn : "leaf";
	s.issuer = s.issuer ? s.issuer : root;
	leaf = pki_make(&s);
	f = fault_of(leaf, NULL, NULL);
	pki_free(leaf);
	return f;
}

static void a_good_chain(void **state)
{
	struct pki_spec ca = {.cn = "Sub CA",
			      .issuer = root,
			      .constraints = "critical,CA:TRUE,pathlen:0",
			      .usage = "critical,keyCertSign"};
	struct pki *sub = pki_make(&ca), *leaf = pki_leaf(sub, "vpn", "DNS:vpn.example");
	struct pki *direct = pki_leaf(root, "direct", NULL);
	struct cert_finding f;
	struct cert *cert;

	(void)state;
	assert_int_equal(fault_of(direct, NULL, NULL), CERT_GOOD);
	assert_int_equal(fault_of(leaf, sub, NULL), CERT_GOOD);
	assert_int_equal(fault_of(leaf, root, sub), CERT_GOOD);
	assert_int_equal(fault_of(leaf, NULL, NULL), CERT_UNTRUSTED);
	/* an issuing CA may be the anchor alone, and so may the certificate itself */
	cert = check(trust_of(sub), (struct cert_check){0}, leaf, NULL, NULL, &f);
	assert_non_null(cert);
	assert_string_equal(f.subject, "C=JP, O=Office, CN=vpn");
	assert_int_equal(cert_der(cert).len, leaf->der.len);
	cert_free(cert);
	cert = check(trust_of(leaf), (struct cert_check){0}, leaf, NULL, NULL, &f);
	assert_non_null(cert);
	cert_free(cert);
	pki_free(sub);
	pki_free(leaf);
	pki_free(direct);
}

static void who_is_not_trusted(void **state)
{
	struct pki *stranger = pki_leaf(other_root, "vpn", NULL);
	struct pki *own = pki_make(&(struct pki_spec){.cn = "self"});
	/* the same name as the root's, another key */
	struct pki_spec fake = {.cn = "Root CA",
				.key = 77,
				.constraints = "critical,CA:TRUE",
				.usage = "critical,keyCertSign"};
	struct pki *false_root = pki_make(&fake);
	struct pki *forged = pki_leaf(false_root, "vpn", NULL);
	struct cert_finding f;

	(void)state;
	assert_int_equal(fault_of(stranger, NULL, NULL), CERT_UNTRUSTED);
	assert_int_equal(fault_of(stranger, other_root, NULL), CERT_SELF_SIGNED);
	assert_int_equal(fault_of(own, NULL, NULL), CERT_SELF_SIGNED);
	assert_int_equal(fault_of(forged, NULL, NULL), CERT_SIGNATURE);
	assert_int_not_equal(fault_of(forged, false_root, NULL), CERT_GOOD);
	assert_null(check(trust_of(NULL), (struct cert_check){0}, own, NULL, NULL, &f));
	pki_free(stranger);
	pki_free(own);
	pki_free(false_root);
	pki_free(forged);
}

static void times(void **state)
{
	const int64_t day = 86400;

	(void)state;
	assert_int_equal(fault_of_spec((struct pki_spec){.to_s = PKI_NOW - day}), CERT_EXPIRED);
	assert_int_equal(fault_of_spec((struct pki_spec){.to_s = PKI_NOW + day}), CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.from_s = PKI_NOW + day}), CERT_NOT_YET);
	/* an anchor's own time counts too */
	struct pki *leaf = pki_make(
		&(struct pki_spec){.cn = "long", .issuer = root, .to_s = PKI_NOW + 4000 * day});
	struct cert_finding f;

	cert_free(check(trust_of(root), (struct cert_check){.now_s = PKI_NOW + 3000 * day}, leaf,
			NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_EXPIRED);
	assert_non_null(strstr(f.words, "Root CA"));
	pki_free(leaf);
}

static void who_may_issue(void **state)
{
	struct pki *not_ca = pki_leaf(root, "clerk", NULL);
	struct pki *by_clerk = pki_leaf(not_ca, "vpn", NULL);
	struct pki_spec flat = {.cn = "Flat CA",
				.issuer = root,
				.constraints = "critical,CA:TRUE,pathlen:0",
				.usage = "critical,keyCertSign"};
	struct pki_spec deep = {.cn = "Deep CA",
				.constraints = "critical,CA:TRUE",
				.usage = "critical,keyCertSign"};
	struct pki_spec mute = {.cn = "Mute CA",
				.issuer = root,
				.constraints = "critical,CA:TRUE",
				.usage = "critical,digitalSignature"};
	struct pki *a = pki_make(&flat), *b, *mute_ca = pki_make(&mute);
	struct pki *by_mute = pki_leaf(mute_ca, "vpn", NULL), *leaf;
	struct pki *plain = pki_make(&(struct pki_spec){.cn = "No constraints", .issuer = root});
	struct pki *by_plain = pki_leaf(plain, "vpn", NULL);

	(void)state;
	deep.issuer = a;
	b = pki_make(&deep);
	leaf = pki_leaf(b, "vpn", NULL);
	assert_int_equal(fault_of(by_clerk, not_ca, NULL), CERT_NOT_CA);
	assert_int_equal(fault_of(by_mute, mute_ca, NULL), CERT_NOT_CA);
	assert_int_equal(fault_of(by_plain, plain, NULL), CERT_NOT_CA);
	assert_int_equal(fault_of(leaf, b, a), CERT_PATH_LENGTH);
	pki_free(not_ca);
	pki_free(by_clerk);
	pki_free(a);
	pki_free(b);
	pki_free(mute_ca);
	pki_free(by_mute);
	pki_free(leaf);
	pki_free(plain);
	pki_free(by_plain);
}

static void what_it_is_for(void **state)
{
	struct cert_finding f;
	struct pki *client =
		pki_make(&(struct pki_spec){.cn = "pc", .issuer = root, .purpose = "clientAuth"});

	(void)state;
	assert_int_equal(fault_of_spec((struct pki_spec){.usage = "keyEncipherment"}),
			 CERT_KEY_USAGE);
	assert_int_equal(fault_of_spec((struct pki_spec){.usage = "nonRepudiation"}), CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.purpose = "codeSigning"}),
			 CERT_EXT_KEY_USAGE);
	assert_int_equal(fault_of_spec((struct pki_spec){.purpose = "clientAuth"}),
			 CERT_EXT_KEY_USAGE);
	assert_int_equal(fault_of_spec((struct pki_spec){.purpose = "serverAuth"}), CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.purpose = "1.3.6.1.5.5.7.3.17"}),
			 CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.purpose = "1.3.6.1.5.5.8.2.2"}),
			 CERT_GOOD);
	assert_int_equal(
		fault_of_spec((struct pki_spec){.purpose = "critical,anyExtendedKeyUsage"}),
		CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.critical_oid = "1.3.6.1.4.1.32473.9"}),
			 CERT_CONSTRAINT);
	cert_free(check(trust_of(root), (struct cert_check){.role = CERT_OF_CLIENT}, client, NULL,
			NULL, &f));
	assert_int_equal(f.fault, CERT_GOOD);
	pki_free(client);
}

static void name_constraints(void **state)
{
	struct pki_spec ca = {.cn = "Example CA",
			      .issuer = root,
			      .constraints = "critical,CA:TRUE",
			      .usage = "critical,keyCertSign",
			      .names = "critical,permitted;DNS:example.com"};
	struct pki *sub = pki_make(&ca);
	struct pki *in = pki_leaf(sub, "a", "DNS:vpn.example.com");
	struct pki *out = pki_leaf(sub, "b", "DNS:vpn.example.org");

	(void)state;
	assert_int_equal(fault_of(in, sub, NULL), CERT_GOOD);
	assert_int_equal(fault_of(out, sub, NULL), CERT_CONSTRAINT);
	pki_free(sub);
	pki_free(in);
	pki_free(out);
}

static void keys_and_hashes(void **state)
{
	struct pki_spec ec = {.cn = "EC CA",
			      .issuer = root,
			      .bits = -1,
			      .constraints = "critical,CA:TRUE",
			      .usage = "critical,keyCertSign"};
	struct pki *sub = pki_make(&ec), *by_ec = pki_leaf(sub, "vpn", NULL), *odd, *by_odd;
	struct pki *sha1 =
		pki_make(&(struct pki_spec){.cn = "old", .issuer = root, .hash = "SHA1"});
	struct pki *small =
		pki_make(&(struct pki_spec){.cn = "small", .issuer = root, .bits = 1024, .key = 5});
	struct cert_finding f;

	(void)state;
	assert_int_equal(fault_of_spec((struct pki_spec){.bits = 768, .key = 6}), CERT_KEY_SIZE);
	assert_int_equal(fault_of_spec((struct pki_spec){.bits = 4096, .key = 7}), CERT_GOOD);
	assert_int_equal(fault_of_spec((struct pki_spec){.bits = -1}), CERT_KEY_KIND);
	assert_int_equal(fault_of_spec((struct pki_spec){.hash = "MD5"}), CERT_WEAK);
	assert_int_equal(fault_of_spec((struct pki_spec){.hash = "SHA512"}), CERT_GOOD);
	assert_int_equal(fault_of(small, NULL, NULL), CERT_GOOD);
	assert_null(check(trust_of(root), (struct cert_check){.rsa_bits_min = 2048}, small, NULL,
			  NULL, &f));
	assert_int_equal(f.fault, CERT_KEY_SIZE);
	assert_int_equal(fault_of(sha1, NULL, NULL), CERT_WEAK);
	cert_free(check(trust_of(root), (struct cert_check){.sha1 = true}, sha1, NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_GOOD);
	/* a CA's key may be of a curve, if the curve has a name */
	assert_int_equal(fault_of(by_ec, sub, NULL), CERT_GOOD);
	ec.bits = -2;
	odd = pki_make(&ec);
	by_odd = pki_leaf(odd, "vpn", NULL);
	assert_int_equal(fault_of(by_odd, odd, NULL), CERT_KEY_KIND);
	pki_free(sub);
	pki_free(by_ec);
	pki_free(odd);
	pki_free(by_odd);
	pki_free(sha1);
	pki_free(small);
}

/* An exponent of 1 or of 2000 bits in an otherwise whole certificate. */
static void exponents(void **state)
{
	struct pki *leaf = pki_leaf(root, "vpn", NULL);
	static const uint8_t e[] = {0x02, 0x03, 0x01, 0x00, 0x01};
	uint8_t *copy = malloc(leaf->der.len), *at;
	struct cert_finding f;
	struct bytes der = {copy, leaf->der.len};
	struct cert_trust *t = trust_of(root);
	struct cert_check c = {.ders = &der, .n = 1, .trust = t, .now_s = PKI_NOW};

	(void)state;
	memcpy(copy, leaf->der.p, leaf->der.len);
	at = memmem(copy, der.len, e, sizeof(e));
	assert_non_null(at);
	at[2] = at[3] = 0; /* 1 */
	assert_null(cert_verify(&c, &f));
	assert_true(f.fault == CERT_KEY_SIZE || f.fault == CERT_MALFORMED);
	at[4] = 0; /* 0 */
	assert_null(cert_verify(&c, &f));
	at[2] = 1; /* 65536 */
	assert_null(cert_verify(&c, &f));
	assert_true(f.fault == CERT_KEY_SIZE || f.fault == CERT_MALFORMED);
	cert_trust_release(t);
	free(copy);
	pki_free(leaf);
}

static void revocation(void **state)
{
	struct pki *good = pki_leaf(root, "good", NULL), *bad = pki_leaf(root, "bad", NULL);
	struct pki *sub = pki_make(&(struct pki_spec){.cn = "Sub CA",
						      .issuer = root,
						      .constraints = "critical,CA:TRUE",
						      .usage = "critical,keyCertSign"});
	struct pki *under = pki_leaf(sub, "under", NULL);
	static uint8_t buf[4096];
	struct bytes crl = pki_crl(root, bad, PKI_NOW + 86400, buf, sizeof(buf));
	struct cert_trust *t = trust_of(root);
	struct cert_finding f;

	(void)state;
	assert_true(cert_trust_add_crl(t, crl));
	cert_free(check(cert_trust_hold(t), (struct cert_check){0}, good, NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_GOOD);
	assert_null(check(cert_trust_hold(t), (struct cert_check){0}, bad, NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_REVOKED);
	assert_null(check(cert_trust_hold(t), (struct cert_check){.now_s = PKI_NOW + 2 * 86400},
			  good, NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_CRL);
	/* the sub CA has published none */
	cert_free(check(cert_trust_hold(t), (struct cert_check){0}, under, sub, NULL, &f));
	assert_int_equal(f.fault, CERT_GOOD);
	cert_trust_demand_crl(t);
	assert_null(check(t, (struct cert_check){0}, under, sub, NULL, &f));
	assert_int_equal(f.fault, CERT_CRL);
	t = cert_trust_new();
	assert_false(cert_trust_add_crl(t, good->der));
	assert_false(cert_trust_add(t, crl));
	cert_trust_release(t);
	pki_free(good);
	pki_free(bad);
	pki_free(sub);
	pki_free(under);
}

static void malformed(void **state)
{
	struct pki *leaf = pki_leaf(root, "vpn", NULL);
	struct pki *huge =
		pki_make(&(struct pki_spec){.cn = "huge", .issuer = root, .padding = 6000});
	struct cert_trust *t = trust_of(root);
	struct bytes ders[CERT_CHAIN_MAX + 1];
	struct cert_check c = {.ders = ders, .n = 0, .trust = t, .now_s = PKI_NOW};
	uint8_t *copy = malloc(leaf->der.len + 1);
	struct cert_finding f;

	(void)state;
	assert_null(cert_verify(&c, &f));
	assert_int_equal(f.fault, CERT_NONE);
	for (size_t i = 0; i <= CERT_CHAIN_MAX; i++)
		ders[i] = leaf->der;
	c.n = CERT_CHAIN_MAX + 1;
	assert_null(cert_verify(&c, &f));
	assert_int_equal(f.fault, CERT_TOO_MANY);
	c.n = CERT_CHAIN_MAX;
	cert_free(cert_verify(&c, &f));
	assert_int_equal(f.fault, CERT_GOOD);
	c.n = 1;
	ders[0] = huge->der;
	assert_null(cert_verify(&c, &f));
	assert_int_equal(f.fault, CERT_TOO_MANY);
	/* cut anywhere, longer by one, any octet changed: never good but as it was */
	memcpy(copy, leaf->der.p, leaf->der.len);
	copy[leaf->der.len] = 0;
	for (size_t len = 0; len <= leaf->der.len + 1; len++) {
		ders[0] = (struct bytes){copy, len};
		cert_free(cert_verify(&c, &f));
		assert_int_equal(f.fault == CERT_GOOD, len == leaf->der.len);
	}
	ders[0].len = leaf->der.len;
	for (size_t i = 0; i < leaf->der.len; i++) {
		copy[i] ^= 0x21;
		assert_null(cert_verify(&c, &f));
		copy[i] ^= 0x21;
	}
	cert_trust_release(t);
	free(copy);
	pki_free(leaf);
	pki_free(huge);
}

/* ---- names ---- */

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void names(void **state)
{
	struct pki *leaf = pki_leaf(root, "gw",
				    "DNS:vpn.example.com,DNS:*.office.example,IP:192.0.2.7,"
				    "IP:2001:db8::7,email:Ann@example.com");
	struct pki *bare = pki_leaf(root, "gw.example.net", NULL);
	struct cert_finding f;
	struct cert *c = check(trust_of(root), (struct cert_check){0}, leaf, NULL, NULL, &f);
	struct cert *b = check(trust_of(root), (struct cert_check){0}, bare, NULL, NULL, &f);
	struct ip_addr ip = ip4_addr(0xc0000207), other = ip4_addr(0xc0000208);
	struct cert_chain *chain = cert_chain_new(&leaf->der, 1, NULL);
	struct bytes dn = cert_chain_subject(chain, 0);
	char buf[CERT_WORDS];

	(void)state;
	assert_true(cert_has_subject(c, dn));
	assert_false(cert_has_subject(b, dn));
	assert_false(cert_has_subject(c, (struct bytes){dn.p, dn.len - 1}));
	assert_false(cert_has_subject(c, (struct bytes){dn.p, 0}));
	assert_true(cert_has_address(c, &ip));
	assert_false(cert_has_address(c, &other));
	assert_true(cert_has_fqdn(c, text("VPN.example.com")));
	assert_false(cert_has_fqdn(c, text("vpn.example.co")));
	assert_false(cert_has_fqdn(c, (struct bytes){(const uint8_t *)"vpn.example.com", 16}));
	assert_false(cert_has_fqdn(c, text("a.office.example"))); /* no wildcards in IKE */
	assert_false(cert_has_fqdn(b, text("gw.example.net")));
	assert_true(cert_has_email(c, text("ann@example.com")));
	for (int kind = CERT_KIND_ADDRESS; kind <= CERT_KIND_EMAIL; kind++) {
		assert_true(cert_has_kind(c, (enum cert_kind)kind));
		assert_false(cert_has_kind(b, (enum cert_kind)kind));
	}
	assert_true(cert_is_of(c, "vpn.example.com"));
	assert_true(cert_is_of(c, "a.office.example"));
	assert_false(cert_is_of(c, "b.a.office.example"));
	assert_false(cert_is_of(c, "gw")); /* there are names beside the common one */
	assert_true(cert_is_of(b, "gw.example.net"));
	assert_true(cert_is_of(c, "192.0.2.7"));
	assert_true(cert_is_of(c, "2001:db8::7"));
	assert_false(cert_is_of(c, "192.0.2.8"));
	assert_true(cert_is_of(c, "ann@example.com"));
	assert_true(cert_is_of(c, "C=JP, O=Office, CN=gw"));
	assert_true(cert_is_of(c, "CN=gw,O=Office,C=JP"));
	assert_true(cert_is_of(c, "/C=JP/O=Office/CN=gw"));
	assert_false(cert_is_of(c, "C=JP, CN=gw"));
	assert_false(cert_is_of(c, "C=JP, O=Office, CN=gw, X=1"));
	assert_false(cert_is_of(c, "="));
	assert_false(cert_is_of(c, ""));
	assert_string_equal(cert_names(c, buf, sizeof(buf)),
			    "DNS vpn.example.com, DNS *.office.example, address 192.0.2.7, address "
			    "2001:db8::7, e-mail Ann@example.com");
	assert_string_equal(cert_names(b, buf, sizeof(buf)), "C=JP, O=Office, CN=gw.example.net");
	assert_string_equal(cert_dn_words(dn, buf, sizeof(buf)), "C=JP, O=Office, CN=gw");
	assert_string_equal(cert_dn_words(dn, buf, 12), "C=JP, O=...");
	assert_string_equal(cert_dn_words((struct bytes){dn.p, dn.len - 1}, buf, 12), "?");
	assert_string_equal(cert_dn_words((struct bytes){NULL, 0}, buf, 12), "?");
	cert_free(c);
	cert_free(b);
	cert_chain_free(chain);
	pki_free(leaf);
	pki_free(bare);
}

/* security.md 45: a name longer than every buffer, with what a terminal would obey. */
static void nasty_names(void **state)
{
	char long_name[64], esc[] = "a\033[2Jb\n%n\"";
	struct pki *leaf, *evil = pki_leaf(root, esc, NULL);
	struct cert_finding f;

	(void)state;
	memset(long_name, 'x', 63);
	long_name[63] = 0;
	leaf = pki_make(&(struct pki_spec){
		.cn = long_name, .o = long_name, .issuer = root, .to_s = PKI_NOW - 1});
	cert_free(check(trust_of(root), (struct cert_check){0}, leaf, NULL, NULL, &f));
	assert_int_equal(f.fault, CERT_EXPIRED);
	assert_int_equal(strlen(f.subject), CERT_NAME - 1);
	cert_free(check(trust_of(root), (struct cert_check){0}, evil, NULL, NULL, &f));
	for (const char *p = f.subject; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
	pki_free(leaf);
	pki_free(evil);
}

/* ---- signatures ---- */

static struct sign_key *key_of(const struct pki *p, const char *password, const char *try,
			       const char **why)
{
	static uint8_t buf[16384];
	struct bytes pem = pki_pem(NULL, 0, p, password, buf, sizeof(buf));

	return sign_key_load(pem, text(try), why);
}

static void bare_signatures(void **state)
{
	static const size_t lens[] = {16, 20, 32, 48, 64};
	struct pki *leaf = pki_leaf(root, "vpn", NULL), *other;
	struct cert_finding f;
	struct cert *c = check(trust_of(root), (struct cert_check){0}, leaf, NULL, NULL, &f);
	uint8_t digest[64] = {1, 2, 3}, sig[SIGN_MAX];
	struct sign_key *key;
	const char *why = "";
	size_t len = 0;

	(void)state;
	key = key_of(leaf, NULL, "", &why);
	assert_non_null(key);
	assert_int_equal(sign_key_bits(key), 2048);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		struct bytes d = {digest, lens[i]};

		len = sign_bare(key, d, sig);
		assert_int_equal(len, 256);
		assert_true(cert_signed_bare(c, d, (struct bytes){sig, len}));
		/* a digest that only begins the same */
		assert_false(cert_signed_bare(c, (struct bytes){digest, lens[i] - 1},
					      (struct bytes){sig, len}));
		assert_false(
			cert_signed_bare(c, (struct bytes){digest, 0}, (struct bytes){sig, len}));
		digest[0] ^= 1;
		assert_false(cert_signed_bare(c, d, (struct bytes){sig, len}));
		digest[0] ^= 1;
	}
	assert_false(cert_signed_bare(c, (struct bytes){digest, 64}, (struct bytes){sig, len - 1}));
	assert_false(cert_signed_bare(c, (struct bytes){digest, 64}, (struct bytes){sig, 0}));
	for (size_t i = 0; i < len; i += 17) {
		sig[i] ^= 4;
		assert_false(
			cert_signed_bare(c, (struct bytes){digest, 64}, (struct bytes){sig, len}));
		sig[i] ^= 4;
	}
	memset(sig, 0, sizeof(sig));
	assert_false(cert_signed_bare(c, (struct bytes){digest, 64}, (struct bytes){sig, len}));
	sig[len - 1] = 1; /* 1^e = 1 */
	assert_false(cert_signed_bare(c, (struct bytes){digest, 64}, (struct bytes){sig, len}));
	assert_int_equal(sign_bare(key, (struct bytes){digest, 0}, sig), 0);
	sign_key_free(key);
	other = pki_make(&(struct pki_spec){.cn = "o", .issuer = root, .key = 55});
	key = key_of(other, NULL, "", &why);
	len = sign_bare(key, (struct bytes){digest, 32}, sig);
	assert_false(cert_signed_bare(c, (struct bytes){digest, 32}, (struct bytes){sig, len}));
	sign_key_free(key);
	cert_free(c);
	pki_free(leaf);
	pki_free(other);
}

/* A signature as other protocols make it, with the DigestInfo, is not IKEv1's. */
static void no_digest_info(void **state)
{
	struct pki *leaf = pki_leaf(root, "vpn", NULL);
	struct cert_finding f;
	struct cert *c = check(trust_of(root), (struct cert_check){0}, leaf, NULL, NULL, &f);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(leaf->key, NULL);
	uint8_t digest[32] = {9}, sig[SIGN_MAX];
	size_t len = sizeof(sig);

	(void)state;
	assert_true(EVP_PKEY_sign_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		    EVP_PKEY_sign(ctx, sig, &len, digest, 32) == 1);
	assert_false(cert_signed_bare(c, (struct bytes){digest, 32}, (struct bytes){sig, len}));
	EVP_PKEY_CTX_free(ctx);
	cert_free(c);
	pki_free(leaf);
}

/* ---- files ---- */

static uint8_t file[65536];

static bool load(struct bytes f, const char *password, struct cert_file *out, const char *says)
{
	char why[CERT_WORDS] = "";
	bool ok = cert_file_load(f, (struct bytes){NULL, 0}, text(password), out, why, sizeof(why));

	if (!strstr(why, says))
		fail_msg("\"%s\" says nothing of \"%s\"", why, says);
	return ok;
}

static void pem_files(void **state)
{
	struct pki *sub = pki_make(&(struct pki_spec){.cn = "Sub CA",
						      .issuer = root,
						      .constraints = "critical,CA:TRUE",
						      .usage = "critical,keyCertSign",
						      .key = 11});
	struct pki *leaf = pki_make(&(struct pki_spec){.cn = "pc", .issuer = sub, .key = 12});
	const struct pki *mixed[] = {root, sub, leaf}, *own[] = {leaf};
	struct cert_file f;

	(void)state;
	assert_true(load(pki_pem(mixed, 3, leaf, NULL, file, sizeof(file)), "", &f, ""));
	assert_int_equal(cert_chain_count(f.chain), 2);
	assert_memory_equal(cert_chain_der(f.chain, 0).p, leaf->der.p, leaf->der.len);
	assert_memory_equal(cert_chain_der(f.chain, 1).p, sub->der.p, sub->der.len);
	assert_true(cert_chain_has_key(f.chain, f.key));
	assert_int_equal(cert_chain_until_s(f.chain), PKI_NOW + 366 * 86400);
	assert_int_equal(cert_trust_count(f.trust), 1);
	cert_file_free(&f);
	assert_true(load(pki_pem(own, 1, leaf, "s3cret", file, sizeof(file)), "s3cret", &f, ""));
	assert_null(f.trust);
	cert_file_free(&f);
	assert_true(load(pki_pem(own, 1, leaf, "s3cret", file, sizeof(file)), "", &f,
			 "its password is needed"));
	assert_null(f.key);
	cert_file_free(&f);
	assert_true(load(pki_pem(own, 1, leaf, "s3cret", file, sizeof(file)), "wrong", &f,
			 "not the private key's"));
	cert_file_free(&f);
	assert_true(
		load(pki_pem(own, 1, NULL, NULL, file, sizeof(file)), "", &f, "no private key"));
	cert_file_free(&f);
	assert_false(load(pki_pem(own, 1, sub, NULL, file, sizeof(file)), "", &f,
			  "no certificate in it is the private key's"));
	assert_false(load(text("hello"), "", &f, "no certificate in it"));
	assert_false(load(text(""), "", &f, "empty"));
	assert_true(load(leaf->der, "", &f, ""));
	assert_int_equal(cert_chain_count(f.chain), 1);
	cert_file_free(&f);
	pki_free(sub);
	pki_free(leaf);
}

static void p12_files(void **state)
{
	struct pki *leaf = pki_make(&(struct pki_spec){.cn = "pc", .issuer = root, .key = 12});
	const struct pki *cas[] = {root};
	struct bytes p12 = pki_p12(leaf, cas, 1, "pw", file, sizeof(file));
	struct cert_file f;

	(void)state;
	assert_true(load(p12, "pw", &f, ""));
	assert_true(cert_chain_has_key(f.chain, f.key));
	assert_int_equal(cert_chain_count(f.chain), 1);
	assert_int_equal(cert_trust_count(f.trust), 1);
	cert_file_free(&f);
	assert_false(load(p12, "", &f, "needs a password"));
	assert_false(load(p12, "px", &f, "not the file's"));
	for (size_t len = 1; len < p12.len; len += 7) {
		char why[CERT_WORDS];

		cert_file_load((struct bytes){p12.p, len}, (struct bytes){NULL, 0}, text("pw"), &f,
			       why, sizeof(why));
		cert_file_free(&f);
	}
	pki_free(leaf);
}

static void trust_files(void **state)
{
	const struct pki *both[] = {root, other_root};
	struct bytes pem = pki_pem(both, 2, NULL, NULL, file, sizeof(file));
	struct cert_trust *t = cert_trust_new();
	char buf[CERT_NAME];

	(void)state;
	assert_int_equal(cert_trust_add_file(t, pem), 2);
	assert_int_equal(cert_trust_add_file(t, root->der), 1); /* the same again */
	assert_int_equal(cert_trust_count(t), 3);
	assert_string_equal(cert_dn_words(cert_trust_subject(t, 1), buf, sizeof(buf)),
			    "C=JP, O=Office, CN=Other CA");
	assert_int_equal(cert_trust_add_file(t, text("nothing")), 0);
	while (cert_trust_count(t) < CERT_TRUST_MAX)
		assert_true(cert_trust_add(t, root->der));
	assert_false(cert_trust_add(t, root->der));
	cert_trust_release(t);
	cert_trust_release(NULL);
}

static void small_keys(void **state)
{
	struct pki *small = pki_make(&(struct pki_spec){.cn = "s", .bits = 768, .key = 6});
	struct pki *ec = pki_make(&(struct pki_spec){.cn = "e", .bits = -1});
	const char *why = "";

	(void)state;
	assert_null(key_of(small, NULL, "", &why));
	assert_non_null(strstr(why, "less than 1024"));
	assert_null(key_of(ec, NULL, "", &why));
	assert_non_null(strstr(why, "no RSA key"));
	pki_free(small);
	pki_free(ec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_chain),    cmocka_unit_test(who_is_not_trusted),
		cmocka_unit_test(times),           cmocka_unit_test(who_may_issue),
		cmocka_unit_test(what_it_is_for),  cmocka_unit_test(name_constraints),
		cmocka_unit_test(keys_and_hashes), cmocka_unit_test(exponents),
		cmocka_unit_test(revocation),      cmocka_unit_test(malformed),
		cmocka_unit_test(names),           cmocka_unit_test(nasty_names),
		cmocka_unit_test(bare_signatures), cmocka_unit_test(no_digest_info),
		cmocka_unit_test(pem_files),       cmocka_unit_test(p12_files),
		cmocka_unit_test(trust_files),     cmocka_unit_test(small_keys),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
