/* A directory for a test's files, removed with what is in it. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline const char *dir_new(char dir[PATH_MAX])
{
	snprintf(dir, PATH_MAX, "/tmp/sekisho-test-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	return dir;
}

static inline unsigned dir_count(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	if (!d)
		abort();
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static inline void dir_empty(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));)
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static inline void dir_remove(const char *dir)
{
	dir_empty(dir);
	if (rmdir(dir) < 0)
		abort();
}

static inline void file_write(const char *dir, const char *name, const char *text, mode_t mode)
{
	int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(d, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode) < 0)
		abort();
	close(fd);
	close(d);
}

/* Text of a file (at most 200 octets), "" when there is none; valid until the next call. */
static inline const char *file_text(const char *dir, const char *name)
{
	static char text[201];
	int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(d, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	close(d);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline unsigned open_fds(void)
{
	return dir_count("/proc/self/fd");
}
