/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a user manager looks for unit files: the table in systemd.unit(5), "Load path when running in user
 * mode", as it is without XDG variables in the manager's environment (which no one can know while it is not
 * running).
 */

#include "daemon/worker/disk/disk.h"

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
        bool own;    /* below the account's home */
        bool global; /* what is linked here is enabled for every account */
        bool links;  /* where the account's `systemctl enable` makes links */
        bool plain;  /* someone has looked: there are no directories of drop-ins in it */
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

/* The same without those that are of the account. */
int unit_paths_make_shared(const Disk *disk, UnitPaths *ret);

void unit_paths_done(UnitPaths *paths);

/* The file or link that stands for the unit, in the first directory that has one: for an instance without a
 * file of its own, its template. Returns 0, -ENOENT, or another negative errno. */
int unit_paths_find(const Disk *disk, const UnitPaths *paths, const char *unit, char **ret);

/* The drop-ins of a unit, in the order in which they are read: NAME.d/, those of its template and of the
 * prefixes that end with a dash, TYPE.d/; of files of one name only the first directory's. -E2BIG where
 * there are more than UNIT_DROP_INS_MAX. */
int unit_paths_drop_ins(const Disk *disk, const UnitPaths *paths, const char *unit, char ***ret);

/* Of these only what is in NAME.d/ and its template's, which is where an [Install] section counts. */
int unit_paths_install_drop_ins(const Disk *disk, const UnitPaths *paths, const char *unit, char ***ret);

/* Whether the path is one of the directories or below one. It is taken as it is written. */
bool unit_paths_contain(const UnitPaths *paths, const char *path);

/* The directory that a path is directly in, or NULL where that is none of these. */
const UnitPath *unit_paths_parent(const UnitPaths *paths, const char *path);
