/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One unit as `systemctl status` shows it.
 */

#include "client/request.h"

/* Prints a row of units.status, whose strings are safe for a terminal. */
void status_print(Client *c, const Account *account, json_object *row);
