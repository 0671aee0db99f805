/*
 * fuzz_lac_raw: what a server of plain L2TP may say to a client, in the clear where every
 * octet counts: datagrams, control messages with the right numbers, PPP frames, answers
 * to what the client asked. In the end the client goes within its time limits.
 *
 * Input: records of one octet kind, one octet length, octets. Kinds: 0 a datagram, from
 * another port (bit 6) or address (bit 7); 1 AVPs of a control message to the tunnel, to
 * the session (bit 6); 2 a PPP frame to the call, numbered (bit 6); 3 a request of the
 * client (bits 5 to 7: LCP and authentication, IPCP, IPV6CP) comes back with the first
 * octet as its code and the others behind it; 4 time passes (length in 100 ms); 5 a packet of
 * the user; 6 the user hangs up, or dials (bit 6). Bit 5 of 0 and 2: by lac_open_begin().
 */
#include <stdlib.h>
#include <string.h>

#include "lac/lac.h"
#include "wire/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SERVER   0x0a000001
#define OCTETS   600
#define LIMIT_MS 400000 /* every time limit of a client */

struct fuzz {
	struct lac *l;
	uint64_t now, random;
	uint16_t tunnel, session, ns, nr; /* what the client chose, and next numbers */
	/* the client's last requests: LCP and authentication, IPCP, IPV6CP; protocol first */
	struct request {
		size_t len;
		uint8_t b[OCTETS];
	} asked[3];
};

static void fuzz_random(void *ctx, void *buf, size_t len)
{
	struct fuzz *f = ctx;

	for (size_t i = 0; i < len; i++) {
		f->random = f->random * UINT64_C(6364136223846793005) + 1;
		((uint8_t *)buf)[i] = (uint8_t)(f->random >> 40);
	}
}

/* ---- what the client says ---- */

static void learn_control(struct fuzz *f, struct bytes d)
{
	size_t at = 12;

	f->ns = be16(d.p + 10);
	f->nr = (uint16_t)(be16(d.p + 8) + (d.len > 12));
	while (at + 8 <= d.len) {
		size_t len = be16(d.p + at) & 0x3ff;
		uint16_t type = be16(d.p + at + 4);

		if (len < 6)
			abort();
		if (type == 9)
			f->tunnel = be16(d.p + at + 6);
		if (type == 14)
			f->session = be16(d.p + at + 6);
		at += len;
	}
}

static unsigned which(uint16_t protocol)
{
	return protocol == 0x8021 ? 1 : protocol == 0x8057 ? 2 : 0;
}

static void learn(struct fuzz *f, struct bytes d)
{
	bool is_control = d.len && d.p[0] & 0x80;
	size_t head = d.len && d.p[0] & 8 ? 12 : 8;

	if (d.len < head + (is_control ? 0 : 4) || be16(d.p + 2) != d.len)
		abort();
	if (is_control) {
		learn_control(f, d);
	} else if (d.len >= head + 8 && d.p[head + 4] == 1 && d.len - head - 2 <= OCTETS) {
		struct request *q = &f->asked[which(be16(d.p + head + 2))];

		q->len = d.len - head - 2;
		memcpy(q->b, d.p + head + 2, q->len);
	}
}

static void drain(struct fuzz *f)
{
	const struct lac_act *a;

	while ((a = lac_next(f->l))) {
		if (a->kind == LAC_ACT_DATAGRAM)
			learn(f, a->bytes);
		else if (a->kind == LAC_ACT_DH)
			abort();
	}
}

/* ---- what it is told ---- */

static void datagram(struct fuzz *f, unsigned flags, const uint8_t *p, size_t len)
{
	struct flow flow = {{ip4_addr(SERVER + 1), 1701}, {ip4_addr(SERVER), 1701}};
	uint8_t *copy = malloc(len + 1); /* as long as it is: reads beyond it are seen */
	struct burst_job job;
	struct bytes packet;

	if (!copy)
		abort();
	if (len)
		memcpy(copy, p, len);
	flow.remote.port = (uint16_t)(flow.remote.port + (flags >> 6 & 1));
	flow.remote.addr = ip4_addr(SERVER + (flags >> 7));
	if (flags & 0x20 && lac_open_begin(f->l, &flow, false, copy, len, &job) == LAC_OPEN_READY)
		lac_open_end(f->l, f->now, &job, &packet);
	else
		lac_input(f->l, f->now, &flow, false, (struct bytes){copy, len});
	free(copy);
	drain(f);
}

