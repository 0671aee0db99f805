/*
 * ipcp: the IP Control Protocol: one address for each side, and name servers for
 * the client.
 *
 * RFC 1332 (IP-Address; IP-Compression refused), RFC 1877 (DNS, NetBIOS name
 * servers). Called by the automaton and by link. The server gives its client the
 * address that it was assigned and no other.
 */
#include <string.h>

#include "link.h"

static const uint8_t option_type[N_ADDRS] = {3, 129, 131, 130, 132};

static void write_address(struct wr *w, unsigned which, uint32_t ip)
{
	wr_u8(w, option_type[which]);
	wr_u8(w, 6);
	wr_u32(w, ip);
}

static void request(const struct ppp *p, struct wr *w, unsigned which)
{
	bool server = p->cfg.role == PPP_SERVER;

	if (p->ipcp.rejected & 1u << which)
		return;
	if (server && (which != ADDR_IP || p->ipcp.ours[ADDR_IP] == 0))
		return;
	write_address(w, which, p->ipcp.ours[which]);
}

/* What the server has for the client; 0 means that there is none. */
static enum cp_answer judge(struct ppp *p, struct bytes data, struct wr *nak, unsigned which)
{
	struct rd r = rd_of_bytes(data);
	uint32_t ip = rd_u32(&r);
	uint32_t have = p->ipcp.assign[which];

	if (p->cfg.role == PPP_CLIENT || have == 0)
		return CP_ANSWER_REJECT;
	if (rd_done(&r) && ip == have)
		return CP_ANSWER_ACK;
	write_address(nak, which, have);
	return CP_ANSWER_NAK;
}

static bool naked(struct ppp *p, struct bytes data, unsigned which)
{
	struct rd r = rd_of_bytes(data);
	uint32_t ip = rd_u32(&r);

	if (p->cfg.role == PPP_CLIENT && rd_done(&r))
		p->ipcp.ours[which] = ip;
	return true;
}

static bool refused(struct ppp *p, unsigned which)
{
	p->ipcp.rejected |= (uint8_t)(1u << which);
	return true;
}

static enum cp_answer judge_ip(struct ppp *p, struct bytes data, struct wr *nak)
{
	struct rd r = rd_of_bytes(data);
	uint32_t ip = rd_u32(&r);

	p->ipcp.saw_address = true;
	if (p->cfg.role == PPP_SERVER) {
		p->ipcp.scratch = p->ipcp.assign[ADDR_IP];
		return judge(p, data, nak, ADDR_IP);
	}
	if (!rd_done(&r) || ip == 0)
		return CP_ANSWER_REJECT;
	p->ipcp.scratch = ip;
	return CP_ANSWER_ACK;
}

/* RFC 1332 3.3: a client that leaves its address out is told it by a Nak. */
static bool missing(struct ppp *p, struct wr *nak)
{
	if (p->cfg.role == PPP_CLIENT || p->ipcp.saw_address)
		return false;
	write_address(nak, ADDR_IP, p->ipcp.assign[ADDR_IP]);
	return true;
}

#define ADDRESS_OPTION(lower, which)                                                               \
	static void request_##lower(const struct ppp *p, struct wr *w)                             \
	{                                                                                          \
		request(p, w, which);                                                              \
	}                                                                                          \
	static bool naked_##lower(struct ppp *p, uint64_t now_ms, struct bytes data)               \
	{                                                                                          \
		(void)now_ms;                                                                      \
		return naked(p, data, which);                                                      \
	}                                                                                          \
	static bool rejected_##lower(struct ppp *p, uint64_t now_ms)                               \
	{                                                                                          \
		(void)now_ms;                                                                      \
		return refused(p, which);                                                          \
	}

#define SERVER_OPTION(lower, which)                                                                \
	ADDRESS_OPTION(lower, which)                                                               \
	static enum cp_answer judge_##lower(struct ppp *p, struct bytes data, struct wr *nak)      \
	{                                                                                          \
		return judge(p, data, nak, which);                                                 \
	}

ADDRESS_OPTION(ip, ADDR_IP)
SERVER_OPTION(dns1, ADDR_DNS1)
SERVER_OPTION(dns2, ADDR_DNS2)
SERVER_OPTION(wins1, ADDR_WINS1)
SERVER_OPTION(wins2, ADDR_WINS2)

