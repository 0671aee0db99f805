/*
 * Rows: virtual hubs and their SecureNAT (softether.md; DESIGN.md section 1).
 * Data for the schema; called by parse.c and print.c only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "print.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ()-_#%&."

static bool set_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	const struct cfg_hub *known = config_hub(c, w->text);
	struct cfg_hub *h;

	parse_mark(p, MARK_HUB, w);
	if (known) {
		parse_enter(p, MODE_HUB, (unsigned)(known - c->hubs));
		return true;
	}
	if (strspn(w->text, NAME_CHARS) != w->len)
		return parse_error(p, w->column,
				   "NAME: the name of a hub has letters, digits, spaces and "
				   "()-_#%%&.");
	h = parse_grow(p, &c->hubs, &c->n_hubs, sizeof(*h), CFG_HUBS_MAX, w->column, "hubs");
	if (!h)
		return false;
	name_copy(h->name, w);
	h->online = true;
	h->engine = CFG_ENGINE_KERNEL;
	parse_enter(p, MODE_HUB, c->n_hubs - 1);
	return true;
}

static bool unset_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	const struct cfg_hub *h = config_hub(c, w->text);

	if (!h)
		return parse_error(p, w->column, "there is no hub \"%s\"", w->text);
	hub_free_inside(&c->hubs[h - c->hubs]);
	parse_remove(&c->hubs, &c->n_hubs, sizeof(*h), (unsigned)(h - c->hubs));
	return true;
}

static void print_hubs(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_hubs; i++)
		print_mode(w, c, MODE_HUB, &c->hubs[i], true, "hub %s",
			   print_name(w, c->hubs[i].name));
}

static bool set_online(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_hub *)obj)->online = m->cap[0].number == 0;
	return true;
}

/* `no offline` is online and `no online` is offline. */
static bool unset_online(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_hub *)obj)->online = m->cap[0].number == 1;
	return true;
}

static void print_online(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (!((const struct cfg_hub *)obj)->online)
		print_line(w, "offline");
}

static bool set_rename(struct parse *p, void *obj, const struct grammar_match *m)
{
	const char *name = ((const struct cfg_hub *)obj)->name;

	return parse_error(p, m->cap[0].word.column,
			   "a hub cannot be renamed: its name is in what its users type. Make the "
			   "hub \"%s\" and then `no hub %s`",
			   m->cap[0].word.text, name);
}

static bool set_max_session(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_hub *)obj)->max_sessions = m->cap[0].number;
	return true;
}

static bool unset_max_session(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->max_sessions = 0;
	return true;
}

static void print_max_session(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (((const struct cfg_hub *)obj)->max_sessions)
		print_line(w, "max-session %u", ((const struct cfg_hub *)obj)->max_sessions);
}

static bool set_no_enum(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->no_enum = true;
	return true;
}

static bool unset_no_enum(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->no_enum = false;
	return true;
}

static void print_no_enum(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (((const struct cfg_hub *)obj)->no_enum)
		print_line(w, "no-enum");
}

static bool set_host(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint32_t ip = m->cap[0].number, prefix = m->cap[1].number;
	uint32_t host = prefix ? (uint32_t)(UINT32_MAX >> (prefix & 31)) : UINT32_MAX;
	struct cfg_hub *h = obj;

	if (ip == 0 || prefix < 8 || prefix > 30)
		return parse_error(p, m->cap[1].word.column,
				   "MASK: the segment of a hub is a /8 to a /30");
	if ((ip & host) == 0 || (ip & host) == host)
		return parse_error(p, m->cap[0].word.column,
				   "IP: the first or last address of the segment cannot be a "
				   "host's");
	h->host_ip = ip;
	h->prefix = (uint8_t)prefix;
	return true;
}

static bool unset_host(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub *h = obj;

	(void)p;
	(void)m;
	h->host_ip = 0;
	h->prefix = 0;
	return true;
}

static void print_host(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;

	(void)c;
	if (h->host_ip)
		print_line(w, "secure-nat host %s %s", print_ip(w, h->host_ip),
			   print_mask(w, h->prefix));
}

static bool set_nat(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_hub *)obj)->nat = m->cap[0].number == 0;
	return true;
}

static bool unset_nat(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->nat = false;
	return true;
}

static void print_nat(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (((const struct cfg_hub *)obj)->nat)
		print_line(w, "secure-nat nat enable");
}

static bool set_engine(struct parse *p, void *obj, const struct grammar_match *m)
{
	if (m->cap[0].number == 1)
		return parse_error(p, m->cap[0].word.column,
				   "the engine `user` comes with a later version; use `kernel`");
	((struct cfg_hub *)obj)->engine = CFG_ENGINE_KERNEL;
	return true;
}

