/*
 * message3: control messages to and from struct l2tp3_message, RFC 3931 sections 5.1
 * to 5.4 and 6, through the rows of avp_catalogue3.c.
 *
 * Called by l2tp3.c (parse), connection.c and session.c (write). A parse changes
 * nothing but its output. An AVP that is known is used whatever its M bit says, one
 * that is malformed counts as unknown (sections 5.2 and 7.1).
 */
#include "message3.h"

#include <stdio.h>

#include "state.h"

#define MIRROR_VERSION 1 /* Draft AVP Version of a Cisco peer that sent none */

struct parse_run {
	struct message3_parse *out;
	struct avp_reveal reveal;
};

/* The first fault is the one that is told. */
static void fault(struct parse_run *run, enum message_verdict verdict, uint16_t vendor,
		  uint16_t type)
{
	if (run->out->verdict != MESSAGE_OK)
		return;
	run->out->verdict = verdict;
	run->out->culprit_vendor = vendor;
	run->out->culprit = type;
}

static void read_result(struct l2tp3_message *m, struct bytes value)
{
	struct rd r = rd_of_bytes(value);

	m->result = rd_u16(&r);
	if (rd_left(&r) < 2)
		return;
	m->error = rd_u16(&r);
	m->error_message = rd_rest(&r);
}

static void read_known(struct parse_run *run, enum avp3 avp, const struct avp *a)
{
	const struct avp3_row *row = avp3_row(avp);
	struct l2tp3_message *m = &run->out->m;

	if (row->kind == AVP_KIND_VECTOR)
		run->reveal.random_vector = a->value;
	else if (has3(m, avp))
		return;
	else if (row->kind == AVP_KIND_RESULT)
		read_result(m, a->value);
	else
		avp_field_read(row->kind, a->value, (uint8_t *)m + row->field);
	m->present |= AVP3_BIT(avp);
}

static void read_avp(struct parse_run *run, struct avp *a)
{
	enum avp3 avp = avp3_find(a->vendor, a->type);
	struct l2tp3_message *m = &run->out->m;

	m->cisco |= a->vendor == CISCO;
	if (a->vendor == CISCO && a->type == CISCO_DRAFT_VERSION && a->value.len == 2)
		avp_field_read(AVP_KIND_U16, a->value, &m->cisco_version);
	if (avp == AVP3_COUNT) {
		if (a->mandatory && !avp3_passed_over(a->vendor, a->type))
			fault(run, MESSAGE_UNKNOWN_AVP, a->vendor, a->type);
		return;
	}
	if (a->hidden && (!avp3_row(avp)->may_hide || !avp_reveal(&run->reveal, a))) {
		if (a->mandatory)
			fault(run, MESSAGE_UNKNOWN_AVP, a->vendor, a->type);
		return;
	}
	if (a->value.len < avp3_row(avp)->min_len || a->value.len > avp3_row(avp)->max_len) {
		if (a->mandatory)
			fault(run, MESSAGE_BAD_LENGTH, a->vendor, a->type);
		return;
	}
	read_known(run, avp, a);
}

static bool cookie_len_ok(size_t len)
{
	return len == 0 || len == 4 || len == 8;
}

/* Values without a meaning, and what is missing. */
static void check_whole(struct parse_run *run)
{
	struct l2tp3_message *m = &run->out->m;
	uint32_t missing = message3_required(m->type) & ~m->present;

	if (missing)
		fault(run, MESSAGE_MISSING, 0, avp3_row((enum avp3)__builtin_ctz(missing))->type);
	if (has3(m, AVP3_COOKIE) && !cookie_len_ok(m->cookie.len))
		fault(run, MESSAGE_BAD_LENGTH, 0, avp3_row(AVP3_COOKIE)->type);
	if (m->type == MSG_STOPCCN || m->type == MSG_CDN)
		return;
	if (has3(m, AVP3_CONNECTION_ID) && m->connection_id == 0)
		fault(run, MESSAGE_BAD_VALUE, 0, avp3_row(AVP3_CONNECTION_ID)->type);
	if (has3(m, AVP3_LOCAL_SESSION_ID) && m->local_session_id == 0)
		fault(run, MESSAGE_BAD_VALUE, 0, avp3_row(AVP3_LOCAL_SESSION_ID)->type);
	if (has3(m, AVP3_SUBLAYER) && m->sublayer > L2TP3_SUBLAYER_DEFAULT)
		fault(run, MESSAGE_BAD_VALUE, 0, avp3_row(AVP3_SUBLAYER)->type);
	if (has3(m, AVP3_DATA_SEQUENCING) && m->sequencing > L2TP3_SEQUENCE_ALL)
		fault(run, MESSAGE_BAD_VALUE, 0, avp3_row(AVP3_DATA_SEQUENCING)->type);
}

