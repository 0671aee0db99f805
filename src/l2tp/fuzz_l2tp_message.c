/*
 * fuzz_l2tp_message: a datagram through the header, the AVP walk, the hidden AVPs
 * and the message parser. What parses must build, parse again and say the same.
 *
 * Input: the first octet chooses the secret, the rest is the datagram.
 */
#include <stdlib.h>

#include "header.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rebuild(const struct l2tp_message *m)
{
	static uint8_t buf[8192], scratch[MESSAGE_SCRATCH];
	struct wr w = wr_of(buf, sizeof(buf));
	struct message_parse again;

	message_write(&w, m);
	if (!wr_ok(&w))
		abort(); /* it came in a datagram: it must fit */
	message_parse(wr_done(&w), (struct bytes){0}, scratch, &again);
	if (again.verdict != MESSAGE_OK || again.m.type != m->type ||
	    again.m.present != (m->present & ~AVP_BIT(AVP_RANDOM_VECTOR)) ||
	    again.m.assigned_tunnel_id != m->assigned_tunnel_id ||
	    !bytes_eq(again.m.host_name, m->host_name) ||
	    !bytes_eq(again.m.challenge_response, m->challenge_response))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t scratch[MESSAGE_SCRATCH];
	static struct message_parse p;
	struct bytes secret = {(const uint8_t *)"l2tpsecret", 10};
	struct l2tp_header h;

	if (size < 1 || size > 4000)
		return 0;
	if (data[0] & 1)
		secret.len = 0;
	if (header_parse((struct bytes){data + 1, size - 1}, &h) != HEADER_OK || !h.control)
		return 0;
	message_parse(h.payload, secret, scratch, &p);
	if (p.verdict == MESSAGE_OK)
		rebuild(&p.m);
	return 0;
}
