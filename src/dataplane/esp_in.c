/*
 * esp_in: inbound ESP (RFC 4303 section 3.4). Looks up the SA, pre-checks the
 * replay window, collects a burst across SAs, has it authenticated and decrypted
 * together, commits the window and takes the padding off. Transport mode with UDP
 * inside is the only selector (RFC 3193). Called by rx and handoff; passes to
 * l2tp_in. Never answers and never looks at a payload whose ICV was wrong.
 */
#include "wire/esp.h"
#include "worker.h"

static bool count_replay(struct worker *w, enum replay_verdict v)
{
	if (v == REPLAY_FRESH)
		return true;
	count(w, v == REPLAY_ZERO  ? DROP_REPLAY_ZERO
		 : v == REPLAY_OLD ? DROP_REPLAY_OLD
				   : DROP_REPLAY_SEEN);
	return false;
}

/* The gate for lengths: behind it the packet has header, IV, at least one whole
 * block and the ICV. */
static bool length_ok(const struct sa_in *sa, size_t len)
{
	size_t fixed = (size_t)ESP_HDR + sa->iv_len + sa->icv_len;

	return len >= fixed + sa->block_len && (len - fixed) % sa->block_len == 0;
}

void esp_in(struct worker *w, uint8_t *esp, size_t len, const struct flow *flow, bool udp_encap)
{
	uint32_t slot = len < ESP_HDR ? NONE : slot_map_find(&w->by_spi, be32(esp));
	struct sa_in *sa;
	uint32_t seq;

	if (slot == NONE) {
		count(w, len < ESP_HDR ? DROP_ESP_SHORT : DROP_SPI_UNKNOWN);
		return;
	}
	sa = &w->sas[slot];
	if (!length_ok(sa, len)) {
		count(w, DROP_ESP_SHORT);
		return;
	}
	seq = be32(esp + 4);
	if (!count_replay(w, replay_check(&sa->replay, seq)))
		return;
	w->open_jobs[w->n_open] = (struct burst_job){
		.sa = sa->keys,
		.esp = esp,
		.len = (uint32_t)(len - sa->icv_len),
	};
	w->open_rx[w->n_open] = (struct esp_rx){
		.sa = sa, .flow = flow, .esp = esp, .seq = seq, .udp_encap = udp_encap};
	if (++w->n_open == BURST_MAX)
		esp_in_flush(w);
}

static void tell_first(struct worker *w, struct sa_in *sa)
{
	struct dp_punt p = {
		.kind = DP_PUNT_SA_FIRST,
		.peer_handle = w->peers[sa->peer].handle,
		.sa_handle = sa->handle,
	};

	sa->first_told = punt_message(w, PUNT_CLASS_EVENT, &p);
}

static void finish(struct worker *w, const struct esp_rx *rx, const struct burst_job *job)
{
	struct sa_in *sa = rx->sa;
	size_t hdr = (size_t)ESP_HDR + sa->iv_len, len;
	bool newest = rx->seq > sa->replay.top;
	uint8_t *payload = rx->esp + hdr, next;

	if (!job->ok) {
		count(w, DROP_ESP_ICV);
		return;
	}
	if (!count_replay(w, replay_commit(&sa->replay, rx->seq)))
		return;
	path_seen(w, rx, newest);
	if (!sa->first_told)
		tell_first(w, sa);
	if (esp_unpad(payload, job->len - hdr, &len, &next) != ESP_TRAILER_OK) {
		count(w, DROP_ESP_PADDING);
	} else if (next != IPV4_UDP) {
		count(w, next == ESP_NEXT_NONE ? DROP_ESP_DUMMY : DROP_ESP_SELECTOR);
	} else {
		count(w, COUNT_ESP_IN);
		l2tp_in(w, rx, payload, len);
	}
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
