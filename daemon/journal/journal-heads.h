/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How many entries there are in the files of the journal that are written to. journald says that there are
 * more up to 250 ms late; the number in a file's header (https://systemd.io/JOURNAL_FILE_FORMAT) is right at
 * once, and looking at it costs a memory access a file.
 *
 * Nothing depends on it but how soon an entry is noticed: files that are left out are noticed by inotify.
 */

#include "common/macro.h"

typedef struct JournalHead {
        const uint64_t *n_entries; /* little endian, in a mapping of its own */
        uint64_t seen;
        void *map;
} JournalHead;

typedef struct JournalHeads {
        JournalHead *items;
        size_t n;
} JournalHeads;

/* Forgets all files. */
void journal_heads_done(JournalHeads *heads);

/* Adds the files in a directory that are being written to, as ones that have changed; those that cannot be
 * opened are left out. Returns 0 or -ENOMEM. */
int journal_heads_add(JournalHeads *heads, const char *directory) _warn_unused_;

/* Whether a number is another than at the last call. A file that was cut to nothing raises SIGBUS here. */
bool journal_heads_changed(JournalHeads *heads);
