/* Tests of the sandbox, each in a child of its own that does not come out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/log.h"
#include "os/os.h"
#include "os/priv_client.h"
#include "os/sandbox.h"
#include "priv_frame.h"
#include "priv_proto.h"
#include "test_dir.h"
#include "test_net.h"

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			_exit(__LINE__ % 200 + 10);                                                \
	} while (0)

#define SKIPPED 3

/* Runs fn in a child; its wait status. */
static int in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect_good(void (*fn)(void))
{
	int status = in_child(fn);

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("status %#x (line %% 200 + 10: %d)", (unsigned)status,
			 WEXITSTATUS(status));
}

static void become_nobody(void)
{
	struct sandbox_config cfg = {.role = SANDBOX_NO_FILTER, .user = "nobody"};
	struct sandbox_applied a = sandbox_enter(&cfg);

	CHECK(a.ok && a.user && a.no_new_privs && !a.filter && !a.chrooted);
}

static void drops_all(void)
{
	char path[] = "/etc/shadow";
	struct rlimit core;

	become_nobody();
	CHECK(getuid() != 0 && geteuid() != 0 && getegid() != 0);
	CHECK(setuid(0) < 0 && seteuid(0) < 0 && setgid(0) < 0);
	CHECK(getgroups(0, NULL) == 1);
	CHECK(open(path, O_RDONLY) < 0 && errno == EACCES);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_CAPBSET_READ, 12 /* CAP_NET_ADMIN */, 0, 0, 0) == 0);
	CHECK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	CHECK(socket(AF_INET, SOCK_RAW, 50) < 0 && errno == EPERM);
}

static void user_and_capabilities_are_gone(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	expect_good(drops_all);
}

static void by_number(void)
{
	struct sandbox_config cfg = {.role = SANDBOX_NO_FILTER, .user = "54321"};

	CHECK(sandbox_enter(&cfg).ok);
	CHECK(getuid() == 54321 && getgid() == 54321);
}

static void a_number_is_a_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	expect_good(by_number);
}

static void wrong_users(void)
{
	struct sandbox_config cfg = {.role = SANDBOX_NO_FILTER, .user = "no-such-user-here"};
	struct sandbox_applied a = sandbox_enter(&cfg);

	CHECK(!a.ok && strcmp(a.error, "there is no user no-such-user-here") == 0);
	cfg.user = "root";
	CHECK(!sandbox_enter(&cfg).ok);
	cfg.user = "0";
	CHECK(!sandbox_enter(&cfg).ok);
	cfg.user = "12x";
	CHECK(!sandbox_enter(&cfg).ok);
}

static void wrong_users_are_refused(void **state)
{
	(void)state;
	expect_good(wrong_users);
}

static char dir[PATH_MAX];

static void chrooted(void)
{
	struct sandbox_config cfg = {
		.role = SANDBOX_NO_FILTER, .user = "nobody", .chroot_dir = dir};
	struct sandbox_applied a = sandbox_enter(&cfg);

	CHECK(a.ok && a.chrooted);
	CHECK(access("/etc", F_OK) < 0 && errno == ENOENT);
	CHECK(chroot("/") < 0);
}

static void wrong_dir(void)
{
	struct sandbox_config cfg = {
		.role = SANDBOX_NO_FILTER, .user = "nobody", .chroot_dir = dir};

	CHECK(!sandbox_enter(&cfg).ok);
}

static void files_are_gone_behind_chroot(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	dir_new(dir);
	assert_int_equal(chmod(dir, 0755), 0);
	expect_good(chrooted);
	assert_int_equal(chmod(dir, 0777), 0);
	expect_good(wrong_dir);
	assert_int_equal(chmod(dir, 0755), 0);
	file_write(dir, "something", "x", 0600);
	expect_good(wrong_dir);
	dir_remove(dir);
}

/* ---- the filter ---- */

static void enter_engine(void)
{
	struct sandbox_config cfg = {.role = SANDBOX_ENGINE,
				     .user = geteuid() == 0 ? "nobody" : NULL};
	struct sandbox_applied a = sandbox_enter(&cfg);

	CHECK(a.ok);
	if (!a.filter) {
		CHECK(a.filter_skipped != NULL);
		_exit(SKIPPED);
	}
}

static void refused_calls(void)
{
	enter_engine();
	CHECK(open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM);
	CHECK(access("/etc/passwd", F_OK) < 0 && errno == EPERM);
	CHECK(socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM);
	CHECK(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	CHECK(fork() < 0 && errno == EPERM);
	CHECK(kill(getppid(), 0) < 0 && errno == EPERM);
	CHECK(unlink("/tmp/x") < 0 && errno == EPERM);
	CHECK(setuid(getuid()) < 0 && errno == EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) == MAP_FAILED);
}

static void files_sockets_and_processes_are_refused(void **state)
{
	(void)state;
	expect_good(refused_calls);
}

static void *echo(void *arg)
{
	os_linux()->wake(NULL, *(int *)arg);
	return malloc(100000);
}

static int udp_pair[2];
static uint16_t udp_port;

