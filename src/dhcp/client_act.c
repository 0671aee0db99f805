/*
 * client_act: what the DHCP client does on an event: messages, timers, queued actions.
 *
 * RFC 2131 sections 3.1, 4.1 (retransmission), 4.4.1 to 4.4.6. Called by client.c by way of the
 * table (client_table.c). Never builds a message (client_message.c) and never looks at one.
 */
#include <string.h>

#include "client_i.h"
#include "wire/eth.h"

#define RESEND_MAX_MS  64000 /* RFC 2131 4.1 */
#define JITTER_MS      1000
#define NAK_WAIT_MS    1000
#define REQUEST_TRIES  3     /* transmissions of a REQUEST before the next DISCOVER */
#define RENEW_FLOOR_MS 60000 /* RFC 2131 4.4.5 */

static void lost(struct dhcp_client *c, const char *reason)
{
	struct step *s = client_push(c, DHCP_CLIENT_LOST);

	timerq_disarm(c->timers, &c->resend);
	timerq_disarm(c->timers, &c->phase);
	c->result.ip = 0;
	if (s)
		s->reason = reason;
}

/* ---- sending ---- */

static uint32_t random32(struct dhcp_client *c)
{
	uint32_t v;

	c->random(c->random_ctx, &v, sizeof(v));
	return v;
}

static uint16_t secs_since(uint64_t began_ms, uint64_t now_ms)
{
	uint64_t s = (now_ms - began_ms) / 1000;

	return (uint16_t)(s < UINT16_MAX ? s : UINT16_MAX);
}

/* RFC 2131 4.1: 4, 8, 16, 32, 64 s, each with one second more or less at random; a shorter
 * first delay has a quarter of itself. */
static uint64_t backoff_ms(struct dhcp_client *c)
{
	uint64_t ms = c->resend_ms;
	uint64_t jitter;

	for (unsigned i = 1; i < c->tries && ms < RESEND_MAX_MS; i++)
		ms *= 2;
	if (ms > RESEND_MAX_MS)
		ms = RESEND_MAX_MS;
	jitter = ms / 4 < JITTER_MS ? ms / 4 : JITTER_MS;
	return ms - jitter + random32(c) % (2 * jitter + 1);
}

static void send(struct dhcp_client *c, uint64_t now_ms)
{
	struct step *s = client_push(c, DHCP_CLIENT_SEND);

	c->out.secs = secs_since(c->began_ms, now_ms);
	c->tries++;
	if (!s)
		return;
	s->message = c->out;
	c->stats.sent++;
	c->stats.resent += c->tries > 1;
}

/* A message that is out until its answer comes, with the next transmission's timer. */
static void send_first(struct dhcp_client *c, uint64_t now_ms, struct client_message m)
{
	c->out = m;
	c->out.xid = c->xid;
	c->tries = 0;
	send(c, now_ms);
	timerq_arm(c->timers, &c->resend, now_ms + backoff_ms(c));
}

/* A message that has no answer. */
static void send_once(struct dhcp_client *c, uint64_t now_ms, struct client_message m)
{
	timerq_disarm(c->timers, &c->resend);
	c->began_ms = now_ms;
	c->out = m;
	c->out.xid = random32(c);
	c->tries = 0;
	send(c, now_ms);
}

static void decline(struct dhcp_client *c, uint64_t now_ms)
{
	client_say(c, SAY_TAKEN, c->server, c->ip);
	send_once(c, now_ms,
		  (struct client_message){
			  .type = DHCP_DECLINE, .requested = c->ip, .server = c->server});
}

static void release(struct dhcp_client *c, uint64_t now_ms)
{
	struct client_message m = {
		.type = DHCP_RELEASE, .ciaddr = c->ip, .server = c->server, .unicast = true};

	memcpy(m.to_mac, c->result.server_mac, ETH_ADDR);
	send_once(c, now_ms, m);
}

/* ---- what the table's actions do ---- */

