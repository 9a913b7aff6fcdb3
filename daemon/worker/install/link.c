/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Links made and removed, see link.h. */

#include "daemon/worker/install/link.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/random.h>

#include "common/strv.h"

/* Tries for a name that is not taken. */
#define TEMPORARY_TRIES 8

static int open_own_directory(const Install *in, const char *path, int *ret) {
        int fd;

        fd = disk_open_own_directory(in->disk, path);
        if (fd < 0)
                return fd;
        *ret = fd;
        return 0;
}

/* What a directory holds is on the disk. Some file systems know no such thing of directories. */
static int sync_directory(int fd) {
        if (fsync(fd) < 0 && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
                return -errno;
        return 0;
}

/* Opens a directory; it and those above it are made where they are missing, for everyone to read, as systemd
 * makes them. Stops at the first that exists. */
static int open_or_make(const Install *in, const char *path, unsigned depth, int *ret) {
        _cleanup_close_ int parent = -EBADF, fd = -EBADF;
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *above = NULL;
        int r;

        r = open_own_directory(in, path, ret);
        if (r != -ENOENT || depth == 0 || !slash || slash == path)
                return r;

        above = strndup(path, (size_t) (slash - path));
        if (!above)
                return -ENOMEM;
        r = open_or_make(in, above, depth - 1, &parent);
        if (r < 0)
                return r;

        if (mkdirat(parent, slash + 1, 0755) < 0)
                return errno == EEXIST ? open_own_directory(in, path, ret) : -errno;
        fd = openat(parent, slash + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        /* Our umask took something away. */
        if (fchmod(fd, 0755) < 0)
                return -errno;
        r = sync_directory(fd);
        if (r >= 0)
                r = sync_directory(parent);
        if (r < 0)
                return r;

        *ret = TAKE_FD(fd);
        return 0;
}

/* Whether two targets of a link at `at` mean the same: the same path, the same file, or units of one name on
 * the search path. */
static int is_equivalent(const Install *in, const char *at, const char *a, const char *b) {
        int prefix = (int) (strrchr(at, '/') - at);
        _cleanup_free_ char *full_a = NULL, *full_b = NULL;
        _cleanup_close_ int fd_a = -EBADF, fd_b = -EBADF;
        struct stat st_a, st_b;

        if (asprintf(&full_a, "%.*s%s%s", a[0] == '/' ? 0 : prefix, at, a[0] == '/' ? "" : "/", a) < 0 ||
                asprintf(&full_b, "%.*s%s%s", b[0] == '/' ? 0 : prefix, at, b[0] == '/' ? "" : "/", b) < 0)
                return -ENOMEM;
        if (streq(full_a, full_b))
                return true;

        fd_a = disk_open_path(in->disk, full_a, O_PATH);
        fd_b = disk_open_path(in->disk, full_b, O_PATH);
        if (fd_a >= 0 && fd_b >= 0 && fstat(fd_a, &st_a) >= 0 && fstat(fd_b, &st_b) >= 0 &&
                st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino)
                return true;

        return streq(strrchr(full_a, '/'), strrchr(full_b, '/')) && unit_paths_contain(&in->paths, full_a) &&
                unit_paths_contain(&in->paths, full_b);
}

/* A link under a name that nobody looks at, then in the other's place. */
static int replace(int fd, const char *name, const char *target) {
        char temporary[NAME_MAX + 1];
        uint64_t random;
        int r = -EEXIST;

        for (unsigned i = 0; r == -EEXIST && i < TEMPORARY_TRIES; i++) {
                if (getrandom(&random, sizeof(random), 0) != (ssize_t) sizeof(random))
                        return -EIO;
                (void) snprintf(
                        temporary, sizeof(temporary), ".#%.200s%016llx", name, (unsigned long long) random);
                r = symlinkat(target, fd, temporary) < 0 ? -errno : 0;
        }
        if (r < 0)
                return r;

        if (renameat(fd, temporary, fd, name) < 0) {
                r = -errno;
                (void) unlinkat(fd, temporary, 0);
                return r;
        }
        return sync_directory(fd);
}

/* Something of that name is there already. */
static int take_place(
        Install *in, int fd, const char *name, const char *path, const char *target, bool force) {
        char said[PATH_MAX];
        ssize_t n;
        int r;

        n = readlinkat(fd, name, said, sizeof(said) - 1);
        if (n < 0)
                return install_fault(in, errno == EINVAL ? -EEXIST : -errno, path, NULL);
        said[n] = 0;

        r = is_equivalent(in, path, said, target);
        if (r != 0)
                return r;
        if (!force)
                return install_fault(in, -EEXIST, path, said);

        r = replace(fd, name, target);
        if (r < 0)
                return install_fault(in, r, path, NULL);
        r = install_changes_add(&in->changes, INSTALL_UNLINK, path, NULL);
        if (r >= 0)
                r = install_changes_add(&in->changes, INSTALL_SYMLINK, path, target);
        return r < 0 ? r : 1;
}

int install_link_make(Install *in, const char *name, const char *target, bool force) {
        _cleanup_free_ char *path = NULL, *directory = NULL;
        _cleanup_close_ int fd = -EBADF;
        const char *base;
        int r;

        if (asprintf(&path, "%s/%s", in->config, name) < 0)
                return -ENOMEM;
        base = strrchr(path, '/') + 1;
        directory = strndup(path, (size_t) (base - 1 - path));
        if (!directory)
                return -ENOMEM;

        /* Of these directories at most systemd/user and what is in front of a name are new. */
        r = open_or_make(in, directory, 4, &fd);
        if (r < 0)
                return install_fault(in, r, path, NULL);

        if (symlinkat(target, fd, base) < 0) {
                if (errno == EEXIST)
                        return take_place(in, fd, base, path, target, force);
                return install_fault(in, -errno, path, NULL);
        }

        r = install_changes_add(&in->changes, INSTALL_SYMLINK, path, target);
        if (r < 0)
                return r;
        r = sync_directory(fd);
        return r < 0 ? install_fault(in, r, path, NULL) : 1;
}

/* Takes away directories that are empty, from the one at `path` up to but not in->config. */
static void remove_empty(const Install *in, const char *path) {
        _cleanup_free_ char *copy = strdup(path);
        char *slash;

        while (copy && strlen(copy) > strlen(in->config)) {
                _cleanup_close_ int fd = -EBADF;

                slash = strrchr(copy, '/');
                *slash = 0;
                if (open_own_directory(in, copy, &fd) < 0 || unlinkat(fd, slash + 1, AT_REMOVEDIR) < 0 ||
                        sync_directory(fd) < 0)
                        return;
        }
}

int install_link_remove(Install *in, const char *directory, const char *name) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        r = open_own_directory(in, directory, &fd);
        if (r < 0)
                return install_fault(in, r, path, NULL);
        if (unlinkat(fd, name, 0) < 0)
                return errno == ENOENT ? 0 : install_fault(in, -errno, path, NULL);
        r = sync_directory(fd);
        if (r < 0)
                return install_fault(in, r, path, NULL);

        r = install_changes_add(&in->changes, INSTALL_UNLINK, path, NULL);
        if (r < 0)
                return r;
        remove_empty(in, directory);
        return 1;
}
