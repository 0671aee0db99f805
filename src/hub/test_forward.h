/*
 * test_forward: the tests of test_policy.c and test_guards.c, which run in one program with those
 * of test_forward.c: together they reach every drop reason.
 */
#pragma once

void every_policy_drops_its_frame(void **state);
void no_broadcast_limiter_lets_pass(void **state);
void arp_dhcp_only_lets_these_pass(void **state);
void no_dhcp_server_may_be_a_client(void **state);
void no_server_looks_both_ways(void **state);
void ra_guard_is_not_fooled_by_headers(void **state);
void privacy_filter_and_its_options(void **state);
void every_option_filter_drops_its_frame(void **state);
void policy_rows_are_right(void **state);
void option_rows_are_right(void **state);

void sessions_send_only_what_is_theirs(void **state);
void hosts_say_their_own_mac(void **state);
void discovers_have_a_rate(void **state);
void leases_are_learned(void **state);
void dhcp_goes_to_control(void **state);
