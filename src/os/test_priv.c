/* Tests of the monitor's verbs: client against server over a socket pair, in a network
 * namespace of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "base/log.h"
#include "os/priv_client.h"
#include "os/priv_server.h"
#include "priv_act.h"
#include "priv_frame.h"
#include "priv_proto.h"
#include "test_dir.h"
#include "test_net.h"

static char run_dir[PATH_MAX], config[PATH_MAX + 16];
static struct priv_server *server;
static struct priv_ops ops;
static pthread_t thread;
static int ends[2]; /* 0: the engine's */
static struct priv_result result;

static void quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

static void *serve(void *arg)
{
	struct pollfd p = {.fd = ends[1], .events = POLLIN};

	while (poll(&p, 1, -1) >= 0)
		if (!priv_server_serve(server, ends[1]))
			break;
	close(ends[1]);
	return arg;
}

static void start_server(void)
{
	struct monitor_config cfg = {.config_path = config, .run_dir = run_dir};

	server = priv_server_init(&cfg);
	if (!server || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
	    pthread_create(&thread, NULL, serve, NULL) != 0)
		abort();
	priv_client_init(&ops, ends[0]);
}

static void stop_server(void)
{
	close(ends[0]);
	pthread_join(thread, NULL);
	priv_server_cleanup(server);
}

static int setup(void **state)
{
	(void)state;
	log_set_sink(quiet, NULL);
	dir_new(run_dir);
	snprintf(config, sizeof(config), "%s/sekisho.conf", run_dir);
	start_server();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop_server();
	log_set_sink(NULL, NULL);
	dir_remove(run_dir);
	return 0;
}

/* ---- frames ---- */

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
#define NAME(v, s)                                                                                 \
	{                                                                                          \
		.verb = v, .u.name = s                                                             \
	}
#define NAT(...)                                                                                   \
	{                                                                                          \
		.verb = PRIV_NAT_ON, .u.nat = { __VA_ARGS__ }                                      \
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
	{NAME(PRIV_CLOSE_TAP, "lo"), "not a TAP name"},
	{NAME(PRIV_CLOSE_TAP, "sk-none"), "there is no TAP sk-none"},
	{NAME(PRIV_NAT_OFF, "sk-a/b"), "not a TAP name"},
	{NAME(PRIV_NAT_OFF, "sk-none"), "there is no NAT for sk-none"},
	{NAT(.tap = "x", .net = 0x0a000000, .prefix = 24), "not a TAP name"},
	{NAT(.tap = "sk-x", .net = 0x0a000001, .prefix = 24), "bits behind its prefix"},
	{NAT(.tap = "sk-x", .net = 0x0a000000, .prefix = 0), "prefix length 0"},
	{NAT(.tap = "sk-x", .net = 0x0a000000, .prefix = 33), "prefix length 33"},
	{NAT(.tap = "sk-x", .net = 0, .prefix = 24), "not an address for hosts"},
	{NAT(.tap = "sk-none", .net = 0x0a000000, .prefix = 24), "not an open TAP"},
	{{.verb = PRIV_SAVE_CONFIG, .u.save_len = 1}, "0 descriptors with the request, want 1"},
	{{.verb = PRIV_SAVE_CONFIG + 1}, "verb 9 is not on the list"},
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
		assert_string_not_equal(raw(changed, sizeof(changed), NULL, 0),
					"there is no TAP sk-a");
	}
	assert_string_equal(raw(&req, sizeof(req), NULL, 0), "there is no TAP sk-a");
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
		frame[4] = frame[4] == PRIV_READ_CONFIG ? 0 : frame[4];
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

/* ---- the acts ---- */

static void client_refuses_the_same(void **state)
{
	struct priv_udp udp = {.port = 53, .n = 1};

	(void)state;
	ops.open_udp(ops.ctx, &udp, &result);
	assert_false(result.ok);
	assert_string_equal(result.error, "UDP port 53, want 500, 4500 or 1701");
	ops.close_tap(ops.ctx, "sk-a-name-that-is-too-long", &result);
	assert_false(result.ok);
	ops.save_config(ops.ctx, "", 0, &result);
	assert_false(result.ok);
}

