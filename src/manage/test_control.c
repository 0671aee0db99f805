/* Unit tests of control on a real libuv loop and a real unix socket: one request and one
 * answer, garbage, what is too long, too slow or too much, and the end of the server while
 * somebody waits. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/log.h"
#include "base/timerq.h"
#include "core/api.h"
#include "manage/manage.h"
#include "os/fake.h"

#define IDLE_MS 60

struct world {
	struct fake *fake;
	struct core *core;
	struct manage *manage;
	uv_loop_t loop;
	struct sockaddr_un at;
	socklen_t at_len;
	unsigned touched;
};

static void no_pool(void *ctx, struct ike_dh_job *job)
{
	(void)ctx;
	(void)job;
}

static void touched(void *ctx)
{
	((struct world *)ctx)->touched++;
}

/* An abstract socket: nothing is left of it. */
static int listener(struct world *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	w->at = (struct sockaddr_un){.sun_family = AF_UNIX};
	w->at_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				(size_t)snprintf(w->at.sun_path + 1, sizeof(w->at.sun_path) - 1,
						 "sekisho-test-%d", (int)getpid()));
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&w->at, w->at_len), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static void world(struct world *w)
{
	struct core_config cc = {.workers = 1, .sessions_max = 4, .submit = no_pool};
	struct manage_config mc = {.touched = touched, .touched_ctx = w, .idle_ms = IDLE_MS};
	char error[256];

	*w = (struct world){.fake = fake_new(1)};
	assert_non_null(w->fake);
	cc.os = fake_os(w->fake);
	cc.priv = fake_priv(w->fake);
	w->core = core_new(&cc);
	assert_true(core_apply(w->core, config_new(), error, sizeof(error)));
	assert_int_equal(uv_loop_init(&w->loop), 0);
	mc.core = w->core;
	mc.loop = &w->loop;
	mc.listen_fd = listener(w);
	w->manage = manage_new(&mc);
	assert_non_null(w->manage);
}

static void world_end(struct world *w)
{
	if (w->manage)
		manage_close(w->manage);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	core_free(w->core);
	fake_free(w->fake);
}

static int dial(const struct world *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&w->at, w->at_len), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* The loop turns for ms; core's clock does not move. */
static void turn(struct world *w, uint64_t ms)
{
	uint64_t end;

	uv_update_time(&w->loop);
	end = uv_now(&w->loop) + ms;
	do {
		uv_run(&w->loop, UV_RUN_NOWAIT);
		usleep(500);
	} while (uv_now(&w->loop) < end);
}

/* What came until the other end closed; NULL: it is still open. Freed by the caller. */
static char *heard(int fd)
{
	char *text = calloc(1, 200000);
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, text + len, 199999 - len, MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	if (n == 0 || len)
		return text;
	free(text);
	return NULL;
}

static json_t *answer(struct world *w, const char *request)
{
	int fd = dial(w);
	char *text;
	json_t *o;

	say(fd, request);
	turn(w, 10);
	core_run(w->core);
	turn(w, 10);
	text = heard(fd);
	close(fd);
	assert_non_null(text);
	o = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(o);
	turn(w, 5);
	return o;
}

static bool answered_ok(struct world *w, const char *request)
{
	json_t *o = answer(w, request);
	bool ok = json_is_true(json_object_get(o, "ok"));

	assert_non_null(json_string_value(json_object_get(o, "text")));
	json_decref(o);
	return ok;
}

/* The server cut the connection without a word. */
static bool is_cut(int fd)
{
	char *text = heard(fd);
	bool cut = text && !*text;

	free(text);
	close(fd);
	return cut;
}

static void a_request_has_one_answer(void **state)
{
	struct world w;
	json_t *o;

	(void)state;
	world(&w);
	o = answer(&w, "{\"words\":[\"show\",\"version\"],\"json\":true}\n");
	assert_true(json_is_true(json_object_get(o, "ok")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "data"), "workers")),
			 1);
	json_decref(o);
	assert_int_equal(w.touched, 1);
	assert_true(answered_ok(&w, "{\"words\":[\"show\",\"vpn-sessiondb\"]}\n")); /* waits */
	assert_true(answered_ok(&w, "{\"words\":[\"help\"]}\nand more\n"));
	world_end(&w);
}

