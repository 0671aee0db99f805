/*
 * listen: the sockets of the services: opened, moved to another address and closed while the
 * server runs. A port that somebody else holds is tried each second until it is free; who holds
 * it is in the log and in what api_services() tells. Called by apply and, by its timer, by core.
 */
#include "core/plain.h"
#include "core_i.h"

#include "core/api.h"

#define RETRY_MS    1000
#define STOP_ROUNDS 100 /* core_wait() each: until the workers have closed */

/* The address to listen on: an interface's own, or every local one. */
static struct ip_addr listen_address(const struct config *cfg)
{
	struct ip_addr any = {0};
	const struct cfg_interface *one = NULL;

	for (unsigned i = 0; i < cfg->n_interfaces; i++) {
		if (!cfg->interfaces[i].ike_enable)
			continue;
		if (one || cfg->services.l2tp || cfg->services.etherip)
			return any;
		one = &cfg->interfaces[i];
	}
	return one && one->ip ? ip4_addr(one->ip) : any;
}

/* ---- opening ---- */

/* A descriptor for each worker; -1: none. */
struct sockets {
	int fd[DP_SOCKETS][DP_WORKERS_MAX];
};

static bool take_fds(struct core *c, const struct priv_result *r, unsigned n, int *fds, char *error,
		     size_t cap)
{
	if (r->ok && r->n_fds == n) {
		memcpy(fds, r->fds, n * sizeof(*fds));
		return true;
	}
	for (unsigned i = 0; i < r->n_fds; i++)
		c->os->close(c->os->ctx, r->fds[i]);
	snprintf(error, cap, "%s", r->ok ? "the monitor gave another number of sockets" : r->error);
	return false;
}

static bool open_udp(struct core *c, const struct ip_addr *addr, uint16_t port, uint16_t n,
		     int *fds, char *error, size_t cap)
{
	struct priv_udp req = {.addr = *addr, .port = port, .n = n, .steer_by_spi = port == 4500};
	struct priv_result r = {0};

	c->cfg.priv->open_udp(c->cfg.priv->ctx, &req, &r);
	return take_fds(c, &r, n, fds, error, cap);
}

static bool open_all(struct core *c, const struct ip_addr *addr, struct sockets *s, char *error,
		     size_t cap)
{
	uint16_t n = (uint16_t)c->cfg.workers;
	struct priv_result r = {0};

	memset(s, 0xff, sizeof(*s)); /* -1 */
	if (!open_udp(c, addr, 500, 1, s->fd[DP_SOCKET_UDP500], error, cap) ||
	    !open_udp(c, addr, 4500, n, s->fd[DP_SOCKET_UDP4500], error, cap))
		return false;
	c->cfg.priv->open_esp(c->cfg.priv->ctx, addr, n, &r);
	return take_fds(c, &r, n, s->fd[DP_SOCKET_ESP], error, cap);
}

static void give_back(struct core *c, const struct sockets *s)
{
	for (unsigned k = 0; k < DP_SOCKETS; k++) {
		for (unsigned w = 0; w < c->cfg.workers; w++) {
			if (s->fd[k][w] >= 0)
				c->os->close(c->os->ctx, s->fd[k][w]);
		}
	}
}

/* The workers have these sockets from now on; acks: how many answers will come. */
static void hand_over(struct core *c, const struct sockets *s, uint64_t cookie)
{
	for (unsigned k = 0; k < DP_SOCKETS; k++) {
		for (unsigned w = 0; w < c->cfg.workers; w++) {
			struct dp_cmd cmd = {.kind = DP_CMD_LISTEN, .cookie = cookie};

			if (k == DP_SOCKET_UDP500 && w > 0)
				continue;
			cmd.u.listen.which = (enum dp_socket)k;
			cmd.u.listen.fd = s->fd[k][w];
			if (cookie)
				c->service.acks++;
			command_send(c, w, &cmd, NULL);
		}
	}
}

static const char *address_text(const struct ip_addr *a, char *buf, size_t cap)
{
	return a->family ? ip_addr_text(a, buf, cap) : "every local address";
}

static bool try_to_open(struct core *c)
{
	struct service *s = &c->service;
	char error[PRIV_ERROR], text[IP_ADDR_TEXT];
	struct sockets fds;

	if (open_all(c, &s->addr, &fds, error, sizeof(error))) {
		hand_over(c, &fds, 0);
		s->open = true;
		s->error[0] = '\0';
		log_line(LOG_LEVEL_INFO, "core",
			 "event=listening address=\"%s\" ports=500,4500,esp",
			 address_text(&s->addr, text, sizeof(text)));
		return true;
	}
	give_back(c, &fds);
	if (strcmp(s->error, error) != 0)
		log_line(LOG_LEVEL_ERROR, "core", "event=port-taken retry_s=%u: %s",
			 RETRY_MS / 1000, error);
	snprintf(s->error, sizeof(s->error), "%s", error);
	return false;
}

