/*
 * base64: RFC 4648 section 4. Called by what speaks JSON with binary fields.
 */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_write(char *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			v |= in[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = i + 1 < len ? alphabet[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? alphabet[v & 63] : '=';
	}
	*out = '\0';
	return out;
}

bool base64_read(const char *text, size_t text_len, uint8_t *out, size_t len)
{
	size_t digits = (len * 8 + 5) / 6;
	uint32_t v = 0;
	unsigned bits = 0;

	if (text_len != (len + 2) / 3 * 4)
		return false;
	for (size_t i = 0; i < digits; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at)
			return false;
		v = v << 6 | (uint32_t)(at - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (uint8_t)(v >> bits);
		}
	}
	return (v & ((1U << bits) - 1)) == 0 && strspn(text + digits, "=") == text_len - digits;
}
