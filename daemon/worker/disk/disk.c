/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading files as the account, see disk.h. */

#include "daemon/worker/disk/disk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

static int openat2_fd(int dir_fd, const char *path, int flags, uint64_t resolve) {
        struct open_how how = {
                .flags = (uint64_t) flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY),
                .resolve = resolve | RESOLVE_NO_MAGICLINKS,
        };
        long fd;

        /* EAGAIN: something was renamed while a path with ".." was resolved. */
        for (unsigned i = 0; i < 4; i++) {
                fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
                if (fd >= 0)
                        return (int) fd;
                if (errno != EAGAIN && errno != EINTR)
                        break;
        }
        return -errno;
}

int disk_open(uid_t uid, const char *home, const char *system_root, const char *runtime_root, Disk *ret) {
        Disk disk = {
                .uid = uid,
                .home = home,
                .home_fd = -EBADF,
                .system_root = system_root,
                .runtime_root = runtime_root,
        };
        int fd;

        if (home[0] == '/') {
                fd = openat2_fd(AT_FDCWD, home, O_PATH | O_DIRECTORY, 0);
                if (fd < 0 && fd != -ENOENT && fd != -ENOTDIR && fd != -EACCES && fd != -ELOOP)
                        return fd;
                if (fd >= 0)
                        disk.home_fd = fd;
        }

        *ret = disk;
        return 0;
}

void disk_done(Disk *disk) {
        disk->home_fd = safe_close(disk->home_fd);
}

/* The rest of a path below the home, or NULL. */
static const char *below_home(const Disk *disk, const char *path) {
        const char *rest;

        if (disk->home_fd < 0)
                return NULL;
        rest = startswith(path, disk->home);
        if (!rest || *rest != '/')
                return NULL;
        rest += strspn(rest, "/");
        return *rest ? rest : NULL;
}

/* What a link out of the home may lead to. */
static int check_outside(const Disk *disk, int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid == disk->uid || (st.st_mode & S_IROTH))
                return 0;
        return -EACCES;
}

int disk_open_path(const Disk *disk, const char *path, int flags) {
        const char *rest = below_home(disk, path);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!rest)
                return openat2_fd(AT_FDCWD, path, flags, 0);

        fd = openat2_fd(disk->home_fd, rest, flags, RESOLVE_BENEATH);
        if (fd != -EXDEV)
                return TAKE_FD(fd);

        /* A link that is absolute or leads out: `systemctl --user enable` makes such links. */
        fd = openat2_fd(AT_FDCWD, path, flags, 0);
        if (fd < 0)
                return fd;
        r = check_outside(disk, fd);
        return r < 0 ? r : TAKE_FD(fd);
}

int disk_lstat(const Disk *disk, const char *path, struct stat *ret) {
        _cleanup_close_ int fd = -EBADF;

        fd = disk_open_path(disk, path, O_PATH | O_NOFOLLOW);
        if (fd < 0)
                return fd;
        return fstat(fd, ret) < 0 ? -errno : 0;
}

int disk_readlink(const Disk *disk, const char *path, char **ret) {
        _cleanup_close_ int fd = -EBADF;
        char target[PATH_MAX];
        ssize_t n;

        fd = disk_open_path(disk, path, O_PATH | O_NOFOLLOW);
        if (fd < 0)
                return fd;

        /* Of a descriptor that is no link this is ENOENT. */
        n = readlinkat(fd, "", target, sizeof(target));
        if (n < 0)
                return errno == ENOENT ? -EINVAL : -errno;
        if ((size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        *ret = strndup(target, (size_t) n);
        return *ret ? 0 : -ENOMEM;
}

int disk_read(const Disk *disk, const char *path, size_t max, char **ret, size_t *ret_size) {
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        size_t size = 0, room;

        fd = disk_open_path(disk, path, O_RDONLY);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if ((uint64_t) st.st_size > max)
                return -EFBIG;

        /* One byte more than it says, to see the end; a file that grows meanwhile is read again by who
         * cares. Those of /proc say that they are empty. */
        room = MAX((size_t) st.st_size, (size_t) 4095) + 1;
        data = malloc(room + 1);
        if (!data)
                return -ENOMEM;

        while (size < room) {
                ssize_t n = read(fd, data + size, room - size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
        }
        if (size > max)
                return -EFBIG;

        data[size] = 0;
        *ret = TAKE_PTR(data);
        if (ret_size)
                *ret_size = size;
        return 0;
}

int disk_open_directory(const Disk *disk, const char *path, DIR **ret) {
        _cleanup_close_ int fd = -EBADF;
        DIR *d;

        fd = disk_open_path(disk, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        d = fdopendir(fd);
        if (!d)
                return -errno;
        (void) TAKE_FD(fd);

        *ret = d;
        return 0;
}

int disk_open_own_directory(const Disk *disk, const char *path) {
        const char *rest = below_home(disk, path);
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (rest) {
                fd = openat2_fd(disk->home_fd, rest, O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH);
                if (fd != -EXDEV)
                        return TAKE_FD(fd);
        }

        fd = openat2_fd(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        return st.st_uid == disk->uid ? TAKE_FD(fd) : -EACCES;
}
