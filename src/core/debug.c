/*
 * debug: what an administrator switches on while he looks for a fault, and never by the
 * configuration: it ends with the engine. Called by manage through core/api.h and by ike.
 */
#include "core_i.h"

#include "core/api.h"

void debug_keys_line(void *ctx, const char *line)
{
	struct core *c = ctx;
	uint64_t held = 0;

	if (!log_allow(&c->keys_limit, core_now(c), &held))
		return;
	log_line(LOG_LEVEL_WARNING, "keys", "%s", line);
	if (held)
		log_line(LOG_LEVEL_WARNING, "debug", "event=keys-held-back lines=%llu",
			 (unsigned long long)held);
}

void api_debug_keys(struct core *c, bool on)
{
	if (on && !c->debug_keys)
		log_line(LOG_LEVEL_WARNING, "debug",
			 "event=keys-on risk=\"whoever reads this log can read what the new SAs "
			 "protect\" off=\"no debug crypto ikev1 keys\"");
	if (!on && c->debug_keys)
		log_line(LOG_LEVEL_WARNING, "debug", "event=keys-off");
	c->debug_keys = on;
	if (c->ike)
		ike_debug_keys(c->ike, on);
}

json_t *api_debug(struct core *c)
{
	json_t *names = json_array();

	if (c->debug_keys)
		json_array_append_new(names, json_string("crypto ikev1 keys"));
	return json_pack("{s:o}", "debug", names);
}
