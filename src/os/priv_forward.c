/*
 * The kernel's forwarding switches, IPv4 and IPv6. Called by priv_server.c, which
 * remembers what was found.
 *
 * Switching IPv6 forwarding on makes the kernel forget default routes that it has by
 * router advertisement, and take no more, on every interface whose accept_ra is 1
 * (Documentation/networking/ip-sysctl): a server would lose its own IPv6. So those
 * become 2 before: "also when forwarding". They stay so: without forwarding 1 and 2
 * mean the same.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "priv_act.h"

#define FORWARD4 "/proc/sys/net/ipv4/ip_forward"
#define CONF6    "/proc/sys/net/ipv6/conf"
#define FORWARD6 CONF6 "/all/forwarding"

/* One digit; '\0' when there is none. */
static char read_digit(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = '\0';

	if (fd < 0)
		return '\0';
	if (read(fd, &c, 1) != 1)
		c = '\0';
	close(fd);
	return c;
}

static bool write_digit(const char *path, char c)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, &c, 1) == 1;
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return ok;
}

static void keep_default_routes(void)
{
	DIR *d = opendir(CONF6);

	for (struct dirent *e; d && (e = readdir(d));) {
		char path[400];

		if (e->d_name[0] == '.' || strcmp(e->d_name, "all") == 0 ||
		    strcmp(e->d_name, "default") == 0)
			continue;
		snprintf(path, sizeof(path), CONF6 "/%s/accept_ra", e->d_name);
		if (read_digit(path) == '1' && write_digit(path, '2'))
			log_line(LOG_LEVEL_INFO, "monitor", "interface=%s accept_ra=2", e->d_name);
	}
	if (d)
		closedir(d);
}

int priv_forward_set(int family, int value, char *error)
{
	const char *path = family == 6 ? FORWARD6 : FORWARD4;
	char was = read_digit(path), want = (char)('0' + value);

	if (was == want)
		return value;
	if (was && family == 6 && value)
		keep_default_routes();
	if (!was || !write_digit(path, want)) {
		priv_error(error, "IPv%d forwarding cannot be switched (%s): %s", family, path,
			   strerror(errno));
		return -1;
	}
	return was != '0';
}
