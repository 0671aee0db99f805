/*
 * load_path: gathers datagrams and packets of many clients of a thread into bursts (RFC
 * 4303 in lac.h's two halves) and system calls (os.h). Called by load_thread.c and
 * load_client.c. Knows no protocol.
 *
 * What is not an ESP packet has the jobs that wait run first, so that a client hears of
 * everything in the order in which it came.
 */
#include "load_path.h"

#include <stdlib.h>
#include <string.h>

#include "load.h"

#define IN_OCTETS  65536
#define SLOT       (LAC_SEAL_FRONT + LOAD_PACKET_MAX + LAC_SEAL_BACK)
#define OUT_OCTETS ((size_t)LOAD_PIECES * SLOT + IKE_MESSAGE_MAX)

bool load_path_init(struct load_path *p)
{
	*p = (struct load_path){.in_mem = malloc((size_t)OS_BATCH * IN_OCTETS),
				.out_mem = malloc(OUT_OCTETS)};
	for (unsigned i = 0; p->in_mem && i < OS_BATCH; i++)
		p->in[i] =
			(struct os_rx){.buf = p->in_mem + (size_t)i * IN_OCTETS, .cap = IN_OCTETS};
	return p->in_mem && p->out_mem;
}

void load_path_free(struct load_path *p)
{
	free(p->in_mem);
	free(p->out_mem);
	p->in_mem = p->out_mem = NULL;
}

/* ---- in ---- */

static void run_opens(struct load_thread *t)
{
	struct load_path *p = &t->path;
	unsigned n = p->n_opens;

	p->n_opens = 0;
	lac_shared_open(t->shared, p->opens, n);
	for (unsigned i = 0; i < n; i++) {
		struct load_client *c = p->opens[i].owner;
		struct bytes packet;

		if (lac_open_end(c->lac, load_now_ms(t), &p->opens[i], &packet))
			load_client_packet(c, packet);
		load_thread_wants(t, c);
	}
}

void load_path_opened(struct load_thread *t)
{
	run_opens(t);
	t->path.in_used = 0;
}

static void take_plain(struct load_thread *t, struct load_client *c, const struct burst_job *job)
{
	struct bytes packet;

	if (lac_open_end(c->lac, load_now_ms(t), job, &packet))
		load_client_packet(c, packet);
	load_thread_wants(t, c);
}

static void take(struct load_thread *t, struct load_client *c, const struct flow *flow, uint8_t *d,
		 size_t len)
{
	struct load_path *p = &t->path;
	struct burst_job *job = &p->opens[p->n_opens];

	load_count_add(&t->stats, COUNT_DATAGRAMS_IN, 1);
	switch (lac_open_begin(c->lac, flow, false, d, len, job)) {
	case LAC_OPEN_JOB:
		job->owner = c;
		if (++p->n_opens == BURST_MAX)
			run_opens(t);
		break;
	case LAC_OPEN_READY:
		take_plain(t, c, job);
		break;
	case LAC_OPEN_NO:
		run_opens(t);
		load_client_input(c, flow, (struct bytes){d, len});
		break;
	}
}

/* Whose datagram it is, NULL: nobody's. */
static struct load_client *client_of(struct load_thread *t, const struct load_socket *s,
				     const struct flow *flow)
{
	struct load_client *c = s->client;
	uint32_t number;

	if (!ip_addr_eq(&flow->remote.addr, &t->opt->server))
		return NULL;
	if (t->net.bits) {
		if (!load_net_number(&t->net, s->round, ip4_of(&flow->local.addr), &number) ||
		    number % t->opt->threads != t->index ||
		    number / t->opt->threads >= t->n_clients)
			return NULL;
		c = &t->clients[number / t->opt->threads];
	}
	return c && c->lac ? c : NULL;
}

/* One slot: a datagram, or several of one size that the kernel has put together. */
static void take_slot(struct load_thread *t, const struct load_socket *s, struct os_rx *rx)
{
	uint8_t *d = rx->buf + rx->offset;
	size_t left = rx->len;

	while (left) {
		size_t len = rx->gro_size && rx->gro_size < left ? rx->gro_size : left;
		/* for each one anew: the one before may have ended the call */
		struct load_client *c = client_of(t, s, &rx->flow);

		if (c)
			take(t, c, &rx->flow, d, len);
		else
			load_count_add(&t->stats, COUNT_STRANGERS, 1);
		d += len;
		left -= len;
	}
}

void load_path_receive(struct load_thread *t, struct load_socket *s)
{
	struct load_path *p = &t->path;
	unsigned room, got;

	if (p->in_used == OS_BATCH)
		load_path_opened(t);
	room = OS_BATCH - p->in_used;
	got = os_linux()->recv(NULL, s->fd, p->in + p->in_used, room);
	for (unsigned i = 0; i < got; i++)
		take_slot(t, s, &p->in[p->in_used + i]);
	p->in_used += got;
}

