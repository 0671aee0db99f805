/*
 * inside: what a client can say behind the encryption that struct lac never says
 * by itself: further Quick Modes and Deletes as native clients send them
 * (clients.md), and whatever a hostile one may make up. Reaches behind the
 * headers of lac and ike on purpose.
 */
#include <stdlib.h>

#include "../../src/lac/lac_i.h"

#include "../../src/ike/exchange.h"
#include "world.h"

#define CONTROL_HEADER 12
#define FIRST_NS       4 /* behind SCCRQ, SCCCN, ICRQ and ICCN */
#define FIRST_NR       2

static struct isakmp_sa *sa_of(struct client *c)
{
	struct peer *server = peer_by_id(c->lac->ike, c->lac->server);

	return server ? peer_speaker(server) : NULL;
}

bool client_drop_old(struct client *c)
{
	struct isakmp_sa *sa = sa_of(c);
	struct child *old;

	if (!sa || sa->peer->n_children < 2)
		return false;
	old = list_entry(sa->peer->children.next, struct child, link);
	delete_send_esp(sa, old->spi_in);
	child_end(old, "rekeyed");
	lac_run(c->lac, world_now(c->world));
	return true;
}

void client_crash(struct client *c)
{
	struct lac *old = c->lac;
	struct lac_config cfg = old->cfg;

	cfg.psk = secret_bytes(&old->psk);
	cfg.password = secret_bytes(&old->password);
	c->lac = lac_new(&cfg);
	if (!c->lac)
		abort();
	lac_free(old);
}

void client_initial_contact(struct client *c)
{
	static const uint8_t body[8] = {0, 0, 0, 1, PROTO_ISAKMP, 0, 0x60, 0x02};

	client_say_isakmp(c, PAYLOAD_NOTIFY, (struct bytes){body, sizeof(body)});
}

void client_say_l2tp(struct client *c, struct bytes msg)
{
	lac_l2tp_out(c->lac, msg);
}

void client_say_control(struct client *c, unsigned n, uint16_t tunnel_id, uint16_t session_id,
			struct bytes avps)
{
	uint8_t buf[2048];
	struct wr w = wr_of(buf, sizeof(buf));

	wr_u16(&w, 0xc802);
	wr_u16(&w, (uint16_t)(CONTROL_HEADER + avps.len));
	wr_u16(&w, tunnel_id);
	wr_u16(&w, session_id);
	wr_u16(&w, (uint16_t)(FIRST_NS + n));
	wr_u16(&w, FIRST_NR);
	wr_bytes(&w, avps);
	if (wr_ok(&w))
		lac_l2tp_out(c->lac, wr_done(&w));
}

void client_say_ppp(struct client *c, struct bytes frame)
{
	lac_ppp_frame_out(c->lac, world_now(c->world), frame);
	lac_drain(c->lac, world_now(c->world));
}

void client_say_isakmp(struct client *c, uint8_t payload_type, struct bytes body)
{
	struct isakmp_sa *sa = sa_of(c);
	struct info_out o;

	if (!sa || sa->state != MM_ACTIVE)
		return;
	info_begin(sa, &o);
	msg_add(&o.m, payload_type, body);
	info_send(sa, &o);
	lac_drain(c->lac, world_now(c->world));
}
