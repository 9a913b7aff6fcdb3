/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a user manager looks for unit files: the table in systemd.unit(5), "Load path when running in user
 * mode", as it is without XDG variables in the manager's environment (which no one can know while it is not
 * running).
 */

#include "daemon/worker/disk.h"

typedef enum UnitPathKind {
        UNIT_PATH_CONFIG,  /* the administrator's or the account's: what is linked here is enabled */
        UNIT_PATH_RUNTIME, /* the same until the next boot */
        UNIT_PATH_GENERATOR,
        UNIT_PATH_TRANSIENT,
        UNIT_PATH_VENDOR, /* brought by packages or by the account's own programs */
} UnitPathKind;

typedef struct UnitPath {
        char *path;
        UnitPathKind kind;
        bool own; /* below the account's home */
} UnitPath;

#define UNIT_PATHS_MAX 24

/* Of one unit; systemd has no bound of its own. */
#define UNIT_DROP_INS_MAX 1024

typedef struct UnitPaths {
        UnitPath items[UNIT_PATHS_MAX];
        size_t n;
} UnitPaths;

/* In the order of the search. Directories that do not exist are among them. Returns 0 or -ENOMEM. */
int unit_paths_make(const Disk *disk, UnitPaths *ret);
void unit_paths_done(UnitPaths *paths);

/* The file or link that stands for the unit, in the first directory that has one: for an instance without a
 * file of its own, its template. Returns 0, -ENOENT, or another negative errno. */
int unit_paths_find(const Disk *disk, const UnitPaths *paths, const char *unit, char **ret);

/* The drop-ins of a unit, in the order in which they are read: NAME.d/, those of its template and of the
 * prefixes that end with a dash, TYPE.d/; of files of one name only the first directory's. -E2BIG where
 * there are more than UNIT_DROP_INS_MAX. */
int unit_paths_drop_ins(const Disk *disk, const UnitPaths *paths, const char *unit, char ***ret);
