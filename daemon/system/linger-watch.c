/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes of linger that are not ours, see linger-watch.h. */

#include "daemon/system/linger-watch.h"

#include <sys/inotify.h>
#include <sys/queue.h>

#include "common/log.h"
#include "common/strv.h"
#include "daemon/system/linger.h"

#define WATCH_MASK                                                                                          \
        (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

typedef struct Expected {
        TAILQ_ENTRY(Expected) entry;
        bool lingers;
        char *name;
} Expected;

struct LingerWatch {
        sd_event *event;
        char *directory;
        char *above;
        sd_event_source *inotify; /* of the directory, or of the one above it while there is none */
        sd_event_source *look;    /* once for all that has happened in one turn */
        bool is_above;
        char **names; /* who lingered at the last look, sorted */
        TAILQ_HEAD(ExpectedList, Expected) expected;
        LingerWatchHandler handler;
        void *userdata;
};

static int on_inotify(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        LingerWatch *watch = userdata;

        /* The directory itself is gone, and maybe there again as another one. */
        if (watch->is_above || (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
                watch->inotify = sd_event_source_disable_unref(watch->inotify);
        (void) sd_event_source_set_enabled(watch->look, SD_EVENT_ONESHOT);
        return 0;
}

static int arm_at(LingerWatch *watch, const char *path, bool is_above) {
        sd_event_source *source;
        int r;

        r = sd_event_add_inotify(watch->event, &source, path, WATCH_MASK, on_inotify, watch);
        if (r < 0)
                return r;
        sd_event_source_disable_unref(watch->inotify);
        watch->inotify = source;
        watch->is_above = is_above;
        return 0;
}

static int arm(LingerWatch *watch) {
        int r;

        if (watch->inotify && !watch->is_above)
                return 0;
        r = arm_at(watch, watch->directory, false);
        if (r != -ENOENT)
                return r;
        r = arm_at(watch, watch->above, true);
        if (r < 0)
                return r;
        /* It may have been made in between. */
        r = arm_at(watch, watch->directory, false);
        return r == -ENOENT ? 0 : r;
}

/* ---- what is ours ---- */

static void expected_drop(LingerWatch *watch, Expected *e) {
        TAILQ_REMOVE(&watch->expected, e, entry);
        free(e->name);
        free(e);
}

/* Whether it was expected; it is not any more. */
static bool take_expected(LingerWatch *watch, const char *name, bool lingers) {
        Expected *e;

        TAILQ_FOREACH(e, &watch->expected, entry)
                if (e->lingers == lingers && streq(e->name, name)) {
                        expected_drop(watch, e);
                        return true;
                }
        return false;
}

void linger_watch_expect(LingerWatch *watch, const char *name, bool lingers) {
        Expected *e;

        e = calloc(1, sizeof(*e));
        if (!e)
                return;
        e->lingers = lingers;
        e->name = strdup(name);
        if (!e->name) {
                free(e);
                return;
        }
        TAILQ_INSERT_TAIL(&watch->expected, e, entry);
}

/* ---- looking ---- */

static void tell(LingerWatch *watch, const char *name, bool lingers) {
        if (!take_expected(watch, name, lingers))
                watch->handler(name, lingers, watch->userdata);
}

/* Both lists are sorted. */
static void compare(LingerWatch *watch, char *const *before, char *const *after) {
        while ((before && *before) || (after && *after)) {
                int c = !before || !*before ? 1 : !after || !*after ? -1 : strcmp(*before, *after);

                if (c < 0)
                        tell(watch, *before, false);
                else if (c > 0)
                        tell(watch, *after, true);
                if (before && c <= 0)
                        before++;
                if (after && c >= 0)
                        after++;
        }
}

static void look(LingerWatch *watch) {
        _cleanup_strv_free_ char **names = NULL, **before = NULL;
        int r;

        r = linger_list(watch->directory, &names);
        if (r != 0) {
                log_warning_errno(
                        r < 0 ? r : E2BIG, "Failed to see who lingers, not telling of changes: %m");
                return;
        }
        before = TAKE_PTR(watch->names);
        watch->names = TAKE_PTR(names);
        compare(watch, before, watch->names);
}

static int on_look(sd_event_source *source, void *userdata) {
        LingerWatch *watch = userdata;
        int r;

        r = arm(watch);
        if (r < 0)
                log_warning_errno(r, "Failed to watch %s, not telling of changes: %m", watch->directory);
        look(watch);
        return 0;
}

void linger_watch_settle(LingerWatch *watch, const char *name, bool lingers) {
        look(watch);
        (void) take_expected(watch, name, lingers);
}

int linger_watch_new(sd_event *event, const char *directory, LingerWatchHandler handler, void *userdata,
        LingerWatch **ret) {
        _cleanup_(linger_watch_freep) LingerWatch *watch = NULL;
        const char *slash;
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        TAILQ_INIT(&watch->expected);
        watch->event = sd_event_ref(event);
        watch->handler = handler;
        watch->userdata = userdata;
        watch->directory = strdup(directory ?: LINGER_DIRECTORY);
        if (!watch->directory)
                return -ENOMEM;
        slash = strrchr(watch->directory, '/');
        watch->above = slash > watch->directory
                ? strndup(watch->directory, (size_t) (slash - watch->directory))
                : strdup(slash ? "/" : ".");
        if (!watch->above)
                return -ENOMEM;

        r = sd_event_add_defer(event, &watch->look, on_look, watch);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->look, SD_EVENT_OFF);
        if (r >= 0)
                r = arm(watch);
        /* After the watch is there: what changes from now on is seen. */
        if (r >= 0)
                r = linger_list(watch->directory, &watch->names);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(watch);
        return 0;
}

LingerWatch *linger_watch_free(LingerWatch *watch) {
        if (!watch)
                return NULL;

        while (!TAILQ_EMPTY(&watch->expected))
                expected_drop(watch, TAILQ_FIRST(&watch->expected));
        sd_event_source_disable_unref(watch->inotify);
        sd_event_source_disable_unref(watch->look);
        sd_event_unref(watch->event);
        strv_free(watch->names);
        free(watch->directory);
        free(watch->above);
        free(watch);
        return NULL;
}
