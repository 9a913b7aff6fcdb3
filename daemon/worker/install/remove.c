/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Links removed, see remove.h. */

#include "daemon/worker/install/remove.h"

#include <fcntl.h>

#include "common/limits.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/install/link.h"

/* Directories of links are one level deep; a home can have them deeper. */
#define DEPTH_MAX 8
/* Each round removes what led to links that the one before removed. */
#define ROUNDS_MAX 64
/* In all of the directories together. */
#define ENTRIES_MAX (4U * UNIT_FILES_PER_ACCOUNT_MAX)

typedef struct Removal {
        Install *in;
        char ***marks;
        size_t n_entries; /* looked at in this round */
        bool again;       /* a link was removed that others may lead to */
} Removal;

static int mark(Removal *removal, const char *path) {
        if (strv_contains(*removal->marks, path))
                return 0;
        removal->again = true;
        return strv_extend(removal->marks, path);
}

/* Whether a link is one of those: by its name, its template's name, or where it leads. Returns 1, 0, or a
 * negative errno. */
static int is_marked(Removal *removal, const char *path, const char *name) {
        _cleanup_free_ char *template = NULL, *target = NULL;
        int r;

        if (strv_contains(*removal->marks, name))
                return 1;
        r = unit_name_template(name, &template);
        if (r == -ENOMEM)
                return r;
        if (r >= 0 && strv_contains(*removal->marks, template))
                return 1;

        r = disk_chase(path, 0, &target);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return install_fault(removal->in, r, path, NULL);
        return strv_contains(*removal->marks, target) ||
                strv_contains(*removal->marks, strrchr(target, '/') + 1);
}

static int look_at_link(Removal *removal, const char *directory, const char *name) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (!unit_name_is_valid(name, UNIT_NAME_ANY))
                return 0;
        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        r = is_marked(removal, path, name);
        if (r <= 0)
                return r;
        r = install_link_remove(removal->in, directory, name);
        if (r <= 0)
                return r;
        return mark(removal, path);
}

static int look_through(Removal *removal, const char *directory, unsigned depth);

static int look_at(Removal *removal, const char *directory, int fd, const char *name, unsigned depth) {
        _cleanup_free_ char *below = NULL;
        struct stat st;

        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (S_ISLNK(st.st_mode))
                return look_at_link(removal, directory, name);
        if (!S_ISDIR(st.st_mode) || depth >= DEPTH_MAX)
                return 0;
        if (asprintf(&below, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        return look_through(removal, below, depth + 1);
}

static int look_through(Removal *removal, const char *directory, unsigned depth) {
        _cleanup_closedir_ DIR *d = NULL;
        struct dirent *de;
        int first = 0, r;

        r = disk_open_directory(removal->in->disk, directory, &d);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return install_fault(removal->in, r, directory, NULL);

        while ((de = readdir(d))) {
                if (de->d_name[0] == '.' || endswith(de->d_name, "~"))
                        continue;
                if (removal->n_entries++ >= ENTRIES_MAX)
                        return install_fault(removal->in, -E2BIG, directory, NULL);
                r = look_at(removal, directory, dirfd(d), de->d_name, depth);
                if (r == -ENOMEM || r == -E2BIG)
                        return r;
                if (r < 0 && first == 0)
                        first = r;
        }
        return first;
}

int install_remove_links(Install *in, char ***marks) {
        Removal removal = { .in = in, .marks = marks };
        int first = 0, r;

        if (strv_length(*marks) == 0)
                return 0;

        for (unsigned i = 0; i < ROUNDS_MAX; i++) {
                removal.again = false;
                removal.n_entries = 0;
                r = look_through(&removal, in->config, 0);
                if (r == -ENOMEM || r == -E2BIG)
                        return r;
                if (r < 0 && first == 0)
                        first = r;
                if (!removal.again)
                        break;
        }
        return first;
}
