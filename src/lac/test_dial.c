/* The command line of `sekisho-lac dial`, secrets from where they may come, and why a connection
 * failed in words. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"
#include "dial.h"
#include "test_pki.h"

#define WORDS_MAX 32

static char psk_file[] = "/tmp/test-dial-psk-XXXXXX";

/* Parses a command line that is cut at spaces; %K stands for the file with the key. */
static int parse(struct dial_options *o, const char *line)
{
	static char text[1024];
	char *argv[WORDS_MAX + 1], *save = NULL;
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok_r(text, " ", &save); w && argc < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(w, "%K") == 0 ? psk_file : w;
	argv[argc] = NULL;
	return dial_options(o, argc, argv);
}

static void write_key(const char *text)
{
	FILE *f = fopen(psk_file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_files(void **state)
{
	int fd = mkstemp(psk_file), nothing = open("/dev/null", O_RDONLY);

	(void)state;
	close(fd);
	write_key("the key\nthe next line\n");
	/* no terminal: a password that is missing is an error and not a question */
	return dup2(nothing, STDIN_FILENO) < 0 || close(nothing) != 0;
}

static int remove_files(void **state)
{
	(void)state;
	return unlink(psk_file);
}

#define NEEDED "dial vpn.example --psk-file %K --user alice --password-file %K "

static void test_defaults(void **state)
{
	struct dial_options o;

	(void)state;
	assert_int_equal(parse(&o, NEEDED), 0);
	assert_string_equal(o.server, "vpn.example");
	assert_string_equal(o.user, "alice");
	assert_int_equal(o.psk.len, 7);
	assert_memory_equal(o.psk.b, "the key", 7);
	assert_int_equal(o.count, 3);
	assert_int_equal(o.timeout_ms, 20000);
	assert_int_equal(o.mtu, 1400);
	assert_true(o.natt);
	assert_false(o.stay || o.raw || o.port_any || o.once || o.keep_trying || o.dns);
}

static void test_everything(void **state)
{
	struct dial_options o;

	(void)state;
	assert_int_equal(parse(&o, NEEDED "--tun t0 --route 10.0.0.0/8 --route 192.0.2.1 "
					  "--default-route --dns --once --keep-trying --no-natt "
					  "--port-any --timeout 7 --mtu 1280 --aggressive group"),
			 0);
	assert_true(o.stay && o.default_route && o.dns && o.once && o.keep_trying && o.port_any);
	assert_false(o.natt);
	assert_string_equal(o.tun, "t0");
	assert_string_equal(o.aggressive, "group");
	assert_int_equal(o.n_routes, 2);
	assert_int_equal(o.route[0].net, 0x0a000000);
	assert_int_equal(o.route[0].len, 8);
	assert_int_equal(o.route[1].net, 0xc0000201);
	assert_int_equal(o.route[1].len, 32);
	assert_int_equal(o.timeout_ms, 7000);
	assert_int_equal(o.mtu, 1280);
	assert_int_equal(parse(&o, NEEDED "--netns inner"), 0);
	assert_true(o.stay);
	assert_int_equal(parse(&o, NEEDED "--exec true"), 0);
	assert_true(o.stay);
	assert_int_equal(parse(&o, NEEDED "--ping 10.1.2.3 --count 0"), 0);
	assert_int_equal(o.ping, 0x0a010203);
	assert_int_equal(o.count, 0);
	assert_false(o.stay);
}

static void test_old_spelling(void **state)
{
	struct dial_options o;

	(void)state;
	assert_int_equal(
		parse(&o, "dial --server 192.0.2.9 --psk-file %K --user u --password-file %K"), 0);
	assert_string_equal(o.server, "192.0.2.9");
}

static void test_raw(void **state)
{
	struct dial_options o;

	(void)state;
	assert_int_equal(parse(&o, "dial h --raw --user u --password-file %K"), 0);
	assert_true(o.raw);
	assert_int_equal(parse(&o, NEEDED "--raw"), EXIT_USAGE);
	assert_int_equal(parse(&o, "dial h --raw --no-natt --user u --password-file %K"),
			 EXIT_USAGE);
}

/* ---- certificates ---- */

static char dir[] = "/tmp/test-dial-cert-XXXXXX";

static const char *put(const char *name, struct bytes b)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];
	FILE *f;

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	f = fopen(p, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.len, f), b.len);
	fclose(f);
	return p;
}

