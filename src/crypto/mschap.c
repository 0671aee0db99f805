/*
 * The sums of MS-CHAPv1 (RFC 2433 appendix A) and MS-CHAPv2 (RFC 2759 section 8).
 * The LAN Manager response of version 1 does not exist here.
 *
 * Called by: aaa (checks a response), ppp in the client role (makes one). Never
 * sees a socket, a clock or a random source; intermediate values are wiped.
 */
#include "crypto/mschap.h"

#include <string.h>

#include "base/wr.h"
#include "crypto/prim.h"
#include "des.h"

#define PASSWORD_MAX_UTF16 256 /* RFC 2759 8.3: 0-to-256-unicode-char */
#define UTF8_ERROR         UINT32_MAX

/* The next character, or UTF8_ERROR: a bad lead or continuation octet, an
 * overlong form, a surrogate, or above U+10FFFF (RFC 3629 section 3). */
static uint32_t utf8_next(struct rd *r)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint8_t lead = rd_u8(r);
	unsigned more = lead < 0x80 ? 0 : lead < 0xc0 ? 4 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? lead : lead & (0x3fu >> more);

	if (more > 3 || lead >= 0xf8)
		return UTF8_ERROR;
	for (unsigned i = 0; i < more; i++) {
		uint8_t octet = rd_u8(r);

		if ((octet & 0xc0) != 0x80)
			return UTF8_ERROR;
		c = c << 6 | (octet & 0x3f);
	}
	if (!rd_ok(r) || c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_ERROR;
	return c;
}

static void put_utf16le(struct wr *w, uint32_t unit)
{
	wr_u8(w, (uint8_t)unit);
	wr_u8(w, (uint8_t)(unit >> 8));
}

/* A character beyond the first plane is two of the 256 (a surrogate pair), as on the peer. */
static bool utf16le_of(struct bytes password, struct wr *w)
{
	struct rd r = rd_of_bytes(password);

	while (rd_left(&r)) {
		uint32_t c = utf8_next(&r);

		if (c == UTF8_ERROR)
			return false;
		if (c < 0x10000) {
			put_utf16le(w, c);
		} else {
			put_utf16le(w, 0xd800 + ((c - 0x10000) >> 10));
			put_utf16le(w, 0xdc00 + (c & 0x3ff));
		}
		if (!wr_ok(w))
			return false;
	}
	return true;
}

bool mschap_nt_hash(struct bytes password, uint8_t out[NT_HASH_LEN])
{
	uint8_t utf16[2 * PASSWORD_MAX_UTF16];
	struct wr w = wr_of(utf16, sizeof(utf16));
	bool ok = utf16le_of(password, &w);

	if (ok) {
		struct bytes text = wr_done(&w);

		ok = prim_hash(PRIM_MD4, &text, 1, out);
	}
	if (!ok)
		secret_zero(out, NT_HASH_LEN);
	secret_zero(utf16, sizeof(utf16));
	return ok;
}

struct bytes mschap_bare_name(struct bytes name)
{
	size_t at = name.len;

	while (at && name.p[at - 1] != '\\')
		at--;
	return at ? (struct bytes){name.p + at, name.len - at} : name;
}

/* 56 bits of key to 8 octets of seven bits each; DES ignores the low bit, its parity. */
static void des_key_of(const uint8_t seven[7], uint8_t key[8])
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < 7; i++)
		bits = bits << 8 | seven[i];
	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)((bits >> (49 - 7 * i) & 0x7f) << 1);
}

bool mschap_challenge_response(const uint8_t challenge[8], const uint8_t nt_hash[NT_HASH_LEN],
			       uint8_t out[MSCHAP_NT_RESPONSE])
{
	uint8_t padded[21] = {0}, key[8];
	bool ok = true;

	memcpy(padded, nt_hash, NT_HASH_LEN);
	for (unsigned i = 0; ok && i < 3; i++) {
		des_key_of(padded + 7 * i, key);
		ok = des_encrypt_block(key, challenge, out + 8 * i);
	}
	secret_zero(padded, sizeof(padded));
	secret_zero(key, sizeof(key));
	if (!ok)
		secret_zero(out, MSCHAP_NT_RESPONSE);
	return ok;
}

/* ChallengeHash (RFC 2759 8.2): the first 8 octets of a SHA-1. */
static bool challenge_hash(const uint8_t peer_challenge[16], const uint8_t auth_challenge[16],
			   struct bytes name, uint8_t out[8])
{
	struct bytes parts[] = {
		{peer_challenge, MSCHAP2_CHALLENGE}, {auth_challenge, MSCHAP2_CHALLENGE}, name};
	uint8_t digest[20];
	bool ok = prim_hash(PRIM_SHA1, parts, 3, digest);

	memcpy(out, digest, 8);
	return ok;
}

bool mschap2_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
			 struct bytes name, const uint8_t nt_hash[NT_HASH_LEN],
			 uint8_t out[MSCHAP_NT_RESPONSE])
{
	uint8_t challenge[8];

	if (challenge_hash(peer_challenge, auth_challenge, name, challenge))
		return mschap_challenge_response(challenge, nt_hash, out);
	secret_zero(out, MSCHAP_NT_RESPONSE);
	return false;
}

bool mschap2_auth_response(const uint8_t nt_hash[NT_HASH_LEN],
			   const uint8_t nt_response[MSCHAP_NT_RESPONSE],
			   const uint8_t peer_challenge[16], const uint8_t auth_challenge[16],
			   struct bytes name, uint8_t out[MSCHAP2_AUTH_RESPONSE])
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t hash_hash[NT_HASH_LEN], digest[20] = {0}, challenge[8];
	struct bytes hash = {nt_hash, NT_HASH_LEN};
	struct bytes first[] = {{hash_hash, sizeof(hash_hash)},
				{nt_response, MSCHAP_NT_RESPONSE},
				{(const uint8_t *)magic1, sizeof(magic1) - 1}};
	struct bytes second[] = {{digest, sizeof(digest)},
				 {challenge, sizeof(challenge)},
				 {(const uint8_t *)magic2, sizeof(magic2) - 1}};
	bool ok = prim_hash(PRIM_MD4, &hash, 1, hash_hash) &&
		  prim_hash(PRIM_SHA1, first, 3, digest) &&
		  challenge_hash(peer_challenge, auth_challenge, name, challenge) &&
		  prim_hash(PRIM_SHA1, second, 3, out);

	secret_zero(hash_hash, sizeof(hash_hash));
	secret_zero(digest, sizeof(digest));
	if (!ok)
		secret_zero(out, MSCHAP2_AUTH_RESPONSE);
	return ok;
}
