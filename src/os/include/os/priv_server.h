/*
 * priv_server: the monitor's side of the verbs of os/priv.h. The monitor (root)
 * treats the engine as hostile: every field of a request is checked against the
 * closed list, and a refusal is a sentence in the answer and a log line.
 *
 * Process supervision is not here. The monitor makes a socketpair(AF_UNIX,
 * SOCK_SEQPACKET | SOCK_CLOEXEC), gives one end to the engine, and calls
 * priv_server_serve() when its own end is readable. A restarted engine gets a
 * new pair and the same server: TAPs and NAT of the old one are replaced as the
 * new one asks for them again.
 *
 * Serving may start a child (nft) and waits for that child by its id: nobody
 * else in the process may reap it meanwhile (no waitpid(-1) in a signal handler,
 * SIGCHLD not ignored).
 */
#pragma once

#include <stdbool.h>

/* Largest configuration file, octets. */
#define PRIV_CONFIG_MAX (1024 * 1024)

struct monitor_config {
	const char *config_path; /* the file of read_config and save_config */
	const char *run_dir; /* an existing directory, root's, where is noted what must be undone
			      * after a crash; NULL: not noted */
};

struct priv_server;

/* Copies cfg. Undoes what a crashed earlier run left (by its notes in run_dir). NULL
 * when memory is short. */
struct priv_server *priv_server_init(const struct monitor_config *cfg);

/* Reads one request from fd, acts, answers. Never blocks on fd. False when the other
 * end is gone or does not take its answer: the caller closes fd. */
bool priv_server_serve(struct priv_server *s, int fd);

/* Removes the NAT tables and TAPs, restores ip_forward, frees s. NULL is harmless. */
void priv_server_cleanup(struct priv_server *s);

/* Reads the configuration file as read_config does, for `sekishod --check-config`: a
 * sealed memfd, or -1 and a sentence in error (PRIV_ERROR octets). */
int priv_config_open(const char *path, char *error);
