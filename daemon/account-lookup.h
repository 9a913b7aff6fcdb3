/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asks userunit-accounts who an account is, without ever waiting: the daemon's only way to the name service.
 *
 * Up to four connections, one question at a time on each, a bounded queue behind them. The helper may hang,
 * die or lie; a lookup ends all the same, at its deadline at the latest. On the deadline its connection is
 * closed, and the helper kills whoever served it.
 */

#include <systemd/sd-event.h>

#include "daemon/account.h"

#define ACCOUNT_LOOKUP_CONNECTIONS_MAX 4
#define ACCOUNT_LOOKUP_QUEUE_MAX       1024
#define ACCOUNT_LOOKUP_DEADLINE_USEC   (4 * USEC_PER_SEC)
/* An absent helper (its socket is gone or refuses) is tried for this long before lookups fail. */
#define ACCOUNT_LOOKUP_UNREACHABLE_USEC (1 * USEC_PER_SEC)
#define ACCOUNT_LOOKUP_RETRY_USEC       (20 * USEC_PER_MSEC)
/* A connection that nobody used for this long is closed, and its process in the helper ends. */
#define ACCOUNT_LOOKUP_IDLE_USEC (10 * USEC_PER_SEC)

typedef struct AccountLookups AccountLookups;
typedef struct AccountLookup AccountLookup;

/* Connections that the questions of one asker may hold: a name that hangs the name service must not keep
 * everyone waiting. */
#define ACCOUNT_LOOKUP_PER_ASKER_MAX (ACCOUNT_LOOKUP_CONNECTIONS_MAX - 1)

typedef struct AccountKey {
        const char *name; /* NULL: by uid */
        uid_t uid;
        uid_t asker; /* on whose behalf */
} AccountKey;

/*
 * How a lookup ended. error is 0 and account is set, or account is NULL and error one of
 *   -ESRCH        no such account (the name service is sure)
 *   -EAGAIN       the name service failed: deny, and say that it may work later
 *   -ETIMEDOUT    no answer by the deadline
 *   -EIO          the helper died over this question, or twice before it read it
 *   -EBADMSG      the helper's answer was malformed or did not fit the question
 *   -E2BIG        the account has a name, home or shell longer than the protocol carries
 *   -ENOENT, -ECONNREFUSED, -EACCES, …   the helper cannot be reached: connect(2)'s own error
 * The callback borrows the account: account_ref() keeps it. It has not been judged yet: account_check().
 * It may start and unref lookups; it may not free the AccountLookups.
 */
typedef void (*AccountLookupHandler)(int error, Account *account, void *userdata);

/* A client for the helper that listens on socket_path; connects when there is something to ask. Takes a
 * reference on the event loop. -ENAMETOOLONG, -ENOMEM and what sd_event_add_*() returns. */
int account_lookups_new(sd_event *event, const char *socket_path, AccountLookups **ret) _warn_unused_;

/* Closes all connections and forgets the lookups that have not ended: their handlers are not called. Handles
 * may be unreferenced later. Takes NULL, returns NULL. */
AccountLookups *account_lookups_free(AccountLookups *lookups);
DEFINE_CLEANUP(AccountLookups *, account_lookups_free);

/* The deadline of lookups started from now on, counted from account_lookup_start(), waiting in the queue
 * included. */
void account_lookups_set_deadline(AccountLookups *lookups, uint64_t usec);

/*
 * Starts a lookup. The handler is called once, from the event loop and never from within this function,
 * unless the lookup is unreferenced first. *ret is owned by the caller, who unreferences it before or after
 * the end; ret may be NULL, then the lookup cannot be cancelled. The key is copied. -EINVAL: a name that
 * account_name_is_valid() refuses, or UID_INVALID; -ENOBUFS: the queue is full; -ENOMEM.
 */
int account_lookup_start(AccountLookups *lookups, const AccountKey *key, AccountLookupHandler handler,
        void *userdata, AccountLookup **ret) _warn_unused_;

/* Cancels the lookup if it has not ended (its handler is not called) and gives up the handle. Takes NULL,
 * returns NULL. */
AccountLookup *account_lookup_unref(AccountLookup *lookup);
DEFINE_CLEANUP(AccountLookup *, account_lookup_unref);
