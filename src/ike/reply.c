/*
 * reply: what was last sent in an exchange and what it answered, so that a
 * duplicate gets the same octets and nothing is computed twice (RFC 2408 5.1,
 * security.md H-12). Called by sa, main, quick. Never sends.
 */
#include "reply.h"

#include <stdlib.h>

bool reply_keep(struct reply *r, uint64_t request, struct bytes bytes, const struct flow *flow,
		bool natt)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);

	reply_drop(r);
	if (!copy)
		return false;
	memcpy(copy, bytes.p, bytes.len);
	r->request = request;
	r->bytes = copy;
	r->len = bytes.len;
	r->flow = *flow;
	r->natt = natt;
	return true;
}

void reply_drop(struct reply *r)
{
	free(r->bytes);
	*r = (struct reply){0};
}

bool reply_may_repeat(struct reply *r, const struct flow *flow, uint64_t now_ms)
{
	if (!r->bytes || !endpoint_eq(&r->flow.remote, &flow->remote) ||
	    !endpoint_eq(&r->flow.local, &flow->local))
		return false;
	if (r->repeats == 0 || now_ms - r->window_ms >= REPLY_WINDOW_MS) {
		r->window_ms = now_ms;
		r->repeats = 0;
	}
	if (r->repeats == REPLY_REPEATS_MAX)
		return false;
	r->repeats++;
	return true;
}
