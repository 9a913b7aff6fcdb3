/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Links in the directories of unit files, made and removed as the account and durably: what is reported done
 * is on the disk.
 *
 * Directories are opened beneath the home; one that is behind a link out of it, or not in the home at all,
 * must be the account's own. Nothing but links is ever removed or replaced, and directories that got empty.
 */

#include "daemon/worker/install/install.h"

/*
 * Makes the link in->config/NAME, where NAME may have a directory in front ("a.target.wants/b.service"),
 * which is made too. Where there is one already that means the same it stays; one that means something else
 * is replaced with `force`. Adds to in->changes; a failure is remembered as a fault.
 *
 * Returns 1 if the link is there now, or a negative errno: -EEXIST for what is in the way.
 */
int install_link_make(Install *in, const char *name, const char *target, bool force);

/* Removes the link DIRECTORY/NAME (directory: in->config or one below) and the directories that got empty.
 * Adds to in->changes. Returns 1, 0 where there was none, or a negative errno, remembered as a fault. */
int install_link_remove(Install *in, const char *directory, const char *name);