void message3_parse(struct bytes body, struct bytes hide_key, uint8_t *scratch,
		    struct message3_parse *out)
{
	struct parse_run run = {.out = out, .reveal = {.secret = hide_key, .scratch = scratch}};
	struct rd r = rd_of_bytes(body);
	struct avp a;

	*out = (struct message3_parse){0};
	if (!avp_chain_ok(body)) {
		out->verdict = MESSAGE_BROKEN;
		return;
	}
	avp_next(&r, &a);
	out->m.mandatory = a.mandatory;
	read_known(&run, AVP3_MESSAGE_TYPE, &a);
	while (avp_next(&r, &a) == AVP_NEXT)
		read_avp(&run, &a);
	if (!message3_name(out->m.type)) {
		out->verdict = out->m.mandatory ? MESSAGE_UNKNOWN_TYPE : MESSAGE_IGNORED;
		out->culprit = out->culprit_vendor = 0;
		return;
	}
	check_whole(&run);
}

static void write_value(struct wr *w, const struct l2tp3_message *m, const struct avp3_row *row)
{
	if (row->kind == AVP_KIND_RESULT)
		avp_result_write(w, m->result, m->error, m->error_message);
	else
		avp_field_write(w, row->kind, (const uint8_t *)m + row->field);
}

static void write_avp(struct wr *w, const struct l2tp3_message *m, const struct avp3_row *row)
{
	size_t start = avp_begin(w, row->mandatory, row->type);

	write_value(w, m, row);
	avp_end(w, start);
}

/* Cisco's own, without M: who does not know them passes them over. */
static void write_cisco(struct wr *w, const struct l2tp3_message *m, uint16_t type,
			const struct avp3_row *row)
{
	size_t start = avp_begin(w, false, type);

	wr_put16(w, start + 2, CISCO);
	if (row)
		write_value(w, m, row);
	else
		wr_u16(w, m->cisco_version ? m->cisco_version : MIRROR_VERSION);
	avp_end(w, start);
}

void message3_write(struct wr *w, const struct l2tp3_message *m)
{
	write_avp(w, m, avp3_row(AVP3_MESSAGE_TYPE));
	for (unsigned i = AVP3_MESSAGE_DIGEST; i < AVP3_COUNT; i++) {
		const struct avp3_row *row = avp3_row((enum avp3)i);

		if ((m->present & AVP3_BIT(i)) && row->kind != AVP_KIND_VECTOR &&
		    row->kind != AVP_KIND_FLAG)
			write_avp(w, m, row);
	}
	if (!m->cisco)
		return;
	for (unsigned i = AVP3_MESSAGE_DIGEST; i < AVP3_COUNT; i++) {
		const struct avp3_row *row = avp3_row((enum avp3)i);

		if ((m->present & AVP3_BIT(i)) && row->mirrored)
			write_cisco(w, m, (uint16_t)row->cisco, row);
	}
	if (m->type == MSG_SCCRQ || m->type == MSG_SCCRP)
		write_cisco(w, m, CISCO_DRAFT_VERSION, NULL);
}

bool pw_capable(struct bytes capabilities, uint16_t pw_type)
{
	struct rd r = rd_of_bytes(capabilities);

	while (rd_left(&r) >= 2)
		if (rd_u16(&r) == pw_type)
			return true;
	return false;
}

void refusal3_text(const struct message3_parse *p, char *out, size_t cap)
{
	const char *message = message3_name(p->m.type);
	enum avp3 avp = avp3_find(p->culprit_vendor, p->culprit);

	if (!message)
		snprintf(out, cap, "%s: type %u", verdict_text(p->verdict), p->m.type);
	else if (p->verdict == MESSAGE_OK)
		snprintf(out, cap, "%s", message);
	else
		snprintf(out, cap, "%s: %s %u (%s), vendor %u", message, verdict_text(p->verdict),
			 p->culprit, avp < AVP3_COUNT ? avp3_row(avp)->name : "unknown",
			 p->culprit_vendor);
}

const char *refusal3_fix(const char *reason)
{
	static const char *const fixes[][2] = {
		{"pseudowire-type", "; set the router's pseudowire to Ethernet or Ethernet VLAN"},
		{"sequencing-without-sublayer",
		 "; give the router the L2-specific sublayer, or turn its sequencing off"},
		{"no-digest-secret",
		 "; take the digest secret off the router, or set the same one here"},
		{"call-direction", "; the router must ask for the session itself"},
		{"no-resources", "; as many as are allowed are there already"},
		{"unknown-mandatory-avp", "; turn off at the router what this AVP is for"},
	};

	for (unsigned i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++)
		if (strcmp(fixes[i][0], reason) == 0)
			return fixes[i][1];
	return "";
}
