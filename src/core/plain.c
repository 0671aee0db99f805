/*
 * plain: text from outside made harmless (UTF-8: RFC 3629). A peer's name must
 * not move an administrator's cursor, and a byte that is not UTF-8 must not make
 * a JSON string disappear. Called by story, api, explain and manage.
 */
#include "core/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Octets of the sequence that begins with lead; 0: none does. */
static size_t sequence_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* No longer form than needed, no surrogate, nothing above U+10FFFF, no control. */
static bool allowed(const unsigned char *s, size_t n)
{
	switch (n) {
	case 1:
		return s[0] >= 0x20 && s[0] != 0x7f;
	case 2:
		return s[0] != 0xc2 || s[1] >= 0xa0;
	case 3:
		return !(s[0] == 0xe0 && s[1] < 0xa0) && !(s[0] == 0xed && s[1] >= 0xa0);
	case 4:
		return !(s[0] == 0xf0 && s[1] < 0x90) && !(s[0] == 0xf4 && s[1] >= 0x90);
	default:
		return false;
	}
}

/* Octets of the harmless character at s; 0: it is not one. */
static size_t character(const unsigned char *s)
{
	size_t n = sequence_len(s[0]);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return allowed(s, n) ? n : 0;
}

static void clean(char *s, bool lines)
{
	while (*s) {
		size_t n = character((const unsigned char *)s);

		if (n == 0 && !(lines && *s == '\n'))
			*s = '?';
		s += n ? n : 1;
	}
}

void plain_text(char *s)
{
	clean(s, false);
}

json_t *plain_json(const char *s)
{
	json_t *o = json_string(s ? s : "");
	char *copy;

	if (o)
		return o;
	copy = strdup(s ? s : "");
	if (!copy)
		return NULL;
	clean(copy, true);
	o = json_string(copy);
	free(copy);
	return o;
}
