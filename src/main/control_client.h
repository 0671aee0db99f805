/*
 * control_client: one question to a server's control socket (manage/manage.h), for sekisho and
 * vpncmd.
 */
#pragma once

#include <jansson.h>

/* Sends request (taken over) to the server whose run directory is run and waits for the answer,
 * which the caller decrefs. NULL: stderr has why, behind the program's name. */
json_t *control_ask(const char *program, const char *run, json_t *request);
