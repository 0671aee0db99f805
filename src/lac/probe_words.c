/*
 * probe_words: a failed connection in words: what went wrong, what the user of that system
 * sees of it (clients.md 1.1, 3.5; Microsoft's lists of RAS errors), the likely cause and what
 * to do about it. Called by the reports of the command probe. src/core/advice.c has the
 * words of a server that knows its own configuration; here is any server, seen from outside.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

enum family { WINDOWS, WINDOWS_XP, APPLE, ANDROID, LINUX, CHROMEOS, MIKROTIK, OTHER, FAMILIES };

static enum family family_of(const struct lac_profile *p)
{
	static const struct {
		const char *begins;
		enum family family;
	} names[] = {{"windows-xp", WINDOWS_XP}, {"windows", WINDOWS},  {"apple", APPLE},
		     {"android", ANDROID},       {"strongswan", LINUX}, {"libreswan", LINUX},
		     {"chromeos", CHROMEOS},     {"mikrotik", MIKROTIK}};

	for (size_t i = 0; p && i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(p->name, names[i].begins, strlen(names[i].begins)) == 0)
			return names[i].family;
	return OTHER;
}

/* Windows since Vista has no MS-CHAPv1 (clients.md 3.1); ticked by default are CHAP and v2. */
unsigned probe_system_auth(const struct lac_profile *p)
{
	if (family_of(p) == WINDOWS)
		return PPP_AUTH_CHAP | PPP_AUTH_MSCHAP2;
	return PPP_AUTH_PAP | PPP_AUTH_CHAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2;
}

/* ---- reasons ---- */

#define AT(s)     (1u << LAC_##s)
#define ANYWHERE  ~0u
#define IN_PHASE1 (AT(IDLE) | AT(PHASE1))

