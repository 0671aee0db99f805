/*
 * etherip_login: may the router with this ISAKMP identity have a port, on which hub and as whom:
 * the table of `etherip client`, the hub, its user, the password, policies and limits (softether.md
 * 1.7). Each refusal is told in the peer's story. Called by etherip. Changes nothing.
 */
#include "etherip.h"

#include <strings.h>

#include "aaa/aaa.h"
#include "crypto/cert.h"

/* ---- identities ---- */

static const char *octets_text(const struct ike_id *id, char *out, size_t cap)
{
	bool plain = id->len > 0;

	for (unsigned i = 0; i < id->len; i++)
		plain &= id->data[i] >= 0x20 && id->data[i] < 0x7f;
	for (unsigned i = 0; !plain && i < id->len && 2 * i + 2 < cap; i++)
		snprintf(out + (size_t)2 * i, 3, "%02x", id->data[i]);
	if (plain)
		snprintf(out, cap, "%.*s", (int)id->len, (const char *)id->data);
	return out;
}

/* As the table has it: addresses and names as they are written, octets that are no text in hex. */
static const char *id_text(const struct ike_id *id, char out[ETHERIP_ID])
{
	struct ip_addr a = {.family = id->type == 1 ? 4 : 6};

	out[0] = '\0';
	if (id->type == 1 || id->type == 5) {
		memcpy(a.ip, id->data, ip_addr_len(&a));
		return ip_addr_text(&a, out, ETHERIP_ID);
	}
	if (id->type == 9)
		return cert_dn_words((struct bytes){id->data, id->len}, out, ETHERIP_ID);
	return octets_text(id, out, ETHERIP_ID);
}

bool etherip_id_of(const struct peer *p, char out[ETHERIP_ID])
{
	struct core *c = p->core;
	struct ike_sa_info info;
	unsigned cursor = 0;
	bool found = ike_get_sa(c->ike, p->sa, &info);

	while (!found && ike_each_sa(c->ike, &cursor, &info))
		found = info.peer == p->id;
	if (found)
		id_text(&info.peer_id, out);
	return found && out[0];
}

/* ---- may it? ---- */

static uint64_t credential_of(const struct core *c, const struct etherip_login *l)
{
	const struct cfg_user *u = &l->user->login;
	uint64_t h = hash_bytes(l->row->password.b, l->row->password.len, c->names_seed);

	h = h * 31 + hash_bytes(u->nt_hash, sizeof(u->nt_hash), c->names_seed);
	h = h * 31 + hash_bytes(u->hash, sizeof(u->hash), c->names_seed);
	h = h * 31 + hash_bytes(u->salt, sizeof(u->salt), c->names_seed);
	return h * 31 + (uint64_t)l->user->auth * 7 + (uint64_t)u->kind;
}

bool etherip_password_ok(const struct peer *p, const struct etherip_login *l)
{
	struct aaa_request req = {
		.method = AAA_PAP,
		.name = {(const uint8_t *)l->user->login.name, strlen(l->user->login.name)},
		.password = {l->row->password.b, l->row->password.len},
	};
	struct aaa_local_user stored;
	struct aaa_verdict v;

	if (l->user->auth == CFG_AUTH_ANONYMOUS)
		return true;
	if (l->user->auth != CFG_AUTH_PASSWORD)
		return story_refuse(
			p, "no-aaa-server",
			"the password of the user %s of the hub %s is not the hub's to check",
			l->user->login.name, l->hub->name);
	account_stored(&l->user->login, &stored);
	aaa_local(&req, &stored, &v);
	return v.result == AAA_OK ||
	       story_refuse(p, v.reason,
			    "the hub %s refuses the user %s of the EtherIP client \"%s\": %s",
			    l->hub->name, l->user->login.name, l->row->id, v.text);
}

static bool find_hub(const struct peer *p, struct etherip_login *l)
{
	l->hub = config_hub(p->core->config, l->row->hub);
	if (!l->hub)
		return story_refuse(p, "no-hub", "there is no hub \"%s\"", l->row->hub);
	l->run = hub_open_to(p, l->hub);
	return l->run != NULL;
}

static bool find_user(const struct peer *p, struct etherip_login *l)
{
	l->user = config_hub_user(l->hub, l->row->user, strlen(l->row->user));
	if (!l->user)
		return story_refuse(p, "unknown-user", "the hub %s has no user \"%s\"",
				    l->hub->name, l->row->user);
	if (!account_is_current(p, l->hub, l->user))
		return false;
	config_hub_policies(l->hub, l->user, &l->policy);
	l->credential = credential_of(p->core, l);
	return l->policy.value[POLICY_ACCESS] ||
	       story_refuse(p, "policy-access", "the policy Access of %s is no",
			    l->user->login.name);
}

/* Of its own identity or `*`; a peer that may carry anything is a router only by its own. */
static bool find_row(const struct peer *p, const char *id, bool named, struct etherip_login *l)
{
	char quoted[2 * ETHERIP_ID];

	l->row = config_etherip(p->core->config, id);
	if (l->row && (named || strcmp(l->row->id, "*") != 0))
		return true;
	log_quote(id, strlen(id), quoted, sizeof(quoted));
	return named &&
	       story_refuse(p, "no-etherip-client", "no EtherIP client for the ID %s", quoted);
}

bool etherip_limits_ok(const struct peer *p, const struct etherip_login *l,
		       const struct name *account)
{
	return hub_has_room(p, l->hub, l->run->n_logins) &&
	       account_has_room(p, &l->user->login, account->n_logins + account->n_ports,
				l->policy.value[POLICY_MULTI_LOGINS]);
}

bool etherip_find(const struct peer *p, const char *id, bool named, struct etherip_login *out)
{
	*out = (struct etherip_login){0};
	return find_row(p, id, named, out) && find_hub(p, out) && find_user(p, out);
}
