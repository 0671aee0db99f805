/*
 * quirk: the ledger of client systems as their PPP shows them: how each is recognised, what
 * it does, what we do, and the test that shows it.
 *
 * Facts: reference/clients.md 3.1 to 3.4. Called by negotiate, reject and lcp with what the
 * peer sends, and by ppp_client_system(). Recognition is for people and for the story:
 * nothing that the peer is given or refused depends on it.
 */
#include "quirk.h"

#include <string.h>

#include "link.h"

/* The first row whose signs all were seen, and none of those that must not be. */
const struct quirk quirks[] = {
	{
		.system = "Windows Vista or later",
		.all = SIGN_MSRASV5_20,
		.sign = "Identification MSRASV5.20 once LCP is open",
		.does = "asks Callback, MRRU and Endpoint-Discriminator; sends its name and a "
			"binary GUID as Identification; tries IPV6CP and CCP; asks for WINS; "
			"tries a refused password again on the Failure's challenge",
		.we_do = "refuse the LCP options in one Configure-Reject, take Identification "
			 "in silence, Protocol-Reject CCP, reject WINS that we do not have, "
			 "R=1 and a new challenge",
		.test = "test_scripts windows_ten, test_retry windows_types_its_password_again",
	},
	{
		.system = "Windows XP or 2003",
		.all = SIGN_MSRASV5_10,
		.sign = "Identification MSRASV5.10",
		.does = "as Windows Vista, without IPV6CP and GUID; CCP offers MPPE and MPPC and "
			"is closed by a Terminate-Request with its data",
		.we_do = "Protocol-Reject for each packet of CCP, at most ten a second",
		.test = "test_scripts windows_xp_closes_ccp",
	},
	{
		.system = "Windows 2000",
		.all = SIGN_MSRASV5_00,
		.sign = "Identification MSRASV5.00",
		.does = "as Windows XP",
		.we_do = "as for Windows XP",
		.test = "test_quirk every_row_is_reached",
	},
	{
		.system = "Windows",
		.all = SIGN_CALLBACK,
		.sign = "asks Callback; no Identification yet",
		.does = "as above",
		.we_do = "as above",
		.test = "test_quirk every_row_is_reached",
	},
	{
		.system = "Apple macOS or iOS",
		.all = SIGN_ACSP,
		.sign = "tries ACSP (8235)",
		.does = "asks VJ compression; no MRU option when it is 1500; DHCPINFORM for routes",
		.we_do = "Protocol-Reject for ACSP, reject VJ and keep the address",
		.test = "test_scripts apple",
	},
	{
		.system = "Android (Samsung)",
		.all = SIGN_ACCM | SIGN_MRU_1270,
		.sign = "asks ACCM, and MRU 1270",
		.does = "drops every frame that comes before its pppd runs",
		.we_do = "say LCP's first request again every three seconds",
		.test = "test_quirk every_row_is_reached",
	},
	{
		.system = "Android or Linux pppd",
		.all = SIGN_ACCM | SIGN_MRU_1400,
		.sign = "asks ACCM, and MRU 1400",
		.does = "Android drops every frame that comes before its pppd runs; both offer "
			"CCP with deflate and BSD, or MPPE",
		.we_do = "say LCP's first request again every three seconds; Protocol-Reject CCP",
		.test = "test_scripts android_loses_our_first_frames",
	},
	{
		.system = "Apple or Linux pppd",
		.all = SIGN_ACCM,
		.none = SIGN_MRU,
		.sign = "asks ACCM and no MRU",
		.does = "as pppd with its defaults",
		.we_do = "reject VJ and keep the address",
		.test = "test_scripts apple",
	},
	{
		.system = "pppd",
		.all = SIGN_ACCM | SIGN_MRU,
		.sign = "asks ACCM, and another MRU",
		.does = "as pppd",
		.we_do = "nothing of its own",
		.test = "test_quirk every_row_is_reached",
	},
};

const size_t n_quirks = sizeof(quirks) / sizeof(quirks[0]);

const struct quirk *quirk_find(unsigned seen)
{
	for (size_t i = 0; i < n_quirks; i++)
		if ((seen & quirks[i].all) == quirks[i].all && !(seen & quirks[i].none))
			return &quirks[i];
	return NULL;
}

const char *ppp_client_system(const struct ppp *p)
{
	const struct quirk *q = quirk_find(p->signs.seen);

	return q ? q->system : NULL;
}

static unsigned sign_of_mru(struct bytes data)
{
	struct rd r = rd_of_bytes(data);
	uint16_t mru = rd_u16(&r);

	return SIGN_MRU | (mru == 1400 ? SIGN_MRU_1400 : 0u) | (mru == 1270 ? SIGN_MRU_1270 : 0u);
}

void quirk_option(struct ppp *p, uint16_t protocol, const struct cp_option_in *o)
{
	unsigned sign = 0;

	if (protocol != PROTO_LCP)
		return;
	if (o->type == 1)
		sign = sign_of_mru(o->data);
	else if (o->type == 2)
		sign = SIGN_ACCM;
	else if (o->type == 13)
		sign = SIGN_CALLBACK;
	p->signs.seen |= (uint16_t)sign;
}

void quirk_protocol(struct ppp *p, uint16_t protocol)
{
	if (protocol == PROTO_ACSCP || protocol == PROTO_ACSP)
		p->signs.seen |= SIGN_ACSP;
}

void quirk_identification(struct ppp *p, struct bytes text)
{
	static const struct {
		const char *text;
		unsigned sign;
	} says[] = {
		{"MSRASV5.20", SIGN_MSRASV5_20},
		{"MSRASV5.10", SIGN_MSRASV5_10},
		{"MSRASV5.00", SIGN_MSRASV5_00},
	};

	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (text.len == strlen(says[i].text) && memcmp(text.p, says[i].text, text.len) == 0)
			p->signs.seen |= (uint16_t)says[i].sign;
}
