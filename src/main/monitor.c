/*
 * monitor: the only process with privilege. Holds the control socket's name, the
 * configuration file and the closed list of verbs (os/priv.h); starts the engine
 * as its own program in another role, so that it shares no memory, and starts it
 * again within a second when it dies.
 *
 * Called by sekishod. Never reads a packet.
 */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "engine.h"
#include "os/priv_server.h"
#include "paths.h"

#define RESTARTS_MAX   5 /* in a row, each shorter than QUICK_DEATH_MS */
#define QUICK_DEATH_MS 5000
#define STOP_MS        10000
#define RESTART_MS     500

struct monitor {
	const struct options *o;
	char **argv;
	struct priv_server *priv;
	int control_fd, signal_fd, pid_fd, tell_fd; /* tell_fd: the waiting parent, or -1 */
	int priv_fd, ready_fd;                      /* this engine's */
	pid_t engine;
	uint64_t started_ms, stop_by_ms;
	unsigned quick_deaths;
	bool ready; /* an engine was ready once: a death is worth another try */
	bool stopping;
	int exit_code;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- before the engine ---- */

static bool config_is_right(const char *path)
{
	char error[256];
	int fd = priv_config_open(path, error);
	struct config *cfg;

	if (fd < 0) {
		fprintf(stderr, "sekishod: %s\n", error);
		return false;
	}
	cfg = check_parse(fd, path);
	config_free(cfg);
	return cfg != NULL;
}

static bool make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0 ||
	    (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return true;
	fprintf(stderr, "sekishod: the folder %s cannot be made: %s\n", path, strerror(errno));
	return false;
}

/* The pid file is locked as long as the monitor lives. */
static bool take_pid_file(struct monitor *m)
{
	char path[4096], text[32];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/sekishod.pid", m->o->run);
	m->pid_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (m->pid_fd < 0) {
		fprintf(stderr, "sekishod: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (flock(m->pid_fd, LOCK_EX | LOCK_NB) < 0) {
		n = read(m->pid_fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		fprintf(stderr, "sekishod: a server runs already with --run %s (pid %d)\n",
			m->o->run, atoi(text));
		return false;
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	return ftruncate(m->pid_fd, 0) == 0 && write(m->pid_fd, text, (size_t)n) == n;
}

static bool open_control(struct monitor *m)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", m->o->run, CONTROL_SOCKET);
	mode_t old;
	bool ok;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		fprintf(stderr, "sekishod: the path of --run is too long\n");
		return false;
	}
	m->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(sa.sun_path);
	old = umask(0177);
	ok = m->control_fd >= 0 && bind(m->control_fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	     listen(m->control_fd, 64) == 0;
	umask(old);
	if (!ok)
		fprintf(stderr, "sekishod: %s: %s\n", sa.sun_path, strerror(errno));
	return ok;
}

static bool take_signals(struct monitor *m)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return false;
	m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return m->signal_fd >= 0;
}

/* ---- the engine ---- */

static void keep_over_exec(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

static void exec_engine(struct monitor *m, int priv, int ready)
{
	char fds[48], workers[16];
	const char *argv[16];
	unsigned n = 0;

	/* our signals stay blocked: the engine takes them when it can (take_signals) */
	keep_over_exec(priv);
	keep_over_exec(ready);
	keep_over_exec(m->control_fd);
	snprintf(fds, sizeof(fds), "%d,%d,%d", priv, m->control_fd, ready);
	snprintf(workers, sizeof(workers), "%u", m->o->workers);
	argv[n++] = m->argv[0];
	argv[n++] = "--engine";
	argv[n++] = fds;
	argv[n++] = "--config";
	argv[n++] = m->o->config;
	if (m->o->workers) {
		argv[n++] = "--workers";
		argv[n++] = workers;
	}
	if (m->o->debug)
		argv[n++] = "--debug";
	argv[n] = NULL;
	execv("/proc/self/exe", (char **)(uintptr_t)argv);
	_exit(ENGINE_CANNOT_START);
}

static bool start_engine(struct monitor *m)
{
	int priv[2], ready[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, priv) < 0)
		return false;
	if (pipe2(ready, O_CLOEXEC) < 0) {
		close(priv[0]);
		close(priv[1]);
		return false;
	}
	m->engine = fork();
	if (m->engine == 0)
		exec_engine(m, priv[1], ready[1]);
	close(priv[1]);
	close(ready[1]);
	m->priv_fd = priv[0];
	m->ready_fd = ready[0];
	m->started_ms = now_ms();
	if (m->engine > 0)
		return true;
	close(priv[0]);
	close(ready[0]);
	m->priv_fd = m->ready_fd = -1;
	return false;
}

static void close_engine_fds(struct monitor *m)
{
	if (m->priv_fd >= 0)
		close(m->priv_fd);
	if (m->ready_fd >= 0)
		close(m->ready_fd);
	m->priv_fd = m->ready_fd = -1;
}

static void tell_parent(struct monitor *m, char what)
{
	if (m->tell_fd < 0)
		return;
	if (write(m->tell_fd, &what, 1) < 0)
		log_line(LOG_LEVEL_WARNING, "monitor", "event=parent-gone");
	close(m->tell_fd);
	m->tell_fd = -1;
}

/* True when the monitor goes on. */
static bool engine_died(struct monitor *m, int status)
{
	bool quick = now_ms() - m->started_ms < QUICK_DEATH_MS;

	close_engine_fds(m);
	m->engine = 0;
	if (m->stopping) {
		m->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		return false;
	}
	log_line(LOG_LEVEL_ERROR, "monitor", "event=engine-died status=%d signal=%d",
		 WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		 WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	m->quick_deaths = quick ? m->quick_deaths + 1 : 0;
	m->exit_code = 1;
	if (!m->ready || m->quick_deaths >= RESTARTS_MAX)
		return false;
	usleep(quick ? RESTART_MS * 1000 : 0);
	log_line(LOG_LEVEL_INFO, "monitor", "event=engine-restart");
	return start_engine(m);
}

static void stop_engine(struct monitor *m)
{
	if (m->stopping)
		return;
	m->stopping = true;
	m->stop_by_ms = now_ms() + STOP_MS;
	if (m->engine > 0)
		kill(m->engine, SIGTERM);
}

/* ---- the loop ---- */

static bool on_signal(struct monitor *m)
{
	struct signalfd_siginfo si;
	int status;

	while (read(m->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
			stop_engine(m);
		else if (si.ssi_signo == SIGHUP && m->engine > 0)
			kill(m->engine, SIGHUP);
	}
	if (m->engine > 0 && waitpid(m->engine, &status, WNOHANG) == m->engine)
		return engine_died(m, status);
	return true;
}

static void on_ready(struct monitor *m)
{
	char what;

	if (read(m->ready_fd, &what, 1) == 1) {
		m->ready = true;
		log_line(LOG_LEVEL_INFO, "monitor", "event=ready");
		tell_parent(m, 'R');
		return; /* our end stays open: the engine stops when it is gone */
	}
	close(m->ready_fd);
	m->ready_fd = -1;
}

static void on_priv(struct monitor *m)
{
	if (priv_server_serve(m->priv, m->priv_fd))
		return;
	close(m->priv_fd);
	m->priv_fd = -1;
}

static int poll_timeout(const struct monitor *m)
{
	uint64_t now = now_ms();

	if (!m->stopping)
		return -1;
	return m->stop_by_ms > now ? (int)(m->stop_by_ms - now) : 0;
}

static void loop(struct monitor *m)
{
	bool go_on = true;

	while (go_on) {
		struct pollfd p[3] = {{m->signal_fd, POLLIN, 0},
				      {m->priv_fd, POLLIN, 0},
				      {m->ready_fd, POLLIN, 0}};

		if (poll(p, 3, poll_timeout(m)) == 0 && m->engine > 0) {
			log_line(LOG_LEVEL_ERROR, "monitor", "event=engine-does-not-stop");
			kill(m->engine, SIGKILL);
			m->stop_by_ms = now_ms() + STOP_MS;
		}
		if (p[1].revents && m->priv_fd >= 0)
			on_priv(m);
		if (p[2].revents && m->ready_fd >= 0)
			on_ready(m);
		if (p[0].revents)
			go_on = on_signal(m);
		if (m->stopping && m->engine <= 0)
			go_on = false;
	}
}

/* ---- background ---- */

/* The parent waits for the server's readiness and gives its exit code. */
static int wait_for_child(int fd)
{
	char what;

	if (read(fd, &what, 1) == 1 && what == 'R')
		return 0;
	fprintf(stderr, "sekishod: the server did not start\n");
	return 1;
}

static bool log_to_file(const struct options *o)
{
	char path[4096];
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s/sekishod.log", o->state);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || null < 0)
		return false;
	return dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(fd, 2) >= 0;
}

static int run(struct monitor *m)
{
	struct monitor_config mc = {.config_path = m->o->config, .run_dir = m->o->run};
	char path[4096];

	if (!take_pid_file(m) || !open_control(m) || !take_signals(m))
		return 1;
	m->priv = priv_server_init(&mc);
	if (!m->priv || !start_engine(m)) {
		fprintf(stderr, "sekishod: memory or processes are short\n");
		return 1;
	}
	loop(m);
	close_engine_fds(m);
	priv_server_cleanup(m->priv);
	snprintf(path, sizeof(path), "%s/%s", m->o->run, CONTROL_SOCKET);
	unlink(path);
	snprintf(path, sizeof(path), "%s/sekishod.pid", m->o->run);
	unlink(path);
	tell_parent(m, 'F');
	return m->exit_code;
}

int monitor_main(const struct options *o, char **argv)
{
	struct monitor m = {.o = o,
			    .argv = argv,
			    .control_fd = -1,
			    .signal_fd = -1,
			    .pid_fd = -1,
			    .tell_fd = -1,
			    .priv_fd = -1,
			    .ready_fd = -1};
	int tell[2];
	pid_t child;

	if (geteuid() != 0) {
		fprintf(stderr, "sekishod: must be started by root (it gives its privilege up at "
				"once for everything that reads packets)\n");
		return 1;
	}
	if (!config_is_right(o->config) || !make_dir(o->run, 0755) || !make_dir(o->state, 0700))
		return 1;
	if (o->foreground)
		return run(&m);
	if (pipe2(tell, O_CLOEXEC) < 0 || (child = fork()) < 0)
		return 1;
	if (child > 0) {
		close(tell[1]);
		return wait_for_child(tell[0]);
	}
	close(tell[0]);
	m.tell_fd = tell[1];
	if (setsid() < 0 || !log_to_file(o))
		return 1;
	return run(&m);
}
