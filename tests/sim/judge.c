/*
 * judge: looks at each datagram towards a client, at each connection that begins or
 * ends and at each ping, and says what may not be. Called by network.c, person.c,
 * host.c and the log. Changes nothing but what it remembers.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sim.h"
#include "wire/be.h"

#define PING_MS 3000 /* both ways, with a late datagram and the server's stalls */

void judge_fail(struct sim *s, const struct person *p, const char *invariant, const char *fmt, ...)
{
	uint64_t ms = sim_now(s) - 1000000;
	char text[400];
	va_list ap;

	if (s->failed)
		return;
	s->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("seed %llu at %llu:%02llu:%02llu.%03llu (%llu ms): invariant %s: ",
	       (unsigned long long)s->o.seed, (unsigned long long)(ms / HOUR_MS),
	       (unsigned long long)(ms / MINUTE_MS % 60), (unsigned long long)(ms / 1000 % 60),
	       (unsigned long long)(ms % 1000), (unsigned long long)sim_now(s), invariant);
	if (p)
		printf("p%u: ", p->index);
	printf("%s\n  play it again: sim_test -s %llu -c %u -h %llu -w %u -v\n", text,
	       (unsigned long long)s->o.seed, s->o.persons, (unsigned long long)s->o.hours,
	       s->o.workers);
	for (unsigned d = DEED_DIAL; p && d < DEEDS; d++) {
		if (p->did_ms[d])
			printf("  %s %.3f s ago\n", life_deed_name((enum deed)d),
			       (double)(sim_now(s) - p->did_ms[d]) / 1000);
	}
}

/* ---- what explains an end ---- */

#define D(x) (1u << DEED_##x)
#define GONE (D(VANISH) | D(CRASH) | D(REBIND) | D(BLACKOUT) | D(JUMP) | D(TAKEN))

/* How long behind a deed its effect may show: half-dead connections are found by Hello and its
 * repetitions, by R-U-THERE and by lifetimes. */
#define SOON_MS  MINUTE_MS
#define FOUND_MS (10 * MINUTE_MS)
#define DARK_MS  (30 * MINUTE_MS)

static const struct cause {
	const char *reason;
	unsigned deeds;
} causes[] = {
	{"hang-up", D(HANG_UP)},
	{"peer-terminated", D(HANG_UP) | D(LOGOFF) | D(QUIET) | GONE},
	{"peer-cdn", D(HANG_UP) | D(LOGOFF) | D(QUIET) | GONE},
	{"peer-stopccn", D(HANG_UP) | D(LOGOFF) | D(QUIET) | GONE},
	{"peer-delete", D(HANG_UP) | D(LOGOFF) | D(QUIET) | GONE},
	{"hello-timeout", D(HANG_UP) | GONE},
	{"retransmit-timeout", D(HANG_UP) | GONE},
	{"dpd-timeout", D(HANG_UP) | GONE},
	{"timeout", D(HANG_UP) | GONE},
	{"administrator", D(LOGOFF)},
	{"client-restarted", D(HANG_UP) | GONE},
	{"initial-contact", D(HANG_UP) | GONE},
	{"dialled-again", D(HANG_UP) | GONE},
	{"simultaneous-logins", D(HANG_UP) | GONE},
	{"idle-timeout", D(QUIET) | GONE},
	{"no-session", D(HANG_UP) | D(LOGOFF) | D(QUIET) | GONE},
	{"address-conflict", D(TAKEN)},
	{"esp-expired", GONE},
	{"ike-expired", GONE},
};

static const struct cause *cause_of(const char *reason)
{
	for (unsigned i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		if (strcmp(causes[i].reason, reason) == 0)
			return &causes[i];
	}
	return NULL;
}

/* The idle limit was right: no packet of the person's for so long. */
static bool idle_enough(const struct person *p)
{
	uint64_t up_ms = p->server.up_ms;
	uint64_t since_ms = p->traffic_ms > up_ms ? p->traffic_ms : up_ms;

	return p->index % 10 == 3 && sim_now(p->sim) - since_ms >= SIM_IDLE_S * 1000;
}

