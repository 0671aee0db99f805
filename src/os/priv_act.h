/*
 * The privileged acts themselves, one file each, behind priv_server.c. Arguments
 * have passed priv_check(). A function that fails leaves nothing behind and puts
 * a sentence for the administrator into error (PRIV_ERROR octets) or out->error.
 */
#pragma once

#include "os/priv.h"

/* error is PRIV_ERROR octets; always returns false, for `return priv_error(...)`. */
bool priv_error(char *error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Closes out's descriptors and empties it. */
void priv_close_fds(struct priv_result *out);

/* priv_net.c: fill out->fds; out->ok. */
bool priv_net_open_udp(const struct priv_udp *req, struct priv_result *out);
bool priv_net_open_esp(const struct ip_addr *addr, uint16_t n, struct priv_result *out);

/* priv_tap.c. A TAP of the same name that is there already is replaced. delete: true
 * also when there is none of that name. */
bool priv_tap_open(const struct priv_tap *req, struct priv_result *out);
bool priv_tap_delete(const char *name, char *error);

/* The device alone, neither up nor dressed: n queues in out->fds. It lives as long as one of
 * them is open. */
#define PRIV_TAP_QUEUE_LEN 4096 /* packets that wait for the engine, each queue */
bool priv_tap_queues(const char *name, unsigned n, struct priv_result *out);

/* priv_bridge.c: fill out->index, look also when it is not ok; open: out->fds, and *port: is there
 * a TAP now? One of the name is replaced then. */
bool priv_bridge_open(const struct priv_bridge *req, bool *port, struct priv_result *out);
bool priv_bridge_look(const char *interface, struct priv_result *out);

/* priv_list.c: fills out->fds. */
bool priv_bridge_list(struct priv_result *out);

/* priv_packet.c: n packet sockets on the Ethernet interface of this name and number, which is
 * up. */
bool priv_packet_open(const char *interface, int index, unsigned n, struct priv_result *out);

/* priv_nat.c: the nftables table ip sekisho-NAME and, with v6, ip6 sekisho-NAME. off: both;
 * true also when there is none. */
bool priv_nat_on(const struct priv_nat *req, bool v6, char *error);
bool priv_nat_off(const char *tap, char *error);

/* priv_forward.c: forwarding of the network namespace, family 4 or 6. set returns the
 * value before, -1 with a sentence. */
int priv_forward_set(int family, int value, char *error);

/* nft.c: runs the nft program on a script; false with its first line of complaint. */
bool nft_run(const char *script, char *error);

/* holders.c: who has a UDP socket on this port and address (family 0: any)? "charon
 * (pid 812)", several with commas. False when nobody has. */
bool udp_holder(const struct ip_addr *addr, uint16_t port, char *text, size_t cap);

/* files.c: the configuration file (see priv_config_open() in os/priv_server.h). */
#define CONFIG_VERSIONS 5
bool config_save(const char *path, int memfd, uint32_t len, char *error);
