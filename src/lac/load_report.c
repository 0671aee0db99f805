/*
 * load_report: what a run of the load generator came to: a line a second on stderr, at the end
 * a table or a JSON object on stdout. Called by load_main.c. Only reads.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "call.h"
#include "load.h"

#define US_A_SECOND   1e6
#define LIMIT_PERCENT 90 /* of its threads: the generator was the limit */

/* Figures of the time with traffic. */
struct figures {
	double seconds, cpu_percent;
	struct load_stats traffic; /* what was counted in it */
	struct load_stats drained; /* the same and what still came */
	double ups_a_second;
};

static uint64_t more(const struct load_stats *now, const struct load_stats *before,
		     enum load_count which)
{
	return now->n[which] - before->n[which];
}

static double per_second(uint64_t n, double seconds)
{
	return seconds > 0 ? (double)n / seconds : 0;
}

static double mbit(uint64_t octets, double seconds)
{
	return per_second(octets * 8, seconds) / 1e6;
}

static double ms(uint64_t us)
{
	return (double)us / 1000;
}

static struct load_stats between(const struct load_stats *now, const struct load_stats *before)
{
	struct load_stats d = *now;

	for (unsigned i = 0; i < LOAD_COUNTS; i++)
		d.n[i] -= before->n[i];
	load_hist_subtract(&d.setup, &before->setup);
	load_hist_subtract(&d.rtt, &before->rtt);
	return d;
}

static double lost_percent(const struct load_stats *s)
{
	uint64_t sent = s->n[COUNT_UDP_SENT], got = s->n[COUNT_UDP_RECEIVED];

	return sent > got ? 100.0 * (double)(sent - got) / (double)sent : 0;
}

static bool udp_echoes(const struct load_run *r)
{
	return r->opt->traffic.kind == LOAD_UDP && r->opt->traffic.direction == LOAD_ECHO;
}

/* ---- progress ---- */

void load_progress(const struct load_run *r, const struct load_moment *before,
		   const struct load_moment *now)
{
	const struct load_stats *s = &now->stats, *b = &before->stats;
	double seconds = (double)(now->at_us - before->at_us) / US_A_SECOND;
	struct load_hist rtt = s->rtt;

	load_hist_subtract(&rtt, &b->rtt);
	fprintf(stderr,
		"%.0f s: up %llu dialling %llu failed %llu | %.0f set-ups/s | out %.1f Mbit/s %.0f "
		"packets/s | in %.1f Mbit/s %.0f packets/s",
		(double)(now->at_us - r->start.at_us) / US_A_SECOND,
		(unsigned long long)s->n[COUNT_NOW_UP],
		(unsigned long long)s->n[COUNT_NOW_DIALLING],
		(unsigned long long)(s->n[COUNT_FAILED] + s->n[COUNT_LOST]),
		per_second(more(s, b, COUNT_UPS), seconds),
		mbit(more(s, b, COUNT_OCTETS_OUT), seconds),
		per_second(more(s, b, COUNT_PACKETS_OUT), seconds),
		mbit(more(s, b, COUNT_OCTETS_IN), seconds),
		per_second(more(s, b, COUNT_PACKETS_IN), seconds));
	if (rtt.count)
		fprintf(stderr, " | rtt ms p50 %.2f p99 %.2f", ms(load_hist_quantile_us(&rtt, 500)),
			ms(load_hist_quantile_us(&rtt, 990)));
	if (udp_echoes(r))
		fprintf(stderr, " | not back %llu",
			(unsigned long long)(s->n[COUNT_UDP_SENT] - s->n[COUNT_UDP_RECEIVED]));
	fprintf(stderr, "\n");
}

/* ---- the end ---- */

