/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The story of a unit on one page.
 */

#include "client/request.h"

/* What has been gathered about a unit, as `why -o json` prints it:
 *
 *     account, unit
 *     state     the row of units.status
 *     install   what starts it: UnitFileState, WantedBy, RequiredBy,
 *               UpheldBy, TriggeredBy
 *     manager   the account's part of accounts.show
 *     boot      {"starts": "yes", "no", "on demand" or "unknown",
 *               "why": a sentence}
 *     timers    rows of timers.list
 *     events    of events.list, the oldest first
 *     history   rows of client/history.h, the oldest first
 *     files     the same, those that changed unit files
 *     errors    entries of logs.read up to the priority err
 *     lines     the last entries of logs.read
 *     proofs    of units.prove
 *     unseen    array of {"part", "error"}: what could not be looked at
 *
 * Prints it; its strings are safe for a terminal. */
void why_print(Client *c, json_object *story);

/* Whether the unit starts with the next boot, and why: the member "boot", out of the others. NULL: no
 * memory. */
json_object *why_boot(json_object *story);