static void do_nothing(struct dhcp_client *c, uint64_t now_ms)
{
	(void)c;
	(void)now_ms;
}

/* From idle the end of set-up is armed; a later DISCOVER is within it. */
static void do_discover(struct dhcp_client *c, uint64_t now_ms)
{
	if (!c->phase.armed) {
		c->began_ms = now_ms;
		c->why = "dhcp-no-server";
		c->server = 0;
		c->naks = 0;
		c->told_other = false;
		timerq_arm(c->timers, &c->phase, now_ms + c->setup_ms);
	}
	c->xid = random32(c);
	send_first(c, now_ms,
		   (struct client_message){
			   .type = DHCP_DISCOVER,
			   .requested = c->want == DHCP_WANT_INFORM ? 0 : c->wanted_ip,
		   });
}

static void do_probe_fixed(struct dhcp_client *c, uint64_t now_ms)
{
	struct step *s;

	c->began_ms = now_ms;
	c->ip = c->wanted_ip;
	c->server = 0;
	c->why = "dhcp-probe-silent";
	timerq_arm(c->timers, &c->phase, now_ms + c->setup_ms);
	if (!c->probe) {
		client_event(c, now_ms, CLIENT_FREE);
		return;
	}
	s = client_push(c, DHCP_CLIENT_PROBE);
	if (s)
		s->ip = c->ip;
}

/* RFC 2131 4.3.2: the server identifier and the address that was offered; ciaddr 0. */
static void do_request(struct dhcp_client *c, uint64_t now_ms)
{
	c->ip = c->heard->ip;
	c->server = c->heard->server;
	c->why = "dhcp-no-answer";
	c->asked_ms = now_ms;
	client_say(c, SAY_OFFER, c->server, c->ip);
	send_first(c, now_ms,
		   (struct client_message){
			   .type = DHCP_REQUEST, .requested = c->ip, .server = c->server});
}

static void take_result(struct dhcp_client *c)
{
	c->result = *c->heard;
	c->result.ends_ms = TIMER_NEVER;
	if (c->result.leased && c->result.lease_s != UINT32_MAX)
		c->result.ends_ms = c->asked_ms + (uint64_t)c->result.lease_s * 1000;
	c->server = c->result.server;
}

static void do_check(struct dhcp_client *c, uint64_t now_ms)
{
	struct step *s;

	timerq_disarm(c->timers, &c->resend);
	take_result(c);
	c->why = "dhcp-probe-silent";
	if (!c->probe) {
		client_event(c, now_ms, CLIENT_FREE);
		return;
	}
	s = client_push(c, DHCP_CLIENT_PROBE);
	if (s)
		s->ip = c->ip;
}

/* T1 comes up to a sixteenth earlier, at random (4.4.5: "some random fuzz"), so that sessions
 * that came together after a restart do not renew together for ever. */
static void arm_t1(struct dhcp_client *c)
{
	uint64_t t1_ms = (uint64_t)c->result.t1_s * 1000;

	timerq_disarm(c->timers, &c->resend);
	timerq_disarm(c->timers, &c->phase);
	if (c->result.ends_ms != TIMER_NEVER)
		timerq_arm(c->timers, &c->phase,
			   c->asked_ms + t1_ms - random32(c) % (t1_ms / 16 + 1));
}

static void do_bind(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	client_push(c, DHCP_CLIENT_LEASE);
	arm_t1(c);
}

/* NAK: back to INIT (figure 5), not at once: a server that always says so must not make us
 * spin. */
static void do_refused(struct dhcp_client *c, uint64_t now_ms)
{
	uint64_t wait_ms = (uint64_t)NAK_WAIT_MS << (c->naks < 6 ? c->naks : 6);

	c->naks++;
	c->why = "dhcp-refused";
	client_say(c, SAY_REFUSED, c->server, c->ip);
	timerq_arm(c->timers, &c->resend, now_ms + wait_ms);
}

static void do_silent(struct dhcp_client *c, uint64_t now_ms)
{
	client_say(c, SAY_SILENT, c->server, c->ip);
	do_discover(c, now_ms);
}

