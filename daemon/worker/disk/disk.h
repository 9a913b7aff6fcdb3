/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of an account and of the system, read as the account.
 *
 * A home may hold anything. Below it paths are resolved beneath a descriptor of the home; a link that leads
 * out of it is followed only to what is the account's own or readable for everyone. Magic links
 * (/proc/PID/fd) are never followed, nothing is opened in a way that waits (a FIFO) or gets a controlling
 * terminal, only regular files are read, and what is read, listed and found has caps. A file system that
 * does not answer can still hold us up: the daemon kills us then.
 */

#include <dirent.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/macro.h"

typedef struct Disk {
        uid_t uid;
        const char *home;         /* absolute, or "" */
        int home_fd;              /* -EBADF where there is none */
        const char *system_root;  /* "" for the real one: where /etc, /run and /usr are looked for */
        const char *runtime_root; /* "/run/user" */
} Disk;

/* Opens the home. A home that is missing or may not be entered is none: *ret has no home_fd then. The
 * strings must stay. Returns 0 or a negative errno for a home that fails otherwise (EIO, ESTALE, ENOTCONN).
 */
int disk_open(uid_t uid, const char *home, const char *system_root, const char *runtime_root, Disk *ret);
void disk_done(Disk *disk);

/* Opens a path with these flags of openat2(2), O_CLOEXEC | O_NONBLOCK | O_NOCTTY being added, as said above.
 * Returns a descriptor or a negative errno; -EACCES for a link that leads to what is none of ours. */
int disk_open_path(const Disk *disk, const char *path, int flags);

/* Reads a whole regular file. Returns 0; -EINVAL where it is something else; -EFBIG where it is larger than
 * max; or another negative errno. There is a NUL behind the bytes. ret_size may be NULL. */
int disk_read(const Disk *disk, const char *path, size_t max, char **ret, size_t *ret_size);

/* Opens a directory. Returns 0 or a negative errno. */
int disk_open_directory(const Disk *disk, const char *path, DIR **ret);

/* What is at the end of a path, links to it left as they are. Returns 0 or a negative errno. */
int disk_lstat(const Disk *disk, const char *path, struct stat *ret);

/* What a link says, as it stands there. Returns 0 or a negative errno: -EINVAL where it is no link,
 * -ENAMETOOLONG. */
int disk_readlink(const Disk *disk, const char *path, char **ret);

typedef enum DiskChase {
        DISK_CHASE_NOT_LAST = 1 << 0, /* the last component is left as it is */
} DiskChase;

/* The path with all links in it followed: absolute, without "." and "..". What does not exist may be at its
 * end. Nothing is opened. Returns 1 where it exists, 0 where it does not, -ELOOP after too many links, or
 * another negative errno. */
int disk_chase(const char *path, unsigned flags, char **ret);

/* Opens a directory to change what is in it. One that is not beneath the home, be it through a link, must be
 * the account's own. Returns a descriptor or a negative errno; -EACCES for one that is someone else's. */
int disk_open_own_directory(const Disk *disk, const char *path);

static inline void closedirp(DIR **d) {
        if (*d)
                (void) closedir(*d);
}
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Whether it is what masks a unit or hides a drop-in: /dev/null (to systemd any device), or nothing at all.
 */
static inline bool stat_is_null_or_empty(const struct stat *st) {
        return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) || (S_ISREG(st->st_mode) && st->st_size == 0);
}
