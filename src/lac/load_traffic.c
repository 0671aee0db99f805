/*
 * load_traffic: UDP datagrams with number and time in them, pings, and TCP by load_tcp.c, for
 * one client of the load generator. RFC 768, RFC 792, RFC 862 (echo), RFC 863 (discard).
 * Called by load_client.c. Never does I/O, never reads a clock.
 */
#include "load_traffic.h"

#include <string.h>

#include "lac/echo.h"
#include "load_tcp.h"
#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define US_A_SECOND  1000000ull
#define UDP_HEADERS  (IPV4_HDR + UDP_HDR)
#define UDP_MARK     0x534b4c44 /* "SKLD" */
#define PORT_BASE    20000
#define PORT_ECHO    7
#define PORT_DISCARD 9
#define PING_DATA    56
#define TTL          64
#define UDP_AT_ONCE  64
#define LATE_US      100000 /* what a client missed for longer it does not make up for */

/* ---- pace ---- */

void load_pace_begin(struct load_pace *p, uint64_t now_us, unsigned per_s)
{
	*p = (struct load_pace){.begin_us = now_us, .per_s = per_s};
}

uint64_t load_pace_next_us(const struct load_pace *p)
{
	return p->per_s ? p->begin_us + p->done * US_A_SECOND / p->per_s : p->begin_us;
}

unsigned load_pace_due(const struct load_pace *p, uint64_t now_us, unsigned most)
{
	uint64_t due;

	if (!p->per_s)
		return most;
	if (now_us < p->begin_us)
		return 0;
	due = (now_us - p->begin_us) * p->per_s / US_A_SECOND + 1;
	if (due <= p->done)
		return 0;
	return due - p->done < most ? (unsigned)(due - p->done) : most;
}

void load_pace_did(struct load_pace *p, unsigned n)
{
	p->done += n;
}

void load_pace_forgive(struct load_pace *p, uint64_t now_us, uint64_t slack_us)
{
	if (p->per_s && load_pace_next_us(p) + slack_us < now_us)
		load_pace_begin(p, now_us - slack_us, p->per_s);
}

/* ---- begin and end ---- */

void load_traffic_begin(struct load_traffic *f, const struct load_traffic_options *o,
			const struct ppp_up *up, uint32_t number, uint64_t now_us)
{
	uint64_t phase = (uint64_t)number * 0x9e3779b1u & 0xffffffff; /* spread evenly */

	load_traffic_free(f);
	*f = (struct load_traffic){
		.runs = true,
		.local_ip = up->local_ip,
		.peer_ip = up->peer_ip,
		.target_ip = o->target_ip ? o->target_ip : up->peer_ip,
		.size = (uint16_t)(o->size < up->peer_mru ? o->size : up->peer_mru),
		.udp_seq = 1,
		.ping_next_us = now_us + (phase * o->ping_s * US_A_SECOND >> 32),
	};
	if (o->kind == LOAD_UDP)
		load_pace_begin(&f->pace, now_us + (phase * US_A_SECOND / o->pps >> 32), o->pps);
	if (o->kind == LOAD_TCP)
		f->tcp = load_tcp_new(f, o, now_us);
}

void load_traffic_end(struct load_traffic *f, uint64_t now_us)
{
	f->runs = false;
	if (f->tcp)
		load_tcp_abort(f->tcp, now_us);
}

void load_traffic_free(struct load_traffic *f)
{
	load_tcp_free(f->tcp);
	*f = (struct load_traffic){0};
}

/* ---- UDP ---- */

static uint16_t udp_port(const struct load_traffic_options *o)
{
	if (o->target_port)
		return o->target_port;
	return o->direction == LOAD_ECHO ? PORT_ECHO : PORT_DISCARD;
}

static size_t put_udp(struct load_traffic *f, const struct load_traffic_options *o, uint64_t now_us,
		      uint8_t *p)
{
	uint8_t *udp = p + IPV4_HDR, *data = udp + UDP_HDR;
	uint16_t len = (uint16_t)(f->size - IPV4_HDR);

	ipv4_put(p, f->size, TTL, IPV4_UDP, f->local_ip, f->target_ip);
	udp_put(udp, PORT_BASE, udp_port(o), len);
	put_be32(data, UDP_MARK);
	put_be32(data + 4, f->udp_seq++);
	put_be32(data + 8, (uint32_t)(now_us >> 32));
	put_be32(data + 12, (uint32_t)now_us);
	memset(data + LOAD_UDP_DATA, 0, f->size - UDP_HEADERS - (size_t)LOAD_UDP_DATA);
	/* the zeros behind add nothing */
	checksum_store(udp + UDP_CHECKSUM, checksum_add(checksum_pseudo4(p, IPV4_UDP, len), udp,
							UDP_HDR + LOAD_UDP_DATA));
	return f->size;
}