#define WITH_CERT "dial vpn.example --user alice --password-file %K --cert "

/* Parses and loads; *o is the caller's to free where it worked. */
static int load(struct dial_options *o, const char *rest)
{
	char line[1024];
	int rc;

	snprintf(line, sizeof(line), "%s%s", WITH_CERT, rest);
	rc = parse(o, line);
	return rc ? rc : dial_cert_load(o) ? 0 : EXIT_USAGE;
}

static void test_certificate(void **state)
{
	static uint8_t buf[16384], ca_buf[8192];
	struct pki *ca = pki_ca("Root CA"), *pc = pki_leaf(ca, "pc", NULL);
	const struct pki *own[] = {pc}, *cas[] = {ca};
	struct lac_config cfg = {0};
	struct dial_options o;
	const char *cert, *ca_path, *p12;
	char line[512];

	(void)state;
	assert_non_null(mkdtemp(dir));
	cert = put("pc.pem", pki_pem(own, 1, pc, NULL, buf, sizeof(buf)));
	ca_path = put("ca.pem", pki_pem(cas, 1, NULL, NULL, ca_buf, sizeof(ca_buf)));
	snprintf(line, sizeof(line), "%s --ca %s", cert, ca_path);
	assert_int_equal(load(&o, line), 0);
	dial_cert_use(&o, &cfg);
	assert_int_equal(cfg.pki.n_chains, 1);
	assert_int_equal(cert_chain_count(cfg.pki.chains[0]), 1);
	assert_true(cert_chain_has_key(cfg.pki.chains[0], cfg.key));
	assert_int_equal(cert_trust_count(cfg.pki.trust), 1);
	assert_string_equal(cfg.pki.peer_name, "vpn.example");
	assert_true(cfg.wall_s(NULL) > 1700000000);
	dial_cert_free(&o);
	snprintf(line, sizeof(line), "%s --ca %s --server-id gw.example", cert, ca_path);
	assert_int_equal(load(&o, line), 0);
	dial_cert_use(&o, &cfg);
	assert_string_equal(cfg.pki.peer_name, "gw.example");
	dial_cert_free(&o);
	snprintf(line, sizeof(line), "%s --ca %s --server-id any", cert, ca_path);
	assert_int_equal(load(&o, line), 0);
	dial_cert_use(&o, &cfg);
	assert_null(cfg.pki.peer_name);
	dial_cert_free(&o);
	/* nobody to trust; no CA in that file; no such file; no key in it */
	assert_int_equal(load(&o, cert), EXIT_USAGE);
	snprintf(line, sizeof(line), "%s --ca %s", cert, psk_file);
	assert_int_equal(load(&o, line), EXIT_USAGE);
	snprintf(line, sizeof(line), "%s/none --ca %s", dir, ca_path);
	assert_int_equal(load(&o, line), EXIT_USAGE);
	snprintf(line, sizeof(line), "%s --ca %s", ca_path, ca_path);
	assert_int_equal(load(&o, line), EXIT_USAGE);
	/* its key in another file; another key */
	snprintf(line, sizeof(line), "%s --key %s --ca %s", cert, cert, ca_path);
	assert_int_equal(load(&o, line), 0);
	dial_cert_free(&o);
	put("ca.key", pki_pem(NULL, 0, ca, NULL, buf, sizeof(buf)));
	snprintf(line, sizeof(line), "%s --key %s/ca.key --ca %s", cert, dir, ca_path);
	assert_int_equal(load(&o, line), EXIT_USAGE);
	/* PKCS #12: the CA is inside; the password is in the file of the key */
	p12 = put("pc.p12", pki_p12(pc, cas, 1, "the key", buf, sizeof(buf)));
	snprintf(line, sizeof(line), "%s --cert-password-file %%K", p12);
	assert_int_equal(load(&o, line), 0);
	assert_int_equal(cert_trust_count(o.cert.trust), 1);
	dial_cert_free(&o);
	assert_int_equal(load(&o, p12), EXIT_USAGE);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	assert_int_equal(system(line), 0);
	pki_free(ca);
	pki_free(pc);
}

