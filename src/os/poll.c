/*
 * Readiness by epoll, level triggered, and wake-up between threads by eventfd.
 * Called by the workers and by the control thread.
 */
#include "linux.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_MAX 64

int linux_poll_new(void *ctx)
{
	(void)ctx;
	return epoll_create1(EPOLL_CLOEXEC);
}

bool linux_poll_add(void *ctx, int poll, int fd, void *tag)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = tag};

	(void)ctx;
	return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

void linux_poll_del(void *ctx, int poll, int fd)
{
	(void)ctx;
	epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL);
}

unsigned linux_poll_wait(void *ctx, int poll, struct os_ready *out, unsigned n, int timeout_ms)
{
	struct epoll_event ev[EVENTS_MAX];
	int got;

	(void)ctx;
	if (n == 0)
		return 0;
	got = epoll_wait(poll, ev, n < EVENTS_MAX ? (int)n : EVENTS_MAX, timeout_ms);
	for (int i = 0; i < got; i++)
		out[i].tag = ev[i].data.ptr;
	return got > 0 ? (unsigned)got : 0;
}

int linux_wake_new(void *ctx)
{
	(void)ctx;
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void linux_wake(void *ctx, int fd)
{
	uint64_t one = 1;

	(void)ctx;
	if (write(fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is readable, which is all that is wanted */
}

void linux_wake_clear(void *ctx, int fd)
{
	uint64_t count;

	(void)ctx;
	if (read(fd, &count, sizeof(count)) < 0)
		return; /* it was not raised */
}
