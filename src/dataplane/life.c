/*
 * life: the lifetime of an SA in octets, and its counters (RFC 4301 section 4.4.2.1). What
 * counts are the octets that the cipher is applied to: payload, padding, trailer. At the
 * soft limit control hears of it once, early enough to rekey. At the hard limit an
 * outbound SA sends no more. An inbound one goes on for a quarter of its lifetime: the
 * two ends do not count alike (loss; peers that leave padding or headers out), and
 * section 4.4.2.1 wants that borne; it is the sender's duty to stop. Called by esp_in
 * and esp_out.
 */
#include "worker.h"

static void tell_soft(struct worker *w, const struct peer *p, struct esp_sa *esp, bool inbound)
{
	struct dp_punt punt = {
		.kind = DP_PUNT_SA_SOFT,
		.peer_handle = p->handle,
		.sa_handle = esp->handle,
		.inbound = inbound,
		.by_octets = true,
	};

	esp->soft_told = punt_message(w, PUNT_CLASS_EVENT, &punt);
}

void life_count(struct worker *w, const struct peer *p, struct esp_sa *esp, bool inbound,
		size_t octets)
{
	esp->packets++;
	esp->octets += octets;
	esp->last_ms = w->now_ms;
	if (esp->octets >= esp->soft_octets && !esp->soft_told)
		tell_soft(w, p, esp, inbound);
}

bool life_over_out(const struct esp_sa *esp)
{
	return esp->octets >= esp->hard_octets;
}

bool life_over_in(const struct esp_sa *esp)
{
	return esp->octets >= esp->hard_octets &&
	       esp->octets - esp->hard_octets >= esp->hard_octets / 4;
}
