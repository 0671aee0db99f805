/*
 * Hub policy: SoftEther's security policies (softether.md 2.1) as commands, by the rows of
 * hub/policy.h, and why some are not taken. Called by rows_hub_user.c; what they do to frames is
 * the hub's, to a session core's.
 */
#include "hub_policy.h"

#include <strings.h>

#include "walk.h"

_Static_assert((int)CFG_POLICY_N == (int)POLICY_N && (int)CFG_POLICY_ACCESS == (int)POLICY_ACCESS &&
		       (int)CFG_POLICY_TIMEOUT == (int)POLICY_TIMEOUT &&
		       (int)CFG_POLICY_MULTI_LOGINS == (int)POLICY_MULTI_LOGINS &&
		       (int)CFG_POLICY_AUTO_DISCONNECT == (int)POLICY_AUTO_DISCONNECT,
	       "the configuration's numbers are the hub's");

static const char *name_of(unsigned id)
{
	const struct hub_policy_row *row = hub_policy_row(id);

	return row ? row->name : NULL;
}

/* NULL after an error. */
static const struct hub_policy_row *row_of(struct parse *p, const struct grammar_word *w,
					   unsigned *id)
{
	int n = hub_policy_find(w->text);
	const char *near = n < 0 ? nearest_name(w->text, name_of) : NULL;

	*id = n < 0 ? 0 : (unsigned)n;
	if (n < 0 && near)
		parse_error(p, w->column, "there is no policy \"%s\"; nearest is \"%s\"", w->text,
			    near);
	else if (n < 0)
		parse_error(
			p, w->column,
			"there is no policy \"%s\"; docs/COMMANDS.md lists those that there are",
			w->text);
	return n < 0 ? NULL : hub_policy_row(*id);
}

static bool take_number(struct parse *p, const struct hub_policy_row *row,
			const struct grammar_word *w, uint32_t *out)
{
	if (!value_decimal(w, out) || *out > row->max ||
	    (*out < row->min && !(row->zero_is_none && *out == 0)))
		return parse_error(p, w->column, "VALUE: %s is a number from %u to %u%s", row->name,
				   row->min, row->max,
				   !row->zero_is_none ? ""
				   : row->unit[0]     ? ", or 0 for no limit"
						      : ", or 0 for none");
	return true;
}

static bool take_yes_no(struct parse *p, const struct hub_policy_row *row,
			const struct grammar_word *w, uint32_t *out)
{
	*out = strcasecmp(w->text, "yes") == 0;
	return *out || strcasecmp(w->text, "no") == 0 ||
	       parse_error(p, w->column, "VALUE: %s is yes or no", row->name);
}

bool hub_policy_set(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m)
{
	const struct grammar_word *name = &m->cap[0].word, *value = &m->cap[1].word;
	unsigned id;
	const struct hub_policy_row *row = row_of(p, name, &id);
	uint32_t n = 0;

	if (!row || !(row->kind == POLICY_NUMBER ? take_number(p, row, value, &n)
						 : take_yes_no(p, row, value, &n)))
		return false;
	if (hub_policy_check(id, n) == POLICY_REFUSED)
		return parse_error(p, name->column, "the policy %s is not taken: %s", row->name,
				   row->refused);
	v->set |= UINT64_C(1) << id;
	v->value[id] = n;
	return true;
}

bool hub_policy_unset(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m)
{
	unsigned id;

	if (!row_of(p, &m->cap[0].word, &id))
		return false;
	v->set &= ~(UINT64_C(1) << id);
	v->value[id] = 0;
	return true;
}
