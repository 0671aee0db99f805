/*
 * advice: what a reason means for a person and what to do about it. A reason
 * that is not here needs no advice. Called by explain.
 */
#include "advice.h"

#include <stddef.h>
#include <string.h>

static const struct advice rows[] = {
	{"psk-mismatch", "the pre-shared key on the client is not the server's",
	 "type the key again on the client (capital letters and spaces count); the server's is "
	 "under "
	 "`tunnel-group DefaultRAGroup ipsec-attributes`, `ikev1 pre-shared-key`",
	 "789"},
	{"no-psk", "the server has no pre-shared key",
	 "`tunnel-group DefaultRAGroup ipsec-attributes` and `ikev1 pre-shared-key KEY`", "789"},
	{"aggressive-mode-off",
	 "the client wants Aggressive Mode, because a group name (identifier, IPSec identifier) is "
	 "filled in on it",
	 "leave that field empty on the client: it then uses Main Mode; or, where it must be, "
	 "`no crypto ikev1 am-disable` and a random pre-shared key of 20 characters or more",
	 "789"},
	{"ike-fragments-off", "the client sends long IKE messages in fragments, which are refused",
	 "`crypto ikev1 fragmentation`", "809"},
	{"peer-invalid-spi",
	 "the client says that it does not know the ESP SA: it was restarted, or has cleaned up",
	 "connect again", NULL},
	{"no-ike-proposal", "the client and the server have no IKE (phase 1) proposal in common",
	 "the notes above say what was offered and what is accepted: allow one of the client's "
	 "suites with "
	 "`crypto ikev1 policy`, or raise the client's",
	 "789"},
	{"no-esp-proposal", "the client and the server have no ESP (phase 2) proposal in common",
	 "the notes above say what was offered: allow it with a `crypto ipsec ikev1 transform-set` "
	 "(mode transport) in the dynamic map, or raise the client's",
	 "789"},
	{"ike-half-open-timeout",
	 "the client stopped in the middle of IKE: our answers, or its next message, did not "
	 "arrive",
	 "look at firewalls and routers between: UDP 500 and 4500 both ways, no dropped fragments",
	 "809"},
	{"half-open-timeout",
	 "the client stopped in the middle of IKE: our answers, or its next message, did not "
	 "arrive",
	 "look at firewalls and routers between: UDP 500 and 4500 both ways, no dropped fragments",
	 "809"},
	{"no-session", "IPsec came up but no L2TP session did within 45 seconds",
	 "the client did not start L2TP, or its L2TP could not pass: is something else bound to "
	 "the "
	 "client's UDP port 1701?",
	 "809"},
	{"wrong-password", "the user name is right, the password is wrong",
	 "type the password again, or set a new one: `username NAME password NEW mschap`", "691"},
	{"unknown-user", "there is no such user on this server (user not found)",
	 "check the spelling, or add it: `username NAME password PASSWORD mschap`", "691"},
	{"password-without-mschap",
	 "the user's password is stored in a form that MS-CHAP cannot use",
	 "set it again with `mschap` at the end: `username NAME password PASSWORD mschap`", "691"},
	{"chap-with-local", "CHAP was used, and LOCAL users cannot be checked by CHAP",
	 "`tunnel-group DefaultRAGroup ppp-attributes`, `no authentication chap`, `authentication "
	 "ms-chap-v2`",
	 "691"},
	{"auth-refused",
	 "the client does none of the PPP authentication methods that the server allows",
	 "allow MS-CHAPv2 (\"Microsoft CHAP version 2\") in the client's security settings, or "
	 "another "
	 "authentication method in `ppp-attributes`",
	 "919"},
	{"protocol-not-permitted", "the user's group policy does not allow l2tp-ipsec",
	 "`group-policy NAME attributes`, `vpn-tunnel-protocol l2tp-ipsec`", "649"},
	{"login-disabled", "the group policy allows no login at all (vpn-simultaneous-logins 0)",
	 "`group-policy NAME attributes`, `vpn-simultaneous-logins 3`", "649"},
	{"pool-exhausted", "the address pool is exhausted: every address is in use",
	 "make the range of `ip local pool` larger, add a pool, or end sessions that are left over",
	 "720"},
	{"no-pool", "no address pool is configured for the profile",
	 "`ip local pool NAME FIRST-LAST mask MASK`, and `address-pool NAME` in the profile's "
	 "general-attributes",
	 "720"},
	{"address-in-use", "the user's fixed address is in use by another session",
	 "end the other session, or give the user another address", "720"},
	{"no-hub", "the profile's virtual hub does not exist or is not up",
	 "`hub NAME` with `secure-nat host`, `secure-nat enable`; `virtual-hub NAME` in the "
	 "profile",
	 "720"},
	{"hub-offline", "the virtual hub is offline", "`hub NAME`, `online`", "649"},
	{"hub-full", "the virtual hub has as many sessions as it may have",
	 "`hub NAME`, a higher `max-session` or `no max-session`", "649"},
	{"bridge-down",
	 "the virtual hub has no way to its segment: its interface is not there, or down",
	 "`show hub` says what is wrong with it; `ip link` shows the interfaces of this host",
	 "720"},
	{"dhcp-no-server", "no DHCP server answered on the segment of the virtual hub",
	 "is there one on that network, and does it serve unknown devices? Else give the profile a "
	 "pool (`ip local pool`, `address-pool`), or the user an address",
	 "720"},
	{"dhcp-no-answer",
	 "a DHCP server on the segment of the virtual hub offered an address and then said no more",
	 "look at that server's log: its range may be full, or two servers may disagree", "720"},
	{"dhcp-refused", "the DHCP server on the segment of the virtual hub refuses the address",
	 "look at that server's log; connect again", "720"},
	{"dhcp-address-taken",
	 "somebody on the segment of the virtual hub has the address already (he answers ARP)",
	 "find him by `arp -n` on that network; keep pools and fixed addresses outside of what "
	 "others "
	 "give out",
	 "720"},
	{"dhcp-inform-silent",
	 "the address is the server's own, and no DHCP server on the segment told its mask and "
	 "router",
	 "a DHCP server that answers DHCPINFORM, or a pool with `mask`", "720"},
	{"dhcp-expired", "no DHCP server renewed the lease of the session's address",
	 "is the DHCP server of that network up? The client can connect again when it is", NULL},
	{"no-etherip-client", "no `etherip client` has the ISAKMP identity that the router sends",
	 "`etherip client ID hub HUB user USER password PASSWORD` with the ID of this story, or "
	 "`*`",
	 NULL},
	{"service-off", "the administrator has switched L2TP over IPsec off",
	 "nothing, if it was wanted; else `ipsec-service l2tp`", NULL},
	{"address-changed", "the server listens on another address now",
	 "connect again to the new address", NULL},
	{"hub-changed", "the way out of the virtual hub was changed: its sessions ended",
	 "nothing: the client can connect again", NULL},
	{"hub-removed", "the virtual hub was removed from the configuration",
	 "nothing, if it was wanted; else `hub NAME` again", NULL},
	{"account-expired", "the user of the hub has expired",
	 "`hub NAME`, `user NAME`, a later `expires`, or `no expires`", "647"},
	{"policy-access", "the policy Access of the user, or of its group, is no",
	 "`hub NAME`, `user NAME`, `policy Access yes`", "649"},
	{"policy-multi-logins", "the user has as many sessions as the policy MultiLogins allows",
	 "`hub NAME`, `user NAME`, a higher `policy MultiLogins`, or end one of the others", "649"},
	{"policy-timeout", "the client said nothing for as long as the policy TimeOut allows",
	 "nothing, if it went away; else `hub NAME`, `user NAME`, a higher `policy TimeOut`", NULL},
	{"auto-disconnect", "the session reached the policy AutoDisconnect of its user",
	 "`hub NAME`, `user NAME`, a higher `policy AutoDisconnect`", NULL},
	{"method-not-permitted",
	 "the tunnel group that the user's name chose does not allow this authentication method",
	 "`tunnel-group NAME ppp-attributes`, `authentication`", "649"},
	{"no-aaa-server",
	 "the user's password is known to a RADIUS server or a Windows domain, and "
	 "this server cannot ask one yet",
	 "`hub NAME`, `user NAME`, `auth password PASSWORD`", "691"},
	{"certificate-user",
	 "the user has a certificate for a password: L2TP clients cannot log in with one",
	 "`hub NAME`, `user NAME`, `auth password PASSWORD`, or another user for L2TP", "691"},
	{"anonymous-mschap2",
	 "the user is anonymous, but MS-CHAPv2 makes the server prove that it knows the password",
	 "type the user's name as the password too, or leave it empty", "691"},
	{"no-address", "the session got no address", "the notes above say why", "720"},
	{"ipcp-refused", "the client insists on an address that is not its own",
	 "set the client to obtain an IP address automatically", "720"},
	{"no-tunnel-secret",
	 "the client wants L2TP tunnel authentication and the server has no secret for it",
	 "remove the L2TP secret from the client (it is not the pre-shared key)", "789"},
	{"tunnel-authentication", "the L2TP tunnel secret of the client is not the server's",
	 "remove the L2TP secret from the client (it is not the pre-shared key)", "789"},
	{"too-many-sessions", "every place for a session is taken",
	 "end sessions that are left over", "809"},
	{"no-resources", "every place for a session is taken", "end sessions that are left over",
	 "809"},
	{"hello-timeout", "the client vanished: it stopped answering L2TP Hello",
	 "nothing, if it went to sleep or lost its network; it can connect again at once", NULL},
	{"retransmit-timeout", "the client vanished: it stopped acknowledging L2TP messages",
	 "nothing, if it went to sleep or lost its network; it can connect again at once", NULL},
	{"dpd-timeout", "the client vanished: it stopped answering dead peer detection (R-U-THERE)",
	 "nothing, if it went to sleep or lost its network; a client that was there all the time: "
	 "`tunnel-group DefaultRAGroup ipsec-attributes`, a longer `isakmp keepalive threshold`, "
	 "or `isakmp keepalive disable`",
	 NULL},
	{"lcp-timeout", "the client did not answer PPP",
	 "large packets may be lost on the way, or the client gave up: connect again", "718"},
	{"idle-timeout", "the session was idle for longer than vpn-idle-timeout allows",
	 "`group-policy NAME attributes`, `vpn-idle-timeout none`", NULL},
	{"session-timeout", "the session reached vpn-session-timeout",
	 "`group-policy NAME attributes`, `vpn-session-timeout none`", NULL},
	{"simultaneous-logins",
	 "the user logged in again, and vpn-simultaneous-logins ended this session",
	 "`group-policy NAME attributes`, a higher `vpn-simultaneous-logins`", NULL},
	{"address-conflict",
	 "two clients with the same identity came from the same address and port in turn",
	 "connect both again; where a NAT does this often, give the clients different names", NULL},
	{"dialled-again", "the client connected again without leaving: its new session stays",
	 "nothing: it was wanted", NULL},
	{"client-restarted", "the client began anew (INITIAL-CONTACT): its former session ended",
	 "nothing: it was wanted", NULL},
	{"administrator", "the administrator ended the session", "nothing: it was wanted", NULL},
};

const struct advice *advice_for(const char *reason)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (reason && strcmp(rows[i].reason, reason) == 0)
			return &rows[i];
	}
	return NULL;
}
