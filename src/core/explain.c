/*
 * explain: a story told in plain words. The cause is the last refusal that the
 * advice table knows; a story without one that did not come up ends where it
 * stopped. Called by manage.
 */
#include "core/api.h"

#include <stdlib.h>
#include <strings.h>

#include "advice.h"
#include "core/plain.h"
#include "core_i.h"

#define EXPLAIN_MAX 20

static const char *const kinds[] = {"info", "choice", "retry", "refused", "end"};

static bool about(const struct story *s, const char *who)
{
	struct ip_addr a;

	if (!who)
		return true;
	if (ip_addr_parse(who, &a))
		return ip_addr_eq(&a, &s->remote.addr);
	return strcasecmp(s->user, who) == 0;
}

static json_t *notes_json(const struct story *s)
{
	json_t *notes = json_array();

	for (unsigned i = 0; i < s->n; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "at_ms",
				    json_integer((json_int_t)(s->notes[i].at_ms - s->begin_ms)));
		json_object_set_new(o, "kind", json_string(kinds[s->notes[i].kind]));
		json_object_set_new(o, "reason", json_string(s->notes[i].reason));
		json_object_set_new(o, "text", plain_json(s->notes[i].text));
		json_array_append_new(notes, o);
	}
	return notes;
}

/* The last note of a kind, newest first; with advice only when it must have some. */
static const struct story_note *last_note(const struct story *s, enum note_kind kind, bool advised)
{
	for (unsigned i = s->n; i-- > 0;) {
		const struct story_note *n = &s->notes[i];

		if (n->kind == kind && (!advised || advice_for(n->reason)))
			return n;
	}
	return NULL;
}

/* The last refusal that advice knows, else such an end, else the last refusal. */
static const struct story_note *cause_of(const struct story *s)
{
	const struct story_note *n = last_note(s, NOTE_REFUSED, true);

	if (!n)
		n = last_note(s, NOTE_END, true);
	return n ? n : last_note(s, NOTE_REFUSED, false);
}

static const char *outcome_of(const struct story *s, const struct story_note *cause)
{
	if (s->up)
		return s->ended ? "connected, then ended" : "connected";
	if (cause && cause->kind == NOTE_REFUSED)
		return "refused";
	return s->ended ? "ended before it was connected" : "in progress";
}

static json_t *story_json(const struct story *s)
{
	const struct story_note *note = cause_of(s);
	const struct advice *a = note ? advice_for(note->reason) : NULL;
	char from[ENDPOINT_TEXT];
	json_t *o = json_object();

	json_object_set_new(o, "attempt", json_integer((json_int_t)s->serial));
	json_object_set_new(o, "from", json_string(endpoint_text(&s->remote, from, sizeof(from))));
	json_object_set_new(o, "user", plain_json(s->user));
	json_object_set_new(o, "client", plain_json(s->client[0] ? s->client : "unknown"));
	json_object_set_new(o, "began", json_integer((json_int_t)s->begin_wall_s));
	json_object_set_new(o, "outcome", json_string(outcome_of(s, note)));
	if (note) {
		json_object_set_new(o, "cause", json_string(note->reason));
		json_object_set_new(o, "cause_text", plain_json(a ? a->cause : note->text));
	}
	if (a) {
		json_object_set_new(o, "fix", json_string(a->fix));
		if (a->windows)
			json_object_set_new(o, "windows_shows", json_string(a->windows));
	}
	json_object_set_new(o, "notes", notes_json(s));
	if (s->left_out)
		json_object_set_new(o, "notes_left_out", json_integer(s->left_out));
	return o;
}

static int newer_first(const void *a, const void *b)
{
	const struct story *const *x = a, *const *y = b;

	return (*x)->serial < (*y)->serial ? 1 : -1;
}

json_t *api_explain(struct core *c, const char *who)
{
	const struct story *found[STORIES];
	json_t *all = json_array();
	size_t n = 0;

	for (unsigned i = 0; i < STORIES; i++) {
		if (c->stories[i].serial && about(&c->stories[i], who))
			found[n++] = &c->stories[i];
	}
	qsort(found, n, sizeof(*found), newer_first);
	for (size_t i = 0; i < n && i < EXPLAIN_MAX; i++)
		json_array_append_new(all, story_json(found[i]));
	return all;
}
