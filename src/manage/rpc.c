/*
 * rpc: finds the call, lets it read or write commands, has those applied, and answers
 * (softether.md 4.1). Called by control.c. Never touches a session itself.
 */
#include "rpc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/api.h"

const char *rpc_text(const struct rpc *r, const char *field)
{
	const char *text = json_string_value(json_object_get(r->params, field));

	return text ? text : "";
}

uint64_t rpc_number(const struct rpc *r, const char *field)
{
	json_int_t n = json_integer_value(json_object_get(r->params, field));

	return n > 0 ? (uint64_t)n : 0;
}

bool rpc_bool(const struct rpc *r, const char *field)
{
	return json_is_true(json_object_get(r->params, field));
}

bool rpc_has(const struct rpc *r, const char *field)
{
	return json_object_get(r->params, field) != NULL;
}

void rpc_fail(struct rpc *r, unsigned code, const char *fmt, ...)
{
	va_list ap;

	r->code = code;
	va_start(ap, fmt);
	vsnprintf(r->message, sizeof(r->message), fmt, ap);
	va_end(ap);
}

const struct cfg_hub *rpc_hub(struct rpc *r)
{
	const char *name = rpc_text(r, "HubName_str");
	const struct cfg_hub *h = config_hub(r->cfg, name);

	if (!h)
		rpc_fail(r, RPC_HUB_NOT_FOUND, "There is no virtual hub \"%s\".", name);
	return h;
}

void rpc_check_text(struct rpc *r, const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			rpc_fail(r, RPC_INVALID_PARAMETER,
				 "A value has a control character, which no name, note or password "
				 "may have.");
	}
}

static void put_quoted(struct rpc *r, const char *text)
{
	rpc_check_text(r, text);
	fputc('"', r->commands);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', r->commands);
		fputc(*text, r->commands);
	}
	fputc('"', r->commands);
}

json_t *rpc_time(time_t t)
{
	char text[40];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

void rpc_command(struct rpc *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			fputc(*fmt, r->commands);
			continue;
		}
		fmt++;
		if (*fmt == 'q')
			put_quoted(r, va_arg(ap, const char *));
		else if (*fmt == 's')
			fputs(va_arg(ap, const char *), r->commands);
		else
			fprintf(r->commands, "%u", va_arg(ap, unsigned));
	}
	va_end(ap);
	fputc('\n', r->commands);
}

/* ---- the call ---- */

static const struct rpc_row *find(const json_t *request)
{
	static const struct rpc_row *const tables[] = {
		rpc_server_rows,  rpc_hub_rows,  rpc_option_rows, rpc_access_rows, rpc_bridge_rows,
		rpc_etherip_rows, rpc_user_rows, rpc_policy_rows, rpc_session_rows};
	const char *method = json_string_value(json_object_get(request, "method"));

	for (size_t i = 0; method && i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct rpc_row *row = tables[i]; row->method; row++) {
			if (strcmp(row->method, method) == 0)
				return row;
		}
	}
	return NULL;
}

bool rpc_wants_refresh(const json_t *request)
{
	const struct rpc_row *row = find(request);

	return row && row->counters;
}

/* The first error of the lines; those who asked wrote values, not lines. */
static void tell_wrong(struct rpc *r, const struct cfg_errors *errs)
{
	for (unsigned i = 0; i < errs->n && i < sizeof(errs->e) / sizeof(errs->e[0]); i++) {
		if (errs->e[i].warning)
			continue;
		rpc_fail(r, RPC_INVALID_PARAMETER, "%s", errs->e[i].text);
		return;
	}
}

/* What the call wrote becomes the running configuration and the file, or nothing does. */
static void apply(struct rpc *r, const char *commands, size_t len)
{
	struct cfg_errors errs = {0};
	char error[sizeof(r->message)];

	if (r->code || !len)
		return;
	switch (api_configure(r->core, commands, len, true, &errs, error, sizeof(error))) {
	case API_CONFIGURED:
		break;
	case API_LINES_WRONG:
		tell_wrong(r, &errs);
		break;
	case API_REFUSED:
		rpc_fail(r, RPC_INVALID_PARAMETER, "%s", error);
		break;
	case API_NOT_SAVED:
		rpc_fail(r, RPC_INTERNAL, "In effect, but not saved: %s", error);
		break;
	}
}

static void call(const struct rpc_row *row, struct rpc *r)
{
	char *commands = NULL;
	size_t len = 0;

	r->commands = open_memstream(&commands, &len);
	if (!r->commands) {
		rpc_fail(r, RPC_MEMORY, "Memory is short.");
		return;
	}
	row->run(r);
	fclose(r->commands);
	apply(r, commands, len);
	explicit_bzero(commands, len); /* it may hold a password */
	free(commands);
}

json_t *rpc_run(struct core *c, const json_t *request)
{
	const struct rpc_row *row = find(request);
	struct rpc r = {.core = c,
			.cfg = api_config(c),
			.params = json_object_get(request, "params"),
			.result = json_object()};
	const char *hub = json_string_value(json_object_get(request, "hub"));

	if (hub && *hub)
		rpc_fail(&r, RPC_ACCESS_DENIED,
			 "A virtual hub's own administrator cannot log in yet: use /ADMINHUB, as "
			 "the "
			 "administrator of the whole server.");
	else if (!row)
		rpc_fail(&r, RPC_NOT_SUPPORTED, "This server does not have that function yet.");
	else
		call(row, &r);
	if (!r.code)
		return json_pack("{s:o}", "result", r.result);
	json_decref(r.result);
	return json_pack("{s:{s:i, s:s}}", "error", "code", (int)r.code, "message", r.message);
}
