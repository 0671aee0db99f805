/*
 * Nearest: how far a mistyped word is from a keyword (optimal string alignment:
 * insert, delete, replace, swap two neighbours). Called by match.c when a word
 * is unknown, and for names of tables. Work is bounded by 64 x 64 steps a pair.
 */
#include <string.h>

#include "walk.h"

#define EDIT_MAX 64

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned row[3][EDIT_MAX + 1];
	unsigned *before = row[0], *prev = row[1], *cur = row[2];

	if (a_len > EDIT_MAX || b_len > EDIT_MAX)
		return GRAMMAR_FAR;
	for (size_t j = 0; j <= b_len; j++) {
		prev[j] = (unsigned)j;
		before[j] = 0;
	}
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			char ca = lower(a[i - 1]), cb = lower(b[j - 1]);

			cur[j] =
				min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + (ca != cb ? 1 : 0));
			if (i > 1 && j > 1 && ca == lower(b[j - 2]) && lower(a[i - 2]) == cb &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		before = prev;
		prev = cur;
		cur = spare;
	}
	return prev[b_len];
}

bool edit_is_near(unsigned distance, size_t typed_len, size_t len)
{
	size_t worst = typed_len / 3 > 2 ? typed_len / 3 : 2;

	return distance <= worst && 2 * (size_t)distance < len;
}

const char *nearest_name(const char *text, const char *(*name)(unsigned i))
{
	unsigned least = GRAMMAR_FAR;
	const char *near = NULL, *n;

	for (unsigned i = 0; (n = name(i)); i++) {
		unsigned d = edit_distance(text, strlen(text), n, strlen(n));

		if (d < least) {
			least = d;
			near = n;
		}
	}
	return near && edit_is_near(least, strlen(text), strlen(near)) ? near : NULL;
}
