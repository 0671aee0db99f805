/*
 * Notes for after a crash, as files in the monitor's run directory. Called by
 * priv_server.c. The directory is root's; the names in it are checked again by
 * who uses them.
 */
#include "notes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "priv_act.h"

static void path_of(char path[PATH_MAX], const char *dir, const char *kind, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s%s", dir, kind, name);
}

bool note_make(const char *dir, const char *kind, const char *name, char *error)
{
	char path[PATH_MAX];
	int fd;

	if (!dir)
		return true;
	path_of(path, dir, kind, name);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return priv_error(error, "%.150s cannot be made: %s", path, strerror(errno));
	close(fd);
	return true;
}

void note_remove(const char *dir, const char *kind, const char *name)
{
	char path[PATH_MAX];

	if (!dir)
		return;
	path_of(path, dir, kind, name);
	unlink(path);
}

bool note_there(const char *dir, const char *kind, const char *name)
{
	char path[PATH_MAX];

	if (!dir)
		return false;
	path_of(path, dir, kind, name);
	return access(path, F_OK) == 0;
}

void note_each(const char *dir, const char *kind, void (*fn)(void *ctx, const char *name),
	       void *ctx)
{
	DIR *d = dir ? opendir(dir) : NULL;

	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, kind, strlen(kind)) == 0)
			fn(ctx, e->d_name + strlen(kind));
	if (d)
		closedir(d);
}
