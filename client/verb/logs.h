/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The last lines of a unit, as status shows them. */

#include "client/request.h"

/* Prints up to `lines` lines that the unit has written since it began to run at `since` (µs; 0: whenever),
 * below an empty one. Nobody is asked for a password, and nothing is said where that fails. Returns an exit
 * code. */
int logs_print_last(Client *c, const Account *account, const char *unit, uint64_t since, uint64_t lines);
