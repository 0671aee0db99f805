/*
 * For the unit tests of rpc: SoftEther's calls on a core with the fake operating system.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api.h"
#include "os/fake.h"
#include "rpc.h"

static const char config_text[] = "hub DEFAULT\n"
				  " secure-nat host 10.4.5.1 255.255.255.0\n"
				  " secure-nat enable\n"
				  " group staff\n"
				  "  policy MultiLogins 2\n"
				  " user alice\n"
				  "  group staff\n"
				  "  auth password s3cr3tWord\n"
				  "tunnel-group DefaultRAGroup ipsec-attributes\n"
				  " ikev1 pre-shared-key S3cr3tKey\n"
				  "ipsec-service l2tp\n";

struct world {
	struct fake *fake;
	struct core *core;
};

static void no_pool(void *ctx, struct ike_dh_job *job)
{
	(void)ctx;
	(void)job;
}

static void salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

static void begin(struct world *w)
{
	struct core_config cc = {.workers = 1, .sessions_max = 4, .submit = no_pool};
	struct cfg_errors errs = {0};
	char error[256];

	*w = (struct world){.fake = fake_new(1)};
	assert_non_null(w->fake);
	cc.os = fake_os(w->fake);
	cc.priv = fake_priv(w->fake);
	w->core = core_new(&cc);
	assert_true(core_apply(w->core,
			       config_parse(config_text, strlen(config_text), &errs, salt, NULL),
			       error, sizeof(error)));
	core_run(w->core);
}

static void end(struct world *w)
{
	core_free(w->core);
	fake_free(w->fake);
}

/* The answer of a call; params as JSON with ' for ". */
static json_t *call(struct world *w, const char *method, const char *params)
{
	char text[2048];
	json_t *p, *request, *answer;

	snprintf(text, sizeof(text), "%s", params);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	p = json_loads(text, 0, NULL);
	assert_non_null(p);
	request = json_pack("{s:s, s:o}", "method", method, "params", p);
	answer = rpc_run(w->core, request);
	json_decref(request);
	assert_non_null(answer);
	core_run(w->core);
	return answer;
}

static unsigned code_of(json_t *answer)
{
	return (unsigned)json_integer_value(
		json_object_get(json_object_get(answer, "error"), "code"));
}

static void assert_code(struct world *w, unsigned code, const char *method, const char *params)
{
	json_t *answer = call(w, method, params);

	if (code_of(answer) != code)
		fail_msg("%s(%s): %s", method, params, json_dumps(answer, 0));
	if (code)
		assert_true(*json_string_value(
			json_object_get(json_object_get(answer, "error"), "message")));
	json_decref(answer);
}

static char *running(struct world *w)
{
	json_t *text = api_running_config(w->core);
	char *copy = strdup(json_string_value(text));

	json_decref(text);
	return copy;
}

static void assert_config(struct world *w, const char *part, bool there)
{
	char *text = running(w);

	if (!strstr(text, part) == there)
		fail_msg("%s \"%s\" in:\n%s", there ? "no" : "still", part, text);
	free(text);
}

static json_t *field(json_t *answer, const char *name)
{
	return json_object_get(json_object_get(answer, "result"), name);
}
