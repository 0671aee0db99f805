/*
 * mtu: how long an IP packet inside may be so that its datagram outside is not a fragment
 * (RFC 2661 section 5.8 leaves it to us). The longest PPP header is taken, whatever was
 * negotiated. Called by sa and commands, and by control.
 */
#include "wire/esp.h"
#include "wire/etherip.h"
#include "wire/l2tp_data.h"
#include "wire/udp.h"
#include "worker.h"

#define IPV6_HDR   40
#define PPP_HDR    4
#define L2TP_NS_NR 4

uint16_t dp_session_mtu(const struct dp_sa *sa, uint8_t family, bool sequencing, uint16_t outer_mtu)
{
	size_t block = burst_block_len(&sa->alg);
	size_t outside = (family == 6 ? IPV6_HDR : IPV4_HDR) + (sa->udp_encap ? UDP_HDR : 0u) +
			 ESP_HDR + burst_iv_len(&sa->alg) + burst_icv_len(&sa->alg);
	size_t inside = ESP_TRAILER + (sa->tunnel ? IPV4_HDR : 0u) + UDP_HDR +
			(sequencing ? L2TP_DATA_HDR_MAX : L2TP_DATA_HDR_MAX - L2TP_NS_NR) + PPP_HDR;

	return (uint16_t)((outer_mtu - outside) / block * block - inside);
}

void session_fit(struct worker *w, struct session *s)
{
	const struct sa_out *out = &w->peers[s->cfg.peer].out;
	uint16_t fits = (uint16_t)(out->mtu - (s->cfg.sequencing ? L2TP_NS_NR : 0));

	s->cfg.mtu = out->esp.keys && fits < s->mtu_max ? fits : s->mtu_max;
}

uint16_t ethernet_mtu(const struct worker *w, const struct ethernet *e)
{
	const struct sa_out *out = &w->peers[e->cfg.peer].out;
	size_t l2tp = UDP_HDR + L2TP_DATA_HDR_MAX - L2TP_NS_NR + PPP_HDR;
	size_t fits = out->mtu + l2tp - ETHERIP_HDR - ETH_HDR;

	return out->esp.keys && fits < e->cfg.mtu ? (uint16_t)fits : e->cfg.mtu;
}
