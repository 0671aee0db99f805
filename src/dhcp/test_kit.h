/*
 * test_kit: what the tests of client and server share: a seeded random source, frames from and
 * to hex, options of a frame, virtual time.
 */
#pragma once

#include "dhcp/client.h"
#include "dhcp/options.h"
#include "dhcp/packet.h"
#include "dhcp/server.h"

#define KIT_SERVER_IP 0xc0a81e01 /* 192.168.30.1 */
#define KIT_NET       0xc0a81e00

extern const uint8_t kit_client_mac[6]; /* ca:01:02:03:04:05 */
extern const uint8_t kit_server_mac[6]; /* 5e:00:00:00:1e:01 */

/* Octets from a seed, the same each time; ctx: uint64_t state. */
void kit_random(void *ctx, void *buf, size_t len);

/* Octets of hex text with blanks; fails the test when they do not fit. */
size_t kit_hex(const char *hex, uint8_t *out, size_t cap);

/* A message in a frame, to be spoilt. */
struct kit_frame {
	uint8_t b[1514];
	size_t len;
};

struct kit_head {
	uint8_t op, type; /* type 0: no option 53 */
	uint32_t xid;
	uint16_t flags;
	uint32_t ciaddr, yiaddr, giaddr;
	const uint8_t *chaddr;            /* 6 octets */
	const uint8_t *src_mac, *dst_mac; /* dst NULL: broadcast */
	uint32_t src_ip, dst_ip;          /* dst 0: broadcast */
	uint16_t src_port, dst_port;
	const char *options; /* hex behind option 53, with the end option */
};

void kit_frame(struct kit_frame *f, const struct kit_head *h);
struct bytes kit_bytes(const struct kit_frame *f);

/* The message in a frame (port 67 or 68), which must be well formed in every checksum. */
struct dhcp_message kit_open(struct bytes frame, struct dhcp_envelope *e);

/* A number option; fails the test when it is absent. */
uint32_t kit_number(const struct dhcp_message *m, uint8_t code);
bool kit_has(const struct dhcp_message *m, uint8_t code);

/* The options behind the cookie, without padding, must be these octets. */
void kit_options_are(const struct dhcp_message *m, const char *hex);
