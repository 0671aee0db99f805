/*
 * For the unit tests of the vpncmd room: a program whose keyboard, output and server the test
 * plays.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verb.h"

struct answer {
	const char *method;
	const char *json;
};

struct world {
	struct vpncmd *v;
	char *out;
	size_t out_len;
	FILE *stream;
	const struct answer *answers; /* by method; NULL ends */
	const char *const *typed;     /* NULL ends */
	json_t *calls;                /* [{"method": ..., "params": {...}}] */
	char prompts[1024];
};

static char *type(void *ctx, const char *prompt, bool hidden)
{
	struct world *w = ctx;
	size_t used = strlen(w->prompts);

	snprintf(w->prompts + used, sizeof(w->prompts) - used, "%s%s|", prompt, hidden ? "*" : "");
	return w->typed && *w->typed ? strdup(*w->typed++) : NULL;
}

static json_t *serve(void *ctx, const char *method, json_t *params)
{
	struct world *w = ctx;

	json_array_append_new(w->calls,
			      json_pack("{s:s, s:o}", "method", method, "params", params));
	for (const struct answer *a = w->answers; a && a->method; a++) {
		if (strcmp(a->method, method) == 0)
			return json_loads(a->json, 0, NULL);
	}
	return NULL;
}

static void begin(struct world *w, struct vpncmd_options o)
{
	struct vpncmd_io io = {.ctx = w, .read = type, .call = serve};

	*w = (struct world){.calls = json_array()};
	w->stream = open_memstream(&w->out, &w->out_len);
	assert_non_null(w->stream);
	io.out = w->stream;
	if (!o.server)
		o.server = "local";
	if (!o.hub)
		o.hub = "";
	w->v = vpncmd_new(&io, &o);
	assert_non_null(w->v);
}

static void end(struct world *w)
{
	vpncmd_free(w->v);
	fclose(w->stream);
	free(w->out);
	json_decref(w->calls);
}

static const char *printed(struct world *w)
{
	fflush(w->stream);
	return w->out;
}

static void assert_called(struct world *w, size_t n, const char *method, const char *params)
{
	json_t *call = json_array_get(w->calls, n), *want = json_loads(params, 0, NULL);

	assert_non_null(call);
	assert_non_null(want);
	assert_string_equal(json_string_value(json_object_get(call, "method")), method);
	if (!json_equal(want, json_object_get(call, "params"))) {
		char *got = json_dumps(json_object_get(call, "params"), JSON_SORT_KEYS);

		fail_msg("%s was called with %s", method, got);
	}
	json_decref(want);
}
