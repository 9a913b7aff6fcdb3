/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The accounts that "all accounts" may mean, from local files of root's alone: who is known to logind, who
 * lingers, who is in the local passwd. The name service is never enumerated and no home is visited.
 *
 * An account from a directory service may show up twice: once by uid (it has a session) and once by name (it
 * lingers). Only a lookup can tell, so the caller merges by uid after looking both up.
 */

#include "daemon/account.h"

#define CANDIDATES_MAX 65536

typedef enum CandidateSource {
        CANDIDATE_RUNNING =
                1 << 0, /* /run/systemd/users/UID: logind knows the user, by a session or by linger */
        CANDIDATE_LINGER = 1 << 1, /* /var/lib/systemd/linger/NAME */
        CANDIDATE_PASSWD = 1 << 2, /* a line of the local /etc/passwd */
        CANDIDATE_ALL = CANDIDATE_RUNNING | CANDIDATE_LINGER | CANDIDATE_PASSWD,
} CandidateSource;

typedef struct Candidate {
        uid_t uid;  /* UID_INVALID: known by name only */
        char *name; /* NULL: known by uid only */
        CandidateSource
                sources; /* which of them named it; /etc/passwd is always consulted for names and uids */
} Candidate;

typedef struct CandidatePaths {
        const char *users;  /* directory of files named by uid */
        const char *linger; /* directory of files named by account, escaped as systemd's cescape() does */
        const char *passwd;
} CandidatePaths;

/* The places on a real host; what candidates_collect() uses for NULL. */
extern const CandidatePaths candidate_paths_default;

/*
 * Collects the candidates of the given sources, each account once, sorted by uid and then name. Root, nobody
 * and invalid uids and names are left out, as are symbolic links and everything else that is not a plain
 * file. A missing file or directory is empty. Returns 0, or 1 if there were more than CANDIDATES_MAX and
 * some are missing; -ENOMEM, and read errors: a list that may lack accounts is never returned as a whole
 * one. *ret is freed with candidates_free().
 */
int candidates_collect(
        const CandidatePaths *paths, CandidateSource sources, Candidate **ret, size_t *ret_n) _warn_unused_;

/* Takes NULL, returns NULL. */
Candidate *candidates_free(Candidate *candidates, size_t n);

/* Undoes systemd's cescape(): \a \b \f \n \r \t \v \\ \" \' \s \xHH \ooo. -EINVAL for anything else after a
 * backslash and for a NUL byte, -ENOMEM. */
int linger_name_unescape(const char *escaped, char **ret) _warn_unused_;
