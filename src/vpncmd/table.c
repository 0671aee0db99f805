/*
 * table: cells to columns of equal width with a bar between, or to comma-separated values
 * (softether.md 3.1). Widths count characters, not octets, so that names in UTF-8 line up.
 * Called by print.c, help.c and verbs_policy.c.
 */
#include <stdlib.h>
#include <string.h>

#include "verb.h"

struct table {
	unsigned columns;
	size_t n, room;
	char **cells;
};

struct table *table_new(unsigned columns)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t)
		t->columns = columns;
	return t;
}

void table_add(struct table *t, char *cell)
{
	if (t && t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		char **more = realloc(t->cells, room * sizeof(*more));

		if (more) {
			t->cells = more;
			t->room = room;
		}
	}
	if (!t || t->n == t->room) {
		free(cell);
		return;
	}
	t->cells[t->n++] = cell;
}

void table_free(struct table *t)
{
	for (size_t i = 0; t && i < t->n; i++)
		free(t->cells[i]);
	if (t)
		free(t->cells);
	free(t);
}

static const char *cell(const struct table *t, size_t row, unsigned column)
{
	const char *text = t->cells[row * t->columns + column];

	return text ? text : "";
}

static size_t width(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return n;
}

static void print_padded(const char *text, size_t to, FILE *out)
{
	fprintf(out, "%s", text);
	for (size_t n = width(text); n < to; n++)
		fputc(' ', out);
}

static void print_rule(const size_t *widths, unsigned columns, FILE *out)
{
	for (unsigned c = 0; c < columns; c++) {
		if (c)
			fputc('+', out);
		for (size_t i = 0; i < widths[c]; i++)
			fputc('-', out);
	}
	fputc('\n', out);
}

/* A value with a comma, a quotation mark or the end of a line is put into quotation marks. */
static void print_csv_cell(const char *text, FILE *out)
{
	if (!strpbrk(text, ",\"\n")) {
		fprintf(out, "%s", text);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_csv(const struct table *t, FILE *out)
{
	for (size_t row = 0; row < t->n / t->columns; row++) {
		for (unsigned c = 0; c < t->columns; c++) {
			if (c)
				fputc(',', out);
			print_csv_cell(cell(t, row, c), out);
		}
		fputc('\n', out);
	}
}

void table_print(const struct table *t, FILE *out, bool csv)
{
	size_t widths[VERB_COLUMNS_MAX] = {0}, rows = t ? t->n / t->columns : 0;

	if (csv && t)
		print_csv(t, out);
	if (csv || !t)
		return;
	for (size_t i = 0; i < rows * t->columns; i++) {
		size_t n = width(t->cells[i] ? t->cells[i] : ""), *w = &widths[i % t->columns];

		*w = n > *w ? n : *w;
	}
	for (size_t row = 0; row < rows; row++) {
		for (unsigned c = 0; c < t->columns; c++) {
			if (c)
				fputc('|', out);
			print_padded(cell(t, row, c), c + 1 < t->columns ? widths[c] : 0, out);
		}
		fputc('\n', out);
		if (row == 0)
			print_rule(widths, t->columns, out);
	}
}

void table_print_blocks(const struct table *t, FILE *out)
{
	size_t widths[2] = {width("Item"), width("Value")}, rows = t ? t->n / t->columns : 0;

	for (size_t row = 0; row < rows; row++) {
		for (unsigned c = 0; c < t->columns; c++) {
			size_t n = width(cell(t, row, c)), *w = &widths[row > 0];

			*w = n > *w ? n : *w;
		}
	}
	print_padded("Item", widths[0], out);
	fprintf(out, "|Value\n");
	print_rule(widths, 2, out);
	for (size_t row = 1; row < rows; row++) {
		if (row > 1)
			print_rule(widths, 2, out);
		for (unsigned c = 0; c < t->columns; c++) {
			print_padded(cell(t, 0, c), widths[0], out);
			fprintf(out, "|%s\n", cell(t, row, c));
		}
	}
}
