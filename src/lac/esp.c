/*
 * esp: seals and opens packets of the client's SAs (RFC 4303 transport mode, RFC
 * 3948 leaves the packet as it is). Called by glue.c and lac.c. Never sends.
 */
#include "esp.h"

#include <string.h>

#include "base/secret.h"
#include "base/wr.h"
#include "wire/esp.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

bool esp_init(struct esp *e)
{
	*e = (struct esp){.burst = burst_new(BURST_LIBCRYPTO)};
	return e->burst != NULL;
}

static void pair_free(struct esp_pair *p)
{
	if (p->in)
		burst_sa_free(p->in);
	if (p->out)
		burst_sa_free(p->out);
	*p = (struct esp_pair){0};
}

void esp_wipe(struct esp *e)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++)
		pair_free(&e->pairs[i]);
	secret_zero(e->in, sizeof(e->in));
	secret_zero(e->out, sizeof(e->out));
}

void esp_free(struct esp *e)
{
	esp_wipe(e);
	if (e->burst)
		burst_free(e->burst);
}

static struct esp_pair *by_id(struct esp *e, ike_child_id id)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		if (e->pairs[i].id == id)
			return &e->pairs[i];
	}
	return NULL;
}

static struct esp_pair *by_spi(struct esp *e, uint32_t spi_in)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		if (e->pairs[i].id && e->pairs[i].spi_in == spi_in)
			return &e->pairs[i];
	}
	return NULL;
}

bool esp_has_spi(const struct esp *e, uint32_t spi_in)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		if (e->pairs[i].id && e->pairs[i].spi_in == spi_in)
			return true;
	}
	return false;
}

bool esp_add(struct esp *e, ike_child_id id, const struct ike_child *keys)
{
	struct esp_pair *p = by_id(e, 0);

	if (!p || keys->tunnel)
		return false;
	p->in = burst_sa_new(&keys->alg, BURST_OPEN, keys->in_enc, keys->in_auth);
	p->out = burst_sa_new(&keys->alg, BURST_SEAL, keys->out_enc, keys->out_auth);
	if (!p->in || !p->out) {
		pair_free(p);
		return false;
	}
	p->id = id;
	p->udp_encap = keys->udp_encap;
	p->spi_in = keys->spi_in;
	p->spi_out = keys->spi_out;
	p->alg = keys->alg;
	p->serial = ++e->serial;
	p->life_kb = keys->life_kb;
	return true;
}

void esp_up(struct esp *e, ike_child_id id)
{
	struct esp_pair *p = by_id(e, id);

	if (p)
		p->up = true;
}

void esp_del(struct esp *e, ike_child_id id)
{
	struct esp_pair *p = by_id(e, id);

	if (p)
		pair_free(p);
}

struct esp_pair *esp_sender(struct esp *e)
{
	struct esp_pair *newest = NULL;

	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		struct esp_pair *p = &e->pairs[i];

		if (p->id && p->up && (!newest || p->serial > newest->serial))
			newest = p;
	}
	return newest;
}

/* ---- out ---- */

struct bytes esp_seal_udp(struct esp *e, struct esp_pair *p, uint16_t src_port, uint16_t dst_port,
			  struct bytes payload, uint8_t random_iv[16])
{
	struct wr w = wr_of(e->out, sizeof(e->out));
	size_t icv = burst_icv_len(&p->alg), block = burst_block_len(&p->alg);
	struct burst_job job = {.sa = p->out, .esp = e->out};
	size_t at, inner = UDP_HDR + payload.len;
	uint8_t *udp;

	if (p->seq == UINT32_MAX || payload.len > UINT16_MAX - UDP_HDR)
		return (struct bytes){NULL, 0};
	wr_u32(&w, p->spi_out);
	wr_u32(&w, p->seq + 1);
	wr_copy(&w, random_iv, burst_iv_len(&p->alg));
	at = w.len;
	udp = wr_reserve(&w, UDP_HDR);
	wr_bytes(&w, payload);
	wr_zero(&w, block + ESP_TRAILER + icv);
	if (!wr_ok(&w))
		return (struct bytes){NULL, 0};
	udp_put(udp, src_port, dst_port, (uint16_t)inner);
	job.len = (uint32_t)(at + esp_pad(udp, inner, block, IPV4_UDP));
	burst_seal(e->burst, &job, 1);
	p->seq++;
	p->octets += job.len;
	return (struct bytes){e->out, job.len + icv};
}

/* ---- in ---- */

static bool replayed(const struct esp_pair *p, uint32_t seq)
{
	if (seq == 0)
		return true;
	if (seq > p->top)
		return false;
	return p->top - seq >= 64 || (p->seen >> (p->top - seq) & 1);
}

static void remember(struct esp_pair *p, uint32_t seq)
{
	if (seq > p->top) {
		p->seen = seq - p->top >= 64 ? 0 : p->seen << (seq - p->top);
		p->top = seq;
	}
	p->seen |= UINT64_C(1) << (p->top - seq);
}

/* The plaintext behind the IV of an authentic packet, in e->in. */
static enum lac_drop open_packet(struct esp *e, struct bytes packet, struct bytes *plain)
{
	struct rd r = rd_of_bytes(packet);
	uint32_t spi = rd_u32(&r), seq = rd_u32(&r);
	struct burst_job job = {.esp = e->in};
	struct esp_pair *p;
	size_t head, icv;

	if (!rd_ok(&r))
		return LAC_DROP_SHORT;
	if (packet.len > sizeof(e->in))
		return LAC_DROP_LONG;
	p = by_spi(e, spi);
	if (!p)
		return LAC_DROP_SPI;
	head = ESP_HDR + burst_iv_len(&p->alg);
	icv = burst_icv_len(&p->alg);
	if (packet.len < head + icv + burst_block_len(&p->alg))
		return LAC_DROP_SHORT;
	if (replayed(p, seq))
		return LAC_DROP_REPLAY;
	memcpy(e->in, packet.p, packet.len);
	job.sa = p->in;
	job.len = (uint32_t)(packet.len - icv);
	burst_open(e->burst, &job, 1);
	if (!job.ok)
		return LAC_DROP_ICV;
	remember(p, seq);
	p->octets += packet.len;
	*plain = (struct bytes){e->in + head, packet.len - icv - head};
	return LAC_DROP_NONE;
}

enum lac_drop esp_open_udp(struct esp *e, struct bytes packet, uint16_t *src_port,
			   uint16_t *dst_port, struct bytes *payload)
{
	enum lac_drop bad;
	struct bytes plain;
	struct udp udp;
	size_t len;
	uint8_t next;

	bad = open_packet(e, packet, &plain);
	if (bad)
		return bad;
	if (esp_unpad(plain.p, plain.len, &len, &next) != ESP_TRAILER_OK)
		return LAC_DROP_PADDING;
	if (next != IPV4_UDP)
		return LAC_DROP_NEXT;
	if (!udp_parse(plain.p, len, &udp))
		return LAC_DROP_SHORT;
	*src_port = udp.src_port;
	*dst_port = udp.dst_port;
	*payload = (struct bytes){plain.p + UDP_HDR, udp.len - UDP_HDR};
	return LAC_DROP_NONE;
}
