/*
 * tunnel: the inner IPv4 header of tunnel mode SAs (RFC 4301 sections 5.1.2 and 5.2). The
 * packet ends here, at L2TP, so of its header only what the SA's selectors say matters:
 * the addresses that were agreed, UDP, no fragment (L2TP messages that we would have to
 * put together are never longer than a datagram of the outside). Called by esp_in.
 */
#include "wire/ipv4.h"
#include "worker.h"

bool tunnel_in(struct worker *w, const struct esp_sa *esp, uint8_t **payload, size_t *len)
{
	struct ipv4 ip;

	if (ipv4_parse(*payload, *len, true, &ip) != IPV4_OK) {
		count(w, DROP_TUNNEL_HEADER);
	} else if (ip.src != esp->tunnel_remote || ip.dst != esp->tunnel_local) {
		count(w, DROP_TUNNEL_ADDRESS);
	} else if (ipv4_is_fragment(&ip)) {
		count(w, DROP_TUNNEL_FRAGMENT);
	} else if (ip.proto != IPV4_UDP) {
		count(w, DROP_ESP_SELECTOR);
	} else {
		*payload += ip.hdr_len;
		*len = (size_t)ip.total_len - ip.hdr_len;
		return true;
	}
	return false;
}
