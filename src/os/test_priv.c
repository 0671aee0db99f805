/* Tests of the monitor's verbs: client against server over a socket pair, in a network
 * namespace of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "priv_act.h"
#include "test_net.h"
#include "test_server.h"

static struct priv_result result;

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
	assert_int_equal(priv_forward_set(4, 1, error), 0);
	ops.open_tap(ops.ctx, &tap, &result);
	ops.nat_on(ops.ctx, &nat, &r);
	assert_true(r.ok);
	ops.nat_off(ops.ctx, "sk-hub-1", &r);
	assert_true(r.ok);
	assert_int_equal(forwarding(), '1');
	assert_int_equal(priv_forward_set(4, 0, error), 1);
	priv_close_fds(&result);
}

/* ---- bridges ---- */

static void ip_tool(const char *args)
{
	char line[128];

	snprintf(line, sizeof(line), "/usr/sbin/ip %s", args);
	if (system(line) != 0)
		fail_msg("%s", line);
}

static bool can_bridge(void)
{
	return own_net() && access("/dev/net/tun", W_OK) == 0 && access("/usr/sbin/ip", X_OK) == 0;
}

/* A hub that goes from SecureNAT to a Linux bridge, to an interface, and away. */
static void a_hub_is_bridged_here_and_there(void **state)
{
	struct priv_bridge to = {.interface = "pbr", .tap = "sk-hub-1", .queues = 2};
	struct priv_result r, second;

	(void)state;
	if (!can_bridge())
		skip();
	ip_tool("link add pbr up type bridge");
	ip_tool("link add pa type veth peer name pb");
	ip_tool("link set pa up");
	ops.look_bridge(ops.ctx, "pbr", &r);
	assert_string_equal(r.error, "");
	assert_int_equal(r.index, if_nametoindex("pbr"));
	ops.open_tap(ops.ctx, &tap, &result);
	ops.open_bridge(ops.ctx, &to, &second);
	assert_string_equal(second.error, "");
	assert_int_equal(second.n_fds, 2);
	assert_int_equal(second.index, r.index);
	ip_tool("link show sk-hub-1 | grep -q 'master pbr'");
	priv_close_fds(&result);
	ops.nat_on(ops.ctx, &nat, &r); /* it has no address */
	assert_string_equal(r.error, "NAT for a net that sk-hub-1 has no address in");
	memcpy(to.interface, "pa", 3);
	ops.open_bridge(ops.ctx, &to, &result);
	assert_string_equal(result.error, "");
	assert_int_equal(result.n_fds, 2);
	assert_int_equal(result.index, if_nametoindex("pa"));
	assert_int_equal(if_nametoindex("sk-hub-1"), 0);
	for (int i = 0; i < 2; i++) { /* there is nothing, which is well */
		ops.close_tap(ops.ctx, "sk-hub-1", &r);
		assert_string_equal(r.error, "");
		assert_true(r.ok);
	}
	priv_close_fds(&result);
	priv_close_fds(&second);
	ip_tool("link del pa");
	ip_tool("link del pbr");
}

static void a_port_is_removed_by_close_and_at_the_end(void **state)
{
	struct priv_bridge to = {.interface = "pbr", .tap = "sk-hub-1", .queues = 1};
	struct priv_result r;

	(void)state;
	if (!can_bridge())
		skip();
	ip_tool("link add pbr up type bridge");
	ops.open_bridge(ops.ctx, &to, &result);
	assert_true(result.ok);
	ops.close_tap(ops.ctx, "sk-hub-1", &r);
	assert_true(r.ok);
	assert_int_equal(if_nametoindex("sk-hub-1"), 0);
	priv_close_fds(&result);
	ops.open_bridge(ops.ctx, &to, &result);
	assert_true(result.ok);
	stop_server();
	assert_int_equal(if_nametoindex("sk-hub-1"), 0);
	priv_close_fds(&result);
	start_server();
	memcpy(to.interface, "a/b", 4);
	ops.open_bridge(ops.ctx, &to, &result);
	assert_false(result.ok);
	ops.look_bridge(ops.ctx, "a-name-that-is-too-long", &result);
	assert_string_equal(result.error,
			    "not an interface's name: want 1 to 15 octets, no blank, / or :");
	ip_tool("link del pbr");
}

