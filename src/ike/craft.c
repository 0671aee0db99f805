/*
 * craft: hand-made Quick Mode and Informational messages. Called by test_*.c and
 * fuzz_ike_session.c.
 */
#include "craft.h"

#include <stdlib.h>

#include "attribute.h"

struct isakmp_sa *craft_sa(const struct lab *l, int side)
{
	struct ike *k = l->s[side].k;

	for (uint32_t i = 0; i < k->n_touched; i++)
		if (k->slots[i].id)
			return &k->slots[i];
	return NULL;
}

static void establish_side(struct lab *l, int side)
{
	struct flow flow = lab_client_flow();
	const struct flow server = {.local = flow.remote, .remote = flow.local};
	struct isakmp_sa *sa = sa_new(l->s[side].k, side == CLIENT ? IKE_INITIATOR : IKE_RESPONDER,
				      side == CLIENT ? &flow : &server, l->now_ms);

	memset(sa->cky_i, 0x11, sizeof(sa->cky_i));
	memset(sa->cky_r, 0x22, sizeof(sa->cky_r));
	memset(&sa->key, 0x33, sizeof(sa->key));
	memset(sa->iv, 0x44, sizeof(sa->iv));
	sa->policy = lab_policy;
	sa->key.hash = PRIM_SHA256;
	sa->key.hash_len = 32;
	sa->key.cipher = PRIM_AES_CBC;
	sa->key.key_len = 32;
	sa->variant = &natt_rfc3947;
	sa_index_own(sa);
	sa_activate(sa, l->now_ms);
	lab_actions(l, side);
}

void craft_establish(struct lab *l)
{
	establish_side(l, CLIENT);
	establish_side(l, SERVER);
}

static uint8_t extra_flags;

void craft_flags(uint8_t flags)
{
	extra_flags = flags;
}

static const struct flow *elsewhere; /* of the message being sent; NULL: as usual */

static void deliver(struct lab *l, const struct isakmp_sa *sa, struct bytes msg)
{
	struct flow flow = {.local = sa->flow.remote, .remote = sa->flow.local};

	if (l->nat)
		flow = craft_sa(l, SERVER)->flow;
	if (elsewhere)
		flow = *elsewhere;
	lab_inject(l, SERVER, &flow, sa->natt, msg.p, msg.len);
}

static void finish(struct lab *l, const struct isakmp_sa *sa, struct msg *m, uint32_t mid,
		   uint8_t *iv)
{
	uint8_t first_iv[IKE_BLOCK];

	if (!iv) {
		keymat_iv_phase2(&sa->key, sa->iv, mid, first_iv);
		iv = first_iv;
	}
	deliver(l, sa, msg_encrypt(m, &sa->key, iv));
}

void craft_send(struct lab *l, uint8_t exchange, uint32_t mid, uint8_t first, struct bytes chain,
		uint8_t *iv)
{
	const struct isakmp_sa *sa = craft_sa(l, CLIENT);
	static uint8_t buf[IKE_MESSAGE_MAX];
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, exchange, mid, &h);
	h.flags = extra_flags;
	msg_begin(&m, buf, sizeof(buf), &h);
	at = msg_hash_room(&m, sa->key.hash_len);
	m.w.buf[m.next_at] = first;
	wr_bytes(&m.w, chain);
	quick_hash_fill(sa, mid, (struct bytes){NULL, 0}, &m, at);
	finish(l, sa, &m, mid, iv);
}

void craft_send_from(struct lab *l, const struct flow *from, uint8_t exchange, uint32_t mid,
		     uint8_t first, struct bytes chain)
{
	elsewhere = from;
	craft_send(l, exchange, mid, first, chain, NULL);
	elsewhere = NULL;
}

void craft_send_plain(struct lab *l, uint8_t exchange, uint32_t mid, uint8_t first,
		      struct bytes plain, uint8_t *iv)
{
	const struct isakmp_sa *sa = craft_sa(l, CLIENT);
	static uint8_t buf[IKE_MESSAGE_MAX];
	struct isakmp_header h;
	struct msg m;