static void work_out(const struct load_run *r, struct figures *f)
{
	double setup_s =
		((double)r->up.stats.n[COUNT_LAST_UP_US] - (double)r->start.at_us) / US_A_SECOND;

	f->traffic = between(&r->end.stats, &r->up.stats);
	f->drained = between(&r->drained.stats, &r->up.stats);
	f->seconds = (double)(r->end.at_us - r->up.at_us) / US_A_SECOND;
	f->ups_a_second = per_second(r->up.stats.n[COUNT_UPS], setup_s > 0 ? setup_s : 0);
	f->cpu_percent = f->seconds > 0 ? 100.0 * (double)(r->end.cpu_us - r->up.cpu_us) /
						  US_A_SECOND / f->seconds / r->opt->threads
					: 0;
}

/* While the calls were set up. */
static double setup_cpu_percent(const struct load_run *r)
{
	double wall = (double)r->up.stats.n[COUNT_LAST_UP_US] - (double)r->start.at_us;

	return wall > 0 ? 100.0 * (double)(r->up.cpu_us - r->start.cpu_us) / wall / r->opt->threads
			: 0;
}

static void say_times(const char *what, const struct load_hist *h)
{
	if (h->count)
		printf("%-22s p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, most %.2f ms (%llu)\n", what,
		       ms(load_hist_quantile_us(h, 500)), ms(load_hist_quantile_us(h, 900)),
		       ms(load_hist_quantile_us(h, 990)), ms(h->max_us),
		       (unsigned long long)h->count);
}

static void say_calls(const struct load_run *r, const struct figures *f)
{
	const struct load_stats *s = &r->last.stats;

	printf("clients                %u, up at the end of the set-up %llu, of the traffic %llu\n",
	       r->opt->clients, (unsigned long long)r->up.stats.n[COUNT_NOW_UP],
	       (unsigned long long)r->end.stats.n[COUNT_NOW_UP]);
	printf("dials                  %llu: up %llu, failed %llu; lost %llu; %.1f set-ups a "
	       "second\n",
	       (unsigned long long)s->n[COUNT_DIALS], (unsigned long long)s->n[COUNT_UPS],
	       (unsigned long long)s->n[COUNT_FAILED], (unsigned long long)s->n[COUNT_LOST],
	       f->ups_a_second);
	printf("hung up                %llu, without an answer %llu, vanished %llu\n",
	       (unsigned long long)s->n[COUNT_HUNG_UP], (unsigned long long)s->n[COUNT_UNHEARD],
	       (unsigned long long)s->n[COUNT_VANISHED]);
	if (r->storm_us && r->recovered_us)
		printf("storm                  all up again after %.2f s\n",
		       (double)r->recovered_us / US_A_SECOND);
	else if (r->storm_us)
		printf("storm                  not all came up again\n");
	say_times("set-up", &s->setup);
}

static void say_reasons(const struct load_run *r)
{
	const struct load_stats *s = &r->last.stats;
	char words[600];

	for (unsigned i = 0; i < LOAD_REASONS_MAX && s->reasons[i].reason; i++) {
		const struct load_reason *one = &s->reasons[i];

		call_in_words(one->reason, one->reached,
			      one->refusal.kind == NOTE_REFUSED ? &one->refusal : NULL, words,
			      sizeof(words));
		printf("  %8llu  %s: %s\n", (unsigned long long)one->count, one->reason, words);
	}
	for (unsigned i = 0; i < LOAD_DROPS_MAX && s->drops[i].name; i++)
		printf("  %8llu  packets dropped by clients: %s\n",
		       (unsigned long long)s->drops[i].count, s->drops[i].name);
	if (s->n[COUNT_REFUSED])
		printf("  %8llu  datagrams that our kernel did not take\n",
		       (unsigned long long)s->n[COUNT_REFUSED]);
}

