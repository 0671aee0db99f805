/*
 * Runs the nft program on a script that priv_nat.c wrote. Fixed places, fixed
 * environment, no shell; the script on its standard input. Called in the monitor
 * only. A program that hangs is killed after ten seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "priv_act.h"

#define NFT_MS    10000
#define COMPLAINT 200

struct pipes {
	int in[2], err[2];
};

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
		pair[i] = -1;
	}
}

/* Behind fork(): nothing but system calls, and never back. */
static _Noreturn void become_nft(const struct pipes *p)
{
	static const char *const places[] = {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"};
	char *const argv[] = {(char[]){"nft"}, (char[]){"-f"}, (char[]){"-"}, NULL};
	char *const env[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, (char[]){"LC_ALL=C"},
			     NULL};
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	int null;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_WRONLY);
	if (null < 0 || dup2(p->in[0], 0) < 0 || dup2(null, 1) < 0 || dup2(p->err[1], 2) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		execve(places[i], argv, env);
	_exit(127);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads what nft says until it closes its error output; false when it took too long. */
static bool listen_to(int fd, char *text, size_t cap)
{
	long end = now_ms() + NFT_MS;
	size_t len = 0;
	bool open = true;

	while (open && now_ms() < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char rest[256];
		bool room = len + 1 < cap;
		ssize_t n;

		if (poll(&p, 1, (int)(end - now_ms())) <= 0)
			continue;
		n = room ? read(fd, text + len, cap - 1 - len) : read(fd, rest, sizeof(rest));
		if (n > 0 && room)
			len += (size_t)n;
		open = n > 0 || (n < 0 && errno == EINTR);
	}
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return !open;
}

/* Exit status of the child, or -1. */
static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	return r == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool verdict(int status, bool in_time, const char *complaint, char *error)
{
	if (!in_time)
		return priv_error(error, "nft did not finish in %d seconds", NFT_MS / 1000);
	if (status == 127)
		return priv_error(error, "the nft program is not installed (package nftables)");
	if (status != 0)
		return priv_error(error, "nft failed: %.*s", COMPLAINT,
				  *complaint ? complaint : "no reason given");
	return true;
}

bool nft_run(const char *script, char *error)
{
	struct pipes p = {{-1, -1}, {-1, -1}};
	char complaint[COMPLAINT + 1];
	size_t len = strlen(script);
	bool in_time;
	pid_t pid;

	if (pipe2(p.in, O_CLOEXEC) < 0 || pipe2(p.err, O_CLOEXEC) < 0 ||
	    write(p.in[1], script, len) != (ssize_t)len) { /* fits into the pipe: never waits */
		priv_error(error, "nft cannot be started: %s", strerror(errno));
		goto failed;
	}
	pid = fork();
	if (pid == 0)
		become_nft(&p);
	if (pid < 0) {
		priv_error(error, "nft cannot be started: %s", strerror(errno));
		goto failed;
	}
	close_pair(p.in);
	close(p.err[1]);
	p.err[1] = -1;
	in_time = listen_to(p.err[0], complaint, sizeof(complaint));
	if (!in_time)
		kill(pid, SIGKILL);
	close_pair(p.err);
	return verdict(wait_for(pid), in_time, complaint, error);
failed:
	close_pair(p.in);
	close_pair(p.err);
	return false;
}
