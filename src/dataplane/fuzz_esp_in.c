/*
 * fuzz_esp_in: what stands behind the crypto. The input is cut into payloads (a
 * length octet in front of each); every one is sealed into a valid ESP packet of a
 * client, so that padding, UDP, L2TP, PPP and IPv4 are reached. The first octet of
 * a payload chooses: padding by us (even) or the payload's own trailer (odd).
 */
#include <stdlib.h>
#include <string.h>

#include "test_kit.h"
#include "wire/esp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The payload's last two octets are the trailer; filled up in front to a whole block. */
static size_t seal_raw(struct kit *k, struct client *c, uint8_t *esp, const uint8_t *p, size_t len,
		       uint32_t seq)
{
	size_t hdr = ESP_HDR + 16, fill = (16 - len % 16) % 16;
	struct burst_job job = {.sa = c->seal, .esp = esp};

	if (len == 0)
		fill = 16;
	put_be32(esp, c->spi_in);
	put_be32(esp + 4, seq);
	memset(esp + ESP_HDR, 3, 16);
	memset(esp + hdr, 0, fill);
	memcpy(esp + hdr + fill, p, len);
	job.len = (uint32_t)(hdr + fill + len);
	burst_seal(k->burst, &job, 1);
	return job.len + burst_icv_len(&c->alg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kit *k;
	static struct client a, b;
	uint8_t esp[600];

	if (!k) {
		k = kit_new(2);
		kit_client(k, &a, 0, 1);
		kit_client(k, &b, 1, 2);
	}
	while (size >= 2) {
		size_t len = data[0] < size - 1 ? data[0] : size - 1;
		const uint8_t *p = data + 1;
		bool raw = len && p[0] & 1;

		if (len && raw)
			kit_push(k, &a, esp, seal_raw(k, &a, esp, p + 1, len - 1, ++a.seq));
		else if (len)
			kit_push(k, &a, esp,
				 kit_seal(k, &a, esp, p + 1, len - 1, ++a.seq, IPV4_UDP, false));
		if (a.seq >= UINT32_MAX - 300)
			return 0;
		data += 1 + len;
		size -= 1 + len;
	}
	fake_advance(k->fake, 300);
	kit_run(k);
	for (unsigned i = 0; i < 2; i++) {
		while (fake_take(k->fake, k->tap[i]))
			;
	}
	while (fake_take(k->fake, FAKE_ANY))
		;
	return 0;
}
