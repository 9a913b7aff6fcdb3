/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Jobs that are queued or running: telling and cancelling them.
 */

#include <inttypes.h>
#include <limits.h>

#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/control.h"
#include "daemon/worker/manager/batch.h"
#include "daemon/worker/worker.h"

#define JOB_ROW "(usssoo)"

/* The strings belong to the message of the list. */
typedef struct ListedJob {
        uint32_t id;
        const char *unit, *type, *state;
        sd_bus_message *after, *before; /* answers, read when they are written */
} ListedJob;

typedef struct JobList {
        sd_bus_message *message;
        ListedJob *jobs;
        size_t n, allocated;
        bool after, before; /* what is asked for */
} JobList;

static void job_list_done(JobList *list) {
        for (size_t i = 0; i < list->n; i++) {
                sd_bus_message_unref(list->jobs[i].after);
                sd_bus_message_unref(list->jobs[i].before);
        }
        free(list->jobs);
        sd_bus_message_unref(list->message);
}

static bool passes(char *const *patterns, const char *unit) {
        STRV_FOREACH(pattern, patterns)
                if (pattern_match(*pattern, unit))
                        return true;
        return !patterns || !*patterns;
}

static int compare_jobs(const void *a, const void *b) {
        const ListedJob *x = a, *y = b;

        return (x->id > y->id) - (x->id < y->id);
}

static int read_jobs(JobList *list, char *const *patterns) {
        int r;

        r = sd_bus_message_enter_container(list->message, 'a', JOB_ROW);
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        for (;;) {
                ListedJob job = {};

                r = sd_bus_message_read(
                        list->message, JOB_ROW, &job.id, &job.unit, &job.type, &job.state, NULL, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                if (!passes(patterns, job.unit))
                        continue;

                if (list->n == list->allocated) {
                        size_t allocated = list->allocated > 0 ? list->allocated * 2 : 16;
                        ListedJob *grown = reallocarray(list->jobs, allocated, sizeof(ListedJob));

                        if (!grown)
                                return -ENOMEM;
                        list->jobs = grown;
                        list->allocated = allocated;
                }
                list->jobs[list->n++] = job;
        }

        if (list->n > 0)
                qsort(list->jobs, list->n, sizeof(ListedJob), compare_jobs);
        return 0;
}

/* ---- what waits for what ---- */

static size_t lists_per_job(const JobList *list) {
        return (size_t) list->after + (size_t) list->before;
}

static bool is_after(const JobList *list, size_t i) {
        return list->after && i % lists_per_job(list) == 0;
}

static int make_waiting(Manager *m, size_t i, sd_bus_message **ret, void *userdata, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        JobList *list = userdata;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE,
                is_after(list, i) ? "GetJobAfter" : "GetJobBefore", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "u", list->jobs[i / lists_per_job(list)].id);
        if (r < 0)
                return manager_nonsense(r, error);

        *ret = TAKE_PTR(call);
        return 0;
}

static int take_waiting(size_t i, sd_bus_message *answer, Error *failure, void *userdata) {
        JobList *list = userdata;
        ListedJob *job = list->jobs + i / lists_per_job(list);

        /* A job that has ended meanwhile waits for nothing. */
        if (answer)
                *(is_after(list, i) ? &job->after : &job->before) = sd_bus_message_ref(answer);
        return 0;
}

static int write_others(sd_bus_message *answer, const char *key, JsonWriter *w) {
        const char *unit, *type;
        uint32_t id;
        int r;

        json_write_key(w, key);
        json_begin_array(w);
        if (answer) {
                r = sd_bus_message_enter_container(answer, 'a', JOB_ROW);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;

                for (;;) {
                        r = sd_bus_message_read(answer, JOB_ROW, &id, &unit, &type, NULL, NULL, NULL);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                break;

                        json_begin_object(w);
                        json_write_key_u64(w, "job", id);
                        json_write_key_string(w, "unit", unit);
                        json_write_key_string(w, "type", type);
                        json_end_object(w);
                }
        }
        json_end_array(w);
        return 0;
}

static int write_job(const JobList *list, const ListedJob *job, JsonWriter *w) {
        int r;

        json_begin_object(w);
        json_write_key_u64(w, "job", job->id);
        json_write_key_string(w, "unit", job->unit);
        json_write_key_string(w, "type", job->type);
        json_write_key_string(w, "state", job->state);
        if (list->after) {
                r = write_others(job->after, "after", w);
                if (r < 0)
                        return r;
        }
        if (list->before) {
                r = write_others(job->before, "before", w);
                if (r < 0)
                        return r;
        }
        json_end_object(w);
        return 0;
}