static void control(struct fuzz *f, unsigned flags, const uint8_t *avps, size_t len)
{
	uint8_t p[OCTETS];

	put_be16(p, 0xc802);
	put_be16(p + 2, (uint16_t)(12 + len));
	put_be16(p + 4, f->tunnel);
	put_be16(p + 6, flags & 0x40 ? f->session : 0);
	put_be16(p + 8, f->ns);
	put_be16(p + 10, f->nr);
	memcpy(p + 12, avps, len);
	datagram(f, 0, p, 12 + len);
}

static void frame(struct fuzz *f, unsigned flags, const uint8_t *b, size_t len)
{
	size_t head = flags & 0x40 ? 10 : 6;
	uint8_t p[OCTETS * 2] = {flags & 0x40 ? 8 : 0, 2};

	put_be16(p + 2, f->tunnel);
	put_be16(p + 4, f->session);
	memcpy(p + head, b, len);
	datagram(f, flags & 0x20, p, head + len);
}

/* The request comes back, as long as it says it is, with another code and more behind it. */
static void answer(struct fuzz *f, unsigned flags, const uint8_t *b, size_t len)
{
	const struct request *q = &f->asked[(flags >> 5) % 3];
	uint8_t p[OCTETS * 2];
	size_t n = q->len;

	if (len == 0 || n < 6)
		return;
	memcpy(p, q->b, n);
	memcpy(p + n, b + 1, len - 1);
	p[2] = b[0] & 0x7f;
	if (b[0] & 0x80) { /* only what is given behind the identifier */
		memmove(p + 6, p + n, len - 1);
		n = 6;
	}
	n += len - 1;
	put_be16(p + 4, (uint16_t)(n - 2));
	frame(f, 0x20, p, n);
}

static void user_packet(struct fuzz *f, const uint8_t *b, size_t len)
{
	uint8_t room[LAC_SEAL_FRONT + OCTETS + LAC_SEAL_BACK];
	struct lac_sealed out;
	struct burst_job job;

	memcpy(room + LAC_SEAL_FRONT, b, len);
	if (lac_seal_begin(f->l, f->now, room + LAC_SEAL_FRONT, len, &job, &out) == LAC_SEAL_READY)
		learn(f, (struct bytes){out.datagram, out.len});
	lac_send(f->l, f->now, (struct bytes){b, len});
	drain(f);
}

static void pass(struct fuzz *f, uint64_t ms)
{
	uint64_t end = f->now + ms;

	while (lac_next_ms(f->l) <= end) {
		if (lac_next_ms(f->l) > f->now)
			f->now = lac_next_ms(f->l);
		lac_run(f->l, f->now);
		drain(f);
	}
	f->now = end;
}

static void record(struct fuzz *f, unsigned kind, const uint8_t *b, size_t len)
{
	switch (kind & 0x1f) {
	case 0:
		datagram(f, kind, b, len);
		break;
	case 1:
		control(f, kind, b, len);
		break;
	case 2:
		frame(f, kind, b, len);
		break;
	case 3:
		answer(f, kind, b, len);
		break;
	case 4:
		pass(f, (uint64_t)len * 100);
		break;
	case 5:
		user_packet(f, b, len);
		break;
	case 6:
		if (kind & 0x40)
			lac_dial(f->l, f->now);
		else
			lac_hang_up(f->l, f->now);
		drain(f);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {.now = 1000, .random = 1};
	const struct lac_config cfg = {.local = {ip4_addr(SERVER + 1), 1701},
				       .server = ip4_addr(SERVER),
				       .user = "u",
				       .password = {(const uint8_t *)"p", 1},
				       .ppp_auth = PPP_AUTH_PAP | PPP_AUTH_CHAP | PPP_AUTH_MSCHAP1 |
						   PPP_AUTH_MSCHAP2,
				       .ipv6 = true,
				       .raw = true,
				       .random = fuzz_random,
				       .random_ctx = &f};

	f.l = lac_new(&cfg);
	if (!f.l)
		abort();
	lac_dial(f.l, f.now);
	drain(&f);
	for (size_t at = 0; at + 2 <= size;) {
		size_t len = data[at + 1];

		if (len > size - at - 2)
			len = size - at - 2;
		record(&f, data[at], data + at + 2, len);
		at += 2 + len;
	}
	lac_hang_up(f.l, f.now);
	pass(&f, LIMIT_MS);
	if (lac_get_state(f.l) != LAC_DOWN || lac_next_ms(f.l) < f.now)
		abort();
	lac_free(f.l);
	return 0;
}
