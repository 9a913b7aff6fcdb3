/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What control groups have used, see usage.h. */

#include "daemon/worker/list/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "daemon/worker/disk/disk.h"

/* Groups below a unit's, which is delegated then: so deep and so many are counted. */
#define COUNT_DEPTH_MAX  8
#define COUNT_GROUPS_MAX 512

static int open_beneath(int dir_fd, const char *path, int flags) {
        struct open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC | O_NOFOLLOW),
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
        };
        long fd;

        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : (int) fd;
}

/* Absolute, without empty components and dots, and the last one is the account's manager. */
static bool path_is_of_manager(const char *path, uid_t uid) {
        char name[32];

        (void) snprintf(name, sizeof(name), "/user@%u.service", (unsigned) uid);
        return path[0] == '/' && endswith(path, name) && !strstr(path, "//") && !strstr(path, "/./") &&
                !strstr(path, "/../");
}

static bool is_cgroup2(int fd) {
        struct statfs fs;

        return fstatfs(fd, &fs) >= 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int open_mount(const char *root) {
        _cleanup_close_ int fd = -EBADF, unified = -EBADF;

        fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        if (is_cgroup2(fd))
                return TAKE_FD(fd);

        unified = openat(fd, "unified", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return unified >= 0 ? TAKE_FD(unified) : TAKE_FD(fd);
}

int usage_open(const char *root, const char *control_group, uid_t uid) {
        _cleanup_close_ int fd = -EBADF;

        if (!path_is_of_manager(control_group, uid))
                return -EPERM;

        fd = open_mount(root);
        if (fd < 0)
                return fd;
        return open_beneath(fd, control_group + 1, O_RDONLY | O_DIRECTORY);
}

int usage_open_child(int fd, const char *name) {
        return open_beneath(fd, name, O_RDONLY | O_DIRECTORY);
}

/* Reads a file of a group whole; -EFBIG where it does not fit. */
static int read_file(int dir_fd, const char *name, char *buffer, size_t room) {
        _cleanup_close_ int fd = -EBADF;
        size_t size = 0;

        fd = open_beneath(dir_fd, name, O_RDONLY);
        if (fd < 0)
                return fd;
        while (size < room - 1) {
                ssize_t n = read(fd, buffer + size, room - 1 - size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
        }
        if (size == room - 1)
                return -EFBIG;
        buffer[size] = 0;
        return 0;
}

static bool parse_number(const char *text, uint64_t *ret) {
        unsigned long long v;
        char *end;

        if (*text < '0' || *text > '9')
                return false;
        errno = 0;
        v = strtoull(text, &end, 10);
        if (errno != 0 || (*end != 0 && !strchr(" \n", *end)))
                return false;
        *ret = v;
        return true;
}

/* A file that holds one number. */
static void read_number(int fd, const char *name, UsageValue value, Usage *usage) {
        char text[64];

        if (read_file(fd, name, text, sizeof(text)) >= 0)
                usage->known[value] = parse_number(text, usage->values + value);
}

static void read_cpu(int fd, Usage *usage) {
        char text[4096], *line, *rest = text;

        if (read_file(fd, "cpu.stat", text, sizeof(text)) < 0)
                return;
        while ((line = strsep(&rest, "\n"))) {
                const char *number = startswith(line, "usage_usec ");

                if (number)
                        usage->known[USAGE_CPU] = parse_number(number, usage->values + USAGE_CPU);
        }
}

/* "8:0 rbytes=1 wbytes=2 rios=3 …", a line a device. */
static void read_io(int fd, Usage *usage) {
        char text[USAGE_FILE_MAX], *word, *rest = text;
        uint64_t n_read = 0, n_written = 0, n;

        if (read_file(fd, "io.stat", text, sizeof(text)) < 0)
                return;
        while ((word = strsep(&rest, " \n"))) {
                const char *number;

                number = startswith(word, "rbytes=");
                if (number && parse_number(number, &n))
                        n_read += n;
                number = startswith(word, "wbytes=");
                if (number && parse_number(number, &n))
                        n_written += n;
        }
        usage->values[USAGE_IO_READ] = n_read;
        usage->values[USAGE_IO_WRITTEN] = n_written;
        usage->known[USAGE_IO_READ] = usage->known[USAGE_IO_WRITTEN] = true;
}

static uint64_t count_lines(int fd, const char *name) {
        _cleanup_close_ int file = open_beneath(fd, name, O_RDONLY);
        char text[4096];
        uint64_t n_lines = 0;
        ssize_t n;

        if (file < 0)
                return 0;
        while ((n = read(file, text, sizeof(text))) > 0)
                for (ssize_t i = 0; i < n; i++)
                        n_lines += text[i] == '\n';
        return n_lines;
}

/* Takes the descriptor over: one a level, for there are few. */
static uint64_t count_tasks(int group, unsigned depth, unsigned *n_groups) {
        _cleanup_close_ int fd = group;
        _cleanup_closedir_ DIR *d = NULL;
        const struct dirent *entry;
        uint64_t n;

        n = count_lines(fd, "cgroup.threads");
        if (depth >= COUNT_DEPTH_MAX)
                return n;

        d = fdopendir(fd);
        if (!d)
                return n;
        (void) TAKE_FD(fd);

        while ((entry = readdir(d))) {
                int child;

                if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
                        continue;
                if (++*n_groups > COUNT_GROUPS_MAX)
                        break;
                child = usage_open_child(dirfd(d), entry->d_name);
                if (child >= 0)
                        n += count_tasks(child, depth + 1, n_groups);
        }
        return n;
}

static void read_tasks(int fd, Usage *usage) {
        unsigned n_groups = 0;
        int own;

        read_number(fd, "pids.current", USAGE_TASKS, usage);
        if (usage->known[USAGE_TASKS])
                return;

        /* No controller for them: seen where it is still on cgroup v1. */
        own = usage_open_child(fd, ".");
        if (own < 0)
                return;
        usage->values[USAGE_TASKS] = count_tasks(own, 0, &n_groups);
        usage->known[USAGE_TASKS] = true;
}

void usage_read(int fd, Usage *ret) {
        *ret = (Usage){};
        read_cpu(fd, ret);
        read_number(fd, "memory.current", USAGE_MEMORY, ret);
        read_tasks(fd, ret);
        read_io(fd, ret);
}

void usage_write(const Usage *usage, JsonWriter *w) {
        static const char *const names[_USAGE_MAX] = {
                [USAGE_CPU] = "cpu_usec",
                [USAGE_MEMORY] = "memory",
                [USAGE_TASKS] = "tasks",
                [USAGE_IO_READ] = "io_read",
                [USAGE_IO_WRITTEN] = "io_written",
        };

        for (size_t i = 0; i < _USAGE_MAX; i++)
                if (usage->known[i])
                        json_write_key_u64(w, names[i], usage->values[i]);
}
