/*
 * words: the reasons of lac, ike, l2tp and ppp as a person needs them: the layer, the
 * likely cause, what to do. Called by dial and load_report. A reason that has no row here is
 * printed as it is.
 */
#include <stdio.h>
#include <string.h>

#include "call.h"

#define REACHED(s) (1u << LAC_##s)
#define BEFORE_UP                                                                                  \
	(REACHED(IDLE) | REACHED(PHASE1) | REACHED(PHASE2) | REACHED(TUNNEL) | REACHED(PPP))
#define WENT_UP   (REACHED(UP) | REACHED(CLOSING) | REACHED(DOWN))
#define ANY       (BEFORE_UP | WENT_UP)
#define IN_PHASE1 (REACHED(IDLE) | REACHED(PHASE1))
#define FINAL     true
#define RETRY     false
/* PPP ends such a link as "auth-failed": its note knows better */
#define FALSE_SERVER "auth-server-false"
#define BY_STATE     0 /* the layer that was being set up */

struct words {
	const char *reason;
	unsigned reached; /* the row is for these states */
	unsigned layer;   /* enum call_layer, or BY_STATE */
	bool final;
	const char *cause, *fix;
};

/* clang-format off */
static const struct words table[] = {
	{"silent", REACHED(TUNNEL), CALL_NO_ANSWER, RETRY, "no answer from the server",
	 "most servers take L2TP inside of IPsec only; do firewalls let UDP 1701 pass?"},
	{"silent", ANY, CALL_NO_ANSWER, RETRY, "no answer from the server",
	 "does it run, is the address right, and do firewalls let UDP 500 and 4500 pass?"},

	{"peer-auth-failed", IN_PHASE1, BY_STATE, FINAL, "the pre-shared key is not the server's",
	 "type it again: capital letters and spaces count"},
	{"psk-mismatch", IN_PHASE1, BY_STATE, FINAL, "the pre-shared key is not the server's",
	 "type it again: capital letters and spaces count"},
	{"no-psk", ANY, BY_STATE, FINAL, "there is no pre-shared key for this server", "give one"},
	{"peer-no-proposal", IN_PHASE1, BY_STATE, FINAL,
	 "the server accepts none of our cipher suites",
	 "allow AES-256 with SHA-1 and group 14 on it (with --cert: RSA signatures too); "
	 "`sekisho-lac probe` says what it takes"},

	{"peer-refuses-certificate", ANY, BY_STATE, FINAL, "the server refuses our certificate",
	 "does it trust its CA, is it still valid, may this name connect? Its log says more"},
	{"sign-failed", ANY, BY_STATE, FINAL, "the private key does not sign",
	 "is it the certificate's?"},
	{"no-certificate", ANY, BY_STATE, FINAL, "the server shows no certificate",
	 "it has to send one (strongSwan: leftsendcert=always)"},
	{"certificate-expired", ANY, BY_STATE, FINAL, "the server's certificate has expired",
	 "its administrator has to renew it; is this machine's clock right?"},
	{"certificate-not-yet-valid", ANY, BY_STATE, FINAL,
	 "the server's certificate is not valid yet", "is this machine's clock right?"},
	{"certificate-untrusted", ANY, BY_STATE, FINAL,
	 "no CA that we trust has issued the server's certificate",
	 "--ca FILE names its CA; the server has to send those in between"},
	{"certificate-self-signed", ANY, BY_STATE, FINAL,
	 "the server's certificate is signed by itself",
	 "if it is the right server's, give that certificate by --ca"},
	{"peer-name-mismatch", ANY, BY_STATE, FINAL, "the server's certificate is another one's",
	 "dial a name that stands in it, or say by --server-id who is meant"},
	{"id-mismatch", ANY, BY_STATE, FINAL,
	 "the server says to be somebody whom its certificate does not name",
	 "its identity (strongSwan: leftid) must stand in its certificate"},
	{"signature-wrong", ANY, BY_STATE, FINAL,
	 "the server has not the private key of the certificate that it shows",
	 "somebody else may be in its place"},
	{"certificate-usage", ANY, BY_STATE, FINAL,
	 "the server's certificate is for something else",
	 "its key usage needs digitalSignature, its extended key usage (if any) serverAuth"},
	{"certificate-weak", ANY, BY_STATE, FINAL,
	 "the server's certificate is signed over MD5 or SHA-1", "it needs one over SHA-256"},
	{"certificate-key", ANY, BY_STATE, FINAL,
	 "the key in the server's certificate is not one that we take",
	 "it has to be RSA of 1024 to 8192 bits"},
	{"certificate-issuer", ANY, BY_STATE, FINAL,
	 "the server's certificate was issued by somebody who may not",
	 "the certificate of its CA needs basic constraints and key usage of a CA"},
	{"certificate-forged", ANY, BY_STATE, FINAL,
	 "the server's certificate was not signed by the CA that it names",
	 "is --ca the CA of now, and not an older one of the same name?"},
	{"certificate-malformed", ANY, BY_STATE, FINAL,
	 "the server's certificate cannot be read", "its administrator has to make a new one"},
	{"certificate-too-large", ANY, BY_STATE, FINAL,
	 "the server sends more certificates than we take", "up to 8, of up to 6000 octets each"},
	{"certificate-constraint", ANY, BY_STATE, FINAL, "the server's certificate is not valid",
	 "its administrator has to make a new one"},
	{"certificate-revoked", ANY, BY_STATE, FINAL, "the server's certificate is revoked",
	 "it has to get a new one"},
	{"certificate-crl", ANY, BY_STATE, FINAL,
	 "there is no current revocation list for the server's certificate", "fetch one"},
	{"peer-no-proposal", ANY, BY_STATE, FINAL, "the server accepts none of our ESP suites",
	 "allow AES with SHA-1 in transport mode on it; `sekisho-lac probe` says what it takes"},
	{"peer-invalid-id", ANY, BY_STATE, FINAL, "it does not know our name or traffic",
	 "is there a profile for L2TP (UDP 1701) and, with --aggressive, for this name?"},
	{"peer-answer-invalid", ANY, BY_STATE, FINAL, "the server's answer is not one to our offer",
	 "this is a fault of the server: its log may say more"},
	{"peer-error", ANY, BY_STATE, RETRY, "the server refuses with an error of its own",
	 "its log may say more"},
	{"ke-invalid", ANY, BY_STATE, RETRY, "the server's key exchange value is not valid",
	 "this is a fault of the server, or somebody changes packets on the way"},
	{"timeout", IN_PHASE1, BY_STATE, RETRY, "the server answered at first, then fell silent",
	 "is the pre-shared key right, and do firewalls let UDP 4500 pass, fragments too?"},
	{"half-open-timeout", IN_PHASE1, BY_STATE, RETRY,
	 "the server answered at first, then fell silent",
	 "is the pre-shared key right, and do firewalls let UDP 4500 pass, fragments too?"},
	{"timeout", REACHED(PHASE2), BY_STATE, RETRY, "the server does not answer Quick Mode",
	 "it may want other ESP suites, or another mode; its log may say more"},
	{"timeout", REACHED(TUNNEL), BY_STATE, RETRY, "the server does not answer L2TP",
	 "does L2TP run behind its IPsec, and does ESP pass (with --no-natt: IP protocol 50)?"},
	{"timeout", REACHED(PPP), CALL_ADDRESS, RETRY, "the server does not answer PPP",
	 "its log may say more"},
	{"esp-not-permitted", ANY, CALL_PHASE2, FINAL,
	 "no NAT is between, so that ESP goes without UDP (IP protocol 50), and we may not send it",
	 "be root"},
	{"esp-install-failed", ANY, CALL_PHASE2, RETRY, "the ESP keys could not be set up",
	 "is there memory left?"},
	{"ike-expired", ANY, BY_STATE, RETRY, "no renewal before the lifetime ended",
	 "connect again"},
	{"esp-expired", ANY, BY_STATE, RETRY, "no renewal before the lifetime ended",
	 "connect again"},
	{"dpd-timeout", ANY, BY_STATE, RETRY, "the server vanished (dead peer detection)",
	 "is the way to it still there?"},

	{"retransmit-timeout", BEFORE_UP, CALL_L2TP, RETRY, "the server does not answer L2TP",
	 "does L2TP run behind its IPsec, and does ESP pass (with --no-natt: IP protocol 50; with "
	 "--raw: UDP 1701)?"},
	{"retransmit-timeout", WENT_UP, CALL_L2TP, RETRY, "the server vanished (L2TP)",
	 "is the way to it still there?"},
	{"hello-timeout", ANY, CALL_L2TP, RETRY, "the server vanished (L2TP)",
	 "is the way to it still there?"},
	{"setup-timeout", ANY, CALL_L2TP, RETRY, "the server does not finish L2TP's set-up",
	 "its log may say more"},
	{"peer-stopccn", BEFORE_UP, CALL_L2TP, RETRY, "the server refuses the L2TP tunnel",
	 "its log may say why; does it want a tunnel secret?"},
	{"peer-stopccn", WENT_UP, CALL_L2TP, RETRY, "the server closed the L2TP tunnel",
	 "its administrator, a limit, or its end"},
	{"peer-cdn", REACHED(PPP), CALL_ADDRESS, RETRY, "the server closed the call during PPP",
	 "no address may be free, or the user may not use L2TP; its log may say why"},
	{"peer-cdn", BEFORE_UP, CALL_L2TP, RETRY, "the server closed the call",
	 "no session may be free; its log may say why"},
	{"peer-cdn", WENT_UP, CALL_L2TP, RETRY, "the server closed the call",
	 "its administrator, or a limit of time"},
	{"tunnel-authentication", ANY, CALL_L2TP, FINAL, "the tunnel secret is not the server's",
	 "that secret is not the pre-shared key: compare it"},
	{"no-tunnel-secret", ANY, CALL_L2TP, FINAL, "the server wants an L2TP tunnel secret",
	 "remove it on the server"},
	{"protocol-version", ANY, CALL_L2TP, FINAL, "the server speaks another version of L2TP",
	 "it must speak version 2 (RFC 2661)"},
	{"peer-delete", BEFORE_UP, BY_STATE, RETRY, "the server closed the connection",
	 "its log may say why"},
	{"peer-delete", WENT_UP, BY_STATE, RETRY, "the server closed the connection",
	 "its administrator, a limit, or its end"},

	{"auth-failed", ANY, CALL_AUTH, FINAL, "the server refuses the user name or the password",
	 "type both again; a user of another hub or group is written user@hub"},
	{"auth-refused", ANY, CALL_AUTH, FINAL,
	 "the server wants an authentication method that we do not have",
	 "allow MS-CHAPv2 or PAP on it"},
	{FALSE_SERVER, ANY, CALL_AUTH, FINAL, "the server cannot prove that it knows the password",
	 "this may be somebody else in its place"},
	{"auth-timeout", ANY, CALL_AUTH, RETRY, "the server does not answer the authentication",
	 "its user directory (RADIUS, LDAP) may be away"},
	{"lcp-timeout", ANY, CALL_ADDRESS, RETRY, "the server does not answer PPP",
	 "large packets may be lost on the way; its log may say more"},
	{"lcp-loop", ANY, CALL_ADDRESS, FINAL, "the server and we do not agree on the PPP link",
	 "its log may say more"},
	{"lcp-loopback", ANY, CALL_ADDRESS, FINAL, "our own PPP packets come back",
	 "is the server's address this machine's?"},
	{"echo-timeout", ANY, CALL_ADDRESS, RETRY, "the server vanished (PPP)",
	 "is the way to it still there?"},
	{"ipcp-timeout", ANY, CALL_ADDRESS, RETRY, "the server gave no address",
	 "its pool may be empty, or its DHCP server away"},
	{"ipcp-refused", ANY, CALL_ADDRESS, RETRY, "the server gave no address",
	 "its pool may be empty, or its DHCP server away"},
	{"no-address", ANY, CALL_ADDRESS, RETRY, "the server gave no address",
	 "its pool may be empty, or its DHCP server away"},
	{"peer-terminated", BEFORE_UP, CALL_ADDRESS, RETRY, "the server ended PPP",
	 "its log may say why; often the user may not use L2TP, or there is no address"},
	{"peer-terminated", WENT_UP, CALL_ADDRESS, RETRY, "the server ended PPP",
	 "its administrator, a limit of time, or its end"},

	{"no-resources", ANY, BY_STATE, RETRY, "a table is full", "wait a little"},
	{"memory", ANY, BY_STATE, RETRY, "no memory", "free some"},
	{"hang-up", ANY, BY_STATE, RETRY, "it was interrupted", "nothing: it was wanted"},
};
/* clang-format on */

