/*
 * session_ppp: runs a session's PPP link: its frames, its authentication, the
 * values that IPCP gives. Called by session and l2tp_glue.
 */
#include "core_i.h"

#include <stdlib.h>

#include "aaa/aaa.h"
#include "base/secret.h"
#include "base/wr.h"
#include "hub/frame.h"

static unsigned offered_methods(const struct cfg_tunnel_group *g)
{
	unsigned auth = 0;

	if (g->ppp_auth & CFG_PPP_PAP)
		auth |= PPP_AUTH_PAP;
	if (g->ppp_auth & CFG_PPP_CHAP)
		auth |= PPP_AUTH_CHAP;
	if (g->ppp_auth & CFG_PPP_MSCHAP1)
		auth |= PPP_AUTH_MSCHAP1;
	if (g->ppp_auth & CFG_PPP_MSCHAP2)
		auth |= PPP_AUTH_MSCHAP2;
	return auth;
}

/* A timer of the link queued actions: the round drains it (core_run). */
static void link_ready(void *ctx)
{
	struct session *s = ctx;

	list_del(&s->ready_node);
	list_push(&s->core->ready, &s->ready_node);
}

bool session_ppp_start(struct session *s)
{
	struct core *c = s->core;
	const struct cfg_tunnel_group *g = config_group(c->config, "DefaultRAGroup");
	struct ppp_config pc = {
		.role = PPP_SERVER,
		.auth = offered_methods(g),
		.mru = core_peer_mtu(s->peer, s->l2tp.sequencing),
		.name = c->config->hostname,
		.random = c->os->random,
		.random_ctx = c->os->ctx,
		.timers = &c->timers,
		.ready = link_ready,
		.ready_ctx = s,
	};

	if (!name_set(c, &s->tunnel_group, g->name))
		return false;
	pc.ipv6 = ipv6_wanted(s);
	s->ppp = ppp_new(&pc);
	if (!s->ppp)
		return false;
	ppp_open(s->ppp, core_now(c));
	session_ppp_drain(s);
	return true;
}

/* ---- authentication ---- */

static enum aaa_method method_of(enum ppp_auth auth)
{
	switch (auth) {
	case PPP_AUTH_PAP:
		return AAA_PAP;
	case PPP_AUTH_MSCHAP1:
		return AAA_MSCHAP1;
	case PPP_AUTH_MSCHAP2:
		return AAA_MSCHAP2;
	case PPP_AUTH_CHAP:
		break;
	}
	return AAA_CHAP;
}

static struct aaa_request aaa_request_of(const struct ppp_auth_request *a)
{
	struct aaa_request req = {.method = method_of(a->method), .name = a->name};

	if (a->method == PPP_AUTH_PAP)
		req.password = a->response;
	else if (a->response.len == sizeof(req.nt_response))
		memcpy(req.nt_response, a->response.p, a->response.len);
	memcpy(req.challenge, a->challenge, sizeof(req.challenge));
	memcpy(req.peer_challenge, a->peer_challenge, sizeof(req.peer_challenge));
	return req;
}

void account_stored(const struct cfg_user *u, struct aaa_local_user *out)
{
	static const enum aaa_stored stored[] = {
		[CFG_PW_NONE] = AAA_STORED_NONE,
		[CFG_PW_NT_HASH] = AAA_STORED_NT_HASH,
		[CFG_PW_PBKDF2] = AAA_STORED_PBKDF2,
	};

	*out = (struct aaa_local_user){.stored = stored[u->kind],
				       .nt_hash = u->nt_hash,
				       .salt = u->salt,
				       .hash = u->hash,
				       .hash_len = u->hash_len,
				       .iterations = u->iterations};
}

/* What the policies say of this session; false when they refuse it. A hub's user has as many
 * logins as the hub allows, unless a group policy says a number. */
static bool admit(struct session *s, const struct account *a, uint16_t *error)
{
	const struct config *cfg = s->core->config;
	const struct cfg_tunnel_group *g = a->group;
	const struct cfg_user *u = a->user;
	struct cfg_policy_values v;

	config_policy(cfg, g, u, &v);
	if (!name_set(s->core, &s->group_policy,
		      u->group_policy[0]   ? u->group_policy
		      : g->group_policy[0] ? g->group_policy
					   : "DfltGrpPolicy"))
		return false;
	s->idle_s = v.idle_s;
	s->session_s = v.session_s;
	memcpy(s->dns, v.dns, sizeof(s->dns));
	memcpy(s->wins, v.wins, sizeof(s->wins));
	if (!(v.protocols & CFG_PROTO_L2TP_IPSEC))
		return story_refuse(s->peer, "protocol-not-permitted",
				    "group policy %s does not allow l2tp-ipsec",
				    name_text(s->group_policy));
	if (!account_admits(s, a, error))
		return false;
	if (a->hub_user && !config_policy_has_logins(cfg, g, u))
		return true;
	return session_login_limit(s, v.logins);
}

static void tell_result(struct session *s, const struct aaa_request *req, const struct account *acc,
			const struct aaa_verdict *v)
{
	const char *who = acc->hub_user ? "the hub " : "LOCAL";
	const char *hub = acc->hub_user ? acc->hub->name : "";
	const char *text = acc->why[0] && v->result == AAA_UNKNOWN_USER ? acc->why : v->text;
	char user[140];
	struct peer *p = s->peer;

	log_quote(req->name.p, req->name.len, user, sizeof(user));
	if (v->result == AAA_OK)
		story_add(s->core, p->sa, &p->flow, NOTE_INFO, "user-accepted",
			  "%s%s accepts %s by %s", who, hub, user, aaa_method_name(req->method));
	else
		story_refuse(p, v->reason, "%s%s refuses %s by %s: %s", who, hub, user,
			     aaa_method_name(req->method), text);
}

