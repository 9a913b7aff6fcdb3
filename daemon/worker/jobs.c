/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Start, stop, restart, reload: jobs are queued, their ends waited for, and what came of it told. The order
 * matters: the signal is subscribed to before the first job is queued.
 */

#include "daemon/worker/jobs.h"

#include "common/strv.h"
#include "daemon/worker/unit-state.h"

static const char *const job_methods[_METHOD_MAX] = {
        [METHOD_UNITS_RELOAD] = "ReloadUnit",
        [METHOD_UNITS_RELOAD_OR_RESTART] = "ReloadOrRestartUnit",
        [METHOD_UNITS_RESTART] = "RestartUnit",
        [METHOD_UNITS_START] = "StartUnit",
        [METHOD_UNITS_STOP] = "StopUnit",
        [METHOD_UNITS_TRY_RELOAD_OR_RESTART] = "ReloadOrTryRestartUnit",
        [METHOD_UNITS_TRY_RESTART] = "TryRestartUnit",
};

int jobs_on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error) {
        const char *job, *unit, *result;
        Worker *worker = userdata;
        uint32_t id;

        /* A signal that cannot be read is the account's own loss. */
        if (sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) >= 0)
                job_waits_ended(&worker->jobs, job, result);
        return 0;
}

static int queue_job(Worker *worker, const Request *request, JobUnit *unit) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        const char *mode = request->parameters.mode ? request->parameters.mode : "replace";
        const char *job = NULL;
        int r, q;

        r = unit_before_read(&worker->manager, unit->unit, &unit->before, &unit->needs_reload, &unit->error);
        if (r < 0)
                return r;

        job_waits_begin_queuing(&worker->jobs);
        r = manager_call_method(&worker->manager, job_methods[request->method->id], &answer, &unit->error,
                "ss", unit->unit, mode);
        if (r >= 0) {
                r = sd_bus_message_read(answer, "o", &job);
                if (r <= 0)
                        r = manager_nonsense(r, &unit->error);
        }

        if (request->parameters.no_block && r >= 0) {
                unit->result = strdup("queued");
                job = NULL;
        }

        q = job_waits_end_queuing(&worker->jobs, unit, r < 0 ? NULL : job);
        if (q < 0)
                return error_set(&unit->error, ERROR_INTERNAL, "No memory to wait for the job.");
        return r;
}

static int queue_jobs(Worker *worker, const Request *request, JobWait *wait, Error *error) {
        for (size_t i = 0; i < wait->n_units; i++) {
                JobUnit *unit = wait->units + i;

                unit->unit = strdup(request->parameters.units[i]);
                if (!unit->unit)
                        return error_set(error, ERROR_INTERNAL, "No memory for the names of units.");
        }

        for (size_t i = 0; i < wait->n_units; i++) {
                JobUnit *unit = wait->units + i;
                int r;

                r = queue_job(worker, request, unit);
                if (r >= 0)
                        continue;

                /* Where jobs are queued already, what became of them is told, and the rest say why not. */
                if (i > 0)
                        continue;
                r = request_unit_failed(request, &unit->error, error);
                if (r < 0)
                        return r;
        }

        return 0;
}

void job_describe_failure(JobUnit *unit, const char *service_result) {
        static const struct {
                const char *result, *format;
        } words[] = {
                { "assert", "The job for %s failed: an assertion of the unit is not met." },
                { "canceled", "The job for %s was canceled." },
                { "collected", "The job for %s was collected." },
                { "dependency", "A dependency job for %s failed; its own was not begun." },
                { "invalid", "%s is not active and cannot be reloaded." },
                { "once", "%s was started once already and may not be again." },
                { "timeout", "The job for %s timed out." },
                { "unsupported", "Units of the type of %s are not supported on this system." },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(unit->result, words[i].result)) {
                        (void) error_set(&unit->error, ERROR_JOB_FAILED, words[i].format, unit->unit);
                        return;
                }

        if (!isempty(service_result) && !streq(service_result, "success"))
                (void) error_set(&unit->error, ERROR_JOB_FAILED, "The job for %s failed: %s.", unit->unit,
                        service_result);
        else
                (void) error_set(&unit->error, ERROR_JOB_FAILED, "The job for %s ended as \"%s\".",
                        unit->unit, unit->result);
}

