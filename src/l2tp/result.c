/*
 * result: result and error codes of StopCCN and CDN (RFC 2661 section 4.4.2) in
 * words, for notes, and the codes that refuse a message.
 *
 * Called by control.c and the files of the versions. Peer text passes l2tp_printable() first.
 */
#include "state.h"

#include <stdio.h>
#include <string.h>

static const char *const stopccn_results[] = {
	[1] = "general request to clear the control connection",
	[2] = "general error",
	[3] = "control channel already exists",
	[4] = "requester is not authorized",
	[5] = "protocol version not supported",
	[6] = "requester is being shut down",
	[7] = "finite state machine error",
};

static const char *const cdn_results[] = {
	[1] = "carrier lost",
	[2] = "general error",
	[3] = "administrative reasons",
	[4] = "facilities lacking for the moment",
	[5] = "facilities lacking",
	[6] = "invalid destination",
	[7] = "no carrier",
	[8] = "busy signal",
	[9] = "no dial tone",
	[10] = "call not established in time",
	[11] = "no framing detected",
	[13] = "lost the tie breaker",
	[14] = "unsupported pseudowire type",
	[15] = "sequencing without a sublayer that can carry it",
	[16] = "finite state machine error",
};

static const char *const errors[] = {
	[0] = "no general error",
	[1] = "no control connection yet",
	[2] = "length is wrong",
	[3] = "field value out of range",
	[4] = "insufficient resources",
	[5] = "session id invalid here",
	[6] = "vendor-specific error",
	[7] = "try another LNS",
	[8] = "unknown AVP with the M bit",
	[9] = "try another that is named",
	[10] = "next hop unreachable",
	[11] = "next hop busy",
};

#define WORDS(table, i)                                                                            \
	((i) < sizeof(table) / sizeof(*(table)) && (table)[i] ? (table)[i] : "unknown")

const char *stopccn_words(uint16_t result)
{
	return WORDS(stopccn_results, result);
}

const char *cdn_words(uint16_t result)
{
	return WORDS(cdn_results, result);
}

const char *error_words(uint16_t error)
{
	return WORDS(errors, error);
}

void l2tp_printable(struct bytes text, char *out, size_t cap)
{
	size_t n = 0;

	while (text.len && text.p[text.len - 1] == 0)
		text.len--;
	for (; n < text.len && n + 1 < cap; n++)
		out[n] = text.p[n] >= 0x20 && text.p[n] < 0x7f && text.p[n] != '"' ? (char)text.p[n]
										   : '?';
	out[n] = 0;
}

struct bytes l2tp_text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

struct l2tp_result refusal_of_verdict(enum message_verdict verdict)
{
	switch (verdict) {
	case MESSAGE_UNKNOWN_TYPE:
	case MESSAGE_UNKNOWN_AVP:
		return (struct l2tp_result){2, 8, "unknown-mandatory-avp"};
	case MESSAGE_BAD_LENGTH:
		return (struct l2tp_result){2, 2, "avp-length"};
	case MESSAGE_BAD_VALUE:
		return (struct l2tp_result){2, 3, "avp-value"};
	case MESSAGE_MISSING:
		return (struct l2tp_result){2, 3, "avp-missing"};
	case MESSAGE_OK:
	case MESSAGE_BROKEN:
	case MESSAGE_IGNORED:
		break;
	}
	return (struct l2tp_result){2, 0, "general-error"};
}

static const char *const verdict_words[] = {
	[MESSAGE_OK] = "not acceptable",
	[MESSAGE_BROKEN] = "broken",
	[MESSAGE_IGNORED] = "ignored",
	[MESSAGE_UNKNOWN_TYPE] = "unknown message with the M bit",
	[MESSAGE_UNKNOWN_AVP] = "unknown AVP with the M bit",
	[MESSAGE_BAD_LENGTH] = "wrong length of AVP",
	[MESSAGE_BAD_VALUE] = "value out of range in AVP",
	[MESSAGE_MISSING] = "lacks AVP",
};

const char *verdict_text(enum message_verdict verdict)
{
	return verdict_words[verdict];
}

void refusal_text(const struct message_parse *p, char *out, size_t cap)
{
	const char *message = message_name(p->m.type);
	const struct avp_row *row = p->culprit_vendor ? NULL : avp_row(p->culprit);

	if (!message)
		snprintf(out, cap, "%s: type %u", verdict_words[p->verdict], p->m.type);
	else
		snprintf(out, cap, "%s: %s %u (%s), vendor %u", message, verdict_words[p->verdict],
			 p->culprit, row ? row->name : "unknown", p->culprit_vendor);
}

void result_text(const struct l2tp_message *m, char *out)
{
	if (has(m, AVP_RESULT_CODE))
		result_codes_text(m->type, m->result, m->error, m->error_message, out);
	else
		snprintf(out, RESULT_TEXT, "no result code");
}

void result_codes_text(uint16_t type, uint16_t result, uint16_t error, struct bytes message,
		       char *out)
{
	const char *words = type == MSG_CDN ? cdn_words(result) : stopccn_words(result);
	char text[48];

	l2tp_printable(message, text, sizeof(text));
	if (error || text[0])
		snprintf(out, RESULT_TEXT, "result %u (%s), error %u (%s)%s%s", result, words,
			 error, error_words(error), text[0] ? ": " : "", text);
	else
		snprintf(out, RESULT_TEXT, "result %u (%s)", result, words);
}
