/*
 * base64: octets as text and back (RFC 4648 section 4), strict.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the text of len octets, with the NUL. */
#define BASE64_TEXT(len) (((len) + 2) / 3 * 4 + 1)

/* The text of len octets and a NUL into out, which has room for BASE64_TEXT(len). Returns the end,
 * where the NUL is. */
char *base64_write(char *out, const uint8_t *in, size_t len);

/* Reads the text (text_len characters, a NUL behind them or more text) of exactly len octets; false
 * when it is not: another length, other characters, no padding where it belongs, unused bits
 * that are not 0. out is then undefined. */
bool base64_read(const char *text, size_t text_len, uint8_t *out, size_t len);
