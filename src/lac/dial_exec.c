/*
 * dial_exec: the command of `sekisho-lac dial --exec`, in the tunnel's namespace. Called by
 * dial_stay.c when the tunnel is up for the first time.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dial.h"

#define END_MS 5000 /* from SIGTERM to SIGKILL */

static void set_address(const char *name, uint32_t ip)
{
	struct ip_addr a = ip4_addr(ip);
	char text[IP_ADDR_TEXT];

	setenv(name, ip ? ip_addr_text(&a, text, sizeof(text)) : "", 1);
}

static void set_environment(const struct dial_netns *ns, const struct dial_tun *t,
			    const struct ppp_up *up)
{
	struct ip_addr a = ip4_addr(up->dns[0]), b = ip4_addr(up->dns[1]);
	char first[IP_ADDR_TEXT], second[IP_ADDR_TEXT], dns[2 * IP_ADDR_TEXT];

	set_address("SEKISHO_ADDRESS", up->local_ip);
	set_address("SEKISHO_PEER", up->peer_ip);
	snprintf(dns, sizeof(dns), "%s%s%s",
		 up->dns[0] ? ip_addr_text(&a, first, sizeof(first)) : "",
		 up->dns[0] && up->dns[1] ? " " : "",
		 up->dns[1] ? ip_addr_text(&b, second, sizeof(second)) : "");
	setenv("SEKISHO_DNS", dns, 1);
	setenv("SEKISHO_TUN", t->name, 1);
	setenv("SEKISHO_NETNS", ns->name, 1);
}

/* The command, and nobody else, sees the namespace's resolv.conf in /etc. */
static bool see_resolv_conf(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 && mount("", "/", "none", MS_SLAVE | MS_REC, NULL) == 0 &&
	       mount(path, "/etc/resolv.conf", "none", MS_BIND, NULL) == 0;
}

static void run(const struct dial_options *o, const struct dial_netns *ns, const struct dial_tun *t,
		const struct dial_dns *d, const struct ppp_up *up)
{
	set_environment(ns, t, up);
	dial_signals_default();
	if (!dial_netns_enter(ns))
		fprintf(stderr, "sekisho-lac: the namespace of --exec: %s\n", strerror(errno));
	else if (ns->there >= 0 && d->set && d->path[0] && !see_resolv_conf(d->path))
		fprintf(stderr, "sekisho-lac: /etc/resolv.conf for --exec: %s\n", strerror(errno));
	else
		execl("/bin/sh", "sh", "-c", o->exec, (char *)NULL);
	_exit(127);
}

pid_t dial_exec(const struct dial_options *o, const struct dial_netns *ns, const struct dial_tun *t,
		const struct dial_dns *d, const struct ppp_up *up, char *err)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		run(o, ns, t, d, up);
	if (child < 0)
		snprintf(err, DIAL_ERROR, "--exec: %s", strerror(errno));
	return child;
}

bool dial_exec_ended(pid_t child, int *status)
{
	int how;

	if (waitpid(child, &how, WNOHANG) != child)
		return false;
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	return true;
}

int dial_exec_end(pid_t child)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	uint64_t end = call_now_ms() + END_MS;
	int status;

	kill(child, SIGTERM);
	while (!dial_exec_ended(child, &status)) {
		if (call_now_ms() >= end)
			kill(child, SIGKILL);
		nanosleep(&pause, NULL);
	}
	return status;
}
