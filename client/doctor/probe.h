/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looking at what may never answer: a home on a dead server, a name service, a manager that is stopped. A
 * child looks, the parent waits no longer than a deadline. A child that not even SIGKILL gets out of a
 * system call is left behind; it holds nothing of ours.
 */

#include <limits.h>
#include <sys/types.h>

#include "common/address.h"
#include "common/macro.h"

#define PROBE_USEC (3 * USEC_PER_SEC)

/* What the name service says of an account. */
typedef struct ProbeAccount {
        char name[ACCOUNT_NAME_MAX + 1];
        uid_t uid;
        gid_t gid;
        char home[PATH_MAX];
        char shell[PATH_MAX];
} ProbeAccount;

/* Runs in the child, and fills the answer, which was zeroed. It may not return at all. */
typedef void (*ProbeWork)(const void *question, void *answer);

/*
 * Runs `work` in a child; as `account` where that is not NULL, for which the caller has to be root. Returns
 * 0 with the answer; -ETIMEDOUT; -ECHILD where the child ended without one; or why there was no child.
 */
int probe_run(ProbeWork work, const void *question, void *answer, size_t size, const ProbeAccount *account,
        uint64_t timeout_usec);

/* Looks up an account, by name or by its uid in digits. Returns 0, -ESRCH where there is none, -ETIMEDOUT,
 * -ENAMETOOLONG, or what the name service said. */
int probe_account(const char *asked, ProbeAccount *ret);

/* What is known about a file. */
typedef struct ProbeFile {
        int error; /* of stat(2), negative; 0: the rest counts */
        uid_t uid;
        gid_t gid;
        mode_t mode;
        bool link;      /* the path itself is a symbolic link */
        int access;     /* negative errno of opening it for reading: a directory or a file */
        bool search;    /* a directory can be entered */
        bool full;      /* its file system has no room left for those who are not root */
        uint64_t mtime; /* seconds */
} ProbeFile;

/* Looks at a file, following links, as `account` where given. Returns as probe_run(). */
int probe_file(const char *path, const ProbeAccount *account, ProbeFile *ret);

/* The last message in the journal of a system unit that contains `text` (which may be "") and is not
 * followed by one with `unless` (which may be NULL). Returns 1 with a string, 0 where there is none or the
 * journal may not be read, or as probe_run(). */
int probe_journal(const char *unit, const char *text, const char *unless, char **ret);
