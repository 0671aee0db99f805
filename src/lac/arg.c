/*
 * arg: words of the command line as values, for the commands of sekisho-lac. A word that
 * means nothing gets its sentence on stderr here, so that every command says the same.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"

static volatile sig_atomic_t interrupted; /* the signal, while a terminal is asked */

static void on_interrupt(int sig)
{
	interrupted = sig;
}

/* Octet by octet: what stands behind the line belongs to the next reader. -1: cannot be read. */
static int read_line(int fd, char *buf, size_t cap, size_t *len)
{
	ssize_t n;
	char c;

	for (*len = 0; (n = read(fd, &c, 1)) != 0;) {
		if (n < 0 && errno == EINTR && !interrupted)
			continue;
		if (n < 0)
			return -1;
		if (c == '\n')
			break;
		if (*len < cap)
			buf[(*len)++] = c;
	}
	if (*len && buf[*len - 1] == '\r')
		--*len;
	return 0;
}

/* The next line of fd as a secret; name is for the complaint. */
static bool take_line(int fd, const char *name, struct secret *out)
{
	char buf[SECRET_MAX + 2]; /* one octet more than a secret and CR: too long is noticed */
	size_t len = 0;
	bool ok = false;

	if (read_line(fd, buf, sizeof(buf), &len) != 0)
		fprintf(stderr, "sekisho-lac: %s: %s\n", name, strerror(errno));
	else if (!(ok = len && secret_set(out, buf, len)))
		fprintf(stderr, "sekisho-lac: %s: the line is %s\n", name,
			len ? "too long" : "empty");
	secret_zero(buf, sizeof(buf));
	return ok;
}

bool arg_secret_file(const char *path, struct secret *out)
{
	bool ok;
	int fd;

	if (strcmp(path, "-") == 0)
		return take_line(STDIN_FILENO, "standard input", out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "sekisho-lac: %s: %s\n", path, strerror(errno));
		return false;
	}
	ok = take_line(fd, path, out);
	close(fd);
	return ok;
}

bool arg_secret(const char *text, struct secret *out)
{
	if (*text && secret_set(out, text, strlen(text)))
		return true;
	fprintf(stderr, "sekisho-lac: a secret is 1 to %d octets long\n", SECRET_MAX);
	return false;
}

bool arg_secret_shown(const char *option, char *text, struct secret *out)
{
	bool ok = arg_secret(text, out);

	fprintf(stderr,
		"sekisho-lac: %s: every user of this machine could see it in ps; "
		"%s-file is safer\n",
		option, option);
	memset(text, '*', strlen(text));
	return ok;
}

bool arg_secret_ask(const char *question, struct secret *out)
{
	const struct sigaction stop = {.sa_handler = on_interrupt};
	struct sigaction old_int, old_term;
	struct termios before, silent;
	bool ok;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	silent = before;
	silent.c_lflag &= (tcflag_t)~ECHO;
	fprintf(stderr, "%s: ", question);
	/* Ctrl-C must not leave a terminal without echo */
	sigaction(SIGINT, &stop, &old_int);
	sigaction(SIGTERM, &stop, &old_term);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	ok = take_line(STDIN_FILENO, question, out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	fputc('\n', stderr);
	if (interrupted)
		raise(interrupted);
	return ok;
}

bool arg_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && v >= least && v <= most) {
		*out = v;
		return true;
	}
	fprintf(stderr, "sekisho-lac: \"%s\" is no number from %llu to %llu\n", text,
		(unsigned long long)least, (unsigned long long)most);
	return false;
}

bool arg_ip4(const char *text, struct ip_addr *out)
{
	if (ip_addr_parse(text, out) && out->family == 4)
		return true;
	fprintf(stderr, "sekisho-lac: \"%s\" is no IPv4 address\n", text);
	return false;
}

bool arg_server(const char *text, struct ip_addr *out)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	int error;

	if (ip_addr_parse(text, out) && out->family == 4)
		return true;
	error = getaddrinfo(text, NULL, &hints, &found);
	if (error) {
		fprintf(stderr, "sekisho-lac: %s: %s\n", text, gai_strerror(error));
		return false;
	}
	*out = ip4_addr(ntohl(((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr.s_addr));
	freeaddrinfo(found);
	return true;
}
