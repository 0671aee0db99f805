/*
 * rows_interface: interfaces by the name that crypto commands use.
 */
#pragma once

#include "parse.h"

/* The interface with this nameif; make: an unnamed one when there is none. NULL
 * when there is none (make: after an error). */
struct cfg_interface *interface_named(struct parse *p, const struct grammar_word *nameif,
				      bool make);

/* Drops f when nothing is left of it. */
void interface_tidy(struct config *c, struct cfg_interface *f);
