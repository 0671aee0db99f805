/*
 * machine: an octet for core_config.machine, by a hash of /etc/machine-id (systemd's machine-id(5)
 * wants it hashed wherever others can see it) and of the network namespace: servers in containers
 * of one machine may be on one LAN. Called by engine before the sandbox.
 */
#include "machine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/prim.h"
#include "os/os.h"

#define ID_FILE  "/etc/machine-id"
#define NET_FILE "/proc/self/ns/net"
#define ID_MAX   32 /* hexadecimal digits */

static size_t read_id(uint8_t *id)
{
	int fd = open(ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, id, ID_MAX);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

uint8_t machine_octet(void)
{
	static const char purpose[] = "sekisho MAC of sessions";
	const struct os *os = os_linux();
	uint8_t id[ID_MAX], digest[PRIM_HASH_MAX];
	struct stat net = {0};
	struct bytes parts[] = {
		{(const uint8_t *)purpose, sizeof(purpose)},
		{id, read_id(id)},
		{(const uint8_t *)&net.st_ino, sizeof(net.st_ino)},
	};

	if (stat(NET_FILE, &net) != 0 || !parts[1].len ||
	    !prim_hash(PRIM_SHA256, parts, sizeof(parts) / sizeof(*parts), digest))
		os->random(os->ctx, digest, 1);
	return digest[0];
}
