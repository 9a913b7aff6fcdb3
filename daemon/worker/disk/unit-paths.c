/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The search path of unit files, see unit-paths.h. */

#include "daemon/worker/disk/unit-paths.h"

#include <fcntl.h>

#include "common/limits.h"
#include "common/strv.h"
#include "common/unit-name.h"

typedef enum UnitPathBase {
        BASE_HOME,
        BASE_RUNTIME, /* runtime_root/UID */
        BASE_SYSTEM,
} UnitPathBase;

static const struct {
        UnitPathBase base;
        const char *path;
        UnitPathKind kind;
        bool global, links;
} unit_path_table[] = {
        { BASE_HOME, "/.config/systemd/user.control", UNIT_PATH_CONFIG },
        { BASE_RUNTIME, "/systemd/user.control", UNIT_PATH_RUNTIME },
        { BASE_RUNTIME, "/systemd/transient", UNIT_PATH_TRANSIENT },
        { BASE_RUNTIME, "/systemd/generator.early", UNIT_PATH_GENERATOR },
        { BASE_HOME, "/.config/systemd/user", UNIT_PATH_CONFIG, .links = true },
        { BASE_SYSTEM, "/etc/xdg/systemd/user", UNIT_PATH_CONFIG },
        { BASE_SYSTEM, "/etc/systemd/user", UNIT_PATH_CONFIG, .global = true },
        { BASE_RUNTIME, "/systemd/user", UNIT_PATH_RUNTIME, .links = true },
        { BASE_SYSTEM, "/run/systemd/user", UNIT_PATH_RUNTIME },
        { BASE_RUNTIME, "/systemd/generator", UNIT_PATH_GENERATOR },
        { BASE_HOME, "/.local/share/systemd/user", UNIT_PATH_VENDOR },
        { BASE_SYSTEM, "/usr/local/share/systemd/user", UNIT_PATH_VENDOR },
        { BASE_SYSTEM, "/usr/share/systemd/user", UNIT_PATH_VENDOR },
        { BASE_SYSTEM, "/usr/local/lib/systemd/user", UNIT_PATH_VENDOR },
        { BASE_SYSTEM, "/usr/lib/systemd/user", UNIT_PATH_VENDOR },
        { BASE_RUNTIME, "/systemd/generator.late", UNIT_PATH_GENERATOR },
};

void unit_paths_done(UnitPaths *paths) {
        for (size_t i = 0; i < paths->n; i++)
                free(paths->items[i].path);
        paths->n = 0;
}

/* /etc/xdg/systemd/user is a link to /etc/systemd/user on many systems: then systemd has one of them. */
static bool is_same_directory(const char *a, const char *b) {
        struct stat st, other;

        return stat(a, &st) >= 0 && stat(b, &other) >= 0 && st.st_dev == other.st_dev &&
                st.st_ino == other.st_ino;
}

static int make_paths(const Disk *disk, bool shared, UnitPaths *ret) {
        UnitPaths paths = {};

        for (size_t i = 0; i < ELEMENTSOF(unit_path_table); i++) {
                UnitPath *item = paths.items + paths.n;
                int n = -1;

                if (shared && unit_path_table[i].base != BASE_SYSTEM)
                        continue;
                switch (unit_path_table[i].base) {
                case BASE_HOME:
                        if (disk->home_fd < 0)
                                continue;
                        n = asprintf(&item->path, "%s%s", disk->home, unit_path_table[i].path);
                        break;
                case BASE_RUNTIME:
                        n = asprintf(&item->path, "%s/%u%s", disk->runtime_root, (unsigned) disk->uid,
                                unit_path_table[i].path);
                        break;
                case BASE_SYSTEM:
                        n = asprintf(&item->path, "%s%s", disk->system_root, unit_path_table[i].path);
                        break;
                }
                if (n < 0) {
                        unit_paths_done(&paths);
                        return -ENOMEM;
                }

                item->kind = unit_path_table[i].kind;
                item->own = unit_path_table[i].base == BASE_HOME;
                item->global = unit_path_table[i].global;
                item->links = unit_path_table[i].links;
                if (unit_path_table[i].global && paths.n > 0 &&
                        is_same_directory(item[-1].path, item->path)) {
                        free(item[-1].path);
                        item[-1] = *item;
                        continue;
                }
                paths.n++;
        }

        *ret = paths;
        return 0;
}

int unit_paths_make(const Disk *disk, UnitPaths *ret) {
        return make_paths(disk, false, ret);
}

int unit_paths_make_shared(const Disk *disk, UnitPaths *ret) {
        return make_paths(disk, true, ret);
}

static int find_name(const Disk *disk, const UnitPaths *paths, const char *name, char **ret) {
        for (size_t i = 0; i < paths->n; i++) {
                _cleanup_free_ char *path = NULL;
                _cleanup_close_ int fd = -EBADF;

                if (asprintf(&path, "%s/%s", paths->items[i].path, name) < 0)
                        return -ENOMEM;

                fd = disk_open_path(disk, path, O_PATH);
                if (fd < 0)
                        continue;
                *ret = TAKE_PTR(path);
                return 0;
        }

        return -ENOENT;
}

int unit_paths_find(const Disk *disk, const UnitPaths *paths, const char *unit, char **ret) {
        _cleanup_free_ char *template = NULL;
        int r;

        r = find_name(disk, paths, unit, ret);
        if (r != -ENOENT || !unit_name_is_valid(unit, UNIT_NAME_INSTANCE))
                return r;

        r = unit_name_template(unit, &template);
        if (r < 0)
                return r;
        return find_name(disk, paths, template, ret);
}

