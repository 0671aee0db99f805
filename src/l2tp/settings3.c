/*
 * settings3: one configuration of version 3, within the limits of RFC 3931, with the
 * keys that its secret makes.
 *
 * Called by l2tp3.c, and by table3.c when a connection that was made under it goes.
 */
#include "state3.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define RX_WINDOW_MAX     32768
#define RETRANSMIT_MAX_MS 8000
#define TRIES_MIN         5
#define SHARD_BITS_MAX    12

/* The styles' rules and RFC 3931's limits over what was configured. */
static void set_limits(struct l2tp3_config *cfg)
{
	if (cfg->rx_window == 0)
		cfg->rx_window = 1;
	if (cfg->rx_window > RX_WINDOW_MAX)
		cfg->rx_window = RX_WINDOW_MAX;
	if (cfg->retransmit_max_ms == 0 || cfg->retransmit_max_ms > RETRANSMIT_MAX_MS)
		cfg->retransmit_max_ms = RETRANSMIT_MAX_MS;
	if (cfg->retransmit_ms == 0)
		cfg->retransmit_ms = 1000;
	if (cfg->retransmit_tries < TRIES_MIN)
		cfg->retransmit_tries = TRIES_MIN;
	if (cfg->shard_bits > SHARD_BITS_MAX)
		cfg->shard_bits = SHARD_BITS_MAX;
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

struct settings3 *settings3_new(const struct l2tp3_config *cfg)
{
	struct settings3 *s = calloc(1, sizeof(*s));
	struct bytes secret = secret_bytes(&cfg->secret);

	if (!s)
		return NULL;
	s->refs = 1;
	s->cfg = *cfg;
	strncpy(s->host_name, cfg->host_name && *cfg->host_name ? cfg->host_name : "lcce",
		L2TP_HOST_NAME_MAX);
	strncpy(s->vendor_name, cfg->vendor_name ? cfg->vendor_name : "", L2TP_HOST_NAME_MAX);
	strncpy(s->remote_end_id, cfg->remote_end_id ? cfg->remote_end_id : "1", L2TP3_END_ID_MAX);
	s->cfg.host_name = s->host_name;
	s->cfg.vendor_name = s->vendor_name;
	s->cfg.remote_end_id = s->remote_end_id;
	set_limits(&s->cfg);
	if (digest_key(secret, DIGEST_FOR_HIDE, s->hide_key) &&
	    digest_key(secret, DIGEST_FOR_CHECK, s->check_key))
		return s;
	settings3_put(s);
	return NULL;
}

void settings3_put(struct settings3 *s)
{
	if (--s->refs)
		return;
	secret_zero(s, sizeof(*s));
	free(s);
}
