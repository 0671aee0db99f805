/* Tests of the monitor against a hostile engine: every frame that is not on the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "priv_frame.h"
#include "priv_proto.h"
#include "test_net.h"
#include "test_server.h"

/* Sends a frame as a hostile engine would; the answer's error, "" when it was ok. */
static const char *raw(const void *p, size_t len, const int *fds, unsigned n)
{
	static struct priv_answer a;
	int came[PRIV_FDS_MAX];
	unsigned n_came;

	assert_true(priv_frame_send(ends[0], p, len, fds, n, 0));
	assert_int_equal(priv_frame_recv(ends[0], &a, sizeof(a), came, &n_came, 0), sizeof(a));
	while (n_came)
		close(came[--n_came]);
	assert_int_equal(a.ok == 0, a.error[0] != 0);
	return a.error;
}

static const char *raw_act(const struct priv_act *act)
{
	struct priv_request req;

	priv_encode(act, &req);
	return raw(&req, sizeof(req), NULL, 0);
}

#define UDP(...)                                                                                   \
	{                                                                                          \
		.verb = PRIV_OPEN_UDP, .u.udp = { __VA_ARGS__ }                                    \
	}
#define ESP(...)                                                                                   \
	{                                                                                          \
		.verb = PRIV_OPEN_ESP, .u.esp = { __VA_ARGS__ }                                    \
	}
#define NET6 UINT64_C(0x20010db800010000)
#define NAME(v, s)                                                                                 \
	{                                                                                          \
		.verb = v, .u.name = s                                                             \
	}
#define NAT(...)                                                                                   \
	{                                                                                          \
		.verb = PRIV_NAT_ON, .u.nat = { __VA_ARGS__ }                                      \
	}
