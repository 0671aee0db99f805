/*
 * esp_in: inbound ESP (RFC 4303 section 3.4). Looks up the SA, pre-checks the
 * replay window, collects a burst across SAs, has it authenticated and decrypted
 * together, commits the window and takes the padding off, and in tunnel mode the
 * inner header. UDP (RFC 3193) and EtherIP (RFC 3378) inside are the only selectors, in the mode
 * of the SA (RFC 4301 section 5.2). Called by rx and handoff; passes to l2tp_in and ethernet_in.
 * Never answers and never looks at a payload whose ICV was wrong.
 */
#include "wire/esp.h"
#include "wire/etherip.h"
#include "worker.h"

static bool count_replay(struct worker *w, struct sa_in *sa, enum replay_verdict v)
{
	if (v == REPLAY_FRESH)
		return true;
	sa->replays++;
	count(w, v == REPLAY_ZERO  ? DROP_REPLAY_ZERO
		 : v == REPLAY_OLD ? DROP_REPLAY_OLD
				   : DROP_REPLAY_SEEN);
	return false;
}

/* The gate for lengths: behind it the packet has header, IV, at least one whole
 * block and the ICV. */
static bool length_ok(const struct esp_sa *esp, size_t icv_len, size_t len)
{
	size_t fixed = (size_t)ESP_HDR + esp->iv_len + icv_len;

	return len >= fixed + esp->block_len && (len - fixed) % esp->block_len == 0;
}

/* With which of the SA's keys (icv.c); false: the length fits none. */
static bool choose_keys(const struct esp_sa *esp, size_t len, bool *other)
{
	*other = !length_ok(esp, esp->icv_len, len);
	return !*other || (esp->other && length_ok(esp, icv_other_len(esp), len));
}

static void open_later(struct worker *w, const struct esp_rx *rx, size_t len)
{
	const struct esp_sa *esp = &rx->sa->esp;
	size_t icv_len = rx->other ? icv_other_len(esp) : esp->icv_len;

	w->open_jobs[w->n_open] = (struct burst_job){
		.sa = rx->other ? esp->other : esp->keys,
		.esp = rx->esp,
		.len = (uint32_t)(len - icv_len),
	};
	w->open_rx[w->n_open] = *rx;
	/* what the other keys make of a packet is known before the next is looked at */
	if (++w->n_open == BURST_MAX || rx->other)
		esp_in_flush(w);
}

void esp_in(struct worker *w, uint8_t *esp, size_t len, const struct flow *flow, bool udp_encap)
{
	uint32_t slot = len < ESP_HDR ? NONE : slot_map_find(&w->by_spi, be32(esp));
	struct esp_rx rx = {.flow = flow, .esp = esp, .udp_encap = udp_encap};

	if (slot == NONE) {
		count(w, len < ESP_HDR ? DROP_ESP_SHORT : DROP_SPI_UNKNOWN);
		return;
	}
	rx.sa = &w->sas[slot];
	if (!choose_keys(&rx.sa->esp, len, &rx.other)) {
		count(w, DROP_ESP_SHORT);
		return;
	}
	rx.seq = be32(esp + 4);
	if (!count_replay(w, rx.sa, replay_check(&rx.sa->replay, rx.seq)))
		return;
	if (life_over_in(&rx.sa->esp)) {
		count(w, DROP_ESP_LIFE_IN);
		return;
	}
	if (rx.other)
		esp_in_flush(w); /* a packet that waits may settle it */
	if (choose_keys(&rx.sa->esp, len, &rx.other))
		open_later(w, &rx, len);
	else
		count(w, DROP_ESP_SHORT);
}

static void tell_first(struct worker *w, struct sa_in *sa)
{
	struct dp_punt p = {
		.kind = DP_PUNT_SA_FIRST,
		.peer_handle = w->peers[sa->peer].handle,
		.sa_handle = sa->esp.handle,
		.icv96 = sa->esp.icv96,
	};

	sa->first_told = punt_message(w, PUNT_CLASS_EVENT, &p);
}

static void wrong_icv(struct worker *w, const struct esp_rx *rx)
{
	rx->sa->icv_failures++;
	count(w, DROP_ESP_ICV);
	if (rx->other)
		icv_failed(rx->sa);
}

/* The other mode's next header has its own reason: the peer and we disagree about the SA. */
static enum dp_count next_header_fault(uint8_t next)
{
	return next == ESP_NEXT_NONE                       ? DROP_ESP_DUMMY
	       : next == ESP_NEXT_IPV4                     ? DROP_ESP_TUNNEL
	       : next == IPV4_UDP || next == ETHERIP_PROTO ? DROP_ESP_TRANSPORT
							   : DROP_ESP_SELECTOR;
}

static void pass_on(struct worker *w, const struct esp_rx *rx, uint8_t *payload, size_t len)
{
	const struct esp_sa *esp = &rx->sa->esp;
	uint8_t next;

	if (esp_unpad(payload, len, &len, &next) != ESP_TRAILER_OK) {
		count(w, DROP_ESP_PADDING);
		return;
	}
	if (esp->tunnel && next != ESP_NEXT_IPV4) {
		count(w, next_header_fault(next));
		return;
	}
	if (esp->tunnel && !tunnel_in(w, esp, &payload, &len, &next))
		return;
	if (next == IPV4_UDP || next == ETHERIP_PROTO)
		count(w, COUNT_ESP_IN);
	if (next == IPV4_UDP)
		l2tp_in(w, rx, payload, len);
	else if (next == ETHERIP_PROTO)
		ethernet_in(w, rx, payload, len);
	else
		count(w, esp->tunnel ? DROP_ESP_SELECTOR : next_header_fault(next));
}

static void finish(struct worker *w, const struct esp_rx *rx, const struct burst_job *job)
{
	struct sa_in *sa = rx->sa;
	size_t hdr = (size_t)ESP_HDR + sa->esp.iv_len, len = job->len - hdr;
	bool newest = rx->seq > sa->replay.top;

	if (!job->ok) {
		wrong_icv(w, rx);
		return;
	}
	if (!count_replay(w, sa, replay_commit(&sa->replay, rx->seq)))
		return;
	if (sa->esp.other)
		icv_found(w, sa, rx->other);
	path_seen(w, rx, newest);
	if (!sa->first_told)
		tell_first(w, sa);
	life_count(w, &w->peers[sa->peer], &sa->esp, true, len);
	pass_on(w, rx, rx->esp + hdr, len);
}

void esp_in_flush(struct worker *w)
{
	unsigned n = w->n_open;

	if (n == 0)
		return;
	burst_open(w->burst, w->open_jobs, n);
	w->n_open = 0;
	for (unsigned i = 0; i < n; i++)
		finish(w, &w->open_rx[i], &w->open_jobs[i]);
}
