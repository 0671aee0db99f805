/*
 * fuzz_tap_in: frames from the TAP. The first octet's bits choose: whose port the
 * destination becomes (else the input's own), by IPv4 or IPv6, and whether the IP header
 * is made to fit (version, length), so that segmentation and checksums are reached. Then
 * the virtio header and the frame, repeated to a length from the second octet.
 * Whatever leaves is decrypted and must be a packet within the session's MTU.
 */
#include <stdlib.h>
#include <string.h>

#include "test_kit.h"
#include "wire/eth.h"

#define FIT    1
#define TO_A   2
#define TO_B   4
#define DIRECT 8 /* checksum complete, no segmentation: the vnet header is zeroed */
#define V6     16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* To the hub's MAC, as the kernel's route sends it; or the port's. */
static void fit6(const struct client *c, uint8_t *frame, unsigned how, size_t len)
{
	if (len < ETH_HDR + IPV6_HDR)
		return;
	put_be16(frame + 12, ETH_TYPE_IPV6);
	if (how & TO_A)
		dp_hub_mac(KIT_HUB, frame);
	if (how & (TO_A | TO_B))
		put_be32(frame + ETH_HDR + IPV6_DST, (uint32_t)(c->prefix6 >> 32));
	if (how & (TO_A | TO_B))
		put_be32(frame + ETH_HDR + IPV6_DST + 4, (uint32_t)c->prefix6);
	if (how & FIT) {
		frame[ETH_HDR] = (uint8_t)(0x60 | frame[ETH_HDR] % 16);
		put_be16(frame + ETH_HDR + IPV6_LEN, (uint16_t)(len - ETH_HDR - IPV6_HDR));
	}
}

static size_t build(const struct client *c, uint8_t *frame, const uint8_t *data, size_t size,
		    unsigned how, size_t len)
{
	if (size == 0)
		return 0;
	if (len < size)
		len = size;
	for (size_t at = 0; at < len; at += size)
		memcpy(frame + at, data, len - at < size ? len - at : size);
	if (how & (TO_A | TO_B) && len >= ETH_HDR) {
		dp_session_mac(KIT_MACHINE, c->worker, c->slot, frame);
		put_be16(frame + 12, ETH_TYPE_IPV4);
	}
	if (how & V6) {
		fit6(c, frame, how, len);
		return len;
	}
	if (how & FIT && len >= ETH_HDR + IPV4_HDR) {
		frame[ETH_HDR] = (uint8_t)(0x45 + frame[ETH_HDR] % 3);
		put_be16(frame + ETH_HDR + 2, (uint16_t)(len - ETH_HDR));
	}
	return len;
}

static void check(struct kit *k, struct client *c)
{
	uint8_t ip[1600];
	size_t len;

	while ((len = kit_take_ip(k, c, ip))) {
		if (len > c->mtu)
			abort();
		if (ip[0] >> 4 == 6 && ipv6_addr_get(ip + IPV6_DST).prefix != c->prefix6)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kit *k;
	static struct client a, b;
	static uint8_t frame[70000];
	uint8_t vnet[VNET_HDR] = {0};
	size_t len;

	if (!k) {
		k = kit_new(2);
		kit_client(k, &a, 0, 1);
		kit_client(k, &b, 1, 2);
		if (!kit_ip6(k, &a, 1) || !kit_ip6(k, &b, 2))
			abort();
	}
	if (size < 2 + VNET_HDR || size > 4096)
		return 0;
	if (!(data[0] & DIRECT))
		memcpy(vnet, data + 2, VNET_HDR);
	len = build(data[0] & TO_B ? &b : &a, frame, data + 2 + VNET_HDR, size - 2 - VNET_HDR,
		    data[0], (size_t)data[1] * 256);
	if (len == 0)
		return 0;
	/* the sequence number is free for ever: the keys are not secret here */
	kit_worker(k, 0)->peers[a.slot].out.seq = 0;
	kit_worker(k, 1)->peers[b.slot].out.seq = 0;
	fake_tap_push(k->fake, k->tap[0], vnet, frame, len < 65500 ? len : 65500);
	fake_advance(k->fake, 10);
	kit_run(k);
	check(k, &a);
	check(k, &b);
	for (unsigned i = 0; i < 2; i++) {
		while (fake_take(k->fake, k->tap[i]))
			;
	}
	return 0;
}