static void sockets_are_handed_over(void **state)
{
	struct priv_udp udp = {.port = 500, .n = 3, .steer_by_spi = true};
	struct priv_result again = {0};
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	char want[64];

	(void)state;
	if (!own_net())
		skip();
	ops.open_udp(ops.ctx, &udp, &result);
	assert_string_equal(result.error, "");
	assert_true(result.ok);
	assert_int_equal(result.n_fds, 3);
	assert_int_equal(getsockname(result.fds[2], (struct sockaddr *)&at, &len), 0);
	assert_int_equal(ntohs(at.sin_port), 500);
	ops.open_udp(ops.ctx, &udp, &again);
	assert_false(again.ok);
	snprintf(want, sizeof(want), "UDP port 500 is held by test_priv (pid %d)", getpid());
	assert_string_equal(again.error, want);
	priv_close_fds(&result);
	ops.open_udp(ops.ctx, &udp, &result);
	assert_true(result.ok);
	priv_close_fds(&result);
	udp.addr = ip_of("192.0.2.9");
	ops.open_udp(ops.ctx, &udp, &result);
	assert_string_equal(result.error, "192.0.2.9 is not an address of this host");
	ops.open_esp(ops.ctx, &(struct ip_addr){0}, 4, &result);
	assert_true(result.ok);
	assert_int_equal(result.n_fds, 4);
	priv_close_fds(&result);
}

static void holders_are_found_by_address(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(43999)};
	struct sockaddr_in6 at6 = {.sin6_family = AF_INET6, .sin6_port = htons(43998)};
	struct ip_addr any = {0}, one = ip_of("127.0.0.1"), two = ip_of("127.0.0.2");
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int s6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char who[128], want[64];

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s, (struct sockaddr *)&at, sizeof(at)), 0);
	snprintf(want, sizeof(want), "test_priv (pid %d)", getpid());
	assert_true(udp_holder(&any, 43999, who, sizeof(who)));
	assert_string_equal(who, want);
	assert_true(udp_holder(&one, 43999, who, sizeof(who)));
	assert_false(udp_holder(&two, 43999, who, sizeof(who)));
	assert_false(udp_holder(&any, 43997, who, sizeof(who)));
	if (s6 >= 0 && bind(s6, (struct sockaddr *)&at6, sizeof(at6)) == 0) {
		assert_true(udp_holder(&one, 43998, who, sizeof(who)));
		assert_string_equal(who, want);
	}
	close(s);
	close(s6);
	assert_false(udp_holder(&any, 43999, who, sizeof(who)));
}

static const struct priv_tap tap = {
	.name = "sk-hub-1",
	.host_ip = 0x0a141e01,
	.prefix = 24,
	.queues = 2,
	.mtu = 1400,
	.mac = {2, 0, 0, 0, 0, 1},
};
static const struct priv_nat nat = {.tap = "sk-hub-1", .net = 0x0a141e00, .prefix = 24};

static bool table_is_there(void)
{
	char text[2048];
	FILE *p = popen("/usr/sbin/nft list table ip sekisho-sk-hub-1 2>/dev/null", "r");
	size_t n = fread(text, 1, sizeof(text) - 1, p);
	int status = pclose(p);

	text[n] = '\0';
	return status == 0 &&
	       strstr(text, "ip saddr 10.20.30.0/24 oifname != \"sk-hub-1\" masquerade") != NULL;
}

static char forwarding(void)
{
	return file_text("/proc/sys/net/ipv4", "ip_forward")[0];
}

static bool can_nat(void)
{
	return own_net() && access("/dev/net/tun", W_OK) == 0 && access("/usr/sbin/nft", X_OK) == 0;
}

static void nat_is_made_and_undone(void **state)
{
	struct priv_nat other = nat;

	(void)state;
	if (!can_nat())
		skip();
	assert_int_equal(forwarding(), '0');
	ops.open_tap(ops.ctx, &tap, &result);
	if (!result.ok)
		fail_msg("%s", result.error);
	assert_int_equal(result.n_fds, 2);
	assert_int_not_equal(if_nametoindex("sk-hub-1"), 0);
	other.net = 0x0a280000;
	ops.nat_on(ops.ctx, &other, &(struct priv_result){0});
	assert_int_equal(forwarding(), '0');
	for (int i = 0; i < 2; i++) { /* twice is once */
		struct priv_result r;

		ops.nat_on(ops.ctx, &nat, &r);
		assert_string_equal(r.error, "");
		assert_true(r.ok);
		assert_true(table_is_there());
		assert_int_equal(forwarding(), '1');
	}
	ops.nat_off(ops.ctx, "sk-hub-1", &(struct priv_result){0});
	assert_false(table_is_there());
	assert_int_equal(forwarding(), '0');
	assert_int_equal(dir_count(run_dir), 0);
	ops.close_tap(ops.ctx, "sk-hub-1", &(struct priv_result){0});
	assert_int_equal(if_nametoindex("sk-hub-1"), 0);
	priv_close_fds(&result);
}

