/* The system call filters of os/sandbox.h. */
#pragma once

#include "os/sandbox.h"

/* Installs the filter of the role on all threads; needs no_new_privs. Returns NULL when
 * it is in force, or why this build has none; *err is an errno when it failed, else 0. */
const char *syscall_filter_enter(enum sandbox_role role, int *err);
