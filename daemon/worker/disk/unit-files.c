/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unit files as the files tell, see unit-files.h. */

#include "daemon/worker/disk/unit-files.h"

#include <fcntl.h>
#include <limits.h>

#include "common/limits.h"
#include "common/strv.h"
#include "common/unit-name.h"

void unit_files_done(UnitFiles *files) {
        for (size_t i = 0; i < files->n_entries; i++) {
                free(files->entries[i].name);
                free(files->entries[i].target);
        }
        for (size_t i = 0; i < files->n_links; i++)
                free(files->links[i].name);
        free(files->entries);
        free(files->links);
        unit_paths_done(&files->paths);
        *files = (UnitFiles){};
}

int disk_error(int r, Error *error) {
        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the account's files.");
        if (r == -E2BIG)
                return error_set(error, ERROR_UNAVAILABLE,
                        "A directory of unit files has more than %u entries.", UNIT_FILES_PER_ACCOUNT_MAX);
        return error_set(error, ERROR_HOME_UNAVAILABLE, "The account's files cannot be read: %s.",
                strerrordesc_np(-r));
}

/* Grows an array by doubling; `n` is what is in it. */
static int make_room(void **array, size_t n, size_t item) {
        void *grown;

        if (n > 0 && (n & (n - 1)) != 0)
                return 0;
        grown = reallocarray(*array, n > 0 ? n * 2 : 1, item);
        if (!grown)
                return -ENOMEM;
        *array = grown;
        return 0;
}

/* The last component of what a link says. */
static int read_target(int dir_fd, const char *name, char **ret) {
        char target[PATH_MAX];
        const char *base;
        ssize_t n;

        n = readlinkat(dir_fd, name, target, sizeof(target) - 1);
        if (n < 0)
                return -errno;
        target[n] = 0;

        base = strrchr(target, '/');
        *ret = strdup(base ? base + 1 : target);
        return *ret ? 0 : -ENOMEM;
}

static int add_entry(UnitFiles *files, size_t path, int dir_fd, const char *name) {
        _cleanup_free_ char *target = NULL, *copy = NULL;
        struct stat st;
        int r;

        if (!unit_name_is_valid(name, UNIT_NAME_ANY))
                return 0;
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
                return 0;

        if (S_ISLNK(st.st_mode)) {
                r = read_target(dir_fd, name, &target);
                if (r < 0)
                        return r == -ENOMEM ? r : 0;
                /* Only to see what is behind it; a link to nowhere stays one. */
                (void) fstatat(dir_fd, name, &st, 0);
        }

        r = make_room((void **) &files->entries, files->n_entries, sizeof(UnitFileEntry));
        if (r < 0)
                return r;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;

        files->entries[files->n_entries++] = (UnitFileEntry){
                .name = TAKE_PTR(copy),
                .target = TAKE_PTR(target),
                .path = path,
                .masked = stat_is_null_or_empty(&st),
        };
        return 0;
}

static int add_link(UnitFiles *files, size_t path, int dir_fd, const char *name) {
        struct stat st;
        char *copy;
        int r;

        if (!unit_name_is_valid(name, UNIT_NAME_ANY))
                return 0;
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
                return 0;

        r = make_room((void **) &files->links, files->n_links, sizeof(UnitFileLink));
        if (r < 0)
                return r;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;

        files->links[files->n_links++] = (UnitFileLink){ copy, path };
        return 0;
}

typedef int (*EntryFunction)(UnitFiles *files, size_t path, int dir_fd, const char *name);

