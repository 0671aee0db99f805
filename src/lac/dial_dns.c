/*
 * dial_dns: the server's name servers (RFC 1877) in the place of those that were there:
 * told to systemd-resolved where it runs, else written to a resolv.conf. The file that was
 * there is kept beside it under another name until the end, so that the next start can put
 * it back when this one was killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define KEPT        ".sekisho"
#define NEW         ".sekisho-new"
#define NETNS_ETC   "/etc/netns"
#define LOCK        "/run/sekisho-lac.dns"
#define RESOLVED    "/run/systemd/resolve/io.systemd.Resolve"
#define PATH_ROOM   240

static bool fail(char *err, const char *what)
{
	snprintf(err, DIAL_ERROR, "%s: %s", what, strerror(errno));
	return false;
}

/* ---- one file ---- */

static void path_with(char out[PATH_ROOM], const char *path, const char *suffix)
{
	snprintf(out, PATH_ROOM, "%s%s", path, suffix);
}

/* Whole or not at all. */
static bool write_file(const char *path, const uint32_t server[2], char *err)
{
	char to[PATH_ROOM], text[256], ip[IP_ADDR_TEXT];
	size_t n = (size_t)snprintf(text, sizeof(text), "# by sekisho-lac dial\n");
	int fd;

	for (int i = 0; i < 2; i++) {
		struct ip_addr a = ip4_addr(server[i]);

		if (server[i])
			n += (size_t)snprintf(text + n, sizeof(text) - n, "nameserver %s\n",
					      ip_addr_text(&a, ip, sizeof(ip)));
	}
	path_with(to, path, NEW);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) != 0 || rename(to, path) != 0) {
		fail(err, path);
		if (fd >= 0)
			close(fd);
		(void)unlink(to);
		return false;
	}
	close(fd);
	return true;
}

/* The file, or the symbolic link that it is, gets a second name. */
static bool keep(const char *path, bool *kept, char *err)
{
	char copy[PATH_ROOM];

	path_with(copy, path, KEPT);
	*kept = linkat(AT_FDCWD, path, AT_FDCWD, copy, 0) == 0;
	return *kept || errno == ENOENT || fail(err, path);
}

static void put_back(const char *path)
{
	char copy[PATH_ROOM];

	path_with(copy, path, KEPT);
	if (rename(copy, path) == 0)
		(void)unlink(copy); /* both were one file still: rename() did nothing */
}

/* ---- this machine's own ---- */

static int lock(void)
{
	int fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void dial_dns_recover(void)
{
	int fd = access(RESOLV_CONF KEPT, F_OK) == 0 ? lock() : -1;

	if (fd < 0)
		return;
	put_back(RESOLV_CONF);
	fprintf(stderr, "sekisho-lac: " RESOLV_CONF " of before a dial that was killed is back\n");
	close(fd);
}

static bool run(const char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		dial_signals_default();
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

/* Undone by the kernel: resolved forgets an interface that goes. */
static bool tell_resolved(const struct dial_tun *t, const uint32_t server[2])
{
	struct ip_addr a = ip4_addr(server[0]), b = ip4_addr(server[1]);
	char first[IP_ADDR_TEXT], second[IP_ADDR_TEXT];
	const char *dns[] = {"resolvectl",
			     "dns",
			     t->name,
			     ip_addr_text(&a, first, sizeof(first)),
			     server[1] ? ip_addr_text(&b, second, sizeof(second)) : NULL,
			     NULL};
	const char *domain[] = {"resolvectl", "domain", t->name, "~.", NULL};

	return run(dns) && run(domain);
}

static bool set_here(struct dial_dns *d, const struct dial_tun *t, const uint32_t server[2],
		     char *err)
{
	if (access(RESOLVED, F_OK) == 0)
		return tell_resolved(t, server) ||
		       (snprintf(err, DIAL_ERROR, "resolvectl failed"), false);
	if (d->lock < 0)
		d->lock = lock();
	if (d->lock < 0) {
		snprintf(err, DIAL_ERROR, "%s is held: another dial has set its name servers",
			 LOCK);
		return false;
	}
	snprintf(d->path, sizeof(d->path), "%s", RESOLV_CONF);
	return (d->set || keep(d->path, &d->kept, err)) && write_file(d->path, server, err);
}

/* ---- of a namespace ---- */

static bool set_named(struct dial_dns *d, const char *name, const uint32_t server[2], char *err)
{
	char folder[sizeof(NETNS_ETC) + 1 + DIAL_NAME_MAX];

	snprintf(folder, sizeof(folder), "%s/%s", NETNS_ETC, name);
	if ((mkdir(NETNS_ETC, 0755) != 0 && errno != EEXIST) ||
	    (mkdir(folder, 0755) != 0 && errno != EEXIST))
		return fail(err, folder);
	snprintf(d->path, sizeof(d->path), "%s/resolv.conf", folder);
	return (d->set || keep(d->path, &d->kept, err)) && write_file(d->path, server, err);
}

static void remove_folders(const char *path)
{
	char folder[PATH_ROOM];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (strncmp(folder, NETNS_ETC "/", sizeof(NETNS_ETC)) != 0 || !slash)
		return;
	*slash = 0;
	if (rmdir(folder) == 0)
		(void)rmdir(NETNS_ETC);
}

/* ---- the two ---- */

bool dial_dns_set(struct dial_dns *d, const struct dial_netns *ns, const struct dial_tun *t,
		  const uint32_t server[2], char *err)
{
	bool ok;

	if (!server[0] && !server[1]) {
		snprintf(err, DIAL_ERROR, "the server gives no name servers");
		return false;
	}
	if (ns->there < 0) {
		ok = set_here(d, t, server, err);
	} else if (ns->name[0]) {
		ok = set_named(d, ns->name, server, err);
	} else {
		snprintf(d->path, sizeof(d->path), "/run/sekisho-lac.%d.resolv.conf",
			 (int)getpid());
		ok = write_file(d->path, server, err);
	}
	d->set |= ok || d->kept;
	return ok;
}

void dial_dns_unset(struct dial_dns *d)
{
	if (d->set && d->path[0]) {
		if (d->kept)
			put_back(d->path);
		else
			(void)unlink(d->path);
		remove_folders(d->path);
	}
	if (d->lock >= 0)
		close(d->lock);
	*d = (struct dial_dns){.lock = -1};
}
