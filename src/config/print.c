/*
 * Print: a configuration back to the commands that make it (show running-config,
 * write memory). Called through config_print(). Knows no command: each row of the
 * schema writes its own. What it gave up on the way is wiped, for the unmasked
 * form holds secrets.
 */
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_N    8
#define SCRATCH_SIZE (2 * SECRET_MAX + 4)

struct print {
	char *text;
	size_t len, cap;
	bool masked, failed;
	unsigned depth; /* submodes that are open */
	bool pending;   /* its header was not written yet */
	char header[GRAMMAR_LINE_MAX];
	unsigned next;
	char scratch[SCRATCH_N][SCRATCH_SIZE];
};

static void text_put(struct print *w, const char *s, size_t len)
{
	if (w->cap - w->len < len + 1) {
		size_t cap = w->cap * 2 + len + 4096;
		char *mem = w->failed ? NULL : malloc(cap);

		if (!mem) {
			w->failed = true;
			return;
		}
		if (w->text) {
			memcpy(mem, w->text, w->len);
			secret_zero(w->text, w->len);
			free(w->text);
		}
		w->text = mem;
		w->cap = cap;
	}
	memcpy(w->text + w->len, s, len);
	w->len += len;
	w->text[w->len] = '\0';
}

void print_line(struct print *w, const char *fmt, ...)
{
	char line[GRAMMAR_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (w->pending) {
		text_put(w, w->header, strlen(w->header));
		text_put(w, "\n", 1);
		w->pending = false;
	}
	for (unsigned i = 0; i < w->depth; i++)
		text_put(w, " ", 1);
	if (n < 0 || (size_t)n >= sizeof(line))
		w->failed = true;
	else
		text_put(w, line, (size_t)n);
	text_put(w, "\n", 1);
	secret_zero(line, sizeof(line));
}

static char *scratch(struct print *w)
{
	return w->scratch[w->next++ % SCRATCH_N];
}

const char *print_name(struct print *w, const char *name)
{
	return grammar_quote(name, scratch(w), SCRATCH_SIZE);
}

bool print_masked(const struct print *w)
{
	return w->masked;
}

const char *print_key(struct print *w, const struct secret *s)
{
	char key[SECRET_MAX + 1];
	const char *text;

	if (w->masked)
		return "*****";
	memcpy(key, s->b, s->len);
	key[s->len] = '\0';
	text = print_name(w, key);
	secret_zero(key, sizeof(key));
	return text;
}

const char *print_ip(struct print *w, uint32_t ip)
{
	char *buf = scratch(w);

	snprintf(buf, SCRATCH_SIZE, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
		 ip & 255);
	return buf;
}

const char *print_mask(struct print *w, unsigned prefix)
{
	return print_ip(w, prefix ? UINT32_MAX << (32 - prefix) : 0);
}

static void print_rows(struct print *w, const struct config *c, enum mode m, const void *obj)
{
	const struct row *r;

	for (unsigned i = 0; (r = schema_row(i)); i++)
		if (r->mode == m && r->print)
			r->print(w, c, obj);
}

void print_mode(struct print *w, const struct config *c, enum mode m, const void *obj, bool always,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->header, sizeof(w->header), fmt, ap);
	va_end(ap);
	if (always)
		print_line(w, "%s", w->header);
	w->pending = !always;
	w->depth++;
	print_rows(w, c, m, obj);
	w->depth--;
	w->pending = false;
}

char *config_print(const struct config *c, bool masked)
{
	struct print *w = calloc(1, sizeof(*w));
	char *text;

	if (!w)
		return NULL;
	w->masked = masked;
	print_rows(w, c, MODE_GLOBAL, c);
	if (w->failed && w->text) {
		secret_zero(w->text, w->len);
		free(w->text);
		w->text = NULL;
	}
	text = w->text;
	secret_zero(w, sizeof(*w));
	free(w);
	return text;
}
