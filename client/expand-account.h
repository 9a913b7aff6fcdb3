/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Patterns of accounts, where something is changed.
 */

#include "client/request.h"

/*
 * Puts names in the place of patterns of accounts, out of accounts.list: so all verbs mean the same accounts
 * by a pattern, and what is left out is said. Where a manager is needed, those whose manager is not meant to
 * run are. Requests that have no such pattern, or that only read, stay as they are.
 *
 * Returns 0 to go on; otherwise an exit code plus one, after everything was said. That no account matches is
 * a failure.
 */
int request_expand_accounts(Client *c, Request *q);
