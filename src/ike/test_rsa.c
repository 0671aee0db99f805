/*
 * RSA signatures (RFC 2409 5.1): initiator against responder in virtual time with certificates
 * made at test time: what connects, what each side refuses and says, every message lost,
 * doubled and changed, CERTREQ, fragments, jobs and signatures that come late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rsa_lab.h"

static void both_connect(void **state)
{
	struct ike_sa_info info;
	struct ike_stats stats;
	unsigned cursor = 0;

	(void)state;
	begin();
	dial();
	assert_connected();
	assert_int_equal(lab.sent, 9);
	for (int i = 0; i < 2; i++) {
		struct bytes cert = ike_sa_cert(lab.s[i].k, lab.s[i].up);

		assert_int_equal(lab.s[i].n_sign, 1);
		assert_int_equal(cert.len, usual[!i]->der.len);
		assert_memory_equal(cert.p, usual[!i]->der.p, cert.len);
		ike_get_stats(lab.s[i].k, &stats);
		assert_int_equal(stats.half_open, 0);
	}
	assert_string_equal(lab_note(&lab.s[SERVER], "certificate"),
			    "the peer has shown the certificate of C=JP, O=Office, CN=pc");
	assert_true(ike_each_sa(lab.s[SERVER].k, &cursor, &info));
	assert_int_equal(info.peer_id.type, 9);
	assert_int_equal(info.policy.auth, IKE_AUTH_RSA);
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "ike-up"), "CN=pc"));
	assert_int_equal(ike_sa_cert(lab.s[SERVER].k, 4711).len, 0);
	end();
}

/* With every hash: the signature is over as many octets as the prf has. */
static void every_hash(void **state)
{
	static const enum prim_hash hashes[] = {PRIM_MD5, PRIM_SHA1, PRIM_SHA384, PRIM_SHA512};

	(void)state;
	for (size_t h = 0; h < sizeof(hashes) / sizeof(*hashes); h++) {
		struct ike_policy p = rsa_policy;

		p.hash = hashes[h];
		begin();
		for (int i = 0; i < 2; i++) {
			struct ike_config cfg = config(i, &p);

			lab_start(&lab, i, &cfg);
		}
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		end();
	}
}

static void behind_nat(void **state)
{
	(void)state;
	begin();
	lab.nat = true;
	dial();
	assert_connected();
	assert_true(lab.s[SERVER].keys.udp_encap);
	assert_int_equal(lab.s[SERVER].up_flow.remote.port, 40001);
	end();
}

static void one_fault_in_any_message(void **state)
{
	static const size_t offsets[] = {0,  9,   17,  18,  21,  28,  31,   40,
					 90, 140, 300, 700, 900, 990, 1000, 1100};

	(void)state;
	for (unsigned fault = LAB_LOSE; fault <= LAB_CORRUPT; fault++) {
		size_t n = fault == LAB_CORRUPT ? sizeof(offsets) / sizeof(*offsets) : 1;

		for (unsigned at = 1; at <= 9; at++) {
			for (size_t o = 0; o < n; o++) {
				begin();
				lab.fault = (enum lab_fault)fault;
				lab.fault_at = at;
				lab.corrupt_offset = offsets[o];
				dial();
				lab_run(&lab, 29000);
				if (fault == LAB_CORRUPT && at <= 6) {
					/* what parses all the same may be refused for good */
					assert_true(lab.s[CLIENT].n_child_up <= 1);
					lab_run(&lab, 200000);
					assert_true(lab.s[CLIENT].n_child_up == 1 ||
						    craft_nothing_left(&lab, CLIENT));
				} else {
					assert_connected();
				}
				end();
			}
		}
	}
}

/* ---- refusals ---- */

static void untrusted(void **state)
{
	struct pki *stranger = pki_leaf(other, "pc", NULL);

	(void)state;
	begin();
	sides[CLIENT].own = stranger;
	server_refuses("certificate-untrusted", "CN=Other CA, which is no trusted CA");
	begin();
	sides[SERVER].own = stranger;
	client_refuses("certificate-untrusted", "CN=Other CA, which is no trusted CA");
	pki_free(stranger);
}