static bool did(const struct person *p, enum deed deed)
{
	uint64_t within_ms = deed == DEED_BLACKOUT || deed == DEED_JUMP ? DARK_MS : FOUND_MS;

	if (deed == DEED_QUIET)
		return idle_enough(p);
	if (deed == DEED_LOGOFF)
		within_ms = SOON_MS;
	return p->did_ms[deed] && sim_now(p->sim) - p->did_ms[deed] <= within_ms;
}

static void explain(const struct person *p, const char *who, const char *reason)
{
	const struct cause *c = reason ? cause_of(reason) : NULL;

	if (!c) {
		judge_fail(p->sim, p, "reason", "%s: %s is no reason that the simulator knows", who,
			   reason ? reason : "(none)");
		return;
	}
	for (unsigned d = DEED_DIAL; d < DEEDS; d++) {
		if ((c->deeds >> d & 1) && did(p, (enum deed)d))
			return;
	}
	judge_fail(p->sim, p, "loss", "%s lost its session (%s), and nothing was done to it", who,
		   reason);
}

bool judge_disturbed(const struct person *p, uint64_t ms)
{
	for (unsigned d = DEED_DIAL; d < DEEDS; d++) {
		if (p->did_ms[d] && sim_now(p->sim) - p->did_ms[d] <= ms)
			return true;
	}
	return sim_now(p->sim) < p->dark_until_ms || idle_enough(p);
}

/* ---- sequence numbers (RFC 4303 3.3.3) ---- */

static struct spi_seen *new_spi(struct sim *s, uint64_t key)
{
	struct spi_seen *k = &s->seen[s->next_seen++ % (s->o.persons * SIM_SPIS)];

	if (k->key)
		map_del(&s->spis, k->key);
	*k = (struct spi_seen){.key = key};
	if (!map_put(&s->spis, key, k))
		abort();
	return k;
}

/* By address, not by port: what still goes to a port that a NAT has taken away is judged too. */
void judge_from_server(struct sim *s, const struct ip_addr *to, const uint8_t *esp)
{
	uint32_t spi = be32(esp), seq = be32(esp + 4);
	uint64_t key = (uint64_t)ip4_of(to) << 32 | spi;
	struct spi_seen *k = map_get(&s->spis, key);

	if (!k && seq != 1)
		judge_fail(s, NULL, "sequence", "the ESP SA %08x to %08x begins with %u", spi,
			   ip4_of(to), seq);
	if (k && seq <= k->seq)
		judge_fail(s, NULL, "sequence", "%u comes behind %u on the ESP SA %08x to %08x",
			   seq, k->seq, spi, ip4_of(to));
	if (!k)
		k = new_spi(s, key);
	k->seq = seq;
}

/* ---- pings ---- */

/* Nothing happened since it was sent that could lose it or its answer. */
void judge_unanswered(struct person *p)
{
	const struct ping *ping = &p->ping[0];
	uint64_t age_ms = sim_now(p->sim) - ping->sent_ms;

	if (!ping->sent_ms || !ping->fair || age_ms < PING_MS || judge_disturbed(p, age_ms))
		return;
	judge_fail(p->sim, p, "traffic", "a ping of %llu ms ago was not answered",
		   (unsigned long long)age_ms);
}

static void answered(struct ping *ping, const struct tag *t, uint64_t *count)
{
	if (ping->sent_ms && ping->nonce == t->nonce) {
		ping->sent_ms = 0;
		++*count;
	}
}

void judge_at_client(struct person *p, const struct tag *t)
{
	if (t->person != p->index || t->dst != p->ip)
		judge_fail(p->sim, p, "crossing", "got a packet of p%u for %08x, its own is %08x",
			   t->person, t->dst, p->ip);
	else if (t->reply) {
		answered(&p->ping[0], t, &p->sim->n.answers);
		p->stirs = false;
	} else
		p->traffic_ms = sim_now(p->sim);
}

