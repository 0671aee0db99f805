/*
 * The fake's struct os: clocks, random octets, datagrams, frames, readiness, as
 * the code under test calls them. Every function holds the fake's lock.
 */
#include "fake.h"

#include <stdlib.h>

#define IPV4_HEADER 20

static uint64_t os_now_ms(void *ctx)
{
	struct fake *f = ctx;
	uint64_t now;

	pthread_mutex_lock(&f->lock);
	now = f->now_ms;
	pthread_mutex_unlock(&f->lock);
	return now;
}

static uint64_t os_wall_s(void *ctx)
{
	struct fake *f = ctx;
	uint64_t now;

	pthread_mutex_lock(&f->lock);
	now = f->wall_ms / 1000;
	pthread_mutex_unlock(&f->lock);
	return now;
}

/* xorshift128+: repeatable, and not for anything but tests. */
static uint64_t random_next(struct fake *f)
{
	uint64_t a = f->random[0], b = f->random[1];

	f->random[0] = b;
	a ^= a << 23;
	f->random[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
	return f->random[1] + b;
}

static void os_random(void *ctx, void *buf, size_t len)
{
	struct fake *f = ctx;
	uint8_t *p = buf;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(random_next(f) >> 32);
	pthread_mutex_unlock(&f->lock);
}

/* May the next datagram join those in rx, as UDP_GRO joins them? */
static bool joins(const struct os_rx *rx, unsigned n, uint16_t size, const struct fake_item *it)
{
	return it && n < OS_RUN_SEGMENTS && it->len && it->len <= size &&
	       rx->offset + rx->len + it->len <= rx->cap && rx->len == (size_t)size * n &&
	       endpoint_eq(&rx->flow.local, &it->flow.local) &&
	       endpoint_eq(&rx->flow.remote, &it->flow.remote);
}

static void recv_one(struct fake_fd *d, struct os_rx *rx)
{
	struct fake_item *it = fake_queue_pop(&d->in);
	uint16_t size = (uint16_t)it->len;
	unsigned n = 1;

	rx->offset = d->kind == FAKE_ESP ? IPV4_HEADER : 0;
	rx->gro_size = 0;
	rx->flow = it->flow;
	rx->len = 0;
	if (it->len <= rx->cap) {
		fake_copy(rx->buf, it->p, it->len);
		rx->len = it->len - rx->offset;
	}
	free(it);
	if (!d->gro || rx->len == 0)
		return;
	while (joins(rx, n, size, fake_queue_first(&d->in))) {
		it = fake_queue_pop(&d->in);
		fake_copy(rx->buf + rx->len, it->p, it->len);
		rx->len += it->len;
		rx->gro_size = size;
		free(it);
		n++;
	}
}

static unsigned os_recv(void *ctx, int fd, struct os_rx *rx, unsigned n)
{
	struct fake *f = ctx;
	struct fake_fd *d;
	unsigned got = 0;

	pthread_mutex_lock(&f->lock);
	d = fake_socket_of(f, fd);
	while (d && got < n && got < OS_BATCH && d->in.n)
		recv_one(d, &rx[got++]);
	pthread_mutex_unlock(&f->lock);
	return got;
}

/* Cuts a run as the kernel does; false when the queue has no room for the whole of it. */
static bool send_one(struct fake *f, struct fake_fd *d, const struct os_tx *tx)
{
	size_t size = tx->gso_size && tx->gso_size < tx->len ? tx->gso_size : tx->len;
	size_t pieces = tx->len ? (tx->len + size - 1) / size : 1;

	if (pieces > OS_RUN_SEGMENTS)
		return true; /* refused by the kernel as an error of this datagram */
	if (d->out.n + pieces > d->queue_max)
		return false;
	for (size_t i = 0; i < pieces; i++) {
		size_t len = i + 1 < pieces ? size : tx->len - i * size;
		uint8_t *p = fake_queue_push(&d->out, d->queue_max, &tx->flow, len, f->order++);

		if (p)
			fake_copy(p, tx->buf + i * size, len);
	}
	return true;
}

static unsigned os_send(void *ctx, int fd, const struct os_tx *tx, unsigned n)
{
	struct fake *f = ctx;
	struct fake_fd *d;
	unsigned done = 0;

	pthread_mutex_lock(&f->lock);
	d = fake_socket_of(f, fd);
	while (d && done < n && send_one(f, d, &tx[done]))
		done++;
	pthread_mutex_unlock(&f->lock);
	return done;
}

static size_t os_tap_read(void *ctx, int fd, uint8_t *buf, size_t cap)
{
	struct fake *f = ctx;
	struct fake_fd *d;
	struct fake_item *it = NULL;
	size_t len = 0;

	pthread_mutex_lock(&f->lock);
	d = fake_fd_of(f, fd, FAKE_TAP);
	if (d)
		it = fake_queue_pop(&d->in);
	if (it) {
		len = it->len < cap ? it->len : cap;
		fake_copy(buf, it->p, len);
		free(it);
	}
	pthread_mutex_unlock(&f->lock);
	return len;
}

static bool os_tap_write(void *ctx, int fd, const struct iovec *iov, unsigned n)
{
	struct fake *f = ctx;
	struct fake_fd *d;
	size_t len = 0;
	uint8_t *p = NULL;

	for (unsigned i = 0; i < n; i++)
		len += iov[i].iov_len;
	pthread_mutex_lock(&f->lock);
	d = fake_fd_of(f, fd, FAKE_TAP);
	if (d && len > FAKE_VNET)
		p = fake_queue_push(&d->out, d->queue_max, NULL, len, f->order++);
	for (unsigned i = 0, at = 0; p && i < n; at += (unsigned)iov[i].iov_len, i++)
		fake_copy(p + at, iov[i].iov_base, iov[i].iov_len);
	pthread_mutex_unlock(&f->lock);
	return p != NULL;
}

static int os_poll_new(void *ctx)
{
	return fake_new_locked(ctx, FAKE_POLL);
}

static bool os_poll_add(void *ctx, int poll, int fd, void *tag)
{
	struct fake *f = ctx;
	struct fake_fd *d;
	bool ok;

	pthread_mutex_lock(&f->lock);
	d = fake_any_fd(f, fd);
	ok = d && d->kind != FAKE_POLL && fake_fd_of(f, poll, FAKE_POLL) && d->poll == -1;
	if (ok) {
		d->poll = poll;
		d->tag = tag;
	}
	pthread_mutex_unlock(&f->lock);
	return ok;
}

static void os_poll_del(void *ctx, int poll, int fd)
{
	struct fake *f = ctx;
	struct fake_fd *d;

	pthread_mutex_lock(&f->lock);
	d = fake_any_fd(f, fd);
	if (d && d->poll == poll)
		d->poll = -1;
	pthread_mutex_unlock(&f->lock);
}

static unsigned os_poll_wait(void *ctx, int poll, struct os_ready *out, unsigned n, int timeout_ms)
{
	struct fake *f = ctx;
	unsigned got = 0;

	(void)timeout_ms;
	pthread_mutex_lock(&f->lock);
	for (int i = 0; i < FAKE_FDS_MAX && got < n; i++) {
		const struct fake_fd *d = &f->fds[i];

		if (d->kind != FAKE_FREE && d->poll == poll && (d->in.n || d->raised))
			out[got++].tag = d->tag;
	}
	pthread_mutex_unlock(&f->lock);
	return got;
}

static int os_wake_new(void *ctx)
{
	return fake_new_locked(ctx, FAKE_WAKE);
}

static void set_raised(struct fake *f, int fd, bool raised)
{
	struct fake_fd *d;

	pthread_mutex_lock(&f->lock);
	d = fake_fd_of(f, fd, FAKE_WAKE);
	if (d)
		d->raised = raised;
	pthread_mutex_unlock(&f->lock);
}

static void os_wake(void *ctx, int fd)
{
	set_raised(ctx, fd, true);
}

static void os_wake_clear(void *ctx, int fd)
{
	set_raised(ctx, fd, false);
}

static void os_close(void *ctx, int fd)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	fake_fd_close(f, fd);
	pthread_mutex_unlock(&f->lock);
}

void fake_os_init(struct fake *f)
{
	f->os = (struct os){
		.ctx = f,
		.now_ms = os_now_ms,
		.wall_s = os_wall_s,
		.random = os_random,
		.recv = os_recv,
		.send = os_send,
		.tap_read = os_tap_read,
		.tap_write = os_tap_write,
		.poll_new = os_poll_new,
		.poll_add = os_poll_add,
		.poll_del = os_poll_del,
		.poll_wait = os_poll_wait,
		.wake_new = os_wake_new,
		.wake = os_wake,
		.wake_clear = os_wake_clear,
		.close = os_close,
	};
}
