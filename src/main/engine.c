/*
 * engine: the process that reads packets. Its own user, no privilege: what it
 * needs of the system it was given as descriptors or asks of the monitor.
 *
 * One control thread (this one) on libuv; the workers are core's; the slow sums
 * of IKE run in libuv's thread pool. Called by sekishod in the engine role.
 */
#include "engine.h"

#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "base/timerq.h"
#include "check.h"
#include "core/core.h"
#include "crypto/prim.h"
#include "dataplane/dp.h"
#include "machine.h"
#include "manage/manage.h"
#include "os/os.h"
#include "os/priv_client.h"
#include "os/sandbox.h"
#include "paths.h"

#define NOBODY "65534"

/* For each worker, and in all. What they take is reserved at the start and touched as
 * sessions come. */
#define WORKER_SESSIONS_MAX 131072
#define SESSIONS_MAX        524288

struct engine {
	const struct options *o;
	struct priv_ops priv;
	const struct os *os;
	struct core *core;
	struct manage *manage;
	uv_loop_t loop;
	uv_poll_t punts;
	uv_timer_t timer;
	uv_prepare_t prepare;
	uv_signal_t term, hup;
	uv_poll_t monitor; /* the pipe that said ready: its other end goes with the monitor */
	uint8_t machine;
	bool stopping;
};

/* ---- the crypto pool ---- */

struct dh_work {
	uv_work_t work;
	struct engine *e;
	struct ike_dh_job *job;
};

static void dh_run(uv_work_t *w)
{
	ike_dh_run(((struct dh_work *)(void *)w)->job);
}

static void dh_ran(uv_work_t *w, int status)
{
	struct dh_work *d = (struct dh_work *)(void *)w;

	(void)status;
	core_dh_done(d->e->core, d->job);
	free(d);
}

static void dh_submit(void *ctx, struct ike_dh_job *job)
{
	struct engine *e = ctx;
	struct dh_work *d = malloc(sizeof(*d));

	if (d) {
		*d = (struct dh_work){.e = e, .job = job};
		if (uv_queue_work(&e->loop, &d->work, dh_run, dh_ran) == 0)
			return;
		free(d);
	}
	log_line(LOG_LEVEL_ERROR, "engine", "event=crypto-pool-full");
	core_dh_done(e->core, job); /* not run: the exchange ends there */
}

/* ---- the loop ---- */

/* Punts and deadlines only wake the loop: on_prepare() does the round. */
static void on_punts(uv_poll_t *p, int status, int events)
{
	(void)p;
	(void)status;
	(void)events;
}

static void on_timer(uv_timer_t *t)
{
	(void)t;
}

/* Before the loop sleeps: a round of core for whatever woke it, and when to wake next. */
static void on_prepare(uv_prepare_t *p)
{
	struct engine *e = p->data;
	uint64_t next = core_run(e->core);
	uint64_t now = e->os->now_ms(e->os->ctx);

	if (next == TIMER_NEVER)
		uv_timer_stop(&e->timer);
	else if (next <= now)
		uv_timer_start(&e->timer, on_timer, 0, 0);
	else
		uv_timer_start(&e->timer, on_timer, next - now, 0);
}

static struct config *read_config(struct engine *e)
{
	struct priv_result r = {0};

	e->priv.read_config(e->priv.ctx, &r);
	if (!r.ok || r.n_fds != 1) {
		for (unsigned i = 0; i < r.n_fds; i++)
			close(r.fds[i]);
		log_line(LOG_LEVEL_ERROR, "engine", "event=config-unreadable: %s", r.error);
		return NULL;
	}
	return check_parse(r.fds[0], e->o->config);
}

static bool reload(void *ctx, char *error, size_t cap)
{
	struct engine *e = ctx;
	struct config *cfg;

	if (e->stopping) {
		snprintf(error, cap, "the server is stopping");
		return false;
	}
	cfg = read_config(e);
	if (!cfg) {
		snprintf(error, cap,
			 "the file has errors: nothing was changed (the log and "
			 "`sekishod --check-config` name them)");
		return false;
	}
	if (core_apply(e->core, cfg, error, cap)) {
		log_line(LOG_LEVEL_INFO, "engine", "event=config-applied");
		return true;
	}
	log_line(LOG_LEVEL_ERROR, "engine", "event=config-refused: %s", error);
	config_free(cfg);
	return false;
}

static void on_hup(uv_signal_t *s, int signum)
{
	char error[512];

	(void)signum;
	reload(s->data, error, sizeof(error));
}

static void stop(struct engine *e)
{
	if (e->stopping)
		return;
	e->stopping = true;
	uv_stop(&e->loop);
}

static void on_term(uv_signal_t *s, int signum)
{
	(void)signum;
	stop(s->data);
}

/* Nobody could restart, stop or save for an engine without its monitor, and it would
 * hold the ports against the next one. */
static void on_monitor_gone(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	log_line(LOG_LEVEL_ERROR, "engine", "event=monitor-gone");
	uv_poll_stop(p);
	stop(p->data);
}

