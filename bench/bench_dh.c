/*
 * The floor of a set-up: Diffie-Hellman alone. A server makes a key pair and derives a
 * secret for each client that dials (RFC 2409 section 5), so that pair of operations is
 * timed, on one core, through the same interface that the server uses.
 *
 *	bench_dh [SECONDS]	one JSON object a group
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/prim.h"

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void exchange(unsigned group, struct bytes peer)
{
	uint8_t secret[PRIM_DH_SECRET_MAX];
	struct prim_dh *dh = prim_dh_generate(group);

	if (!dh || !prim_dh_derive(dh, peer, secret))
		abort();
	prim_dh_free(dh);
}

static void measure(unsigned group, double seconds)
{
	struct prim_dh *other = prim_dh_generate(group);
	uint8_t public[PRIM_DH_PUBLIC_MAX];
	struct bytes peer = {public, prim_dh_public_len(group)};
	double start, spent = 0;
	unsigned n = 0;

	if (!other || !prim_dh_public(other, public))
		abort();
	start = cpu_s();
	for (; spent < seconds; n++) {
		exchange(group, peer);
		spent = cpu_s() - start;
	}
	printf("{\"group\": %u, \"exchange_us\": %.1f, \"exchanges_a_second\": %.0f}\n", group,
	       spent * 1e6 / n, n / spent);
	prim_dh_free(other);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;

	measure(14, seconds);
	measure(19, seconds);
	return 0;
}
