/*
 * fixture: what the programs beside script_test have alike: a server's configuration, a client
 * that connects, a quiet log.
 */
#pragma once

#include "world.h"

/* hub: address and mask of the host's end; pool: range and mask. Commands may follow, blocks
 * of which may be entered again. */
#define FIXTURE_CONFIG(hub, pool)                                                                  \
	"hostname cw\n"                                                                            \
	"hub DEFAULT\n"                                                                            \
	" secure-nat host " hub "\n"                                                               \
	" secure-nat enable\n"                                                                     \
	"ip local pool OFFICE " pool "\n"                                                          \
	"group-policy DfltGrpPolicy attributes\n"                                                  \
	" vpn-tunnel-protocol l2tp-ipsec\n"                                                        \
	"tunnel-group DefaultRAGroup general-attributes\n"                                         \
	" address-pool OFFICE\n"                                                                   \
	"tunnel-group DefaultRAGroup ipsec-attributes\n"                                           \
	" ikev1 pre-shared-key testpsk\n"                                                          \
	"tunnel-group DefaultRAGroup ppp-attributes\n"                                             \
	" no authentication chap\n"                                                                \
	" authentication ms-chap-v2\n"                                                             \
	"username alice password secret1 mschap\n"                                                 \
	"crypto ikev1 enable outside\n"

#define FIXTURE_OFFICE                                                                             \
	FIXTURE_CONFIG("10.4.5.1 255.255.255.0", "10.4.5.10-10.4.5.200 mask 255.255.255.0")

/* A thousand addresses, all for one user. */
#define FIXTURE_CROWD                                                                              \
	FIXTURE_CONFIG("10.4.0.1 255.255.252.0", "10.4.0.10-10.4.3.250 mask 255.255.252.0")        \
	"group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 1000\n"

/* Diffie-Hellman that costs little. */
extern const struct ike_policy fixture_ecp256;

/* alice from this address, host order. */
struct client_options fixture_alice(const char *name, uint32_t inner);

/* Dials and waits; ends the program when the client does not come up. */
struct client *fixture_connect(struct world *w, const struct client_options *o);

bool fixture_is_up(void *client);
bool fixture_is_empty(void *world); /* check_empty() */

/* Octets of the heap in use; of the sanitizer's, where there is one. */
size_t fixture_heap(void);

void fixture_no_log(void); /* the server's log goes nowhere */
