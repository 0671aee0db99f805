/*
 * value: what an administrator types as a field of a call, and a field of an answer as he reads
 * it (softether.md 3.1, 4.1); addresses and ports are value_net.c's. Called by arguments.c and
 * print.c. Never prints.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "value.h"

char *value_say(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

bool value_is_none(const char *text)
{
	return !*text || strcasecmp(text, "none") == 0;
}

/* ---- typed ---- */

static char *put_yes(const struct verb_arg *a, const char *text, json_t *params)
{
	static const char *const yes[] = {"yes", "y", "true", "1"}, *const no[] = {"no", "n",
										   "false", "0"};

	for (unsigned i = 0; i < 4; i++) {
		if (strcasecmp(text, yes[i]) != 0 && strcasecmp(text, no[i]) != 0)
			continue;
		json_object_set_new(params, a->field, json_boolean(strcasecmp(text, yes[i]) == 0));
		return NULL;
	}
	return value_say("\"%s\" is neither yes nor no.", text);
}

bool value_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno && *out <= most;
}

static char *put_number(const struct verb_arg *a, const char *text, json_t *params)
{
	uint64_t n;

	if (!value_number(text, a->most, &n) || n < a->least)
		return value_say("\"%s\" is no number from %" PRIu32 " to %" PRIu32 ".", text,
				 a->least, a->most);
	json_object_set_new(params, a->field, json_integer((json_int_t)n));
	return NULL;
}

static bool has_suffix(const char *field, const char *suffix)
{
	size_t len = strlen(field), n = strlen(suffix);

	return len >= n && strcmp(field + len - n, suffix) == 0;
}

/* The next "word=number" of choices; false: no more. */
static bool next_choice(const char **at, char *word, size_t cap, long *number)
{
	size_t len = strcspn(*at, "=");

	if (!**at)
		return false;
	snprintf(word, cap, "%.*s", (int)len, *at);
	*number = strtol(*at + len + 1, (char **)at, 10);
	*at += **at == ' ';
	return true;
}

/* A word or the beginning of one; nothing means `none` where that is a choice. */
static char *put_choice(const struct verb_arg *a, const char *text, json_t *params)
{
	const char *at = a->choices, *typed = *text ? text : "none";
	char word[32], all[128] = "";
	long number;

	while (next_choice(&at, word, sizeof(word), &number)) {
		size_t used = strlen(all);

		if (strncasecmp(typed, word, strlen(typed)) == 0) {
			json_object_set_new(params, a->field,
					    has_suffix(a->field, "_bool") ? json_boolean(number)
									  : json_integer(number));
			return NULL;
		}
		snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", word);
	}
	return value_say("\"%s\" is none of: %s.", text, all);
}

/* Local time, as SoftEther's; sent in UTC. */
static char *put_date(const struct verb_arg *a, const char *text, json_t *params)
{
	struct tm tm = {0}, check;
	char sent[40] = "", rest;
	time_t t;

	if (!value_is_none(text)) {
		int n = sscanf(text, "%4d/%2d/%2d %2d:%2d:%2d%c", &tm.tm_year, &tm.tm_mon,
			       &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &rest);

		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		tm.tm_isdst = -1;
		check = tm;
		t = mktime(&check);
		if (n != 6 || t < 0 || check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon ||
		    check.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
			return value_say(
				"\"%s\" is no date and time such as \"2030/01/31 18:00:00\", "
				"nor none.",
				text);
		gmtime_r(&t, &check);
		strftime(sent, sizeof(sent), "%Y-%m-%dT%H:%M:%SZ", &check);
	}
	json_object_set_new(params, a->field, json_string(sent));
	return NULL;
}

static char *put_hostport(const struct verb_arg *a, const char *text, json_t *params)
{
	const char *colon = strrchr(text, ':');
	uint64_t port = a->least;
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (!len || (colon && (!value_number(colon + 1, UINT16_MAX, &port) || !port)))
		return value_say("\"%s\" is no HOST or HOST:PORT with a port from 1 to 65535.",
				 text);
	json_object_set_new(params, a->field, json_stringn(text, len));
	json_object_set_new(params, a->field2, json_integer((json_int_t)port));
	return NULL;
}

static char *put_text(const struct verb_arg *a, const char *text, json_t *params)
{
	json_t *value = json_string(a->kind == ARG_OR_NONE && value_is_none(text) ? "" : text);

	if (!value)
		return value_say("The value is not UTF-8 text.");
	json_object_set_new(params, a->field, value);
	return NULL;
}

static char *put_name(const struct verb_arg *a, const char *text, json_t *params)
{
	return *text ? put_text(a, text, params) : value_say("A name is needed.");
}

char *value_put(const struct verb_arg *arg, const char *text, json_t *params)
{
	static char *(*const puts[])(const struct verb_arg *, const char *, json_t *) = {
		[ARG_TEXT] = put_text,         [ARG_NAME] = put_name,
		[ARG_OR_NONE] = put_text,      [ARG_SECRET] = put_text,
		[ARG_YES] = put_yes,           [ARG_NUMBER] = put_number,
		[ARG_IPV4] = value_put_ipv4,   [ARG_MASK] = value_put_mask,
		[ARG_MAC] = value_put_mac,     [ARG_CHOICE] = put_choice,
		[ARG_NET] = value_put_net4,    [ARG_NET6] = value_put_net6,
		[ARG_MACS] = value_put_macs,   [ARG_PROTOCOL] = value_put_protocol,
		[ARG_PORTS] = value_put_ports, [ARG_DATE] = put_date,
		[ARG_HOSTPORT] = put_hostport,
	};

	return puts[arg->kind](arg, text, params);
}

/* ---- shown ---- */

/* The sum of the fields whose names stand in fields. */
static uint64_t sum_of(const char *fields, const json_t *row)
{
	uint64_t sum = 0;
	char name[64];

	for (const char *at = fields; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		sum += (uint64_t)json_integer_value(json_object_get(row, name));
		at += len;
	}
	return sum;
}

/* 1234567 as 1,234,567 */
static char *grouped(uint64_t n, bool csv, const char *behind)
{
	char digits[32], out[48];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && !csv)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return value_say("%s%s", out, behind);
}

