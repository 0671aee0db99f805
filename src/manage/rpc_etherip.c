/*
 * rpc_etherip: calls about the routers that come by EtherIP over IPsec (softether.md 1.7, 4.2).
 * Called by rpc.c. A password is never in an answer, as no secret is.
 */
#include <string.h>
#include <strings.h>

#include "rpc.h"

/* The entry of exactly this ID; NULL: the error is set. */
static const struct cfg_etherip *entry_of(struct rpc *r)
{
	const char *id = rpc_text(r, "Id_str");

	for (unsigned i = 0; i < r->cfg->n_etherip; i++) {
		if (strcasecmp(r->cfg->etherip[i].id, id) == 0)
			return &r->cfg->etherip[i];
	}
	rpc_fail(r, RPC_OBJECT_NOT_FOUND, "There is no EtherIP client \"%s\" (EtherIpClientList).",
		 id);
	return NULL;
}

static json_t *entry_json(const struct cfg_etherip *e)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "Id_str", e->id, "HubName_str", e->hub,
			 "UserName_str", e->user, "Password_str", "*****");
}

static void enum_ids(struct rpc *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->cfg->n_etherip; i++)
		json_array_append_new(list, entry_json(&r->cfg->etherip[i]));
	json_object_set_new(r->result, "Settings", list);
}

static void get_id(struct rpc *r)
{
	const struct cfg_etherip *e = entry_of(r);

	if (!e)
		return;
	json_decref(r->result);
	r->result = entry_json(e);
}

static void add_id(struct rpc *r)
{
	const char *hub = rpc_text(r, "HubName_str"), *user = rpc_text(r, "UserName_str");
	const struct cfg_hub *h = config_hub(r->cfg, hub);

	if (!h) {
		rpc_fail(r, RPC_HUB_NOT_FOUND,
			 "There is no virtual hub \"%s\": make it first (HubCreate).", hub);
		return;
	}
	if (!config_hub_user(h, user, strlen(user))) {
		rpc_fail(r, RPC_OBJECT_NOT_FOUND,
			 "The virtual hub \"%s\" has no user \"%s\": make it first (UserCreate).",
			 h->name, user);
		return;
	}
	rpc_command(r, "etherip client %q hub %q user %q password %q", rpc_text(r, "Id_str"),
		    h->name, user, rpc_text(r, "Password_str"));
}

static void delete_id(struct rpc *r)
{
	const struct cfg_etherip *e = entry_of(r);

	if (e)
		rpc_command(r, "no etherip client %q", e->id);
}

const struct rpc_row rpc_etherip_rows[] = {
	{"EnumEtherIpId", enum_ids, false},
	{"GetEtherIpId", get_id, false},
	{"AddEtherIpId", add_id, false},
	{"DeleteEtherIpId", delete_id, false},
	{NULL, NULL, false},
};