static void cleanup_undoes_everything(void **state)
{
	struct priv_result r;

	(void)state;
	if (!can_nat())
		skip();
	ops.open_tap(ops.ctx, &tap, &result);
	ops.nat_on(ops.ctx, &nat, &r);
	assert_true(r.ok);
	stop_server();
	assert_false(table_is_there());
	assert_int_equal(forwarding(), '0');
	assert_int_equal(if_nametoindex("sk-hub-1"), 0);
	assert_int_equal(dir_count(run_dir), 0);
	priv_close_fds(&result);
	start_server();
}

static void forwarding_that_was_on_stays_on(void **state)
{
	char error[PRIV_ERROR];
	struct priv_result r;

	(void)state;
	if (!can_nat())
		skip();
	assert_int_equal(priv_forward_set(1, error), 0);
	ops.open_tap(ops.ctx, &tap, &result);
	ops.nat_on(ops.ctx, &nat, &r);
	assert_true(r.ok);
	ops.nat_off(ops.ctx, "sk-hub-1", &r);
	assert_true(r.ok);
	assert_int_equal(forwarding(), '1');
	assert_int_equal(priv_forward_set(0, error), 1);
	priv_close_fds(&result);
}

/* A monitor that dies with NAT on; the next one in the same run directory undoes it. */
static void a_crash_is_undone_by_the_next_start(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (!can_nat())
		skip();
	stop_server();
	pid = fork();
	if (pid == 0) {
		start_server();
		ops.open_tap(ops.ctx, &tap, &result);
		ops.nat_on(ops.ctx, &nat, &result);
		_exit(result.ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(table_is_there());
	assert_int_equal(forwarding(), '1');
	start_server();
	assert_false(table_is_there());
	assert_int_equal(forwarding(), '0');
	assert_int_equal(dir_count(run_dir), 0);
}

static void a_failing_nft_is_quoted(void **state)
{
	char error[PRIV_ERROR];

	(void)state;
	if (!can_nat())
		skip();
	assert_false(nft_run("this is no script\n", error));
	assert_non_null(strstr(error, "nft failed: "));
	assert_non_null(strstr(error, "No symbol type information"));
	assert_null(strchr(error, '\n'));
}

static void configuration_goes_through_the_monitor(void **state)
{
	char text[32] = "";

	(void)state;
	ops.read_config(ops.ctx, &result);
	assert_false(result.ok);
	assert_non_null(strstr(result.error, "cannot be opened"));
	ops.save_config(ops.ctx, "hostname gate\n", 14, &result);
	assert_string_equal(result.error, "");
	assert_true(result.ok);
	ops.read_config(ops.ctx, &result);
	assert_true(result.ok);
	assert_int_equal(result.n_fds, 1);
	assert_int_equal(pread(result.fds[0], text, sizeof(text), 0), 14);
	assert_string_equal(text, "hostname gate\n");
	priv_close_fds(&result);
}

static void a_monitor_that_is_gone_is_told(void **state)
{
	int pair[2];
	struct priv_ops alone;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	close(pair[1]);
	priv_client_init(&alone, pair[0]);
	alone.read_config(alone.ctx, &result);
	assert_false(result.ok);
	assert_string_equal(result.error, "the monitor process is gone");
	close(pair[0]);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(bad_arguments_are_refused_with_a_sentence),
		T(unused_fields_and_versions_are_looked_at),
		T(frames_of_every_length_are_survived),
		T(descriptors_that_were_not_asked_for_are_closed),
		T(a_client_that_does_not_listen_is_dropped),
		T(client_refuses_the_same),
		T(sockets_are_handed_over),
		T(holders_are_found_by_address),
		T(nat_is_made_and_undone),
		T(cleanup_undoes_everything),
		T(forwarding_that_was_on_stays_on),
		T(a_crash_is_undone_by_the_next_start),
		T(a_failing_nft_is_quoted),
		T(configuration_goes_through_the_monitor),
		T(a_monitor_that_is_gone_is_told),
	};

	if (!own_net())
		print_message("not root: only what needs no privilege\n");
	return cmocka_run_group_tests_name("priv", tests, NULL, NULL);
}
