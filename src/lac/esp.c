/*
 * esp: packets of the client's SAs, before and after the sums (RFC 4303 transport
 * mode; RFC 3948 leaves the packet as it is). Called by glue.c, data.c and lac.c. Never
 * sends, and copies nothing.
 */
#include "esp.h"

#include <stdlib.h>
#include <string.h>

#include "wire/esp.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

void esp_yard_sweep(struct esp_yard *y)
{
	while (y->dead && y->jobs == 0) {
		struct esp_keys *k = y->dead;

		y->dead = k->next;
		burst_forget(y->burst, k->in);
		burst_forget(y->burst, k->out);
		burst_sa_free(k->in);
		burst_sa_free(k->out);
		free(k);
	}
}

static void bury(struct esp *e, struct esp_keys *keys)
{
	if (!keys)
		return;
	keys->next = e->yard->dead;
	e->yard->dead = keys;
	esp_yard_sweep(e->yard);
}

static void pair_free(struct esp *e, struct esp_pair *p)
{
	bury(e, p->keys);
	*p = (struct esp_pair){0};
}

static void choose_sender(struct esp *e)
{
	e->sender = NULL;
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		struct esp_pair *p = &e->pairs[i];

		if (p->id && p->up && (!e->sender || p->serial > e->sender->serial))
			e->sender = p;
	}
}

void esp_wipe(struct esp *e)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++)
		pair_free(e, &e->pairs[i]);
	e->sender = NULL;
}

static struct esp_pair *by_id(struct esp *e, ike_child_id id)
{
	for (unsigned i = 0; i < ESP_PAIRS_MAX; i++) {
		if (e->pairs[i].id == id)
			return &e->pairs[i];
	}
	return NULL;
}

/* Its place in pairs; ESP_PAIRS_MAX: none. */
static unsigned by_spi(const struct esp *e, uint32_t spi_in)
{
	unsigned i = 0;

	while (i < ESP_PAIRS_MAX && (e->pairs[i].spi_in != spi_in || !e->pairs[i].id))
		i++;
	return i;
}

bool esp_has_spi(const struct esp *e, uint32_t spi_in)
{
	return by_spi(e, spi_in) != ESP_PAIRS_MAX;
}

bool esp_add(struct esp *e, ike_child_id id, const struct ike_child *keys)
{
	struct esp_pair *p = by_id(e, 0);

	if (!p || keys->tunnel)
		return false;
	p->keys = calloc(1, sizeof(*p->keys));
	if (!p->keys)
		return false;
	p->keys->in = burst_sa_new(&keys->alg, BURST_OPEN, keys->in_enc, keys->in_auth);
	p->keys->out = burst_sa_new(&keys->alg, BURST_SEAL, keys->out_enc, keys->out_auth);
	if (!p->keys->in || !p->keys->out) {
		pair_free(e, p);
		return false;
	}
	p->id = id;
	p->udp_encap = keys->udp_encap;
	p->spi_in = keys->spi_in;
	p->spi_out = keys->spi_out;
	p->alg = keys->alg;
	p->iv_len = (uint8_t)burst_iv_len(&p->alg);
	p->icv_len = (uint8_t)burst_icv_len(&p->alg);
	p->block_len = (uint8_t)burst_block_len(&p->alg);
	p->iv_is_counter = burst_iv_is_counter(&p->alg);
	p->serial = ++e->serial;
	p->life_kb = keys->life_kb;
	p->wears = p->life_kb ? (uint64_t)p->life_kb * 1024 * 9 / 10 : UINT64_MAX;
	return true;
}

void esp_up(struct esp *e, ike_child_id id)
{
	struct esp_pair *p = by_id(e, id);

	if (p)
		p->up = true;
	choose_sender(e);
}

void esp_del(struct esp *e, ike_child_id id)
{
	struct esp_pair *p = by_id(e, id);

	if (p)
		pair_free(e, p);
	choose_sender(e);
}