static const struct {
	const char *reason;
	unsigned reached;
	enum probe_trouble trouble;
} reasons[] = {
	{"silent", ANYWHERE, TROUBLE_SILENT},
	{"timeout", IN_PHASE1, TROUBLE_PHASE1},
	{"timeout", AT(PHASE2), TROUBLE_PHASE2},
	{"timeout", AT(TUNNEL), TROUBLE_L2TP_SILENT},
	{"timeout", AT(PPP), TROUBLE_PPP},
	{"local", ANYWHERE, TROUBLE_LOCAL},
	{"esp-not-permitted", ANYWHERE, TROUBLE_ROOT},
	{"memory", ANYWHERE, TROUBLE_LOCAL},
	{"internal", ANYWHERE, TROUBLE_LOCAL},
	{"no-resources", ANYWHERE, TROUBLE_LOCAL},
	{"no-psk", ANYWHERE, TROUBLE_LOCAL},
	{"sign-failed", ANYWHERE, TROUBLE_LOCAL},
	{"no-spi", ANYWHERE, TROUBLE_LOCAL},
	{"children-too-many", ANYWHERE, TROUBLE_LOCAL},
	{"esp-install-failed", ANYWHERE, TROUBLE_LOCAL},
	{"hang-up", ANYWHERE, TROUBLE_LOCAL},
	{"admin", ANYWHERE, TROUBLE_LOCAL},
	{"peer-auth-failed", ANYWHERE, TROUBLE_KEY},
	{"psk-mismatch", ANYWHERE, TROUBLE_KEY},
	{"peer-no-proposal", IN_PHASE1, TROUBLE_PROPOSAL},
	{"server-behind-nat", ANYWHERE, TROUBLE_NATTED},
	{"ke-invalid", IN_PHASE1, TROUBLE_PHASE1},
	{"half-open-timeout", IN_PHASE1, TROUBLE_PHASE1},
	{"peer-no-proposal", ANYWHERE, TROUBLE_PHASE2},
	{"peer-answer-invalid", ANYWHERE, TROUBLE_PHASE2},
	{"peer-invalid-id", ANYWHERE, TROUBLE_PHASE2},
	{"peer-error", IN_PHASE1, TROUBLE_PHASE1},
	{"peer-error", ANYWHERE, TROUBLE_PHASE2},
	{"esp-unconfirmed", ANYWHERE, TROUBLE_PHASE2},
	{"peer-invalid-spi", ANYWHERE, TROUBLE_CLOSED},
	{"ike-expired", ANYWHERE, TROUBLE_CLOSED},
	{"ike-replaced", ANYWHERE, TROUBLE_CLOSED},
	{"esp-expired", ANYWHERE, TROUBLE_CLOSED},
	{"dpd-timeout", ANYWHERE, TROUBLE_CLOSED},
	{"peer-delete", IN_PHASE1, TROUBLE_PHASE1},
	{"peer-delete", AT(PHASE2), TROUBLE_PHASE2},
	{"peer-delete", ANYWHERE, TROUBLE_CLOSED},
	{"retransmit-timeout", ANYWHERE, TROUBLE_L2TP_SILENT},
	{"setup-timeout", ANYWHERE, TROUBLE_L2TP},
	{"hello-timeout", ANYWHERE, TROUBLE_CLOSED},
	{"peer-stopccn", ANYWHERE, TROUBLE_L2TP},
	{"peer-cdn", AT(TUNNEL), TROUBLE_L2TP},
	{"peer-cdn", ANYWHERE, TROUBLE_CLOSED},
	{"peer-began-anew", ANYWHERE, TROUBLE_CLOSED},
	{"unknown-mandatory-avp", ANYWHERE, TROUBLE_L2TP},
	{"avp-length", ANYWHERE, TROUBLE_L2TP},
	{"avp-value", ANYWHERE, TROUBLE_L2TP},
	{"avp-missing", ANYWHERE, TROUBLE_L2TP},
	{"general-error", ANYWHERE, TROUBLE_L2TP},
	{"fsm-error", ANYWHERE, TROUBLE_L2TP},
	{"call-direction", ANYWHERE, TROUBLE_L2TP},
	{"tie-breaker-lost", ANYWHERE, TROUBLE_L2TP},
	{"protocol-version", ANYWHERE, TROUBLE_L2TP},
	{"no-tunnel-secret", ANYWHERE, TROUBLE_L2TP},
	{"tunnel-authentication", ANYWHERE, TROUBLE_L2TP},
	{"tunnel-gone", ANYWHERE, TROUBLE_L2TP},
	{"path-gone", ANYWHERE, TROUBLE_CLOSED},
	{"auth-refused", ANYWHERE, TROUBLE_METHOD},
	{"auth-failed", ANYWHERE, TROUBLE_LOGIN},
	{"auth-timeout", ANYWHERE, TROUBLE_PPP},
	{"lcp-timeout", ANYWHERE, TROUBLE_PPP},
	{"lcp-loop", ANYWHERE, TROUBLE_PPP},
	{"lcp-loopback", ANYWHERE, TROUBLE_PPP},
	{"echo-timeout", ANYWHERE, TROUBLE_CLOSED},
	{"ipcp-refused", ANYWHERE, TROUBLE_ADDRESS},
	{"ipcp-timeout", ANYWHERE, TROUBLE_ADDRESS},
	{"no-address", ANYWHERE, TROUBLE_ADDRESS},
	{"peer-terminated", ANYWHERE, TROUBLE_PPP},
};

bool probe_knows(const char *reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].reason, reason) == 0)
			return true;
	return false;
}

/* The layer that was being set up. */
static enum probe_trouble by_state(enum lac_state reached)
{
	static const enum probe_trouble of[] = {
		[LAC_IDLE] = TROUBLE_PHASE1,   [LAC_PHASE1] = TROUBLE_PHASE1,
		[LAC_PHASE2] = TROUBLE_PHASE2, [LAC_TUNNEL] = TROUBLE_L2TP_SILENT,
		[LAC_PPP] = TROUBLE_PPP,
	};

	return reached <= LAC_PPP ? of[reached] : TROUBLE_CLOSED;
}

/* Phase 1 fell silent. Behind message 4 it was message 5, encrypted under the key and, with a
 * NAT, on UDP 4500. */
static enum probe_trouble in_phase1(const struct probe_result *r, enum probe_heard natt)
{
	bool floated = r->info.server_behind_nat || r->info.we_behind_nat;

	if (!r->nat_known)
		return TROUBLE_PHASE1;
	if (floated && (natt == HEARD_NOTHING || natt == HEARD_CLOSED))
		return TROUBLE_PORT_4500;
	return TROUBLE_MAYBE_KEY;
}

