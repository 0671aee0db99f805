/*
 * anonymous: users of a hub who need no password (softether.md 2.2). Called by core. Where the
 * peer wants proof that the server knows the password (MS-CHAPv2, RFC 2759 8.7), a few that an
 * anonymous user would type are tried.
 */
#include <string.h>

#include "aaa/aaa.h"
#include "base/secret.h"

static bool proves(const struct aaa_request *req, struct bytes password, struct aaa_verdict *out)
{
	struct bytes name = mschap_bare_name(req->name);
	uint8_t hash[NT_HASH_LEN], want[MSCHAP_NT_RESPONSE];

	return mschap_nt_hash(password, hash) &&
	       mschap2_nt_response(req->challenge, req->peer_challenge, name, hash, want) &&
	       secret_eq(want, req->nt_response, sizeof(want)) &&
	       mschap2_auth_response(hash, req->nt_response, req->peer_challenge, req->challenge,
				     name, out->auth_response);
}

void aaa_anonymous(const struct aaa_request *req, struct bytes bare, struct aaa_verdict *out)
{
	const struct bytes tried[] = {bare, req->name, {(const uint8_t *)"", 0}};

	*out = (struct aaa_verdict){.result = AAA_OK};
	if (req->method != AAA_MSCHAP2)
		return;
	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		if (proves(req, tried[i], out))
			return;
	}
	aaa_refuse(out, AAA_WRONG_PASSWORD, "anonymous-mschap2",
		   "the user is anonymous, but by MS-CHAPv2 the password has to be the user's name "
		   "or empty");
}
