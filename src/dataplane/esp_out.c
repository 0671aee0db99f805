/*
 * esp_out: outbound ESP (RFC 4303 section 3.3) into the peer's current SA: header, IV (a
 * random one for CBC, RFC 3602 section 3; the sequence number for GCM, RFC 4106 section
 * 3.1), in tunnel mode the inner IPv4 header (RFC 4301 section 5.1.2), padding, then a job
 * for the burst and a datagram for tx. The sequence number never goes past 2^32 - 1
 * (section 3.3.3); control hears of it long before. Called by l2tp_out
 * and ethernet_out.
 */
#include "base/secret.h"
#include "crypto/iv_source.h"
#include "wire/esp.h"
#include "worker.h"

#define IV_FILLS_A_SEED 1024  /* half a million IVs */
#define ESP_PAYLOAD_MAX 64900 /* with everything around it below OS_RUN_OCTETS */
#define TUNNEL_TTL      64    /* of an inner header that no router sees */

static void tell_sequence(struct worker *w, struct peer *p)
{
	struct dp_punt punt = {
		.kind = DP_PUNT_SA_SOFT,
		.peer_handle = p->handle,
		.sa_handle = p->out.esp.handle,
	};

	p->out.seq_told = punt_message(w, PUNT_CLASS_EVENT, &punt);
}

static bool next_sequence(struct worker *w, struct peer *p)
{
	if (p->out.seq >= UINT32_MAX) {
		count(w, DROP_SEQ_EXHAUSTED);
		return false;
	}
	p->out.seq++;
	if (p->out.seq >= DP_SEQ_SOFT && !p->out.seq_told)
		tell_sequence(w, p);
	return true;
}

/* IVs by the block, each used once. The generator gets a fresh seed every IV_FILLS_A_SEED
 * blocks; where it fails, the system's random source takes its place. */
static void fill_ivs(struct worker *w)
{
	uint8_t seed[IV_SOURCE_SEED];

	if (w->iv_source && w->iv_fills++ % IV_FILLS_A_SEED == 0) {
		w->os->random(w->os->ctx, seed, sizeof(seed));
		iv_source_seed(w->iv_source, seed);
		secret_zero(seed, sizeof(seed));
	}
	if (!w->iv_source || !iv_source_fill(w->iv_source, w->ivs, sizeof(w->ivs)))
		w->os->random(w->os->ctx, w->ivs, sizeof(w->ivs));
	w->iv_at = 0;
}

static void put_random_iv(struct worker *w, uint8_t *p, size_t len)
{
	if (w->iv_at + len > sizeof(w->ivs))
		fill_ivs(w);
	memcpy(p, w->ivs + w->iv_at, len);
	w->iv_at += len;
}

static void put_iv(struct worker *w, const struct sa_out *out, uint8_t *p)
{
	if (out->esp.iv_is_counter) {
		put_be32(p, (uint32_t)(out->seq >> 32));
		put_be32(p + 4, (uint32_t)out->seq);
	} else {
		put_random_iv(w, p, out->esp.iv_len);
	}
}

static size_t front_len(const struct esp_sa *e)
{
	return (size_t)ESP_HDR + e->iv_len + (e->tunnel ? IPV4_HDR : 0);
}

static bool may_send(struct worker *w, const struct esp_sa *e)
{
	if (e->keys && !life_over_out(e))
		return true;
	count(w, e->keys ? DROP_ESP_LIFE_OUT : DROP_NO_SA_OUT);
	return false;
}

uint8_t *esp_out_begin(struct worker *w, struct peer *p, size_t len)
{
	const struct esp_sa *e = &p->out.esp;
	uint8_t *esp;

	if (!may_send(w, e))
		return NULL;
	esp = len <= ESP_PAYLOAD_MAX
		      ? tx_reserve(w, front_len(e) + len + e->block_len + ESP_TRAILER + e->icv_len)
		      : NULL;
	if (!esp) {
		count(w, DROP_OUT_LONG);
		return NULL;
	}
	if (!next_sequence(w, p))
		return NULL;
	put_be32(esp, e->spi);
	put_be32(esp + 4, (uint32_t)p->out.seq);
	put_iv(w, &p->out, esp + ESP_HDR);
	return esp + front_len(e);
}

void esp_out_end(struct worker *w, struct peer *p, uint8_t *payload, size_t len, uint8_t next)
{
	struct esp_sa *e = &p->out.esp;
	size_t hdr = (size_t)ESP_HDR + e->iv_len;
	uint8_t *esp = payload - front_len(e);
	int fd = w->sources[p->udp_encap ? SOURCE_UDP4500 : SOURCE_ESP].fd;

	if (e->tunnel) {
		len += IPV4_HDR;
		ipv4_put(esp + hdr, (uint16_t)len, TUNNEL_TTL, next, e->tunnel_local,
			 e->tunnel_remote);
		next = ESP_NEXT_IPV4;
	}
	len = esp_pad(esp + hdr, len, e->block_len, next);
	tx_seal_later(w, e->keys, esp, hdr + len);
	tx_commit(w, fd, &p->flow, hdr + len + e->icv_len, p->udp_encap);
	life_count(w, p, e, false, len);
	count(w, COUNT_ESP_OUT);
}
