/*
 * fuzz_l2tp3_message: a datagram through the header, the digests, the AVP walk, the
 * hidden AVPs and the message parser of version 3. What parses must build, parse again
 * and say the same.
 *
 * Input: the first octet chooses key and nonces, the rest is the control message.
 */
#include <stdlib.h>

#include "digest.h"
#include "header3.h"
#include "message3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rebuild(struct l2tp3_message *m)
{
	static uint8_t buf[16384], scratch[AVP_SCRATCH];
	struct wr w = wr_of(buf, sizeof(buf));
	struct message3_parse again;

	m->present &= ~(AVP3_BIT(AVP3_RANDOM_VECTOR) | AVP3_BIT(AVP3_EXTENDED_VENDOR_ID));
	message3_write(&w, m);
	if (!wr_ok(&w))
		abort(); /* it came in a datagram: it must fit, Cisco's copies too */
	message3_parse(wr_done(&w), (struct bytes){0}, scratch, &again);
	if (again.verdict != MESSAGE_OK || again.m.type != m->type ||
	    again.m.present != m->present || again.m.connection_id != m->connection_id ||
	    again.m.local_session_id != m->local_session_id ||
	    again.m.remote_session_id != m->remote_session_id ||
	    !bytes_eq(again.m.host_name, m->host_name) || !bytes_eq(again.m.cookie, m->cookie) ||
	    !bytes_eq(again.m.nonce, m->nonce))
		abort();
}

static void digests(struct bytes msg, struct bytes key)
{
	struct digest_nonces nonces = {{msg.p, msg.len / 2}, {msg.p, msg.len / 3}};
	uint8_t *copy = malloc(msg.len);
	struct bytes nonce;
	uint16_t message_type;
	uint8_t type;

	if (!copy)
		abort();
	memcpy(copy, msg.p, msg.len);
	(void)digest_check(msg, key, &nonces, &type);
	(void)digest_peek(msg, &message_type, &nonce);
	nonces = (struct digest_nonces){{key.p, key.len}, {NULL, 0}};
	if (digest_fill(copy, msg.len, key, &nonces) &&
	    digest_check((struct bytes){copy, msg.len}, key, &nonces, &type) == DIGEST_NONE)
		abort();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t scratch[AVP_SCRATCH];
	struct message3_parse p;
	struct l2tp3_header h;
	struct bytes key;
	char text[200];

	if (size < 1 || size > 8192)
		return 0;
	key = (struct bytes){data, data[0] & 1};
	if (header3_parse((struct bytes){data + 1, size - 1}, &h) != HEADER_OK || !h.control)
		return 0;
	digests((struct bytes){data + 1, h.length}, key);
	message3_parse(h.payload, key, scratch, &p);
	if (p.verdict == MESSAGE_OK)
		rebuild(&p.m);
	else
		refusal3_text(&p, text, sizeof(text));
	return 0;
}