static const struct words *find(const char *reason, enum lac_state reached)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].reason, reason) == 0 && table[i].reached & 1u << reached)
			return &table[i];
	}
	return NULL;
}

/* The layer that is being set up in a state. */
static enum call_layer layer_of(enum lac_state reached)
{
	static const enum call_layer by_state[] = {
		[LAC_IDLE] = CALL_PHASE1, [LAC_PHASE1] = CALL_PHASE1, [LAC_PHASE2] = CALL_PHASE2,
		[LAC_TUNNEL] = CALL_L2TP, [LAC_PPP] = CALL_ADDRESS,
	};

	return reached > LAC_PPP ? CALL_ENDED : by_state[reached];
}

enum call_layer call_layer(const char *reason, enum lac_state reached)
{
	const struct words *w = find(reason, reached);

	return reached <= LAC_PPP && w && w->layer ? (enum call_layer)w->layer : layer_of(reached);
}

bool call_is_final(const char *reason, enum lac_state reached)
{
	const struct words *w = find(reason, reached);

	return w && w->final;
}

static const char *layer_name(enum call_layer layer)
{
	switch (layer) {
	case CALL_PHASE1:
		return "IKE phase 1";
	case CALL_PHASE2:
		return "IKE Quick Mode (ESP)";
	case CALL_L2TP:
		return "L2TP";
	case CALL_AUTH:
		return "PPP authentication";
	case CALL_ADDRESS:
		return "PPP";
	case CALL_NO_ANSWER:
	case CALL_ENDED:
		break;
	}
	return "the connection";
}

void call_in_words(const char *reason, enum lac_state reached, const struct note *refusal,
		   char *buf, size_t size)
{
	bool is_false = refusal && refusal->reason && strcmp(refusal->reason, FALSE_SERVER) == 0;
	enum call_layer where = call_layer(reason, reached);
	const char *layer = layer_name(where == CALL_NO_ANSWER ? layer_of(reached) : where);
	const struct words *w = find(is_false ? FALSE_SERVER : reason, reached);
	const char *seen = refusal && refusal->text[0] ? refusal->text : NULL;

	if (!w)
		snprintf(buf, size, "%s: %s", layer, seen ? seen : reason);
	else
		snprintf(buf, size, "%s: %s; %s%s%s%s", layer, w->cause, w->fix, seen ? " (" : "",
			 seen ? seen : "", seen ? ")" : "");
}
