/*
 * info: what is known of a connection, for people (lac_get_info()). Called by the
 * commands of sekisho-lac. Changes nothing.
 */
#include <stdio.h>

#include "lac_i.h"

static void ike_info(const struct lac *l, struct lac_info *out)
{
	struct ike_sa_info sa;
	unsigned cursor = 0;

	/* the newest is the last one that is shown */
	while (l->ike && ike_each_sa(l->ike, &cursor, &sa)) {
		if (!sa.policy.cipher)
			continue;
		ike_policy_words(&sa.policy, out->phase1, sizeof(out->phase1));
		snprintf(out->server, sizeof(out->server), "%s%s%s", sa.client,
			 *sa.client_version ? " " : "", sa.client_version);
		out->server_behind_nat = sa.peer_behind_nat;
		out->we_behind_nat = sa.we_behind_nat;
	}
}

void lac_get_info(const struct lac *l, struct lac_info *out)
{
	const struct esp_pair *pair = esp_sender(&l->esp);
	struct ppp_status ppp;

	*out = (struct lac_info){.mru = l->cfg.mru};
	ike_info(l, out);
	if (pair) {
		ike_esp_words(&pair->alg, out->phase2, sizeof(out->phase2));
		out->udp_encap = pair->udp_encap;
	}
	snprintf(out->host_name, sizeof(out->host_name), "%s", l->call_info.peer_host_name);
	snprintf(out->vendor_name, sizeof(out->vendor_name), "%s", l->call_info.peer_vendor_name);
	out->firmware = l->call_info.peer_firmware;
	if (!l->ppp)
		return;
	ppp_get_status(l->ppp, &ppp);
	out->ppp_auth = ppp.auth ? ppp_auth_name(ppp.auth) : NULL;
	out->peer_mru = l->up.peer_mru;
}
