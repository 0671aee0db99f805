/*
 * call_data: carries user packets between a call's owner and its sockets in bursts that
 * fill the lanes of the multi-buffer ciphers (crypto/burst.h), over lac_seal_begin() and
 * lac_open_begin(). Called by call.c. It never looks into a packet.
 */
#include "call_data.h"

#include <stdlib.h>
#include <string.h>

#define SLOT (LAC_SEAL_FRONT + CALL_PACKET_MAX + LAC_SEAL_BACK)

bool call_data_init(struct call_data *d, struct lac *lac, struct lac_shared *shared,
		    struct net *net)
{
	*d = (struct call_data){.lac = lac, .shared = shared, .net = net};
	d->slots = malloc((size_t)BURST_MAX * SLOT);
	return d->slots != NULL;
}

void call_data_free(struct call_data *d)
{
	free(d->slots);
	d->slots = NULL;
}

/* ---- out ---- */

uint8_t *call_data_slot(struct call_data *d)
{
	return d->slots + d->n_out * SLOT + LAC_SEAL_FRONT;
}

bool call_data_full(const struct call_data *d)
{
	return d->n_out == BURST_MAX;
}

void call_data_filled(struct call_data *d, size_t len)
{
	d->len[d->n_out++] = len;
}

/* Seals what waits; the datagrams that came of it, in order. */
static size_t seal(struct call_data *d, uint64_t now_ms, struct lac_sealed out[BURST_MAX])
{
	struct burst_job jobs[BURST_MAX];
	size_t n_jobs = 0, n = 0;

	for (size_t i = 0; i < d->n_out; i++) {
		uint8_t *packet = d->slots + i * SLOT + LAC_SEAL_FRONT;
		enum lac_seal how =
			lac_seal_begin(d->lac, now_ms, packet, d->len[i], &jobs[n_jobs], &out[n]);

		n_jobs += how == LAC_SEAL_JOB;
		n += how != LAC_SEAL_NO;
	}
	if (n_jobs)
		lac_shared_seal(d->shared, jobs, n_jobs);
	return n;
}

/* Moves the datagrams of a run together: those of one size, and a shorter one behind them.
 * They only move down, into what their predecessors left. Returns how many. */
static size_t gather(struct lac_sealed *s, size_t n, size_t *octets)
{
	size_t size = s[0].len, i = 1;

	*octets = size;
	while (i < n && i < OS_RUN_SEGMENTS && s[i].len <= size &&
	       *octets + s[i].len <= OS_RUN_OCTETS) {
		memmove(s[0].datagram + *octets, s[i].datagram, s[i].len);
		*octets += s[i].len;
		if (s[i++].len < size)
			break;
	}
	return i;
}

static void send_runs(struct call_data *d, struct lac_sealed *s, size_t n)
{
	size_t run, octets;

	for (size_t i = 0; i < n; i += run) {
		run = gather(s + i, n - i, &octets);
		net_send(d->net, s[i].flow, false, (struct bytes){s[i].datagram, octets},
			 run > 1 ? (uint16_t)s[i].len : 0);
	}
}

static void send_esp(struct call_data *d, const struct lac_sealed *s, size_t n)
{
	struct bytes datagram[BURST_MAX];

	for (size_t i = 0; i < n; i++)
		datagram[i] = (struct bytes){s[i].datagram, s[i].len};
	net_send_esp(d->net, s[0].flow, datagram, (unsigned)n);
}

void call_data_send(struct call_data *d, uint64_t now_ms)
{
	struct lac_sealed out[BURST_MAX];
	size_t n = d->n_out ? seal(d, now_ms, out) : 0;

	d->n_out = 0;
	if (n && out[0].raw_esp)
		send_esp(d, out, n);
	else
		send_runs(d, out, n);
}

/* ---- in ---- */

enum call_data_take call_data_take(struct call_data *d, const struct flow *flow, bool raw_esp,
				   uint8_t *datagram, size_t len)
{
	if (d->n_in == BURST_MAX)
		return CALL_DATA_FULL;
	switch (lac_open_begin(d->lac, flow, raw_esp, datagram, len, &d->in[d->n_in])) {
	case LAC_OPEN_NO:
		return CALL_DATA_NO;
	case LAC_OPEN_JOB:
	case LAC_OPEN_READY:
		d->n_in++;
		break;
	}
	return CALL_DATA_KEPT;
}

void call_data_open(struct call_data *d, uint64_t now_ms,
		    void (*packet)(void *ctx, struct bytes ip_packet), void *ctx)
{
	size_t n = d->n_in;
	struct bytes ip;

	d->n_in = 0;
	/* plain L2TP has no SA: what a client gets is of one kind */
	if (n && d->in[0].sa)
		lac_shared_open(d->shared, d->in, n);
	for (size_t i = 0; i < n; i++) {
		if (lac_open_end(d->lac, now_ms, &d->in[i], &ip))
			packet(ctx, ip);
	}
}