static bool udp_whole(const uint8_t *ip, const uint8_t *udp, uint16_t len)
{
	return be16(udp + UDP_CHECKSUM) == 0 ||
	       checksum_fold(checksum_add(checksum_pseudo4(ip, IPV4_UDP, len), udp, len)) == 0xffff;
}

/* True: an answer to one of ours. */
static bool take_udp(struct load_traffic *f, struct load_stats *s, uint64_t now_us,
		     const uint8_t *ip, struct bytes body)
{
	struct udp udp;
	uint32_t seq;
	uint64_t sent_us;
	const uint8_t *data = body.p + UDP_HDR;

	if (!udp_parse(body.p, body.len, &udp) || udp.len < UDP_HDR + LOAD_UDP_DATA ||
	    udp.dst_port != PORT_BASE || be32(data) != UDP_MARK || !udp_whole(ip, body.p, udp.len))
		return false;
	seq = be32(data + 4);
	sent_us = (uint64_t)be32(data + 8) << 32 | be32(data + 12);
	if (sent_us > now_us || seq == 0 || seq >= f->udp_seq)
		return false;
	load_count_add(s, COUNT_UDP_RECEIVED, 1);
	load_hist_add(&s->rtt, now_us - sent_us);
	if (seq < f->udp_top)
		load_count_add(s, COUNT_UDP_LATE, 1);
	else
		f->udp_top = seq;
	return true;
}

/* ---- pings ---- */

static size_t put_ping(struct load_traffic *f, const struct load_traffic_options *o,
		       uint64_t now_us, uint8_t *p)
{
	const struct echo e = {.type = ECHO_REQUEST,
			       .seq = ++f->ping_seq,
			       .src = f->local_ip,
			       .dst = f->target_ip,
			       .size = PING_DATA};

	f->ping_us = now_us;
	f->ping_out = true;
	f->ping_next_us += o->ping_s * US_A_SECOND;
	if (f->ping_next_us < now_us)
		f->ping_next_us = now_us + o->ping_s * US_A_SECOND;
	return echo_build(p, &e);
}

static bool take_ping(struct load_traffic *f, struct load_stats *s, uint64_t now_us,
		      struct bytes packet)
{
	struct echo e;

	if (!echo_parse(packet, &e) || e.type != ECHO_REPLY || !e.intact || !f->ping_out ||
	    e.seq != f->ping_seq)
		return false;
	f->ping_out = false;
	load_count_add(s, COUNT_PINGS_ANSWERED, 1);
	load_hist_add(&s->rtt, now_us - f->ping_us);
	return true;
}

/* ---- all of it ---- */

size_t load_traffic_out(struct load_traffic *f, const struct load_traffic_options *o,
			struct load_stats *s, uint64_t now_us, uint8_t *p)
{
	if (f->tcp) {
		size_t len = load_tcp_out(f, o, s, now_us, p);

		if (len)
			return len;
	}
	if (!f->runs)
		return 0;
	if (o->ping_s && now_us >= f->ping_next_us) {
		load_count_add(s, COUNT_PINGS_SENT, 1);
		return put_ping(f, o, now_us, p);
	}
	if (o->kind == LOAD_UDP && load_pace_due(&f->pace, now_us, 1)) {
		load_pace_forgive(&f->pace, now_us, LATE_US);
		load_pace_did(&f->pace, 1);
		load_count_add(s, COUNT_UDP_SENT, 1);
		return put_udp(f, o, now_us, p);
	}
	return 0;
}

void load_traffic_in(struct load_traffic *f, const struct load_traffic_options *o,
		     struct load_stats *s, uint64_t now_us, struct bytes packet)
{
	struct ipv4 ip;
	bool known = false;

	if (ipv4_parse(packet.p, packet.len, false, &ip) == IPV4_OK && ip.dst == f->local_ip &&
	    !ipv4_is_fragment(&ip)) {
		struct bytes body = {packet.p + ip.hdr_len, (size_t)ip.total_len - ip.hdr_len};

		if (ip.proto == IPV4_TCP && f->tcp)
			known = load_tcp_in(f->tcp, s, now_us, packet);
		else if (ip.proto == IPV4_UDP && o->kind == LOAD_UDP)
			known = take_udp(f, s, now_us, packet.p, body);
		else if (ip.proto == IPV4_ICMP)
			known = take_ping(f, s, now_us, packet);
	}
	if (!known)
		load_count_add(s, COUNT_OTHERS, 1);
}

uint64_t load_traffic_next_us(const struct load_traffic *f, const struct load_traffic_options *o)
{
	uint64_t next = f->tcp ? load_tcp_next_us(f->tcp) : UINT64_MAX;

	if (!f->runs)
		return next;
	if (o->ping_s && f->ping_next_us < next)
		next = f->ping_next_us;
	if (o->kind == LOAD_UDP && load_pace_next_us(&f->pace) < next)
		next = load_pace_next_us(&f->pace);
	return next;
}
