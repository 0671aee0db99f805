/*
 * tunnel: the inner IPv4 header of tunnel mode SAs (RFC 4301 sections 5.1.2 and 5.2). The
 * packet ends here, at L2TP or EtherIP, so of its header only what the SA's selectors say matters:
 * the addresses that were agreed, no fragment (what we would have to
 * put together is never longer than a datagram of the outside), and what it holds. Called by
 * esp_in.
 */
#include "wire/ipv4.h"
#include "worker.h"

bool tunnel_in(struct worker *w, const struct esp_sa *esp, uint8_t **payload, size_t *len,
	       uint8_t *next)
{
	struct ipv4 ip;

	if (ipv4_parse(*payload, *len, true, &ip) != IPV4_OK) {
		count(w, DROP_TUNNEL_HEADER);
	} else if (ip.src != esp->tunnel_remote || ip.dst != esp->tunnel_local) {
		count(w, DROP_TUNNEL_ADDRESS);
	} else if (ipv4_is_fragment(&ip)) {
		count(w, DROP_TUNNEL_FRAGMENT);
	} else {
		*payload += ip.hdr_len;
		*len = (size_t)ip.total_len - ip.hdr_len;
		*next = ip.proto;
		return true;
	}
	return false;
}
