/* ike_suites: the configuration's IKE policies and transform sets as ike's. Private to core. */
#pragma once

#include "config/config.h"
#include "ike/ike.h"

#define POLICIES_MAX 128
#define ESPS_MAX     255 /* a proposal's count of transforms is one octet */

/* The policies in order of priority; without any the built-in list. Returns how many. */
size_t ike_suites_policies(const struct config *cfg, struct ike_policy out[POLICIES_MAX]);

/* The transform sets of the dynamic maps that an interface's crypto map names, in their
 * order, with the entry's PFS group and lifetimes; an entry that names no set has the
 * built-in ones. Without any entry the built-in list. Returns how many. */
size_t ike_suites_esps(const struct config *cfg, struct ike_esp out[ESPS_MAX]);

/* Algorithms as `show` names them: "AES256", "AESGCM128", "3DES"; "SHA1", "none" beside a
 * cipher that authenticates. Constants. */
const char *ike_suites_cipher_name(const struct burst_alg *alg);
const char *ike_suites_auth_name(const struct burst_alg *alg);

/* The same of phase 1; "-" before a policy is chosen. */
const char *ike_suites_policy_cipher_name(const struct ike_policy *p);
const char *ike_suites_policy_hash_name(const struct ike_policy *p);
