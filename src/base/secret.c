/*
 * Secrets: wiping and comparing. Called by every room that holds a key.
 * Never allocates and never prints.
 */
#include "base/secret.h"

#include <string.h>

void secret_zero(void *p, size_t len)
{
	if (len)
		explicit_bzero(p, len);
}

bool secret_eq(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}

bool secret_set(struct secret *s, const void *p, size_t len)
{
	secret_wipe(s);
	if (len > SECRET_MAX)
		return false;
	if (len)
		memcpy(s->b, p, len);
	s->len = (uint16_t)len;
	return true;
}

void secret_wipe(struct secret *s)
{
	secret_zero(s, sizeof(*s));
}
