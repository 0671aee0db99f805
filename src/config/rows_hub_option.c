/*
 * Rows: the extended options of a hub (softether.md 2.4), by the table of hub/options.h. Data for
 * the schema; called by parse.c and print.c, and config_option_acts() by docs.c. An option that
 * nothing acts on can only have its default.
 */
#include "hub/options.h"
#include "parse.h"
#include "print.h"
#include "walk.h"

static const char *name_of(unsigned id)
{
	const struct hub_option_row *row = hub_option_row(id);

	return row ? row->name : NULL;
}

/* False after an error. */
static bool find(struct parse *p, const struct grammar_word *w, unsigned *id)
{
	int n = hub_option_find(w->text);
	const char *near = n < 0 ? nearest_name(w->text, name_of) : NULL;

	*id = (unsigned)n;
	if (near)
		return parse_error(p, w->column, "there is no option \"%s\"; nearest is \"%s\"",
				   w->text, near);
	return n >= 0 || parse_error(p, w->column,
				     "there is no option \"%s\"; docs/COMMANDS.md lists those that "
				     "there are",
				     w->text);
}

/* Of those that are the server's, the DHCP client of bridged segments looks at two. */
bool config_option_acts(unsigned id)
{
	const struct hub_option_row *row = hub_option_row(id);

	return id == OPTION_DHCP_DISCOVER_TIMEOUT_MS || id == OPTION_HUB_NAME_AS_DHCP_USER_CLASS ||
	       (row && row->by == OPTION_BY_HUB);
}

static bool wrong_number(struct parse *p, const struct hub_option_row *row, unsigned column)
{
	return parse_error(p, column, "VALUE: %s is a number from %u to %u: %s", row->name,
			   row->min, row->max, row->text);
}

static bool check_value(struct parse *p, unsigned id, uint32_t value, unsigned name_column,
			unsigned value_column)
{
	const struct hub_option_row *row = hub_option_row(id);

	switch (hub_option_check(id, value)) {
	case OPTION_OK:
		return config_option_acts(id) || value == row->standard ||
		       parse_error(p, name_column,
				   "the option %s is not acted on yet: it can only be %u",
				   row->name, row->standard);
	case OPTION_REFUSED:
		return parse_error(p, name_column, "the option %s can only be %u: %s", row->name,
				   row->standard, row->refused);
	case OPTION_RANGE:
	case OPTION_NO_SUCH:
		break;
	}
	return wrong_number(p, row, value_column);
}

static bool set_option(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *name = &m->cap[0].word, *value = &m->cap[1].word;
	struct cfg_hub *h = obj;
	uint32_t n = 0;
	unsigned id;

	if (!find(p, name, &id))
		return false;
	if (!value_decimal(value, &n))
		return wrong_number(p, hub_option_row(id), value->column);
	if (!check_value(p, id, n, name->column, value->column))
		return false;
	h->options_set |= UINT64_C(1) << id;
	h->options[id] = n;
	return true;
}

static bool unset_option(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub *h = obj;
	unsigned id;

	if (!find(p, &m->cap[0].word, &id))
		return false;
	h->options_set &= ~(UINT64_C(1) << id);
	h->options[id] = 0;
	return true;
}

static void print_options(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;

	(void)c;
	for (unsigned i = 0; i < OPTION_N; i++)
		if (h->options_set >> i & 1)
			print_line(w, "option %s %u", hub_option_row(i)->name, h->options[i]);
}

_Static_assert(OPTION_N <= 64, "cfg_hub.options_set has a bit for each");

static const struct row rows[] = {
	{MODE_HUB, "option NAME VALUE", "option NAME [VALUE]",
	 "An extended option of the hub's switch; docs/COMMANDS.md lists them",
	 "NAME=its name, in any case;VALUE=a number: 1 is yes, 0 is no", false, set_option,
	 unset_option, print_options},
};

const struct topic topic_hub_option = TOPIC(rows);