#define ROW(type, name, must, lower)                                                               \
	{                                                                                          \
		type, name, CP_SHOW_ADDRESS, must, request_##lower, judge_##lower, naked_##lower,  \
			rejected_##lower                                                           \
	}

/* In the order in which the client asks (as Windows does). */
static const struct cp_option options[] = {
	{1, "IP-Addresses", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{2, "IP-Compression-Protocol", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	ROW(3, "IP-Address", true, ip),
	ROW(129, "DNS", false, dns1),
	ROW(130, "WINS", false, wins1),
	ROW(131, "DNS", false, dns2),
	ROW(132, "WINS", false, wins2),
};

static void begin(struct ppp *p)
{
	p->ipcp.scratch = 0;
	p->ipcp.saw_address = false;
}

static void accepted(struct ppp *p)
{
	p->ipcp.theirs = p->ipcp.scratch;
}

static void fill_up(const struct ppp *p, struct ppp_up *up)
{
	const struct ipcp *i = &p->ipcp;
	const uint32_t *names = p->cfg.role == PPP_CLIENT ? i->ours : i->assign;

	*up = (struct ppp_up){
		.local_ip = i->ours[ADDR_IP],
		.peer_ip = i->theirs,
		.dns = {names[ADDR_DNS1], names[ADDR_DNS2]},
		.wins = {names[ADDR_WINS1], names[ADDR_WINS2]},
		.peer_mru = p->lcp.theirs.mru,
		.tx_acfc = p->lcp.theirs.acfc,
		.tx_pfc = p->lcp.theirs.pfc,
	};
}

static void up(struct ppp *p, uint64_t now_ms)
{
	struct ppp_up told;
	char local[IP_ADDR_TEXT], peer[IP_ADDR_TEXT];
	struct ip_addr a, b;

	fill_up(p, &told);
	if (p->cfg.role == PPP_CLIENT && (told.local_ip == 0 || p->ipcp.rejected & 1u << ADDR_IP)) {
		link_note(p, NOTE_REFUSED, "ipcp-refused", "IPCP: the server gave no address");
		link_terminate(p, now_ms, "ipcp-refused");
		return;
	}
	a = ip4_addr(told.local_ip);
	b = ip4_addr(told.peer_ip);
	link_note(p, NOTE_CHOICE, "ipcp-up", "IPCP: own address %s, peer's %s, peer's MRU %u",
		  ip_addr_text(&a, local, sizeof(local)), ip_addr_text(&b, peer, sizeof(peer)),
		  told.peer_mru);
	p->is_up = true;
	auth_server_settled(p);
	queue_up(p, &told);
	echo_start(p, now_ms);
}

static void down(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	if (p->is_up)
		queue_plain(p, PPP_ACT_SUSPEND);
	p->is_up = false;
}

/* There is no other network protocol: without IPCP the link has no use. */
static void finished(struct ppp *p, uint64_t now_ms)
{
	bool peer = p->ipcp.cp.heard_terminate;

	if (!p->end_reason)
		link_note(p, NOTE_REFUSED, peer ? "peer-terminated" : "ipcp-timeout",
			  peer ? "IPCP: ended by the peer" : "IPCP: the peer does not answer");
	link_terminate(p, now_ms, peer ? "peer-terminated" : "ipcp-timeout");
}

static void stuck(struct ppp *p, uint64_t now_ms)
{
	link_note(p, NOTE_REFUSED, "ipcp-refused",
		  "IPCP: the peer does not take the address that it is given");
	link_terminate(p, now_ms, "ipcp-refused");
}

/* The peer is silent: perhaps it never saw that it is authenticated. */
static void again(struct ppp *p)
{
	if (p->cfg.role == PPP_SERVER && !p->ipcp.heard)
		auth_server_repeat(p);
}

const struct cp_ops ipcp_ops = {
	.protocol = PROTO_IPCP,
	.name = "IPCP",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.begin = begin,
	.missing = missing,
	.accepted = accepted,
	.stuck = stuck,
	.again = again,
	.up = up,
	.down = down,
	.finished = finished,
};

void ipcp_init(struct ppp *p)
{
	cp_init(&p->ipcp.cp, p, &ipcp_ops);
}

static void open_layer(struct ppp *p, uint64_t now_ms)
{
	p->ipcp.rejected = 0;
	p->ipcp.cp.rounds = 0;
	p->ipcp.cp.naks = 0;
	p->ipcp.cp.heard_terminate = false;
	cp_event(&p->ipcp.cp, now_ms, CP_OPEN, NULL);
	cp_event(&p->ipcp.cp, now_ms, CP_UP, NULL);
}

void ipcp_start(struct ppp *p, uint64_t now_ms)
{
	struct ipcp *i = &p->ipcp;

	i->heard = false;
	i->early_len = 0;
	if (p->cfg.role == PPP_CLIENT) {
		memset(i->ours, 0, sizeof(i->ours));
		open_layer(p, now_ms);
		ipv6cp_start(p, now_ms, NULL);
		return;
	}
	i->waiting = true;
	if (i->asked)
		return;
	i->asked = true;
	queue_plain(p, PPP_ACT_NETWORK);
}

void ipcp_stop(struct ppp *p, uint64_t now_ms)
{
	p->ipcp.waiting = false;
	p->ipcp.stale = p->ipcp.asked;
	p->ipcp.early_len = 0;
	cp_event(&p->ipcp.cp, now_ms, CP_DOWN, NULL);
}

/* RFC 1661 section 5.5: a reason may stand in the data. */
void ipcp_refuse(struct ppp *p, const char *reason)
{
	struct bytes text = {(const uint8_t *)reason, strlen(reason)};

	if (!p->ipcp.waiting)
		return;
	link_send(p, PROTO_IPCP, CODE_TERMINATE_REQUEST, link_next_id(p), text);
	link_note(p, NOTE_REFUSED, "ipcp-closed", "IPCP: refused before it began (%s)", reason);
}

static void replay_early(struct ppp *p, uint64_t now_ms)
{
	struct ipcp *i = &p->ipcp;
	uint8_t copy[IPCP_EARLY_MAX];
	size_t len = i->early_len;

	i->early_len = 0;
	memcpy(copy, i->early, len);
	if (len)
		ipcp_input(p, now_ms, (struct bytes){copy, len});
}

void ipcp_configure(struct ppp *p, uint64_t now_ms, const struct ppp_network *n)
{
	struct ipcp *i = &p->ipcp;

	if (!i->asked)
		return;
	i->asked = false;
	if (i->stale) {
		i->stale = false;
		if (i->waiting)
			ipcp_start(p, now_ms);
		return;
	}
	i->waiting = false;
	if (n->peer_ip == 0) {
		link_note(p, NOTE_REFUSED, "no-address", "there is no address for this user");
		link_terminate(p, now_ms, "no-address");
		return;
	}
	i->ours[ADDR_IP] = n->local_ip;
	i->assign[ADDR_IP] = n->peer_ip;
	for (unsigned k = 0; k < 2; k++) {
		i->assign[ADDR_DNS1 + k] = n->dns[k];
		i->assign[ADDR_WINS1 + k] = n->wins[k];
	}
	open_layer(p, now_ms);
	replay_early(p, now_ms);
	ipv6cp_start(p, now_ms, n);
}

/* While the address is being found, the newest request waits for it. */
static void keep_early(struct ppp *p, struct bytes payload)
{
	struct ipcp *i = &p->ipcp;

	if (payload.len > sizeof(i->early)) {
		link_drop(p, PPP_DROP_STATE);
		return;
	}
	memcpy(i->early, payload.p, payload.len);
	i->early_len = (uint8_t)payload.len;
}

void ipcp_input(struct ppp *p, uint64_t now_ms, struct bytes payload)
{
	struct cp_packet in;

	p->ipcp.heard = true;
	if (!cp_parse(payload, &in))
		link_drop(p, PPP_DROP_SHORT);
	else if (p->ipcp.waiting && in.code == CODE_CONFIGURE_REQUEST)
		keep_early(p, in.whole);
	else
		cp_input(&p->ipcp.cp, now_ms, &in);
}
