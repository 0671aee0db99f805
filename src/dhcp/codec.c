/*
 * codec: the DHCP message format.
 *
 * RFC 2131 section 2 (fixed fields) and 4.1 (option overload), RFC 2132 section 2 (options),
 * RFC 3396 and [MS-DHCPE] 2.2.9 (options in pieces), RFC 3442 (classless routes). Called by
 * everything in this room. Knows no option's meaning beyond 52, 53 and the routes (options.c
 * does), and keeps nothing.
 */
#include <string.h>

#include "dhcp/dhcp.h"

#define MAGIC_COOKIE   0x63825363
#define SNAME_LEN      64
#define FILE_LEN       128
#define OVERLOAD_FILE  1
#define OVERLOAD_SNAME 2

/* The next option behind the pads. False at the end of the field, at the end option and on
 * an error (r tells which). */
static bool next_option(struct rd *r, uint8_t *code, struct bytes *data)
{
	do {
		if (!rd_ok(r) || rd_left(r) == 0)
			return false;
		*code = rd_u8(r);
	} while (*code == DHCP_OPT_PAD);
	if (*code == DHCP_OPT_END)
		return false;
	*data = rd_bytes(r, rd_u8(r));
	return rd_ok(r);
}

static bool options_ok(struct bytes field)
{
	struct rd r = rd_of_bytes(field);
	struct bytes data;
	uint8_t code;

	while (next_option(&r, &code, &data))
		;
	return rd_ok(&r);
}

static void read_header(struct rd *r, struct dhcp_header *h)
{
	h->op = rd_u8(r);
	h->htype = rd_u8(r);
	h->hlen = rd_u8(r);
	h->hops = rd_u8(r);
	h->xid = rd_u32(r);
	h->secs = rd_u16(r);
	h->flags = rd_u16(r);
	h->ciaddr = rd_u32(r);
	h->yiaddr = rd_u32(r);
	h->siaddr = rd_u32(r);
	h->giaddr = rd_u32(r);
	rd_copy(r, h->chaddr, DHCP_CHADDR);
}

enum dhcp_drop dhcp_parse(struct bytes payload, struct dhcp_message *out)
{
	struct rd r = rd_of_bytes(payload);
	struct bytes sname, file;
	uint8_t overload = 0;

	memset(out, 0, sizeof(*out));
	read_header(&r, &out->head);
	sname = rd_bytes(&r, SNAME_LEN);
	file = rd_bytes(&r, FILE_LEN);
	if (rd_u32(&r) != MAGIC_COOKIE)
		return DHCP_DROP_SHORT;
	if (out->head.hlen > DHCP_CHADDR)
		return DHCP_DROP_HEADER;
	out->options = rd_rest(&r);
	if (!options_ok(out->options))
		return DHCP_DROP_OPTION;
	dhcp_option(out, DHCP_OPT_OVERLOAD, &overload, 1, NULL);
	if (overload & OVERLOAD_FILE)
		out->file = file;
	if (overload & OVERLOAD_SNAME)
		out->sname = sname;
	return options_ok(out->file) && options_ok(out->sname) ? DHCP_DROP_NONE : DHCP_DROP_OPTION;
}

/* What is looked for in the three fields. */
struct search {
	uint8_t wanted;
	bool ms;        /* option 250 goes on with the option before it */
	uint8_t before; /* code of the last option that was no 250 */
	bool found;
	struct wr w;
};

static void collect(struct bytes field, struct search *s)
{
	struct rd r = rd_of_bytes(field);
	struct bytes data;
	uint8_t code;

	while (next_option(&r, &code, &data)) {
		size_t room = s->w.cap - s->w.len;

		if (code != DHCP_OPT_MS_MORE || !s->ms)
			s->before = code;
		if (s->before != s->wanted)
			continue;
		s->found = true;
		wr_copy(&s->w, data.p, data.len < room ? data.len : room);
	}
}

static size_t search(const struct dhcp_message *m, struct search *s, bool *found)
{
	/* RFC 3396 section 5: the fields in this order make one */
	collect(m->options, s);
	collect(m->file, s);
	collect(m->sname, s);
	if (found)
		*found = s->found;
	return s->w.len;
}

size_t dhcp_option(const struct dhcp_message *m, uint8_t code, uint8_t *buf, size_t cap,
		   bool *found)
{
	struct search s = {.wanted = code, .w = wr_of(buf, cap)};

	return search(m, &s, found);
}

size_t dhcp_option_ms(const struct dhcp_message *m, uint8_t code, uint8_t *buf, size_t cap,
		      bool *found)
{
	struct search s = {.wanted = code, .ms = true, .w = wr_of(buf, cap)};

	return search(m, &s, found);
}

uint8_t dhcp_type(const struct dhcp_message *m)
{
	uint8_t type = 0;

	dhcp_option(m, DHCP_OPT_TYPE, &type, 1, NULL);
	return type;
}

void dhcp_put_header(struct wr *w, const struct dhcp_header *h)
{
	wr_u8(w, h->op);
	wr_u8(w, h->htype);
	wr_u8(w, h->hlen);
	wr_u8(w, h->hops);
	wr_u32(w, h->xid);
	wr_u16(w, h->secs);
	wr_u16(w, h->flags);
	wr_u32(w, h->ciaddr);
	wr_u32(w, h->yiaddr);
	wr_u32(w, h->siaddr);
	wr_u32(w, h->giaddr);
	wr_copy(w, h->chaddr, DHCP_CHADDR);
	wr_zero(w, SNAME_LEN + FILE_LEN);
	wr_u32(w, MAGIC_COOKIE);
}

void dhcp_put_option(struct wr *w, uint8_t code, struct bytes data, bool ms)
{
	do {
		size_t n = data.len < UINT8_MAX ? data.len : UINT8_MAX;

		wr_u8(w, code);
		wr_u8(w, (uint8_t)n);
		wr_copy(w, data.p, n);
		data.p += n;
		data.len -= n;
		code = ms ? DHCP_OPT_MS_MORE : code;
	} while (data.len);
}

void dhcp_put_end(struct wr *w, size_t start)
{
	size_t len;

	wr_u8(w, DHCP_OPT_END);
	len = w->len - start;
	if (len < DHCP_MIN)
		wr_zero(w, DHCP_MIN - len);
}

size_t dhcp_route_len(const struct dhcp_route *r)
{
	return 1 + ((size_t)r->prefix + 7) / 8 + 4;
}

void dhcp_put_route(struct wr *w, const struct dhcp_route *r)
{
	uint32_t mask = r->prefix ? UINT32_MAX << (32 - r->prefix) : 0;

	wr_u8(w, r->prefix);
	for (unsigned at = 0; at < r->prefix; at += 8)
		wr_u8(w, (uint8_t)((r->net & mask) >> (24 - at)));
	wr_u32(w, r->router);
}
