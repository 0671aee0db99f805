/*
 * chap: the messages of CHAP, MS-CHAPv1 and MS-CHAPv2.
 *
 * RFC 1994 section 4, RFC 2433 sections 4 and 5, RFC 2759 sections 3 to 6. Called by
 * auth_server and auth_client. Never checks a response: aaa does.
 */
#include <string.h>

#include "auth.h"
#include "base/secret.h"

bool chap_parse_value(struct bytes body, struct bytes *value, struct bytes *name)
{
	struct rd r = rd_of_bytes(body);

	*value = rd_bytes(&r, rd_u8(&r));
	*name = rd_rest(&r);
	return rd_ok(&r) && name->len <= PPP_NAME_MAX;
}

void chap_write_value(struct wr *w, struct bytes value, struct bytes name)
{
	wr_u8(w, (uint8_t)value.len);
	wr_bytes(w, value);
	wr_bytes(w, name);
}

size_t chap_challenge_len(enum ppp_auth method)
{
	return method == PPP_AUTH_MSCHAP1 ? 8 : 16;
}

static const char *split_mschap1(struct rd *r, struct chap_response *out)
{
	rd_skip(r, 24);
	out->response = rd_bytes(r, 24);
	return rd_u8(r) == 1 ? NULL : "it holds only a LAN Manager response";
}

static void split_mschap2(struct rd *r, struct chap_response *out)
{
	out->peer_challenge = rd_bytes(r, 16);
	rd_skip(r, 8);
	out->response = rd_bytes(r, 24);
	rd_skip(r, 1);
}

const char *chap_split_response(enum ppp_auth method, struct bytes value, struct chap_response *out)
{
	struct rd r = rd_of_bytes(value);
	const char *why = NULL;

	memset(out, 0, sizeof(*out));
	if (method == PPP_AUTH_MSCHAP2)
		split_mschap2(&r, out);
	else if (method == PPP_AUTH_MSCHAP1)
		why = split_mschap1(&r, out);
	else
		out->response = rd_bytes(&r, CHAP_MD5_VALUE);
	return rd_done(&r) ? why : "its value has the wrong length";
}

void chap_write_mschap1(struct wr *w, const uint8_t nt_response[24])
{
	wr_zero(w, 24);
	wr_copy(w, nt_response, 24);
	wr_u8(w, 1);
}

void chap_write_mschap2(struct wr *w, const uint8_t peer_challenge[16],
			const uint8_t nt_response[24])
{
	wr_copy(w, peer_challenge, 16);
	wr_zero(w, 8);
	wr_copy(w, nt_response, 24);
	wr_u8(w, 0);
}

static void write_text(struct wr *w, const char *text)
{
	wr_copy(w, text, strlen(text));
}

static void write_hex(struct wr *w, const uint8_t *p, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		wr_u8(w, (uint8_t)hex[p[i] >> 4]);
		wr_u8(w, (uint8_t)hex[p[i] & 15]);
	}
}

static void write_decimal(struct wr *w, unsigned v)
{
	if (v >= 10)
		write_decimal(w, v / 10);
	wr_u8(w, (uint8_t)('0' + v % 10));
}

void auth_write_message(struct wr *w, const char *message, const char *otherwise)
{
	const char *text = message && *message ? message : otherwise;

	for (size_t i = 0; text[i] && i < AUTH_MESSAGE_MAX; i++)
		wr_u8(w, text[i] >= 0x20 && text[i] < 0x7f ? (uint8_t)text[i] : '?');
}

void chap_write_success(struct wr *w, enum ppp_auth method, const struct ppp_verdict *v)
{
	if (method == PPP_AUTH_MSCHAP2) {
		write_text(w, "S=");
		write_hex(w, v->auth_response, sizeof(v->auth_response));
		write_text(w, " M=");
	}
	auth_write_message(w, v->message, "Welcome");
}

void chap_write_failure(struct wr *w, enum ppp_auth method, const struct ppp_verdict *v, bool again,
			const uint8_t new_challenge[16])
{
	bool v2 = method == PPP_AUTH_MSCHAP2;

	if (v2 || method == PPP_AUTH_MSCHAP1) {
		write_text(w, "E=");
		write_decimal(w, v->mschap_error ? v->mschap_error
						 : MSCHAP_ERROR_AUTHENTICATION_FAILURE);
		write_text(w, again ? " R=1 C=" : " R=0 C=");
		write_hex(w, new_challenge, chap_challenge_len(method));
		write_text(w, v2 ? " V=3 M=" : " V=2");
	}
	if (method != PPP_AUTH_MSCHAP1)
		auth_write_message(w, v->message, "Authentication failed");
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool chap_success_matches(struct bytes message, const uint8_t expected[20])
{
	struct rd r = rd_of_bytes(message);
	uint8_t got[20];

	if (rd_u8(&r) != 'S' || rd_u8(&r) != '=')
		return false;
	for (size_t i = 0; i < sizeof(got); i++) {
		int high = hex_digit(rd_u8(&r));
		int low = hex_digit(rd_u8(&r));

		if (high < 0 || low < 0)
			return false;
		got[i] = (uint8_t)(high << 4 | low);
	}
	return rd_ok(&r) && secret_eq(got, expected, sizeof(got));
}
