/*
 * rtnl: one rtnetlink request and its answers (RFC 3549), over a socket of its own, so that it
 * is in whatever network namespace the calling thread is in.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>

#define RTNL_REQUEST 512 /* octets that hold any request of ours */

/* Sends the request and waits for the kernel's acknowledgement, or with NLM_F_DUMP for the end of
 * the dump; its flags (beyond NLM_F_REQUEST, NLM_F_ACK) are the caller's. Each answer goes to
 * answer (may be NULL) with ctx. False with errno. */
bool rtnl_talk(struct nlmsghdr *request, mnl_cb_t answer, void *ctx);
