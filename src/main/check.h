/* check: reads a configuration and says what is wrong with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Parses the text of a memfd (closed here). Errors and warnings go to stderr as
 * FILE:LINE:COLUMN: text. NULL when there is an error. */
struct config *check_parse(int fd, const char *path);

/* `sekishod --check-config`: 0 when the file can be used. */
int check_main(const char *path);
