/*
 * fuzz_ike_aggressive: a stranger's datagrams into a responder that serves Aggressive
 * Mode, its sums done at once: message 1 in any shape, then whatever follows, under the
 * cookie that the responder has given. Input: records of a control octet, a length (2
 * octets) and a datagram. No SA may become active, answers are few and bounded.
 */
#include <stdlib.h>

#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { C_COOKIE = 1, C_NATT = 2, C_ELSEWHERE = 4, C_TIME = 8 };

static struct lab lab;
static uint8_t cookie[ISAKMP_COOKIE_LEN], datagram[IKE_MESSAGE_MAX];
static size_t out_octets;

static void actions(void)
{
	const struct ike_act *a;

	while ((a = ike_next(lab.s[SERVER].k))) {
		if (a->kind == IKE_ACT_SEND) {
			out_octets += a->bytes.len;
			memcpy(cookie, a->bytes.p + ISAKMP_COOKIE_LEN, ISAKMP_COOKIE_LEN);
		} else if (a->kind == IKE_ACT_DH) {
			struct ike_dh_job *job = a->job;

			ike_dh_run(job);
			ike_dh_done(lab.s[SERVER].k, lab.now_ms, job);
		} else if (a->kind != IKE_ACT_NOTE) {
			abort();
		}
	}
}

static void one(uint8_t control, struct bytes b)
{
	struct flow flow = {.local = lab_client_flow().remote, .remote = lab_client_flow().local};

	if (b.len == 0)
		return;
	memcpy(datagram, b.p, b.len);
	if (control & C_COOKIE && b.len >= ISAKMP_HEADER_LEN)
		memcpy(datagram + ISAKMP_COOKIE_LEN, cookie, ISAKMP_COOKIE_LEN);
	if (control & C_ELSEWHERE)
		flow.remote.port++;
	ike_input(lab.s[SERVER].k, lab.now_ms, &flow, control & C_NATT,
		  (struct bytes){datagram, b.len});
	actions();
	if (control & C_TIME) {
		lab.now_ms += 7000;
		timerq_run(&lab.s[SERVER].timers, lab.now_ms, 100);
		actions();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	struct ike_config cfg;
	struct ike_stats stats;

	lab_init(&lab);
	cfg = lab_config(&lab, SERVER);
	cfg.aggressive = true;
	lab_start(&lab, SERVER, &cfg);
	memset(cookie, 7, sizeof(cookie));
	out_octets = 0;
	for (unsigned i = 0; i < 16 && rd_left(&r); i++) {
		uint8_t control = rd_u8(&r);
		size_t len = rd_u16(&r);

		if (len > sizeof(datagram))
			len = sizeof(datagram);
		one(control, rd_bytes(&r, len < rd_left(&r) ? len : rd_left(&r)));
	}
	ike_get_stats(lab.s[SERVER].k, &stats);
	if (stats.established || stats.half_open > 16 || out_octets > size * 2 + 1024)
		abort();
	lab.now_ms += 60000;
	timerq_run(&lab.s[SERVER].timers, lab.now_ms, 100);
	actions();
	if (!craft_nothing_left(&lab, SERVER))
		abort();
	ike_free(lab.s[SERVER].k);
	return 0;
}
