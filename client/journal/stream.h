/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reading the pipe that logs.read gives. Most of it are entries, which may be copied as they are: lines are
 * found in large blocks, and only those that are no entries are handed out one by one.
 */

#include "common/macro.h"

/* The longest line: what userunit-journal writes at most. */
#define JOURNAL_LINE_MAX (513U * 1024U * 1024U)

typedef struct JournalStream {
        /* Sees lines of entries, the end of each included, as many as have come. Returns 0 or a negative
         * errno. */
        int (*entries)(const char *text, size_t n, void *userdata);
        /* Sees any other line, without its end. Returns 1 where it was the last, 0, or a negative errno. */
        int (*other)(const char *line, size_t n, void *userdata);
        /* Before it waits for more; NULL: nothing is to be done then. */
        void (*pause)(void *userdata);
        void *userdata;
        bool pieces; /* entries may be cut anywhere: nothing long has to be kept */
        bool follow; /* watch for SIGINT, SIGTERM, and for stdout being closed by who reads it */
} JournalStream;

/* Reads to the last line. Returns 0; the number of the signal that ended it; -EPIPE where the stream ended
 * without a last line; -ECANCELED where nobody reads stdout any more; -EMSGSIZE for a line that is too long;
 * an errno of read(2), or what a handler returned. */
int journal_stream_read(const JournalStream *stream, int fd);
