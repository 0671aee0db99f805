/* machine: one octet that tells this server's session MACs from those of others on a LAN */
#pragma once

#include <stdint.h>

/* Of the machine's id and the network namespace, so the same after each start; random where
 * neither can be read. Reads files: before the sandbox. */
uint8_t machine_octet(void);
