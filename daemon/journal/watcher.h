/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One who watches: a pipe, what may go into it, and how far in the ring it is.
 */

#include "daemon/journal/watch-child.h"
#include "daemon/journal/watch-ring.h"

/* Longest line of an event: its fields are bounded. */
#define EVENT_LINE_MAX (64U * 1024U)

typedef struct Watcher {
        uint64_t serial;
        int fd; /* the pipe */
        Query query;
        uint32_t kinds;
        uint64_t next; /* in the ring */
        Buffer out;    /* what of it did not go out yet */
        char *cursor;  /* of the last line in or before `out` */
        bool closing;  /* `out` is the last of it */
        bool ended;
        WatchChild child; /* who tells it of the past; idle: it lives in the present */
        char *told_until; /* where the child ends */
} Watcher;

/* Takes over pipe and query, on failure too. Returns NULL where memory is short. */
Watcher *watcher_new(uint64_t serial, int pipe_fd, Query *query);

/* Kills its child, closes its pipe. Takes NULL, returns NULL. */
Watcher *watcher_free(Watcher *watcher);

/* Puts bytes behind what waits to go out. Where that fails the watcher has ended. Returns 0 or an errno. */
int watcher_queue(Watcher *watcher, const char *text, size_t n);

/* The lines that everything else comes after, and its position. Returns 0 or a negative errno. */
int watcher_queue_preface(Watcher *watcher, const char *position) _warn_unused_;

/* Remembers the cursor of its last line; may be NULL. Returns 0 or -ENOMEM. */
int watcher_note(Watcher *watcher, const char *cursor) _warn_unused_;

/* An error is the last line, with the cursor of the one before. */
void watcher_fail(Watcher *watcher, const Error *error);

/* Writes as much as the pipe takes. Returns 1 where all is out, 0 where it is not, or a negative errno, and
 * the watcher has ended. */
int watcher_flush(Watcher *watcher);

bool watcher_wants(const Watcher *watcher, const RingItem *item) _pure_;

/* Whether writing into its pipe may wait: it may for a child, and never for the hub. Returns 0 or a negative
 * errno. */
int watcher_set_blocking(Watcher *watcher, bool blocking);
