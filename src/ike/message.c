/*
 * message: the builder of ISAKMP messages and CBC encryption of whole messages
 * (RFC 2408 3.1, 3.2; RFC 2409 section 5, appendix B: the IV chain of each
 * exchange). Called by every exchange. Never keeps an IV: its owner does, and
 * moves it on only when a message was right.
 */
#include "message.h"

#define NEXT_PAYLOAD_AT 16
#define FLAGS_AT        19
#define LENGTH_AT       24

void msg_begin(struct msg *m, uint8_t *buf, size_t cap, const struct isakmp_header *h)
{
	*m = (struct msg){.w = wr_of(buf, cap), .next_at = NEXT_PAYLOAD_AT};
	wr_copy(&m->w, h->cky_i, ISAKMP_COOKIE_LEN);
	wr_copy(&m->w, h->cky_r, ISAKMP_COOKIE_LEN);
	wr_u8(&m->w, PAYLOAD_NONE);
	wr_u8(&m->w, ISAKMP_VERSION_1_0);
	wr_u8(&m->w, h->exchange);
	wr_u8(&m->w, h->flags);
	wr_u32(&m->w, h->mid);
	wr_u32(&m->w, 0);
}

struct wr *msg_open(struct msg *m, uint8_t type)
{
	if (wr_ok(&m->w))
		m->w.buf[m->next_at] = type;
	m->start = m->next_at = m->w.len;
	wr_u8(&m->w, PAYLOAD_NONE);
	wr_u8(&m->w, 0);
	m->len_at = wr_begin16(&m->w);
	return &m->w;
}

void msg_close(struct msg *m)
{
	wr_end16(&m->w, m->len_at, m->start);
}

void msg_add(struct msg *m, uint8_t type, struct bytes body)
{
	wr_bytes(msg_open(m, type), body);
	msg_close(m);
}

size_t msg_hash_room(struct msg *m, size_t len)
{
	wr_zero(msg_open(m, PAYLOAD_HASH), len);
	msg_close(m);
	return m->w.len - len;
}

struct bytes msg_clear(struct msg *m)
{
	wr_put32(&m->w, LENGTH_AT, (uint32_t)m->w.len);
	return wr_done(&m->w);
}

struct bytes msg_encrypt(struct msg *m, const struct keymat *k, uint8_t iv[IKE_BLOCK])
{
	static const struct bytes nothing = {NULL, 0};
	size_t block = prim_cbc_block_len(k->cipher), over, len;
	uint8_t *body;

	if (!wr_ok(&m->w))
		return nothing;
	over = (m->w.len - ISAKMP_HEADER_LEN) % block;
	if (over)
		wr_zero(&m->w, block - over);
	if (msg_clear(m).len == 0)
		return nothing;
	m->w.buf[FLAGS_AT] |= FLAG_ENCRYPTION;
	body = m->w.buf + ISAKMP_HEADER_LEN;
	len = m->w.len - ISAKMP_HEADER_LEN;
	if (!prim_cbc_encrypt(k->cipher, k->enc_key, k->key_len, iv, body, len))
		return nothing;
	memcpy(iv, body + len - block, block);
	return wr_done(&m->w);
}

enum ike_drop msg_decrypt(const struct keymat *k, const uint8_t iv[IKE_BLOCK], struct bytes body,
			  uint8_t *plain, size_t cap, uint8_t next_iv[IKE_BLOCK])
{
	size_t block = prim_cbc_block_len(k->cipher);

	if (body.len == 0 || body.len % block != 0 || body.len > cap)
		return DROP_CIPHERTEXT;
	memcpy(plain, body.p, body.len);
	if (!prim_cbc_decrypt(k->cipher, k->enc_key, k->key_len, iv, plain, body.len))
		return DROP_CRYPTO;
	memset(next_iv, 0, IKE_BLOCK);
	memcpy(next_iv, body.p + body.len - block, block);
	return DROP_NONE;
}
