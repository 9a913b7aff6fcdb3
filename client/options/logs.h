/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of logs, which are journalctl's and not systemctl's: -f, -p, -r, -t and -b mean something else
 * there, or nothing. They are only kept here; what their values mean is looked at by client/journal/query.h.
 */

#include "client/render/journal.h"

/* Owns its strings and arrays. Part of Options. */
typedef struct LogsOptions {
        char **units; /* -u: as if they stood among the arguments */
        char **identifiers;
        char **output_fields;
        char *since; /* as typed, as all of these */
        char *until;
        char *lines; /* NULL: nobody said */
        char *boot;
        char *priority;
        char *grep;
        char *case_sensitive; /* "": without a value */
        char *cursor;
        char *after_cursor;
        JournalMode mode;
        bool follow;
        bool no_full;
        bool no_hostname;
        bool no_tail;
        bool pager_end;
        bool show_cursor;
        bool truncate_newline;
        bool utc;
} LogsOptions;

void logs_options_done(LogsOptions *o);

/* What stands behind an option of logs; NULL: anything, or nothing. Static, ended by NULL. */
const char *const *logs_option_values(const char *name);

/* Whether a word is the number of lines as -n takes it: "20", "+20" or "all". */
bool logs_lines_are_valid(const char *word);

/* Whether a word names a boot as -b takes it: ID, ±OFFSET, ID±OFFSET or "all". */
bool logs_boot_is_valid(const char *word);

struct OwnOptions;
extern const struct OwnOptions logs_options;
