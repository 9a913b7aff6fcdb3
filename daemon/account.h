/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One account as the name service described it: who it is, where it lives, which groups it has.
 * An Account never changes after it was made; two lookups that must agree (before and after the polkit
 * answer) are two Accounts and account_equal().
 */

#include <sys/types.h>

#include "common/macro.h"
#include "daemon/accounts/account-protocol.h"

#define UID_INVALID ((uid_t) -1)
#define GID_INVALID ((gid_t) -1)

/* How many supplementary groups the spawner takes. */
#define ACCOUNT_SUPPLEMENTARY_MAX 64

/* Why an account is outside what we serve. */
typedef enum AccountProblem {
        ACCOUNT_FINE = 0,
        ACCOUNT_IS_ROOT,     /* uid 0: the root account's own manager is out of scope */
        ACCOUNT_IS_OURS,     /* one of the service's own users */
        ACCOUNT_IS_NOBODY,   /* uid 65534, which stands for "somebody unknown" */
        ACCOUNT_INVALID_UID, /* 65535 and 4294967295, which mean "no uid" to one kernel interface or another
                              */
        ACCOUNT_INVALID_GID, /* primary group 0, 65534, 65535 or 4294967295 */
        ACCOUNT_BAD_NAME,  /* refused by account_name_is_valid(), or with characters that are never shown as
                              they are */
        ACCOUNT_BAD_HOME,  /* not absolute, with "..", control characters or invalid UTF-8 */
        ACCOUNT_BAD_SHELL, /* control characters or invalid UTF-8 */
        _ACCOUNT_PROBLEM_MAX,
} AccountProblem;

typedef struct Account {
        unsigned n_ref;
        uid_t uid;
        gid_t gid;
        char *name;    /* canonical, as the name service writes it; not necessarily what was asked for */
        char *home;    /* without "//", "/./" and a slash at the end */
        char *shell;   /* may be empty */
        gid_t *groups; /* all groups, the primary one included */
        char **group_names; /* group_names[i] names groups[i], "" where the name service has no name; not
                               terminated */
        size_t n_groups;
        bool groups_truncated; /* there are more groups than these */
} Account;

/* Makes an account, with one reference, from a reply of status ACCOUNT_STATUS_OK. Only copies:
 * account_check() judges what was said. -ENOMEM. */
int account_new(const AccountReply *reply, Account **ret) _warn_unused_;

/* Both take NULL; account_unref() returns NULL. Not thread-safe. */
Account *account_ref(Account *account);
Account *account_unref(Account *account);
DEFINE_CLEANUP(Account *, account_unref);

/* The same account still: uid, name, home and all groups agree. A group more may make it privileged, and a
 * worker keeps the groups it was made with. NULL equals nothing. */
bool account_equal(const Account *a, const Account *b) _pure_;

/* The first reason not to serve this account, ACCOUNT_FINE where there is none. Every account that came from
 * a lookup must pass here before anything is done for it or its strings are shown to anyone. */
AccountProblem account_check(const Account *account) _pure_;

/* A clause that a person can read after "account svc-web ", e.g. "has a home directory that is not an
 * absolute path". */
const char *account_problem_to_string(AccountProblem problem) _const_;

/* Whether a uid may belong to an account that we serve; the uid half of account_check(). */
AccountProblem account_check_uid(uid_t uid) _const_;

/* Whether the account is root by another name: a member of a group on the NULL-terminated list, of group 0,
 * or of more groups than were told to us. *ret_group (may be NULL) is set on true: the name of the group,
 * owned by the account or a constant. Names are those that the name service gives the numbers. */
bool account_is_privileged(const Account *account, char *const *privileged_groups, const char **ret_group);

/* Writes the supplementary groups that the spawner takes: no duplicate, not the primary group, none below
 * gid_min, no 65534, 65535 or 4294967295, the first ACCOUNT_SUPPLEMENTARY_MAX of them. Returns how many. */
size_t account_supplementary(
        const Account *account, gid_t gid_min, gid_t ret[static ACCOUNT_SUPPLEMENTARY_MAX]);
