/*
 * command: the exec commands (show, explain, logoff ...) as a table.
 */
#pragma once

#include <jansson.h>

#include "core/core.h"
#include "manage/manage.h"

struct answer {
	bool ok;
	char *text;   /* for people; owned; NULL: none */
	json_t *data; /* for scripts; owned; NULL: none */
};

void answer_wipe(struct answer *a);

/* Does a command need fresh counters of the workers first? */
bool command_wants_refresh(const char *const *words, unsigned n);

/* Runs one command. Never fails otherwise than by a clear answer. */
struct answer command_run(const struct manage_config *m, const char *const *words, unsigned n);