static bool loop_init(struct engine *e)
{
	e->punts.data = e->timer.data = e->prepare.data = e->term.data = e->hup.data = e;
	e->monitor.data = e;
	return uv_poll_init(&e->loop, &e->punts, core_punt_fd(e->core)) == 0 &&
	       uv_poll_start(&e->punts, UV_READABLE, on_punts) == 0 &&
	       uv_timer_init(&e->loop, &e->timer) == 0 &&
	       uv_prepare_init(&e->loop, &e->prepare) == 0 &&
	       uv_prepare_start(&e->prepare, on_prepare) == 0 &&
	       uv_signal_init(&e->loop, &e->term) == 0 &&
	       uv_signal_start(&e->term, on_term, SIGTERM) == 0 &&
	       uv_signal_init(&e->loop, &e->hup) == 0 &&
	       uv_signal_start(&e->hup, on_hup, SIGHUP) == 0 &&
	       uv_poll_init(&e->loop, &e->monitor, e->o->ready_fd) == 0 &&
	       uv_poll_start(&e->monitor, UV_DISCONNECT, on_monitor_gone) == 0;
}

static void loop_close(struct engine *e)
{
	manage_close(e->manage);
	uv_close((uv_handle_t *)&e->punts, NULL);
	uv_close((uv_handle_t *)&e->timer, NULL);
	uv_close((uv_handle_t *)&e->prepare, NULL);
	uv_close((uv_handle_t *)&e->term, NULL);
	uv_close((uv_handle_t *)&e->hup, NULL);
	uv_close((uv_handle_t *)&e->monitor, NULL);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	uv_loop_close(&e->loop);
}

/* ---- start ---- */

static bool start_core(struct engine *e)
{
	struct core_config cc = {
		.os = e->os,
		.priv = &e->priv,
		.workers = e->o->workers ? e->o->workers : uv_available_parallelism(),
		.sessions_max = WORKER_SESSIONS_MAX,
		.threads = true,
		.machine = e->machine,
		.submit = dh_submit,
		.submit_ctx = e,
		.spare_keys = true,
	};
	struct config *cfg = read_config(e);
	char error[512];

	if (!cfg)
		return false;
	if (cc.workers > DP_WORKERS_MAX)
		cc.workers = DP_WORKERS_MAX;
	if (cc.sessions_max > SESSIONS_MAX / cc.workers)
		cc.sessions_max = SESSIONS_MAX / cc.workers;
	e->core = core_new(&cc);
	if (e->core && core_apply(e->core, cfg, error, sizeof(error)))
		return true;
	log_line(LOG_LEVEL_ERROR, "engine", "event=cannot-start: %s",
		 e->core ? error : "memory is short");
	config_free(cfg);
	return false;
}

static bool start_manage(struct engine *e)
{
	struct manage_config mc = {
		.core = e->core,
		.loop = &e->loop,
		.listen_fd = e->o->control_fd,
		.reload = reload,
		.reload_ctx = e,
	};

	e->manage = manage_new(&mc);
	return e->manage != NULL;
}

static void say_ready(const struct engine *e)
{
	if (write(e->o->ready_fd, "R", 1) != 1)
		log_line(LOG_LEVEL_WARNING, "engine", "event=monitor-gone");
}

/* The monitor starts us with them blocked, so that one which comes before the loop
 * waits instead of killing. SIGINT stays so: the monitor has it too, and sends SIGTERM. */
static void take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* The engine's own user, or nobody where quickstart has not made it. */
static bool give_up_privilege(void)
{
	struct sandbox_config sc = {.role = SANDBOX_ENGINE, .user = ENGINE_USER};
	struct sandbox_applied applied;

	if (!getpwnam(ENGINE_USER)) {
		log_line(LOG_LEVEL_WARNING, "engine", "event=no-user user=%s instead=%s",
			 ENGINE_USER, NOBODY);
		sc.user = NOBODY;
	}
	applied = sandbox_enter(&sc);
	if (!applied.ok)
		log_line(LOG_LEVEL_ERROR, "engine", "event=no-sandbox: %s", applied.error);
	return applied.ok;
}

/* Everything that reads a file or makes a kind of descriptor of its own comes before
 * the sandbox, every thread and every packet behind it. */
static bool start(struct engine *e)
{
	const char *why = NULL;

	if (!prim_init(&why)) {
		log_line(LOG_LEVEL_ERROR, "engine", "event=no-crypto: %s", why);
		return false;
	}
	tzset();
	e->machine = machine_octet();
	return uv_loop_init(&e->loop) == 0 && give_up_privilege() && start_core(e) &&
	       start_manage(e) && loop_init(e);
}

/* The sums keep a core busy: more threads than cores would only change places. */
static void size_crypto_pool(void)
{
	char n[16];

	snprintf(n, sizeof(n), "%u", uv_available_parallelism());
	setenv("UV_THREADPOOL_SIZE", n, 0);
}

int engine_main(const struct options *o)
{
	struct engine e = {.o = o, .os = os_linux()};

	size_crypto_pool();
	prctl(PR_SET_NAME, "sekisho-engine");
	priv_client_init(&e.priv, o->priv_fd);
	if (!start(&e)) {
		core_free(e.core);
		return ENGINE_CANNOT_START;
	}
	take_signals();
	say_ready(&e);
	uv_run(&e.loop, UV_RUN_DEFAULT);
	log_line(LOG_LEVEL_INFO, "engine", "event=stopping");
	loop_close(&e);
	core_free(e.core);
	log_line(LOG_LEVEL_INFO, "engine", "event=stopped");
	return ENGINE_OK;
}