/* ---- out ---- */

static void put_iv(const struct esp_pair *p, const uint8_t *iv, uint8_t *to)
{
	if (p->iv_is_counter) {
		put_be32(to, 0);
		put_be32(to + 4, p->seq);
	} else {
		memcpy(to, iv, p->iv_len);
	}
}

bool esp_seal_begin(struct esp_pair *p, uint16_t src_port, uint16_t dst_port, const uint8_t *iv,
		    uint8_t *payload, size_t len, struct burst_job *job)
{
	uint8_t *udp = payload - UDP_HDR, *esp = udp - p->iv_len - ESP_HDR;
	size_t inner = UDP_HDR + len;

	if (p->seq == UINT32_MAX)
		return false;
	p->seq++;
	put_be32(esp, p->spi_out);
	put_be32(esp + 4, p->seq);
	put_iv(p, iv, esp + ESP_HDR);
	udp_put(udp, src_port, dst_port, (uint16_t)inner);
	inner = esp_pad(udp, inner, p->block_len, IPV4_UDP);
	job->sa = p->keys->out;
	job->esp = esp;
	job->len = (uint32_t)(ESP_HDR + p->iv_len + inner);
	job->ok = false;
	p->octets += job->len;
	return true;
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

enum lac_drop esp_open_begin(const struct esp *e, uint8_t *packet, size_t len,
			     struct burst_job *job)
{
	const struct esp_pair *p;
	unsigned place;

	if (len < ESP_HDR)
		return LAC_DROP_SHORT;
	place = by_spi(e, be32(packet));
	if (place == ESP_PAIRS_MAX)
		return LAC_DROP_SPI;
	p = &e->pairs[place];
	if (len < (size_t)ESP_HDR + p->iv_len + p->icv_len + p->block_len)
		return LAC_DROP_SHORT;
	if (len > BURST_LEN_MAX)
		return LAC_DROP_LONG;
	if (replayed(p, be32(packet + 4)))
		return LAC_DROP_REPLAY;
	job->sa = p->keys->in;
	job->esp = packet;
	job->len = (uint32_t)(len - p->icv_len);
	job->ok = false;
	return LAC_DROP_NONE;
}

static enum lac_drop inner_udp(const uint8_t *plain, size_t len, uint16_t *src_port,
			       uint16_t *dst_port, struct bytes *payload)
{
	struct udp udp;
	uint8_t next;

	if (esp_unpad(plain, len, &len, &next) != ESP_TRAILER_OK)
		return LAC_DROP_PADDING;
	if (next != IPV4_UDP)
		return LAC_DROP_NEXT;
	if (!udp_parse(plain, len, &udp))
		return LAC_DROP_SHORT;
	*src_port = udp.src_port;
	*dst_port = udp.dst_port;
	*payload = (struct bytes){plain + UDP_HDR, (size_t)udp.len - UDP_HDR};
	return LAC_DROP_NONE;
}

enum lac_drop esp_open_end(struct esp *e, const struct burst_job *job, uint16_t *src_port,
			   uint16_t *dst_port, struct bytes *payload)
{
	unsigned place = by_spi(e, be32(job->esp));
	uint32_t seq = be32(job->esp + 4);
	struct esp_pair *p;
	size_t head;

	/* gone meanwhile */
	if (place == ESP_PAIRS_MAX || e->pairs[place].keys->in != job->sa)
		return LAC_DROP_SPI;
	p = &e->pairs[place];
	if (!job->ok)
		return LAC_DROP_ICV;
	/* a copy of it may have come in the same burst */
	if (replayed(p, seq))
		return LAC_DROP_REPLAY;
	remember(p, seq);
	p->octets += job->len + p->icv_len;
	head = (size_t)ESP_HDR + p->iv_len;
	return inner_udp(job->esp + head, job->len - head, src_port, dst_port, payload);
}
