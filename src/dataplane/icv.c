/*
 * icv: which truncation of HMAC-SHA2-256 a peer uses. RFC 4868 section 2.3 says 128 bits;
 * kernels of Android before 8 cut to 96, as a draft of it said, while their IKE agrees to
 * the 128. So an SA with that algorithm begins with keys for both. The length of a packet
 * tells which it can be: behind a cipher of 8 or 16-octet blocks, lengths that differ by
 * 4 are never both whole. What has the other length is tried with the other keys, one
 * packet at a time and at most OTHER_MAX times; the first authentic packet decides for
 * both SAs of the child, and later packets cannot change it. The next SAs of the peer
 * begin with what was found. Called by esp_in and sa. Never decides by a packet whose
 * ICV was wrong.
 */
#include "worker.h"

#define OTHER_MAX 8
#define ICV_96    12
#define ICV_128   16

uint8_t icv_other_len(const struct esp_sa *esp)
{
	return esp->icv_len == ICV_128 ? ICV_96 : ICV_128;
}

static void use_other(struct esp_sa *esp)
{
	struct burst_sa *keys = esp->keys;

	esp->icv_len = icv_other_len(esp);
	esp->icv96 = !esp->icv96;
	esp->keys = esp->other;
	esp->other = keys;
}

static void settle(struct esp_sa *esp, bool icv96)
{
	if (esp->icv96 != icv96)
		use_other(esp);
	burst_sa_free(esp->other);
	esp->other = NULL;
}

/* An outbound SA does what the inbound one of its child does, by what is known of it. */
void icv_guess(struct worker *w, struct peer *p, struct esp_sa *esp)
{
	const struct sa_in *in = sa_in_of(w, p, esp->handle);

	if (!esp->other)
		return;
	if (in && !in->esp.other)
		settle(esp, in->esp.icv96);
	else if (in ? in->esp.icv96 : p->icv96)
		use_other(esp);
}

void icv_found(struct worker *w, struct sa_in *sa, bool other)
{
	struct peer *p = &w->peers[sa->peer];
	bool icv96 = sa->esp.icv96 != other;
	struct sa_out *out = sa_out_of(p, sa->esp.handle);

	settle(&sa->esp, icv96);
	p->icv96 = icv96;
	if (icv96)
		count(w, COUNT_SA_ICV96);
	if (!out || !out->esp.other)
		return;
	tx_flush(w); /* what waits is sealed with keys that may go */
	settle(&out->esp, icv96);
}

void icv_failed(struct sa_in *sa)
{
	if (++sa->other_failures == OTHER_MAX)
		settle(&sa->esp, sa->esp.icv96);
}
