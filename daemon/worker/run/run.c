/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * units.run: a service, or a timer with one, that the manager makes out of what the request says and forgets
 * when it has ended. The order matters: what tells the end is subscribed to before there is a unit.
 */

#include "daemon/worker/run/run.h"

#include <signal.h>

#include "common/clock.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/jobs.h"
#include "daemon/worker/property/property.h"
#include "daemon/worker/run/command.h"
#include "daemon/worker/run/transient.h"
#include "daemon/worker/run/wait.h"

/* For one property, when everything else has been told. */
#define RUN_CONFIRM_USEC (2U * USEC_PER_SEC)

#define SERVICE_INTERFACE "org.freedesktop.systemd1.Service"

static int no_memory(Error *error) {
        return error_set(error, ERROR_INTERNAL, "No memory for the unit.");
}

static const char *const timer_triggers[] = { "OnActiveSec", "OnBootSec", "OnCalendar", "OnClockChange",
        "OnStartupSec", "OnTimezoneChange", "OnUnitActiveSec", "OnUnitInactiveSec" };

static bool has_trigger(char *const *timer) {
        for (size_t i = 0; i < ELEMENTSOF(timer_triggers); i++)
                if (unit_properties_have(timer, timer_triggers[i]))
                        return true;
        return false;
}

static int check_name(const Parameters *p, Error *error) {
        const char *unit = p->units[0];

        if (p->units[1])
                return error_set(error, ERROR_INVALID_REQUEST, "One unit can be run at a time.");
        if (!endswith(unit, ".service") ||
                !unit_name_is_acceptable(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "What is run is a service, and %s is no name of one.", unit);
        return 0;
}

static int check_request(const Request *request, Error *error) {
        const Parameters *p = &request->parameters;
        int r;

        r = check_name(p, error);
        if (r < 0)
                return r;
        if (!p->command || !*p->command || !**p->command)
                return error_set(error, ERROR_INVALID_REQUEST, "There is no command to run.");
        if (p->pipe != (request->n_fds == 3))
                return error_set(error, ERROR_INVALID_REQUEST, "A pipe has three descriptors.");
        if (p->no_block && (p->wait || p->pipe))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "\"no_block\" does not wait, and \"wait\" and \"pipe\" do.");
        if (p->timer && (p->wait || p->pipe))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "What a timer starts later cannot be waited for, and has no streams of a caller.");
        if (p->timer && !has_trigger(p->timer))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The timer does not say when: it needs OnActiveSec=, OnCalendar= or the like.");
        return 0;
}

/* ---- the message ---- */

static int append_description(sd_bus_message *m, char *const *assignments, const char *description) {
        if (unit_properties_have(assignments, "Description"))
                return 0;
        return sd_bus_message_append(m, "(sv)", "Description", "s", description);
}

static int append_service(sd_bus_message *m, const Request *request, const char *program,
        const char *description, Error *error) {
        const Parameters *p = &request->parameters;
        int r;

        r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0)
                r = append_description(m, p->assignments, description);
        if (r < 0)
                return no_memory(error);
        r = unit_properties_append(m, p->units[0], p->assignments, error);
        if (r < 0)
                return r;
        r = transient_append_streams(m, request->fds, request->n_fds);
        if (r >= 0)
                r = transient_append_exec_start(m, program, p->command);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? no_memory(error) : 0;
}

/* Like systemd-run's: it goes when it has elapsed for the last time. */
static int append_timer(sd_bus_message *m, const Request *request, const char *timer,
        const char *description, Error *error) {
        const Parameters *p = &request->parameters;
        int r;

        r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0)
                r = append_description(m, p->timer, description);
        if (r < 0)
                return no_memory(error);
        r = unit_properties_append(m, timer, p->timer, error);
        if (r < 0)
                return r;
        r = unit_properties_have(p->timer, "RemainAfterElapse")
                ? 0
                : sd_bus_message_append(m, "(sv)", "RemainAfterElapse", "b", 0);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? no_memory(error) : 0;
}

