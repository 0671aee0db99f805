/*
 * Messages with descriptors (SCM_RIGHTS) between engine and monitor, and the
 * sealed memory files that carry the configuration. Called by priv_client.c,
 * priv_server.c and files.c. Looks at no content.
 */
#include "priv_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/priv.h"

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(PRIV_FDS_MAX * sizeof(int))];
};

bool priv_frame_send(int fd, const void *p, size_t len, const int *fds, unsigned n, int flags)
{
	struct iovec iov = {(void *)(uintptr_t)p, len};
	union control control = {0};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;

	if (n) {
		struct cmsghdr *c = &control.align;

		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	do
		sent = sendmsg(fd, &m, flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)len;
}

ssize_t priv_frame_recv(int fd, void *p, size_t cap, int *fds, unsigned *n, int flags)
{
	struct iovec iov = {p, cap};
	union control control;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t len;

	*n = 0;
	do
		len = recvmsg(fd, &m, flags | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    *n + count > PRIV_FDS_MAX)
			continue;
		memcpy(fds + *n, CMSG_DATA(c), count * sizeof(int));
		*n += (unsigned)count;
	}
	return len;
}

int priv_sealed_memfd(const void *p, size_t len)
{
	int fd = memfd_create("sekisho-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const uint8_t *from = p;

	if (fd < 0)
		return -1;
	for (size_t at = 0; at < len;) {
		ssize_t n = pwrite(fd, from + at, len - at, (off_t)at);

		if (n <= 0)
			goto failed;
		at += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
failed:
	close(fd);
	return -1;
}
