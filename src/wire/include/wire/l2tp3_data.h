/*
 * l2tp3_data: data messages of L2TP version 3 for the hot path: the session header of
 * both carriers (RFC 3931 section 4.1), cookie, default L2-specific sublayer (4.6) and
 * its sequence numbers (appendix C); the tag of an Ethernet VLAN pseudowire (RFC 4719
 * section 3.1).
 */
#pragma once

#include <stdbool.h>

#include "base/rd.h"
#include "wire/be.h"
#include "wire/eth.h"
#include "wire/vlan.h"

#define L2TP3_PROTO    115
#define L2TP3_UDP_HEAD 0x00030000u /* T clear, version 3, reserved */
#define L2TP3_SUBLAYER 4           /* octets of the default sublayer */
#define L2TP3_S        0x40000000u /* its S bit: the sequence number counts */
#define L2TP3_SEQ_MASK 0x00ffffffu
#define L2TP3_DATA_MAX (4 + 4 + 8 + L2TP3_SUBLAYER) /* octets of the longest header */

/* How one direction of a session is wrapped. */
struct l2tp3_encap {
	uint32_t session_id; /* the receiver's */
	bool udp;            /* else IP protocol 115 */
	bool sublayer;
	uint8_t cookie_len; /* 0, 4 or 8 */
	uint8_t cookie[8];
};

enum l2tp3_fault {
	L2TP3_OK,
	L2TP3_SHORT,   /* cut before its session id, or not UDP's header */
	L2TP3_VERSION, /* UDP: not version 3 */
	L2TP3_CONTROL, /* a control message: T, or session id 0 over IP */
	L2TP3_SESSION, /* UDP: session id 0, which none has */
	L2TP3_COOKIE,  /* not the session's, or cut inside */
	L2TP3_FRAME,   /* less than the sublayer and an Ethernet header behind it */
};

/* First gate: the session that a message is for, before anything is known of it. */
static inline enum l2tp3_fault l2tp3_session_id(struct bytes msg, bool udp, uint32_t *id)
{
	if (udp) {
		if (msg.len < 2)
			return L2TP3_SHORT;
		if ((msg.p[1] & 0x0f) != 3)
			return L2TP3_VERSION;
		if (msg.p[0] & 0x80)
			return L2TP3_CONTROL;
	}
	if (msg.len < (udp ? 8u : 4u))
		return L2TP3_SHORT;
	*id = be32(msg.p + (udp ? 4 : 0));
	if (*id)
		return L2TP3_OK;
	return udp ? L2TP3_SESSION : L2TP3_CONTROL;
}

/* The same cookies? Time depends on len only. */
static inline bool l2tp3_cookie_eq(const uint8_t *a, const uint8_t *b, unsigned len)
{
	uint64_t x[2] = {0, 0};

	if (len == 8) {
		memcpy(&x[0], a, 8);
		memcpy(&x[1], b, 8);
	} else if (len == 4) {
		memcpy(&x[0], a, 4);
		memcpy(&x[1], b, 4);
	} else {
		return len == 0;
	}
	return (x[0] ^ x[1]) == 0;
}

struct l2tp3_frame {
	struct bytes frame;
	bool sequenced;
	uint32_t seq; /* when sequenced */
};

/* Second gate, behind l2tp3_session_id(): the frame of a message of the session whose
 * incoming direction is e. */
static inline enum l2tp3_fault l2tp3_data_parse(struct bytes msg, const struct l2tp3_encap *e,
						struct l2tp3_frame *out)
{
	size_t at = e->udp ? 8 : 4;
	uint32_t sublayer = 0;

	if (msg.len < at + e->cookie_len || !l2tp3_cookie_eq(msg.p + at, e->cookie, e->cookie_len))
		return L2TP3_COOKIE;
	at += e->cookie_len;
	if (msg.len < at + (e->sublayer ? L2TP3_SUBLAYER : 0) + ETH_HDR)
		return L2TP3_FRAME;
	if (e->sublayer) {
		sublayer = be32(msg.p + at);
		at += L2TP3_SUBLAYER;
	}
	*out = (struct l2tp3_frame){
		.frame = {msg.p + at, msg.len - at},
		.sequenced = sublayer & L2TP3_S,
		.seq = sublayer & L2TP3_SEQ_MASK,
	};
	return L2TP3_OK;
}