static void test_wrong(void **state)
{
	static const char *const lines[] = {
		"dial",
		"dial h --user u --password-file %K",      /* no key */
		"dial h --psk-file %K --password-file %K", /* no user */
		"dial --psk-file %K --user u --password-file %K",
		"dial h --psk-file %K --user u", /* no password, no terminal */
		NEEDED "one-more",
		NEEDED "--nonsense",
		NEEDED "--cert x", /* and a key */
		NEEDED "--ca x",
		NEEDED "--server-id x",
		"dial h --raw --cert x --user u --password-file %K",
		WITH_CERT "x --aggressive office",
		WITH_CERT "x --server-id",
		WITH_CERT "x --cert-password-file /nonexistent",
		NEEDED "--count",
		NEEDED "--count many",
		NEEDED "--count -1",
		NEEDED "--timeout 0",
		NEEDED "--timeout 99999999999999999999",
		NEEDED "--mtu 100",
		NEEDED "--ping fe80::1",
		NEEDED "--tun a/b",
		NEEDED "--tun ..",
		NEEDED "--tun sixteen-letters-",
		NEEDED "--tun t --route 10.0.0.0/33",
		NEEDED "--tun t --route 10.0.0.1/8",
		NEEDED "--tun t --route 10.0.0.0/",
		NEEDED "--tun t --route x",
		NEEDED "--route 10.0.0.0/8", /* without an interface */
		NEEDED "--dns",
		NEEDED "--psk-file /nonexistent",
	};
	struct dial_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		print_message("%s\n", lines[i]);
		assert_int_equal(parse(&o, lines[i]), EXIT_USAGE);
	}
	assert_int_equal(parse(&o, "dial --help"), DIAL_HELP);
}

static void test_key_is_written_over(void **state)
{
	char psk[] = "visible",
	     *argv[] = {"dial",   "h", "--psk", psk, "--user", "u", "--password-file",
			psk_file, NULL};
	struct dial_options o;

	(void)state;
	assert_int_equal(dial_options(&o, 8, argv), 0);
	assert_int_equal(o.psk.len, 7);
	assert_memory_equal(o.psk.b, "visible", 7);
	assert_null(strstr(psk, "visible"));
}

static void test_secret_files(void **state)
{
	char longest[SECRET_MAX + 1];
	struct secret s;
	int both[2];

	(void)state;
	memset(longest, 'x', SECRET_MAX);
	longest[SECRET_MAX] = 0;
	write_key(longest);
	assert_true(arg_secret_file(psk_file, &s) && s.len == SECRET_MAX);
	write_key("crlf\r\n");
	assert_true(arg_secret_file(psk_file, &s) && s.len == 4);
	write_key("no newline");
	assert_true(arg_secret_file(psk_file, &s) && s.len == 10);
	write_key("\nsecond line\n");
	assert_false(arg_secret_file(psk_file, &s));
	write_key("");
	assert_false(arg_secret_file(psk_file, &s));
	{
		char over[SECRET_MAX + 2];

		memset(over, 'x', SECRET_MAX + 1);
		over[SECRET_MAX + 1] = 0;
		write_key(over);
		assert_false(arg_secret_file(psk_file, &s));
	}
	/* standard input: a line each */
	assert_int_equal(pipe(both), 0);
	assert_int_equal(write(both[1], "one\ntwo\n", 8), 8);
	close(both[1]);
	assert_true(dup2(both[0], STDIN_FILENO) == STDIN_FILENO);
	close(both[0]);
	assert_true(arg_secret_file("-", &s) && s.len == 3 && memcmp(s.b, "one", 3) == 0);
	assert_true(arg_secret_file("-", &s) && s.len == 3 && memcmp(s.b, "two", 3) == 0);
	assert_false(arg_secret_file("-", &s));
	write_key("the key\n");
}

/* ---- words ---- */

