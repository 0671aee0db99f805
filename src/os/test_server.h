/* A monitor's server in a thread, and a client of it, for the tests. */
#pragma once

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/log.h"
#include "os/priv_client.h"
#include "os/priv_server.h"
#include "test_dir.h"

static char run_dir[PATH_MAX], config[PATH_MAX + 16];
static struct priv_server *server;
static struct priv_ops ops;
static pthread_t thread;
static int ends[2]; /* 0: the engine's */

static inline void quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

static inline void *serve(void *arg)
{
	struct pollfd p = {.fd = ends[1], .events = POLLIN};

	while (poll(&p, 1, -1) >= 0)
		if (!priv_server_serve(server, ends[1]))
			break;
	close(ends[1]);
	return arg;
}

static inline void start_server(void)
{
	struct monitor_config cfg = {.config_path = config, .run_dir = run_dir};

	server = priv_server_init(&cfg);
	if (!server || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
	    pthread_create(&thread, NULL, serve, NULL) != 0)
		abort();
	priv_client_init(&ops, ends[0]);
}

static inline void stop_server(void)
{
	close(ends[0]);
	pthread_join(thread, NULL);
	priv_server_cleanup(server);
}

static inline int setup(void **state)
{
	(void)state;
	log_set_sink(quiet, NULL);
	dir_new(run_dir);
	snprintf(config, sizeof(config), "%s/sekisho.conf", run_dir);
	start_server();
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	stop_server();
	log_set_sink(NULL, NULL);
	dir_remove(run_dir);
	return 0;
}
