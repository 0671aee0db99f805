/*
 * data: the way of packets through PPP (RFC 1661 section 2), L2TP data messages (RFC
 * 2661 section 3.1) and ESP (RFC 4303, RFC 3193 section 4), in bursts of the
 * caller's or of one. Called by the user of lac.h and by glue.c and lac.c. User packets
 * are copied only by lac_send() and lac_input(); what is no user packet goes to glue.c.
 */
#include <string.h>

#include "lac_i.h"
#include "wire/be.h"
#include "wire/esp.h"
#include "wire/l2tp_data.h"

#define PPP_IPV4      0x21
#define PPP_IPV6      0x57
#define PPP_HEAD      4 /* Address, Control, Protocol: RFC 1661 6.5 and 6.6 let us write all */
#define L2TP_HEAD     8 /* with Length */
#define L2TP_HEAD_SEQ 12
#define SEAL_MAX      65000
#define ALIVE_MS      100 /* how often the other rooms hear of user packets */

_Static_assert(PPP_HEAD + L2TP_HEAD_SEQ + ESP_UDP_FRONT <= LAC_SEAL_FRONT, "room in front");
_Static_assert(ESP_UDP_BACK <= LAC_SEAL_BACK, "room behind");

/* ---- out ---- */

/* The pair has nearly used up its kilobytes: lac_run() is due. */
static void look_at_wear(struct lac *l, uint64_t now_ms, const struct esp_pair *p)
{
	if (p && p->octets >= p->wears && !p->worn)
		timerq_arm(&l->timers, &l->worn, now_ms);
}

/* A UDP payload between the L2TP ports. */
static enum lac_seal seal_udp(struct lac *l, uint8_t *payload, size_t len, struct burst_job *job,
			      struct lac_sealed *out)
{
	struct esp_pair *p = esp_sender(&l->esp);
	uint8_t iv[BURST_IV_MAX];

	l->data_flow = l->flow;
	*out = (struct lac_sealed){.flow = &l->data_flow, .datagram = payload, .len = len};
	if (l->cfg.raw) {
		l->data_flow.remote.port = l->remote_port;
		return LAC_SEAL_READY;
	}
	if (!p) {
		lac_drop(l, LAC_DROP_NO_SA);
		return LAC_SEAL_NO;
	}
	if (!p->iv_is_counter)
		shared_iv(l->sh, &l->cfg, iv, p->iv_len);
	if (!esp_seal_begin(p, l->cfg.l2tp_port, l->remote_port, iv, payload, len, job)) {
		lac_drop(l, LAC_DROP_SEQUENCE);
		return LAC_SEAL_NO;
	}
	out->datagram = job->esp;
	out->len = job->len + p->icv_len;
	out->raw_esp = !p->udp_encap;
	l->data_flow.local.port = p->udp_encap ? NATT_PORT : 0;
	if (out->raw_esp)
		l->data_flow.remote.port = 0;
	return LAC_SEAL_JOB;
}

/* Writes what stands in front of the packet in a data message of the call; returns where it
 * begins. */
static uint8_t *put_heads(struct lac *l, uint8_t *packet, size_t *len)
{
	size_t head = l->sequenced ? L2TP_HEAD_SEQ : L2TP_HEAD;
	uint8_t *ppp = packet - PPP_HEAD, *p = ppp - head;
	uint16_t ns;

	*len += PPP_HEAD + head;
	put_be16(ppp, 0xff03);
	put_be16(ppp + 2, packet[0] >> 4 == 6 ? PPP_IPV6 : PPP_IPV4);
	put_be16(p, (uint16_t)(L2TP_L | 2 | (l->sequenced ? L2TP_S : 0)));
	put_be16(p + 2, (uint16_t)*len);
	put_be16(p + 4, l->call_info.peer_tunnel_id);
	put_be16(p + 6, l->call_info.peer_session_id);
	if (l->sequenced) {
		ns = l2tp_call_ns(l->l2tp, l->call);
		l2tp_call_set_ns(l->l2tp, l->call, (uint16_t)(ns + 1));
		put_be16(p + 8, ns);
		put_be16(p + 10, 0);
	}
	return p;
}

static enum lac_seal seal_packet(struct lac *l, uint64_t now_ms, uint8_t *packet, size_t len,
				 struct burst_job *job, struct lac_sealed *out)
{
	enum lac_seal done;
	uint8_t *message;

	if (l->state != LAC_UP || len == 0 || len > SEAL_MAX) {
		lac_drop(l, l->state == LAC_UP ? LAC_DROP_LONG : LAC_DROP_NOT_UP);
		return LAC_SEAL_NO;
	}
	message = put_heads(l, packet, &len);
	done = seal_udp(l, message, len, job, out);
	look_at_wear(l, now_ms, esp_sender(&l->esp));
	return done;
}

enum lac_seal lac_seal_begin(struct lac *l, uint64_t now_ms, uint8_t *packet, size_t len,
			     struct burst_job *job, struct lac_sealed *out)
{
	enum lac_seal done = seal_packet(l, now_ms, packet, len, job, out);

	l->sh->yard.jobs += done == LAC_SEAL_JOB;
	return done;
}

static void seal_one(struct lac *l, enum lac_seal done, struct burst_job *job,
		     const struct lac_sealed *sealed)
{
	if (done == LAC_SEAL_NO)
		return;
	if (done == LAC_SEAL_JOB)
		burst_seal(l->sh->burst, job, 1);
	lac_act_datagram(l, sealed->flow, sealed->raw_esp, false,
			 (struct bytes){sealed->datagram, sealed->len});
}

