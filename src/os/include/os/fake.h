/*
 * fake: the operating system of the tests. Virtual time, a seeded random source,
 * descriptors that are queues, and a fake of the monitor's verbs (os/priv.h).
 *
 * A test pushes what "arrives" and takes what the code under test "sent". All
 * queues are bounded (FAKE_QUEUE packets unless fake_queue_max says otherwise):
 * a full queue of arrivals drops the packet, a full queue of sent packets makes
 * send() short and tap_write() false, as a full socket buffer does. poll_wait
 * never blocks and never moves the clock: it reports what is readable now.
 *
 * Fake descriptors begin at FAKE_FD, so that using one with the real kernel
 * fails. All functions take a lock: they may be called from any thread.
 */
#pragma once

#include "os/os.h"
#include "os/priv.h"

#define FAKE_FD     100000
#define FAKE_QUEUE  1024
#define FAKE_ANY    (-1)  /* fake_take: any UDP or ESP descriptor */
#define FAKE_PACKET 65600 /* largest packet, octets */
#define FAKE_VNET   10    /* octets of struct virtio_net_hdr */

struct fake;

/* The same seed gives the same random octets. now_ms starts at 1000000, wall_s at
 * 1700000000. NULL when memory is short. fake_free closes every descriptor. */
struct fake *fake_new(uint64_t seed);
void fake_free(struct fake *f);

/* The tables; they live as long as f. */
const struct os *fake_os(struct fake *f);
const struct priv_ops *fake_priv(struct fake *f);

/* Moves both clocks. */
void fake_advance(struct fake *f, uint64_t ms);

/* Descriptors without the monitor; -1 when there are too many. local.addr.family 0
 * stands for every local address. */
int fake_udp(struct fake *f, struct endpoint local);
int fake_esp(struct fake *f);
int fake_tap(struct fake *f);

/* How many descriptors of any kind are open: 0 at the end of a clean test. */
unsigned fake_open_count(struct fake *f);

/* Bounds both queues of fd to packets (0: nothing fits). */
void fake_queue_max(struct fake *f, int fd, unsigned packets);

/* recv on fd hands out datagrams of one flow and size (the last may be shorter) as
 * one, as a socket with UDP_GRO does: at most 64 datagrams and what fits. */
void fake_set_gro(struct fake *f, int fd, bool on);

/* A datagram arrives on fd (UDP payload, or ESP packet behind the IPv4 header, which
 * the fake adds). False when it was dropped: queue full, or fd is neither. */
bool fake_push(struct fake *f, int fd, const struct flow *flow, const void *p, size_t len);

/* The same, to whichever socket of the port (flow->local.port; 0: raw ESP) the kernel
 * would choose: by the low bits of the first word in a group opened with steer_by_spi,
 * and of raw ESP sockets. Returns its descriptor, or -1 when nobody listens or the
 * queue is full. */
int fake_arrive(struct fake *f, const struct flow *flow, const void *p, size_t len);

/* A frame comes out of the TAP towards the code. vnet: FAKE_VNET octets, or NULL for
 * a plain frame (all zero). */
bool fake_tap_push(struct fake *f, int fd, const void *vnet, const void *frame, size_t len);

/* What was sent. */
struct fake_packet {
	int fd;
	uint16_t local_port; /* of the socket; 0 for ESP and TAP */
	struct flow flow;    /* as given to send; not for TAP */
	const uint8_t *p;    /* TAP: struct virtio_net_hdr, then the frame */
	size_t len;
};

/* The oldest packet that was sent on fd (FAKE_ANY: on any UDP or ESP descriptor), or
 * NULL. Runs (gso_size) come out as the single datagrams that the kernel would cut.
 * Valid until the next fake_take or fake_free. */
const struct fake_packet *fake_take(struct fake *f, int fd);

/* ---- the monitor's verbs ---- */

enum fake_verb {
	FAKE_OPEN_UDP,
	FAKE_OPEN_ESP,
	FAKE_OPEN_TAP,
	FAKE_OPEN_BRIDGE,
	FAKE_LOOK_BRIDGE,  /* is not recorded: it comes again and again */
	FAKE_LIST_BRIDGES, /* those that fake_interface() was told of */
	FAKE_CLOSE_TAP,
	FAKE_NAT_ON,
	FAKE_NAT_OFF,
	FAKE_READ_CONFIG,
	FAKE_SAVE_CONFIG,
};

struct fake_call {
	enum fake_verb verb;
	bool ok; /* as it was answered */
	struct priv_udp udp;
	uint16_t esp_n;
	struct priv_tap tap; /* CLOSE_TAP: the name only */
	struct priv_bridge bridge;
	struct priv_nat nat; /* NAT_OFF: the name only */
};

/* Call number i since the start (the first 256 are kept), or NULL. */
const struct fake_call *fake_call(const struct fake *f, unsigned i);

#define FAKE_INTERFACE_INDEX 2

/* An interface of this host as open_bridge and look_bridge find it from now on; index 0: there
 * is none of that name. Before, each name is there, up, with FAKE_INTERFACE_INDEX. Descriptors
 * that are open already stay as they are: they are a TAP's (fake_tap_push, fake_take). False
 * when there are too many. */
bool fake_interface(struct fake *f, const char *name, uint32_t index, bool up);

/* The next call of this verb fails with this sentence. */
void fake_fail(struct fake *f, enum fake_verb verb, const char *error);

/* What read_config answers (a copy is kept), and what save_config saved last, or NULL. */
bool fake_set_config(struct fake *f, const char *text);
const char *fake_saved_config(const struct fake *f);
