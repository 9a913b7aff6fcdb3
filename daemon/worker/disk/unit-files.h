/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Unit files as the files tell: what a manager that is not running would say, as far as
 * that can be known from outside. XDG variables of the manager's environment are not looked at.
 */

#include "daemon/worker/disk/unit-paths.h"
#include "daemon/worker/worker.h"

typedef struct UnitFileEntry {
        char *name;
        char *target; /* last component of a link's target; NULL for no link */
        size_t path;  /* which of the search path it is in */
        bool masked;
} UnitFileEntry;

/* A link in NAME.wants/ and the like. */
typedef struct UnitFileLink {
        char *name;
        size_t path;
} UnitFileLink;

typedef struct UnitFiles {
        UnitPaths paths;
        UnitFileEntry *entries; /* sorted by name and, of one name, by search path */
        size_t n_entries;
        UnitFileLink *links;
        size_t n_links;
} UnitFiles;

/* Looks through all directories. Returns 0 or a negative errno; -E2BIG where a directory has more entries
 * than UNIT_FILES_PER_ACCOUNT_MAX. */
int unit_files_scan(const Disk *disk, UnitFiles *ret);

/* The same of the directories that all accounts have in common. */
int unit_files_scan_shared(const Disk *disk, UnitFiles *ret);
void unit_files_done(UnitFiles *files);

/* The entry that stands for a unit (for an instance without one: its template's), or NULL. */
const UnitFileEntry *unit_files_find(const UnitFiles *files, const char *unit);

/* How many unit files the account has in folders of its own. Returns 0 or a negative errno with the error
 * set. */
int unit_files_count_own(Worker *worker, const char *home, size_t *ret, Error *error);

/* Whether there is a file for the unit. Returns 1, 0, or a negative errno with the error set. */
int unit_files_exists(Worker *worker, const char *home, const char *unit, Error *error);

/* A failure to read files, in words. */
int disk_error(int r, Error *error);