/* A copy with room around it; NULL: too long. */
static uint8_t *roomy_copy(struct lac *l, struct bytes b)
{
	uint8_t *to = l->sh->out + LAC_SEAL_FRONT;

	if (b.len > LAC_PACKET_MAX) {
		lac_drop(l, LAC_DROP_LONG);
		return NULL;
	}
	if (b.len)
		memcpy(to, b.p, b.len);
	return to;
}

void lac_l2tp_out(struct lac *l, struct bytes msg)
{
	uint8_t *p = roomy_copy(l, msg);
	struct burst_job job = {0};
	struct lac_sealed sealed;

	if (p)
		seal_one(l, seal_udp(l, p, msg.len, &job, &sealed), &job, &sealed);
}

void lac_send_packet(struct lac *l, uint64_t now_ms, struct bytes ip_packet)
{
	uint8_t *p = roomy_copy(l, ip_packet);
	struct burst_job job = {0};
	struct lac_sealed sealed;

	if (p)
		seal_one(l, seal_packet(l, now_ms, p, ip_packet.len, &job, &sealed), &job, &sealed);
}

/* ---- in ---- */

bool lac_packet_of_frame(struct bytes frame, struct bytes *packet)
{
	struct rd r = rd_of_bytes(frame), framed = r;
	uint8_t protocol;

	if (rd_u16(&framed) == 0xff03)
		r = framed;
	protocol = rd_u8(&r);
	if (protocol == 0)
		protocol = rd_u8(&r);
	if (protocol != PPP_IPV4 && protocol != PPP_IPV6)
		return false;
	*packet = rd_rest(&r);
	return packet->len != 0;
}

static bool from_server(const struct lac *l, const struct flow *flow)
{
	return ip_addr_eq(&flow->remote.addr, &l->cfg.server);
}

enum lac_open lac_open_begin(struct lac *l, const struct flow *flow, bool raw_esp,
			     uint8_t *datagram, size_t len, struct burst_job *job)
{
	if (l->cfg.raw) {
		if (l->state != LAC_UP || flow->remote.port != l->remote_port ||
		    !from_server(l, flow) || len > UINT16_MAX)
			return LAC_OPEN_NO;
		job->sa = NULL;
		job->esp = datagram;
		job->len = (uint32_t)len;
		job->ok = true;
		return LAC_OPEN_READY;
	}
	if (!raw_esp && flow->remote.port != NATT_PORT)
		return LAC_OPEN_NO;
	if (esp_open_begin(&l->esp, datagram, len, job))
		return LAC_OPEN_NO;
	l->sh->yard.jobs++;
	return LAC_OPEN_JOB;
}

/* The IP packet of a data message of the call, numbered as the last one was. */
static bool message_packet(const struct lac *l, struct bytes msg, struct bytes *packet)
{
	struct l2tp_data d;

	return l->state == LAC_UP && l2tp_data_parse(msg, &d) == L2TP_DATA_OK && !d.control &&
	       d.tunnel_id == l->call_info.tunnel_id && d.session_id == l->call_info.session_id &&
	       d.sequenced == l->sequenced && lac_packet_of_frame(d.payload, packet);
}

/* ike, l2tp and ppp ask nobody for a sign of life while packets come. */
static void tell_alive(struct lac *l, uint64_t now_ms)
{
	if (now_ms < l->alive_ms + ALIVE_MS)
		return;
	l->alive_ms = now_ms;
	if (l->ike)
		ike_alive(l->ike, now_ms, l->server);
	l2tp_call_heard(l->l2tp, now_ms, l->call);
	ppp_alive(l->ppp, now_ms);
}

bool lac_open_end(struct lac *l, uint64_t now_ms, const struct burst_job *job,
		  struct bytes *ip_packet)
{
	uint16_t from = l->remote_port, to = l->cfg.l2tp_port;
	struct bytes msg = {job->esp, job->len};
	enum lac_drop bad = LAC_DROP_NONE;

	*ip_packet = (struct bytes){NULL, 0};
	if (!l->cfg.raw)
		bad = esp_open_end(&l->esp, job, &from, &to, &msg);
	if (!bad && to != l->cfg.l2tp_port)
		bad = LAC_DROP_PORT;
	if (bad) {
		lac_drop(l, bad);
		return false;
	}
	if (from == l->remote_port && message_packet(l, msg, ip_packet)) {
		tell_alive(l, now_ms);
		look_at_wear(l, now_ms, esp_sender(&l->esp));
		return !lac_play_packet(l, *ip_packet);
	}
	if (l->ike)
		ike_alive(l->ike, now_ms, l->server);
	lac_l2tp_in(l, now_ms, from, msg);
	lac_drain(l, now_ms);
	return false;
}

void lac_esp_in(struct lac *l, uint64_t now_ms, struct bytes packet)
{
	struct burst_job job = {0};
	struct bytes ip_packet;
	enum lac_drop bad = LAC_DROP_LONG;

	if (packet.len <= sizeof(l->sh->in)) {
		memcpy(l->sh->in, packet.p, packet.len);
		bad = esp_open_begin(&l->esp, l->sh->in, packet.len, &job);
	}
	if (bad) {
		lac_drop(l, bad);
		return;
	}
	burst_open(l->sh->burst, &job, 1);
	if (lac_open_end(l, now_ms, &job, &ip_packet))
		lac_act_packet(l, ip_packet);
}

void lac_plain_in(struct lac *l, uint64_t now_ms, const struct flow *flow, struct bytes msg)
{
	struct bytes packet;

	if (!from_server(l, flow)) {
		lac_drop(l, LAC_DROP_ADDRESS);
	} else if (flow->remote.port == l->remote_port && message_packet(l, msg, &packet)) {
		tell_alive(l, now_ms);
		if (!lac_play_packet(l, packet))
			lac_act_packet(l, packet);
	} else {
		lac_l2tp_in(l, now_ms, flow->remote.port, msg);
	}
}
