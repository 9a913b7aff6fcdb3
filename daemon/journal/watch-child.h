/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The child that tells a watcher of the past. It has the pipe for itself while it runs, and may block on it.
 */

#include "daemon/journal/events-list.h"

typedef struct WatchPast {
        const Query *query;
        AccountNames *names;
        uid_t self;
        int (*open)(bool follow, const JournalGrants *grants, void *userdata, EntrySource **ret);
        void *userdata;
        const char *after; /* from behind this cursor … */
        const char *last;  /* … to this one, of this time; NULL: there is nothing */
        uint64_t last_time;
        bool first; /* begin with the preface and the position */
        int pipe_fd;
} WatchPast;

/* One child, or none. */
typedef struct WatchChild {
        pid_t pid;
        int status_fd; /* can be read when it has ended */
} WatchChild;

#define WATCH_CHILD_NULL                                                                                    \
        (WatchChild) {                                                                                      \
                .status_fd = -EBADF                                                                         \
        }

static inline bool watch_child_is_running(const WatchChild *child) {
        return child->pid > 0;
}

/* Starts one; it closes the descriptors in fds. Returns 0 or a negative errno. */
int watch_child_start(const WatchPast *past, const int *fds, size_t n_fds, WatchChild *ret) _warn_unused_;

typedef enum WatchChildResult {
        WATCH_CHILD_RUNNING, /* still */
        WATCH_CHILD_DONE,    /* has told everything */
        WATCH_CHILD_ENDED,   /* its error was the last line, or nobody reads */
        WATCH_CHILD_DIED,
} WatchChildResult;

/* How it ended, without waiting; it is gone then. */
WatchChildResult watch_child_result(WatchChild *child);

/* Kills it, where there is one. */
void watch_child_stop(WatchChild *child);