static void self_signed(void **state)
{
	struct pki *own = pki_make(&(struct pki_spec){.cn = "self", .key = 3});

	(void)state;
	begin();
	sides[CLIENT].own = own;
	server_refuses("certificate-self-signed", "CN=self is signed by itself");
	begin();
	sides[SERVER].own = own;
	client_refuses("certificate-self-signed", "CN=self is signed by itself");
	begin(); /* where it is trusted by itself it does */
	sides[SERVER].own = own;
	sides[CLIENT].trusts = own;
	dial();
	assert_connected();
	end();
	pki_free(own);
}

static void expired_and_early(void **state)
{
	(void)state;
	begin();
	lab.s[SERVER].wall_s = PKI_NOW + 400 * 86400;
	server_refuses("certificate-expired", "CN=");
	begin();
	lab.s[CLIENT].wall_s = PKI_NOW + 400 * 86400;
	client_refuses("certificate-expired", "expired on 2028-01-");
	begin();
	lab.s[CLIENT].wall_s = 0;
	client_refuses("certificate-not-yet-valid", "(it is 1970-01-01 here): is the clock right?");
}

static void other_usages(void **state)
{
	struct pki *code = pki_make(
		&(struct pki_spec){.cn = "code", .issuer = root, .purpose = "codeSigning"});
	struct pki *server =
		pki_make(&(struct pki_spec){.cn = "www", .issuer = root, .purpose = "serverAuth"});

	(void)state;
	begin();
	sides[CLIENT].own = code;
	server_refuses("certificate-usage", "needs clientAuth or ipsecIKE");
	begin();
	sides[CLIENT].own = server; /* a web server's certificate does not open the door */
	server_refuses("certificate-usage", "needs clientAuth or ipsecIKE");
	begin();
	sides[SERVER].own = code;
	client_refuses("certificate-usage", "needs serverAuth or ipsecIKE");
	begin();
	sides[SERVER].own = server;
	dial();
	assert_connected();
	end();
	pki_free(code);
	pki_free(server);
}

static void revoked(void **state)
{
	static uint8_t buf[4096];
	struct bytes crl = pki_crl(root, usual[CLIENT], PKI_NOW + 86400, buf, sizeof(buf));

	(void)state;
	begin();
	sides[SERVER].pki.trust = cert_trust_new();
	assert_true(cert_trust_add(sides[SERVER].pki.trust, root->der));
	assert_true(cert_trust_add_crl(sides[SERVER].pki.trust, crl));
	server_refuses("certificate-revoked", "CN=pc is revoked");
}

/* A valid certificate, and a key that is not its: security.md 49. */
static void signature_of_another_key(void **state)
{
	struct pki *thief = pki_make(&(struct pki_spec){.cn = "thief", .key = 99});
	struct sign_key *key = key_of(thief);

	(void)state;
	begin();
	start();
	lab.s[CLIENT].sign_keys[0] = key;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	assert_true(lab_noted(&lab.s[SERVER], "signature-wrong"));
	lab_run(&lab, 60000);
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-refuses-certificate");
	end();
	begin();
	start();
	lab.s[SERVER].sign_keys[0] = key;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	lab_run(&lab, 60000);
	assert_int_equal(lab.s[CLIENT].n_up, 0);
	assert_string_equal(lab.s[CLIENT].down_reason, "signature-wrong");
	end();
	sign_key_free(key);
	pki_free(thief);
}

/* ---- identities ---- */

static struct ike_id id_of(uint8_t type, const char *text)
{
	struct ike_id id = {.type = type, .len = (uint8_t)strlen(text)};

	memcpy(id.data, text, id.len);
	return id;
}

static void identities(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
		enum ike_id_check check;
		bool good;
	} rows[] = {
		{ID_FQDN, "pc.example", IKE_ID_REQUIRED, true},
		{ID_FQDN, "PC.example", IKE_ID_REQUIRED, true},
		{ID_FQDN, "other.example", IKE_ID_REQUIRED, false},
		{ID_FQDN, "other.example", IKE_ID_IF_THERE, false},
		{ID_FQDN, "other.example", IKE_ID_ANY, true},
		{ID_USER_FQDN, "ann@example.com", IKE_ID_REQUIRED, true},
		{ID_USER_FQDN, "bob@example.com", IKE_ID_REQUIRED, false},
		{ID_IPV4_ADDR, "", IKE_ID_REQUIRED, true}, /* 192.168.0.2, which it has */
		{ID_KEY_ID, "office", IKE_ID_REQUIRED, false},
		{ID_KEY_ID, "office", IKE_ID_IF_THERE, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin();
		sides[CLIENT].pki.own_id = id_of(rows[i].type, rows[i].text);
		sides[SERVER].pki.id_check = rows[i].check;
		if (rows[i].good) {
			dial();
			assert_connected();
			end();
		} else {
			server_refuses("id-mismatch", "it says to be ");
		}
	}
}

