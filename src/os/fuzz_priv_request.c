/* Fuzz target: the monitor's look at a request of a hostile engine. What is accepted must be
 * on the closed list and must encode to the same octets. */
#include <stdlib.h>
#include <string.h>

#include "priv_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void must_be_name(const char *name)
{
	must(strncmp(name, "sk-", 3) == 0 && strlen(name) >= 4 && strlen(name) <= 14);
	must(!strpbrk(name, "/.\"'; \n%$`\\{}"));
}

static void must_be_interface(const char *name)
{
	must(*name && strlen(name) < PRIV_TAP_NAME && !strpbrk(name, "/: \t\n\r"));
	must(strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "lo") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct priv_request req = {0}, again;
	struct priv_act act;
	char error[PRIV_ERROR] = "";
	unsigned n_fds = len ? data[0] & 1 : 0;

	if (len)
		data++, len--;
	memcpy(&req, data, len < sizeof(req) ? len : sizeof(req));
	if (!priv_decode(&req, len, n_fds, &act, error)) {
		must(*error && memchr(error, '\0', sizeof(error)));
		return 0;
	}
	priv_encode(&act, &again);
	must(memcmp(&req, &again, sizeof(req)) == 0);
	must((n_fds == 1) == (act.verb == PRIV_SAVE_CONFIG));
	if (act.verb == PRIV_OPEN_UDP)
		must(act.u.udp.port == 500 || act.u.udp.port == 4500 || act.u.udp.port == 1701);
	if (act.verb == PRIV_OPEN_TAP)
		must_be_name(act.u.tap.name);
	if (act.verb == PRIV_NAT_ON)
		must_be_name(act.u.nat.tap);
	if (act.verb == PRIV_OPEN_BRIDGE || act.verb == PRIV_LOOK_BRIDGE)
		must_be_interface(act.u.bridge.interface);
	if (act.verb == PRIV_OPEN_BRIDGE)
		must_be_name(act.u.bridge.tap);
	if (act.verb == PRIV_CLOSE_TAP || act.verb == PRIV_NAT_OFF)
		must_be_name(act.u.name);
	return 0;
}
