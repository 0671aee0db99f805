/*
 * tcp: what a middle box reads of a TCP header (RFC 9293): enough for the MSS
 * clamp and for cutting and merging segments.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCP_HDR      20
#define TCP_HDR_MAX  60
#define TCP_SEQ      4 /* offsets of fields */
#define TCP_FLAGS    13
#define TCP_WINDOW   14
#define TCP_CHECKSUM 16

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

struct tcp {
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t hdr_len; /* octets, 20 to 60 */
	uint8_t flags;
};

/* The gate: false when the header is cut. */
bool tcp_parse(const uint8_t *p, size_t len, struct tcp *out);

/* Lowers the MSS option of a SYN at p (len octets, header whole) to at most max.
 * fix_sum: the checksum field is complete and is updated (RFC 1624); else it is
 * partial and stays. True when something was changed. A broken option list ends
 * the walk and changes nothing behind it. */
bool tcp_clamp_mss(uint8_t *p, size_t len, uint16_t max, bool fix_sum);
