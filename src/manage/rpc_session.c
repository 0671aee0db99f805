/*
 * rpc_session: calls about the sessions of a virtual hub (softether.md 2.6, 4.2). Called by
 * rpc.c. A session is called SID-USER-[L2TP]-INDEX, as SoftEther would.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/api.h"
#include "rpc.h"

static const char *text(const json_t *session, const char *field)
{
	const char *value = json_string_value(json_object_get(session, field));

	return value ? value : "";
}

static json_int_t number(const json_t *session, const char *field)
{
	return json_integer_value(json_object_get(session, field));
}

static void name_of(const json_t *session, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "SID-");

	for (const char *p = text(session, "user"); *p && n + 1 < cap; p++)
		out[n++] = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	if (n < cap)
		snprintf(out + n, cap - n, "-[L2TP]-%u", (unsigned)number(session, "index"));
}

/* The sessions of the hub that the call names; the caller decrefs. NULL: the error is set. */
static json_t *sessions(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	return h ? api_sessions_of(r->core, h->name) : NULL;
}

static json_t *session_json(const json_t *s)
{
	json_t *o = json_object();
	char name[128];

	name_of(s, name, sizeof(name));
	json_object_set_new(o, "Name_str", json_string(name));
	json_object_set_new(o, "Username_str", json_string(text(s, "user")));
	json_object_set_new(o, "RemoteHostname_str", json_string("Local Session"));
	json_object_set_new(o, "Hostname_str", json_string(text(s, "public_ip")));
	json_object_set_new(o, "PacketSize_u64",
			    json_integer(number(s, "bytes_rx") + number(s, "bytes_tx")));
	json_object_set_new(o, "PacketNum_u64",
			    json_integer(number(s, "packets_rx") + number(s, "packets_tx")));
	return o;
}

static void enum_session(struct rpc *r)
{
	json_t *all = sessions(r), *list = json_array(), *s;
	size_t i;

	json_array_foreach(all, i, s) json_array_append_new(list, session_json(s));
	json_object_set_new(r->result, "SessionList", list);
	json_decref(all);
}

/* The session of the call's name, borrowed from all; NULL: the error is set. */
static const json_t *find(struct rpc *r, const json_t *all)
{
	const char *wanted = rpc_text(r, "Name_str");
	const json_t *s;
	size_t i;

	json_array_foreach((json_t *)all, i, s)
	{
		char name[128];

		name_of(s, name, sizeof(name));
		if (strcasecmp(name, wanted) == 0)
			return s;
	}
	if (all)
		rpc_fail(r, RPC_OBJECT_NOT_FOUND, "There is no session \"%s\".", wanted);
	return NULL;
}

static void get_status(struct rpc *r)
{
	json_t *all = sessions(r);
	const json_t *s = find(r, all);

	if (s)
		json_object_update_new(
			r->result,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:I, s:I}",
				  "Name_str", rpc_text(r, "Name_str"), "Username_str",
				  text(s, "user"), "RealUsername_str", text(s, "user"),
				  "Client_Ip_Address_ip", text(s, "public_ip"),
				  "SessionStatus_ClientHostName_str", text(s, "host_name"),
				  "ClientProductName_str", text(s, "client"), "AssignedIp_ip",
				  text(s, "assigned_ip"), "StartTime_dt",
				  rpc_time((time_t)number(s, "login_time")), "CipherName_str",
				  text(s, "encryption"), "TotalSendSize_u64", number(s, "bytes_tx"),
				  "TotalRecvSize_u64", number(s, "bytes_rx")));
	json_decref(all);
}

static void delete_session(struct rpc *r)
{
	json_t *all = sessions(r);
	const json_t *s = find(r, all);
	char index[16];

	if (s) {
		snprintf(index, sizeof(index), "%u", (unsigned)number(s, "index"));
		api_logoff(r->core, API_LOGOFF_INDEX, index);
	}
	json_decref(all);
}

const struct rpc_row rpc_session_rows[] = {
	{"EnumSession", enum_session, true},
	{"GetSessionStatus", get_status, true},
	{"DeleteSession", delete_session, false},
	{NULL, NULL, false},
};
