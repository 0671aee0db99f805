/* The parts of the fake operating system that its files share (os/fake.h). */
#pragma once

#include <pthread.h>

#include "base/list.h"
#include "os/fake.h"

#define FAKE_FDS_MAX        1024
#define FAKE_CALLS_MAX      256
#define FAKE_INTERFACES_MAX 16

enum fake_kind { FAKE_FREE, FAKE_UDP, FAKE_ESP, FAKE_TAP, FAKE_POLL, FAKE_WAKE };

struct fake_item {
	struct list link;
	uint64_t order; /* of all packets that were sent */
	struct flow flow;
	size_t len;
	uint8_t p[];
};

struct fake_queue {
	struct list items;
	unsigned n;
};

struct fake_fd {
	enum fake_kind kind;
	struct fake_queue in, out;
	unsigned queue_max;
	bool gro;
	struct endpoint local;   /* UDP */
	unsigned group;          /* opened together by open_udp or open_esp; 0: alone */
	unsigned index, group_n; /* place in the group and its size */
	bool steer;
	bool raised; /* WAKE */
	int poll;    /* number of the POLL that watches it, or -1 */
	void *tag;
	char tap[PRIV_TAP_NAME];
};

struct fake {
	struct os os;
	struct priv_ops priv;
	pthread_mutex_t lock;
	uint64_t now_ms, wall_ms;
	uint64_t random[2];
	uint64_t order;
	unsigned groups;
	struct fake_fd fds[FAKE_FDS_MAX];
	struct fake_packet taken;
	struct fake_item *taken_item;
	struct fake_call calls[FAKE_CALLS_MAX];
	unsigned n_calls;
	char *fail[FAKE_SAVE_CONFIG + 1];
	struct fake_interface {
		char name[PRIV_TAP_NAME];
		uint32_t index;
		bool up;
	} interfaces[FAKE_INTERFACES_MAX];
	unsigned n_interfaces;
	char *config, *saved;
};

/* A new descriptor's number, or -1; takes the lock. */
int fake_new_locked(struct fake *f, enum fake_kind kind);

/* With the lock held: a new descriptor's number or -1, its object (of any kind, of one,
 * or UDP or ESP) or NULL, its end. */
int fake_fd_new(struct fake *f, enum fake_kind kind);
struct fake_fd *fake_fd_of(struct fake *f, int fd, enum fake_kind kind);
struct fake_fd *fake_any_fd(struct fake *f, int fd);
struct fake_fd *fake_socket_of(struct fake *f, int fd);
void fake_fd_close(struct fake *f, int fd);

/* The oldest packet of a queue or NULL; pop gives it to the caller (free). */
struct fake_item *fake_queue_first(struct fake_queue *q);
struct fake_item *fake_queue_pop(struct fake_queue *q);
/* Room for a packet of len octets at the end of q, or NULL when it is full. */
uint8_t *fake_queue_push(struct fake_queue *q, unsigned max, const struct flow *flow, size_t len,
			 uint64_t order);
void fake_copy(uint8_t *to, const void *from, size_t len);

/* Fill f->os and f->priv; free what fake_priv.c keeps. */
void fake_os_init(struct fake *f);
void fake_priv_init(struct fake *f);
void fake_priv_free(struct fake *f);