bool job_result_is_success(const char *result) {
        return streq(result, "done") || streq(result, "skipped") || streq(result, "queued");
}

static bool state_is_inactive(const char *state) {
        return streq(state, "inactive") || streq(state, "failed");
}

/* A unit that ran and ended while its job did, and that nothing refers to, is dropped from memory with all
 * that would tell that it ran. */
static bool ran_meanwhile(Worker *worker, MethodId method, const JobUnit *unit, const UnitBefore *after) {
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        bool met = true;

        if (!streq(unit->result, "done") || !state_is_inactive(unit->before.active) ||
                !state_is_inactive(after->active))
                return false;
        if (method != METHOD_UNITS_START && method != METHOD_UNITS_RESTART &&
                method != METHOD_UNITS_RELOAD_OR_RESTART)
                return false;

        (void) unit_conditions_read(&worker->manager, unit->unit, &met, &ignored);
        return met;
}

static bool is_changed(Worker *worker, MethodId method, const JobUnit *unit, const UnitBefore *after) {
        /* That something was queued is all that is known of it. */
        if (streq(unit->result, "queued"))
                return true;
        if (method == METHOD_UNITS_RELOAD && streq(unit->result, "done"))
                return true;
        return unit_before_differs(&unit->before, after) || ran_meanwhile(worker, method, unit, after);
}

/* Writes the row of a unit; *changed is set where its state is another. */
static void write_unit(Worker *worker, MethodId method, JobUnit *unit, bool *changed, JsonWriter *w) {
        _cleanup_(unit_before_done) UnitBefore after = {};
        _cleanup_free_ char *service_result = NULL;
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        bool c;
        int r;

        json_begin_object(w);
        json_write_key_string(w, "unit", unit->unit);

        if (unit->result) {
                json_write_key_string(w, "result", unit->result);

                r = unit_before_read(&worker->manager, unit->unit, &after, &unit->needs_reload, &ignored);
                if (r >= 0) {
                        c = is_changed(worker, method, unit, &after);
                        json_write_key_bool(w, "changed", c);
                        *changed = *changed || c;
                        json_write_key_string(w, "active", after.active);
                }

                if (!job_result_is_success(unit->result)) {
                        (void) unit_result_read(&worker->manager, unit->unit, &service_result, &ignored);
                        if (service_result && !streq(service_result, "success"))
                                json_write_key_string(w, "service_result", service_result);
                        job_describe_failure(unit, service_result);
                }

                json_write_key_bool(w, "needs_reload", unit->needs_reload);
        } else
                (void) error_set(&unit->error, ERROR_INTERNAL, "The result of the job is not known.");

        if (error_is_set(&unit->error)) {
                json_write_key(w, "error");
                error_write(&unit->error, w);
        }
        json_end_object(w);
}

int jobs_write(Worker *worker, JobWait *wait, Reply *reply, Error *error) {
        bool changed = false;
        int r;

        reply_rows_begin(reply, "units");
        for (size_t i = 0; i < wait->n_units; i++) {
                write_unit(worker, wait->method, wait->units + i, &changed, &reply->writer);
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", changed);
        return 0;
}

int method_units_job(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(job_wait_freep) JobWait *wait = NULL;
        int r;

        wait = job_wait_new(request->serial, request->method->id, strv_length(request->parameters.units));
        if (!wait)
                return error_set(error, ERROR_INTERNAL, "No memory to wait for jobs.");

        r = manager_subscribe(&worker->manager, error);
        if (r < 0)
                return r;

        wait->generation = worker->manager.generation;
        r = job_waits_add(&worker->jobs, wait);
        if (r < 0)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "Too many requests wait for jobs of this account (%u at most).", WORKER_JOBS_MAX);

        r = queue_jobs(worker, request, wait, error);
        if (r < 0) {
                job_waits_remove(&worker->jobs, wait);
                return r;
        }

        if (job_wait_is_open(wait)) {
                /* The loop answers when the last job has ended. */
                (void) TAKE_PTR(wait);
                return METHOD_WAITING;
        }

        job_waits_remove(&worker->jobs, wait);
        return jobs_write(worker, wait, reply, error);
}
