/*
 * dial_signal: the signals of `sekisho-lac dial` as a descriptor, so that none is missed
 * between a look at a flag and the wait. SIGINT and SIGTERM hang up, SIGHUP dials again,
 * SIGCHLD says that the command of --exec has ended.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dial.h"

static void those(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

bool dial_signals_open(struct dial_signals *s)
{
	sigset_t set;

	*s = (struct dial_signals){.fd = -1};
	those(&set);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd < 0)
		fprintf(stderr, "sekisho-lac: signals: %s\n", strerror(errno));
	return s->fd >= 0;
}

void dial_signals_close(struct dial_signals *s)
{
	close(s->fd);
	s->fd = -1;
}

void dial_signals_read(struct dial_signals *s)
{
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		s->stop |= info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM;
		s->redial |= info.ssi_signo == SIGHUP;
		s->child |= info.ssi_signo == SIGCHLD;
	}
}

void dial_signals_default(void)
{
	sigset_t set;

	those(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
}
