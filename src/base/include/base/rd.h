/*
 * rd: bounded reader of bytes that came from outside.
 *
 * A reader is a value (pointer, end, sticky error). Reading past the end sets
 * the error, returns zero and moves to the end, so a parser reads all its
 * fields and checks rd_ok() once. Nothing is copied or owned: the bytes must
 * outlive the reader and everything that points into it.
 *
 * All multi-byte reads are network byte order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p;
	const uint8_t *end;
	bool err;
};

/* A run of bytes that somebody else owns. */
struct bytes {
	const uint8_t *p;
	size_t len;
};

static inline struct rd rd_of(const void *p, size_t len)
{
	const uint8_t *b = p;

	return (struct rd){.p = b, .end = len ? b + len : b, .err = false};
}

static inline struct rd rd_of_bytes(struct bytes b)
{
	return rd_of(b.p, b.len);
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

static inline bool rd_ok(const struct rd *r)
{
	return !r->err;
}

/* True when every byte was read and nothing was read beyond the end. */
static inline bool rd_done(const struct rd *r)
{
	return !r->err && r->p == r->end;
}

static inline void rd_fail(struct rd *r)
{
	r->err = true;
	r->p = r->end;
}

/* The next len bytes, in place; an empty run (p NULL) when there are fewer. */
static inline struct bytes rd_bytes(struct rd *r, size_t len)
{
	struct bytes b = {NULL, 0};

	if (r->err || rd_left(r) < len) {
		rd_fail(r);
		return b;
	}
	b.p = r->p;
	b.len = len;
	r->p += len;
	return b;
}

/* Everything that is left. */
static inline struct bytes rd_rest(struct rd *r)
{
	return rd_bytes(r, rd_left(r));
}

/* A reader of the next len bytes; in error from the start if there are fewer. */
static inline struct rd rd_sub(struct rd *r, size_t len)
{
	struct bytes b = rd_bytes(r, len);
	struct rd sub = rd_of(b.p, b.len);

	sub.err = r->err;
	return sub;
}

static inline void rd_skip(struct rd *r, size_t len)
{
	(void)rd_bytes(r, len);
}

static inline uint8_t rd_u8(struct rd *r)
{
	struct bytes b = rd_bytes(r, 1);

	return b.p ? b.p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	struct bytes b = rd_bytes(r, 2);

	return b.p ? (uint16_t)((unsigned)b.p[0] << 8 | b.p[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	struct bytes b = rd_bytes(r, 4);

	return b.p ? (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 | (uint32_t)b.p[2] << 8 |
			       b.p[3]
		   : 0;
}

/* Copies len bytes to dst; dst is zeroed when there are fewer. */
static inline void rd_copy(struct rd *r, void *dst, size_t len)
{
	struct bytes b = rd_bytes(r, len);

	if (b.p)
		memcpy(dst, b.p, len);
	else if (len)
		memset(dst, 0, len);
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
