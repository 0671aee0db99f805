/* script: what the runner and the commands of the script language share. */
#pragma once

#include "world.h"

#define SCRIPT_LINE  1024
#define SCRIPT_WORDS 40

/* What happens to one datagram of a client, or to some of all (random). */
struct rule {
	bool used, done;
	const struct client *client;
	enum world_dir dir;
	unsigned k; /* the client's datagram of this number */
	struct fate fate;
};

struct script {
	const char *file;
	unsigned line;
	bool failed, verbose;
	char *words[SCRIPT_WORDS];
	unsigned n_words;
	char config[8192];
	unsigned workers;
	uint64_t seed;
	unsigned loss_percent;
	struct ip_addr server_inner;
	struct world *world;
	struct rule rules[WORLD_RULES];
};

void script_fail(struct script *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The world; made at the first use. NULL: it failed. */
struct world *script_world(struct script *s);
world_fate script_fate;

/* commands.c: one line. */
void script_command(struct script *s);
/* What the server's stories and the clients' notes say, to stderr. */
void script_tell(struct script *s);

/* packets.c: lines about IPv6 and DHCPINFORM. */
void script_ping6(struct script *s);
void script_hostping6(struct script *s);
void script_spoof6(struct script *s);
void script_solicit(struct script *s);
void script_inform(struct script *s);
/* True when the line was one of these. */
bool script_expect_packets(struct script *s, const struct client *c);

/* expect.c: the lines that begin with expect. */
void script_expect(struct script *s);

/* "20s" or "500ms" in milliseconds. */
bool script_time(struct script *s, const char *word, uint64_t *ms);
bool script_number(struct script *s, const char *word, unsigned *n);
bool script_ip(struct script *s, const char *word, struct ip_addr *out);
struct client *script_client(struct script *s, const char *name);
