/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the client asks on its own account before or after a request: which units a pattern stands for, and
 * where a unit is that was not found.
 */

#include "client/request.h"

/*
 * The service takes names of units for what changes something, so patterns are expanded here, with
 * units.list and thus with the right to look: against the units that are loaded, as systemctl does.
 * Afterwards the request has targets only. An account's pattern is expanded too, to the accounts that have
 * such a unit.
 *
 * Requests that have no pattern, or that only read, stay as they are. Returns 0 to go on; otherwise an exit
 * code plus one, after everything was said (no unit matches: that of success, as systemctl).
 */
int request_expand(Client *c, Request *q);

/* Says which accounts have the units that the request named without an account, as far as one may see them.
 * Nothing where there are none, or an account was named. */
void request_hint(Client *c, const Request *q);
