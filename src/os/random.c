/*
 * Random octets from getrandom(2), through a buffer of each thread so that an IV
 * or a nonce does not cost a system call. What was handed out is wiped from the
 * buffer, and a forked child starts with an empty one. Never blocks once the
 * kernel's generator is seeded; ends the process if the kernel has no random
 * source at all, because nothing that is safe can follow.
 */
#include "linux.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/secret.h"

#define RANDOM_BUFFER 4096
#define RANDOM_DIRECT 1024 /* longer requests go to the kernel */

struct random_buffer {
	uint8_t b[RANDOM_BUFFER];
	size_t left; /* unused octets, at the end of b */
};

static _Thread_local struct random_buffer mine;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forget_in_child(void)
{
	secret_zero(&mine, sizeof(mine));
}

static void watch_fork(void)
{
	pthread_atfork(NULL, NULL, forget_in_child);
}

static void from_kernel(uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_line(LOG_LEVEL_ERROR, "os", "getrandom failed: %s", strerror(errno));
			abort();
		}
		p += n;
		len -= (size_t)n;
	}
}

void linux_random(void *ctx, void *buf, size_t len)
{
	uint8_t *from;

	(void)ctx;
	if (len == 0)
		return;
	if (len > RANDOM_DIRECT) {
		from_kernel(buf, len);
		return;
	}
	if (mine.left < len) {
		pthread_once(&once, watch_fork);
		from_kernel(mine.b, sizeof(mine.b));
		mine.left = sizeof(mine.b);
	}
	from = mine.b + sizeof(mine.b) - mine.left;
	memcpy(buf, from, len);
	secret_zero(from, len);
	mine.left -= len;
}