/* Octets that l2tp3_data_put() writes, at most L2TP3_DATA_MAX. */
static inline unsigned l2tp3_data_len(const struct l2tp3_encap *e)
{
	return (e->udp ? 8u : 4u) + e->cookie_len + (e->sublayer ? L2TP3_SUBLAYER : 0u);
}

/* Writes the header of the outgoing direction e at p; seq counts when sequenced, which
 * needs the sublayer. */
static inline void l2tp3_data_put(uint8_t *p, const struct l2tp3_encap *e, bool sequenced,
				  uint32_t seq)
{
	if (e->udp) {
		put_be32(p, L2TP3_UDP_HEAD);
		p += 4;
	}
	put_be32(p, e->session_id);
	p += 4;
	if (e->cookie_len == 8)
		memcpy(p, e->cookie, 8);
	else if (e->cookie_len == 4)
		memcpy(p, e->cookie, 4);
	if (e->sublayer)
		put_be32(p + e->cookie_len, sequenced ? L2TP3_S | (seq & L2TP3_SEQ_MASK) : 0);
}

/* Has a frame an IP packet in it, behind at most two tags (Data Sequencing level 1)? */
static inline bool l2tp3_frame_is_ip(struct bytes frame)
{
	size_t at = 12;

	for (unsigned tags = 0; at + 2 <= frame.len; tags++, at += VLAN_TAG) {
		uint16_t type = be16(frame.p + at);

		if (!vlan_is_tag(type) || tags == 2)
			return type == ETH_TYPE_IPV4 || type == ETH_TYPE_IPV6;
	}
	return false;
}

#define L2TP3_OLD_MAX 32 /* old numbers in sequence among themselves: the peer began anew */

/* Order of the frames that come in (appendix C). Zeroed: begins at 0. */
struct l2tp3_order {
	uint32_t expected;
	uint32_t old_next; /* the number behind the last old one */
	unsigned old;      /* old ones in sequence */
};

/* Is a sequenced frame new? Old and doubled ones are to be dropped, until so many come
 * in sequence that the sender must have lost its count. */
static inline bool l2tp3_order_take(struct l2tp3_order *o, uint32_t seq)
{
	uint32_t ahead = (seq - o->expected) & L2TP3_SEQ_MASK;

	if (ahead >= (L2TP3_SEQ_MASK + 1) / 2) {
		o->old = o->old && seq == o->old_next ? o->old + 1 : 1;
		o->old_next = (seq + 1) & L2TP3_SEQ_MASK;
		if (o->old < L2TP3_OLD_MAX)
			return false;
	}
	o->old = 0;
	o->expected = (seq + 1) & L2TP3_SEQ_MASK;
	return true;
}

/* The tag's control information of a frame of an Ethernet VLAN pseudowire; false: the
 * frame has no tag, which such a pseudowire does not carry. */
static inline bool l2tp3_vlan_get(struct bytes frame, uint16_t *control)
{
	if (frame.len < ETH_HDR + VLAN_TAG || !vlan_is_tag(be16(frame.p + 12)))
		return false;
	*control = be16(frame.p + 14);
	return true;
}

/* Gives the tagged frame at p another VLAN id; priority and drop bits stay. */
static inline void l2tp3_vlan_set(uint8_t *p, uint16_t id)
{
	put_be16(p + 14, (uint16_t)((be16(p + 14) & ~VLAN_ID_MASK) | (id & VLAN_ID_MASK)));
}

/* Takes the tag out of the frame at p: the frame begins VLAN_TAG octets later then. */
static inline uint8_t *l2tp3_vlan_strip(uint8_t *p)
{
	memmove(p + VLAN_TAG, p, 2 * ETH_ADDR);
	return p + VLAN_TAG;
}

/* Puts a tag into the frame at p, which begins VLAN_TAG octets earlier then: that room
 * must be there. */
static inline uint8_t *l2tp3_vlan_insert(uint8_t *p, uint16_t control)
{
	p -= VLAN_TAG;
	memmove(p, p + VLAN_TAG, 2 * ETH_ADDR);
	put_be16(p + 12, VLAN_TYPE);
	put_be16(p + 14, control);
	return p;
}
