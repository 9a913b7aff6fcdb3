/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of accounts by their uids, for what is shown. Each is looked up once in a run.
 */

#include <sys/types.h>

/* The name, safe for a terminal; the number where there is none. Static until the end of the run; NULL: no
 * memory. */
const char *account_name(uid_t uid);