	sa_header(sa, exchange, mid, &h);
	h.flags = extra_flags;
	msg_begin(&m, buf, sizeof(buf), &h);
	buf[16] = first;
	wr_bytes(&m.w, plain);
	finish(l, sa, &m, mid, iv);
}

void craft_begin(struct craft *c)
{
	c->w = wr_of(c->buf, sizeof(c->buf));
	c->first = PAYLOAD_NONE;
	c->next_at = 0;
}

static size_t open_payload(struct craft *c, uint8_t type)
{
	size_t start = c->w.len;

	if (start)
		c->buf[c->next_at] = type;
	else
		c->first = type;
	c->next_at = start;
	wr_u16(&c->w, 0);
	wr_u16(&c->w, 0);
	return start;
}

void craft_add(struct craft *c, uint8_t type, const void *body, size_t len)
{
	size_t start = open_payload(c, type);

	wr_copy(&c->w, body, len);
	wr_end16(&c->w, start + 2, start);
}

void craft_sa_esp(struct craft *c, uint8_t id, unsigned bits, unsigned auth, unsigned encap,
		  unsigned group)
{
	size_t start = open_payload(c, PAYLOAD_SA), p, t;

	wr_u32(&c->w, DOI_IPSEC);
	wr_u32(&c->w, SIT_IDENTITY_ONLY);
	p = c->w.len;
	wr_u32(&c->w, 0);
	wr_u8(&c->w, 1);
	wr_u8(&c->w, PROTO_ESP);
	wr_u8(&c->w, 4);
	wr_u8(&c->w, 1);
	wr_u32(&c->w, 0xabcdef01);
	t = c->w.len;
	wr_u32(&c->w, 0);
	wr_u8(&c->w, 1);
	wr_u8(&c->w, id);
	wr_u16(&c->w, 0);
	attribute_put(&c->w, DOI_ENCAPSULATION, (uint16_t)encap);
	if (bits)
		attribute_put(&c->w, DOI_KEY_LENGTH, (uint16_t)bits);
	if (auth)
		attribute_put(&c->w, DOI_AUTH, (uint16_t)auth);
	if (group)
		attribute_put(&c->w, DOI_GROUP, (uint16_t)group);
	wr_end16(&c->w, t + 2, t);
	wr_end16(&c->w, p + 2, p);
	wr_end16(&c->w, start + 2, start);
}

void craft_nonce(struct craft *c)
{
	static const uint8_t nonce[32] = {1, 2, 3, 4};

	craft_add(c, PAYLOAD_NONCE, nonce, sizeof(nonce));
}

void craft_id(struct craft *c, uint8_t type, uint8_t protocol, uint16_t port, const void *data,
	      size_t len)
{
	size_t start = open_payload(c, PAYLOAD_ID);

	wr_u8(&c->w, type);
	wr_u8(&c->w, protocol);
	wr_u16(&c->w, port);
	wr_copy(&c->w, data, len);
	wr_end16(&c->w, start + 2, start);
}

struct bytes craft_chain(const struct craft *c)
{
	return wr_done(&c->w);
}

struct lab_packet craft_until(struct lab *l, unsigned n)
{
	lab_dial(l);
	lab_actions(l, CLIENT);
	while (l->sent < n && l->head != l->tail) {
		struct lab_packet p = l->queue[l->head++ % 64];

		ike_input(l->s[p.to].k, l->now_ms, &p.flow, p.natt, (struct bytes){p.b, p.len});
		lab_actions(l, p.to);
	}
	if (l->sent != n)
		abort();
	l->head = l->tail;
	return l->log[(n - 1) % 64];
}

void craft_give(struct lab *l, const struct lab_packet *p)
{
	lab_inject(l, p->to, &p->flow, p->natt, p->b, p->len);
}

bool craft_nothing_left(const struct lab *l, int side)
{
	const struct ike *k = l->s[side].k;

	return k->stats.half_open + k->stats.established + k->stats.children == 0 &&
	       k->n_aggressive + k->dh_strangers + k->fragments.n == 0 &&
	       k->n_free_handshakes == k->cfg.half_open_max;
}
