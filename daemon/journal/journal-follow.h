/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Waiting for the journal to grow, at next to no cost while it does not, and noticing that it has moved.
 *
 * libsystemd watches the directories that there are when a journal is opened. Where another one appears
 * later (the journal moves from memory to the disk, or /var/log/journal was put in place of another), who
 * follows opens the journal anew and goes on behind the last entry: this remembers which that was.
 */

#include <systemd/sd-journal.h>

#include "common/macro.h"

/* Entries are looked for so often, because journald says that there are some up to 250 ms late. */
#define JOURNAL_TICK_MSEC 50

typedef enum JournalLook {
        JOURNAL_LOOK_NOTHING,  /* all is as it was */
        JOURNAL_LOOK_MORE,     /* try sd_journal_next() until it finds nothing */
        JOURNAL_LOOK_REPLACED, /* open the journal anew, and journal_follow_seek() */
        JOURNAL_LOOK_GONE,     /* nobody reads the pipe any more */
} JournalLook;

typedef struct JournalFollow JournalFollow;

/* To be called before the journal of this directory (as of journal_open()) is opened. Returns 0 or a
 * negative errno. */
int journal_follow_new(const char *directory, JournalFollow **ret) _warn_unused_;
JournalFollow *journal_follow_free(JournalFollow *follow);
DEFINE_CLEANUP(JournalFollow *, journal_follow_free);

/* Remembers the entry that the journal is at as the last one. To be called before sd_journal_process(),
 * after which its file may be gone; the functions below do. */
void journal_follow_note(JournalFollow *follow, sd_journal *journal);

/* Looks whether there is more. readable: so is the descriptor of the journal, and its changes are processed.
 * Returns a JournalLook or a negative errno. */
int journal_follow_look(JournalFollow *follow, sd_journal *journal, bool readable) _warn_unused_;

/* Waits until there is more. pipe_fd is the end to write of the reader's pipe, or negative. Returns a
 * JournalLook, never JOURNAL_LOOK_NOTHING, or a negative errno. */
int journal_follow_wait(JournalFollow *follow, sd_journal *journal, int pipe_fd) _warn_unused_;

/* Puts a journal that was opened anew, with its matches, behind the last entry. Returns 1 where the journal
 * is at an entry that has not been looked at, 0 where the next one is, -ENODATA where there is no last
 * entry, or another negative errno. */
int journal_follow_seek(const JournalFollow *follow, sd_journal *journal) _warn_unused_;

/* Whether the journal is at the entry of this cursor, or at a copy of it: when the journal moves to the disk
 * its entries are numbered anew. Returns 1, 0 or a negative errno. */
int journal_is_at(sd_journal *journal, const char *cursor) _warn_unused_;
