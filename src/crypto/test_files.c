/*
 * Readers of the files that this room's tests check against: vectors.txt and
 * captures. The files are data of the laboratory and not part of the project; a
 * test that does not find them skips.
 */
#include "test_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

FILE *captures_open(const char *name)
{
	const char *dir = getenv("SEKISHO_CAPTURES");
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : SOURCE_ROOT "/../shared/captures", name);
	return fopen(path, "rb");
}

static void add_field(struct vector *v, char *line)
{
	char *is = strstr(line, " = ");

	if (!is || v->n == VECTOR_FIELDS)
		return;
	*is = '\0';
	v->name[v->n] = line;
	v->value[v->n++] = is + 3;
}

bool vector_next(FILE *f, struct vector *v)
{
	char *at = v->text;

	v->n = 0;
	while (fgets(at, (int)(v->text + sizeof(v->text) - at), f)) {
		at[strcspn(at, "\n")] = '\0';
		if (at[0] == '#')
			continue;
		if (at[0] == '\0' && v->n)
			return true;
		if (at[0] == '[') {
			snprintf(v->section, sizeof(v->section), "%.255s", at);
		} else {
			char *line = at;

			at += strlen(at) + 1;
			add_field(v, line);
		}
	}
	return v->n;
}

const char *vector_text(const struct vector *v, const char *name)
{
	for (unsigned i = 0; i < v->n; i++)
		if (strcmp(v->name[i], name) == 0)
			return v->value[i];
	return NULL;
}

struct bytes hex_bytes(const char *hex, uint8_t *buf, size_t cap)
{
	size_t len = strlen(hex) / 2;

	assert_true(strlen(hex) % 2 == 0 && len <= cap);
	for (size_t i = 0; i < len; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'}, *end;

		buf[i] = (uint8_t)strtoul(pair, &end, 16);
		assert_ptr_equal(end, pair + 2);
	}
	return (struct bytes){buf, len};
}

struct bytes vector_hex(const struct vector *v, const char *name, uint8_t *buf, size_t cap)
{
	const char *hex = vector_text(v, name);

	return hex ? hex_bytes(hex, buf, cap) : (struct bytes){NULL, 0};
}

struct esp_walk {
	void (*each)(void *ctx, uint8_t *esp, size_t len);
	void *ctx;
	int n;
};

static void found(struct esp_walk *w, struct bytes esp)
{
	uint8_t copy[65536];

	if (esp.len > sizeof(copy))
		return;
	memcpy(copy, esp.p, esp.len);
	w->each(w->ctx, copy, esp.len);
	w->n++;
}

static void walk_udp(struct esp_walk *w, struct rd r)
{
	uint16_t from = rd_u16(&r), to = rd_u16(&r), len = rd_u16(&r);
	struct rd marker;
	struct bytes data;

	rd_skip(&r, 2);
	data = rd_bytes(&r, len > 8 ? len - 8u : 0);
	marker = rd_of_bytes(data);
	if (rd_ok(&r) && (from == 4500 || to == 4500) && rd_u32(&marker) && rd_left(&marker) > 8)
		found(w, data);
}

/* An Ethernet frame with IPv4, or with IPv6 and no extension header. */
static void walk_frame(struct esp_walk *w, struct bytes frame)
{
	struct rd r = rd_of_bytes(frame), ip;
	uint16_t type;
	uint8_t first, protocol;

	rd_skip(&r, 12);
	type = rd_u16(&r);
	ip = r;
	first = rd_u8(&r);
	if (type == 0x86dd) {
		rd_skip(&r, 3);
		ip = rd_sub(&ip, 40u + rd_u16(&r));
		protocol = rd_u8(&r);
		rd_skip(&ip, 40);
	} else {
		rd_skip(&r, 1);
		ip = rd_sub(&ip, rd_u16(&r));
		rd_skip(&r, 5);
		protocol = rd_u8(&r);
		rd_skip(&ip, 4u * (first & 0xf));
	}
	if (!rd_ok(&ip) || (type != 0x0800 && type != 0x86dd))
		return;
	if (protocol == 50)
		found(w, rd_rest(&ip));
	else if (protocol == 17)
		walk_udp(w, ip);
}

static uint32_t le32(struct rd *r)
{
	return __builtin_bswap32(rd_u32(r));
}

static void walk_pcap(struct esp_walk *w, struct rd r)
{
	rd_skip(&r, 24);
	while (rd_left(&r)) {
		uint32_t len;

		rd_skip(&r, 8);
		len = le32(&r);
		rd_skip(&r, 4);
		walk_frame(w, rd_bytes(&r, len));
	}
	assert_true(rd_ok(&r));
}

static void walk_pcapng(struct esp_walk *w, struct rd r)
{
	enum { ENHANCED_PACKET = 6 };

	while (rd_left(&r)) {
		uint32_t type = le32(&r), len = le32(&r);
		struct rd block = rd_sub(&r, len - 12);

		rd_skip(&r, 4);
		if (type != ENHANCED_PACKET)
			continue;
		rd_skip(&block, 12);
		len = le32(&block);
		rd_skip(&block, 4);
		walk_frame(w, rd_bytes(&block, len));
	}
	assert_true(rd_ok(&r));
}

int captures_each_esp(const char *name, void (*each)(void *ctx, uint8_t *esp, size_t len),
		      void *ctx)
{
	static uint8_t file[1 << 20];
	struct esp_walk w = {.each = each, .ctx = ctx};
	FILE *f = captures_open(name);
	size_t len;

	if (!f)
		return -1;
	len = fread(file, 1, sizeof(file), f);
	fclose(f);
	assert_true(len < sizeof(file));
	if (file[0] == 0x0a)
		walk_pcapng(&w, rd_of(file, len));
	else
		walk_pcap(&w, rd_of(file, len));
	return w.n;
}