static void retry(struct timer *t, uint64_t now_ms)
{
	struct core *c = list_entry(t, struct core, service.retry);

	if (!c->stopping && !try_to_open(c))
		timerq_arm(&c->timers, t, now_ms + RETRY_MS);
}

/* ---- closing ---- */

void listen_acked(struct core *c)
{
	if (c->service.acks)
		c->service.acks--;
}

static void close_all(struct core *c)
{
	struct sockets none;
	char text[IP_ADDR_TEXT];

	memset(&none, 0xff, sizeof(none));
	hand_over(c, &none, ack_cookie(ACK_LISTEN, 0));
	/* the ports must be free before they are opened again */
	for (unsigned i = 0; i < STOP_ROUNDS && c->service.acks; i++) {
		if (c->cfg.threads)
			core_wait(c);
		core_run(c);
	}
	c->service.open = false;
	log_line(LOG_LEVEL_INFO, "core", "event=not-listening address=\"%s\"",
		 address_text(&c->service.addr, text, sizeof(text)));
}

/* ---- a configuration takes effect ---- */

/* Will a peer that reached us here reach us by the service as it is to be? */
static bool still_reached(const struct peer *p, bool wanted, const struct ip_addr *addr)
{
	return wanted && (!addr->family || ip_addr_eq(addr, &p->flow.local.addr));
}

/* EtherIP stays. */
static void end_l2tp(struct core *c)
{
	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		if (!list_empty(&p->sessions))
			core_peer_say_goodbye(p, "service-off");
	}
}

void listen_apply(struct core *c, const struct config *cfg)
{
	struct service *s = &c->service;
	struct ip_addr addr = listen_address(cfg);
	bool wanted = config_ike_enabled(cfg), moved = !ip_addr_eq(&addr, &s->addr);

	if (wanted && !config_l2tp_enabled(cfg))
		end_l2tp(c);
	if (wanted == s->wanted && !moved)
		return;
	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		if (!still_reached(p, wanted, &addr))
			core_peer_say_goodbye(p, wanted ? "address-changed" : "service-off");
	}
	timerq_disarm(&c->timers, &s->retry);
	if (s->open)
		close_all(c);
	s->addr = addr;
	s->wanted = wanted;
	s->error[0] = '\0';
	s->retry.fire = retry;
	if (wanted && !try_to_open(c))
		timerq_arm(&c->timers, &s->retry, core_now(c) + RETRY_MS);
}

const char *listen_waits(const struct core *c)
{
	return c->service.wanted && !c->service.open ? c->service.error : NULL;
}

/* ---- show ipsec-service ---- */

static json_t *switches_of(const struct config *cfg)
{
	json_t *all = json_array();

	if (cfg->services.l2tp)
		json_array_append_new(all, json_string("ipsec-service l2tp"));
	for (unsigned i = 0; i < cfg->n_interfaces; i++) {
		char text[CFG_NAME_MAX + 32];

		if (!cfg->interfaces[i].ike_enable)
			continue;
		snprintf(text, sizeof(text), "crypto ikev1 enable %s", cfg->interfaces[i].nameif);
		json_array_append_new(all, plain_json(text));
	}
	return all;
}

/* by: what has switched it on, given over. */
static json_t *ike_service(const struct core *c, bool wanted, json_t *by)
{
	const struct service *s = &c->service;
	char text[IP_ADDR_TEXT];
	json_t *o = json_object();

	json_object_set_new(o, "enabled", json_boolean(wanted));
	json_object_set_new(o, "state", json_string(!wanted ? "off" : s->open ? "up" : "waiting"));
	json_object_set_new(o, "address",
			    s->addr.family ? json_string(ip_addr_text(&s->addr, text, sizeof(text)))
					   : json_string("any"));
	json_object_set_new(o, "ports", json_pack("[i, i]", 500, 4500));
	json_object_set_new(o, "switched_on_by", by);
	json_object_set_new(o, "waits_because",
			    wanted && listen_waits(c) ? plain_json(listen_waits(c)) : json_null());
	return o;
}

json_t *api_services(struct core *c)
{
	const struct cfg_tunnel_group *g = config_group(c->config, "DefaultRAGroup");
	const struct cfg_hub *h = config_default_hub(c->config);
	json_t *o = json_object(), *by = json_array();

	if (c->config->services.etherip)
		json_array_append_new(by, json_string("ipsec-service etherip"));
	json_object_set_new(o, "l2tp_ipsec",
			    ike_service(c, config_l2tp_enabled(c->config), switches_of(c->config)));
	json_object_set_new(o, "l2tp_raw", json_pack("{s:b, s:s}", "enabled", 0, "state", "off"));
	json_object_set_new(o, "etherip", ike_service(c, c->config->services.etherip, by));
	json_object_set_new(o, "pre_shared_key", json_boolean(g && g->psk_set));
	json_object_set_new(o, "default_hub", h ? plain_json(h->name) : json_null());
	return o;
}
