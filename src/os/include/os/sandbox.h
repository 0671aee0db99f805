/*
 * sandbox: a process gives up what it does not need, for ever: root, capabilities,
 * the file system, new sockets, programs (DESIGN.md section 1, the table of
 * processes).
 *
 * Order for a process: open or receive every descriptor, initialise the libraries
 * (libcrypto reads its configuration, tzset() the time zone), then sandbox_enter(),
 * then start threads.
 */
#pragma once

#include <stdbool.h>

#define SANDBOX_ERROR 256

enum sandbox_role {
	SANDBOX_NO_FILTER, /* user, capabilities, chroot; system calls stay */
	SANDBOX_ENGINE,    /* reads and writes the descriptors it was given or receives; accepts on
			    * listening ones; memory, time, threads. No files, sockets, programs. */
};

struct sandbox_config {
	enum sandbox_role role;
	const char *user;       /* a name or a number; NULL: stay who we are. The group is the
				 * user's own (for a number: the same number). Not root. */
	const char *chroot_dir; /* an empty directory of root's; NULL: none. Only when root. */
};

/* What was done. A part that was asked for and failed is an error; a part that this
 * machine or build cannot do (skipped) is not. */
struct sandbox_applied {
	bool ok;
	bool user; /* dropped, and checked that root does not come back */
	bool chrooted;
	bool no_new_privs; /* with no capabilities, no core dumps, no ptrace by others of the user
			    */
	bool filter;
	const char *filter_skipped; /* why there is no filter, or NULL */
	char error[SANDBOX_ERROR];
};

/* Must be called before other threads exist. When ok is false the process must end: it
 * may be half way. Logs one line of what was applied.
 *
 * The filter kills the process for what only an attacker does (programs, tracing,
 * kernel code, namespaces: see syscall_filter.c) and answers EPERM to the rest. */
struct sandbox_applied sandbox_enter(const struct sandbox_config *cfg);
