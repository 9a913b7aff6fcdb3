/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What acts at once and has no job: kill, reset-failed, and the manager's own reload and re-execution.
 */

#include "daemon/worker/control.h"

#include <poll.h>

#include "common/escape.h"
#include "common/strv.h"
#include "daemon/worker/signal-name.h"
#include "daemon/worker/unit-state.h"

/* How often a manager that executes itself again is tried. */
#define REEXEC_RETRY_MSEC 20

int control_row_write(const Request *request, const char *unit, bool changed, Error *unit_error,
        JsonWriter *w, Error *error) {
        int r;

        if (error_is_set(unit_error)) {
                r = request_unit_failed(request, unit_error, error);
                if (r < 0)
                        return r;
        }

        json_begin_object(w);
        json_write_key_string(w, "unit", unit);
        if (error_is_set(unit_error)) {
                json_write_key(w, "error");
                error_write(unit_error, w);
        } else
                json_write_key_bool(w, "changed", changed);
        json_end_object(w);
        return 0;
}

int method_units_kill(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        const char *whom = p->whom ? p->whom : "all";
        bool changed = false;
        int signal, r;

        signal = signal_from_string(p->signal ? p->signal : "TERM");
        if (signal < 0) {
                _cleanup_free_ char *shown = escape_log(p->signal);

                return error_set(error, ERROR_INVALID_REQUEST,
                        "There is no signal '%s'; \"userunitctl kill --signal=help\" lists them.",
                        strempty(shown));
        }

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, p->units) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;

                r = manager_call_method(
                        &worker->manager, "KillUnit", NULL, &unit_error, "ssi", *unit, whom, signal);
                changed = changed || r >= 0;
                r = control_row_write(request, *unit, r >= 0, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", changed);
        return 0;
}

static int reset_failed_all(Worker *worker, Reply *reply, Error *error) {
        uint32_t n_failed;
        int r;

        r = manager_get_trivial(
                &worker->manager, MANAGER_PATH, MANAGER_INTERFACE, "NFailedUnits", 'u', &n_failed, error);
        if (r < 0)
                return r;
        r = manager_call_method(&worker->manager, "ResetFailed", NULL, error, NULL);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", n_failed > 0);
        return 0;
}

static int reset_failed_unit(Worker *worker, const char *unit, bool *ret_changed, Error *error) {
        _cleanup_(unit_before_done) UnitBefore before = {};
        bool needs_reload;
        int r;

        r = unit_before_read(&worker->manager, unit, &before, &needs_reload, error);
        if (r < 0)
                return r;
        r = manager_call_method(&worker->manager, "ResetFailedUnit", NULL, error, "s", unit);
        if (r < 0)
                return r;

        *ret_changed = streq(before.active, "failed");
        return 0;
}

int method_units_reset_failed(Worker *worker, Request *request, Reply *reply, Error *error) {
        bool any = false;

        if (!request->parameters.units || !*request->parameters.units)
                return reset_failed_all(worker, reply, error);

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;
                bool changed = false;
                int r;

                (void) reset_failed_unit(worker, *unit, &changed, &unit_error);
                any = any || changed;
                r = control_row_write(request, *unit, changed, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", any);
        return 0;
}

int method_manager_reload(Worker *worker, Request *request, Reply *reply, Error *error) {
        int r;

        r = manager_call_method(&worker->manager, "Reload", NULL, error, NULL);
        if (r < 0)
                return r;

        json_write_key_bool(&reply->writer, "changed", true);
        return 0;
}

/* Waits until a manager answers. */
static int wait_for_manager(Manager *m, Error *error) {
        for (;;) {
                _cleanup_(error_done) Error attempt = ERROR_NULL;
                _cleanup_free_ char *version = NULL;
                int r;

                r = manager_get_string(m, MANAGER_PATH, MANAGER_INTERFACE, "Version", &version, &attempt);
                if (r >= 0)
                        return 0;
                if (clock_now_usec() >= m->deadline) {
                        error_move(error, &attempt);
                        return r;
                }
                (void) poll(NULL, 0, REEXEC_RETRY_MSEC);
        }
}

/* The daemon had PID 1 start or restart the manager; that it answers is for the account's own process to
 * find out. */
int method_manager_probe(Worker *worker, Request *request, Reply *reply, Error *error) {
        int r;

        manager_disconnect(&worker->manager);
        r = wait_for_manager(&worker->manager, error);
        if (r < 0)
                return r;

        json_write_key_bool(&reply->writer, "changed", false);
        return 0;
}

int method_manager_reexec(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(error_done) Error answer = ERROR_NULL;
        unsigned generation = worker->manager.generation;
        int r;

        /* There is no answer: the manager executes itself and the connection breaks. An error that comes
         * over a connection that stands is one. */
        r = manager_call_method(&worker->manager, "Reexecute", NULL, &answer, NULL);
        if (r < 0 && worker->manager.generation == generation) {
                error_move(error, &answer);
                return r;
        }
        if (answer.code == ERROR_TIMEOUT) {
                error_move(error, &answer);
                return r;
        }
        manager_disconnect(&worker->manager);

        r = wait_for_manager(&worker->manager, error);
        if (r < 0)
                return r;

        json_write_key_bool(&reply->writer, "changed", true);
        return 0;
}
