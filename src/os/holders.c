/*
 * Who holds a UDP port: the inode from /proc/net/udp, then the process whose
 * descriptor is that socket. Called when a port cannot be bound, so that the
 * administrator hears the name and not "address in use". Reads /proc only.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "priv_act.h"

#define INODES_MAX 16 /* sockets of one port that are looked for */
#define NAMED_MAX  3  /* holders that are named */

struct inodes {
	uint64_t ino[INODES_MAX];
	unsigned n;
};

/* The address as /proc/net/udp prints it: 32-bit words in host order, in hex. */
static void hex_of(const struct ip_addr *addr, char *hex)
{
	for (size_t i = 0; i < ip_addr_len(addr); i += 4) {
		uint32_t word;

		memcpy(&word, addr->ip + i, 4);
		snprintf(hex + i * 2, 9, "%08" PRIX32, word);
	}
}

/* Does a row with this address stand in the way of ours? */
static bool conflicts(const char *row, const char *ours)
{
	return *ours == '\0' || strcmp(row, ours) == 0 || strspn(row, "0") == strlen(row);
}

static void find_inodes(const char *table, const struct ip_addr *addr, uint16_t port,
			struct inodes *found)
{
	char line[512], hex[33] = "";
	FILE *f = fopen(table, "re");

	if (!f)
		return;
	if (addr->family)
		hex_of(addr, hex);
	while (found->n < INODES_MAX && fgets(line, sizeof(line), f)) {
		char row[33];
		unsigned row_port;
		uint64_t ino;

		/* sl local remote st tx:rx tr:when retrnsmt uid timeout inode */
		if (sscanf(line, " %*u: %32[0-9A-F]:%x %*s %*s %*s %*s %*s %*s %*s %" SCNu64, row,
			   &row_port, &ino) == 3 &&
		    row_port == port && conflicts(row, hex))
			found->ino[found->n++] = ino;
	}
	fclose(f);
}

static bool is_wanted(const char *link, const struct inodes *wanted)
{
	uint64_t ino;

	if (sscanf(link, "socket:[%" SCNu64 "]", &ino) != 1)
		return false;
	for (unsigned i = 0; i < wanted->n; i++)
		if (wanted->ino[i] == ino)
			return true;
	return false;
}

/* Has the process of this directory one of the sockets? */
static bool holds(int proc, const char *pid, const struct inodes *wanted)
{
	char path[32], link[64];
	bool found = false;
	DIR *d;
	int fd;

	snprintf(path, sizeof(path), "%.10s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	for (struct dirent *e; d && !found && (e = readdir(d));) {
		ssize_t n = readlinkat(fd, e->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		found = is_wanted(link, wanted);
	}
	if (d)
		closedir(d);
	return found;
}

/* The process's name: its own choice, so only what prints is kept. */
static void name_of(int proc, const char *pid, char *name, size_t cap)
{
	char path[32];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%.10s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, cap - 1);
		close(fd);
	}
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	for (char *p = name; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (!*name)
		snprintf(name, cap, "a process");
}

static unsigned name_holders(const struct inodes *found, char *text, size_t cap)
{
	DIR *proc = opendir("/proc");
	unsigned named = 0;
	size_t at = 0;

	for (struct dirent *e; proc && named < NAMED_MAX && (e = readdir(proc));) {
		char name[32];
		int n;

		if (strspn(e->d_name, "0123456789") != strlen(e->d_name) ||
		    !holds(dirfd(proc), e->d_name, found))
			continue;
		name_of(dirfd(proc), e->d_name, name, sizeof(name));
		n = snprintf(text + at, cap - at, "%s%s (pid %s)", named ? ", " : "", name,
			     e->d_name);
		if (n < 0 || (size_t)n >= cap - at)
			break;
		at += (size_t)n;
		named++;
	}
	if (proc)
		closedir(proc);
	return named;
}

bool udp_holder(const struct ip_addr *addr, uint16_t port, char *text, size_t cap)
{
	struct inodes found = {.n = 0};

	if (addr->family != 6)
		find_inodes("/proc/thread-self/net/udp", addr, port, &found);
	/* A dual-stack socket holds the port of IPv4 too. */
	if (found.n == 0)
		find_inodes("/proc/thread-self/net/udp6",
			    addr->family == 6 ? addr : &(struct ip_addr){0}, port, &found);
	if (found.n == 0)
		return false;
	if (name_holders(&found, text, cap) == 0)
		snprintf(text, cap, "the kernel or a process that is out of sight");
	return true;
}
