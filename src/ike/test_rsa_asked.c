/*
 * RSA signatures, continued: what is asked for by CERTREQ and what is sent, fragments, sums and
 * signatures that come late or never, renewal, configurations; Aggressive Mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rsa_lab.h"

/* ---- what is asked for and what is sent ---- */

static void intermediate(void **state)
{
	struct pki *sub = pki_make(&(struct pki_spec){.cn = "Sub CA",
						      .issuer = root,
						      .constraints = "critical,CA:TRUE,pathlen:0",
						      .usage = "critical,keyCertSign"});
	struct pki *leaf = pki_leaf(sub, "pc", NULL);
	unsigned whole;

	(void)state;
	begin();
	sides[CLIENT].own = leaf;
	sides[CLIENT].issuer = sub;
	dial();
	assert_connected();
	whole = lab.sent; /* message 5 with both goes in fragments */
	end();
	begin(); /* the server trusts the issuing CA: that one need not be sent */
	sides[CLIENT].own = leaf;
	sides[CLIENT].issuer = sub;
	sides[SERVER].trusts = sub;
	sides[CLIENT].trusts = root;
	dial();
	assert_connected();
	assert_true(lab.sent < whole);
	end();
	begin();
	sides[CLIENT].own = leaf; /* without it the chain has a gap */
	server_refuses("certificate-untrusted", "CN=Sub CA");
	pki_free(sub);
	pki_free(leaf);
}

/* The payloads of this type in a message in clear become others that mean nothing. */
static unsigned hide(struct lab_packet *p, uint8_t type, uint8_t as)
{
	uint8_t *next = &p->b[16];
	size_t at = 28;
	unsigned n = 0;

	while (*next && at + 4 <= p->len) {
		if (*next == type) {
			*next = as;
			n++;
		}
		next = &p->b[at];
		at += (size_t)(p->b[at + 2] << 8 | p->b[at + 3]);
	}
	return n;
}

static void without_certreq(void **state)
{
	(void)state;
	begin();
	start();
	for (unsigned n = 3; n <= 4; n++) {
		struct lab_packet p = n == 3 ? craft_until(&lab, 3) : lab.log[3];

		if (n == 4) {
			assert_int_equal(lab.sent, 4);
			lab.tail--; /* off the wire */
		}
		assert_int_equal(hide(&p, PAYLOAD_CERT_REQUEST, PAYLOAD_VENDOR_ID), 1);
		lab.cut = n == 3;
		craft_give(&lab, &p);
		lab.cut = false;
		if (n == 3)
			lab.queue[lab.tail++ % 64] = lab.log[3];
	}
	lab_settle(&lab);
	assert_connected();
	end();
}

static void certreqs_choose(void **state)
{
	struct pki *by_other = pki_leaf(other, "pc of other", NULL);
	const struct bytes ders[] = {by_other->der};
	const struct cert_chain *two[2];
	struct cert_chain *second = cert_chain_new(ders, 1, NULL);
	struct sign_key *key = key_of(by_other);
	struct ike_config cfg;

	(void)state;
	for (int trusts_other = 0; trusts_other < 2; trusts_other++) {
		begin();
		sides[SERVER].trusts = trusts_other ? other : root;
		cfg = config(CLIENT, &rsa_policy);
		two[0] = sides[CLIENT].chain;
		two[1] = second;
		cfg.pki.chains = two;
		cfg.pki.n_chains = 2;
		lab.s[CLIENT].sign_keys[1] = key;
		lab_start(&lab, CLIENT, &cfg);
		cfg = config(SERVER, &rsa_policy);
		lab_start(&lab, SERVER, &cfg);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_int_equal(lab.s[CLIENT].signed_by, trusts_other);
		end();
	}
	cert_chain_free(second);
	sign_key_free(key);
	pki_free(by_other);
}

/* Many CAs: each is asked for up to eight, then one CERTREQ for anybody. */
static void many_anchors(void **state)
{
	struct pki *cas[12];

	(void)state;
	for (int i = 0; i < 12; i++)
		cas[i] = pki_make(&(struct pki_spec){.cn = (char[]){'A', (char)('a' + i), 0},
						     .key = 20,
						     .constraints = "critical,CA:TRUE"});
	for (int n = 3; n <= 12; n += 9) {
		struct lab_packet mm4;

		begin();
		sides[SERVER].pki.trust = cert_trust_new();
		for (int i = 0; i < n - 1; i++)
			assert_true(cert_trust_add(sides[SERVER].pki.trust, cas[i]->der));
		assert_true(cert_trust_add(sides[SERVER].pki.trust, root->der));
		dial();
		assert_connected();
		mm4 = lab.log[3];
		assert_int_equal(hide(&mm4, PAYLOAD_CERT_REQUEST, PAYLOAD_VENDOR_ID),
				 n <= 8 ? n : 1);
		end();
	}
	for (int i = 0; i < 12; i++)
		pki_free(cas[i]);
}