static void do_decline(struct dhcp_client *c, uint64_t now_ms)
{
	uint64_t began_ms = c->began_ms;

	decline(c, now_ms);
	c->began_ms = began_ms;
	c->result.ip = 0;
	c->why = "dhcp-address-taken";
	timerq_arm(c->timers, &c->resend, now_ms + c->decline_wait_ms);
}

static void do_again(struct dhcp_client *c, uint64_t now_ms)
{
	if (c->state == CLIENT_REQUESTING && c->tries >= REQUEST_TRIES) {
		client_event(c, now_ms, CLIENT_SILENT);
		return;
	}
	if (c->state == CLIENT_SELECTING && c->tries == 1 && c->server == 0)
		client_say(c, SAY_NOBODY, 0, c->wanted_ip);
	send(c, now_ms);
	timerq_arm(c->timers, &c->resend, now_ms + backoff_ms(c));
}

/* 4.4.5: half of what is left of the phase, not less than a minute; of a short lease not less
 * than a sixteenth. The phase's own timer ends it. */
static void arm_renewal(struct dhcp_client *c, uint64_t now_ms)
{
	uint64_t floor_ms = (uint64_t)c->result.lease_s * 1000 / 16;
	uint64_t left_ms = c->phase.deadline_ms > now_ms ? c->phase.deadline_ms - now_ms : 0;

	if (floor_ms > RENEW_FLOOR_MS)
		floor_ms = RENEW_FLOOR_MS;
	if (floor_ms < 1000)
		floor_ms = 1000;
	timerq_arm(c->timers, &c->resend,
		   now_ms + (left_ms / 2 > floor_ms ? left_ms / 2 : floor_ms));
}

/* A REQUEST with ciaddr. Each transmission has its own xid, so that the new lease counts from
 * the one that was answered. */
static void send_renewal(struct dhcp_client *c, uint64_t now_ms)
{
	bool unicast = c->state == CLIENT_RENEWING;
	unsigned tries = c->tries;

	c->xid = random32(c);
	c->asked_ms = now_ms;
	c->out = (struct client_message){
		.type = DHCP_REQUEST,
		.xid = c->xid,
		.ciaddr = c->ip,
		.server = unicast ? c->server : 0,
		.unicast = unicast,
	};
	memcpy(c->out.to_mac, c->result.server_mac, ETH_ADDR);
	c->tries = tries;
	send(c, now_ms);
	arm_renewal(c, now_ms);
}

static void do_renew(struct dhcp_client *c, uint64_t now_ms)
{
	uint64_t t2_ms = c->asked_ms + (uint64_t)c->result.t2_s * 1000;

	c->began_ms = now_ms;
	c->tries = 0;
	timerq_arm(c->timers, &c->phase, t2_ms);
	send_renewal(c, now_ms);
}

static void do_renew_again(struct dhcp_client *c, uint64_t now_ms)
{
	send_renewal(c, now_ms);
}

static void do_rebind(struct dhcp_client *c, uint64_t now_ms)
{
	client_say(c, SAY_REBIND, c->server, c->ip);
	timerq_arm(c->timers, &c->phase, c->result.ends_ms);
	send_renewal(c, now_ms);
}

static bool same_routes(const struct dhcp_result *a, const struct dhcp_result *b)
{
	if (a->n_routes != b->n_routes || a->routes_from != b->routes_from)
		return false;
	for (size_t i = 0; i < a->n_routes; i++)
		if (a->routes[i].net != b->routes[i].net ||
		    a->routes[i].prefix != b->routes[i].prefix ||
		    a->routes[i].router != b->routes[i].router)
			return false;
	return true;
}

/* Do both say the same to a session? */
static bool same_values(const struct dhcp_result *a, const struct dhcp_result *b)
{
	return a->mask == b->mask && a->router == b->router &&
	       memcmp(a->dns, b->dns, sizeof(a->dns)) == 0 &&
	       memcmp(a->wins, b->wins, sizeof(a->wins)) == 0 &&
	       strcmp(a->domain, b->domain) == 0 && same_routes(a, b);
}

