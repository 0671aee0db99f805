/*
 * print: a call's answer as the tables that its row describes. Called by run.c.
 */
#include <stdlib.h>
#include <string.h>

#include "verb.h"

static unsigned count(const struct verb_column *columns)
{
	unsigned n = 0;

	while (columns[n].label)
		n++;
	return n;
}

static void add_row(const struct vpncmd *v, struct table *t, const struct verb_column *columns,
		    const json_t *row)
{
	for (; columns->label; columns++)
		table_add(t, value_show(columns, row, v->o.csv));
}

static void print_items(const struct vpncmd *v, const struct verb *verb, const json_t *answer)
{
	struct table *t = table_new(2);

	table_add(t, strdup("Item"));
	table_add(t, strdup("Value"));
	for (const struct verb_column *c = verb->columns; c->label; c++) {
		table_add(t, strdup(c->label));
		table_add(t, value_show(c, answer, v->o.csv));
	}
	table_print(t, v->io.out, v->o.csv);
	table_free(t);
}

static void print_rows(const struct vpncmd *v, const struct verb *verb, const json_t *list)
{
	struct table *t = table_new(count(verb->columns));
	const json_t *row;
	size_t i;

	for (const struct verb_column *c = verb->columns; c->label; c++)
		table_add(t, strdup(c->label));
	json_array_foreach((json_t *)list, i, row) add_row(v, t, verb->columns, row);
	if (verb->output == PRINT_BLOCKS && !v->o.csv)
		table_print_blocks(t, v->io.out);
	else
		table_print(t, v->io.out, v->o.csv);
	table_free(t);
}

static void print_lines(const struct vpncmd *v, const struct verb *verb, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)list, i, row)
	{
		char *text = value_show(verb->columns, row, v->o.csv);

		fprintf(v->io.out, "%s\n", text ? text : "");
		free(text);
	}
}

void print_answer(const struct vpncmd *v, const struct verb *verb, const json_t *answer)
{
	const json_t *list = verb->list ? json_object_get(answer, verb->list) : NULL;

	if (verb->output == PRINT_ITEMS)
		print_items(v, verb, answer);
	else if (verb->output == PRINT_LINES)
		print_lines(v, verb, list);
	else if (verb->output != PRINT_NOTHING)
		print_rows(v, verb, list);
}
