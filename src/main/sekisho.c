/*
 * sekisho: runs one command on a server's control socket and prints the answer.
 *
 *   sekisho [--run DIR] [--json] WORDS...
 *
 * Exit code 0: done; 1: the server refused; 2: usage; 3: no server.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

static int connect_to(const char *run)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", run, CONTROL_SOCKET);

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		fprintf(stderr, "sekisho: the path %s is too long\n", run);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		fprintf(stderr, "sekisho: no server answers at %s: %s%s\n", sa.sun_path,
			strerror(errno),
			errno == EACCES ? " (run it as root)" : " (is sekishod running?)");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool send_request(int fd, int n, char **words, bool json)
{
	json_t *list = json_array();
	char *line;
	bool ok;

	for (int i = 0; i < n; i++) {
		/* a word that is not UTF-8 cannot be a command: it is sent as a mark */
		json_t *w = json_string(words[i]);

		json_array_append_new(list, w ? w : json_string("?"));
	}
	json_t *request = json_pack("{s:o, s:b}", "words", list, "json", json);

	line = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	ok = line && send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) &&
	     send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
	free(line);
	return ok;
}

static json_t *receive(int fd)
{
	char *text = NULL, buf[65536];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_t *answer;
	ssize_t n;

	if (!f)
		return NULL;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, f);
	fclose(f);
	answer = json_loadb(text, len, 0, NULL);
	free(text);
	return answer;
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
	int fd, rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (!parse(argc, argv, &o)) {
		usage(stderr);
		return 2;
	}
	fd = connect_to(o.run);
	if (fd < 0)
		return 3;
	answer = send_request(fd, argc - o.first_word, argv + o.first_word, o.json) ? receive(fd)
										    : NULL;
	close(fd);
	if (!answer) {
		fprintf(stderr, "sekisho: the server gave no answer\n");
		return 3;
	}
	rc = print(answer, o.json);
	json_decref(answer);
	return rc;
}
