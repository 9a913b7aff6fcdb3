/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Specifiers of a unit that its manager has read: systemd.unit(5), "Specifiers". Beside those of an
 * [Install] section there are the paths (%C %D %E %f %h %L %S %t %T %V %y %Y), the unescaped names (%I %J
 * %P) and %s. What only the manager's own process or a name service can know (%d, and %u, %g and %s of
 * accounts that are not in /etc/passwd and /etc/group) is not known.
 */

#include "daemon/worker/install/specifier.h"

typedef struct ProofSpecifiers {
        UnitSpecifiers unit;
        const char *fragment;     /* of the unit, or NULL */
        char *const *environment; /* the manager's: NAME=VALUE */
} ProofSpecifiers;

/* Returns 0; -EBADSLT for a letter that stands for nothing and -EUNATCH for one that is not known, both with
 * *ret_letter set; -ENAMETOOLONG over PATH_MAX; -ENOMEM. */
int proof_specifiers_expand(const ProofSpecifiers *s, const char *format, char **ret, char *ret_letter);
