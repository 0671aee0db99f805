/*
 * probe_text: the report of the command probe for people: the server, the client systems as
 * a table, the reasons of what fails, warnings. As far as it can be, one screen.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"
#include "probe_para.h"

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
	para_line(label, buf);
}

static void say_reach(const struct probe *p)
{
	if (!p->opt.raw) {
		say_port("UDP 500", p->reach.ike, p->reach.ike_us);
		say_port("UDP 4500", p->reach.natt, p->reach.natt_us);
	}
	para_line("UDP 1701", !p->raw_tried    ? "not tried: the port is in use here"
			      : p->raw_answers ? "answers L2TP without IPsec"
					       : "no L2TP without IPsec");
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

void probe_say_head(const struct probe *p)
{
	if (!p->n_systems)
		return;
	printf("\nClient systems%*s", p->opt.has_psk ? 30 : 0, "");
	if (p->opt.has_psk)
		printf("%7s %7s %7s %7s %7s  ms each\n", "IKE", "ESP", "L2TP", "PPP", "ping");
	else
		printf(": what the server says to the first message of each\n");
}

void probe_say_system(const struct probe_system *s)
{
	if (s->called)
		say_called(s);
	else
		say_asked(s);
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
			para_put(&at, p->systems[i].profile->name, ", ");
	at.separator = ": ";
	if (seen)
		para_text(&at, seen, ". ");
	para_text(&at, fix, NULL);
	para_end();
}

static void say_cause(enum probe_trouble t, const struct probe_result *r)
{
	struct para at = {.at = 2, .indent = 4};
	char seen[NOTE_TEXT + 2];

	printf("  ");
	para_text(&at, probe_layer(t), ": ");
	para_text(&at, probe_cause(t), " ");
	snprintf(seen, sizeof(seen), "(%s)", r->refusal.text);
	if (r->refusal.text[0])
		para_text(&at, seen, NULL);
	para_end();
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

void probe_say_why(const struct probe *p)
{
	bool any = false;

	for (unsigned i = 0; i < p->n_systems; i++)
		any |= p->systems[i].trouble != TROUBLE_NONE;
	if (any)
		printf("\nWhy\n");
	for (int t = TROUBLE_NONE + 1; t < TROUBLE_COUNT; t++)
		say_trouble(p, (enum probe_trouble)t);
}

static void say_warnings(const struct probe *p)
{
	char words[PROBE_WORDS];

	for (unsigned n = 0; probe_warning(p, n, words, sizeof(words)); n++) {
		struct para at = {.at = 2, .indent = 4};

		printf("%s  ", n == 0 ? "\nWarnings\n" : "");
		para_text(&at, words, NULL);
		para_end();
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
	para_line("", probe_fix(t, NULL, fix, sizeof(fix)));
}

void probe_say_reach(const struct probe *p)
{
	char ip[IP_ADDR_TEXT];
	bool named = strcmp(ip_addr_text(&p->opt.server, ip, sizeof(ip)), p->opt.server_text);

	printf("%s%s%s%s\n", p->opt.server_text, named ? " (" : "", named ? ip : "",
	       named ? ")" : "");
	say_reach(p);
	probe_say_announced(p);
}

static void say_sum(const struct probe *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_systems; i++)
		n += p->systems[i].ok;
	printf("\nprobed in %.1f s", (double)p->took_ms / 1000);
	if (p->n_systems)
		printf(": %u of %u systems %s", n, p->n_systems,
		       p->opt.has_psk ? "connect" : "get an answer to their proposal");
	putchar('\n');
}

void probe_say_rest(const struct probe *p)
{
	say_raw(p);
	probe_say_server(p);
	say_warnings(p);
	say_sum(p);
}