static bool unset_engine(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->engine = CFG_ENGINE_KERNEL;
	return true;
}

static bool set_securenat(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_hub *)obj)->securenat = m->cap[0].number == 0;
	return true;
}

static bool unset_securenat(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->securenat = false;
	return true;
}

static void print_securenat(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (((const struct cfg_hub *)obj)->securenat)
		print_line(w, "secure-nat enable");
}

/* What Linux takes as a name, less what cannot be a way out; NULL or what is wrong. */
static const char *wrong_interface(const struct grammar_word *w)
{
	if (w->len > CFG_INTERFACE_MAX)
		return "the name of an interface has at most 15 octets";
	if (strpbrk(w->text, "/: \t") || strcmp(w->text, ".") == 0 || strcmp(w->text, "..") == 0)
		return "want the name of a network interface, as `ip link` shows it";
	if (strcmp(w->text, "lo") == 0)
		return "`lo` leads nowhere: want an interface of the LAN, as `ip link` shows it";
	if (strncmp(w->text, "sk-", 3) == 0)
		return "interfaces sk-... are the hubs' own: want one of the LAN";
	return NULL;
}

static bool set_bridge(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	const char *wrong = wrong_interface(w);
	struct cfg_hub *h = obj;

	if (wrong)
		return parse_error(p, w->column, "INTERFACE: %s", wrong);
	memset(h->bridge, 0, sizeof(h->bridge));
	memcpy(h->bridge, w->text, w->len);
	return true;
}

static bool unset_bridge(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub *h = obj;

	if (m->cap[0].set && strcmp(m->cap[0].word.text, h->bridge) != 0)
		return parse_error(p, m->cap[0].word.column,
				   "the hub \"%s\" is not bridged to \"%s\"", h->name,
				   m->cap[0].word.text);
	memset(h->bridge, 0, sizeof(h->bridge));
	return true;
}

static void print_bridge(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;

	(void)c;
	if (h->bridge[0])
		print_line(w, "bridge %s", print_name(w, h->bridge));
}

/* "2001:db8::/56" into its upper half and length; NULL or what is wrong. */
static const char *prefix6_of(const struct grammar_word *w, uint64_t *net, uint8_t *len)
{
	const char *slash = strchr(w->text, '/');
	char text[IP_ADDR_TEXT], *end = NULL;
	struct ip_addr addr;
	uint64_t high = 0, low = 0;
	long bits;

	if (!slash || (size_t)(slash - w->text) >= sizeof(text))
		return "want an IPv6 prefix: 2001:db8:1::/48";
	snprintf(text, sizeof(text), "%.*s", (int)(slash - w->text), w->text);
	bits = strtol(slash + 1, &end, 10);
	if (!ip_addr_parse(text, &addr) || addr.family != 6 || *end || slash[1] < '1' ||
	    slash[1] > '9')
		return "want an IPv6 prefix: 2001:db8:1::/48";
	if (bits < 32 || bits > 63)
		return "each session gets a /64 of its own (RFC 8273), so want a /32 to a /63: a "
		       "/56 is enough for 255 sessions";
	for (unsigned i = 0; i < 8; i++) {
		high = high << 8 | addr.ip[i];
		low |= addr.ip[8 + i];
	}
	if (low || high & UINT64_MAX >> bits)
		return "the address has bits behind the prefix length";
	if (high >> 61 != 1 && high >> 57 != 0xfc >> 1)
		return "want a global (2000::/3) or unique local (fc00::/7) prefix";
	*net = high;
	*len = (uint8_t)bits;
	return NULL;
}

static bool set_prefix6(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct cfg_hub *h = obj;
	const char *wrong = prefix6_of(w, &h->net6, &h->prefix6);

	return !wrong || parse_error(p, w->column, "PREFIX: %s", wrong);
}

static bool unset_prefix6(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_hub *h = obj;

	(void)p;
	(void)m;
	h->net6 = 0;
	h->prefix6 = 0;
	return true;
}

static void print_prefix6(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;
	struct ip_addr addr = {.family = 6};
	char text[IP_ADDR_TEXT];

	(void)c;
	for (unsigned i = 0; i < 8; i++)
		addr.ip[i] = (uint8_t)(h->net6 >> (56 - 8 * i));
	if (h->prefix6)
		print_line(w, "ipv6 prefix %s/%u", ip_addr_text(&addr, text, sizeof(text)),
			   h->prefix6);
}

