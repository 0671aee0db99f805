/*
 * The system calls that are left to a process, by role. Called by sandbox.c.
 *
 * Three answers:
 *   allowed  what the code does after its start;
 *   killed   what no library does by itself and every known way from a memory
 *	      error to a shell needs: starting programs, tracing, kernel code,
 *	      namespaces, io_uring (which would go round this filter). The kernel
 *	      leaves an audit record and the monitor restarts the process;
 *	      continuing would give the attacker a second try;
 *   EPERM    everything else. A library may probe (a file below /sys, a newer
 *	      system call) and has a way on when it fails; a kill would turn such a
 *	      harmless probe into an outage.
 *
 * Not in a build with sanitizers: they read /proc and trace the process at its end.
 */
#include "syscall_filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED

const char *syscall_filter_enter(enum sandbox_role role, int *err)
{
	(void)role;
	*err = 0;
	return "built with sanitizers";
}

#elif !HAVE_SECCOMP

const char *syscall_filter_enter(enum sandbox_role role, int *err)
{
	(void)role;
	*err = 0;
	return "built without libseccomp";
}

#else

#include <asm/ioctls.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int engine[] = {
	/* descriptors that it was given */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(dup),
	SCMP_SYS(dup3),
	SCMP_SYS(pipe2),
	SCMP_SYS(fcntl),
	/* sockets that it was given, and connections to them */
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(listen),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	/* waiting */
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(futex),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	/* memory; mmap and mprotect are below; the memfd carries the configuration to be saved */
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(mlock),
	SCMP_SYS(munlock),
	SCMP_SYS(memfd_create),
	SCMP_SYS(ftruncate),
	/* time, random octets */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	/* threads; clone is below */
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(membarrier),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_setaffinity),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sched_get_priority_max),
	SCMP_SYS(sched_get_priority_min),
	SCMP_SYS(getcpu),
	SCMP_SYS(getrusage),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* signals to itself; tgkill is below */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	/* who am I, and on what (qsort() asks for the size of the memory) */
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
};

static const int killed[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(add_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(request_key),
	SCMP_SYS(open_by_handle_at),
};

static int allow_equal(scmp_filter_ctx f, int call, unsigned arg, uint64_t value)
{
	struct scmp_arg_cmp c = {.arg = arg, .op = SCMP_CMP_EQ, .datum_a = value};

	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &c);
}

/* Allowed when the bits of mask in the argument have this value. */
static int allow_bits(scmp_filter_ctx f, int call, unsigned arg, uint64_t mask, uint64_t value)
{
	struct scmp_arg_cmp c = {
		.arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};

	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &c);
}

/* Calls that are harmless with some arguments only. */
static int engine_arguments(scmp_filter_ctx f)
{
	static const unsigned ioctls[] = {FIONBIO, FIOCLEX, FIONREAD, TCGETS};
	int r = 0;

	/* no memory that can be executed */
	r |= allow_bits(f, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
	r |= allow_bits(f, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
	/* threads, not processes; clone3 hides its flags, and glibc goes on with clone */
	r |= allow_bits(f, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
	r |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	/* abort() and pthread_kill(), of this process */
	r |= allow_equal(f, SCMP_SYS(tgkill), 0, (uint64_t)getpid());
	/* limits may be read, not set */
	r |= allow_equal(f, SCMP_SYS(prlimit64), 2, 0);
	/* glibc's fstat() */
	r |= allow_bits(f, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
	/* a thread's name */
	r |= allow_equal(f, SCMP_SYS(prctl), 0, PR_SET_NAME);
	/* libuv's way to make a descriptor non-blocking; isatty() */
	for (size_t i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
		r |= allow_equal(f, SCMP_SYS(ioctl), 1, ioctls[i]);
	return r;
}

static int load(scmp_filter_ctx f)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(engine) / sizeof(engine[0]); i++)
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, engine[i], 0);
	for (size_t i = 0; i < sizeof(killed) / sizeof(killed[0]); i++)
		r |= seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, killed[i], 0);
	r |= engine_arguments(f);
	/* A call by the numbers of another architecture would escape the list. */
	r |= seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	r |= seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	r |= seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: many calls a second */
	return r ? -EINVAL : seccomp_load(f);
}

const char *syscall_filter_enter(enum sandbox_role role, int *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	(void)role; /* SANDBOX_ENGINE is the only one with a filter */
	if (!f) {
		*err = ENOMEM;
		return "no memory";
	}
	r = load(f);
	seccomp_release(f);
	*err = -r;
	return r ? "refused" : NULL;
}

#endif
