/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A refusal helps: what was asked, which action it needs, and the rule that an administrator would have to
 * add.
 */

#include "common/contract.h"
#include "common/error.h"
#include "daemon/account.h"

/*
 * Fills a NotAuthorized error: a sentence with action, account, unit and verb, an empty line, and the text
 * of a polkit rule that allows exactly this (with "NAME" where the caller's name goes, which the client
 * fills in). `password` says that a password would have done. The account may be NULL for host-wide reads,
 * the unit "" for none.
 *
 * Where the action is as good as a shell as the account, the sentence says so. A unit whose name the client
 * made up for this one request is left out.
 *
 * The sentence is the same whether the unit exists or not.
 */
void refusal_error(const Method *method, Action action, const Account *account, const char *unit,
        bool password, Error *error);
