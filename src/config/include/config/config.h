/*
 * config: the running configuration as a value, and the command language that
 * makes it (ASA's; DESIGN.md section 4).
 *
 * A configuration is parsed whole or not at all, is never changed once made, and
 * prints back to commands that parse to the same value. Every command is one row
 * of the schema: keyword grammar, mode, parse, check, print, help.
 *
 * Inheritance (asa-and-peers.md 1.4): a leaf has a `set` flag; `no` clears it,
 * `none` sets it to an empty value. config_policy() resolves the chain.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/secret.h"
#include "hub/access_list.h"
#include "hub/options.h"
#include "hub/policy.h"

#define CFG_NAME_MAX         64
#define CFG_TEXT_MAX         127 /* a real name, a note */
#define CFG_HUBS_MAX         64
#define CFG_POLICY_POOLS_MAX 6
#define CFG_HUB_DNS6_MAX     2

enum cfg_natmode { CFG_ENGINE_KERNEL, CFG_ENGINE_USER };

/* The security policies of hub users and groups that act here, by SoftEther's numbers
 * (softether.md 2.1). */
enum cfg_hub_policy_id {
	CFG_POLICY_ACCESS = 0,
	CFG_POLICY_TIMEOUT = 14,
	CFG_POLICY_MULTI_LOGINS = 20,
	CFG_POLICY_AUTO_DISCONNECT = 31,
	CFG_POLICY_N = 38,
};

struct cfg_hub_policy {
	uint64_t set; /* bit n: value[n] was given */
	uint32_t value[CFG_POLICY_N];
};

struct cfg_hub_group {
	char name[CFG_NAME_MAX + 1];
	char realname[CFG_TEXT_MAX + 1], note[CFG_TEXT_MAX + 1];
	struct cfg_hub_policy policy;
};

struct cfg_hub_user;

/* `access ID ...`. Names are those of users or groups of the hub, empty: any; rule.src_name and
 * dst_name are core's to fill. */
struct cfg_access {
	struct access_rule rule;
	char src_user[CFG_NAME_MAX + 1], dst_user[CFG_NAME_MAX + 1];
	char note[CFG_TEXT_MAX + 1];
};

#define CFG_INTERFACE_MAX 15

struct cfg_hub {
	char name[CFG_NAME_MAX + 1];
	bool online; /* default true */
	/* bridge IFNAME: the segment's way out is this interface, not SecureNAT; empty: none */
	char bridge[CFG_INTERFACE_MAX + 1];
	uint64_t options_set; /* option NAME VALUE: bit n: options[n] was given */
	uint32_t options[OPTION_N];
	unsigned n_access;
	struct cfg_access *access; /* by id */
	bool securenat;            /* secure-nat enable */
	bool nat;                  /* secure-nat nat enable */
	enum cfg_natmode engine;   /* default kernel; user is refused until its issue */
	uint32_t host_ip;          /* secure-nat host; host order; 0: none */
	uint8_t prefix;
	/* ipv6 prefix: each session gets a /64 of it (RFC 8273), the host the first. Upper half
	 * of the address, host order, and 32 to 63; 0: no IPv6. */
	uint64_t net6;
	uint8_t prefix6;
	unsigned n_dns6; /* ipv6 dns-server */
	struct ip_addr dns6[CFG_HUB_DNS6_MAX];
	uint32_t max_sessions; /* 0: no limit */
	bool no_enum;          /* clients are not told that the hub exists */
	unsigned n_groups;
	struct cfg_hub_group *groups;
	unsigned n_users;
	struct cfg_hub_user *users;
};

struct cfg_pool {
	char name[CFG_NAME_MAX + 1];
	uint32_t first, last; /* host order, inclusive */
	uint8_t prefix;       /* of the mask; 32 when none was given */
};

/* Bits of vpn-tunnel-protocol. */
enum { CFG_PROTO_IKEV1 = 1, CFG_PROTO_IKEV2 = 2, CFG_PROTO_L2TP_IPSEC = 4, CFG_PROTO_SSL = 8 };

/* Timeouts in seconds; CFG_NONE for `none`. */
#define CFG_NONE UINT32_MAX

