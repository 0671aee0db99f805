/*
 * aggressive: what both roles of Aggressive Mode share (RFC 2409 5.4; security.md H-01): the
 * group that can not be negotiated, identities as bodies. Called by aggressive_responder.c
 * and aggressive_initiator.c. Never changes the state.
 */
#include "aggressive.h"

void aggressive_one_group(struct offers *offers)
{
	unsigned n = 0;

	for (unsigned i = 0; i < offers->n; i++)
		if (offers->of[i].group == offers->of[0].group)
			offers->of[n++] = offers->of[i];
	offers->n = n;
}

struct bytes aggressive_id_body(const struct ike_id *id, uint8_t out[AGGRESSIVE_ID_MAX])
{
	struct wr w = wr_of(out, AGGRESSIVE_ID_MAX);

	id_write(&w, id);
	return wr_done(&w);
}
