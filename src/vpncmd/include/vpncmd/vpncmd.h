/*
 * vpncmd: the server through SoftEther's verbs: their names, parameters, output form, error
 * numbers and exit codes (softether.md section 3). A command is a row of a table (verb.h): what
 * it asks for, which call of the server it makes and how the answer is printed. Knows
 * neither sockets nor the terminal: both come as functions.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Error numbers that this side finds by itself (the server's come in its answers). */
enum vpncmd_error {
	VPNCMD_OK = 0,
	VPNCMD_DISCONNECTED = 3,
	VPNCMD_HUB_NOT_FOUND = 8,
	VPNCMD_NOT_SUPPORTED = 33,
	VPNCMD_INVALID_PARAMETER = 38,
	VPNCMD_BAD_COMMAND = 117,
};

struct vpncmd_io {
	void *ctx;
	FILE *out;
	/* One line from the keyboard or the file of commands, without its end; the caller frees.
	 * NULL: no more. hidden: what is typed is not shown. */
	char *(*read)(void *ctx, const char *prompt, bool hidden);
	/* One call of the server. hub: that the caller administers, "" for the whole server. Takes
	 * params over. {"result": {...}} or {"error": {"code": N, "message": "..."}}; NULL: the
	 * server is gone. */
	json_t *(*call)(void *ctx, const char *method, json_t *params);
};

struct vpncmd_options {
	const char *server;    /* as the banner names it */
	const char *hub;       /* selected at the start; "" none */
	bool hub_admin;        /* of that hub only: other hubs cannot be selected */
	bool csv, programming; /* output as comma-separated values; nothing is asked again */
};

struct vpncmd;

/* o is copied, its texts are kept by the caller. NULL: memory is short. */
struct vpncmd *vpncmd_new(const struct vpncmd_io *io, const struct vpncmd_options *o);
void vpncmd_free(struct vpncmd *v);

/* Says hello and selects the hub; false when there is none of that name (told; the shell can
 * go on without one). */
bool vpncmd_begin(struct vpncmd *v);

/* Carries one line out; its error number, 0 when it succeeded or was empty. */
unsigned vpncmd_line(struct vpncmd *v, const char *line);

/* Reads lines until there are no more or one is `exit`; the last one's error number. */
unsigned vpncmd_shell(struct vpncmd *v);

/* The sentence of an error number, or NULL. */
const char *vpncmd_error_text(unsigned code);
