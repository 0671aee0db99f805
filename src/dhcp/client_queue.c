/*
 * client_queue: the DHCP client's queued actions and the sentences of its story.
 *
 * Called by client.c and client_act.c. A fixed ring: what no step of the automaton can fill when
 * its actions are taken after each input.
 */
#include <stdio.h>

#include "base/addr.h"
#include "client_i.h"

#define QUEUE_RESERVE 4 /* for what must not be lost */

/* Before SERVER between ADDRESS after; without "between", before alone. */
static const struct {
	enum note_kind kind;
	const char *reason, *before, *between, *after;
} sayings[N_SAYINGS] = {
	[SAY_OFFER] = {NOTE_CHOICE, "dhcp-offer", "DHCP server ", " offers ", ""},
	[SAY_OTHER] = {NOTE_REFUSED, "dhcp-other-address", "DHCP server ", " offers ",
		       ", not the address that is wanted"},
	[SAY_REFUSED] = {NOTE_REFUSED, "dhcp-refused", "DHCP server ", " refuses ", " (DHCPNAK)"},
	[SAY_SILENT] = {NOTE_RETRY, "dhcp-no-answer", "DHCP server ", " offered ",
			" and does not confirm it: asking anew"},
	[SAY_TAKEN] = {NOTE_REFUSED, "dhcp-address-taken", "DHCP server ", " gave ",
		       ", which somebody else uses already"},
	[SAY_NOBODY] = {NOTE_RETRY, "dhcp-no-server", "no DHCP server answers: asking again", NULL,
			NULL},
	[SAY_REBIND] = {NOTE_RETRY, "dhcp-rebinding", "DHCP server ", " does not renew ",
			": asking all servers"},
};

struct step *client_push(struct dhcp_client *c, enum dhcp_client_act_kind kind)
{
	bool must =
		kind == DHCP_CLIENT_PROBE || kind == DHCP_CLIENT_LEASE || kind == DHCP_CLIENT_LOST;
	struct step *s;

	if (c->n >= (must ? CLIENT_QUEUE : CLIENT_QUEUE - QUEUE_RESERVE)) {
		c->stats.acts_refused++;
		return NULL;
	}
	s = &c->queue[(c->head + c->n++) % CLIENT_QUEUE];
	*s = (struct step){.kind = kind};
	return s;
}

void client_say(struct dhcp_client *c, enum saying what, uint32_t server, uint32_t ip)
{
	struct step *s = client_push(c, DHCP_CLIENT_NOTE);

	if (!s)
		return;
	s->say = what;
	s->server = server;
	s->ip = ip;
}

void client_note_write(const struct step *s, struct note *note)
{
	struct ip_addr server = ip4_addr(s->server), ip = ip4_addr(s->ip);
	char server_text[IP_ADDR_TEXT], ip_text[IP_ADDR_TEXT];

	note->kind = sayings[s->say].kind;
	note->reason = sayings[s->say].reason;
	if (!sayings[s->say].between) {
		snprintf(note->text, sizeof(note->text), "%s", sayings[s->say].before);
		return;
	}
	snprintf(note->text, sizeof(note->text), "%s%s%s%s%s", sayings[s->say].before,
		 ip_addr_text(&server, server_text, sizeof(server_text)), sayings[s->say].between,
		 ip_addr_text(&ip, ip_text, sizeof(ip_text)), sayings[s->say].after);
}
