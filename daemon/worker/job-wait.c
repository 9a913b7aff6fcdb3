/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of requests that wait for jobs, see job-wait.h. */

#include "daemon/worker/job-wait.h"

void unit_before_done(UnitBefore *before) {
        free(before->active);
        *before = (UnitBefore){};
}

JobWait *job_wait_free(JobWait *wait) {
        if (!wait)
                return NULL;

        for (size_t i = 0; i < wait->n_units; i++) {
                JobUnit *unit = wait->units + i;

                free(unit->unit);
                free(unit->job);
                free(unit->result);
                unit_before_done(&unit->before);
                error_done(&unit->error);
        }
        free(wait->units);
        run_wait_free(wait->run);
        free(wait);
        return NULL;
}

JobWait *job_wait_new(uint64_t serial, MethodId method, size_t n_units) {
        _cleanup_(job_wait_freep) JobWait *wait = NULL;

        wait = calloc(1, sizeof(JobWait));
        if (!wait)
                return NULL;
        wait->serial = serial;
        wait->method = method;

        wait->units = calloc(MAX(n_units, 1U), sizeof(JobUnit));
        if (!wait->units)
                return NULL;
        wait->n_units = n_units;

        return TAKE_PTR(wait);
}

bool job_wait_is_open(const JobWait *wait) {
        for (size_t i = 0; i < wait->n_units; i++)
                if (wait->units[i].job)
                        return true;
        return wait->run && run_wait_is_open(wait->run);
}

static void forget_early(JobWaits *jobs) {
        for (size_t i = 0; i < jobs->n_early; i++) {
                free(jobs->early[i].job);
                free(jobs->early[i].result);
        }
        jobs->n_early = 0;
}

void job_waits_done(JobWaits *jobs) {
        for (size_t i = 0; i < jobs->n_waits; i++)
                job_wait_free(jobs->waits[i]);
        forget_early(jobs);
        *jobs = (JobWaits){};
}

int job_waits_add(JobWaits *jobs, JobWait *wait) {
        if (jobs->n_waits >= ELEMENTSOF(jobs->waits))
                return -ENOBUFS;
        jobs->waits[jobs->n_waits++] = wait;
        return 0;
}

static JobWait *take_at(JobWaits *jobs, size_t i) {
        JobWait *wait = jobs->waits[i];

        jobs->waits[i] = jobs->waits[--jobs->n_waits];
        return wait;
}

void job_waits_remove(JobWaits *jobs, JobWait *wait) {
        for (size_t i = 0; i < jobs->n_waits; i++)
                if (jobs->waits[i] == wait) {
                        (void) take_at(jobs, i);
                        return;
                }
}

JobWait *job_waits_take_ended(JobWaits *jobs) {
        for (size_t i = 0; i < jobs->n_waits; i++)
                if (!job_wait_is_open(jobs->waits[i]))
                        return take_at(jobs, i);
        return NULL;
}

JobWait *job_waits_take_lost(JobWaits *jobs, unsigned generation) {
        for (size_t i = 0; i < jobs->n_waits; i++)
                if (jobs->waits[i]->generation != generation)
                        return take_at(jobs, i);
        return NULL;
}

/* The result is only told where there is memory for it; that the job has ended holds in any case. */
static void unit_job_ended(JobUnit *unit, const char *result) {
        free(unit->job);
        unit->job = NULL;
        free(unit->result);
        unit->result = strdup(result);
}

static void remember_early(JobWaits *jobs, const char *job, const char *result) {
        EarlyEnd end = { .job = strdup(job), .result = strdup(result) };

        if (!end.job || !end.result) {
                free(end.job);
                free(end.result);
                return;
        }

        /* Others' jobs end too; the latest is the likeliest to be ours. */
        if (jobs->n_early == ELEMENTSOF(jobs->early)) {
                free(jobs->early[0].job);
                free(jobs->early[0].result);
                memmove(jobs->early, jobs->early + 1, (jobs->n_early - 1) * sizeof(EarlyEnd));
                jobs->n_early--;
        }
        jobs->early[jobs->n_early++] = end;
}

void job_waits_ended(JobWaits *jobs, const char *job, const char *result) {
        /* Several requests may wait for one job: the manager merges them. */
        for (size_t i = 0; i < jobs->n_waits; i++)
                for (size_t j = 0; j < jobs->waits[i]->n_units; j++) {
                        JobUnit *unit = jobs->waits[i]->units + j;

                        if (streq_ptr(unit->job, job))
                                unit_job_ended(unit, result);
                }

        /* Also one that was known: the call under way may be merged into it. */
        if (jobs->queuing)
                remember_early(jobs, job, result);
}

void job_waits_begin_queuing(JobWaits *jobs) {
        forget_early(jobs);
        jobs->queuing = true;
}

int job_waits_end_queuing(JobWaits *jobs, JobUnit *unit, const char *job) {
        int r = 0;

        jobs->queuing = false;

        for (size_t i = 0; job && i < jobs->n_early; i++)
                if (streq(jobs->early[i].job, job)) {
                        unit_job_ended(unit, jobs->early[i].result);
                        job = NULL;
                }

        if (job) {
                unit->job = strdup(job);
                if (!unit->job)
                        r = -ENOMEM;
        }

        forget_early(jobs);
        return r;
}
