/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The methods that userunit-journal carries out.
 */

#include "common/frame.h"
#include "daemon/journal/line.h"
#include "daemon/journal/query.h"

typedef struct JournalMethod {
        MethodId id;

        /* Writes the lines between preface and end; directory is where the journal's files are, NULL for the
         * host's. Returns 0, -EPIPE where nobody reads, or a negative errno with the error filled. Preface
         * and end, SIGBUS, and readers that go while nothing is found are the caller's business. */
        int (*read)(const Query *query, const char *directory, LineWriter *writer, Error *error);

        /* Instead: has the connection for itself, its first frame (whose descriptor it takes) and query. */
        void (*serve)(int connection, Frame *frame, Query *query);
} JournalMethod;

/* The row of a method with PLACE_JOURNAL; never NULL. */
const JournalMethod *journal_method_find(MethodId id);
