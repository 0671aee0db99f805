/*
 * test_server_rig: a server, scripted clients of it, and what came out of it.
 */
#pragma once

#include "test_kit.h"
#include "wire/be.h"

#define FIRST (KIT_NET + 10)
#define PORT  3

struct server_rig {
	uint64_t now_ms, seed;
	struct timerq timers;
	struct dhcp_server_config cfg;
	struct dhcp_server *s;
	struct dhcp_from from;
	uint32_t in_use; /* an address that another host has */
	/* what came out since the last look */
	unsigned n_sent, n_save, n_drop, n_note, ready;
	uint8_t type;
	struct kit_frame reply;
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct dhcp_lease saved, dropped;
	bool renewed;
	struct note note;
};

extern struct server_rig t;

int fresh(void **state);

int done(void **state);

void open_server(void);

void look(void);

void pass(uint64_t ms);

/* The n-th host of the segment. */
const uint8_t *mac_of(unsigned n);

struct kit_head head(uint8_t type, unsigned host, const char *options);

enum dhcp_drop give(const struct kit_head *h);

enum dhcp_drop ask(uint8_t type, unsigned host, const char *options);

enum dhcp_drop ask_ip(uint8_t type, unsigned host, uint32_t ip, const char *more);

/* DISCOVER and REQUEST; the address. */
uint32_t lease_to(unsigned host);

struct dhcp_server_stats stats(void);

#define T(f) cmocka_unit_test_setup_teardown(f, fresh, done)
