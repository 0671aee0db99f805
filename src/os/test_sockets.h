/* Sockets of priv_net.c for the tests, and datagrams for them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/os.h"
#include "priv_act.h"
#include "test_net.h"

static uint8_t rx_mem[OS_BATCH][65536];
static uint8_t tx_mem[65536];

static inline unsigned rx_from(int fd, struct os_rx *rx)
{
	const struct os *os = os_linux();

	for (unsigned i = 0; i < OS_BATCH; i++)
		rx[i] = (struct os_rx){.buf = rx_mem[i], .cap = sizeof(rx_mem[i])};
	return os->recv(os->ctx, fd, rx, OS_BATCH);
}

/* Sockets of a group on a free port. */
static inline uint16_t open_group(struct priv_result *r, uint16_t n, bool steer)
{
	struct priv_udp req = {.n = n, .steer_by_spi = steer};

	for (req.port = 41000; req.port < 42000; req.port++) {
		memset(r, 0, sizeof(*r));
		if (priv_net_open_udp(&req, r))
			return req.port;
	}
	fail_msg("no free port: %s", r->error);
	return 0;
}

static inline struct os_tx tx_to(const char *to, uint16_t port, size_t len, uint16_t gso_size)
{
	struct os_tx tx = {.buf = tx_mem, .len = len, .gso_size = gso_size};

	tx.flow.remote = (struct endpoint){ip_of(to), port};
	return tx;
}

static inline void fill_tx(void)
{
	for (size_t i = 0; i < sizeof(tx_mem); i++)
		tx_mem[i] = (uint8_t)(i * 7 + (i >> 8));
}
