/*
 * Hub policy: the names of SoftEther's security policies (softether.md 2.1), which values they
 * take, and why some are refused here. Called by rows_hub_user.c and by check.c; what they do
 * to a session is core's.
 */
#include "hub_policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SWITCH    "it judges frames: it comes with the hub's switch"
#define SOFTETHER "it is about SoftEther's own VPN client, which does not connect here"

#define YES_NO(name_, refused_)                                                                    \
	{                                                                                          \
		.name = (name_), .refused = (refused_)                                             \
	}
#define NUMBER(name_, least_, most_, none_, refused_)                                              \
	{                                                                                          \
		.name = (name_), .number = true, .least = (least_), .most = (most_),               \
		.none = (none_), .refused = (refused_)                                             \
	}

static const struct policy_info infos[CFG_POLICY_N] = {
	YES_NO("Access", NULL),
	YES_NO("DHCPFilter", SWITCH),
	YES_NO("DHCPNoServer", SWITCH),
	YES_NO("DHCPForce", SWITCH),
	YES_NO("NoBridge", SWITCH),
	YES_NO("NoRouting", SWITCH),
	YES_NO("CheckMac", SWITCH),
	YES_NO("CheckIP", SWITCH),
	YES_NO("ArpDhcpOnly", SWITCH),
	YES_NO("PrivacyFilter", SWITCH),
	YES_NO("NoServer", SWITCH),
	YES_NO("NoBroadcastLimiter", SWITCH),
	YES_NO("MonitorPort", SOFTETHER),
	NUMBER("MaxConnection", 1, 32, false, SOFTETHER),
	NUMBER("TimeOut", 5, 60, false, NULL),
	NUMBER("MaxMac", 1, 65535, true, SWITCH),
	NUMBER("MaxIP", 1, 65535, true, SWITCH),
	NUMBER("MaxUpload", 1, UINT32_MAX, true, SWITCH),
	NUMBER("MaxDownload", 1, UINT32_MAX, true, SWITCH),
	YES_NO("FixPassword", "users cannot change their passwords over L2TP anyway"),
	NUMBER("MultiLogins", 1, 65535, true, NULL),
	YES_NO("NoQoS", "there is no special handling of voice to be switched off"),
	YES_NO("RSandRAFilter", SWITCH),
	YES_NO("RAFilter", SWITCH),
	YES_NO("DHCPv6Filter", SWITCH),
	YES_NO("DHCPv6NoServer", SWITCH),
	YES_NO("NoRoutingV6", SWITCH),
	YES_NO("CheckIPv6", SWITCH),
	YES_NO("NoServerV6", SWITCH),
	NUMBER("MaxIPv6", 1, 65535, true, SWITCH),
	YES_NO("NoSavePassword", SOFTETHER),
	NUMBER("AutoDisconnect", 1, UINT32_MAX - 1, true, NULL),
	YES_NO("FilterIPv4", SWITCH),
	YES_NO("FilterIPv6", SWITCH),
	YES_NO("FilterNonIP", SWITCH),
	YES_NO("NoIPv6DefaultRouterInRA", SWITCH),
	YES_NO("NoIPv6DefaultRouterInRAWhenIPv6", SWITCH),
	NUMBER("VLanId", 1, 4095, true, SWITCH),
};

const struct policy_info *hub_policy_info(unsigned id)
{
	return &infos[id];
}

/* CFG_POLICY_N after an error. */
static unsigned id_of(struct parse *p, const struct grammar_word *w)
{
	unsigned id = 0;

	while (id < CFG_POLICY_N && strcasecmp(infos[id].name, w->text) != 0)
		id++;
	if (id == CFG_POLICY_N)
		parse_error(p, w->column,
			    "there is no policy \"%s\"; those that act are Access, "
			    "TimeOut, MultiLogins and AutoDisconnect",
			    w->text);
	return id;
}

static bool take_number(struct parse *p, const struct policy_info *i, const struct grammar_word *w,
			uint32_t *out)
{
	size_t digits = strspn(w->text, "0123456789");
	unsigned long long n = digits <= 10 ? strtoull(w->text, NULL, 10) : UINT64_MAX;

	if (!digits || digits != w->len || n > i->most || (n < i->least && !(i->none && n == 0)))
		return parse_error(p, w->column, "VALUE: %s is a number from %u to %u%s", i->name,
				   i->least, i->most, i->none ? ", or 0 for no limit" : "");
	*out = (uint32_t)n;
	return true;
}

static bool take_yes_no(struct parse *p, const struct policy_info *i, const struct grammar_word *w,
			uint32_t *out)
{
	*out = strcasecmp(w->text, "yes") == 0;
	return *out || strcasecmp(w->text, "no") == 0 ||
	       parse_error(p, w->column, "VALUE: %s is yes or no", i->name);
}

bool hub_policy_set(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m)
{
	unsigned id = id_of(p, &m->cap[0].word);
	const struct policy_info *i = &infos[id];
	uint32_t value = 0;

	if (id == CFG_POLICY_N || !(i->number ? take_number(p, i, &m->cap[1].word, &value)
					      : take_yes_no(p, i, &m->cap[1].word, &value)))
		return false;
	if (i->refused)
		return parse_error(p, m->cap[0].word.column, "the policy %s is not taken: %s",
				   i->name, i->refused);
	v->set |= UINT64_C(1) << id;
	v->value[id] = value;
	return true;
}

bool hub_policy_unset(struct parse *p, struct cfg_hub_policy *v, const struct grammar_match *m)
{
	unsigned id = id_of(p, &m->cap[0].word);

	if (id == CFG_POLICY_N)
		return false;
	v->set &= ~(UINT64_C(1) << id);
	v->value[id] = 0;
	return true;
}
