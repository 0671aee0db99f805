/*
 * rtnl: one rtnetlink request and its answers (RFC 3549). Called by priv_link.c and
 * priv_tap.c, and by the dialer of lac.
 */
#include "os/rtnl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define ANSWER 32768 /* a part of a dump */

static bool take_answers(struct mnl_socket *nl, mnl_cb_t answer, void *ctx)
{
	char buf[ANSWER];
	int r = MNL_CB_OK;

	while (r == MNL_CB_OK) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n <= 0)
			return false;
		r = mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), answer, ctx);
	}
	return r == MNL_CB_STOP;
}

bool rtnl_talk(struct nlmsghdr *request, mnl_cb_t answer, void *ctx)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	bool ok;
	int err;

	if (!nl)
		return false;
	request->nlmsg_flags |= NLM_F_REQUEST;
	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;
	request->nlmsg_seq = 1;
	ok = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
	     mnl_socket_sendto(nl, request, request->nlmsg_len) > 0 &&
	     take_answers(nl, answer, ctx);
	err = errno;
	mnl_socket_close(nl);
	errno = err;
	return ok;
}