static void say_traffic(const struct load_run *r, const struct figures *f)
{
	const struct load_stats *s = &f->traffic, *d = &f->drained;

	printf("traffic                %.1f s: out %.1f Mbit/s, %.0f packets/s; in %.1f Mbit/s, "
	       "%.0f "
	       "packets/s\n",
	       f->seconds, mbit(s->n[COUNT_OCTETS_OUT], f->seconds),
	       per_second(s->n[COUNT_PACKETS_OUT], f->seconds),
	       mbit(s->n[COUNT_OCTETS_IN], f->seconds),
	       per_second(s->n[COUNT_PACKETS_IN], f->seconds));
	if (r->opt->traffic.kind == LOAD_TCP)
		printf("TCP                    up %.1f Mbit/s, down %.1f Mbit/s; sent again %llu, "
		       "timeouts %llu, early %llu\n",
		       mbit(s->n[COUNT_TCP_ACKED], f->seconds),
		       mbit(s->n[COUNT_TCP_RECEIVED], f->seconds),
		       (unsigned long long)s->n[COUNT_TCP_SENT_AGAIN],
		       (unsigned long long)s->n[COUNT_TCP_TIMEOUTS],
		       (unsigned long long)s->n[COUNT_TCP_EARLY]);
	if (r->opt->traffic.kind == LOAD_UDP)
		printf("UDP                    sent %llu",
		       (unsigned long long)d->n[COUNT_UDP_SENT]);
	if (udp_echoes(r))
		printf(", echoed %llu, lost %.3f %%, out of order %llu",
		       (unsigned long long)d->n[COUNT_UDP_RECEIVED], lost_percent(d),
		       (unsigned long long)d->n[COUNT_UDP_LATE]);
	if (r->opt->traffic.kind == LOAD_UDP)
		printf("\n");
	if (r->opt->traffic.ping_s)
		printf("pings                  sent %llu, answered %llu\n",
		       (unsigned long long)d->n[COUNT_PINGS_SENT],
		       (unsigned long long)d->n[COUNT_PINGS_ANSWERED]);
	say_times("round trip", &d->rtt);
}

static void say_cpu(const struct load_run *r, const struct figures *f)
{
	double most = f->cpu_percent > setup_cpu_percent(r) ? f->cpu_percent : setup_cpu_percent(r);

	printf("generator              CPU %.0f %% of %u threads while dialling, %.0f %% with "
	       "traffic%s\n",
	       setup_cpu_percent(r), r->opt->threads, f->cpu_percent,
	       most >= LIMIT_PERCENT ? ": the generator was the limit" : "");
}

/* ---- JSON ---- */

static json_t *json_times(const struct load_hist *h)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)h->count, "p50",
			 (json_int_t)load_hist_quantile_us(h, 500), "p90",
			 (json_int_t)load_hist_quantile_us(h, 900), "p99",
			 (json_int_t)load_hist_quantile_us(h, 990), "max", (json_int_t)h->max_us);
}

static void json_counts(json_t *to, const struct load_stats *s, const char *const names[],
			enum load_count first)
{
	for (unsigned i = 0; names[i]; i++)
		json_object_set_new(to, names[i], json_integer((json_int_t)s->n[first + i]));
}

static json_t *json_calls(const struct load_run *r, const struct figures *f)
{
	static const char *const names[] = {"dials",   "up",      "failed",   "lost",
					    "hung_up", "unheard", "vanished", NULL};
	json_t *o = json_object();

	json_counts(o, &r->last.stats, names, COUNT_DIALS);
	json_object_set_new(o, "setups_per_second", json_real(f->ups_a_second));
	json_object_set_new(o, "up_after_setup",
			    json_integer((json_int_t)r->up.stats.n[COUNT_NOW_UP]));
	json_object_set_new(o, "up_at_end", json_integer((json_int_t)r->end.stats.n[COUNT_NOW_UP]));
	json_object_set_new(o, "setup_us", json_times(&r->last.stats.setup));
	if (r->storm_us)
		json_object_set_new(o, "storm_recovered_us",
				    r->recovered_us ? json_integer((json_int_t)r->recovered_us)
						    : json_null());
	return o;
}

/* The words of a peer may be no UTF-8, which JSON is. */
static json_t *json_words(const char *text)
{
	json_t *s = json_string(text);

	return s ? s : json_string("(not text)");
}