struct cfg_policy_values {
	bool protocols_set;
	unsigned protocols;
	bool dns_set;
	uint32_t dns[2];
	bool wins_set;
	uint32_t wins[2];
	bool domain_set;
	char domain[256];
	bool logins_set;
	uint32_t logins; /* vpn-simultaneous-logins */
	bool idle_set;
	uint32_t idle_s;
	bool session_set;
	uint32_t session_s;
	bool pools_set;
	unsigned n_pools;
	char pools[CFG_POLICY_POOLS_MAX][CFG_NAME_MAX + 1];
};

struct cfg_group_policy {
	char name[CFG_NAME_MAX + 1];
	struct cfg_policy_values v;
};

/* Bits of ppp-attributes authentication. */
enum {
	CFG_PPP_PAP = 1,
	CFG_PPP_CHAP = 2,
	CFG_PPP_MSCHAP1 = 4,
	CFG_PPP_MSCHAP2 = 8,
	CFG_PPP_EAP = 16
};

struct cfg_tunnel_group {
	char name[CFG_NAME_MAX + 1];
	bool l2l; /* type ipsec-l2l: no PPP users; default remote-access */
	unsigned n_pools;
	char pools[CFG_POLICY_POOLS_MAX][CFG_NAME_MAX + 1];
	char group_policy[CFG_NAME_MAX + 1]; /* empty: DfltGrpPolicy */
	char hub[CFG_NAME_MAX + 1];          /* virtual-hub; empty: see DESIGN.md section 4 */
	bool psk_set;
	struct secret psk;
	unsigned ppp_auth; /* default CHAP | MSCHAP1, as on ASA */
	bool strip_realm, strip_group;
	bool keepalive;
	uint16_t keepalive_s, keepalive_retry_s;
};

enum cfg_password { CFG_PW_NONE, CFG_PW_NT_HASH, CFG_PW_PBKDF2 };

struct cfg_user {
	char name[CFG_NAME_MAX + 1];
	enum cfg_password kind;
	uint8_t nt_hash[16];
	/* PBKDF2-HMAC-SHA-512, printed as $sha512$ITERATIONS$SALT$HASH (base64) */
	uint32_t iterations;
	uint8_t salt[16], hash[32];
	uint8_t hash_len; /* 32; 16 when the text came from an ASA; the rest of hash is zero */
	uint8_t privilege;
	uint32_t framed_ip; /* username attributes vpn-framed-ip-address; 0: none */
	char group_policy[CFG_NAME_MAX + 1];
};

/* How a hub user is authenticated (softether.md 2.2). */
enum cfg_auth {
	CFG_AUTH_PASSWORD,
	CFG_AUTH_ANONYMOUS,
	CFG_AUTH_RADIUS,
	CFG_AUTH_NT_DOMAIN,
	CFG_AUTH_CERTIFICATE,
	CFG_AUTH_SIGNED,
};

/* A user of one hub. login has the name ("*": every other name), the stored password and the
 * fixed address that the note gives; its group_policy is empty. */
struct cfg_hub_user {
	struct cfg_user login;
	enum cfg_auth auth;
	char realname[CFG_TEXT_MAX + 1], note[CFG_TEXT_MAX + 1];
	char group[CFG_NAME_MAX + 1]; /* of the same hub; empty: none */
	uint64_t expires;             /* local time as the number YYYYMMDDhhmmss; 0: never */
	/* RADIUS, NT domain: the name there, empty: the same. Certificate: its fingerprint in
	 * hex. Signed: the common name that it must have, empty: any. */
	char detail[CFG_NAME_MAX + 1];
	char serial[CFG_NAME_MAX + 1]; /* signed: the serial number in hex, empty: any */
	struct cfg_hub_policy policy;
};

struct cfg_ike_policy {
	uint16_t priority;
	uint8_t cipher;    /* RFC 2409 appendix A: 7 AES-CBC, 5 3DES, 1 DES */
	uint16_t key_bits; /* AES; else 0 */
	uint8_t hash;      /* enum prim_hash value */
	uint8_t group;
	uint32_t life_s; /* 86400; 0: none */
};

