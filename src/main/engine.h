/* engine: the unprivileged process: control thread, workers, crypto pool. */
#pragma once

#include "options.h"

/* Exit codes that the monitor understands. */
enum { ENGINE_OK = 0, ENGINE_FAILED = 1, ENGINE_CANNOT_START = 3 };

int engine_main(const struct options *o);
