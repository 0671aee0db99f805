/*
 * commands: how a command lies in the ring: struct dp_cmd, then its message.
 */
#pragma once

#include "dataplane/dp.h"

/* Octets of the message behind the command. */
uint32_t command_message_len(const struct dp_cmd *c);

/* Wipes the keys of a command that carries some. */
void command_wipe(struct dp_cmd *c);

struct worker;
/* A command that will not be carried out: its keys are wiped, its descriptors of this worker
 * closed. */
void command_give_up(struct worker *w, struct dp_cmd *c);
