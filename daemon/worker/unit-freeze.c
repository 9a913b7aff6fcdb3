/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Freezing and thawing units, and removing their directories: what the manager does to a unit in some time
 * and without a job.
 */

#include <poll.h>

#include "common/strv.h"
#include "daemon/worker/control.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/unit-state.h"

/* How often a unit that is being cleaned is looked at, at first and at most. */
#define MAINTENANCE_MSEC     2
#define MAINTENANCE_MSEC_MAX 100

static int freeze_one(Manager *m, const char *unit, bool freeze, bool *ret_changed, Error *error) {
        _cleanup_free_ char *path = NULL, *before = NULL;
        int r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;
        r = manager_get_string(m, path, UNIT_INTERFACE, "FreezerState", &before, error);
        if (r < 0)
                return r;
        r = manager_call_method(m, freeze ? "FreezeUnit" : "ThawUnit", NULL, error, "s", unit);
        if (r < 0)
                return r;

        *ret_changed = !streq(before, freeze ? "frozen" : "running");
        return 0;
}

int method_units_freeze(Worker *worker, Request *request, Reply *reply, Error *error) {
        bool freeze = request->method->id == METHOD_UNITS_FREEZE, any = false;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;
                bool changed = false;
                int r;

                (void) freeze_one(&worker->manager, *unit, freeze, &changed, &unit_error);
                any = any || changed;
                r = control_row_write(request, *unit, changed, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", any);
        return 0;
}

static int call_clean(Manager *m, const char *unit, char *const *what, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "CleanUnit", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "s", unit);
        if (r < 0)
                return manager_nonsense(r, error);
        r = message_append_strv(call, what);
        if (r < 0)
                return manager_nonsense(r, error);
        return manager_call(m, call, NULL, error);
}

/* The answer to CleanUnit comes when the removal begins. */
static int wait_for_maintenance(Manager *m, const char *unit, Error *error) {
        _cleanup_free_ char *path = NULL;
        int r, msec = MAINTENANCE_MSEC;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;

        for (;;) {
                _cleanup_free_ char *state = NULL;

                r = manager_get_string(m, path, UNIT_INTERFACE, "ActiveState", &state, error);
                if (r < 0)
                        return r;
                if (streq(state, "failed"))
                        return error_set(error, ERROR_JOB_FAILED,
                                "Not all directories of %s could be removed; its log says why.", unit);
                if (!streq(state, "maintenance"))
                        return 0;
                if (clock_now_usec() >= m->deadline)
                        return error_set(error, ERROR_TIMEOUT,
                                "The directories of %s are still being removed.", unit);

                (void) poll(NULL, 0, msec);
                msec = MIN(msec * 2, MAINTENANCE_MSEC_MAX);
        }
}

static int clean_one(Manager *m, const char *unit, char *const *what, Error *error) {
        static const char *const usual[] = { "cache", "runtime", "fdstore", NULL };
        static const char *const usual_of_old[] = { "cache", "runtime", NULL };
        _cleanup_(error_done) Error attempt = ERROR_NULL;
        int r;

        r = call_clean(m, unit, what ? what : (char *const *) usual, &attempt);
        /* A manager that does not know the store of descriptors refuses the word. */
        if (r < 0 && !what && attempt.code == ERROR_UNIT_REFUSED) {
                error_done(&attempt);
                r = call_clean(m, unit, (char *const *) usual_of_old, &attempt);
        }
        if (r < 0) {
                error_move(error, &attempt);
                return r;
        }

        return wait_for_maintenance(m, unit, error);
}

int method_units_clean(Worker *worker, Request *request, Reply *reply, Error *error) {
        char *const *what = request->parameters.what;
        bool any = false;
        int r;

        if (what && !*what)
                what = NULL;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;

                r = clean_one(&worker->manager, *unit, what, &unit_error);
                any = any || r >= 0;
                r = control_row_write(request, *unit, r >= 0, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", any);
        return 0;
}
