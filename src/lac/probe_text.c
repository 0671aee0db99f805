/*
 * probe_text: the report of the command probe for people: the server, the client systems as
 * a table, the reasons of what fails, warnings. As far as it can be, one screen.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define COLUMNS 100
#define LABEL   18 /* width of the left column, its blanks included */

/* ---- wrapped lines ---- */

struct para {
	size_t at, indent;
	const char *separator; /* waits for the next word; NULL: none */
};

static struct para begin(const char *label)
{
	printf("  %-*s", LABEL - 2, label);
	return (struct para){.at = LABEL, .indent = LABEL};
}

/* One word, or a few that stay together. separator, a constant, comes before the next one; its
 * blank becomes the end of the line where that is full. */
static void put(struct para *p, const char *words, const char *separator)
{
	const char *before = p->separator ? p->separator : "";
	size_t gap = strlen(before), len = strlen(words);

	if (p->at + gap + len + 1 > COLUMNS && p->at > p->indent && gap) {
		printf("%.*s\n%*s", (int)(before[gap - 1] == ' ' ? gap - 1 : gap), before,
		       (int)p->indent, "");
		p->at = p->indent;
	} else {
		p->at += (size_t)printf("%s", before);
	}
	p->at += (size_t)printf("%s", words);
	p->separator = separator;
}

static void end(void)
{
	putchar('\n');
}

static void put_text(struct para *p, const char *text, const char *separator)
{
	char copy[PROBE_WORDS + NOTE_TEXT], *save = NULL, *w, *next;

	snprintf(copy, sizeof(copy), "%s", text);
	for (w = strtok_r(copy, " ", &save); w; w = next) {
		next = strtok_r(NULL, " ", &save);
		put(p, w, next ? " " : separator);
	}
}

static void line(const char *label, const char *text)
{
	struct para p = begin(label);

	put_text(&p, text, NULL);
	end();
}

static const char *ms_text(uint32_t us, char *buf, size_t cap)
{
	if (!us)
		snprintf(buf, cap, "-");
	else
		snprintf(buf, cap, us < 100000 ? "%.1f" : "%.0f", (double)us / 1000);
	return buf;
}

/* ---- the way ---- */

static void say_port(const char *label, enum probe_heard h, uint32_t us)
{
	static const char *const words[] = {[HEARD_NOTHING] = "silent",
					    [HEARD_CLOSED] = "closed: nobody listens",
					    [HEARD_CHOSE] = "answers",
					    [HEARD_REFUSED] = "answers (refuses a common offer)",
					    [HEARD_STRANGE] = "answers, but to no offer of ours"};
	char buf[80], ms[16];

	snprintf(buf, sizeof(buf), "%s", words[h]);
	if (h != HEARD_NOTHING && h != HEARD_CLOSED)
		snprintf(buf, sizeof(buf), "%s, %s ms", words[h], ms_text(us, ms, sizeof(ms)));
	line(label, buf);
}

static void say_nat(const struct probe *p)
{
	if (!p->nat_known)
		return;
	line("NAT", p->server_behind_nat && p->we_behind_nat ? "on both sides"
		    : p->server_behind_nat ? "the server is behind NAT, or says so"
		    : p->we_behind_nat
			    ? "we are behind NAT, or the server says so to get ESP in UDP"
			    : "none on the way");
}

static void say_esp50(const struct probe *p)
{
	const struct probe_result *r = &p->suites.esp50;
	char buf[PROBE_WORDS];

	if (!p->suites.done)
		return;
	if (!p->suites.esp50_tried)
		snprintf(buf, sizeof(buf), "not tried: %s", r->refusal.text);
	else if (r->ok)
		snprintf(buf, sizeof(buf), "works");
	else
		snprintf(buf, sizeof(buf), "does not come through: %s",
			 probe_cause(probe_trouble(r, p->reach.natt)));
	line("IP protocol 50", buf);
}

