/*
 * client: the DHCP client's object: judges what comes, hands its actions out.
 *
 * RFC 2131 sections 3.1 and 4.4; what belongs to an answer after security.md row 157. Called by
 * core for each session that takes its address from the segment. Never allocates after
 * dhcp_client_new(); what it does on an event is in client_act.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "client_i.h"
#include "dhcp/options.h"
#include "wire/eth.h"

#define RESEND_MS       4000 /* RFC 2131 4.1 */
#define SETUP_MS        20000
#define DECLINE_WAIT_MS 10000 /* RFC 2131 3.1 step 5 */

static bool expects(const struct dhcp_client *c, enum client_event ev)
{
	return !fsm_cell(&client_fsm, c->state, ev)->ignored_because;
}

/* Something was queued since there were `before`. */
static void tell(struct dhcp_client *c, unsigned before)
{
	if (c->ready && c->n > before)
		c->ready(c->ready_ctx);
}

/* An event from outside. */
static void take(struct dhcp_client *c, uint64_t now_ms, enum client_event ev)
{
	unsigned before = c->n;

	client_event(c, now_ms, ev);
	tell(c, before);
}

static void resend_fires(struct timer *t, uint64_t now_ms)
{
	take(list_entry(t, struct dhcp_client, resend), now_ms, CLIENT_RESEND);
}

static void phase_fires(struct timer *t, uint64_t now_ms)
{
	take(list_entry(t, struct dhcp_client, phase), now_ms, CLIENT_PHASE);
}

/* ---- what comes ---- */

static enum dhcp_drop judge_offer(struct dhcp_client *c, const struct dhcp_result *r)
{
	if (c->want != DHCP_WANT_LEASED || r->ip == c->wanted_ip)
		return DHCP_DROP_NONE;
	if (!c->told_other)
		client_say(c, SAY_OTHER, r->server, r->ip);
	c->told_other = true;
	c->why = "dhcp-other-address";
	return DHCP_DROP_OTHER_ADDRESS;
}

/* REQUEST and unicast renewals are for one server; any may answer a broadcast. */
static bool from_ours(const struct dhcp_client *c, uint32_t server)
{
	return c->state == CLIENT_REBINDING || c->state == CLIENT_INFORMING || server == c->server;
}

/* A renewal with another address is a refusal of ours (4.4.5 knows no such thing). */
static enum dhcp_drop judge_ack(struct dhcp_client *c, const struct dhcp_result *r,
				enum client_event *ev)
{
	if (!from_ours(c, r->server))
		return DHCP_DROP_SERVER_ID;
	if (r->ip == c->ip)
		return DHCP_DROP_NONE;
	if (c->state == CLIENT_REQUESTING)
		return DHCP_DROP_OTHER_ADDRESS;
	*ev = CLIENT_NAK;
	return DHCP_DROP_NONE;
}

static enum dhcp_drop judge_nak(struct dhcp_client *c, const struct dhcp_message *m)
{
	uint32_t server;

	if (!dhcp_get_number(m, DHCP_OPT_SERVER_ID, &server) || !from_ours(c, server))
		return DHCP_DROP_SERVER_ID;
	return DHCP_DROP_NONE;
}

static bool event_of(uint8_t type, enum client_event *ev)
{
	*ev = type == DHCP_OFFER ? CLIENT_OFFER : type == DHCP_ACK ? CLIENT_ACK : CLIENT_NAK;
	return type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
}

static enum dhcp_drop judge(struct dhcp_client *c, const struct dhcp_envelope *e,
			    const struct dhcp_message *m, struct dhcp_result *r,
			    enum client_event *ev)
{
	uint32_t fixed_ip = c->state == CLIENT_INFORMING ? c->ip : 0;
	enum dhcp_drop why;

	if (!event_of(dhcp_type(m), ev))
		return DHCP_DROP_TYPE;
	if (m->head.xid != c->xid)
		return DHCP_DROP_XID;
	if (!expects(c, *ev))
		return DHCP_DROP_STATE;
	if (*ev == CLIENT_NAK)
		return judge_nak(c, m);
	memset(r, 0, sizeof(*r));
	why = client_result_read(m, e, fixed_ip, !c->id.no_routes, r);
	if (why != DHCP_DROP_NONE)
		return why;
	return *ev == CLIENT_OFFER ? judge_offer(c, r) : judge_ack(c, r, ev);
}

enum dhcp_drop dhcp_client_input(struct dhcp_client *c, uint64_t now_ms, struct bytes frame)
{
	struct dhcp_result result;
	struct dhcp_envelope e;
	struct dhcp_message m;
	enum client_event ev;
	unsigned before = c->n;
	enum dhcp_drop why = client_message_open(frame, &c->id, &e, &m);

	if (why == DHCP_DROP_NONE)
		why = judge(c, &e, &m, &result, &ev);
	if (why == DHCP_DROP_NONE) {
		c->stats.received++;
		c->heard = &result;
		take(c, now_ms, ev);
		c->heard = NULL;
	} else {
		c->stats.drops[why]++;
		tell(c, before);
	}
	return why;
}