/* The unit that is started, its properties, and units that are made beside it: with a timer it is the timer,
 * and the service stands beside it. */
static int make_call(
        Worker *worker, const Request *request, const char *timer, sd_bus_message **ret, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_free_ char *program = NULL, *description = NULL;
        _cleanup_message_ sd_bus_message *m = NULL;
        int r;

        r = run_find_program(&worker->manager, p->command[0], p->assignments, &program, error);
        if (r < 0)
                return r;
        description = run_describe(program, p->command + 1);
        if (!description)
                return no_memory(error);

        r = manager_message_new(
                &worker->manager, MANAGER_PATH, MANAGER_INTERFACE, "StartTransientUnit", &m, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "ss", timer ? timer : p->units[0], "fail");
        if (r < 0)
                return no_memory(error);
        r = timer ? append_timer(m, request, timer, description, error)
                  : append_service(m, request, program, description, error);
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, 'a', "(sa(sv))");
        if (r >= 0 && timer) {
                r = sd_bus_message_open_container(m, 'r', "sa(sv)");
                if (r >= 0)
                        r = sd_bus_message_append_basic(m, 's', p->units[0]);
                if (r >= 0) {
                        r = append_service(m, request, program, description, error);
                        if (r < 0)
                                return r;
                        r = sd_bus_message_close_container(m);
                }
        }
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r < 0)
                return no_memory(error);

        *ret = TAKE_PTR(m);
        return 0;
}

/* ---- making it ---- */

/* Values that only the manager can read, such as times of a calendar: one that it cannot is the fault of the
 * request, not of a unit, which there is none of yet. */
static int blame_request(int r, Error *error) {
        _cleanup_(error_done) Error said = ERROR_NULL;

        if (r >= 0 || error->code != ERROR_UNIT_REFUSED || !startswith(error_message(error), "Invalid "))
                return r;
        error_move(&said, error);
        return error_set(error, ERROR_INVALID_REQUEST, "The account's manager does not take a value: %s.",
                error_message(&said));
}

static int queue_run(
        Worker *worker, const Request *request, sd_bus_message *call, JobWait *wait, Error *error) {
        JobUnit *unit = wait->units;
        _cleanup_message_ sd_bus_message *answer = NULL;
        const char *job = NULL;
        int r, q;

        job_waits_begin_queuing(&worker->jobs);
        r = blame_request(manager_call(&worker->manager, call, &answer, error), error);
        /* What was told before was of another unit of its name: answers and signals come in the order in
         * which they were sent. */
        wait->run->made = r >= 0;
        if (r >= 0) {
                r = sd_bus_message_read(answer, "o", &job);
                r = r <= 0 ? manager_nonsense(r, error) : 0;
        }
        if (r >= 0 && request->parameters.no_block) {
                unit->result = strdup("queued");
                job = NULL;
        }
        q = job_waits_end_queuing(&worker->jobs, unit, r < 0 ? NULL : job);
        return q < 0 ? error_set(error, ERROR_INTERNAL, "No memory to wait for the job.") : r;
}

static int prepare_wait(Worker *worker, const Request *request, JobWait **ret, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_(job_wait_freep) JobWait *wait = NULL;
        const char *unit = p->units[0];
        int r;

        wait = job_wait_new(request->serial, request->method->id, 1);
        if (!wait)
                return error_set(error, ERROR_INTERNAL, "No memory to wait for the job.");

        r = manager_subscribe(&worker->manager, error);
        if (r < 0)
                return r;
        wait->generation = worker->manager.generation;
        r = run_wait_new(
                worker->manager.bus, worker->manager.direct ? NULL : MANAGER_DESTINATION, unit, &wait->run);
        if (r < 0)
                return no_memory(error);
        wait->run->follow = p->wait || p->pipe;

        wait->units[0].unit = strdup(unit);
        if (!wait->units[0].unit)
                return no_memory(error);
        if (p->timer &&
                asprintf(&wait->run->timer, "%.*s.timer", (int) (strlen(unit) - strlen(".service")), unit) <
                        0) {
                wait->run->timer = NULL;
                return no_memory(error);
        }

        *ret = TAKE_PTR(wait);
        return 0;
}

