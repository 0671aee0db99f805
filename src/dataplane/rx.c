/*
 * rx: reads the sockets, cuts GRO batches into datagrams and sorts them: ISAKMP
 * (port 500, or port 4500 behind the non-ESP marker), NAT keepalives and ESP (RFC
 * 3948 section 2), ESP of another worker to that worker. First node of the way in.
 * Never answers: what it does not know is counted and gone.
 */
#include "wire/esp.h"
#include "worker.h"

#define ISAKMP_HDR 28 /* RFC 2408 section 3.1 */

static void rx_isakmp(struct worker *w, const uint8_t *message, size_t len, const struct flow *flow,
		      bool natt)
{
	struct dp_punt p = {
		.kind = DP_PUNT_ISAKMP,
		.flow = *flow,
		.natt = natt,
		.message = message,
		.len = (uint32_t)len,
	};

	if (len < ISAKMP_HDR)
		count(w, DROP_RX_SHORT);
	else if (len > DP_MESSAGE_MAX)
		count(w, DROP_RX_LONG);
	else
		punt_isakmp(w, &p);
}

static void rx_esp(struct worker *w, uint8_t *esp, size_t len, const struct flow *flow,
		   bool udp_encap)
{
	unsigned owner;

	if (len < ESP_HDR) {
		count(w, DROP_ESP_SHORT);
		return;
	}
	owner = dp_owner(w, be32(esp));
	if (owner == w->index)
		esp_in(w, esp, len, flow, udp_encap);
	else
		handoff_esp(w, owner, esp, len, flow, udp_encap);
}

static void rx_4500(struct worker *w, uint8_t *p, size_t len, const struct flow *flow)
{
	if (len == 1 && p[0] == NATT_KEEPALIVE)
		count(w, COUNT_RX_KEEPALIVE);
	else if (len < NATT_MARKER)
		count(w, DROP_RX_SHORT);
	else if (be32(p) == 0)
		rx_isakmp(w, p + NATT_MARKER, len - NATT_MARKER, flow, true);
	else
		rx_esp(w, p, len, flow, true);
}

static void rx_datagram(struct worker *w, enum source_kind kind, uint8_t *p, size_t len,
			const struct flow *flow)
{
	count(w, COUNT_RX_DATAGRAMS);
	if (kind == SOURCE_UDP4500)
		rx_4500(w, p, len, flow);
	else if (kind == SOURCE_ESP)
		rx_esp(w, p, len, flow, false);
	else
		rx_isakmp(w, p, len, flow, false);
}

/* One receive may hold many datagrams of gro_size octets, the last shorter. */
static void rx_cut(struct worker *w, enum source_kind kind, const struct os_rx *rx)
{
	uint8_t *p = rx->buf + rx->offset;
	size_t at = 0, size = rx->gro_size ? rx->gro_size : rx->len;

	do {
		size_t len = rx->len - at < size ? rx->len - at : size;

		rx_datagram(w, kind, p + at, len, &rx->flow);
		at += len;
	} while (at < rx->len);
}

void rx_socket(struct worker *w, const struct source *s)
{
	for (unsigned calls = 0; calls < RX_CALLS_MAX; calls++) {
		unsigned n;

		for (unsigned i = 0; i < RX_BATCH; i++)
			w->rx[i] = (struct os_rx){
				.buf = w->rx_mem + (size_t)i * RX_BUF,
				.cap = RX_BUF,
			};
		n = w->os->recv(w->os->ctx, s->fd, w->rx, RX_BATCH);
		for (unsigned i = 0; i < n; i++)
			rx_cut(w, s->kind, &w->rx[i]);
		w->work += n;
		/* what waits points into the buffers that the next receive fills */
		esp_in_flush(w);
		tap_out_flush(w);
		if (n < RX_BATCH)
			break;
	}
}
