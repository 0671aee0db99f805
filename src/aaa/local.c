/*
 * local: the LOCAL user database's answer to a PPP authentication request
 * (seed 003, table 1: PAP, MS-CHAPv1, MS-CHAPv2; CHAP and EAP never).
 *
 * Called by core. Never sees a clear password but PAP's, and never tells the
 * peer whether the name or the password was wrong.
 */
#include "aaa/aaa.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/prim.h"

static const char *const method_names[AAA_METHODS] = {
	[AAA_PAP] = "PAP",
	[AAA_CHAP] = "CHAP",
	[AAA_MSCHAP1] = "MS-CHAPv1",
	[AAA_MSCHAP2] = "MS-CHAPv2",
};

const char *aaa_method_name(enum aaa_method m)
{
	return m < AAA_METHODS ? method_names[m] : "?";
}

/* What an unknown user is compared with: the work of a user stored with mschap, and the
 * result is no. (PAP against PBKDF2 takes longer; PAP is only spoken inside ESP.) */
static const uint8_t nobody[32];
static const struct aaa_local_user nobody_user = {.stored = AAA_STORED_NT_HASH,
						  .nt_hash = nobody,
						  .salt = nobody,
						  .hash = nobody,
						  .hash_len = sizeof(nobody),
						  .iterations = 1};

static bool check_pap(const struct aaa_request *req, const struct aaa_local_user *u)
{
	uint8_t got[32] = {0};
	bool ok;

	if (req->password.len == 0)
		return false;
	if (u->stored == AAA_STORED_PBKDF2 && (u->hash_len < 16 || u->hash_len > sizeof(got)))
		return false; /* no hash, no comparison: nothing would be equal to nothing */
	if (u->stored == AAA_STORED_NT_HASH)
		ok = mschap_nt_hash(req->password, got) && secret_eq(got, u->nt_hash, NT_HASH_LEN);
	else
		ok = prim_pbkdf2(req->password, (struct bytes){u->salt, 16}, u->iterations, got,
				 sizeof(got)) &&
		     secret_eq(got, u->hash, u->hash_len);
	secret_zero(got, sizeof(got));
	return ok;
}

static bool check_mschap1(const struct aaa_request *req, const struct aaa_local_user *u)
{
	uint8_t want[MSCHAP_NT_RESPONSE];

	return mschap_challenge_response(req->challenge, u->nt_hash, want) &&
	       secret_eq(want, req->nt_response, sizeof(want));
}

static bool check_mschap2(const struct aaa_request *req, const struct aaa_local_user *u,
			  struct aaa_verdict *out)
{
	struct bytes name = mschap_bare_name(req->name);
	uint8_t want[MSCHAP_NT_RESPONSE];

	return mschap2_nt_response(req->challenge, req->peer_challenge, name, u->nt_hash, want) &&
	       secret_eq(want, req->nt_response, sizeof(want)) &&
	       mschap2_auth_response(u->nt_hash, req->nt_response, req->peer_challenge,
				     req->challenge, name, out->auth_response);
}

static bool check(const struct aaa_request *req, const struct aaa_local_user *u,
		  struct aaa_verdict *out)
{
	switch (req->method) {
	case AAA_PAP:
		return check_pap(req, u);
	case AAA_MSCHAP1:
		return check_mschap1(req, u);
	case AAA_MSCHAP2:
		return check_mschap2(req, u, out);
	case AAA_CHAP:
	case AAA_METHODS:
		break;
	}
	return false;
}

void aaa_refuse(struct aaa_verdict *out, enum aaa_result result, const char *reason,
		const char *text)
{
	secret_zero(out->auth_response, sizeof(out->auth_response));
	out->result = result;
	out->mschap_error = 691;
	out->reason = reason;
	snprintf(out->text, sizeof(out->text), "%s", text);
}

void aaa_local(const struct aaa_request *req, const struct aaa_local_user *user,
	       struct aaa_verdict *out)
{
	const struct aaa_local_user *u = user ? user : &nobody_user;
	bool needs_nt = req->method == AAA_MSCHAP1 || req->method == AAA_MSCHAP2;
	bool ok;

	*out = (struct aaa_verdict){.result = AAA_ERROR};
	if (req->method == AAA_CHAP) {
		aaa_refuse(out, AAA_METHOD_REFUSED, "chap-with-local",
			   "CHAP cannot be checked by LOCAL: it keeps no clear passwords");
		return;
	}
	if (u->stored == AAA_STORED_NONE || (needs_nt && u->stored != AAA_STORED_NT_HASH)) {
		aaa_refuse(out, AAA_NO_CREDENTIAL, "password-without-mschap",
			   "the user's password is not stored with `mschap`");
		return;
	}
	ok = check(req, u, out);
	if (!user)
		aaa_refuse(out, AAA_UNKNOWN_USER, "unknown-user", "there is no such user");
	else if (!ok)
		aaa_refuse(out, AAA_WRONG_PASSWORD, "wrong-password", "the password is wrong");
	else
		out->result = AAA_OK;
}
