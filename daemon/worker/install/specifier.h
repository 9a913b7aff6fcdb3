/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Specifiers in the names that an [Install] section has: systemd.unit(5), "Specifiers", of which these can
 * stand there: %i %j %n %N %p, those about the system (%a %A %b %B %H %l %m %M %o %q %v %w %W) and about the
 * account (%g %G %u %U). Those of the other sections are in daemon/worker/proof/specifier.h.
 */

#include "daemon/worker/disk/disk.h"

typedef struct UnitSpecifiers {
        const Disk *disk;
        const char *unit;             /* its name */
        const char *default_instance; /* of a template; NULL: none */
} UnitSpecifiers;

/* Returns 0; -EBADSLT for a letter that stands for nothing; -EUNATCH where what it stands for is not known
 * (%u and %g of accounts that are not in /etc/passwd and /etc/group: a worker asks no name service);
 * -ENAMETOOLONG for what no unit can be called; -ENOMEM. */
int unit_specifiers_expand(const UnitSpecifiers *s, const char *format, char **ret);

/* What one letter stands for. Returns 0, -EBADSLT, -EUNATCH, -ENOMEM, or what reading said. */
int unit_specifier(const UnitSpecifiers *s, char letter, char **ret);

/* The shell of an account that is in /etc/passwd. Returns as unit_specifier(). */
int unit_specifier_shell(const UnitSpecifiers *s, char **ret);
