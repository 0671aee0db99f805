/*
 * Giving up privilege, each step checked (syscall_filter.c has the system call filter).
 * Called by the children of the monitor in src/main, once, before their threads.
 */
#include "os/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "syscall_filter.h"

static bool failed(struct sandbox_applied *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool failed(struct sandbox_applied *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->error, sizeof(a->error), fmt, ap);
	va_end(ap);
	return false;
}

static bool find_user(struct sandbox_applied *a, const char *user, uid_t *uid, gid_t *gid)
{
	char *end;
	unsigned long n = strtoul(user, &end, 10);
	struct passwd *pw;

	if (*user >= '0' && *user <= '9' && *end == '\0' && n < UINT32_MAX) {
		*uid = (uid_t)n;
		*gid = (gid_t)n;
	} else {
		pw = getpwnam(user);
		if (!pw)
			return failed(a, "there is no user %s", user);
		*uid = pw->pw_uid;
		*gid = pw->pw_gid;
	}
	if (*uid == 0 || *gid == 0)
		return failed(a, "user %s is root or of root's group", user);
	return true;
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool empty = d != NULL;

	for (struct dirent *e; empty && (e = readdir(d));)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (d)
		closedir(d);
	return empty;
}

/* Into a directory that only root can change and that has nothing in it. */
static bool enter_dir(struct sandbox_applied *a, const char *dir)
{
	struct stat st;

	if (chdir(dir) < 0 || stat(".", &st) < 0)
		return failed(a, "%s: %s", dir, strerror(errno));
	if (st.st_uid != 0 || (st.st_mode & 022))
		return failed(a, "%s: others than root may write there", dir);
	if (!is_empty("."))
		return failed(a, "%s is not an empty directory", dir);
	if (chroot(".") < 0 || chdir("/") < 0)
		return failed(a, "chroot to %s: %s", dir, strerror(errno));
	a->chrooted = true;
	return true;
}

/* The bounding set goes first: it takes a capability to shrink it. */
static bool drop_bounding(struct sandbox_applied *a)
{
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP || cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
			return true; /* the kernel's last one was before */
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return failed(a, "capability %lu cannot be dropped: %s", cap,
				      strerror(errno));
	}
	return true;
}

static bool become(struct sandbox_applied *a, uid_t uid, gid_t gid)
{
	uid_t r, e, s;

	if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return failed(a, "cannot become user %u: %s", uid, strerror(errno));
	if (getresuid(&r, &e, &s) < 0 || r != uid || e != uid || s != uid)
		return failed(a, "the kernel did not make us user %u", uid);
	if (setresuid(-1U, 0, -1U) == 0 || setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
		return failed(a, "root could be regained");
	a->user = true;
	return true;
}

static bool drop_capabilities(struct sandbox_applied *a)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}}, now[2];

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* older kernels have none */
	if (syscall(SYS_capset, &head, none) < 0 || syscall(SYS_capget, &head, now) < 0)
		return failed(a, "capabilities cannot be dropped: %s", strerror(errno));
	if (memcmp(now, none, sizeof(none)) != 0)
		return failed(a, "the kernel left us capabilities");
	return true;
}

/* Nothing of this process's memory goes to a file or to another process of its user. */
static bool close_memory(struct sandbox_applied *a)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(a, "core dumps cannot be switched off: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(a, "no_new_privs: %s", strerror(errno));
	a->no_new_privs = true;
	return true;
}

static bool filter(struct sandbox_applied *a, enum sandbox_role role)
{
	int err = 0;

	if (role == SANDBOX_NO_FILTER) {
		a->filter_skipped = "not asked for";
		return true;
	}
	a->filter_skipped = syscall_filter_enter(role, &err);
	if (err)
		return failed(a, "the system call filter was refused: %s", strerror(err));
	a->filter = a->filter_skipped == NULL;
	return true;
}

static bool enter(struct sandbox_applied *a, const struct sandbox_config *cfg)
{
	uid_t uid = 0;
	gid_t gid = 0;

	/* The user's name is looked up while there is still an /etc. */
	if (cfg->user && !find_user(a, cfg->user, &uid, &gid))
		return false;
	if (cfg->chroot_dir && !enter_dir(a, cfg->chroot_dir))
		return false;
	if (geteuid() == 0 && cfg->user && !drop_bounding(a))
		return false;
	if (cfg->user && !become(a, uid, gid))
		return false;
	/* Root without a user to become is a developer's choice, and stays root. */
	if ((cfg->user || geteuid() != 0) && !drop_capabilities(a))
		return false;
	return close_memory(a) && filter(a, cfg->role);
}

struct sandbox_applied sandbox_enter(const struct sandbox_config *cfg)
{
	struct sandbox_applied a = {.ok = false};

	a.ok = enter(&a, cfg);
	if (a.ok)
		log_line(LOG_LEVEL_INFO, "sandbox",
			 "user=%s chroot=%d no_new_privs=%d filter=%d%s%s%s",
			 a.user ? cfg->user : "-", a.chrooted, a.no_new_privs, a.filter,
			 a.filter_skipped ? " filter_skipped=\"" : "",
			 a.filter_skipped ? a.filter_skipped : "", a.filter_skipped ? "\"" : "");
	else
		log_line(LOG_LEVEL_ERROR, "sandbox", "error=\"%s\"", a.error);
	return a;
}
