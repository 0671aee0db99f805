/*
 * configure: front ends change the running configuration by its own lines, and save it. Called
 * by manage through core/api.h.
 */
#include <stdlib.h>

#include "core/api.h"
#include "core_i.h"

static void host_random(void *ctx, void *buf, size_t len)
{
	struct core *c = ctx;

	c->os->random(c->os->ctx, buf, len);
}

const struct config *api_config(const struct core *c)
{
	return c->config;
}

bool api_save(struct core *c, char *error, size_t cap)
{
	char *text = config_print(c->config, false);
	struct priv_result r = {0};

	if (!text) {
		snprintf(error, cap, "memory is short");
		return false;
	}
	c->cfg.priv->save_config(c->cfg.priv->ctx, text, (uint32_t)strlen(text), &r);
	secret_zero(text, strlen(text));
	free(text);
	log_line(r.ok ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "core", "event=%s%s%s",
		 r.ok ? "config-saved" : "config-not-saved", r.ok ? "" : ": ", r.error);
	if (!r.ok)
		snprintf(error, cap, "%s", r.error);
	return r.ok;
}

enum api_configured api_configure(struct core *c, const char *lines, size_t len, bool save,
				  struct cfg_errors *errs, char *error, size_t cap)
{
	struct config *cfg = config_amend(c->config, lines, len, errs, host_random, c);

	error[0] = '\0';
	if (!cfg)
		return API_LINES_WRONG;
	if (!core_apply(c, cfg, error, cap)) {
		config_free(cfg);
		return API_REFUSED;
	}
	log_line(LOG_LEVEL_INFO, "core", "event=config-applied");
	return save && !api_save(c, error, cap) ? API_NOT_SAVED : API_CONFIGURED;
}
