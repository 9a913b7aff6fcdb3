/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is past, out of a source of entries, as lines: from when to when, how many, in which order. What an
 * entry's line is, and whether it has one, is for others to say (events-list.c, history.c).
 */

#include "common/json-write.h"
#include "common/parameters.h"
#include "daemon/journal/entry-source.h"
#include "daemon/journal/line.h"

/* Longest line of an event or a record: its fields are bounded, and a byte can become six. */
#define PAST_LINE_MAX (1024U * 1024U)

typedef struct PastReader {
        /* Looks at an entry. w NULL: no line is needed. Returns 1 where it has a line, 0 where it has none,
         * or a negative errno. Entries are shown in order after each reset(). */
        int (*look)(const Entry *entry, JsonWriter *w, void *userdata);
        /* Forgets what entries have told so far; may be NULL. */
        void (*reset)(void *userdata);
        /* Whether look() knows more of an entry when it has seen those just before. */
        uint64_t memory_usec;
        void *userdata;
} PastReader;

typedef struct Past {
        uint64_t since; /* µs since the epoch, or UNSIGNED_UNSET */
        uint64_t until;
        uint64_t lines;
        bool reverse;
        const char *after_cursor; /* or NULL */
        const char *last_cursor;  /* to end behind, and the time of that entry; or NULL */
        uint64_t last_time;
} Past;

#define PAST_NULL                                                                                           \
        (Past) {                                                                                            \
                .since = UNSIGNED_UNSET, .until = UNSIGNED_UNSET, .lines = UNSIGNED_UNSET                   \
        }

/*
 * Writes the lines. Afterwards (not with reverse) the next step of the source is what came later.
 *
 * Returns 0, -EPIPE where nobody reads any more, or another negative errno with the error filled.
 */
int past_write(EntrySource *source, const PastReader *reader, const Past *past, LineWriter *out,
        Error *error) _warn_unused_;

/* Goes on with what comes, for ever: returns as past_write(), but never 0. */
int past_follow(EntrySource *source, const PastReader *reader, LineWriter *out, Error *error) _warn_unused_;

/* Puts the source behind this cursor, the entries just before shown to the reader. Returns 0 or a negative
 * errno of seek_cursor(). */
int past_seek_after(EntrySource *source, const PastReader *reader, const char *cursor) _warn_unused_;
