/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Linger: whether logind keeps an account's manager running without a session, from boot on. Reading is a
 * look at logind's own directory of empty files named by account; changing goes through logind's
 * SetUserLinger(), which returns before the manager is up or down, so that a change here waits for the
 * manager as well.
 *
 * Nothing here asks whether a caller may do that. logind asks polkit about *us*, without the account's name
 * (SetUserLinger() passes no details), and our own rule says yes: the decision has been made before.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/error.h"
#include "daemon/account.h"
#include "daemon/system/user-manager.h"

/* logind's directory; a root-owned constant of systemd. */
#define LINGER_DIRECTORY "/var/lib/systemd/linger"
#define LINGER_LIST_MAX  65536U

/* The file name of an account, escaped as systemd's cescape() does. The opposite of linger_name_unescape()
 * in daemon/system/candidates.h. NULL: out of memory. */
char *linger_name_escape(const char *name) _warn_unused_;

/* Whether an account of this name lingers; directory NULL means LINGER_DIRECTORY. Returns 1, 0, or an errno:
 * an unreadable directory is not "no". A symbolic link or anything but a plain file is not linger. */
int linger_is_enabled(const char *directory, const char *name) _warn_unused_;

/* The names of all accounts that linger, sorted; entries that are no valid account name are left out, and so
 * is what is over LINGER_LIST_MAX (then 1 is returned). A missing directory is empty. Free with strv_free().
 */
int linger_list(const char *directory, char ***ret) _warn_unused_;

typedef struct LingerResult {
        bool changed; /* the account lingered before and does no longer, or the other way round */
        bool lingers; /* as far as known at the end */
        UserManagerActive manager; /* at the end; UNKNOWN where PID 1 did not tell */
        const char *note; /* a sentence for the caller, or NULL; borrowed until the handler returns */
} LingerResult;

typedef struct LingerChange LingerChange;

/*
 * How a change ended. error is NULL: the account lingers and PID 1 says that its manager is up (a worker's
 * connection is the proof that it answers, see user-manager.h); or it does not linger and its manager is
 * down, or is kept by something that `note` names: open sessions, a start through PID 1. Otherwise error is
 * one of those of UserManagerJobHandler, NoSuchAccount where logind does not know the account, and Timeout
 * for a manager that would not go down in time. result is never NULL; `changed` is also true where linger
 * was changed and what followed failed.
 */
typedef void (*LingerHandler)(const LingerResult *result, const Error *error, void *userdata);

/*
 * Turns linger on or off for the account, on logind's side and by uid, and waits. The account is borrowed
 * only for the call. directory as for linger_is_enabled(). -EINVAL: the root account or no uid; -ENOTCONN:
 * the connection is closed; -ENOMEM; the errors of linger_is_enabled(). Handlers and deadline as in
 * user-manager.h.
 */
int linger_change_start(sd_bus *bus, sd_event *event, const char *directory, const Account *account,
        bool enable, uint64_t deadline, LingerHandler handler, void *userdata,
        LingerChange **ret) _warn_unused_;

/* Stops waiting (what was asked of logind and PID 1 goes on) and gives up the handle. Takes NULL, returns
 * NULL. */
LingerChange *linger_change_unref(LingerChange *change);
DEFINE_CLEANUP(LingerChange *, linger_change_unref);
