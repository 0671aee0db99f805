/*
 * command: the exec commands (show, explain, logoff ...) as a table.
 */
#pragma once

#include <jansson.h>

#include "core/core.h"
#include "listing.h"
#include "manage/manage.h"

struct answer {
	struct listing
		*listing; /* owned; not NULL: it comes in pieces, and there is nothing else */
	bool ok;
	char *text;   /* for people; owned; NULL: none */
	json_t *data; /* for scripts; owned; NULL: none */
};

void answer_wipe(struct answer *a);

/* Runs one command; the words live as long as the answer. json: what comes in pieces is to be
 * data, not text. Never fails otherwise than by a clear answer. */
struct answer command_run(const struct manage_config *m, const char *const *words, unsigned n,
			  bool json);
