/*
 * Frames of a TAP queue: one read or writev is one frame behind its struct
 * virtio_net_hdr. Called by the workers. The queue itself is made by priv_tap.c.
 */
#include "linux.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

size_t linux_tap_read(void *ctx, int fd, uint8_t *buf, size_t cap)
{
	ssize_t n;

	(void)ctx;
	do
		n = read(fd, buf, cap);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

bool linux_tap_write(void *ctx, int fd, const struct iovec *iov, unsigned n)
{
	ssize_t r;

	(void)ctx;
	do
		r = writev(fd, iov, (int)n);
	while (r < 0 && errno == EINTR);
	return r >= 0;
}
