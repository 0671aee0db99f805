/*
 * esp: the ESP header and trailer (RFC 4303 section 2) and what shares its UDP
 * port (RFC 3948 section 2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/be.h"

#define ESP_HDR       8   /* SPI and sequence number */
#define ESP_TRAILER   2   /* pad length and next header */
#define ESP_SPI_MIN   256 /* 0 is not used, 1 to 255 are reserved */
#define ESP_NEXT_IPV4 4   /* tunnel mode: a whole IPv4 packet */
#define ESP_NEXT_NONE 59  /* a dummy packet (RFC 4303 section 2.6) */

#define NATT_MARKER    4 /* octets of zero in front of an ISAKMP message on port 4500 */
#define NATT_PORT      4500
#define NATT_KEEPALIVE 0xff

/* Padding 1, 2, 3 ... (RFC 4303 section 2.4), pad length and next header behind a
 * payload of len octets at p, to a multiple of block (a power of two, 4 to 64). Writes at
 * most block + 1 octets behind the payload; returns the new length. */
static inline size_t esp_pad(uint8_t *p, size_t len, size_t block, uint8_t next)
{
	size_t pad = (block - (len + ESP_TRAILER) % block) % block;

	for (size_t i = 0; i < pad; i++)
		p[len + i] = (uint8_t)(i + 1);
	p[len + pad] = (uint8_t)pad;
	p[len + pad + 1] = next;
	return len + pad + ESP_TRAILER;
}

enum esp_trailer_fault { ESP_TRAILER_OK, ESP_TRAILER_SHORT, ESP_TRAILER_PADDING };

/* Reads the trailer of a decrypted payload (len octets at p): the payload's length
 * without padding, and the next header. */
static inline enum esp_trailer_fault esp_unpad(const uint8_t *p, size_t len, size_t *payload,
					       uint8_t *next)
{
	size_t pad;

	if (len < ESP_TRAILER)
		return ESP_TRAILER_SHORT;
	pad = p[len - 2];
	*next = p[len - 1];
	if (pad > len - ESP_TRAILER)
		return ESP_TRAILER_PADDING;
	*payload = len - ESP_TRAILER - pad;
	for (size_t i = 0; i < pad; i++) {
		if (p[*payload + i] != i + 1)
			return ESP_TRAILER_PADDING;
	}
	return ESP_TRAILER_OK;
}
