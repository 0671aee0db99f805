/*
 * Keys for Wireshark. Private to src/ike.
 */
#pragma once

#include "sa.h"

/* Both do nothing unless ike_debug_keys() wants it. */
void keylog_phase1(const struct isakmp_sa *sa);                    /* its cipher key is there */
void keylog_child(const struct ike *k, const struct ike_child *c); /* both directions */
