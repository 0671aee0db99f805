/*
 * fuzz_ike_session: behind the crypto. Both sides hold an SA with fixed keys; each
 * input is a list of messages that are encrypted under them, with a right HASH(1)
 * or as they are, as Quick Mode or Informational, under an old or a new message id.
 * Input: records of flags, message id, first payload, length (1 octet each),
 * payload octets.
 */
#include <stdlib.h>

#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lab lab;

enum {
	F_INFORMATIONAL = 1,
	F_PLAIN = 2,
	F_CHAIN = 4,
	F_REFUSE = 8,
	F_TIME = 16,
	F_LONG = 32,
	F_COMMIT = 64
};

static void one(uint8_t flags, uint8_t mid, uint8_t first, struct bytes body)
{
	uint8_t exchange = flags & F_INFORMATIONAL ? EXCHANGE_INFORMATIONAL : EXCHANGE_QUICK;
	uint32_t id = flags & F_LONG ? 0x01000000u + mid : mid;
	uint8_t *iv = NULL;

	lab.s[SERVER].refuse_install = flags & F_REFUSE;
	craft_flags(flags & F_COMMIT ? FLAG_COMMIT : 0);
	/* the chain of an exchange that the server has open, for a third message */
	if (flags & F_CHAIN)
		list_each (&craft_sa(&lab, SERVER)->quicks, it) {
			struct quick *q = list_entry(it, struct quick, link);

			if (q->mid == id)
				iv = q->iv;
		}
	if (iv) {
		uint8_t copy[IKE_BLOCK];

		memcpy(copy, iv, IKE_BLOCK);
		iv = copy;
		craft_send_plain(&lab, exchange, id, first, body, iv);
	} else if (flags & F_PLAIN) {
		craft_send_plain(&lab, exchange, id, first, body, NULL);
	} else {
		craft_send(&lab, exchange, id, first, body, NULL);
	}
	if (flags & F_TIME)
		lab_run(&lab, 3000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);

	lab_default(&lab);
	craft_establish(&lab);
	craft_sa(&lab, SERVER)->natt = size & 1; /* NAT-OA means something */
	for (unsigned i = 0; i < 16 && rd_left(&r) && rd_ok(&r); i++) {
		uint8_t flags = rd_u8(&r), mid = rd_u8(&r), first = rd_u8(&r);
		size_t len = rd_u8(&r);
		struct bytes body = rd_bytes(&r, len < rd_left(&r) ? len : rd_left(&r));

		if (!craft_sa(&lab, CLIENT) || !craft_sa(&lab, SERVER) ||
		    craft_sa(&lab, CLIENT)->state != MM_ACTIVE)
			break;
		one(flags, mid, first, body);
	}
	if (craft_sa(&lab, SERVER) && (craft_sa(&lab, SERVER)->peer->n_children > CHILDREN_MAX ||
				       craft_sa(&lab, SERVER)->n_quicks > 16))
		abort();
	lab_free(&lab);
	return 0;
}
