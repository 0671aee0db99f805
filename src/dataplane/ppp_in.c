/*
 * ppp_in: the PPP frame of a session's data message (RFC 1661 section 2, RFC 1662
 * section 3.1; no flags and no FCS in L2TP). IPv4 goes on to the switch, and
 * IPv6 of a session that has it; every other protocol to control. Address and control field and the
 * protocol's first octet may be left out whether negotiated or not: a receiver loses nothing by it.
 */
#include "base/rd.h"
#include "worker.h"

#define PPP_ALL_STATIONS 0xff
#define PPP_UI           0x03

void ppp_in(struct worker *w, struct session *s, const struct l2tp_rx *l2tp, uint8_t *frame,
	    size_t len)
{
	struct rd r = rd_of(frame, len);
	uint16_t protocol;

	if (len >= 2 && frame[0] == PPP_ALL_STATIONS && frame[1] == PPP_UI)
		rd_skip(&r, 2);
	protocol = rd_u8(&r);
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
	if (!rd_ok(&r)) {
		s->stats.drops_in++;
		count(w, DROP_PPP_SHORT);
	} else if (protocol == PPP_IPV4) {
		switch_user_packet(w, s, frame + (r.p - frame), rd_left(&r));
	} else if (protocol == PPP_IPV6) {
		switch_user_packet6(w, s, frame + (r.p - frame), rd_left(&r));
	} else {
		l2tp_in_control(w, s, l2tp);
	}
}
