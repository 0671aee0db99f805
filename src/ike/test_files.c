/*
 * Where the captures are, and hex. Called by the tests of this room; a test that
 * does not find its file skips.
 */
#include "test_files.h"

#include <ctype.h>
#include <stdlib.h>

FILE *captures_open(const char *name)
{
	const char *dir = getenv("SEKISHO_CAPTURES");
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : SOURCE_ROOT "/../shared/captures", name);
	return fopen(path, "r");
}

int hex_bytes(const char *text, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned v;

	while (isxdigit((unsigned char)text[0])) {
		if (n == cap || sscanf(text, "%2x", &v) != 1 || !text[1])
			return -1;
		out[n++] = (uint8_t)v;
		text += 2;
	}
	return (int)n;
}
