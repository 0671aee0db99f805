/*
 * priv_client: the engine's side of the monitor's verbs (os/priv.h), over a
 * SOCK_SEQPACKET socket pair whose other end the monitor serves
 * (os/priv_server.h).
 *
 * Each call blocks until the monitor has answered. One thread at a time may
 * call. When the monitor is gone, every call fails with a sentence that says so.
 */
#pragma once

#include "os/priv.h"

/* Fills ops. fd stays the caller's and must stay open as long as ops is used. */
void priv_client_init(struct priv_ops *ops, int fd);
