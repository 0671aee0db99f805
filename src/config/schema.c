/*
 * Schema: the topics in the order of printing, and the modes. Called by parse.c,
 * print.c and docs.c. Holds no command itself.
 */
#include "schema.h"

#include <string.h>

static const struct topic *const topics[] = {
	&topic_global,     &topic_interface, &topic_hub,     &topic_hub_option,
	&topic_hub_access, &topic_hub_user,  &topic_service, &topic_etherip,
	&topic_pool,       &topic_ipsec,     &topic_map,     &topic_ike,
	&topic_exchange,   &topic_policy,    &topic_user,    &topic_group,
};

#define OBJECTS(array_, count_, type_)                                                             \
	.array = offsetof(struct config, array_), .count = offsetof(struct config, count_),        \
	.size = sizeof(struct type_)
#define OF_HUB(array_, count_, type_)                                                              \
	.array = offsetof(struct cfg_hub, array_), .count = offsetof(struct cfg_hub, count_),      \
	.size = sizeof(struct type_), .parent = MODE_HUB

static const struct mode_info modes[MODE_N] = {
	[MODE_GLOBAL] = {.prompt = "config"},
	[MODE_INTERFACE] = {"config-if", "interface NAME",
			    OBJECTS(interfaces, n_interfaces, cfg_interface)},
	[MODE_HUB] = {"config-hub", "hub NAME", OBJECTS(hubs, n_hubs, cfg_hub)},
	[MODE_HUB_GROUP] = {"config-hub-group", "group NAME",
			    OF_HUB(groups, n_groups, cfg_hub_group)},
	[MODE_HUB_USER] = {"config-hub-user", "user NAME", OF_HUB(users, n_users, cfg_hub_user)},
	[MODE_IKE_POLICY] = {"config-ikev1-policy", "crypto ikev1 policy PRIORITY<1-65535>",
			     OBJECTS(ike, n_ike, cfg_ike_policy)},
	[MODE_GROUP_POLICY] = {"config-group-policy", "group-policy NAME attributes",
			       OBJECTS(policies, n_policies, cfg_group_policy)},
	[MODE_USERNAME] = {"config-username", "username NAME attributes",
			   OBJECTS(users, n_users, cfg_user)},
	[MODE_TUNNEL_GENERAL] = {"config-tunnel-general", "tunnel-group NAME general-attributes",
				 OBJECTS(groups, n_groups, cfg_tunnel_group)},
	[MODE_TUNNEL_IPSEC] = {"config-tunnel-ipsec", "tunnel-group NAME ipsec-attributes",
			       OBJECTS(groups, n_groups, cfg_tunnel_group)},
	[MODE_TUNNEL_PPP] = {"config-tunnel-ppp", "tunnel-group NAME ppp-attributes",
			     OBJECTS(groups, n_groups, cfg_tunnel_group)},
};

const struct row *schema_row(unsigned i)
{
	for (size_t t = 0; t < sizeof(topics) / sizeof(topics[0]); t++) {
		if (i < topics[t]->n)
			return &topics[t]->rows[i];
		i -= topics[t]->n;
	}
	return NULL;
}

const struct mode_info *schema_mode(enum mode m)
{
	return &modes[m];
}

static void *element(const void *parent, const struct mode_info *info, unsigned i)
{
	char *base;
	unsigned n;

	memcpy(&base, (const char *)parent + info->array, sizeof(base));
	memcpy(&n, (const char *)parent + info->count, sizeof(n));
	return i < n ? base + (size_t)i * info->size : NULL;
}

void *schema_object(const struct config *c, enum mode m, unsigned outer, unsigned i)
{
	const struct mode_info *info = &modes[m];
	const void *parent = c;

	if (m == MODE_GLOBAL)
		return NULL;
	if (info->parent != MODE_GLOBAL)
		parent = element(c, &modes[info->parent], outer);
	return parent ? element(parent, info, i) : NULL;
}

size_t schema_grammars(enum mode m, bool no, struct grammar_row out[GRAMMAR_ROWS_MAX])
{
	const struct row *r;
	size_t n = 0;

	for (unsigned i = 0; (r = schema_row(i)) && n < GRAMMAR_ROWS_MAX; i++) {
		const char *grammar = no ? r->no : r->set ? r->grammar : NULL;

		if (r->mode == m && grammar)
			out[n++] = (struct grammar_row){grammar, r->help, i, r->words};
	}
	return n;
}
