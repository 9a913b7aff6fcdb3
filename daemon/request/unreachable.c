/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A manager that cannot be reached: what that is by PID 1's account, and what to do next. A worker sees only
 * that nobody answers at the account's sockets.
 */

#include "common/clock.h"
#include "daemon/deadlines.h"
#include "daemon/request/request.h"

/* Where PID 1 does not know better, it is down. */
static void set_words(const Target *target, Error *error) {
        const char *name = target_name(target);
        _cleanup_(error_done) Error worded = ERROR_NULL;

        switch (target->state_known ? target->state : USER_MANAGER_STOPPED) {
        case USER_MANAGER_FAILED:
                (void) error_set(&worded, ERROR_MANAGER_NOT_RUNNING,
                        "The service manager of account %s has failed: \"userunitctl doctor %s\" says why and what mends it, "
                        "\"userunitctl manager restart %s\" tries again.",
                        name, name, name);
                break;
        case USER_MANAGER_STARTING:
        case USER_MANAGER_STOPPING:
                (void) error_set(&worded, ERROR_MANAGER_NOT_RUNNING,
                        "The service manager of account %s is %s: try again in a moment.", name,
                        user_manager_active_to_string(target->state));
                break;
        case USER_MANAGER_RUNNING:
                (void) error_set(&worded, ERROR_MANAGER_NOT_RUNNING,
                        "The service manager of account %s is running but cannot be reached, as its socket is gone or stale: "
                        "\"userunitctl doctor %s\" says what mends it.",
                        name, name);
                break;
        default:
                (void) error_set(&worded, ERROR_MANAGER_NOT_RUNNING,
                        "The service manager of account %s is not running: \"userunitctl enable-linger %s\" keeps it running from now "
                        "on, \"userunitctl manager start %s\" until it is stopped.",
                        name, name, name);
        }
        error_move(error, &worded);
}

static void fail(Target *target) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        set_words(target, &error);
        target_fail(target, &error);
}

static void on_state(const UserManagerState *states, size_t n, const Error *error, void *userdata) {
        Target *target = userdata;

        target->states = user_manager_states_unref(target->states);
        if (!error) {
                target->state_known = true;
                target->state = user_manager_state_get(states, n, target->account->uid);
        }
        fail(target);
}

void target_fail_unreachable(Target *target) {
        Request *request = target->request;
        int r;

        /* Of many accounts the client says only that they have no manager. */
        if (target->state_known || request->n_targets > 1) {
                fail(target);
                return;
        }
        r = user_manager_states_start(request->service->system_bus, request->service->event,
                &target->account->uid, 1, clock_now_usec() + deadline_usec(DEADLINE_MANAGER_STATES),
                on_state, target, &target->states);
        if (r < 0)
                fail(target);
}
