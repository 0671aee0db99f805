/*
 * Password: clear passwords to NT hashes (RFC 2759 8.3) and PBKDF2-HMAC-SHA-512
 * (RFC 8018), and their stored forms as text (base64: RFC 4648 section 4).
 *
 * Called by the username rows while a text is parsed or printed, and by the PAP
 * check. Never keeps a clear password, never prints.
 */
#include "password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/mschap.h"
#include "crypto/prim.h"

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

static bool hex_read(const char *text, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static void password_clear(struct cfg_user *u)
{
	u->kind = CFG_PW_NONE;
	u->iterations = 0;
	u->hash_len = 0;
	secret_zero(u->nt_hash, sizeof(u->nt_hash));
	secret_zero(u->salt, sizeof(u->salt));
	secret_zero(u->hash, sizeof(u->hash));
}

bool password_set_nt(struct cfg_user *u, struct bytes clear)
{
	password_clear(u);
	if (!mschap_nt_hash(clear, u->nt_hash))
		return false;
	u->kind = CFG_PW_NT_HASH;
	return true;
}

bool password_set_pbkdf2(struct cfg_user *u, struct bytes clear, uint32_t iterations,
			 cfg_random *random, void *random_ctx)
{
	password_clear(u);
	random(random_ctx, u->salt, sizeof(u->salt));
	if (!prim_pbkdf2(clear, (struct bytes){u->salt, sizeof(u->salt)}, iterations, u->hash,
			 sizeof(u->hash)))
		return false;
	u->kind = CFG_PW_PBKDF2;
	u->iterations = iterations;
	u->hash_len = sizeof(u->hash);
	return true;
}

bool password_load_nt(struct cfg_user *u, const char *text)
{
	size_t len = strlen(text);
	uint8_t hash[NT_HASH_LEN];
	bool ok = len == 32 ? hex_read(text, hash, sizeof(hash))
			    : base64_read(text, len, hash, sizeof(hash));

	if (ok) {
		password_clear(u);
		memcpy(u->nt_hash, hash, sizeof(hash));
		u->kind = CFG_PW_NT_HASH;
	}
	secret_zero(hash, sizeof(hash));
	return ok;
}

bool password_load_pbkdf2(struct cfg_user *u, const char *text)
{
	struct cfg_user new = {.kind = CFG_PW_PBKDF2};
	const char *count = text + strlen(PASSWORD_PBKDF2_PREFIX), *salt, *hash;
	size_t digits;
	bool ok;

	if (strncmp(text, PASSWORD_PBKDF2_PREFIX, strlen(PASSWORD_PBKDF2_PREFIX)) != 0)
		return false;
	digits = strspn(count, "0123456789");
	if (digits == 0 || digits > 7 || count[digits] != '$')
		return false;
	new.iterations = (uint32_t)strtoul(count, NULL, 10);
	salt = count + digits + 1;
	hash = strchr(salt, '$');
	if (!hash || new.iterations < PASSWORD_ITERATIONS_MIN ||
	    new.iterations > PASSWORD_ITERATIONS_MAX)
		return false;
	hash++;
	new.hash_len = strlen(hash) == 24 ? 16 : 32;
	ok = base64_read(salt, (size_t)(hash - 1 - salt), new.salt, sizeof(new.salt)) &&
	     base64_read(hash, strlen(hash), new.hash, new.hash_len);
	if (ok) {
		password_clear(u);
		u->kind = CFG_PW_PBKDF2;
		u->iterations = new.iterations;
		u->hash_len = new.hash_len;
		memcpy(u->salt, new.salt, sizeof(new.salt));
		memcpy(u->hash, new.hash, sizeof(new.hash));
	}
	secret_zero(&new, sizeof(new));
	return ok;
}

void password_text(const struct cfg_user *u, char *buf)
{
	char *at = buf;

	buf[0] = '\0';
	if (u->kind == CFG_PW_NT_HASH)
		base64_write(buf, u->nt_hash, sizeof(u->nt_hash));
	if (u->kind != CFG_PW_PBKDF2)
		return;
	at += snprintf(buf, 24, PASSWORD_PBKDF2_PREFIX "%u$", u->iterations);
	at = base64_write(at, u->salt, sizeof(u->salt));
	*at++ = '$';
	base64_write(at, u->hash, u->hash_len);
}
