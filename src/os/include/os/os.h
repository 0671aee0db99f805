/*
 * os: the operating system behind one table of functions.
 *
 * Everything that the engine asks of the kernel while it runs goes through a
 * struct os: the real one (os_linux) or the fake of the tests (os_fake), which
 * has virtual time, scripted datagrams and a seeded random source. Privileged
 * acts are not here: they are the monitor's closed list (os/priv.h).
 *
 * Thread rule: the functions may be called from any thread; one descriptor is
 * used by one thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/addr.h"

/* One receive. The caller sets buf and cap (65535 octets, or a coalesced run may not
 * fit); the rest is filled. A slot in which nothing usable came (longer than cap, an
 * empty datagram, a broken header) has len 0. flow.local has the port that the
 * datagram came to; both ports are 0 for ESP. */
struct os_rx {
	uint8_t *buf;
	size_t cap;
	size_t len;        /* octets of payload (behind UDP, or behind the IP header for ESP) */
	size_t offset;     /* where the payload begins in buf */
	uint16_t gro_size; /* octets of each datagram but the last, when several came as one; else 0
			    */
	struct flow flow;
};

/* What the kernel cuts or coalesces at once. */
#define OS_RUN_SEGMENTS 64
#define OS_RUN_OCTETS   65000

/* One send: a datagram, or with gso_size a run of datagrams of that size (the last
 * may be shorter) that the kernel cuts: at most OS_RUN_SEGMENTS, OS_RUN_OCTETS together. */
struct os_tx {
	const uint8_t *buf;
	size_t len;
	uint16_t gso_size; /* 0: one datagram */
	struct flow flow;  /* local address is the source; local.port is the socket's affair */
};

#define OS_BATCH 32

/* What a ready descriptor can do. */
struct os_ready {
	void *tag; /* as given to poll_add */
};

struct os {
	void *ctx;

	uint64_t (*now_ms)(void *ctx); /* CLOCK_MONOTONIC */
	uint64_t (*wall_s)(void *ctx); /* CLOCK_REALTIME, for what people read */
	void (*random)(void *ctx, void *buf,
		       size_t len); /* never fails, never blocks after start */

	/* UDP and raw ESP sockets. recv returns how many of n were filled (0: nothing
	 * there), send how many were taken; the rest is dropped by the caller. Errors
	 * of one datagram (unreachable) are swallowed. */
	unsigned (*recv)(void *ctx, int fd, struct os_rx *rx, unsigned n);
	unsigned (*send)(void *ctx, int fd, const struct os_tx *tx, unsigned n);

	/* TAP with IFF_VNET_HDR (struct virtio_net_hdr, 10 octets little endian, then
	 * the Ethernet frame), or a packet socket of open_bridge, which has the same. read:
	 * octets, 0 when nothing is there, or no more for ever. write: false when the kernel
	 * did not take it. */
	size_t (*tap_read)(void *ctx, int fd, uint8_t *buf, size_t cap);
	bool (*tap_write)(void *ctx, int fd, const struct iovec *iov, unsigned n);

	/* Readiness (epoll). poll_wait returns how many of n were filled; timeout_ms
	 * -1 waits for ever. */
	int (*poll_new)(void *ctx);
	bool (*poll_add)(void *ctx, int poll, int fd, void *tag);
	void (*poll_del)(void *ctx, int poll, int fd);
	unsigned (*poll_wait)(void *ctx, int poll, struct os_ready *out, unsigned n,
			      int timeout_ms);

	/* Wake-up between threads (eventfd). */
	int (*wake_new)(void *ctx);
	void (*wake)(void *ctx, int fd);
	void (*wake_clear)(void *ctx, int fd);

	void (*close)(void *ctx, int fd);
};

/* The real one. */
const struct os *os_linux(void);
