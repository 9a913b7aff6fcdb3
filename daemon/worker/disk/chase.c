/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths with their links followed, see disk.h. */

#include <fcntl.h>
#include <limits.h>

#include "daemon/worker/disk/disk.h"

/* As many as systemd follows. */
#define LINKS_MAX 32

/* A path on its way: what has been resolved, and what is still to come. */
typedef struct Chase {
        char done[PATH_MAX]; /* "" for the root */
        size_t n_done;
        char *todo;
        unsigned n_links;
} Chase;

static void go_up(Chase *c) {
        while (c->n_done > 0 && c->done[--c->n_done] != '/')
                ;
        c->done[c->n_done] = 0;
}

static int go_down(Chase *c, const char *name, size_t n) {
        if (c->n_done + 1 + n >= sizeof(c->done))
                return -ENAMETOOLONG;
        c->done[c->n_done++] = '/';
        memcpy(c->done + c->n_done, name, n);
        c->n_done += n;
        c->done[c->n_done] = 0;
        return 0;
}

/* What remains, when there is nothing to look at any more. */
static int append_rest(Chase *c, const char *rest) {
        while (*(rest += strspn(rest, "/"))) {
                size_t n = strcspn(rest, "/");
                int r;

                if (n == 2 && memcmp(rest, "..", 2) == 0)
                        return -ENOENT;
                if (n != 1 || *rest != '.') {
                        r = go_down(c, rest, n);
                        if (r < 0)
                                return r;
                }
                rest += n;
        }
        return 0;
}

/* Puts what a link says in front of what remains. `done` is the link itself. */
static int follow(Chase *c, const char *rest) {
        char target[PATH_MAX], *joined;
        ssize_t n;

        if (++c->n_links > LINKS_MAX)
                return -ELOOP;
        n = readlinkat(AT_FDCWD, c->done, target, sizeof(target));
        if (n < 0)
                return -errno;
        if (n == 0 || (size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        go_up(c);
        if (target[0] == '/') {
                c->n_done = 0;
                c->done[0] = 0;
        }
        if (asprintf(&joined, "%.*s/%s", (int) n, target, rest) < 0)
                return -ENOMEM;
        free(c->todo);
        c->todo = joined;
        return 0;
}

static bool is_last(const char *rest) {
        return rest[strspn(rest, "/")] == 0;
}

static int chase(Chase *c, unsigned flags) {
        for (const char *p = c->todo; *(p += strspn(p, "/"));) {
                size_t n = strcspn(p, "/");
                struct stat st;
                int r;

                if (n == 1 && *p == '.') {
                        p += n;
                        continue;
                }
                if (n == 2 && memcmp(p, "..", 2) == 0) {
                        go_up(c);
                        p += n;
                        continue;
                }

                r = go_down(c, p, n);
                if (r < 0)
                        return r;
                p += n;
                if (fstatat(AT_FDCWD, c->done, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
                        if (errno != ENOENT)
                                return -errno;
                        r = append_rest(c, p);
                        return r;
                }
                if (!S_ISLNK(st.st_mode) || ((flags & DISK_CHASE_NOT_LAST) && is_last(p)))
                        continue;
                r = follow(c, p);
                if (r < 0)
                        return r;
                p = c->todo;
        }
        return 1;
}

int disk_chase(const char *path, unsigned flags, char **ret) {
        Chase c = { .todo = strdup(path) };
        char *found;
        int r;

        if (!c.todo)
                return -ENOMEM;
        r = chase(&c, flags);
        free(c.todo);
        if (r < 0)
                return r;

        found = strdup(c.n_done > 0 ? c.done : "/");
        if (!found)
                return -ENOMEM;
        *ret = found;
        return r;
}