/* By who knows the password: the configuration, nobody, or a server that is not there. */
static void ask(const struct aaa_request *req, const struct account *acc, struct aaa_verdict *out)
{
	enum cfg_auth auth = acc->hub_user ? acc->hub_user->auth : CFG_AUTH_PASSWORD;
	struct aaa_local_user lu;

	switch (auth) {
	case CFG_AUTH_PASSWORD:
		if (acc->user)
			account_stored(acc->user, &lu);
		aaa_local(req, acc->user ? &lu : NULL, out);
		break;
	case CFG_AUTH_ANONYMOUS:
		aaa_anonymous(req, acc->bare, out);
		break;
	case CFG_AUTH_RADIUS:
	case CFG_AUTH_NT_DOMAIN:
		aaa_refuse(out, AAA_TYPE_REFUSED, "no-aaa-server",
			   auth == CFG_AUTH_RADIUS
				   ? "the password is known to a RADIUS server: no AAA server yet"
				   : "the password is known to a Windows domain: no AAA server "
				     "yet");
		break;
	case CFG_AUTH_CERTIFICATE:
	case CFG_AUTH_SIGNED:
		aaa_refuse(out, AAA_TYPE_REFUSED, "certificate-user",
			   "the user has a certificate for a password, and L2TP has no place for "
			   "one");
		break;
	}
}

/* The profile that the name chose may allow less than the one that LCP offered for. */
static bool method_allowed(struct session *s, const struct account *acc, enum ppp_auth method)
{
	return offered_methods(acc->group) & method ||
	       story_refuse(s->peer, "method-not-permitted",
			    "the tunnel group %s does not allow %s: `ppp-attributes`",
			    acc->group->name, ppp_auth_name(method));
}

static void authenticate(struct session *s, const struct ppp_auth_request *a)
{
	struct core *c = s->core;
	struct aaa_request req = aaa_request_of(a);
	struct account acc;
	struct aaa_verdict av;
	struct ppp_verdict pv = {.mschap_error = 649};

	account_find(c->config, a->name, &acc);
	story_user(c, s->peer->sa, a->name);
	ask(&req, &acc, &av);
	tell_result(s, &req, &acc, &av);
	s->auth = a->method;
	if (av.result == AAA_OK) {
		pv.ok = method_allowed(s, &acc, a->method) && account_become(s, &acc) &&
			admit(s, &acc, &pv.mschap_error);
		if (pv.ok)
			session_log_in(s);
		s->admitted = pv.ok;
	} else {
		pv.mschap_error = av.mschap_error;
	}
	memcpy(pv.auth_response, av.auth_response, sizeof(pv.auth_response));
	ppp_verdict(s->ppp, core_now(c), &pv);
	secret_zero(&req, sizeof(req));
	secret_zero(&av, sizeof(av));
}

/* ---- network ---- */

void session_ppp_network(struct session *s)
{
	struct core *c = s->core;
	struct ppp_network n = {0};

	n.local_ip = s->lease ? lease_local_ip(s) : c->hubs[s->hub].host_ip;
	n.peer_ip = s->ip;
	lease_servers(s, n.dns, n.wins);
	n.local_iid = HUB_IPV6_IID; /* fe80::2: a redirect of the host's, fe80::1, is void */
	ppp_set_network(s->ppp, core_now(c), &n);
}

static void give_network(struct session *s)
{
	if (!address_assign(s, s->core->config))
		session_event(s, SESSION_EV_CLOSE, "no-address");
	else if (lease_ready(s))
		session_ppp_network(s);
}

/* ---- actions ---- */

static void send_frame(struct session *s, struct bytes frame)
{
	uint8_t out[PPP_FRAME_MAX + 2];
	struct wr w = wr_of(out, sizeof(out));

	/* Address and control (RFC 1661 3.1): always there while negotiating */
	wr_u16(&w, 0xff03);
	wr_bytes(&w, frame);
	l2tp_call_send(s->core->l2tp, core_now(s->core), s->call, wr_done(&w));
}

static void one(struct session *s, const struct ppp_act *a)
{
	switch (a->kind) {
	case PPP_ACT_SEND:
		send_frame(s, a->frame);
		break;
	case PPP_ACT_NOTE:
		story_note(s->core, s->peer->sa, &s->peer->flow, &a->note);
		break;
	case PPP_ACT_AUTH:
		authenticate(s, &a->auth);
		break;
	case PPP_ACT_NETWORK:
		give_network(s);
		break;
	case PPP_ACT_UP:
		s->up = a->up;
		session_event(s, SESSION_EV_PPP_UP, NULL);
		break;
	case PPP_ACT_SUSPEND:
		session_event(s, SESSION_EV_PPP_SUSPEND, NULL);
		break;
	case PPP_ACT_UP6:
		ipv6_up(s, &a->up6);
		break;
	case PPP_ACT_DOWN6:
		ipv6_down(s);
		break;
	case PPP_ACT_DOWN:
		session_event(s, SESSION_EV_PPP_DOWN, a->reason);
		break;
	}
}

void session_ppp_drain(struct session *s)
{
	const struct ppp_act *a;

	while ((a = ppp_next(s->ppp)))
		one(s, a);
}
