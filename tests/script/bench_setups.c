/*
 * bench_setups: what full set-ups cost the server besides Diffie-Hellman, and what
 * the sessions that stay cost in memory. N clients connect one after the other (Main
 * Mode, Quick Mode, L2TP, LCP, MS-CHAPv2, IPCP) and vanish; the time inside core_run()
 * and core_dh_done() is summed, the clients' part is not in it. Run by hand:
 *
 *	build/tests/script/bench_setups 10000 [workers]
 *	valgrind --tool=callgrind --toggle-collect=core_run build/tests/script/bench_setups 200
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

#define PIECE 64

/* The clients are gone without a word: no Hello may ask for them before the end. */
static const char config[] = FIXTURE_CONFIG(
	"10.4.0.1 255.252.0.0",
	"10.4.0.10-10.4.255.250 mask 255.252.0.0") "l2tp tunnel hello 300\n"
						   "ip local pool HOME 10.5.0.0-10.5.255.255 mask "
						   "255.252.0.0\n"
						   "tunnel-group DefaultRAGroup "
						   "general-attributes\n"
						   " address-pool OFFICE HOME\n"
						   "group-policy DfltGrpPolicy attributes\n"
						   " vpn-simultaneous-logins %u\n";

/* The linker leads the world's calls here (meson.build). */
uint64_t __real_core_run(struct core *c);
uint64_t __wrap_core_run(struct core *c);
void __real_core_dh_done(struct core *c, struct ike_dh_job *job);
void __wrap_core_dh_done(struct core *c, struct ike_dh_job *job);

static uint64_t spent_ns, worst_ns;

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void spend(uint64_t since_ns)
{
	uint64_t ns = clock_ns() - since_ns;

	spent_ns += ns;
	if (ns > worst_ns)
		worst_ns = ns;
}

uint64_t __wrap_core_run(struct core *c)
{
	uint64_t begin_ns = clock_ns(), next_ms = __real_core_run(c);

	spend(begin_ns);
	return next_ms;
}

void __wrap_core_dh_done(struct core *c, struct ike_dh_job *job)
{
	uint64_t begin_ns = clock_ns();

	__real_core_dh_done(c, job);
	spend(begin_ns);
}

static size_t rss(void)
{
	unsigned long pages = 0, total;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &total, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Every fourth address of a NAT's inside, so that no limit of one source is met. */
static void connect_one(struct world *w, unsigned i)
{
	const struct client_options o = fixture_alice("A", 0x14000002 + i);

	client_free(fixture_connect(w, &o));
}

static void connect_many(struct world *w, unsigned from, unsigned n)
{
	size_t before = rss();
	uint64_t begin_ns = spent_ns;

	worst_ns = 0;
	for (unsigned i = from; i < from + n; i++)
		connect_one(w, i);
	printf("sessions %u to %u: %.3f ms of the server a set-up without Diffie-Hellman, longest "
	       "round %.1f ms, %.0f octets of RSS a session\n",
	       from, from + n, (double)(spent_ns - begin_ns) / 1e6 / n, (double)worst_ns / 1e6,
	       ((double)rss() - (double)before) / n);
}

/* What a front end's question for all sessions holds the control thread for: a piece of it,
 * as manage asks for them. */
static void show_all(struct world *w)
{
	struct api_walk *walk = api_walk_new(w->core);
	uint64_t total_ns = 0, longest_ns = 0;
	size_t octets = 0, n;

	do {
		uint64_t begin_ns = clock_ns(), ns;
		json_t *some = api_walk_sessions(walk, PIECE);
		char *text = json_dumps(some, JSON_COMPACT);

		ns = clock_ns() - begin_ns;
		n = json_array_size(some);
		octets += strlen(text);
		free(text);
		json_decref(some);
		total_ns += ns;
		if (ns > longest_ns)
			longest_ns = ns;
	} while (n);
	api_walk_free(walk);
	printf("show of all: %.1f ms in all for %zu octets, longest piece %.2f ms\n",
	       (double)total_ns / 1e6, octets, (double)longest_ns / 1e6);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	unsigned workers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	char error[256], text[2048];
	size_t before = rss();
	struct world *w;

	fixture_no_log();
	snprintf(text, sizeof(text), config, n + 1000);
	w = world_new(text, workers, n + 1000, 1, error);
	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", error);
		return 2;
	}
	printf("a server for %u sessions: %zu KiB\n", n + 1000, (rss() - before) / 1024);
	connect_many(w, 0, 100);
	for (unsigned done = 100; done < n; done += n / 5)
		connect_many(w, done, n / 5 < n - done ? n / 5 : n - done);
	printf("%u sessions are up\n", check_sessions(w));
	show_all(w);
	world_free(w);
	return 0;
}
