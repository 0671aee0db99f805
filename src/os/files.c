/*
 * The configuration file: read into a sealed memory file, and saved so that a
 * crash or a full disk at any moment leaves the old one or the new one, whole.
 * Called by priv_server.c, and by `sekishod --check-config` for reading. The
 * path is the monitor's own, never the engine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "os/priv_server.h"
#include "priv_act.h"
#include "priv_frame.h"

#define VERSION_SUFFIX 16 /* "." and a number, or the temporary name's ending */

/* Reads len octets from the start of fd; false with errno. */
static bool read_all(int fd, uint8_t *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = pread(fd, to + at, len - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return false;
		}
		at += (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const uint8_t *from, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, from + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void wipe_free(uint8_t *p, size_t len)
{
	secret_zero(p, len);
	free(p);
}

/* ---- reading ---- */

static bool check_file(const char *path, const struct stat *st, char *error)
{
	if (!S_ISREG(st->st_mode))
		return priv_error(error, "%s is not a regular file", path);
	if (st->st_size > PRIV_CONFIG_MAX)
		return priv_error(error, "%s is too large: %lld octets, at most %d", path,
				  (long long)st->st_size, PRIV_CONFIG_MAX);
	if (st->st_mode & 022)
		log_line(LOG_LEVEL_WARNING, "os",
			 "file=%s mode=%04o: others may write the configuration (chmod 600)", path,
			 (unsigned)st->st_mode & 07777);
	else if (st->st_mode & 044)
		log_line(LOG_LEVEL_WARNING, "os",
			 "file=%s mode=%04o: others may read its keys and passwords (chmod 600)",
			 path, (unsigned)st->st_mode & 07777);
	return true;
}

static int copy_sealed(const char *path, int fd, size_t len, char *error)
{
	uint8_t *text = malloc(len ? len : 1);
	int memfd = -1;

	if (!text || !read_all(fd, text, len) || (memfd = priv_sealed_memfd(text, len)) < 0)
		priv_error(error, "%s cannot be read: %s", path, strerror(errno));
	if (text)
		wipe_free(text, len);
	return memfd;
}

int priv_config_open(const char *path, char *error)
{
	/* O_NONBLOCK: a FIFO at this path must not stop the monitor. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int memfd = -1;

	if (fd < 0 || fstat(fd, &st) < 0)
		priv_error(error, "%s cannot be opened: %s", path, strerror(errno));
	else if (check_file(path, &st, error))
		memfd = copy_sealed(path, fd, (size_t)st.st_size, error);
	if (fd >= 0)
		close(fd);
	return memfd;
}

/* ---- saving ---- */

/* path.1 to path.N: each moves up, and the current file becomes path.1 as a second name,
 * so that there is no moment without the file itself. */
static bool keep_previous(const char *path, char *error)
{
	char from[PATH_MAX + VERSION_SUFFIX], to[PATH_MAX + VERSION_SUFFIX];

	for (int i = CONFIG_VERSIONS - 1; i >= 1; i--) {
		snprintf(from, sizeof(from), "%s.%d", path, i);
		snprintf(to, sizeof(to), "%s.%d", path, i + 1);
		if (rename(from, to) < 0 && errno != ENOENT)
			return priv_error(error, "%s cannot be kept: %s", from, strerror(errno));
	}
	snprintf(to, sizeof(to), "%s.1", path);
	if (link(path, to) < 0)
		return errno == ENOENT || priv_error(error, "the previous %s cannot be kept: %s",
						     path, strerror(errno));
	if (chmod(to, 0600) < 0)
		return priv_error(error, "%s: %s", to, strerror(errno));
	return true;
}

static bool sync_dir(const char *path, char *error)
{
	char dir[PATH_MAX];
	char *slash;
	int fd;
	bool ok;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (!ok)
		priv_error(error, "%s is saved, but its directory cannot be synced: %s", path,
			   strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* The new text beside the file, on the disk; removed again when that fails. */
static bool write_beside(const char *temp, const uint8_t *text, size_t len, char *error)
{
	int fd;
	bool ok;

	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ok = fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, text, len) && fsync(fd) == 0;
	if (!ok)
		priv_error(error, "%s cannot be written: %s", temp, strerror(errno));
	if (fd >= 0) {
		close(fd);
		if (!ok)
			unlink(temp);
	}
	return ok;
}

static bool replace(const char *path, const uint8_t *text, size_t len, char *error)
{
	char temp[PATH_MAX + VERSION_SUFFIX];

	snprintf(temp, sizeof(temp), "%s.new", path);
	if (!write_beside(temp, text, len, error))
		return false;
	if (!keep_previous(path, error)) {
		unlink(temp);
		return false;
	}
	if (rename(temp, path) < 0) {
		priv_error(error, "%s cannot be replaced: %s", path, strerror(errno));
		unlink(temp);
		return false;
	}
	return sync_dir(path, error);
}

/* A memory file that nobody can change any more and that has this size: only of such a
 * one do we know that reading it neither waits nor changes under our eyes. */
static bool check_memfd(int memfd, uint32_t len, char *error)
{
	const int sealed = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(memfd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || (seals & sealed) != sealed || fstat(memfd, &st) < 0)
		return priv_error(error, "the text is not in a sealed memory file");
	if (st.st_size != (off_t)len)
		return priv_error(error, "the text has %lld octets, want %u", (long long)st.st_size,
				  len);
	return true;
}

bool config_save(const char *path, int memfd, uint32_t len, char *error)
{
	char real[PATH_MAX];
	uint8_t *text;
	bool ok;

	if (!check_memfd(memfd, len, error))
		return false;
	if (strlen(path) >= sizeof(real))
		return priv_error(error, "the configuration's path is too long");
	/* Behind a symbolic link the file that it names is replaced, not the link. */
	if (!realpath(path, real))
		snprintf(real, sizeof(real), "%s", path);
	text = malloc(len);
	if (!text)
		return priv_error(error, "no memory for the configuration");
	ok = read_all(memfd, text, len) || priv_error(error, "the text cannot be read");
	if (ok && memchr(text, '\0', len))
		ok = priv_error(error, "the text has a zero octet");
	if (ok)
		ok = replace(real, text, len, error);
	wipe_free(text, len);
	return ok;
}