static void do_renewed(struct dhcp_client *c, uint64_t now_ms)
{
	bool changed = !same_values(&c->result, c->heard);
	struct step *s = client_push(c, DHCP_CLIENT_RENEWED);

	(void)now_ms;
	take_result(c);
	if (s)
		s->changed = changed;
	arm_t1(c);
}

static void do_inform(struct dhcp_client *c, uint64_t now_ms)
{
	c->why = "dhcp-inform-silent";
	c->xid = random32(c);
	send_first(c, now_ms, (struct client_message){.type = DHCP_INFORM, .ciaddr = c->ip});
}

static void do_fixed(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	timerq_disarm(c->timers, &c->resend);
	timerq_disarm(c->timers, &c->phase);
	take_result(c);
	client_push(c, DHCP_CLIENT_LEASE);
}

static void do_quiet(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	timerq_disarm(c->timers, &c->resend);
	timerq_disarm(c->timers, &c->phase);
	c->result.ip = 0;
}

static void do_release(struct dhcp_client *c, uint64_t now_ms)
{
	release(c, now_ms);
	do_quiet(c, now_ms);
}

static void do_give_up(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	lost(c, c->why);
}

static void do_give_back(struct dhcp_client *c, uint64_t now_ms)
{
	release(c, now_ms);
	lost(c, c->why);
}

static void do_expired(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	lost(c, "dhcp-expired");
}

static void do_lose_refused(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	client_say(c, SAY_REFUSED, c->server, c->ip);
	lost(c, "dhcp-refused");
}

static void do_lose_taken(struct dhcp_client *c, uint64_t now_ms)
{
	decline(c, now_ms);
	lost(c, "dhcp-address-taken");
}

static void do_fixed_taken(struct dhcp_client *c, uint64_t now_ms)
{
	(void)now_ms;
	lost(c, "dhcp-address-taken");
}

static void (*const actions[CLIENT_N_ACTIONS])(struct dhcp_client *c, uint64_t now_ms) = {
	[CLIENT_DO_NOTHING] = do_nothing,
	[CLIENT_DO_DISCOVER] = do_discover,
	[CLIENT_DO_PROBE_FIXED] = do_probe_fixed,
	[CLIENT_DO_REQUEST] = do_request,
	[CLIENT_DO_CHECK] = do_check,
	[CLIENT_DO_BIND] = do_bind,
	[CLIENT_DO_REFUSED] = do_refused,
	[CLIENT_DO_SILENT] = do_silent,
	[CLIENT_DO_DECLINE] = do_decline,
	[CLIENT_DO_AGAIN] = do_again,
	[CLIENT_DO_RENEW] = do_renew,
	[CLIENT_DO_RENEW_AGAIN] = do_renew_again,
	[CLIENT_DO_REBIND] = do_rebind,
	[CLIENT_DO_RENEWED] = do_renewed,
	[CLIENT_DO_INFORM] = do_inform,
	[CLIENT_DO_FIXED] = do_fixed,
	[CLIENT_DO_RELEASE] = do_release,
	[CLIENT_DO_QUIET] = do_quiet,
	[CLIENT_DO_GIVE_UP] = do_give_up,
	[CLIENT_DO_GIVE_BACK] = do_give_back,
	[CLIENT_DO_EXPIRED] = do_expired,
	[CLIENT_DO_LOSE_REFUSED] = do_lose_refused,
	[CLIENT_DO_LOSE_TAKEN] = do_lose_taken,
	[CLIENT_DO_FIXED_TAKEN] = do_fixed_taken,
};

void client_event(struct dhcp_client *c, uint64_t now_ms, enum client_event ev)
{
	const struct fsm_cell *cell = fsm_cell(&client_fsm, c->state, ev);

	c->state = cell->next;
	actions[cell->action](c, now_ms);
}
