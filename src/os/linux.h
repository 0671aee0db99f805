/* The parts of os_linux(): each function is one entry of struct os (os/os.h says what it does). */
#pragma once

#include "os/os.h"

/* random.c */
void linux_random(void *ctx, void *buf, size_t len);

/* datagram.c */
unsigned linux_recv(void *ctx, int fd, struct os_rx *rx, unsigned n);
unsigned linux_send(void *ctx, int fd, const struct os_tx *tx, unsigned n);

/* tap.c */
size_t linux_tap_read(void *ctx, int fd, uint8_t *buf, size_t cap);
bool linux_tap_write(void *ctx, int fd, const struct iovec *iov, unsigned n);
/* The number is about to be another descriptor's. */
void linux_tap_forget(int fd);

/* poll.c */
int linux_poll_new(void *ctx);
bool linux_poll_add(void *ctx, int poll, int fd, void *tag);
void linux_poll_del(void *ctx, int poll, int fd);
unsigned linux_poll_wait(void *ctx, int poll, struct os_ready *out, unsigned n, int timeout_ms);
int linux_wake_new(void *ctx);
void linux_wake(void *ctx, int fd);
void linux_wake_clear(void *ctx, int fd);
