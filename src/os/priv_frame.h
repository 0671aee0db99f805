/* One message with descriptors over a SOCK_SEQPACKET socket; used by both sides. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Sends one message; flags as for sendmsg. The descriptors stay the caller's. */
bool priv_frame_send(int fd, const void *p, size_t len, const int *fds, unsigned n, int flags);

/* Receives one message of at most cap octets, and at most PRIV_FDS_MAX descriptors
 * into fds, which the caller owns. Returns the length that was sent (larger than cap
 * when it was cut), 0 when the other end is gone, -1 with errno. */
ssize_t priv_frame_recv(int fd, void *p, size_t cap, int *fds, unsigned *n, int flags);

/* A memfd with these octets, sealed against every change; -1 with errno. */
int priv_sealed_memfd(const void *p, size_t len);
