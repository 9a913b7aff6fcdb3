/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the options of logs, which are journalctl's, to the parameters of logs.read.
 */

#include "client/options/options.h"
#include "common/parameters.h"

/*
 * Fills all but accounts, units and targets; what the options do not say is left as it is. What journalctl
 * refuses is refused, with a sentence on stderr. Returns 0, -EINVAL after it has said what is wrong, or
 * -ENOMEM.
 */
int journal_query(const Options *o, Parameters *p);

/* The priorities that -p stands for, by name, ended by NULL, in *ret (strv_free()): "err", "3",
 * "warning..err". Returns 0, -EINVAL or -ENOMEM. */
int journal_priorities(const char *range, char ***ret);
