/*
 * rsa_lab: certificates, keys and configurations of both sides; what every refusal looks like.
 * Called by test_rsa*.c.
 */
#include "rsa_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct lab lab;
struct pki *root, *other;

struct side sides[2];
struct pki *usual[2];

int rsa_setup(void **state)
{
	(void)state;
	root = pki_ca("Root CA");
	other = pki_ca("Other CA");
	usual[CLIENT] = pki_leaf(root, "pc", "DNS:pc.example,IP:192.168.0.2,email:ann@example.com");
	usual[SERVER] = pki_leaf(root, "gw", "DNS:vpn.example,IP:203.0.113.1");
	return 0;
}

int rsa_teardown(void **state)
{
	(void)state;
	pki_free(root);
	pki_free(other);
	pki_free(usual[CLIENT]);
	pki_free(usual[SERVER]);
	return 0;
}

struct sign_key *key_of(const struct pki *p)
{
	static uint8_t buf[16384];
	const char *why;
	struct sign_key *key =
		sign_key_load(pki_pem(NULL, 0, p, NULL, buf, sizeof(buf)), (struct bytes){0}, &why);

	assert_non_null(key);
	return key;
}

void begin(void)
{
	lab_init(&lab);
	lab.trace = getenv("IKE_TRACE") ? stderr : NULL;
	for (int i = 0; i < 2; i++) {
		sides[i] = (struct side){.own = usual[i], .trusts = root};
		lab.s[i].wall_s = PKI_NOW;
	}
}

struct ike_config config(int side, const struct ike_policy *policy)
{
	struct side *s = &sides[side];
	const struct bytes ders[2] = {s->own->der, s->issuer ? s->issuer->der : (struct bytes){0}};
	struct ike_config cfg = lab_config(&lab, side);

	s->chain = cert_chain_new(ders, s->issuer ? 2 : 1, NULL);
	s->key = key_of(s->own);
	s->chains[0] = s->chain;
	assert_non_null(s->chain);
	if (!s->pki.trust) {
		s->pki.trust = cert_trust_new();
		assert_true(cert_trust_add(s->pki.trust, s->trusts->der));
	}
	s->pki.chains = s->chains;
	s->pki.n_chains = 1;
	lab.s[side].sign_keys[0] = s->key;
	cfg.pki = s->pki;
	cfg.policies = policy;
	return cfg;
}

const struct ike_policy rsa_policy = {.priority = 10,
				      .cipher = 7,
				      .key_bits = 256,
				      .hash = PRIM_SHA256,
				      .group = 19,
				      .auth = IKE_AUTH_RSA,
				      .life_s = 28800};

void start(void)
{
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = config(i, &rsa_policy);

		lab_start(&lab, i, &cfg);
	}
}

void end(void)
{
	lab_free(&lab);
	for (int i = 0; i < 2; i++) {
		cert_chain_free(sides[i].chain);
		sign_key_free(sides[i].key);
		cert_trust_release(sides[i].pki.trust);
	}
}

void assert_connected(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
	}
	assert_memory_equal(lab.s[CLIENT].keys.in_enc, lab.s[SERVER].keys.out_enc, 32);
}

void dial(void)
{
	start();
	assert_int_not_equal(lab_dial(&lab), 0);
	lab_settle(&lab);
}

void server_refuses(const char *reason, const char *words)
{
	const char *text;

	dial();
	lab_run(&lab, 100);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	if (!lab_noted(&lab.s[SERVER], reason))
		fail_msg("the server does not say %s", reason);
	text = lab_note(&lab.s[SERVER], reason);
	if (!strstr(text, words))
		fail_msg("\"%s\" says nothing of \"%s\"", text, words);
	assert_true(lab_noted(&lab.s[CLIENT], "peer-refuses-certificate"));
	assert_null(strstr(lab_note(&lab.s[CLIENT], "peer-refuses-certificate"), "not protected"));
	lab_run(&lab, 300000);
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-refuses-certificate");
	assert_true(craft_nothing_left(&lab, CLIENT));
	assert_true(craft_nothing_left(&lab, SERVER));
	assert_int_not_equal(lab_drops(&lab.s[SERVER], "certificate-refused"), 0);
	end();
}

void client_refuses(const char *reason, const char *words)
{
	const char *text;

	dial();
	lab_run(&lab, 100);
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, reason);
	text = lab_note(&lab.s[CLIENT], reason);
	if (!strstr(text, words))
		fail_msg("\"%s\" says nothing of \"%s\"", text, words);
	/* the server took the client for good, and is told */
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_true(craft_nothing_left(&lab, CLIENT));
	assert_true(craft_nothing_left(&lab, SERVER));
	end();
}
