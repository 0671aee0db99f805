/*
 * sekisho: runs one command on a server's control socket and prints the answer.
 *
 *   sekisho [--run DIR] [--json] WORDS...
 *
 * Exit code 0: done; 1: the server refused; 2: usage; 3: no server.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "control_client.h"
#include "paths.h"

struct options {
	const char *run;
	bool json;
	int first_word;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: sekisho [--run DIR] [--json] WORDS...\n"
		    "  sekisho show vpn-sessiondb      who is connected\n"
		    "  sekisho explain                 what happened to connection attempts\n"
		    "  sekisho help                    every command\n");
}

static bool parse(int argc, char **argv, struct options *o)
{
	int i;

	*o = (struct options){.run = DEFAULT_RUN_DIR};
	for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			o->json = true;
		else if (strcmp(argv[i], "--run") == 0 && i + 1 < argc)
			o->run = argv[++i];
		else
			return false;
	}
	o->first_word = i;
	return i < argc;
}

static json_t *request_of(int n, char **words, bool json)
{
	json_t *list = json_array();

	for (int i = 0; i < n; i++) {
		/* a word that is not UTF-8 cannot be a command: it is sent as a mark */
		json_t *w = json_string(words[i]);

		json_array_append_new(list, w ? w : json_string("?"));
	}
	return json_pack("{s:o, s:b}", "words", list, "json", json);
}

static int print(const json_t *answer, bool json)
{
	bool ok = json_is_true(json_object_get(answer, "ok"));
	const char *text = json_string_value(json_object_get(answer, "text"));
	const json_t *data = json_object_get(answer, "data");

	if (json && data) {
		json_dumpf(data, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		printf("\n");
	} else if (json) {
		json_t *o =
			json_pack("{s:b, s:s}", ok ? "ok" : "error", 1, "text", text ? text : "");

		json_dumpf(o, stdout, JSON_INDENT(2));
		json_decref(o);
		printf("\n");
	} else if (text) {
		fprintf(ok ? stdout : stderr, "%s%s", text,
			*text && text[strlen(text) - 1] == '\n' ? "" : "\n");
	}
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options o;
	json_t *answer;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (!parse(argc, argv, &o)) {
		usage(stderr);
		return 2;
	}
	answer = control_ask("sekisho", o.run,
			     request_of(argc - o.first_word, argv + o.first_word, o.json));
	if (!answer)
		return 3;
	rc = print(answer, o.json);
	json_decref(answer);
	return rc;
}
