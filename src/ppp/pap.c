/*
 * pap: the messages of the Password Authentication Protocol.
 *
 * RFC 1334 section 2.2. Called by auth_server and auth_client. Never compares a
 * password and keeps nothing.
 */
#include "auth.h"

bool pap_parse_request(struct bytes body, struct bytes *name, struct bytes *password)
{
	struct rd r = rd_of_bytes(body);

	*name = rd_bytes(&r, rd_u8(&r));
	*password = rd_bytes(&r, rd_u8(&r));
	return rd_ok(&r);
}

void pap_write_request(struct wr *w, struct bytes name, struct bytes password)
{
	wr_u8(w, (uint8_t)name.len);
	wr_bytes(w, name);
	wr_u8(w, (uint8_t)password.len);
	wr_bytes(w, password);
}

void pap_write_reply(struct wr *w, struct bytes message)
{
	wr_u8(w, (uint8_t)message.len);
	wr_bytes(w, message);
}