struct cfg_transform_set {
	char name[CFG_NAME_MAX + 1];
	uint8_t cipher;    /* enum burst_cipher value */
	uint16_t key_bits; /* 3DES: 192, DES: 64 */
	uint8_t auth;      /* enum burst_auth value */
	bool transport;    /* mode transport; default tunnel */
};

struct cfg_dynamic_map {
	char name[CFG_NAME_MAX + 1];
	uint16_t seq;
	unsigned n_sets;
	char sets[11][CFG_NAME_MAX + 1];
	bool pfs; /* demanded, with this group */
	uint8_t pfs_group;
	uint32_t life_s, life_kb; /* 0: global */
};

struct cfg_crypto_map {
	char name[CFG_NAME_MAX + 1];
	uint16_t seq;
	char dynamic[CFG_NAME_MAX + 1];
};

struct cfg_interface {
	char name[CFG_NAME_MAX + 1];   /* interface NAME */
	char nameif[CFG_NAME_MAX + 1]; /* "" until given */
	uint32_t ip;
	uint8_t prefix;                    /* ip address; 0: none */
	char crypto_map[CFG_NAME_MAX + 1]; /* crypto map NAME interface NAMEIF */
	bool ike_enable;                   /* crypto ikev1 enable NAMEIF */
};

/* ipsec-service: what is switched on beside `crypto ikev1 enable`. */
struct cfg_services {
	bool l2tp;                          /* L2TP over IPsec on every local address */
	bool etherip;                       /* EtherIP over IPsec likewise */
	char default_hub[CFG_NAME_MAX + 1]; /* empty: the hub DEFAULT */
};

#define CFG_ID_MAX 128

/* etherip client: the router with this ISAKMP identity has a port on the hub, as this user. */
struct cfg_etherip {
	char id[CFG_ID_MAX + 1]; /* any case; "*": every other one */
	char hub[CFG_NAME_MAX + 1], user[CFG_NAME_MAX + 1];
	struct secret password; /* empty: it was masked */
};

struct config {
	char hostname[CFG_NAME_MAX + 1];
	struct cfg_services services;
	unsigned n_hubs;
	struct cfg_hub *hubs;
	unsigned n_etherip;
	struct cfg_etherip *etherip;
	unsigned n_pools;
	struct cfg_pool *pools;
	unsigned n_policies;
	struct cfg_group_policy *policies; /* DfltGrpPolicy is always there */
	unsigned n_groups;
	struct cfg_tunnel_group *groups; /* DefaultRAGroup is always there */
	unsigned n_users;
	struct cfg_user *users;
	unsigned n_ike;
	struct cfg_ike_policy *ike; /* by priority; none: the built-in list */
	unsigned n_sets;
	struct cfg_transform_set *sets;
	unsigned n_dynmaps;
	struct cfg_dynamic_map *dynmaps;
	unsigned n_maps;
	struct cfg_crypto_map *maps;
	unsigned n_interfaces;
	struct cfg_interface *interfaces; /* `outside` without a block: name "" */
	uint16_t l2tp_hello_s;            /* 60 */
	struct secret l2tp_secret;        /* of every L2TP tunnel; empty: none */
	bool natt;                        /* true */
	uint16_t natt_keepalive_s;        /* 20 */
	bool natt_force;                  /* make capable peers use UDP encapsulation; true */
	bool aggressive;                  /* Aggressive Mode is served; false */
	uint16_t fragment_mtu;            /* IKE fragments: octets of an IP packet; 0: off; 1280 */
	uint32_t esp_life_s, esp_life_kb; /* 28800, 4608000 */
	uint32_t replay_window;           /* 1024 */
};

/* What is wrong, where, and what would be right. Lines and columns from 1. */
struct cfg_error {
	unsigned line, column;
	bool warning;
	char text[256]; /* `unknown command "tunel-group"; nearest is "tunnel-group"` */
};

struct cfg_errors {
	unsigned n; /* counted beyond the array too */
	struct cfg_error e[64];
};

