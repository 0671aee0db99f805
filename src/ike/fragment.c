/*
 * fragment: reassembly of fragmented ISAKMP messages and the cutting of our own (payload
 * 132; [MS-IKEE] 2.2.4, 3.3; security.md 39 to 43). Called by ike.c for what comes in and
 * act.c for what leaves. Fragments of a set are kept behind each other in the order in which
 * they came, so that any order costs the same; nothing is believed that the reassembled
 * message does not prove later.
 */
#include "fragment.h"

#include <stdlib.h>

#define FLAG_LAST    1
#define MARKER_LEN   4 /* RFC 3948 2.2 */
#define UDP_LEN      8
#define NEXT_AT      16
#define FLAGS_AT     19
#define LENGTH_AT    24
#define NUMBERS      256
#define FRAGMENT_LEN 8 /* generic header, id, number, flags */

/* One message in pieces. */
struct set {
	struct list node;
	struct endpoint remote;
	uint8_t cookies[2 * ISAKMP_COOKIE_LEN];
	uint8_t exchange;
	uint32_t mid;
	uint16_t id;
	bool stranger;
	uint64_t born_ms;
	unsigned n, last; /* pieces here; number of the last one, 0: not here yet */
	unsigned top;     /* highest number here */
	size_t len;
	struct {
		uint16_t at, len; /* len 0: not here */
	} piece[NUMBERS];
	uint8_t b[IKE_MESSAGE_MAX];
};

enum ike_drop fragment_parse(struct bytes rest, struct fragment *out)
{
	struct rd r = rd_of_bytes(rest);
	uint8_t next = rd_u8(&r), flags;
	uint16_t len;

	rd_skip(&r, 1); /* reserved: "MUST ignore" */
	len = rd_u16(&r);
	out->id = rd_u16(&r);
	out->number = rd_u8(&r);
	flags = rd_u8(&r);
	out->last = flags & FLAG_LAST;
	out->data = rd_rest(&r);
	if (!rd_ok(&r) || next != PAYLOAD_NONE || len != rest.len || out->data.len == 0 ||
	    out->number == 0)
		return DROP_FRAGMENT;
	return DROP_NONE;
}

static void set_free(struct fragments *f, struct set *s)
{
	list_del(&s->node);
	f->n--;
	f->n_strangers -= s->stranger;
	free(s);
}

static void give_up(struct fragments *f, struct set *s)
{
	(*f->incomplete)++;
	set_free(f, s);
}

static void arm(struct fragments *f)
{
	if (list_empty(&f->sets))
		timerq_disarm(f->timers, &f->timer);
	else
		timerq_arm(f->timers, &f->timer,
			   list_entry(f->sets.next, struct set, node)->born_ms + FRAGMENT_TIME_MS);
}

static void timer_fired(struct timer *t, uint64_t now_ms)
{
	struct fragments *f = list_entry(t, struct fragments, timer);

	list_each (&f->sets, it) {
		struct set *s = list_entry(it, struct set, node);

		if (now_ms - s->born_ms < FRAGMENT_TIME_MS)
			break;
		give_up(f, s);
	}
	arm(f);
}

void fragments_init(struct fragments *f, struct timerq *timers, uint64_t *incomplete)
{
	list_init(&f->sets);
	f->n = f->n_strangers = 0;
	f->timer = (struct timer){.fire = timer_fired};
	f->timers = timers;
	f->incomplete = incomplete;
	f->whole = NULL;
}

void fragments_free(struct fragments *f)
{
	if (!f->timers)
		return;
	list_each (&f->sets, it)
		set_free(f, list_entry(it, struct set, node));
	arm(f);
	free(f->whole);
	f->whole = NULL;
}

static struct set *set_of_peer(struct fragments *f, const struct isakmp_header *h,
			       const struct endpoint *remote)
{
	list_each (&f->sets, it) {
		struct set *s = list_entry(it, struct set, node);

		if (memcmp(s->cookies, h->cky_i, ISAKMP_COOKIE_LEN) == 0 &&
		    memcmp(s->cookies + ISAKMP_COOKIE_LEN, h->cky_r, ISAKMP_COOKIE_LEN) == 0 &&
		    endpoint_eq(&s->remote, remote))
			return s;
	}
	return NULL;
}

static bool same_message(const struct set *s, const struct isakmp_header *h,
			 const struct fragment *frag)
{
	return s->id == frag->id && s->mid == h->mid && s->exchange == h->exchange;
}

/* A stranger's set goes for a newcomer's: the oldest of its address when that has its share,
 * else the oldest of all. A peer that is authenticated finds room always. */
static bool make_room(struct fragments *f, const struct ip_addr *a, bool stranger)
{
	struct set *oldest = NULL, *oldest_here = NULL;
	unsigned here = 0;

	list_each (&f->sets, it) {
		struct set *s = list_entry(it, struct set, node);

		if (!s->stranger)
			continue;
		oldest = oldest ? oldest : s;
		if (!ip_addr_eq(&s->remote.addr, a))
			continue;
		oldest_here = oldest_here ? oldest_here : s;
		here++;
	}
	if (stranger && here >= FRAGMENT_PER_ADDRESS_MAX)
		oldest = oldest_here;
	else if (f->n < FRAGMENT_SETS_MAX &&
		 !(stranger && f->n_strangers >= FRAGMENT_STRANGERS_MAX))
		return true;
	if (!oldest)
		return false;
	give_up(f, oldest);
	return true;
}

