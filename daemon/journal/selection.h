/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which entries of the journal are about a unit of an account, or about the account.
 *
 * One table says it (selection.c), of fields that journald vouches for and what stands in them. It is used
 * twice: as matches of sd-journal, which find the entries, and as a judgement of one entry, where there are
 * patterns or too many accounts for matches.
 */

#include <systemd/sd-journal.h>

#include "daemon/journal/grants.h"

/* The fields that decide. */
typedef enum SelectionField {
        SELECTION_UID,
        SELECTION_OWNER_UID,
        SELECTION_PID,
        SELECTION_SYSTEM_UNIT,
        SELECTION_SYSTEM_SLICE,
        SELECTION_USER_UNIT,
        SELECTION_USER_SLICE,
        SELECTION_ABOUT_USER_UNIT,
        SELECTION_ABOUT_SYSTEM_UNIT,
        SELECTION_COREDUMP_UID,
        SELECTION_COREDUMP_UNIT,
        SELECTION_OBJECT_UID,
        SELECTION_OBJECT_UNIT,
        SELECTION_OBJECT_SYSTEM_UNIT,
        _SELECTION_FIELD_MAX,
} SelectionField;

const char *selection_field_to_string(SelectionField field);

typedef struct Selection {
        const JournalGrants *grants; /* borrowed */
        bool has_handler;
        uid_t handler; /* systemd-coredump's user, which writes about the dumps of system accounts */
        bool judge;    /* the matches let more through than is granted: ask selection_covers() */
} Selection;

/* Finds out what is the same for every entry. */
void selection_init(Selection *selection, const JournalGrants *grants);

/* Adds the matches, a term of their own (more may follow sd_journal_add_conjunction()), and decides whether
 * entries must be judged. few: not many entries will be asked for, so that many matches are no burden.
 * Returns 0 or a negative errno. */
int selection_add_matches(Selection *selection, sd_journal *journal, bool few) _warn_unused_;

/* What an entry has in a field: NUL-terminated, or NULL for nothing. */
typedef const char *(*SelectionGet)(SelectionField field, void *userdata);

/* Whether an entry is about what was granted. */
bool selection_judge(const Selection *selection, SelectionGet get, void *userdata);

/* The same of the journal's current entry. Returns 1, 0, or a negative errno. */
int selection_covers(const Selection *selection, sd_journal *journal);
