/*
 * log: one line, key=value, to the sink (stderr, which systemd takes to the
 * journal). Protocol rooms never call this: they return story actions and core
 * logs. Peer text goes through log_quote() first. Secrets never come here, but for
 * the session keys of `debug crypto ikev1 keys`, which exists for nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

typedef void log_sink(void *ctx, enum log_level level, const char *line);

/* Lines below this level are not formatted. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Default sink: stderr with the systemd priority prefix. */
void log_set_sink(log_sink *sink, void *ctx);

/* area: the room ("ike", "core"); fmt: key=value pairs, no newline. */
void log_line(enum log_level level, const char *area, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Printable, quoted, at most 128 octets of peer text into buf; returns buf. */
const char *log_quote(const void *text, size_t len, char *buf, size_t cap);

/* A class of lines that a stranger can cause: at most per_second lines a second;
 * what was held back is told with the next line. */
struct log_limit {
	uint32_t per_second;
	uint64_t second;
	uint32_t used;
	uint64_t suppressed;
};

/* May a line of this class be written at now_ms? *held is the number held back since. */
bool log_allow(struct log_limit *l, uint64_t now_ms, uint64_t *held);