/* A random source for salts. */
typedef void cfg_random(void *ctx, void *buf, size_t len);

/* Parses a whole file. NULL when any line is an error; errors and warnings in
 * *errs either way, in order of lines. Passwords are hashed here and their clear
 * text is wiped from what this function allocates (text stays the caller's). */
struct config *config_parse(const char *text, size_t len, struct cfg_errors *errs,
			    cfg_random *random, void *random_ctx);
void config_free(struct config *c); /* wipes secrets */

/* The running configuration c with the lines of text carried out on top of it, as a new one;
 * c stays as it is. Lines of *errs count from 1 in text; 0: what c has makes the new one
 * wrong. NULL when any line is an error, as config_parse(). */
struct config *config_amend(const struct config *c, const char *text, size_t len,
			    struct cfg_errors *errs, cfg_random *random, void *random_ctx);

/* The built-in defaults: nothing enabled. */
struct config *config_new(void);

/* The commands of c, one a line, submode lines with one leading space. masked:
 * secrets as ***** (for people); else in a form that parses back. Caller frees
 * (and wipes when not masked). NULL when memory is short. */
char *config_print(const struct config *c, bool masked);

const struct cfg_hub *config_hub(const struct config *c, const char *name); /* any case */
const struct cfg_pool *config_pool(const struct config *c, const char *name);
const struct cfg_user *config_user(const struct config *c, const char *name,
				   size_t len); /* any case */
/* A user and a group of a hub, any case; the user `*` only by that name. */
const struct cfg_hub_user *config_hub_user(const struct cfg_hub *h, const char *name, size_t len);
const struct cfg_hub_group *config_hub_group(const struct cfg_hub *h, const char *name);
/* A policy of a hub user: the user's own, else the group's. False: neither has it. */
bool config_hub_policy(const struct cfg_hub *h, const struct cfg_hub_user *u,
		       enum cfg_hub_policy_id id, uint32_t *value);
/* Every policy of a hub user, by hub/policy.h: the user's own value, else the group's, else the
 * default. u NULL: a user whom the hub does not know has the defaults. */
void config_hub_policies(const struct cfg_hub *h, const struct cfg_hub_user *u,
			 struct hub_policy *out);
/* A hub's access rule of this id, or NULL. */
const struct cfg_access *config_access(const struct cfg_hub *h, uint32_t id);
/* The command that makes the rule, as config_print() has it, into out (1024 octets are always
 * enough). False: it is cut. */
bool config_access_line(const struct cfg_access *a, char *out, size_t cap);
/* Does anything act on an extended option? One for which nothing does has its default only. */
bool config_option_acts(unsigned id);
/* Every extended option of a hub, by hub/options.h: what was given, else the default. */
void config_hub_options(const struct cfg_hub *h, struct hub_options *out);
/* The hub of who names none, by ipsec-service default-hub or DEFAULT; NULL when there is none. */
const struct cfg_hub *config_default_hub(const struct config *c);
const struct cfg_tunnel_group *config_group(const struct config *c, const char *name);
const struct cfg_group_policy *config_group_policy(const struct config *c, const char *name);
/* The hub of a profile (DESIGN.md section 4), or NULL. */
const struct cfg_hub *config_group_hub(const struct config *c, const struct cfg_tunnel_group *g);

/* Resolved values: user's policy > profile's policy > DfltGrpPolicy, every `set` true. */
void config_policy(const struct config *c, const struct cfg_tunnel_group *g,
		   const struct cfg_user *u, struct cfg_policy_values *out);

/* Does a group policy of the chain say how many logins a user may have? */
bool config_policy_has_logins(const struct config *c, const struct cfg_tunnel_group *g,
			      const struct cfg_user *u);

/* The router of this ISAKMP identity: its own row, else that of `*`, else NULL. */
const struct cfg_etherip *config_etherip(const struct config *c, const char *id);

/* Is L2TP over IPsec, which also `crypto ikev1 enable` switches on? */
bool config_l2tp_enabled(const struct config *c);
/* Is IKE enabled anywhere? (nothing is configured: everything is off) */
bool config_ike_enabled(const struct config *c);
