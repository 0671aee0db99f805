/*
 * Rows: the access list of a virtual hub (softether.md 2.3, 3.2; field names 4.2). Called by
 * shell.c and run.c.
 */
#include <stdlib.h>
#include <string.h>

#include "verb.h"

#define ANYBODY                                                                                    \
	"the name of a user or a group of the hub; none: everybody. A frame that did not come "    \
	"from a session, or does not go to one, is nobody's."
#define ANY_MAC  "a MAC address, or MAC/MASK; none: any."
#define ANY_NET  "an address or a net, ADDRESS/BITS or ADDRESS/MASK; "
#define ANY_PORT "a port, or a range such as 80-90, of TCP and UDP; none: any."

/* One argument of a row; TWO: it makes two fields; NUMBER: from least to most. */
#define ARG(n, p, h, f, k)                                                                         \
	{                                                                                          \
		n, p, h, f, .kind = k                                                              \
	}
#define TWO(n, p, h, f, f2, k)                                                                     \
	{                                                                                          \
		n, p, h, f, f2, .kind = k                                                          \
	}
#define NUMBER(n, p, h, f, from, to)                                                               \
	{                                                                                          \
		n, p, h, f, .kind = ARG_NUMBER, .least = from, .most = to                          \
	}
#define CHOICE(n, p, h, f, of)                                                                     \
	{                                                                                          \
		n, p, h, f, .kind = ARG_CHOICE, .choices = of                                      \
	}

/* The arguments in SoftEther's order: those before the addresses, the addresses of a family,
 * those behind them, and what the commands with Ex have more. */
#define WHO                                                                                        \
	CHOICE("", "What becomes of the frames (pass / discard): ",                                \
	       "pass, or discard: what becomes of the frames that the rule fits.", "Discard_bool", \
	       "pass=0 discard=1"),                                                                \
		ARG("MEMO", "Memo: ", "Any text; none.", "Note_utf", ARG_OR_NONE),                 \
		NUMBER("PRIORITY", "Priority (the lowest is looked at first): ",                   \
		       "A number from 1. The rule with the lowest one that fits a frame decides; " \
		       "where none fits, it passes.",                                              \
		       "Priority_u32", 1, UINT32_MAX),                                             \
		ARG("SRCUSERNAME",                                                                 \
		    "From user or group (none: anybody): ", "Who the frame is from: " ANYBODY,     \
		    "SrcUsername_str", ARG_OR_NONE),                                               \
		ARG("DESTUSERNAME",                                                                \
		    "To user or group (none: anybody): ", "Who the frame is for: " ANYBODY,        \
		    "DestUsername_str", ARG_OR_NONE),                                              \
		TWO("SRCMAC", "From MAC address (none: any): ", "The source: " ANY_MAC,            \
		    "SrcMacAddress_bin", "SrcMacMask_bin", ARG_MACS),                              \
		TWO("DESTMAC", "To MAC address (none: any): ", "The destination: " ANY_MAC,        \
		    "DstMacAddress_bin", "DstMacMask_bin", ARG_MACS)
#define IPV4                                                                                       \
	TWO("SRCIP",                                                                               \
	    "From addresses (0.0.0.0/0: any): ", "The source: " ANY_NET "0.0.0.0/0: any.",         \
	    "SrcIpAddress_ip", "SrcSubnetMask_ip", ARG_NET),                                       \
		TWO("DESTIP", "To addresses (0.0.0.0/0: any): ",                                   \
		    "The destination: " ANY_NET "0.0.0.0/0: any.", "DestIpAddress_ip",             \
		    "DestSubnetMask_ip", ARG_NET)
#define IPV6                                                                                       \
	TWO("SRCIP", "From addresses (::/0: any): ", "The source: " ANY_NET "::/0: any.",          \
	    "SrcIpAddress6_bin", "SrcSubnetMask6_bin", ARG_NET6),                                  \
		TWO("DESTIP",                                                                      \
		    "To addresses (::/0: any): ", "The destination: " ANY_NET "::/0: any.",        \
		    "DestIpAddress6_bin", "DestSubnetMask6_bin", ARG_NET6)
#define WHAT                                                                                       \
	ARG("PROTOCOL", "Protocol (tcp / udp / icmpv4 / icmpv6 / ip / number): ",                  \
	    "tcp, udp, icmpv4, icmpv6, or a protocol's number; ip: any.", "Protocol_u32",          \
	    ARG_PROTOCOL),                                                                         \
		TWO("SRCPORT", "From ports (none: any): ", "The source: " ANY_PORT,                \
		    "SrcPortStart_u32", "SrcPortEnd_u32", ARG_PORTS),                              \
		TWO("DESTPORT", "To ports (none: any): ", "The destination: " ANY_PORT,            \
		    "DestPortStart_u32", "DestPortEnd_u32", ARG_PORTS),                            \
		CHOICE("TCPSTATE", "State of TCP (established / unestablished / none: any): ",     \
		       "unestablished: the first segment of a TCP connection; established: the "   \
		       "others; none: any.",                                                       \
		       "TcpState", "none=0 established=1 unestablished=2")
