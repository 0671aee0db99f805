/* Where things are unless the command line says otherwise. */
#pragma once

#define DEFAULT_CONFIG    "/etc/sekisho/sekisho.conf"
#define DEFAULT_RUN_DIR   "/run/sekisho"
#define DEFAULT_STATE_DIR "/var/lib/sekisho"
#define CONTROL_SOCKET    "control.sock"
#define ENGINE_USER       "sekisho"
