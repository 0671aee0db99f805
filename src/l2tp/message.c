/*
 * message: control messages to and from struct l2tp_message, RFC 2661 sections
 * 4.1 to 4.4 and 6, through the rows of avp_catalogue.c.
 *
 * Called by l2tp.c (parse), tunnel.c and call.c (write). A parse changes nothing
 * but its output. Apple's byte-swapped Result Code is read here (clients.md 2.2).
 */
#include "message.h"

#define RESULT_ERROR_LAST 31 /* IANA has given out fewer than 20 */
#define RESULT_VERSION    5  /* StopCCN: the error is the highest version supported (4.4.2) */

struct parse_run {
	struct message_parse *out;
	struct avp_reveal reveal;
};

/* The first fault is the one that is told. */
static void fault(struct parse_run *run, enum message_verdict verdict, const struct avp *a)
{
	if (run->out->verdict != MESSAGE_OK)
		return;
	run->out->verdict = verdict;
	run->out->culprit_vendor = a->vendor;
	run->out->culprit = a->type;
}

/* Result, then Error Code and text when they are there. An Apple result is little
 * endian, and what stands behind it is left over from another message: as is an error
 * that no registry knows (but for result 5, where it is a protocol version). */
static void read_result(struct l2tp_message *m, struct rd *r)
{
	uint16_t error;

	m->result = rd_u16(r);
	if (m->result > 0xff && (m->result & 0xff) == 0) {
		m->result = (uint16_t)(m->result >> 8);
		return;
	}
	if (rd_left(r) < 2)
		return;
	error = rd_u16(r);
	if (error > RESULT_ERROR_LAST && m->result != RESULT_VERSION)
		return;
	m->error = error;
	m->error_message = rd_rest(r);
}

static void read_field(struct parse_run *run, const struct avp_row *row, const struct avp *a)
{
	struct l2tp_message *m = &run->out->m;
	uint8_t *field = (uint8_t *)m + row->field;
	struct rd r = rd_of_bytes(a->value);

	if (row->kind == AVP_KIND_RESULT)
		read_result(m, &r);
	else if (row->kind == AVP_KIND_VECTOR)
		run->reveal.random_vector = a->value;
	else
		avp_field_read(row->kind, a->value, field);
}

static void read_avp(struct parse_run *run, struct avp *a)
{
	const struct avp_row *row = a->vendor || a->reserved ? NULL : avp_row(a->type);
	struct l2tp_message *m = &run->out->m;

	if (!row || (a->hidden && (!row->may_hide || !avp_reveal(&run->reveal, a)))) {
		if (a->mandatory)
			fault(run, MESSAGE_UNKNOWN_AVP, a);
		return;
	}
	if (a->value.len < row->min_len || a->value.len > row->max_len) {
		if (a->mandatory)
			fault(run, MESSAGE_BAD_LENGTH, a);
		return;
	}
	if (!has(m, (enum avp_type)a->type) || row->kind == AVP_KIND_VECTOR)
		read_field(run, row, a);
	m->present |= AVP_BIT(a->type);
}

/* Values that RFC 2661 gives no meaning, and what section 6 requires. */
static void check_whole(struct parse_run *run)
{
	struct l2tp_message *m = &run->out->m;
	uint64_t missing = message_required(m->type) & ~m->present;
	struct avp a = {0};

	if (missing) {
		a.type = (uint16_t)__builtin_ctzll(missing);
		fault(run, MESSAGE_MISSING, &a);
	}
	if (m->type == MSG_STOPCCN || m->type == MSG_CDN)
		return;
	a.type = AVP_ASSIGNED_TUNNEL_ID;
	if (has(m, AVP_ASSIGNED_TUNNEL_ID) && m->assigned_tunnel_id == 0)
		fault(run, MESSAGE_BAD_VALUE, &a);
	a.type = AVP_ASSIGNED_SESSION_ID;
	if (has(m, AVP_ASSIGNED_SESSION_ID) && m->assigned_session_id == 0)
		fault(run, MESSAGE_BAD_VALUE, &a);
}

void message_parse(struct bytes body, struct bytes secret, uint8_t *scratch,
		   struct message_parse *out)
{
	struct parse_run run = {.out = out, .reveal = {.secret = secret, .scratch = scratch}};
	struct rd r = rd_of_bytes(body);
	bool first = true;
	struct avp a;

	*out = (struct message_parse){0};
	if (!avp_chain_ok(body)) {
		out->verdict = MESSAGE_BROKEN;
		return;
	}
	while (avp_next(&r, &a) == AVP_NEXT) {
		if (first)
			out->m.mandatory = a.mandatory;
		else if (out->n_order < MESSAGE_ORDER && !a.vendor && a.type < AVP_TYPES)
			out->order[out->n_order++] = (uint8_t)a.type;
		first = false;
		read_avp(&run, &a);
	}
	if (!message_name(out->m.type)) {
		out->verdict = out->m.mandatory ? MESSAGE_UNKNOWN_TYPE : MESSAGE_IGNORED;
		out->culprit = AVP_MESSAGE_TYPE;
		return;
	}
	check_whole(&run);
}

/* Apple: 8 octets, of which the first two are the result, little endian, and the
 * others what stood in memory. */
static void write_swapped(struct wr *w, uint16_t result)
{
	wr_u16(w, (uint16_t)(result << 8 | result >> 8));
	wr_u32(w, 0xdeadbeef);
	wr_u16(w, 0x0102);
}

static void write_avp(struct wr *w, const struct l2tp_message *m, unsigned type)
{
	const struct avp_row *row = avp_row(type);
	const uint8_t *field = (const uint8_t *)m + row->field;
	size_t start = avp_begin(w, row->mandatory, (uint16_t)type);

	if (row->kind != AVP_KIND_RESULT)
		avp_field_write(w, row->kind, field);
	else if (m->swapped_result)
		write_swapped(w, m->result);
	else
		avp_result_write(w, m->result, m->error, m->error_message);
	avp_end(w, start);
}

void message_write(struct wr *w, const struct l2tp_message *m)
{
	uint64_t left = m->present & ~AVP_BIT(AVP_RANDOM_VECTOR) & ~AVP_BIT(AVP_MESSAGE_TYPE);

	write_avp(w, m, AVP_MESSAGE_TYPE);
	for (const uint8_t *type = m->order; type && *type; type++) {
		if (left & AVP_BIT(*type))
			write_avp(w, m, *type);
		left &= ~AVP_BIT(*type);
	}
	for (unsigned type = 1; type < AVP_TYPES; type++)
		if ((left & AVP_BIT(type)) && avp_row(type))
			write_avp(w, m, type);
	wr_bytes(w, m->tail);
}
