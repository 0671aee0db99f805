/* Options of the sockets that the monitor opens, for priv_net.c and priv_packet.c. */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/socket.h>

#define SOCKET_BUFFER (4 * 1024 * 1024)

static inline bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Large queues, because a worker may be in the middle of a burst. Beyond the
 * system's limit when we may (CAP_NET_ADMIN), up to it otherwise. */
static inline void set_buffers(int fd)
{
	if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
		set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (!set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
		set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
}

static inline bool attach_filter(int fd, struct sock_filter *code, unsigned n)
{
	struct sock_fprog prog = {(unsigned short)n, code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0;
}
