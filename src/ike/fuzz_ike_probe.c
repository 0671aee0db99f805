/*
 * fuzz_ike_probe: whatever comes back to a question (ike/probe.h). Input: an octet that says
 * which question, then the datagram, whose first 8 octets become the question's cookie.
 * What is read as a choice was offered; words never run over.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { Q_AGGRESSIVE = 1, Q_PROFILE = 2 };

static const struct ike_policy offered[] = {
	{1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{2, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
	{3, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 28800},
};

static void check_choice(const struct ike_policy *p)
{
	for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++)
		if (p->cipher == offered[i].cipher && p->key_bits == offered[i].key_bits &&
		    p->hash == offered[i].hash && p->group == offered[i].group)
			return;
	abort();
}

static void check_words(const struct ike_probe_answer *a)
{
	char *words = malloc(IKE_VENDOR_WORDS); /* exact, for the sanitizer */

	if (!words)
		return;
	if (a->n_vendors > IKE_PROBE_VENDORS)
		abort();
	for (unsigned i = 0; i < a->n_vendors; i++)
		if (strlen(ike_vendor_words(&a->vendors[i], words, IKE_VENDOR_WORDS)) >=
		    IKE_VENDOR_WORDS)
			abort();
	ike_notify_words(a->notify, words, IKE_VENDOR_WORDS);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_probe q = {.policies = offered,
			      .n_policies = sizeof(offered) / sizeof(offered[0])};
	struct ike_probe_answer a;
	uint8_t control;

	if (size < 1 + sizeof(q.cky_i))
		return 0;
	control = data[0];
	memcpy(q.cky_i, data + 1, sizeof(q.cky_i));
	if (control & Q_AGGRESSIVE)
		q.aggressive_id.type = 11;
	if (control & Q_PROFILE)
		q.profile = ike_profile(0);
	if (ike_probe_read(&q, (struct bytes){data + 1, size - 1}, &a) == IKE_PROBE_CHOSE &&
	    !q.profile)
		check_choice(&a.chosen);
	check_words(&a);
	return 0;
}
