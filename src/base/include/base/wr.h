/*
 * wr: bounded writer of bytes that leave.
 *
 * Writes into a caller's buffer. Writing past the end sets a sticky error and
 * writes nothing, so a builder writes everything and checks wr_ok() once.
 * Length fields are reserved with wr_begin16() and filled by wr_end16(): no
 * builder computes a length by hand.
 *
 * All multi-byte writes are network byte order.
 */
#pragma once

#include "base/rd.h"

struct wr {
	uint8_t *buf;
	size_t cap;
	size_t len;
	bool err;
};

static inline struct wr wr_of(void *buf, size_t cap)
{
	return (struct wr){.buf = buf, .cap = cap, .len = 0, .err = false};
}

static inline bool wr_ok(const struct wr *w)
{
	return !w->err;
}

/* What was written so far; empty after an error, so that half a message never leaves. */
static inline struct bytes wr_done(const struct wr *w)
{
	return w->err ? (struct bytes){NULL, 0} : (struct bytes){w->buf, w->len};
}

/* Room for len bytes that the caller fills, or NULL and the error is set. */
static inline uint8_t *wr_reserve(struct wr *w, size_t len)
{
	if (w->err || w->cap - w->len < len) {
		w->err = true;
		return NULL;
	}
	w->len += len;
	return w->buf + w->len - len;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_reserve(w, 1);

	if (p)
		p[0] = v;
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_reserve(w, 2);

	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	wr_u16(w, (uint16_t)(v >> 16));
	wr_u16(w, (uint16_t)v);
}

static inline void wr_u64(struct wr *w, uint64_t v)
{
	wr_u32(w, (uint32_t)(v >> 32));
	wr_u32(w, (uint32_t)v);
}

static inline void wr_copy(struct wr *w, const void *src, size_t len)
{
	uint8_t *p = wr_reserve(w, len);

	if (p && len)
		memcpy(p, src, len);
}

static inline void wr_bytes(struct wr *w, struct bytes b)
{
	wr_copy(w, b.p, b.len);
}

static inline void wr_zero(struct wr *w, size_t len)
{
	uint8_t *p = wr_reserve(w, len);

	if (p && len)
		memset(p, 0, len);
}

/* Overwrites two bytes already written at offset at. */
static inline void wr_put16(struct wr *w, size_t at, uint16_t v)
{
	if (w->err || at + 2 > w->len) {
		w->err = true;
		return;
	}
	w->buf[at] = (uint8_t)(v >> 8);
	w->buf[at + 1] = (uint8_t)v;
}

/* Overwrites four bytes already written at offset at. */
static inline void wr_put32(struct wr *w, size_t at, uint32_t v)
{
	wr_put16(w, at, (uint16_t)(v >> 16));
	wr_put16(w, at + 2, (uint16_t)v);
}

/* Reserves a 16-bit length field; returns its offset for wr_end16(). */
static inline size_t wr_begin16(struct wr *w)
{
	size_t at = w->len;

	wr_u16(w, 0);
	return at;
}

/* Fills the length field at offset at with the bytes from offset start to here. */
static inline void wr_end16(struct wr *w, size_t at, size_t start)
{
	if (w->err || w->len - start > UINT16_MAX) {
		w->err = true;
		return;
	}
	wr_put16(w, at, (uint16_t)(w->len - start));
}
