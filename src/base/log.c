/*
 * log: formatting and rate limits of log lines. Called by core, dataplane's
 * control side, os and main. Never blocks on anything but the write itself and
 * never allocates.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level max_level = LOG_LEVEL_INFO;

static void stderr_sink(void *ctx, enum log_level level, const char *line)
{
	static const char *const priority[] = {"<3>", "<4>", "<6>", "<7>"};
	static enum { UNKNOWN, PERSON, JOURNAL } reader;
	char out[1100];
	int len;

	(void)ctx;
	if (reader == UNKNOWN)
		reader = isatty(2) ? PERSON : JOURNAL;
	len = snprintf(out, sizeof(out), "%s%s\n", reader == PERSON ? "" : priority[level], line);
	if (len > (int)sizeof(out) - 1) {
		len = (int)sizeof(out) - 1;
		out[len - 1] = '\n';
	}
	if (len > 0 && write(2, out, (size_t)len) < 0)
		return; /* nobody to tell */
}

static log_sink *sink = stderr_sink;
static void *sink_ctx;

void log_set_level(enum log_level level)
{
	max_level = level;
}

void log_set_sink(log_sink *s, void *ctx)
{
	sink = s ? s : stderr_sink;
	sink_ctx = ctx;
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	if (level > max_level)
		return;
	n = snprintf(line, sizeof(line), "%s: ", area);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	sink(sink_ctx, level, line);
}

const char *log_quote(const void *text, size_t len, char *buf, size_t cap)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *t = text;
	size_t o = 0;

	if (len > 128)
		len = 128;
	buf[o++] = '"';
	for (size_t i = 0; i < len && o + 6 < cap; i++) {
		if (t[i] >= 0x20 && t[i] < 0x7f && t[i] != '"' && t[i] != '\\') {
			buf[o++] = (char)t[i];
			continue;
		}
		buf[o++] = '\\';
		buf[o++] = 'x';
		buf[o++] = hex[t[i] >> 4];
		buf[o++] = hex[t[i] & 15];
	}
	buf[o++] = '"';
	buf[o] = '\0';
	return buf;
}

bool log_allow(struct log_limit *l, uint64_t now_ms, uint64_t *held)
{
	uint64_t second = now_ms / 1000;

	if (second != l->second) {
		l->second = second;
		l->used = 0;
	}
	if (l->used >= l->per_second) {
		l->suppressed++;
		return false;
	}
	l->used++;
	*held = l->suppressed;
	l->suppressed = 0;
	return true;
}
