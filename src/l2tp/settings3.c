/*
 * settings3: one configuration of version 3, within the limits of RFC 3931, with the
 * keys that its secret makes.
 *
 * Called by l2tp3.c.
 */
#include "state3.h"

#include <stdlib.h>
#include <string.h>

/* What only version 3 has, within its limits. */
static void set_limits(struct l2tp3_config *cfg)
{
	if (cfg->cookie_len != 4 && cfg->cookie_len != L2TP3_COOKIE_MAX)
		cfg->cookie_len = 0;
	if (cfg->sublayer > L2TP3_SUBLAYER_DEFAULT)
		cfg->sublayer = L2TP3_SUBLAYER_DEFAULT;
	if (cfg->sequencing > L2TP3_SEQUENCE_ALL)
		cfg->sequencing = L2TP3_SEQUENCE_ALL;
	if (!digest_len(cfg->digest))
		cfg->digest = L2TP3_DIGEST_MD5;
	if (!cfg->style)
		cfg->style = l2tp3_style(0);
	if (cfg->pw_type != L2TP3_PW_ETHERNET_VLAN)
		cfg->pw_type = L2TP3_PW_ETHERNET;
}

struct control_settings *settings3_new(const struct l2tp3_config *cfg)
{
	struct settings3 *s = calloc(1, sizeof(*s));
	struct bytes secret = secret_bytes(&cfg->secret);

	if (!s)
		return NULL;
	s->cfg = *cfg;
	s->base = (struct control_settings){
		CONTROL_SETTINGS(cfg),
		.size = sizeof(*s),
		.all_max = cfg->connections_max,
		.per_owner_max = cfg->connections_per_owner_max,
		.sessions_max = cfg->sessions_per_connection_max,
	};
	control_settings_limit(&s->base, cfg->host_name, cfg->vendor_name, "lcce");
	strncpy(s->remote_end_id, cfg->remote_end_id ? cfg->remote_end_id : "1", L2TP3_END_ID_MAX);
	s->cfg.host_name = s->base.host_name;
	s->cfg.vendor_name = s->base.vendor_name;
	s->cfg.remote_end_id = s->remote_end_id;
	set_limits(&s->cfg);
	if (digest_key(secret, DIGEST_FOR_HIDE, s->hide_key) &&
	    digest_key(secret, DIGEST_FOR_CHECK, s->check_key))
		return &s->base;
	control_settings_put(&s->base);
	return NULL;
}