void dhcp_client_start(struct dhcp_client *c, uint64_t now_ms)
{
	take(c, now_ms, c->want == DHCP_WANT_INFORM ? CLIENT_START_FIXED : CLIENT_START);
}

void dhcp_client_probed(struct dhcp_client *c, uint64_t now_ms, bool taken)
{
	take(c, now_ms, taken ? CLIENT_TAKEN : CLIENT_FREE);
}

void dhcp_client_stop(struct dhcp_client *c, uint64_t now_ms)
{
	take(c, now_ms, CLIENT_STOP);
}

/* ---- actions out ---- */

bool dhcp_client_next(struct dhcp_client *c, struct dhcp_client_act *act, uint8_t *frame)
{
	struct step *s = &c->queue[c->head];

	if (c->n == 0)
		return false;
	c->head = (c->head + 1) % CLIENT_QUEUE;
	c->n--;
	*act = (struct dhcp_client_act){
		.kind = s->kind, .ip = s->ip, .changed = s->changed, .reason = s->reason};
	if (s->kind == DHCP_CLIENT_SEND)
		act->frame = (struct bytes){frame, client_message_put(frame, &c->id, &s->message)};
	if (s->kind == DHCP_CLIENT_LEASE || s->kind == DHCP_CLIENT_RENEWED)
		act->result = &c->result;
	if (s->kind == DHCP_CLIENT_NOTE)
		client_note_write(s, &act->note);
	return true;
}

/* ---- life ---- */

static void set_text(struct client_text *t, const void *p, size_t len)
{
	t->len = (uint8_t)(len < DHCP_CLIENT_NAME_MAX ? len : DHCP_CLIENT_NAME_MAX);
	if (t->len)
		memcpy(t->b, p, t->len);
}

static void set_string(struct client_text *t, const char *s)
{
	if (s)
		set_text(t, s, strlen(s));
}

/* A host name is a user's name, from outside, and goes to servers that hand it on to name servers
 * and scripts (security.md row 155): what belongs to no host name is '-'. */
static void set_host_name(struct client_text *t, const char *s)
{
	set_string(t, s);
	for (uint8_t i = 0; i < t->len; i++) {
		char c = t->b[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_')
			t->b[i] = '-';
	}
}

static void set_identity(struct client_identity *id, const struct dhcp_client_config *cfg)
{
	uint8_t by_mac[1 + ETH_ADDR] = {DHCP_HTYPE_ETH};

	memcpy(id->mac, cfg->mac, ETH_ADDR);
	memcpy(by_mac + 1, cfg->mac, ETH_ADDR);
	id->broadcast = cfg->broadcast;
	id->no_routes = cfg->no_routes;
	set_host_name(&id->host_name, cfg->host_name);
	set_string(&id->vendor_class, cfg->vendor_class);
	set_string(&id->user_class, cfg->user_class);
	if (cfg->client_id.len)
		set_text(&id->client_id, cfg->client_id.p, cfg->client_id.len);
	else
		set_text(&id->client_id, by_mac, sizeof(by_mac));
}

struct dhcp_client *dhcp_client_new(const struct dhcp_client_config *cfg)
{
	struct dhcp_client *c;

	if (cfg->want != DHCP_WANT_ANY && !dhcp_host_ip(cfg->wanted_ip, 0))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	set_identity(&c->id, cfg);
	c->want = cfg->want;
	c->wanted_ip = dhcp_host_ip(cfg->wanted_ip, 0) ? cfg->wanted_ip : 0;
	c->probe = cfg->probe;
	c->resend_ms = cfg->resend_ms ? cfg->resend_ms : RESEND_MS;
	c->setup_ms = cfg->setup_ms ? cfg->setup_ms : SETUP_MS;
	c->decline_wait_ms = cfg->decline_wait_ms ? cfg->decline_wait_ms : DECLINE_WAIT_MS;
	c->random = cfg->random;
	c->random_ctx = cfg->random_ctx;
	c->timers = cfg->timers;
	c->ready = cfg->ready;
	c->ready_ctx = cfg->ready_ctx;
	c->resend.fire = resend_fires;
	c->phase.fire = phase_fires;
	return c;
}

void dhcp_client_free(struct dhcp_client *c)
{
	if (!c)
		return;
	timerq_disarm(c->timers, &c->resend);
	timerq_disarm(c->timers, &c->phase);
	free(c);
}

const char *dhcp_client_state(const struct dhcp_client *c)
{
	return client_fsm.state_names[c->state];
}

const struct dhcp_result *dhcp_client_result(const struct dhcp_client *c)
{
	return c->result.ip ? &c->result : NULL;
}

void dhcp_client_get_stats(const struct dhcp_client *c, struct dhcp_client_stats *out)
{
	*out = c->stats;
}
