/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state of a unit file, as is-enabled prints it, told by the files: what the manager would answer to
 * GetUnitFileState().
 */

#include "daemon/worker/disk/unit-files.h"

/* *ret is a constant. Returns 0; -ENOENT where there is no such unit file; another negative errno for one
 * that has no state, being unreadable or a link to nowhere; or -ENOMEM. */
int unit_files_state(const Disk *disk, const UnitFiles *files, const char *unit, const char **ret);