static void works(void)
{
	const struct os *os = os_linux();
	struct os_ready ready[2];
	uint8_t mem[64];
	struct os_rx rx = {.buf = mem, .cap = sizeof(mem)};
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	struct os_tx tx = {.buf = mem, .len = 32, .flow.remote = {ip_of("127.0.0.1"), udp_port}};
	int poll, wake;
	pthread_t t;
	void *p;

	enter_engine();
	poll = os->poll_new(NULL);
	wake = os->wake_new(NULL);
	CHECK(poll >= 0 && wake >= 0 && os->poll_add(NULL, poll, wake, &wake));
	CHECK(pthread_create(&t, NULL, echo, &wake) == 0);
	CHECK(os->poll_wait(NULL, poll, ready, 2, 5000) == 1);
	CHECK(pthread_join(t, &p) == 0);
	free(p);
	os->random(NULL, mem, sizeof(mem));
	CHECK(os->now_ms(NULL) && os->wall_s(NULL));
	CHECK(os->send(NULL, udp_pair[0], &tx, 1) == 1);
	CHECK(os->recv(NULL, udp_pair[1], &rx, 1) == 1 && rx.len == 32);
	CHECK(getsockname(udp_pair[0], (void *)&name, &len) == 0);
	log_line(LOG_LEVEL_INFO, "test", "the log still works");
	CHECK(isatty(2) >= 0);
	CHECK(sysconf(_SC_PHYS_PAGES) > 1000);
	CHECK(pthread_setname_np(pthread_self(), "worker 0") == 0);
	exit(0); /* with the handlers of exit(), which the libraries have */
}

static void what_the_engine_does_still_works(void **state)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
	};
	socklen_t len = sizeof(at);
	int one = 1;

	(void)state;
	for (int i = 0; i < 2; i++)
		udp_pair[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(setsockopt(udp_pair[1], IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)), 0);
	assert_int_equal(bind(udp_pair[1], (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(udp_pair[1], (struct sockaddr *)&at, &len), 0);
	udp_port = ntohs(at.sin_port);
	expect_good(works);
	close(udp_pair[0]);
	close(udp_pair[1]);
}

static void run_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};

	enter_engine();
	execv("/bin/true", argv);
}

static void trace(void)
{
	enter_engine();
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void aborts(void)
{
	enter_engine();
	abort();
}

static void expect_signal(void (*fn)(void), int sig)
{
	int status = in_child(fn);

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

static void programs_and_tracing_kill(void **state)
{
	(void)state;
	expect_signal(run_program, SIGSYS);
	expect_signal(trace, SIGSYS);
	expect_signal(aborts, SIGABRT);
}

/* The engine saves the configuration from inside: the client's calls must be allowed. */
static int monitor_end[2];

static void save(void)
{
	struct priv_result r;
	struct priv_ops ops;

	enter_engine();
	priv_client_init(&ops, monitor_end[0]);
	ops.save_config(ops.ctx, "text", 4, &r);
	CHECK(r.ok);
}

static void configuration_can_be_sent_from_inside(void **state)
{
	struct priv_answer a = {.version = PRIV_VERSION, .verb = PRIV_SAVE_CONFIG, .ok = 1};
	struct priv_request req;
	char text[8] = "";
	int fds[PRIV_FDS_MAX];
	unsigned n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, monitor_end), 0);
	assert_true(priv_frame_send(monitor_end[1], &a, sizeof(a), NULL, 0, 0));
	expect_good(save);
	assert_int_equal(priv_frame_recv(monitor_end[1], &req, sizeof(req), fds, &n, MSG_DONTWAIT),
			 sizeof(req));
	assert_int_equal(n, 1);
	assert_int_equal(pread(fds[0], text, sizeof(text), 0), 4);
	assert_string_equal(text, "text");
	close(fds[0]);
	close(monitor_end[0]);
	close(monitor_end[1]);
}

/* A packet socket on loopback, as priv_packet.c makes it. */
static int packet_socket(void)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex("lo")};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	CHECK(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) == 0);
	CHECK(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) == 0);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	return fd;
}

/* A bridged hub's frames, and a TAP that is gone: no system call of theirs is refused. */
static void frames_work(void)
{
	const struct os *os = os_linux();
	uint8_t frame[10 + 60] = {[10 + 12] = 0x88, [10 + 13] = 0xb5}, mem[2048];
	struct iovec iov = {frame, sizeof(frame)};
	struct os_ready ready[1];
	int packet, gone, poll;

	if (!own_net())
		_exit(SKIPPED);
	packet = packet_socket();
	gone = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	enter_engine();
	CHECK(os->tap_write(NULL, packet, &iov, 1));
	CHECK(os->tap_read(NULL, packet, mem, sizeof(mem)) == sizeof(frame));
	if (gone < 0)
		return;
	poll = os->poll_new(NULL);
	CHECK(os->poll_add(NULL, poll, gone, &gone));
	CHECK(os->poll_wait(NULL, poll, ready, 1, 0) == 1);
	CHECK(os->tap_read(NULL, gone, mem, sizeof(mem)) == 0);
	CHECK(os->poll_wait(NULL, poll, ready, 1, 0) == 0);
}

static void frames_of_a_bridge_still_work(void **state)
{
	(void)state;
	expect_good(frames_work);
}

static void quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_and_capabilities_are_gone),
		cmocka_unit_test(a_number_is_a_user),
		cmocka_unit_test(wrong_users_are_refused),
		cmocka_unit_test(files_are_gone_behind_chroot),
		cmocka_unit_test(files_sockets_and_processes_are_refused),
		cmocka_unit_test(what_the_engine_does_still_works),
		cmocka_unit_test(frames_of_a_bridge_still_work),
		cmocka_unit_test(programs_and_tracing_kill),
		cmocka_unit_test(configuration_can_be_sent_from_inside),
	};

	log_set_sink(quiet, NULL);
	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