/* A file of that name stands in a directory that comes before. */
static bool is_shadowed(char *const *found, const char *name) {
        STRV_FOREACH(path, found)
                if (streq(strrchr(*path, '/') + 1, name))
                        return true;
        return false;
}

static int add_drop_in(const Disk *disk, const char *directory, const char *name, char ***found) {
        char *path;

        if (!endswith(name, ".conf") || name[0] == '.' || is_shadowed(*found, name))
                return 0;
        if (strv_length(*found) >= UNIT_DROP_INS_MAX)
                return -E2BIG;
        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        return strv_consume(found, path);
}

static int add_drop_in_directory(const Disk *disk, const char *base, const char *name, char ***found) {
        _cleanup_closedir_ DIR *d = NULL;
        _cleanup_free_ char *path = NULL;
        size_t n = 0;
        int r;

        if (asprintf(&path, "%s/%s.d", base, name) < 0)
                return -ENOMEM;
        r = disk_open_directory(disk, path, &d);
        if (r < 0)
                return 0; /* what cannot be read is not read by the manager either */

        for (;;) {
                struct dirent *de = readdir(d);

                if (!de || n++ >= UNIT_FILES_PER_ACCOUNT_MAX)
                        return 0;
                r = add_drop_in(disk, path, de->d_name, found);
                if (r < 0)
                        return r;
        }
}

/* Calls the directories that belong to one name: its own, then for app-web-a.service those of
 * app-web-.service and app-.service. */
static int add_for_name(const Disk *disk, const char *base, const char *name, char ***found) {
        const char *suffix = strrchr(name, '.');
        size_t stem = (size_t) (suffix - name);
        int r;

        r = add_drop_in_directory(disk, base, name, found);
        if (r < 0)
                return r;

        /* The stem without its last character: a dash there ends the name's own prefix. */
        for (size_t i = stem > 0 ? stem - 1 : 0; i > 1; i--) {
                char prefix[UNIT_NAME_MAX + 1];

                if (name[i - 1] != '-')
                        continue;
                (void) snprintf(prefix, sizeof(prefix), "%.*s%s", (int) i, name, suffix);
                r = add_drop_in_directory(disk, base, prefix, found);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int compare_base_names(const void *a, const void *b) {
        const char *s = *(char *const *) a, *t = *(char *const *) b;
        return strcmp(strrchr(s, '/') + 1, strrchr(t, '/') + 1);
}

/* Takes out the drop-ins that are links to /dev/null: they only hide others. */
static void drop_hidden(const Disk *disk, char **found) {
        size_t k = 0;

        for (size_t i = 0; found && found[i]; i++) {
                _cleanup_close_ int fd = -EBADF;
                struct stat st;

                fd = disk_open_path(disk, found[i], O_PATH);
                if (fd < 0 || fstat(fd, &st) < 0 || S_ISREG(st.st_mode))
                        found[k++] = found[i];
                else
                        free(found[i]);
        }
        if (found)
                found[k] = NULL;
}

int unit_paths_drop_ins(const Disk *disk, const UnitPaths *paths, const char *unit, char ***ret) {
        _cleanup_free_ char *template = NULL;
        _cleanup_strv_free_ char **found = NULL;
        int r;

        if (unit_name_is_valid(unit, UNIT_NAME_INSTANCE)) {
                r = unit_name_template(unit, &template);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < paths->n; i++) {
                r = add_for_name(disk, paths->items[i].path, unit, &found);
                if (r >= 0 && template)
                        r = add_for_name(disk, paths->items[i].path, template, &found);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < paths->n; i++) {
                r = add_drop_in_directory(disk, paths->items[i].path, strrchr(unit, '.') + 1, &found);
                if (r < 0)
                        return r;
        }

        drop_hidden(disk, found);
        if (found)
                qsort(found, strv_length(found), sizeof(char *), compare_base_names);
        *ret = TAKE_PTR(found);
        return 0;
}

int unit_paths_install_drop_ins(const Disk *disk, const UnitPaths *paths, const char *unit, char ***ret) {
        _cleanup_free_ char *template = NULL;
        _cleanup_strv_free_ char **found = NULL;
        int r = 0;

        if (unit_name_is_valid(unit, UNIT_NAME_INSTANCE))
                r = unit_name_template(unit, &template);
        for (size_t i = 0; r >= 0 && i < paths->n; i++)
                if (!paths->items[i].plain)
                        r = add_drop_in_directory(disk, paths->items[i].path, unit, &found);
        for (size_t i = 0; template && r >= 0 && i < paths->n; i++)
                if (!paths->items[i].plain)
                        r = add_drop_in_directory(disk, paths->items[i].path, template, &found);
        if (r < 0)
                return r;

        drop_hidden(disk, found);
        if (found)
                qsort(found, strv_length(found), sizeof(char *), compare_base_names);
        *ret = TAKE_PTR(found);
        return 0;
}

bool unit_paths_contain(const UnitPaths *paths, const char *path) {
        for (size_t i = 0; i < paths->n; i++) {
                const char *rest = startswith(path, paths->items[i].path);

                if (rest && (!*rest || *rest == '/'))
                        return true;
        }
        return false;
}

const UnitPath *unit_paths_parent(const UnitPaths *paths, const char *path) {
        const char *slash = strrchr(path, '/');

        for (size_t i = 0; slash && i < paths->n; i++) {
                const char *rest = startswith(path, paths->items[i].path);

                if (rest && rest == slash)
                        return paths->items + i;
        }
        return NULL;
}
