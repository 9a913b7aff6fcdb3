/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Entries of the journal, as journalctl prints them in its formats.
 */

#include "client/journal/entry.h"
#include "client/terminal/terminal.h"

typedef enum JournalMode {
        JOURNAL_SHORT,
        JOURNAL_SHORT_FULL,
        JOURNAL_SHORT_ISO,
        JOURNAL_SHORT_ISO_PRECISE,
        JOURNAL_SHORT_PRECISE,
        JOURNAL_SHORT_MONOTONIC,
        JOURNAL_SHORT_DELTA,
        JOURNAL_SHORT_UNIX,
        JOURNAL_WITH_UNIT,
        JOURNAL_VERBOSE,
        JOURNAL_CAT,
        JOURNAL_JSON,
        JOURNAL_JSON_PRETTY,
        _JOURNAL_MODE_MAX,
        _JOURNAL_MODE_INVALID = -EINVAL,
} JournalMode;

/* Their names, ended by NULL. */
extern const char *const journal_modes[];

JournalMode journal_mode_from_string(const char *s);

static inline bool journal_mode_is_short(JournalMode mode) {
        return mode <= JOURNAL_WITH_UNIT;
}

/* The printer: what is wanted, and what it keeps from entry to entry. */
typedef struct JournalPrinter {
        FILE *f;
        const Terminal *terminal;
        JournalMode mode;
        char **output_fields; /* of verbose, cat and JSON; NULL: all, or of cat the message. Lent */
        bool all;             /* long and unprintable fields as they are */
        bool shorten;         /* lines to the terminal's width */
        bool utc;
        bool no_hostname;
        bool truncate_newline; /* only the first line of messages */
        bool quiet;            /* no word of boots */
        bool modern; /* as systemd 255 and later: offsets have a colon, monotonic times are those of the
                        source */

        /* kept */
        JournalEntry entry;
        Buffer message;
        char boot_id[40]; /* of the last entry */
        uint64_t time;    /* of short-delta */
        uint64_t monotonic;
        char time_boot_id[40];
        uint64_t second; /* that `calendar` and `zone` say */
        char calendar[48];
        char zone[32];
        size_t n; /* entries */
} JournalPrinter;

#define JOURNAL_PRINTER_NULL                                                                                \
        (JournalPrinter) {                                                                                  \
                .entry = JOURNAL_ENTRY_NULL, .message = BUFFER_INIT(JOURNAL_ENTRY_MAX),                     \
                .second = UINT64_MAX                                                                        \
        }

void journal_printer_done(JournalPrinter *p);

/* Whether the journalctl of this system prints as those of systemd 255 and later do. */
bool journalctl_is_modern(void);

/* Prints a line of logs.read. Returns 0, or a negative errno for one that cannot be read. */
int journal_print_line(JournalPrinter *p, const char *line, size_t n);

/* The fields that the mode needs of each entry, ended by NULL; NULL: all. Static. */
const char *const *journal_mode_fields(JournalMode mode);

/* Text that came from the journal: on a terminal, what could do harm there becomes visible. */
void journal_put(JournalPrinter *p, const char *s, size_t n);

/* The lines of a message: all but the first begin `prefix` columns from the left. */
void journal_put_lines(JournalPrinter *p, size_t prefix, bool shorten, const char *on, const char *off,
        const char *s, size_t n);

/* What stands in place of a value that is not shown. */
void journal_put_blob(JournalPrinter *p, size_t n);

/* Whether a field is among those that are asked for. */
bool journal_wants_field(const JournalPrinter *p, const JournalField *field);

/* The entry that was read, client/render/journal-*.c. */
void journal_print_short(JournalPrinter *p);
void journal_print_verbose(JournalPrinter *p);
void journal_print_cat(JournalPrinter *p);
void journal_print_json_pretty(JournalPrinter *p);

/* What switches the colour of a priority on and off. */
const char *journal_priority_color(const JournalPrinter *p, int priority);

/* What a PRIORITY says, 6 where there is none (NULL). */
int journal_priority(const JournalEntry *entry, const JournalField *field);