enum probe_trouble probe_trouble(const struct probe_result *r, enum probe_heard natt)
{
	bool phase1 = r->reached <= LAC_PHASE1;

	if (r->ok)
		return TROUBLE_NONE;
	if (phase1 && (strcmp(r->reason, "timeout") == 0 || strcmp(r->reason, "silent") == 0) &&
	    r->nat_known)
		return in_phase1(r, natt);
	if (r->lcp_open && !r->auth && strcmp(r->reason, "peer-terminated") == 0)
		return TROUBLE_METHOD; /* none was left, and that was not enough */
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].reason, r->reason) == 0 &&
		    (reasons[i].reached & 1u << r->reached))
			return reasons[i].trouble;
	}
	return by_state(r->reached);
}

/* Nothing answers on UDP 1701: whatever layer the client was at. */
enum probe_trouble probe_raw_trouble(const struct probe *p)
{
	const struct probe_result *r = &p->raw;

	return r->ok || p->raw_answers || strcmp(r->reason, "local") == 0
		       ? probe_trouble(r, HEARD_NOTHING)
		       : TROUBLE_RAW_SILENT;
}

/* ---- words ---- */

static const struct {
	const char *name, *layer, *cause, *fix;
} troubles[TROUBLE_COUNT] = {
	[TROUBLE_NONE] = {"none", "", "", ""},
	[TROUBLE_SILENT] =
		{"no-answer", "the way to the server", "nothing comes back from UDP port 500",
		 "is the server running, is the address right, and do the firewalls let UDP "
		 "500 and 4500 pass both ways?"},
	[TROUBLE_PROPOSAL] = {"no-proposal", "IKE phase 1",
			      "the server takes none of the IKE suites that this system offers",
			      "allow one of them on the server"},
	[TROUBLE_KEY] = {"pre-shared-key", "IKE phase 1", "the pre-shared key is not the server's",
			 "compare the key on both sides: capital letters and spaces count"},
	[TROUBLE_MAYBE_KEY] = {"pre-shared-key-likely", "IKE phase 1",
			       "the server falls silent at the first encrypted message: the "
			       "pre-shared key is probably not the server's",
			       "compare the key on both sides: capital letters and spaces count; "
			       "the server's log tells for sure"},
	[TROUBLE_PORT_4500] = {"port-4500", "the way to the server",
			       "UDP port 500 answers, UDP port 4500 does not",
			       "let UDP 4500 pass to the server and back, in every firewall and "
			       "router on the way"},
	[TROUBLE_NATTED] =
		{"server-behind-nat", "IKE phase 1",
		 "the server is behind NAT, and this system does not connect to such a "
		 "server",
		 "give the server an address of its own, or switch on its hiding of NAT"},
	[TROUBLE_PHASE1] = {"phase-1", "IKE phase 1", "the server answers at first, then no longer",
			    "large packets may be lost on the way; the server's log may say more"},
	[TROUBLE_PHASE2] = {"phase-2", "IKE phase 2 (Quick Mode)",
			    "the server takes none of the ESP suites that this system offers, or "
			    "not for L2TP",
			    "allow transport mode for UDP port 1701 with one of AES-SHA1, "
			    "AES-SHA256 on the server"},
	[TROUBLE_L2TP_SILENT] =
		{"l2tp-no-answer", "L2TP", "IPsec is up, and nothing answers L2TP behind it",
		 "does the L2TP server run, on UDP port 1701, and does ESP pass (in "
		 "UDP 4500, or IP protocol 50)?"},
	[TROUBLE_RAW_SILENT] =
		{"no-answer-1701", "L2TP", "nothing comes back from UDP port 1701",
		 "does the server allow L2TP without IPsec, and do firewalls let UDP "
		 "1701 pass?"},
	[TROUBLE_L2TP] = {"l2tp-refused", "L2TP", "the server refuses the L2TP tunnel or call",
			  "is there a free place on it, and does it want no tunnel secret? Its log "
			  "may say more"},
	[TROUBLE_METHOD] = {"auth-method", "PPP authentication",
			    "no authentication method in common", "let the server offer MS-CHAPv2"},
	[TROUBLE_LOGIN] = {"login", "PPP authentication",
			   "the server refuses the user name or the password",
			   "type both again; some servers want user@hub or DOMAIN\\user"},
	[TROUBLE_ADDRESS] = {"no-address", "PPP", "the server gives no address",
			     "look at its address pool, or at the DHCP server behind it"},
	[TROUBLE_PPP] = {"ppp", "PPP", "the server does not finish PPP, or ends it",
			 "its log may say why: often this user may not use L2TP, or its user "
			 "directory does not answer"},
	[TROUBLE_CLOSED] = {"closed", "the connection", "the server closes the connection",
			    "its administrator, a limit, or its end: its log may say more"},
	[TROUBLE_ROOT] =
		{"needs-root", "this computer",
		 "no NAT is on the way, so ESP without UDP (IP protocol 50) was agreed on, "
		 "which is not permitted here",
		 "run the probe as root"},
	[TROUBLE_LOCAL] =
		{"local", "this computer", "the connection cannot be tried from here",
		 "the ports may be in use by an IPsec service of this computer: stop it, or "
		 "leave out --port-500"},
};

