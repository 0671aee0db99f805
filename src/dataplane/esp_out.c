/*
 * esp_out: outbound ESP (RFC 4303 section 3.3) into the peer's current SA: header,
 * unpredictable IV (RFC 3602 section 3), padding, then a job for the burst and a
 * datagram for tx. The sequence number never goes past 2^32 - 1 (section 3.3.3);
 * control hears of it long before. Called by l2tp_out.
 */
#include "wire/esp.h"
#include "worker.h"

#define ESP_PAYLOAD_MAX 64900 /* with everything around it below TX_RUN_OCTETS */

static void tell_soft(struct worker *w, struct peer *p)
{
	struct dp_punt punt = {
		.kind = DP_PUNT_SA_SOFT,
		.peer_handle = p->handle,
		.sa_handle = p->out.handle,
	};

	p->out.soft_told = punt_message(w, PUNT_CLASS_EVENT, &punt);
}

static bool next_sequence(struct worker *w, struct peer *p)
{
	if (p->out.seq >= UINT32_MAX) {
		count(w, DROP_SEQ_EXHAUSTED);
		return false;
	}
	p->out.seq++;
	if (p->out.seq >= DP_SEQ_SOFT && !p->out.soft_told)
		tell_soft(w, p);
	return true;
}

/* IVs are the random source's octets, taken in blocks; each is used once. */
static void put_iv(struct worker *w, uint8_t *p, size_t len)
{
	if (w->iv_at + len > sizeof(w->ivs)) {
		w->os->random(w->os->ctx, w->ivs, sizeof(w->ivs));
		w->iv_at = 0;
	}
	memcpy(p, w->ivs + w->iv_at, len);
	w->iv_at += len;
}

uint8_t *esp_out_begin(struct worker *w, struct peer *p, size_t len)
{
	size_t hdr = (size_t)ESP_HDR + p->out.iv_len;
	uint8_t *esp;

	if (!p->out.keys) {
		count(w, DROP_NO_SA_OUT);
		return NULL;
	}
	esp = len <= ESP_PAYLOAD_MAX
		      ? tx_reserve(w, hdr + len + p->out.block_len + ESP_TRAILER + p->out.icv_len)
		      : NULL;
	if (!esp) {
		count(w, DROP_OUT_LONG);
		return NULL;
	}
	if (!next_sequence(w, p))
		return NULL;
	put_be32(esp, p->out.spi);
	put_be32(esp + 4, (uint32_t)p->out.seq);
	put_iv(w, esp + ESP_HDR, p->out.iv_len);
	return esp + hdr;
}

void esp_out_end(struct worker *w, struct peer *p, uint8_t *payload, size_t len)
{
	size_t hdr = (size_t)ESP_HDR + p->out.iv_len;
	uint8_t *esp = payload - hdr;
	int fd = w->sources[p->udp_encap ? SOURCE_UDP4500 : SOURCE_ESP].fd;

	len = hdr + esp_pad(payload, len, p->out.block_len, IPV4_UDP);
	tx_seal_later(w, p->out.keys, esp, len);
	tx_commit(w, fd, &p->flow, len + p->out.icv_len, p->udp_encap);
	count(w, COUNT_ESP_OUT);
}
