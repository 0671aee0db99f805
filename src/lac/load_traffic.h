/*
 * load_traffic: what a client of the load generator sends through its tunnel and what it
 * makes of the answers: UDP, TCP, pings. Knows clients by their addresses only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "load_stats.h"
#include "tcp.h"

enum load_kind { LOAD_NONE, LOAD_UDP, LOAD_TCP };
enum load_direction { LOAD_UP, LOAD_DOWN, LOAD_BOTH, LOAD_ECHO };

struct load_traffic_options {
	enum load_kind kind;
	enum load_direction direction;
	unsigned size;      /* octets of an IP packet */
	unsigned pps;       /* UDP packets a second of one client */
	unsigned ping_s;    /* between two pings; 0: none */
	uint32_t target_ip; /* host order; 0: the other end of the PPP link */
	uint16_t target_port;
};

/* Acts that come so many times a second, however late the clock is looked at. */
struct load_pace {
	uint64_t begin_us;
	uint64_t done;
	unsigned per_s; /* 0: no limit */
};

void load_pace_begin(struct load_pace *p, uint64_t now_us, unsigned per_s);
/* How many are due; at most most. */
unsigned load_pace_due(const struct load_pace *p, uint64_t now_us, unsigned most);
void load_pace_did(struct load_pace *p, unsigned n);
/* What was missed for more than slack_us is not made up for. */
void load_pace_forgive(struct load_pace *p, uint64_t now_us, uint64_t slack_us);
uint64_t load_pace_next_us(const struct load_pace *p); /* when the next one is due */

struct load_tcp;

struct load_traffic {
	bool runs;
	uint32_t local_ip, peer_ip, target_ip;
	uint16_t size;
	/* UDP */
	struct load_pace pace;
	uint32_t udp_seq, udp_top; /* the next to send, the greatest that came back */
	/* TCP */
	struct load_tcp *tcp; /* NULL: none */
	/* pings */
	uint16_t ping_seq;
	bool ping_out;
	uint64_t ping_us, ping_next_us;
};

/* Begins with the addresses that PPP gave; number makes clients begin at different times. */
void load_traffic_begin(struct load_traffic *f, const struct load_traffic_options *o,
			const struct ppp_up *up, uint32_t number, uint64_t now_us);

/* No packet more; what is on its way back still counts. A TCP connection says so once:
 * take load_traffic_out() until it is 0. */
void load_traffic_end(struct load_traffic *f, uint64_t now_us);

/* Forgets all; harmless when it never began. */
void load_traffic_free(struct load_traffic *f);

#define LOAD_PACKET_MAX 1500
#define LOAD_UDP_DATA   16 /* octets of mark, number and time in a datagram */

/* The next packet to leave now, to p (LOAD_PACKET_MAX octets); its length, 0: none for now. */
size_t load_traffic_out(struct load_traffic *f, const struct load_traffic_options *o,
			struct load_stats *s, uint64_t now_us, uint8_t *p);

/* A packet came; answers wait in load_traffic_out(). */
void load_traffic_in(struct load_traffic *f, const struct load_traffic_options *o,
		     struct load_stats *s, uint64_t now_us, struct bytes packet);

/* When load_traffic_out() is to be asked again; UINT64_MAX: when something came. */
uint64_t load_traffic_next_us(const struct load_traffic *f, const struct load_traffic_options *o);