#define NO_RESPONSE "\"The L2TP-VPN server did not respond\""
#define NO_PPP      "\"A connection could not be established to the PPP server\""
#define ERROR_809   "error 809: no answer from the server"
#define ERROR_789   "error 789: processing error in the security layer"

/* NULL: nothing is known, or every trouble looks the same (see always[]). */
static const char *const seen[FAMILIES][TROUBLE_COUNT] = {
	[WINDOWS] = {[TROUBLE_SILENT] = ERROR_809,
		     [TROUBLE_PROPOSAL] = ERROR_789,
		     [TROUBLE_KEY] = ERROR_789,
		     [TROUBLE_MAYBE_KEY] = ERROR_809,
		     [TROUBLE_PORT_4500] = ERROR_809,
		     [TROUBLE_NATTED] = ERROR_809,
		     [TROUBLE_PHASE1] = ERROR_809,
		     [TROUBLE_PHASE2] = ERROR_789,
		     [TROUBLE_L2TP_SILENT] = ERROR_809,
		     [TROUBLE_METHOD] = "error 919: no authentication protocol in common",
		     [TROUBLE_LOGIN] = "error 691: user name or password not recognized",
		     [TROUBLE_ADDRESS] = "error 720: no PPP control protocols configured",
		     [TROUBLE_PPP] = "error 718: the remote computer did not respond in time",
		     [TROUBLE_CLOSED] = "error 629: disconnected by the remote machine"},
	[APPLE] = {[TROUBLE_SILENT] = NO_RESPONSE,
		   [TROUBLE_PROPOSAL] = NO_RESPONSE,
		   [TROUBLE_KEY] = NO_RESPONSE,
		   [TROUBLE_MAYBE_KEY] = NO_RESPONSE,
		   [TROUBLE_PORT_4500] = NO_RESPONSE,
		   [TROUBLE_PHASE1] = NO_RESPONSE,
		   [TROUBLE_PHASE2] = NO_RESPONSE,
		   [TROUBLE_L2TP_SILENT] = NO_RESPONSE,
		   [TROUBLE_L2TP] = NO_RESPONSE,
		   [TROUBLE_METHOD] = "\"Authentication failed\"",
		   [TROUBLE_LOGIN] = "\"Authentication failed\"",
		   [TROUBLE_ADDRESS] = NO_PPP,
		   [TROUBLE_PPP] = NO_PPP},
	[MIKROTIK] = {[TROUBLE_SILENT] = "log: \"phase1 negotiation failed due to time up\"",
		      [TROUBLE_MAYBE_KEY] = "log: \"phase1 negotiation failed due to time up\"",
		      [TROUBLE_PORT_4500] = "log: \"phase1 negotiation failed due to time up\""},
};

static const char *const always[FAMILIES] = {
	[ANDROID] = "\"Unsuccessful\" below the name of the VPN",
	[LINUX] = "\"the VPN connection failed\"; journalctl -u NetworkManager has the step",
	[CHROMEOS] = "\"Failed to connect to network\"",
};

const char *probe_trouble_name(enum probe_trouble t)
{
	return troubles[t].name;
}

