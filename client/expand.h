/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the client asks on its own account before a request: which units a pattern stands for.
 */

#include "client/request.h"

/*
 * The service takes names of units for what changes something, so patterns are expanded here, with
 * units.list and thus with the right to look: against the units that are loaded, as systemctl does, which
 * also leaves out those that are inactive unless there is --all, and takes --type and --state for a filter.
 * Afterwards the request has targets only. An account's pattern is expanded too, to the accounts that have
 * such a unit.
 *
 * Requests that have no pattern, or that only read, stay as they are. Returns 0 to go on; otherwise an exit
 * code plus one, after everything was said (no unit matches: that of success, as systemctl).
 */
int request_expand(Client *c, Request *q);

/* The same where the request is about another method's: whether one may do that. */
int request_expand_for(Client *c, Request *q, const Method *method);
