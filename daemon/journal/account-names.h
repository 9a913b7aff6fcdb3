/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of local accounts by uid, out of a file like passwd(5): read once, and again when it has changed.
 * The name service is never asked, for it may hang.
 */

#include <sys/types.h>

#include "common/macro.h"

typedef struct AccountNames AccountNames;

/* path NULL means /etc/passwd. The file need not be there. Returns 0 or -ENOMEM. */
int account_names_new(const char *path, AccountNames **ret) _warn_unused_;
AccountNames *account_names_free(AccountNames *names);
DEFINE_CLEANUP(AccountNames *, account_names_free);

/* The name, or NULL; valid until the next call. Of several names of one uid the first in the file. */
const char *account_names_get(AccountNames *names, uid_t uid);

/* The uid of an account, or (uid_t) -1. */
uid_t account_names_find(AccountNames *names, const char *name);
