/*
 * story: what happened to each connection attempt, in a fixed table; the oldest
 * makes room. Called by every glue file. Every note is also a log line with the
 * attempt's context, at a limited rate.
 */
#include "core/plain.h"
#include "core_i.h"

#include <stdarg.h>
#include <stdlib.h>

#define STRANGER_MS 60000 /* notes of one address without an SA belong together this long */

bool stories_init(struct core *c)
{
	c->stories = calloc(STORIES, sizeof(*c->stories));
	c->story_notes = calloc((size_t)STORIES * STORY_NOTES, sizeof(*c->story_notes));
	for (unsigned i = 0; c->stories && c->story_notes && i < STORIES; i++)
		c->stories[i].notes = c->story_notes + (size_t)i * STORY_NOTES;
	return c->stories && c->story_notes;
}

void stories_free(struct core *c)
{
	free(c->stories);
	free(c->story_notes);
	map_free(&c->stories_by_sa);
	c->stories = NULL;
}

static struct story *find(struct core *c, ike_sa_id sa, const struct flow *flow)
{
	uint64_t now_ms = core_now(c);

	if (sa)
		return map_get(&c->stories_by_sa, sa);
	for (unsigned i = 0; i < STORIES; i++) {
		struct story *s = &c->stories[i];

		if (s->serial && !s->sa && now_ms - s->last_ms < STRANGER_MS &&
		    ip_addr_eq(&s->remote.addr, &flow->remote.addr))
			return s;
	}
	return NULL;
}

/* The one that goes first: who ended before who did not, then the oldest. */
static struct story *sooner(struct story *a, struct story *b)
{
	if (!a)
		return b;
	if (a->ended != b->ended)
		return a->ended ? a : b;
	return b->last_ms < a->last_ms ? b : a;
}

/* An unused one; else one of the half of the table that is too full: attempts that never
 * came up (a flood of strangers makes many) or connections. Neither can push the other out. */
static struct story *make_room(struct core *c)
{
	struct story *failed = NULL, *up = NULL;
	unsigned n_failed = 0;

	for (unsigned i = 0; i < STORIES; i++) {
		struct story *s = &c->stories[i];

		if (!s->serial)
			return s;
		if (s->up) {
			up = sooner(up, s);
			continue;
		}
		failed = sooner(failed, s);
		n_failed++;
	}
	return n_failed >= STORIES / 2 ? failed : up;
}

static struct story *open_story(struct core *c, ike_sa_id sa, const struct flow *flow)
{
	struct story *s = find(c, sa, flow);
	struct ike_sa_info info;

	if (!s) {
		s = make_room(c);
		if (s->sa)
			map_del(&c->stories_by_sa, s->sa);
		/* without memory the SA's next note opens another story */
		if (sa)
			map_put(&c->stories_by_sa, sa, s);
		*s = (struct story){.serial = ++c->story_serial,
				    .sa = sa,
				    .remote = flow->remote,
				    .begin_ms = core_now(c),
				    .begin_wall_s = c->os->wall_s(c->os->ctx),
				    .notes = s->notes};
	}
	s->last_ms = core_now(c);
	if (sa && !s->client[0] && ike_get_sa(c->ike, sa, &info) && info.client)
		snprintf(s->client, sizeof(s->client), "%s%s%s%s", info.client,
			 *info.client_version ? " (" : "", info.client_version,
			 *info.client_version ? ")" : "");
	return s;
}

/* When the story is full, retransmissions make room first, then the middle. */
static struct story_note *note_place(struct story *s)
{
	unsigned at = STORY_NOTES / 2;

	if (s->n < STORY_NOTES)
		return &s->notes[s->n++];
	for (unsigned i = 0; i < s->n; i++) {
		if (s->notes[i].kind == NOTE_RETRY) {
			at = i;
			break;
		}
	}
	s->left_out++;
	memmove(&s->notes[at], &s->notes[at + 1], (s->n - 1 - at) * sizeof(s->notes[0]));
	return &s->notes[s->n - 1];
}

static void log_note(struct core *c, const struct story *s, const struct story_note *note)
{
	static const char *const kinds[] = {"info", "choice", "retry", "refused", "end"};
	char from[ENDPOINT_TEXT];
	uint64_t held;

	if (!log_allow(&c->note_limit, core_now(c), &held))
		return;
	if (held)
		log_line(LOG_LEVEL_WARNING, "story", "event=lines-held-back count=%llu",
			 (unsigned long long)held);
	log_line(note->kind == NOTE_REFUSED ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "story",
		 "attempt=%llu from=%s kind=%s reason=%s: %s", (unsigned long long)s->serial,
		 endpoint_text(&s->remote, from, sizeof(from)), kinds[note->kind], note->reason,
		 note->text);
}

void story_note(struct core *c, ike_sa_id sa, const struct flow *flow, const struct note *note)
{
	struct story *s = open_story(c, sa, flow);
	struct story_note *place = note_place(s);

	place->kind = note->kind;
	place->reason = note->reason;
	place->at_ms = s->last_ms;
	memcpy(place->text, note->text, sizeof(place->text));
	place->text[sizeof(place->text) - 1] = '\0';
	plain_text(place->text);
	if (note->kind == NOTE_END)
		s->ended = true;
	log_note(c, s, place);
}

void story_add(struct core *c, ike_sa_id sa, const struct flow *flow, enum note_kind kind,
	       const char *reason, const char *fmt, ...)
{
	struct note note = {.kind = kind, .reason = reason};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note.text, sizeof(note.text), fmt, ap);
	va_end(ap);
	story_note(c, sa, flow, &note);
}

bool story_refuse(const struct peer *p, const char *reason, const char *fmt, ...)
{
	struct note note = {.kind = NOTE_REFUSED, .reason = reason};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note.text, sizeof(note.text), fmt, ap);
	va_end(ap);
	story_note(p->core, p->sa, &p->flow, &note);
	return false;
}

static struct story *by_sa(struct core *c, ike_sa_id sa)
{
	struct flow nowhere = {0};

	return sa ? find(c, sa, &nowhere) : NULL;
}

/* As the peer typed it, made harmless. */
void story_user(struct core *c, ike_sa_id sa, struct bytes name)
{
	struct story *s = by_sa(c, sa);
	size_t n = name.len < USER_MAX ? name.len : USER_MAX - 1;

	if (!s)
		return;
	for (size_t i = 0; i < n; i++)
		s->user[i] = name.p[i] ? (char)name.p[i] : '?';
	s->user[n] = '\0';
	plain_text(s->user);
}

void story_is_up(struct core *c, ike_sa_id sa)
{
	struct story *s = by_sa(c, sa);

	if (s)
		s->up = true;
}

void story_joins(struct core *c, ike_sa_id sa, ike_sa_id into)
{
	struct story *s = by_sa(c, sa);

	if (!s || sa == into)
		return;
	map_del(&c->stories_by_sa, sa);
	*s = (struct story){.notes = s->notes};
}
