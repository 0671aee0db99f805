/*
 * mschap: the sums of MS-CHAPv1 (RFC 2433) and MS-CHAPv2 (RFC 2759).
 *
 * Used by aaa to check a response against a stored NT hash, and by the client
 * role of ppp to make one. User names are the octets that the peer sent, after
 * mschap_bare_name().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

#define NT_HASH_LEN           16
#define MSCHAP1_CHALLENGE     8
#define MSCHAP2_CHALLENGE     16
#define MSCHAP_NT_RESPONSE    24
#define MSCHAP2_AUTH_RESPONSE 20

/* NtPasswordHash: MD4 of the password in UTF-16LE (RFC 2759 8.3). password is
 * UTF-8; false when it is not valid UTF-8 or longer than 256 characters. */
bool mschap_nt_hash(struct bytes password, uint8_t out[NT_HASH_LEN]);

/* The part of a user name behind the last '\\' (RFC 2759 8.2 hashes it without the domain). */
struct bytes mschap_bare_name(struct bytes name);

/* ChallengeResponse: three DES encryptions of an 8-octet challenge (RFC 2433 A.5). */
bool mschap_challenge_response(const uint8_t challenge[8], const uint8_t nt_hash[NT_HASH_LEN],
			       uint8_t out[MSCHAP_NT_RESPONSE]);

/* GenerateNTResponse of MS-CHAPv2 (RFC 2759 8.1); name already bare. */
bool mschap2_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
			 struct bytes name, const uint8_t nt_hash[NT_HASH_LEN],
			 uint8_t out[MSCHAP_NT_RESPONSE]);

/* GenerateAuthenticatorResponse, the 20 octets behind "S=" (RFC 2759 8.7). */
bool mschap2_auth_response(const uint8_t nt_hash[NT_HASH_LEN],
			   const uint8_t nt_response[MSCHAP_NT_RESPONSE],
			   const uint8_t peer_challenge[16], const uint8_t auth_challenge[16],
			   struct bytes name, uint8_t out[MSCHAP2_AUTH_RESPONSE]);