/* ---- IPv6 ---- */

#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"

static char digit(const char *path)
{
	FILE *f = fopen(path, "re");
	int c = f ? fgetc(f) : '-';

	if (f)
		fclose(f);
	return (char)c;
}

static bool table6_is_there(void)
{
	return system("/usr/sbin/nft list table ip6 sekisho-sk-hub-1 2>/dev/null | "
		      "grep -q 'oifname \"sk-hub-1\" ct state != { established, related } drop'") ==
	       0;
}

static bool can_ipv6(void)
{
	return can_nat() && access(FORWARD6, W_OK) == 0;
}

static void ipv6_is_forwarded_while_a_tap_has_it(void **state)
{
	struct priv_tap six = tap;
	struct priv_result r;

	(void)state;
	if (!can_ipv6())
		skip();
	six.net6 = UINT64_C(0xfd00000100000000);
	six.prefix6 = 48;
	assert_int_equal(digit(FORWARD6), '0');
	assert_int_equal(digit("/proc/sys/net/ipv6/conf/lo/accept_ra"), '1');
	ops.open_tap(ops.ctx, &six, &result);
	assert_string_equal(result.error, "");
	assert_int_equal(digit(FORWARD6), '1');
	assert_int_equal(forwarding(), '0'); /* IPv4 is NAT's affair */
	/* or the host would forget the default route that its own router told it */
	assert_int_equal(digit("/proc/sys/net/ipv6/conf/lo/accept_ra"), '2');
	assert_int_equal(dir_count(run_dir), 1);
	assert_false(table6_is_there());
	ops.nat_on(ops.ctx, &nat, &r);
	assert_string_equal(r.error, "");
	assert_true(table_is_there() && table6_is_there());
	ops.nat_off(ops.ctx, "sk-hub-1", &r);
	assert_false(table_is_there() || table6_is_there());
	assert_int_equal(digit(FORWARD6), '1');
	ops.close_tap(ops.ctx, "sk-hub-1", &r);
	assert_true(r.ok);
	assert_int_equal(digit(FORWARD6), '0');
	assert_int_equal(dir_count(run_dir), 0);
	priv_close_fds(&result);
}

static void ipv6_of_a_crash_is_undone(void **state)
{
	struct priv_tap six = tap;
	pid_t pid;
	int status;

	(void)state;
	if (!can_ipv6())
		skip();
	six.net6 = UINT64_C(0xfd00000100000000);
	six.prefix6 = 48;
	stop_server();
	pid = fork();
	if (pid == 0) {
		start_server();
		ops.open_tap(ops.ctx, &six, &result);
		ops.nat_on(ops.ctx, &nat, &result);
		_exit(result.ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(table6_is_there());
	assert_int_equal(digit(FORWARD6), '1');
	start_server();
	assert_false(table6_is_there());
	assert_int_equal(digit(FORWARD6), '0');
	assert_int_equal(dir_count(run_dir), 0);
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
		T(client_refuses_the_same),
		T(sockets_are_handed_over),
		T(holders_are_found_by_address),
		T(nat_is_made_and_undone),
		T(cleanup_undoes_everything),
		T(forwarding_that_was_on_stays_on),
		T(a_hub_is_bridged_here_and_there),
		T(a_port_is_removed_by_close_and_at_the_end),
		T(ipv6_is_forwarded_while_a_tap_has_it),
		T(ipv6_of_a_crash_is_undone),
		T(a_crash_is_undone_by_the_next_start),
		T(a_failing_nft_is_quoted),
		T(configuration_goes_through_the_monitor),
		T(a_monitor_that_is_gone_is_told),
	};

	if (!own_net())
		print_message("not root: only what needs no privilege\n");
	return cmocka_run_group_tests_name("priv", tests, NULL, NULL);
}
