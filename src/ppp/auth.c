/*
 * auth: hands the authentication phase to the side that this link plays.
 *
 * RFC 1661 section 3.5. Called by link and ppp.c. Keeps the memory of an exchange.
 */
#include "auth.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/secret.h"
#include "link.h"

static void on_timer(struct timer *t, uint64_t now_ms)
{
	struct auth *a = list_entry(t, struct auth, timer);
	struct ppp *p = list_entry(a, struct ppp, auth);

	if (p->cfg.role == PPP_SERVER)
		auth_server_timer(p, now_ms);
	else
		auth_client_timer(p, now_ms);
}

bool auth_exchange_need(struct auth *a)
{
	if (!a->exchange)
		a->exchange = calloc(1, sizeof(*a->exchange));
	return a->exchange != NULL;
}

void auth_exchange_drop(struct auth *a)
{
	if (a->exchange)
		secret_zero(a->exchange, sizeof(*a->exchange));
	free(a->exchange);
	a->exchange = NULL;
}

/* A client may be asked for its credentials at any time: it always has an exchange. */
bool auth_init(struct ppp *p)
{
	p->auth.timer.fire = on_timer;
	return p->cfg.role == PPP_SERVER || auth_exchange_need(&p->auth);
}

void auth_free(struct ppp *p)
{
	timerq_disarm(p->cfg.timers, &p->auth.timer);
	auth_exchange_drop(&p->auth);
	free(p->auth.result);
}

void auth_start(struct ppp *p, uint64_t now_ms)
{
	if (p->cfg.role == PPP_SERVER)
		auth_server_start(p, now_ms);
	else
		auth_client_start(p, now_ms);
}

void auth_stop(struct ppp *p, uint64_t now_ms)
{
	if (p->cfg.role == PPP_SERVER)
		auth_server_stop(p, now_ms);
	else
		auth_client_stop(p, now_ms);
}

void auth_input(struct ppp *p, uint64_t now_ms, uint16_t protocol, struct bytes payload)
{
	struct cp_packet in;

	if (!cp_parse(payload, &in))
		link_drop(p, PPP_DROP_SHORT);
	else if (p->cfg.role == PPP_SERVER)
		auth_server_input(p, now_ms, protocol, &in);
	else
		auth_client_input(p, now_ms, protocol, &in);
}