int method_units_run(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_(job_wait_freep) JobWait *wait = NULL;
        int r;

        r = check_request(request, error);
        if (r < 0)
                return r;
        r = prepare_wait(worker, request, &wait, error);
        if (r < 0)
                return r;
        r = make_call(worker, request, wait->run->timer, &call, error);
        if (r < 0)
                return r;

        r = job_waits_add(&worker->jobs, wait);
        if (r < 0)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "Too many requests wait for jobs of this account (%u at most).", WORKER_JOBS_MAX);
        r = queue_run(worker, request, call, wait, error);
        if (r < 0) {
                job_waits_remove(&worker->jobs, wait);
                return r;
        }
        if (job_wait_is_open(wait)) {
                (void) TAKE_PTR(wait);
                return METHOD_WAITING;
        }

        job_waits_remove(&worker->jobs, wait);
        return run_write(worker, wait, reply, error);
}

/* ---- the end ---- */

bool run_goes_on(Worker *worker, RunWait *run) {
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        char *active = NULL;
        int r;

        if (!run->follow || run->removed || !worker->manager.bus)
                return false;

        worker->manager.deadline = clock_now_usec() + RUN_CONFIRM_USEC;
        r = manager_get_string(
                &worker->manager, run->path, UNIT_INTERFACE, "ActiveState", &active, &ignored);
        if (r < 0)
                return false;
        if (streq(active, "inactive") || streq(active, "failed")) {
                free(active);
                return false;
        }
        free(run->active);
        run->active = active;
        return true;
}

/* ---- the answer ---- */

static const char *code_to_string(int32_t code) {
        switch (code) {
        case CLD_EXITED:
                return "exited";
        case CLD_KILLED:
                return "killed";
        case CLD_DUMPED:
                return "dumped";
        default:
                return NULL;
        }
}

/* What nobody tells in a signal, where the unit is still there. */
static void write_cpu_time(Worker *worker, const RunWait *run, JsonWriter *w) {
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        uint64_t nsec;
        int r;

        if (run->removed || !worker->manager.bus)
                return;
        r = manager_get_trivial(
                &worker->manager, run->path, SERVICE_INTERFACE, "CPUUsageNSec", 't', &nsec, &ignored);
        if (r >= 0 && nsec != UINT64_MAX)
                json_write_key_u64(w, "cpu_usec", nsec / 1000U);
}

static void write_end(Worker *worker, const RunWait *run, JsonWriter *w) {
        const char *code = code_to_string(run->code);

        if (run->result)
                json_write_key_string(w, "service_result", run->result);
        if (code) {
                json_write_key_string(w, "exit_code", code);
                json_write_key_u64(w, "exit_status", (uint64_t) MAX(run->status, 0));
        }
        if (run_wait_runtime(run) != RUN_USEC_UNKNOWN)
                json_write_key_u64(w, "runtime_usec", run_wait_runtime(run));
        write_cpu_time(worker, run, w);
}

static void write_unit(Worker *worker, JobUnit *unit, const RunWait *run, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "unit", unit->unit);
        if (run->timer)
                json_write_key_string(w, "timer", run->timer);
        if (unit->result) {
                json_write_key_string(w, "result", unit->result);
                json_write_key_bool(w, "changed", true);
                if (!job_result_is_success(unit->result))
                        job_describe_failure(unit, run->result);
        } else
                (void) error_set(&unit->error, ERROR_INTERNAL, "The result of the job is not known.");
        if (run->follow)
                write_end(worker, run, w);
        if (error_is_set(&unit->error)) {
                json_write_key(w, "error");
                error_write(&unit->error, w);
        }
        json_end_object(w);
}

int run_write(Worker *worker, JobWait *wait, Reply *reply, Error *error) {
        int r;

        reply_rows_begin(reply, "units");
        write_unit(worker, wait->units, wait->run, &reply->writer);
        r = reply_row_end(reply, error);
        if (r < 0)
                return r;
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", true);
        return 0;
}
