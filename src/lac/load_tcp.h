/*
 * load_tcp: the TCP connection of one client of the load generator (tcp.h): made again when
 * it ends, counted into the thread's counts.
 */
#pragma once

#include "load_traffic.h"

/* NULL: memory. */
struct load_tcp *load_tcp_new(const struct load_traffic *f, const struct load_traffic_options *o,
			      uint64_t now_us);
void load_tcp_free(struct load_tcp *t); /* NULL is harmless */

/* Ends it for good; its reset is in load_tcp_out(). */
void load_tcp_abort(struct load_tcp *t, uint64_t now_us);

size_t load_tcp_out(struct load_traffic *f, const struct load_traffic_options *o,
		    struct load_stats *s, uint64_t now_us, uint8_t *p);
/* True: it was of the connection. */
bool load_tcp_in(struct load_tcp *t, struct load_stats *s, uint64_t now_us, struct bytes packet);
uint64_t load_tcp_next_us(const struct load_tcp *t);