static void nobody_asked_for_ours(void **state)
{
	struct pki *stranger = pki_leaf(other, "pc", NULL);

	(void)state;
	begin();
	sides[CLIENT].own = stranger;
	dial();
	assert_true(lab_noted(&lab.s[CLIENT], "certificate-not-asked-for"));
	end();
	pki_free(stranger);
}

static void large_ones_in_fragments(void **state)
{
	struct pki *large = pki_make(&(struct pki_spec){
		.cn = "large", .issuer = root, .bits = 4096, .key = 41, .padding = 3000});
	struct ike_stats s;

	(void)state;
	for (int side = 0; side < 2; side++) {
		begin();
		sides[side].own = large;
		dial();
		assert_connected();
		ike_get_stats(lab.s[side].k, &s);
		assert_int_equal(s.fragments_out, 4);
		end();
	}
	pki_free(large);
}

/* ---- jobs ---- */

static void answers_wait_for_check_and_signature(void **state)
{
	struct ike_config cfg;
	struct ike_stats s;

	(void)state;
	begin();
	start();
	lab.s[SERVER].hold_sign = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.sent, 5);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	lab_run(&lab, 4000); /* message 5 comes again and is not checked again */
	assert_int_equal(lab.s[SERVER].n_sign, 1);
	assert_true(lab_drops(&lab.s[SERVER], "not-expected-in-this-state") > 0);
	/* the SA goes while the signature is out: it comes too late and does no harm */
	lab_run(&lab, 60000);
	ike_get_stats(lab.s[SERVER].k, &s);
	assert_int_equal(s.half_open, 0);
	ike_signed(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_sign,
		   (struct bytes){(const uint8_t *)"x", 1});
	ike_signed(lab.s[SERVER].k, lab.now_ms, 0, (struct bytes){NULL, 0});
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	end();
	begin(); /* the check comes back behind the end */
	start();
	craft_until(&lab, 5);
	lab.s[SERVER].hold_dh = true;
	craft_give(&lab, &lab.log[4]);
	assert_non_null(lab.s[SERVER].held_dh);
	lab_run(&lab, 90000);
	ike_get_stats(lab.s[SERVER].k, &s);
	assert_int_equal(s.half_open, 0);
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	assert_true(craft_nothing_left(&lab, SERVER));
	end();
	begin(); /* and behind the end of everything, when the trust is released already */
	cfg = config(SERVER, &rsa_policy);
	lab_start(&lab, SERVER, &cfg);
	cfg = config(CLIENT, &rsa_policy);
	lab_start(&lab, CLIENT, &cfg);
	craft_until(&lab, 5);
	lab.s[SERVER].hold_dh = true;
	craft_give(&lab, &lab.log[4]);
	assert_non_null(lab.s[SERVER].held_dh);
	end(); /* lab_free() runs it */
}

static void no_signature(void **state)
{
	(void)state;
	for (int side = 0; side < 2; side++) {
		begin();
		start();
		lab.s[side].no_sign = true;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_true(lab_noted(&lab.s[side], "sign-failed"));
		assert_true(craft_nothing_left(&lab, side));
		lab_run(&lab, 300000);
		assert_int_equal(lab.s[CLIENT].n_up, 0);
		assert_int_equal(lab.s[CLIENT].n_down, 1);
		end();
	}
}

static void renewal(void **state)
{
	(void)state;
	begin();
	dial();
	assert_connected();
	assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(lab.s[CLIENT].n_renewed, 1);
	assert_int_equal(lab.s[SERVER].n_sign, 2);
	end();
}

/* A server with both methods takes each client as it comes. */
static void both_methods(void **state)
{
	const struct ike_policy both[] = {rsa_policy, lab_policy};
	struct ike_config cfg;

	(void)state;
	for (int rsa = 0; rsa < 2; rsa++) {
		begin();
		cfg = config(SERVER, both);
		cfg.n_policies = 2;
		lab_start(&lab, SERVER, &cfg);
		cfg = config(CLIENT, rsa ? &rsa_policy : &lab_policy);
		lab_start(&lab, CLIENT, &cfg);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_int_equal(lab.s[SERVER].n_sign, rsa);
		end();
	}
	begin(); /* a client with a certificate at a server without */
	cfg = config(SERVER, &lab_policy);
	lab_start(&lab, SERVER, &cfg);
	cfg = config(CLIENT, &rsa_policy);
	lab_start(&lab, CLIENT, &cfg);
	lab_dial(&lab);
	lab_run(&lab, 60000);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-no-proposal");
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "ike-offer-refused"),
			       "choose a pre-shared key on the client"));
	end();
}

