/*
 * listing: answers about many sessions, in pieces. Called by command (which one) and control
 * (piece by piece). Reaches the server only through core/api.h.
 */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/plain.h"
#include "text.h"

struct listing {
	struct core *core;
	struct api_walk *walk;
	bool logoff, detail, json;
	bool begun, any;
	struct api_whom whom;
	unsigned ended;
};

static struct listing *listing_new(struct core *c)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->core = c;
	l->walk = api_walk_new(c);
	if (l->walk)
		return l;
	free(l);
	return NULL;
}

struct listing *listing_sessions(struct core *c, bool detail, bool json)
{
	struct listing *l = listing_new(c);

	if (l) {
		l->detail = detail;
		l->json = json;
	}
	return l;
}

struct listing *listing_logoff(struct core *c, const struct api_whom *whom)
{
	struct listing *l = listing_new(c);

	if (l) {
		l->logoff = true;
		l->whom = *whom;
	}
	return l;
}

void listing_free(struct listing *l)
{
	if (!l)
		return;
	api_walk_free(l->walk);
	free(l);
}

bool listing_wait(struct listing *l, void (*ready)(void *ctx), void *ctx)
{
	if (l->logoff)
		return false;
	api_walk_refresh(l->walk, LISTING_PIECE, ready, ctx);
	return true;
}

static char *logoff_piece(struct listing *l, bool *last)
{
	char said[80] = "no such session";
	json_t *o;
	char *text;

	*last = !api_walk_logoff(l->walk, LISTING_PIECE, &l->whom, &l->ended);
	if (!*last)
		return strdup("");
	if (l->ended)
		snprintf(said, sizeof(said), "INFO: Number of sessions logged off : %u", l->ended);
	o = json_pack("{s:b, s:s}", "ok", l->ended != 0, "text", said);
	if (l->ended)
		json_object_set_new(o, "data", json_pack("{s:i}", "logged_off", (int)l->ended));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

/* Text inside of a JSON string, without the quotation marks. */
static void put_text(FILE *f, char *text)
{
	json_t *s = plain_json(text);
	char *quoted = json_dumps(s, JSON_ENCODE_ANY);
	size_t len = quoted ? strlen(quoted) : 0;

	if (len > 2)
		fwrite(quoted + 1, 1, len - 2, f);
	free(quoted);
	json_decref(s);
	free(text);
}

static void put_data(FILE *f, const json_t *some, bool comma)
{
	const json_t *s;
	size_t i;

	json_array_foreach(some, i, s)
	{
		char *text = json_dumps(s, JSON_COMPACT);

		fprintf(f, "%s%s", i || comma ? "," : "", text ? text : "null");
		free(text);
	}
}

static void put_head(struct listing *l, FILE *f)
{
	json_t *summary;

	l->begun = true;
	fprintf(f, "{\"ok\":true,%s", l->json ? "\"data\":[" : "\"text\":\"");
	if (l->json)
		return;
	summary = api_summary(l->core);
	put_text(f, text_sessions_head(summary));
	json_decref(summary);
}

char *listing_piece(struct listing *l, bool *last)
{
	json_t *some;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (l->logoff)
		return logoff_piece(l, last);
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	some = api_walk_sessions(l->walk, LISTING_PIECE);
	*last = json_array_size(some) < LISTING_PIECE;
	if (!l->begun)
		put_head(l, f);
	if (l->json)
		put_data(f, some, l->any);
	else
		put_text(f, text_sessions(some, l->detail));
	l->any |= json_array_size(some) > 0;
	if (*last && !l->json && !l->any)
		put_text(f, strdup("\nThere are presently no active sessions\n"));
	if (*last)
		fputs(l->json ? "]}" : "\"}", f);
	json_decref(some);
	fclose(f);
	return text;
}
