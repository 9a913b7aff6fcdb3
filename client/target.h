/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From what a person typed, [ACCOUNT/]UNIT, to the accounts, units and targets of a request.
 */

#include "client/options/options.h"
#include "common/error.h"
#include "common/parameters.h"

typedef enum TargetFlags {
        TARGET_PATTERNS = 1 << 0, /* units are patterns, and a whole account stands for all its units */
        TARGET_ACCOUNTS = 1 << 1, /* whole accounts: only an account can stand */
        TARGET_TIMERS = 1 << 2,   /* names without a type are timers; otherwise services */
        TARGET_SOCKETS = 1 << 3,
        TARGET_PATHS = 1 << 4,
        TARGET_DEFAULT = 1 << 5, /* a whole account stands for its default.target */
} TargetFlags;

/*
 * Fills accounts, units and targets of *parameters (which has none of them yet). Where all arguments are
 * about the same account or none, they become "accounts" and "units"; otherwise "targets", in the order
 * typed. An argument without an account is the default's (--account=, -M, $USERUNIT_ACCOUNT, -A), else one's
 * own: then "accounts" stays away, or a target gets one's own uid.
 *
 * *ret_wide says that more than one account can be in the answer. Returns 0, -ENOMEM, or another negative
 * errno with the error set to a sentence.
 */
int target_parse(const Options *o, char *const *arguments, unsigned flags, Parameters *parameters,
        bool *ret_wide, Error *error);