static void what_cannot_be_configured(void **state)
{
	struct ike_config cfg;
	struct ike *k;

	(void)state;
	begin();
	cfg = config(SERVER, &rsa_policy);
	k = ike_new(&cfg);
	assert_non_null(k);
	ike_free(k);
	cfg.pki.n_chains = 0;
	assert_null(ike_new(&cfg));
	cfg.pki.n_chains = 1;
	cfg.pki.trust = NULL;
	assert_null(ike_new(&cfg));
	cfg.pki.trust = sides[SERVER].pki.trust;
	cfg.host.wall_s = NULL;
	assert_null(ike_new(&cfg));
	config(CLIENT, &rsa_policy);
	end();
}

/* The administrator takes the certificates away while a client connects: nothing of them is used.
 */
static void reconfigured_meanwhile(void **state)
{
	struct ike_config cfg;

	(void)state;
	for (unsigned n = 3; n <= 5; n += 2) {
		for (int both = 0; both < 2; both++) {
			begin();
			cfg = config(CLIENT, &rsa_policy);
			lab_start(&lab, CLIENT, &cfg);
			cfg = config(SERVER, &rsa_policy);
			lab_start(&lab, SERVER, &cfg);
			craft_until(&lab, n);
			for (int i = both ? CLIENT : SERVER; i <= SERVER; i++) {
				cfg = lab_config(&lab, i);
				assert_true(ike_reconfigure(lab.s[i].k, &cfg));
			}
			craft_give(&lab, &lab.log[n - 1]);
			lab_run(&lab, 300000);
			assert_int_equal(lab.s[SERVER].n_up, 0);
			assert_int_equal(lab.s[CLIENT].n_up, 0);
			assert_true(craft_nothing_left(&lab, SERVER));
			assert_true(craft_nothing_left(&lab, CLIENT));
			end();
		}
	}
}

/* A client system that is set to certificates offers what it offers with a key. */
static void as_client_systems(void **state)
{
	struct ike_policy policies[32];
	struct ike_config cfg;

	(void)state;
	for (unsigned i = 0; ike_profile(i); i++) {
		struct ike_profile p = *ike_profile(i);
		size_t n;

		print_message("%s\n", p.name);
		p.auth = IKE_AUTH_RSA;
		n = ike_profile_policies(&p, policies, 32);
		assert_int_not_equal(n, 0);
		begin();
		cfg = config(CLIENT, policies);
		cfg.n_policies = n;
		cfg.profile = &p;
		lab_start(&lab, CLIENT, &cfg);
		cfg = config(SERVER, policies);
		cfg.n_policies = n;
		lab_start(&lab, SERVER, &cfg);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_int_equal(lab.s[SERVER].n_up, 1);
		assert_int_equal(lab.s[CLIENT].n_up, 1);
		assert_int_equal(lab.s[SERVER].n_sign, 1);
		end();
	}
}

/* ---- Aggressive Mode ---- */

static void start_aggressive(void)
{
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = config(i, &rsa_policy);

		cfg.aggressive = i == SERVER;
		lab_start(&lab, i, &cfg);
	}
	lab.aggressive = true;
}

static void dial_aggressive(void)
{
	start_aggressive();
	assert_int_not_equal(lab_dial(&lab), 0);
	lab_settle(&lab);
}

static void aggressive_connects(void **state)
{
	(void)state;
	for (int how = 0; how < 4; how++) {
		begin();
		lab.nat = how & 1;
		lab.clear_msg3 = how & 2;
		dial_aggressive();
		assert_connected();
		assert_int_equal(lab.s[SERVER].n_sign, 1);
		assert_int_equal(ike_sa_cert(lab.s[SERVER].k, lab.s[SERVER].up).len,
				 usual[CLIENT]->der.len);
		assert_int_equal(ike_sa_cert(lab.s[CLIENT].k, lab.s[CLIENT].up).len,
				 usual[SERVER]->der.len);
		assert_non_null(strstr(lab_note(&lab.s[SERVER], "aggressive-mode"), "CN=pc"));
		end();
	}
}