#define EFFECTS                                                                                    \
	NUMBER("DELAY", "Delay in milliseconds (0 to 10000): ",                                    \
	       "How long the frames are held back: 0 to 10000 milliseconds.", "Delay_u32", 0,      \
	       10000),                                                                             \
		NUMBER("JITTER", "Jitter of the delay in per cent (0 to 100): ",                   \
		       "How much the delay varies: 0 to 100 per cent of it.", "Jitter_u32", 0,     \
		       100),                                                                       \
		NUMBER("LOSS", "Loss in per cent (0 to 100): ",                                    \
		       "How many of the frames are lost: 0 to 100 per cent.", "Loss_u32", 0, 100), \
		ARG("REDIRECTURL", NULL, "Not supported here: leave it empty.", "RedirectUrl_str", \
		    ARG_OR_NONE)

static const struct verb_arg add[] = {WHO, IPV4, WHAT, {.name = NULL}};
static const struct verb_arg add_ex[] = {WHO, IPV4, WHAT, EFFECTS, {.name = NULL}};
static const struct verb_arg add6[] = {WHO, IPV6, WHAT, {.name = NULL}};
static const struct verb_arg add_ex6[] = {WHO, IPV6, WHAT, EFFECTS, {.name = NULL}};

static const struct verb_arg rule[] = {
	{"", "ID: ", "The rule's ID or Unique ID, as AccessList shows it.", "Id_u32",
	 .kind = ARG_NUMBER, .least = 1, .most = UINT32_MAX},
	{.name = NULL},
};

static const struct verb_column columns[] = {
	{"ID", "Id_u32", SHOW_PLAIN, NULL},
	{"Action", "Discard_bool", SHOW_CHOICE, "0=Pass 1=Discard"},
	{"Status", "Active_bool", SHOW_ENABLE, NULL},
	{"Priority", "Priority_u32", SHOW_PLAIN, NULL},
	{"Unique ID", "Id_u32", SHOW_PLAIN, NULL},
	{"Contents", "Contents_utf", SHOW_TEXT, NULL},
	{"Memo", "Note_utf", SHOW_TEXT, NULL},
	{.label = NULL},
};

static bool has_mask(const json_t *args, const char *field)
{
	const char *text = json_string_value(json_object_get(args, field));

	return text && strcmp(text, "AAAAAAAA") != 0;
}

/* A rule out of the arguments of all four commands; those without delay have none. */
static unsigned add_rule(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	json_t *of = json_copy(args);
	json_int_t tcp = json_integer_value(json_object_get(of, "TcpState"));
	unsigned error;

	json_object_del(of, "HubName_str");
	json_object_del(of, "TcpState");
	json_object_set_new(of, "Active_bool", json_true());
	json_object_set_new(of, "IsIPv6_bool", json_boolean(strchr(verb->name, '6')));
	json_object_set_new(of, "CheckSrcMac_bool", json_boolean(has_mask(of, "SrcMacMask_bin")));
	json_object_set_new(of, "CheckDstMac_bool", json_boolean(has_mask(of, "DstMacMask_bin")));
	json_object_set_new(of, "CheckTcpState_bool", json_boolean(tcp));
	json_object_set_new(of, "Established_bool", json_boolean(tcp == 1));
	json_decref(
		run_call(v, "AddAccess",
			 json_pack("{s:O, s:[o]}", "HubName_str",
				   json_object_get(args, "HubName_str"), "AccessListSingle", of),
			 &error));
	return error;
}

static unsigned list_rules(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	unsigned error;
	json_t *answer = run_call(v, "EnumAccess", json_incref(args), &error), *of;
	size_t i;

	if (!answer)
		return error;
	json_array_foreach(json_object_get(answer, verb->list), i, of)
	{
		char *text = access_text(of);

		json_object_set_new(of, "Contents_utf", json_string(text ? text : ""));
		free(text);
	}
	print_answer(v, verb, answer);
	json_decref(answer);
	return 0;
}

#define ADDS(what, of)                                                                             \
	.purpose = what,                                                                           \
	.help = "Of the rules that fit a frame the one with the lowest priority decides. It acts " \
		"at once, on sessions that are there, too.",                                       \
	.scope = VERB_HUB, .args = of, .run = add_rule

const struct verb verbs_access[] = {
	{.name = "AccessAdd", ADDS("add a rule for IPv4 to the access list", add)},
	{.name = "AccessAddEx",
	 ADDS("add a rule for IPv4, with delay, jitter and loss, to the access list", add_ex)},
	{.name = "AccessAdd6", ADDS("add a rule for IPv6 to the access list", add6)},
	{.name = "AccessAddEx6",
	 ADDS("add a rule for IPv6, with delay, jitter and loss, to the access list", add_ex6)},
	{.name = "AccessList",
	 .purpose = "list the rules of the access list, the first one first",
	 .scope = VERB_HUB,
	 .run = list_rules,
	 .output = PRINT_BLOCKS,
	 .list = "AccessList",
	 .columns = columns},
	{.name = "AccessDelete",
	 .purpose = "delete a rule of the access list",
	 .scope = VERB_HUB,
	 .args = rule,
	 .method = "DeleteAccess"},
	{.name = "AccessEnable",
	 .purpose = "switch a rule of the access list on",
	 .scope = VERB_HUB,
	 .args = rule,
	 .method = "EnableAccess",
	 .constants = "{\"Active_bool\": true}"},
	{.name = "AccessDisable",
	 .purpose = "switch a rule of the access list off",
	 .scope = VERB_HUB,
	 .args = rule,
	 .method = "EnableAccess",
	 .constants = "{\"Active_bool\": false}"},
	{.name = NULL},
};