static void say_reach(const struct probe *p)
{
	if (!p->opt.raw) {
		say_port("UDP 500", p->reach.ike, p->reach.ike_us);
		say_port("UDP 4500", p->reach.natt, p->reach.natt_us);
		say_nat(p);
		say_esp50(p);
	}
	line("UDP 1701", !p->raw_tried    ? "not tried: the port is in use here"
			 : p->raw_answers ? "answers L2TP without IPsec"
					  : "no L2TP without IPsec");
}

/* ---- what it offers ---- */

static void say_announced(const struct probe_reach *r)
{
	struct para p = begin("NAT traversal");

	for (int v = 0; v < IKE_NATT_COUNT; v++)
		if (r->natt_versions & 1u << v)
			put(&p, ike_natt_words((enum ike_natt)v), ", ");
	if (!r->natt_versions)
		put(&p, "not announced", NULL);
	end();
	p = begin("extensions");
	put(&p, r->dpd ? "dead peer detection" : "no dead peer detection", ", ");
	put(&p, r->fragmentation ? "IKE fragments" : "no IKE fragments", ", ");
	if (r->xauth)
		put(&p, "XAUTH", NULL);
	end();
	if (r->aggressive != NOT_KNOWN)
		line("Aggressive Mode", r->aggressive == KNOWN_YES ? "answered" : "not answered");
}