static char *show_time(const char *iso, bool day)
{
	struct tm tm = {0}, local;
	char out[64];
	time_t t;

	if (!iso || !strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm))
		return value_say("(None)");
	t = timegm(&tm);
	localtime_r(&t, &local);
	strftime(out, sizeof(out), day ? "%Y-%m-%d (%a) %H:%M:%S" : "%Y-%m-%d %H:%M:%S", &local);
	return value_say("%s", out);
}

static char *show_choice(const char *choices, json_int_t value)
{
	size_t digits;

	for (const char *at = choices; *at; at += strspn(at, " ")) {
		char *end, *text;

		digits = strcspn(at, "=");
		if (strtoll(at, &end, 10) == value) {
			text = value_say("%.*s", (int)strcspn(end + 1, " "), end + 1);
			for (char *p = text; p && *p; p++)
				*p = *p == '_' ? ' ' : *p;
			return text;
		}
		at += digits + strcspn(at + digits, " ");
	}
	return value_say("%" JSON_INTEGER_FORMAT, value);
}

static char *show_number(const struct verb_column *c, const json_t *row, bool csv)
{
	uint64_t n = sum_of(c->field, row);

	switch (c->kind) {
	case SHOW_PLAIN:
		return value_say("%" PRIu64, n);
	case SHOW_BYTES:
		return grouped(n, csv, " bytes");
	case SHOW_PACKETS:
		return grouped(n, csv, " packets");
	case SHOW_COUNT:
		return grouped(n, csv, c->choices);
	case SHOW_LIMIT:
		return n ? grouped(n, csv, "") : value_say("Infinite");
	default:
		return grouped(n, csv, "");
	}
}

char *value_show(const struct verb_column *c, const json_t *row, bool csv)
{
	const json_t *value = json_object_get(row, c->field);
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	switch (c->kind) {
	case SHOW_TEXT:
		return value_say("%s", text);
	case SHOW_DASH:
		if (json_is_integer(value) && json_integer_value(value))
			return grouped((uint64_t)json_integer_value(value), csv, "");
		return value_say("%s", *text ? text : "-");
	case SHOW_YES:
		return value_say("%s", json_is_true(value) ? "Yes" : "No");
	case SHOW_ENABLE:
		return value_say("%s", json_is_true(value) ? "Enable" : "Disable");
	case SHOW_DATE:
	case SHOW_STAMP:
		return show_time(text, c->kind == SHOW_DATE);
	case SHOW_CHOICE:
		return show_choice(c->choices, json_is_boolean(value) ? json_is_true(value)
								      : json_integer_value(value));
	case SHOW_NONE_IP:
		return value_say("%s", !*text || strcmp(text, "0.0.0.0") == 0 ? "None" : text);
	default:
		return show_number(c, row, csv);
	}
}
