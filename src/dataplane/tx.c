/*
 * tx: the transmit arena. Datagrams are built behind each other; those of one size
 * to one flow form a run that leaves by one send with UDP_SEGMENT (the last may be
 * shorter). Packets are encrypted in bursts before they leave. Called by esp_out
 * and commands; flushed when the arena is full and at the end of each round.
 */
#include "worker.h"

uint8_t *tx_reserve(struct worker *w, size_t len)
{
	struct tx *tx = &w->tx;

	if (len > TX_ARENA)
		return NULL;
	if (tx->used + len > TX_ARENA || tx->n_runs == TX_RUNS)
		tx_flush(w);
	return tx->arena + tx->used;
}

static bool same_flow(const struct flow *a, const struct flow *b)
{
	return endpoint_eq(&a->remote, &b->remote) && endpoint_eq(&a->local, &b->local);
}

/* The packet stands right behind the last run, so only the numbers grow. */
static bool join(struct tx_run *r, int fd, const struct flow *flow, size_t len)
{
	if (r->closed || r->fd != fd || len > r->size || r->n == OS_RUN_SEGMENTS ||
	    r->len + len > OS_RUN_OCTETS || !same_flow(&r->flow, flow))
		return false;
	r->closed = len < r->size;
	r->len += (uint32_t)len;
	r->n++;
	return true;
}

/* Larger datagrams are fragmented by the kernel, alone. */
static size_t gso_max(const struct flow *flow)
{
	return flow->remote.addr.family == 6 ? TX_GSO_MAX_V6 : TX_GSO_MAX;
}

void tx_commit(struct worker *w, int fd, const struct flow *flow, size_t len, bool may_join)
{
	struct tx *tx = &w->tx;

	w->work++;
	if (!may_join || tx->n_runs == 0 || !join(&tx->runs[tx->n_runs - 1], fd, flow, len))
		tx->runs[tx->n_runs++] = (struct tx_run){
			.fd = fd,
			.closed = !may_join || len > gso_max(flow),
			.size = (uint16_t)len,
			.n = 1,
			.at = tx->used,
			.len = (uint32_t)len,
			.flow = *flow,
		};
	tx->used += (uint32_t)len;
}

static void seal(struct worker *w)
{
	if (w->tx.n_jobs)
		burst_seal(w->burst, w->tx.jobs, w->tx.n_jobs);
	w->tx.n_jobs = 0;
}

void tx_seal_later(struct worker *w, const struct burst_sa *keys, uint8_t *esp, size_t len)
{
	struct tx *tx = &w->tx;

	tx->jobs[tx->n_jobs++] = (struct burst_job){.sa = keys, .esp = esp, .len = (uint32_t)len};
	if (tx->n_jobs == BURST_MAX)
		seal(w);
}

/* Sends the runs from first on that go to the same descriptor; returns how many. */
static unsigned send_some(struct worker *w, unsigned first)
{
	struct os_tx out[OS_BATCH];
	struct tx *tx = &w->tx;
	int fd = tx->runs[first].fd;
	unsigned n = 0, taken = 0;

	while (n < OS_BATCH && first + n < tx->n_runs && tx->runs[first + n].fd == fd) {
		const struct tx_run *r = &tx->runs[first + n];

		out[n++] = (struct os_tx){
			.buf = tx->arena + r->at,
			.len = r->len,
			.gso_size = r->n > 1 ? r->size : 0,
			.flow = r->flow,
		};
	}
	if (fd >= 0)
		taken = w->os->send(w->os->ctx, fd, out, n);
	count_n(w, COUNT_TX_SENDS, taken);
	for (unsigned i = taken; i < n; i++)
		count_n(w, DROP_TX, tx->runs[first + i].n);
	return n;
}

void tx_flush(struct worker *w)
{
	struct tx *tx = &w->tx;

	seal(w);
	for (unsigned at = 0; at < tx->n_runs;)
		at += send_some(w, at);
	tx->n_runs = 0;
	tx->used = 0;
}
