/* Aggressive Mode with a pre-shared key (RFC 2409 5.4). Private to src/ike. */
#pragma once

#include "exchange.h"

#define AGGRESSIVE_ID_MAX (4 + sizeof(((struct ike_id *)0)->data))

/* Leaves the offers with the group of the first one: the KE that comes along is of one group
 * (RFC 2409 5.4: "the group can not be negotiated"). */
void aggressive_one_group(struct offers *offers);

/* The ID payload body that id was read from, octet for octet. */
struct bytes aggressive_id_body(const struct ike_id *id, uint8_t out[AGGRESSIVE_ID_MAX]);
