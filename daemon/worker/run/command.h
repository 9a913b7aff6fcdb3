/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command that a transient service is made for.
 */

#include "common/error.h"
#include "daemon/worker/manager/manager.h"

/* The program by its path: as it is where it is absolute (and run_check_path() has nothing against it); a
 * name is looked for as the account's own processes would, along the manager's PATH. Returns 0 with *ret the
 * caller's, or a negative errno with the error set. */
int run_find_program(Manager *m, const char *word, char *const *assignments, char **ret, Error *error);

/* An absolute path that surely is no program: a negative errno with the error set (NoSuchFile). 0 where it
 * is one, or where only the service can tell: with these assignments it sees other files, or it is in a
 * place such as /tmp that this process has for itself. */
int run_check_path(const char *path, char *const *assignments, Error *error);

/* Whether an absolute path without links is in a place that this process has for itself. */
bool run_path_is_own_place(const char *path);

/* As run_find_program(), along a given path: -ENOENT where it is not there, -EACCES where it is and may not
 * be executed. Parts of the path that are not absolute do not count. */
int run_find_on_path(const char *word, const char *path, char **ret);

/* The command line as one would type it, to describe the unit. NULL: no memory. */
char *run_describe(const char *program, char *const *arguments);
