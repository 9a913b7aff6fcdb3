/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host's journal, opened for reading.
 *
 * Who only reads what is there opens the files that can hold it: the system's, and those of the accounts in
 * question. Who follows opens the directories, for new files must be noticed (journal-follow.h).
 */

#include <systemd/sd-journal.h>

#include "daemon/journal/grants.h"

static inline sd_journal *journal_close(sd_journal *journal) {
        sd_journal_close(journal);
        return NULL;
}
DEFINE_CLEANUP(sd_journal *, journal_close);
#define _cleanup_journal_close_ _cleanup_(journal_closep)

/*
 * Opens the journal of this host: the one below `directory` (for tests; it must hold the files themselves),
 * or with NULL those of /var/log/journal and /run/log/journal. Without `follow` only files that can have
 * entries about the accounts in grants, all files where grants is NULL or covers everyone.
 *
 * Returns 0 with *ret set (it may have no files at all), or a negative errno.
 */
int journal_open(
        const char *directory, const JournalGrants *grants, bool follow, sd_journal **ret) _warn_unused_;

/* Whether a file that holds an entry about these accounts can have this name: "system.journal",
 * "system@….journal", "user-1101.journal~" and their kin. subuids of the accounts come from /etc/subuid;
 * what a container of the account writes lies in files of theirs. */
typedef struct UidRange {
        uid_t first;
        uint64_t n;
} UidRange;
bool journal_file_is_about(
        const char *name, const JournalGrants *grants, const UidRange *ranges, size_t n_ranges);

/* Reads ranges of the accounts in grants out of a file as subuid(5). *ret is the caller's to free. Returns 0
 * or a negative errno; a file that is not there has none. */
int subuid_read(const char *path, const JournalGrants *grants, UidRange **ret, size_t *ret_n) _warn_unused_;
