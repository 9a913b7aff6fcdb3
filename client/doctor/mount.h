/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which file system a path is on, read from the kernel's list of mounts, so that one that does not answer is
 * not touched.
 */

#include "common/macro.h"

typedef struct Mount {
        char *where; /* the mount point */
        char *type;  /* ext4, nfs4, autofs, fuse.sshfs … */
        char *what;  /* the device or server */
        bool read_only;
} Mount;

void mount_done(Mount *m);

/* Finds the mount that an absolute path is on, by its name alone: links in it are not followed. Returns 1, 0
 * where there is none, or a negative errno. */
int mount_find(const char *mountinfo, const char *path, Mount *ret);

/* Whether it is of a kind that waits for somebody else: a server, a process, an automount. */
bool mount_is_remote(const Mount *m);