static void test_layers(void **state)
{
	static const struct {
		const char *reason;
		enum lac_state reached;
		enum call_layer layer;
		bool final;
		const char *says;
	} rows[] = {
		{"silent", LAC_PHASE1, CALL_NO_ANSWER, false, "no answer from the server"},
		{"silent", LAC_TUNNEL, CALL_NO_ANSWER, false, "no answer from the server"},
		{"timeout", LAC_PHASE1, CALL_PHASE1, false, "is the pre-shared key right"},
		{"half-open-timeout", LAC_PHASE1, CALL_PHASE1, false, "pre-shared key"},
		{"peer-auth-failed", LAC_PHASE1, CALL_PHASE1, true, "pre-shared key is not"},
		{"psk-mismatch", LAC_PHASE1, CALL_PHASE1, true, "pre-shared key is not"},
		{"peer-no-proposal", LAC_PHASE1, CALL_PHASE1, true, "cipher suites"},
		{"peer-no-proposal", LAC_PHASE2, CALL_PHASE2, true, "ESP suites"},
		{"peer-refuses-certificate", LAC_PHASE1, CALL_PHASE1, true,
		 "refuses our certificate"},
		{"certificate-untrusted", LAC_PHASE1, CALL_PHASE1, true, "--ca FILE"},
		{"certificate-expired", LAC_PHASE1, CALL_PHASE1, true, "has expired"},
		{"peer-name-mismatch", LAC_PHASE1, CALL_PHASE1, true, "--server-id"},
		{"signature-wrong", LAC_PHASE1, CALL_PHASE1, true,
		 "somebody else may be in its place"},
		{"peer-invalid-id", LAC_PHASE2, CALL_PHASE2, true, "UDP 1701"},
		{"timeout", LAC_PHASE2, CALL_PHASE2, false, "Quick Mode"},
		{"esp-not-permitted", LAC_TUNNEL, CALL_PHASE2, true, "be root"},
		{"timeout", LAC_TUNNEL, CALL_L2TP, false, "does not answer L2TP"},
		{"retransmit-timeout", LAC_TUNNEL, CALL_L2TP, false, "does not answer L2TP"},
		{"peer-stopccn", LAC_TUNNEL, CALL_L2TP, false, "refuses the L2TP tunnel"},
		{"peer-cdn", LAC_TUNNEL, CALL_L2TP, false, "closed the call"},
		{"peer-cdn", LAC_PPP, CALL_ADDRESS, false, "no address may be free"},
		{"auth-failed", LAC_PPP, CALL_AUTH, true, "user name or the password"},
		{"auth-refused", LAC_PPP, CALL_AUTH, true, "MS-CHAPv2"},
		{"ipcp-timeout", LAC_PPP, CALL_ADDRESS, false, "gave no address"},
		{"peer-terminated", LAC_PPP, CALL_ADDRESS, false, "ended PPP"},
		{"peer-delete", LAC_UP, CALL_ENDED, false, "closed the connection"},
		{"echo-timeout", LAC_UP, CALL_ENDED, false, "vanished"},
		{"dpd-timeout", LAC_UP, CALL_ENDED, false, "vanished"},
		{"hello-timeout", LAC_UP, CALL_ENDED, false, "vanished"},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("%s in %s\n", rows[i].reason, lac_state_name(rows[i].reached));
		assert_int_equal(call_layer(rows[i].reason, rows[i].reached), rows[i].layer);
		assert_int_equal(call_is_final(rows[i].reason, rows[i].reached), rows[i].final);
		call_in_words(rows[i].reason, rows[i].reached, NULL, text, sizeof(text));
		assert_non_null(strstr(text, rows[i].says));
	}
}

static void test_refusal_in_words(void **state)
{
	const struct note refusal = {.kind = NOTE_REFUSED, .text = "E=691 R=0"};
	const struct note impostor = {.kind = NOTE_REFUSED, .reason = "auth-server-false"};
	char text[512], little[16];

	(void)state;
	call_in_words("auth-failed", LAC_PPP, &refusal, text, sizeof(text));
	assert_non_null(strstr(text, "PPP authentication: "));
	assert_non_null(strstr(text, "(E=691 R=0)"));
	call_in_words("auth-failed", LAC_PPP, &impostor, text, sizeof(text));
	assert_non_null(strstr(text, "cannot prove that it knows the password"));
	call_in_words("silent", LAC_PHASE1, NULL, text, sizeof(text));
	assert_non_null(strstr(text, "IKE phase 1: no answer from the server"));
	call_in_words("silent", LAC_TUNNEL, NULL, text, sizeof(text));
	assert_non_null(strstr(text, "L2TP: no answer from the server"));
	call_in_words("never-heard-of", LAC_TUNNEL, NULL, text, sizeof(text));
	assert_string_equal(text, "L2TP: never-heard-of");
	call_in_words("never-heard-of", LAC_TUNNEL, &refusal, text, sizeof(text));
	assert_string_equal(text, "L2TP: E=691 R=0");
	call_in_words("auth-failed", LAC_PPP, &refusal, little, sizeof(little));
	assert_int_equal(strlen(little), sizeof(little) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_old_spelling),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_key_is_written_over),
		cmocka_unit_test(test_secret_files),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_refusal_in_words),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