/* Those that the lines above do not tell of. */
static bool told_already(const char *vendor)
{
	static const char *const begins[] = {"NAT traversal", "dead peer", "fragmentation",
					     "XAUTH"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(vendor, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void say_vendors(const struct probe_reach *r)
{
	char words[IKE_VENDOR_WORDS];
	struct para p = {0};
	bool any = false;

	for (unsigned i = 0; i < r->n_vendors; i++) {
		if (told_already(ike_vendor_words(&r->vendors[i], words, sizeof(words))))
			continue;
		if (!any)
			p = begin("vendor ids");
		any = true;
		put(&p, words, "; ");
	}
	if (any)
		end();
}

/* "AES256-SHA1-MODP2048" as "MODP2048" and "AES256-SHA1". */
static const char *cut_group(char *suite)
{
	char *dash = strrchr(suite, '-');

	if (!dash)
		return "";
	*dash = 0;
	return dash + 1;
}

static void put_suite(struct para *p, const char *suite, const char *weak)
{
	char words[LAC_WORDS];

	snprintf(words, sizeof(words), "%s%s", suite, *weak ? " (weak)" : "");
	put(p, words, ", ");
}

static void say_ike_suites(const struct probe_offers *o)
{
	char suite[48], weak[64], label[24];
	const char *group;
	struct para p = {0};

	for (unsigned i = 0; i < o->n; i++) {
		const struct ike_policy *at = &o->accepted[i];

		ike_policy_words(at, suite, sizeof(suite));
		group = cut_group(suite);
		if (i == 0 || o->accepted[i - 1].group != at->group) {
			snprintf(label, sizeof(label), "  %s", group);
			p = begin(label);
		}
		put_suite(&p, suite, probe_weak_policy(at, weak, sizeof(weak)));
		if (i + 1 == o->n || o->accepted[i + 1].group != at->group)
			end();
	}
}

static void say_offers(const struct probe_offers *o)
{
	char buf[PROBE_WORDS];

	if (!o->done)
		return;
	snprintf(buf, sizeof(buf), "%u taken, found with %u questions; %s%s", o->n, o->questions,
		 o->refuses_by_notify    ? "others are refused"
		 : o->refuses_by_silence ? "others get no answer"
					 : "",
		 o->stopped_after ? "; NOT COMPLETE: it stopped answering" : "");
	line("IKE suites", buf);
	say_ike_suites(o);
	if (o->life_s)
		snprintf(buf, sizeof(buf), "%u s of %u s that were asked for", o->life_s,
			 PROBE_LIFE_S);
	else
		snprintf(buf, sizeof(buf), "not said in its answers");
	if (o->n)
		line("IKE lifetime", buf);
}

static const char *yes_no(enum probe_known k)
{
	return k == KNOWN_YES ? "yes" : k == KNOWN_NO ? "no" : "not known";
}

static void say_suites(const struct probe_suites *s)
{
	struct para p;
	char words[LAC_WORDS], weak[64], buf[120];

	if (!s->done)
		return;
	p = begin("ESP suites");
	for (unsigned i = 0; i < s->n; i++)
		put_suite(&p, ike_esp_words(&s->accepted[i], words, sizeof(words)),
			  probe_weak_esp(&s->accepted[i], weak, sizeof(weak)));
	if (!s->n)
		put(&p, "none of ours", NULL);
	end();
	snprintf(buf, sizeof(buf), "transport in UDP: %s; transport without: %s; tunnel: %s",
		 yes_no(s->encap), yes_no(s->plain), yes_no(s->tunnel));
	line("ESP modes", buf);
}

static void say_auth(const struct probe_auth *a)
{
	char words[80];

	if (a->done)
		line("PPP", a->none == KNOWN_YES ? "no authentication is asked for"
			    : a->methods ? probe_auth_words(a->methods, words, sizeof(words))
					 : "no method that we have");
}

/* ---- systems ---- */

static uint32_t step_us(const struct probe_result *r, enum lac_state at, enum lac_state from)
{
	return r->at_us[at] ? r->at_us[at] - r->at_us[from] : 0;
}

static void say_steps(const struct probe_result *r)
{
	char a[16], b[16], c[16], d[16], e[16];

	printf("%7s %7s %7s %7s %7s", ms_text(r->at_us[LAC_PHASE2], a, sizeof(a)),
	       ms_text(step_us(r, LAC_TUNNEL, LAC_PHASE2), b, sizeof(b)),
	       ms_text(step_us(r, LAC_PPP, LAC_TUNNEL), c, sizeof(c)),
	       ms_text(step_us(r, LAC_UP, LAC_PPP), d, sizeof(d)),
	       ms_text(r->ping_us, e, sizeof(e)));
}

static void say_called(const struct probe_system *s)
{
	const struct probe_result *r = &s->result;

	printf("  %-36s %-5s", s->profile->system, s->ok ? "ok" : "FAILS");
	say_steps(r);
	if (s->ok)
		printf("  %s, %s, %s\n", r->info.phase1, r->info.phase2,
		       r->info.ppp_auth ? r->info.ppp_auth : "no authentication");
	else
		printf("  %s\n", probe_trouble_name(s->trouble));
}

static void say_asked(const struct probe_system *s)
{
	char words[LAC_WORDS], ms[16];

	if (s->ok)
		printf("  %-36s %-5s%7s  takes %s\n", s->profile->system, "ok",
		       ms_text(s->ike_us, ms, sizeof(ms)),
		       ike_policy_words(&s->chosen, words, sizeof(words)));
	else
		printf("  %-36s %-5s%7s  %s\n", s->profile->system, "FAILS", "",
		       probe_trouble_name(s->trouble));
}

static void say_systems(const struct probe *p)
{
	bool called = p->opt.has_psk && p->n_systems && p->systems[0].called;

	if (!p->n_systems)
		return;
	printf("\nClient systems%*s", called ? 30 : 0, "");
	if (called)
		printf("%7s %7s %7s %7s %7s  ms each\n", "IKE", "ESP", "L2TP", "PPP", "ping");
	else
		printf("%s\n", p->reach.ike == HEARD_NOTHING || p->reach.ike == HEARD_CLOSED
				       ? ""
				       : ": what the server says to the first message of each");
	for (unsigned i = 0; i < p->n_systems; i++) {
		if (called)
			say_called(&p->systems[i]);
		else
			say_asked(&p->systems[i]);
	}
}

/* ---- why ---- */

static bool same_words(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Is the system one of those that are told this? */
static bool is_told(const struct probe_system *s, enum probe_trouble t, const char *seen,
		    const char *fix)
{
	char words[PROBE_WORDS];

	return s->trouble == t && same_words(probe_seen(s->profile, t), seen) &&
	       strcmp(probe_fix(t, s->profile, words, sizeof(words)), fix) == 0;
}

static void list_names(const struct probe *p, enum probe_trouble t, const char *seen,
		       const char *fix)
{
	struct para at = {.at = 4, .indent = 6};

	printf("    ");
	for (unsigned i = 0; i < p->n_systems; i++)
		if (is_told(&p->systems[i], t, seen, fix))
			put(&at, p->systems[i].profile->name, ", ");
	at.separator = ": ";
	if (seen)
		put_text(&at, seen, ". ");
	put_text(&at, fix, NULL);
	end();
}

static void say_cause(enum probe_trouble t, const struct probe_result *r)
{
	struct para at = {.at = 2, .indent = 4};
	char seen[NOTE_TEXT + 2];

	printf("  ");
	put_text(&at, probe_layer(t), ": ");
	put_text(&at, probe_cause(t), " ");
	snprintf(seen, sizeof(seen), "(%s)", r->refusal.text);
	if (r->refusal.text[0])
		put_text(&at, seen, NULL);
	end();
}

/* One cause, and what each of its systems shows and needs. */
static void say_trouble(const struct probe *p, enum probe_trouble t)
{
	char fix[PROBE_WORDS];
	bool said = false;

	for (unsigned i = 0; i < p->n_systems; i++) {
		const struct probe_system *s = &p->systems[i];
		const char *seen = probe_seen(s->profile, t);
		unsigned before = 0;

		if (s->trouble != t)
			continue;
		if (!said)
			say_cause(t, &s->result);
		said = true;
		probe_fix(t, s->profile, fix, sizeof(fix));
		while (before < i && !is_told(&p->systems[before], t, seen, fix))
			before++;
		if (before == i)
			list_names(p, t, seen, fix);
	}
}

static void say_why(const struct probe *p)
{
	for (int t = TROUBLE_NONE + 1; t < TROUBLE_COUNT; t++)
		say_trouble(p, (enum probe_trouble)t);
}

static void say_warnings(const struct probe *p)
{
	char words[PROBE_WORDS];

	for (unsigned n = 0; probe_warning(p, n, words, sizeof(words)); n++) {
		struct para at = {.at = 2, .indent = 4};

		printf("%s  ", n == 0 ? "\nWarnings\n" : "");
		put_text(&at, words, NULL);
		end();
	}
}

static void say_raw(const struct probe *p)
{
	enum probe_trouble t = probe_raw_trouble(p);
	char fix[PROBE_WORDS];

	if (!p->opt.raw)
		return;
	printf("\nL2TP without IPsec  ms: IKE     ESP    L2TP     PPP    ping\n  %-21s",
	       p->raw.ok ? "ok" : "FAILS");
	say_steps(&p->raw);
	printf("  %s\n", p->raw.ok && p->raw.info.ppp_auth ? p->raw.info.ppp_auth : "");
	if (t == TROUBLE_NONE)
		return;
	say_cause(t, &p->raw);
	line("", probe_fix(t, NULL, fix, sizeof(fix)));
}

void probe_print(const struct probe *p)
{
	char ip[IP_ADDR_TEXT];

	ip_addr_text(&p->opt.server, ip, sizeof(ip));
	printf("%s%s%s%s, probed in %.1f s\n", p->opt.server_text,
	       strcmp(ip, p->opt.server_text) ? " (" : "", strcmp(ip, p->opt.server_text) ? ip : "",
	       strcmp(ip, p->opt.server_text) ? ")" : "", (double)p->took_ms / 1000);
	say_reach(p);
	if (p->reach.ike == HEARD_CHOSE || p->offers.n) {
		say_announced(&p->reach);
		say_vendors(&p->reach);
	}
	say_offers(&p->offers);
	say_suites(&p->suites);
	say_auth(&p->auth);
	say_systems(p);
	if (probe_status(p) != 0 && p->n_systems) {
		printf("\nWhy\n");
		say_why(p);
	}
	say_raw(p);
	say_warnings(p);
	fflush(stdout);
}
