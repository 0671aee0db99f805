/*
 * fuzz_ike_fragment: a table of fragments fed by a few peers. Input: records of a
 * control octet (peer, stranger, time), exchange, length (1 octet), and the octets
 * behind the ISAKMP header. What comes out complete must be what the pieces say.
 */
#include <stdlib.h>

#include "fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { C_PEER = 7, C_STRANGER = 8, C_TIME = 16, C_BIG = 32 };

static struct fragments f;
static uint8_t big[2048];

static void one(uint8_t control, uint8_t exchange, struct bytes rest, uint64_t *now_ms)
{
	struct isakmp_header h = {.cky_i = {(uint8_t)(control & C_PEER)}, .exchange = exchange};
	struct endpoint remote = {{4, {192, 0, 2, (uint8_t)(control & 3)}}, 500};
	struct fragment frag;
	struct bytes whole;

	if (control & C_BIG && rest.len >= 8) {
		memcpy(big, rest.p, rest.len);
		big[2] = (uint8_t)(sizeof(big) >> 8);
		big[3] = 0;
		rest = (struct bytes){big, sizeof(big)};
	}
	if (fragment_parse(rest, &frag))
		return;
	if (frag.data.len + 8 != rest.len || frag.number == 0)
		abort();
	fragments_take(&f, &h, &remote, control & C_STRANGER, &frag, *now_ms, &whole);
	if (whole.len > IKE_MESSAGE_MAX || (whole.len && whole.len < frag.data.len))
		abort();
	if (control & C_TIME) {
		*now_ms += 2500;
		timerq_run(f.timers, *now_ms, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct timerq timers = {0};
	struct rd r = rd_of(data, size);
	uint64_t now_ms = 0, incomplete = 0;

	fragments_init(&f, &timers, &incomplete);
	while (rd_left(&r)) {
		uint8_t control = rd_u8(&r), exchange = rd_u8(&r);
		size_t len = rd_u8(&r);

		one(control, exchange, rd_bytes(&r, len < rd_left(&r) ? len : rd_left(&r)),
		    &now_ms);
	}
	if (f.n > 8)
		abort();
	fragments_free(&f);
	if (f.n || f.n_strangers || timerq_next_ms(&timers) != TIMER_NEVER)
		abort();
	return 0;
}
