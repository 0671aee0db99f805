/*
 * The real operating system: the table of functions and the clocks. The entries
 * are in datagram.c, tap.c, poll.c and random.c. Called by the engine's control
 * thread and its workers; opens no socket, no file and no device.
 */
#include "os/os.h"

#include <time.h>
#include <unistd.h>

#include "linux.h"

static uint64_t linux_now_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t linux_wall_s(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec;
}

static void linux_close(void *ctx, int fd)
{
	(void)ctx;
	linux_tap_forget(fd);
	if (fd >= 0)
		close(fd);
}

const struct os *os_linux(void)
{
	static const struct os table = {
		.now_ms = linux_now_ms,
		.wall_s = linux_wall_s,
		.random = linux_random,
		.recv = linux_recv,
		.send = linux_send,
		.tap_read = linux_tap_read,
		.tap_write = linux_tap_write,
		.poll_new = linux_poll_new,
		.poll_add = linux_poll_add,
		.poll_del = linux_poll_del,
		.poll_wait = linux_poll_wait,
		.wake_new = linux_wake_new,
		.wake = linux_wake,
		.wake_clear = linux_wake_clear,
		.close = linux_close,
	};

	return &table;
}
