/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The two local files the spawner believes: passwd and login.defs, both root's own. Never NSS: its modules
 * parse what a network sends, and would do so as root here.
 */

#include "common/macro.h"

/*
 * The user of this name in the passwd file at `path`. Returns 0, -ENOENT where there is none, another error
 * where the file cannot be read; both outputs are written on success only.
 */
int local_user_by_name(const char *path, const char *name, uint32_t *ret_uid, uint32_t *ret_gid);

/*
 * The primary group that the passwd file at `path` gives this uid; the first line counts, as for
 * getpwuid(3). Errors as above.
 */
int local_gid_of_uid(const char *path, uint32_t uid, uint32_t *ret_gid);

/*
 * GID_MIN of the login.defs file at `path`: SPAWNER_GID_MIN_DEFAULT where file or setting is missing, never
 * below SPAWNER_GID_MIN_FLOOR. Returns 0, -EINVAL for a value that is not a decimal number within 32 bits,
 * another error where the file is there and cannot be read.
 */
int local_gid_min(const char *path, uint32_t *ret);
