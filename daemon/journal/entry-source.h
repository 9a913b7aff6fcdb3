/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where entries come from: a place in a sequence that can be moved. The journal is one such source; tests
 * have an array.
 */

#include <sys/types.h>

#include "common/error.h"
#include "daemon/journal/entry.h"
#include "daemon/journal/grants.h"

typedef struct EntrySource EntrySource;

/* Each returns a negative errno where it fails. */
typedef struct EntrySourceOps {
        /* The next step() lands on the first entry, the last, or the nearest of that time or cursor. */
        int (*seek_head)(EntrySource *source);
        int (*seek_tail)(EntrySource *source);
        int (*seek_time)(EntrySource *source, uint64_t usec);
        /* -EINVAL: it is no cursor. -ESTALE: there is no such entry (any more). */
        int (*seek_cursor)(EntrySource *source, const char *cursor);
        /* Returns 1, or 0 at the end, and stays where it was. */
        int (*step)(EntrySource *source, bool back);
        int (*read)(EntrySource *source, Entry *ret);
        /* A cursor of the last entry there is, of any kind; *ret is NULL where there is none. */
        int (*position)(EntrySource *source, char **ret);
        /* Of a source that follows: what to poll for, or -1; it may be another one after each look(). */
        int (*get_fd)(EntrySource *source);
        /* Returns 1 where step() may find more, 0 where it need not be tried. readable: so was the
         * descriptor. To be called each JOURNAL_TICK_MSEC. */
        int (*look)(EntrySource *source, bool readable);
        /* Waits until there is more, or nobody reads the pipe. Returns a JournalLook. */
        int (*wait)(EntrySource *source, int pipe_fd);
        void (*free)(EntrySource *source);
} EntrySourceOps;

struct EntrySource {
        const EntrySourceOps *ops;
};

static inline EntrySource *entry_source_free(EntrySource *source) {
        if (source)
                source->ops->free(source);
        return NULL;
}
DEFINE_CLEANUP(EntrySource *, entry_source_free);

typedef enum EntrySourceFlags {
        ENTRY_SOURCE_FOLLOWS = 1 << 0,   /* it will be waited for more */
        ENTRY_SOURCE_ALL_FILES = 1 << 1, /* a cursor may be of any entry of the host */
} EntrySourceFlags;

typedef enum EntryKind {
        ENTRIES_EVENTS,  /* what event.h makes events of */
        ENTRIES_RECORDS, /* userunitd's own records */
} EntryKind;

/*
 * Entries of the host's journal (directory as of journal_open()). Only those that can be about the accounts
 * in grants are visited, where these are few; what they are is for the reader to judge. self is the uid of
 * userunitd.
 *
 * Returns 0 or a negative errno.
 */
int entry_source_new(const char *directory, const JournalGrants *grants, uid_t self, EntryKind kind,
        unsigned flags, EntrySource **ret) _warn_unused_;

/* The error that stands for an errno of a source. Returns it. */
int entry_source_error(int error, Error *ret);
