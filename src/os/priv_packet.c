/*
 * Packet sockets on an Ethernet interface: every frame that arrives there, whole, behind a
 * struct virtio_net_hdr as on a TAP queue; with several sockets, the frames of a flow are all
 * one socket's. What this host sends itself, our own frames among it, does not come back.
 * Called by priv_bridge.c as root; tap.c reads and writes the descriptors in the engine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv_act.h"
#include "priv_socket.h"

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING /* Linux 6.2 */
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

static bool take_nothing(int fd)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

	return attach_filter(fd, code, 1);
}

/* PACKET_IGNORE_OUTGOING does not reach the members of a fan-out group before Linux 6.2. What is
 * for this host itself is nobody's on the hub: on the interface that the tunnels come by, each of
 * their packets would be copied for nothing. */
static bool take_what_arrives(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};

	return attach_filter(fd, code, sizeof(code) / sizeof(code[0]));
}

/* Takes nothing yet. PACKET_AUXDATA brings the VLAN tag, which the kernel takes out. */
static bool prepare(int fd, int index)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};

	set_buffers(fd);
	return set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1) &&
	       set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1) &&
	       set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) && take_nothing(fd) &&
	       bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	       setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) == 0;
}

/* The first of a group: the kernel finds a number for it that nobody has. */
static bool found_group(int fd)
{
	int how = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID;

	return set_option(fd, SOL_PACKET, PACKET_FANOUT,
			  (how | PACKET_FANOUT_FLAG_IGNORE_OUTGOING) << 16) ||
	       (errno == EINVAL && set_option(fd, SOL_PACKET, PACKET_FANOUT, how << 16));
}

/* The others have the same number, type and flags as getsockopt() shows of the first. */
static bool fan_out(const struct priv_result *out)
{
	int group;
	socklen_t len = sizeof(group);

	if (out->n_fds == 1)
		return true;
	if (!found_group(out->fds[0]) ||
	    getsockopt(out->fds[0], SOL_PACKET, PACKET_FANOUT, &group, &len) != 0)
		return false;
	for (unsigned i = 1; i < out->n_fds; i++)
		if (!set_option(out->fds[i], SOL_PACKET, PACKET_FANOUT, group))
			return false;
	return true;
}

/* Only when the group is complete, or the first frames would come to each of them. */
static bool open_all(int index, unsigned n, struct priv_result *out)
{
	for (out->n_fds = 0; out->n_fds < n;) {
		int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			return false;
		out->fds[out->n_fds++] = fd;
		if (!prepare(fd, index))
			return false;
	}
	if (!fan_out(out))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!take_what_arrives(out->fds[i]))
			return false;
	return true;
}

bool priv_packet_open(const char *interface, int index, unsigned n, struct priv_result *out)
{
	out->ok = open_all(index, n, out);
	if (out->ok)
		return true;
	priv_error(out->error, "interface %s cannot be opened for frames: %s", interface,
		   strerror(errno));
	priv_close_fds(out);
	return false;
}
