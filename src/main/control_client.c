/*
 * control_client: a line of JSON to the control socket, and the JSON that comes back until the end
 * of the stream. Called by sekisho.c and vpncmd.c.
 */
#include "control_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "paths.h"

static int connect_to(const char *program, const char *run)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", run, CONTROL_SOCKET);

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		fprintf(stderr, "%s: the path %s is too long\n", program, run);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		fprintf(stderr, "%s: no server answers at %s: %s%s\n", program, sa.sun_path,
			strerror(errno),
			errno == EACCES ? " (run it as root)" : " (is sekishod running?)");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool send_request(int fd, const json_t *request)
{
	char *line = json_dumps(request, JSON_COMPACT);
	bool ok = line && send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) &&
		  send(fd, "\n", 1, MSG_NOSIGNAL) == 1;

	if (line)
		explicit_bzero(line, strlen(line)); /* it may hold a password */
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

json_t *control_ask(const char *program, const char *run, json_t *request)
{
	int fd = connect_to(program, run);
	json_t *answer = NULL;

	if (fd >= 0) {
		if (send_request(fd, request))
			answer = receive(fd);
		close(fd);
		if (!answer)
			fprintf(stderr, "%s: the server gave no answer\n", program);
	}
	json_decref(request);
	return answer;
}
