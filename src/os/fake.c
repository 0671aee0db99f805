/*
 * The fake operating system as the tests hold it: descriptors, their queues, what
 * arrives and what was sent. What the code under test calls is in fake_os.c and
 * fake_priv.c. Reaches nothing of the real kernel.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"

#define IPV4_HEADER 20

int fake_fd_new(struct fake *f, enum fake_kind kind)
{
	for (int i = 0; i < FAKE_FDS_MAX; i++) {
		struct fake_fd *d = &f->fds[i];

		if (d->kind != FAKE_FREE)
			continue;
		*d = (struct fake_fd){.kind = kind, .queue_max = FAKE_QUEUE, .poll = -1};
		list_init(&d->in.items);
		list_init(&d->out.items);
		return FAKE_FD + i;
	}
	return -1;
}

struct fake_fd *fake_any_fd(struct fake *f, int fd)
{
	if (fd < FAKE_FD || fd >= FAKE_FD + FAKE_FDS_MAX)
		return NULL;
	return f->fds[fd - FAKE_FD].kind == FAKE_FREE ? NULL : &f->fds[fd - FAKE_FD];
}

struct fake_fd *fake_fd_of(struct fake *f, int fd, enum fake_kind kind)
{
	struct fake_fd *d = fake_any_fd(f, fd);

	return d && d->kind == kind ? d : NULL;
}

struct fake_fd *fake_socket_of(struct fake *f, int fd)
{
	struct fake_fd *d = fake_any_fd(f, fd);

	return d && (d->kind == FAKE_UDP || d->kind == FAKE_ESP) ? d : NULL;
}

struct fake_item *fake_queue_first(struct fake_queue *q)
{
	return q->n ? list_entry(q->items.next, struct fake_item, link) : NULL;
}

struct fake_item *fake_queue_pop(struct fake_queue *q)
{
	struct fake_item *it = fake_queue_first(q);

	if (it) {
		list_del(&it->link);
		q->n--;
	}
	return it;
}

uint8_t *fake_queue_push(struct fake_queue *q, unsigned max, const struct flow *flow, size_t len,
			 uint64_t order)
{
	struct fake_item *it;

	if (q->n >= max || len > FAKE_PACKET)
		return NULL;
	it = calloc(1, sizeof(*it) + len);
	if (!it)
		return NULL;
	if (flow)
		it->flow = *flow;
	it->len = len;
	it->order = order;
	list_push(&q->items, &it->link);
	q->n++;
	return it->p;
}

void fake_copy(uint8_t *to, const void *from, size_t len)
{
	if (len)
		memcpy(to, from, len);
}

int fake_new_locked(struct fake *f, enum fake_kind kind)
{
	int fd;

	pthread_mutex_lock(&f->lock);
	fd = fake_fd_new(f, kind);
	pthread_mutex_unlock(&f->lock);
	return fd;
}

void fake_fd_close(struct fake *f, int fd)
{
	struct fake_fd *d = fake_any_fd(f, fd);
	struct fake_item *it;

	if (!d)
		return;
	while ((it = fake_queue_pop(&d->in)))
		free(it);
	while ((it = fake_queue_pop(&d->out)))
		free(it);
	for (int i = 0; d->kind == FAKE_POLL && i < FAKE_FDS_MAX; i++)
		if (f->fds[i].kind != FAKE_FREE && f->fds[i].poll == fd)
			f->fds[i].poll = -1;
	d->kind = FAKE_FREE;
}

struct fake *fake_new(uint64_t seed)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	f->now_ms = 1000000;
	f->wall_ms = UINT64_C(1700000000) * 1000;
	f->random[0] = seed ^ UINT64_C(0x9e3779b97f4a7c15);
	f->random[1] = UINT64_C(0xbf58476d1ce4e5b9);
	fake_os_init(f);
	fake_priv_init(f);
	return f;
}

void fake_free(struct fake *f)
{
	if (!f)
		return;
	for (int i = 0; i < FAKE_FDS_MAX; i++)
		fake_fd_close(f, FAKE_FD + i);
	free(f->taken_item);
	fake_priv_free(f);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

const struct os *fake_os(struct fake *f)
{
	return &f->os;
}

void fake_advance(struct fake *f, uint64_t ms)
{
	pthread_mutex_lock(&f->lock);
	f->now_ms += ms;
	f->wall_ms += ms;
	pthread_mutex_unlock(&f->lock);
}

int fake_udp(struct fake *f, struct endpoint local)
{
	int fd = fake_new_locked(f, FAKE_UDP);

	if (fd >= 0)
		f->fds[fd - FAKE_FD].local = local;
	return fd;
}

int fake_esp(struct fake *f)
{
	return fake_new_locked(f, FAKE_ESP);
}

int fake_tap(struct fake *f)
{
	return fake_new_locked(f, FAKE_TAP);
}

unsigned fake_open_count(struct fake *f)
{
	unsigned n = 0;

	pthread_mutex_lock(&f->lock);
	for (int i = 0; i < FAKE_FDS_MAX; i++)
		n += f->fds[i].kind != FAKE_FREE;
	pthread_mutex_unlock(&f->lock);
	return n;
}

void fake_queue_max(struct fake *f, int fd, unsigned packets)
{
	struct fake_fd *d;

	pthread_mutex_lock(&f->lock);
	d = fake_any_fd(f, fd);
	if (d)
		d->queue_max = packets;
	pthread_mutex_unlock(&f->lock);
}

void fake_set_gro(struct fake *f, int fd, bool on)
{
	struct fake_fd *d;

	pthread_mutex_lock(&f->lock);
	d = fake_fd_of(f, fd, FAKE_UDP);
	if (d)
		d->gro = on;
	pthread_mutex_unlock(&f->lock);
}

static void write_ipv4(uint8_t *p, const struct flow *flow, size_t len)
{
	struct wr w = wr_of(p, IPV4_HEADER);

	wr_u16(&w, 0x4500);
	wr_u16(&w, (uint16_t)(IPV4_HEADER + len));
	wr_zero(&w, 4);
	wr_u8(&w, 64);
	wr_u8(&w, 50);
	wr_zero(&w, 2);
	wr_copy(&w, flow->remote.addr.ip, 4);
	wr_copy(&w, flow->local.addr.ip, 4);
}

static bool push_locked(struct fake_fd *d, const struct flow *flow, const void *data, size_t len)
{
	size_t header = d->kind == FAKE_ESP ? IPV4_HEADER : 0;
	struct flow at = *flow;
	uint8_t *p;

	at.local.port = d->kind == FAKE_ESP ? 0 : d->local.port;
	if (d->kind == FAKE_ESP)
		at.remote.port = 0;
	p = fake_queue_push(&d->in, d->queue_max, &at, header + len, 0);
	if (!p)
		return false;
	if (header)
		write_ipv4(p, flow, len);
	fake_copy(p + header, data, len);
	return true;
}

bool fake_push(struct fake *f, int fd, const struct flow *flow, const void *p, size_t len)
{
	struct fake_fd *d;
	bool ok;

	pthread_mutex_lock(&f->lock);
	d = fake_socket_of(f, fd);
	ok = d && push_locked(d, flow, p, len);
	pthread_mutex_unlock(&f->lock);
	return ok;
}

/* The member of a group that the filters of priv_net.c choose for a packet. */
static unsigned steered(const struct fake_fd *d, const void *p, size_t len)
{
	struct rd r = rd_of(p, len);
	uint32_t word = rd_u32(&r), mask = 1;

	if (!d->steer || !rd_ok(&r))
		return 0;
	while (mask < d->group_n)
		mask <<= 1;
	word &= mask - 1;
	return word < d->group_n ? word : 0;
}