void judge_at_host(struct sim *s, const struct tag *t)
{
	struct person *p = t->person < s->o.persons ? &s->persons[t->person] : NULL;

	if (!p || t->life > p->life)
		judge_fail(s, NULL, "crossing", "the host got a packet of nobody, p%u", t->person);
	else if (p->up && t->life == p->life && t->src != p->ip)
		judge_fail(s, p, "crossing", "the host got its packet from %08x, it has %08x",
			   t->src, p->ip);
	else if (t->reply)
		answered(&p->ping[1], t, &s->n.host_answers);
}

/* ---- connections ---- */

void judge_client_up(struct person *p, const struct ppp_up *up)
{
	if (p->impostor)
		judge_fail(p->sim, p, "admission", "came up with a wrong password or key");
	else if (up->local_ip < 0x0a400100u || up->local_ip > 0x0a407fffu)
		judge_fail(p->sim, p, "address", "got %08x, which is of no pool", up->local_ip);
}

void judge_client_down(struct person *p, const char *reason)
{
	if (p->sim->o.verbose)
		printf("%llu p%u down: %s\n", (unsigned long long)sim_now(p->sim), p->index,
		       reason);
	if (p->up && p->server.up_now) /* else the server's end was judged */
		explain(p, "the client", reason);
	else if (p->up)
		return;
	else if (!p->impostor && !did(p, DEED_HANG_UP) && !did(p, DEED_BLACKOUT) &&
		 !did(p, DEED_TAKEN) && !did(p, DEED_JUMP) && !did(p, DEED_LOGOFF) &&
		 (!p->sim->jumped_ms || p->sim->jumped_ms < p->did_ms[DEED_DIAL]))
		judge_fail(p->sim, p, "admission", "dialled and was refused: %s", reason);
}

/* The value behind key= in a line of the log, up to a blank or quote; "" without it. */
static const char *field(const char *line, const char *key, char *buf, size_t cap)
{
	const char *at = strstr(line, key);
	size_t n = 0;

	at = at ? at + strlen(key) : "";
	if (*at == '"')
		at++;
	while (at[n] && at[n] != ' ' && at[n] != '"' && n + 1 < cap) {
		buf[n] = at[n];
		n++;
	}
	buf[n] = '\0';
	return buf;
}

static struct person *person_of(struct sim *s, const char *line)
{
	char user[32];
	unsigned long index;

	field(line, " user=", user, sizeof(user));
	index = user[0] == 'p' ? strtoul(user + 1, NULL, 10) : s->o.persons;
	return index < s->o.persons ? &s->persons[index] : NULL;
}

static void server_up(struct sim *s, const char *line)
{
	struct person *p = person_of(s, line);

	s->n.server_ups++;
	if (!p) {
		judge_fail(s, NULL, "named user", "%s", line);
		return;
	}
	p->server.up_now++;
	p->server.ups++;
	p->server.up_ms = sim_now(s);
	if (p->impostor)
		judge_fail(s, p, "admission", "the server let it in with a wrong password or key");
}

static void server_end(struct sim *s, const char *line)
{
	struct person *p = person_of(s, line);
	char reason[64], up[8];

	field(line, " reason=", reason, sizeof(reason));
	field(line, " up=", up, sizeof(up));
	s->n.server_ends++;
	if (strcmp(up, "yes") != 0)
		return; /* a dial that failed: the client's side is judged */
	s->n.server_ends_up++;
	if (!p) {
		judge_fail(s, NULL, "named user", "%s", line);
		return;
	}
	if (p->server.up_now == 0)
		judge_fail(s, p, "balance", "a session ended that did not begin: %s", line);
	p->server.up_now--;
	p->server.ends++;
	explain(p, "the server's side", reason);
}

void judge_log(void *ctx, int level, const char *line)
{
	struct sim *s = ctx;

	if (s->failed)
		return;
	if (s->o.verbose && s->persons)
		printf("%llu %s\n", (unsigned long long)sim_now(s), line);
	if (level == LOG_LEVEL_ERROR)
		judge_fail(s, NULL, "log", "the server reports an error: %s", line);
	if (strncmp(line, "session: event=up ", 18) == 0)
		server_up(s, line);
	else if (strncmp(line, "session: event=end ", 19) == 0)
		server_end(s, line);
}
