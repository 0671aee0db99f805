/*
 * Frames of a hub's way out, each behind its struct virtio_net_hdr: of a TAP queue, where one
 * read or writev is one frame (priv_tap.c, priv_bridge.c), and of a packet socket, where the
 * kernel has taken the VLAN tag out of what arrives (priv_packet.c). Called by the workers.
 */
#include "linux.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/wr.h"

#define KINDS_MAX 65536
#define VNET      sizeof(struct virtio_net_hdr)
#define TAG_AT    (VNET + 2 * ETH_ALEN)
#define VLAN_TAG  4
#define LOST_MAX  16 /* frames in a row that cannot be had */

/* What a descriptor is, by its number, so that a read is one system call: learned when it is
 * read first, forgotten when it is closed and when the monitor hands out the number anew. */
enum kind { KIND_UNKNOWN, KIND_QUEUE, KIND_PACKET };
static _Atomic uint8_t kinds[KINDS_MAX];

static enum kind ask(int fd)
{
	int domain;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_PACKET
		       ? KIND_PACKET
		       : KIND_QUEUE;
}

static enum kind kind_of(int fd)
{
	uint8_t kind;

	if (fd < 0 || fd >= KINDS_MAX)
		return ask(fd);
	kind = atomic_load_explicit(&kinds[fd], memory_order_relaxed);
	if (kind == KIND_UNKNOWN) {
		kind = (uint8_t)ask(fd);
		atomic_store_explicit(&kinds[fd], kind, memory_order_relaxed);
	}
	return kind;
}

void linux_tap_forget(int fd)
{
	if (fd >= 0 && fd < KINDS_MAX)
		atomic_store_explicit(&kinds[fd], KIND_UNKNOWN, memory_order_relaxed);
}

/* ---- packet sockets ---- */

static void add_le16(__virtio16 *field, unsigned n)
{
	*field = htole16((uint16_t)(le16toh(*field) + n));
}

/* The tag back between the addresses and the type (IEEE 802.1Q); what is counted from the
 * beginning of the frame counts it too. There is room for it. */
static size_t put_tag(uint8_t *buf, size_t len, const struct tpacket_auxdata *aux)
{
	struct wr w = wr_of(buf + TAG_AT, VLAN_TAG);
	struct virtio_net_hdr h;

	memmove(buf + TAG_AT + VLAN_TAG, buf + TAG_AT, len - TAG_AT);
	wr_u16(&w, aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q);
	wr_u16(&w, aux->tp_vlan_tci);
	memcpy(&h, buf, VNET);
	if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		add_le16(&h.csum_start, VLAN_TAG);
	if (h.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		add_le16(&h.hdr_len, VLAN_TAG);
	memcpy(buf, &h, VNET);
	return len + VLAN_TAG;
}

static size_t with_tag(struct msghdr *m, uint8_t *buf, size_t len)
{
	struct tpacket_auxdata aux;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			return put_tag(buf, len, &aux);
	}
	return len;
}

/* A frame may not fit, or be cut in a way that a virtio header cannot say (EINVAL); it is lost
 * then, and the next one is read. When the interface goes down or away, ENETDOWN comes once and
 * nothing after it. */
static size_t read_packet(int fd, uint8_t *buf, size_t cap)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;

	for (unsigned lost = 0; cap > TAG_AT + VLAN_TAG && lost < LOST_MAX; lost++) {
		struct iovec iov = {buf, cap - VLAN_TAG};
		struct msghdr m = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof(control.space),
		};
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n >= (ssize_t)TAG_AT && !(m.msg_flags & MSG_TRUNC))
			return with_tag(&m, buf, (size_t)n);
	}
	return 0;
}

/* ---- TAP queues ---- */

/* The queue of a TAP that somebody removed is ready for ever, which would keep its reader busy:
 * until it is closed, what never is ready has its number. */
static void make_quiet(int fd)
{
	int never = epoll_create1(EPOLL_CLOEXEC);

	if (never < 0)
		return;
	dup3(never, fd, O_CLOEXEC);
	close(never);
}

static size_t read_queue(int fd, uint8_t *buf, size_t cap)
{
	ssize_t n;

	do
		n = read(fd, buf, cap);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EBADFD)
		make_quiet(fd);
	return n > 0 ? (size_t)n : 0;
}

size_t linux_tap_read(void *ctx, int fd, uint8_t *buf, size_t cap)
{
	(void)ctx;
	return kind_of(fd) == KIND_PACKET ? read_packet(fd, buf, cap) : read_queue(fd, buf, cap);
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
