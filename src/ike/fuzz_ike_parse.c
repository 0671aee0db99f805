/*
 * fuzz_ike_parse: one datagram from a stranger into a responder, then again with
 * the address changed. Nothing may be sent that is longer than what came in, and
 * no SA may become active.
 */
#include <stdlib.h>

#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lab lab;

static void one(const uint8_t *data, size_t size, bool natt)
{
	struct flow flow = {.local = lab_client_flow().remote, .remote = lab_client_flow().local};
	const struct ike_act *a;

	ike_input(lab.s[SERVER].k, lab.now_ms, &flow, natt, (struct bytes){data, size});
	while ((a = ike_next(lab.s[SERVER].k))) {
		if (a->kind == IKE_ACT_SEND && a->bytes.len > size)
			abort();
		if (a->kind != IKE_ACT_SEND && a->kind != IKE_ACT_NOTE)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ike_policy policies[2] = {
		{1, 7, 256, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
		{2, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800}};
	struct ike_config cfg;

	lab_init(&lab);
	cfg = lab_config(&lab, SERVER);
	cfg.policies = policies;
	cfg.n_policies = 2;
	lab_start(&lab, SERVER, &cfg);
	one(data, size, false);
	one(data, size, true);
	ike_free(lab.s[SERVER].k);
	return 0;
}
