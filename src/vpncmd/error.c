/*
 * error: what the error numbers mean (softether.md 3.1), for answers that have no sentence of
 * their own. Called by run.c and shell.c.
 */
#include <stddef.h>

#include "vpncmd/vpncmd.h"

static const struct {
	unsigned code;
	const char *text;
} errors[] = {
	{1, "No connection to the server."},
	{3, "The server ended the connection."},
	{8, "There is no virtual hub of that name."},
	{9, "The user's authentication has failed."},
	{12, "Access denied: the administrator's password is wrong."},
	{23, "The server has met an internal error."},
	{29, "There is no such object."},
	{33, "This server does not have that function."},
	{38, "A parameter is not valid."},
	{52, "The administrator of a hub may not do this: log in for the whole server."},
	{53, "There is no listener on that port."},
	{54, "There is a listener on that port already."},
	{57, "There is a virtual hub of that name already."},
	{58, "There can be no more virtual hubs."},
	{62, "There can be no more access list entries."},
	{63, "There can be no more users."},
	{64, "There can be no more groups."},
	{65, "There is no group of that name."},
	{66, "There is a user of that name already."},
	{67, "There is a group of that name already."},
	{75, "The virtual hub is online already."},
	{76, "The virtual hub is offline."},
	{80, "SecureNAT is not enabled on this virtual hub."},
	{84, "A local bridge cannot be made here."},
	{94, "The name has characters that are not allowed."},
	{111, "The server's memory is short."},
	{112, "There is such an object already."},
	{117, "The command or its parameters were not understood."},
	{138, "The password must be set again before MS-CHAPv2 can check it."},
};

const char *vpncmd_error_text(unsigned code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == code)
			return errors[i].text;
	}
	return NULL;
}