static void aggressive_under_another_name(void **state)
{
	(void)state;
	begin();
	lab.id = (struct ike_id){.type = ID_FQDN, .len = 10};
	memcpy(lab.id.data, "pc.example", 10);
	dial_aggressive();
	assert_connected();
	end();
	begin();
	lab.id = lab_key_id("office");
	dial_aggressive();
	assert_int_equal(lab.s[SERVER].n_up, 0);
	assert_true(lab_noted(&lab.s[SERVER], "id-mismatch"));
	end();
}

/* The DN is too long for struct ike_id: HASH_I is over all of it. */
static void aggressive_long_name(void **state)
{
	char o[64];
	struct pki *own;

	(void)state;
	memset(o, 'o', 63);
	o[63] = 0;
	own = pki_make(
		&(struct pki_spec){.cn = "a name that makes it longer", .o = o, .issuer = root});
	begin();
	sides[CLIENT].own = own;
	dial_aggressive();
	assert_connected();
	end();
	pki_free(own);
}

static void aggressive_one_fault(void **state)
{
	static const size_t offsets[] = {0, 17, 18, 28, 31, 40, 140, 400, 900, 1200};

	(void)state;
	for (unsigned fault = LAB_LOSE; fault <= LAB_CORRUPT; fault++) {
		size_t n = fault == LAB_CORRUPT ? sizeof(offsets) / sizeof(*offsets) : 1;

		for (unsigned at = 1; at <= 6; at++) {
			for (size_t o = 0; o < n; o++) {
				begin();
				lab.fault = (enum lab_fault)fault;
				lab.fault_at = at;
				lab.corrupt_offset = offsets[o];
				dial_aggressive();
				lab_run(&lab, 29000);
				if (fault != LAB_CORRUPT)
					assert_connected();
				lab_run(&lab, 200000);
				assert_true(lab.s[CLIENT].n_child_up == 1 ||
					    craft_nothing_left(&lab, CLIENT));
				end();
			}
		}
	}
}

static void aggressive_refusals(void **state)
{
	struct pki *stranger = pki_leaf(other, "who", NULL);

	(void)state;
	begin(); /* the client is up when it has sent message 3, and hears of it then */
	sides[CLIENT].own = stranger;
	dial_aggressive();
	assert_int_equal(lab.s[SERVER].n_up, 0);
	assert_true(lab_noted(&lab.s[SERVER], "certificate-untrusted"));
	lab_run(&lab, 100);
	assert_int_equal(lab.s[CLIENT].n_child_up, 0);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	end();
	begin();
	sides[SERVER].own = stranger;
	dial_aggressive();
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	assert_string_equal(lab.s[CLIENT].down_reason, "certificate-untrusted");
	lab_run(&lab, 100000);
	assert_true(craft_nothing_left(&lab, SERVER));
	end();
	for (int side = 0; side < 2; side++) {
		begin();
		start_aggressive();
		lab.s[side].no_sign = true;
		lab_dial(&lab);
		lab_run(&lab, 300000);
		assert_true(lab_noted(&lab.s[side], "sign-failed"));
		assert_true(craft_nothing_left(&lab, CLIENT));
		assert_true(craft_nothing_left(&lab, SERVER));
		end();
	}
	pki_free(stranger);
}

/* Message 2 with certificates is longer than message 1: few a second leave to one network. */
static void aggressive_answers_are_few(void **state)
{
	unsigned before;

	(void)state;
	begin();
	start_aggressive();
	for (int i = 0; i < 20; i++)
		lab_dial(&lab);
	lab_actions(&lab, CLIENT);
	lab.cut = true;
	before = lab.sent;
	lab_settle(&lab);
	assert_in_range(lab.s[SERVER].n_sign, 1, 4);
	assert_in_range(lab.sent - before, 1, 8); /* two fragments each */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intermediate),
		cmocka_unit_test(without_certreq),
		cmocka_unit_test(certreqs_choose),
		cmocka_unit_test(many_anchors),
		cmocka_unit_test(nobody_asked_for_ours),
		cmocka_unit_test(large_ones_in_fragments),
		cmocka_unit_test(answers_wait_for_check_and_signature),
		cmocka_unit_test(no_signature),
		cmocka_unit_test(renewal),
		cmocka_unit_test(both_methods),
		cmocka_unit_test(what_cannot_be_configured),
		cmocka_unit_test(reconfigured_meanwhile),
		cmocka_unit_test(as_client_systems),
		cmocka_unit_test(aggressive_connects),
		cmocka_unit_test(aggressive_under_another_name),
		cmocka_unit_test(aggressive_long_name),
		cmocka_unit_test(aggressive_one_fault),
		cmocka_unit_test(aggressive_refusals),
		cmocka_unit_test(aggressive_answers_are_few),
	};

	return cmocka_run_group_tests(tests, rsa_setup, rsa_teardown);
}