static bool takes(const struct fake_fd *d, const struct flow *flow, const void *p, size_t len)
{
	uint16_t port = flow->local.port;

	if (d->kind != (port ? FAKE_UDP : FAKE_ESP) || d->local.port != port)
		return false;
	if (d->local.addr.family && !ip_addr_eq(&d->local.addr, &flow->local.addr))
		return false;
	return d->group == 0 || d->index == steered(d, p, len);
}

int fake_arrive(struct fake *f, const struct flow *flow, const void *p, size_t len)
{
	int fd = -1;

	pthread_mutex_lock(&f->lock);
	for (int i = 0; i < FAKE_FDS_MAX; i++) {
		if (!takes(&f->fds[i], flow, p, len))
			continue;
		if (push_locked(&f->fds[i], flow, p, len))
			fd = FAKE_FD + i;
		break;
	}
	pthread_mutex_unlock(&f->lock);
	return fd;
}

bool fake_tap_push(struct fake *f, int fd, const void *vnet, const void *frame, size_t len)
{
	struct fake_fd *d;
	uint8_t *p = NULL;

	pthread_mutex_lock(&f->lock);
	d = fake_fd_of(f, fd, FAKE_TAP);
	if (d)
		p = fake_queue_push(&d->in, d->queue_max, NULL, FAKE_VNET + len, 0);
	if (p && vnet)
		fake_copy(p, vnet, FAKE_VNET);
	if (p)
		fake_copy(p + FAKE_VNET, frame, len);
	pthread_mutex_unlock(&f->lock);
	return p != NULL;
}

/* The descriptor with the oldest sent packet: fd itself, or any socket's. */
static struct fake_fd *oldest(struct fake *f, int fd)
{
	struct fake_fd *best = NULL;

	if (fd != FAKE_ANY)
		return fake_any_fd(f, fd);
	for (int i = 0; i < FAKE_FDS_MAX; i++) {
		struct fake_fd *d = fake_socket_of(f, FAKE_FD + i);

		if (!d || !d->out.n)
			continue;
		if (!best || fake_queue_first(&d->out)->order < fake_queue_first(&best->out)->order)
			best = d;
	}
	return best;
}

const struct fake_packet *fake_take(struct fake *f, int fd)
{
	struct fake_fd *d;
	struct fake_item *it = NULL;

	pthread_mutex_lock(&f->lock);
	free(f->taken_item);
	f->taken_item = NULL;
	d = oldest(f, fd);
	if (d)
		it = fake_queue_pop(&d->out);
	if (it) {
		f->taken_item = it;
		f->taken = (struct fake_packet){
			.fd = FAKE_FD + (int)(d - f->fds),
			.local_port = d->local.port,
			.flow = it->flow,
			.p = it->p,
			.len = it->len,
		};
	}
	pthread_mutex_unlock(&f->lock);
	return it ? &f->taken : NULL;
}
