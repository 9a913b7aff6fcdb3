/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What was authorised: of which accounts, and of which of their units, may be read. What is not in here is
 * not read about.
 */

#include <sys/types.h>

#include "common/macro.h"

/* One account. */
typedef struct JournalGrant {
        uid_t uid;
        char *account; /* its name; NULL where it is not known */
        char **units;  /* patterns (common/pattern.h) */
        bool whole;    /* one of them is "*": the account as a whole */
} JournalGrant;

/* Zero it with {}. */
typedef struct JournalGrants {
        JournalGrant *items; /* sorted by uid, each uid once */
        size_t n;
        bool everyone; /* every account there is or will be; the items then only tell names */
} JournalGrants;

void grants_done(JournalGrants *grants);

/* Takes over an account (zeroed afterwards, on failure too). grants_sort() must follow the last one. Returns
 * 0 or -ENOMEM. */
int grants_add(JournalGrants *grants, JournalGrant *grant) _warn_unused_;

/* Sorts, and joins items of the same uid; nothing may be added any more. Returns 0 or -ENOMEM. */
int grants_sort(JournalGrants *grants) _warn_unused_;

void grant_done(JournalGrant *grant);

/* The item of a uid, or NULL. */
const JournalGrant *grants_find(const JournalGrants *grants, uid_t uid) _pure_;

/* Whether that unit of that account may be read about; unit NULL: what is about the account itself. */
bool grants_cover(const JournalGrants *grants, uid_t uid, const char *unit) _pure_;

/* Whether one item covers a unit of its account; unit NULL: the account itself. */
bool grant_covers(const JournalGrant *grant, const char *unit) _pure_;

/* The name of an account, or NULL where nobody told. */
const char *grants_account(const JournalGrants *grants, uid_t uid) _pure_;
