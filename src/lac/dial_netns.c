/*
 * dial_netns: network namespaces for `sekisho-lac dial`. A named one is what `ip netns`
 * knows: a file in /run/netns with the namespace mounted on it. One thread goes there to
 * make an interface and comes back; its sockets stay in the namespace they were made in.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dial.h"

#define NETNS_DIR "/run/netns"
#define NETNS_OWN "/proc/thread-self/ns/net"

static bool fail(char *err, const char *what)
{
	snprintf(err, DIAL_ERROR, "%s: %s", what, strerror(errno));
	return false;
}

static void path_of(const char *name, char path[sizeof(NETNS_DIR) + 1 + DIAL_NAME_MAX])
{
	snprintf(path, sizeof(NETNS_DIR) + 1 + DIAL_NAME_MAX, "%s/%s", NETNS_DIR, name);
}

/* The folder is a mount of its own that other mount namespaces see changes of, as `ip netns`
 * makes it: else a namespace that is deleted here would stay alive there. */
static bool share_folder(char *err)
{
	if (mkdir(NETNS_DIR, 0755) != 0 && errno != EEXIST)
		return fail(err, NETNS_DIR);
	if (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
		return true;
	if (errno != EINVAL || mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL) != 0 ||
	    mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) != 0)
		return fail(err, NETNS_DIR);
	return true;
}

/* A fresh namespace; the thread is back home when this returns. */
static int make_namespace(const struct dial_netns *n)
{
	int fd = -1;

	if (unshare(CLONE_NEWNET) == 0) {
		fd = open(NETNS_OWN, O_RDONLY | O_CLOEXEC);
		dial_netns_leave(n);
	}
	return fd;
}

static bool mount_namespace(struct dial_netns *n, const char *path, char *err)
{
	char from[64];
	int fd;

	if (!share_folder(err))
		return false;
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return fail(err, path);
	close(fd);
	n->made = true;
	n->there = make_namespace(n);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", n->there);
	if (n->there < 0 || mount(from, path, "none", MS_BIND, NULL) != 0)
		return fail(err, path);
	return true;
}

static bool open_named(struct dial_netns *n, const char *name, char *err)
{
	char path[sizeof(NETNS_DIR) + 1 + DIAL_NAME_MAX];

	snprintf(n->name, sizeof(n->name), "%s", name);
	path_of(name, path);
	n->there = open(path, O_RDONLY | O_CLOEXEC);
	if (n->there >= 0)
		return true;
	if (errno != ENOENT)
		return fail(err, path);
	return mount_namespace(n, path, err);
}

bool dial_netns_open(struct dial_netns *n, const char *name, bool own, char *err)
{
	*n = (struct dial_netns){.home = -1, .there = -1};
	if (!name && !own)
		return true;
	n->home = open(NETNS_OWN, O_RDONLY | O_CLOEXEC);
	if (n->home < 0)
		return fail(err, NETNS_OWN);
	if (name)
		return open_named(n, name, err);
	n->there = make_namespace(n);
	return n->there >= 0 || fail(err, "a network namespace");
}

void dial_netns_close(struct dial_netns *n)
{
	char path[sizeof(NETNS_DIR) + 1 + DIAL_NAME_MAX];

	if (n->made) {
		path_of(n->name, path);
		(void)umount2(path, MNT_DETACH);
		(void)unlink(path);
	}
	if (n->there >= 0)
		close(n->there);
	if (n->home >= 0)
		close(n->home);
	*n = (struct dial_netns){.home = -1, .there = -1};
}

bool dial_netns_enter(const struct dial_netns *n)
{
	return n->there < 0 || setns(n->there, CLONE_NEWNET) == 0;
}

void dial_netns_leave(const struct dial_netns *n)
{
	if (n->home >= 0 && setns(n->home, CLONE_NEWNET) != 0) {
		/* every socket from here on would be in the wrong place */
		fprintf(stderr, "sekisho-lac: the way back to the own network namespace: %s\n",
			strerror(errno));
		_exit(1);
	}
}
