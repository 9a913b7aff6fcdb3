/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of prove, and of what waits for proofs.
 */

#include "common/macro.h"

/* Part of Options. */
typedef struct ProveOptions {
        uint64_t timeout_usec; /* 0: nobody said */
        bool wait;             /* --prove: of start, restart and reload-or-restart */
        bool no_commands;
} ProveOptions;

struct OptionRow;
struct Options;

/* Function for a row, see client/options/row.h. */
int prove_set_timeout(const struct OptionRow *row, struct Options *o, const char *value);