#define BRIDGE(...)                                                                                \
	{                                                                                          \
		.verb = PRIV_OPEN_BRIDGE, .u.bridge = {                                            \
			.interface = "eth7",                                                       \
			.tap = "sk-x",                                                             \
			.queues = 1,                                                               \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define LOOK(s)                                                                                    \
	{                                                                                          \
		.verb = PRIV_LOOK_BRIDGE, .u.bridge = {.interface = s }                            \
	}
#define TAP(...)                                                                                   \
	{                                                                                          \
		.verb = PRIV_OPEN_TAP, .u.tap = {                                                  \
			.name = "sk-x",                                                            \
			.host_ip = 0x0a000001,                                                     \
			.prefix = 24,                                                              \
			.queues = 1,                                                               \
			.mtu = 1400,                                                               \
			.mac = {2, 0, 0, 0, 0, 1},                                                 \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct {
	struct priv_act act;
	const char *want;
} bad[] = {
	{UDP(.port = 22, .n = 1), "UDP port 22, want 500, 4500 or 1701"},
	{UDP(.port = 0, .n = 1), "UDP port 0,"},
	{UDP(.port = 501, .n = 1), "UDP port 501,"},
	{UDP(.port = 500, .n = 0), "0 sockets, want 1 to 64"},
	{UDP(.port = 500, .n = 65), "65 sockets"},
	{UDP(.port = 500, .n = 65535), "65535 sockets"},
	{UDP(.port = 500, .n = 1, .addr.family = 5), "address family 5"},
	{ESP(.n = 0), "0 sockets"},
	{ESP(.n = 65), "65 sockets"},
	{ESP(.n = 1, .addr.family = 255), "address family 255"},
	{TAP(.name = "eth0"), "not a TAP name"},
	{TAP(.name = "sk-"), "not a TAP name"},
	{TAP(.name = ""), "not a TAP name"},
	{TAP(.name = "sk-a/b"), "not a TAP name"},
	{TAP(.name = "sk-../x"), "not a TAP name"},
	{TAP(.name = "sk-A"), "not a TAP name"},
	{TAP(.name = "sk-a b"), "not a TAP name"},
	{TAP(.name = "sk-a\nb"), "not a TAP name"},
	{TAP(.name = "sk-a\";x"), "not a TAP name"},
	{TAP(.name = "sk-%d"), "not a TAP name"},
	{TAP(.name = "sk-abcdefghijkl"), "not a TAP name"},
	{TAP(.prefix = 7), "prefix length 7, want 8 to 30"},
	{TAP(.prefix = 31), "prefix length 31"},
	{TAP(.prefix = 255), "prefix length 255"},
	{TAP(.host_ip = 0x0a000000), "network or broadcast"},
	{TAP(.host_ip = 0x0a0000ff), "network or broadcast"},
	{TAP(.host_ip = 0x7f000001), "127.0.0.1 is not an address for hosts"},
	{TAP(.host_ip = 0x00000001), "not an address for hosts"},
	{TAP(.host_ip = 0xe0000001), "not an address for hosts"},
	{TAP(.queues = 0), "0 queues"},
	{TAP(.queues = 65), "65 queues"},
	{TAP(.mtu = 1279), "MTU 1279, want 1280 to 1500"},
	{TAP(.mtu = 1501), "MTU 1501"},
	{TAP(.mac = {1, 0, 0, 0, 0, 1}), "group address or zero"},
	{TAP(.mac = {0}), "group address or zero"},
	{TAP(.net6 = NET6, .prefix6 = 31), "IPv6 prefix length 31, want 32 to 63"},
	{TAP(.net6 = NET6, .prefix6 = 64), "IPv6 prefix length 64"},
	{TAP(.net6 = NET6, .prefix6 = 0), "IPv6 prefix length 0"},
	{TAP(.net6 = NET6, .prefix6 = 255), "IPv6 prefix length 255"},
	{TAP(.net6 = NET6 + 1, .prefix6 = 48), "bits behind its length of 48"},
	{TAP(.net6 = NET6, .prefix6 = 47), "bits behind its length of 47"},
	{TAP(.net6 = UINT64_C(0xfe80) << 48, .prefix6 = 48), "neither of 2000::/3 nor"},
	{TAP(.net6 = UINT64_C(0xff02) << 48, .prefix6 = 48), "neither of 2000::/3 nor"},
	{TAP(.net6 = 0, .prefix6 = 48), "neither of 2000::/3 nor"},
	{NAME(PRIV_CLOSE_TAP, "lo"), "not a TAP name"},
	{BRIDGE(.interface = ""), "not an interface's name: want 1 to 15 octets, no blank, / or :"},
	{BRIDGE(.interface = "."), "not an interface's name"},
	{BRIDGE(.interface = ".."), "not an interface's name"},
	{BRIDGE(.interface = "a/b"), "not an interface's name"},
	{BRIDGE(.interface = "a b"), "not an interface's name"},
	{BRIDGE(.interface = "a\tb"), "not an interface's name"},
	{BRIDGE(.interface = "eth0:1"), "not an interface's name"},
	{BRIDGE(.interface = "a\x7f"), "not an interface's name"},
	{BRIDGE(.interface = "lo"), "lo reaches this host only"},
	{BRIDGE(.interface = "sk-other"), "sk-other is a name for hubs' own TAPs"},
	{BRIDGE(.interface = "eth7"), "there is no interface eth7: `ip link` shows those"},
	{BRIDGE(.interface = "abcdefghijklmno"), "there is no interface abcdefghijklmno:"},
	{BRIDGE(.tap = "eth0"), "not a TAP name"},
	{BRIDGE(.tap = ""), "not a TAP name"},
	{BRIDGE(.queues = 0), "0 queues, want 1 to 64"},
	{BRIDGE(.queues = 65), "65 queues"},
	{LOOK(""), "not an interface's name"},
	{LOOK("../lo"), "not an interface's name"},
	{LOOK("lo"), "lo reaches this host only"},
	{LOOK("sk-x"), "sk-x is a name for hubs' own TAPs"},
	{LOOK("eth7"), "there is no interface eth7"},
	{NAME(PRIV_NAT_OFF, "sk-a/b"), "not a TAP name"},
	{NAME(PRIV_NAT_OFF, "sk-none"), "there is no NAT for sk-none"},
	{NAT(.tap = "x", .net = 0x0a000000, .prefix = 24), "not a TAP name"},
	{NAT(.tap = "sk-x", .net = 0x0a000001, .prefix = 24), "bits behind its prefix"},
	{NAT(.tap = "sk-x", .net = 0x0a000000, .prefix = 0), "prefix length 0"},
	{NAT(.tap = "sk-x", .net = 0x0a000000, .prefix = 33), "prefix length 33"},
	{NAT(.tap = "sk-x", .net = 0, .prefix = 24), "not an address for hosts"},
	{NAT(.tap = "sk-none", .net = 0x0a000000, .prefix = 24), "not an open TAP"},
	{{.verb = PRIV_SAVE_CONFIG, .u.save_len = 1}, "0 descriptors with the request, want 1"},
	{{.verb = PRIV_LIST_BRIDGES + 1}, "verb 12 is not on the list"},
	{{.verb = 0}, "verb 0 is not on the list"},
};
#pragma GCC diagnostic pop

static void bad_arguments_are_refused_with_a_sentence(void **state)
{
	unsigned fds = open_fds();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *error = raw_act(&bad[i].act);

		if (!strstr(error, bad[i].want))
			fail_msg("row %zu: want \"%s\", got \"%s\"", i, bad[i].want, error);
	}
	assert_int_equal(open_fds(), fds);
}

static void unused_fields_and_versions_are_looked_at(void **state)
{
	struct priv_act act = {.verb = PRIV_CLOSE_TAP, .u.name = "sk-a"};
	struct priv_request req;
	uint8_t changed[sizeof(req)];

	(void)state;
	priv_encode(&act, &req);
	for (size_t i = 0; i < sizeof(req); i++) {
		memcpy(changed, &req, sizeof(req));
		changed[i] ^= 0x80;
		assert_string_not_equal(raw(changed, sizeof(changed), NULL, 0), "");
	}
	assert_string_equal(raw(&req, sizeof(req), NULL, 0), "");
	memset(&act, 0, sizeof(act));
	act.verb = PRIV_OPEN_UDP;
	act.u.udp = (struct priv_udp){.port = 500, .n = 1};
	priv_encode(&act, &req);
	req.steer = 2; /* a boolean that is neither */
	assert_string_not_equal(raw(&req, sizeof(req), NULL, 0), "");
	req.steer = 0;
	req.ip[15] = 1; /* an address behind the family "none" */
	assert_string_not_equal(raw(&req, sizeof(req), NULL, 0), "");
}

static void a_longer_frame_is_not_cut_to_a_good_one(void **state)
{
	struct priv_act act = {.verb = PRIV_CLOSE_TAP, .u.name = "sk-a"};
	struct priv_request req[2] = {0};

	(void)state;
	priv_encode(&act, req);
	assert_string_equal(raw(req, sizeof(*req), NULL, 0), "");
	assert_string_equal(raw(req, sizeof(*req) + 1, NULL, 0), "a request of 81 octets, want 80");
	assert_string_equal(raw(req, sizeof(*req) - 1, NULL, 0), "a request of 79 octets, want 80");
}

static void frames_of_every_length_are_survived(void **state)
{
	uint8_t frame[4096];
	unsigned fds = open_fds();
	uint32_t x = 1;

	(void)state;
	for (size_t len = 1; len < sizeof(frame); len += len < 200 ? 1 : 97) {
		for (size_t i = 0; i < len; i++) {
			x = x * 1664525 + 1013904223;
			frame[i] = (uint8_t)(x >> 24);
		}
		assert_string_not_equal(raw(frame, len, NULL, 0), "");
		memset(frame, 0, len);
		frame[0] = PRIV_VERSION;
		frame[4] = (uint8_t)(x >> 24 & 15);
		if (frame[4] == PRIV_READ_CONFIG || frame[4] == PRIV_LIST_BRIDGES)
			frame[4] = 0; /* these want nothing but their number */
		assert_string_not_equal(raw(frame, len, NULL, 0), "");
	}
	assert_int_equal(open_fds(), fds);
}

static void descriptors_that_were_not_asked_for_are_closed(void **state)
{
	struct priv_act act = {.verb = PRIV_READ_CONFIG};
	struct priv_request req;
	int many[PRIV_FDS_MAX];
	unsigned fds = open_fds();

	(void)state;
	priv_encode(&act, &req);
	for (unsigned i = 0; i < PRIV_FDS_MAX; i++)
		many[i] = 1;
	assert_non_null(strstr(raw(&req, sizeof(req), many, 1), "1 descriptors"));
	assert_non_null(strstr(raw(&req, sizeof(req), many, 64), "64 descriptors"));
	act = (struct priv_act){.verb = PRIV_SAVE_CONFIG, .u.save_len = 5};
	priv_encode(&act, &req);
	assert_non_null(strstr(raw(&req, sizeof(req), many, 2), "2 descriptors"));
	assert_non_null(strstr(raw(&req, sizeof(req), many, 1), "sealed memory file"));
	assert_int_equal(open_fds(), fds);
}

static void a_client_that_does_not_listen_is_dropped(void **state)
{
	struct priv_act act = {.verb = PRIV_CLOSE_TAP, .u.name = "sk-a"};
	struct priv_request req;
	struct pollfd p = {.fd = ends[0], .events = 0};
	int sent = 0;

	(void)state;
	priv_encode(&act, &req);
	for (; sent < 100000 && !(p.revents & POLLHUP); sent++) {
		if (!priv_frame_send(ends[0], &req, sizeof(req), NULL, 0, MSG_DONTWAIT) &&
		    errno == EPIPE)
			break;
		poll(&p, 1, 0);
	}
	assert_in_range(sent, 1, 99999);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(bad_arguments_are_refused_with_a_sentence),
		T(unused_fields_and_versions_are_looked_at),
		T(a_longer_frame_is_not_cut_to_a_good_one),
		T(frames_of_every_length_are_survived),
		T(descriptors_that_were_not_asked_for_are_closed),
		T(a_client_that_does_not_listen_is_dropped),
	};

	if (!own_net())
		print_message("not root: only what needs no privilege\n");
	return cmocka_run_group_tests_name("priv_frames", tests, NULL, NULL);
}
