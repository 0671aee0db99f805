/*
 * Frames of the monitor's verbs. Called by priv_client.c (encode) and
 * priv_server.c (decode). A frame is accepted only when encoding what was
 * understood gives the same octets again, so that no field can carry anything
 * that was not looked at.
 */
#include "priv_proto.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct priv_request) == 80, "the request has no padding");

static void put_name(uint8_t to[PRIV_TAP_NAME], const char *name)
{
	memcpy(to, name, strnlen(name, PRIV_TAP_NAME - 1));
}

static void put_addr(struct priv_request *req, const struct ip_addr *addr)
{
	req->family = addr->family;
	memcpy(req->ip, addr->ip, ip_addr_len(addr));
}

static void put_tap(struct priv_request *req, const struct priv_tap *tap)
{
	put_name(req->name, tap->name);
	req->ip4 = tap->host_ip;
	req->prefix = tap->prefix;
	req->n = tap->queues;
	req->mtu = tap->mtu;
	memcpy(req->mac, tap->mac, sizeof(req->mac));
	for (unsigned i = 0; i < 8; i++)
		req->ip[i] = (uint8_t)(tap->net6 >> (56 - 8 * i));
	req->prefix6 = tap->prefix6;
}

void priv_encode(const struct priv_act *act, struct priv_request *req)
{
	memset(req, 0, sizeof(*req));
	req->version = PRIV_VERSION;
	req->verb = act->verb;
	switch (act->verb) {
	case PRIV_OPEN_UDP:
		put_addr(req, &act->u.udp.addr);
		req->port = act->u.udp.port;
		req->n = act->u.udp.n;
		req->steer = act->u.udp.steer_by_spi;
		break;
	case PRIV_OPEN_ESP:
		put_addr(req, &act->u.esp.addr);
		req->n = act->u.esp.n;
		break;
	case PRIV_OPEN_TAP:
		put_tap(req, &act->u.tap);
		break;
	case PRIV_NAT_ON:
		put_name(req->name, act->u.nat.tap);
		req->ip4 = act->u.nat.net;
		req->prefix = act->u.nat.prefix;
		break;
	case PRIV_CLOSE_TAP:
	case PRIV_NAT_OFF:
		put_name(req->name, act->u.name);
		break;
	case PRIV_OPEN_BRIDGE:
		put_name(req->interface, act->u.bridge.interface);
		put_name(req->name, act->u.bridge.tap);
		req->n = act->u.bridge.queues;
		break;
	case PRIV_LOOK_BRIDGE:
		put_name(req->interface, act->u.bridge.interface);
		break;
	case PRIV_SAVE_CONFIG:
		req->len = act->u.save_len;
		break;
	case PRIV_READ_CONFIG:
	case PRIV_LIST_BRIDGES:
		break;
	}
}

static void get_name(const uint8_t from[PRIV_TAP_NAME], char *name)
{
	memcpy(name, from, PRIV_TAP_NAME - 1);
	name[PRIV_TAP_NAME - 1] = '\0';
}

static struct ip_addr get_addr(const struct priv_request *req)
{
	struct ip_addr addr = {.family = req->family};

	memcpy(addr.ip, req->ip, ip_addr_len(&addr));
	return addr;
}

static void get_tap(const struct priv_request *req, struct priv_tap *tap)
{
	get_name(req->name, tap->name);
	tap->host_ip = req->ip4;
	tap->prefix = req->prefix;
	tap->queues = req->n;
	tap->mtu = req->mtu;
	memcpy(tap->mac, req->mac, sizeof(tap->mac));
	for (unsigned i = 0; i < 8; i++)
		tap->net6 = tap->net6 << 8 | req->ip[i];
	tap->prefix6 = req->prefix6;
}

/* False when there is no such verb. */
static bool understand(const struct priv_request *req, struct priv_act *act)
{
	memset(act, 0, sizeof(*act));
	act->verb = req->verb;
	switch (req->verb) {
	case PRIV_OPEN_UDP:
		act->u.udp.addr = get_addr(req);
		act->u.udp.port = req->port;
		act->u.udp.n = req->n;
		act->u.udp.steer_by_spi = req->steer != 0;
		return true;
	case PRIV_OPEN_ESP:
		act->u.esp.addr = get_addr(req);
		act->u.esp.n = req->n;
		return true;
	case PRIV_OPEN_TAP:
		get_tap(req, &act->u.tap);
		return true;
	case PRIV_NAT_ON:
		get_name(req->name, act->u.nat.tap);
		act->u.nat.net = req->ip4;
		act->u.nat.prefix = req->prefix;
		return true;
	case PRIV_CLOSE_TAP:
	case PRIV_NAT_OFF:
		get_name(req->name, act->u.name);
		return true;
	case PRIV_OPEN_BRIDGE:
		get_name(req->interface, act->u.bridge.interface);
		get_name(req->name, act->u.bridge.tap);
		act->u.bridge.queues = req->n;
		return true;
	case PRIV_LOOK_BRIDGE:
		get_name(req->interface, act->u.bridge.interface);
		return true;
	case PRIV_SAVE_CONFIG:
		act->u.save_len = req->len;
		return true;
	case PRIV_READ_CONFIG:
	case PRIV_LIST_BRIDGES:
		return true;
	}
	return false;
}

bool priv_decode(const struct priv_request *req, size_t len, unsigned n_fds, struct priv_act *act,
		 char *error)
{
	struct priv_request again;
	unsigned want;

	if (len != sizeof(*req)) {
		snprintf(error, PRIV_ERROR, "a request of %zu octets, want %zu", len, sizeof(*req));
		return false;
	}
	if (req->version != PRIV_VERSION) {
		snprintf(error, PRIV_ERROR,
			 "request version %u, want %u: engine and monitor are "
			 "of different builds",
			 req->version, PRIV_VERSION);
		return false;
	}
	if (!understand(req, act)) {
		snprintf(error, PRIV_ERROR, "verb %u is not on the list", req->verb);
		return false;
	}
	want = act->verb == PRIV_SAVE_CONFIG ? 1 : 0;
	if (n_fds != want) {
		snprintf(error, PRIV_ERROR, "%u descriptors with the request, want %u", n_fds,
			 want);
		return false;
	}
	if (!priv_check(act, error))
		return false;
	priv_encode(act, &again);
	if (memcmp(&again, req, sizeof(again)) != 0) {
		snprintf(error, PRIV_ERROR, "the request has fields that verb %u does not use",
			 req->verb);
		return false;
	}
	return true;
}