static bool set_dns6(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct ip_addr addr[CFG_HUB_DNS6_MAX];
	struct cfg_hub *h = obj;
	unsigned n = 0;

	for (unsigned i = 0; i < CFG_HUB_DNS6_MAX; i++) {
		const struct grammar_word *w = &m->cap[i].word;

		if (!m->cap[i].set)
			continue;
		if (!ip_addr_parse(w->text, &addr[n]) || addr[n].family != 6 ||
		    addr[n].ip[0] == 0xff)
			return parse_error(p, w->column, "\"%s\" is not an IPv6 address of a host",
					   w->text);
		n++;
	}
	memcpy(h->dns6, addr, n * sizeof(addr[0]));
	h->n_dns6 = n;
	return true;
}

static bool unset_dns6(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_hub *)obj)->n_dns6 = 0;
	return true;
}

static void print_dns6(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_hub *h = obj;
	char text[CFG_HUB_DNS6_MAX][IP_ADDR_TEXT];

	(void)c;
	for (unsigned i = 0; i < h->n_dns6; i++)
		ip_addr_text(&h->dns6[i], text[i], sizeof(text[i]));
	if (h->n_dns6)
		print_line(w, "ipv6 dns-server %s%s%s", text[0], h->n_dns6 > 1 ? " " : "",
			   h->n_dns6 > 1 ? text[1] : "");
}

static const struct row rows[] = {
	{MODE_GLOBAL, "hub NAME", "hub NAME", "A virtual hub: an Ethernet switch for sessions",
	 "NAME=its name, in any case", true, set_hub, unset_hub, print_hubs},
	{MODE_HUB, "{online|offline}", "{online|offline}",
	 "Does the hub take sessions; default online", NULL, false, set_online, unset_online,
	 print_online},
	{MODE_HUB, "max-session SESSIONS<0-4294967294>", "max-session [SESSIONS<0-4294967294>]",
	 "How many sessions the hub takes; default 0, no limit", "SESSIONS=0 is no limit", false,
	 set_max_session, unset_max_session, print_max_session},
	{MODE_HUB, "no-enum", "no-enum",
	 "Who is not the administrator of the whole server is not told that the hub exists", NULL,
	 false, set_no_enum, unset_no_enum, print_no_enum},
	{MODE_HUB, "bridge INTERFACE", "bridge [INTERFACE]",
	 "The way out of the hub is a LAN: sessions are hosts of it, with addresses from its DHCP "
	 "server unless they have pools; instead of SecureNAT",
	 "INTERFACE=a network interface or a Linux bridge of this server", false, set_bridge,
	 unset_bridge, print_bridge},
	{MODE_HUB, "rename NAME", NULL, "Refused, with what to do instead", "NAME=another name",
	 false, set_rename, NULL, NULL},
	{MODE_HUB, "secure-nat host IP MASK", "secure-nat host [IP] [MASK]",
	 "The virtual host of SecureNAT: the gateway of the hub's segment",
	 "IP=its address;MASK=the segment's subnet mask", false, set_host, unset_host, print_host},
	{MODE_HUB, "secure-nat nat {enable|disable}", "secure-nat nat [enable]",
	 "Translate addresses of what leaves; default disable (routed)", NULL, false, set_nat,
	 unset_nat, print_nat},
	{MODE_HUB, "secure-nat engine {kernel|user}", "secure-nat engine [{kernel|user}]",
	 "Who forwards: the kernel (TAP and nftables), or this program", NULL, false, set_engine,
	 unset_engine, NULL},
	{MODE_HUB, "secure-nat {enable|disable}", "secure-nat [enable]",
	 "The way out of the hub; default disable", NULL, false, set_securenat, unset_securenat,
	 print_securenat},
	{MODE_HUB, "ipv6 prefix PREFIX", "ipv6 prefix [PREFIX]",
	 "IPv6 for the sessions: each gets a /64 of this prefix, which must be routed to this "
	 "server; needs SecureNAT; IPv6 is routed, never translated",
	 "PREFIX=a /32 to a /63, as 2001:db8:1::/48;ipv6=IPv6 of the sessions;"
	 "prefix=what their addresses come from",
	 false, set_prefix6, unset_prefix6, print_prefix6},
	{MODE_HUB, "ipv6 dns-server SERVER [SERVER2]", "ipv6 dns-server [SERVER [SERVER2]]",
	 "IPv6 addresses of name servers, told by router advertisements (RFC 8106)",
	 "SERVER=an IPv6 address;SERVER2=another;ipv6=IPv6 of the sessions;"
	 "dns-server=name servers",
	 false, set_dns6, unset_dns6, print_dns6},
};

const struct topic topic_hub = TOPIC(rows);
