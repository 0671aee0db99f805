/*
 * test_kit: a data plane on the fake os, and the other end of its peers: packets
 * are really encrypted, with keys made here.
 */
#pragma once

#include "dataplane/dp.h"
#include "os/fake.h"
#include "worker.h"

#define KIT_HUB     1
#define KIT_MACHINE 0x2a
#define KIT_GATEWAY UINT32_C(0x0a000001)
#define KIT_NET6    UINT64_C(0x20010db800010000) /* 2001:db8:1::/48 */
#define KIT_IID     UINT64_C(0x1234)             /* of every client's link-local address */
#define KIT_MTU     1400
#define KIT_PUNTS   20 /* punts a second of each class */

struct client {
	unsigned worker;
	uint32_t slot; /* of peer and session */
	uint32_t spi_in, spi_out;
	struct burst_alg alg;    /* what it does */
	struct burst_alg agreed; /* what the server is told; key_len 0: alg */
	uint64_t child;          /* sa_handle of both SAs; 0: each one's SPI */
	bool tunnel;
	uint8_t proto;                 /* what it sends and gets in its SAs; 0: UDP */
	uint32_t tunnel_ip, server_ip; /* of the inner headers */
	uint32_t soft_kb, hard_kb;
	struct burst_sa *seal, *open;
	uint32_t seq;
	struct flow flow;
	bool udp_encap, tx_acfc, tx_pfc;
	uint16_t local_port, remote_port, tunnel_id, session_id;
	uint32_t ip;
	uint64_t prefix6; /* kit_ip6() */
	uint16_t mtu;
};

struct kit {
	struct fake *fake;
	struct os os; /* the fake's, with the counting send */
	struct dp *dp;
	bool threaded; /* the workers run by themselves */
	unsigned workers;
	int udp500, udp4500[DP_WORKERS_MAX], esp[DP_WORKERS_MAX], tap[DP_WORKERS_MAX];
	struct burst *burst;
	uint64_t cookie;
	bool acked, ack_ok;
	unsigned punts[16]; /* by kind */
	struct dp_punt last[16];
	uint8_t message[16][DP_MESSAGE_MAX];
	unsigned sends, gso_sends; /* os_tx counted at send() */
};

struct kit *kit_new(unsigned workers);
/* Two running workers on the real os, with descriptors that the caller made. */
struct kit *kit_start(const struct os *os, const int udp4500[2], const int tap[2]);
void kit_free(struct kit *k);
void kit_run(struct kit *k); /* until nothing is done any more; takes the punts */
/* The hub again, as a LAN segment, with new queues; nobody is on it. */
void kit_bridge(struct kit *k);
bool kit_cmd(struct kit *k, unsigned worker, struct dp_cmd *c, const void *message);
uint64_t kit_counter(const struct kit *k, const char *name);
struct worker *kit_worker(const struct kit *k, unsigned i);

/* A client number n (from 1) on a worker: peer, SAs, session, neighbour entries. */
void kit_client(struct kit *k, struct client *c, unsigned worker, unsigned n);
void kit_client_free(struct client *c);
bool kit_sa_in(struct kit *k, struct client *c, uint32_t spi);
bool kit_sa_out(struct kit *k, struct client *c, uint32_t spi);
bool kit_session(struct kit *k, struct client *c);
/* An EtherIP port for the client in slot; from now on it speaks that. policy: NULL: none. */
bool kit_port(struct kit *k, struct client *c, uint32_t slot, const struct hub_policy *policy);

/* IPv6 for the client: the /64 number n of KIT_NET6, everywhere. */
bool kit_ip6(struct kit *k, struct client *c, unsigned n);
struct ipv6_addr kit_addr6(const struct client *c, uint64_t iid);

/* Packets of the client; each returns the length of what it wrote. */
size_t kit_ip(uint8_t *p, uint32_t src, uint32_t dst, uint8_t proto, size_t payload_len);
size_t kit_tcp(uint8_t *p, uint32_t src, uint32_t dst, uint32_t seq, uint8_t flags,
	       size_t payload_len);
size_t kit_packet6(uint8_t *p, struct ipv6_addr src, struct ipv6_addr dst, uint8_t proto,
		   size_t payload_len);
size_t kit_tcp6(uint8_t *p, struct ipv6_addr src, struct ipv6_addr dst, uint32_t seq, uint8_t flags,
		size_t payload_len);
/* ip is IPv6 when it says so. */
size_t kit_l2tp(const struct client *c, uint8_t *udp, const void *ip, size_t len);
/* In tunnel mode the inner header in front of len octets at udp, which has room for it. */
size_t kit_wrap(const struct client *c, uint8_t *udp, size_t len);
/* The next header of the client's mode. */
uint8_t kit_next(const struct client *c);
/* The keys that belong to an SPI, and what a command about it says. */
struct dp_cmd kit_sa_cmd(const struct client *c, enum dp_cmd_kind kind, uint32_t spi);
/* An ESP packet around a payload (padding and next header as given: pad_bad breaks it). */
size_t kit_seal(struct kit *k, struct client *c, uint8_t *esp, const void *payload, size_t len,
		uint32_t seq, uint8_t next, bool pad_bad);
/* Sends an IP packet as the client does; run is the caller's. */
void kit_send_ip(struct kit *k, struct client *c, const void *ip, size_t len);
void kit_push(struct kit *k, struct client *c, const void *esp, size_t len);
/* The next ESP packet for the client, decrypted: its UDP datagram; 0: none. */
size_t kit_take_udp(struct kit *k, struct client *c, uint8_t *udp);
/* The same down to the IP packet. */
size_t kit_take_ip(struct kit *k, struct client *c, uint8_t *ip);
/* A frame from the host on the TAP to the client. */
void kit_tap_frame(struct kit *k, unsigned queue, const struct client *c, const struct vnet *v,
		   const void *ip, size_t len);
/* A fuzzer's input as records: an octet that says how long, and so many octets, at least one. */
void kit_each_record(const uint8_t *data, size_t size, void (*push)(const uint8_t *p, size_t len));
/* A whole frame with ARP in it; returns its length. */
size_t kit_arp(uint8_t *frame, uint16_t op, const uint8_t *from, uint32_t from_ip,
	       const uint8_t *to, uint32_t to_ip);
bool kit_checksums_ok(const uint8_t *ip, size_t len);
/* The frame of a super-packet that went to the TAP, its checksum completed as a device would;
 * len: its octets. The caller frees it. NULL: the checksums are wrong then. */
uint8_t *kit_complete(const struct fake_packet *p, size_t *len);
extern const uint8_t kit_tap_mac[6];