static json_t *json_reasons(const struct load_run *r)
{
	const struct load_stats *s = &r->last.stats;
	json_t *list = json_array();

	for (unsigned i = 0; i < LOAD_REASONS_MAX && s->reasons[i].reason; i++) {
		const struct load_reason *one = &s->reasons[i];
		json_t *o =
			json_pack("{s:s, s:s, s:I}", "reason", one->reason, "reached",
				  lac_state_name(one->reached), "count", (json_int_t)one->count);

		if (one->refusal.kind == NOTE_REFUSED)
			json_object_set_new(o, "detail", json_words(one->refusal.text));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *json_drops(const struct load_run *r)
{
	const struct load_stats *s = &r->last.stats;
	json_t *o = json_object();

	for (unsigned i = 0; i < LOAD_DROPS_MAX && s->drops[i].name; i++)
		json_object_set_new(o, s->drops[i].name,
				    json_integer((json_int_t)s->drops[i].count));
	return o;
}

/* Counts of the time with traffic; those of UDP, pings and round trips with what still came. */
static json_t *json_traffic(const struct load_run *r, const struct figures *f)
{
	static const char *const path[] = {
		"packets_out",  "octets_out",     "packets_in", "octets_in", "datagrams_out",
		"datagrams_in", "kernel_refused", "strangers",  "others",    NULL};
	static const char *const udp[] = {"udp_sent",   "udp_received",   "udp_late",
					  "pings_sent", "pings_answered", NULL};
	static const char *const tcp[] = {"tcp_opened",      "tcp_ended",      "tcp_octets_up",
					  "tcp_octets_down", "tcp_sent_again", "tcp_timeouts",
					  "tcp_early",       "tcp_dropped",    NULL};
	json_t *o = json_object();

	json_object_set_new(o, "seconds", json_real(f->seconds));
	json_counts(o, &f->traffic, path, COUNT_PACKETS_OUT);
	json_counts(o, &f->drained, udp, COUNT_UDP_SENT);
	json_counts(o, &f->traffic, tcp, COUNT_TCP_OPENED);
	json_object_set_new(o, "mbit_out",
			    json_real(mbit(f->traffic.n[COUNT_OCTETS_OUT], f->seconds)));
	json_object_set_new(o, "mbit_in",
			    json_real(mbit(f->traffic.n[COUNT_OCTETS_IN], f->seconds)));
	if (udp_echoes(r))
		json_object_set_new(o, "udp_lost_percent", json_real(lost_percent(&f->drained)));
	json_object_set_new(o, "rtt_us", json_times(&f->drained.rtt));
	return o;
}

static void report_json(const struct load_run *r, const struct figures *f)
{
	double setup = setup_cpu_percent(r);
	json_t *o = json_pack(
		"{s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:{s:f, s:f, s:f, s:f, s:b}}", "clients",
		(int)r->opt->clients, "threads", (int)r->opt->threads, "interrupted",
		(int)r->interrupted, "calls", json_calls(r, f), "failures", json_reasons(r),
		"traffic", json_traffic(r, f), "client_drops", json_drops(r), "generator",
		"setup_cpu_percent", setup, "traffic_cpu_percent", f->cpu_percent, "setup_cpu_s",
		(double)(r->up.cpu_us - r->start.cpu_us) / US_A_SECOND, "traffic_cpu_s",
		(double)(r->end.cpu_us - r->up.cpu_us) / US_A_SECOND, "limit",
		(int)(f->cpu_percent >= LIMIT_PERCENT || setup >= LIMIT_PERCENT));

	if (o)
		json_dumpf(o, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(o);
}

void load_report(const struct load_run *r)
{
	struct figures *f = calloc(1, sizeof(*f));

	if (!f)
		return;
	work_out(r, f);
	if (r->opt->json) {
		report_json(r, f);
	} else {
		say_calls(r, f);
		say_reasons(r);
		say_traffic(r, f);
		say_cpu(r, f);
	}
	fflush(stdout);
	free(f);
}
