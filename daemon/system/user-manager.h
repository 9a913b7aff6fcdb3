/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The accounts' service managers as PID 1 sees them: the units user@UID.service, their states and their
 * jobs. All of it is asynchronous on the daemon's connection to the system bus
 * (org.freedesktop.systemd1(5)); nothing here asks polkit on behalf of a caller. PID 1 asks polkit about
 * *us*, and our own rule says yes.
 *
 * "The job is done" means that user@UID.service said READY=1. The manager's sockets in /run/user/UID exist
 * by then, but the daemon cannot look (0700, ProtectHome=): a caller that promises "it answers" has the
 * account's worker connect.
 *
 * A manager that is started here for an account that does not linger and has no session stays until it is
 * stopped or the host goes down. systemd 252's logind does not know about it, so that even disabling linger
 * does not stop it; later ones list a session of class "manager", and do.
 *
 * All handlers are called once, from the event loop and never from within the function that starts the
 * operation, unless the operation is unreferenced first. A handler may unreference its own operation and
 * start others. The end of an operation is bounded by its deadline, an absolute time of CLOCK_MONOTONIC in
 * µs, whatever the other side does.
 */

#include <sys/types.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/error.h"
#include "common/macro.h"

/* Rows that PID 1 may list; more is a malformed answer. Managers in use are limited by logind's UsersMax. */
#define USER_MANAGER_STATES_MAX 65536U
/* Space for "user@4294967295.service". */
#define USER_MANAGER_UNIT_MAX sizeof("user@4294967295.service")

typedef enum UserManagerActive {
        USER_MANAGER_STOPPED = 0, /* "inactive", and every manager that PID 1 has not loaded */
        USER_MANAGER_STARTING,
        USER_MANAGER_RUNNING, /* "active", and "reloading" and the like, in which it answers too */
        USER_MANAGER_STOPPING,
        USER_MANAGER_FAILED,
        USER_MANAGER_UNKNOWN, /* a state that no systemd we know has */
        _USER_MANAGER_ACTIVE_MAX,
} UserManagerActive;

typedef struct UserManagerState {
        uid_t uid;
        UserManagerActive active;
        char active_state[16]; /* PID 1's own words, lower case letters and dashes */
        char sub_state[24];
        char load_state[16];
        uint32_t job_id; /* the job that is queued for it; 0: none */
} UserManagerState;

/* "stopped", "starting", "running", "stopping", "failed", "unknown": the "manager" member of a reply. */
const char *user_manager_active_to_string(UserManagerActive active) _const_;

/* The unit of a uid, "user@1101.service". Returns buf. */
const char *user_manager_unit(uid_t uid, char buf[static USER_MANAGER_UNIT_MAX]);

/* The uid of a unit named ^user@[1-9][0-9]*\.service$; -EINVAL for all other names and for numbers that are
 * no uid. */
int user_manager_unit_parse(const char *unit, uid_t *ret);

/* The row of a uid in an array sorted by uid, or NULL, which means stopped. */
const UserManagerState *user_manager_state_find(const UserManagerState *states, size_t n, uid_t uid);

/* The state word of a uid in that array: STOPPED where it has no row. */
UserManagerActive user_manager_state_get(const UserManagerState *states, size_t n, uid_t uid);

typedef struct UserManagerStates UserManagerStates;

/*
 * How a listing ended: error is NULL and states has n rows sorted by uid (NULL for n == 0), only managers
 * that PID 1 has loaded; or states is NULL and error says why. Both are borrowed until the handler returns.
 */
typedef void (*UserManagerStatesHandler)(
        const UserManagerState *states, size_t n, const Error *error, void *userdata);

/* Lists managers in one call: those of n uids (which may be sorted and unique or not), or all for uids ==
 * NULL. The root account's own is never among them. *ret is owned by the caller, who unreferences it before
 * (which cancels) or after the end. -ENOTCONN: the connection is closed; -ENOMEM. */
int user_manager_states_start(sd_bus *bus, sd_event *event, const uid_t *uids, size_t n_uids,
        uint64_t deadline, UserManagerStatesHandler handler, void *userdata,
        UserManagerStates **ret) _warn_unused_;

/* Cancels the listing if it has not ended (its handler is not called) and gives up the handle. Takes NULL,
 * returns NULL. */
UserManagerStates *user_manager_states_unref(UserManagerStates *states);
DEFINE_CLEANUP(UserManagerStates *, user_manager_states_unref);

typedef enum UserManagerVerb {
        USER_MANAGER_START,
        USER_MANAGER_STOP,
        USER_MANAGER_RESTART,
        _USER_MANAGER_VERB_MAX,
} UserManagerVerb;

typedef struct UserManagerResult {
        bool changed;             /* started: it did not run before; stopped: it did; restarted: true */
        UserManagerActive before; /* UNKNOWN where the operation ended before PID 1 told */
        UserManagerActive after;  /* likewise */
        char job_result[16]; /* PID 1's word: "done", "failed", "canceled", "timeout" …; "" where it is not
                                known */
} UserManagerResult;

typedef struct UserManagerJob UserManagerJob;

/*
 * How a job ended. error is NULL: PID 1 has done it, and the unit is in the state that was asked for.
 * Otherwise error is one of:
 *
 * - ManagerFailed: the job ended otherwise, or the unit is masked or cannot be loaded; the text names
 * `systemctl status`
 * - Timeout: the deadline passed; the job goes on
 * - Unavailable: PID 1 refuses us or cannot be reached, or the host is going down
 * - Internal: no memory
 *
 * result is never NULL, and says also on failure what is known: `changed` is true where the state may be
 * another.
 */
typedef void (*UserManagerJobHandler)(const UserManagerResult *result, const Error *error, void *userdata);

/*
 * Starts, stops or restarts user@UID.service (job mode "replace") and waits for the end of the job. The end
 * is taken from PID 1's JobRemoved signal; a signal from anyone else is ignored, since any bus client may
 * send us one. Where it is lost (PID 1 was executed anew) the unit's state is asked for every second.
 * A start while logind is closing the account waits for that, 12 s at most: on 257, a start within 10 s of a
 * stop or of the end of linger takes that long (see job_settle()). -EINVAL: uid 0 or 2^32-1; -ENOTCONN: the
 * connection is closed; -ENOMEM.
 */
int user_manager_job_start(sd_bus *bus, sd_event *event, uid_t uid, UserManagerVerb verb, uint64_t deadline,
        UserManagerJobHandler handler, void *userdata, UserManagerJob **ret) _warn_unused_;

/* Stops waiting (the handler is not called; the job itself goes on) and gives up the handle. Takes NULL,
 * returns NULL. */
UserManagerJob *user_manager_job_unref(UserManagerJob *job);
DEFINE_CLEANUP(UserManagerJob *, user_manager_job_unref);

/* Whether a call failed because the other side was not there: it left the bus, is not on it, or we are not.
 * What it was asked to do may have happened all the same. */
bool system_error_is_gone(const sd_bus_error *e) _pure_;

/* Fills an error from what a system service (`who`: "PID 1", "logind") said to a call that was about `what`
 * (a clause such as "start user@1101.service"). The text of the service is cleaned: one line, nothing a
 * terminal obeys, at most 512 bytes. That the service cannot be reached, that it refused (it is we who were
 * refused) and that the host is going down become Unavailable, everything else `otherwise`, with the
 * sentence `hint` behind it (may be NULL). Returns as error_set(). */
int system_error_set(Error *error, const sd_bus_error *e, const char *who, const char *what,
        ErrorCode otherwise, const char *hint);
