/*
 * probe_para: lines of the report that are filled word by word and wrapped. Private to the
 * command probe.
 */
#pragma once

#include <stddef.h>

struct para {
	size_t at, indent;
	const char *separator; /* waits for the next word; NULL: none */
};

/* A line with a label in the left column. */
struct para para_begin(const char *label);
/* One word, or a few that stay together. separator, a constant, comes before the next one; its
 * blank becomes the end of the line where that is full. */
void para_put(struct para *p, const char *words, const char *separator);
/* Word by word; separator stands behind the last. */
void para_text(struct para *p, const char *text, const char *separator);
void para_end(void);

/* A whole line of these. */
void para_line(const char *label, const char *text);
