/* options: the command line of sekishod. */
#pragma once

#include <stdbool.h>

struct options {
	const char *config, *run, *state;
	bool foreground, check_config, version, help;
	unsigned workers; /* 0: one for each core */
	bool debug;
	/* the monitor starts itself again in this role, with these descriptors */
	bool engine;
	int priv_fd, control_fd, ready_fd;
};

/* False and a message on stderr when the line is wrong. */
bool options_parse(int argc, char **argv, struct options *out);
void options_usage(void);
