/* The pre-shared key authenticator (RFC 2409 5.4). Private to src/ike. */
#pragma once

#include "auth.h"

/* Looks the key up and computes SKEYID*, cipher key and first IV of sa from the
 * finished DH job of its handshake. DROP_PSK: there is no key for this peer. */
enum ike_drop psk_keys(struct isakmp_sa *sa);

/* The same with a key that nobody knows: for an identity that has none here, so that the
 * answer looks like everybody's (H-09). */
enum ike_drop psk_keys_of_nobody(struct isakmp_sa *sa);

/* Compares a received HASH body in constant time. */
bool psk_check(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body,
	       struct bytes hash);