const char *probe_layer(enum probe_trouble t)
{
	return troubles[t].layer;
}

const char *probe_cause(enum probe_trouble t)
{
	return troubles[t].cause;
}

const char *probe_seen(const struct lac_profile *p, enum probe_trouble t)
{
	enum family f = family_of(p);

	if (t == TROUBLE_NONE || t == TROUBLE_LOCAL || t == TROUBLE_ROOT)
		return NULL;
	if (f == WINDOWS_XP) /* 809 and 919 came with Vista: XP's own are not known here */
		return seen[WINDOWS][t] && !strstr(seen[WINDOWS][t], "809") &&
				       !strstr(seen[WINDOWS][t], "919")
			       ? seen[WINDOWS][t]
			       : NULL;
	return seen[f][t] ? seen[f][t] : always[f];
}

/* What a system needs besides, or in the place of what every system needs. */
static const struct {
	enum family family;
	enum probe_trouble trouble;
	const char *fix;
} special[] = {
	{WINDOWS, TROUBLE_KEY,
	 "type the key again: the connection's Properties, Security, Advanced settings"},
	{WINDOWS, TROUBLE_NATTED,
	 "on the client, in HKLM\\SYSTEM\\CurrentControlSet\\Services\\PolicyAgent, the DWORD "
	 "AssumeUDPEncapsulationContextOnSendRule = 2, then restart it; or give the server an "
	 "address of its own"},
	{WINDOWS_XP, TROUBLE_NATTED,
	 "on the client, in HKLM\\SYSTEM\\CurrentControlSet\\Services\\IPSec, the DWORD "
	 "AssumeUDPEncapsulationContextOnSendRule = 2, then restart it"},
	{WINDOWS, TROUBLE_METHOD,
	 "let the server offer MS-CHAPv2; or on the client: Properties, Security, Allow these "
	 "protocols"},
	{APPLE, TROUBLE_KEY,
	 "type the Shared Secret again in the Authentication Settings, and leave Group Name empty"},
	{APPLE, TROUBLE_MAYBE_KEY,
	 "type the Shared Secret again in the Authentication Settings, and leave Group Name empty"},
	{ANDROID, TROUBLE_KEY,
	 "type the IPSec pre-shared key again, and leave L2TP secret and IPSec identifier empty"},
	{ANDROID, TROUBLE_MAYBE_KEY,
	 "type the IPSec pre-shared key again, and leave L2TP secret and IPSec identifier empty"},
	{LINUX, TROUBLE_KEY, "type the key again: IPsec Settings, Pre-shared key"},
	{MIKROTIK, TROUBLE_PHASE2,
	 "this system asks for PFS with MODP1024 in Quick Mode unless it is told otherwise: on it, "
	 "/ip ipsec proposal set default pfs-group=none; or allow that group on the server"},
};

/* The first suite of a system that is not weak; of XP and others like it, its first one. */
static void suite_to_allow(const struct lac_profile *p, char *buf, size_t cap)
{
	struct ike_policy of[IKE_PROBE_POLICIES];
	size_t n = ike_profile_policies(ike_profile_by_name(p->ike), of, IKE_PROBE_POLICIES);
	char suite[48], weak[48];
	size_t i = 0;

	while (i < n && probe_weak_policy(&of[i], weak, sizeof(weak))[0])
		i++;
	if (n == 0)
		snprintf(buf, cap, "%s", troubles[TROUBLE_PROPOSAL].fix);
	else if (i < n)
		snprintf(buf, cap, "allow %s on the server",
			 ike_policy_words(&of[i], suite, sizeof(suite)));
	else
		snprintf(buf, cap, "nothing strong: it would need %s (%s) on the server",
			 ike_policy_words(&of[0], suite, sizeof(suite)),
			 probe_weak_policy(&of[0], weak, sizeof(weak)));
}

const char *probe_fix(enum probe_trouble t, const struct lac_profile *p, char *buf, size_t cap)
{
	enum family f = family_of(p);

	snprintf(buf, cap, "%s", troubles[t].fix);
	if (t == TROUBLE_PROPOSAL && p)
		suite_to_allow(p, buf, cap);
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].family == f && special[i].trouble == t)
			snprintf(buf, cap, "%s", special[i].fix);
	return buf;
}
