/*
 * fuzz_esp_in: what stands behind the crypto, and the gates before it. The input is cut
 * into payloads (a length octet in front of each). The first octet of a payload chooses:
 * bit 0 padding by us or the payload's own trailer, bits 1 to 3 the SA (see `rows`); the
 * payload is sealed into a valid ESP packet, so that padding, inner IPv4, UDP, L2TP, PPP
 * and IP are reached, or pushed as it is behind the SPI. Each input begins with new SAs.
 * What comes out of the TAP must have the client's own addresses as source.
 */
#include <stdlib.h>
#include <string.h>

#include "test_kit.h"
#include "wire/esp.h"
#include "wire/eth.h"

#define CLIENT UINT32_C(0xc0a80202)
#define SERVER UINT32_C(0xc0000201)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How the packets of a choice are made. */
enum form { FORM_SEALED, FORM_WRAPPED, FORM_RAW };

static const struct row {
	struct burst_alg does, agreed;
	bool tunnel;
	enum form form;
	uint32_t hard_kb;
} rows[8] = {
	{.does = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}},
	{.does = {BURST_AES_GCM16, 16, BURST_AUTH_NONE}},
	{.does = {BURST_AES_CBC, 16, BURST_HMAC_SHA512_256}, .tunnel = true},
	{.does = {BURST_AES_GCM16, 32, BURST_AUTH_NONE}, .tunnel = true, .form = FORM_WRAPPED},
	{.does = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_96},
	 .agreed = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}},
	{.does = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, .form = FORM_RAW},
	{.does = {BURST_3DES_CBC, 24, BURST_HMAC_SHA384_192}},
	{.does = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, .hard_kb = 1},
};

static struct kit *k;
static struct client a, b, sas[8];

/* The payload's last two octets are the trailer; filled up in front to a whole block. */
static size_t seal_raw(struct client *c, uint8_t *esp, const uint8_t *p, size_t len)
{
	size_t hdr = ESP_HDR + burst_iv_len(&c->alg), block = burst_block_len(&c->alg);
	size_t fill = len ? (block - len % block) % block : block;
	struct burst_job job = {.sa = c->seal, .esp = esp};

	put_be32(esp, c->spi_in);
	put_be32(esp + 4, ++c->seq);
	memset(esp + ESP_HDR, 3, hdr - ESP_HDR);
	memset(esp + hdr, 0, fill);
	memcpy(esp + hdr + fill, p, len);
	job.len = (uint32_t)(hdr + fill + len);
	burst_seal(k->burst, &job, 1);
	return job.len + burst_icv_len(&c->alg);
}

static void new_sas(void)
{
	for (unsigned i = 0; i < 8; i++) {
		struct dp_cmd del = {.kind = DP_CMD_SA_IN_DEL};
		uint32_t spi = 0x5000 + i * 16;
		struct burst_sa *seal = sas[i].seal;

		del.u.sa_del.spi = spi;
		kit_cmd(k, 0, &del, NULL);
		sas[i] = a;
		sas[i].seal = seal;
		sas[i].open = NULL;
		sas[i].alg = rows[i].does;
		sas[i].agreed = rows[i].agreed;
		sas[i].tunnel = rows[i].tunnel;
		sas[i].tunnel_ip = CLIENT;
		sas[i].server_ip = SERVER;
		sas[i].hard_kb = rows[i].hard_kb;
		if (!kit_sa_in(k, &sas[i], spi))
			abort();
	}
}

static void push(const uint8_t *p, size_t len)
{
	const struct row *row = &rows[p[0] >> 1 & 7];
	struct client *c = &sas[p[0] >> 1 & 7];
	uint8_t esp[700], inner[400];
	size_t n = len - 1;

	memcpy(inner, p + 1, n);
	if (row->form == FORM_WRAPPED)
		n = kit_wrap(c, inner, n);
	if (row->form == FORM_RAW) {
		put_be32(esp, c->spi_in);
		memcpy(esp + 4, inner, n);
		n += 4;
	} else if (p[0] & 1) {
		n = seal_raw(c, esp, inner, n);
	} else {
		n = kit_seal(k, c, esp, inner, n, ++c->seq, kit_next(c), false);
	}
	kit_push(k, c, esp, n);
}

/* H-25, H-27: only IP, only from the session's addresses. */
static void check(const struct fake_packet *p)
{
	const uint8_t *frame = p->p + VNET_HDR, *packet = frame + ETH_HDR;
	uint16_t type = be16(frame + 12);

	if (p->len < VNET_HDR + ETH_HDR + IPV4_HDR ||
	    (type != ETH_TYPE_IPV4 && type != ETH_TYPE_IPV6))
		abort();
	if (type == ETH_TYPE_IPV4 && be32(packet + 12) != a.ip)
		abort();
	if (type == ETH_TYPE_IPV6 &&
	    (ipv6_addr_get(packet + IPV6_SRC).prefix != a.prefix6 || packet[IPV6_DST] == 0xff))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fake_packet *p;

	if (!k) {
		k = kit_new(2);
		kit_client(k, &a, 0, 1);
		kit_client(k, &b, 1, 2);
		if (!kit_ip6(k, &a, 1) || !kit_ip6(k, &b, 2))
			abort();
	}
	new_sas();
	kit_each_record(data, size, push);
	fake_advance(k->fake, 300);
	kit_run(k);
	for (unsigned i = 0; i < 2; i++) {
		while ((p = fake_take(k->fake, k->tap[i])))
			check(p);
	}
	while (fake_take(k->fake, FAKE_ANY))
		;
	return 0;
}
