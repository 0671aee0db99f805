/* monitor: the root process: opens what needs privilege, supervises the engine. */
#pragma once

#include "options.h"

/* Runs until SIGTERM or SIGINT; returns the exit code. */
int monitor_main(const struct options *o, char **argv);