static int walk(
        const Disk *disk, UnitFiles *files, size_t path, const char *directory, EntryFunction function) {
        _cleanup_closedir_ DIR *d = NULL;
        struct dirent *de;
        size_t n = 0;
        int r;

        r = disk_open_directory(disk, directory, &d);
        if (r == -ENOMEM || r == -EIO || r == -ESTALE)
                return r;
        if (r < 0)
                return 0;

        while ((de = readdir(d))) {
                if (de->d_name[0] == '.')
                        continue;
                if (n++ >= UNIT_FILES_PER_ACCOUNT_MAX)
                        return -E2BIG;
                r = function(files, path, dirfd(d), de->d_name);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_link_directory(const char *name) {
        return endswith(name, ".wants") || endswith(name, ".requires") || endswith(name, ".upholds");
}

static int scan_path(const Disk *disk, UnitFiles *files, size_t path) {
        const char *directory = files->paths.items[path].path;
        bool *plain = &files->paths.items[path].plain;
        _cleanup_closedir_ DIR *d = NULL;
        struct dirent *de;
        int r;

        r = walk(disk, files, path, directory, add_entry);
        if (r < 0)
                return r;

        r = disk_open_directory(disk, directory, &d);
        *plain = r >= 0 || r == -ENOENT;
        if (r < 0)
                return 0;
        while ((de = readdir(d))) {
                _cleanup_free_ char *below = NULL;
                struct stat st;

                *plain = *plain && !endswith(de->d_name, ".d");
                if (!is_link_directory(de->d_name) ||
                        fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
                        continue;
                if (asprintf(&below, "%s/%s", directory, de->d_name) < 0)
                        return -ENOMEM;
                r = walk(disk, files, path, below, add_link);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_entries(const void *a, const void *b) {
        const UnitFileEntry *s = a, *t = b;
        int r = strcmp(s->name, t->name);

        if (r != 0)
                return r;
        return s->path < t->path ? -1 : s->path > t->path;
}

static int scan(const Disk *disk, bool shared, UnitFiles *ret) {
        _cleanup_(unit_files_done) UnitFiles files = {};
        int r;

        r = shared ? unit_paths_make_shared(disk, &files.paths) : unit_paths_make(disk, &files.paths);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.paths.n; i++) {
                r = scan_path(disk, &files, i);
                if (r < 0)
                        return r;
        }

        if (files.n_entries > 0)
                qsort(files.entries, files.n_entries, sizeof(UnitFileEntry), compare_entries);
        *ret = files;
        files = (UnitFiles){};
        return 0;
}

int unit_files_scan(const Disk *disk, UnitFiles *ret) {
        return scan(disk, false, ret);
}

int unit_files_scan_shared(const Disk *disk, UnitFiles *ret) {
        return scan(disk, true, ret);
}

/* The first of a name: the search path decides. */
static const UnitFileEntry *find_entry(const UnitFiles *files, const char *name) {
        size_t low = 0, high = files->n_entries;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(files->entries[middle].name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        if (low < files->n_entries && streq(files->entries[low].name, name))
                return files->entries + low;
        return NULL;
}

const UnitFileEntry *unit_files_find(const UnitFiles *files, const char *unit) {
        _cleanup_free_ char *template = NULL;
        const UnitFileEntry *entry;

        entry = find_entry(files, unit);
        if (entry || !unit_name_is_valid(unit, UNIT_NAME_INSTANCE))
                return entry;
        if (unit_name_template(unit, &template) < 0)
                return NULL;
        return find_entry(files, template);
}

static int count_own(const Disk *disk, size_t *ret) {
        _cleanup_(unit_files_done) UnitFiles files = {};
        int r;

        r = unit_paths_make(disk, &files.paths);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.paths.n; i++) {
                if (!files.paths.items[i].own)
                        continue;
                r = walk(disk, &files, i, files.paths.items[i].path, add_entry);
                if (r < 0)
                        return r;
        }

        *ret = files.n_entries;
        return 0;
}

int unit_files_count_own(Worker *worker, const char *home, size_t *ret, Error *error) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        int r;

        r = disk_open(worker->uid, home, worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = count_own(&disk, ret);
        return r < 0 ? disk_error(r, error) : 0;
}

int unit_files_exists(Worker *worker, const char *home, const char *unit, Error *error) {
        _cleanup_(unit_paths_done) UnitPaths paths = {};
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_free_ char *path = NULL;
        int r;

        r = disk_open(worker->uid, home, worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = unit_paths_make(&disk, &paths);
        if (r >= 0)
                r = unit_paths_find(&disk, &paths, unit, &path);
        if (r == -ENOENT)
                return 0;
        return r < 0 ? disk_error(r, error) : 1;
}
