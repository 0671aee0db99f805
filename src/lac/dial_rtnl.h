/* rtnetlink, a question and its answers, in the calling thread's namespace. Private to dial. */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>

#define RTNL_REQUEST 512

/* Sends it and takes the answers; each goes to answer (may be NULL). False with errno. */
bool rtnl_talk(struct nlmsghdr *request, mnl_cb_t answer, void *ctx);
