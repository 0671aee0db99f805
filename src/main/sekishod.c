/*
 * sekishod: the server. One program in two roles: the monitor, which the
 * administrator starts, and the engine, which the monitor starts.
 */
#include <stdio.h>

#include "base/log.h"
#include "check.h"
#include "engine.h"
#include "monitor.h"
#include "options.h"

int main(int argc, char **argv)
{
	struct options o;

	if (!options_parse(argc, argv, &o))
		return 2;
	if (o.help) {
		options_usage();
		return 0;
	}
	if (o.version) {
		printf("sekishod %s\n", SEKISHO_VERSION);
		return 0;
	}
	if (o.debug)
		log_set_level(LOG_LEVEL_DEBUG);
	if (o.check_config)
		return check_main(o.config);
	return o.engine ? engine_main(&o) : monitor_main(&o, argv);
}
