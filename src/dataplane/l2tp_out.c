/*
 * l2tp_out: PPP, L2TP and inner UDP headers in front of a user's packet (RFC 1661
 * section 2, RFC 2661 section 3.1, RFC 3193), or the UDP header alone in front of a
 * control message. The inner UDP checksum is 0: ESP covers it, and IPv4 allows it
 * (RFC 3948 section 3.1.2). Called by port_out and commands; passes to esp_out.
 */
#include "wire/be.h"
#include "wire/l2tp_data.h"
#include "wire/udp.h"
#include "worker.h"

static size_t ppp_put(uint8_t *p, const struct dp_session *s, uint8_t protocol)
{
	size_t n = 0;

	if (!s->tx_acfc) {
		p[n++] = 0xff;
		p[n++] = 0x03;
	}
	if (!s->tx_pfc)
		p[n++] = 0;
	p[n++] = protocol;
	return n;
}

static size_t headers_len(const struct dp_session *s)
{
	return (size_t)UDP_HDR + (s->sequencing ? 10 : 6) + (s->tx_acfc ? 0 : 2) +
	       (s->tx_pfc ? 1 : 2);
}

uint8_t *l2tp_out_begin(struct worker *w, struct session *s, size_t len, uint8_t ppp_protocol)
{
	size_t hdr = headers_len(&s->cfg);
	uint8_t *p = esp_out_begin(w, &w->peers[s->cfg.peer], hdr + len);

	if (!p)
		return NULL;
	udp_put(p, s->cfg.local_port, s->cfg.remote_port, (uint16_t)(hdr + len));
	p += UDP_HDR;
	p += l2tp_data_put(p, s->cfg.peer_tunnel_id, s->cfg.peer_session_id, s->cfg.sequencing,
			   s->ns);
	s->ns++;
	return p + ppp_put(p, &s->cfg, ppp_protocol);
}

void l2tp_out_end(struct worker *w, struct session *s, uint8_t *packet, size_t len)
{
	size_t hdr = headers_len(&s->cfg);

	esp_out_end(w, &w->peers[s->cfg.peer], packet - hdr, hdr + len, IPV4_UDP);
}

/* One counter for a session's data messages, whoever made them: control's PPP frames
 * take their Ns here too (RFC 2661 section 5.4). */
static void number_data(struct worker *w, struct peer *p, uint8_t *message, size_t len)
{
	struct l2tp_data d;
	uint32_t slot;

	if (l2tp_data_parse((struct bytes){message, len}, &d) != L2TP_DATA_OK || d.control ||
	    !d.sequenced)
		return;
	for (slot = p->session_first; slot != NONE; slot = w->sessions[slot].next) {
		struct session *s = &w->sessions[slot];

		if (!s->cfg.sequencing || s->cfg.peer_tunnel_id != d.tunnel_id ||
		    s->cfg.peer_session_id != d.session_id)
			continue;
		put_be16(message + (message[0] & (L2TP_L >> 8) ? 8 : 6), s->ns++);
		return;
	}
}

bool l2tp_out_message(struct worker *w, struct peer *p, uint16_t local_port, uint16_t remote_port,
		      const void *message, size_t len)
{
	uint8_t *udp = esp_out_begin(w, p, UDP_HDR + len);

	if (!udp)
		return false;
	udp_put(udp, local_port, remote_port, (uint16_t)(UDP_HDR + len));
	memcpy(udp + UDP_HDR, message, len);
	number_data(w, p, udp + UDP_HDR, len);
	esp_out_end(w, p, udp, UDP_HDR + len, IPV4_UDP);
	return true;
}