/* Another one's subject as identity, beside a certificate of one's own. */
static void false_subject(void **state)
{
	(void)state;
	begin();
	sides[CLIENT].pki.own_id = (struct ike_id){.type = ID_DER_ASN1_DN, .len = 40};
	sides[SERVER].pki.id_check = IKE_ID_ANY;
	server_refuses("id-mismatch", "its certificate is that of DNS pc.example");
}

static void bare_address_without_one_in_the_certificate(void **state)
{
	struct pki *plain = pki_leaf(root, "plain", NULL);

	(void)state;
	begin();
	sides[CLIENT].own = plain;
	sides[CLIENT].pki.own_id.type = ID_IPV4_ADDR;
	server_refuses("id-mismatch", "it says to be 192.168.0.2, its certificate is that of C=JP");
	begin();
	sides[CLIENT].own = plain;
	sides[CLIENT].pki.own_id.type = ID_IPV4_ADDR;
	sides[SERVER].pki.id_check = IKE_ID_IF_THERE;
	dial();
	assert_connected();
	end();
	pki_free(plain);
}

static void server_name(void **state)
{
	static const char *const good[] = {"vpn.example", "203.0.113.1", "C=JP, O=Office, CN=gw"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		begin();
		sides[CLIENT].pki.peer_name = good[i];
		dial();
		assert_connected();
		end();
	}
	begin();
	sides[CLIENT].pki.peer_name = "mail.example";
	client_refuses("peer-name-mismatch",
		       "that of DNS vpn.example, address 203.0.113.1, not of mail.example");
}

/* A subject that is longer than struct ike_id: whole on the wire, told apart inside. */
static void long_names(void **state)
{
	char o[64], text[256];
	struct pki *a, *b;
	struct ike_id one, two;
	struct bytes dn;
	uint8_t body[300] = {ID_DER_ASN1_DN};

	(void)state;
	memset(o, 'o', 63);
	o[63] = 0;
	a = pki_make(&(struct pki_spec){
		.cn = "twin one of the long family of names", .o = o, .issuer = root});
	b = pki_make(&(struct pki_spec){
		.cn = "twin two of the long family of names", .o = o, .issuer = root});
	begin();
	sides[CLIENT].own = a;
	dial();
	assert_connected();
	dn = cert_chain_subject(sides[CLIENT].chain, 0);
	assert_true(dn.len > sizeof(one.data));
	memcpy(body + 4, dn.p, dn.len);
	assert_false(id_parse((struct bytes){body, 4 + dn.len}, &one));
	assert_true(rsa_id_parse((struct bytes){body, 4 + dn.len}, &one));
	assert_non_null(strstr(cert_dn_words(dn, text, sizeof(text)), "CN=twin one"));
	end();
	begin();
	sides[CLIENT].own = b;
	dial();
	dn = cert_chain_subject(sides[CLIENT].chain, 0);
	memcpy(body + 4, dn.p, dn.len);
	assert_true(rsa_id_parse((struct bytes){body, 4 + dn.len}, &two));
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.data, two.data, one.len);
	body[0] = ID_KEY_ID;
	assert_false(rsa_id_parse((struct bytes){body, 4 + dn.len}, &two));
	end();
	pki_free(a);
	pki_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_connect),
		cmocka_unit_test(every_hash),
		cmocka_unit_test(behind_nat),
		cmocka_unit_test(one_fault_in_any_message),
		cmocka_unit_test(untrusted),
		cmocka_unit_test(self_signed),
		cmocka_unit_test(expired_and_early),
		cmocka_unit_test(other_usages),
		cmocka_unit_test(revoked),
		cmocka_unit_test(signature_of_another_key),
		cmocka_unit_test(identities),
		cmocka_unit_test(false_subject),
		cmocka_unit_test(bare_address_without_one_in_the_certificate),
		cmocka_unit_test(server_name),
		cmocka_unit_test(long_names),
	};

	return cmocka_run_group_tests(tests, rsa_setup, rsa_teardown);
}
