/*
 * command: the sub-commands of sekisho-lac, a file each, and what their command lines
 * share. argv[0] is the sub-command's name.
 *
 * Exit status of each: 0 it worked; 1 it did not, and stderr says what and the likely
 * cause; 2 the command line is wrong.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/secret.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

int dial_command(int argc, char **argv);
int probe_command(int argc, char **argv);
int load_command(int argc, char **argv);

/* ---- arguments; false: a sentence is on stderr ---- */

/* The first line of a file; "-" is standard input (the next line of it). */
bool arg_secret_file(const char *path, struct secret *out);
bool arg_secret(const char *text, struct secret *out);
/* The same, and says on stderr that a file is safer; text, a word of the command line, is
 * written over, so that ps does not show it any longer. */
bool arg_secret_shown(const char *option, char *text, struct secret *out);
/* Asks on the terminal without echo; false where standard input is none. */
bool arg_secret_ask(const char *question, struct secret *out);
bool arg_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);
bool arg_ip4(const char *text, struct ip_addr *out);
/* An IPv4 address or a host name, which is looked up. */
bool arg_server(const char *text, struct ip_addr *out);
