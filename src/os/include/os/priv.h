/*
 * priv: the closed list of privileged acts (DESIGN.md section 1).
 *
 * The engine asks, the monitor checks every argument and acts. In the engine
 * these functions are a synchronous call over a socket pair (SOCK_SEQPACKET,
 * descriptors by SCM_RIGHTS); in tests they are the fake's. Nothing else is
 * privileged, and nothing here takes a path, a command or free text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define PRIV_FDS_MAX  64
#define PRIV_ERROR    256
#define PRIV_TAP_NAME 16

/* An answer: ok with descriptors, or a sentence for the administrator. */
struct priv_result {
	bool ok;
	unsigned n_fds;
	int fds[PRIV_FDS_MAX];
	uint32_t index;         /* open_bridge, look_bridge; 0: none */
	char error[PRIV_ERROR]; /* e.g. "UDP port 500 is held by charon (pid 812)" */
};

struct priv_udp {
	struct ip_addr addr; /* family 0: every local IPv4 address */
	uint16_t port;       /* 500, 4500 or 1701; nothing else is allowed */
	uint16_t n;          /* sockets of one SO_REUSEPORT group, one for each worker */
	bool steer_by_spi;   /* classic BPF: the low bits of the first payload word choose the
			      * socket (mask below n rounded up to a power of two; more than n: 0);
			      * a zero first word (non-ESP marker) goes to socket 0 */
};

struct priv_tap {
	char name[PRIV_TAP_NAME]; /* must match sk-[a-z0-9-]{1,11} */
	uint32_t host_ip;         /* host order; the address of the host on the hub */
	uint8_t prefix;           /* 8 to 30 */
	uint16_t queues;          /* one for each worker */
	uint16_t mtu;             /* 1280 to 1500 */
	uint8_t mac[6];
	/* IPv6: the prefix out of which each session has its /64; prefix6 0: none, else 32 to
	 * 63; net6: upper half of the address, host order, no bits behind the prefix. The TAP
	 * gets NET::1/64 and fe80::1, the kernel a route of the whole prefix by fe80::2 on it,
	 * and IPv6 forwarding is on until the last such TAP is gone. */
	uint64_t net6;
	uint8_t prefix6;
};

/* A hub's bridge to an interface of this host. */
struct priv_bridge {
	char interface[PRIV_TAP_NAME]; /* a name as Linux takes it: 1 to 15 octets */
	char tap[PRIV_TAP_NAME];       /* for a Linux bridge: the port that is made; same rule */
	uint16_t queues;               /* one for each worker */
};

struct priv_nat {
	char tap[PRIV_TAP_NAME]; /* same rule */
	uint32_t net;            /* host order */
	uint8_t prefix;
};

struct priv_ops {
	void *ctx;
	/* UDP sockets with GRO, GSO, packet info and large buffers. */
	void (*open_udp)(void *ctx, const struct priv_udp *req, struct priv_result *out);
	/* n raw sockets for IP protocol 50, each with a filter for the SPIs whose low bits are its
	 * number. */
	void (*open_esp)(void *ctx, const struct ip_addr *addr, uint16_t n,
			 struct priv_result *out);
	/* A multi-queue TAP, up, with the address, IFF_VNET_HDR and offloads; one descriptor a
	 * queue. */
	void (*open_tap)(void *ctx, const struct priv_tap *req, struct priv_result *out);
	/* The way into a segment: of a Linux bridge, a TAP that becomes its port (IFF_VNET_HDR,
	 * multi-queue, no address); of another Ethernet interface, packet sockets
	 * (PACKET_VNET_HDR, promiscuous, fan-out by flow, not what this host sends or is to get).
	 * Descriptors are read and written alike, VLAN tags are in the frames. The interface must
	 * be up; its number is in out->index. They outlive its going down and up again, not its
	 * removal: then they are silent, whatever comes under its name. A TAP of the name that was
	 * there before is gone, also after a failure. close_tap() undoes either. */
	void (*open_bridge)(void *ctx, const struct priv_bridge *req, struct priv_result *out);
	/* Is the interface there, up and with a link? ok, or why not; out->index in either case
	 * when there is one of that name: the same as before, and what was opened is good still. A
	 * Linux bridge needs no link: ours may be its first port. */
	void (*look_bridge)(void *ctx, const char *interface, struct priv_result *out);
	/* The interfaces that open_bridge could take, up or not: a name a line, in a read-only
	 * descriptor (memfd). */
	void (*list_bridges)(void *ctx, struct priv_result *out);
	/* Removes the TAP, and its NAT when it has one; harmless when there is none. */
	void (*close_tap)(void *ctx, const char *name, struct priv_result *out);
	/* IPv4 forwarding on, and the fixed nftables script: table ip sekisho-NAME with masquerade
	 * of the net for what does not leave by the TAP. What is no answer does not come in; with
	 * IPv6 on the TAP, a table ip6 sekisho-NAME says the same for it. Undone by nat_off and
	 * at the monitor's end. */
	void (*nat_on)(void *ctx, const struct priv_nat *req, struct priv_result *out);
	void (*nat_off)(void *ctx, const char *tap, struct priv_result *out);
	/* The configuration file's text, in a read-only descriptor (memfd). */
	void (*read_config)(void *ctx, struct priv_result *out);
	/* Saves the running configuration: write, fsync, rename; previous versions kept. */
	void (*save_config)(void *ctx, const char *text, uint32_t len, struct priv_result *out);
};
