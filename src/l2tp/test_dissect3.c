/*
 * What another program makes of version 3: whole sessions in every style, over both
 * carriers, in virtual time, written as a capture and read by tshark, which checks the
 * Message Digests too. Skipped where tshark is not there.
 */
#include <unistd.h>

#include "test_rig3.h"

#include "wire/l2tp3_data.h"

#define SECRET "a shared secret"

static char capture[] = "/tmp/sekisho-l2tp3-XXXXXX";

static bool have_tshark(void)
{
	return system("command -v tshark >/dev/null 2>&1") == 0;
}

static void open_capture(void)
{
	static const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101 /* RAW */};
	int fd;

	memcpy(capture + strlen(capture) - 6, "XXXXXX", 6);
	fd = mkstemp(capture);
	assert_true(fd >= 0);
	rig.pcap = fdopen(fd, "wb");
	assert_non_null(rig.pcap);
	fwrite(head, sizeof(head), 1, rig.pcap);
}

/* An ARP request as the end sends it in the session. */
static void record_frame(const struct rig3_end *e, bool from_caller)
{
	static const uint8_t arp[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0, 0, 0, 0,
				      1,    0x08, 0x06, 0,    1,    0x08, 0,   6, 4, 0, 1,
				      2,    0,    0,    0,    0,    1,    192, 0, 2, 1, 0,
				      0,    0,    0,    0,    0,    192,  0,   2, 2};
	const struct l2tp3_session_info *i = &rig3_last(e, L2TP3_ACT_SESSION_UP)->info;
	struct l2tp3_encap encap = {.session_id = i->peer_session_id,
				    .udp = i->local_port != 0,
				    .sublayer = i->peer_sublayer,
				    .cookie_len = i->peer_cookie_len};
	uint8_t buf[100];

	memcpy(encap.cookie, i->peer_cookie, sizeof(encap.cookie));
	l2tp3_data_put(buf, &encap, i->peer_sequencing, 0);
	memcpy(buf + l2tp3_data_len(&encap), arp, sizeof(arp));
	rig3_record(buf, l2tp3_data_len(&encap) + sizeof(arp), from_caller);
}

/* Up, a frame each way, a change of status, a Hello, down; 0 when the style cannot. */
static unsigned record_life(unsigned style, bool ip, const char *secret, uint8_t digest,
			    uint8_t cookie_len)
{
	struct l2tp3_config a = rig3_config(), c;
	FILE *pcap = rig.pcap;
	uint64_t random = rig.random;
	unsigned host = rig.pcap_host;
	unsigned sent;
	uint32_t id;

	secret_set(&a.secret, secret, strlen(secret));
	a.cookie_len = cookie_len;
	a.sublayer = cookie_len ? L2TP3_SUBLAYER_DEFAULT : L2TP3_SUBLAYER_NONE;
	a.sequencing = cookie_len ? L2TP3_SEQUENCE_ALL : L2TP3_SEQUENCE_NONE;
	c = a;
	c.digest = digest;
	c.style = l2tp3_style(style);
	if (ip && c.style->udp_only)
		return 0;
	rig3_open(&a, &c);
	rig.pcap = pcap;
	rig.random = random * 3 + 1;
	rig.pcap_host = host + 1; /* tshark knows one control connection of a pair */
	if (ip)
		rig3_over_ip();
	id = l2tp3_call(rig.call.l, rig.now, &rig.path);
	rig3_pass(200);
	record_frame(&rig.call, true);
	record_frame(&rig.answer, false);
	l2tp3_session_status(rig.call.l, rig.now, id, false);
	rig3_pass(70000);
	l2tp3_session_close(rig.call.l, rig.now, id, (struct l2tp_result){3, 0, "admin"});
	rig3_pass(40000);
	sent = rig.n_sent + 2;
	rig.pcap = NULL;
	rig3_close();
	rig.pcap = pcap;
	return sent;
}

/* What tshark says of the packets of the capture. */
struct tally {
	unsigned l2tp, wrong, digests, arps, types[32];
};

#define FIELDS                                                                                     \
	"-e l2tp.version -e l2tp.avp.message_type -e l2tp.avp.message_digest -e arp.src.hw_mac "   \
	"-e _ws.malformed -e l2tp.avp_length.bad -e l2tp.incorrect_digest -e _ws.expert.severity"

/* One line of tab-separated fields. */
static void count_packet(struct tally *t, char *line)
{
	char *field[8] = {0}, *at = line;
	unsigned long type;

	for (unsigned i = 0; i < 8 && at; i++)
		field[i] = strsep(&at, "\t\n");
	assert_non_null(field[7]);
	type = strtoul(field[1], NULL, 10);
	assert_true(type < 32);
	t->l2tp++;
	t->types[type]++;
	t->digests += field[2][0] != 0;
	t->arps += strcmp(field[3], "02:00:00:00:00:01") == 0;
	if (field[4][0] || field[5][0] || field[6][0] || strtoul(field[7], NULL, 10) >= 0x600000)
		t->wrong++;
}

static struct tally tshark(void)
{
	struct tally t = {0};
	char line[2000];
	FILE *out;

	snprintf(line, sizeof(line),
		 "tshark -n -o 'l2tp.shared_secret:" SECRET "' -r %s -T fields " FIELDS
		 " -Y l2tp 2>/dev/null",
		 capture);
	out = popen(line, "r");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out))
		count_packet(&t, line);
	assert_int_equal(pclose(out), 0);
	unlink(capture);
	return t;
}

static void tshark_takes_it_all(const char *secret, uint8_t digest)
{
	unsigned sent = 0, lives = 0, n;
	struct tally t;

	if (!have_tshark())
		skip();
	memset(&rig, 0, sizeof(rig));
	open_capture();
	for (unsigned style = 0; l2tp3_style(style); style++) {
		for (unsigned how = 0; how < 4; how++) {
			n = record_life(style, how & 1, secret, digest, how & 2 ? 8 : 0);
			sent += n;
			lives += n > 0;
		}
	}
	fclose(rig.pcap);
	rig.pcap = NULL;
	t = tshark();
	assert_int_equal(lives, 10);
	assert_int_equal(t.l2tp, sent);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(t.types[1], lives);  /* SCCRQ */
	assert_int_equal(t.types[12], lives); /* ICCN */
	assert_int_equal(t.types[14], lives); /* CDN */
	assert_int_equal(t.types[16], lives); /* SLI */
	assert_int_equal(t.digests, secret[0] ? sent - 2 * lives : 0);
	assert_int_equal(t.arps, 2 * lives);
}

static void without_a_secret(void **state)
{
	(void)state;
	tshark_takes_it_all("", L2TP3_DIGEST_MD5);
}

static void with_md5(void **state)
{
	(void)state;
	tshark_takes_it_all(SECRET, L2TP3_DIGEST_MD5);
}

static void with_sha1(void **state)
{
	(void)state;
	tshark_takes_it_all(SECRET, L2TP3_DIGEST_SHA1);
}

/* tshark does find a wrong digest: the test can fail. */
static void another_secret_is_found_out(void **state)
{
	(void)state;
	if (!have_tshark())
		skip();
	memset(&rig, 0, sizeof(rig));
	open_capture();
	record_life(0, false, "another secret", L2TP3_DIGEST_MD5, 0);
	fclose(rig.pcap);
	rig.pcap = NULL;
	assert_true(tshark().wrong > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_secret),
		cmocka_unit_test(with_md5),
		cmocka_unit_test(with_sha1),
		cmocka_unit_test(another_secret_is_found_out),
	};

	return cmocka_run_group_tests_name("l2tp3 dissected", tests, NULL, NULL);
}