int method_jobs_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_(job_list_done) JobList list = { .after = p->after, .before = p->before };
        int r;

        r = manager_call_method(&worker->manager, "ListJobs", &list.message, error, NULL);
        if (r < 0)
                return r;
        r = read_jobs(&list, p->units);
        if (r < 0)
                return manager_nonsense(r, error);

        r = manager_call_batch(&worker->manager,
                &(Batch){
                        .n = list.n * lists_per_job(&list),
                        .make = make_waiting,
                        .take = take_waiting,
                        .userdata = &list,
                },
                error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "jobs");
        for (size_t i = 0; i < list.n; i++) {
                r = write_job(&list, list.jobs + i, &reply->writer);
                if (r < 0)
                        return manager_nonsense(r, error);
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

/* ---- cancelling ---- */

/* A unit that was named, and its job. */
typedef struct UnitJob {
        char *path;
        uint32_t job; /* 0 for none */
        bool chosen;
        Error error;
} UnitJob;

typedef struct UnitJobs {
        UnitJob *units;
        const char **paths;
        size_t n;
} UnitJobs;

static void unit_jobs_done(UnitJobs *jobs) {
        for (size_t i = 0; jobs->units && i < jobs->n; i++) {
                free(jobs->units[i].path);
                error_done(&jobs->units[i].error);
        }
        free(jobs->units);
        free(jobs->paths);
}

static int take_unit_job(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        UnitJobs *jobs = userdata;
        int r;

        if (!answer) {
                error_move(&jobs->units[path].error, failure);
                return 0;
        }
        r = sd_bus_message_read(answer, "(uo)", &jobs->units[path].job, NULL);
        return r < 0 ? r : 0;
}

static int read_unit_jobs(Manager *m, char *const *units, UnitJobs *jobs, Error *error) {
        static const PropertyQuery query = { UNIT_INTERFACE, "Job", "(uo)" };
        int r;

        jobs->n = strv_length(units);
        jobs->units = calloc(jobs->n, sizeof(UnitJob));
        jobs->paths = calloc(jobs->n, sizeof(*jobs->paths));
        if (!jobs->units || !jobs->paths)
                return error_set(error, ERROR_INTERNAL, "No memory for the jobs of units.");

        for (size_t i = 0; i < jobs->n; i++) {
                r = manager_unit_path(units[i], &jobs->units[i].path, error);
                if (r < 0)
                        return r;
                jobs->paths[i] = jobs->units[i].path;
        }

        return manager_get_batch(m,
                &(PropertyBatch){
                        .paths = jobs->paths,
                        .n_paths = jobs->n,
                        .queries = &query,
                        .n_queries = 1,
                        .take = take_unit_job,
                        .userdata = jobs,
                },
                error);
}

static int parse_job(const char *text, uint32_t *ret) {
        char *end;
        unsigned long v;

        if (text[strspn(text, "0123456789")] != 0 || !*text)
                return -EINVAL;
        errno = 0;
        v = strtoul(text, &end, 10);
        if (errno != 0 || v == 0 || v > UINT32_MAX)
                return -ERANGE;
        *ret = (uint32_t) v;
        return 0;
}

/* What was granted is a unit; a number alone would reach the jobs of all others. */
static int choose_jobs(UnitJobs *jobs, char *const *numbers, Error *error) {
        for (size_t i = 0; i < jobs->n; i++)
                jobs->units[i].chosen = !numbers || !*numbers;

        STRV_FOREACH(number, numbers) {
                bool found = false;
                uint32_t id;

                if (parse_job(*number, &id) < 0)
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "\"jobs\" holds what is not the number of a job.");
                for (size_t i = 0; i < jobs->n; i++)
                        if (jobs->units[i].job == id) {
                                jobs->units[i].chosen = true;
                                found = true;
                        }
                if (!found)
                        return error_set(error, ERROR_UNIT_REFUSED,
                                "Job %" PRIu32 " is not a job of the units that were named.", id);
        }
        return 0;
}

/* Cancelling one job ends those that need it: that one of them is gone meanwhile is what was asked for. */
static bool job_is_gone(Manager *m, const UnitJob *unit) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        uint32_t job;
        int r;

        r = manager_get_property(m, unit->path, UNIT_INTERFACE, "Job", "(uo)", &answer, &ignored);
        if (r >= 0)
                r = sd_bus_message_read(answer, "(uo)", &job, NULL);
        return r > 0 && job != unit->job;
}

static bool cancel_job(Manager *m, UnitJob *unit) {
        int r;

        if (!unit->chosen || unit->job == 0)
                return false;
        r = manager_call_method(m, "CancelJob", NULL, &unit->error, "u", unit->job);
        if (r < 0 && unit->error.code == ERROR_UNIT_REFUSED && job_is_gone(m, unit)) {
                error_done(&unit->error);
                return true;
        }
        return r >= 0;
}

int method_jobs_cancel(Worker *worker, Request *request, Reply *reply, Error *error) {
        char *const *units = request->parameters.units;
        _cleanup_(unit_jobs_done) UnitJobs jobs = {};
        bool any = false;
        int r;

        r = read_unit_jobs(&worker->manager, units, &jobs, error);
        if (r < 0)
                return r;
        r = choose_jobs(&jobs, request->parameters.jobs, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        for (size_t i = 0; i < jobs.n; i++) {
                UnitJob *unit = jobs.units + i;
                bool changed = cancel_job(&worker->manager, unit);

                any = any || changed;
                r = control_row_write(request, units[i], changed, &unit->error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", any);
        return 0;
}