static struct set *set_new(struct fragments *f, const struct isakmp_header *h,
			   const struct endpoint *remote, bool stranger,
			   const struct fragment *frag, uint64_t now_ms)
{
	struct set *s = make_room(f, &remote->addr, stranger) ? malloc(sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	memset(s, 0, offsetof(struct set, b));
	s->remote = *remote;
	memcpy(s->cookies, h->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(s->cookies + ISAKMP_COOKIE_LEN, h->cky_r, ISAKMP_COOKIE_LEN);
	s->exchange = h->exchange;
	s->mid = h->mid;
	s->id = frag->id;
	s->stranger = stranger;
	s->born_ms = now_ms;
	list_push(&f->sets, &s->node);
	f->n++;
	f->n_strangers += stranger;
	return s;
}

/* The same piece again (a retransmission under the same id), one that contradicts what is
 * here, or one that is new. */
enum fit { FIT_NEW, FIT_AGAIN, FIT_CONFLICT };

static enum fit fits(const struct set *s, const struct fragment *frag)
{
	const struct bytes old = {s->b + s->piece[frag->number].at, s->piece[frag->number].len};

	if (old.len)
		return bytes_eq(old, frag->data) && frag->last == (s->last == frag->number)
			       ? FIT_AGAIN
			       : FIT_CONFLICT;
	if (frag->last ? s->last != 0 || frag->number < s->top
		       : s->last != 0 && frag->number > s->last)
		return FIT_CONFLICT;
	return FIT_NEW;
}

static enum ike_drop put(struct set *s, const struct fragment *frag)
{
	if (s->len + frag->data.len > sizeof(s->b))
		return DROP_FRAGMENT_SIZE;
	memcpy(s->b + s->len, frag->data.p, frag->data.len);
	s->piece[frag->number].at = (uint16_t)s->len;
	s->piece[frag->number].len = (uint16_t)frag->data.len;
	s->len += frag->data.len;
	s->n++;
	if (frag->number > s->top)
		s->top = frag->number;
	if (frag->last)
		s->last = frag->number;
	return DROP_NONE;
}

static void assemble(struct fragments *f, struct set *s, struct bytes *whole)
{
	struct wr w;

	if (!f->whole)
		f->whole = malloc(IKE_MESSAGE_MAX);
	w = wr_of(f->whole, f->whole ? IKE_MESSAGE_MAX : 0);
	for (unsigned i = 1; i <= s->last; i++)
		wr_copy(&w, s->b + s->piece[i].at, s->piece[i].len);
	*whole = wr_done(&w);
	set_free(f, s);
}

enum ike_drop fragments_take(struct fragments *f, const struct isakmp_header *h,
			     const struct endpoint *remote, bool stranger,
			     const struct fragment *frag, uint64_t now_ms, struct bytes *whole)
{
	struct set *s = set_of_peer(f, h, remote);
	enum ike_drop bad;
	enum fit fit;

	*whole = (struct bytes){NULL, 0};
	/* a peer sends one message at a time: the next one means that it gave this one up */
	if (s && !same_message(s, h, frag)) {
		give_up(f, s);
		s = NULL;
	}
	fit = s ? fits(s, frag) : FIT_NEW;
	if (fit == FIT_AGAIN)
		return DROP_NONE;
	if (!s)
		s = set_new(f, h, remote, stranger, frag, now_ms);
	if (!s)
		return DROP_FRAGMENT_FULL;
	bad = fit == FIT_CONFLICT ? DROP_FRAGMENT_CONFLICT : put(s, frag);
	if (bad)
		give_up(f, s);
	else if (s->n == s->last)
		assemble(f, s, whole);
	arm(f);
	return bad;
}

size_t fragment_room(const struct flow *flow, bool natt, unsigned mtu, size_t len)
{
	size_t head =
		(flow->remote.addr.family == 6 ? 40u : 20u) + UDP_LEN + (natt ? MARKER_LEN : 0u);

	return len + head <= mtu ? 0 : mtu - head - FRAGMENT_HEADER_LEN;
}

void fragment_write(struct wr *w, struct bytes msg, const struct fragment *frag)
{
	size_t start = w->len;

	wr_copy(w, msg.p, ISAKMP_HEADER_LEN);
	wr_u8(w, PAYLOAD_NONE);
	wr_u8(w, 0);
	wr_u16(w, (uint16_t)(FRAGMENT_LEN + frag->data.len));
	wr_u16(w, frag->id);
	wr_u8(w, frag->number);
	wr_u8(w, frag->last ? FLAG_LAST : 0);
	wr_bytes(w, frag->data);
	if (!wr_ok(w))
		return;
	w->buf[start + NEXT_AT] = PAYLOAD_FRAGMENT;
	/* what is inside is encrypted or not by its own flags; the fragment is in clear */
	w->buf[start + FLAGS_AT] = 0;
	wr_put32(w, start + LENGTH_AT, (uint32_t)(w->len - start));
}