static void garbage_is_told_that_it_is(void **state)
{
	static const char *const rows[] = {
		"\n",
		"hello\n",
		"[]\n",
		"{}\n",
		"{\"words\":[]}\n",
		"{\"words\":\"show\"}\n",
		"{\"words\":[1,2]}\n",
		"{\"words\":[\"show\",null]}\n",
		"null\n",
		"{\"words\":[\"help\"],\"words\":[\"help\"]}\n",
		"{\"words\":[\"a\\u0000b\"]}\n",
		"{\"words\":[\"\xff\"]}\n",
		"{\"words\":[\"no\",\"such\",\"command\"]}\n",
		"{\"words\":[\"\"]}\n",
		"{\"words\":[\"\\u001b[2J\xe9\x96\xa2\"]}\n",
	};
	char many[2048] = "{\"words\":[\"help\"";
	struct world w;

	(void)state;
	world(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_false(answered_ok(&w, rows[i]));
	for (unsigned i = 0; i < 100; i++)
		strncat(many, ",\"x\"", sizeof(many) - strlen(many) - 1);
	strncat(many, "]}\n", sizeof(many) - strlen(many) - 1);
	assert_false(answered_ok(&w, many));
	assert_true(answered_ok(&w, "{\"words\":[\"help\"]}\n"));
	world_end(&w);
}

static void a_request_that_is_too_long_is_cut(void **state)
{
	static char longest[MANAGE_REQUEST_MAX + 100];
	struct world w;
	int fd;

	(void)state;
	world(&w);
	memset(longest, ' ', sizeof(longest) - 1);
	fd = dial(&w);
	say(fd, longest);
	turn(&w, 10);
	close(fd);
	turn(&w, IDLE_MS / 4);
	assert_true(answered_ok(&w, "{\"words\":[\"help\"]}\n"));
	world_end(&w);
}

static void pieces_make_a_request(void **state)
{
	struct world w;
	char *text;
	int fd;

	(void)state;
	world(&w);
	fd = dial(&w);
	for (const char *p = "{\"words\":[\"help\"]}\n"; *p; p++) {
		say(fd, (char[]){*p, 0});
		uv_run(&w.loop, UV_RUN_NOWAIT);
	}
	turn(&w, 10);
	text = heard(fd);
	assert_non_null(text);
	assert_non_null(strstr(text, "show vpn-sessiondb"));
	free(text);
	close(fd);
	world_end(&w);
}

static void who_says_nothing_is_cut(void **state)
{
	struct world w;
	int quiet, half, gone;
	char *text;

	(void)state;
	world(&w);
	quiet = dial(&w);
	half = dial(&w);
	say(half, "{\"words\":[");
	gone = dial(&w);
	say(gone, "{\"wo");
	close(gone);
	turn(&w, IDLE_MS / 3);
	text = heard(quiet);
	assert_null(text); /* it still has time */
	turn(&w, 2 * IDLE_MS);
	assert_true(is_cut(quiet));
	assert_true(is_cut(half));
	world_end(&w);
}

static void a_wait_for_counters_is_not_cut(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world(&w);
	fd = dial(&w);
	say(fd, "{\"words\":[\"show\",\"vpn-sessiondb\"]}\n");
	turn(&w, 2 * IDLE_MS); /* core's clock stands still */
	assert_null(heard(fd));
	core_run(w.core);
	turn(&w, 5);
	assert_false(is_cut(fd));
	world_end(&w);
}

static void salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

/* So many users that no socket buffer holds the answer. */
static void long_configuration(struct world *w)
{
	struct cfg_errors errs = {0};
	char *text = NULL, error[256];
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct config *cfg;

	assert_non_null(f);
	for (unsigned i = 0; i < 4000; i++)
		fprintf(f, "username user-with-a-rather-long-name-%04u password xyz mschap\n", i);
	fclose(f);
	cfg = config_parse(text, len, &errs, salt, NULL);
	if (!cfg)
		print_error("%u: %s\n", errs.e[0].line, errs.e[0].text);
	assert_non_null(cfg);
	assert_true(core_apply(w->core, cfg, error, sizeof(error)));
	free(text);
}

static void a_slow_reader_is_cut(void **state)
{
	struct world w;
	int fd;
	char *text;

	(void)state;
	world(&w);
	long_configuration(&w);
	fd = dial(&w);
	say(fd, "{\"words\":[\"show\",\"running-config\"]}\n");
	turn(&w, 4 * IDLE_MS);
	text = heard(fd);
	assert_non_null(text);
	assert_null(json_loads(text, 0, NULL)); /* a part of it */
	free(text);
	text = heard(fd); /* and the end */
	assert_non_null(text);
	free(text);
	close(fd);
	world_end(&w);
}

static void too_many_are_refused_and_room_comes_back(void **state)
{
	struct world w;
	int fds[MANAGE_CONNECTIONS_MAX], more;

	(void)state;
	world(&w);
	for (unsigned i = 0; i < MANAGE_CONNECTIONS_MAX; i++) {
		fds[i] = dial(&w);
		uv_run(&w.loop, UV_RUN_NOWAIT);
	}
	more = dial(&w);
	for (unsigned i = 0; i < 5; i++)
		uv_run(&w.loop, UV_RUN_NOWAIT);
	assert_true(is_cut(more));
	for (unsigned i = 0; i < MANAGE_CONNECTIONS_MAX; i++)
		close(fds[i]);
	turn(&w, 10);
	assert_true(answered_ok(&w, "{\"words\":[\"help\"]}\n"));
	world_end(&w);
}

static void who_leaves_while_waiting_does_no_harm(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world(&w);
	fd = dial(&w);
	say(fd, "{\"words\":[\"show\",\"vpn-sessiondb\"]}\n");
	turn(&w, 5);
	close(fd);
	turn(&w, 5);
	core_run(w.core);
	turn(&w, 5);
	assert_true(answered_ok(&w, "{\"words\":[\"help\"]}\n"));
	world_end(&w);
}

static void the_end_does_not_wait_for_counters(void **state)
{
	struct world w;
	int waiting, half, fresh;

	(void)state;
	world(&w);
	waiting = dial(&w);
	say(waiting, "{\"words\":[\"show\",\"vpn-sessiondb\"]}\n");
	half = dial(&w);
	say(half, "{");
	turn(&w, 5);
	fresh = dial(&w);
	manage_close(w.manage);
	w.manage = NULL;
	turn(&w, 5);
	assert_true(is_cut(waiting));
	assert_true(is_cut(half));
	close(fresh);
	fake_advance(w.fake, 1000);
	core_run(w.core); /* the counters come: nobody must be told */
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_one_answer),
		cmocka_unit_test(garbage_is_told_that_it_is),
		cmocka_unit_test(a_request_that_is_too_long_is_cut),
		cmocka_unit_test(pieces_make_a_request),
		cmocka_unit_test(who_says_nothing_is_cut),
		cmocka_unit_test(a_wait_for_counters_is_not_cut),
		cmocka_unit_test(a_slow_reader_is_cut),
		cmocka_unit_test(too_many_are_refused_and_room_comes_back),
		cmocka_unit_test(who_leaves_while_waiting_does_no_harm),
		cmocka_unit_test(the_end_does_not_wait_for_counters),
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
