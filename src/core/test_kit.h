/* test_kit: a core on the fake operating system, and sessions made by hand. The rooms
 * below are the real ones; only the far ends are missing. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/api.h"
#include "core_i.h"
#include "os/fake.h"

struct world {
	struct fake *fake;
	struct core *core;
	unsigned submitted;     /* sums that were given to the crypto pool, which never runs them */
	struct ike_dh_job *job; /* the last of them */
};

#define KIT_HUB                                                                                    \
	"hub DEFAULT\n"                                                                            \
	" secure-nat host 10.4.5.1 255.255.255.0\n"                                                \
	" secure-nat nat enable\n"                                                                 \
	" secure-nat enable\n"
#define KIT_POOL "ip local pool OFFICE 10.4.5.10-10.4.5.13 mask 255.255.255.0\n"
#define KIT_PROFILE                                                                                \
	"tunnel-group DefaultRAGroup general-attributes\n"                                         \
	" address-pool OFFICE\n"                                                                   \
	" virtual-hub DEFAULT\n"                                                                   \
	"tunnel-group DefaultRAGroup ipsec-attributes\n"                                           \
	" ikev1 pre-shared-key testpsk\n"                                                          \
	"tunnel-group DefaultRAGroup ppp-attributes\n"                                             \
	" no authentication chap\n"                                                                \
	" authentication ms-chap-v2\n"
#define KIT_USERS                                                                                  \
	"username alice password secret1 mschap\n"                                                 \
	"username bob password secret2 mschap\n"
#define KIT_IKE    "crypto ikev1 enable outside\n"
#define KIT_CONFIG KIT_HUB KIT_POOL KIT_PROFILE KIT_USERS KIT_IKE

struct config *kit_config(const char *text);

/* A core without a configuration; kit_world() applies one. */
void kit_bare(struct world *w, unsigned workers);
void kit_world(struct world *w, unsigned workers, const char *text);
void kit_end(struct world *w); /* nothing may be open behind it */

/* Punts, timers and actions until nothing moves, at this moment. */
void kit_settle(struct world *w);

/* Time passes in steps of a second. */
void kit_seconds(struct world *w, unsigned n);

/* A session of a user in the state "link", authenticated and with an address. */
struct session *kit_login(struct world *w, struct peer *p, const char *user);
/* The same, up. */
struct session *kit_up(struct world *w, struct peer *p, const char *user);
struct peer *kit_peer(struct world *w);

/* Fills the worker's ring; returns how many commands that took. */
unsigned kit_fill_ring(struct world *w, unsigned worker);