/* ---- out ---- */

static bool continues(const struct load_piece *a, const struct load_piece *b, size_t size,
		      size_t total, unsigned n)
{
	return b->client == a->client && b->p == a->p + a->len && a->len == size &&
	       b->len <= size && total + b->len <= OS_RUN_OCTETS && n < OS_RUN_SEGMENTS &&
	       endpoint_eq(&a->to, &b->to);
}

/* The run that begins at pieces[at]; returns how many pieces it has. */
static unsigned make_run(const struct load_path *p, unsigned at, struct os_tx *tx)
{
	const struct load_piece *first = &p->pieces[at];
	unsigned n = 1;

	*tx = (struct os_tx){.buf = first->p, .len = first->len, .flow.remote = first->to};
	if (first->client->source_ip)
		tx->flow.local.addr = ip4_addr(first->client->source_ip);
	while (at + n < p->n_pieces &&
	       continues(first + n - 1, first + n, first->len, tx->len, n)) {
		tx->len += first[n].len;
		n++;
	}
	if (n > 1)
		tx->gso_size = (uint16_t)first->len;
	return n;
}

static void send_runs(struct load_thread *t, int fd, const struct os_tx *tx, unsigned n)
{
	unsigned taken = n ? os_linux()->send(NULL, fd, tx, n) : 0;

	for (; taken < n; taken++)
		load_count_add(&t->stats, COUNT_REFUSED,
			       tx[taken].gso_size ? (tx[taken].len + tx[taken].gso_size - 1) /
							    tx[taken].gso_size
						  : 1);
}

static void send_pieces(struct load_thread *t)
{
	struct load_path *p = &t->path;
	struct os_tx tx[LOAD_PIECES];
	unsigned n = 0, at = 0;
	int fd = -1;

	while (at < p->n_pieces) {
		int next = p->pieces[at].client->socket->fd;

		if (next != fd) {
			send_runs(t, fd, tx, n);
			fd = next;
			n = 0;
		}
		at += make_run(p, at, &tx[n++]);
	}
	send_runs(t, fd, tx, n);
	load_count_add(&t->stats, COUNT_DATAGRAMS_OUT, p->n_pieces);
}

void load_path_flush(struct load_thread *t)
{
	struct load_path *p = &t->path;

	lac_shared_seal(t->shared, p->seals, p->n_seals);
	if (p->n_pieces)
		send_pieces(t);
	p->n_seals = p->n_pieces = 0;
	p->out_at = 0;
	p->last = NULL;
}

static void make_room(struct load_thread *t, size_t len)
{
	struct load_path *p = &t->path;

	if (p->n_pieces == LOAD_PIECES || p->n_seals == BURST_MAX || OUT_OCTETS - p->out_at < len)
		load_path_flush(t);
}

/* A client's packets stand end to end when each is laid as far behind the one before as what
 * stands in front of it is long; for the first that is not known yet. */
uint8_t *load_path_room(struct load_thread *t, struct load_client *c)
{
	struct load_path *p = &t->path;

	make_room(t, SLOT);
	if (p->last != c) {
		p->last = c;
		p->front = LAC_SEAL_FRONT;
	}
	return p->out_mem + p->out_at + p->front;
}

bool load_path_packet(struct load_thread *t, struct load_client *c, uint8_t *packet, size_t len)
{
	struct load_path *p = &t->path;
	struct load_piece *piece = &p->pieces[p->n_pieces];
	struct lac_sealed sealed;
	enum lac_seal how =
		lac_seal_begin(c->lac, load_now_ms(t), packet, len, &p->seals[p->n_seals], &sealed);

	if (how == LAC_SEAL_NO || sealed.raw_esp) {
		if (how == LAC_SEAL_JOB)
			p->n_seals++;
		return false;
	}
	p->n_seals += how == LAC_SEAL_JOB;
	p->n_pieces++;
	*piece = (struct load_piece){c, sealed.flow->remote, sealed.datagram, sealed.len};
	p->front = (size_t)(packet - sealed.datagram);
	p->out_at = (size_t)(sealed.datagram + sealed.len - p->out_mem);
	load_count_add(&t->stats, COUNT_PACKETS_OUT, 1);
	load_count_add(&t->stats, COUNT_OCTETS_OUT, len);
	return true;
}

void load_path_datagram(struct load_thread *t, struct load_client *c, const struct endpoint *to,
			struct bytes datagram)
{
	struct load_path *p = &t->path;

	make_room(t, datagram.len);
	memcpy(p->out_mem + p->out_at, datagram.p, datagram.len);
	p->pieces[p->n_pieces++] =
		(struct load_piece){c, *to, p->out_mem + p->out_at, datagram.len};
	p->out_at += datagram.len;
	p->last = NULL;
}
