/*
 * The private frames between engine and monitor: one request, one answer, each
 * one SOCK_SEQPACKET message of fixed size on the same machine (host byte
 * order). Descriptors travel beside them (SCM_RIGHTS).
 */
#pragma once

#include "os/priv.h"

#define PRIV_VERSION 3

enum priv_verb {
	PRIV_OPEN_UDP = 1,
	PRIV_OPEN_ESP,
	PRIV_OPEN_TAP,
	PRIV_CLOSE_TAP,
	PRIV_NAT_ON,
	PRIV_NAT_OFF,
	PRIV_READ_CONFIG,
	PRIV_SAVE_CONFIG, /* with one descriptor: a sealed memfd with the text */
	PRIV_OPEN_BRIDGE,
	PRIV_LOOK_BRIDGE,
	PRIV_LIST_BRIDGES,
};

/* A request with types. Only the member of its verb is set. */
struct priv_act {
	enum priv_verb verb;
	union {
		struct priv_udp udp;
		struct {
			struct ip_addr addr;
			uint16_t n;
		} esp;
		struct priv_tap tap;
		char name[PRIV_TAP_NAME]; /* CLOSE_TAP, NAT_OFF */
		struct priv_nat nat;
		struct priv_bridge bridge; /* LOOK_BRIDGE: the interface only */
		uint32_t save_len;
	} u;
};

/* The request on the wire: every field an unsigned number, no padding; fields that
 * the verb does not use are zero. */
struct priv_request {
	uint32_t version;
	uint32_t verb;
	uint32_t ip4;   /* TAP: host_ip; NAT: net */
	uint32_t len;   /* SAVE_CONFIG */
	uint16_t port;  /* UDP */
	uint16_t n;     /* UDP, ESP, TAP and bridge queues */
	uint16_t mtu;   /* TAP */
	uint8_t family; /* UDP, ESP */
	uint8_t steer;  /* UDP */
	uint8_t ip[16]; /* UDP, ESP; TAP: net6 in network order */
	uint8_t name[PRIV_TAP_NAME];
	uint8_t mac[6];
	uint8_t prefix;
	uint8_t prefix6;                  /* TAP */
	uint8_t interface[PRIV_TAP_NAME]; /* bridge */
};

struct priv_answer {
	uint32_t version;
	uint32_t verb;
	uint32_t ok;
	uint32_t n_fds;
	uint32_t index; /* bridge */
	char error[PRIV_ERROR];
};

/* act as a frame. Names must end within their arrays. */
void priv_encode(const struct priv_act *act, struct priv_request *req);

/* A frame of len octets that came with n_fds descriptors. False with a sentence in
 * error (PRIV_ERROR octets) unless it is exactly what priv_encode() makes of some
 * act that passes priv_check(). */
bool priv_decode(const struct priv_request *req, size_t len, unsigned n_fds, struct priv_act *act,
		 char *error);

/* priv_check.c: are the arguments on the closed list? */
bool priv_check(const struct priv_act *act, char *error);
