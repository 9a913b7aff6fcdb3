/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units on their way to being installed: found on the search path, through links if there are any, with
 * their [Install] section read. For daemon/worker/install/install.h, and for whoever asks for a unit's
 * state.
 */

#include "daemon/worker/disk/unit-paths.h"
#include "daemon/worker/disk/unit-text.h"

typedef enum InstallMode {
        INSTALL_UNKNOWN, /* not looked for yet, or not found */
        INSTALL_REGULAR,
        INSTALL_LINK,  /* a link to a file that is not on the search path */
        INSTALL_ALIAS, /* a link to another unit */
        INSTALL_MASK,
} InstallMode;

typedef struct InstallUnit {
        char *name;
        char *path;   /* file or link; NULL: not found */
        char *target; /* of a link */
        InstallMode mode;
        bool auxiliary; /* nobody named it, it is in an Also= */
        bool applied;
        UnitText text; /* as far as it counts for a unit of this name; Also= and DefaultInstance= expanded */
} InstallUnit;

/* The units of one change, in the order in which they came up. */
typedef struct InstallUnits {
        const Disk *disk;
        const UnitPaths *paths;
        bool upholds; /* UpheldBy= counts */
        InstallUnit **items;
        size_t n;
} InstallUnits;

typedef enum InstallSearch {
        INSTALL_READ = 1 << 0,   /* read [Install], too */
        INSTALL_FOLLOW = 1 << 1, /* also links that the account or its administrator made */
} InstallSearch;

void install_units_done(InstallUnits *units);

/* The unit of that name, or a new one. Returns 0 or -ENOMEM; -EINVAL for what is no name of a unit. */
int install_units_add(InstallUnits *units, const char *name, bool auxiliary, InstallUnit **ret);

InstallUnit *install_units_find(const InstallUnits *units, const char *name);

/* Looks for one name, without going through links: `mode` says what was found. Returns 0, -ENOENT, or what
 * else is wrong with it. */
int install_unit_search(InstallUnits *units, InstallUnit *unit, unsigned flags);

/* Looks for a name and goes through links, to a unit that is regular or a mask: *ret (may be NULL), which is
 * another unit where the name is an alias. Returns 0; -ENOENT where there is none; -ENOLINK for an alias to
 * nowhere; -ELOOP for too many links, or one that may not be followed; -EXDEV and -EINVAL for a link between
 * units that cannot be each other's alias; or what reading said. */
int install_unit_resolve(InstallUnits *units, InstallUnit *unit, unsigned flags, InstallUnit **ret);

/* Whether a link of that name to `target` can be an alias of it. Returns 0; -ELOOP where it is itself;
 * -EINVAL where units of its type have none; -EXDEV where the two do not fit. */
int unit_alias_check(const char *name, const char *target);

/* Expands the specifiers of an [Install] section; see unit_specifiers_expand(). */
int install_unit_expand(const InstallUnits *units, const InstallUnit *unit, const char *format, char **ret);
