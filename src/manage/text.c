/*
 * text: prints JSON answers for people. Called by command. Knows no state of
 * the server: what is not in the JSON cannot be printed.
 */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct out {
	FILE *f;
	char *text;
	size_t len;
};

static bool out_open(struct out *o)
{
	*o = (struct out){0};
	o->f = open_memstream(&o->text, &o->len);
	return o->f != NULL;
}

static char *out_close(struct out *o)
{
	fclose(o->f);
	return o->text;
}

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && *s ? s : "-";
}

static long long num(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static bool yes(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static void clock_text(long long seconds, char *buf, size_t cap)
{
	snprintf(buf, cap, "%lldd %02lldh:%02lldm:%02llds", seconds / 86400, seconds / 3600 % 24,
		 seconds / 60 % 60, seconds % 60);
}

static void wall_text(long long when, char *buf, size_t cap)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!when || !gmtime_r(&t, &tm) || !strftime(buf, cap, "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(buf, cap, "-");
}

/* Who gave the session its address; of the segment's DHCP server, which and for how long. */
static void one_address(FILE *f, const json_t *s)
{
	const json_t *lease = json_object_get(s, "lease");
	char left[40] = "";

	fprintf(f, "Address from : %s", str(s, "address_from"));
	if (json_is_object(lease)) {
		if (json_is_integer(json_object_get(lease, "ends_in_s")))
			clock_text(num(lease, "ends_in_s"), left, sizeof(left));
		fprintf(f, ", DHCP server %s (%s%s%s)", str(lease, "server"), str(lease, "state"),
			*left ? ", ends in " : "", left);
	}
	fprintf(f, "\n");
}

static void one_session(FILE *f, const json_t *s)
{
	char login[40], duration[40], idle[40];

	wall_text(num(s, "login_time"), login, sizeof(login));
	clock_text(num(s, "duration_s"), duration, sizeof(duration));
	clock_text(num(s, "inactivity_s"), idle, sizeof(idle));
	fprintf(f, "\nUsername     : %-22s Index        : %lld\n", str(s, "user"), num(s, "index"));
	fprintf(f, "Assigned IP  : %-22s Public IP    : %s\n", str(s, "assigned_ip"),
		str(s, "public_ip"));
	if (json_object_get(s, "assigned_ipv6"))
		fprintf(f, "Assigned IPv6: %s\n", str(s, "assigned_ipv6"));
	one_address(f, s);
	fprintf(f, "Protocol     : %s\n", str(s, "protocol"));
	fprintf(f, "Client       : %-22s Host name    : %s\n", str(s, "client"),
		str(s, "host_name"));
	fprintf(f, "Encryption   : %-22s Hashing      : %s\n", str(s, "encryption"),
		str(s, "hashing"));
	fprintf(f, "Auth         : %-22s State        : %s\n", str(s, "auth"), str(s, "state"));
	fprintf(f, "Bytes Tx     : %-22lld Bytes Rx     : %lld\n", num(s, "bytes_tx"),
		num(s, "bytes_rx"));
	fprintf(f, "Pkts Tx      : %-22lld Pkts Rx      : %lld\n", num(s, "packets_tx"),
		num(s, "packets_rx"));
	fprintf(f, "Group Policy : %-22s Tunnel Group : %s\n", str(s, "group_policy"),
		str(s, "tunnel_group"));
	fprintf(f, "Hub          : %s\n", str(s, "hub"));
	fprintf(f, "Login Time   : %s\n", login);
	fprintf(f, "Duration     : %-22s Inactivity   : %s\n", duration, idle);
}

/* docs/QUIRKS.md says what each of the names means. */
static void one_client(FILE *f, const json_t *s)
{
	const json_t *quirks = json_object_get(s, "quirks"), *q;
	const char *version = json_string_value(json_object_get(s, "client_version"));
	size_t i;

	fprintf(f, "Client System: %s%s%s%s\n", str(s, "client"), version && *version ? " (" : "",
		version ? version : "", version && *version ? ")" : "");
	fprintf(f, "  by L2TP    : %-22s by PPP       : %s\n", str(s, "l2tp_client"),
		str(s, "ppp_client"));
	fprintf(f, "  quirks     :");
	json_array_foreach(quirks, i, q) fprintf(f, " %s", json_string_value(q));
	fprintf(f, "%s\n", json_array_size(quirks) ? "" : " none");
	fprintf(f, "NAT          : %-22s Public Port  : %lld\n", str(s, "nat"),
		num(s, "public_port"));
	fprintf(f, "Tunnel ID    : %-22lld Session ID   : %lld\n", num(s, "tunnel_id"),
		num(s, "session_id"));
	fprintf(f, "Drops Tx     : %-22lld Drops Rx     : %lld\n", num(s, "drops_tx"),
		num(s, "drops_rx"));
}

char *text_sessions_head(const json_t *summary)
{
	struct out o;

	if (!out_open(&o))
		return NULL;
	fprintf(o.f,
		"Session Type: L2TP over IPsec\n"
		"Active: %lld   Cumulative: %lld   Peak Concurrent: %lld\n",
		num(summary, "active"), num(summary, "cumulative"), num(summary, "peak"));
	return out_close(&o);
}

char *text_sessions(const json_t *sessions, bool detail)
{
	struct out o;
	const json_t *s;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(sessions, i, s)
	{
		one_session(o.f, s);
		if (detail)
			one_client(o.f, s);
	}
	return out_close(&o);
}

char *text_ikev1_sas(const json_t *sas)
{
	struct out o;
	const json_t *s;
	size_t i, active = 0;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(sas, i, s) active += strstr(str(s, "state"), "M_ACTIVE") != NULL;
	fprintf(o.f, "IKEv1 SAs:\n\n   Active SA: %zu\n   Half-open: %zu\nTotal IKE SA: %zu\n",
		active, json_array_size(sas) - active, json_array_size(sas));
	json_array_foreach(sas, i, s)
	{
		fprintf(o.f, "\n%zu   IKE Peer: %s\n", i + 1, str(s, "peer"));
		fprintf(o.f, "    Type    : user            Role    : %s\n", str(s, "role"));
		fprintf(o.f, "    Rekey   : no              State   : %s\n", str(s, "state"));
		fprintf(o.f, "    Encrypt : %-15s Hash    : %s\n", str(s, "encrypt"),
			str(s, "hash"));
		fprintf(o.f, "    Auth    : %-15s Group   : %lld\n", str(s, "auth"),
			num(s, "group"));
		fprintf(o.f, "    Lifetime: %-15lld Remaining: %lld\n", num(s, "lifetime_s"),
			num(s, "remaining_s"));
		fprintf(o.f, "    NAT-T   : %-15s Client  : %s\n",
			yes(s, "nat_traversal") ? "yes" : "no", str(s, "client"));
	}
	if (json_array_size(sas) == 0)
		fprintf(o.f, "\nThere are no IKEv1 SAs\n");
	return out_close(&o);
}

static void one_ipsec(FILE *f, const json_t *s)
{
	const char *encap = yes(s, "udp_encapsulation") ? "NAT-T-Encaps, " : "";

	fprintf(f, "\ncurrent_peer: %s, username: %s\n", str(s, "peer"), str(s, "user"));
	fprintf(f, "    local crypto endpt.: %s, remote crypto endpt.: %s/%lld\n", str(s, "local"),
		str(s, "peer"), num(s, "peer_port"));
	for (int in = 1; in >= 0; in--) {
		fprintf(f, "    %s esp sas:\n      spi: %s\n", in ? "inbound" : "outbound",
			str(s, in ? "inbound_spi" : "outbound_spi"));
		fprintf(f, "         transform: esp-%s esp-%s-hmac\n", str(s, "encryption"),
			str(s, "hashing"));
		fprintf(f, "         in use settings ={RA, %s, %sIKEv1, }\n",
			strcmp(str(s, "mode"), "tunnel") == 0 ? "Tunnel" : "Transport", encap);
		fprintf(f, "         sa timing: remaining key lifetime (kB/sec): (%lld/%lld)\n",
			num(s, "lifetime_kb"), num(s, "remaining_s"));
		if (in)
			fprintf(f, "         replay detection support: Y, window %lld\n",
				num(s, "replay_window"));
	}
}

char *text_ipsec_sas(const json_t *sas)
{
	struct out o;
	const json_t *s;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(sas, i, s) one_ipsec(o.f, s);
	if (json_array_size(sas) == 0)
		fprintf(o.f, "There are no ipsec sas\n");
	return out_close(&o);
}

static void one_pool(FILE *f, const json_t *p)
{
	const json_t *a;
	size_t i;

	fprintf(f, "Pool %s\n%-15s %-15s %-15s %8s %8s %8s\n", str(p, "name"), "Begin", "End",
		"Mask", "Free", "Held", "In use");
	fprintf(f, "%-15s %-15s %-15s %8lld %8d %8lld\n", str(p, "begin"), str(p, "end"),
		str(p, "mask"), num(p, "size") - num(p, "in_use"), 0, num(p, "in_use"));
	json_array_foreach(json_object_get(p, "addresses"), i, a)
		fprintf(f, "  %-15s %s\n", str(a, "ip"), str(a, "user"));
}

char *text_pools(const json_t *pools)
{
	struct out o;
	const json_t *p;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(pools, i, p) one_pool(o.f, p);
	return out_close(&o);
}

static void one_way_out(FILE *f, const json_t *out)
{
	if (!json_is_object(out))
		fprintf(f, "  Way out    : none\n");
	else if (strcmp(str(out, "kind"), "bridge") == 0)
		fprintf(f, "  Way out    : bridge %s, %s%s%s\n", str(out, "interface"),
			str(out, "state"), json_is_string(json_object_get(out, "why")) ? ": " : "",
			json_is_string(json_object_get(out, "why")) ? str(out, "why") : "");
	else
		fprintf(f, "  Way out    : %s %s, host %s/%lld, NAT %s, IPv6 %s\n",
			str(out, "kind"), str(out, "interface"), str(out, "host"),
			num(out, "prefix"), yes(out, "nat") ? "on" : "off",
			yes(out, "ipv6") ? "on" : "off");
}

static void one_hub(FILE *f, const json_t *h)
{
	char login[40], limit[32] = "no limit";

	wall_text(num(h, "last_login"), login, sizeof(login));
	if (num(h, "max_sessions"))
		snprintf(limit, sizeof(limit), "at most %lld", num(h, "max_sessions"));
	fprintf(f, "Hub %s%s%s\n", str(h, "name"), yes(h, "default") ? " (default)" : "",
		yes(h, "enumerable") ? "" : " (no-enum)");
	fprintf(f, "  State      : %-18s Sessions : %lld (%s)\n", str(h, "state"),
		num(h, "sessions"), limit);
	fprintf(f, "  Users      : %-18lld Groups   : %lld\n", num(h, "users"), num(h, "groups"));
	fprintf(f, "  Access     : %-18lld Options  : %lld set\n", num(h, "access_rules"),
		num(h, "options_set"));
	one_way_out(f, json_object_get(h, "way_out"));
	fprintf(f, "  Last login : %s\n", login);
}

char *text_hubs(const json_t *hubs)
{
	struct out o;
	const json_t *h;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(hubs, i, h) one_hub(o.f, h);
	if (json_array_size(hubs) == 0)
		fprintf(o.f, "There are no hubs\n");
	return out_close(&o);
}

static void one_service(FILE *f, const char *name, const json_t *s)
{
	const json_t *by = json_object_get(s, "switched_on_by"), *b;
	size_t i;

	fprintf(f, "%-32s: %s", name, str(s, "state"));
	if (yes(s, "enabled"))
		fprintf(f, ", address %s", str(s, "address"));
	fprintf(f, "\n");
	json_array_foreach(by, i, b) fprintf(f, "  switched on by `%s`\n", json_string_value(b));
	if (json_is_string(json_object_get(s, "waits_because")))
		fprintf(f, "  %s: tried again each second\n", str(s, "waits_because"));
}

char *text_services(const json_t *services)
{
	struct out o;

	if (!out_open(&o))
		return NULL;
	one_service(o.f, "L2TP over IPsec", json_object_get(services, "l2tp_ipsec"));
	one_service(o.f, "Raw L2TP", json_object_get(services, "l2tp_raw"));
	one_service(o.f, "EtherIP and L2TPv3 over IPsec", json_object_get(services, "etherip"));
	fprintf(o.f, "%-32s: %s\n", "Pre-shared key (DefaultRAGroup)",
		yes(services, "pre_shared_key") ? "set" : "not set");
	fprintf(o.f, "%-32s: %s\n", "Default hub", str(services, "default_hub"));
	return out_close(&o);
}

char *text_configured(const json_t *data)
{
	struct out o;
	const json_t *m;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(json_object_get(data, "messages"), i, m)
	{
		if (num(m, "line"))
			fprintf(o.f, "line %lld, column %lld: ", num(m, "line"), num(m, "column"));
		fprintf(o.f, "%s%s\n", yes(m, "warning") ? "warning: " : "", str(m, "text"));
	}
	fprintf(o.f, "%s\n",
		yes(data, "applied") ? "the lines are in force" : "nothing was changed");
	if (json_object_get(data, "waits_because"))
		fprintf(o.f, "a service waits: %s\n", str(data, "waits_because"));
	return out_close(&o);
}

char *text_counters(const json_t *counters)
{
	struct out o;
	const char *group, *name;
	json_t *values, *v;

	if (!out_open(&o))
		return NULL;
	json_object_foreach((json_t *)counters, group, values)
	{
		fprintf(o.f, "%s:\n", group);
		json_object_foreach(values, name, v)
		{
			if (json_integer_value(v))
				fprintf(o.f, "  %-32s %lld\n", name,
					(long long)json_integer_value(v));
		}
	}
	return out_close(&o);
}

char *text_version(const json_t *v)
{
	struct out o;
	char up[40];

	if (!out_open(&o))
		return NULL;
	clock_text(num(v, "uptime_s"), up, sizeof(up));
	fprintf(o.f, "Sekisho %s\nHostname: %s\nUptime: %s\nWorkers: %lld\n", str(v, "version"),
		str(v, "hostname"), up, num(v, "workers"));
	return out_close(&o);
}

static void one_story(FILE *f, const json_t *s)
{
	const json_t *n;
	char when[40];
	size_t i;

	wall_text(num(s, "began"), when, sizeof(when));
	fprintf(f, "Attempt %lld from %s, user %s, client %s, %s: %s\n", num(s, "attempt"),
		str(s, "from"), str(s, "user"), str(s, "client"), when, str(s, "outcome"));
	json_array_foreach(json_object_get(s, "notes"), i, n)
		fprintf(f, "  %+8.3f s  %-8s %s\n", (double)num(n, "at_ms") / 1000, str(n, "kind"),
			str(n, "text"));
	if (json_object_get(s, "cause"))
		fprintf(f, "  Cause: %s (%s)\n", str(s, "cause_text"), str(s, "cause"));
	if (json_object_get(s, "fix"))
		fprintf(f, "  Fix:   %s\n", str(s, "fix"));
	if (json_object_get(s, "windows_shows"))
		fprintf(f, "  Windows shows error %s for this.\n", str(s, "windows_shows"));
	fprintf(f, "\n");
}

char *text_explain(const json_t *stories)
{
	struct out o;
	const json_t *s;
	size_t i;

	if (!out_open(&o))
		return NULL;
	json_array_foreach(stories, i, s) one_story(o.f, s);
	if (json_array_size(stories) == 0)
		fprintf(o.f, "Nobody tried to connect. If a client shows \"no response\" (Windows: "
			     "809), its packets do not arrive:\nopen UDP 500 and 4500 on every "
			     "firewall and forward both on the router in front of this server.\n");
	return out_close(&o);
}
